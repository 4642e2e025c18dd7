import AssayRuns
import AssayStatistics

/// Compares a stated ε with what its recorded releases give.
/// - Parameters:
///   - claimed: The stated ε.
///   - record: The releases, relation and δ as recorded.
///   - poissonRate: The rate that the artifact's accountant counted although its settings deny Poisson samples.
///   - otherSteps: Numbers of releases that the records name beside the history, and what they are.
/// - Returns: `nil` where too little is recorded to compute ε.
public func compareClaim(
  _ claimed: Double, _ record: PrivacyRecord, poissonRate: Double? = nil,
  otherSteps: [(steps: Int, what: String)] = []
) -> ClaimComparison? {
  let relation = record.neighbouring ?? .addOrRemoveOne
  guard let delta = record.delta, !record.history.isEmpty,
    let computed = try? guarantee(
      history: record.history, delta: delta, neighbouring: relation, unit: record.unit)
  else { return nil }
  let readings = ClaimReadings(history: record.history, delta: delta, relation: relation)
  var found = [
    ClaimReading(
      kind: .best, title: "the accountant \(computed.accountant)", epsilon: computed.epsilon)
  ]
  found += readings.accountants()
  found += readings.otherRelations()
  if record.history.contains(where: \.isSampled) {
    found += readings.reading(
      .unsampled, "counting every unit in each release", record.history.map(\.withoutSampling))
  }
  if let poissonRate, poissonRate < 1 {
    let poisson = record.history.map { event in
      var event = event
      event.sampling = .poisson
      event.samplingRate = poissonRate
      return event
    }
    let sampled = ClaimReadings(history: poisson, delta: delta, relation: relation)
    found += sampled.reading(
      .poisson, "counting Poisson samples at rate \(words(poissonRate))", poisson)
    found += sampled.accountants().map {
      ClaimReading(
        kind: $0.kind == .gaussianLimit ? .gaussianLimit : .poisson,
        title: "\($0.title) for Poisson samples at rate \(words(poissonRate))", epsilon: $0.epsilon)
    }
  }
  for other in otherSteps {
    let total = record.history.reduce(0) { $0 + $1.steps }
    guard other.steps != total, other.steps > 0, var event = record.history.first,
      record.history.count == 1
    else { continue }
    event.steps = other.steps
    let shorter = ClaimReadings(history: [event], delta: delta, relation: relation)
    found += shorter.reading(
      .otherSteps, "\(other.steps) \(other.what) in place of \(total) releases", [event])
    found += shorter.accountants().filter { $0.kind == .rdp }.map {
      ClaimReading(
        kind: .otherSteps,
        title: "rdp for \(other.steps) \(other.what) in place of \(total) releases",
        epsilon: $0.epsilon)
    }
  }
  return ClaimComparison(claimed: claimed, computed: computed, readings: found)
}

/// The ways in which one history is counted.
struct ClaimReadings {
  let history: [PrivacyEvent]
  let delta: Double
  let relation: NeighbouringRelation

  /// ε by the best bound of a changed history; empty where there is none.
  func reading(
    _ kind: ClaimReading.Kind, _ title: String, _ history: [PrivacyEvent],
    _ other: NeighbouringRelation? = nil
  ) -> [ClaimReading] {
    guard
      let found = try? guarantee(
        history: history, delta: delta, neighbouring: other ?? relation, unit: nil,
        accountant: .best,
        tolerance: 1e-3)
    else { return [] }
    return [ClaimReading(kind: kind, title: title, epsilon: found.epsilon)]
  }

  /// The same releases under the other relations.
  func otherRelations() -> [ClaimReading] {
    NeighbouringRelation.allCases.filter { $0 != relation }.flatMap { other in
      reading(.otherRelation, "the relation \(other.rawValue)", history, other)
    }
  }

  /// The same releases by other accountants, as other tools have them; see ``ClassicRenyi``.
  func accountants() -> [ClaimReading] {
    guard let ledger = try? ReleaseLedger(history, relation), !ledger.hasNoiselessRelease,
      !ledger.releases.isEmpty
    else { return [] }
    func classic(_ kind: ClaimReading.Kind, _ accountant: ClassicRenyi, _ title: String)
      -> [ClaimReading]
    {
      guard
        let found = try? accountant.epsilon(
          history: history, delta: delta, neighbouring: relation)
      else { return [] }
      return [ClaimReading(kind: kind, title: title, epsilon: found.epsilon)]
    }
    var found = [
      ClaimReading(
        kind: .rdp, title: "Rényi accounting (rdp)",
        epsilon: RenyiAccountant(releases: ledger.releases).epsilon(atDelta: delta).epsilon)
    ]
    found += classic(
      .classic, .tutorials, "Rényi accounting with the conversion in use before 2021")
    found += classic(
      .classicWhole, .momentsAccountant,
      "Rényi accounting at whole orders with the conversion in use before 2021")
    if let limit = gaussianLimit {
      found.append(
        ClaimReading(kind: .gaussianLimit, title: "the Gaussian limit (gdp)", epsilon: limit))
    }
    return found
  }

  /// What Gaussian releases with Poisson samples tend to, an estimate that is usually too small; `nil` for other
  /// releases.
  var gaussianLimit: Double? {
    (try? centralLimitEstimate(history: history, delta: delta, neighbouring: relation))?.epsilon
  }
}
