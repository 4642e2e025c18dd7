import AssayDiagnostics
import AssayFiles
import AssayImport
import AssayRuns
import AssayTestSupport
import FoundationEssentials
import Testing

@Suite("Recognising artifacts") struct DetectionTests {
  @Test("every format has a name, a title and a phrase")
  func catalogue() {
    #expect(
      ImporterCatalogue.entries.map(\.name) == [
        "assay", "mlflow-sqlite", "mlflow-file", "opacus", "flower",
      ])
    #expect(ImporterCatalogue.entries.allSatisfy { !$0.title.isEmpty && !$0.recognises.isEmpty })
  }

  @Test("each fixture is recognised as what it is")
  func recognised() throws {
    let expected = [
      "mlflow-file": "mlflow-file", "mlflow-file/mlruns": "mlflow-file",
      "mlflow-sqlite": "mlflow-sqlite", "mlflow-sqlite/mlflow.db": "mlflow-sqlite",
      "flower": "flower", "flower/dp": "flower", "flower/legacy-history/log.txt": "flower",
      "opacus": "opacus", "opacus/accountant_prv.json": "opacus",
    ]
    for (path, format) in expected {
      #expect(try importRuns(from: "\(fixtures)/\(path)").allSatisfy { $0.format == format })
    }
  }

  @Test("Assay's own records come back as they were, with run.json among the sources")
  func ownRuns() throws {
    let scratch = try Scratch()
    let runs = try importRuns(from: fixtures + "/flower")
    for run in runs {
      try scratch.write("runs/\(run.name)/run.json", run.fileJSON.serialized())
    }
    let read = try importRuns(from: scratch.root)
    #expect(read.count == 3)
    for run in read {
      let original = try runs.run(run.id)
      #expect(run.sources.first?.path == "runs/\(original.name)/run.json")
      #expect(Array(run.sources.dropFirst()) == original.sources)
      #expect(run.rounds == original.rounds)
      #expect(run.details == original.details)
    }
    #expect(try importRuns(from: scratch.root + "/runs/dp/run.json").count == 1)
    #expect(try importRuns(from: scratch.root + "/runs/dp").count == 1)
    try scratch.replace("\"status\": \"completed\"", with: "\"status\": 1", in: "runs/dp/run.json")
    #expect(
      scratch.message()
        == "IN/runs/dp/run.json (status): error: expected text for 'status', found 1")
  }

  @Test("a source that is missing, empty or of no known format is refused with what was looked for")
  func refused() throws {
    let scratch = try Scratch()
    #expect(
      scratch.message("nothing") == """
        IN/nothing: error: expected a file, found nothing at this path
          help: check the path; relative paths start at the current folder
        """)
    #expect(
      scratch.message() == """
        IN: error: expected a run artifact, found none; looked for assay: run.json, or \
        runs/*/run.json, written by assay; mlflow-sqlite: mlflow.db, or another SQLite database \
        with MLflow's tables; mlflow-file: mlruns/, or a folder with a meta.yaml that names an \
        experiment_id; opacus: a JSON file with an accountant's history and mechanism; flower: \
        result.json, history.json, rounds.jsonl or flwr_run.log, here or in folders below
          help: give a store, a run's folder or one of the files named above
        """)
    #expect(
      scratch.message(format: "flowr") == """
        error: expected an artifact format, one of 'assay', 'mlflow-sqlite', 'mlflow-file', \
        'opacus', 'flower', found 'flowr'
          help: did you mean 'flower'?
        """)
  }

  @Test("a folder with artifacts of two tools asks for --format")
  func ambiguous() throws {
    let scratch = try Scratch(copying: "flower/dp")
    try scratch.write("accountant.json", #"{"history": [[1.0, 0.5, 3]], "mechanism": "rdp"}"#)
    #expect(
      scratch.message() == """
        IN: error: opacus and flower cannot stand together: the source holds artifacts of both
          help: name one with --format, or give the folder of one of them
        """)
    #expect(scratch.message(format: "flower") == "no error, 1 runs")
    #expect(scratch.message(format: "opacus") == "no error, 1 runs")
  }

  @Test("links inside the source are not followed")
  func links() throws {
    let scratch = try Scratch(copying: "mlflow-file")
    let outside = try Scratch()
    try outside.write("secret", "1 0.5 1\n")
    let run = "mlruns/669062447769860941/17947289683c41c1950d9b09fa3da2d3"
    try FileManager.default.createSymbolicLink(
      atPath: "\(scratch.root)/\(run)/metrics/secret",
      withDestinationPath: "\(outside.root)/secret")
    try FileManager.default.createSymbolicLink(
      atPath: "\(scratch.root)/\(run)/params/folder", withDestinationPath: outside.root)
    let read = try importRuns(from: scratch.root).run("17947289683c41c1950d9b09fa3da2d3")
    #expect(read.metrics["secret"] == nil)
    #expect(read.parameters["folder/secret"] == nil)
    #expect(!read.sources.contains { $0.path.contains("secret") })
  }

  @Test("nesting beyond the limit is refused wherever JSON is read")
  func deep() throws {
    let scratch = try Scratch(copying: "flower/dp")
    try scratch.write("result.json", String(repeating: "[", count: 200_000))
    #expect(
      scratch.message().hasPrefix(
        "IN/result.json:1:66: error: expected valid JSON: nesting deeper than 64 levels"))
  }

  @Test(
    "the hostile files of the set are refused calmly, whatever they are taken for",
    .enabled(if: TestData.external != nil, "needs ASSAY_TEST_DATA"))
  func hostileSet() throws {
    for entry in try InputFolder(artifacts + "/hostile").entries() {
      for format in [nil] + ImporterCatalogue.entries.map(\.name) {
        #expect(throws: (any Error).self) {
          try importRuns(from: "\(artifacts)/hostile/\(entry.name)", format: format)
        }
      }
    }
  }
}
