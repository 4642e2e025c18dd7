import AssayStatistics

/// Log-moments under sampling of a fixed number without replacement, replace-one.
///
/// For whole orders, with `ε(j)` the Rényi divergence of the unsampled release at order j and `ε(∞)`
/// its limit:
/// `K(α) ≤ log(1 + q²·C(α,2)·min(4(e^{ε(2)} − 1), e^{ε(2)}·m₂) + Σ_{j=3…α} q^j·C(α,j)·e^{(j−1)ε(j)}·m_j)`,
/// `m_j = min(2, (e^{ε(∞)} − 1)^j)`. Between whole orders K is convex, so the chord is a bound.
/// - Note: Source: Wang, Balle, Kasiviswanathan 2019, arXiv:1808.00087, Theorem 9 and Corollary 10.
enum FixedSizeMoments {
  /// Orders above this one use the bound without amplification.
  static let highestOrder = 2_048.0

  /// The log-moment for any order above 1.
  /// - Parameters:
  ///   - rate: The sampled fraction.
  ///   - limit: `ε(∞)` of the unsampled release; +∞ for Gaussian noise.
  ///   - whole: The log-moment of the unsampled release at an order.
  static func bound(
    order: Double, rate: Double, limit: Double, whole: (Double) -> Double
  ) -> Double {
    let ceiling = whole(order)
    if order > highestOrder { return ceiling }
    let low = order.rounded(.down)
    let high = order.rounded(.up)
    let lowMoment = low <= 1 ? 0 : atWholeOrder(low, rate, limit, whole)
    if low == high { return min(lowMoment, ceiling) }
    let highMoment = atWholeOrder(high, rate, limit, whole)
    let chord = lowMoment + (order - low) * (highMoment - lowMoment)
    return chord.isNaN ? ceiling : min(chord * (1 + 1e-12), ceiling)
  }

  private static func atWholeOrder(
    _ order: Double, _ rate: Double, _ limit: Double, _ whole: (Double) -> Double
  ) -> Double {
    let logRate = PortableMath.log(rate)
    let logLimit = limit > 700 ? limit : PortableMath.log(Elementary.expm1(limit))
    let second = whole(2)
    let logTwo = 0.6931471805599453
    // log(e^ε − 1) = ε + log(1 − e^{−ε})
    let logSecond = second + PortableMath.log(-Elementary.expm1(-second))
    var logChoose = PortableMath.log(order * (order - 1) / 2)
    var total =
      2 * logRate + logChoose + min(2 * logTwo + logSecond, second + min(logTwo, 2 * logLimit))
    var j = 3.0
    while j <= order {
      logChoose += PortableMath.log((order - j + 1) / j)
      let term = j * logRate + logChoose + whole(j) + min(logTwo, j * logLimit)
      total = Elementary.logAdd(total, term)
      j += 1
    }
    if total < -30 { return PortableMath.exp(total) * (1 + 1e-12) }
    return Elementary.logAdd(0, total) * (1 + 1e-12)
  }
}
