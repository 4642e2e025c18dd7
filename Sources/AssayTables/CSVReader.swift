import AssayDiagnostics
import AssayFiles

/// Reads comma-separated tables as RFC 4180 has them: a header, quoting with `"`, line breaks inside
/// quotes, LF or CRLF. Semicolons and tabs are recognised from the header line.
///
/// This reads a file whole; ``CSVStream`` reads one in parts.
public enum CSVReader {
  /// The most bytes of one file.
  static let sizeLimit = Int(UInt32.max) - 1

  /// Reads a file.
  /// - Throws: A list with the first twenty problems, each with line and column.
  public static func read(path: String) throws(DiagnosticList) -> Table {
    let bytes: [UInt8]
    do { bytes = try InputFile.read(path, limit: sizeLimit) } catch {
      throw DiagnosticList([error])
    }
    return try parse(bytes, path: path)
  }

  /// Reads a table from bytes; `path` is used in messages.
  public static func parse(_ bytes: [UInt8], path: String) throws(DiagnosticList) -> Table {
    if bytes.isEmpty {
      throw DiagnosticList([Diagnostic(.fileEmpty, at: SourceLocation(path: path))])
    }
    if !isUTF8(bytes[...]) { throw DiagnosticList([UTF8Text.invalid(bytes, path: path)]) }
    let (columns, scanner) = bytes.withUnsafeBufferPointer { buffer -> ([String], CSVScanner) in
      var scanner = CSVScanner(
        buffer, path: path, delimiter: CSVScanner.delimiter(of: buffer), isFirst: true,
        isLast: true,
        contentEnd: (buffer.lastIndex { $0 != 0x0A && $0 != 0x0D } ?? -1) + 1, line: 1)
      let columns = scanner.header() ?? []
      if scanner.problems.isEmpty {
        scanner.fields.reserveCapacity(bytes.count / 6)
        scanner.rows(columns: columns.count)
      }
      return (columns, scanner)
    }
    try scanner.problems.throwIfNotEmpty()
    if scanner.lines.isEmpty {
      throw DiagnosticList([Diagnostic(.noRows, at: SourceLocation(path: path, line: 1))])
    }
    return Table(
      path: path, sha256: SHA256.hexDigest(bytes), bytes: bytes, columns: columns,
      fields: scanner.fields, lines: scanner.lines)
  }

  /// Whether bytes are UTF-8; plain ASCII is told without decoding.
  static func isUTF8(_ bytes: ArraySlice<UInt8>) -> Bool {
    let isASCII = bytes.withUnsafeBufferPointer { buffer in
      var all: UInt8 = 0
      for byte in buffer { all |= byte }
      return all < 0x80
    }
    return isASCII || String(validating: bytes, as: UTF8.self) != nil
  }
}
