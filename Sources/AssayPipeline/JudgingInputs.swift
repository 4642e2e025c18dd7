import AssayDiagnostics
import AssayEvidence
import AssayFiles

/// The checklist and the human statements that a folder is judged by, as read.
struct JudgingInputs {
  /// What stands in `statements.yaml` when nobody stated anything.
  static let emptyStatements =
    "# Nothing was stated. Every human part of the documents reads \"not provided\".\n"

  var checklist: Checklist
  var checklistBytes: [UInt8]
  var statements: Statements
  var statementsBytes: [UInt8]
  var profile: Profile
  var stage: Stage

  /// For a pilot: what the command line names, then what the pilot names, then what is installed.
  init(pilot: Pilot, choice: JudgingChoice) throws {
    let location = DataLocation(pilotPath: pilot.path, override: nil)
    var checklistPath = choice.checklist
    if checklistPath == nil, let named = pilot.checklist {
      let beside = location.resolve(named, isMain: false)
      if fileExists(beside) {
        checklistPath = beside
      } else if let installed = try? InstalledData().checklist(Self.stem(of: named)),
        fileExists(installed)
      {
        checklistPath = installed
      } else {
        throw Diagnostic(
          .fileMissing, at: SourceLocation(path: beside),
          help: "\(pilot.checklistNode?.description ?? pilot.path) names this checklist")
      }
    }
    var statementsPath = choice.statements
    if statementsPath == nil, let named = pilot.statements {
      let beside = location.resolve(named, isMain: false)
      guard fileExists(beside) else {
        throw Diagnostic(
          .fileMissing, at: SourceLocation(path: beside),
          help: "\(pilot.statementsNode?.description ?? pilot.path) names these statements")
      }
      statementsPath = beside
    }
    try self.init(
      checklistPath: checklistPath, statementsPath: statementsPath,
      profile: choice.profile ?? pilot.profile, stage: choice.stage ?? .release)
  }

  /// For a folder: what the command line names, then what the folder holds, then what is installed.
  init(folder: InputFolder, profile: Profile, stage: Stage, choice: JudgingChoice) throws {
    func inside(_ name: String) -> String? { folder.hasFile(name) ? folder.display(name) : nil }
    try self.init(
      checklistPath: choice.checklist ?? inside("checklist.yaml"),
      statementsPath: choice.statements ?? inside("statements.yaml"),
      profile: choice.profile ?? profile, stage: choice.stage ?? stage)
  }

  init(
    checklistPath: String?, statementsPath: String?, profile: Profile, stage: Stage
  ) throws {
    let path = try checklistPath ?? InstalledData().checklist("pilot-readiness")
    checklistBytes = try InputFile.read(path, limit: YAMLNode.sizeLimit)
    checklist = try Checklist.parse(bytes: checklistBytes, path: path)
    if let statementsPath {
      statementsBytes = try InputFile.read(statementsPath, limit: YAMLNode.sizeLimit)
      statements = try Statements.parse(bytes: statementsBytes, path: statementsPath)
    } else {
      statementsBytes = Array(Self.emptyStatements.utf8)
      statements = Statements()
    }
    self.profile = profile
    self.stage = stage
  }

  /// Runs the checks.
  func judge(_ record: EvidenceRecord) -> Assessment {
    Assessment.make(
      record: record, statements: statements, checklist: checklist, profile: profile, stage: stage)
  }

  private static func stem(of path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return name.hasSuffix(".yaml") ? String(name.dropLast(5)) : name
  }
}
