import AssayEvidence
import AssayFiles
import AssayRuns
import AssayTraining

/// The plan of a pilot in words, as documents open with it.
struct SubjectBuilder {
  let plan: ResolvedPlan
  let arms: TrainedArms

  var subject: Subject {
    let pilot = plan.pilot
    let data = plan.data
    return Subject(
      name: pilot.name, kind: .pilot, pilotDigest: pilot.digest,
      task: task, label: pilot.data.label.name,
      features: data.inputColumns, segments: pilot.data.segments.map(\.name),
      sensitive: pilot.data.sensitive.map(\.name), client: pilot.data.clientName,
      clientIs: pilot.data.clientIs, clientCount: data.clients.count, partition: partition,
      trainingRows: data.train.rows.count, testRows: data.test.rows.count,
      split: data.splitDescription, scaling: scaling, model: model, seeds: pilot.seeds,
      arms: arms.arms.map(summary), candidate: pilot.candidateArm,
      baseline: PilotEvaluation.baseline(plan), local: PilotEvaluation.local(plan),
      headline: data.headline, sources: data.sources, notes: notes)
  }

  private var task: String {
    switch plan.data.task {
    case .binary: "binary"
    case .multiclass(let count): "\(count) classes"
    case .regression: "regression"
    }
  }

  /// How simulated clients came about.
  private var partition: String? {
    guard case .partition(let partition) = plan.pilot.data.clients else { return nil }
    return partition.sentence(isRegression: plan.data.isRegression)
  }

  private var scaling: String {
    switch plan.pilot.data.scaling {
    case .none: "none"
    case .ranges(let ranges):
      "declared ranges of \(ranges.map(\.column.name).joined(separator: ", "))"
    case .standard:
      "numbers to mean 0 and variance 1 by the training rows; local arms by each client's own"
    }
  }

  private var model: String {
    let inputs = plan.data.featureNames.count
    let count = plan.pilot.model.parameterCount(
      features: inputs, classCount: plan.data.classCount)
    switch plan.pilot.model {
    case .softmax:
      let name = plan.data.isBinary ? "logistic regression" : "softmax regression"
      return "\(name), \(inputs) inputs, \(count) weights"
    case .linear: return "linear regression, \(inputs) inputs, \(count) weights"
    case .mlp(let hidden, let loss):
      return
        "multilayer perceptron, hidden layers \(hidden.map(String.init).joined(separator: ", ")), "
        + "\(inputs) inputs, \(count) weights"
        + (loss == .squared ? ", squared error" : "")
    }
  }

  private func summary(_ arm: TrainedArms.Arm) -> ArmSummary {
    let kind: ArmSummary.Kind =
      switch arm.plan.specification.kind {
      case .trivial: .trivial
      case .centralized, .matched: .centralized
      case .optimum: .optimum
      case .local: .local
      case .federated: .federated
      case .ingested: .ingested
      }
    var parameters = plan.parameters(arm.plan).members.filter { $0.key != "kind" }.map {
      ArmSummary.Parameter(
        $0.key == "participation" ? "participation:" : $0.key,
        worded($0.key, $0.value, of: arm.plan))
    }
    if let reason = arm.plan.undefinedReason {
      parameters.append(ArmSummary.Parameter("not trained", reason))
    }
    return ArmSummary(
      name: arm.plan.name, kind: kind,
      isPrivate: arm.plan.isPrivate
        || arm.runs.contains { $0.run.privacy != nil && arm.plan.isIngested },
      parameters: parameters,
      runs: arm.runs.map {
        ArmSummary.RunState(
          folder: $0.folder, status: $0.run.status,
          reason: $0.run.status == .completed ? nil : $0.run.warnings.last)
      })
  }

  static func plain(_ value: JSONValue) -> String {
    value.string ?? value.serialized(pretty: false)
  }

  /// A parameter as a reader wants it; participation is a sentence.
  private func worded(
    _ key: String, _ value: JSONValue, of arm: ResolvedPlan.ResolvedArm
  ) -> String {
    switch (key, arm.plan) {
    case ("participation", .federated(let plan)?):
      let sentence = plan.participation.sentence
      return sentence.prefix(1).lowercased() + sentence.dropFirst().dropLast()
    case ("simulated_cohort", _): return Self.number(value) + " (not a guarantee)"
    default: return Self.number(value)
    }
  }

  /// A whole number without a point.
  private static func number(_ value: JSONValue) -> String {
    value.double.flatMap { Int(exactly: $0) }.map { "\($0)" } ?? plain(value)
  }

  /// What stands for a missing field.
  private var fill: String {
    switch plan.pilot.data.scaling {
    case .standard: "numbers by the mean, text by no category"
    case .none: "numbers by 0, text by no category"
    case .ranges:
      "numbers by the middle of their declared range, else by 0; text by no category"
    }
  }

  private var notes: [String] {
    let facts = plan.data.facts
    var notes = plan.data.notes
    for (column, count) in facts.missingValues {
      notes.append(
        "\(count) missing fields in '\(column)' were filled: \(fill).")
    }
    if facts.unseenCategories > 0 {
      notes.append("\(facts.unseenCategories) test rows have a category that no training row has.")
    }
    if facts.clientsWithoutTraining > 0 {
      notes.append(
        "\(facts.clientsWithoutTraining) clients have no training rows; a local arm keeps the initial "
          + "model for them.")
    }
    if facts.clientsWithoutTest > 0 {
      notes.append("\(facts.clientsWithoutTest) clients have no test rows.")
    }
    if facts.clientsWithOneClass > 0 {
      notes.append(
        "\(facts.clientsWithOneClass) clients have one class in their training rows; their local model "
          + "is that constant.")
    }
    for arm in plan.arms {
      if let reason = arm.undefinedReason {
        notes.append("The arm '\(arm.name)' is undefined: \(reason).")
      }
    }
    for arm in arms.arms {
      if let reason = arm.runs.first?.run.privacy?.simulationReason {
        notes.append("\(arm.plan.name): \(reason).")
      }
      for run in arm.runs where run.run.status != .completed {
        notes.append(
          "\(run.folder) \(run.run.status.rawValue): \(run.run.warnings.last ?? "no reason recorded")"
        )
      }
      for warning in Set(arm.runs.filter { $0.run.status == .completed }.flatMap(\.run.warnings))
        .sorted()
      { notes.append("\(arm.plan.name): \(warning)") }
    }
    return notes
  }
}
