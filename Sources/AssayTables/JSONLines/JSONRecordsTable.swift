import AssayDiagnostics
import AssayFiles

/// A table of JSON records: one object a line (JSON Lines), or an array of objects.
///
/// A name that a record does not have, and `null`, are missing values. Names are gathered from the
/// first ``nameBytes`` bytes; a column that begins later can be asked for all the same.
/// - Note: Source: RFC 8259; jsonlines.org. `NaN` and `Infinity` are no JSON, but Python writes them.
public struct JSONRecordsTable: ColumnSource {
  /// How much of a file is read for the names of its columns.
  public static let nameBytes = 64 << 20
  /// The most names.
  static let nameLimit = 100_000

  /// The path as the user gave it.
  public let path: String
  /// The names in the order in which they first appear.
  public let columnNames: [String]

  /// Opens a file and gathers the names of its columns.
  /// - Throws: A problem with the file, or the first twenty records that are no JSON objects.
  public init(path: String) throws(DiagnosticList) {
    self.path = path
    var splitter = try listing { () throws(Diagnostic) in try JSONRecordSplitter(path) }
    var names = TextNames()
    var problems = DiagnosticList()
    var size = 0
    var rows = 0
    while size < Self.nameBytes,
      let block = try listing({ () throws(Diagnostic) in try splitter.next() })
    {
      let outcome = JSONRecordReader(
        block, path: path, requests: [],
        isCounting: problems.diagnostics.count >= DiagnosticList.reportLimit
      ).read()
      problems.append(outcome.problems)
      rows += outcome.rowCount
      size += block.bytes.count
      names.add(outcome.names)
      if names.all.count > Self.nameLimit {
        throw DiagnosticList([
          Diagnostic(
            .overLimit(
              what: "names in the records", found: "more", limit: "\(Self.nameLimit)"),
            at: SourceLocation(path: path))
        ])
      }
      // In an array nothing can be told behind text that is no JSON.
      if splitter.form == .array, !problems.isEmpty { break }
    }
    try problems.throwIfNotEmpty()
    if rows == 0 {
      throw DiagnosticList([Diagnostic(.noRows, at: SourceLocation(path: path, line: 1))])
    }
    columnNames = names.all
  }

  /// Reads columns; see ``ColumnSource/read(_:threads:)``.
  public func read(
    _ requests: [ColumnRequest], threads: Int
  ) throws(DiagnosticList) -> ColumnTable {
    var splitter = try listing { () throws(Diagnostic) in try JSONRecordSplitter(path) }
    var problems = DiagnosticList()
    var joiners = requests.map { ColumnJoiner(role: $0.role, rowCount: 0) }
    var isPresent: [String: Bool] = [:]
    var rowCount = 0
    reading: while true {
      let blocks = try nextBlocks(&splitter, count: max(1, threads))
      if blocks.isEmpty { break }
      let isFull = problems.diagnostics.count >= DiagnosticList.reportLimit
      let outcomes = OrderedJobs.results(count: blocks.count, threads: threads) {
        JSONRecordReader(
          blocks[$0], path: path, requests: requests, isCounting: isFull
        ).read()
      }
      for outcome in outcomes {
        rowCount += outcome.rowCount
        problems.append(outcome.problems)
        for (name, isThere) in zip(outcome.names, outcome.isPresent) where isThere {
          isPresent[name] = true
        }
        if splitter.form == .array, !outcome.problems.isEmpty { break reading }
        guard problems.isEmpty else { continue }
        for (index, values) in outcome.columns.enumerated() { joiners[index].append(values) }
      }
    }
    try problems.throwIfNotEmpty()
    for request in requests where isPresent[request.name] != true {
      throw DiagnosticList([
        Diagnostic(
          .unknownColumn(name: request.name, known: columnNames), at: SourceLocation(path: path))
      ])
    }
    guard rowCount <= Int(Int32.max) else {
      throw DiagnosticList([
        Diagnostic(
          .overLimit(what: "records", found: "\(rowCount)", limit: "\(Int32.max)"),
          at: SourceLocation(path: path))
      ])
    }
    return ColumnTable(
      path: path, sha256: splitter.sha256, rowCount: rowCount,
      columns: joiners.map { $0.finish() })
  }

  private func nextBlocks(
    _ splitter: inout JSONRecordSplitter, count: Int
  ) throws(DiagnosticList) -> [JSONRecordBlock] {
    var blocks: [JSONRecordBlock] = []
    while blocks.count < count {
      guard let block = try listing({ () throws(Diagnostic) in try splitter.next() }) else { break }
      blocks.append(block)
    }
    return blocks
  }

  /// The place of one value, found by reading the file up to its record.
  public func diagnostic(_ fact: Fact, row: Int, column: String, help: String?) -> Diagnostic {
    let fallback = ColumnNames.diagnostic(fact, path: path, row: row, column: column, help: help)
    guard var splitter = try? JSONRecordSplitter(path) else { return fallback }
    var first = 0
    while let block = try? splitter.next() {
      let outcome = JSONRecordReader(
        block, path: path, requests: [ColumnRequest(column, as: .text)],
        target: (row - first, 0)
      ).read()
      if let offset = outcome.targetOffset {
        return block.diagnostic(fact, path: path, offset: offset, help: help)
      }
      first += outcome.rowCount
    }
    return fallback
  }
}

/// Names in the order in which they are first seen.
private struct TextNames {
  private(set) var all: [String] = []
  private var known: Set<String> = []

  mutating func add(_ names: [String]) {
    for name in names where known.insert(name).inserted { all.append(name) }
  }
}
