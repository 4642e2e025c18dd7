import AssayDiagnostics
import AssayFiles

/// A Parquet file, or a folder of Parquet files that are parts of one table.
///
/// Flat columns of every physical type and of the logical types of ``ParquetMeaning``; pages of both
/// versions; every encoding that the format has for them; no compression, snappy, gzip, zstd and both
/// kinds of LZ4. Only the columns that are asked for are read. Nested columns and encrypted files are
/// refused by name.
///
/// Source: apache/parquet-format, release 2.11.
public struct ParquetFile: ColumnSource {
  /// The path as the user gave it.
  public let path: String
  /// The names of the columns of the first part, then those that folder names give; each once.
  public let columnNames: [String]
  /// Number of rows of all parts.
  public let rowCount: Int
  let parts: [ParquetPart]
  /// Whether the path is a folder.
  private let isFolder: Bool
  /// The row of the whole table with which each part begins.
  private let starts: [Int]

  /// Opens a file or a folder of parts and reads what they hold, not the rows.
  public static func open(path: String) throws(DiagnosticList) -> ParquetFile {
    do throws(Diagnostic) {
      let file: RandomAccessFile
      do throws(Diagnostic) { file = try RandomAccessFile(path) } catch {
        if error.fact == .isDirectory { return try folder(path) }
        throw error
      }
      return try ParquetFile(path: path, parts: [try ParquetPart(file)], isFolder: false)
    } catch { throw DiagnosticList([error]) }
  }

  /// Whether a file begins as Parquet files do; some bytes are enough.
  public static func isParquet(_ firstBytes: some Collection<UInt8>) -> Bool {
    ParquetPart.isParquet(firstBytes)
  }

  private static func folder(_ path: String) throws(Diagnostic) -> ParquetFile {
    try ParquetFile(path: path, parts: try ParquetFolder.parts(of: path), isFolder: true)
  }

  private init(path: String, parts: [ParquetPart], isFolder: Bool) throws(Diagnostic) {
    self.path = path
    self.parts = parts
    self.isFolder = isFolder
    guard let first = parts.first else {
      throw Diagnostic(
        .other(found: "none", expected: "Parquet files in the folder"),
        at: SourceLocation(path: path))
    }
    columnNames = first.footer.columns.map(\.name) + first.partitions.map(\.name)
    var seen: [String: Int] = [:]
    for (index, name) in columnNames.enumerated() {
      if let earlier = seen[name] {
        throw Diagnostic(
          .duplicateColumn(name: name, first: earlier + 1),
          at: SourceLocation(path: first.file.path))
      }
      seen[name] = index
    }
    var reference = first
    for part in parts.dropFirst() {
      try ParquetFolder.check(part, against: reference)
      reference.learn(from: part)
    }
    var rows = 0
    var starts: [Int] = []
    for part in parts {
      starts.append(rows)
      rows += part.footer.rowCount
      if rows > Int(Int32.max) {
        throw Diagnostic(
          .overLimit(what: "rows", found: "more", limit: "\(Int32.max)"),
          at: SourceLocation(path: path))
      }
    }
    rowCount = rows
    self.starts = starts
  }

  /// Reads columns; see ``ColumnSource/read(_:threads:)``. A table without rows is no problem.
  public func read(
    _ requests: [ColumnRequest], threads: Int
  ) throws(DiagnosticList) -> ColumnTable {
    var problems = DiagnosticList()
    for request in requests { check(request, &problems) }
    try problems.throwIfNotEmpty()

    let pieces = requests.indices.flatMap { self.pieces(of: $0) }
    let empty = ParquetAssembly(
      joiners: requests.map { ColumnJoiner(role: $0.role, rowCount: rowCount) })
    // Digests are begun first: each is one job that cannot be divided.
    let assembly = ColumnThreads.fold(
      count: pieces.count + parts.count, early: parts.count, threads: threads, into: empty
    ) { job -> ParquetAssembly.Outcome in
      job < pieces.count
        ? read(pieces[job], as: requests[pieces[job].request])
        : digest(of: parts[job - pieces.count])
    } take: { assembly, job, outcome in
      assembly.take(outcome, column: job < pieces.count ? pieces[job].request : 0)
    }
    try assembly.problems.throwIfNotEmpty()
    return ColumnTable(
      path: path,
      sha256: isFolder
        ? ParquetFolder.digest(parts, of: path, assembly.digests) : assembly.digests.joined(),
      rowCount: rowCount,
      columns: assembly.finish(utc: requests.map { timestampOffset(of: $0.name) }))
  }

  /// The place of one value: the part's path, and the row, from 1, within the part.
  public func diagnostic(_ fact: Fact, row: Int, column: String, help: String?) -> Diagnostic {
    // The last part that begins at the row or before it; parts without rows come before it.
    let index = starts.lastIndex { $0 <= row } ?? 0
    return ParquetPart.diagnostic(
      fact, path: parts[index].file.path, row: row - starts[index], column: column, help: help)
  }

  /// A part of a column that one job reads.
  private struct Piece: Sendable {
    var request: Int
    var part: Int
    var group: Int
    var firstRow: Int
  }

  private func pieces(of request: Int) -> [Piece] {
    parts.indices.flatMap { part -> [Piece] in
      var row = 0
      return parts[part].footer.rowGroups.enumerated().compactMap { index, group in
        defer { row += group.rowCount }
        return group.rowCount == 0
          ? nil : Piece(request: request, part: part, group: index, firstRow: row)
      }
    }
  }

  private func check(_ request: ColumnRequest, _ problems: inout DiagnosticList) {
    guard columnNames.contains(request.name) else {
      problems.append(
        Diagnostic(
          .unknownColumn(name: request.name, known: columnNames), at: SourceLocation(path: path)))
      return
    }
    for part in parts {
      guard let column = part.footer.columns.first(where: { $0.name == request.name }) else {
        continue
      }
      do throws(ParquetProblem) {
        try ParquetMeaningReader(column: column, role: request.role).check()
      } catch { problems.append(error.diagnostic(path: part.file.path)) }
    }
  }

  private func digest(of part: ParquetPart) -> ParquetAssembly.Outcome {
    do throws(Diagnostic) { return .digest(try part.file.hexDigest()) } catch {
      return .problems(DiagnosticList([error]))
    }
  }

  private func read(_ piece: Piece, as request: ColumnRequest) -> ParquetAssembly.Outcome {
    let part = parts[piece.part]
    var problems = DiagnosticList()
    let values = part.read(
      request, group: piece.group, firstRow: piece.firstRow, problems: &problems)
    return problems.isEmpty ? .values(values) : .problems(problems)
  }

  /// Whether a column holds timestamps, and then whether they are in UTC.
  private func timestampOffset(of name: String) -> Bool? {
    for part in parts {
      if case .timestamp(_, let isUTC)? = part.footer.columns.first(where: { $0.name == name })?
        .meaning
      {
        return isUTC
      }
    }
    return nil
  }
}

/// What jobs have read so far, put together in their order.
struct ParquetAssembly: Sendable {
  /// What one job came to.
  enum Outcome: Sendable {
    case digest(String)
    case values(ColumnTable.Values)
    case problems(DiagnosticList)
  }

  var joiners: [ColumnJoiner]
  var digests: [String] = []
  var problems = DiagnosticList()

  init(joiners: [ColumnJoiner]) { self.joiners = joiners }

  /// Adds the result of a job.
  mutating func take(_ outcome: consuming Outcome, column: Int) {
    switch outcome {
    case .digest(let digest): digests.append(digest)
    case .values(let values): if problems.isEmpty { joiners[column].append(values) }
    case .problems(let more): problems.append(contentsOf: more)
    }
  }

  /// The columns.
  /// - Parameter utc: For a column of timestamps whether they are in UTC, `nil` for any other.
  consuming func finish(utc: [Bool?]) -> [ColumnTable.Values] {
    zip(joiners, utc).map { joiner, isUTC in
      let values = joiner.finish()
      guard let isUTC, case .texts(let codes, let texts) = values else { return values }
      return .texts(codes: codes, texts: TemporalText.settled(texts, isUTC: isUTC))
    }
  }
}
