import AssayDiagnostics
import AssayEvidence
import AssayPrivacy
import AssayRuns

/// What a private arm guarantees: the accountant's answer with everything that belongs to it.
///
/// Where anyone can see who takes part in a round, sampling hides nobody: ε without amplification is
/// the headline, and the amplified value stands beside it with its condition.
struct PrivacyEvidence {
  let arm: String
  let runs: [(folder: String, run: Run)]
  let record: PrivacyRecord
  /// Whether participation is assumed hidden from everyone who sees the model.
  let isParticipationHidden: Bool
  /// What a client is: `silo`, `person`, `device`.
  let clientIs: String
  /// Whether inputs were scaled or categorised by what the data holds; `nil` when not known.
  let isPreprocessingCovered: Bool?
  /// Whether the bundled engine ran it, so that sampling, clipping and divisor are known.
  let isEngine: Bool
  /// All private runs over the same data, where they are known.
  var together: PrivacyObservations.RunsTogether?
  /// The most rows of one person, where the unit is a row and a client is a person.
  var rowsPerPerson: Int?

  var source: Evidence.Source {
    Evidence.Source(
      path: runs.count == 1 ? "runs/\(runs[0].folder)/run.json" : "runs/",
      how: "computed from the recorded releases")
  }

  func collect(
    into builder: inout EvidenceBuilder, assumptions: inout [Assumption],
    ledger: inout [LedgerEntry]
  ) throws {
    parameters(&builder)
    if let mechanism = record.mechanism {
      builder.text(
        "privacy_mechanism", arm, "What the mechanism hides, and from whom", mechanism.promise,
        source: source)
    }
    if let reason = record.simulationReason {
      simulated(reason, into: &builder, &assumptions, &ledger)
      return
    }
    let claim = record.claimedEpsilon.flatMap { claimed in
      compareClaim(
        claimed, record, poissonRate: observed.accountedRate, otherSteps: isEngine ? [] : otherSteps
      )
    }
    let checks = assumptionChecks(
      record, histories: histories, observed: observed, claim: claim)
    defer {
      claims(&builder, claim)
      flags(&builder, checks)
      explain(checks, into: &builder, &assumptions)
    }
    guard let delta = record.delta else {
      builder.missing(
        "epsilon", arm, "ε", "no δ is recorded, and ε without δ says nothing", unit: .epsilon,
        source: source)
      return
    }
    guard !histories.isEmpty else {
      builder.missing(
        "epsilon", arm, "ε", "no release is recorded", unit: .epsilon, source: source)
      return
    }
    let relation = record.neighbouring ?? .addOrRemoveOne
    let (amplified, amplifiedHistory) = try worst(histories, delta, relation)
    let (plain, plainHistory) = try worst(
      histories.map { $0.map(\.withoutSampling) }, delta, relation)
    let isSampled = histories.contains { history in
      history.contains { $0.sampling != .none && $0.samplingRate < 1 }
    }
    let hidesSampling = record.hidesSampling(isParticipationHidden)
    let isAmplified = isSampled && hidesSampling
    var headline = isAmplified ? amplified : plain
    var note = headlineNote(isSampled)
    // What the records refute does not make ε smaller.
    var isRefuted = false
    if let sampling = checks.first(where: { $0.assumption == .sampling }),
      sampling.verdict == .fails,
      case .guarantee(let remaining, let condition) = sampling.remaining,
      remaining.epsilon > headline.epsilon
    {
      headline = remaining
      headline.assumptions = self.assumptions(of: remaining.assumptions)
      note = condition
      isRefuted = true
    }
    add("epsilon", "ε of one run", headline, to: &builder, note: note)
    // What the accounted releases mean is not what a refuted run means.
    if headline.epsilon.isFinite, !isRefuted {
      meaning(
        of: isAmplified ? amplifiedHistory : plainHistory, delta, relation, into: &builder)
    }
    if isSampled, record.mechanism != .example {
      add(
        "epsilon_amplified", "ε with amplification by sampling", amplified, to: &builder,
        note: "holds only if nobody who sees the model or the rounds can tell who took part")
    }
    add(
      "epsilon_without_amplification", "ε without amplification", plain, to: &builder, note: nil)
    let all = runs.flatMap { $0.run.privacy?.history ?? record.history }
    let total = try account(
      hidesSampling ? all : all.map(\.withoutSampling), delta, relation)
    add(
      "epsilon_all_releases", "ε of all \(runs.count) released runs together", total, to: &builder,
      note: "every seed that was trained and written is a release")
    enter(headline, all: total, &ledger)
  }

  /// The releases of one run: of every run of the engine, which may differ in how often the busiest
  /// client trained; of an artifact the one that is recorded.
  var histories: [[PrivacyEvent]] {
    guard isEngine else { return record.history.isEmpty ? [] : [record.history] }
    var found: [[PrivacyEvent]] = []
    for (_, run) in runs {
      if let history = run.privacy?.history, !history.isEmpty, !found.contains(history) {
        found.append(history)
      }
    }
    return found
  }

  private func headlineNote(_ isSampled: Bool) -> String? {
    switch record.mechanism {
    case .tree?:
      return "without sampling, for clients that come in a fixed public order"
    case .local?:
      return "for a server that is not trusted either, over all uploads of the client that was "
        + "asked most often"
    case .example?:
      return isSampled
        ? "with amplification by sampling rows inside each client, over all steps of the client "
          + "that trained most often"
        : "without sampling, over all steps of the client that trained most often"
    case .sum?, nil:
      guard isSampled else { return nil }
      return isParticipationHidden
        ? "with amplification by sampling; holds only while nobody sees who takes part"
        : "without amplification by sampling, since participation can be seen"
    }
  }

  /// The largest ε of several histories, and whose it is.
  private func worst(
    _ histories: [[PrivacyEvent]], _ delta: Double, _ relation: NeighbouringRelation
  ) throws -> (PrivacyGuarantee, [PrivacyEvent]) {
    var found = (try account(histories[0], delta, relation), histories[0])
    for history in histories.dropFirst() {
      let other = try account(history, delta, relation)
      if other.epsilon > found.0.epsilon { found = (other, history) }
    }
    return found
  }

  private func account(
    _ history: [PrivacyEvent], _ delta: Double, _ relation: NeighbouringRelation
  ) throws -> PrivacyGuarantee {
    do {
      var found = try guarantee(
        history: history, delta: delta, neighbouring: relation, unit: record.unit)
      found.assumptions = assumptions(of: found.assumptions)
      return found
    } catch {
      throw Diagnostic(
        error.fact, at: SourceLocation(path: source.path, part: "releases of the arm '\(arm)'"))
    }
  }

  private func add(
    _ metric: String, _ title: String, _ guarantee: PrivacyGuarantee,
    to builder: inout EvidenceBuilder, note: String?
  ) {
    builder.add(
      Evidence(
        id: EvidenceID(metric, arm: arm), title: title, unit: .epsilon,
        result: .guarantee(guarantee),
        source: .init(
          path: source.path,
          how: "computed by the accountant \(guarantee.accountant) from "
            + "the recorded releases"), note: note))
  }
}
