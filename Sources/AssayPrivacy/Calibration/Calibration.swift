import AssayRuns
import AssayStatistics

/// The smallest noise whose certified ε does not exceed a target.
///
/// The noise multiplier is a multiple of 1e-6. For `exact`, `rdp` and `basic` it is the smallest such
/// multiple; for `pld` (and `best`, where that wins) it is within 1e-4 relative of it. No release at
/// all (`steps` 0 or rate 0) needs no noise: 0.
/// - Parameters:
///   - targetEpsilon: Finite, above 0; compared with ε rounded up to 6 decimals.
///   - delta: Failure probability, strictly between 0 and 1.
///   - samplingRate: Probability or fraction with which one unit takes part.
///   - sampling: How units are chosen; by default Poisson when the rate is below 1.
///   - steps: Number of releases, all with the same noise.
///   - neighbouring: What makes two data sets neighbours.
///   - mechanism: The noise that is added.
///   - unit: Whom the guarantee protects; copied into it.
///   - accountant: Which bound certifies the result.
/// - Returns: The noise multiplier, and the guarantee at exactly that noise.
/// - Throws: ``PrivacyError`` naming the offending parameter; ``PrivacyError/targetUnreachable(why:)``
///   when even a noise multiplier of 1e9 is not enough.
public func noiseMultiplier(
  targetEpsilon: Double, delta: Double, samplingRate: Double = 1,
  sampling: PrivacyEvent.Sampling? = nil, steps: Int = 1,
  neighbouring: NeighbouringRelation = .addOrRemoveOne,
  mechanism: PrivacyEvent.Mechanism = .gaussian, unit: PrivacyUnit? = nil,
  accountant: Accountant = .best
) throws(PrivacyError) -> (noiseMultiplier: Double, guarantee: PrivacyGuarantee) {
  if !(targetEpsilon > 0 && targetEpsilon.isFinite) {
    throw .targetOutOfRange(found: "\(targetEpsilon)")
  }
  if !(delta > 0 && delta < 1) { throw .deltaOutOfRange(found: "\(delta)") }
  let search = Calibration(
    event: PrivacyEvent(
      mechanism: mechanism, noiseMultiplier: 1, samplingRate: samplingRate, sampling: sampling,
      steps: steps),
    delta: delta, neighbouring: neighbouring, target: targetEpsilon)
  let ledger = try ReleaseLedger([search.event], neighbouring)
  var micro = 0
  if !ledger.releases.isEmpty {
    switch accountant {
    case .exact, .rdp, .zcdp, .basic, .advanced: micro = try search.smallest(accountant)
    case .best, .pld:
      let isExact = (try? ledger.bound(.exact, delta: delta, tolerance: 1)) != nil
      micro =
        isExact && accountant == .best
        ? try search.smallest(.exact)
        : try search.refined(from: search.smallest(.rdp), accountant)
    }
  }
  var event = search.event
  while true {
    event.noiseMultiplier = Double(micro) / 1e6
    let found = try guarantee(
      history: [event], delta: delta, neighbouring: neighbouring, unit: unit,
      accountant: accountant)
    if found.epsilon <= targetEpsilon { return (event.noiseMultiplier, found) }
    // The quoted grid is finer than the one searched on, and its bound hardly ever larger.
    micro += max(1, micro / 100_000)
  }
}

/// A search over noise multipliers in units of 1e-6.
private struct Calibration {
  /// A noise multiplier of 1e9.
  static let highest = 1_000_000_000_000_000

  var event: PrivacyEvent
  var delta: Double
  var neighbouring: NeighbouringRelation
  var target: Double

  /// The rounded certified ε at a noise multiplier.
  func epsilon(
    _ micro: Int, _ accountant: Accountant, _ tolerance: Double = 5e-5
  ) throws(PrivacyError) -> Double {
    var event = event
    event.noiseMultiplier = Double(micro) / 1e6
    let ledger = try ReleaseLedger([event], neighbouring)
    return Rounded.up(try ledger.bound(accountant, delta: delta, tolerance: tolerance).epsilon)
  }

  /// The least noise by bisection: ε falls as noise grows. The start is found by doubling.
  func smallest(_ accountant: Accountant) throws(PrivacyError) -> Int {
    var low = 0
    var high = 1_000_000
    while try epsilon(high, accountant) > target {
      if high >= Self.highest {
        throw .targetUnreachable(
          why: "a noise multiplier of 1e9 still gives a larger ε by accountant "
            + "'\(accountant.rawValue)'")
      }
      low = high
      high = min(high * 4, Self.highest)
    }
    while high - low > 1 {
      // Geometric while the ends are far apart, so that small answers are found as fast as large.
      let middle =
        high > 4 * low + 16
        ? Int((Double(max(low, 1)) * Double(high)).squareRoot()) : low + (high - low) / 2
      let probe = min(high - 1, max(low + 1, middle))
      if try epsilon(probe, accountant) > target { low = probe } else { high = probe }
    }
    return high
  }

  /// The least noise by the loss-distribution accountant, from a start that RDP found: secant steps on
  /// log ε against log noise, on a coarse grid first, until a passing and a failing noise are close.
  func refined(from start: Int, _ accountant: Accountant) throws(PrivacyError) -> Int {
    var high = start
    // Only `pld` alone can be above RDP.
    while accountant == .pld, try epsilon(high, accountant) > target {
      if high >= Self.highest { throw .targetUnreachable(why: "the noise would exceed 1e9") }
      high = min(high * 2, Self.highest)
    }
    var secant = Secant(target: target)
    var probe = high
    for _ in 0..<12 {
      guard let next = secant.next(after: probe, try epsilon(probe, accountant, 1e-3)) else {
        break
      }
      let step = abs(next - probe)
      probe = min(high, max(1, next))
      if step <= probe / 10_000 + 1 { break }
    }
    var low = 0
    secant.forget()
    for _ in 0..<60 {
      if high - low <= max(1, high / 50_000) { break }
      let found = try epsilon(probe, accountant)
      if found <= target { high = min(high, probe) } else { low = max(low, probe) }
      let margin = max(1, high / 150_000)
      var next = secant.next(after: probe, found) ?? low
      next += found <= target ? -margin : margin
      // Stay inside, and at least a margin from the ends.
      if next <= low || next >= high { next = low + (high - low) / 2 }
      probe = next
    }
    return high
  }
}

/// Steps towards a target ε, which falls with noise like a power whose exponent is learnt on the way.
private struct Secant {
  var target: Double
  private var exponent = -1.3
  private var last: (noise: Double, epsilon: Double)?

  init(target: Double) { self.target = target }

  /// Keeps the exponent but not the last point.
  mutating func forget() { last = nil }

  /// Where to look next, having found `epsilon` at `micro`; `nil` where a power law says nothing.
  mutating func next(after micro: Int, _ epsilon: Double) -> Int? {
    if !(epsilon > 0) || !epsilon.isFinite { return nil }
    let noise = PortableMath.log(Double(micro))
    let level = PortableMath.log(epsilon)
    if let last, abs(last.noise - noise) > 1e-5 {
      exponent = min(-0.3, max(-40, (last.epsilon - level) / (last.noise - noise)))
    }
    last = (noise, level)
    let step = (PortableMath.log(target) - level) / exponent
    let next = Double(micro) * PortableMath.exp(min(0.7, max(-0.7, step)))
    return next < 1e15 ? Int(next) : nil
  }
}
