import AssayStatistics

/// Turns variances and replicates into intervals, clipped to a range.
struct IntervalMaker: Sendable {
  let confidence: Double
  let upper: Double
  private let z: Double

  init(confidence: Double) {
    self.confidence = confidence
    upper = 1 - (1 - confidence) / 2
    z = NormalDistribution.quantile(upper)
  }

  /// What a single arm's interval says when its rows or clients do not vary at all.
  static let noVariation = "no variation was observed; the true uncertainty is larger"

  /// `value ± quantile · √Σ variances`, Student's t with Welch–Satterthwaite degrees of freedom.
  /// - Parameter parts: Independent variances with their degrees of freedom; infinite means normal.
  /// - Note: Source of the degrees: Satterthwaite 1946, Biometrics Bulletin 2, 110–114.
  func normal(
    _ value: Double, parts: [(variance: Double, degrees: Double)], method: IntervalMethod,
    range: ClosedRange<Double>, note: String?
  ) -> Interval? {
    var total = 0.0
    var weighted = 0.0
    for part in parts {
      total += part.variance
      weighted += part.variance * part.variance / part.degrees
    }
    guard total.isFinite, value.isFinite else { return nil }
    let degrees =
      parts.count == 1
      ? parts[0].degrees : weighted > 0 ? total * total / weighted : Double.infinity
    let quantile =
      degrees == .infinity ? z : StudentDistribution.quantile(upper, degrees: degrees)
    let error = total.squareRoot()
    let half = quantile * error
    var interval = clipped(value - half, value + half, value, method, range, note)
    interval.standardError = error
    interval.degrees = degrees
    return interval
  }

  /// Percentiles of replicates.
  /// - Parameter recentred: Shift the replicates so that their mean is the value. Metrics that take
  ///   absolute values or extremes are biased upwards in every replicate; unshifted percentiles
  ///   could leave the value itself outside.
  func percentile(
    _ value: Double, replicates: [Double], recentred: Bool, method: IntervalMethod,
    range: ClosedRange<Double>, note: String?
  ) -> Interval? {
    let sorted = replicates.filter(\.isFinite).sorted()
    guard sorted.count >= 2, value.isFinite else { return nil }
    let mean = Moments(sorted).mean
    let shift = recentred ? value - mean : 0
    return clipped(
      RankMetrics.quantile(1 - upper, of: sorted) + shift,
      RankMetrics.quantile(upper, of: sorted) + shift, value, method, range, note)
  }

  /// Wilson's interval.
  func wilson(successes: Double, trials: Double, note: String?) -> Interval? {
    Proportion.wilson(successes: successes, trials: trials, confidence: confidence).map {
      Interval(low: $0.low, high: $0.high, method: .wilson, confidence: confidence, note: note)
    }
  }

  private func clipped(
    _ low: Double, _ high: Double, _ value: Double, _ method: IntervalMethod,
    _ range: ClosedRange<Double>, _ note: String?
  ) -> Interval {
    // The value itself always belongs to its interval, whatever the last bit.
    Interval(
      low: max(range.lowerBound, min(low, value)), high: min(range.upperBound, max(high, value)),
      method: method, confidence: confidence, note: note)
  }
}
