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

  /// A variance of contributions, 0 where it is no more than the rounding of sums that cancel.
  static func settled(_ variance: Double, value: Double) -> Double {
    variance.squareRoot() <= 1e-14 * max(1, abs(value)) ? 0 : variance
  }

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
  /// - Parameter logit: Take the replicates' distances from the value on the logit scale: for replicates
  ///   of a linear form, which know nothing of the borders 0 and 1.
  ///
  /// A recentred metric with values from 0 on (a calibration error) is itself above the truth by about as
  /// much as its replicates are above it; its lower end is that of the reflected replicates,
  /// `2 value − quantile`.
  func percentile(
    _ value: Double, replicates: [Double], recentred: Bool, method: IntervalMethod,
    range: ClosedRange<Double>, note: String?, logit: Bool = false
  ) -> Interval? {
    let sorted = replicates.filter(\.isFinite).sorted()
    guard sorted.count >= 2, value.isFinite else { return nil }
    let mean = Moments(sorted).mean
    let shift = recentred ? value - mean : 0
    var low = RankMetrics.quantile(1 - upper, of: sorted) + shift
    var high = RankMetrics.quantile(upper, of: sorted) + shift
    if recentred, range.lowerBound == 0 { low = min(low, 2 * value - (high - shift)) }
    if logit, range == 0...1, value > 0, value < 1 {
      (low, high) = (
        Self.fromLogit(value, offset: low - value), Self.fromLogit(value, offset: high - value)
      )
    }
    return clipped(low, high, value, method, range, note)
  }

  /// `p` moved by `offset / (p (1 − p))` on the logit scale.
  static func fromLogit(_ p: Double, offset: Double) -> Double {
    let odds = p / (1 - p) * PortableMath.exp(offset / (p * (1 - p)))
    return odds == .infinity ? 1 : odds / (1 + odds)
  }

  /// Wilson's interval of F1, which is `2 J / (1 + J)` with `J = TP / (TP + FP + FN)`, a proportion of
  /// the rows that are positive or predicted so.
  func f1(_ metric: RatioMetric, _ totals: [Double], note: String?) -> Interval? {
    let successes = metric.numerator(totals) / 2
    let trials = metric.denominator(totals) - successes
    guard var interval = wilson(successes: successes, trials: trials, note: note) else {
      return nil
    }
    interval.low = 2 * interval.low / (1 + interval.low)
    interval.high = 2 * interval.high / (1 + interval.high)
    let value = metric.value(totals)
    interval.low = min(interval.low, value)
    interval.high = max(interval.high, value)
    return interval
  }

  /// The interval of a mean of recalls from Wilson's interval of each: the distances of the ends from
  /// the recalls, squared and summed.
  /// - Note: Source: Newcombe 1998, Statistics in Medicine 17, 873–890, method 10; Zou, Donner 2008,
  ///   Statistics in Medicine 27, 1693–1702.
  func meanOfProportions(
    _ parts: [(successes: Double, trials: Double)], note: String?
  ) -> Interval? {
    var (mean, below, above) = (0.0, 0.0, 0.0)
    for part in parts {
      guard let interval = wilson(successes: part.successes, trials: part.trials, note: nil) else {
        return nil
      }
      let share = part.successes / part.trials
      mean += share
      below += (share - interval.low) * (share - interval.low)
      above += (interval.high - share) * (interval.high - share)
    }
    guard !parts.isEmpty else { return nil }
    let count = Double(parts.count)
    return clipped(
      (mean - below.squareRoot()) / count, (mean + above.squareRoot()) / count, mean / count,
      .wilson, 0...1, note)
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
