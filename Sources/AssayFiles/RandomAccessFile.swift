import AssayDiagnostics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A regular file of which parts are read at any place, from any thread.
///
/// Nothing is mapped: a file that is cut off by another process while it is read would end a program
/// that has it mapped by a signal; `pread` comes back short, which is an error like any other. The file
/// is opened for each part and closed again, so that a folder of many parts needs few descriptors;
/// before and after, it must be the file that was opened first, with the same size and time of change.
public final class RandomAccessFile: Sendable {
  /// The path as the user gave it.
  public let path: String
  /// Bytes of the file when it was opened first.
  public let size: Int
  private let identity: Identity
  private let reopen: @Sendable () throws(Diagnostic) -> Int32

  /// What tells a file and its content from others.
  private struct Identity: Equatable {
    var device: UInt64 = 0
    var file: UInt64 = 0
    var size = 0
    var seconds = 0
    var nanoseconds = 0

    init(_ descriptor: Int32) {
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { return }
      device = UInt64(truncatingIfNeeded: status.st_dev)
      file = UInt64(truncatingIfNeeded: status.st_ino)
      size = Int(status.st_size)
      #if canImport(Darwin)
        let changed = status.st_mtimespec
      #else
        let changed = status.st_mtim
      #endif
      (seconds, nanoseconds) = (Int(changed.tv_sec), Int(changed.tv_nsec))
    }
  }

  /// Looks at a file.
  /// - Throws: A diagnostic for a missing path, a folder, a pipe or device, a file over the limit,
  ///   or a refusal by the system.
  public convenience init(_ path: String, limit: Int = 1 << 40) throws(Diagnostic) {
    try self.init(path: path, limit: limit) { () throws(Diagnostic) in
      // O_NONBLOCK: opening a pipe must not wait for a writer.
      let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
      guard descriptor >= 0 else {
        throw Diagnostic(InputFile.fact(forError: errno), at: SourceLocation(path: path))
      }
      return descriptor
    }
  }

  init(
    path: String, limit: Int, reopen: @escaping @Sendable () throws(Diagnostic) -> Int32
  ) throws(Diagnostic) {
    self.path = path
    self.reopen = reopen
    let descriptor = try reopen()
    defer { close(descriptor) }
    size = try InputFile.checkedSize(descriptor, path: path, limit: limit)
    identity = Identity(descriptor)
  }

  /// Reads `count` bytes from `offset` on.
  /// - Throws: A diagnostic when they are not all within the file, when the system refuses, or when
  ///   the file was changed or replaced since it was opened first.
  public func read(at offset: Int, count: Int) throws(Diagnostic) -> [UInt8] {
    precondition(offset >= 0 && count >= 0, "callers check places")
    guard offset <= size, count <= size - offset else { throw changed }
    return try opened { (descriptor) throws(Diagnostic) in
      try read(descriptor, at: offset, count: count)
    }
  }

  /// SHA-256 of the whole file as 64 lower-case hexadecimal digits.
  public func hexDigest() throws(Diagnostic) -> String {
    try opened { (descriptor) throws(Diagnostic) in
      let digest = RunningDigest()
      var offset = 0
      while offset < size {
        let part = try read(descriptor, at: offset, count: min(1 << 20, size - offset))
        digest.update(part)
        offset += part.count
      }
      return digest.hexDigest
    }
  }

  private func opened<Result>(
    _ body: (Int32) throws(Diagnostic) -> Result
  ) throws(Diagnostic) -> Result {
    let descriptor = try reopen()
    defer { close(descriptor) }
    guard Identity(descriptor) == identity else { throw changed }
    let result = try body(descriptor)
    guard Identity(descriptor) == identity else { throw changed }
    return result
  }

  private func read(
    _ descriptor: Int32, at offset: Int, count: Int
  ) throws(Diagnostic) -> [UInt8] {
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

  private var changed: Diagnostic {
    Diagnostic(
      .unreadable(reason: "the file changed while it was read"), at: SourceLocation(path: path))
  }
}

extension InputFolder {
  /// A regular file inside the folder, of which parts are read.
  public func openFile(
    _ relative: String, limit: Int = 1 << 40
  ) throws(Diagnostic) -> RandomAccessFile {
    let folder = self
    return try RandomAccessFile(path: display(relative), limit: limit) { () throws(Diagnostic) in
      try folder.openInside(relative, flags: O_RDONLY | O_NONBLOCK)
    }
  }
}
