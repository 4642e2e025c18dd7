import AssayFiles
import AssayTestSupport
import Foundation
import Testing

/// `assay evaluate --margin` from outside.
@Suite("assay evaluate tests hypotheses")
struct HypothesisCommandTests {
  static let folder = TestData.packageRoot + "/Tests/AssayMetricsTests/Golden"

  private func evaluate(_ more: [String]) throws -> (status: Int32, output: String, errors: String)
  {
    let outcome = try Executable.run(
      [
        "evaluate", Self.folder + "/breast_cancer_predictions.csv", "--label", "label",
        "--score", "baseline=score_baseline", "--score", "candidate=score_candidate",
        "--minimum-count", "1",
      ] + more)
    return (outcome.status, outcome.output, outcome.errors)
  }

  // statsmodels and scipy; Golden/README.md.
  @Test("p-values and their adjustments are those of statsmodels")
  func golden() throws {
    let path = Self.folder + "/breast_cancer_reference.json"
    let reference = try #require(
      try JSONValue.parse(InputFile.read(path), path: path)["comparison"])
    let cells = try #require(reference["per_segment_mcnemar_exact"])
    let names = cells["segments"]?.array?.compactMap(\.string) ?? []
    let columns = Set(names.compactMap { $0.split(separator: "=").first.map(String.init) })
    let outcome = try evaluate(columns.sorted().flatMap { ["--segment", $0] } + ["--json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let json = try JSONValue.parse(Array(outcome.output.utf8), path: "stdout")
    let tests = try #require(json["comparisons"]?[0]?["tests"])
    #expect(tests["level"]?.double.map { abs($0 - 0.025) < 1e-12 } == true)
    func expectClose(_ found: JSONValue?, _ expected: JSONValue?, _ what: String) {
      guard let found = found?.extendedDouble, let expected = expected?.extendedDouble else {
        Issue.record("\(what): nothing to compare")
        return
      }
      #expect(abs(found - expected) <= 1e-9 * abs(expected), "\(what): \(found), not \(expected)")
    }
    let overall = tests["overall"]
    let expected = reference["overall"]
    expectClose(overall?["mcnemar"]?["p"], expected?["mcnemar_exact_p"], "exact")
    expectClose(overall?["mcnemar"]?["chi_square_p"], expected?["mcnemar_chi2_cc_p"], "chi-square")
    expectClose(overall?["metrics"]?["roc_auc"]?["p"], expected?["delong"]?["p_two_sided"], "area")
    expectClose(
      overall?["metrics"]?["accuracy"]?["standard_error"],
      expected?["accuracy_difference_paired_se"], "standard error")
    for (place, name) in names.enumerated() {
      let halves = name.split(separator: "=", maxSplits: 1).map(String.init)
      let entry = tests["segments"]?[halves[0]]?[halves[1]]?["mcnemar"]
      expectClose(entry?["p"], cells["p"]?[place], name)
      guard names.count > 1 else { continue }
      #expect(entry?["tests_in_family"]?.integer == names.count)
      expectClose(entry?["holm_p"], cells["holm"]?[place], name)
      expectClose(
        entry?["benjamini_hochberg_p"], cells["benjamini_hochberg"]?[place], name)
      expectClose(entry?["bonferroni_p"], cells["bonferroni"]?[place], name)
    }
  }

  @Test("a margin is judged overall and per segment, and stands in every document")
  func margin() throws {
    let output = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: output) }
    let outcome = try evaluate([
      "--segment", "age_band", "--margin", "accuracy=0.06", "--margin", "log_loss=0.001", "--json",
      "-o", output + "/out",
    ])
    #expect(outcome.errors.isEmpty)
    let json = try JSONValue.parse(Array(outcome.output.utf8), path: "stdout")
    let comparison = try #require(json["comparisons"]?[0])
    let margins = try #require(comparison["tests"]?["overall"]?["margins"]?.array)
    #expect(margins.map { $0["metric"]?.string } == ["accuracy", "log_loss"])
    let accuracy = margins[0]
    #expect(accuracy["margin"]?.double == 0.06)
    #expect(accuracy["chosen_by"]?.string == "--margin")
    #expect(accuracy["better"]?.string == "higher" && margins[1]["better"]?.string == "lower")
    // −0.0106 ± 1.96 · 0.0190 (scipy): worse by up to 0.048.
    #expect(accuracy["verdict"]?.string == "non-inferior")
    #expect(accuracy["non_inferiority"]?["tests_in_family"]?.integer == 2)
    let p = try #require(accuracy["non_inferiority"]?["p"]?.double)
    let headline = try #require(accuracy["non_inferiority"]?["headline_p"]?.double)
    #expect(headline > 0.004 && headline < 0.006)
    // The score test decides: its variance under the hypothesis is a little larger.
    #expect(accuracy["decided_by"]?.string == "score test" && p > headline && p < 0.01)
    let groups = try #require(comparison["tests"]?["segments"]?["age_band"]?.object)
    for group in groups.keys {
      #expect(groups[group]?["margins"]?.array?.count == 2)
    }
    let html = try String(contentsOfFile: output + "/out/evaluation.html", encoding: .utf8)
    for words in [
      "Margins that were asked for", "McNemar’s exact test, p-value", "margin chosen by --margin",
      "non-inferior: worsening by more than 0.06", "adjusted for",
    ] {
      #expect(
        html.contains(words) || html.contains(words.replacingOccurrences(of: "’", with: "&#39;"))
          || html.contains(words.replacingOccurrences(of: "’", with: "'")), "\(words)")
    }
    let evidence = try String(contentsOfFile: output + "/out/evidence.json", encoding: .utf8)
    #expect(evidence.contains("accuracy_non_inferiority_p/candidate-vs-baseline/overall"))
    #expect(evidence.contains("accuracy_equivalence_p/candidate-vs-baseline/age_band%3D") == false)
    #expect(evidence.contains("accuracy_equivalence_p/candidate-vs-baseline/age_band="))
    let gate = try String(contentsOfFile: output + "/out/gate.xml", encoding: .utf8)
    #expect(gate.contains("H1 candidate against baseline: accuracy"))
  }

  @Test("a margin that cannot be judged is refused, with what could be")
  func badMargins() throws {
    for (text, words) in [
      ("accuracy", "expected METRIC=VALUE"), ("accuracy=-1", "expected METRIC=VALUE"),
      ("accuracy=nan", "expected METRIC=VALUE"), ("=1", "expected METRIC=VALUE"),
    ] {
      let outcome = try evaluate(["--margin", text])
      #expect(outcome.status == 64)
      #expect(outcome.errors.contains(words), "\(outcome.errors)")
    }
    let twice = try evaluate(["--margin", "f1=0.1", "--margin", "f1=0.2"])
    #expect(twice.status == 64 && twice.errors.contains("each metric once"))
    let unknown = try evaluate(["--margin", "acuracy=0.1"])
    #expect(unknown.status == 2)
    #expect(unknown.errors.contains("acuracy") && unknown.errors.contains("accuracy"))
    let undirected = try evaluate(["--margin", "selection_rate=0.1"])
    #expect(undirected.status == 2)
    let alone = try Executable.run([
      "evaluate", Self.folder + "/breast_cancer_predictions.csv", "--label", "label",
      "--score", "a=score_baseline", "--margin", "accuracy=0.1",
    ])
    #expect(alone.status == 2 && alone.errors.contains("two arms"))
  }
}
