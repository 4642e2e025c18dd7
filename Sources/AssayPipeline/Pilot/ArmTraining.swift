import AssayDiagnostics
import AssayFiles
import AssayRuns
import AssayTraining

/// One trained or ingested run of an arm.
struct ArmRun {
  /// Folder below `runs/`: `<arm>-seed<N>`.
  var folder: String
  var seed: Int?
  var run: Run
  /// Scores of the test rows; `nil` for an ingested run and for one that failed.
  var scores: [Double]?
  /// The model's weights.
  var tensors: [NamedTensor]
  /// Local arms: each client's own model on all test rows.
  var localModels: [LocalModelResult]
}

/// All runs of all arms, in the pilot's order.
struct TrainedArms {
  var runs: [(arm: ResolvedPlan.ResolvedArm, runs: [ArmRun])]

  func runs(of arm: String) -> [ArmRun] { runs.first { $0.arm.name == arm }?.runs ?? [] }
}

extension ResolvedPlan {
  /// Trains every arm with every seed.
  func train(
    skipping: Set<String>, imported: [String: Run], _ environment: PipelineEnvironment,
    _ stopwatch: inout Stopwatch
  ) throws -> TrainedArms {
    guard Kernels.select(environment.kernels) else {
      throw Diagnostic(
        .other(
          found: "a processor without them",
          expected: "a processor with \(environment.kernels) instructions"),
        help: "use --kernels auto")
    }
    let shared = try data.trainingData(pilot.data.scaling, isLocal: false)
    var result = TrainedArms(runs: [])
    for arm in arms where !skipping.contains(arm.name) {
      if let run = imported[arm.name] {
        result.runs.append(
          (
            arm,
            [
              ArmRun(
                folder: arm.name, seed: run.seed, run: run, scores: nil, tensors: [],
                localModels: [])
            ]
          ))
        continue
      }
      guard let plan = arm.plan else {
        result.runs.append((arm, []))
        continue
      }
      let input =
        arm.isLocal ? try data.trainingData(pilot.data.scaling, isLocal: true) : shared
      var runs: [ArmRun] = []
      for seed in pilot.seeds {
        environment.progress("training \(arm.name), seed \(seed)")
        let start = Stopwatch.wall()
        let trained = try AssayTraining.train(
          plan, model: pilot.model, data: input, seed: seed, threads: environment.threadCount)
        let folder = "\(arm.name)-seed\(seed)"
        stopwatch.trained(
          folder, seconds: trained.trainSeconds ?? Stopwatch.wall() - start)
        runs.append(armRun(arm, folder, seed, trained))
      }
      result.runs.append((arm, runs))
    }
    return result
  }
}
