import AssayRuns
import AssayStatistics

/// What a guarantee means for an attacker who guesses whether a unit took part, beyond its one (ε, δ).
public struct GuaranteeMeaning: Hashable, Sendable {
  /// An upper bound on an attacker's true-positive rate at a false-positive rate.
  public struct AttackBound: Hashable, Sendable {
    /// How often the attacker accuses a unit that took no part.
    public var falsePositiveRate: Double
    /// The most often that the same attacker can be right about one that did.
    public var truePositiveRate: Double
  }

  /// The least Gaussian guarantee that covers the profile down to δ; exact where ``muError`` is 0. `nil` where none
  /// covers it.
  public var mu: Double?
  /// How much true-positive rate μ grants beyond the profile at most, in `0...1`.
  public var muError: Double?
  /// Bounds on the largest TPR − FPR of any attack.
  public var advantage: (lower: Double, upper: Double) { (advantageLower, advantageUpper) }
  private var advantageLower: Double
  private var advantageUpper: Double
  /// At false-positive rates 0.001, 0.01 and 0.1.
  public var attacks: [AttackBound]
  /// The profile from which the rest is read.
  public var profile: PrivacyProfile

  /// The false-positive rates that reports quote.
  public static let quotedRates = [0.001, 0.01, 0.1]

  /// Computes the meaning of everything released.
  /// - Parameters:
  ///   - history: The releases in any order.
  ///   - delta: The δ that is quoted, strictly between 0 and 1; μ covers the profile down to it.
  ///   - neighbouring: What makes two data sets neighbours.
  ///   - tolerance: Wished-for precision in ε, relative; all results stay bounds at any precision.
  /// - Throws: ``PrivacyError``.
  public init(
    history: [PrivacyEvent], delta: Double, neighbouring: NeighbouringRelation = .addOrRemoveOne,
    tolerance: Double = 1e-3
  ) throws(PrivacyError) {
    if !(delta > 0 && delta < 1) { throw .deltaOutOfRange(found: "\(delta)") }
    let ledger = try ReleaseLedger(history, neighbouring)
    profile = PrivacyProfile(
      ledger, leastDelta: min(1e-6, delta), count: 301, tolerance: tolerance)
    let advantage = profile.advantage
    advantageLower = advantage.lower
    advantageUpper = advantage.upper
    if ledger.hasNoiselessRelease {
      attacks = Self.quotedRates.map { AttackBound(falsePositiveRate: $0, truePositiveRate: 1) }
      return
    }
    if let exact = ledger.gaussianMu {
      mu = exact
      muError = 0
      let curve = GaussianTradeOff(mu: exact)
      attacks = Self.quotedRates.map {
        AttackBound(
          falsePositiveRate: $0,
          truePositiveRate: curve.truePositiveRate(atFalsePositiveRate: $0))
      }
      return
    }
    if let fit = profile.gaussianFit(downTo: delta) {
      mu = fit.mu
      muError = fit.error
    }
    let profile = profile
    attacks = Self.quotedRates.map {
      AttackBound(
        falsePositiveRate: $0, truePositiveRate: profile.truePositiveRate(atFalsePositiveRate: $0))
    }
  }
}

/// ε at several δ for the same releases.
/// - Returns: One guarantee for each of `deltas`, in their order.
/// - Throws: ``PrivacyError``.
public func epsilonCurve(
  history: [PrivacyEvent], deltas: [Double], neighbouring: NeighbouringRelation = .addOrRemoveOne,
  unit: PrivacyUnit? = nil, tolerance: Double = 1e-4
) throws(PrivacyError) -> [PrivacyGuarantee] {
  var curve: [PrivacyGuarantee] = []
  for delta in deltas {
    curve.append(
      try guarantee(
        history: history, delta: delta, neighbouring: neighbouring, unit: unit,
        tolerance: tolerance))
  }
  return curve
}

/// A central-limit estimate of the Gaussian parameter μ, as some tools quote it. It is **not a bound**: it can be,
/// and at usual settings is, below the truth.
///
/// Poisson-sampled Gaussian releases: `μ² = Σ q²(e^{1/σ²} − 1)` over all releases; unsampled ones: `Σ 1/σ²`.
/// - Returns: μ, and the ε at `delta` that it would mean; `nil` where a release is of another kind or has no noise.
/// - Throws: ``PrivacyError``.
/// - Note: Source: Bu, Dong, Long, Su 2020, arXiv:1911.11607, Corollary 5.4.
public func centralLimitEstimate(
  history: [PrivacyEvent], delta: Double, neighbouring: NeighbouringRelation = .addOrRemoveOne
) throws(PrivacyError) -> (mu: Double, epsilon: Double)? {
  if !(delta > 0 && delta < 1) { throw .deltaOutOfRange(found: "\(delta)") }
  let ledger = try ReleaseLedger(history, neighbouring)
  if ledger.hasNoiselessRelease { return nil }
  var square = CompensatedSum()
  for release in ledger.releases {
    guard release.noise == .gaussian else { return nil }
    let inverse = 1 / (release.scale * release.scale)
    switch release.pair {
    case .whole: square.add(Double(release.count) * inverse)
    case .poisson:
      square.add(
        Double(release.count) * release.rate * release.rate * Elementary.expm1(inverse))
    case .poissonReplace, .fixedReplace: return nil
    }
  }
  // At tiny noise e^{1/σ²} is beyond what doubles hold.
  if !square.value.isFinite { return (.infinity, .infinity) }
  let mu = square.value.squareRoot()
  return (mu, GaussianTradeOff(mu: mu).epsilon(atDelta: delta).upper)
}
