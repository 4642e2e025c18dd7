import AssayDiagnostics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes a folder of files whole or not at all.
///
/// Files go to a hidden sibling `.<name>.assay-partial-<pid>`; ``commit()`` syncs them and renames
/// the folder into place. An error, a full disk or an interruption leaves the target as it was; what
/// a killed process left behind is removed by the next run into the same target.
public final class OutputFolder {
  /// The name of the file that says which files a folder of ours holds.
  public static let manifestName = "manifest.json"

  private let target: String
  private let partial: String
  private var isFinished = false

  /// Prepares to write `target`.
  /// - Parameter mustBeNew: Whether a folder that Assay wrote earlier is refused as well.
  /// - Throws: ``OutputError`` when the parent cannot be written, or when the target holds something
  ///   that Assay did not write.
  public init(_ target: String, mustBeNew: Bool = false) throws(OutputError) {
    let trimmed = target.count > 1 && target.hasSuffix("/") ? String(target.dropLast()) : target
    let (parent, name) = Self.split(trimmed)
    guard !name.isEmpty, name != ".", name != ".." else {
      throw OutputError(path: target, reason: "expected a folder name that can be replaced")
    }
    self.target = trimmed
    partial = "\(parent)/.\(name).assay-partial-\(getpid())"
    try Self.makeParents(parent)
    try Self.checkOccupied(trimmed, mustBeNew: mustBeNew)
    Self.removeStrays(parent: parent, name: name)
    // Registered before it stands, so that an interruption in between finds it.
    PartialFolders.register(partial)
    let folder = partial
    let made = PartialFolders.creating { mkdir(folder, 0o755) }
    guard made == 0 else {
      let reason = made == nil ? "interrupted" : String(cString: strerror(errno))
      PartialFolders.unregister(partial)
      throw OutputError(path: target, reason: reason)
    }
  }

  deinit {
    if !isFinished {
      Self.removeTree(partial)
      PartialFolders.unregister(partial)
    }
  }

  /// Writes one file; folders in its path are made. `mode` holds the permissions.
  public func write(
    _ bytes: [UInt8], to relative: String, mode: UInt32 = 0o644, folderMode: UInt32 = 0o755
  ) throws(OutputError) {
    var folder = partial
    for component in relative.split(separator: "/").dropLast() {
      folder += "/" + component
      if mkdir(folder, folderMode) != 0, errno != EEXIST {
        throw OutputError(path: "\(target)/\(relative)", reason: String(cString: strerror(errno)))
      }
    }
    let path = "\(partial)/\(relative)"
    let opened = PartialFolders.creating {
      open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
    }
    guard let descriptor = opened else {
      throw OutputError(path: "\(target)/\(relative)", reason: "interrupted")
    }
    guard descriptor >= 0 else {
      throw OutputError(path: "\(target)/\(relative)", reason: String(cString: strerror(errno)))
    }
    let failure = writeWhole(bytes, to: descriptor)
    if failure != 0 {
      throw OutputError(path: "\(target)/\(relative)", reason: String(cString: strerror(failure)))
    }
  }

  /// Writes one text file.
  public func write(
    _ text: String, to relative: String, mode: UInt32 = 0o644, folderMode: UInt32 = 0o755
  ) throws(OutputError) {
    try write(Array(text.utf8), to: relative, mode: mode, folderMode: folderMode)
  }

  /// Puts the folder into place.
  public func commit() throws(OutputError) {
    let (parent, name) = Self.split(target)
    var status = stat()
    if lstat(target, &status) == 0 {
      // The old folder steps aside first; both names are always whole folders.
      let old = "\(parent)/.\(name).assay-replaced-\(getpid())"
      guard rename(target, old) == 0 else {
        throw OutputError(path: target, reason: String(cString: strerror(errno)))
      }
      guard rename(partial, target) == 0 else {
        let code = errno
        _ = rename(old, target)
        throw OutputError(path: target, reason: String(cString: strerror(code)))
      }
      Self.removeTree(old)
    } else {
      guard rename(partial, target) == 0 else {
        throw OutputError(path: target, reason: String(cString: strerror(errno)))
      }
    }
    let descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor >= 0 {
      _ = fsync(descriptor)
      close(descriptor)
    }
    PartialFolders.unregister(partial)
    isFinished = true
  }

  static func split(_ path: String) -> (parent: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let parent = path[..<slash]
    return (parent.isEmpty ? "/" : String(parent), String(path[path.index(after: slash)...]))
  }

  private static func makeParents(_ parent: String) throws(OutputError) {
    var built = parent.hasPrefix("/") ? "" : "."
    for component in parent.split(separator: "/") {
      built += "/" + component
      if mkdir(built, 0o755) != 0, errno != EEXIST, errno != EISDIR {
        let code = errno
        var status = stat()
        if stat(built, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { continue }
        throw OutputError(path: built, reason: String(cString: strerror(code)))
      }
    }
  }

  /// A target that exists must be a folder that is empty or carries our manifest, and may then hold
  /// only what the manifest lists.
  private static func checkOccupied(_ target: String, mustBeNew: Bool) throws(OutputError) {
    var status = stat()
    guard lstat(target, &status) == 0 else { return }
    func refuse(_ fact: Fact) -> OutputError {
      var error = OutputError(path: target, reason: "")
      error.diagnostic = Diagnostic(fact, at: SourceLocation(path: target))
      return error
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw refuse(.isNotDirectory) }
    let folder: InputFolder
    let names: [String]
    do {
      folder = try InputFolder(target)
      names = try folder.entries().map(\.name)
    } catch { throw refuse(error.fact) }
    if names.isEmpty { return }
    guard !mustBeNew, let bytes = try? folder.read(manifestName, limit: 64 << 20),
      let manifest = try? JSONValue.parse(bytes, path: manifestName),
      manifest["schema"]?.string?.hasPrefix("assay.manifest/") == true,
      let files = manifest["files"]?.array
    else { throw refuse(.outputOccupied(found: names[0])) }
    let listed = Set(files.compactMap { $0["path"]?.string } + [manifestName, "timings.json"])
    if let foreign = foreignEntry(of: folder, below: "", listed: listed) {
      throw refuse(.outputOccupied(found: foreign))
    }
  }

  /// The first entry at any depth that the manifest does not list: replacing the folder would remove
  /// it. A folder counts by what is in it.
  private static func foreignEntry(
    of folder: InputFolder, below relative: String, listed: Set<String>
  ) -> String? {
    guard let entries = try? folder.entries(relative) else { return relative }
    for entry in entries {
      let path = relative.isEmpty ? entry.name : "\(relative)/\(entry.name)"
      if entry.kind == .folder {
        if let found = foreignEntry(of: folder, below: path, listed: listed) { return found }
      } else if !listed.contains(path) {
        return path
      }
    }
    return nil
  }

  private static func removeStrays(parent: String, name: String) {
    guard let stream = opendir(parent) else { return }
    var strays: [String] = []
    while let entry = readdir(stream) {
      let found = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        // d_name is NUL-terminated within its fixed size.
        pointer.withMemoryRebound(
          to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)
        ) { String(cString: $0) }
      }
      for kind in ["partial", "replaced"] where found.hasPrefix(".\(name).assay-\(kind)-") {
        guard let owner = Int32(found.split(separator: "-").last ?? "") else { continue }
        // A process that still lives is still writing.
        if owner != getpid(), kill(owner, 0) == 0 || errno == EPERM { continue }
        strays.append(found)
      }
    }
    closedir(stream)
    for stray in strays {
      let path = "\(parent)/\(stray)"
      var status = stat()
      if stray.contains(".assay-replaced-"), lstat("\(parent)/\(name)", &status) != 0 {
        // Killed between the two renames: the old folder comes back.
        _ = rename(path, "\(parent)/\(name)")
      } else {
        removeTree(path)
      }
    }
  }

  static func removeTree(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    if status.st_mode & S_IFMT == S_IFDIR, let folder = try? InputFolder(path) {
      for entry in (try? folder.entries()) ?? [] { removeTree("\(path)/\(entry.name)") }
      rmdir(path)
    } else {
      unlink(path)
    }
  }
}

/// Writes one file whole or not at all: a hidden sibling is written, synced and renamed into place.
public func replaceFile(_ path: String, with bytes: [UInt8]) throws(OutputError) {
  let components = path.split(separator: "/", omittingEmptySubsequences: false)
  let name = components.last.map(String.init) ?? path
  let parent = components.dropLast().joined(separator: "/")
  let folder = components.count == 1 ? "." : parent.isEmpty ? "/" : parent
  let partial = "\(folder)/.\(name).assay-partial-\(getpid())"
  func failure(_ code: Int32) -> OutputError {
    unlink(partial)
    return OutputError(path: path, reason: String(cString: strerror(code)))
  }
  var status = stat()
  if lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
    throw OutputError(path: path, reason: "something that is no regular file stands there")
  }
  let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
  guard descriptor >= 0 else { throw failure(errno) }
  let code = writeWhole(bytes, to: descriptor)
  if code != 0 { throw failure(code) }
  guard rename(partial, path) == 0 else { throw failure(errno) }
}
