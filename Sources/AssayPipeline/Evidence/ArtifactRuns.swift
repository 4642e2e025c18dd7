import AssayDiagnostics
import AssayEvidence
import AssayPrivacy
import AssayRuns

/// Runs read from artifacts, as arms of an assessment.
///
/// Which run is the candidate and which the baseline is never guessed: with one finished run it is the
/// candidate, otherwise the caller names them.
struct ArtifactRuns {
  let runs: [Run]
  /// Folder and arm name of every run, unique and safe as a path.
  let folders: [(folder: String, run: Run)]

  init(runs: [Run]) {
    self.runs = runs
    var used: [String: Int] = ["data": 1, "run": 1]
    folders = runs.map { run in
      let base = Self.plain(run.name.isEmpty ? run.id : run.name)
      let count = used[base, default: 0] + 1
      used[base] = count
      var name = count == 1 ? base : "\(base)-\(count)"
      while count > 1, used[name] != nil { name += "x" }
      used[name, default: 0] += 1
      return (name, run)
    }
  }

  private static func plain(_ name: String) -> String {
    var result = ""
    for scalar in name.unicodeScalars.prefix(48) {
      let isPlain =
        scalar.isASCII
        && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
          || "._-".unicodeScalars.contains(scalar))
      result.unicodeScalars.append(isPlain ? scalar : "-")
    }
    while result.hasPrefix(".") || result.hasPrefix("-") { result.removeFirst() }
    return result.isEmpty ? "run-1" : result
  }

  func record(
    candidate: String?, baseline: String?, name: String, environment: PipelineEnvironment
  ) throws -> EvidenceRecord {
    var builder = EvidenceBuilder()
    var assumptions: [Assumption] = []
    var ledger: [LedgerEntry] = []
    let roots = folders.filter { $0.run.parent == nil }
    let together = Self.together(roots.map(\.run))
    for entry in roots {
      try ArtifactEvidence(arm: entry.folder, runs: [entry], together: together).collect(
        into: &builder, assumptions: &assumptions, ledger: &ledger)
    }
    let source = Evidence.Source(path: "runs/", how: "read from artifacts")
    total(together, &builder, &ledger, source)
    builder.flag(
      "inputs_pinned", "run", "Every input has a digest",
      runs.allSatisfy { !$0.sources.isEmpty }, source: source)
    for (metric, title) in [
      ("reproduced", "A second run gave the same bytes"),
      ("ledger_complete", "Every release stands in the ledger"),
      ("secure_aggregation", "Secure aggregation in every round"),
    ] {
      builder.missing(metric, "run", title, "the artifacts do not say", source: source)
    }
    for (metric, title) in [
      ("overlap_records", "Record ids in train and test"),
      ("identical_rows", "Test rows equal to a training row"),
    ] {
      builder.missing(
        metric, "data", title, "the data was not given", unit: .count, source: source)
    }
    let arms = roots.map { entry in
      ArmSummary(
        name: entry.folder, kind: .ingested, isPrivate: entry.run.privacy != nil,
        parameters: entry.run.parameters.members.prefix(40).map {
          .init($0.key, SubjectBuilder.plain($0.value))
        },
        runs: [
          .init(
            folder: entry.folder, status: entry.run.status,
            reason: entry.run.status == .completed ? nil : entry.run.warnings.first)
        ])
    }
    func known(_ name: String?) throws -> String? {
      guard let name else { return nil }
      if arms.contains(where: { $0.name == name }) { return name }
      if let byName = roots.first(where: { $0.run.name == name || $0.run.id == name }) {
        return byName.folder
      }
      throw Diagnostic(.unknownName(what: "a run", name: name, known: arms.map(\.name)))
    }
    let finished = roots.filter { $0.run.status == .completed }
    var notes = roots.flatMap { entry in entry.run.warnings.map { "\(entry.folder): \($0)" } }
    var chosen = try known(candidate)
    if chosen == nil {
      if roots.count == 1 {
        chosen = roots[0].folder
      } else if finished.count == 1 {
        chosen = finished[0].folder
      } else {
        notes.insert(
          "\(roots.count) runs were read and none was named as the candidate, so checks about the candidate "
            + "are not assessed; name it with --candidate.", at: 0)
      }
    }
    let seeds = runs.compactMap(\.seed)
    return EvidenceRecord(
      asOf: environment.asOf.description, toolVersion: AssayVersion.current,
      subject: Subject(
        name: name, kind: .ingested, seeds: Array(Set(seeds)).sorted(), arms: arms,
        candidate: chosen, baseline: try known(baseline), sources: sources, notes: notes),
      evidence: builder.evidence,
      series: roots.flatMap { SeriesBuilder.rounds($0.folder, [$0.run], isFederated: true) }
        + builder.series,
      assumptions: assumptions, ledger: ledger)
  }

  /// The private runs that were read together: each is a look at the data, unless their data differ.
  private static func together(_ runs: [Run]) -> PrivacyObservations.RunsTogether? {
    let records = runs.compactMap(\.privacy)
    guard !records.isEmpty else { return nil }
    let seeds = runs.filter { $0.privacy?.noiseSource == .seeded }.compactMap(\.seed)
    if Set(seeds).count < seeds.count {
      return .init(
        count: records.count,
        remaining: .notComputable(
          reason:
            "runs of one seed may share noise, so that whoever receives several of them can take it "
            + "away: their ε do not add up"))
    }
    return .init(
      count: records.count, remaining: composed(records) { $0.unit == .example })
  }

  /// ε of all private runs, and what the ledger has to say beside them.
  private func total(
    _ together: PrivacyObservations.RunsTogether?, _ builder: inout EvidenceBuilder,
    _ ledger: inout [LedgerEntry], _ source: Evidence.Source
  ) {
    guard let together else { return }
    if together.count > 1 {
      let title = "ε of all private runs together"
      switch together.remaining {
      case .notComputable(let reason):
        builder.missing(
          "epsilon_all_releases", "run", title, reason, unit: .epsilon, source: source)
      case .guarantee(let guarantee, let condition):
        builder.add(
          Evidence(
            id: EvidenceID("epsilon_all_releases", arm: "run"), title: title, unit: .epsilon,
            result: .guarantee(guarantee), source: source, note: condition))
      }
    }
    ledger += [
      LedgerEntry(
        release: "choice of parameters", arm: nil, isCovered: false, epsilon: nil,
        reason: together.count > 1
          ? "\(together.count) private runs were read; choosing among them is a use of the data that ε of one "
            + "does not count"
          : "what was tried before this run is not recorded"),
      LedgerEntry(
        release: "scaling and categories of the inputs", arm: nil, isCovered: false, epsilon: nil,
        reason: "the artifacts do not say whether they were learned from the training rows"),
    ]
  }

  private var sources: [SourceFile] {
    var seen = Set<SourceFile>()
    return runs.flatMap(\.sources).filter { seen.insert($0).inserted }
  }
}
