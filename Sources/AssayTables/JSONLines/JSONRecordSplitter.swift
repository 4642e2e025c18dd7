import AssayDiagnostics
import AssayFiles

/// How the records of a JSON file stand in it.
enum JSONRecordForm: Hashable, Sendable {
  /// One object a line.
  case lines
  /// One array of objects.
  case array
}

/// Whole records that stand together in a file.
struct JSONRecordBlock: Sendable {
  /// How records are separated.
  var form: JSONRecordForm
  /// The text: records with what stands between them.
  var bytes: [UInt8]
  /// Line, from 1, on which the text starts.
  var line: Int
  /// Characters of that line before the text.
  var column: Int
  /// Whether the file starts with this block.
  var isFirst: Bool
  /// Whether the file ends with this block.
  var isLast: Bool

  /// The place of an offset into the text, with its line where that is short enough to be shown.
  func diagnostic(
    _ fact: Fact, path: String, offset: Int, help: String? = nil, width: Int = 1
  ) -> Diagnostic {
    let place = min(offset, bytes.count)
    let before = bytes[..<place]
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 }
    let line = line + before.count { $0 == 0x0A }
    let column = Self.characters(before[(lineStart ?? 0)...]) + (lineStart == nil ? self.column : 0)
    var source: String?
    if lineStart != nil || self.column == 0, column < 4_096 {
      let start = lineStart ?? 0
      let rest = bytes[start...].prefix(8_192)
      source = String(decoding: rest.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
    }
    return Diagnostic(
      fact, at: SourceLocation(path: path, line: line, column: column + 1), help: help,
      sourceLine: source, width: width)
  }

  /// Code points in UTF-8: all bytes but those that continue one. A byte-order mark is none.
  static func characters(_ bytes: ArraySlice<UInt8>) -> Int {
    let count = bytes.count { $0 & 0xC0 != 0x80 }
    return bytes.starts(with: CSVScanner.mark) ? count - 1 : count
  }
}

/// Cuts a JSON file into blocks of whole records while it is read.
///
/// Where the cuts are depends on the file alone. Memory is one block and the record that follows it.
struct JSONRecordSplitter {
  /// Bytes of a block, unless one record is longer.
  static let blockSize = 1 << 20
  /// The longest record.
  static let recordLimit = 64 << 20

  /// How the records stand in the file.
  let form: JSONRecordForm
  private let stream: FileStream
  private let blockSize: Int
  private var pending: [UInt8]
  private var line = 1
  private var column = 0
  private var isFirst = true
  private var isFinished = false
  private var nesting = Nesting()

  /// Opens a file; its first character tells how the records stand.
  init(_ path: String, blockSize: Int = blockSize) throws(Diagnostic) {
    stream = try FileStream(path)
    self.blockSize = max(16, blockSize)
    pending = []
    if stream.size == 0 { throw Diagnostic(.fileEmpty, at: SourceLocation(path: path)) }
    try stream.read(self.blockSize, into: &pending)
    if pending.starts(with: [0xFF, 0xFE]) || pending.starts(with: [0xFE, 0xFF]) {
      throw UTF8Text.invalid(pending, path: path)
    }
    let start = pending.starts(with: CSVScanner.mark) ? 3 : 0
    let first = pending[start...].first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    form = first == UInt8(ascii: "[") ? .array : .lines
  }

  /// SHA-256 of the file, once all blocks were given out.
  var sha256: String { stream.hexDigest }

  /// The next records; `nil` behind the last.
  mutating func next() throws(Diagnostic) -> JSONRecordBlock? {
    if isFinished { return nil }
    while true {
      if let end = cut() { return block(end: end) }
      if stream.isAtEnd {
        isFinished = true
        return block(end: pending.count)
      }
      if pending.count > Self.recordLimit {
        throw Diagnostic(
          .overLimit(
            what: "bytes in one record", found: "more", limit: "\(Self.recordLimit)"),
          at: SourceLocation(path: stream.path, line: line, column: column + 1))
      }
      try stream.read(max(blockSize, pending.count), into: &pending)
    }
  }

  /// The end of the last whole record, when enough bytes are there and more follow.
  private mutating func cut() -> Int? {
    if pending.count < blockSize || stream.isAtEnd { return nil }
    switch form {
    case .lines: return pending.lastIndex(of: 0x0A).map { $0 + 1 }
    case .array:
      nesting.read(pending)
      return nesting.recordEnd
    }
  }

  private mutating func block(end: Int) -> JSONRecordBlock {
    let isLast = isFinished
    let bytes = isLast ? pending : Array(pending[..<end])
    pending.removeFirst(isLast ? pending.count : end)
    nesting.drop(end)
    let block = JSONRecordBlock(
      form: form, bytes: bytes, line: line, column: column, isFirst: isFirst, isLast: isLast)
    isFirst = false
    line += bytes.count { $0 == 0x0A }
    if let lineEnd = bytes.lastIndex(of: 0x0A) {
      column = JSONRecordBlock.characters(bytes[(lineEnd + 1)...])
    } else {
      column += JSONRecordBlock.characters(bytes[...])
    }
    return block
  }

  /// Follows brackets and strings, to know where the elements of the outermost array end.
  ///
  /// It judges nothing: where the text is no JSON, the reader of the block says so.
  private struct Nesting {
    private var position = 0
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    /// The end of the last object or array inside of the outermost array.
    private(set) var recordEnd: Int?

    mutating func read(_ bytes: [UInt8]) {
      bytes.withUnsafeBufferPointer { bytes in
        // `position` runs to the count of these bytes and no further.
        while position < bytes.count {
          let byte = bytes[position]
          position += 1
          if isInString {
            if isEscaped {
              isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
              isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
              isInString = false
            }
            continue
          }
          switch byte {
          case UInt8(ascii: "\""): isInString = true
          case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
          case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            if depth == 1 { recordEnd = position }
          default: break
          }
        }
      }
    }

    /// Forgets the first bytes, which were given out.
    mutating func drop(_ count: Int) {
      position = max(0, position - count)
      recordEnd = nil
    }
  }
}
