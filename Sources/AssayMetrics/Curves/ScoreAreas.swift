import AssayStatistics

extension ScoreDistribution {
  /// Area under the ROC curve, ties ½: `Σ P(s) (N below s + N(s)/2) / (P N)`.
  ///
  /// Exact up to the last division: twice the sum is an integer.
  /// - Returns: `nil` without rows of both labels.
  public var rocAUC: Double? {
    guard positiveCount > 0, negativeCount > 0 else { return nil }
    var below = 0
    var twice = WideSum()
    for index in scores.indices {
      twice.add(positives[index], times: 2 * below + negatives[index])
      below += negatives[index]
    }
    return twice.value / (2 * Double(positiveCount) * Double(negativeCount))
  }

  /// How far the area can be from that of the rows before pooling: `Σ P(b) N(b) / (2 P N)`.
  ///
  /// Rows of one bin count as ties; every pair inside a bin can be wrong by ½ at most. 0 when no
  /// score has both labels.
  public var rocAUCBound: Double? {
    guard positiveCount > 0, negativeCount > 0 else { return nil }
    var pairs = WideSum()
    for index in scores.indices { pairs.add(positives[index], times: negatives[index]) }
    return pairs.value / (2 * Double(positiveCount) * Double(negativeCount))
  }

  /// DeLong's variance of the area, with midranks and divisors `P − 1` and `N − 1`.
  /// - Returns: `nil` below two rows of either label.
  /// - Note: Source: DeLong, DeLong, Clarke-Pearson 1988, Biometrics 44, 837–845.
  public var delongVariance: Double? {
    guard positiveCount > 1, negativeCount > 1, let area = rocAUC else { return nil }
    let m = Double(positiveCount)
    let n = Double(negativeCount)
    var ofPositives = CompensatedSum()
    var ofNegatives = CompensatedSum()
    var positivesBelow = 0
    var negativesBelow = 0
    for index in scores.indices {
      let ahead = (Double(negativesBelow) + Double(negatives[index]) / 2) / n - area
      let above = positiveCount - positivesBelow - positives[index]
      let behind = (Double(above) + Double(positives[index]) / 2) / m - area
      ofPositives.add(Double(positives[index]) * ahead * ahead)
      ofNegatives.add(Double(negatives[index]) * behind * behind)
      positivesBelow += positives[index]
      negativesBelow += negatives[index]
    }
    return ofPositives.value / (m - 1) / m + ofNegatives.value / (n - 1) / n
  }

  /// Average precision: `Σ (Rₖ − Rₖ₋₁) Pₖ` over distinct scores from the highest.
  /// - Returns: `nil` without rows of label 1.
  public var averagePrecision: Double? {
    area { precision, _ in precision }
  }

  /// Area under the precision–recall curve by trapezoids: `Σ (Rₖ − Rₖ₋₁) (Pₖ + Pₖ₋₁) / 2`, starting
  /// at recall 0 and precision 1 as in scikit-learn `auc(recall, precision)`.
  ///
  /// Straight lines between points of a precision–recall curve are too optimistic; average precision
  /// is the number to quote (Davis and Goadrich 2006).
  /// - Returns: `nil` without rows of label 1.
  public var precisionRecallTrapezoid: Double? {
    area { ($0 + $1) / 2 }
  }

  private func area(_ height: (_ precision: Double, _ previous: Double) -> Double) -> Double? {
    guard positiveCount > 0 else { return nil }
    var sum = CompensatedSum()
    var right = 0
    var rows = 0
    var previous = 1.0
    for index in scores.indices.reversed() where positives[index] + negatives[index] > 0 {
      right += positives[index]
      rows += positives[index] + negatives[index]
      let precision = Double(right) / Double(rows)
      sum.add(Double(positives[index]) * height(precision, previous))
      previous = precision
    }
    return sum.value / Double(positiveCount)
  }

  /// The Kolmogorov–Smirnov statistic of a classifier, `max |TPR − FPR|` over thresholds, and the
  /// highest threshold that has it.
  /// - Returns: `nil` without rows of both labels.
  public var kolmogorovSmirnov: (statistic: Double, threshold: Double)? {
    guard positiveCount > 0, negativeCount > 0 else { return nil }
    var best = (statistic: 0.0, threshold: scores[scores.count - 1])
    var right = 0
    var wrong = 0
    for index in scores.indices.reversed() {
      right += positives[index]
      wrong += negatives[index]
      let gap = abs(
        Double(right) / Double(positiveCount) - Double(wrong) / Double(negativeCount))
      if gap > best.statistic { best = (gap, scores[index]) }
    }
    return best
  }
}

/// A sum of products of counts, exact to 128 bits.
struct WideSum {
  private var high: UInt64 = 0
  private var low: UInt64 = 0

  /// Adds a product of two counts that are not negative.
  mutating func add(_ a: Int, times b: Int) {
    let product = UInt64(max(0, a)).multipliedFullWidth(by: UInt64(max(0, b)))
    let (sum, carry) = low.addingReportingOverflow(product.low)
    low = sum
    high = high &+ product.high &+ (carry ? 1 : 0)
  }

  /// The sum, rounded once or twice.
  var value: Double { Double(high) * 0x1p64 + Double(low) }
}
