import AssayEvidence
import AssayPrivacy
import AssayRuns

/// Facts about the run as a whole: what is pinned, what was stored, what the ledger covers.
struct WholeRunEvidence {
  let plan: ResolvedPlan
  let arms: TrainedArms
  /// All private runs, as ``together(_:_:)`` gives them.
  let together: PrivacyObservations.RunsTogether?

  func collect(into builder: inout EvidenceBuilder, ledger: inout [LedgerEntry]) {
    let manifest = Evidence.Source(path: "manifest.json", how: "digests of every file")
    builder.flag(
      "inputs_pinned", "run", "Every input has a digest",
      !plan.data.sources.isEmpty && plan.data.sources.allSatisfy { !$0.sha256.isEmpty },
      source: manifest)
    builder.missing(
      "reproduced", "run", "A second run gave the same bytes",
      "run assay reproduce with --record on this folder", source: manifest)
    let runs = Evidence.Source(path: "runs/", how: "counted while writing")
    builder.count(
      "raw_columns_stored", "run", "Inputs and sensitive columns in the output", 0, source: runs,
      note: "predictions hold row number, client, segments, label and scores")
    builder.count(
      "individual_updates_stored", "run", "Updates of single clients in the output", 0,
      source: runs)
    builder.missing(
      "secure_aggregation", "run", "Secure aggregation in every round",
      "the bundled engine simulates in one process and aggregates in the clear", source: runs)
    finishLedger(&builder, &ledger)
  }

  /// What ε does not cover is listed beside what it does.
  private func finishLedger(_ builder: inout EvidenceBuilder, _ ledger: inout [LedgerEntry]) {
    let privateArms = arms.arms.filter { $0.plan.isPrivate }
    for arm in arms.arms where arm.plan.privacy == nil && !arm.runs.isEmpty && !arm.plan.isIngested
    {
      ledger.append(
        LedgerEntry(
          release: "\(arm.plan.name): weights of \(arm.runs.count) runs", arm: arm.plan.name,
          isCovered: false, epsilon: nil,
          reason: "trained without noise; whoever receives them can learn about single clients"))
    }
    ledger.append(
      LedgerEntry(
        release: "evaluation results in these documents", arm: nil, isCovered: false,
        epsilon: nil, reason: "measured on test rows without noise; small cells are withheld"))
    if !privateArms.isEmpty {
      ledger.append(
        LedgerEntry(
          release: "choice of parameters", arm: nil, isCovered: false, epsilon: nil,
          reason: "comparing arms on the same data is a use of the data that ε does not count"))
    }
    if !privateArms.isEmpty, !plan.isPreprocessingDeclared {
      ledger.append(
        LedgerEntry(
          release: "scaling and categories of the inputs", arm: nil, isCovered: false,
          epsilon: nil, reason: "learned from the training rows without noise"))
    }
    let complete = privateArms.allSatisfy { arm in
      arm.runs.allSatisfy { run in ledger.contains { $0.release.hasPrefix(run.folder + ":") } }
        && (arm.plan.isIngested
          || ledger.contains { $0.release == "\(arm.plan.name): run.json and rounds.jsonl" })
    }
    let source = Evidence.Source(path: "evidence.json", how: "ledger of this record")
    builder.flag(
      "ledger_complete", "run", "Every release that was written stands in the ledger", complete,
      source: source,
      note: "results of other tuning outside of this pilot file cannot be known here")
    total(&builder, source)
  }

  /// Every private run of the pilot, and ε of all of them.
  ///
  /// Arms that protect clients compose under the weakest relation that all of them have; rows and clients are
  /// different units and do not compose.
  /// - Returns: `nil` where no private run states a δ.
  static func together(
    _ plan: ResolvedPlan, _ arms: TrainedArms
  ) -> PrivacyObservations.RunsTogether? {
    let privateArms = arms.arms.filter { $0.plan.isPrivate }
    let records = privateArms.flatMap { arm in arm.runs.compactMap(\.run.privacy) }
    guard records.contains(where: { $0.delta != nil }) else { return nil }
    func none(_ reason: String) -> PrivacyObservations.RunsTogether {
      .init(count: records.count, remaining: .notComputable(reason: reason))
    }
    if let simulated = privateArms.first(where: { !$0.plan.isGuaranteed }) {
      return none("the noise of the arm '\(simulated.plan.name)' is that of a simulated cohort")
    }
    let seeded = privateArms.filter { arm in
      arm.plan.isPrivate && arm.runs.contains { $0.run.privacy?.noiseSource == .seeded }
    }
    if seeded.count > 1 {
      return none(
        "arms of one seed share noise and cohorts, so that whoever receives several of them can take the "
          + "noise away: their ε do not add up")
    }
    guard Set(records.map(\.unit)).count == 1 else {
      return none("some arms protect clients and some rows, and their ε do not add up")
    }
    return .init(
      count: records.count,
      remaining: composed(records) { $0.hidesSampling(plan.isParticipationHidden) })
  }

  /// The pilot's own private runs and those of its ingested arms, as an ingested arm sees them.
  static func withArtifacts(
    _ plan: ResolvedPlan, _ arms: TrainedArms, _ together: PrivacyObservations.RunsTogether?
  ) -> PrivacyObservations.RunsTogether? {
    let records = arms.arms.filter { $0.plan.isPrivate || $0.plan.isIngested }
      .flatMap { arm in arm.runs.compactMap(\.run.privacy) }
    guard !records.isEmpty else { return nil }
    if case .notComputable(let reason)? = together?.remaining {
      return .init(count: records.count, remaining: .notComputable(reason: reason))
    }
    return .init(
      count: records.count,
      remaining: composed(records) {
        $0.unit == .example || $0.hidesSampling(plan.isParticipationHidden)
      })
  }

  /// ε of everything noised that was released: all private arms and seeds together.
  private func total(_ builder: inout EvidenceBuilder, _ source: Evidence.Source) {
    let title = "ε of all private arms and seeds together"
    switch together?.remaining {
    case nil: return
    case .notComputable(let reason)?:
      builder.missing(
        "epsilon_all_releases", "run", title, reason, unit: .epsilon, source: source)
    case .guarantee(var guarantee, _)?:
      let relations = Set(
        arms.arms.filter { $0.plan.isPrivate }.flatMap { arm in
          arm.runs.compactMap { $0.run.privacy?.neighbouring }
        })
      guarantee.assumptions = ["What every private arm assumes holds; see its statement."]
      builder.add(
        Evidence(
          id: EvidenceID("epsilon_all_releases", arm: "run"), title: title, unit: .epsilon,
          result: .guarantee(guarantee), source: source,
          note: (relations.count > 1
            ? "under zero-out, which the relations of all arms imply; " : "")
            + "arms without noise are not covered by any ε; see the ledger"))
    }
  }
}
