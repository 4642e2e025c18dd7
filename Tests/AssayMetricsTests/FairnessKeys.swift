import AssayFiles
import AssayMetrics
import AssayRuns
import Testing

/// Walks every key of a fairness reference; Fairlearn 0.15.0, AIF360 0.6.1, scipy 1.17.1.
enum FairnessKeys {
  /// Fairlearn's own numbers: an undefined rate counts as 0.
  static let fairlearn: Set = [
    "demographic_parity_difference", "demographic_parity_ratio", "equalized_odds_difference",
    "equalized_odds_ratio", "equalized_odds_difference_mean", "equal_opportunity_difference",
    "equal_opportunity_ratio", "demographic_parity_difference_to_overall",
    "equalized_odds_difference_to_overall",
  ]
  /// Inequality of the benefit over rows.
  static let inequality = [
    "generalized_entropy_index_alpha2": "generalized_entropy", "theil_index": "theil_index",
    "coefficient_of_variation": "coefficient_of_variation",
    "between_group_generalized_entropy_alpha2": "generalized_entropy_between_groups",
  ]
  /// Names of rates: the reference's, the extremes' and the disparities'.
  static let spreads: [String: (extremes: String, disparity: String)] = [
    "selection_rate": ("selection_rate", "demographic_parity"),
    "tpr": ("recall", "equal_opportunity"), "precision": ("precision", "predictive_parity"),
    "fpr": ("false_positive_rate", "false_positive_rate"),
    "fnr": ("false_negative_rate", "false_negative_rate"), "tnr": ("specificity", "specificity"),
    "npv": ("negative_predictive_value", "negative_predictive_value"),
    "accuracy": ("accuracy", "accuracy"),
    "balanced_accuracy": ("balanced_accuracy", "balanced_accuracy"),
    "roc_auc": ("roc_auc", "roc_auc"), "log_loss": ("log_loss", "log_loss"),
    "brier": ("brier_score", "brier_score"),
    "ece_10": ("expected_calibration_error", "expected_calibration_error"),
    "mean_score": ("mean_score", "mean_score"), "base_rate": ("base_rate", "base_rate"),
  ]

  /// A table under one variant, by both conventions.
  struct Variant {
    let defined: Evaluation
    let fairlearn: Evaluation

    init(_ table: ScoredTable, includeMissing: Bool, minimum: Int) {
      var narrow = table
      narrow.segments = []
      narrow.client = nil
      var options = allCells()
      options.includeMissing = includeMissing
      options.minimumCount = minimum
      // The reference hides no second group.
      options.suppressesComplements = false
      options.threads = 2
      defined = evaluate(narrow, options: options)
      options.fairnessConvention = .fairlearn
      fairlearn = evaluate(narrow, options: options)
    }
  }

  /// The variants of the reference files by their names.
  static func variants(_ table: ScoredTable) -> [String: Variant] {
    [
      "including_missing": Variant(table, includeMissing: true, minimum: 1),
      "excluding_missing": Variant(table, includeMissing: false, minimum: 1),
      "min_group_30_excluding_missing": Variant(table, includeMissing: false, minimum: 30),
    ]
  }

  static func expect(
    _ table: ScoredTable, _ variants: [String: Variant], arm: String, _ reference: JSONValue
  ) throws {
    for column in reference.object?.keys ?? [] {
      let entries = try #require(reference[column])
      let isCrossed = column.contains("|")
      for name in entries.object?.keys ?? [] {
        // Here a combination with a missing part is missing; the reference makes groups of them.
        if isCrossed, name == "including_missing",
          table.sensitive.first(where: { $0.name == column })?.hasMissing == true
        {
          continue
        }
        let variant = try #require(variants[name], "nobody checks \(column) \(name)")
        try expectVariant(variant, arm: arm, column: column, try #require(entries[name]))
      }
    }
  }

  static func expectVariant(
    _ variant: Variant, arm: String, column: String, _ reference: JSONValue
  ) throws {
    func find(_ evaluation: Evaluation) -> ColumnFairness? {
      evaluation.arm(arm)?.fairness.first { $0.column == column }
    }
    let defined = try #require(find(variant.defined))
    let convention = try #require(find(variant.fairlearn))
    for key in reference.object?.keys ?? [] {
      let expected = try #require(reference[key])
      let what = "\(column) \(key)"
      if fairlearn.contains(key) {
        expectGap(convention.metric(key), expected, what)
      } else if let id = inequality[key] {
        expectClose(defined.metric(id)?.estimate.value, expected, what)
      } else {
        try expectOther(key, defined, expected, what)
      }
    }
  }

  /// The reference gives 0 (a ratio: 1) to a single group; here fewer than two are undefined.
  private static func expectGap(
    _ result: FairnessResult?, _ expected: JSONValue, _ what: String
  ) {
    if result?.estimate.reason?.hasPrefix("fewer than two groups") == true {
      #expect(
        expected.isNull || expected.double == 0 || expected.double == 1, "\(what): \(expected)")
    } else {
      expectClose(result?.estimate.value, expected, what)
    }
  }

  private static func expectOther(
    _ key: String, _ column: ColumnFairness, _ expected: JSONValue, _ what: String
  ) throws {
    func undefined(_ id: String) -> [String] {
      // Groups below the minimum are not in the reference at all.
      column.metric(id)?.leftOut.filter { !$0.reason.hasPrefix("suppressed") }.map(\.group) ?? []
    }
    func names(_ list: JSONValue) -> [String] {
      (list.array?.compactMap(\.string) ?? []).map {
        $0.split(separator: "|").joined(separator: " + ")
      }
    }
    switch key {
    case "equalized_odds_difference_defined", "equal_opportunity_difference_defined",
      "predictive_parity_difference_defined":
      expectGap(column.metric(String(key.dropLast("_defined".count))), expected, what)
    case "groups_with_undefined_tpr":
      #expect(
        undefined("equal_opportunity_difference") == names(expected), "\(what)")
    case "groups_with_undefined_fpr":
      #expect(
        undefined("false_positive_rate_difference") == names(expected), "\(what)")
    case "by_group_metric_spread":
      for rate in expected.object?.keys ?? [] {
        guard let names = spreads[rate] else {
          Issue.record("nobody checks \(what) \(rate)")
          continue
        }
        for part in expected[rate]?.object?.keys ?? [] {
          let id =
            switch part {
            case "min", "max": "\(names.extremes)_group_\(part)"
            default: "\(names.disparity)_\(part)"
            }
          let result = try #require(column.metric(id), "\(id)")
          let value = expected[rate]?[part] ?? .null
          if part == "min" || part == "max" {
            if result.estimate.reason?.hasPrefix("fewer than two groups") == true { continue }
            expectClose(result.estimate.value, value, "\(what) \(rate) \(part)")
          } else {
            expectGap(result, value, "\(what) \(rate) \(part)")
          }
        }
      }
    case "worst_group":
      for (rate, id) in [
        ("accuracy", "accuracy_group_min"), ("roc_auc", "roc_auc_group_min"),
        ("log_loss", "log_loss_group_max"),
      ] {
        let result = try #require(column.metric(id))
        if result.estimate.reason?.hasPrefix("fewer than two groups") == true { continue }
        expectClose(result.estimate.value, expected[rate]?[0] ?? .null, "\(what) \(rate)")
        #expect(
          (id.hasSuffix("min") ? result.lowest : result.highest)
            == expected[rate]?[1]?.string?.split(separator: "|").joined(separator: " + "),
          "\(what) \(rate)")
      }
      #expect(expected.object?.keys.count == 3)
    case "selection_rate_chi2":
      if expected.isNull {
        #expect(column.selectionRateTest == nil, "\(what)")
        return
      }
      let test = column.selectionRateTest
      for part in expected.object?.keys ?? [] {
        switch part {
        case "statistic": expectClose(test?.statistic, expected[part], what)
        case "dof": #expect(test?.degrees == expected[part]?.integer, "\(what)")
        case "p_value": expectClose(test?.pValue, expected[part], what, absolute: 0)
        default: Issue.record("nobody checks \(what) \(part)")
        }
      }
    default: Issue.record("nobody checks \(what)")
    }
  }
}
