/// A fairness metric: extremes over groups of one rate or two, or inequality of a benefit over rows.
struct FairnessMetric: Sendable {
  enum Kind: Hashable, Sendable {
    /// Highest rate minus lowest; of several rates the largest gap.
    case difference
    /// The mean of the gaps of several rates.
    case meanDifference
    /// Lowest rate over highest; of several rates the smallest ratio.
    case ratio
    /// The largest distance of a group's rate from the rate of all groups together; of several rates
    /// the largest.
    case differenceToOverall
    /// The smallest ratio between a group's rate and the rate of all groups together, taken so that it
    /// is at most 1; of several rates the smallest.
    case ratioToOverall
    /// The lowest rate.
    case lowest
    /// The highest rate.
    case highest
    /// A function of the totals of all groups together.
    case inequality
  }

  let id: String
  let title: String
  let kind: Kind
  /// Ids of the rates: metrics of one cell, or of ``BenefitInequality``.
  let rates: [String]
  let definition: String
  let tasks: Set<MetricDefinition.Task>
  var range: ClosedRange<Double> = 0...1
  /// Whether a high rate is bad; `nil` where it is neither.
  var isLoss: Bool?

  var isRatio: Bool { kind == .ratio || kind == .ratioToOverall }

  var direction: MetricDefinition.Direction {
    switch kind {
    case .difference, .meanDifference, .differenceToOverall, .inequality: .lowerIsBetter
    case .ratio, .ratioToOverall: .higherIsBetter
    case .lowest, .highest:
      isLoss.map { $0 ? .lowerIsBetter : .higherIsBetter } ?? .none
    }
  }

  static let all: [FairnessMetric] =
    named + rates + [
      FairnessMetric(
        id: "equalized_odds_difference_mean", title: "Equalized odds difference, mean",
        kind: .meanDifference, rates: ["recall", "false_positive_rate"],
        definition: "Mean of the gaps in true-positive and false-positive rate; Fairlearn "
          + "equalized_odds_difference, agg='mean'.", tasks: [.binary])
    ] + inequality

  /// Whether a metric is a fact of its own in evidence and documents; the others stand in the JSON.
  static let headlines: Set<String> = Set(
    [
      "demographic_parity", "equal_opportunity", "equalized_odds", "predictive_parity",
      "false_positive_rate", "false_negative_rate", "accuracy", "mean_absolute_error",
    ].flatMap { ["\($0)_difference", "\($0)_ratio"] } + [
      "accuracy_group_min", "mean_absolute_error_group_max", "roc_auc_difference",
      "expected_calibration_error_difference", "expected_calibration_error_group_max",
      "demographic_parity_difference_to_overall", "equalized_odds_difference_to_overall",
      "generalized_entropy", "generalized_entropy_between_groups",
    ])
}

extension FairnessMetric {
  private static let classes: Set<MetricDefinition.Task> = [.binary, .multiclass]
  private static let unbounded = 0...Double.infinity

  /// Metrics with a name of their own in the literature.
  private static let named: [FairnessMetric] =
    disparities(
      "demographic_parity", "Demographic parity", ["selection_rate"],
      "selection rate; Fairlearn demographic_parity")
    + disparities(
      "equal_opportunity", "Equal opportunity", ["recall"],
      "true-positive rate; Hardt et al. 2016, Fairlearn equal_opportunity")
    + disparities(
      "equalized_odds", "Equalized odds", ["recall", "false_positive_rate"],
      "true-positive or false-positive rate, the worse one; Hardt et al. 2016, Fairlearn "
        + "equalized_odds")
    + disparities(
      "predictive_parity", "Predictive parity", ["precision"],
      "precision; Chouldechova 2017, arXiv:1610.07524")
    + extremes("selection_rate", "Selection rate", isLoss: nil)
    + extremes("recall", "Recall", isLoss: false)
    + extremes("precision", "Precision", isLoss: false)

  /// Disparities and extremes of the other rates.
  private static let rates: [FairnessMetric] =
    both("false_positive_rate", "False-positive rate", isLoss: true)
    + both("false_negative_rate", "False-negative rate", isLoss: true)
    + both("specificity", "Specificity", isLoss: false)
    + both("negative_predictive_value", "Negative predictive value", isLoss: false)
    + both("accuracy", "Accuracy", isLoss: false, tasks: classes)
    + both("balanced_accuracy", "Balanced accuracy", isLoss: false, tasks: classes)
    + both("roc_auc", "ROC AUC", isLoss: false, toOverall: false)
    + both("log_loss", "Log loss", isLoss: true, tasks: classes, range: unbounded)
    + both("brier_score", "Brier score", isLoss: true, tasks: classes, range: 0...2)
    + both(
      "expected_calibration_error", "Expected calibration error", isLoss: true, tasks: classes,
      toOverall: false)
    + both("mean_score", "Mean score", isLoss: nil) + both("base_rate", "Base rate", isLoss: nil)
    + both(
      "mean_absolute_error", "Mean absolute error", isLoss: true, tasks: [.regression],
      range: unbounded)

  private static func both(
    _ rate: String, _ title: String, isLoss: Bool?,
    tasks: Set<MetricDefinition.Task> = [.binary], range: ClosedRange<Double> = 0...1,
    toOverall: Bool = true
  ) -> [FairnessMetric] {
    let what = title.prefix(1).lowercased() + title.dropFirst()
    return disparities(
      rate, title, [rate], rate == "roc_auc" ? title : what, tasks: tasks, range: range,
      toOverall: toOverall)
      + extremes(rate, title, isLoss: isLoss, tasks: tasks, range: range)
  }

  private static func disparities(
    _ name: String, _ title: String, _ rates: [String], _ what: String,
    tasks: Set<MetricDefinition.Task> = [.binary], range: ClosedRange<Double> = 0...1,
    toOverall: Bool = true
  ) -> [FairnessMetric] {
    func metric(
      _ suffix: String, _ words: String, _ kind: Kind, _ rule: String,
      _ range: ClosedRange<Double>
    ) -> FairnessMetric {
      FairnessMetric(
        id: "\(name)_\(suffix)", title: "\(title) \(words)", kind: kind, rates: rates,
        definition: "\(rule): \(what).", tasks: tasks, range: range)
    }
    let within = [
      metric("difference", "difference", .difference, "Highest minus lowest over groups", range),
      metric("ratio", "ratio", .ratio, "Lowest over highest over groups", 0...1),
    ]
    guard toOverall else { return within }
    return within + [
      metric(
        "difference_to_overall", "difference to overall", .differenceToOverall,
        "Largest distance of a group from all groups together", range),
      metric(
        "ratio_to_overall", "ratio to overall", .ratioToOverall,
        "Smallest ratio, at most 1, between a group and all groups together", 0...1),
    ]
  }

  private static func extremes(
    _ rate: String, _ title: String, isLoss: Bool?,
    tasks: Set<MetricDefinition.Task> = [.binary], range: ClosedRange<Double> = 0...1
  ) -> [FairnessMetric] {
    let worst = isLoss.map { $0 ? "highest" : "lowest" }
    return [("min", "lowest", Kind.lowest), ("max", "highest", .highest)].map {
      suffix, word, kind in
      FairnessMetric(
        id: "\(rate)_group_\(suffix)",
        title: worst == nil
          ? "\(title), \(word) of a group"
          : "\(title) of the \(worst == word ? "worst" : "best") group", kind: kind, rates: [rate],
        definition: "The \(word) value over groups; Fairlearn group_\(suffix).", tasks: tasks,
        range: range, isLoss: isLoss)
    }
  }

  /// Inequality over rows of the benefit `1 + prediction − label`.
  private static let inequality: [FairnessMetric] = [
    FairnessMetric(
      id: "generalized_entropy", title: "Generalized entropy", kind: .inequality,
      rates: ["generalized_entropy"],
      definition: "Over rows, ½ mean ((b / μ)² − 1) of the benefit b = 1 + prediction − label with "
        + "mean μ (α = 2); 0 when every row has the same benefit; Speicher et al. 2018, "
        + "arXiv:1807.00787.", tasks: [.binary], range: unbounded),
    FairnessMetric(
      id: "generalized_entropy_between_groups", title: "Generalized entropy between groups",
      kind: .inequality, rates: ["generalized_entropy_between_groups"],
      definition:
        "generalized_entropy with every benefit replaced by its group's mean; the rest is "
        + "within groups.", tasks: [.binary], range: unbounded),
    FairnessMetric(
      id: "theil_index", title: "Theil index", kind: .inequality, rates: ["theil_index"],
      definition: "Over rows, mean (b / μ) ln (b / μ) of the same benefit, 0 ln 0 = 0; generalized "
        + "entropy with α = 1.", tasks: [.binary], range: unbounded),
    FairnessMetric(
      id: "coefficient_of_variation", title: "Coefficient of variation", kind: .inequality,
      rates: ["coefficient_of_variation"],
      definition: "Over rows, standard deviation of the same benefit over its mean: "
        + "√(2 generalized entropy).", tasks: [.binary], range: unbounded),
  ]
}

extension FairnessMetric {
  /// The metric from the extremes of its rates; NaN when undefined.
  ///
  /// A ratio whose highest rate is 0 is undefined. Of two ratios the smaller defined one counts; in
  /// Fairlearn's convention an undefined first ratio makes the result undefined, because Fairlearn
  /// takes Python's `min`, which keeps a NaN that comes first.
  /// - Parameter overall: The rate of all groups together, beside each pair of extremes; needed by
  ///   the kinds that compare with it.
  func value(
    _ extremes: [(highest: Double, lowest: Double)], overall: [Double] = [], isFairlearn: Bool
  ) -> Double {
    switch kind {
    case .difference:
      var gap = -Double.infinity
      for (highest, lowest) in extremes where highest >= lowest { gap = max(gap, highest - lowest) }
      return gap.isFinite ? gap : .nan
    case .meanDifference:
      var sum = 0.0
      for (highest, lowest) in extremes { sum += highest - lowest }
      return sum / Double(extremes.count)
    case .differenceToOverall:
      var gap = -Double.infinity
      for ((highest, lowest), all) in zip(extremes, overall) where highest >= lowest {
        gap = max(gap, highest - all, all - lowest)
      }
      return gap.isFinite ? gap : .nan
    case .ratio:
      return least(
        extremes.map { $0.highest > 0 ? $0.lowest / $0.highest : .nan }, isFairlearn: isFairlearn)
    case .ratioToOverall:
      return least(
        zip(extremes, overall).map { pair, all in
          all > 0 && pair.highest > 0 ? min(pair.lowest / all, all / pair.highest) : .nan
        }, isFairlearn: isFairlearn)
    case .lowest: return extremes.first?.lowest ?? .nan
    case .highest: return extremes.first?.highest ?? .nan
    case .inequality: return .nan
    }
  }

  private func least(_ ratios: [Double], isFairlearn: Bool) -> Double {
    if isFairlearn, let first = ratios.first, first.isNaN { return .nan }
    return ratios.filter { !$0.isNaN }.min() ?? .nan
  }
}
