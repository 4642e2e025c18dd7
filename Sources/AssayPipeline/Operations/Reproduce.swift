import AssayDiagnostics
import AssayEvidence
import AssayFiles
import AssayTables

/// Runs again what a folder records, in memory, and compares every file but the timings bit by bit.
/// - Parameter data: The data file, or the folder that the pilot's relative paths start from; without it
///   paths start from the folder, then from the folder above it.
/// - Parameter isRecorded: Whether a success is written into the folder's evidence, where check RP-2
///   finds it, and the documents are written again.
public func reproduce(
  folder path: String, data: String?, isRecorded: Bool = false, environment: PipelineEnvironment
) throws -> VerificationResult {
  let assessed = try AssessedFolder(path)
  let folder = assessed.folder
  guard assessed.record.subject.kind == .pilot, folder.hasFile("pilot.yaml") else {
    throw Diagnostic(
      .other(
        found: "a folder of kind '\(assessed.record.subject.kind.rawValue)'",
        expected: "a folder that assay run wrote"), at: SourceLocation(path: path))
  }
  let pilotPath = folder.display("pilot.yaml")
  let pilot = try Pilot.read(path: pilotPath)
  let origin = try data ?? findData(pilot, folder: path)
  if let difference = try compareInputs(pilot, assessed, origin) {
    return VerificationResult(
      command: "reproduce", checked: ["digests of the inputs"], differences: [difference],
      notes: ["nothing was run, since the inputs differ"])
  }
  var environment = environment
  guard let clock = Timestamp(assessed.record.asOf) else {
    throw Diagnostic(
      .badValue(key: "as_of", found: assessed.record.asOf, expected: "a time"),
      at: SourceLocation(path: folder.display("evidence.json")))
  }
  environment.asOf = clock
  let unrepeatable = systemNoiseArms(pilot)
  let choice = JudgingChoice(
    checklist: folder.display("checklist.yaml"), profile: assessed.profile,
    statements: folder.hasFile("statements.yaml") ? folder.display("statements.yaml") : nil,
    stage: assessed.stage)
  let known = assessed.record.evidence.filter { $0.id == reproducedID }
  let again = try assess(
    pilotAt: pilotPath, data: origin, skipping: unrepeatable, carrying: known, judging: choice,
    environment: environment)
  let result = try compare(
    again.files(environment: environment), assessed, unrepeatable: unrepeatable)
  if isRecorded, result.differences.isEmpty, unrepeatable.isEmpty {
    let fact = Evidence(
      id: reproducedID, title: "A second run gave the same bytes", unit: .text,
      result: .flag(true),
      source: Evidence.Source(path: "manifest.json", how: "assay reproduce compared every file"))
    try rewrite(
      assessed, record: assessed.record.replacing([fact]), output: path, judging: choice,
      environment: environment)
  }
  return result
}

/// The fact that check RP-2 looks for.
private let reproducedID = EvidenceID("reproduced", arm: "run")

extension EvidenceRecord {
  /// The record with facts in place of those of the same id.
  func replacing(_ facts: [Evidence]) -> EvidenceRecord {
    var record = self
    for fact in facts {
      if let index = record.evidence.firstIndex(where: { $0.id == fact.id }) {
        record.evidence[index] = fact
      }
    }
    return record
  }
}

func findData(_ pilot: Pilot, folder: String) throws -> String? {
  if pilot.data.path.hasPrefix("/") { return nil }
  for candidate in [folder, folder + "/.."] where fileExists("\(candidate)/\(pilot.data.path)") {
    return candidate
  }
  throw Diagnostic(
    .fileMissing, at: SourceLocation(path: "\(folder)/\(pilot.data.path)"),
    help: "name the data with --data: the file, or the folder that the pilot's paths start from")
}

func compareInputs(
  _ pilot: Pilot, _ assessed: AssessedFolder, _ origin: String?
) throws -> String? {
  if let recorded = assessed.record.subject.pilotDigest, recorded != pilot.digest {
    return "pilot.yaml has another digest than the evidence states"
  }
  let location = DataLocation(pilotPath: pilot.path, override: origin)
  for (index, source) in assessed.record.subject.sources.enumerated() {
    let resolved = location.resolve(source.path, isMain: index == 0)
    let digest = try digestOfTable(resolved)
    if digest != source.sha256 {
      return "\(resolved) has the digest \(digest), the evidence states \(source.sha256)"
    }
  }
  return nil
}

/// Arms whose noise came from the operating system, and arms with their budgets: another run has other
/// noise, and draws other cohorts.
private func systemNoiseArms(_ pilot: Pilot) -> Set<String> {
  let noisy = pilot.arms.filter { arm in
    if case .federated(let federated) = arm.kind {
      federated.privacy?.isSystemNoise == true
    } else {
      false
    }
  }.map(\.name)
  let matched = pilot.arms.filter { arm in
    if case .matched(_, let match) = arm.kind { noisy.contains(match.arm) } else { false }
  }.map(\.name)
  return Set(noisy + matched)
}

private func compare(
  _ files: [OutputFile], _ assessed: AssessedFolder, unrepeatable: Set<String>
) throws -> VerificationResult {
  var differences: [String] = []
  var count = 0
  let again = Dictionary(files.map { ($0.path, $0.bytes) }, uniquingKeysWith: { first, _ in first })
  func isUnrepeatable(_ path: String) -> Bool {
    unrepeatable.contains { path.hasPrefix("runs/\($0)-seed") }
  }
  // Documents compare all arms, so with an arm left out they cannot be the same.
  let comparesDocuments = unrepeatable.isEmpty
  for path in try assessed.filePaths()
  where path != OutputFolder.manifestName && path != "timings.json" && !isUnrepeatable(path) {
    if !comparesDocuments, !path.hasPrefix("runs/") { continue }
    count += 1
    guard let bytes = again[path] else {
      differences.append("\(path) was not written again")
      continue
    }
    if try assessed.folder.read(path) != bytes { differences.append("\(path) has other bytes") }
  }
  for file in files where !assessed.folder.hasFile(file.path) {
    differences.append("\(file.path) was written now and is not in the folder")
  }
  var notes: [String] = []
  if !unrepeatable.isEmpty {
    notes.append(
      "left out, since their noise came from the operating system: "
        + unrepeatable.sorted().joined(separator: ", ")
        + "; documents that compare all arms were not compared")
  }
  return VerificationResult(
    command: "reproduce", checked: ["digests of the inputs", "\(count) files bit by bit"],
    differences: differences, notes: notes)
}
