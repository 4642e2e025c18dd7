import AssayDiagnostics

/// A run of whole rows of a text table, in a buffer.
struct TextChunk {
  /// The number of the chunk, from 0; boundaries depend on the file alone.
  var number: Int
  /// Whether the file ends with these rows.
  var isLast: Bool

  /// The position after the last byte that is no line end; 0 where there is none.
  static func contentEnd(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    (bytes.lastIndex { $0 != 0x0A && $0 != 0x0D } ?? -1) + 1
  }
}

/// Cuts a text table into chunks of whole rows, one after another; not for several threads at once.
final class TextChunks {
  /// Bytes of a chunk, unless a row is longer. A chunk and its values stay in a core's cache.
  static let defaultSize = 1 << 19

  private let path: String
  private let header: TextHeader
  private let stream: TextStream
  private let chunkSize: Int
  /// Bytes that were read and belong to the next chunk.
  private var carry: [UInt8]
  private var number = 0
  private var isFinished = false

  /// Opens a file whose header was read before.
  init(path: String, header: TextHeader, chunkSize: Int) throws(DiagnosticList) {
    self.path = path
    self.header = header
    self.chunkSize = chunkSize
    let stream = try listing { () throws(Diagnostic) in try TextStream(path) }
    self.stream = stream
    let buffer = TextBuffer(capacity: max(header.bytes.count, chunkSize))
    try listing { () throws(Diagnostic) in try stream.fill(buffer, to: buffer.capacity) }
    guard buffer.content.starts(with: header.bytes) else {
      throw DiagnosticList([
        Diagnostic(
          .unreadable(reason: "the file changed while it was read"), at: SourceLocation(path: path))
      ])
    }
    carry = buffer.copy(header.bytes.count..<buffer.count)
  }

  /// SHA-256 of the file, once all chunks were read.
  var hexDigest: String { stream.hexDigest }

  /// Bytes of the text, where known beforehand.
  var size: Int? { stream.size }

  /// Puts the next rows into a buffer; `nil` after the last.
  func next(into buffer: TextBuffer) throws(DiagnosticList) -> TextChunk? {
    if isFinished { return nil }
    buffer.assign(carry)
    carry.removeAll(keepingCapacity: true)
    // The buffer may be larger from a chunk before; where chunks end must not depend on it.
    var wanted = chunkSize
    while true {
      try listing { () throws(Diagnostic) in try stream.fill(buffer, to: wanted) }
      if stream.isAtEnd {
        isFinished = true
        number += 1
        return TextChunk(number: number - 1, isLast: true)
      }
      var end = RowBoundary.lastRowEnd(buffer.content, delimiter: header.delimiter)
      if header.names.count == 1 {
        // Blank lines are rows of one column unless nothing follows, which is not yet known.
        let bytes = UnsafeBufferPointer(rebasing: buffer.content[..<end])
        let content = TextChunk.contentEnd(bytes)
        end = bytes[content...].firstIndex(of: 0x0A).map { $0 + 1 } ?? content
        if content == 0 { end = 0 }
      }
      if end > 0 {
        carry.append(contentsOf: buffer.content[end...])
        buffer.count = end
        number += 1
        return TextChunk(number: number - 1, isLast: false)
      }
      try TextHeader.checkLength(buffer.count, path: path)
      wanted = 2 * max(wanted, buffer.count)
    }
  }
}
