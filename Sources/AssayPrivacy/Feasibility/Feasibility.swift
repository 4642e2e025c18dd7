import AssayRuns
import AssayStatistics

/// The δ that is used when none is given: `min(1e-5, 1 / N^1.1)`, N the number of protected units.
/// - Parameter population: N, 1 or more.
/// - Throws: ``PrivacyError/parameterOutOfRange(name:found:expected:)`` below 1.
public func defaultDelta(population: Int) throws(PrivacyError) -> Double {
  try checkPopulation(population)
  return min(1e-5, PortableMath.exp(-1.1 * PortableMath.log(Double(population))))
}

/// The largest δ that is accepted, `1 / N`: above it, publishing one unit's data outright would pass.
/// - Parameter population: N, 1 or more.
public func deltaLimit(population: Int) throws(PrivacyError) -> Double {
  try checkPopulation(population)
  return 1 / Double(population)
}

/// Standard deviation of the noise in one coordinate of the released mean:
/// `noiseMultiplier · clip / (q · N)`, in the unit of the clip.
/// - Parameters:
///   - noiseMultiplier: Noise over the clipping bound, 0 or more.
///   - clip: L2 bound on one unit's contribution, above 0.
///   - samplingRate: q, above 0.
///   - population: N, 1 or more.
public func noisePerCoordinate(
  noiseMultiplier: Double, clip: Double, samplingRate: Double, population: Int
) throws(PrivacyError) -> Double {
  try checkPopulation(population)
  try check(noiseMultiplier >= 0, "noise_multiplier", noiseMultiplier, "a number, 0 or more")
  try check(clip > 0 && clip.isFinite, "clip", clip, "a finite number above 0")
  try check(samplingRate > 0 && samplingRate <= 1, "sampling_rate", samplingRate, "0 < q ≤ 1")
  return noiseMultiplier * clip / (samplingRate * Double(population))
}

/// What it takes to reach a target ε with tolerable noise.
public struct PopulationRequirement: Hashable, Sendable {
  /// The least number of units.
  public var population: Int
  /// The δ used at that population, by the default rule.
  public var delta: Double
  /// The noise multiplier that certifies the target there.
  public var noiseMultiplier: Double
  /// Noise per coordinate of the mean there.
  public var noisePerCoordinate: Double
}

/// The least number of clients at which a target ε leaves a tolerable amount of noise.
///
/// Solves `noise(N)·clip / (q·N) ≤ tolerable` for the least whole N, with `noise(N)` the smallest
/// noise multiplier for the target at `δ = min(1e-5, 1/N^1.1)`. Noise grows only with √log N, so N is
/// found by fixed-point steps, then confirmed by bisection between a failing and a passing N.
/// - Parameters:
///   - targetEpsilon: Finite, above 0.
///   - tolerableNoise: Largest standard deviation per coordinate of the mean, above 0.
///   - clip: L2 bound on one client's contribution, above 0.
///   - samplingRate: Probability q with which one client takes part, kept fixed; 1 means all.
///   - steps: Number of releases, 1 or more.
///   - neighbouring: What makes two data sets neighbours.
///   - accountant: Which bound certifies; ``Accountant/rdp`` is fast and slightly pessimistic, and
///     is replaced by the closed form where every client takes part.
///   - limit: The largest population that is considered.
/// - Returns: `nil` when more than `limit` clients would be needed.
public func leastPopulation(
  targetEpsilon: Double, tolerableNoise: Double, clip: Double, samplingRate: Double = 1,
  steps: Int, neighbouring: NeighbouringRelation = .addOrRemoveOne,
  accountant: Accountant = .rdp, limit: Int = 1_000_000_000_000
) throws(PrivacyError) -> PopulationRequirement? {
  try check(
    tolerableNoise > 0 && tolerableNoise.isFinite, "tolerable_noise", tolerableNoise,
    "a finite number above 0")
  try check(clip > 0 && clip.isFinite, "clip", clip, "a finite number above 0")
  try check(samplingRate > 0 && samplingRate <= 1, "sampling_rate", samplingRate, "0 < q ≤ 1")
  try check(steps >= 1, "steps", Double(steps), "1 or more")
  func requirement(_ population: Int) throws(PrivacyError) -> PopulationRequirement {
    let delta = try defaultDelta(population: population)
    let found = try noiseMultiplier(
      targetEpsilon: targetEpsilon, delta: delta, samplingRate: samplingRate, steps: steps,
      neighbouring: neighbouring,
      accountant: samplingRate == 1 && accountant == .rdp ? .exact : accountant)
    return PopulationRequirement(
      population: population, delta: delta, noiseMultiplier: found.noiseMultiplier,
      noisePerCoordinate: found.noiseMultiplier * clip / (samplingRate * Double(population)))
  }
  var failing = 0
  var passing: PopulationRequirement?
  var guess = 1
  for _ in 0..<60 {
    let found = try requirement(guess)
    if found.noisePerCoordinate <= tolerableNoise {
      if found.population < passing?.population ?? .max { passing = found }
    } else {
      failing = max(failing, guess)
    }
    if let passing, passing.population - failing <= 1 { return passing }
    if failing >= limit { return nil }
    let needed = (found.noiseMultiplier * clip / (samplingRate * tolerableNoise)).rounded(.up)
    var next = needed < Double(limit) ? max(1, Int(needed)) : limit
    if next == guess { next = found.noisePerCoordinate <= tolerableNoise ? guess - 1 : guess + 1 }
    if let passing, next <= failing || next >= passing.population {
      next = failing + (passing.population - failing) / 2
    }
    guess = min(limit, max(failing + 1, next))
  }
  return passing
}

/// Several histories over the same data, one after the other; equal neighbours are joined.
///
/// Seeds and arms that touch the same units spend one budget together: their joint ε is that of the
/// joined history, not the largest and not a mean.
public func composed(_ histories: [[PrivacyEvent]]) -> [PrivacyEvent] {
  var joined: [PrivacyEvent] = []
  for event in histories.joined() {
    if var last = joined.last {
      var same = event
      same.steps = last.steps
      let (steps, overflow) = last.steps.addingReportingOverflow(event.steps)
      if same == last, !overflow, event.steps >= 0, last.steps >= 0 {
        last.steps = steps
        joined[joined.count - 1] = last
        continue
      }
    }
    joined.append(event)
  }
  return joined
}

/// What a guarantee for a unit means for people, in words.
/// - Parameters:
///   - unit: Whom the guarantee protects; `nil` when not recorded.
///   - clientIs: What a client is, as in the pilot file: `silo`, `person` or `device`.
public func protection(unit: PrivacyUnit?, clientIs: String?) -> String {
  switch (unit, clientIs) {
  case (.example, _):
    "Protects one row. Someone with several rows, or rows at several clients, is protected less: ε "
      + "grows with the number of rows."
  case (.user, _):
    "Protects one person with all of their rows, as far as the stated bound on rows of one person held."
  case (.client, "silo"), (.silo, _):
    "Protects one organisation with all of its rows, and hence every person in it against outsiders; "
      + "a person known to several organisations is protected less. Within the organisation nothing "
      + "is hidden."
  case (.client, "person"):
    "Protects one person with all of their rows."
  case (.client, "device"):
    "Protects one device with all of its rows; a person with several devices is protected less."
  case (.client, _):
    "Protects one client with all of its rows; whether that is a person is not recorded."
  case (nil, _):
    "Whom the guarantee protects is not recorded, so it says nothing definite about people."
  }
}

private func checkPopulation(_ population: Int) throws(PrivacyError) {
  try check(population >= 1, "population", Double(population), "1 or more")
}

private func check(
  _ holds: Bool, _ name: String, _ found: Double, _ expected: String
) throws(PrivacyError) {
  if !holds { throw .parameterOutOfRange(name: name, found: "\(found)", expected: expected) }
}
