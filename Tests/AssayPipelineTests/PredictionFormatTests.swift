import AssayFiles
import AssayRuns
import AssayTestSupport
import Foundation
import Testing

@testable import AssayPipeline

/// The same table in every format, written by pandas 3.1 and pyarrow 26.
@Suite("Prediction tables in every format")
struct PredictionFormatTests {
  static let folder = (TestData.external ?? "") + "/artifacts/predictions/"
  static let names: [String] = {
    let folder = Self.folder + "binary"
    let all = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return all.filter { $0.hasPrefix("predictions.") && $0 != "predictions.csv" }.sorted()
  }()
  static let scoreNames = (0..<10).map { "baseline_score_digit \($0)" }

  private static func table(_ task: String, _ name: String) throws -> ScoredTable {
    let isWide = task == "multiclass"
    var request = EvaluationRequest(
      paths: [folder + task + "/" + name], label: "y_true",
      score: isWide
        ? [] : [("baseline", task == "binary" ? "baseline_score" : "baseline_pred")],
      scores: isWide ? [("baseline", scoreNames.joined(separator: ","))] : [],
      prediction: task == "regression" ? [] : [("baseline", "baseline_pred")],
      segments: [], sensitive: ["region", "group", "device_class"], client: "client_id",
      identifier: "record_id", reference: nil, task: task == "regression" ? task : nil,
      threshold: 0.5, confidence: 0.95, minimumCount: 1, minimumClients: 1, includeMissing: false,
      fairlearnConvention: false, seed: 0)
    request.input = PredictionInput()
    return try PredictionTables(request, threads: 2).scoredTable()
  }

  @Test(
    "give the rows of the comma-separated twin",
    .enabled(if: TestData.external != nil && !names.isEmpty, "\(TestData.externalReason)"),
    arguments: ["binary", "multiclass", "regression"])
  func twins(task: String) throws {
    let twin = try Self.table(task, "predictions.csv")
    #expect(twin.rowCount == ["binary": 989, "multiclass": 663, "regression": 206][task])
    for name in Self.names {
      let found = try Self.table(task, name)
      #expect(found.task == twin.task && found.labels == twin.labels, "\(name)")
      #expect(found.client == twin.client, "\(name)")
      // The file in tabs writes a missing group as NA, which is a name.
      if !name.hasSuffix(".tsv.gz") { #expect(found.sensitive == twin.sensitive, "\(name)") }
      #expect(found.arms[0].seeds[0].predictions == twin.arms[0].seeds[0].predictions, "\(name)")
      // Doubles are written in full, but for ten decimals in the JSON records.
      let tolerance = name == "predictions.records.json" ? 1e-9 : 0
      let pairs =
        zip(found.arms[0].seeds[0].scores, twin.arms[0].seeds[0].scores).map { ($0, $1) }
        + zip(found.targets, twin.targets).map { ($0, $1) }
      let largest = pairs.map { abs($0 - $1) }.max() ?? 0
      #expect(largest <= tolerance, "\(name): \(largest)")
    }
  }

  @Test(
    "measure what the truth beside them says, from scikit-learn",
    .enabled(if: TestData.external != nil && !names.isEmpty, "\(TestData.externalReason)"))
  func truth() throws {
    let path = (TestData.external ?? "") + "/artifacts/truth.json"
    let truth = try JSONValue.parse(
      Array(try Data(contentsOf: URL(fileURLWithPath: path))), path: path)["predictions"]?["tasks"]
    func evaluate(
      _ task: String, _ score: [EvaluationRequest.ArmColumns],
      _ scores: [EvaluationRequest.ArmColumns]
    ) throws -> JSONValue? {
      var request = EvaluationRequest(
        paths: [Self.folder + task + "/predictions.csv"], label: "y_true", score: score,
        scores: scores, prediction: [], segments: [], sensitive: [], client: nil, identifier: nil,
        reference: nil, task: task == "regression" ? task : nil, threshold: 0.5, confidence: 0.95,
        minimumCount: 1, minimumClients: 1, includeMissing: false, fairlearnConvention: false,
        seed: 0)
      request.input.excludesUnscored = task == "regression"
      return try evaluatePredictions(
        request, output: nil, judging: JudgingChoice(),
        environment: PipelineEnvironment(threads: 2, asOf: .now())
      ).json
    }
    func compare(_ found: JSONValue?, _ expected: JSONValue?, _ names: [String: String]) {
      for (name, id) in names {
        guard let value = found?["overall"]?[id]?["value"]?.double,
          let wanted = expected?[name]?.double
        else {
          Issue.record("\(name) is missing")
          continue
        }
        #expect(abs(value - wanted) <= 1e-9 * max(1, abs(wanted)), "\(name): \(value), \(wanted)")
      }
    }
    let binary = try evaluate(
      "binary", [("baseline", "baseline_score"), ("federated", "federated_score")], [])
    for arm in ["baseline", "federated"] {
      // The truth of the federated arm was made from float32 scores; ranks and classes are the same.
      var names = [
        "accuracy": "accuracy", "f1": "f1", "precision": "precision", "recall": "recall",
        "roc_auc": "roc_auc", "average_precision": "average_precision",
      ]
      if arm == "baseline" { names.merge(["brier": "brier_score", "log_loss": "log_loss"]) { $1 } }
      compare(binary?["arms"]?[arm], truth?["binary"]?[arm], names)
    }
    let multiclass = try evaluate(
      "multiclass", [], [("baseline", Self.scoreNames.joined(separator: ","))])
    compare(
      multiclass?["arms"]?["baseline"], truth?["multiclass"]?["baseline"],
      ["accuracy": "accuracy", "macro_f1": "f1_macro", "log_loss": "log_loss"])
    // One prediction of the federated arm is missing and one infinite: two rows are left out.
    let regression = try evaluate(
      "regression", [("baseline", "baseline_pred"), ("federated", "federated_pred")], [])
    #expect(regression?["unscored_rows"]?.integer == 2)
    #expect(
      regression?["rows"]?.integer == truth?["regression"]?["baseline"]?["rows_used"]?.integer)
    for arm in ["baseline", "federated"] {
      compare(
        regression?["arms"]?[arm], truth?["regression"]?[arm],
        ["mae": "mean_absolute_error", "rmse": "root_mean_squared_error", "r2": "r2_score"])
    }
  }

  @Test(
    "two files of one arm each are joined on the record id",
    .enabled(if: TestData.external != nil && !names.isEmpty, "\(TestData.externalReason)"))
  func separate() throws {
    let folder = Self.folder + "separate/"
    let request = EvaluationRequest(
      paths: [folder + "baseline.parquet", folder + "federated.parquet"], label: "y_true",
      score: [("baseline", "score"), ("federated", "score")], scores: [], prediction: [],
      segments: [], sensitive: [], client: nil, identifier: "record_id", reference: nil, task: nil,
      threshold: 0.5, confidence: 0.95, minimumCount: 1, minimumClients: 1, includeMissing: false,
      fairlearnConvention: false, seed: 0)
    let tables = try PredictionTables(request, threads: 2)
    #expect(tables.join?.matched == 984)
    #expect(tables.join?.files.map(\.unmatched) == [5, 0])
    #expect(try tables.scoredTable().rowCount == 984)
  }
}
