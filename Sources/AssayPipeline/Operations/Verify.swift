import AssayDiagnostics
import AssayEvidence
import AssayFiles
import AssayMetrics
import AssayRuns
import AssayTables

/// What was compared and what differed.
public struct VerificationResult: Sendable {
  /// What differed, one sentence each; empty when nothing did.
  public var differences: [String]
  /// `assay.verification/1`.
  public var json: JSONValue
  /// In words.
  public var summary: String

  init(command: String, checked: [String], differences: [String], notes: [String]) {
    self.differences = differences
    json = .object([
      "schema": .string("assay.verification/1"), "command": .string(command),
      "ok": .bool(differences.isEmpty), "differences": .strings(differences),
      "checked": .strings(checked), "notes": .strings(notes),
    ])
    var lines = differences.prefix(40).map { "differs: \($0)" }
    if differences.count > 40 { lines.append("and \(differences.count - 40) more") }
    lines += checked.map { "checked: \($0)" }
    lines += notes.map { "note: \($0)" }
    lines.append(
      differences.isEmpty
        ? "\(command): nothing differs" : "\(command): \(differences.count) differ")
    summary = lines.map(printable).joined(separator: "\n") + "\n"
  }
}

/// Checks a folder: every digest, every document against the evidence, and the evidence against the
/// predictions and run records it came from.
public func verify(
  folder path: String, environment: PipelineEnvironment
) throws -> VerificationResult {
  let assessed = try AssessedFolder(path)
  var differences: [String] = []
  var checked: [String] = []
  var notes: [String] = []
  checked.append(try checkDigests(assessed, &differences))
  checked.append(try checkDocuments(assessed, environment, &differences))
  let source = try SourceCheck(assessed, environment)
  differences += source.differences
  checked.append(source.summary)
  notes += source.notes
  return VerificationResult(
    command: "verify", checked: checked, differences: differences, notes: notes)
}

/// Compares every file with the manifest; a file that it does not list is a difference too.
private func checkDigests(
  _ assessed: AssessedFolder, _ differences: inout [String]
) throws -> String {
  let folder = assessed.folder
  let name = OutputFolder.manifestName
  let manifest = try JSONValue.parse(
    folder.read(name, limit: 64 << 20), path: folder.display(name))
  var listed = Set<String>()
  for entry in manifest["files"]?.array ?? [] {
    guard let path = entry["path"]?.string, let digest = entry["sha256"]?.string else {
      differences.append("an entry of \(name) has no path or digest")
      continue
    }
    listed.insert(path)
    guard folder.hasFile(path) else {
      differences.append("\(path) is missing")
      continue
    }
    if SHA256.hexDigest(try folder.read(path)) != digest {
      differences.append("\(path) has another digest than the manifest states")
    }
  }
  for path in try assessed.filePaths()
  where !listed.contains(path) && path != name && path != "timings.json" {
    differences.append("\(path) is not listed in the manifest")
  }
  if listed.isEmpty { differences.append("\(name) lists no file") }
  return "\(listed.count) digests of the manifest"
}

/// Writes every document again from the evidence, in memory, and compares bytes.
private func checkDocuments(
  _ assessed: AssessedFolder, _ environment: PipelineEnvironment, _ differences: inout [String]
) throws -> String {
  var environment = environment
  environment.isClockGiven = false
  let (assessment, _) = try assessed.judge(JudgingChoice(), environment)
  var count = 0
  for file in try documentFiles(assessment, environment: environment)
  where assessed.folder.hasFile(file.path) {
    count += 1
    if try assessed.folder.read(file.path) != file.bytes {
      differences.append("\(file.path) does not follow from the evidence")
    }
  }
  return "\(count) documents written again from the evidence"
}

/// Measures again from `runs/` what can be: metrics from predictions, participation and privacy from
/// run records. What needs the data itself is counted in a note.
private struct SourceCheck {
  var differences: [String] = []
  var summary = ""
  var notes: [String] = []

  init(_ assessed: AssessedFolder, _ environment: PipelineEnvironment) throws {
    let record = assessed.record
    guard record.subject.kind == .pilot, assessed.folder.hasFolder("runs") else {
      summary = "0 facts measured again; the folder holds no predictions"
      return
    }
    let derived = try FolderEvidence(assessed, environment).evidence
    let known = Dictionary(
      record.evidence.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    var compared = 0
    for item in derived {
      guard let stated = known[item.id] else { continue }
      // Which cells are hidden for the sake of others depends on sensitive columns too, which are not
      // stored: a cell that is hidden on one side only cannot be compared.
      if stated.isSuppressed != item.isSuppressed { continue }
      compared += 1
      if stated.result != item.result.asRecorded || stated.seeds != item.seeds {
        differences.append(
          "\(item.id): the evidence says \(stated.printedLine), its source gives "
            + item.printedLine)
      }
    }
    summary = "\(compared) facts measured again from predictions and run records"
    notes.append(
      "\(record.evidence.count - compared) facts need the data, the plan or the statements (fairness, rows "
        + "of groups, comparisons beside the baseline, probes); assay reproduce checks those")
  }
}

/// Evidence collected from a folder's `runs/` alone.
struct FolderEvidence {
  private(set) var evidence: [Evidence] = []

  init(_ assessed: AssessedFolder, _ environment: PipelineEnvironment) throws {
    let folder = assessed.folder
    let subject = assessed.record.subject
    var builder = EvidenceBuilder()
    var arms: [ScoredArm] = []
    var tables: [Table] = []
    var records: [String: PrivacyRecord] = [:]
    for arm in subject.arms where arm.kind != .ingested {
      var seeds: [ScoredArm.Seed] = []
      var runs: [(folder: String, run: Run)] = []
      for state in arm.runs {
        let base = "runs/\(state.folder)"
        let path = "\(base)/run.json"
        guard folder.hasFile(path) else { continue }
        let json = try JSONValue.parse(folder.read(path), path: folder.display(path))
        let run = try Run(json: json, path: folder.display(path))
        runs.append((state.folder, run))
        let predictions = "\(base)/predictions.csv"
        guard folder.hasFile(predictions) else { continue }
        let table = try CSVReader.parse(
          folder.read(predictions), path: folder.display(predictions))
        let columns = table.columns.indices.filter {
          table.columns[$0] == "score" || table.columns[$0].hasPrefix("score_")
        }
        let parts = try columns.map { try table.numbers($0, allowMissing: false) }
        var scores: [Double] = []
        scores.reserveCapacity(table.rowCount * parts.count)
        for row in 0..<table.rowCount { for part in parts { scores.append(part[row]) } }
        seeds.append(ScoredArm.Seed(seed: run.seed, scores: scores))
        tables.append(table)
      }
      if !runs.isEmpty {
        let isFederated = arm.kind == .federated
        RunEvidence(
          arm: arm.name, runs: runs, isFederated: isFederated,
          plannedCohort: isFederated ? Self.cohort(runs[0].run, subject.clientCount) : nil,
          isRegression: subject.task == "regression"
        ).collect(into: &builder)
        try Self.account(arm.name, runs, assessed.record, &builder)
        records[arm.name] = runs[0].run.privacy
      }
      if !seeds.isEmpty { arms.append(ScoredArm(name: arm.name, seeds: seeds)) }
    }
    if let table = tables.first, !arms.isEmpty {
      try measure(arms, table, assessed, environment, &builder)
    }
    if let feasibility = assessed.record.feasibility {
      Self.followUp(feasibility, assessed.record, records, environment, &builder)
    }
    evidence = builder.evidence.filter {
      // These need columns that predictions do not hold, the plan, or the other arms.
      ![
        "suppressed_cells", "accuracy_gap_worst_segment", "preprocessing_covered",
        "unit_protects_people",
      ].contains($0.id.metric)
        && !(["assumption", "epsilon_if_fails"].contains($0.id.metric)
          && ["preprocessing", "tuning", "unit"].contains($0.id.scope))
    }
  }

  /// What follows from other facts and from the recorded releases: who pays for privacy, the frontier, and
  /// what smaller budgets would take. What rests on probes cannot be had without training.
  private static func followUp(
    _ feasibility: Feasibility, _ evidence: EvidenceRecord, _ records: [String: PrivacyRecord],
    _ environment: PipelineEnvironment, _ builder: inout EvidenceBuilder
  ) {
    guard let reference = feasibility.reference, !feasibility.points.isEmpty else { return }
    let headline = evidence.subject.headline
    for fact in SegmentPrice(
      metric: headline,
      higherIsBetter: MetricCatalogue.metric(headline)?.direction != .lowerIsBetter,
      reference: reference, arms: feasibility.points.map(\.arm)
    ).facts(of: evidence.evidence) { builder.add(fact) }
    let arm = feasibility.recommended ?? feasibility.points.first { records[$0.arm] != nil }?.arm
    _ = FrontierEvidence(
      records: records,
      isParticipationHidden: arm.map { isHidden($0, evidence) } ?? false,
      threads: environment.threadCount
    ).collect(feasibility, into: &builder)
  }

  /// The run assumed participation to be hidden where its headline is the amplified value.
  private static func isHidden(_ arm: String, _ evidence: EvidenceRecord) -> Bool {
    func stated(_ metric: String) -> Double? {
      evidence.evidence.first { $0.id == EvidenceID(metric, arm: arm) }?.value
    }
    let amplified = stated("epsilon_amplified")
    // Without noise both are infinite, and the statement on participation tells.
    if amplified?.isFinite != true {
      let participation = evidence.evidence.first {
        $0.id.metric == "assumption" && $0.id.arm == EvidenceID("", arm: arm).arm
          && $0.id.scope == "participation"
      }
      if case .flag(false)? = participation?.result { return false }
    }
    return amplified != nil && amplified == stated("epsilon")
  }

  /// ε again from the releases that the run records list.
  private static func account(
    _ arm: String, _ runs: [(folder: String, run: Run)], _ evidence: EvidenceRecord,
    _ builder: inout EvidenceBuilder
  ) throws {
    guard let record = runs[0].run.privacy else { return }
    var assumptions: [Assumption] = []
    var ledger: [LedgerEntry] = []
    try PrivacyEvidence(
      arm: arm, runs: runs, record: record,
      isParticipationHidden: isHidden(arm, evidence),
      clientIs: evidence.subject.clientIs, isPreprocessingCovered: nil, isEngine: true
    ).collect(into: &builder, assumptions: &assumptions, ledger: &ledger)
  }

  private static func cohort(_ run: Run, _ clients: Int?) -> Int? {
    guard let clients else { return nil }
    let planned = run.parameters["clients_per_round"]
    if planned?.string == "all" { return clients }
    if let count = planned?.integer { return count }
    return planned?.double.map { min(clients, max(1, Int(($0 * Double(clients)).rounded()))) }
  }

  private func measure(
    _ arms: [ScoredArm], _ table: Table, _ assessed: AssessedFolder,
    _ environment: PipelineEnvironment, _ builder: inout EvidenceBuilder
  ) throws {
    let subject = assessed.record.subject
    func group(_ name: String) -> GroupColumn? {
      table.columns.firstIndex(of: name).map {
        GroupColumn(name: name, values: table.texts($0))
      }
    }
    let column = try table.index(of: "label")
    let scored: ScoredTable
    if subject.task == "regression" {
      scored = ScoredTable(
        task: .regression, labels: [], targets: try table.numbers(column), arms: arms,
        segments: subject.segments.compactMap(group), client: subject.client.flatMap(group))
    } else {
      let label = try table.labels(
        column, classCount: max(2, arms[0].seeds[0].scores.count / table.rowCount))
      scored = ScoredTable(
        task: label.classCount == 2 ? .binary : .multiclass(classCount: label.classCount),
        labels: label.labels, arms: arms, segments: subject.segments.compactMap(group),
        client: subject.client.flatMap(group))
    }
    var options = EvaluationOptions()
    options.threads = environment.threadCount
    options.reference = subject.baseline
    options.minimumClients = EvaluationOptions.minimumClients(of: assessed.profile)
    EvaluationEvidence(
      evaluation: evaluate(scored, options: options), clientColumn: subject.client,
      source: { _ in Evidence.Source(path: "runs/", how: "measured again") }
    ).collect(into: &builder)
  }
}

extension Evidence.Result {
  /// The result as the record holds it: without the counts that only tests are made from.
  fileprivate var asRecorded: Evidence.Result {
    guard case .estimate(.defined(let value, var interval, let count)) = self else { return self }
    interval?.pairedCounts = nil
    return .estimate(.defined(value: value, interval: interval, count: count))
  }
}
