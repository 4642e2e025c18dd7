import AssayDiagnostics
import AssayFiles

/// A table in an Arrow IPC file, which is also Feather version 2, or in an Arrow IPC stream.
///
/// Uncompressed, LZ4 and Zstandard; dictionaries with additions and replacements. Nested columns may
/// stand in the file and cannot be asked for.
/// - Note: Source: Apache Arrow, "Arrow Columnar Format", 1.5, section "Serialization and
///   Interprocess Communication".
public struct ArrowTable: ColumnSource {
  /// The path as the user gave it.
  public let path: String
  /// The names of the columns in the file's order.
  public let columnNames: [String]
  private let columns: ArrowColumns
  private let bytes: [UInt8]

  /// Whether bytes are the beginning of an Arrow file.
  static func isFile(_ start: some Collection<UInt8>) -> Bool {
    start.starts(with: ArrowContents.magic)
  }

  /// Opens a file or a stream and reads what it says about itself.
  /// - Throws: A problem with the file: unreadable, damaged, refused, or two columns of one name.
  public init(path: String) throws(DiagnosticList) {
    try self.init(
      path: path, bytes: try listing { () throws(Diagnostic) in try InputFile.read(path) })
  }

  /// Opens a table in memory; `path` is used in messages.
  init(path: String, bytes: [UInt8]) throws(DiagnosticList) {
    if bytes.isEmpty {
      throw DiagnosticList([Diagnostic(.fileEmpty, at: SourceLocation(path: path))])
    }
    if bytes.starts(with: Array("FEA1".utf8)) {
      throw DiagnosticList([
        Diagnostic(
          .refusedContent(
            what: "Feather version 1", why: "it was given up in 2020; version 2 is read"),
          at: SourceLocation(path: path),
          help: "write the file again, for example with pandas' DataFrame.to_feather")
      ])
    }
    let contents: ArrowContents
    do throws(TypedFileFault) {
      contents = try ArrowContents(bytes, form: Self.isFile(bytes) ? .file : .stream)
    } catch {
      throw DiagnosticList([error.diagnostic(format: "Arrow", path: path)])
    }
    let names = contents.schema.fields.map(\.name)
    try ColumnNames.check(names, path: path)
    self.path = path
    columnNames = names
    columns = ArrowColumns(contents)
    self.bytes = bytes
  }

  /// Reads columns; see ``ColumnSource/read(_:threads:)``.
  public func read(
    _ requests: [ColumnRequest], threads: Int
  ) throws(DiagnosticList) -> ColumnTable {
    var wanted: [ArrowColumns.Wanted] = []
    for request in requests {
      let field = try ColumnNames.index(of: request.name, in: columnNames, path: path)
      if case .other(let name) = columns.contents.schema.fields[field].type {
        throw DiagnosticList([
          Diagnostic(
            .wrongType(
              column: request.name, found: name, expected: "single numbers, texts or times"),
            at: SourceLocation(path: path, part: "column '\(request.name)'"),
            help: "write its parts as columns of their own")
        ])
      }
      wanted.append(ArrowColumns.Wanted(field: field, request: request))
    }
    var problems = DiagnosticList()
    let values: [ColumnTable.Values]
    do throws(TypedFileFault) {
      values = try columns.read(wanted, threads: threads, problems: &problems) {
        diagnostic($0, row: $1, column: $2, help: $3)
      }
    } catch {
      throw DiagnosticList([error.diagnostic(format: "Arrow", path: path)])
    }
    try problems.throwIfNotEmpty()
    return ColumnTable(
      path: path, sha256: SHA256.hexDigest(bytes), rowCount: columns.contents.rowCount,
      columns: values)
  }

  /// The place of one value: its row and column.
  public func diagnostic(_ fact: Fact, row: Int, column: String, help: String?) -> Diagnostic {
    ColumnNames.diagnostic(fact, path: path, row: row, column: column, help: help)
  }
}
