import AssayEvidence
import AssayRuns

extension PrivacyEvidence {
  /// The accountant's sentences, of which the two about a noised sum are put as the mechanism does it.
  func assumptions(of sentences: [String]) -> [String] {
    guard let mechanism = record.mechanism, mechanism == .tree || mechanism == .local,
      let noise = runs.first?.run.parameters["noise_multiplier"]?.double, noise > 0
    else { return sentences }
    let size = "Gaussian noise of standard deviation \(noise) times the clipping bound"
    let own =
      mechanism == .tree
      ? [
        "Every node of the tree carries fresh \(size) in each coordinate, the same in every prefix "
          + "that contains the node.",
        "One client adds at most the clipping bound (L2 norm) to a term, and to the terms of its turns "
          + "only; all prefixes together are one release.",
      ]
      : [
        "Every client adds fresh \(size) to each coordinate of its update before it sends it.",
        "Before noise the update of one client has at most the clipping bound (L2 norm).",
      ]
    return own
      + sentences.filter {
        !$0.hasPrefix("Every released coordinate carries") && !$0.hasPrefix("One client adds")
      }
  }

  /// What the guarantee rests on.
  func explain(isSampled: Bool, _ assumptions: inout [Assumption]) {
    let plain = EvidenceID("epsilon_without_amplification", arm: arm)
    func add(
      _ statement: String, _ state: Assumption.State, _ reason: String, _ fallback: EvidenceID?
    ) {
      assumptions.append(
        Assumption(
          arm: arm, statement: statement, state: state, reason: reason, epsilonIfFails: fallback))
    }
    if isEngine { explainMechanism(add) }
    if isSampled, isEngine, record.mechanism == .example {
      add(
        "Each row joins a step independently with the stated probability.", .holds,
        "The engine draws one number for each row and step.", plain)
      add(
        "Nobody outside of a client can see which of its rows joined a step.", .holds,
        "Rows are drawn inside the client, and neither draws nor counts leave it.", plain)
    } else if isSampled {
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
        ? (record.mechanism ?? .sum).clipReason
        : "A configuration cannot prove that clipping was applied.", nil)
    switch record.mechanism {
    case .local?: break  // Every update is released by itself, so its weight does not matter.
    case .example?:
      add(
        "The divisor of a step does not depend on who joined it.", .holds,
        "It is the sampling rate times the client's number of rows.", nil)
    case .sum?, .tree?, nil:
      add(
        "All units weigh the same, and the divisor is fixed.", isEngine ? .holds : .unknown,
        isEngine
          ? "Every client has weight 1, and the sum is divided by the expected cohort."
          : "Weights by number of examples would change the sensitivity.", nil)
    }
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
      isEngine
        ? "Metrics by round, results of the evaluation and the records of runs are written without noise."
        : "Metrics by round and results of the evaluation are written without noise.", nil)
    if isPreprocessingCovered == false {
      add(
        "Preprocessing does not depend on the data.", .fails,
        "Scaling or categories were learned from the training rows.", nil)
    }
  }

  /// The lines of the ledger.
  func enter(
    _ one: PrivacyGuarantee, all: PrivacyGuarantee, _ ledger: inout [LedgerEntry]
  ) {
    let isFinite = one.epsilon.isFinite
    for (folder, run) in runs {
      ledger.append(
        LedgerEntry(
          release: "\(folder): final weights", arm: arm, isCovered: isFinite,
          epsilon: isFinite ? EvidenceID("epsilon", arm: arm) : nil,
          reason: isFinite
            ? record.mechanism == .tree
              ? "all prefixes of one tree of noise"
              : "\(run.privacy?.history.reduce(0) { $0 + $1.steps } ?? 0) noised releases"
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
    enterUncovered(&ledger)
  }

  /// An arm whose noise is that of a larger cohort: nothing it states may be read as a guarantee.
  func simulated(
    _ reason: String, into builder: inout EvidenceBuilder, _ assumptions: inout [Assumption],
    _ ledger: inout [LedgerEntry]
  ) {
    for (metric, title) in [
      ("epsilon", "ε of one run"), ("epsilon_all_releases", "ε of all released runs together"),
    ] {
      builder.missing(metric, arm, title, reason, unit: .epsilon, source: source)
    }
    builder.flag(
      "privacy_statement_complete", arm, "Unit, relation, mechanism, δ and sampling are recorded",
      false, source: source, note: reason)
    builder.flag(
      "noise_as_planned", arm, "Noise was added as accounted", false, source: source, note: reason)
    for (metric, title) in [
      ("sampling_as_accounted", "Sampling ran as accounted"),
      ("unit_protects_people", "The unit of privacy is not smaller than a person"),
      ("noise_from_system", "Noise came from the system's generator"),
      ("preprocessing_covered", "Scaling and categories were declared, not learned"),
    ] {
      builder.missing(metric, arm, title, reason, source: source)
    }
    builder.missing(
      "clipped_fraction", arm, "Share of updates that the clip shortened", reason, unit: .fraction,
      source: source)
    assumptions.append(
      Assumption(
        arm: arm, statement: "The noise is that of the cohort that trained.", state: .fails,
        reason: reason.prefix(1).uppercased() + reason.dropFirst() + ".", epsilonIfFails: nil))
    for (folder, _) in runs {
      ledger.append(
        LedgerEntry(
          release: "\(folder): final weights", arm: arm, isCovered: false, epsilon: nil,
          reason: reason))
    }
    enterUncovered(&ledger)
  }

  /// What is written beside the weights without noise.
  private func enterUncovered(_ ledger: inout [LedgerEntry]) {
    ledger.append(
      LedgerEntry(
        release: "\(arm): quality by round", arm: arm, isCovered: false, epsilon: nil,
        reason: "measured on test rows without noise"))
    guard isEngine else { return }
    ledger.append(
      LedgerEntry(
        release: "\(arm): run.json and rounds.jsonl", arm: arm, isCovered: false, epsilon: nil,
        reason:
          "who took part, rows, norms and digests of updates, without noise; written for their "
          + "keeper alone (mode 0600), not to be passed on"))
  }

  private func explainMechanism(
    _ add: (String, Assumption.State, String, EvidenceID?) -> Void
  ) {
    switch record.mechanism {
    case .sum?, nil: break
    case .tree?:
      add(
        "The order in which clients take part is fixed beforehand and does not depend on data.",
        .holds, "It is drawn once; rounds that are skipped move nobody's place in it.", nil)
      add(
        "The noise of a node is drawn once and used in every sum that contains it.", .holds,
        "A node's noise is addressed by its level and place in the tree.", nil)
    case .local?:
      add(
        "Every upload of a client is counted as a release.", .holds,
        "The client that uploaded most often decides; uploads that were lost or late count too.",
        nil)
      add(
        "That a client took part, and whether it has training rows, need not be hidden.", .unknown,
        "Clients without training rows send nothing, and the server knows whom it asked.", nil)
    case .example?:
      add(
        "How many rows a client has is public.", .unknown,
        "The divisor of its steps, and so its update, depends on that number.", nil)
      add(
        "Rows of different clients, and different rows of one, belong to different persons.",
        .unknown,
        "The unit is one row: a person with several rows is protected for each alone.", nil)
    }
  }
}
