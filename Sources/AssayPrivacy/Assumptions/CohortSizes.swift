import AssayStatistics

/// Whether sizes of samples look like what Poisson sampling gives: independent binomial numbers.
///
/// Three probabilities under that hypothesis, each for an error in one direction. None proves that units
/// were drawn independently; a very small one refutes it.
public struct CohortSizes: Hashable, Sendable {
  /// Below this probability a hypothesis is refuted. A project default, not a standard: with it one in a
  /// million truly Poisson runs is wrongly accused by each test.
  public static let threshold = 1e-6

  /// Sizes in order; two or more say something.
  public let sizes: [Int]
  /// Number of units, 1 or more.
  public let population: Int
  /// Probability with which one unit is drawn.
  public let rate: Double

  /// Creates the question; `nil` when there is nothing to test: fewer than two sizes, or a rate of 0 or 1.
  public init?(sizes: [Int], population: Int, rate: Double) {
    guard sizes.count > 1, population > 0, rate > 0, rate < 1 else { return nil }
    self.sizes = sizes
    self.population = population
    self.rate = rate
  }

  private var mean: Double { Double(population) * rate }
  private var variance: Double { mean * (1 - rate) }

  /// Smallest and largest size.
  public var range: ClosedRange<Int> { (sizes.min() ?? 0)...(sizes.max() ?? 0) }

  /// Units that were drawn over draws that were possible.
  public var observedRate: Double {
    sizes.reduce(0) { $0 + Double($1) } / (Double(sizes.count) * Double(population))
  }

  /// How many standard deviations the mean size lies above what the rate gives.
  public var excess: Double {
    let count = Double(sizes.count)
    return (observedRate - rate) * Double(population) * count.squareRoot() / variance.squareRoot()
  }

  /// `P(largest − smallest ≤ what was seen)`, exact: constant sizes over many rounds make it tiny.
  ///
  /// With `F(a, b) = P(a ≤ n ≤ b)` and T sizes it is `Σ over a of F(a, a+w)^T − F(a+1, a+w)^T`. 1 where the
  /// distribution is too wide to add up.
  public var rangeProbability: Double {
    let width = range.upperBound - range.lowerBound
    guard let masses = binomial else { return 1 }
    var sums = [0.0]
    for mass in masses { sums.append(sums[sums.count - 1] + mass) }
    let total = sums[sums.count - 1]
    let last = masses.count
    func power(_ first: Int, _ end: Int) -> Double {
      let part = (sums[min(last, max(0, end))] - sums[min(last, max(0, first))]) / total
      return part > 0 ? PortableMath.exp(Double(sizes.count) * PortableMath.log(min(1, part))) : 0
    }
    if width >= last { return 1 }
    var probability = 0.0
    for start in -width..<last {
      probability += power(start, start + width + 1) - power(start + 1, start + width + 1)
    }
    return max(0, min(1, probability))
  }

  /// `P(Σ((n − Nq)² + 1/12)/(Nq(1−q)) ≤ what was seen)` by the χ² distribution with as many degrees of freedom
  /// as there are sizes: an approximation, `nil` where Nq(1−q) is below 5. The twelfth is Sheppard's
  /// correction for sizes that are whole numbers; without it equal sizes would have no probability at all.
  public var spreadProbability: Double? {
    guard variance >= 5 else { return nil }
    let statistic = sizes.reduce(0.0) { sum, size in
      let distance = Double(size) - mean
      return sum + (distance * distance + 1.0 / 12) / variance
    }
    let upper = ChiSquaredDistribution.upperTail(statistic, degrees: Double(sizes.count))
    return max(0, 1 - upper)
  }

  /// The smaller of the two probabilities of so little spread.
  public var regularity: Double { min(rangeProbability, spreadProbability ?? 1) }

  /// Masses of the binomial distribution around its mode, up to a common factor; `nil` where that is wider
  /// than a million numbers.
  private var binomial: [Double]? {
    let reach = 40 * variance.squareRoot() + 60
    let low = max(0, Int((mean - reach).rounded(.down)))
    let high = min(population, Int((mean + reach).rounded(.up)))
    guard high - low <= 1_000_000 else { return nil }
    let mode = min(high, max(low, Int(mean.rounded(.down))))
    let odds = rate / (1 - rate)
    var masses = [Double](repeating: 0, count: high - low + 1)
    masses[mode - low] = 1
    for k in stride(from: mode, to: high, by: 1) {
      masses[k + 1 - low] = masses[k - low] * Double(population - k) / Double(k + 1) * odds
    }
    for k in stride(from: mode, to: low, by: -1) {
      masses[k - 1 - low] = masses[k - low] * Double(k) / Double(population - k + 1) / odds
    }
    return masses
  }
}
