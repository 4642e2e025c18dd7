import AssayFiles
import AssayMetrics
import AssayRuns
import AssayTestSupport
import Testing

/// Reference: AIF360 0.6.1, the named group privileged against all others pooled; see Golden/README.md.
@Suite("Groups against the rest agree with AIF360")
struct AgainstRestTests {
  /// AIF360's names and ours, of a group against the rest.
  private static let ofGroup = [
    "statistical_parity_difference": "statistical_parity_difference",
    "disparate_impact_ratio": "disparate_impact_ratio",
    "equal_opportunity_difference": "equal_opportunity_difference",
    "average_odds_difference": "average_odds_difference",
    "average_odds_error": "average_odds_error",
    "average_predictive_value_difference": "average_predictive_value_difference",
    "between_group_generalized_entropy_error_alpha2_pooled":
      "generalized_entropy_between_group_and_rest",
    "class_imbalance": "class_imbalance", "kl_divergence": "selection_kl_divergence",
  ]
  /// Of all groups together.
  private static let ofColumn = [
    "conditional_demographic_disparity": "conditional_demographic_disparity",
    "smoothed_edf": "smoothed_differential_fairness",
    "df_bias_amplification": "differential_fairness_bias_amplification",
  ]
  /// Inequality over rows.
  private static let ofRows = [
    "generalized_entropy_error_alpha2": "generalized_entropy",
    "generalized_entropy_error_alpha1": "theil_index", "theil_index_of_benefit": "theil_index",
    "between_group_generalized_entropy_error_alpha2_all_groups":
      "generalized_entropy_between_groups",
    "coefficient_of_variation_of_benefit": "coefficient_of_variation",
  ]

  @Test(
    "every key of the reference files",
    .enabled(if: TestData.external != nil, "\(TestData.externalReason)"),
    arguments: ["compas", "adult"])
  func golden(name: String) throws {
    let folder = GoldenTable.externalFolder
    let data = try GoldenTable("\(folder)/\(name)_predictions.csv")
    let reference = try GoldenTable.reference("\(folder)/\(name)_aif360_reference.json")
    let results = try #require(reference["results"])
    var checked = 0
    for key in results.object?.keys ?? [] {
      let halves = key.split(separator: ",", maxSplits: 1).map(String.init)
      let column = halves[0]
      let group = try #require(halves[1].split(separator: "=").last.map(String.init))
      let table = try data.binary(
        arms: ["baseline": "score_baseline", "candidate": "score_candidate"],
        order: ["baseline", "candidate"], columns: [column], client: false)
      // From rows, and from statistics of the same rows.
      let evaluations = [
        evaluate(table, options: allCells()),
        evaluate(
          try EvaluationStatistics(table, options: allCells()), options: allCells()),
      ]
      for evaluation in evaluations {
        for arm in results[key]?.object?.keys ?? [] {
          let fairness = try #require(evaluation.arm(arm)?.fairness.first { $0.column == column })
          let pooled = try #require(fairness.pooled)
          let expected = try #require(results[key]?[arm])
          for name in expected.object?.keys ?? [] {
            let number = try #require(expected[name])
            let what = "\(key) \(arm) \(name)"
            if let id = Self.ofGroup[name] {
              let found = try #require(pooled.group(group)?.metric(id), "\(what)")
              expectClose(found.value, number, what)
            } else if let id = Self.ofColumn[name] {
              expectClose(try #require(pooled.metric(id), "\(what)").value, number, what)
            } else if let id = Self.ofRows[name] {
              expectClose(fairness.metric(id)?.estimate.value, number, what)
            } else {
              // What AIF360 itself refuses.
              #expect(name == "errors", "nobody checks \(what)")
              continue
            }
            checked += 1
          }
        }
      }
    }
    #expect(checked == 2 * 2 * 2 * 17)
  }

  @Test("worked by hand: 4 of 8 against 1 of 4, the rest minus the group")
  func byHand() throws {
    let labels: [Int32] = [1, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0]
    let picks = [1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0]
    let table = SampleTables.table(
      labels: labels, scores: picks.map { $0 == 1 ? 0.9 : 0.1 },
      column: Array(repeating: "a", count: 8) + Array(repeating: "b", count: 4))
    let pooled = try #require(evaluate(table, options: allCells()).arms[0].fairness.first?.pooled)
    let a = try #require(pooled.group("a"))
    #expect(a.metric("statistical_parity_difference")?.value == 0.25 - 0.5)
    #expect(a.metric("disparate_impact_ratio")?.value == 0.5)
    #expect(a.metric("equal_opportunity_difference")?.value == 1 - 0.5)
    // True-positive rates 1 and ½, false-positive rates 0 and ½.
    #expect(a.metric("average_odds_difference")?.value == 0)
    #expect(a.metric("average_odds_error")?.value == 0.5)
    #expect(pooled.group("b")?.metric("class_imbalance")?.value == 4.0 / 12)
    #expect(a.metric("statistical_parity_difference")?.count == 12)
  }

  @Test("nobody selected: undefined with a reason, never 0; one group: nothing to compare")
  func undefined() throws {
    let labels: [Int32] = [0, 1, 0, 1]
    let table = SampleTables.table(
      labels: labels, scores: [0.1, 0.1, 0.9, 0.9], column: ["a", "a", "b", "b"])
    let pooled = try #require(evaluate(table, options: allCells()).arms[0].fairness.first?.pooled)
    let ratio = try #require(pooled.group("a")?.metric("disparate_impact_ratio"))
    #expect(ratio.value == nil && ratio.reason == "nobody in the group is selected")
    #expect(pooled.group("a")?.metric("selection_kl_divergence")?.value == nil)
    let one = SampleTables.table(
      labels: labels, scores: [0.1, 0.1, 0.9, 0.9], column: ["a", "a", "a", "a"])
    #expect(evaluate(one, options: allCells()).arms[0].fairness.first?.pooled == nil)
  }

  @Test("a group below the minimum takes no part, also not in the rest")
  func withheld() throws {
    var options = EvaluationOptions()
    options.minimumCount = 20
    options.replicates = 0
    let table = SampleTables.table(
      labels: (0..<130).map { Int32($0 % 2) }, scores: (0..<130).map { $0 % 3 == 0 ? 0.9 : 0.1 },
      column: (0..<130).map { $0 < 60 ? "a" : $0 < 120 ? "b" : "c" })
    let pooled = evaluate(table, options: options).arms[0].fairness.first?.pooled
    #expect(pooled?.group("c") == nil)
    #expect(
      pooled?.groups.allSatisfy { $0.metrics.allSatisfy { ($0.estimate.count ?? 0) <= 120 } }
        != false)
  }
}
