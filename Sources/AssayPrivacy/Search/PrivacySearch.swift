import AssayRuns
import AssayStatistics

/// Equal releases of which one quantity is looked for: the noise, their number, or how many take part.
///
/// ε moves monotonically with each of them, so every search ends at an outer end: the value returned is
/// certified, by the guarantee beside it, and one step further is not. With the accountants `exact`, `rdp`
/// and `basic` a step is one unit of ``SearchedQuantity``; with `pld` (and `best`, where that wins) it
/// is at most 1e-4 of the value.
public struct PrivacySearch: Hashable, Sendable {
  /// The releases; the quantity that is looked for is ignored.
  public var event: PrivacyEvent
  /// Failure probability, strictly between 0 and 1.
  public var delta: Double
  /// What makes two data sets neighbours.
  public var neighbouring: NeighbouringRelation
  /// Whom the guarantee protects; copied into it.
  public var unit: PrivacyUnit?
  /// Which bound certifies the result.
  public var accountant: Accountant

  /// Creates a search.
  public init(
    event: PrivacyEvent, delta: Double, neighbouring: NeighbouringRelation = .addOrRemoveOne,
    unit: PrivacyUnit? = nil, accountant: Accountant = .best
  ) {
    self.event = event
    self.delta = delta
    self.neighbouring = neighbouring
    self.unit = unit
    self.accountant = accountant
  }

  /// The least noise multiplier, a multiple of 1e-6, whose certified ε does not exceed a target.
  ///
  /// No release at all (no steps, rate 0) needs no noise: 0.
  /// - Parameter targetEpsilon: Finite, above 0; compared with ε rounded up to 6 decimals.
  /// - Throws: ``PrivacyError/targetUnreachable(why:)`` when even a multiplier of 1e9 is not enough.
  /// - Complexity: Measured on one core: 0.25 s at rate 0.01 and 10,000 releases, up to 2 s at noise below 0.7 and
  ///   small rates; `rdp` 5 to 10 ms, closed forms below 1 ms.
  public func leastNoise(targetEpsilon: Double) throws(PrivacyError) -> SearchResult {
    try outermost(.noiseMultiplier, targetEpsilon)
  }

  /// The most releases at the given noise and rate whose certified ε does not exceed a target.
  ///
  /// 0 when a single release exceeds it; at most 10^15, which ``SearchResult/isAtLimit`` then tells.
  /// - Parameter targetEpsilon: Finite, above 0; compared with ε rounded up to 6 decimals.
  public func mostSteps(targetEpsilon: Double) throws(PrivacyError) -> SearchResult {
    try outermost(.steps, targetEpsilon)
  }

  /// The largest sampling rate, a multiple of 1e-12, whose certified ε does not exceed a target.
  ///
  /// 0, at which nobody takes part, when even 1e-12 exceeds it; 1, where
  /// ``SearchResult/isAtLimit`` tells, when everyone may take part.
  /// - Parameter targetEpsilon: Finite, above 0; compared with ε rounded up to 6 decimals.
  /// - Throws: ``PrivacyError/parameterOutOfRange(name:found:expected:)`` without sampling.
  public func largestRate(targetEpsilon: Double) throws(PrivacyError) -> SearchResult {
    try outermost(.rate, targetEpsilon)
  }

  /// The largest expected number of participants of one release, a whole number, whose certified ε does
  /// not exceed a target; the sampling rate is that number over the population.
  /// - Parameters:
  ///   - targetEpsilon: Finite, above 0; compared with ε rounded up to 6 decimals.
  ///   - population: Number of units, in `1...10^12`.
  /// - Returns: A rate of 0 when even one participant exceeds the target.
  public func largestCohort(
    targetEpsilon: Double, population: Int
  ) throws(PrivacyError) -> SearchResult {
    if population < 1 || population > 1_000_000_000_000 {
      throw .parameterOutOfRange(
        name: "population", found: "\(population)", expected: "1 to 1000000000000")
    }
    return try outermost(.cohort(population: population), targetEpsilon)
  }
}

/// What a search looks for.
public enum SearchedQuantity: Hashable, Sendable {
  /// The noise multiplier, in units of 1e-6, up to 1e9.
  case noiseMultiplier
  /// The number of releases, up to 10^15.
  case steps
  /// The sampling rate, in units of 1e-12.
  case rate
  /// The expected number of participants out of a population.
  case cohort(population: Int)

  /// The largest number of units.
  var limit: Int {
    switch self {
    case .noiseMultiplier, .steps: ReleaseLedger.stepLimit
    case .rate: 1_000_000_000_000
    case .cohort(let population): population
    }
  }

  /// Whether ε rises with the quantity; it falls with noise.
  var rises: Bool { self != .noiseMultiplier }

  /// A usual power with which ε grows, for the first step.
  var exponent: Double {
    switch self {
    case .noiseMultiplier: -1.3
    case .steps: 0.6
    case .rate, .cohort: 1
    }
  }

  /// Sets the quantity to a number of units.
  func set(_ units: Int, in event: inout PrivacyEvent) {
    switch self {
    case .noiseMultiplier: event.noiseMultiplier = Double(units) / 1e6
    case .steps: event.steps = units
    case .rate: event.samplingRate = Double(units) / 1e12
    case .cohort(let population): event.samplingRate = Double(units) / Double(population)
    }
  }

  /// Where to begin.
  func start(in event: PrivacyEvent) -> Int {
    switch self {
    case .noiseMultiplier: 1_000_000
    case .steps: 1_000
    case .rate: 10_000_000_000
    case .cohort(let population): max(1, population / 100)
    }
  }
}

/// The outermost value of a quantity that still meets a target.
public struct SearchResult: Hashable, Sendable {
  /// The releases with the value that was found.
  public var event: PrivacyEvent
  /// The certified guarantee of exactly these releases.
  public var guarantee: PrivacyGuarantee
  /// Whether the search ended at the largest value it looks at, so that more might be possible.
  public var isAtLimit: Bool
}

extension PrivacySearch {
  /// Searches one quantity, by the cheap Rényi bound first where the loss distribution certifies.
  func outermost(
    _ quantity: SearchedQuantity, _ target: Double
  ) throws(PrivacyError) -> SearchResult {
    if !(target > 0 && target.isFinite) { throw .targetOutOfRange(found: "\(target)") }
    if !(delta > 0 && delta < 1) { throw .deltaOutOfRange(found: "\(delta)") }
    switch quantity {
    case .rate, .cohort:
      if event.sampling == .none {
        throw .parameterOutOfRange(
          name: "sampling", found: "none",
          expected: "poisson or fixed, since ε does not depend on a rate without sampling")
      }
    case .noiseMultiplier:
      if event.mechanism == .randomizedResponse || event.mechanism == .opaque {
        throw .parameterOutOfRange(
          name: "mechanism", found: event.mechanism.rawValue, expected: "one that adds noise")
      }
    case .steps: break
    }
    // Checks every other parameter, and finds histories that release nothing.
    var sample = event
    quantity.set(quantity.start(in: event), in: &sample)
    let ledger = try ReleaseLedger([sample], neighbouring)
    if ledger.releases.isEmpty, !ledger.hasNoiselessRelease { return try idle(quantity) }
    var search = MonotoneSearch(
      target: target, passing: quantity.rises ? 0 : quantity.limit,
      failing: quantity.rises ? quantity.limit + 1 : 0, exponent: quantity.exponent)
    // The limit itself first: past it nothing is looked at, and no root lies inside.
    if try passes(quantity.limit, quantity, target) {
      if quantity.rises { return try confirmed(quantity.limit, quantity, target) }
    } else if !quantity.rises {
      throw .targetUnreachable(
        why: "a noise multiplier of 1e9 still gives a larger ε by accountant "
          + "'\(accountant.rawValue)'")
    }
    let known = try narrow(&search, quantity, ledger)
    return try confirmed(search.passing, quantity, target, known)
  }

  /// A value whose guarantee was worked out on the way.
  private typealias Known = (units: Int, guarantee: PrivacyGuarantee)

  private func narrow(
    _ search: inout MonotoneSearch, _ quantity: SearchedQuantity, _ ledger: ReleaseLedger
  ) throws(PrivacyError) -> Known? {
    let start = quantity.start(in: event)
    switch accountant {
    case .exact, .rdp, .zcdp, .basic, .advanced:
      try search.narrow(from: start, resolution: 0) { (units) throws(PrivacyError) in
        try bound(units, quantity, accountant, 1).epsilon
      }
    case .best, .pld:
      if accountant == .best, (try? ledger.bound(.exact, delta: delta, tolerance: 1)) != nil {
        try search.narrow(from: start, resolution: 0) { (units) throws(PrivacyError) in
          try bound(units, quantity, .best, 1).epsilon
        }
        return nil
      }
      var cheap = search
      try cheap.narrow(from: start, resolution: 1e-3) { (units) throws(PrivacyError) in
        try bound(units, quantity, .rdp, 1).epsilon
      }
      // The middle of a coarse bracket is far closer to the truth than its ends.
      let near = try search.approach(from: cheap.passing, resolution: 2e-4, limit: 6) {
        (units) throws(PrivacyError) in
        let found = try bound(units, quantity, accountant, 1e-3)
        return found.lower.map { ($0 + found.epsilon) / 2 } ?? found.epsilon
      }
      // The first look is meant to pass: it is the answer, unless the others find a better one.
      var known: Known?
      try search.narrow(from: near, resolution: 9e-5) { (units) throws(PrivacyError) in
        if known != nil { return try bound(units, quantity, accountant, 5e-5).epsilon }
        let found = try quoted(units, quantity)
        known = (units, found)
        return found.epsilon
      }
      return known
    }
    return nil
  }

  /// The guarantee at a value.
  private func quoted(
    _ units: Int, _ quantity: SearchedQuantity
  ) throws(PrivacyError) -> PrivacyGuarantee {
    var event = event
    quantity.set(units, in: &event)
    return try AssayPrivacy.guarantee(
      history: [event], delta: delta, neighbouring: neighbouring, unit: unit,
      accountant: accountant)
  }

  private func bound(
    _ units: Int, _ quantity: SearchedQuantity, _ accountant: Accountant, _ tolerance: Double
  ) throws(PrivacyError) -> Bound {
    var event = event
    quantity.set(units, in: &event)
    do throws(PrivacyError) {
      return try ReleaseLedger([event], neighbouring).bound(
        accountant, delta: delta, tolerance: tolerance)
    } catch .stepsOutOfRange where quantity == .steps {
      // A tree or a run counts as many releases.
      return Bound(epsilon: .infinity, accountant: accountant)
    }
  }

  private func passes(
    _ units: Int, _ quantity: SearchedQuantity, _ target: Double
  ) throws(PrivacyError) -> Bool {
    // What RDP certifies needs no grid; at the limits the grid is slowest.
    if accountant == .best, try Rounded.up(bound(units, quantity, .rdp, 1).epsilon) <= target {
      return true
    }
    if quantity == .steps || quantity == .noiseMultiplier {
      let cheap: Accountant = accountant == .best || accountant == .pld ? .rdp : accountant
      return try Rounded.up(bound(units, quantity, cheap, 1).epsilon) <= target
    }
    return try Rounded.up(bound(units, quantity, accountant, 1e-3).epsilon) <= target
  }

  /// The guarantee at a value; moves inwards while the quoted grid, which is finer than the one searched
  /// on, says a hair more.
  private func confirmed(
    _ units: Int, _ quantity: SearchedQuantity, _ target: Double, _ known: Known? = nil
  ) throws(PrivacyError) -> SearchResult {
    var units = units
    var event = event
    while true {
      quantity.set(units, in: &event)
      let found: PrivacyGuarantee
      if let known, known.units == units {
        found = known.guarantee
      } else {
        found = try quoted(units, quantity)
      }
      if found.epsilon <= target || (quantity.rises && units == 0) {
        return SearchResult(
          event: event, guarantee: found, isAtLimit: quantity.rises && units == quantity.limit)
      }
      let step = max(1, units / 100_000)
      units += quantity.rises ? -step : step
      if units > quantity.limit {
        throw .targetUnreachable(why: "the noise multiplier would exceed 1e9")
      }
    }
  }

  /// Nothing is released whatever the quantity is: no noise is needed, and the rest is unlimited.
  private func idle(_ quantity: SearchedQuantity) throws(PrivacyError) -> SearchResult {
    var event = event
    let units = quantity.rises ? quantity.limit : 0
    quantity.set(units, in: &event)
    return SearchResult(
      event: event, guarantee: try quoted(units, quantity), isAtLimit: quantity.rises)
  }
}
