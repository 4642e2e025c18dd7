import AssayDiagnostics
import AssayFiles
import AssayRuns
import AssayTraining

/// One trained or ingested run of an arm.
struct ArmRun {
  /// Folder below `runs/`: `<arm>-seed<N>`, or the arm's name for an ingested run.
  var folder: String
  /// The record that is written.
  var run: Run
  /// Scores of the test rows; `nil` for an ingested run and for one that did not complete.
  var scores: [Double]?
  /// The model's weights.
  var tensors: [NamedTensor]
  /// Local arms: each client's own model.
  var localModels: [LocalModel]
  /// What became of every client in every round, as JSON lines.
  var roundLog: [UInt8] = []
}

/// All runs of all arms, in the pilot's order.
struct TrainedArms {
  /// One arm and its runs.
  struct Arm {
    var plan: ResolvedPlan.ResolvedArm
    var runs: [ArmRun]
  }
  var arms: [Arm] = []

  subscript(name: String) -> Arm? { arms.first { $0.plan.name == name } }
}

extension ResolvedPlan {
  /// Trains every arm with every seed.
  /// - Parameters:
  ///   - skipping: Arms that are left out, because their noise cannot be repeated.
  ///   - progress: What was trained before, and where what is trained now is kept.
  func train(
    skipping: Set<String>, imported: [String: Run], keeping progress: RunProgress?,
    _ environment: PipelineEnvironment, _ stopwatch: inout Stopwatch
  ) throws -> TrainedArms {
    guard let kernels = Kernels(rawValue: environment.kernels) else {
      throw InternalError("the kernels '\(environment.kernels)' were checked before")
    }
    try kernels.select()
    // One scaled copy of the data at a time: local arms differ only under standard scaling.
    var current: (isLocal: Bool, trainer: Trainer)?
    func trainer(isLocal: Bool) throws -> Trainer {
      var isOwn = false
      if case .standard = pilot.data.scaling { isOwn = isLocal }
      if let current, current.isLocal == isOwn { return current.trainer }
      current = nil
      let made = Trainer(
        data: try data.trainingData(pilot.data.scaling, isLocal: isOwn), model: pilot.model,
        clientNames: data.clients, threads: environment.threadCount)
      current = (isOwn, made)
      return made
    }
    var runs: [String: [ArmRun]] = [:]
    // Arms that match another one's budget come behind it.
    let order = arms.filter { $0.match == nil } + arms.filter { $0.match != nil }
    for arm in order where !skipping.contains(arm.name) {
      if let run = imported[arm.name] {
        runs[arm.name] = [
          ArmRun(folder: arm.name, run: run, scores: nil, tensors: [], localModels: [])
        ]
      } else if let plan = arm.plan {
        runs[arm.name] = try pilot.seeds.compactMap { seed in
          let other = arm.match.flatMap { match in
            runs[match.arm]?.first { $0.run.seed == seed }
          }
          guard let plan = matched(plan, arm.match, to: other) else { return nil }
          let folder = "\(arm.name)-seed\(seed)"
          let trained: TrainedArm
          if let finished = progress?.finished(folder) {
            trained = finished
          } else {
            environment.progress("training \(arm.name), seed \(seed)")
            let observer = TrainingObserver(checkpoints: progress?.checkpoints(folder))
            trained = try trainer(isLocal: arm.isLocal).train(plan, seed: seed, observer: observer)
            progress?.keep(trained, as: folder)
          }
          stopwatch.trained(
            folder, seconds: trained.trainSeconds, processor: trained.trainProcessorSeconds)
          return record(trained, of: arm, seed: seed, folder: folder)
        }
      }
    }
    progress?.endTraining()
    return TrainedArms(
      arms: arms.filter { !skipping.contains($0.name) }.map {
        TrainedArms.Arm(plan: $0, runs: runs[$0.name] ?? [])
      })
  }

  /// A plan with the budget of another run; `nil` when that run is not there.
  private func matched(
    _ plan: ArmPlan, _ match: Pilot.BudgetMatch?, to other: ArmRun?
  ) -> ArmPlan? {
    guard let match, case .centralized(var training) = plan else { return plan }
    let rows = data.train.rows.count
    guard let other else { return nil }
    let perEpoch = training.stepsOfEpoch(rows: rows)
    let steps: Int
    switch match.measure {
    case .steps: steps = other.run.details["gradient_steps"]?.integer ?? 0
    case .epochs:
      let examples = other.run.details["examples_processed"]?.integer ?? 0
      let (whole, rest) = examples.quotientAndRemainder(dividingBy: rows)
      let batch = min(training.batchSize, rows)
      steps = whole * perEpoch + (rest + batch - 1) / batch
    }
    guard steps > 0 else { return nil }
    training.mostSteps = steps
    training.epochs = (steps + perEpoch - 1) / perEpoch
    return .centralized(training)
  }

  /// What the engine did, as the same record that importers give.
  private func record(
    _ trained: TrainedArm, of arm: ResolvedArm, seed: Int, folder: String
  ) -> ArmRun {
    var warnings = trained.notes
    var details: JSONObject = [
      "gradient_steps": .integer(trained.gradientSteps),
      "examples_processed": .integer(trained.examplesProcessed),
      "nonfinite_values": .integer(trained.nonFiniteCount),
      "weights_sha256": .string(
        SHA256.hexDigest(Safetensors.encode(trained.weights))),
    ]
    if let loss = trained.trainingLoss { details["training_loss"] = .double(loss) }
    if let optimum = trained.optimum {
      details["optimum"] = .object([
        "iterations": .integer(optimum.iterations), "gradient": .double(optimum.gradient),
        "converged": .bool(optimum.hasConverged),
      ])
    }
    if case .federated? = arm.plan {
      details["distinct_clients"] = .integer(trained.distinctClients)
      if let share = trained.largestClientShare {
        details["largest_client_share"] = .double(share)
      }
      details["virtual_seconds"] = .double(trained.virtualSeconds)
      if let last = trained.clips.last, trained.clips.contains(where: { $0 != last }) {
        details["clips"] = .array(trained.clips.map { .double($0) })
      }
      if trained.largestClippedNorm > 0 {
        details["largest_clipped_norm"] = .double(trained.largestClippedNorm)
      }
      if case .example? = arm.privacy?.mechanism {
        details["clipped_rows"] = .integer(trained.clippedRows)
      }
    }
    if let failure = trained.failure {
      warnings.append(failure.cause)
      details["failure"] = .object([
        "round": .optional(failure.round),
        "clients": .array(failure.clients.map { .string(data.clients[$0]) }),
        "loss_history": .array(failure.lossHistory.map { .number($0) }),
        "cause": .string(failure.cause),
      ])
    }
    for (name, value) in trained.initialMetrics.sorted(by: { $0.key < $1.key })
    where value.isFinite {
      details["initial_\(name)"] = .double(value)
    }
    var metrics: [String: Double] = [:]
    if let last = trained.rounds.last { metrics = last.metrics }
    let run = Run(
      id: folder, name: "\(arm.name), seed \(seed)", format: "assay", status: trained.status,
      seed: seed, parameters: parameters(arm), metrics: metrics, rounds: trained.rounds,
      privacy: privacyRecord(trained, arm), sources: data.sources, warnings: warnings,
      details: details)
    let isUsable = trained.status == .completed && !trained.scores.isEmpty
    return ArmRun(
      folder: folder, run: run, scores: isUsable ? trained.scores : nil, tensors: trained.weights,
      localModels: trained.localModels, roundLog: trained.roundLog)
  }

  private func privacyRecord(_ trained: TrainedArm, _ arm: ResolvedArm) -> PrivacyRecord? {
    guard let privacy = arm.privacy else { return nil }
    let kind = privacy.mechanism.kind
    var trainedCohort: Double?
    if privacy.simulatedCohort != nil, case .federated(let plan)? = arm.plan {
      trainedCohort =
        plan.clientsPerRound.samplingRate(of: data.clients.count) * Double(data.clients.count)
    }
    return PrivacyRecord(
      history: trained.releases, delta: arm.delta, clip: privacy.clip, unit: kind.unit,
      neighbouring: kind.neighbouring,
      population: kind.unit == .client ? data.clients.count : data.train.rows.count,
      noiseSource: privacy.noise == .system ? .system : .seeded, mechanism: kind,
      clipQuantile: privacy.adaptive?.quantile, simulatedCohort: privacy.simulatedCohort,
      trainedCohort: trainedCohort)
  }

  /// The plan of an arm as parameters of its runs.
  func parameters(_ arm: ResolvedArm) -> JSONObject {
    func local(_ training: LocalTraining) -> [(String, JSONValue)] {
      [
        ("epochs", .integer(training.epochs)), ("batch_size", .integer(training.batchSize)),
        ("learning_rate", .double(training.learningRate)),
      ]
    }
    var result: JSONObject = [:]
    func add(_ entries: [(String, JSONValue)]) {
      for (key, value) in entries { result[key] = value }
    }
    switch arm.plan {
    case .trivial?: add([("kind", .string("trivial"))])
    case .optimum(let search)?:
      add([
        ("kind", .string("optimum")), ("iterations", .integer(search.iterations)),
        ("tolerance", .double(search.tolerance)),
      ])
    case .centralized(let training)?:
      add([("kind", .string("centralized"))])
      if let match = arm.match {
        add([
          ("match", .string(match.arm)), ("by", .string(match.measure.rawValue)),
          ("batch_size", .integer(training.batchSize)),
          ("learning_rate", .double(training.learningRate)),
        ])
      } else {
        add(local(training))
      }
    case .local(let training)?: add([("kind", .string("local"))] + local(training))
    case .federated(let plan)?:
      add([
        ("kind", .string("federated")), ("algorithm", .string(plan.algorithm.name)),
        ("rounds", .integer(plan.rounds)),
      ])
      add(plan.algorithm.allValues.map { ("algorithm_\($0.name)", .double($0.value)) })
      if plan.weighting == .uniform { add([("weighting", .string("uniform"))]) }
      switch plan.clientsPerRound {
      case .all: add([("clients_per_round", .string("all"))])
      case .count(let count): add([("clients_per_round", .integer(count))])
      case .fraction(let fraction): add([("clients_per_round", .double(fraction))])
      }
      var isExampleLevel = false
      if case .example? = plan.privacy?.mechanism { isExampleLevel = true }
      // Rows join a step of DP-SGD by their own draw, whatever the batch size.
      add(
        local(plan.local).filter { !isExampleLevel || $0.0 != "batch_size" }
          .map { ("local_\($0.0)", $0.1) })
      var tracePath: String?
      if case .federated(let written) = arm.specification.kind {
        tracePath = written.participation.trace?.path
      }
      let participation = plan.participation.parameters(tracePath: tracePath)
      if !participation.members.isEmpty { add([("participation", .object(participation))]) }
      switch plan.compression {
      case .none: break
      case .quantized(let bits): add([("compression_bits", .integer(bits))])
      case .topShare(let share): add([("compression_top_share", .double(share))])
      }
      if let adversaries = plan.adversaries {
        add([
          ("adversaries", .string(adversaries.attack.rawValue)),
          ("adversaries_share", .double(adversaries.share)),
          ("adversaries_factor", .double(adversaries.factor)),
        ])
      }
      if let privacy = plan.privacy {
        add([
          ("clip", .double(privacy.clip)), ("noise_multiplier", .double(privacy.noiseMultiplier)),
          ("noise", .string(privacy.noise.rawValue)), ("delta", .number(arm.delta)),
        ])
        add(Self.mechanismParameters(privacy))
      }
    case nil: break
    }
    return result
  }

  /// What a private arm says beyond clip and noise of the plain sum.
  private static func mechanismParameters(_ privacy: PrivateTraining) -> [(String, JSONValue)] {
    var result: [(String, JSONValue)] = []
    if privacy.mechanism != .sum {
      result.append(("mechanism", .string(privacy.mechanism.kind.rawValue)))
    }
    if case .example(let rate) = privacy.mechanism {
      result.append(("sampling_rate", .double(rate)))
    }
    if let adaptive = privacy.adaptive {
      result += [
        ("clip_quantile", .double(adaptive.quantile)),
        ("clip_learning_rate", .double(adaptive.learningRate)),
        ("count_noise", .double(adaptive.countNoise)),
        ("sum_noise_multiplier", .double(privacy.sumNoiseMultiplier)),
      ]
    }
    if let cohort = privacy.simulatedCohort {
      result.append(("simulated_cohort", .double(cohort)))
    }
    return result
  }
}
