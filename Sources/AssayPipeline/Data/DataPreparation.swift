import AssayDiagnostics
import AssayFiles
import AssayRuns
import AssayTables
import AssayTraining

/// Reads the pilot's files, divides the rows and encodes the inputs.
///
/// Files are read twice: first labels, groups and what every column is, then, with the split known,
/// the inputs straight into their place (once more in between where inputs are text). Memory holds the
/// encoded inputs and a few numbers for each row, never the files.
struct DataPreparation {
  /// The most categories of one text column; more looks like an identifier.
  static let categoryLimit = 1_000
  /// The most values of the encoded matrix.
  static let matrixLimit = 1 << 31

  let plan: Pilot.DataPlan
  let pilotPath: String
  /// Replaces the folder that relative paths start from, or the data file itself.
  let override: String?
  /// Whether the label is a number, which the model tells.
  var isRegression = false

  /// One row that is used.
  struct Row {
    /// Its number in its file, from 0 beneath the header.
    var row: Int32
    /// The class; for a numeric label its decile, see ``Deciles``.
    var label: Int32
    /// Index into the clients' names.
    var client: Int32
    /// 0, or 1 for a test file of its own.
    var table: UInt8
    var isTest: Bool
  }

  func prepare() throws -> PreparedData {
    let files = try scan()
    let columns = try files.map { try $0.columns.get() }
    let labels = try files.map { try $0.labels.get() }
    let classCount = labels.last?.classCount ?? (isRegression ? 0 : 2)

    var notes: [String] = []
    var facts = PreparedData.Facts()
    var rows = usableRows(files, labels.map(\.labels), &facts, &notes)
    if isRegression {
      let values = rows.map { labels[Int($0.table)].targets[Int($0.row)] }
      for (index, decile) in Deciles.of(values).enumerated() { rows[index].label = decile }
    }
    let clients = try assignClients(&rows, files)
    let split = try divide(&rows, files, clients.count)
    try checkClasses(rows, path: files[0].path)

    let features = columns[0].features.map { files[0].header.columns[$0] }
    let encoding = try Encoding(files: files, features: features, rows: rows)
    let width = encoding.names.count
    guard rows.count * max(1, width) <= Self.matrixLimit else {
      throw Diagnostic(
        .overLimit(
          what: "values of rows × inputs", found: "\(rows.count) × \(width)",
          limit: "\(Self.matrixLimit)"), at: SourceLocation(path: files[0].path))
    }
    facts.overlappingRecords = overlappingRecords(rows, files)
    facts.overlappingClients = overlappingClients(rows, clients.count)
    facts.hasLearnedCategories = encoding.hasCategories
    countClients(rows, clients.count, &facts)
    facts.audit = PartitionAudit(
      labels: rows.map(\.label), clients: rows.map(\.client), clientCount: clients.count)

    let matrix = try InputMatrix(
      files: files, encoding: encoding, rows: rows,
      targets: isRegression ? labels.map(\.targets) : nil)
    facts.missingValues = zip(encoding.inputs, matrix.missing).compactMap { input, count in
      count > 0 ? (input.name, count) : nil
    }
    facts.unseenCategories = matrix.unseen
    facts.identicalRows = IdenticalRows(train: matrix.train, width: width).count(in: matrix.test)
    let testRows = rows.filter(\.isTest)
    return PreparedData(
      classCount: classCount, featureNames: encoding.names,
      inputColumns: encoding.inputs.map(\.name), isNumeric: encoding.isNumeric, clients: clients,
      train: matrix.train, test: matrix.test,
      segments: groups(plan.segments, files.map(\.segments), testRows),
      sensitive: groups(plan.sensitive, files.map(\.sensitive), testRows),
      clientColumn: GroupColumn(
        name: plan.clientName, texts: clients, codes: testRows.map(\.client)),
      sources: files.enumerated().map {
        SourceFile(
          path: $0.offset == 0 ? plan.path : plan.testPath ?? "", sha256: $0.element.sha256)
      }, notes: notes, facts: facts, splitDescription: split,
      crossedParts: Dictionary(
        (plan.segments + plan.sensitive).compactMap { named in
          CrossedColumn(named.name, columns: files[0].header.columns).map { ($0.name, $0.parts) }
        }, uniquingKeysWith: { first, _ in first }))
  }

  /// Reads every file for the first time.
  private func scan() throws -> [FileScan] {
    let main = try scan(plan.path, isMain: true, features: nil, classCount: nil)
    guard let testPath = plan.testPath else { return [main] }
    let features = (try? main.columns.get())?.features.map { main.header.columns[$0] }
    return [
      main,
      try scan(
        testPath, isMain: false, features: features,
        classCount: (try? main.labels.get())?.classCount),
    ]
  }

  private func scan(
    _ path: String, isMain: Bool, features: [String]?, classCount: Int?
  ) throws -> FileScan {
    let resolved = DataLocation(pilotPath: pilotPath, override: override)
      .resolve(path, isMain: isMain)
    do {
      return try FileScan(
        path: resolved, plan: plan, features: features, classCount: classCount,
        isRegression: isRegression)
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

  private func usableRows(
    _ files: [FileScan], _ labels: [[Int32]], _ facts: inout PreparedData.Facts,
    _ notes: inout [String]
  ) -> [Row] {
    var rows: [Row] = []
    rows.reserveCapacity(files.reduce(0) { $0 + $1.rowCount })
    var withoutLabel = 0
    var withoutClient = 0
    for (index, file) in files.enumerated() {
      let isNamed = file.clients?.texts.map { !$0.isEmpty }
      for row in 0..<file.rowCount {
        let label = labels[index][row]
        if label < 0 {
          withoutLabel += 1
        } else if let isNamed, let clients = file.clients, !isNamed[Int(clients.codes[row])] {
          withoutClient += 1
        } else {
          rows.append(
            Row(
              row: Int32(row), label: label, client: 0, table: UInt8(index), isTest: index == 1))
        }
      }
    }
    facts.droppedRows = withoutLabel + withoutClient
    if withoutLabel > 0 { notes.append("\(withoutLabel) rows without a label were left out.") }
    if withoutClient > 0 { notes.append("\(withoutClient) rows without a client were left out.") }
    return rows
  }

  /// Gives every row its client; returns the clients' names.
  private func assignClients(_ rows: inout [Row], _ files: [FileScan]) throws -> [String] {
    switch plan.clients {
    case .column:
      var isUsed = files.map { [Bool](repeating: false, count: $0.clients?.texts.count ?? 0) }
      for row in rows {
        let table = Int(row.table)
        if let code = files[table].clients?.codes[Int(row.row)] { isUsed[table][Int(code)] = true }
      }
      let names = sortedNames(
        zip(files, isUsed).flatMap { file, isUsed in
          zip(file.clients?.texts ?? [], isUsed).filter(\.1).map(\.0)
        })
      var index: [String: Int32] = [:]
      for (position, name) in names.enumerated() { index[name] = Int32(position) }
      let codes = files.map { ($0.clients?.texts ?? []).map { index[$0] ?? 0 } }
      for row in rows.indices {
        let table = Int(rows[row].table)
        if let code = files[table].clients?.codes[Int(rows[row].row)] {
          rows[row].client = codes[table][Int(code)]
        }
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

  /// Group columns of the test rows.
  private func groups(
    _ named: [Pilot.DataPlan.Named], _ columns: [[CodedTexts]], _ testRows: [Row]
  ) -> [GroupColumn] {
    named.enumerated().map { position, column in
      // Test rows come from one file: the last.
      let coded = columns[columns.count - 1][position]
      return GroupColumn(
        name: column.name, texts: coded.texts, codes: testRows.map { coded.codes[Int($0.row)] })
    }
  }

  private func checkClasses(_ rows: [Row], path: String) throws {
    let location = SourceLocation(path: path)
    guard let first = rows.first(where: { !$0.isTest }) else {
      throw Diagnostic(
        .other(found: "none", expected: "at least one training row"), at: location,
        help: "check the split")
    }
    guard rows.contains(where: \.isTest) else {
      throw Diagnostic(
        .other(found: "none", expected: "at least one test row"), at: location,
        help: "check the split")
    }
    if !isRegression, rows.allSatisfy({ $0.isTest || $0.label == first.label }) {
      throw Diagnostic(
        .singleClass(column: plan.label.name, label: "\(first.label)"), at: location,
        help: "training needs rows of two classes")
    }
  }
}

/// Names in order of code point, each once.
func sortedNames(_ names: [String]) -> [String] {
  Set(names).sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
}
