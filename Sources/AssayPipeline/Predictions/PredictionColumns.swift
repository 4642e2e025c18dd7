import AssayDiagnostics
import AssayRuns
import AssayTables

/// The columns of an evaluation as one table, read from one file or several.
struct PredictionColumns {
  let uses: [ColumnUse]
  let layout: PredictionLayout
  let sources: [any ColumnSource]
  private(set) var rowCount = 0
  /// Digests of the files.
  private(set) var digests: [String] = []
  /// How rows were matched, where files were joined by ids.
  private(set) var report: JoinReport?

  /// The values of each use; taken out when they are used, so that they are held once.
  private var values: [ColumnTable.Values?] = []
  /// For each file the row of every row of the table, where they are not the same.
  private var rows: [[Int32]]?
  /// For parts: the first row of each file, then the number of all.
  private var starts: [Int] = []

  /// Reads every column that is needed, and no other.
  init(_ uses: [ColumnUse], _ sources: [any ColumnSource], threads: Int) throws {
    self.uses = uses
    self.sources = sources
    layout = try PredictionLayout(uses, sources)
    values = Array(repeating: nil, count: uses.count)
    var tables: [[Int: ColumnTable.Values]] = []
    var counts: [Int] = []
    // Where ids need only be unique, keys do, as long as those of all files can be compared.
    var keys = try numericKeys(threads)
    let isKeyed =
      keys != nil || (layout.arrangement == .parts && sources.allSatisfy { $0 is CSVColumns })
    for file in sources.indices {
      // A column that is wanted twice in one role is read once.
      var requests: [ColumnRequest] = []
      var place: [Int: Int] = [:]
      for (index, use) in uses.enumerated()
      where layout.files[index].contains(file) && !(isKeyed && use.purpose == .identifier) {
        let request = ColumnRequest(use.name, as: use.role)
        if let known = requests.firstIndex(of: request) {
          place[index] = known
        } else {
          place[index] = requests.count
          requests.append(request)
        }
      }
      let table = try read(requests, file, isKeyed: isKeyed, &keys, threads)
      tables.append(place.mapValues { table.columns[$0] })
      counts.append(table.rowCount)
      digests.append(table.sha256)
    }
    if let keys { try check(keys, threads) }
    switch layout.arrangement {
    case .parts: try stack(&tables, counts)
    case .joined: try join(&tables)
    case .sideBySide: try pair(&tables, counts)
    }
    guard rowCount > 0 else {
      throw Diagnostic(.noRows, at: SourceLocation(path: sources[0].path))
    }
    guard rowCount <= Int(Int32.max) else {
      throw Diagnostic(
        .overLimit(what: "rows", found: "\(rowCount)", limit: "\(Int32.max)"),
        at: SourceLocation(path: sources[0].path))
    }
  }

  // MARK: Identifiers

  private var identifier: Int? { uses.firstIndex { $0.purpose == .identifier } }

  /// Reads a file, and the keys of its ids in the same pass, where it can.
  private func read(
    _ requests: [ColumnRequest], _ file: Int, isKeyed: Bool, _ keys: inout RowKeys?, _ threads: Int
  ) throws -> ColumnTable {
    guard isKeyed, let identifier, let text = sources[file] as? CSVColumns else {
      return try sources[file].read(requests, threads: threads)
    }
    let (table, found) = try text.read(requests, key: uses[identifier].name, threads: threads)
    if let found, keys?.append(found) == nil { keys = found }
    return table
  }

  /// Keys of ids that a typed file holds as numbers; `nil` for any other.
  private func numericKeys(_ threads: Int) throws -> RowKeys? {
    guard let identifier, sources.count == 1, !(sources[0] is CSVColumns) else { return nil }
    let request = ColumnRequest(uses[identifier].name, as: .number(allowMissing: false))
    guard let table = try? sources[0].read([request], threads: threads),
      case .numbers(let numbers)? = table.columns.first
    else { return nil }
    return RowKeys(numbers: numbers)
  }

  /// Refuses ids that stand twice or are empty. Texts are looked at only where keys repeat.
  private func check(_ keys: RowKeys, _ threads: Int) throws {
    guard keys.hasEmpty || keys.hasRepeats(), let identifier else { return }
    let request = ColumnRequest(uses[identifier].name, as: .text)
    try IdentifierCheck(column: request.name, sources: sources).check(
      try sources.map { try Self.texts($0.read([request], threads: threads).columns.first) })
  }

  // MARK: Values

  /// The numbers of a use; they are handed over and gone afterwards.
  mutating func takeNumbers(_ use: Int) -> [Double] {
    guard case .numbers(let numbers) = take(use) else { return [] }
    return numbers
  }

  /// The texts of a use; they are handed over and gone afterwards.
  mutating func takeTexts(_ use: Int) -> (codes: [Int32], texts: [String]) {
    guard case .texts(let codes, let texts) = take(use) else { return ([], []) }
    return (codes, texts)
  }

  /// The distinct texts of a use, without taking it.
  func distinctTexts(_ use: Int) -> [String] {
    guard case .texts(_, let texts) = values[use] else { return [] }
    return texts
  }

  /// Which file each row came from, where files are parts of one table: by its last part unless two
  /// share it; `nil` otherwise.
  var files: GroupColumn? {
    guard layout.arrangement == .parts, sources.count > 1 else { return nil }
    let paths = sources.map(\.path)
    let short = paths.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
    let names = Set(short).count == short.count ? short : paths
    return GroupColumn(
      name: "file", texts: names,
      codes: sources.indices.flatMap { file in
        Array(repeating: Int32(file), count: starts[file + 1] - starts[file])
      })
  }

  private mutating func take(_ use: Int) -> ColumnTable.Values? {
    let taken = values[use]
    values[use] = nil
    return taken
  }

  /// The place of a value of the table in its file.
  func diagnostic(_ fact: Fact, row: Int, use: Int, help: String? = nil) -> Diagnostic {
    var file = layout.files[use].first ?? 0
    var inFile = row
    if layout.arrangement == .parts {
      file = max(0, (starts.firstIndex { $0 > row } ?? starts.count) - 1)
      inFile = row - starts[file]
    } else if let rows {
      inFile = Int(rows[file][row])
    }
    return sources[file].diagnostic(fact, row: inFile, column: uses[use].name, help: help)
  }

  // MARK: Several files

  /// Parts of one table, one beneath the other.
  private mutating func stack(
    _ tables: inout [[Int: ColumnTable.Values]], _ counts: [Int]
  ) throws {
    starts = counts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
    rowCount = starts.last ?? 0
    if let identifier, tables.allSatisfy({ $0[identifier] != nil }) {
      try IdentifierCheck(column: uses[identifier].name, sources: sources)
        .check(tables.map { Self.texts($0[identifier]) })
      for file in tables.indices { tables[file][identifier] = nil }
    }
    for index in uses.indices {
      let parts = tables.indices.compactMap { tables[$0].removeValue(forKey: index) }
      values[index] = parts.count == 1 ? parts[0] : Self.stacked(parts)
    }
  }

  private static func stacked(_ parts: [ColumnTable.Values]) -> ColumnTable.Values? {
    guard let first = parts.first else { return nil }
    if case .numbers = first {
      return .numbers(
        parts.flatMap { part in
          guard case .numbers(let numbers) = part else { return [Double]() }
          return numbers
        })
    }
    var known: [String: Int32] = [:]
    var texts: [String] = []
    var codes: [Int32] = []
    for part in parts {
      let (own, names) = Self.texts(part)
      let translation = names.map { name in
        if let code = known[name] { return code }
        let code = Int32(texts.count)
        known[name] = code
        texts.append(name)
        return code
      }
      codes.append(contentsOf: own.lazy.map { translation[Int($0)] })
    }
    return .texts(codes: codes, texts: texts)
  }

  /// The same rows, found by their ids.
  private mutating func join(_ tables: inout [[Int: ColumnTable.Values]]) throws {
    let identifier = identifier ?? 0
    let ids = tables.map { Self.texts($0[identifier]) }
    for file in tables.indices { tables[file][identifier] = nil }
    let join = try TableJoin(ids, column: uses[identifier].name, sources: sources)
    rows = join.rows
    report = join.report
    rowCount = join.report.matched
    for index in uses.indices where index != identifier {
      let files = layout.files[index]
      let parts = files.map { file in
        (file, Self.gathered(tables[file].removeValue(forKey: index), join.rows[file]))
      }
      values[index] = parts.first?.1
      for (file, other) in parts.dropFirst() {
        let name = { (row: Int) in ids[0].texts[Int(ids[0].codes[Int(join.rows[0][row])])] }
        try checkAgreement(index, parts[0], (file, other), name)
      }
    }
  }

  private static func gathered(
    _ values: ColumnTable.Values?, _ rows: [Int32]
  ) -> ColumnTable.Values? {
    switch values {
    case .numbers(let numbers): .numbers(rows.map { numbers[Int($0)] })
    case .texts(let codes, let texts):
      .texts(codes: rows.map { codes[Int($0)] }, texts: texts)
    case nil: nil
    }
  }

  /// The same rows in the same order.
  private mutating func pair(
    _ tables: inout [[Int: ColumnTable.Values]], _ counts: [Int]
  ) throws {
    if let other = counts.firstIndex(where: { $0 != counts[0] }) {
      throw Diagnostic(
        .other(
          found: "\(counts[other]) rows, and \(counts[0]) in '\(sources[0].path)'",
          expected: "as many rows in every file"),
        at: SourceLocation(path: sources[other].path),
        help: "name a column of record ids with --id, so that rows can be matched")
    }
    rowCount = counts[0]
    for index in uses.indices {
      values[index] = layout.files[index].first.flatMap { tables[$0].removeValue(forKey: index) }
    }
  }

  private static func texts(_ values: ColumnTable.Values?) -> (codes: [Int32], texts: [String]) {
    guard case .texts(let codes, let texts) = values else { return ([], []) }
    return (codes, texts)
  }

  /// Refuses files that say different things about the same record.
  private func checkAgreement(
    _ use: Int, _ first: (file: Int, values: ColumnTable.Values?),
    _ second: (file: Int, values: ColumnTable.Values?), _ id: (Int) -> String
  ) throws {
    var problems = DiagnosticList()
    func report(_ row: Int, _ here: String, _ there: String) {
      guard let rows else { return }
      problems.append(
        sources[second.file].diagnostic(
          .other(
            found: "'\(here)' here and '\(there)' in '\(sources[first.file].path)'",
            expected: "the same '\(uses[use].name)' of the record '\(id(row))' in both files"),
          row: Int(rows[second.file][row]), column: uses[use].name,
          help: "name the file whose column is meant: \(uses[use].flag) FILE:COLUMN"))
    }
    switch (first.values, second.values) {
    case (.numbers(let one), .numbers(let other)):
      for row in one.indices where one[row] != other[row] && !(one[row].isNaN && other[row].isNaN) {
        report(row, "\(other[row])", "\(one[row])")
      }
    case (.texts(let one, let names), .texts(let other, let otherNames)):
      // Texts are compared once for each pair of codes that meets.
      var same: [UInt64: Bool] = [:]
      for row in one.indices {
        let pair =
          UInt64(UInt32(bitPattern: one[row])) << 32 | UInt64(UInt32(bitPattern: other[row]))
        let (a, b) = (names[Int(one[row])], otherNames[Int(other[row])])
        let isSame = same[pair] ?? Self.isSame(a, b)
        same[pair] = isSame
        if !isSame { report(row, b, a) }
      }
    default: return
    }
    try problems.throwIfNotEmpty()
  }

  /// Whether two texts name the same thing: `1` in a text file is `1.0` where numbers are typed.
  private static func isSame(_ a: String, _ b: String) -> Bool {
    if a == b { return true }
    guard let first = ClassNames.number(a), let second = ClassNames.number(b) else { return false }
    return first == second
  }
}
