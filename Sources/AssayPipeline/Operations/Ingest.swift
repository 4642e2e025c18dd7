import AssayDiagnostics
import AssayEvidence
import AssayFiles
import AssayImport
import AssayRuns

/// What `ingest` found.
public struct IngestResult: Sendable {
  /// The runs as INTERFACE has them.
  public var json: JSONValue
  /// One line for each run.
  public var summary: String
}

/// The formats that `ingest` reads, one line each.
public func formatList() -> String {
  ImporterCatalogue.entries.map { "\($0.name)\t\($0.title)\n" }.joined()
}

/// Reads runs of other tools; writes run records and evidence where a folder is named.
public func ingestRuns(
  sources: [String], format: String?, output: String?, candidate: String? = nil,
  baseline: String? = nil, environment: PipelineEnvironment
) throws -> IngestResult {
  if let format {
    let known = ImporterCatalogue.entries.map(\.name)
    guard known.contains(format) else {
      throw Diagnostic(.unknownName(what: "a format", name: format, known: known))
    }
  }
  var runs: [Run] = []
  for source in sources {
    environment.progress("reading \(source)")
    runs += try importRuns(from: source, format: format)
  }
  let json = Run.listJSON(runs)
  if let output {
    let folder = try OutputFolder(output)
    let named = ArtifactRuns(runs: runs)
    let record = try named.record(
      candidate: candidate, baseline: baseline, name: label(of: sources),
      environment: environment)
    let inputs = try JudgingInputs(
      checklistPath: nil, statementsPath: nil, profile: .crossSilo, stage: .release)
    var files = [
      OutputFile("evidence.json", inputs.judge(record).encode().serialized()),
      OutputFile("runs.json", json.serialized()),
    ]
    for (folder, run) in named.folders {
      files.append(
        OutputFile(
          "runs/\(folder)/run.json", Array(run.fileJSON.serialized().utf8), isPrivate: true))
    }
    try write(files, timings: nil, to: folder)
  }
  return IngestResult(json: json, summary: summary(of: runs, output: output))
}

private func label(of sources: [String]) -> String {
  sources.map { $0.split(separator: "/").last.map(String.init) ?? $0 }.joined(separator: ", ")
}

private func summary(of runs: [Run], output: String?) -> String {
  var lines: [String] = []
  for run in runs {
    var line = "\(run.name): \(run.format), \(run.status.rawValue), \(run.rounds.count) rounds"
    if let seed = run.seed { line += ", seed \(seed)" }
    for key in ["accuracy", "loss"] {
      if let value = run.metrics[key] { line += ", \(key) \(PrintedNumber.text(value, .loss))" }
    }
    lines.append(line)
    lines += run.warnings.map { "  warning: \($0)" }
  }
  if let output { lines.append("next: assay report \(output)") }
  return lines.map(printable).joined(separator: "\n") + "\n"
}
