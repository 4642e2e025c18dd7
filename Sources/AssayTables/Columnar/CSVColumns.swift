import AssayDiagnostics
import AssayFiles
import Dispatch

/// A comma-separated table, or one of its dialects, read straight into columns by several threads.
///
/// Rows, messages and their places are those of ``CSVReader``. The file is read once, from its beginning
/// to its end: one thread at a time reads the next chunk of whole rows and adds it to the digest, then
/// reads its values while another thread reads the next chunk. Memory is that of the columns and some
/// megabytes for each thread. Gzip files are decompressed on the way; their digest is that of the file
/// as it stands.
public struct CSVColumns: ColumnSource {
  /// The path as the user gave it.
  public let path: String
  /// The names of the columns in the file's order; each once.
  public var columnNames: [String] { header.names }

  let header: TextHeader
  private let decimalMark: DecimalMark
  private let chunkSize: Int

  /// Opens a file and reads its header.
  /// - Throws: What ``CSVReader/read(path:)`` throws for a file that cannot be read or whose header is
  ///   no header.
  public init(path: String, decimalMark: DecimalMark = .automatic) throws(DiagnosticList) {
    try self.init(path: path, decimalMark: decimalMark, chunkSize: TextChunks.defaultSize)
  }

  init(
    path: String, decimalMark: DecimalMark = .automatic, chunkSize: Int
  ) throws(DiagnosticList) {
    self.path = path
    self.decimalMark = decimalMark
    self.chunkSize = chunkSize
    header = try TextHeader(path: path)
  }

  /// Reads columns; see ``ColumnSource/read(_:threads:)``.
  public func read(
    _ requests: [ColumnRequest], threads: Int
  ) throws(DiagnosticList) -> ColumnTable {
    try read(requests, key: nil, threads: threads).table
  }

  /// Reads columns, and in the same pass a key for each row of another column.
  ///
  /// Keys take eight bytes a row where texts that are all different take more than a hundred.
  /// - Parameter key: A column of identifiers.
  public func read(
    _ requests: [ColumnRequest], key: String?, threads: Int
  ) throws(DiagnosticList) -> (table: ColumnTable, keys: RowKeys?) {
    let allowsComma = decimalMark != .point && header.delimiter != UInt8(ascii: ",")
    var (places, plan) = try plan(requests, allowsComma: allowsComma)
    if let key {
      plan.keyColumn = try listing { () throws(Diagnostic) in try position(of: key) }
    }
    var (assembly, digest) = try assemble(plan, threads: threads)
    if let problem = assembly.notUTF8 { throw DiagnosticList([problem]) }
    try assembly.structure.throwIfNotEmpty()
    try checkMarks(assembly.marks, plan, threads: threads)
    try assembly.values.throwIfNotEmpty()
    if assembly.rowCount == 0 {
      throw DiagnosticList([Diagnostic(.noRows, at: SourceLocation(path: path, line: 1))])
    }
    let texts = (0..<plan.texts.count).map { assembly.takeTexts($0) }
    let numbers = (0..<plan.numbers.count).map { assembly.takeNumbers($0) }
    let keys = key.map { _ in
      RowKeys(keys: assembly.takeKeys(), hasEmpty: assembly.hasEmptyKey)
    }
    let table = ColumnTable(
      path: path, sha256: digest, rowCount: assembly.rowCount,
      columns: places.map { place in
        switch place {
        case .number(let index): .numbers(numbers[index])
        case .text(let index): .texts(codes: texts[index].codes, texts: texts[index].texts)
        }
      })
    return (table, keys)
  }

  private func position(of name: String) throws(Diagnostic) -> Int {
    if let column = header.names.firstIndex(of: name) { return column }
    throw Diagnostic(
      .unknownColumn(name: name, known: header.names), at: SourceLocation(path: path, line: 1),
      width: name.count)
  }

  /// The place of one value. Reads the file again up to its row.
  public func diagnostic(_ fact: Fact, row: Int, column: String, help: String?) -> Diagnostic {
    guard let index = header.names.firstIndex(of: column),
      let found = try? place(of: row, column: index, fact, help)
    else {
      return Diagnostic(fact, at: SourceLocation(path: path), help: help)
    }
    return found
  }

  // MARK: One reading

  private enum Place {
    case number(Int)
    case text(Int)
  }

  private func plan(
    _ requests: [ColumnRequest], allowsComma: Bool
  ) throws(DiagnosticList) -> ([Place], ReadingPlan) {
    let names = header.names
    var plan = ReadingPlan(
      delimiter: header.delimiter, columnCount: names.count,
      numberPlace: Array(repeating: -1, count: names.count),
      textPlace: Array(repeating: -1, count: names.count), numbers: [], texts: [],
      allowsComma: allowsComma)
    var places: [Place] = []
    for request in requests {
      let column = try listing { () throws(Diagnostic) in try position(of: request.name) }
      switch request.role {
      case .number(let allowMissing):
        if plan.numberPlace[column] < 0 {
          plan.numberPlace[column] = Int32(plan.numbers.count)
          plan.numbers.append((column, allowMissing))
        }
        let index = Int(plan.numberPlace[column])
        if !allowMissing { plan.numbers[index].allowMissing = false }
        places.append(.number(index))
      case .text:
        if plan.textPlace[column] < 0 {
          plan.textPlace[column] = Int32(plan.texts.count)
          plan.texts.append(column)
        }
        places.append(.text(Int(plan.textPlace[column])))
      }
    }
    return (places, plan)
  }

  private func assemble(
    _ plan: ReadingPlan, threads: Int
  ) throws(DiagnosticList) -> (ColumnAssembly, digest: String) {
    let chunks = try TextChunks(path: path, header: header, chunkSize: chunkSize)
    let most = chunks.size.map { max(1, $0 / chunkSize + 1) } ?? threads
    let workers = max(1, min(threads, most))
    let reader = Guarded(chunks)
    let assembly = Guarded(
      ColumnAssembly(
        plan, workers: workers, firstLine: header.nextLine,
        byteCount: chunks.size.map { $0 - header.bytes.count }))
    let failure = Guarded<DiagnosticList?>(nil)
    let parser = ChunkParser(plan: plan)
    let exact = ExactChunk(plan: plan, path: path, names: header.names)
    let leastRow = max(1, plan.columnCount)
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      let buffer = TextBuffer(capacity: chunkSize)
      let columns = ChunkColumns(plan)
      do throws(DiagnosticList) {
        while true {
          let next = try reader.use { chunks throws(DiagnosticList) in
            try chunks.next(into: buffer)
          }
          guard let chunk = next else { return }
          // A row has a delimiter or line end for each column.
          columns.begin(rows: buffer.count / leastRow + 1)
          columns.notUTF8 = exact.invalidText(buffer)
          if columns.notUTF8 == nil, !parser.parse(buffer, isLast: chunk.isLast, into: columns) {
            columns.restart()
            exact.parse(buffer, isLast: chunk.isLast, into: columns)
          }
          assembly.use {
            $0.add(chunk.number, columns, byteCount: buffer.count, worker: worker)
          }
        }
      } catch {
        failure.use { $0 = $0 ?? error }
      }
    }
    if let failure = failure.use({ $0 }) { throw failure }
    return (assembly.use { $0 }, reader.use { $0.hexDigest })
  }

  /// Refuses numbers whose decimal mark is not the same throughout, or cannot be told.
  private func checkMarks(
    _ marks: DecimalMarks, _ plan: ReadingPlan, threads: Int
  ) throws(DiagnosticList) {
    guard marks.hasComma else { return }
    if marks.hasPoint, decimalMark == .automatic {
      // Once more with points alone, so that the fields with commas are pointed at.
      var strict = plan
      strict.allowsComma = false
      try assemble(strict, threads: threads).0.values.throwIfNotEmpty()
    }
    if decimalMark == .automatic, !marks.hasPlainComma {
      throw DiagnosticList([
        Diagnostic(
          .other(
            found: "numbers such as 1,234, whose comma may also divide thousands",
            expected: "numbers whose decimal mark is clear"),
          at: SourceLocation(path: path),
          help: "say which with --decimal comma or --decimal point")
      ])
    }
  }

  // MARK: Places

  /// The place of one value: chunks are read again up to the one that holds the row.
  private func place(
    of row: Int, column: Int, _ fact: Fact, _ help: String?
  ) throws(DiagnosticList) -> Diagnostic? {
    let chunks = try TextChunks(path: path, header: header, chunkSize: chunkSize)
    let (_, plan) = try plan([], allowsComma: false)
    let exact = ExactChunk(plan: plan, path: path, names: header.names)
    let parser = ChunkParser(plan: plan)
    let columns = ChunkColumns(plan)
    let buffer = TextBuffer(capacity: chunkSize)
    var (first, line) = (0, header.nextLine)
    while let chunk = try chunks.next(into: buffer) {
      columns.begin(rows: buffer.count + 1)
      if !parser.parse(buffer, isLast: chunk.isLast, into: columns) {
        columns.restart()
        exact.parse(buffer, isLast: chunk.isLast, into: columns)
      }
      if row < first + columns.rowCount {
        let table = exact.table(buffer, isLast: chunk.isLast).table
        return table.diagnostic(fact, row: row - first, column: column, help: help)
          .shifted(by: line - 1)
      }
      first += columns.rowCount
      line += columns.lineCount
    }
    return nil
  }
}

/// The decimal mark of numbers in a text table.
public enum DecimalMark: String, Hashable, Sendable, CaseIterable {
  /// A point; a comma in tables that are not divided by commas and whose numbers all have commas.
  case automatic = "auto"
  /// A point.
  case point
  /// A comma.
  case comma
}
