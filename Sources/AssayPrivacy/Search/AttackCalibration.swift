import AssayRuns
import AssayStatistics

/// What an attacker who guesses whether a unit took part may achieve at most.
public enum AttackTarget: Hashable, Sendable {
  /// The largest `TPR − FPR` of any attack (membership advantage), strictly between 0 and 1.
  case advantage(atMost: Double)
  /// The true-positive rate at a false-positive rate: `0 < falsePositiveRate < atMost < 1`.
  case truePositiveRate(atMost: Double, falsePositiveRate: Double)

  /// The Gaussian μ at which exactly this much is achieved.
  var mu: Double {
    switch self {
    case .advantage(let most): 2 * Normal.upperQuantile((1 - most) / 2)
    case .truePositiveRate(let most, let rate):
      Normal.upperQuantile(rate) - Normal.upperQuantile(most)
    }
  }

  /// What does not fall with noise: guessing alone has it.
  var floor: Double {
    switch self {
    case .advantage: 0
    case .truePositiveRate(_, let rate): rate
    }
  }

  /// The number that must not be exceeded.
  public var most: Double {
    switch self {
    case .advantage(let most), .truePositiveRate(let most, _): most
    }
  }

  func check() throws(PrivacyError) {
    switch self {
    case .advantage(let most):
      if !(most > 0 && most < 1) {
        throw .parameterOutOfRange(
          name: "target_advantage", found: "\(most)", expected: "a number strictly between 0 and 1")
      }
    case .truePositiveRate(let most, let rate):
      if !(rate > 0 && rate < 1) {
        throw .parameterOutOfRange(
          name: "at_fpr", found: "\(rate)", expected: "a number strictly between 0 and 1")
      }
      if !(most > rate && most < 1) {
        throw .parameterOutOfRange(
          name: "target_tpr", found: "\(most)",
          expected:
            "a number above the false-positive rate, which guessing alone reaches, and below 1")
      }
    }
  }
}

/// The least noise that keeps every attack within a target.
public struct AttackCalibration: Hashable, Sendable {
  /// What was asked for.
  public var target: AttackTarget
  /// The releases with the noise that was found.
  public var event: PrivacyEvent
  /// An upper bound on what any attack achieves there, rounded up to 6 decimals; at most the target.
  public var reached: Double
  /// The guarantee of exactly these releases.
  public var guarantee: PrivacyGuarantee
}

extension PrivacySearch {
  /// The least noise multiplier at which no attack on membership achieves more than a target.
  ///
  /// Calibrates to the attack itself rather than to one pair (ε, δ), which would grant the attacker everything
  /// that the pair does not exclude: at the same true-positive rate this needs far less noise. Reads the whole
  /// curve δ(ε): the advantage is δ(0), and the true-positive rate at a false-positive rate f is at most
  /// `min over ε of δ(ε) + e^ε·f`. A multiple of 1e-6; the smallest one without sampling, else within 1e-4.
  /// ``delta`` and ``accountant`` play no part in the search: they are those of the guarantee that is returned
  /// beside it.
  /// - Throws: ``PrivacyError``: a target that guessing alone reaches, or ``PrivacyError/targetUnreachable(why:)``
  ///   where a multiplier of 1e9 is not enough.
  /// - Complexity: Some 7 curves; measured on one core at rate 0.01 and 10,000 releases 0.3 s.
  /// - Note: Source: Kulynych, Gomez, Kaissis, Calmon, Troncoso 2024, arXiv:2407.02191, Section 3.
  public func leastNoise(_ target: AttackTarget) throws(PrivacyError) -> AttackCalibration {
    try target.check()
    if !(delta > 0 && delta < 1) { throw .deltaOutOfRange(found: "\(delta)") }
    if event.mechanism == .randomizedResponse || event.mechanism == .opaque {
      throw .parameterOutOfRange(
        name: "mechanism", found: event.mechanism.rawValue, expected: "one that adds noise")
    }
    var sample = event
    sample.noiseMultiplier = 1
    let ledger = try ReleaseLedger([sample], neighbouring)
    if ledger.releases.isEmpty { return try calibrated(0, target) }
    var search = MonotoneSearch(
      target: target.most - target.floor, passing: SearchedQuantity.noiseMultiplier.limit,
      failing: 0, exponent: -1)
    search.rounds = false
    let start = start(target, ledger)
    let isExact = ledger.gaussianMu != nil
    if !isExact {
      // A coarse curve is an upper bound too; it only has to come near.
      let near = try search.approach(from: start, resolution: 2e-4, limit: 8) {
        (units) throws(PrivacyError) in
        try reached(units, target, 3e-3) - target.floor
      }
      try search.narrow(from: near, resolution: 6e-5) { (units) throws(PrivacyError) in
        try reached(units, target, 3e-4) - target.floor
      }
    } else {
      try search.narrow(from: start, resolution: 0) { (units) throws(PrivacyError) in
        try reached(units, target, 1) - target.floor
      }
    }
    return try calibrated(search.passing, target)
  }

  private func calibrated(_ units: Int, _ target: AttackTarget) throws(PrivacyError)
    -> AttackCalibration
  {
    let found = try units == 0 ? target.floor : reached(units, target, 3e-4)
    if found > target.most {
      throw .targetUnreachable(why: "a noise multiplier of 1e9 still leaves the attacker more")
    }
    var event = event
    SearchedQuantity.noiseMultiplier.set(units, in: &event)
    return AttackCalibration(
      target: target, event: event, reached: found,
      guarantee: try AssayPrivacy.guarantee(
        history: [event], delta: delta, neighbouring: neighbouring, unit: unit,
        accountant: accountant))
  }

  /// Where a central limit would put the noise, in units of 1e-6.
  private func start(_ target: AttackTarget, _ ledger: ReleaseLedger) -> Int {
    var weight = 0.0
    for release in ledger.releases {
      let scaled = release.rate / (release.pair == .whole ? release.scale : 1)
      weight += Double(release.count) * scaled * scaled
    }
    let square = target.mu * target.mu / weight
    let noise =
      ledger.isAmplified
      ? 1 / PortableMath.log1p(square).squareRoot() : 1 / square.squareRoot()
    return noise > 1e-6 && noise < 1e9 ? Int(noise * 1e6) : 1_000_000
  }

  /// An upper bound on what any attack achieves at a noise, rounded up to 6 decimals.
  private func reached(
    _ units: Int, _ target: AttackTarget, _ tolerance: Double
  ) throws(PrivacyError) -> Double {
    var event = event
    SearchedQuantity.noiseMultiplier.set(units, in: &event)
    let ledger = try ReleaseLedger([event], neighbouring)
    if let mu = ledger.gaussianMu {
      let curve = GaussianTradeOff(mu: mu)
      // 1e-13: the quantile is good to a few ulp, and both tails are.
      switch target {
      case .advantage: return Rounded.up(curve.advantage + 1e-13)
      case .truePositiveRate(_, let rate):
        return Rounded.up(curve.truePositiveRate(atFalsePositiveRate: rate) + 1e-13)
      }
    }
    switch target {
    case .advantage(let most):
      let profile = PrivacyProfile(
        ledger, leastDelta: max(1e-12, most / 10), count: 2, tolerance: tolerance)
      return Rounded.up(min(1, profile.advantage.upper))
    case .truePositiveRate(let most, let rate):
      // δ(ε) + e^ε·f is least where its first part is of the order of the target.
      let profile = PrivacyProfile(
        ledger, leastDelta: max(1e-12, min(rate, most - rate) / 100), count: 301,
        tolerance: tolerance)
      return Rounded.up(min(1, profile.truePositiveRate(atFalsePositiveRate: rate)))
    }
  }
}
