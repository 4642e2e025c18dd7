import AssayDiagnostics
import AssayFiles

/// A table as read from a text file: named columns, fields as slices of the file's bytes, and the
/// place of every field for messages.
///
/// Goals in order: every field can be pointed at, nothing is guessed, then speed. Fields are
/// decoded only when a column is asked for.
public struct Table: Sendable {
  /// The path as the user gave it.
  public let path: String
  /// Column names in order; each once.
  public let columns: [String]
  /// Number of rows beneath the header.
  public let rowCount: Int
  /// SHA-256 of the file; empty for a part of one.
  public let sha256: String

  let bytes: [UInt8]
  let fields: [FieldSlice]
  /// Line, from 1, on which each row starts.
  let lines: [UInt32]
  /// The number, from 1, of the first row in a file that has no lines; `nil` for text.
  let firstRow: Int?

  /// One field's bytes within the file; files above 4 GiB are refused before.
  struct FieldSlice: Sendable {
    var start: UInt32
    /// Length, with the highest bit set when the field was quoted and holds doubled quotes.
    var lengthAndEscape: UInt32

    init(start: Int, length: Int, isEscaped: Bool) {
      self.start = UInt32(start)
      lengthAndEscape = UInt32(length) | (isEscaped ? 0x8000_0000 : 0)
    }
    var length: Int { Int(lengthAndEscape & 0x7FFF_FFFF) }
    var isEscaped: Bool { lengthAndEscape & 0x8000_0000 != 0 }
  }

  init(
    path: String, sha256: String, bytes: [UInt8], columns: [String], fields: [FieldSlice],
    lines: [UInt32], firstRow: Int? = nil
  ) {
    self.path = path
    self.sha256 = sha256
    self.bytes = bytes
    self.columns = columns
    self.fields = fields
    self.lines = lines
    self.firstRow = firstRow
    rowCount = lines.count
  }

  /// Whether a column of that name exists.
  public func hasColumn(_ name: String) -> Bool { columns.contains(name) }

  /// The position of a column.
  /// - Throws: `unknownColumn` at `location` (where the name was written), or at the header.
  public func index(
    of name: String, askedAt location: SourceLocation? = nil, sourceLine: String? = nil
  ) throws(Diagnostic) -> Int {
    if let index = columns.firstIndex(of: name) { return index }
    throw Diagnostic(
      .unknownColumn(name: name, known: columns),
      at: location ?? SourceLocation(path: path, line: 1), sourceLine: sourceLine,
      width: name.count)
  }

  func slice(_ row: Int, _ column: Int) -> FieldSlice { fields[row * columns.count + column] }

  /// Calls `body` with the raw bytes of a field, without surrounding quotes.
  @inline(__always)
  func withRawBytes<Result>(
    _ row: Int, _ column: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    let field = slice(row, column)
    return bytes.withUnsafeBufferPointer { buffer in
      body(
        UnsafeBufferPointer(rebasing: buffer[Int(field.start)..<Int(field.start) + field.length]))
    }
  }

  /// The raw bytes of a field, without surrounding quotes.
  func rawBytes(_ row: Int, _ column: Int) -> ArraySlice<UInt8> {
    let field = slice(row, column)
    return bytes[Int(field.start)..<Int(field.start) + field.length]
  }

  /// The text of one field; empty when missing.
  public func text(_ row: Int, _ column: Int) -> String {
    let field = slice(row, column)
    let raw = rawBytes(row, column)
    let text = String(decoding: raw, as: UTF8.self)
    guard field.isEscaped else { return text }
    return text.split(separator: "\"\"", omittingEmptySubsequences: false).joined(separator: "\"")
  }

  /// Whether a field is empty.
  public func isMissing(_ row: Int, _ column: Int) -> Bool { slice(row, column).length == 0 }

  /// The texts of a column; equal texts share their storage through a dictionary.
  public func texts(_ column: Int) -> [String] {
    var coded = CodedTexts()
    coded.append(self, column: column)
    return coded.codes.map { coded.texts[Int($0)] }
  }

  /// The place of a field, with the line's text for the caret where the file has lines.
  public func diagnostic(
    _ fact: Fact, row: Int, column: Int, help: String? = nil
  ) -> Diagnostic {
    if let firstRow {
      return Diagnostic(
        fact,
        at: SourceLocation(
          path: path, part: "row \(firstRow + row), column '\(columns[column])'"), help: help)
    }
    let field = slice(row, column)
    var start = Int(field.start)
    if start > 0, start <= bytes.count, bytes[start - 1] == UInt8(ascii: "\"") { start -= 1 }
    var line = Int(lines[row])
    var lineStart = start
    while lineStart > 0, bytes[lineStart - 1] != 0x0A { lineStart -= 1 }
    // A quoted field earlier in the row may hold line breaks: count them.
    let rowStart = Int(slice(row, 0).start)
    if rowStart < lineStart { line += bytes[rowStart..<lineStart].count { $0 == 0x0A } }
    var lineEnd = start
    while lineEnd < bytes.count, bytes[lineEnd] != 0x0A, lineEnd - lineStart < 8192 { lineEnd += 1 }
    let text = String(decoding: bytes[lineStart..<lineEnd], as: UTF8.self)
      .filter { $0 != "\r" && $0 != "\r\n" }
    let position = String(decoding: bytes[lineStart..<start], as: UTF8.self).count + 1
    return Diagnostic(
      fact, at: SourceLocation(path: path, line: line, column: position), help: help,
      sourceLine: text, width: max(1, self.text(row, column).count))
  }
}

extension Table {
  /// The line, from 1, on which a row starts; 0 where the file has no lines.
  public func line(of row: Int) -> Int { Int(lines[row]) }
}
