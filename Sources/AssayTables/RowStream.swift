import AssayDiagnostics
import AssayFiles

/// A table read in parts of whole rows, whatever the format of its file.
public protocol RowStream: AnyObject {
  /// The path as the user gave it.
  var path: String { get }
  /// The names of the columns, as a table without rows.
  var header: Table { get }
  /// Rows of all parts so far.
  var rowCount: Int { get }
  /// SHA-256 of the file, once all parts were read.
  var sha256: String { get }

  /// The next rows; `nil` after the last.
  func next() throws(DiagnosticList) -> Table?
}

extension CSVStream: RowStream {}

/// Opens a table as rows of texts: delimited text, or any typed format that ``openTable(_:decimalMark:)`` reads.
///
/// Text is streamed; of a typed file the columns are in memory, each distinct text once. Numbers become their
/// shortest decimal form, a missing value the empty text: what a CSV of the same table would hold.
/// - Throws: What reading the beginning of the file finds wrong.
public func openRows(_ path: String) throws(DiagnosticList) -> any RowStream {
  let format = try? TableFormat.detect(path)
  switch format {
  // What is wrong with a path is said as for text.
  case nil, .delimitedText: return try CSVStream(path: path)
  default: return try TypedRows(openTable(path))
  }
}

/// SHA-256 of a table's file, or of the list of digests of a folder of parts, as ``ColumnTable/sha256``.
public func digestOfTable(_ path: String) throws -> String {
  if (try? TableFormat.detect(path)) == .parquetFolder {
    return try openTable(path).read([], threads: 1).sha256
  }
  return try SHA256.hexDigest(ofFile: path)
}

/// The rows of a table with typed columns, as texts.
final class TypedRows: RowStream {
  let path: String
  let header: Table
  private(set) var rowCount = 0
  let sha256: String

  private let total: Int
  private let columns: [(codes: [Int32], texts: [[UInt8]])]
  private static let partSize = 4_096

  init(_ source: any ColumnSource) throws(DiagnosticList) {
    let names = source.columnNames
    let table = try source.read(names.map { ColumnRequest($0, as: .text) }, threads: 1)
    path = source.path
    sha256 = table.sha256
    total = table.rowCount
    header = Table(path: source.path, sha256: "", bytes: [], columns: names, fields: [], lines: [])
    columns = table.columns.map { values in
      switch values {
      case .texts(let codes, let texts): (codes, texts.map { Array($0.utf8) })
      case .numbers: ([], [])
      }
    }
    if total == 0 { throw DiagnosticList([Diagnostic(.noRows, at: SourceLocation(path: path))]) }
  }

  func next() throws(DiagnosticList) -> Table? {
    if rowCount >= total { return nil }
    let first = rowCount
    let end = min(total, first + Self.partSize)
    var bytes: [UInt8] = []
    var fields: [Table.FieldSlice] = []
    fields.reserveCapacity((end - first) * columns.count)
    for row in first..<end {
      for column in columns {
        let text = column.texts[Int(column.codes[row])]
        fields.append(Table.FieldSlice(start: bytes.count, length: text.count, isEscaped: false))
        bytes += text
        bytes.append(UInt8(ascii: ","))
      }
    }
    rowCount = end
    return Table(
      path: path, sha256: "", bytes: bytes, columns: header.columns, fields: fields,
      lines: [UInt32](repeating: 0, count: end - first), firstRow: first + 1)
  }
}
