import AssayDiagnostics
import AssayFiles
import AssayRuns
import AssayTables
import AssayTraining

/// Reads the pilot's files, divides the rows and encodes the inputs.
struct DataPreparation {
  /// The most categories of one text column; more looks like an identifier.
  static let categoryLimit = 1_000
  /// The most values of the encoded matrix.
  static let matrixLimit = 1 << 31

  let plan: Pilot.DataPlan
  let pilotPath: String
  /// Replaces the folder that relative paths start from, or the data file itself.
  let override: String?

  func prepare() throws -> PreparedData {
    let main = try readTable(plan.path, isMain: true)
    var tables = [main]
    if let testPath = plan.testPath { tables.append(try readTable(testPath, isMain: false)) }
    let columns = try tables.map { try Columns(plan, in: $0) }
    let (labels, classCount) = try readLabels(tables, columns)

    var notes: [String] = []
    var facts = PreparedData.Facts()
    var rows = try usableRows(tables, columns, labels, &facts, &notes)
    let clients = try assignClients(&rows, tables, columns)
    let split = try divide(&rows, tables, columns, clients.count)
    try checkClasses(rows, tables[0], columns[0])

    let encoding = try Encoding(plan: plan, tables: tables, columns: columns, rows: rows)
    guard rows.count * max(1, encoding.names.count) <= Self.matrixLimit else {
      throw Diagnostic(
        .overLimit(
          what: "values of rows × inputs", found: "\(rows.count) × \(encoding.names.count)",
          limit: "\(Self.matrixLimit)"), at: SourceLocation(path: main.path))
    }
    var parts = (train: PreparedData.Part(), test: PreparedData.Part())
    for row in rows {
      if row.isTest {
        encoding.encode(row, into: &parts.test, client: row.client)
      } else {
        encoding.encode(row, into: &parts.train, client: row.client)
      }
    }
    let testRows = rows.filter(\.isTest)
    func group(_ named: [Pilot.DataPlan.Named], _ pick: (Columns) -> [Int]) -> [GroupColumn] {
      named.enumerated().map { position, column in
        GroupColumn(
          name: column.name,
          values: testRows.map { tables[$0.table].text($0.row, pick(columns[$0.table])[position]) })
      }
    }
    facts.missingValues = encoding.missing(rows)
    facts.unseenCategories = encoding.unseen(testRows)
    facts.hasLearnedCategories = encoding.hasCategories
    countLeaks(rows, tables, columns, parts, split, &facts)
    countClients(parts, clients.count, classCount, &facts)
    facts.audit = PartitionAudit(
      labels: rows.map(\.label), clients: rows.map(\.client), clientCount: clients.count)
    return PreparedData(
      classCount: classCount, featureNames: encoding.names,
      inputColumns: encoding.inputs.map(\.name), isNumeric: encoding.isNumeric, clients: clients,
      train: parts.train, test: parts.test, segments: group(plan.segments, \.segments),
      sensitive: group(plan.sensitive, \.sensitive),
      clientColumn: GroupColumn(
        name: plan.clientName, values: testRows.map { clients[Int($0.client)] }),
      sources: tables.enumerated().map {
        SourceFile(
          path: $0.offset == 0 ? plan.path : plan.testPath ?? "", sha256: $0.element.sha256)
      }, notes: notes, facts: facts, splitDescription: split)
  }

  /// One row that is used.
  struct Row {
    var table: Int
    var row: Int
    var label: Int32
    /// Index into the clients' names.
    var client: Int32
    var isTest: Bool
  }

  private func readTable(_ path: String, isMain: Bool) throws -> Table {
    let resolved = DataLocation(pilotPath: pilotPath, override: override)
      .resolve(path, isMain: isMain)
    do {
      return try CSVReader.read(path: resolved)
    } catch {
      // A missing file is a slip in the pilot file: point there.
      if error.diagnostics.count == 1, error.diagnostics[0].fact == .fileMissing, override == nil {
        var moved = error.diagnostics[0]
        moved.help =
          "\(plan.location) names this file; relative paths start at the pilot file's folder"
        throw DiagnosticList([moved])
      }
      throw error
    }
  }

  private func readLabels(
    _ tables: [Table], _ columns: [Columns]
  ) throws -> ([[Int32]], Int) {
    var all: [[Int32]] = []
    var classCount = 2
    for (table, column) in zip(tables, columns) {
      let known = all.isEmpty ? nil : classCount
      let (labels, count) = try table.labels(column.label, classCount: known)
      classCount = count
      all.append(labels)
    }
    return (all, classCount)
  }

  private func usableRows(
    _ tables: [Table], _ columns: [Columns], _ labels: [[Int32]],
    _ facts: inout PreparedData.Facts, _ notes: inout [String]
  ) throws -> [Row] {
    var rows: [Row] = []
    var withoutLabel = 0
    var withoutClient = 0
    for (index, table) in tables.enumerated() {
      let client = columns[index].client
      for row in 0..<table.rowCount {
        if labels[index][row] < 0 {
          withoutLabel += 1
        } else if client.map({ table.isMissing(row, $0) }) ?? false {
          withoutClient += 1
        } else {
          rows.append(
            Row(
              table: index, row: row, label: labels[index][row], client: 0, isTest: index == 1))
        }
      }
    }
    facts.droppedRows = withoutLabel + withoutClient
    if withoutLabel > 0 { notes.append("\(withoutLabel) rows without a label were left out.") }
    if withoutClient > 0 { notes.append("\(withoutClient) rows without a client were left out.") }
    return rows
  }

  /// Gives every row its client; returns the clients' names.
  private func assignClients(
    _ rows: inout [Row], _ tables: [Table], _ columns: [Columns]
  ) throws -> [String] {
    switch plan.clients {
    case .column:
      let texts = zip(tables, columns).map { table, columns in
        columns.client.map { table.texts($0) } ?? []
      }
      let names = sortedNames(rows.map { texts[$0.table][$0.row] })
      var index: [String: Int32] = [:]
      for (position, name) in names.enumerated() { index[name] = Int32(position) }
      for row in rows.indices {
        rows[row].client = index[texts[rows[row].table][rows[row].row]] ?? 0
      }
      return names
    case .partition(let partition):
      let clients: [Int32]
      do {
        clients = try partition.partitioner.assign(
          labels: rows.map(\.label), clients: partition.clients, seed: partition.seed,
          minimumRows: partition.minimumRows)
      } catch {
        throw Diagnostic(
          error.fact, at: partition.location, help: error.help, sourceLine: partition.sourceLine)
      }
      for (row, client) in clients.enumerated() { rows[row].client = client }
      return partition.names
    }
  }

  private func checkClasses(_ rows: [Row], _ table: Table, _ columns: Columns) throws {
    let training = rows.filter { !$0.isTest }
    let location = SourceLocation(path: table.path)
    guard let first = training.first else {
      throw Diagnostic(
        .other(found: "none", expected: "at least one training row"), at: location,
        help: "check the split")
    }
    guard rows.contains(where: \.isTest) else {
      throw Diagnostic(
        .other(found: "none", expected: "at least one test row"), at: location,
        help: "check the split")
    }
    if training.allSatisfy({ $0.label == first.label }) {
      throw Diagnostic(
        .singleClass(column: plan.label.name, label: "\(first.label)"), at: location,
        help: "training needs rows of two classes")
    }
  }

  private func countLeaks(
    _ rows: [Row], _ tables: [Table], _ columns: [Columns],
    _ parts: (train: PreparedData.Part, test: PreparedData.Part), _ split: String,
    _ facts: inout PreparedData.Facts
  ) {
    if plan.identifier != nil {
      var training = Set<String>()
      func identifier(_ row: Row) -> String {
        columns[row.table].identifier.map { tables[row.table].text(row.row, $0) } ?? ""
      }
      for row in rows where !row.isTest { training.insert(identifier(row)) }
      training.remove("")
      facts.overlappingRecords = rows.count { $0.isTest && training.contains(identifier($0)) }
    }
    if case .fraction(_, byClient: true, _) = plan.split {
      let trained = Set(parts.train.clients)
      facts.overlappingClients = Set(parts.test.clients).intersection(trained).count
    }
    let width = max(1, parts.train.features.count / max(1, parts.train.rows.count))
    func key(_ part: PreparedData.Part, _ row: Int) -> [UInt32] {
      guard part.features.count >= (row + 1) * width else { return [] }
      return part.features[row * width..<(row + 1) * width].map(\.bitPattern)
        + [UInt32(bitPattern: part.labels[row])]
    }
    var seen = Set<[UInt32]>(minimumCapacity: parts.train.rows.count)
    for row in parts.train.rows.indices { seen.insert(key(parts.train, row)) }
    facts.identicalRows = parts.test.rows.indices.count { seen.contains(key(parts.test, $0)) }
  }

  private func countClients(
    _ parts: (train: PreparedData.Part, test: PreparedData.Part), _ clientCount: Int,
    _ classCount: Int, _ facts: inout PreparedData.Facts
  ) {
    var trained = [Set<Int32>](repeating: [], count: clientCount)
    for (client, label) in zip(parts.train.clients, parts.train.labels) {
      trained[Int(client)].insert(label)
    }
    let tested = Set(parts.test.clients)
    facts.clientsWithoutTraining = trained.count { $0.isEmpty }
    facts.clientsWithoutTest = clientCount - tested.count
    facts.clientsWithOneClass = trained.count { $0.count == 1 }
  }
}

/// Names in order of code point, each once.
func sortedNames(_ names: [String]) -> [String] {
  Set(names).sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
}

/// Positions of the plan's columns in one table.
struct Columns {
  /// `nil` where clients are made by a partition.
  var client: Int?
  var label: Int
  var identifier: Int?
  var split: Int?
  var segments: [Int]
  var sensitive: [Int]
  var features: [Int]

  init(_ plan: Pilot.DataPlan, in table: Table) throws {
    func find(_ named: Pilot.DataPlan.Named) throws -> Int {
      try table.index(of: named.name, askedAt: named.location, sourceLine: named.sourceLine)
    }
    client = try plan.clientColumn.map(find)
    label = try find(plan.label)
    identifier = try plan.identifier.map(find)
    if case .column(let column) = plan.split { split = try find(column) }
    segments = try plan.segments.map(find)
    sensitive = try plan.sensitive.map(find)
    if client == nil,
      let taken = (plan.segments + plan.sensitive).first(where: { $0.name == plan.clientName })
    {
      throw Diagnostic(
        .conflict(
          first: "the column '\(taken.name)'", second: "'partition'",
          why: "the results name the simulated clients in a column of that name"),
        at: taken.location, help: "rename the column in the data", sourceLine: taken.sourceLine,
        width: taken.name.count)
    }
    if let named = plan.features {
      features = try named.map(find)
      for (position, column) in zip(features, named)
      where position == label || position == split || position == identifier {
        throw Diagnostic(
          .conflict(
            first: "the input '\(column.name)'", second: "its other role",
            why: "a label, split or record id may not be an input"),
          at: column.location, sourceLine: column.sourceLine, width: column.name.count)
      }
    } else {
      let others = Set(
        [label] + segments + sensitive + [client, identifier, split].compactMap { $0 })
      features = table.columns.indices.filter { !others.contains($0) }
    }
    if features.isEmpty {
      throw Diagnostic(
        .other(found: "none", expected: "at least one input column"),
        at: SourceLocation(path: table.path, line: 1), help: "name inputs under data: features:")
    }
  }
}

/// Where a pilot's data stands.
struct DataLocation {
  let pilotPath: String
  let override: String?

  /// The path to open: absolute paths as they are, others from the pilot file's folder. An override
  /// that names a folder replaces that folder; one that names a file replaces the main data file.
  func resolve(_ path: String, isMain: Bool) -> String {
    if let override {
      if (try? InputFolder(override)) != nil {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let whole = "\(override)/\(path)"
        return !path.hasPrefix("/") && fileExists(whole) ? whole : "\(override)/\(name)"
      }
      if isMain { return override }
    }
    if path.hasPrefix("/") { return path }
    let folder = pilotPath.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    return folder.isEmpty ? path : folder.joined(separator: "/") + "/" + path
  }
}
