import AssayDiagnostics
import AssayFiles
import AssayPrivacy
import AssayRuns
import AssayTraining

/// A loss-threshold attack on a model that `assay run` trained: training rows are the members, test rows are
/// not, and a row with a small loss is taken for a member.
/// - Note: Source: Yeom, Giacomelli, Fredrikson, Jha 2018, arXiv:1709.01604, adversary 2.
struct RunFolderAttack {
  var attack: AttackScores
  /// What the run's record claims to have released.
  var record: PrivacyRecord?
  /// What was attacked, in words.
  var target: String
  /// Where the releases stand.
  var recordPath: String

  init(folder path: String, arm name: String, seed: Int?, data: String?) throws {
    let assessed = try AssessedFolder(path)
    guard assessed.record.subject.kind == .pilot, assessed.folder.hasFile("pilot.yaml") else {
      throw Diagnostic(
        .other(
          found: "a folder of kind '\(assessed.record.subject.kind.rawValue)'",
          expected: "a folder that assay run wrote"), at: SourceLocation(path: path))
    }
    let pilotPath = assessed.folder.display("pilot.yaml")
    let pilot = try Pilot.read(path: pilotPath)
    guard let arm = pilot.arms.first(where: { $0.name == name }) else {
      throw Diagnostic(
        .unknownName(what: "an arm", name: name, known: pilot.arms.map(\.name)),
        at: SourceLocation(path: pilotPath))
    }
    if case .local = arm.kind {
      throw Diagnostic(
        .refusedContent(
          what: "the local arm '\(name)'", why: "it has one model for each client, not one model"),
        at: SourceLocation(path: pilotPath), help: "name an arm with one model")
    }
    let seed = seed ?? pilot.seeds.first ?? 1
    guard pilot.seeds.contains(seed) else {
      throw Diagnostic(
        .unknownName(what: "a seed", name: "\(seed)", known: pilot.seeds.map { "\($0)" }),
        at: SourceLocation(path: pilotPath))
    }
    let run = "runs/\(name)-seed\(seed)"
    recordPath = assessed.folder.display("\(run)/run.json")
    let modelPath = assessed.folder.display("\(run)/model.safetensors")
    guard assessed.folder.hasFile("\(run)/model.safetensors") else {
      throw Diagnostic(
        .fileMissing, at: SourceLocation(path: modelPath),
        help: "arms without training, and runs that failed, leave no model to attack")
    }
    let tensors = try Safetensors.decode(
      assessed.folder.read("\(run)/model.safetensors", limit: 4 << 30), path: modelPath
    ).tensors
    record = try Run(
      json: JSONValue.parse(
        assessed.folder.read("\(run)/run.json", limit: 1 << 30), path: recordPath),
      path: recordPath
    ).privacy
    let origin = try data ?? findData(pilot, folder: path)
    if let difference = try compareInputs(pilot, assessed, origin) {
      throw Diagnostic(
        .conflict(first: "the data", second: "the folder", why: difference),
        at: SourceLocation(path: path), help: "audit with the data that the model was trained on")
    }
    let prepared = try DataPreparation(
      plan: pilot.data, pilotPath: pilotPath, override: origin,
      isRegression: pilot.model.isRegression
    ).prepare()
    let losses: RowLosses
    do {
      losses = try RowLosses(
        tensors: tensors, model: pilot.model,
        data: prepared.trainingData(pilot.data.scaling, isLocal: false))
    } catch {
      throw Diagnostic(error.fact, at: SourceLocation(path: modelPath))
    }
    do {
      attack = try AttackScores(
        scores: (losses.train + losses.test).map { -$0 },
        isMember: losses.train.map { _ in true } + losses.test.map { _ in false })
    } catch {
      throw Diagnostic(error.fact, at: SourceLocation(path: modelPath))
    }
    target =
      "the final model of arm '\(name)', seed \(seed), by the loss of \(losses.train.count) training rows "
      + "against \(losses.test.count) test rows"
  }
}
