import AssayDiagnostics
import AssayDocuments
import AssayEvidence
import AssayFiles

/// A folder that Assay wrote, read back: what is needed to judge and render it again.
struct AssessedFolder {
  let folder: InputFolder
  let record: EvidenceRecord
  /// Profile and stage that the folder was last judged with.
  let profile: Profile
  let stage: Stage

  init(_ path: String) throws {
    folder = try InputFolder(path)
    guard folder.hasFile("evidence.json") else {
      throw Diagnostic(
        .fileMissing, at: SourceLocation(path: folder.display("evidence.json")),
        help: "name a folder that assay run, evaluate -o or ingest -o wrote")
    }
    let path = folder.display("evidence.json")
    let json = try JSONValue.parse(folder.read("evidence.json", limit: 1 << 30), path: path)
    record = try EvidenceRecord(json: json, path: path)
    profile = json["profile"]?.string.flatMap { Profile(rawValue: $0) } ?? .crossSilo
    stage = json["stage"]?.string.flatMap { Stage(rawValue: $0) } ?? .release
  }

  /// Judges the folder's evidence by what the caller chose, else by what the folder holds.
  func judge(
    _ choice: JudgingChoice, _ environment: PipelineEnvironment
  ) throws -> (assessment: Assessment, inputs: JudgingInputs) {
    var record = record
    if environment.isClockGiven { record.asOf = environment.asOf.description }
    let inputs = try JudgingInputs(
      folder: folder, profile: profile, stage: stage, choice: choice)
    return (inputs.judge(record), inputs)
  }

  /// Every file below the folder, by path; links and special files are left out.
  func filePaths(_ relative: String = "", depth: Int = 0) throws -> [String] {
    var paths: [String] = []
    for entry in try folder.entries(relative) {
      let path = relative.isEmpty ? entry.name : "\(relative)/\(entry.name)"
      switch entry.kind {
      case .file: paths.append(path)
      case .folder where depth < 8: paths += try filePaths(path, depth: depth + 1)
      case .folder, .other: paths.append(path)
      }
    }
    return paths
  }
}

/// Writes the documents of a folder again, without training.
/// - Parameter output: May be the folder itself.
public func report(
  folder path: String, output: String, judging: JudgingChoice, environment: PipelineEnvironment
) throws -> GateResult {
  let assessed = try AssessedFolder(path)
  var record = assessed.record
  if environment.isClockGiven { record.asOf = environment.asOf.description }
  let assessment = try rewrite(
    assessed, record: record, output: output, judging: judging, environment: environment)
  return GateResult(assessment, folder: output)
}

/// Judges a record again and writes a folder with it; whatever else the folder holds is kept.
@discardableResult
func rewrite(
  _ assessed: AssessedFolder, record: EvidenceRecord, output: String, judging: JudgingChoice,
  environment: PipelineEnvironment
) throws -> Assessment {
  let inputs = try JudgingInputs(
    folder: assessed.folder, profile: assessed.profile, stage: assessed.stage, choice: judging)
  let assessment = inputs.judge(record)
  var files = try documentFiles(assessment, environment: environment)
  files.append(OutputFile("statements.yaml", inputs.statementsBytes))
  files.append(OutputFile("checklist.yaml", inputs.checklistBytes))
  let written = Set(files.map(\.path))
  for name in try assessed.filePaths()
  where !written.contains(name) && name != OutputFolder.manifestName && name != "timings.json" {
    files.append(
      OutputFile(name, try assessed.folder.read(name), isPrivate: name.hasPrefix("runs/")))
  }
  var timings: JSONValue?
  if assessed.folder.hasFile("timings.json") {
    timings = try JSONValue.parse(
      assessed.folder.read("timings.json", limit: 16 << 20),
      path: assessed.folder.display("timings.json"))
  }
  try write(files, timings: timings, to: OutputFolder(output))
  return assessment
}

/// Judges a folder again and prints the verdicts; writes `gate.xml` only where a file is named.
public func gate(
  folder path: String, output: String?, judging: JudgingChoice, environment: PipelineEnvironment
) throws -> GateResult {
  let assessed = try AssessedFolder(path)
  let (assessment, _) = try assessed.judge(judging, environment)
  if let output {
    let files = try documentFiles(assessment, environment: environment)
    guard let xml = files.first(where: { $0.path == "gate.xml" }) else {
      throw InternalError("no gate was rendered")
    }
    try OutputFile.writeAlone(xml.bytes, to: output)
  }
  return GateResult(assessment, folder: nil)
}
