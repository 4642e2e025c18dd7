/// A fairness metric: extremes over groups of one rate or two.
struct FairnessMetric: Sendable {
  enum Kind: Sendable {
    /// Highest rate minus lowest; of several rates the largest gap.
    case difference
    /// Lowest rate over highest; of several rates the smallest ratio.
    case ratio
    /// The worst group's own rate.
    case worst
  }

  let id: String
  let title: String
  let kind: Kind
  /// Ids of the rates, metrics of ``ClassMetrics`` or ``RegressionMetrics``.
  let rates: [String]
  let definition: String
  let tasks: Set<MetricDefinition.Task>
  var range: ClosedRange<Double> = 0...1

  var isRatio: Bool { kind == .ratio }

  var direction: MetricDefinition.Direction {
    switch kind {
    case .difference: .lowerIsBetter
    case .ratio: .higherIsBetter
    case .worst: isLoss ? .lowerIsBetter : .higherIsBetter
    }
  }

  /// Whether the worst group is the one with the highest rate.
  var isLoss: Bool { range.upperBound == .infinity }

  static let all: [FairnessMetric] =
    pair(
      "demographic_parity", "Demographic parity", ["selection_rate"],
      "selection rate; Fairlearn demographic_parity")
    + pair(
      "equal_opportunity", "Equal opportunity", ["recall"],
      "true-positive rate; Hardt et al. 2016, Fairlearn equal_opportunity")
    + pair(
      "equalized_odds", "Equalized odds", ["recall", "false_positive_rate"],
      "true-positive or false-positive rate, the worse one; Hardt et al. 2016, Fairlearn "
        + "equalized_odds")
    + pair(
      "predictive_parity", "Predictive parity", ["precision"],
      "precision; Chouldechova 2017, arXiv:1610.07524")
    + pair(
      "false_positive_rate", "False-positive rate", ["false_positive_rate"], "false-positive rate")
    + pair(
      "false_negative_rate", "False-negative rate", ["false_negative_rate"], "false-negative rate")
    + pair("accuracy", "Accuracy", ["accuracy"], "accuracy", tasks: [.binary, .multiclass])
    + [
      FairnessMetric(
        id: "accuracy_group_min", title: "Accuracy of the worst group", kind: .worst,
        rates: ["accuracy"], definition: "Lowest accuracy over groups; Fairlearn group_min.",
        tasks: [.binary, .multiclass]),
      FairnessMetric(
        id: "mean_absolute_error_difference", title: "Mean absolute error difference",
        kind: .difference, rates: ["mean_absolute_error"],
        definition: "Highest minus lowest mean absolute error over groups.", tasks: [.regression],
        range: 0...Double.infinity),
      FairnessMetric(
        id: "mean_absolute_error_ratio", title: "Mean absolute error ratio", kind: .ratio,
        rates: ["mean_absolute_error"],
        definition: "Lowest over highest mean absolute error over groups.", tasks: [.regression]),
      FairnessMetric(
        id: "mean_absolute_error_group_max", title: "Mean absolute error of the worst group",
        kind: .worst, rates: ["mean_absolute_error"],
        definition: "Highest mean absolute error over groups; Fairlearn group_max.",
        tasks: [.regression], range: 0...Double.infinity),
    ]

  private static func pair(
    _ name: String, _ title: String, _ rates: [String], _ what: String,
    tasks: Set<MetricDefinition.Task> = [.binary]
  ) -> [FairnessMetric] {
    [
      FairnessMetric(
        id: "\(name)_difference", title: "\(title) difference", kind: .difference, rates: rates,
        definition: "Highest minus lowest over groups: \(what).", tasks: tasks),
      FairnessMetric(
        id: "\(name)_ratio", title: "\(title) ratio", kind: .ratio, rates: rates,
        definition: "Lowest over highest over groups: \(what).", tasks: tasks),
    ]
  }
}
