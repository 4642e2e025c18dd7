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

  private var source: Evidence.Source {
    Evidence.Source(
      path: runs.count == 1 ? "runs/\(runs[0].folder)/run.json" : "runs/",
      how: "computed from the recorded releases")
  }

  func collect(
    into builder: inout EvidenceBuilder, assumptions: inout [Assumption],
    ledger: inout [LedgerEntry]
  ) throws {
    parameters(&builder)
    guard let delta = record.delta else {
      builder.missing(
        "epsilon", arm, "ε", "no δ is recorded, and ε without δ says nothing", unit: .epsilon,
        source: source)
      claims(&builder, computed: nil)
      flags(&builder)
      return
    }
    guard !record.history.isEmpty else {
      builder.missing(
        "epsilon", arm, "ε", "no release is recorded", unit: .epsilon, source: source)
      claims(&builder, computed: nil)
      flags(&builder)
      return
    }
    let relation = record.neighbouring ?? .addOrRemoveOne
    let amplified = try account(record.history, delta, relation)
    let plain = try account(record.history.map(Self.withoutSampling), delta, relation)
    let isSampled = record.history.contains { $0.sampling != .none && $0.samplingRate < 1 }
    let headline = isSampled && isParticipationHidden ? amplified : plain
    add(
      "epsilon", "ε of one run", headline, to: &builder,
      note: isSampled
        ? isParticipationHidden
          ? "with amplification by sampling; holds only while nobody sees who takes part"
          : "without amplification by sampling, since participation can be seen"
        : nil)
    if isSampled {
      add(
        "epsilon_amplified", "ε with amplification by sampling", amplified, to: &builder,
        note: "holds only if nobody who sees the model or the rounds can tell who took part")
    }
    add(
      "epsilon_without_amplification", "ε without amplification", plain, to: &builder, note: nil)
    let all = runs.flatMap { $0.run.privacy?.history ?? record.history }
    let total = try account(
      isParticipationHidden ? all : all.map(Self.withoutSampling), delta, relation)
    add(
      "epsilon_all_releases", "ε of all \(runs.count) released runs together", total, to: &builder,
      note: "every seed that was trained and written is a release")
    claims(&builder, computed: amplified)
    flags(&builder)
    explain(isSampled: isSampled, &assumptions)
    enter(headline, all: total, &ledger)
  }

  static func withoutSampling(_ event: PrivacyEvent) -> PrivacyEvent {
    var plain = event
    plain.sampling = .none
    plain.samplingRate = 1
    return plain
  }

  private func account(
    _ history: [PrivacyEvent], _ delta: Double, _ relation: NeighbouringRelation
  ) throws -> PrivacyGuarantee {
    do {
      return try guarantee(
        history: history, delta: delta, neighbouring: relation, unit: record.unit)
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

  private func parameters(_ builder: inout EvidenceBuilder) {
    let noise = Set(record.history.map(\.noiseMultiplier))
    if let only = noise.first, noise.count == 1 {
      builder.quantity(
        "noise_multiplier", arm, "Noise multiplier", only, .number, source: source)
    } else {
      builder.missing(
        "noise_multiplier", arm, "Noise multiplier",
        noise.isEmpty ? "not recorded" : "it changed between releases", unit: .number,
        source: source)
    }
    let rates = Set(record.history.map(\.samplingRate))
    if let only = rates.first, rates.count == 1 {
      builder.quantity("sampling_rate", arm, "Sampling rate", only, .number, source: source)
    }
    if let clip = record.clip {
      builder.quantity("clip", arm, "Clip (L2 bound of one update)", clip, .number, source: source)
    } else {
      builder.missing("clip", arm, "Clip", "not recorded", unit: .number, source: source)
    }
    let releases = record.history.reduce(0) { $0 + $1.steps }
    builder.count("releases", arm, "Releases of one run", releases, source: source)
    guard let population = record.population else {
      builder.missing(
        "population", arm, "Units", "the number of units is not recorded", unit: .count,
        source: source)
      if let delta = record.delta {
        builder.quantity("delta", arm, "δ", delta, .probability, source: source)
      }
      return
    }
    builder.count("population", arm, "Units", population, source: source)
    if let delta = record.delta {
      builder.quantity("delta", arm, "δ", delta, .probability, source: source)
      if let limit = try? defaultDelta(population: population) {
        builder.quantity(
          "delta_over_limit", arm, "δ over min(1e−5, 1/N^1.1)", delta / limit, .number,
          source: source)
      }
    }
    if let only = noise.first, noise.count == 1, let rate = rates.first, rates.count == 1,
      let clip = record.clip, isEngine,
      let noise = try? noisePerCoordinate(
        noiseMultiplier: only, clip: clip, samplingRate: rate, population: population)
    {
      builder.quantity(
        "noise_per_coordinate", arm, "Noise per coordinate of the mean", noise, .number,
        source: source, note: "noise multiplier × clip / (sampling rate × units)")
    }
  }

  private func claims(_ builder: inout EvidenceBuilder, computed: PrivacyGuarantee?) {
    guard let claimed = record.claimedEpsilon else { return }
    builder.quantity(
      "epsilon_claimed", arm, "ε that the artifact claims", claimed, .epsilon, source: source,
      note: "claimed, not computed here; accountant: \(record.claimedAccountant ?? "not named")")
    guard let computed else {
      builder.missing(
        "epsilon_claim_holds", arm, "The claim is not below what the releases give",
        "too little is recorded to compute ε", source: source)
      return
    }
    let title = "The claim is not below what the releases give"
    let here =
      "computed here: \(PrintedNumber.text(computed.epsilon, .epsilon)) by \(computed.accountant)"
    if claimed >= computed.epsilon * 0.99 {
      builder.flag("epsilon_claim_holds", arm, title, true, source: source, note: here)
    } else if let lower = computed.epsilonLower, claimed < lower * 0.99 {
      builder.flag("epsilon_claim_holds", arm, title, false, source: source, note: here)
    } else {
      builder.missing(
        "epsilon_claim_holds", arm, title,
        "the claim is below our upper bound, and no lower bound refutes it; \(here)",
        source: source)
    }
  }

  private func flags(_ builder: inout EvidenceBuilder) {
    let isComplete =
      record.delta != nil && record.unit != nil && record.neighbouring != nil
      && !record.history.isEmpty && record.clip != nil
    var gaps: [String] = []
    if record.delta == nil { gaps.append("δ") }
    if record.unit == nil { gaps.append("the unit") }
    if record.neighbouring == nil { gaps.append("the neighbouring relation") }
    if record.clip == nil { gaps.append("the clip") }
    if record.history.isEmpty { gaps.append("the releases") }
    builder.flag(
      "privacy_statement_complete", arm, "Unit, relation, mechanism, δ and sampling are recorded",
      isComplete, source: source,
      note: gaps.isEmpty ? nil : "not recorded: \(gaps.joined(separator: ", "))")
    if isEngine {
      builder.flag(
        "sampling_as_accounted", arm, "Clients were sampled as accounted", true, source: source,
        note: "the engine draws each client independently, or takes all")
      builder.flag(
        "noise_as_planned", arm, "Noise was added as accounted", true, source: source,
        note: "the sum is divided by the fixed expected cohort, never by those who reported")
    } else {
      for (metric, title) in [
        ("sampling_as_accounted", "Clients were sampled as accounted"),
        ("noise_as_planned", "Noise was added as accounted"),
      ] {
        builder.missing(
          metric, arm, title, "the artifact holds no evidence of it", source: source)
      }
    }
    switch record.unit {
    case .client? where !isEngine:
      builder.missing(
        "unit_protects_people", arm, "The unit of privacy is not smaller than a person",
        "the unit is one client, and the artifact does not say what a client is", source: source)
    case .client?:
      builder.flag(
        "unit_protects_people", arm, "The unit of privacy is not smaller than a person", true,
        source: source, note: clientIs == "silo" ? "the unit is a whole \(clientIs)" : nil)
    case .example?:
      builder.missing(
        "unit_protects_people", arm, "The unit of privacy is not smaller than a person",
        "the unit is one row, and how many rows one person has is not recorded", source: source)
    case nil:
      builder.missing(
        "unit_protects_people", arm, "The unit of privacy is not smaller than a person",
        "the unit is not recorded", source: source)
    }
    switch record.noiseSource {
    case .unknown:
      builder.missing(
        "noise_from_system", arm, "Noise came from the system's generator",
        "the artifact does not say where noise and sampling came from", source: source)
    case .seeded, .system:
      builder.flag(
        "noise_from_system", arm, "Noise came from the system's generator",
        record.noiseSource == .system, source: source,
        note: record.noiseSource == .seeded
          ? "noise and sampling were drawn from a recorded seed: the guarantee describes the "
            + "mechanism, not these weights" : nil)
    }
    if let isPreprocessingCovered {
      builder.flag(
        "preprocessing_covered", arm, "Scaling and categories were declared, not learned",
        isPreprocessingCovered, source: source,
        note: isPreprocessingCovered
          ? nil : "scaling or categories learned from the data are not covered by ε")
    } else {
      builder.missing(
        "preprocessing_covered", arm, "Scaling and categories were declared, not learned",
        "the artifact does not say", source: source)
    }
    let fractions = runs.flatMap { $0.run.rounds.compactMap(\.clippedFraction) }
    if fractions.isEmpty {
      builder.missing(
        "clipped_fraction", arm, "Share of updates that the clip shortened",
        "the run records do not say", unit: .fraction, source: source)
    } else {
      builder.quantity(
        "clipped_fraction", arm, "Share of updates that the clip shortened",
        fractions.reduce(0, +) / Double(fractions.count), .fraction, source: source,
        note: "mean over rounds")
    }
  }

  private func explain(isSampled: Bool, _ assumptions: inout [Assumption]) {
    let plain = EvidenceID("epsilon_without_amplification", arm: arm)
    func add(
      _ statement: String, _ state: Assumption.State, _ reason: String, _ fallback: EvidenceID?
    ) {
      assumptions.append(
        Assumption(
          arm: arm, statement: statement, state: state, reason: reason, epsilonIfFails: fallback))
    }
    if isSampled {
      add(
        "Each unit joins a round independently with the stated probability.",
        isEngine ? .holds : .unknown,
        isEngine
          ? "The engine draws one number for each client and round."
          : "The artifact does not show how clients were chosen.", plain)
      add(
        "Nobody who sees the model can see who took part in a round.",
        isParticipationHidden ? .unknown : .fails,
        isParticipationHidden
          ? "It is stated, and no run record can prove it."
          : "Participation is assumed visible, as is usual between organisations.", plain)
    }
    add(
      "Every unit's contribution is bounded by the clip.", isEngine ? .holds : .unknown,
      isEngine
        ? "The engine clips every update before it is added."
        : "A configuration cannot prove that clipping was applied.", nil)
    add(
      "All units weigh the same, and the divisor is fixed.", isEngine ? .holds : .unknown,
      isEngine
        ? "Every client has weight 1, and the sum is divided by the expected cohort."
        : "Weights by number of examples would change the sensitivity.", nil)
    add(
      "Noise and sampling cannot be predicted.",
      record.noiseSource == .seeded
        ? .fails : record.noiseSource == .system ? .holds : .unknown,
      record.noiseSource == .seeded
        ? "They were drawn from a recorded seed, as a simulation needs; whoever knows the seed can "
          + "subtract the noise from these weights."
        : record.noiseSource == .system
          ? "They came from the operating system's generator."
          : "The artifact does not say where they came from.", nil)
    add(
      "Only what the ledger covers is released.", .fails,
      "Metrics by round and results of the evaluation are written without noise.", nil)
    if isPreprocessingCovered == false {
      add(
        "Preprocessing does not depend on the data.", .fails,
        "Scaling or categories were learned from the training rows.", nil)
    }
  }

  private func enter(
    _ one: PrivacyGuarantee, all: PrivacyGuarantee, _ ledger: inout [LedgerEntry]
  ) {
    let isFinite = one.epsilon.isFinite
    for (folder, run) in runs {
      ledger.append(
        LedgerEntry(
          release: "\(folder): final weights", arm: arm, isCovered: isFinite,
          epsilon: isFinite ? EvidenceID("epsilon", arm: arm) : nil,
          reason: isFinite
            ? "\(run.privacy?.history.reduce(0) { $0 + $1.steps } ?? 0) noised releases"
            : "no noise was added, so no finite ε covers it"))
    }
    if runs.count > 1 {
      ledger.append(
        LedgerEntry(
          release: "\(arm): all \(runs.count) runs together", arm: arm,
          isCovered: all.epsilon.isFinite,
          epsilon: all.epsilon.isFinite ? EvidenceID("epsilon_all_releases", arm: arm) : nil,
          reason: "whoever receives every run learns from all of them"))
    }
    ledger.append(
      LedgerEntry(
        release: "\(arm): quality by round", arm: arm, isCovered: false, epsilon: nil,
        reason: "measured on test rows without noise"))
  }
}
