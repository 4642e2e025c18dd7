import AssayRuns
import AssayStatistics

/// How ε is computed; every case is an upper bound.
public enum Accountant: String, CaseIterable, Sendable, Hashable {
  /// The least of all bounds that apply; the guarantee names the winner.
  case best
  /// Closed form: Gaussian releases without sampling (trees and matrix factorisations among them), or one
  /// Laplace release without sampling.
  case exact
  /// Privacy-loss distribution with a certified bracket.
  case pld
  /// Rényi differential privacy at the best order.
  case rdp
  /// Zero-concentrated differential privacy, ρ added up; sampling does not count.
  case zcdp
  /// Sum of the largest losses, beside exactly composed unsampled Gaussian releases.
  case basic
  /// Advanced composition of each release's own (ε, δ): a ceiling.
  case advanced
}

/// An unrounded result of one accountant.
struct Bound {
  var epsilon: Double
  var lower: Double?
  var accountant: Accountant
  var order: Double?
  var errors: [ErrorTerm] = []
}

extension ReleaseLedger {
  /// The bound of an accountant at δ.
  /// - Parameter tolerance: Wished-for width of the `pld` bracket relative to `max(ε, 0.1)`.
  func bound(
    _ accountant: Accountant, delta: Double, tolerance: Double
  ) throws(PrivacyError) -> Bound {
    if hasNoiselessRelease {
      return Bound(
        epsilon: .infinity, lower: hasNegligibleNoise ? nil : .infinity,
        accountant: accountant == .best ? .exact : accountant)
    }
    if releases.isEmpty {
      return Bound(epsilon: 0, lower: 0, accountant: accountant == .best ? .exact : accountant)
    }
    switch accountant {
    case .exact:
      if let exact = exactBound(delta) { return exact }
      throw .accountantNotApplicable(
        accountant: .exact,
        why: "a closed form exists for Gaussian releases without sampling, and for one Laplace "
          + "release without sampling")
    case .pld:
      if let pld = lossDistributionBound(delta, tolerance) { return pld }
      throw .accountantNotApplicable(
        accountant: .pld,
        why:
          "it covers up to \(LossDistributionAccountant.groupLimit) kinds of releases, without sampling "
          + "or with Poisson sampling, with a noise multiplier of 0.05 or more (on whole numbers a "
          + "standard deviation of at most \(Int(AtomLaw.widest))), and δ above 1e-200")
    case .rdp: return renyiBound(delta)
    case .zcdp:
      if let bound = concentratedBound(delta) { return bound }
      throw .accountantNotApplicable(accountant: .zcdp, why: "Skellam noise has no ρ")
    case .basic:
      if let basic = basicBound(delta) { return basic }
      throw .accountantNotApplicable(
        accountant: .basic,
        why: "losses of sampled or discrete Gaussian and of Skellam noise have no bound to add up")
    case .advanced:
      if let bound = advancedBound(delta) { return bound }
      throw .accountantNotApplicable(accountant: .advanced, why: "no ε of one release is known")
    case .best: return bestBound(delta, tolerance)
    }
  }

  private func bestBound(_ delta: Double, _ tolerance: Double) -> Bound {
    if let exact = exactBound(delta) { return exact }
    let moments = renyiBound(delta)
    // In the order in which they are easiest to explain; of equal quotes the first is named.
    var bounds = [basicBound(delta)]
    // Sampling never makes a release less private, so ignoring it is a bound too.
    if isAmplified {
      bounds.append(
        unsampled.exactBound(delta) ?? unsampled.lossDistributionBound(delta, tolerance))
    }
    var lower: Double?
    if moments.epsilon > 0 {
      let pld = lossDistributionBound(delta, tolerance)
      lower = pld?.lower
      bounds.append(pld)
    }
    bounds += [moments, concentratedBound(delta)]
    // A ceiling that hardly ever wins, and has to look at each kind by itself.
    if releases.count <= LossDistributionAccountant.groupLimit {
      bounds.append(advancedBound(delta))
    }
    var best = moments
    var quote = Double.infinity
    for case let bound? in bounds where Rounded.up(bound.epsilon) < quote {
      best = bound
      quote = Rounded.up(bound.epsilon)
    }
    // The lower end belongs to the sampled releases, whichever bound is quoted.
    best.lower = isOpaque ? nil : lower.map { min($0, best.epsilon) }
    return best
  }

  private func exactBound(_ delta: Double) -> Bound? {
    if let mu = gaussianMu {
      let found = GaussianTradeOff(mu: mu).epsilon(atDelta: delta)
      return Bound(epsilon: found.upper, lower: found.lower, accountant: .exact)
    }
    return BasicComposition.singleLaplace(releases, delta: delta).map {
      Bound(epsilon: $0.upper, lower: $0.lower, accountant: .exact)
    }
  }

  private func renyiBound(_ delta: Double) -> Bound {
    let found = RenyiAccountant(releases: releases).epsilon(atDelta: delta)
    return Bound(epsilon: found.epsilon, accountant: .rdp, order: found.order)
  }

  private func basicBound(_ delta: Double) -> Bound? {
    BasicComposition.epsilon(releases, delta: delta).map {
      Bound(epsilon: $0, accountant: .basic)
    }
  }

  private func concentratedBound(_ delta: Double) -> Bound? {
    ConcentratedAccountant.epsilon(releases, delta: delta).map {
      Bound(epsilon: $0.epsilon, accountant: .zcdp, order: $0.order)
    }
  }

  private func advancedBound(_ delta: Double) -> Bound? {
    AdvancedComposition.epsilon(releases, delta: delta).map {
      Bound(epsilon: $0, accountant: .advanced)
    }
  }

  private func lossDistributionBound(_ delta: Double, _ tolerance: Double) -> Bound? {
    guard let accountant = LossDistributionAccountant(releases),
      let found = accountant.bracket(atDelta: delta, tolerance: tolerance), !found.upper.isNaN
    else { return nil }
    return Bound(
      epsilon: found.upper,
      lower: isOpaque ? nil : max(0, min(found.lower, found.upper)), accountant: .pld,
      errors: found.errors)
  }
}

/// The wished-for relative width of the loss-distribution bracket in quoted results.
public let quotedTolerance = 1e-5

/// The certified guarantee of everything released, at one δ.
///
/// The result is an upper bound on ε of all releases together, rounded up to 6 decimals, with the
/// lower end of the bracket rounded down where the accountant has one. Nothing released: ε = 0. A
/// release without noise: ε = +∞, which is a result, not an error. Opaque releases have no lower end: they may be
/// better than they claim. Fixed-size sampling amplifies only
/// under replace-one; elsewhere it is accounted as if everyone took part, and the assumptions say so.
/// - Parameters:
///   - history: The releases in any order; the result does not depend on it.
///   - delta: Failure probability, strictly between 0 and 1; see ``deltaLimit(population:)``.
///   - neighbouring: What makes two data sets neighbours. Replace-one moves one record by two
///     sensitivities.
///   - unit: Whom the guarantee protects; copied into the result and named in the assumptions.
///   - accountant: Which bound; ``Accountant/best`` takes the least.
///   - tolerance: Wished-for width of the `pld` bracket relative to `max(ε, 0.1)`; a wider one is faster and holds
///     as well.
/// - Throws: ``PrivacyError`` naming the offending parameter, or an accountant that has no bound here.
/// - Complexity: Bounded, whatever the number of releases. Measured on one core of a small server:
///   `exact` below 0.1 ms, `rdp` 1 ms, `pld` 60 ms for rate 0.01, noise 1.1 and 10,000 releases (2 s at
///   most, over 10^9 releases and rates down to 1e-12).
public func guarantee(
  history: [PrivacyEvent], delta: Double, neighbouring: NeighbouringRelation = .addOrRemoveOne,
  unit: PrivacyUnit? = nil, accountant: Accountant = .best, tolerance: Double = quotedTolerance
) throws(PrivacyError) -> PrivacyGuarantee {
  if !(delta > 0 && delta < 1) { throw .deltaOutOfRange(found: "\(delta)") }
  let ledger = try ReleaseLedger(history, neighbouring)
  let bound = try ledger.bound(accountant, delta: delta, tolerance: tolerance)
  let epsilon = Rounded.up(bound.epsilon)
  var plain = epsilon
  if ledger.isAmplified, !ledger.hasNoiselessRelease {
    let whole = try ledger.unsampled.bound(.best, delta: delta, tolerance: tolerance)
    plain = Rounded.up(whole.epsilon)
  }
  let isNoisy = !ledger.hasNoiselessRelease
  return PrivacyGuarantee(
    epsilon: epsilon, epsilonLower: bound.lower.map(Rounded.down), delta: delta, unit: unit,
    neighbouring: neighbouring, accountant: bound.accountant.rawValue,
    order: bound.order.flatMap { $0.isFinite ? $0 : nil },
    mu: isNoisy && !ledger.releases.isEmpty ? ledger.gaussianMu : nil, errors: bound.errors,
    assumptions: Assumptions.sentences(
      history: history, ledger: ledger, neighbouring: neighbouring, unit: unit),
    epsilonWithoutAmplification: plain)
}

/// Rounding to 6 decimals in a chosen direction; what is too large for that stays as it is.
enum Rounded {
  /// The least multiple of 1e-6 that is not below `value`.
  static func up(_ value: Double) -> Double {
    if !(value < 1e9) { return value }
    var micro = (value * 1e6).rounded(.up)
    // Dividing exactly what was multiplied inexactly may fall short by one unit.
    if micro / 1e6 < value { micro += 1 }
    return micro / 1e6
  }

  /// The largest multiple of 1e-6 that is not above `value`.
  static func down(_ value: Double) -> Double {
    if !(value < 1e9) { return value }
    var micro = (value * 1e6).rounded(.down)
    if micro / 1e6 > value { micro -= 1 }
    return micro / 1e6
  }
}
