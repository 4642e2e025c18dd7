/// Two proportions of the same rows, as the counts on which their difference rests.
///
/// Inference about the difference by Tango's score test: its standard error is taken under the
/// hypothesis, so that neither an interval nor a level breaks down when few rows are discordant, or none.
/// - Note: Source: Tango 1998, Statistics in Medicine 17, 891–908, sections 2 and 3.
public struct PairedCounts: Hashable, Sendable {
  /// Rows that count as a success under the first only.
  public var firstOnly: Int
  /// Rows that count as a success under the second only.
  public var secondOnly: Int
  /// All rows of the common denominator, discordant or not.
  public var trials: Int
  /// How much larger the variance is than that of independent rows; 1 unless clients are the sampled units.
  public var designEffect = 1.0
  /// Degrees of freedom of the design effect; infinite means normal.
  public var degrees = Double.infinity

  /// Creates the counts; `nil` without trials and when the counts do not fit.
  public init?(firstOnly: Int, secondOnly: Int, trials: Int) {
    guard firstOnly >= 0, secondOnly >= 0, trials > 0, firstOnly <= trials - secondOnly else {
      return nil
    }
    self.firstOnly = firstOnly
    self.secondOnly = secondOnly
    self.trials = trials
  }

  /// Rows that count under one of the two only.
  public var discordant: Int { firstOnly + secondOnly }

  /// The first proportion minus the second.
  public var difference: Double { Double(firstOnly - secondOnly) / Double(trials) }

  /// `√(b + c) / n`, the standard error under the hypothesis of no difference.
  public var standardError: Double { Double(discordant).squareRoot() / Double(trials) }

  /// The statistic against a hypothesised difference `δ`: `(b − c − n δ) / √(n (2 q + δ (1 − δ)))`, `q`
  /// the most likely share of rows that only the second has under that hypothesis.
  /// - Parameter hypothesised: Above −1 and below 1.
  /// - Returns: Standard normal under the hypothesis; it falls as the hypothesis rises. `nil` out of
  ///   range and when nothing can vary (no discordant row against no difference).
  public func statistic(against hypothesised: Double) -> Double? {
    let margin = -hypothesised
    guard margin > -1, margin < 1 else { return nil }
    let (b, c, n) = (Double(firstOnly), Double(secondOnly), Double(trials))
    // The larger root of A q² + B q + C.
    let a = 2 * n
    let linear = -(b + c) - (2 * n - b + c) * margin
    let constant = c * margin * (1 + margin)
    let root = max(0, linear * linear - 4 * a * constant)
    let share = (root.squareRoot() - linear) / (2 * a)
    let variance = n * (2 * share - margin * (1 + margin))
    return variance > 0 ? (b - c + n * margin) / variance.squareRoot() : nil
  }

  /// The differences that a two-sided test at level `1 − confidence` does not reject.
  ///
  /// By bisection, 60 steps from each side; the ends are those of the last brackets that lie outside, so
  /// that rounding never makes the interval too short. It always holds ``difference``.
  public func interval(confidence: Double) -> (low: Double, high: Double) {
    let upper = 1 - (1 - confidence) / 2
    let quantile =
      degrees == .infinity
      ? NormalDistribution.quantile(upper) : StudentDistribution.quantile(upper, degrees: degrees)
    let z = quantile * designEffect.squareRoot()
    let value = difference
    func end(from border: Double, rejects: (Double) -> Bool) -> Double {
      var (outside, inside) = (border, value)
      for _ in 0..<60 {
        let middle = (outside + inside) / 2
        guard middle != outside, middle != inside else { break }
        if let found = statistic(against: middle), rejects(found) {
          outside = middle
        } else {
          inside = middle
        }
      }
      return outside
    }
    return (
      value > -1 ? end(from: -1) { $0 > z } : -1, value < 1 ? end(from: 1) { $0 < -z } : 1
    )
  }

  /// The one-sided p-value of non-inferiority.
  ///
  /// The hypothesis that a small value rejects: the first is worse than the second by `margin` or more.
  /// - Parameters:
  ///   - margin: The tolerated worsening, from 0 to below 1.
  ///   - higherIsBetter: Whether a success is good; a false alarm is not.
  /// - Returns: `nil` when nothing can vary.
  public func nonInferiorityP(margin: Double, higherIsBetter: Bool) -> Double? {
    higherIsBetter
      ? statistic(against: -margin).map { upperTail($0) }
      : statistic(against: margin).map { upperTail(-$0) }
  }

  private func upperTail(_ statistic: Double) -> Double {
    let scaled = statistic / designEffect.squareRoot()
    return degrees == .infinity
      ? NormalDistribution.cumulative(-scaled)
      : StudentDistribution.upperTail(scaled, degrees: degrees)
  }

  /// The same for correlated rows: its variance, larger or smaller by ``designEffect``.
  ///
  /// The score test's standard error under the hypothesis, scaled by how much the variance over clients
  /// differs from that of independent rows.
  /// - Parameters:
  ///   - variance: Of the difference, over clients.
  ///   - degrees: Its degrees of freedom.
  /// - Returns: `nil` when either variance is 0.
  /// - Note: Design effect: Rao, Scott 1992, Biometrics 48, 577–585.
  public func clustered(variance: Double, degrees: Double) -> PairedCounts? {
    let rows = Double(trials)
    let plain = (Double(discordant) / rows - difference * difference) / rows
    guard plain > 0, variance > 0, variance.isFinite, degrees > 0 else { return nil }
    var result = self
    result.designEffect = variance / plain
    result.degrees = degrees
    return result
  }

  /// The p-value of equivalence by two one-sided tests, against `−margin` and `+margin`.
  public func equivalenceP(margin: Double) -> Double? {
    guard let above = statistic(against: -margin), let below = statistic(against: margin) else {
      return nil
    }
    return upperTail(min(above, -below))
  }

  /// The two-sided p-value of no difference, McNemar's without correction; `nil` without discordant
  /// rows.
  public var twoSidedP: Double? {
    statistic(against: 0).map { min(1, 2 * upperTail(abs($0))) }
  }
}
