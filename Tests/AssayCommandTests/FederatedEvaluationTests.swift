import AssayTestSupport
import Foundation
import Testing

/// The example app of Docs/federated-evaluation.md, run by the real Flower.
@Suite("Federated evaluation")
struct FederatedEvaluationTests {
  static let python = TestData.packageRoot + "/.peers/bin/python"
  static let example = TestData.packageRoot + "/Examples/flower-evaluation"

  /// Whether Flower with its simulation is there; `make peers` installs it from PyPI.
  static let hasFlower: Bool = {
    guard FileManager.default.isExecutableFile(atPath: python) else { return false }
    let found = try? Executable.run(["-c", "import flwr, ray"], program: python)
    return found?.status == 0
  }()

  private func flower(_ module: String, _ arguments: [String]) throws -> Executable.Outcome {
    var environment = ProcessInfo.processInfo.environment
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    environment["FLWR_TELEMETRY_ENABLED"] = "0"
    return try Executable.run(
      ["-m", "federated_evaluation." + module] + arguments, in: Self.example,
      program: Self.python, environment: environment)
  }

  private static let options = [
    "--label", "label", "--score", "baseline=baseline", "--score", "federated=federated",
    "--segment", "region", "--sensitive", "sex", "--client", "client",
  ]

  @Test(
    "Flower's clients send statistics, and their sum is that of one table of all rows",
    .enabled(if: hasFlower, "needs Flower with its simulation: make peers"))
  func flowerMergesToTheSameBytes() throws {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (data, out) = (folder + "/data", folder + "/out")
    let prepared = try flower("prepare", [data, "5"])
    try #require(prepared.status == 0, "\(prepared.errors.suffix(2000))")
    let run = try flower("simulate", [data, out, Executable.path])
    try #require(run.status == 0, "\(run.errors.suffix(2000))")
    #expect(run.output.contains("5 of 5 clients answered"))

    // The same rows with the same scores, put into one table by the client's own code.
    let script = """
      import pathlib, sys, numpy as np
      from federated_evaluation.client_app import write_scores
      data = pathlib.Path(sys.argv[1])
      models = dict(np.load(data / "models.npz"))
      lines = []
      for number, rows in enumerate(sorted(data.glob("client-*/rows.csv"))):
          part = pathlib.Path(sys.argv[2]) / f"{number}.csv"
          write_scores(rows, models, part)
          text = part.read_text().splitlines()
          lines += text if number == 0 else text[1:]
      (pathlib.Path(sys.argv[2]) / "all.csv").write_text("\\n".join(lines) + "\\n")
      """
    let pooled = try Executable.run(
      ["-c", script, data, folder], in: Self.example, program: Self.python,
      environment: ["PYTHONDONTWRITEBYTECODE": "1"])
    try #require(pooled.status == 0, "\(pooled.errors.suffix(2000))")
    let direct = try Executable.run(
      ["stats", folder + "/all.csv"] + Self.options + ["-o", folder + "/direct.stats"])
    try #require(direct.status == 0, "\(direct.errors)")
    let merged = try Data(contentsOf: URL(fileURLWithPath: out + "/all.stats"))
    #expect(merged == (try Data(contentsOf: URL(fileURLWithPath: folder + "/direct.stats"))))

    // Counts are those of the table itself; accuracy as well.
    let fromStatistics = try Executable.run(["evaluate", out + "/all.stats", "--json"])
    let fromRows = try Executable.run(
      ["evaluate", folder + "/all.csv", "--json"] + Self.options)
    try #require(fromStatistics.status == 0 && fromRows.status == 0)
    func accuracy(_ text: String) throws -> [Double] {
      let json = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
      let arms = json?["arms"] as? [String: Any]
      return try ["baseline", "federated"].flatMap { name -> [Double] in
        let arm = arms?[name] as? [String: Any]
        let overall = arm?["overall"] as? [String: Any]
        let metric = try #require(overall?["accuracy"] as? [String: Any])
        return try ["value", "count"].map { key in try #require(metric[key] as? Double) }
      }
    }
    #expect(try accuracy(fromStatistics.output) == (try accuracy(fromRows.output)))
  }
}
