import AssayStatistics

/// Log-moments of Laplace noise of scale b under Poisson sampling, add-or-remove-one.
///
/// The unsampled loss ℓ of `Lap(1, b)` against `Lap(0, b)` is +1/b with probability ½·e^{−1/b} (for
/// z ≥ 1), −1/b with probability ½ (z ≤ 0) and `(2z − 1)/b` between, at density `e^{−z/b}/(2b)`. Both
/// directions, `E[r^α]` and `E[r^{1−α}]` with `r = 1 − q + q·e^ℓ`, are computed; the larger counts.
/// - Note: Source: Zhu, Wang 2019, ICML, "Poisson subsampled Rényi differential privacy", whose bound
///   this evaluates exactly for Laplace noise.
enum PoissonLaplaceMoments {
  /// The log-moment for any order above 1.
  static func bound(order: Double, scale: Double, rate: Double) -> Double {
    let whole = WholeMoments.laplace(order: order, scale: scale)
    // Below this scale a single release costs ε > 20 and the no-sampling bound is as good.
    if scale < 0.05 || whole > 600 || order / scale > 600 { return whole }
    let forward = excess(exponent: order, scale: scale, rate: rate)
    let backward = excess(exponent: 1 - order, scale: scale, rate: rate)
    let value = PortableMath.log1p(max(forward, backward)) * (1 + 1e-10)
    return value.isNaN ? whole : min(value, whole)
  }

  /// `E[r^s − 1 − s(r − 1)]`, which equals `E[r^s] − 1` because `E[r] = 1`; not negative for `s > 1`
  /// and for `s < 0`.
  private static func excess(exponent s: Double, scale: Double, rate: Double) -> Double {
    func term(_ loss: Double) -> Double { curvature(rate * Elementary.expm1(loss), s) }
    let inverse = 1 / scale
    var sum = CompensatedSum(0.5 * term(-inverse))
    sum.add(0.5 * PortableMath.exp(-inverse) * term(inverse))
    // Panels are short beside the distance πb/2 of the nearest singularity and beside the growth
    // of the power, so eight Gauss points leave less than 1e-13.
    let panels = max(8, (8 * inverse * max(1, abs(s) / 8)).rounded(.up))
    let width = 1 / panels
    var panel = 0.0
    while panel < panels {
      for (node, weight) in zip(GaussLegendre.eight.nodes, GaussLegendre.eight.weights) {
        let z = (panel + node) * width
        let density = 0.5 * inverse * PortableMath.exp(-z * inverse)
        sum.add(weight * width * density * term((2 * z - 1) * inverse))
      }
      panel += 1
    }
    return max(0, sum.value)
  }

  /// `(1 + u)^s − 1 − su` for `u > −1`, by its series near 0.
  private static func curvature(_ u: Double, _ s: Double) -> Double {
    if abs(u) * max(1, abs(s)) < 0.05 {
      var series = 1.0
      for k in stride(from: 12.0, through: 3.0, by: -1.0) {
        series = 1 + (s - k + 1) * u / k * series
      }
      return s * (s - 1) / 2 * u * u * series
    }
    return max(0, Elementary.expm1(s * PortableMath.log1p(u)) - s * u)
  }
}

/// Gauss–Legendre rules on `0...1`.
struct GaussLegendre: Sendable {
  /// Positions in `0...1`.
  let nodes: [Double]
  /// Weights; they add up to 1.
  let weights: [Double]

  /// From the positive half of a symmetric rule on `−1...1`; a node at 0 stands once.
  private init(half: [(node: Double, weight: Double)]) {
    var pairs: [(Double, Double)] = []
    for (node, weight) in half {
      pairs.append(((1 + node) / 2, weight / 2))
      if node > 0 { pairs.append(((1 - node) / 2, weight / 2)) }
    }
    nodes = pairs.map(\.0)
    weights = pairs.map(\.1)
  }

  /// Three points: exact for polynomials of degree 5.
  static let three = GaussLegendre(half: [
    (0, 0.8888888888888889), (0.7745966692414834, 0.5555555555555556),
  ])

  /// Five points: exact for polynomials of degree 9.
  static let five = GaussLegendre(half: [
    (0, 0.5688888888888889), (0.5384693101056831, 0.4786286704993665),
    (0.9061798459386640, 0.2369268850561891),
  ])

  /// Eight points: exact for polynomials of degree 15.
  static let eight = GaussLegendre(half: [
    (0.1834346424956498, 0.3626837833783620), (0.5255324099163290, 0.3137066458778873),
    (0.7966664774136267, 0.2223810344533745), (0.9602898564975363, 0.1012285362903763),
  ])
}
