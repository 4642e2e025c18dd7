/// Student's t distribution.
public enum StudentDistribution {
  /// Above this many degrees of freedom the quantile is the normal one with four corrections, whose
  /// truncation error (about z⁹ / df⁵) is then below 1e-16.
  private static let seriesLimit = 20_000.0

  /// `P(T ≤ t)` with `degrees` of freedom, any positive real number; +∞ means normal.
  ///
  /// `1 − ½ I(df / (df + t²); df/2, ½)` for `t ≥ 0`.
  public static func cumulative(_ t: Double, degrees: Double) -> Double {
    guard degrees > 0, !t.isNaN else { return .nan }
    if degrees == .infinity { return NormalDistribution.cumulative(t) }
    let tail = 0.5 * BetaFunction.regularized(degrees / (degrees + t * t), degrees / 2, 0.5)
    return t > 0 ? 1 - tail : tail
  }

  /// `P(T > t)`, with full relative precision however small it is.
  ///
  /// `½ I(df / (df + t²); df/2, ½)` for `t ≥ 0`. Where `df` is above 200 the front factor takes
  /// `log Γ(a + ½) − log Γ(a)` from its own series: the difference of two large logarithms would
  /// lose digits.
  /// - Note: Source of the series: Abramowitz and Stegun 6.1.47 at ½.
  public static func upperTail(_ t: Double, degrees: Double) -> Double {
    guard degrees > 0, !t.isNaN else { return .nan }
    if t < 0 { return 1 - upperTail(-t, degrees: degrees) }
    if degrees == .infinity { return NormalDistribution.cumulative(-t) }
    if t == .infinity { return 0 }
    let share = t * t / degrees
    return 0.5 * BetaFunction.regularizedHalf(excess: share, a: degrees / 2)
  }

  /// The `t` with `P(T ≤ t) = p`; −∞ at 0, +∞ at 1, NaN outside of `0...1` or for `degrees ≤ 0`.
  ///
  /// Starts at the Cornish–Fisher expansion and halves an enclosing interval whenever a Newton step
  /// would leave it, so it also converges for a fraction of one degree of freedom.
  /// - Note: Source of the expansion: Abramowitz and Stegun, 26.7.5.
  public static func quantile(_ p: Double, degrees: Double) -> Double {
    guard p >= 0, p <= 1, degrees > 0 else { return .nan }
    if p == 0 { return -.infinity }
    if p == 1 { return .infinity }
    if p == 0.5 { return 0 }
    if p < 0.5 { return -upperQuantile(tail: p, degrees: degrees) }
    return upperQuantile(tail: 1 - p, degrees: degrees)
  }

  private static func upperQuantile(tail: Double, degrees: Double) -> Double {
    let z = -NormalDistribution.quantile(tail)
    if degrees == .infinity { return z }
    let guess = expansion(z, degrees)
    if degrees > seriesLimit { return guess }
    // log density without its constant part.
    let constant =
      BetaFunction.logGamma((degrees + 1) / 2) - BetaFunction.logGamma(degrees / 2)
      - 0.5 * PortableMath.log(degrees * Double.pi)
    var low = 0.0
    var high = Double.infinity
    var t = guess.isFinite && guess > 0 ? guess : 1
    for _ in 0..<200 {
      let excess =
        0.5 * BetaFunction.regularized(degrees / (degrees + t * t), degrees / 2, 0.5) - tail
      if excess == 0 { return t }
      if excess > 0 { low = t } else { high = t }
      let density = PortableMath.exp(
        constant - (degrees + 1) / 2 * PortableMath.log1p(t * t / degrees))
      var next = t + excess / density
      if !(next > low && next < high) { next = high == .infinity ? t * 2 : (low + high) / 2 }
      if abs(next - t) <= 4e-16 * t { return next }
      t = next
    }
    return t
  }

  private static func expansion(_ z: Double, _ degrees: Double) -> Double {
    let z2 = z * z
    let g1 = (z2 + 1) * z / 4
    let g2 = ((5 * z2 + 16) * z2 + 3) * z / 96
    let g3 = (((3 * z2 + 19) * z2 + 17) * z2 - 15) * z / 384
    let g4 = ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) * z / 92160
    return z + (g1 + (g2 + (g3 + g4 / degrees) / degrees) / degrees) / degrees
  }
}

/// The gamma and beta functions that distributions are made of.
public enum BetaFunction {
  /// `log Γ(x)` for `x > 0`; NaN otherwise.
  ///
  /// Stirling's series after shifting `x` to 12 or more; absolute error about `1e-16 · |value|`.
  public static func logGamma(_ x: Double) -> Double {
    guard x > 0 else { return .nan }
    if x == .infinity { return .infinity }
    var shifted = x
    var product = 1.0
    while shifted < 12 {
      product *= shifted
      shifted += 1
    }
    let inverse = 1 / shifted
    let square = inverse * inverse
    var series = -1.0 / 360360 * 691
    series = series * square + 1.0 / 1188
    series = series * square - 1.0 / 1680
    series = series * square + 1.0 / 1260
    series = series * square - 1.0 / 360
    series = series * square + 1.0 / 12
    series *= inverse
    let stirling =
      (shifted - 0.5) * PortableMath.log(shifted) - shifted + 0.9189385332046727 + series
    return stirling - PortableMath.log(product)
  }

  /// The regularized incomplete beta function `I(x; a, b)`, a probability.
  ///
  /// Lentz's continued fraction on the side where it converges fast.
  /// - Note: Source: NIST Digital Library of Mathematical Functions, 8.17.22.
  public static func regularized(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard a > 0, b > 0, !x.isNaN else { return .nan }
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    let front = PortableMath.exp(
      logGamma(a + b) - logGamma(a) - logGamma(b) + a * PortableMath.log(x)
        + b * PortableMath.log1p(-x))
    if x < (a + 1) / (a + b + 2) { return front * fraction(x, a, b) / a }
    return 1 - front * fraction(1 - x, b, a) / b
  }

  /// `I(1 / (1 + excess); a, ½)`: twice the upper tail of Student's t, where `a` is half the degrees
  /// and `excess` is t² / degrees.
  static func regularizedHalf(excess: Double, a: Double) -> Double {
    guard a > 0, excess >= 0 else { return .nan }
    if excess == 0 { return 1 }
    let x = 1 / (1 + excess)
    let complement = excess / (1 + excess)
    var logRatio: Double
    if a > 100 {
      let square = 1 / (a * a)
      logRatio =
        0.5 * PortableMath.log(a)
        - (1.0 / 8 - (1.0 / 192 - (1.0 / 640 - 17.0 / 14336 * square) * square) * square) / a
    } else {
      logRatio = logGamma(a + 0.5) - logGamma(a)
    }
    // Γ(½) = √π; x^a (1 − x)^½.
    logRatio -= 0.5723649429247001
    let front = PortableMath.exp(
      logRatio - a * PortableMath.log1p(excess) + 0.5 * PortableMath.log(complement))
    if x < (a + 1) / (a + 2.5) { return min(1, front * fraction(x, a, 0.5) / a) }
    return max(0, 1 - front * fraction(complement, 0.5, a) / 0.5)
  }

  private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    func kept(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / kept(1 - (a + b) * x / (a + 1))
    var result = d
    for index in 1...10_000 {
      let m = Double(index)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / kept(1 + even * d)
      c = kept(1 + even / c)
      result *= d * c
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / kept(1 + odd * d)
      c = kept(1 + odd / c)
      result *= d * c
      if abs(d * c - 1) < 1e-16 { break }
    }
    return result
  }
}
