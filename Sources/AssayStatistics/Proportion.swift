/// Exact and near-exact inference about proportions.
public enum Proportion {
  /// The Wilson score interval of `successes` in `trials`.
  ///
  /// Centre `(p + z²/2n) / (1 + z²/n)`, half-width `z √(p(1−p)/n + z²/4n²) / (1 + z²/n)`.
  /// - Returns: `nil` without trials; otherwise an interval within `0...1` that holds the observed
  ///   share.
  /// - Note: Source: Wilson 1927, JASA 22, 209–212.
  public static func wilson(
    successes: Double, trials: Double, confidence: Double
  ) -> (low: Double, high: Double)? {
    guard trials > 0 else { return nil }
    let z = NormalDistribution.quantile(1 - (1 - confidence) / 2)
    let share = successes / trials
    let scale = 1 + z * z / trials
    let centre = (share + z * z / (2 * trials)) / scale
    let half =
      z * (share * (1 - share) / trials + z * z / (4 * trials * trials)).squareRoot() / scale
    return (max(0, min(share, centre - half)), min(1, max(share, centre + half)))
  }
}

/// McNemar's comparison of two classifiers on the same rows.
public struct McNemarTest: Hashable, Sendable {
  /// Rows that only the first classifier has right.
  public var firstOnly: Int
  /// Rows that only the second classifier has right.
  public var secondOnly: Int

  /// Creates the test from its discordant counts.
  public init(firstOnly: Int, secondOnly: Int) {
    self.firstOnly = firstOnly
    self.secondOnly = secondOnly
  }

  /// The exact two-sided p-value: `min(1, 2 P(X ≤ min(b, c)))`, `X` binomial(b + c, ½).
  ///
  /// 1 when no row is discordant. Terms are summed downwards from the largest, whose logarithm is
  /// taken, so that nothing underflows.
  /// - Note: Source: McNemar 1947, Psychometrika 12, 153–157; exact form as in statsmodels `mcnemar`.
  public var exactP: Double {
    let trials = firstOnly + secondOnly
    guard trials > 0, firstOnly >= 0, secondOnly >= 0 else { return 1 }
    let least = min(firstOnly, secondOnly)
    if 2 * least == trials { return 1 }
    let n = Double(trials)
    let m = Double(least)
    let logTerm =
      BetaFunction.logGamma(n + 1) - BetaFunction.logGamma(m + 1)
      - BetaFunction.logGamma(n - m + 1) - n * PortableMath.log(2)
    var term = 1.0
    var sum = CompensatedSum(1)
    var k = m
    while k > 0 {
      term *= k / (n - k + 1)
      if term < 1e-18 { break }
      sum.add(term)
      k -= 1
    }
    return min(1, 2 * PortableMath.exp(logTerm + PortableMath.log(sum.value)))
  }

  /// The chi-square statistic with continuity correction, `(|b − c| − 1)² / (b + c)`; 0 when the
  /// counts are equal (also both 0), where the correction would overshoot.
  /// - Note: Source: Edwards 1948, Psychometrika 13, 185–187; as statsmodels `mcnemar` with
  ///   `exact=False, correction=True` for unequal counts.
  public var correctedChiSquare: Double {
    guard firstOnly != secondOnly, firstOnly >= 0, secondOnly >= 0 else { return 0 }
    let excess = abs(Double(firstOnly) - Double(secondOnly)) - 1
    return excess * excess / (Double(firstOnly) + Double(secondOnly))
  }

  /// The p-value of ``correctedChiSquare`` with one degree of freedom: `2 Φ(−√x)`.
  ///
  /// An approximation that wants 25 discordant rows or more; with fewer, ``exactP`` is the one to
  /// read.
  public var correctedChiSquareP: Double {
    min(1, 2 * NormalDistribution.cumulative(-correctedChiSquare.squareRoot()))
  }

  /// The one-sided p-value of non-inferiority in accuracy, by the score test for paired proportions.
  ///
  /// The hypothesis that a small value rejects: the first is right on at least `margin` fewer of all
  /// rows than the second. Unlike the test from the interval it takes its standard error under that
  /// hypothesis, and so keeps its level when few rows are discordant:
  /// `z = (b − c + n m) / √(n (2 q − m (1 + m)))`, `q` the most likely share of rows that only the second
  /// has right when the difference is `−m`.
  /// - Parameters:
  ///   - margin: The tolerated loss of accuracy, from 0 to below 1.
  ///   - rows: All labelled rows, discordant or not.
  /// - Returns: `nil` when the counts do not fit `rows` or when nothing can vary.
  /// - Note: Source: Tango 1998, Statistics in Medicine 17, 891–908.
  public func nonInferiorityP(margin: Double, rows: Int) -> Double? {
    guard margin >= 0 else { return nil }
    return PairedCounts(firstOnly: firstOnly, secondOnly: secondOnly, trials: rows)?
      .nonInferiorityP(margin: margin, higherIsBetter: true)
  }

  /// The p-value of equivalence by two one-sided score tests, against `−margin` and `+margin`.
  public func equivalenceP(margin: Double, rows: Int) -> Double? {
    guard margin >= 0 else { return nil }
    return PairedCounts(firstOnly: firstOnly, secondOnly: secondOnly, trials: rows)?
      .equivalenceP(margin: margin)
  }
}
