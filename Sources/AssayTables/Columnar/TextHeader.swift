import AssayDiagnostics
import AssayFiles

/// The first row of a text table: names, dialect, and where it ends.
struct TextHeader: Sendable {
  /// The column names in order; each once.
  var names: [String]
  var delimiter: UInt8
  /// The bytes of the row, with a byte-order mark and the line end.
  var bytes: [UInt8]
  /// The line on which the next row starts.
  var nextLine: Int

  /// Reads the header of a file.
  /// - Throws: What ``CSVReader`` throws for a file that cannot be read or whose header is none.
  init(path: String) throws(DiagnosticList) {
    let stream = try listing { () throws(Diagnostic) in try TextStream(path) }
    let buffer = TextBuffer(capacity: 1 << 16)
    var wanted = buffer.capacity
    while true {
      try listing { () throws(Diagnostic) in try stream.fill(buffer, to: wanted) }
      if buffer.count == 0 {
        throw DiagnosticList([Diagnostic(.fileEmpty, at: SourceLocation(path: path))])
      }
      let isLast = stream.isAtEnd
      let bytes = buffer.content
      let delimiter = CSVScanner.delimiter(of: bytes)
      var scanner = CSVScanner(
        bytes, path: path, delimiter: delimiter, isFirst: true, isLast: isLast,
        contentEnd: isLast ? TextChunk.contentEnd(bytes) : .max, line: 1)
      guard let names = scanner.header() else {
        try Self.checkLength(buffer.count, path: path)
        wanted *= 2
        continue
      }
      let row = buffer.copy(0..<scanner.position)
      if !CSVReader.isUTF8(row[...]) { throw DiagnosticList([UTF8Text.invalid(row, path: path)]) }
      if row.contains(0) {
        throw DiagnosticList([
          Diagnostic(
            .syntax(
              format: "UTF-8 text",
              problem: "the header holds zero bytes, as UTF-16 without a byte-order mark does"),
            at: SourceLocation(path: path, line: 1, column: 1),
            help: "save the file as UTF-8, for example with: iconv -f UTF-16LE -t UTF-8")
        ])
      }
      if !scanner.problems.isEmpty {
        // Bytes further down that are no UTF-8 come before these problems.
        if !stream.isCompressed, (stream.size ?? 0) <= CSVReader.sizeLimit {
          _ = try CSVReader.read(path: path)
        }
        throw scanner.problems
      }
      self.names = names
      self.delimiter = delimiter
      self.bytes = row
      nextLine = scanner.line
      return
    }
  }

  /// The most bytes of one row.
  static let rowLimit = 256 << 20

  static func checkLength(_ count: Int, path: String) throws(DiagnosticList) {
    guard count >= rowLimit else { return }
    throw DiagnosticList([
      Diagnostic(
        .overLimit(what: "bytes in one row", found: "more", limit: "\(rowLimit)"),
        at: SourceLocation(path: path),
        help: "a quotation mark that is never closed makes such rows")
    ])
  }
}

/// A single diagnostic as a list.
func listing<Result>(
  _ work: () throws(Diagnostic) -> Result
) throws(DiagnosticList) -> Result {
  do { return try work() } catch { throw DiagnosticList([error]) }
}
