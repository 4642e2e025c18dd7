import AssayStatistics

/// What a threshold makes of rows with a label: predicted positive from that score on.
public struct ThresholdCounts: Hashable, Sendable {
  /// The threshold; +∞ predicts nobody positive.
  public var threshold: Double
  /// Rows of label 1 predicted positive.
  public var truePositives: Int
  /// Rows of label 0 predicted positive.
  public var falsePositives: Int
  /// Rows of label 0 predicted negative.
  public var trueNegatives: Int
  /// Rows of label 1 predicted negative.
  public var falseNegatives: Int

  /// Rows predicted positive.
  public var selected: Int { truePositives + falsePositives }
  /// Rows of label 1.
  public var positives: Int { truePositives + falseNegatives }
  /// Rows of label 0.
  public var negatives: Int { falsePositives + trueNegatives }
  /// Rows with a label.
  public var rows: Int { positives + negatives }

  /// `(TP + TN) / rows`.
  public var accuracy: Double? { Self.share(truePositives + trueNegatives, rows) }
  /// `TP / (TP + FP)`.
  public var precision: Double? { Self.share(truePositives, selected) }
  /// `TP / (TP + FN)`.
  public var recall: Double? { Self.share(truePositives, positives) }
  /// `FP / (FP + TN)`.
  public var falsePositiveRate: Double? { Self.share(falsePositives, negatives) }
  /// `TN / (TN + FP)`.
  public var specificity: Double? { Self.share(trueNegatives, negatives) }
  /// `(TP + FP) / rows`.
  public var selectionRate: Double? { Self.share(selected, rows) }
  /// `2 TP / (2 TP + FP + FN)`.
  public var f1: Double? {
    Self.share(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives)
  }
  /// Youden's J, `TPR − FPR`.
  public var youden: Double? {
    guard let recall, let falsePositiveRate else { return nil }
    return recall - falsePositiveRate
  }

  private static func share(_ part: Int, _ whole: Int) -> Double? {
    whole > 0 ? Double(part) / Double(whole) : nil
  }
}

/// The threshold at which a measure is largest on the rows it was chosen on.
public struct BestThreshold: Hashable, Sendable {
  /// What was maximised.
  public enum Rule: String, Hashable, Sendable, CaseIterable {
    /// Youden's J, `TPR − FPR`.
    case youden
    /// F1.
    case f1
  }

  /// What was maximised.
  public var rule: Rule
  /// The counts at that threshold; the highest threshold of equals, +∞ when nobody should be
  /// predicted positive.
  public var counts: ThresholdCounts
  /// The largest value.
  public var value: Double

  /// What a reader must know of a threshold that was chosen on the rows it is judged on.
  public static let warning =
    "chosen and judged on the same rows: the value is optimistic (selection bias); choose the "
    + "threshold on other rows than those that judge it"
}

extension ScoreDistribution {
  /// 0.00, 0.05, … 1.00.
  public static let sweepThresholds: [Double] = (0...20).map { Double($0) / 20 }

  /// The counts at each of some thresholds, in their order. O(scores + thresholds · log scores).
  public func counts(at thresholds: [Double]) -> [ThresholdCounts] {
    // Rows at or above each score, and 0 beyond the last.
    var right = Array(repeating: 0, count: scores.count + 1)
    var wrong = right
    for index in scores.indices.reversed() {
      right[index] = right[index + 1] + positives[index]
      wrong[index] = wrong[index + 1] + negatives[index]
    }
    return thresholds.map { threshold in
      var low = 0
      var high = scores.count
      while low < high {
        let middle = (low + high) / 2
        if scores[middle] >= threshold { high = middle } else { low = middle + 1 }
      }
      return counts(threshold, right: right[low], wrong: wrong[low])
    }
  }

  /// Counts at a threshold from the rows of each label at or above it.
  func counts(_ threshold: Double, right: Int, wrong: Int) -> ThresholdCounts {
    ThresholdCounts(
      threshold: threshold, truePositives: right, falsePositives: wrong,
      trueNegatives: negativeCount - wrong, falseNegatives: positiveCount - right)
  }

  /// The best threshold among the distinct scores and, for Youden's J, +∞; the highest of equals.
  ///
  /// Values are compared as fractions of integers, so rounding decides no tie.
  /// - Returns: `nil` without rows of both labels (Youden's J) or without rows of label 1 (F1).
  public func best(_ rule: BestThreshold.Rule) -> BestThreshold? {
    guard positiveCount > 0, rule == .f1 || negativeCount > 0 else { return nil }
    var right = 0
    var wrong = 0
    var best: ThresholdCounts? = rule == .youden ? counts(.infinity, right: 0, wrong: 0) : nil
    for index in scores.indices.reversed() {
      right += positives[index]
      wrong += negatives[index]
      let here = counts(scores[index], right: right, wrong: wrong)
      guard let champion = best else {
        best = here
        continue
      }
      if isBetter(here, than: champion, rule) { best = here }
    }
    guard let best, let value = rule == .youden ? best.youden : best.f1 else { return nil }
    return BestThreshold(rule: rule, counts: best, value: value)
  }

  private func isBetter(
    _ a: ThresholdCounts, than b: ThresholdCounts, _ rule: BestThreshold.Rule
  ) -> Bool {
    switch rule {
    case .youden:
      // a.right/P − a.wrong/N > b.right/P − b.wrong/N, with the common denominator P · N.
      let gain = Self.product(a.truePositives - b.truePositives, negativeCount)
      let cost = Self.product(a.falsePositives - b.falsePositives, positiveCount)
      return gain > cost
    case .f1:
      return Self.product(a.truePositives, b.selected + positiveCount)
        > Self.product(b.truePositives, a.selected + positiveCount)
    }
  }

  /// A product that orders as the exact one does, for any two `Int`s.
  private static func product(_ a: Int, _ b: Int) -> (Int, UInt) {
    let wide = a.multipliedFullWidth(by: b)
    return (wide.high, wide.low)
  }
}
