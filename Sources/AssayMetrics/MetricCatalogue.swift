import AssayRuns

/// Every metric, in the order in which results list them.
public enum MetricCatalogue {
  /// All metrics: of rows first, then of groups.
  public static let all: [MetricDefinition] = classification + multiclass + regression + fairness

  /// The metric of that id.
  public static func metric(_ id: String) -> MetricDefinition? { byID[id] }

  /// The metrics of rows that exist for a task, in order.
  public static func performance(for task: PredictionTask) -> [MetricDefinition] {
    all.filter {
      $0.family != .fairness && $0.tasks.contains(task.kind)
        && isInformative($0.id, classes: task.classCount)
    }
  }

  /// Whether a metric says something with that many classes: from as many classes on as there are,
  /// every row is right. Two are always reported.
  private static func isInformative(_ id: String, classes: Int) -> Bool {
    guard let k = [3, 4, 5].first(where: { id == "top_\($0)_accuracy" }) else { return true }
    return k < classes
  }

  /// The metrics of groups that exist for a task, in order.
  public static func fairness(for task: PredictionTask) -> [MetricDefinition] {
    all.filter { $0.family == .fairness && $0.tasks.contains(task.kind) }
  }

  private static let byID: [String: MetricDefinition] = Dictionary(
    all.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })

  typealias Direction = MetricDefinition.Direction
  typealias Task = MetricDefinition.Task

  static func entry(
    _ id: String, _ title: String, _ definition: String, unit: MetricDefinition.Unit = .fraction,
    direction: Direction = .higherIsBetter, range: ClosedRange<Double> = 0...1,
    _ tasks: Set<Task>, family: MetricDefinition.Family = .performance
  ) -> MetricDefinition {
    MetricDefinition(
      id: id, title: title, unit: unit, direction: direction, range: range, tasks: tasks,
      family: family, definition: definition)
  }
}

extension MetricCatalogue {
  private static let both: Set<Task> = [.binary, .multiclass]

  static let classification: [MetricDefinition] = classes + furtherClassification

  private static let classes: [MetricDefinition] = [
    entry(
      "accuracy", "Accuracy", "Right predictions / rows; scikit-learn accuracy_score.", both),
    entry(
      "balanced_accuracy", "Balanced accuracy",
      "Mean recall over classes, undefined when a class is absent; scikit-learn.", both),
    entry("precision", "Precision", "TP / (TP + FP); scikit-learn precision_score.", [.binary]),
    entry("recall", "Recall", "TP / (TP + FN), the true-positive rate; scikit-learn.", [.binary]),
    entry("specificity", "Specificity", "TN / (TN + FP), the true-negative rate.", [.binary]),
    entry(
      "false_positive_rate", "False-positive rate", "FP / (FP + TN).", direction: .lowerIsBetter,
      [.binary]),
    entry(
      "false_negative_rate", "False-negative rate", "FN / (FN + TP).", direction: .lowerIsBetter,
      [.binary]),
    entry(
      "negative_predictive_value", "Negative predictive value", "TN / (TN + FN).", [.binary]),
    entry(
      "f1", "F1", "2 TP / (2 TP + FP + FN), undefined only when all are 0; scikit-learn f1_score.",
      [.binary]),
    entry(
      "matthews_corrcoef", "Matthews correlation",
      "(n Σd − Σrc) / √((n² − Σc²)(n² − Σr²)) of diagonal d, row sums r, column sums c; undefined "
        + "when a factor is 0; Gorodkin 2004.", range: -1...1, both),
    entry(
      "cohen_kappa", "Cohen's kappa",
      "(p − e) / (1 − e), agreement p against chance agreement e; Cohen 1960.", range: -1...1,
      both),
    entry(
      "roc_auc", "ROC AUC",
      "P(score of a positive > score of a negative) + ½ P(equal); several classes: mean over one "
        + "class against the rest; scikit-learn roc_auc_score.", both),
    entry(
      "average_precision", "Average precision",
      "Σ (Rₖ − Rₖ₋₁) Pₖ over distinct scores; scikit-learn average_precision_score.", [.binary]),
    entry(
      "log_loss", "Log loss",
      "Mean −ln p(true class), p clipped to [ε, 1 − ε], ε = 2.22e-16; scikit-learn log_loss.",
      unit: .loss, direction: .lowerIsBetter, range: 0...Double.infinity, both, family: .calibration
    ),
    entry(
      "brier_score", "Brier score", "Mean (p − y)²; scikit-learn brier_score_loss.", unit: .loss,
      direction: .lowerIsBetter, [.binary], family: .calibration),
    entry(
      "expected_calibration_error", "Expected calibration error",
      "Σ n(b)/n |mean outcome − mean score| over equal-width bins: 10 of the score (binary), 15 of "
        + "the highest score (multiclass); Guo et al. 2017, arXiv:1706.04599.",
      direction: .lowerIsBetter,
      both, family: .calibration),
    entry(
      "selection_rate", "Selection rate", "Predicted positives / rows.", direction: .none, [.binary]
    ),
  ]

  static let multiclass: [MetricDefinition] =
    ["macro", "micro", "weighted"].flatMap { average in
      [("precision", "Precision"), ("recall", "Recall"), ("f1", "F1")].map { name, title in
        let rule =
          switch average {
          case "macro": "mean over classes, an undefined class counts as 0"
          case "micro": "from counts pooled over classes, equal to accuracy"
          default: "mean over classes weighted by rows, an undefined class counts as 0"
          }
        return entry(
          "\(name)_\(average)", "\(title), \(average)", "Per-class \(name): \(rule); scikit-learn.",
          [.multiclass])
      }
    } + [
      entry(
        "top_2_accuracy", "Top-2 accuracy",
        "Rows whose class is among the two highest scores / rows; of equal scores the higher class "
          + "comes first, as in scikit-learn top_k_accuracy_score.", [.multiclass]),
      top(1), top(3), top(4), top(5),
      entry(
        "roc_auc_ovr_weighted", "ROC AUC, one against the rest, weighted",
        "Mean over classes of one class against the rest, weighted by rows of the class; "
          + "scikit-learn roc_auc_score, multi_class='ovr'.", [.multiclass]),
      entry(
        "roc_auc_ovo_macro", "ROC AUC, one against one",
        "Mean over pairs of classes of the mean of both directions, on rows of the pair; Hand and "
          + "Till 2001; scikit-learn roc_auc_score, multi_class='ovo'.", [.multiclass]),
      entry(
        "roc_auc_ovo_weighted", "ROC AUC, one against one, weighted",
        "As roc_auc_ovo_macro, each pair weighted by its rows; scikit-learn.", [.multiclass]),
      entry(
        "brier_score", "Brier score", "Mean over rows of Σ (p(class) − 1[class is true])².",
        unit: .loss, direction: .lowerIsBetter, range: 0...2, [.multiclass], family: .calibration),
    ]

  private static func top(_ k: Int) -> MetricDefinition {
    entry(
      "top_\(k)_accuracy", "Top-\(k) accuracy",
      k == 1
        ? "Rows whose class has the highest score / rows; of equal scores the higher class comes "
          + "first, so that it may differ from accuracy; scikit-learn top_k_accuracy_score."
        : "As top_2_accuracy, among the \(k) highest; reported from \(k + 1) classes on.",
      [.multiclass])
  }

  static let regression: [MetricDefinition] =
    [
      loss("mean_absolute_error", "Mean absolute error", "Mean |prediction − target|."),
      loss("mean_squared_error", "Mean squared error", "Mean (prediction − target)²."),
      loss("root_mean_squared_error", "Root mean squared error", "√ mean (prediction − target)²."),
      loss("median_absolute_error", "Median absolute error", "Median |prediction − target|."),
      loss("max_error", "Largest error", "Largest |prediction − target|; no interval."),
      loss(
        "mean_absolute_percentage_error", "Mean absolute percentage error",
        "Mean |prediction − target| / max(|target|, 2⁻⁵²), a fraction."),
      entry(
        "r2_score", "R²",
        "1 − Σ(prediction − target)² / Σ(target − mean)²; undefined when all "
          + "targets are equal.", range: -Double.infinity...1, [.regression]),
      entry(
        "explained_variance_score", "Explained variance",
        "1 − variance(prediction − target) / variance(target).", range: -Double.infinity...1,
        [.regression]),
      entry(
        "mean_error", "Mean error", "Mean prediction − target; 0 means no bias.", unit: .number,
        direction: .none, range: -Double.infinity...Double.infinity, [.regression]),
    ] + furtherRegression

  static func loss(_ id: String, _ title: String, _ definition: String)
    -> MetricDefinition
  {
    entry(
      id, title, definition + " scikit-learn.", unit: .loss, direction: .lowerIsBetter,
      range: 0...Double.infinity, [.regression])
  }
}

extension MetricCatalogue {
  /// Fairness metrics that are facts of their own in evidence and documents; all stand in the JSON.
  public static var fairnessHeadlines: Set<String> { FairnessMetric.headlines }

  static let fairness: [MetricDefinition] = FairnessMetric.all.map { metric in
    let unbounded = metric.range.upperBound == .infinity
    return entry(
      metric.id, metric.title, metric.definition,
      unit: metric.isRatio
        ? .ratio
        : unbounded ? .loss : .fraction, direction: metric.direction, range: metric.range,
      metric.tasks,
      family: .fairness)
  }
}
