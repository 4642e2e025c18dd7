import AssayFiles
import AssayTestSupport
import Foundation
import Testing

/// `assay evaluate` from outside, against scikit-learn 1.9.1 and Fairlearn 0.15.0.
@Suite("assay evaluate against reference numbers")
struct EvaluateTests {
  struct Golden: CustomTestStringConvertible, Sendable {
    var file: String
    var reference: String
    var arms: [(name: String, column: String)]
    var testDescription: String { reference }
  }

  static let binary: [Golden] = [
    Golden(
      file: "compas_predictions.csv", reference: "compas_reference.json",
      arms: [("baseline", "score_baseline"), ("candidate", "score_candidate")]),
    Golden(
      file: "breast_cancer_predictions.csv", reference: "breast_cancer_reference.json",
      arms: [("baseline", "score_baseline"), ("candidate", "score_candidate")]),
    Golden(
      file: "adult_predictions.csv", reference: "adult_reference.json",
      arms: [("baseline", "score_baseline"), ("candidate", "score_candidate")]),
  ]

  /// Our id to the reference's name.
  static let names = [
    "accuracy": "accuracy", "balanced_accuracy": "balanced_accuracy", "precision": "precision",
    "recall": "tpr", "specificity": "tnr", "f1": "f1", "matthews_corrcoef": "mcc",
    "roc_auc": "roc_auc", "average_precision": "average_precision", "log_loss": "log_loss",
    "brier_score": "brier", "expected_calibration_error": "ece_10",
    "selection_rate": "selection_rate",
  ]

  static func close(_ a: Double, _ b: Double) -> Bool {
    abs(a - b) <= 1e-9 * max(1e-3, abs(b))
  }

  @Test(
    "overall and every segment equal the reference",
    .enabled(
      if: TestData.external != nil, "\(TestData.externalReason)"), arguments: binary)
  func binaryMetrics(_ golden: Golden) throws {
    let folder = (TestData.external ?? "") + "/golden/metrics/"
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: folder + golden.reference)))
    let reference = try JSONValue.parse(bytes, path: golden.reference)
    let columns = reference["models"]?["baseline"]?["by"]?.object?.keys ?? []
    var arguments = ["evaluate", folder + golden.file, "--label", "label", "--json"]
    arguments += ["--minimum-count", "1"]
    for arm in golden.arms { arguments += ["--score", "\(arm.name)=\(arm.column)"] }
    for column in columns { arguments += ["--segment", column] }
    let outcome = try Executable.run(arguments)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let result = try JSONValue.parse(Array(outcome.output.utf8), path: "stdout")
    var compared = 0
    func compare(_ ours: JSONValue?, _ theirs: JSONValue?, _ place: String) {
      for (id, name) in Self.names {
        guard let expected = theirs?[name] else { continue }
        compared += 1
        let found = ours?[id]?["value"]
        if let value = expected.double {
          guard let measured = found?.double else {
            Issue.record("\(place) \(id): nothing, expected \(value)")
            continue
          }
          #expect(Self.close(measured, value), "\(place) \(id): \(measured), expected \(value)")
        } else {
          // f1 is undefined only where all three counts are 0; the reference leaves more out.
          if id != "f1" { #expect(found == .null, "\(place) \(id)") }
        }
      }
    }
    for arm in golden.arms {
      let theirs = reference["models"]?[arm.name]
      let ours = result["arms"]?[arm.name]
      compare(ours?["overall"], theirs?["overall"], arm.name)
      for column in columns {
        for group in theirs?["by"]?[column]?.object?.keys ?? [] {
          compare(
            ours?["segments"]?[column]?[group], theirs?["by"]?[column]?[group],
            "\(arm.name) \(column) \(group)")
        }
      }
    }
    #expect(compared > 100)
  }

  @Test("the first arm named is the reference, and differences are arm minus reference")
  func reference() throws {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var text = "y,a,b\n"
    for row in 0..<40 {
      text += "\(row % 2),\(row % 2 == 0 ? 0.2 : 0.8),\(row % 4 == 0 ? 0.9 : 0.6)\n"
    }
    try text.write(toFile: folder + "/p.csv", atomically: true, encoding: .utf8)
    let outcome = try Executable.run([
      "evaluate", folder + "/p.csv", "--label", "y", "--score", "first=a", "--score", "second=b",
      "--json",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let json = try JSONValue.parse(Array(outcome.output.utf8), path: "stdout")
    let comparison = json["comparisons"]?[0]
    #expect(comparison?["reference"]?.string == "first")
    #expect(comparison?["arm"]?.string == "second")
    // first is always right, second is right for odd rows only: half.
    #expect(comparison?["overall"]?["accuracy"]?["difference"]?.double == -0.5)
  }

  @Test("misuse ends with 64, bad content with 2 and its place")
  func errors() throws {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try "y,s\n1,0.5\n0,1.7\n".write(
      toFile: folder + "/p.csv", atomically: true, encoding: .utf8)
    let misuse = try Executable.run(["evaluate", folder + "/p.csv", "--label", "y"])
    #expect(misuse.status == 64)
    let range = try Executable.run([
      "evaluate", folder + "/p.csv", "--label", "y", "--score", "a=s",
    ])
    #expect(range.status == 2)
    #expect(range.errors.contains("p.csv:3:3: error: expected a probability in 0...1"))
    let column = try Executable.run([
      "evaluate", folder + "/p.csv", "--label", "yy", "--score", "a=s",
    ])
    #expect(column.status == 2)
    #expect(column.errors.contains("did you mean 'y'?") || column.errors.contains("'yy'"))
  }

  @Test("cells below the minimum keep their name and lose their numbers")
  func suppression() throws {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var text = "y,s,g\n"
    for row in 0..<60 { text += "\(row % 2),0.\(row % 9 + 1),\(row < 5 ? "few" : "many")\n" }
    try text.write(toFile: folder + "/p.csv", atomically: true, encoding: .utf8)
    let outcome = try Executable.run([
      "evaluate", folder + "/p.csv", "--label", "y", "--score", "a=s", "--segment", "g", "--json",
    ])
    let json = try JSONValue.parse(Array(outcome.output.utf8), path: "stdout")
    let cell = json["arms"]?["a"]?["segments"]?["g"]?["few"]?["accuracy"]
    #expect(cell?["value"] == .null)
    #expect(cell?["count"] == .null)
    #expect(cell?["undefined"]?.string == "suppressed: fewer than 20 rows")
  }
}

/// Fairness from outside, both conventions.
@Suite("assay evaluate fairness against Fairlearn 0.15.0")
struct EvaluateFairnessTests {
  @Test(
    "defined rates and Fairlearn's convention both equal the reference",
    .enabled(if: TestData.external != nil, "\(TestData.externalReason)"),
    arguments: EvaluateTests.binary)
  func fairness(_ golden: EvaluateTests.Golden) throws {
    let folder = (TestData.external ?? "") + "/golden/metrics/"
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: folder + golden.reference)))
    let reference = try JSONValue.parse(bytes, path: golden.reference)
    let columns = (reference["models"]?["baseline"]?["fairness"]?.object?.keys ?? [])
      .filter { !$0.contains("|") }
    var arguments = ["evaluate", folder + golden.file, "--label", "label", "--json"]
    arguments += ["--minimum-count", "1"]
    for arm in golden.arms { arguments += ["--score", "\(arm.name)=\(arm.column)"] }
    for column in columns { arguments += ["--sensitive", column] }
    func run(_ further: [String]) throws -> JSONValue {
      let outcome = try Executable.run(arguments + further)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return try JSONValue.parse(Array(outcome.output.utf8), path: "stdout")
    }
    let defined = try run([])
    let fairlearn = try run(["--fairness-convention", "fairlearn", "--include-missing"])
    var compared = 0
    func compare(_ ours: JSONValue?, _ theirs: JSONValue?, _ place: String) {
      compared += 1
      let value = ours?["value"]?.double
      guard let expected = theirs?.double else {
        #expect(value == nil, "\(place)")
        return
      }
      #expect(value.map { EvaluateTests.close($0, expected) } == true, "\(place) \(expected)")
    }
    for arm in golden.arms {
      for column in columns {
        let theirs = reference["models"]?[arm.name]?["fairness"]?[column]
        let including = theirs?["including_missing"]
        let excluding = theirs?["excluding_missing"] ?? including
        let ours = defined["arms"]?[arm.name]?["fairness"]?[column]
        for (key, value) in excluding?.object?.members ?? [] where key.hasSuffix("_defined") {
          let id = String(key.dropLast("_defined".count))
          // With one group there is nothing to compare: undefined here, 0 in the reference.
          if ours?[id]?["value"] == .null, value.double == 0 || value.double == 1 { continue }
          compare(ours?[id], value, "\(arm.name) \(column) \(key)")
        }
        let plain = fairlearn["arms"]?[arm.name]?["fairness"]?[column]
        for id in [
          "demographic_parity_difference", "demographic_parity_ratio",
          "equal_opportunity_difference", "equalized_odds_difference", "equalized_odds_ratio",
        ] {
          if plain?[id]?["value"] == .null { continue }
          compare(plain?[id], including?[id], "\(arm.name) \(column) \(id)")
        }
      }
    }
    #expect(compared >= 6)
  }
}
