import AssayDiagnostics
import AssayEvidence
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
    for entry in roots {
      try ArtifactEvidence(arm: entry.folder, runs: [entry]).collect(
        into: &builder, assumptions: &assumptions, ledger: &ledger)
    }
    let source = Evidence.Source(path: "runs/", how: "read from artifacts")
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

  private var sources: [SourceFile] {
    var seen = Set<SourceFile>()
    return runs.flatMap(\.sources).filter { seen.insert($0).inserted }
  }
}
