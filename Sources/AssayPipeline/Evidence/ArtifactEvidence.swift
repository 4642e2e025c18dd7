import AssayEvidence
import AssayPrivacy
import AssayRuns
import AssayStatistics

/// Facts about a run that another tool made: what its artifact states, and what it does not hold.
struct ArtifactEvidence {
  let arm: String
  let runs: [(folder: String, run: Run)]
  /// All private runs over the same data, where they are known.
  var together: PrivacyObservations.RunsTogether?

  private var source: Evidence.Source {
    let sources = runs.flatMap(\.run.sources)
    return Evidence.Source(
      path: sources.first?.path ?? "runs/", sha256: sources.count == 1 ? sources[0].sha256 : nil,
      how: "stated by the artifact (\(runs.first?.run.format ?? "unknown")), not measured here")
  }

  func collect(
    into builder: inout EvidenceBuilder, assumptions: inout [Assumption],
    ledger: inout [LedgerEntry]
  ) throws {
    for (_, run) in runs {
      for (name, value) in run.metrics.sorted(by: {
        $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
      }) {
        let id = EvidenceID("final_\(name)", arm: arm)
        if builder.contains(id) { continue }
        builder.add(
          Evidence(
            id: id, title: "Final \(name), as stated", unit: .number, result: .quantity(value),
            source: source,
            note: "the artifact records neither the rows behind it nor an interval"))
      }
    }
    let isFederated = runs.contains { entry in
      entry.run.rounds.contains { $0.selected != nil || $0.completed != nil }
    }
    let cohorts = Set(runs.flatMap { $0.run.rounds.compactMap(\.selected) })
    RunEvidence(
      arm: arm, runs: runs, isFederated: isFederated,
      plannedCohort: cohorts.count == 1 ? cohorts.first : nil
    ).collect(into: &builder)
    gaps(&builder)
    guard let record = runs.compactMap(\.run.privacy).first else { return }
    try PrivacyEvidence(
      arm: arm, runs: runs, record: record,
      // Batches of one trainer are not visible; clients of a round are, unless somebody says otherwise.
      isParticipationHidden: record.unit == .example, clientIs: "silo",
      isPreprocessingCovered: nil, isEngine: false, together: together
    ).collect(into: &builder, assumptions: &assumptions, ledger: &ledger)
  }

  /// What documents and checks will look for and an artifact of this kind does not hold.
  private func gaps(_ builder: inout EvidenceBuilder) {
    if !builder.contains(EvidenceID("accuracy", arm: arm)) {
      builder.add(
        Evidence(
          id: EvidenceID("accuracy", arm: arm), title: "Accuracy", unit: .fraction,
          result: .missing(
            reason:
              "the artifact states no accuracy with the rows behind it; evaluate its predictions "
              + "with assay evaluate"), source: source))
    }
    for (_, run) in runs where run.seed == nil {
      builder.missing(
        "seed", arm, "Seed", "the artifact records none", unit: .count, source: source)
      return
    }
  }
}
