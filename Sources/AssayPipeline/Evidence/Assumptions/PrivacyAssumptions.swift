import AssayEvidence
import AssayPrivacy
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

  /// What the guarantee rests on: each check as a fact, what remains if it fails as another, and a row of the
  /// table; then what is particular to the mechanism.
  func explain(
    _ checks: [AssumptionCheck], into builder: inout EvidenceBuilder,
    _ assumptions: inout [Assumption]
  ) {
    for check in checks {
      let name = check.assumption.rawValue
      let id = EvidenceID("assumption", arm: arm, scope: name)
      add(check, as: id, Self.title(check.assumption), to: &builder)
      let rests = check.metrics.map { EvidenceID($0, arm: arm) }.filter(builder.contains)
      assumptions.append(
        Assumption(
          arm: arm, name: name, statement: check.assumption.statement,
          state: Assumption.State(check.verdict), reason: check.reason, evidence: rests,
          epsilonIfFails: addRemaining(check, to: &builder)))
    }
    guard isEngine else { return }
    explainMechanism { name, statement, state, reason in
      assumptions.append(
        Assumption(
          arm: arm, name: name, statement: statement, state: state, reason: reason,
          epsilonIfFails: nil))
    }
  }

  /// A check's verdict as yes, no or a gap.
  func add(
    _ check: AssumptionCheck, as id: EvidenceID, _ title: String, to builder: inout EvidenceBuilder
  ) {
    let reason = Self.plain(check.reason)
    let result: Evidence.Result =
      switch check.verdict {
      case .holds: .flag(true)
      case .fails: .flag(false)
      case .unknown: .missing(reason: reason)
      }
    builder.add(
      Evidence(
        id: id, title: title, unit: .text, result: result, source: source,
        note: check.verdict == .unknown ? nil : reason))
  }

  private func addRemaining(
    _ check: AssumptionCheck, to builder: inout EvidenceBuilder
  ) -> EvidenceID {
    let id = EvidenceID("epsilon_if_fails", arm: arm, scope: check.assumption.rawValue)
    let title = "ε if this fails: \(Self.title(check.assumption))"
    switch check.remaining {
    case .guarantee(var guarantee, let condition):
      guarantee.assumptions = self.assumptions(of: guarantee.assumptions)
      builder.add(
        Evidence(
          id: id, title: title, unit: .epsilon, result: .guarantee(guarantee),
          source: .init(
            path: source.path,
            how: "computed by the accountant \(guarantee.accountant) from the "
              + "recorded releases as they would then be"),
          note: guarantee.epsilon.isFinite ? condition : "no guarantee \(condition)"))
    case .notComputable(let reason):
      builder.add(
        Evidence(
          id: id, title: title, unit: .epsilon,
          result: .missing(reason: "not computable: \(reason)"), source: source))
    }
    return id
  }

  private static func title(_ assumption: PrivacyAssumption) -> String {
    plain(assumption.statement)
  }

  private static func plain(_ sentence: String) -> String {
    sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
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
    let sentence = reason.prefix(1).uppercased() + reason.dropFirst() + "."
    explain(
      PrivacyAssumption.allCases.map {
        AssumptionCheck(
          $0, $0 == .cohort ? .fails : .unknown, sentence, .notComputable(reason: reason))
      }, into: &builder, &assumptions)
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
    _ add: (_ name: String, String, Assumption.State, String) -> Void
  ) {
    if record.simulationReason != nil { return }
    switch record.mechanism {
    case .sum?, nil: break
    case .tree?:
      add(
        "order",
        "The order in which clients take part is fixed beforehand and does not depend on data.",
        .holds, "It is drawn once; rounds that are skipped move nobody's place in it.")
      add(
        "node_noise",
        "The noise of a node is drawn once and used in every sum that contains it.", .holds,
        "A node's noise is addressed by its level and place in the tree.")
    case .local?:
      add(
        "presence",
        "That a client took part, and whether it has training rows, need not be hidden.",
        .unknown, "Clients without training rows send nothing, and the server knows whom it asked.")
    case .example?:
      add(
        "row_count", "How many rows a client has is public.", .unknown,
        "The divisor of its steps, and so its update, depends on that number.")
      add(
        "row_owners",
        "Rows of different clients belong to different persons.", .unknown,
        "A person whose rows lie with several clients is protected for each row alone.")
    }
  }
}

extension Assumption.State {
  init(_ verdict: AssumptionCheck.Verdict) {
    self =
      switch verdict {
      case .holds: .holds
      case .fails: .fails
      case .unknown: .unknown
      }
  }
}
