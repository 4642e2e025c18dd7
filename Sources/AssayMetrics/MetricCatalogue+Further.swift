extension MetricCatalogue {
  /// Metrics of binary classifiers beside the usual ones, and of calibration.
  static let furtherClassification: [MetricDefinition] = [
    entry(
      "f2", "F2",
      "5 TP / (5 TP + 4 FN + FP), recall counts four times; undefined only when all are 0; "
        + "scikit-learn fbeta_score.", [.binary]),
    entry(
      "false_discovery_rate", "False-discovery rate", "FP / (TP + FP).", direction: .lowerIsBetter,
      [.binary]),
    entry(
      "false_omission_rate", "False-omission rate", "FN / (TN + FN).", direction: .lowerIsBetter,
      [.binary]),
    entry(
      "ks_statistic", "Kolmogorov–Smirnov statistic",
      "Largest |TPR − FPR| over all thresholds; upward biased in few rows.", [.binary]),
    entry(
      "gini_from_roc_auc", "Gini from ROC AUC",
      "2 ROC AUC − 1, also accuracy ratio or Somers' D; not the Gini coefficient over clients.",
      range: -1...1, [.binary]),
    entry(
      "pr_auc_trapezoid", "PR AUC, trapezoid",
      "Area under the precision–recall curve by straight lines, which is optimistic: "
        + "average_precision is the one to quote; scikit-learn auc(recall, precision).",
      [.binary]),
    entry(
      "maximum_calibration_error", "Maximum calibration error",
      "Largest |mean outcome − mean score| over the bins of expected_calibration_error; Guo et al. "
        + "2017. Bins with few rows rule it.", direction: .lowerIsBetter, [.binary, .multiclass],
      family: .calibration),
    entry(
      "base_rate", "Base rate", "Rows with label 1 / rows with a label; the same for every arm.",
      direction: .none, [.binary]),
    entry(
      "mean_score", "Mean score",
      "Mean score of rows with a label; equals the base rate when scores are right on average.",
      direction: .none, [.binary]),
  ]

  /// Metrics of regressions beside the usual ones.
  static let furtherRegression: [MetricDefinition] = [
    entry(
      "symmetric_mean_absolute_percentage_error", "Symmetric mean absolute percentage error",
      "Mean 2 |prediction − target| / (|prediction| + |target|), 0 where both are 0; 0 to 2, a "
        + "fraction.", unit: .loss, direction: .lowerIsBetter, range: 0...2, [.regression]),
    pinball(10), pinball(50), pinball(90),
    loss("absolute_error_quantile_90", "90 % quantile of absolute error", quantile(90)),
    loss("absolute_error_quantile_95", "95 % quantile of absolute error", quantile(95)),
    entry(
      "error_standard_deviation", "Standard deviation of errors",
      "√ mean (error − mean error)², divisor n; numpy std.", unit: .loss,
      direction: .lowerIsBetter, range: 0...Double.infinity, [.regression]),
    entry(
      "pearson_correlation", "Pearson correlation",
      "Covariance of targets and predictions / product of their standard deviations; undefined when "
        + "either does not vary; scipy pearsonr.", range: -1...1, [.regression]),
    entry(
      "spearman_correlation", "Spearman correlation",
      "Pearson correlation of midranks; scipy spearmanr.", range: -1...1, [.regression]),
  ]

  private static func quantile(_ percent: Int) -> String {
    "\(percent) % of |prediction − target| lie at or below it, linear between neighbours as in numpy;"
  }

  private static func pinball(_ percent: Int) -> MetricDefinition {
    loss(
      "mean_pinball_loss_\(percent)", "Pinball loss, \(percent) % quantile",
      "Mean of q max(target − prediction, 0) + (1 − q) max(prediction − target, 0), "
        + "q = 0.\(percent / 10): the loss of predicting that quantile;")
  }
}
