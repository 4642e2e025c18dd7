import AssayFiles
import AssayRuns

/// One MLflow run as both stores hold it, before it becomes a ``Run``.
struct MLflowRecord {
  var id: String
  var name: String?
  var experiment: String?
  var status: RunStatus
  /// Milliseconds since 1970.
  var started: Int?
  var ended: Int?
  var artifactURI: String?
  /// Text as stored, by key.
  var parameters: [(key: String, value: String)] = []
  var tags: [(key: String, value: String)] = []
  var points: [String: [MetricPoint]] = [:]
  var artifacts: [JSONValue] = []
  var sources: [SourceFile] = []
  var warnings: [String] = []

  /// The run that this one is nested in.
  var parent: String? { tag("mlflow.parentRunId").flatMap { $0.isEmpty ? nil : $0 } }

  func tag(_ key: String) -> String? { tags.first { $0.key == key }?.value }

  /// Tags that name people, machines or private addresses; they are not repeated.
  static let privateTags: Set<String> = [
    "mlflow.user", "mlflow.source.name", "mlflow.source.git.repoURL",
    "mlflow.databricks.cluster.id",
    "mlflow.databricks.notebookPath", "mlflow.databricks.workspaceURL",
  ]

  /// The run itself, without its nested runs.
  func run(format: String) -> Run {
    let history = MetricHistory(points)
    var parameters = JSONObject()
    for (key, value) in self.parameters { parameters[key] = plainValue(value) }
    var run = Run(
      id: id, name: name ?? tag("mlflow.runName") ?? id, parent: parent, format: format,
      status: status, started: started.flatMap(Timestamp.text(milliseconds:)),
      parameters: parameters, metrics: history.last, rounds: history.rounds, sources: sources,
      warnings: warnings + history.warnings)
    if started == nil { run.warnings.append("start not recorded") }
    readSeed(of: &run)
    comparePlannedRounds(of: &run, lastStep: history.lastStep)
    readPrivacy(of: &run)
    checkArtifactURI(of: &run)
    run.details = details
    return run
  }

  private var details: JSONObject {
    var details = JSONObject()
    if let experiment { details["experiment"] = .string(experiment) }
    if let ended = ended.flatMap(Timestamp.text(milliseconds:)) {
      details["ended"] = .string(ended)
    }
    var shown = JSONObject()
    for (key, value) in tags where !Self.privateTags.contains(key) { shown[key] = .string(value) }
    if !shown.members.isEmpty { details["tags"] = .object(shown) }
    if !artifacts.isEmpty { details["artifacts"] = .array(artifacts) }
    return details
  }

  private func readSeed(of run: inout Run) {
    guard let seed = KnownNames.first(KnownNames.seed, in: run.parameters.members) else {
      run.warnings.append("seed not recorded")
      return
    }
    run.seed = seed.value.integer
    if run.seed == nil {
      run.warnings.append("seed not recorded: parameter '\(seed.key)' is no whole number")
    }
  }

  private func comparePlannedRounds(of run: inout Run, lastStep: Int?) {
    guard let planned = KnownNames.first(KnownNames.plannedRounds, in: run.parameters.members),
      let count = planned.value.integer, let lastStep, count != lastStep
    else { return }
    // Rounds counted from 0 end one below their number.
    if run.rounds.first?.round == 0, lastStep == count - 1 { return }
    run.warnings.append(
      "parameter '\(planned.key)' plans \(count) rounds, the metrics end at step \(lastStep)")
  }

  /// `artifact_uri` is a claim of the machine that wrote it: artifacts are looked for in the run's
  /// own folder only.
  private func checkArtifactURI(of run: inout Run) {
    guard let artifactURI else { return }
    let lowered = artifactURI.lowercased()
    if lowered.contains("..") || lowered.contains("%2e") || lowered.contains("%2f")
      || lowered.contains("\\")
    {
      run.warnings.append("artifact_uri leads out of the store; it is not followed")
    }
  }

  /// A number where the text is exactly how Python prints that number, else the text.
  private func plainValue(_ text: String) -> JSONValue {
    if let integer = Int(text), String(integer) == text { return .integer(integer) }
    if let double = Double(text), double.isFinite, double.description == text {
      return .double(double)
    }
    return .string(text)
  }
}

extension MLflowRecord {
  /// All runs of a store in the order of their start, each parent knowing its nested runs.
  static func runs(_ records: [MLflowRecord], format: String) -> [Run] {
    let ordered = records.sorted {
      ($0.started ?? .max, $0.id) < ($1.started ?? .max, $1.id)
    }
    var runs = ordered.map { $0.run(format: format) }
    var position: [String: Int] = [:]
    for (index, run) in runs.enumerated() { position[run.id] = index }
    var children: [Int: [Int]] = [:]
    for (index, run) in runs.enumerated() {
      guard let parent = run.parent else { continue }
      if let at = position[parent], at != index {
        children[at, default: []].append(index)
      } else {
        runs[index].warnings.append("the parent run \(parent) is not in the source")
      }
    }
    for (parent, nested) in children {
      runs[parent].details["clients"] = .array(
        nested.sorted { (runs[$0].name, $0) < (runs[$1].name, $1) }.map { index in
          ordered[index].clientEntry(runs[index])
        })
    }
    return runs
  }

  /// A nested run, read as a client of its parent.
  private func clientEntry(_ run: Run) -> JSONValue {
    let named: [(key: String, value: String)] = tags + parameters
    var metrics = JSONObject()
    for key in run.metrics.keys.sorted() { metrics[key] = .number(run.metrics[key]) }
    return .object([
      "run": .string(id), "name": .string(run.name),
      "client": .optional(KnownNames.first(KnownNames.client, in: named)?.value),
      "status": .string(status.rawValue),
      "examples": KnownNames.first(["num_examples", "examples"], in: run.parameters.members)?.value
        ?? .null,
      "metrics": .object(metrics), "rounds": .integer(run.rounds.count),
    ])
  }
}
