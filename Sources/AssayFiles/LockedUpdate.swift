import AssayDiagnostics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Replaces a file by what follows from its present content; nobody else's change is lost, and a crash
/// leaves either the old content or the new.
///
/// Writers take turns by an advisory lock (`flock`) on `.<name>.assay-lock` beside the file, which stays
/// there empty. The new content is written to a hidden sibling, synced and renamed into place, and the folder
/// is synced, before the lock is given back. Permissions of the file are kept.
/// - Parameters:
///   - limit: The most bytes of present content.
///   - patience: Seconds to wait for the lock.
///   - change: The new content from the present one, which is `nil` where no file stands there.
/// - Throws: What `change` throws, a diagnostic for a file that cannot be read, ``OutputError`` for one that
///   cannot be written or stays locked.
public func updateFile(
  _ path: String, limit: Int, patience: Int = 60, change: ([UInt8]?) throws -> [UInt8]
) throws {
  let (parent, name) = OutputFolder.split(path)
  guard !name.isEmpty, name != ".", name != ".." else {
    throw OutputError(path: path, reason: "expected the name of a file")
  }
  let lockPath = "\(parent)/.\(name).assay-lock"
  let lock = open(lockPath, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
  guard lock >= 0 else {
    throw OutputError(path: path, reason: "cannot be locked: \(String(cString: strerror(errno)))")
  }
  // Closing gives the lock back.
  defer { close(lock) }
  var turns = patience * 50
  while flock(lock, LOCK_EX | LOCK_NB) != 0 {
    let code = errno
    if code == EINTR { continue }
    guard code == EWOULDBLOCK, turns > 0 else {
      throw OutputError(
        path: path,
        reason: code == EWOULDBLOCK
          ? "another process has kept it locked for \(patience) seconds"
          : "cannot be locked: \(String(cString: strerror(code)))")
    }
    turns -= 1
    usleep(20_000)
  }
  var status = stat()
  let stands = lstat(path, &status) == 0
  let present = stands ? try InputFile.read(path, limit: limit) : nil
  let bytes = try change(present)
  try replaceFile(path, with: bytes)
  if stands { _ = chmod(path, status.st_mode & 0o777) }
  let folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  if folder >= 0 {
    _ = fsync(folder)
    close(folder)
  }
}
