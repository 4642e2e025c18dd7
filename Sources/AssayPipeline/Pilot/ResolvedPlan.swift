import AssayDiagnostics
import AssayEvidence
import AssayFiles
import AssayImport
import AssayRuns
import AssayTraining

/// A pilot whose open questions are answered by its data: how many clients there are, how much noise a
/// budget needs, which δ holds.
struct ResolvedPlan {
  let pilot: Pilot
  let data: PreparedData
  let statements: Statements
  /// One entry for each arm, in the pilot's order.
  let arms: [ResolvedArm]

  /// An arm that is ready to train.
  struct ResolvedArm {
    var specification: Pilot.ArmSpecification
    /// How it is trained; `nil` for an ingested run and for a local arm that has no rows to train on.
    var plan: ArmPlan?
    /// The declared δ of a private arm.
    var delta: Double?
    /// Why the arm is not trained.
    var undefinedReason: String?

    var name: String { specification.name }
    var isLocal: Bool { if case .local = specification.kind { true } else { false } }
    var isIngested: Bool { if case .ingested = specification.kind { true } else { false } }
    var privacy: PrivateTraining? {
      if case .federated(let plan)? = plan { plan.privacy } else { nil }
    }
    /// Whether the arm adds noise, be it that of a simulated cohort.
    var isPrivate: Bool { privacy.map { $0.noiseMultiplier > 0 } ?? false }
    /// Whether the arm adds noise that guarantees something.
    var isGuaranteed: Bool { isPrivate && privacy?.simulatedCohort == nil }
    /// Whether its noise cannot be repeated.
    var isSystemNoise: Bool { privacy.map { $0.noise == .system } ?? false }
    /// The arm whose budget this one has, which is trained first.
    var match: Pilot.BudgetMatch? {
      if case .matched(_, let match) = specification.kind { match } else { nil }
    }
  }

  /// Whether it is stated that nobody sees who takes part in a round. Between silos it is assumed that
  /// everybody does; for persons and devices the usual assumption is that nobody does.
  var isParticipationHidden: Bool {
    statements.participationIsHidden ?? (pilot.data.clientIs != "silo")
  }

  init(
    pilot: Pilot, data: PreparedData, statements: Statements, dataOverride: String? = nil
  ) throws {
    self.pilot = pilot
    self.statements = statements
    let hidden = statements.participationIsHidden ?? (pilot.data.clientIs != "silo")
    var traces: [SourceFile] = []
    func readTrace(
      _ trace: ParticipationSpecification.Trace
    ) throws(Diagnostic) -> (bytes: [UInt8], path: String) {
      let path = DataLocation(pilotPath: pilot.path, override: dataOverride)
        .resolve(trace.path, isMain: false)
      let bytes: [UInt8]
      do {
        bytes = try InputFile.read(path, limit: ParticipationSpecification.traceSizeLimit)
      } catch {
        guard error.fact == .fileMissing else { throw error }
        throw Diagnostic(
          .fileMissing, at: trace.location, help: "the trace is looked for at \(path)",
          sourceLine: trace.sourceLine, width: trace.path.count)
      }
      if !traces.contains(where: { $0.path == trace.path }) {
        traces.append(SourceFile(path: trace.path, sha256: SHA256.hexDigest(bytes)))
      }
      return (bytes, path)
    }
    arms = try pilot.arms.map { arm in
      switch arm.kind {
      case .ingested: return ResolvedArm(specification: arm)
      case .trivial: return ResolvedArm(specification: arm, plan: .trivial)
      case .centralized(let training), .matched(let training, _):
        return ResolvedArm(specification: arm, plan: .centralized(training))
      case .optimum(let search):
        guard pilot.model.hidden.isEmpty else {
          throw Diagnostic(
            .conflict(
              first: "kind: optimum", second: "hidden layers",
              why: "only a convex loss has an optimum that can be found"), at: arm.location,
            help: "leave the arm '\(arm.name)' out, or use model: {kind: "
              + (pilot.model.isRegression ? "linear}" : "softmax}"))
        }
        return ResolvedArm(specification: arm, plan: .optimum(search))
      case .local(let training):
        if case .fraction(_, byClient: true, _) = pilot.data.split {
          return ResolvedArm(
            specification: arm,
            undefinedReason: "held-out clients have no training rows, so they have no local model")
        }
        return ResolvedArm(specification: arm, plan: .local(training))
      case .federated(let federated):
        return try Self.resolve(
          arm, federated, clients: data.clients.count, rows: data.train.rows.count, hidden: hidden,
          participation: federated.participation.resolved(clients: data.clients, read: readTrace))
      }
    }
    var data = data
    data.sources += traces
    self.data = data
    let needs = MemoryNeeds(model: pilot.model, data: data)
    for arm in arms {
      if let plan = arm.plan { try needs.check(plan, arm.specification) }
    }
  }

  private static func resolve(
    _ arm: Pilot.ArmSpecification, _ federated: Pilot.FederatedSpecification, clients: Int,
    rows: Int, hidden: Bool, participation: ParticipationPlan
  ) throws -> ResolvedArm {
    if case .count(let count) = federated.clientsPerRound, count > clients {
      throw Diagnostic(
        .badValue(
          key: "clients_per_round", found: "\(count)",
          expected: "at most the \(clients) clients that the data holds"),
        at: federated.clientsPerRoundLocation, help: "write clients_per_round: all")
    }
    if participation.minimumAvailable > clients {
      throw Diagnostic(
        .badValue(
          key: "minimum_available", found: "\(participation.minimumAvailable)",
          expected: "at most the \(clients) clients that the data holds"),
        at: federated.participation.minimumAvailableLocation ?? arm.location,
        help: "with more, no round would ever be held")
    }
    var algorithm = federated.algorithm
    let buffer = algorithm.allValues.first { $0.name == "buffer" }?.value
    if let buffer, buffer > Double(clients), algorithm.values["buffer"] == nil {
      // The standard buffer is for many clients; with fewer it is all of them.
      algorithm = AlgorithmChoice(
        algorithm.name, algorithm.values.merging(["buffer": Double(clients)]) { $1 })
    } else if let buffer, buffer > Double(clients) {
      throw Diagnostic(
        .badValue(
          key: "buffer", found: AlgorithmParameter.text(buffer),
          expected:
            "at most the \(clients) clients that the data holds: each counts once in a buffer"),
        at: federated.algorithmLocation,
        help: "write algorithm: {name: \(federated.algorithm.name), buffer: \(clients)}")
    }
    var plan = FederatedPlan(
      algorithm: algorithm, weighting: federated.weighting,
      rounds: federated.rounds, clientsPerRound: federated.clientsPerRound,
      local: federated.local, participation: participation,
      compression: federated.compression, adversaries: federated.adversaries)
    var delta: Double?
    if let wanted = federated.privacy {
      let resolution = PrivacyResolution(
        wanted: wanted, plan: plan, clients: clients, rows: rows,
        isParticipationHidden: hidden)
      delta = try resolution.delta()
      plan.privacy = try resolution.privacy()
    }
    return ResolvedArm(specification: arm, plan: .federated(plan), delta: delta)
  }
}
