import AssayRuns
import AssayStatistics

/// A metric from noised counts, before its interval is made.
///
/// What is uncertain is kept in three parts: which rows there happened to be (an interval around the value
/// that counts would give), the noise (a variance, known exactly), and where in its bin a score lies (a
/// bound).
struct NoisedFigure {
  /// The value from the counts as they are, which may leave the metric's range.
  var raw = Double.nan
  /// Why there is no value.
  var reason: String?
  /// Noised rows it rests on, at least 0; `nil` where that is not asked.
  var count: Int?
  /// How far rows alone may move it to either side, at the confidence asked for.
  var below = 0.0
  var above = 0.0
  /// The variance of the noise.
  var noise = 0.0
  /// How far the value of the rows may be from that of their bins.
  var bound = 0.0

  static func undefined(_ reason: String, count: Int? = nil) -> NoisedFigure {
    NoisedFigure(reason: reason, count: count)
  }

  /// Both ends: rows and noise are independent, so that their distances add as squares; the bound is
  /// added to that.
  /// - Note: Source: Zou and Donner 2008, Statistics in Medicine 27, 1693–1702 (MOVER).
  func ends(_ quantile: Double, _ range: ClosedRange<Double>) -> (low: Double, high: Double) {
    let wide = quantile * quantile * noise
    let low = raw - (below * below + wide).squareRoot() - bound
    let high = raw + (above * above + wide).squareRoot() + bound
    func clipped(_ x: Double) -> Double { min(range.upperBound, max(range.lowerBound, x)) }
    return (clipped(low), clipped(high))
  }

  /// The value within its range.
  func value(_ range: ClosedRange<Double>) -> Double {
    min(range.upperBound, max(range.lowerBound, raw))
  }

  /// The difference to another arm's figure. How the arms vary together over rows is not known from two
  /// histograms, so that both distances add; the noise of two arms is independent.
  func minus(_ other: NoisedFigure) -> NoisedFigure {
    NoisedFigure(
      raw: raw - other.raw, reason: reason ?? other.reason,
      count: count.flatMap { mine in other.count.map { min(mine, $0) } },
      below: below + other.above, above: above + other.below, noise: noise + other.noise,
      bound: bound + other.bound)
  }

  /// The figure times a positive number plus another.
  func scaled(by factor: Double, plus shift: Double) -> NoisedFigure {
    NoisedFigure(
      raw: factor * raw + shift, reason: reason, count: count, below: factor * below,
      above: factor * above, noise: factor * factor * noise, bound: factor * bound)
  }
}
