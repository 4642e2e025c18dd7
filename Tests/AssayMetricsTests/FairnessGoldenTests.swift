import AssayFiles
import AssayMetrics
import Testing

/// Comparing fairness with the reference files; Fairlearn 0.15.0.
enum FairnessGoldenTests {
  static let fairlearn = [
    "demographic_parity_difference", "demographic_parity_ratio", "equalized_odds_difference",
    "equalized_odds_ratio", "equal_opportunity_difference", "equal_opportunity_ratio",
  ]

  /// Every sensitive column of an arm that the reference has in the given variant.
  static func expectFairness(
    _ arm: ArmEvaluation, _ reference: JSONValue?, variant: String
  ) throws {
    for column in arm.fairness {
      guard let entry = reference?[column.column] else { continue }
      // Columns without missing values have the one variant that stands for both.
      guard let expected = entry[variant] ?? entry["including_missing"] else { continue }
      if variant == "excluding_missing" {
        try expectVariant(column, expected)
      } else {
        try expectFairlearn(column, expected, column.column)
      }
    }
  }

  static func expectVariant(_ column: ColumnFairness, _ reference: JSONValue?) throws {
    let reference = try #require(reference)
    try expectDefined(column, reference, column.column)
    guard let spread = reference["by_group_metric_spread"] else { return }
    for (id, name) in [
      ("demographic_parity", "selection_rate"), ("equal_opportunity", "tpr"),
      ("predictive_parity", "precision"), ("false_positive_rate", "fpr"),
      ("false_negative_rate", "fnr"), ("accuracy", "accuracy"),
    ] {
      expectClose(
        column.metric("\(id)_difference")?.estimate.value, spread[name]?["difference"], id)
      expectClose(column.metric("\(id)_ratio")?.estimate.value, spread[name]?["ratio"], id)
    }
    expectClose(
      column.metric("accuracy_group_min")?.estimate.value, spread["accuracy"]?["min"], "worst")
  }

  /// The reference gives 0 to a single group's spread; here fewer than two groups are undefined.
  static func expectDefined(
    _ column: ColumnFairness, _ reference: JSONValue, _ what: String
  ) throws {
    for id in ["equalized_odds", "equal_opportunity", "predictive_parity"] {
      let metric = try #require(column.metric("\(id)_difference"))
      guard let expected = reference["\(id)_difference_defined"] else { continue }
      if metric.estimate.value == nil {
        #expect(
          expected.isNull || expected.double == 0, "\(what) \(id): \(metric.estimate)")
        #expect(metric.estimate.reason?.hasPrefix("fewer than two groups") == true)
      } else {
        expectClose(metric.estimate.value, expected, "\(what) \(id)")
      }
    }
    let opportunity = try #require(column.metric("equal_opportunity_difference"))
    if let undefined = reference["groups_with_undefined_tpr"]?.array {
      #expect(
        opportunity.leftOut.map(\.group) == undefined.compactMap(\.string), "\(what)")
    }
    let rate = try #require(column.metric("false_positive_rate_difference"))
    if let undefined = reference["groups_with_undefined_fpr"]?.array {
      #expect(rate.leftOut.map(\.group) == undefined.compactMap(\.string), "\(what)")
    }
    expectClose(
      column.metric("demographic_parity_difference")?.estimate.value ?? 0,
      reference["demographic_parity_difference"], what)
  }

  static func expectFairlearn(
    _ column: ColumnFairness, _ reference: JSONValue, _ what: String
  ) throws {
    for id in fairlearn {
      let metric = try #require(column.metric(id))
      #expect(metric.leftOut.isEmpty)
      if metric.estimate.reason == "fewer than two groups" { continue }
      expectClose(metric.estimate.value, reference[id] ?? .null, "\(what) \(id)")
    }
  }
}
