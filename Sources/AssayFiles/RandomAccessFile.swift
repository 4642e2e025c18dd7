import AssayDiagnostics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A regular file of which parts are read at any place, from any thread.
///
/// Nothing is mapped: a file that is cut off by another process while it is read would end a program
/// that has it mapped by a signal; `pread` comes back short, which is an error like any other. What
/// was changed since the file was opened is found by ``checkUnchanged()``.
public final class RandomAccessFile: Sendable {
  /// The path as the user gave it.
  public let path: String
  /// Bytes of the file when it was opened.
  public let size: Int
  private let descriptor: Int32
  /// When the content last changed, at the time of opening.
  private let seconds: Int
  private let nanoseconds: Int

  /// Opens a file.
  /// - Throws: A diagnostic for a missing path, a folder, a pipe or device, a file over the limit,
  ///   or a refusal by the system.
  public convenience init(_ path: String, limit: Int = 1 << 40) throws(Diagnostic) {
    // O_NONBLOCK: opening a pipe must not wait for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw Diagnostic(InputFile.fact(forError: errno), at: SourceLocation(path: path))
    }
    try self.init(descriptor, path: path, limit: limit)
  }

  /// Takes over an open descriptor, and closes it also when it is refused.
  init(_ descriptor: Int32, path: String, limit: Int) throws(Diagnostic) {
    do { size = try InputFile.checkedSize(descriptor, path: path, limit: limit) } catch {
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
    self.path = path
    (seconds, nanoseconds) = Self.changed(descriptor)
  }

  deinit { close(descriptor) }

  /// Reads `count` bytes from `offset` on.
  /// - Throws: A diagnostic when they are not all within the file, when the system refuses, or when
  ///   the file has become shorter.
  public func read(at offset: Int, count: Int) throws(Diagnostic) -> [UInt8] {
    precondition(offset >= 0 && count >= 0, "callers check places")
    guard offset <= size, count <= size - offset else { throw changed }
    var failure: Int32 = 0
    var got = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      while got < count, let base = buffer.baseAddress {
        // Reads at most what is left of the buffer of `count` bytes.
        let more = pread(descriptor, base + got, count - got, off_t(offset + got))
        if more < 0 {
          if errno == EINTR { continue }
          failure = errno
          break
        }
        if more == 0 { break }
        got += more
      }
      initialized = got
    }
    if failure != 0 {
      throw Diagnostic(
        .unreadable(reason: String(cString: strerror(failure))), at: SourceLocation(path: path))
    }
    guard got == count else { throw changed }
    return bytes
  }

  /// SHA-256 of the whole file as 64 lower-case hexadecimal digits.
  public func hexDigest() throws(Diagnostic) -> String {
    let digest = RunningDigest()
    var offset = 0
    while offset < size {
      let part = try read(at: offset, count: min(1 << 20, size - offset))
      digest.update(part)
      offset += part.count
    }
    return digest.hexDigest
  }

  /// Throws when the file's size or time of change is another than when it was opened, so that what
  /// was read at several times is of one content.
  public func checkUnchanged() throws(Diagnostic) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, Int(status.st_size) == size,
      Self.changed(descriptor) == (seconds, nanoseconds)
    else { throw changed }
  }

  private var changed: Diagnostic {
    Diagnostic(
      .unreadable(reason: "the file changed while it was read"), at: SourceLocation(path: path))
  }

  private static func changed(_ descriptor: Int32) -> (Int, Int) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return (0, 0) }
    #if canImport(Darwin)
      return (Int(status.st_mtimespec.tv_sec), Int(status.st_mtimespec.tv_nsec))
    #else
      return (Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec))
    #endif
  }
}

extension InputFolder {
  /// Opens a regular file inside the folder, of which parts are read.
  public func openFile(
    _ relative: String, limit: Int = 1 << 40
  ) throws(Diagnostic) -> RandomAccessFile {
    try RandomAccessFile(
      try openInside(relative, flags: O_RDONLY | O_NONBLOCK), path: display(relative), limit: limit)
  }
}
