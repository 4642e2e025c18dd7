import AssayDiagnostics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A hidden folder beside an output folder, in which a run keeps what it would lose when it is killed.
///
/// `.<name>.assay-progress`, closed to others, held by one process at a time through an advisory lock
/// (`flock`) on the file `lock` in it. A file appears whole or not at all: it is written beside its place,
/// synced, renamed, and the folder is synced. The lock ends with the process, however it ends.
public final class ProgressFolder {
  /// Why the folder cannot be used.
  public struct Refusal: Error, Hashable, Sendable {
    /// One sentence without a full stop.
    public let reason: String
  }

  /// Where it stands.
  public let path: String
  private let folder: Int32
  private let lock: Int32
  private static let lockName = "lock"
  private static let partialName = "partial"

  /// Where the progress of a run into `target` stands.
  public static func path(beside target: String) -> String {
    let trimmed = target.count > 1 && target.hasSuffix("/") ? String(target.dropLast()) : target
    let (parent, name) = OutputFolder.split(trimmed)
    return "\(parent)/.\(name).assay-progress"
  }

  private init(path: String, folder: Int32, lock: Int32) {
    self.path = path
    self.folder = folder
    self.lock = lock
  }

  deinit {
    close(lock)
    close(folder)
  }

  /// Opens and locks the folder.
  /// - Parameter isCreated: Whether it is made when it is not there.
  /// - Returns: `nil` when it is not there and is not to be made.
  /// - Throws: When another process holds it, when somebody else could write it, or when the system
  ///   refuses.
  public static func open(_ path: String, isCreated: Bool) throws(Refusal) -> ProgressFolder? {
    // Another process may remove the folder in between; then the next attempt makes it anew.
    for _ in 0..<16 {
      let folder = Glibc_open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      if folder < 0 {
        guard errno == ENOENT else { throw refusal("\(path) cannot be opened", errno) }
        if !isCreated { return nil }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
          throw refusal("\(path) cannot be made", errno)
        }
        syncFolder(ofPath: path)
        continue
      }
      do {
        if let lock = try acquire(folder, path) {
          return ProgressFolder(path: path, folder: folder, lock: lock)
        }
        close(folder)
      } catch {
        close(folder)
        throw error
      }
    }
    throw Refusal(reason: "\(path) comes and goes")
  }

  /// The locked file; `nil` when the folder or the file was replaced meanwhile.
  private static func acquire(_ folder: Int32, _ path: String) throws(Refusal) -> Int32? {
    var opened = stat()
    guard fstat(folder, &opened) == 0 else { throw refusal("\(path) cannot be read", errno) }
    guard opened.st_uid == geteuid(), opened.st_mode & 0o077 == 0 else {
      throw Refusal(reason: "\(path) is open to others than the user")
    }
    let lock = openat(folder, lockName, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard lock >= 0 else {
      if errno == ENOENT { return nil }
      throw refusal("\(path)/\(lockName) cannot be opened", errno)
    }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      close(lock)
      if code == EWOULDBLOCK {
        throw Refusal(reason: "another process is running into the same folder")
      }
      throw refusal("\(path) cannot be locked", code)
    }
    var (named, held, standing) = (stat(), stat(), stat())
    guard fstatat(folder, lockName, &named, AT_SYMLINK_NOFOLLOW) == 0,
      fstat(lock, &held) == 0, lstat(path, &standing) == 0,
      named.st_ino == held.st_ino, standing.st_ino == opened.st_ino,
      standing.st_dev == opened.st_dev
    else {
      close(lock)
      return nil
    }
    return lock
  }

  private static func refusal(_ what: String, _ code: Int32) -> Refusal {
    Refusal(reason: "\(what): \(String(cString: strerror(code)))")
  }

  private static func syncFolder(ofPath path: String) {
    let parent = OutputFolder.split(path).parent
    let descriptor = Glibc_open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor >= 0 {
      _ = fsync(descriptor)
      close(descriptor)
    }
  }

  /// The names of its files, without the lock and what was cut short; sorted.
  public func names() -> [String] {
    guard let inside = try? InputFolder(path), let entries = try? inside.entries() else {
      return []
    }
    return entries.filter { $0.kind == .file }.map(\.name)
      .filter { $0 != Self.lockName && $0 != Self.partialName }
  }

  /// The bytes of a file; `nil` when it is not there or cannot be read.
  public func read(_ name: String) -> [UInt8]? {
    try? InputFolder(path).read(name)
  }

  /// Writes a file whole or not at all.
  public func write(_ bytes: [UInt8], to name: String) throws(Refusal) {
    _ = unlinkat(folder, Self.partialName, 0)
    let descriptor = openat(
      folder, Self.partialName, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.refusal("\(path) cannot be written", errno) }
    var code = writeWhole(bytes, to: descriptor)
    if code == 0, renameat(folder, Self.partialName, folder, name) != 0 { code = errno }
    if code != 0 {
      _ = unlinkat(folder, Self.partialName, 0)
      throw Self.refusal("\(path)/\(name) cannot be written", code)
    }
    _ = fsync(folder)
  }

  /// Gives a file another name, in place of what had it.
  public func rename(_ name: String, to other: String) {
    _ = renameat(folder, name, folder, other)
  }

  /// Removes a file.
  public func remove(_ name: String) { _ = unlinkat(folder, name, 0) }

  /// Removes the folder with the given files; anything else in it stays, and then so does the folder.
  public func removeFolder(with names: [String]) {
    for name in names + [Self.partialName, Self.lockName] { remove(name) }
    if rmdir(path) == 0 { Self.syncFolder(ofPath: path) }
  }
}

private func Glibc_open(_ path: String, _ flags: Int32) -> Int32 { open(path, flags) }
