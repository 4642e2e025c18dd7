import AssayDiagnostics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A regular file that is read from its beginning to its end in parts, for files that need not be
/// in memory as a whole; the same checks as ``InputFile/read(_:limit:)``.
public final class FileStream {
  /// The path as the user gave it.
  public let path: String
  /// Bytes of the file when it was opened.
  public let size: Int
  private let descriptor: Int32
  private var filled = 0
  private var digest = RunningDigest()

  /// Opens a file.
  /// - Throws: A diagnostic for a missing path, a folder, a pipe or device, a file over the limit,
  ///   or a refusal by the system.
  public init(_ path: String, limit: Int = InputFile.sizeLimit) throws(Diagnostic) {
    self.path = path
    // O_NONBLOCK: opening a pipe must not wait for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw Diagnostic(InputFile.fact(forError: errno), at: SourceLocation(path: path))
    }
    do { size = try InputFile.checkedSize(descriptor, path: path, limit: limit) } catch {
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Whether all bytes were read.
  public var isAtEnd: Bool { filled >= size }

  /// SHA-256 of what was read so far, as 64 lower-case hexadecimal digits.
  public var hexDigest: String { digest.hexDigest }

  /// Appends the next bytes, at most `count`; fewer only where the file ends.
  ///
  /// The last part is followed by a look beyond the size that was promised.
  /// - Throws: A diagnostic when the system refuses, or when the file changed since it was opened.
  public func read(_ count: Int, into bytes: inout [UInt8]) throws(Diagnostic) {
    var problem: Diagnostic?
    let part = [UInt8](unsafeUninitializedCapacity: min(count, size - filled)) { buffer, got in
      do throws(Diagnostic) { got = try read(into: UnsafeMutableRawBufferPointer(buffer)) } catch {
        problem = error
      }
    }
    if let problem { throw problem }
    if bytes.isEmpty { bytes = part } else { bytes += part }
  }

  /// Reads the next bytes into memory that the caller owns; fewer than it holds only where the file
  /// ends. Otherwise as ``read(_:into:)``.
  /// - Returns: The number of bytes read.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(Diagnostic) -> Int {
    let wanted = min(buffer.count, size - filled)
    var failure: Int32 = 0
    var got = 0
    while got < wanted, let base = buffer.baseAddress {
      // Reads at most what is left of `wanted` bytes, and `wanted` is within the buffer.
      let more = readBytes(descriptor, base + got, wanted - got)
      if more < 0 {
        if errno == EINTR { continue }
        failure = errno
        break
      }
      if more == 0 { break }
      got += more
    }
    if failure != 0 {
      throw Diagnostic(
        .unreadable(reason: String(cString: strerror(failure))), at: SourceLocation(path: path))
    }
    filled += got
    digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
    if got < wanted || (isAtEnd && hasMore) {
      throw Diagnostic(
        size == 0 ? .notRegularFile : .unreadable(reason: "the file changed while it was read"),
        at: SourceLocation(path: path))
    }
    return got
  }

  private var hasMore: Bool {
    var beyond: UInt8 = 0
    return withUnsafeMutableBytes(of: &beyond) { buffer in
      buffer.baseAddress.map { readBytes(descriptor, $0, 1) } ?? 0
    } != 0
  }

  /// The number of bytes up to and with the last one that is no line end; 0 where there is none.
  /// Reads from the end, apart from the position of ``read(_:into:)``.
  public func contentEnd() throws(Diagnostic) -> Int {
    var end = size
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while end > 0 {
      let start = max(0, end - buffer.count)
      let got = buffer.withUnsafeMutableBytes { bytes in
        bytes.baseAddress.map { pread(descriptor, $0, end - start, off_t(start)) } ?? 0
      }
      guard got == end - start else {
        throw Diagnostic(
          .unreadable(reason: "the file changed while it was read"), at: SourceLocation(path: path))
      }
      if let last = buffer[..<got].lastIndex(where: { $0 != 0x0A && $0 != 0x0D }) {
        return start + last + 1
      }
      end = start
    }
    return 0
  }
}

/// `read(2)`, under a name that does not collide with a method.
func readBytes(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(descriptor, buffer, count)
}
