import AssayDiagnostics
import AssayEvidence
import AssayFiles

// The main path: read this file first. Every command that starts from a pilot goes through `assess`.

/// A pilot that was trained, measured and judged, in memory.
struct AssessedPilot {
  var pilot: Pilot
  var data: PreparedData
  var arms: TrainedArms
  var assessment: Assessment
  var inputs: JudgingInputs
  var timings: JSONValue
}

/// Trains every arm of a pilot and judges what came of it.
/// - Parameters:
///   - path: The pilot file.
///   - data: Replaces the folder that data paths start from, or the data file itself.
///   - skipping: Arms that are left out, because they cannot be repeated.
///   - carrying: Facts that were recorded after the run, which replace those of the same id.
///   - progress: Keeps what was trained, so that a killed run goes on from there; `nil` for none.
/// - Throws: Diagnostics about the pilot, the data, the checklist or the statements.
func assess(
  pilotAt path: String, data dataOverride: String? = nil, skipping: Set<String> = [],
  carrying: [Evidence] = [], judging: JudgingChoice, progress: RunProgress? = nil,
  environment: PipelineEnvironment
) throws -> AssessedPilot {
  var stopwatch = Stopwatch()
  // 1. Import: the pilot file, its data, its checklist and statements, and runs of other tools.
  let pilot = try Pilot.read(path: path)
  let inputs = try JudgingInputs(pilot: pilot, choice: judging)
  let data = try DataPreparation(
    plan: pilot.data, pilotPath: path, override: dataOverride,
    isRegression: pilot.model.isRegression
  ).prepare()
  let plan = try ResolvedPlan(
    pilot: pilot, data: data, statements: inputs.statements, dataOverride: dataOverride)
  let imported = try plan.importRuns(override: dataOverride)
  // 2. Train: every arm with every seed, on the same rows and from the same initial model.
  progress?.open(key: plan.progressKey(imported: imported))
  let arms = try plan.train(
    skipping: skipping, imported: imported, keeping: progress, environment, &stopwatch)
  // 3. Count, 4. Measure: one pass over predictions; then intervals, fairness and comparisons.
  let evaluation = try PilotEvaluation(plan: plan, arms: arms, environment, &stopwatch)
  // 5. Judge: every result becomes evidence with an id, and checks run over it.
  let record = try evaluation.record(environment, &stopwatch).replacing(carrying)
  let assessment = inputs.judge(record)
  // 6. Say: documents are written from the assessment alone; see `Output/DocumentFiles.swift`.
  return AssessedPilot(
    pilot: pilot, data: data, arms: arms, assessment: assessment, inputs: inputs,
    timings: stopwatch.json)
}
