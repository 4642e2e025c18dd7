/// Tests of one measured difference that has a standard error: is it other than 0, is it at least no
/// worse than a margin, is it within a margin on both sides.
///
/// The statistic is `(difference − hypothesised) / standard error`; its distribution is Student's t
/// with ``degrees`` degrees of freedom, the normal one where they are infinite. A test at level `α`
/// one-sided agrees with the interval of confidence `1 − 2α` made from the same numbers: the p-value
/// is at most `α` exactly when the interval's end lies on the tolerated side.
///
/// Without variation (a standard error of 0) there is no statistic and every p-value is `nil`: equal
/// predictions on these rows prove nothing about others.
public struct DifferenceTest: Hashable, Sendable {
  /// The difference, first minus second.
  public var difference: Double
  /// Its standard error, 0 or more.
  public var standardError: Double
  /// Degrees of freedom of the standard error; infinite means normal.
  public var degrees: Double
  /// How far the difference may be from the exact one, where it was read from bins; every test takes
  /// the least favourable end.
  public var errorBound = 0.0

  /// Creates the test; `nil` when the numbers are not finite, the error is negative or the degrees
  /// are not positive.
  public init?(difference: Double, standardError: Double, degrees: Double = .infinity) {
    guard difference.isFinite, standardError.isFinite, standardError >= 0, degrees > 0 else {
      return nil
    }
    self.difference = difference
    self.standardError = standardError
    self.degrees = degrees
  }

  /// The test behind an interval; `nil` when the interval was not made from a standard error.
  public init?(_ estimate: Estimate) {
    guard let value = estimate.value, let interval = estimate.interval,
      let error = interval.standardError, let degrees = interval.degrees
    else { return nil }
    self.init(
      difference: interval.centre ?? value, standardError: error, degrees: degrees)
  }

  /// `difference / standard error`; `nil` without variation.
  public var statistic: Double? {
    let least = max(0, abs(difference) - errorBound)
    return standardError > 0 ? (difference < 0 ? -least : least) / standardError : nil
  }

  /// `P(|T| ≥ |statistic|)`: how often chance alone makes a difference as large as this, were the true
  /// difference 0. `nil` without variation.
  public var twoSidedP: Double? {
    statistic.map { min(1, 2 * StudentDistribution.upperTail(abs($0), degrees: degrees)) }
  }

  /// The one-sided p-value of non-inferiority.
  ///
  /// The hypothesis that a small value rejects: the first is worse than the second by `margin` or
  /// more. With more being better that is `difference ≤ −margin`, with less `difference ≥ margin`.
  /// - Parameter margin: The worsening that is tolerated, 0 or more, in the metric's unit.
  public func nonInferiorityP(margin: Double, higherIsBetter: Bool) -> Double? {
    let sign = higherIsBetter ? 1.0 : -1.0
    return statistic(against: -sign * (margin - errorBound)).map {
      StudentDistribution.upperTail(sign * $0, degrees: degrees)
    }
  }

  /// The one-sided p-value of inferiority: a small one says that the first is worse by more than
  /// `margin`.
  public func inferiorityP(margin: Double, higherIsBetter: Bool) -> Double? {
    let sign = higherIsBetter ? 1.0 : -1.0
    return statistic(against: -sign * (margin + errorBound)).map {
      StudentDistribution.upperTail(-sign * $0, degrees: degrees)
    }
  }

  /// The p-value of equivalence by two one-sided tests: the larger of those against `−margin` and
  /// `+margin`. A small one says that the difference is less than `margin` either way.
  /// - Note: Source: Schuirmann 1987, Journal of Pharmacokinetics and Biopharmaceutics 15, 657–680.
  public func equivalenceP(margin: Double) -> Double? {
    guard let above = statistic(against: errorBound - margin),
      let below = statistic(against: margin - errorBound)
    else { return nil }
    return max(
      StudentDistribution.upperTail(above, degrees: degrees),
      StudentDistribution.upperTail(-below, degrees: degrees))
  }

  private func statistic(against hypothesised: Double) -> Double? {
    standardError > 0 ? (difference - hypothesised) / standardError : nil
  }
}
