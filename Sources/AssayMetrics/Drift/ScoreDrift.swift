import AssayStatistics

/// How far the scores of one set of rows lie from those of another.
///
/// Labels play no part. Bins are 10 of equal width over `0...1`, bin `min(⌊10 score⌋, 9)`.
public struct ScoreDrift: Hashable, Sendable {
  /// Rows of the set that is compared.
  public var rows: Int
  /// Rows of the set it is compared with.
  public var referenceRows: Int
  /// Rows in each bin.
  public var counts: [Int]
  /// Rows of the reference in each bin.
  public var referenceCounts: [Int]
  /// Population stability index: `Σ (a − r) ln(a / r)` over bins, with shares a and r of the rows,
  /// each at least 1e-6. Depends on the sizes: two samples of one population have a positive index.
  public var populationStabilityIndex: Double
  /// Kolmogorov–Smirnov: the largest distance of the two cumulative distributions, exact, `0...1`.
  public var kolmogorovSmirnov: Double
  /// p-value of the statistic for two independent samples; conservative with ties. `nil` where the
  /// two sets are not independent, as two arms' scores of the same rows.
  public var kolmogorovSmirnovP: Double?
  /// Wasserstein-1 (earth mover's) distance, in units of the score: the area between the two
  /// cumulative distributions.
  public var wasserstein: Double
  /// Jensen–Shannon distance of the two bin distributions, base 2, `0...1`: the root of the
  /// divergence.
  public var jensenShannon: Double

  /// Number of bins.
  public static let binCount = 10
  /// Least share of a bin in the population stability index.
  public static let leastShare = 1e-6

  /// Measures the drift of `rows` from `reference`.
  /// - Parameter independent: Whether the two sets are independent samples, so that a p-value means
  ///   something.
  /// - Returns: `nil` when either set is empty.
  public init?(
    _ rows: ScoreDistribution, from reference: ScoreDistribution, independent: Bool
  ) {
    guard rows.count > 0, reference.count > 0 else { return nil }
    self.rows = rows.count
    referenceRows = reference.count
    counts = rows.binCounts(Self.binCount)
    referenceCounts = reference.binCounts(Self.binCount)
    let shares = counts.map { Double($0) / Double(rows.count) }
    let others = referenceCounts.map { Double($0) / Double(reference.count) }
    populationStabilityIndex = Self.stability(shares, others)
    jensenShannon = Self.jensenShannon(shares, others)
    (kolmogorovSmirnov, wasserstein) = Self.distances(rows, reference)
    kolmogorovSmirnovP =
      independent
      ? KolmogorovDistribution.pValue(
        statistic: kolmogorovSmirnov, rows: Double(rows.count), and: Double(reference.count))
      : nil
  }

  static func stability(_ a: [Double], _ b: [Double]) -> Double {
    var sum = CompensatedSum()
    for (first, second) in zip(a, b) {
      let x = max(leastShare, first)
      let y = max(leastShare, second)
      sum.add((x - y) * PortableMath.log(x / y))
    }
    return sum.value
  }

  static func jensenShannon(_ a: [Double], _ b: [Double]) -> Double {
    var sum = CompensatedSum()
    for (x, y) in zip(a, b) {
      let middle = (x + y) / 2
      if x > 0 { sum.add(x * PortableMath.log(x / middle)) }
      if y > 0 { sum.add(y * PortableMath.log(y / middle)) }
    }
    return max(0, min(1, sum.value / 2 / PortableMath.log(2))).squareRoot()
  }

  /// The largest distance of the cumulative distributions, and the area between them.
  private static func distances(
    _ a: ScoreDistribution, _ b: ScoreDistribution
  ) -> (largest: Double, area: Double) {
    var largest = 0.0
    var area = CompensatedSum()
    var below = (0, 0)
    var previous: Double?
    var gap = 0.0
    ScoreDistribution.walk(a, b) { score, first, second in
      if let previous { area.add(gap * (score - previous)) }
      if let first { below.0 += a.positives[first] + a.negatives[first] + a.unlabelled[first] }
      if let second { below.1 += b.positives[second] + b.negatives[second] + b.unlabelled[second] }
      gap = abs(Double(below.0) / Double(a.count) - Double(below.1) / Double(b.count))
      largest = max(largest, gap)
      previous = score
    }
    return (largest, area.value)
  }
}

extension ScoreDistribution {
  /// Rows, with a label or without, in each of `bins` bins of equal width over `0...1`.
  public func binCounts(_ bins: Int) -> [Int] {
    var counts = Array(repeating: 0, count: max(1, bins))
    for index in scores.indices {
      counts[PreparedSeed.bin(scores[index], of: counts.count)] +=
        positives[index] + negatives[index] + unlabelled[index]
    }
    return counts
  }
}

/// The limiting distribution of the Kolmogorov–Smirnov statistic.
enum KolmogorovDistribution {
  /// `P(D ≥ statistic)` for two independent samples of one population, asymptotically.
  ///
  /// `Q(λ) = 2 Σ (−1)^(k−1) e^(−2 k² λ²)` at `λ = (√n + 0.12 + 0.11/√n) D`, `n` the effective size
  /// `a b / (a + b)`. Below λ = 1.18 the other series of the same function, which converges there:
  /// `1 − √(2π)/λ Σ e^(−(2k−1)² π² / (8 λ²))`.
  /// - Note: Source: Stephens 1970, JRSS B 32, 115–122; Press et al., Numerical Recipes, 3rd ed.,
  ///   section 14.3.3.
  static func pValue(statistic: Double, rows a: Double, and b: Double) -> Double {
    let root = (a * b / (a + b)).squareRoot()
    let lambda = (root + 0.12 + 0.11 / root) * statistic
    if !(lambda > 0) { return 1 }
    var sum = 0.0
    if lambda < 1.18 {
      let exponent = -Double.pi * Double.pi / (8 * lambda * lambda)
      for k in [1.0, 3, 5, 7] { sum += PortableMath.exp(k * k * exponent) }
      return max(0, min(1, 1 - (2 * Double.pi).squareRoot() / lambda * sum))
    }
    for k in 1...6 {
      let term = PortableMath.exp(-2 * Double(k * k) * lambda * lambda)
      sum += k % 2 == 1 ? term : -term
    }
    return max(0, min(1, 2 * sum))
  }
}
