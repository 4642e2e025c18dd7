import AssayDiagnostics
import AssayFiles
import AssayImport
import AssayRuns
import Testing

@Suite("MLflow's SQLite store") struct MLflowSQLiteTests {
  @Test("the small store is read: active runs, parents, NaN, infinities and tags")
  func small() throws {
    let runs = try importRuns(from: fixtures + "/mlflow-sqlite")
    // 10 rows in `runs`, one deleted.
    #expect(runs.count == 9)
    let fed = try #require(runs.first { $0.name == "fedavg main" })
    #expect(fed.rounds.count == 14)
    #expect(fed.seed == 261)
    #expect(fed.details["clients"]?.array?.count == 2)
    #expect(fed.metrics["worst_client_gap"] == nil)
    // SELECT datetime(1795472056631/1000, 'unixepoch')
    #expect(fed.started == "2026-11-23T22:14:16.631Z")
    #expect(runs.first { $0.name == "diverged" }?.metrics["server/loss"] == nil)
  }

  @Test("a database with another name is found, and a file that is none is refused")
  func names() throws {
    let scratch = try Scratch(copying: "mlflow-sqlite")
    try scratch.write("tracking.sqlite3", try scratch.bytes("mlflow.db"))
    try scratch.remove("mlflow.db")
    #expect(scratch.message() == "no error, 9 runs")
    try scratch.write("tracking.sqlite3", "SQLite format 2\0")
    #expect(
      scratch.message("tracking.sqlite3", format: "mlflow-sqlite") == """
        IN/tracking.sqlite3: error: expected valid SQLite database: it does not begin as one
        """)
  }

  @Test("a truncated database is refused")
  func truncated() throws {
    let scratch = try Scratch(copying: "mlflow-sqlite")
    let bytes = try scratch.bytes("mlflow.db")
    try scratch.write("mlflow.db", Array(bytes.prefix(bytes.count / 2)))
    #expect(
      scratch.message() == """
        IN/mlflow.db: error: expected valid SQLite database: database disk image is malformed
          help: copy the store again while nobody writes to it
        """)
    try scratch.write("mlflow.db", Array(bytes.prefix(16)))
    #expect(scratch.message().hasPrefix("IN/mlflow.db: error: expected"))
  }

  @Test("a missing table is named")
  func missingTable() throws {
    let scratch = try Scratch(copying: "mlflow-sqlite")
    // The table gets another name of the same length, wherever the file mentions it.
    var bytes = try scratch.bytes("mlflow.db")
    replace("params", "poroms", in: &bytes)
    try scratch.write("mlflow.db", bytes)
    #expect(
      scratch.message() == """
        IN/mlflow.db: error: expected an MLflow tracking store, found no table 'params'
          help: a store has the tables experiments, metrics, params, runs, tags
        """)
  }

  private func replace(_ old: String, _ new: String, in bytes: inout [UInt8]) {
    let old = Array(old.utf8)
    var index = 0
    while index + old.count <= bytes.count {
      if bytes[index..<index + old.count].elementsEqual(old) {
        bytes.replaceSubrange(index..<index + old.count, with: Array(new.utf8))
      }
      index += 1
    }
  }

  @Test("an unfinished transaction beside the database is refused; an empty log is not")
  func journal() throws {
    let scratch = try Scratch(copying: "mlflow-sqlite")
    try scratch.write("mlflow.db-wal", "")
    try scratch.write("mlflow.db-journal", [0, 0, 0, 0])
    #expect(scratch.message() == "no error, 9 runs")
    try scratch.write("mlflow.db-journal", [0xD9, 0xD5, 0x05, 0xF9])
    #expect(
      scratch.message() == """
        IN/mlflow.db-journal: error: expected a database at rest, found an unfinished transaction \
        beside it
          help: open the store once with MLflow or sqlite3, so that it is undone
        """)
  }

  @Test("what stands only in the write-ahead log is read, and neither file is touched")
  func writeAheadLog() throws {
    let scratch = try Scratch(copying: "mlflow-sqlite-wal")
    let before = [try scratch.bytes("mlflow.db"), try scratch.bytes("mlflow.db-wal")]
    let run = try #require(try importRuns(from: scratch.root).first)
    #expect(run.status == .completed)
    #expect(run.metrics["server/loss"] == 0.5)
    #expect(run.sources.map(\.path) == ["mlflow.db", "mlflow.db-wal"])
    #expect([try scratch.bytes("mlflow.db"), try scratch.bytes("mlflow.db-wal")] == before)
    #expect(try InputFolder(scratch.root).entries().count == 2)
    // Without its log the database is the older one; a damaged log ends before the damage.
    try scratch.remove("mlflow.db-wal")
    #expect(try importRuns(from: scratch.root).first?.status == .running)
    try scratch.write("mlflow.db-wal", [UInt8](repeating: 1, count: 64))
    #expect(try importRuns(from: scratch.root).first?.status == .running)
  }
}
