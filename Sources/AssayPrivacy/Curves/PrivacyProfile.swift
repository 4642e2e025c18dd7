import AssayRuns
import AssayStatistics

/// δ as a function of ε for everything released: what a single pair (ε, δ) is one point of.
///
/// Both ends of each point are certified, as in ``guarantee(history:delta:neighbouring:unit:accountant:tolerance:)``.
/// - Note: Source: Balle, Barthe, Gaboardi 2018, arXiv:1807.01647, Section 2 (privacy profiles).
public struct PrivacyProfile: Hashable, Sendable {
  /// A budget and what δ it needs.
  public struct Point: Hashable, Sendable {
    /// The budget ε, 0 or more.
    public var epsilon: Double
    /// Nothing below this δ is true of the accounted mechanism; 0 where no lower end is known.
    public var lower: Double
    /// This δ holds; 1 says nothing.
    public var upper: Double
  }

  /// In increasing order of ε, from 0 on.
  public let points: [Point]
  /// The smallest δ that the points reach for.
  public let leastDelta: Double

  /// Computes the profile at evenly spaced ε from 0 to the ε of `leastDelta`.
  /// - Parameters:
  ///   - history: The releases in any order.
  ///   - leastDelta: Where the curve ends, strictly between 0 and 1.
  ///   - count: How many points, 2 or more.
  ///   - tolerance: Wished-for precision in ε, relative.
  /// - Throws: ``PrivacyError``.
  public init(
    history: [PrivacyEvent], neighbouring: NeighbouringRelation = .addOrRemoveOne,
    leastDelta: Double = 1e-9, count: Int = 401, tolerance: Double = 1e-4
  ) throws(PrivacyError) {
    if !(leastDelta > 0 && leastDelta < 1) { throw .deltaOutOfRange(found: "\(leastDelta)") }
    let ledger = try ReleaseLedger(history, neighbouring)
    self.init(ledger, leastDelta: leastDelta, count: max(2, count), tolerance: tolerance)
  }

  init(_ ledger: ReleaseLedger, leastDelta: Double, count: Int, tolerance: Double) {
    self.leastDelta = leastDelta
    if ledger.hasNoiselessRelease {
      points = [Point(epsilon: 0, lower: 1, upper: 1)]
      return
    }
    if ledger.releases.isEmpty {
      points = [Point(epsilon: 0, lower: 0, upper: 0)]
      return
    }
    let moments = RenyiAccountant(releases: ledger.releases)
    let mu = ledger.gaussianMu
    let ceiling =
      mu.map { GaussianTradeOff(mu: $0).epsilon(atDelta: leastDelta).upper }
      ?? moments.epsilon(atDelta: leastDelta).epsilon
    let last = min(ceiling.isFinite ? ceiling : 1e3, 1e6)
    let epsilons = (0..<count).map { last * Double($0) / Double(count - 1) }
    if let mu {
      let curve = GaussianTradeOff(mu: mu)
      points = epsilons.map {
        let found = curve.deltaBracket(atEpsilon: $0)
        return Point(epsilon: $0, lower: found.lower, upper: found.upper)
      }
      return
    }
    var found = LossDistributionAccountant(ledger.releases)?.deltas(
      at: epsilons.reversed(), around: max(leastDelta, 1e-4).squareRoot(), tolerance: tolerance)
    if found == nil {
      // Moments alone, where the loss distribution says nothing.
      found = moments.deltas(at: epsilons).reversed().map { (0, $0) }
    }
    let brackets = found ?? []
    // δ falls with ε: what holds for less holds for more.
    var points: [Point] = []
    var upper = 1.0
    for (index, epsilon) in epsilons.enumerated() {
      let bracket = brackets[epsilons.count - 1 - index]
      upper = min(upper, bracket.upper)
      points.append(
        Point(
          epsilon: epsilon, lower: ledger.isOpaque ? 0 : min(bracket.lower, upper), upper: upper))
    }
    self.points = points
  }

  /// The largest `TPR − FPR` of any attack that decides whether a unit took part: δ(0), in `0...1`.
  /// - Note: Source: Kairouz, Oh, Viswanath 2015, arXiv:1311.0776, Theorem 2.1; Yeom et al. 2018, arXiv:1709.01604,
  ///   Definition 4 (membership advantage).
  public var advantage: (lower: Double, upper: Double) {
    points.first.map { ($0.lower, $0.upper) } ?? (0, 1)
  }

  /// The highest true-positive rate of any such attack at a false-positive rate, in `0...1`: an upper bound,
  /// `min over ε of δ(ε) + e^ε·FPR` and of `1 − e^{−ε}(1 − δ(ε) − FPR)`.
  /// - Parameter rate: How often units that took no part are accused, in `0...1`.
  /// - Note: Source: Dong, Roth, Su 2019, arXiv:1905.02383, Proposition 2.12.
  public func truePositiveRate(atFalsePositiveRate rate: Double) -> Double {
    let rate = min(1, max(0, rate))
    var best = 1.0
    for point in points {
      let growth = PortableMath.exp(point.epsilon)
      best = min(best, point.upper + growth * rate, 1 - (1 - point.upper - rate) / growth)
    }
    return min(1, max(rate, best * (1 + 1e-14)))
  }

  /// The least Gaussian guarantee that covers the profile wherever it is at least `delta`, and how much it gives away.
  ///
  /// `mu` is the least μ with `δ_μ(ε) ≥ δ(ε)` at every point of the profile with δ(ε) ≥ `delta`, rounded up to 6
  /// decimals; `error` is the largest true-positive rate that the Gaussian curve grants beyond the profile's,
  /// over false-positive rates from 1e-4 on. `nil` where no finite μ does.
  /// - Note: Source: Gomez, Kulynych et al. 2025, arXiv:2503.10945 (μ-GDP with its fit error).
  public func gaussianFit(downTo delta: Double) -> (mu: Double, error: Double)? {
    var mu = 0.0
    for point in points where point.upper >= delta && point.upper > 0 {
      if GaussianTradeOff(mu: mu).deltaBracket(atEpsilon: point.epsilon).lower >= point.upper {
        continue
      }
      guard let needed = GaussianTradeOff.least(covering: point.upper, at: point.epsilon) else {
        return nil
      }
      mu = max(mu, needed)
    }
    mu = Rounded.up(mu)
    let curve = GaussianTradeOff(mu: mu)
    var error = 0.0
    for rate in Self.rates {
      error = max(
        error,
        curve.truePositiveRate(atFalsePositiveRate: rate)
          - truePositiveRate(atFalsePositiveRate: rate))
    }
    return (mu, error)
  }

  /// The trade-off curve: false-positive rates from 1e-4 to 1, and the highest true-positive rate at each.
  public var tradeOff: [(falsePositiveRate: Double, truePositiveRate: Double)] {
    Self.rates.map { ($0, truePositiveRate(atFalsePositiveRate: $0)) }
  }

  /// Half decades of three up to 0.1, then steps of 0.05.
  static let rates: [Double] =
    [1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2]
    + (2...20).map { Double($0) / 20 }
}

extension GaussianTradeOff {
  /// The least μ whose δ at `epsilon` is at least `delta`; `nil` where even a μ of 10,000 is not enough.
  static func least(covering delta: Double, at epsilon: Double) -> Double? {
    if delta <= 0 { return 0 }
    var low = 0.0
    var high = 1.0
    func covers(_ mu: Double) -> Bool {
      GaussianTradeOff(mu: mu).deltaBracket(atEpsilon: epsilon).lower >= delta
    }
    while !covers(high) {
      if high > 1e4 { return nil }
      low = high
      high *= 2
    }
    for _ in 0..<48 {
      let middle = (low + high) / 2
      if covers(middle) { high = middle } else { low = middle }
    }
    return high
  }
}
