import AssayDiagnostics
import AssayFiles

/// The bytes of a text file from its beginning to its end, decompressed where it is gzip.
final class TextStream {
  /// A gzip file may hold this many times its size, and always ``freeBytes``.
  ///
  /// Deflate reaches 1,032; tables of numbers reach 3 to 40. Beyond it a file is taken for one that is
  /// made to fill memory.
  static let expansionLimit = 250
  /// Decompressed bytes that every gzip file may hold.
  static let freeBytes = 16 << 20
  /// The most bytes of a file.
  static let sizeLimit = 1 << 40

  private enum Kind {
    case plain(FileStream)
    case gzip(GzipStream)
  }

  private let kind: Kind
  /// Bytes of the text, where they are known beforehand.
  let size: Int?
  /// Whether the file is gzip.
  var isCompressed: Bool { size == nil }

  init(_ path: String) throws(Diagnostic) {
    let file = try FileStream(path, limit: Self.sizeLimit)
    var start: [UInt8] = []
    if file.size >= 2 { try FileStream(path, limit: Self.sizeLimit).read(2, into: &start) }
    guard GzipStream.isGzip(start) else {
      kind = .plain(file)
      size = file.size
      return
    }
    let (most, overflow) = file.size.multipliedReportingOverflow(by: Self.expansionLimit)
    kind = .gzip(try GzipStream(path, limit: max(Self.freeBytes, overflow ? .max : most)))
    size = nil
  }

  /// Whether all bytes were read; a gzip file may say so only after one more read.
  var isAtEnd: Bool {
    switch kind {
    case .plain(let file): file.isAtEnd
    case .gzip(let file): file.isAtEnd
    }
  }

  /// SHA-256 of the file as it stands on disk, once it was read to its end.
  var hexDigest: String {
    switch kind {
    case .plain(let file): file.hexDigest
    case .gzip(let file): file.hexDigest
    }
  }

  /// Adds bytes to a buffer until it holds `wanted` or the file ends.
  func fill(_ buffer: TextBuffer, to wanted: Int) throws(Diagnostic) {
    guard wanted > buffer.count else { return }
    buffer.grow(to: wanted)
    switch kind {
    case .plain(let file):
      // From `count` to `wanted`, which is within the capacity.
      buffer.count += try file.read(
        into: UnsafeMutableRawBufferPointer(
          start: buffer.base + buffer.count, count: wanted - buffer.count))
    case .gzip(let file):
      while buffer.count < wanted, !file.isAtEnd {
        var part: [UInt8] = []
        try file.read(min(1 << 18, wanted - buffer.count), into: &part)
        part.withUnsafeBufferPointer { source in
          // At most as many bytes as were asked for, which are free.
          if let first = source.baseAddress {
            (buffer.base + buffer.count).update(from: first, count: source.count)
          }
        }
        buffer.count += part.count
      }
    }
  }
}
