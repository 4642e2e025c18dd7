import AssayRuns
import AssayStatistics

// How published values of ε were worked out. None of this certifies anything today: the first conversion is
// loose, a list of orders misses the best one, and PRV's end is that of an estimate. They are here so that a printed
// value can be recognised, and set beside what holds; so is ``centralLimitEstimate(history:delta:neighbouring:)``.

/// Rényi accounting as it was printed from 2016 to about 2021: a list of orders, and the conversion
/// `ε = ρ(α) + log(1/δ)/(α − 1)`.
///
/// A bound, but a loose one: ``guarantee(history:delta:neighbouring:unit:accountant:)`` is always tighter.
/// - Note: Source: Mironov 2017, arXiv:1702.07476, Proposition 3; with whole orders up to 33 it is the
///   moments accountant of Abadi et al. 2016, arXiv:1607.00133, Theorem 2.
public struct ClassicRenyi: Hashable, Sendable {
  /// The orders α that are tried, each above 1.
  public var orders: [Double]
  /// Whether today's conversion is used instead of the classic one.
  public var usesTodaysConversion: Bool

  /// Creates an accountant.
  public init(orders: [Double], usesTodaysConversion: Bool = false) {
    self.orders = orders
    self.usesTodaysConversion = usesTodaysConversion
  }

  /// The moments accountant: moments 1 to 32, which are the orders 2 to 33.
  public static let momentsAccountant = ClassicRenyi(orders: (2...33).map(Double.init))
  /// dp-accounting since 2022, today's conversion: tenths below 11, whole orders to 63, and four powers of 2.
  public static let dpAccounting = ClassicRenyi(
    orders: (11...109).map { Double($0) / 10 } + (11...63).map(Double.init)
      + [128, 256, 512, 1_024], usesTodaysConversion: true)
  /// Opacus since 2022: the orders of its tutorials, today's conversion.
  public static let opacus = ClassicRenyi(orders: tutorials.orders, usesTodaysConversion: true)
  /// TensorFlow Privacy's tutorials and Opacus: tenths below 11, whole orders from 12 to 63.
  public static let tutorials = ClassicRenyi(
    orders: (11...109).map { Double($0) / 10 } + (12...63).map(Double.init))

  /// The least bound over the orders, and the order that gives it.
  /// - Parameters:
  ///   - history: The releases.
  ///   - delta: Failure probability, strictly between 0 and 1.
  ///   - neighbouring: What makes two data sets neighbours.
  /// - Returns: +∞ where some release has no noise, or no order is given.
  public func epsilon(
    history: [PrivacyEvent], delta: Double, neighbouring: NeighbouringRelation = .addOrRemoveOne
  ) throws(PrivacyError) -> (epsilon: Double, order: Double?) {
    if !(delta > 0 && delta < 1) { throw .deltaOutOfRange(found: "\(delta)") }
    let ledger = try ReleaseLedger(history, neighbouring)
    if ledger.hasNoiselessRelease { return (.infinity, nil) }
    if ledger.releases.isEmpty { return (0, nil) }
    let accountant = RenyiAccountant(releases: ledger.releases)
    var best = (epsilon: Double.infinity, order: Double?.none)
    for order in orders where order > 1 {
      let today = accountant.epsilon(order: order, delta: delta)
      var found = today
      if !usesTodaysConversion {
        // Today's is ρ + log(1 − 1/α) − log(δα)/(α − 1), the classic one ρ − log δ/(α − 1).
        let logOrder = PortableMath.log(order)
        found = today - (PortableMath.log(order - 1) - logOrder) + logOrder / (order - 1)
      }
      if found < best.epsilon { best = (max(0, found), order) }
    }
    return best
  }
}

/// What Opacus and prv_accountant call the upper bound of their PRV accountant, reckoned from certified numbers:
/// the true ε at a slightly smaller δ, plus the error that was allowed.
///
/// Their bound is `ε̂(δ − δ_error) + ε_error`, with ε̂ off by much less than the allowed error. So the printed
/// value is about one ε_error above the truth.
/// - Note: Source: Gopi, Lee, Wutschitz 2021, arXiv:2106.02848, section 5; δ_error = δ/1000 as in Opacus 1.6.0.
public func randomVariableUpperEstimate(
  history: [PrivacyEvent], delta: Double, allowedError: Double = 0.01
) throws(PrivacyError) -> Double {
  let found = try guarantee(history: history, delta: delta * 0.999, accountant: .best)
  return found.epsilon + allowedError
}
