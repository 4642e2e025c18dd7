import AssayRuns

/// The mean of one ratio per class.
struct ClassMean: SmoothMetric {
  var ratios: [RatioMetric]
  var denominator: LinearForm
  /// Whether an undefined class counts as 0; otherwise it makes the mean undefined.
  var undefinedIsZero: Bool
  /// Weight of each class before normalisation, as a form of totals; `nil` means equal weights.
  var weights: [LinearForm]?

  func value(_ totals: [Double]) -> Double {
    guard denominator(totals) > 0 else { return .nan }
    var sum = 0.0
    for (index, ratio) in ratios.enumerated() {
      let share = ratio.value(totals)
      if share.isNaN {
        if undefinedIsZero { continue } else { return .nan }
      }
      sum += share * weight(index, totals)
    }
    return sum
  }

  private func weight(_ index: Int, _ totals: [Double]) -> Double {
    guard let weights else { return 1 / Double(ratios.count) }
    return weights[index](totals) / denominator(totals)
  }

  func gradient(_ totals: [Double]) -> [Double] {
    var result = Array(repeating: 0.0, count: totals.count)
    let rows = denominator(totals)
    let whole = value(totals)
    for (index, ratio) in ratios.enumerated() {
      ratio.addGradient(totals, times: weight(index, totals), into: &result)
      let share = ratio.value(totals)
      if let weights, !share.isNaN {
        for term in weights[index].terms { result[term.index] += share * term.weight / rows }
      }
    }
    if weights != nil {
      for term in denominator.terms { result[term.index] -= whole * term.weight / rows }
    }
    return result
  }

  func reason(_ totals: [Double]) -> String {
    if denominator(totals) <= 0 { return ClassMetrics.noLabel }
    return ratios.first { $0.value(totals).isNaN }?.whenUndefined ?? ClassMetrics.noLabel
  }
}

/// Matthews' correlation coefficient for any number of classes.
///
/// - Note: Source: Gorodkin 2004, Computational Biology and Chemistry 28, 367–374.
struct MatthewsCorrelation: SmoothMetric {
  let layout: TotalsLayout
  let denominator: LinearForm

  private func parts(_ t: [Double]) -> (n: Double, a: Double, b: Double, c: Double) {
    let n = denominator(t)
    var right = 0.0
    var cross = 0.0
    var predicted = 0.0
    var actual = 0.0
    for k in 0..<layout.classes {
      let r = t[layout.actual(k)]
      let c = t[layout.predicted(k)]
      right += t[layout.right(k)]
      cross += r * c
      predicted += c * (n - c)
      actual += r * (n - r)
    }
    return (n, n * right - cross, predicted, actual)
  }

  func value(_ totals: [Double]) -> Double {
    let (_, a, b, c) = parts(totals)
    return b > 0 && c > 0 ? a / (b.squareRoot() * c.squareRoot()) : .nan
  }

  func gradient(_ t: [Double]) -> [Double] {
    let (n, a, b, c) = parts(t)
    let root = b.squareRoot() * c.squareRoot()
    let value = a / root
    var right = 0.0
    for k in 0..<layout.classes { right += t[layout.right(k)] }
    var result = Array(repeating: 0.0, count: t.count)
    for k in 0..<layout.classes {
      let actual = t[layout.actual(k)]
      let predicted = t[layout.predicted(k)]
      result[layout.right(k)] = n / root
      result[layout.actual(k)] =
        (right - predicted) / root - value * (n / b + (n - actual) / c)
      result[layout.predicted(k)] = -actual / root + value * predicted / b
    }
    return result
  }

  func reason(_ totals: [Double]) -> String {
    denominator(totals) > 0
      ? "all labels or all predictions are of one class" : ClassMetrics.noLabel
  }
}

/// Cohen's kappa, unweighted.
struct CohenKappa: SmoothMetric {
  let layout: TotalsLayout
  let denominator: LinearForm

  private func parts(_ t: [Double]) -> (n: Double, agreement: Double, chance: Double) {
    let n = denominator(t)
    var right = 0.0
    var cross = 0.0
    for k in 0..<layout.classes {
      right += t[layout.right(k)]
      cross += t[layout.actual(k)] * t[layout.predicted(k)]
    }
    return (n, right / n, cross / n / n)
  }

  func value(_ totals: [Double]) -> Double {
    let (n, agreement, chance) = parts(totals)
    return n > 1 && chance < 1 ? (agreement - chance) / (1 - chance) : .nan
  }

  func gradient(_ t: [Double]) -> [Double] {
    let (n, agreement, chance) = parts(t)
    let byAgreement = 1 / (1 - chance)
    let byChance = -(1 - agreement) / ((1 - chance) * (1 - chance))
    var result = Array(repeating: 0.0, count: t.count)
    for k in 0..<layout.classes {
      result[layout.right(k)] = byAgreement / n
      result[layout.actual(k)] =
        -byAgreement * agreement / n
        + byChance * (t[layout.predicted(k)] / n - 2 * chance) / n
      result[layout.predicted(k)] = byChance * t[layout.actual(k)] / n / n
    }
    return result
  }

  func reason(_ totals: [Double]) -> String {
    switch denominator(totals) {
    case ..<1: ClassMetrics.noLabel
    case ..<2: "one row has no chance agreement"
    default: "all labels and predictions are of one class"
    }
  }
}

/// The metrics of classifiers that are functions of totals.
enum ClassMetrics {
  static let noLabel = "no rows with a label"

  /// The metrics for a number of classes, by id.
  static func metrics(_ layout: TotalsLayout, binary: Bool) -> [String: any SmoothMetric] {
    typealias V = TotalsLayout.ClassValue
    let classes = Array(0..<layout.classes)
    let labelled = LinearForm(classes.map(layout.actual))
    let recalls = classes.map { k in
      RatioMetric(
        LinearForm([layout.right(k)]), of: LinearForm([layout.actual(k)]),
        whenUndefined: "no row with label \(k)")
    }
    let right = RatioMetric(
      LinearForm(classes.map(layout.right)), of: labelled, whenUndefined: noLabel)
    func mean(_ v: Int) -> RatioMetric {
      RatioMetric(
        LinearForm([layout.value(v)]), of: labelled, isProportion: v > V.gap,
        whenUndefined: noLabel)
    }
    var metrics: [String: any SmoothMetric] = [
      "accuracy": right,
      "balanced_accuracy": ClassMean(
        ratios: recalls, denominator: labelled, undefinedIsZero: false, weights: nil),
      "matthews_corrcoef": MatthewsCorrelation(layout: layout, denominator: labelled),
      "cohen_kappa": CohenKappa(layout: layout, denominator: labelled),
      "log_loss": mean(V.logLoss),
      "brier_score": mean(V.squaredError),
    ]
    if binary {
      metrics.merge(self.binary(layout)) { first, _ in first }
      return metrics
    }
    let precisions = classes.map { k in
      RatioMetric(
        LinearForm([layout.right(k)]), of: LinearForm([layout.predicted(k)]),
        whenUndefined: "no row is predicted \(k)")
    }
    let f1s = classes.map { k in
      RatioMetric(
        LinearForm([layout.right(k)], weight: 2),
        of: LinearForm([layout.actual(k), layout.predicted(k)]), isProportion: false,
        whenUndefined: "class \(k) is neither a label nor predicted")
    }
    for (name, ratios) in [("precision", precisions), ("recall", recalls), ("f1", f1s)] {
      metrics["\(name)_macro"] = ClassMean(
        ratios: ratios, denominator: labelled, undefinedIsZero: true, weights: nil)
      metrics["\(name)_weighted"] = ClassMean(
        ratios: ratios, denominator: labelled, undefinedIsZero: true,
        weights: classes.map { LinearForm([layout.actual($0)]) })
      metrics["\(name)_micro"] = right
    }
    for k in V.tops(classes: layout.classes) { metrics["top_\(k)_accuracy"] = mean(V.top(k)) }
    return metrics
  }

  /// The metrics of class 1 against class 0, by id; also the rates of fairness.
  static func binary(_ layout: TotalsLayout) -> [String: any SmoothMetric] {
    rates(layout)
  }

  /// The ratios of a binary classifier by id.
  static func rates(_ l: TotalsLayout) -> [String: RatioMetric] {
    guard l.classes == 2 else { return [:] }
    let positives = LinearForm([l.actual(1)])
    let negatives = LinearForm([l.actual(0)])
    let noPositive = "no row with label 1"
    let noNegative = "no row with label 0"
    return [
      "precision": RatioMetric(
        LinearForm([l.right(1)]), of: LinearForm([l.predicted(1)]),
        whenUndefined: "no row is predicted positive"),
      "negative_predictive_value": RatioMetric(
        LinearForm([l.right(0)]), of: LinearForm([l.predicted(0)]),
        whenUndefined: "no row is predicted negative"),
      "recall": RatioMetric(
        LinearForm([l.right(1)]), of: positives, whenUndefined: noPositive),
      "specificity": RatioMetric(
        LinearForm([l.right(0)]), of: negatives, whenUndefined: noNegative),
      "false_positive_rate": RatioMetric(
        negatives - LinearForm([l.right(0)]), of: negatives, whenUndefined: noNegative),
      "false_negative_rate": RatioMetric(
        positives - LinearForm([l.right(1)]), of: positives, whenUndefined: noPositive),
      "f1": RatioMetric(
        LinearForm([l.right(1)], weight: 2), of: LinearForm([l.actual(1), l.predicted(1)]),
        isProportion: false, whenUndefined: "no positive label and no positive prediction"),
      "false_discovery_rate": RatioMetric(
        LinearForm([l.predicted(1)]) - LinearForm([l.right(1)]), of: LinearForm([l.predicted(1)]),
        whenUndefined: "no row is predicted positive"),
      "false_omission_rate": RatioMetric(
        LinearForm([l.predicted(0)]) - LinearForm([l.right(0)]), of: LinearForm([l.predicted(0)]),
        whenUndefined: "no row is predicted negative"),
      "f2": RatioMetric(
        LinearForm([l.right(1)], weight: 5),
        of: LinearForm([l.actual(1)], weight: 4) + LinearForm([l.predicted(1)]),
        isProportion: false, whenUndefined: "no positive label and no positive prediction"),
      "base_rate": RatioMetric(
        positives, of: LinearForm([l.actual(0), l.actual(1)]), whenUndefined: noLabel),
      "mean_score": RatioMetric(
        positives - LinearForm([l.value(TotalsLayout.ClassValue.gap)]),
        of: LinearForm([l.actual(0), l.actual(1)]), isProportion: false, whenUndefined: noLabel),
      "selection_rate": RatioMetric(
        LinearForm([l.predicted(1), l.unlabelled(1)]),
        of: LinearForm([
          l.predicted(0), l.predicted(1), l.unlabelled(0), l.unlabelled(1),
        ]), whenUndefined: "no rows"),
    ]
  }
}
