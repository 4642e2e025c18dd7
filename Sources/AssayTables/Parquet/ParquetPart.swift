import AssayDiagnostics
import AssayFiles

/// One Parquet file, opened: its footer is read, its rows are not.
struct ParquetPart: Sendable {
  let file: RandomAccessFile
  private(set) var footer: ParquetFooter
  /// Columns that a folder's name gives, such as `region=north`; a missing value is `nil`.
  var partitions: [(name: String, value: String?)] = []

  private static let magic = Array("PAR1".utf8)
  /// The most bytes of a footer: some hundred thousand column chunks.
  private static let footerLimit = 64 << 20

  /// Reads the footer.
  init(_ file: RandomAccessFile) throws(Diagnostic) {
    self.file = file
    do throws(ParquetProblem) { footer = try Self.footer(file) } catch {
      throw error.diagnostic(path: file.path)
    }
  }

  /// Whether a file begins as Parquet files do.
  static func isParquet(_ firstBytes: some Collection<UInt8>) -> Bool {
    firstBytes.starts(with: magic) || firstBytes.starts(with: Array("PARE".utf8))
  }

  /// Takes over what the values of a column mean that holds none here, so that the parts behind are
  /// compared with the first that has values.
  mutating func learn(from other: ParquetPart) {
    for index in footer.columns.indices where footer.columns[index].meaning == .nothing {
      let name = footer.columns[index].name
      if let column = other.footer.columns.first(where: { $0.name == name }) {
        footer.columns[index].meaning = column.meaning
      }
    }
  }

  private static func footer(_ file: RandomAccessFile) throws(ParquetProblem) -> ParquetFooter {
    if file.size == 0 { throw ParquetProblem(fact: .fileEmpty) }
    // A magic word at either end, and four bytes of length.
    guard file.size >= 12 else { throw .damaged("a file of \(file.size) bytes") }
    let head = try read(file, 0, 4)
    let tail = try read(file, file.size - 8, 8)
    let encrypted = Array("PARE".utf8)
    if head == encrypted || tail.suffix(4) == encrypted[...] {
      throw .refused(
        "an encrypted Parquet file", "Assay has no key for it", help: "decrypt the file before")
    }
    guard head == magic else { throw .damaged("the file does not begin with PAR1") }
    guard tail.suffix(4) == magic[...] else {
      throw ParquetProblem(
        fact: .syntax(
          format: "Parquet", problem: "the file does not end with PAR1, so its end is missing"),
        help: "write or copy the file again")
    }
    let length = Int(
      try withBytes(tail) { bytes throws(ParquetProblem) in
        var cursor = ByteCursor(bytes)
        return try cursor.uint32()
      })
    guard length <= file.size - 12 else {
      throw .damaged("metadata of \(length) bytes in a file of \(file.size)")
    }
    guard length <= footerLimit else {
      throw ParquetProblem(
        fact: .overLimit(
          what: "bytes of Parquet metadata", found: "\(length)", limit: "\(footerLimit)"))
    }
    return try withBytes(try read(file, file.size - 8 - length, length)) {
      bytes throws(ParquetProblem) in
      try ParquetFooter(bytes, fileSize: file.size)
    }
  }

  private static func read(
    _ file: RandomAccessFile, _ offset: Int, _ count: Int
  ) throws(ParquetProblem) -> [UInt8] {
    do throws(Diagnostic) { return try file.read(at: offset, count: count) } catch {
      throw ParquetProblem(fact: error.fact, help: error.help)
    }
  }

  /// Reads one column of one row group.
  /// - Parameters:
  ///   - firstRow: The row group's first row within this file.
  ///   - problems: What is wrong with the column or with single values is added.
  func read(
    _ request: ColumnRequest, group: Int, firstRow: Int, problems: inout DiagnosticList
  ) -> ColumnTable.Values {
    do throws(ParquetProblem) {
      let typed = try values(request, group)
      let path = file.path
      var reader = TypedValuesReader(column: request.name, role: request.role, firstRow: firstRow) {
        ParquetPart.diagnostic($0, path: path, row: $1, column: request.name, help: $2)
      }
      let values = reader.read(typed)
      problems.append(contentsOf: reader.problems)
      return values
    } catch {
      problems.append(
        error.diagnostic(
          path: file.path, part: "column '\(request.name)', row group \(group + 1)"))
      return request.role == .text ? .texts(codes: [], texts: []) : .numbers([])
    }
  }

  private func values(
    _ request: ColumnRequest, _ group: Int
  ) throws(ParquetProblem) -> TypedValues {
    let rows = footer.rowGroups[group]
    guard let column = footer.columns.first(where: { $0.name == request.name }) else {
      let value = partitions.first { $0.name == request.name }?.value
      return .texts(
        codes: [Int32](repeating: 0, count: rows.rowCount), texts: [value ?? ""],
        missing: value == nil ? [Bool](repeating: true, count: rows.rowCount) : nil)
    }
    let chunk = rows.chunks[column.leaf]
    var reader = try ParquetChunkReader(column, chunk, rowCount: rows.rowCount)
    // The pages stand between the two magic words.
    guard chunk.start >= 4, chunk.start <= file.size - 8,
      chunk.compressedSize <= file.size - 8 - chunk.start
    else { throw .damaged("a column that lies outside of the file") }
    // Old writers did not count the head of the dictionary's page (PARQUET-816): a little more is read,
    // and what stands behind the last value is not looked at.
    let count = min(chunk.compressedSize + 100, file.size - 8 - chunk.start)
    let bytes = try Self.read(file, chunk.start, count)
    let vector = try withBytes(bytes) { bytes throws(ParquetProblem) in try reader.read(bytes) }
    return try ParquetMeaningReader(column: column, role: request.role).values(vector)
  }

  /// The place of one value: rows from 1 within the file.
  static func diagnostic(
    _ fact: Fact, path: String, row: Int, column: String, help: String?
  ) -> Diagnostic {
    Diagnostic(
      fact, at: SourceLocation(path: path, part: "row \(row + 1), column '\(column)'"), help: help)
  }
}
