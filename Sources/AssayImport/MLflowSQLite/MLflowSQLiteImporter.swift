import AssayDiagnostics
import AssayFiles
import AssayRuns

/// MLflow's SQLite store, `mlflow.db`: the default since the end of 2025.
///
/// The source may be the database or the folder that holds it. Tables come and go between versions;
/// columns are selected by name, and what is not needed is not looked at.
enum MLflowSQLiteImporter: Importer {
  static let name = "mlflow-sqlite"
  static let title = "MLflow SQLite store"
  static let recognises = "mlflow.db, or another SQLite database with MLflow's tables"

  private static let magic = Array("SQLite format 3\0".utf8)

  static func matches(_ source: ArtifactSource) -> Bool {
    (try? database(in: source)) ?? nil != nil
  }

  static func read(_ source: ArtifactSource) throws -> [Run] {
    guard let file = try database(in: source) ?? source.onlyFile else {
      throw Diagnostic(.unrecognisedSource(lookedFor: [recognises]), at: source.location(""))
    }
    var sources: [SourceFile] = []
    let bytes = try source.read(file, limit: ArtifactLimit.database, noting: &sources)
    let path = source.path(file)
    if bytes.isEmpty { throw Diagnostic(.fileEmpty, at: source.location(file)) }
    if !bytes.starts(with: magic) {
      throw Diagnostic(
        .syntax(format: "SQLite database", problem: "it does not begin as one"),
        at: source.location(file))
    }
    try refuseJournal(of: file, in: source)
    let log = try writeAheadLog(of: file, in: source, noting: &sources)
    let database = try Database(bytes, log: log, path: path)
    var store = MLflowSQLiteStore(database: database)
    try store.readAll(sources: sources)
    return MLflowRecord.runs(store.records, format: name)
  }

  /// The database's name: `mlflow.db`, or the only database of the folder.
  private static func database(in source: ArtifactSource) throws(Diagnostic) -> String? {
    let files = try source.entries().filter { $0.kind == .file && $0.size > 0 }
    let candidates = files.filter { entry in
      source.onlyFile != nil
        || [".db", ".sqlite", ".sqlite3"].contains(where: { entry.name.hasSuffix($0) })
    }.filter { entry in
      guard entry.size <= ArtifactLimit.database,
        let bytes = try? source.peek(entry.name, limit: ArtifactLimit.database)
      else { return false }
      return bytes.starts(with: magic)
    }
    if let named = candidates.first(where: { $0.name == "mlflow.db" }) { return named.name }
    return candidates.count == 1 ? candidates[0].name : nil
  }

  /// Part of the database: what it holds is not yet in the file.
  private static func writeAheadLog(
    of file: String, in source: ArtifactSource, noting sources: inout [SourceFile]
  ) throws(Diagnostic) -> [UInt8]? {
    let name = file + "-wal"
    guard source.folder.hasFile(name) else { return nil }
    let bytes = try source.folder.read(name, limit: ArtifactLimit.database)
    if bytes.isEmpty { return nil }
    sources.append(SourceFile(path: name, sha256: SHA256.hexDigest(bytes)))
    return bytes
  }

  /// A rollback journal means that the file holds half a transaction; undoing it would mean writing
  /// what the journal says, so this is left to SQLite itself.
  private static func refuseJournal(
    of file: String, in source: ArtifactSource
  ) throws(Diagnostic) {
    let name = file + "-journal"
    guard source.folder.hasFile(name) else { return }
    let bytes = try source.folder.read(name, limit: ArtifactLimit.database)
    guard bytes.contains(where: { $0 != 0 }) else { return }
    throw Diagnostic(
      .other(found: "an unfinished transaction beside it", expected: "a database at rest"),
      at: source.location(name),
      help: "open the store once with MLflow or sqlite3, so that it is undone")
  }
}

/// Reading the tables of a store.
struct MLflowSQLiteStore {
  private(set) var records: [MLflowRecord] = []
  private let database: Database
  private var position: [String: Int] = [:]
  private var rows = 0

  init(database: Database) { self.database = database }

  mutating func readAll(sources: [SourceFile]) throws(Diagnostic) {
    try checkSchema()
    let experiments = try readExperiments()
    try readRuns(experiments, sources: sources)
    try readTexts()
    try readMetrics()
  }

  private static let needed = [
    "experiments": ["experiment_id", "name", "lifecycle_stage"],
    "runs": [
      "run_uuid", "name", "status", "start_time", "end_time", "lifecycle_stage", "artifact_uri",
      "experiment_id",
    ],
    "metrics": ["run_uuid", "key", "value", "timestamp", "step", "is_nan"],
    "params": ["run_uuid", "key", "value"],
    "tags": ["run_uuid", "key", "value"],
  ]

  /// Real tables only: a view of the same name could be anything.
  private func checkSchema() throws(Diagnostic) {
    var tables: Set<String> = []
    try database.query("SELECT name FROM sqlite_master WHERE type = 'table'") { row in
      if let name = row.text(0) { tables.insert(name) }
    }
    var columns: [String: Set<String>] = [:]
    try database.query(
      """
      SELECT t.name, c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c
      WHERE t.type = 'table' AND t.name IN ('experiments', 'runs', 'metrics', 'params', 'tags')
      """
    ) { row in
      if let table = row.text(0), let column = row.text(1) {
        columns[table, default: []].insert(column)
      }
    }
    for table in Self.needed.keys.sorted() {
      guard tables.contains(table) else {
        throw Diagnostic(
          .other(
            found: "no table '\(table)'", expected: "an MLflow tracking store"),
          at: database.location(),
          help: "a store has the tables \(Self.needed.keys.sorted().joined(separator: ", "))")
      }
      for column in Self.needed[table] ?? [] where !(columns[table]?.contains(column) ?? false) {
        throw Diagnostic(
          .unknownColumn(name: column, known: (columns[table] ?? []).sorted()),
          at: database.location("table '\(table)'"),
          help: "this is no MLflow store, or one of a version before 1.10")
      }
    }
  }

  private mutating func count(_ table: String) throws(Diagnostic) {
    rows += 1
    if rows > ArtifactLimit.rows {
      throw Diagnostic(
        .overLimit(what: "rows", found: "more", limit: "\(ArtifactLimit.rows)"),
        at: database.location("table '\(table)'"))
    }
  }

  /// Undeleted experiments: id to name.
  private func readExperiments() throws(Diagnostic) -> [String: String] {
    var names: [String: String] = [:]
    try database.query("SELECT experiment_id, name, lifecycle_stage FROM experiments") { row in
      if row.text(2) == "deleted" { return }
      if let id = row.text(0) { names[id] = row.text(1) ?? id }
    }
    return names
  }

  private mutating func readRuns(
    _ experiments: [String: String], sources: [SourceFile]
  ) throws(Diagnostic) {
    var records: [MLflowRecord] = []
    let database = self.database
    try database.query(
      """
      SELECT run_uuid, name, status, start_time, end_time, lifecycle_stage, artifact_uri,
        experiment_id FROM runs ORDER BY run_uuid
      """
    ) { (row) throws(Diagnostic) in
      guard let id = row.text(0), row.text(5) != "deleted",
        let experiment = experiments[row.text(7) ?? ""]
      else { return }
      if records.count >= ArtifactLimit.runs {
        throw Diagnostic(
          .overLimit(what: "runs in one store", found: "more", limit: "\(ArtifactLimit.runs)"),
          at: database.location("table 'runs'"))
      }
      var record = MLflowRecord(id: id, name: row.text(1), experiment: experiment, status: .unknown)
      record.started = row.integer(3)
      record.ended = row.integer(4)
      record.artifactURI = row.text(6)
      record.sources = sources
      Self.readStatus(row.text(2), of: &record)
      records.append(record)
    }
    self.records = records
    for (index, record) in records.enumerated() { position[record.id] = index }
  }

  private static func readStatus(_ text: String?, of record: inout MLflowRecord) {
    switch text {
    case "RUNNING": record.status = .running
    case "FINISHED": record.status = .completed
    case "FAILED": record.status = .failed
    case "KILLED": record.status = .killed
    case "SCHEDULED": record.warnings.append("the run was scheduled and had not begun")
    case nil: record.warnings.append("status not recorded")
    case let other?: record.warnings.append("status '\(other)' is not known")
    }
  }

  private mutating func readTexts() throws(Diagnostic) {
    var store = self
    try database.query("SELECT run_uuid, key, value FROM params ORDER BY run_uuid, key") {
      (row) throws(Diagnostic) in
      try store.count("params")
      guard let index = store.position[row.text(0) ?? ""], let key = row.text(1) else { return }
      store.records[index].parameters.append((key, row.text(2) ?? ""))
    }
    try database.query("SELECT run_uuid, key, value FROM tags ORDER BY run_uuid, key") {
      (row) throws(Diagnostic) in
      try store.count("tags")
      guard let index = store.position[row.text(0) ?? ""], let key = row.text(1) else { return }
      store.records[index].tags.append((key, row.text(2) ?? ""))
    }
    self = store
  }

  /// NaN is stored as 0 with `is_nan`, an infinity as the largest finite number.
  private mutating func readMetrics() throws(Diagnostic) {
    var store = self
    try database.query("SELECT run_uuid, key, value, timestamp, step, is_nan FROM metrics") {
      (row) throws(Diagnostic) in
      try store.count("metrics")
      guard let index = store.position[row.text(0) ?? ""], let key = row.text(1) else { return }
      var value = row.double(2) ?? .nan
      if row.integer(5) == 1 { value = .nan }
      if abs(value) >= .greatestFiniteMagnitude { value = value < 0 ? -.infinity : .infinity }
      store.records[index].points[key, default: []].append(
        MetricPoint(step: row.integer(4) ?? 0, timestamp: row.integer(3) ?? 0, value: value))
    }
    self = store
  }
}
