import AssayRuns
import Testing

@testable import AssayTraining

@Suite("Checkpoints")
struct CheckpointTests {
  private static let local = LocalTraining(epochs: 1, batchSize: 4, learningRate: 0.1)

  /// Nine clients, one of them without rows.
  private static func data() throws -> TrainingData {
    try Example.clusters(clientRows: [9, 4, 7, 0, 5, 12, 3, 8, 6], testRows: 20, features: 3)
  }

  private static func hostile() -> ParticipationPlan {
    var plan = ParticipationPlan()
    plan.availability = .probability(0.9)
    plan.devices = [
      DeviceClass(name: "slow", share: 0.5, examplesPerSecond: 2, uplinkBytesPerSecond: 20),
      DeviceClass(name: "fast", share: 0.5, examplesPerSecond: 20, uplinkBytesPerSecond: 200),
    ]
    plan.dropout = Dropout(beforeTraining: 0.1, beforeUpload: 0.05, afterUpload: 0.05)
    plan.stragglers = Stragglers(share: 0.3, slowdown: 4, sigma: 0.5, partialWork: true)
    plan.deadline = 20
    plan.overSelection = 1.3
    plan.pause = 1
    plan.retries = Retries(attempts: 2, base: 0.5)
    for kind in Faults.Kind.allCases { plan.faults[kind] = 0.02 }
    return plan
  }

  /// Every algorithm with everything that it may be combined with.
  private static func plans() -> [(name: String, plan: FederatedPlan)] {
    var plans: [(String, FederatedPlan)] = []
    for entry in AlgorithmEntry.catalogue {
      let choice = AlgorithmChoice(entry.name, entry.name == "fedbuff" ? ["buffer": 3] : [:])
      var plain = FederatedPlan(
        algorithm: choice, rounds: 4, clientsPerRound: .count(5), local: local)
      func add(_ name: String, _ change: (inout FederatedPlan) -> Void) {
        var plan = plain
        change(&plan)
        plans.append(("\(entry.name), \(name)", plan))
      }
      add("plain") { _ in }
      add("faults and a clock") { $0.participation = hostile() }
      add("largest values") { $0.compression = .topShare(0.3) }
      add("quantised") { $0.compression = .quantized(bits: 4) }
      add("adversaries") { $0.adversaries = Adversaries(attack: .noise, share: 0.3, factor: 2) }
      plain.rounds = 5
      guard entry.allowsPrivacy else { continue }
      func add(_ name: String, _ privacy: PrivateTraining) { add(name) { $0.privacy = privacy } }
      add("private sum", PrivateTraining(clip: 1, noiseMultiplier: 0.5))
      add(
        "adaptive clip",
        PrivateTraining(
          clip: 1, noiseMultiplier: 0.5,
          adaptive: PrivateTraining.AdaptiveClip(quantile: 0.5, learningRate: 0.2, countNoise: 2)))
      add("tree", PrivateTraining(mechanism: .tree, clip: 1, noiseMultiplier: 0.5))
      add("local noise", PrivateTraining(mechanism: .local, clip: 1, noiseMultiplier: 0.5))
      add(
        "examples",
        PrivateTraining(mechanism: .example(samplingRate: 0.5), clip: 1, noiseMultiplier: 0.5))
    }
    return plans
  }

  /// Trains, and keeps a checkpoint after every round.
  private static func train(
    _ trainer: Trainer, _ plan: ArmPlan, from saved: [[UInt8]] = [], key: String = "k"
  ) -> (arm: TrainedArm, kept: [[UInt8]], reports: [String]) {
    var kept: [[UInt8]] = []
    var reports: [String] = []
    let checkpoints = TrainingCheckpoints(
      key: key, saved: { saved }, isDue: { true }, save: { kept.append($0) },
      report: { reports.append($0) })
    let arm = trainer.train(plan, seed: 3, observer: TrainingObserver(checkpoints: checkpoints))
    return (arm, kept, reports)
  }

  @Test("every algorithm under every condition has the same end when it goes on from any round")
  func everyAlgorithm() throws {
    let data = try Self.data()
    let one = Trainer(data: data, model: .softmax, threads: 1)
    let other = Trainer(data: data, model: .softmax, threads: 3)
    var numbers = TestNumbers(5)
    for (name, plan) in Self.plans() {
      let whole = Self.train(one, .federated(plan))
      #expect(whole.kept.count == plan.rounds, "\(name)")
      guard !whole.kept.isEmpty else { continue }
      let round = Int(numbers.next() * Double(whole.kept.count))
      let rest = Self.train(other, .federated(plan), from: [whole.kept[round]])
      #expect(rest.kept.count == plan.rounds - round - 1, "\(name)")
      #expect(
        rest.reports == ["going on behind round \(round + 1) of \(plan.rounds)"], "\(name)")
      let isEqual =
        rest.arm.timeless.checkpoint(key: "") == whole.arm.timeless.checkpoint(key: "")
      #expect(isEqual, "\(name), from round \(round + 1)")
    }
  }

  @Test("a hidden layer, clients with models of their own and a last round kept are no exception")
  func models() throws {
    let trainer = Trainer(data: try Self.data(), model: .mlp(hidden: [5]), threads: 2)
    for name in ["scaffold", "ditto", "fine-tuning", "fedadam", "fedbuff"] {
      let plan = ArmPlan.federated(
        FederatedPlan(
          algorithm: AlgorithmChoice(name, name == "fedbuff" ? ["buffer": 2] : [:]), rounds: 3,
          clientsPerRound: .count(4), local: Self.local))
      let whole = Self.train(trainer, plan)
      for kept in whole.kept {
        #expect(Self.train(trainer, plan, from: [kept]).arm.timeless == whole.arm.timeless)
      }
    }
  }

  @Test("a centralized arm goes on between epochs, also with a budget of steps")
  func centralized() throws {
    let trainer = Trainer(data: try Self.data(), model: .mlp(hidden: [5]), threads: 2)
    for mostSteps in [nil, 31] {
      let plan = ArmPlan.centralized(
        LocalTraining(epochs: 4, batchSize: 6, learningRate: 0.1, mostSteps: mostSteps))
      let whole = Self.train(trainer, plan)
      #expect(whole.kept.count == 4)
      for kept in whole.kept {
        #expect(Self.train(trainer, plan, from: [kept]).arm.timeless == whole.arm.timeless)
      }
    }
  }

  @Test("a damaged checkpoint gives way to the one before, and two of them to a new start")
  func fallsBack() throws {
    let trainer = Trainer(data: try Self.data(), model: .softmax, threads: 1)
    let plan = ArmPlan.federated(FederatedPlan(rounds: 4, local: Self.local))
    let whole = Self.train(trainer, plan)
    var damaged = whole.kept[2]
    damaged[damaged.count / 2] ^= 4
    let second = Self.train(trainer, plan, from: [damaged, whole.kept[1]])
    #expect(
      second.reports == [
        "a checkpoint is not used: damaged: the bytes do not match their digest",
        "going on behind round 2 of 4",
      ])
    #expect(second.arm.timeless == whole.arm.timeless)
    let anew = Self.train(trainer, plan, from: [damaged, Array(damaged.dropLast())])
    #expect(anew.reports.count == 2)
    #expect(anew.kept.count == 4)
    #expect(anew.arm.timeless == whole.arm.timeless)
  }

  @Test("a checkpoint of another key, kind, plan or model is not used")
  func foreign() throws {
    let data = try Self.data()
    let trainer = Trainer(data: data, model: .softmax, threads: 1)
    let plan = ArmPlan.federated(FederatedPlan(rounds: 3, local: Self.local))
    let whole = Self.train(trainer, plan)
    let last = [whole.kept[2]]
    let key = Self.train(trainer, plan, from: last, key: "other")
    #expect(key.reports == ["a checkpoint is not used: of another pilot, data or version"])
    #expect(key.kept.count == 3)
    let kind = Self.train(trainer, .centralized(Self.local), from: last)
    #expect(kind.reports == ["a checkpoint is not used: of another kind, 'federated arm'"])
    let short = ArmPlan.federated(FederatedPlan(rounds: 2, local: Self.local))
    #expect(
      Self.train(trainer, short, from: last).reports == [
        "a checkpoint is not used: of another plan"
      ])
    let wide = Trainer(data: data, model: .mlp(hidden: [4]), threads: 1)
    #expect(
      Self.train(wide, plan, from: last).reports == ["a checkpoint is not used: of another model"])
    let fewer = try Example.clusters(clientRows: [9, 4], testRows: 20, features: 3)
    #expect(
      Self.train(Trainer(data: fewer, model: .softmax, threads: 1), plan, from: last).reports == [
        "a checkpoint is not used: of other clients"
      ])
  }

  @Test("every flipped byte and every truncation is found")
  func damaged() throws {
    let trainer = Trainer(data: try Self.data(), model: .softmax, threads: 1)
    let plan = FederatedPlan(
      algorithm: AlgorithmChoice("scaffold"), rounds: 1, clientsPerRound: .count(2),
      local: Self.local)
    let bytes = Self.train(trainer, .federated(plan)).kept[0]
    func isRead(_ bytes: [UInt8]) -> Bool {
      (try? CheckpointReader(bytes, key: "k", kind: FederatedCheckpoint.kind)) != nil
    }
    #expect(isRead(bytes))
    var numbers = TestNumbers(8)
    for index in bytes.indices {
      var copy = bytes
      copy[index] ^= 1 << UInt8(numbers.next() * 8)
      #expect(!isRead(copy), "byte \(index)")
    }
    for length in bytes.indices { #expect(!isRead(Array(bytes[..<length])), "\(length) bytes") }
    #expect(!isRead(bytes + [0]))
  }

  /// The digest is set right again, so that only the reader's own checks are left.
  @Test("no bytes at all make the reader trap, even under a digest that fits")
  func hostile() throws {
    let data = try Self.data()
    let plan = FederatedPlan(
      algorithm: AlgorithmChoice("fedbuff", ["buffer": 2]), rounds: 3, clientsPerRound: .count(3),
      local: Self.local, participation: Self.hostile())
    let trainer = Trainer(data: data, model: .softmax, threads: 1)
    let whole = Self.train(trainer, .federated(plan))
    let arm = whole.arm.checkpoint(key: "k")
    let session = Session(
      data: ScaledData(data), model: .softmax, seed: 3, threads: 1, local: Self.local, largest: 12,
      trainers: 1)
    let training = FederatedTraining(
      plan, session, clientNames: (0..<data.clientCount).map { "\($0)" })
    var numbers = TestNumbers(9)
    var refused = 0
    for trial in 0..<3_000 {
      let isArm = trial % 3 == 0
      var body = Array((isArm ? arm : whole.kept[1]).dropLast(CheckpointFormat.digestLength))
      for _ in 0...Int(numbers.next() * 3) {
        let at = Int(numbers.next() * Double(body.count))
        switch Int(numbers.next() * 4) {
        case 0: body[at] = UInt8(numbers.next() * 256)
        case 1: body.removeSubrange(at..<min(body.count, at + 1 + Int(numbers.next() * 16)))
        case 2: for index in at..<min(body.count, at + 8) { body[index] = 0xFF }
        default: body.insert(contentsOf: [0, 0, 0, 0, 0, 0, 0, 0x7F], at: at)
        }
      }
      let sealed = CheckpointWriter(body).sealed()
      do {
        if isArm {
          _ = try TrainedArm(checkpoint: sealed, key: "k")
        } else {
          var source = try CheckpointReader(sealed, key: "k", kind: FederatedCheckpoint.kind)
          training.restore(try training.read(&source))
        }
      } catch {
        refused += 1
      }
    }
    #expect(refused > 1_000)
  }

  @Test("an arm with noise of the system goes on, and has every release once")
  func systemNoise() throws {
    let trainer = Trainer(data: try Self.data(), model: .softmax, threads: 1)
    for mechanism in [PrivateTraining.Mechanism.sum, .tree] {
      let plan = ArmPlan.federated(
        FederatedPlan(
          rounds: 4, clientsPerRound: .count(3), local: Self.local,
          privacy: PrivateTraining(
            mechanism: mechanism, clip: 1, noiseMultiplier: 1, noise: .system)))
      let whole = Self.train(trainer, plan)
      if mechanism == .tree {
        // Its noise hangs together over rounds by a key that nobody records: it starts anew.
        #expect(whole.kept.isEmpty)
        continue
      }
      let rest = Self.train(trainer, plan, from: [whole.kept[1]])
      #expect(rest.arm.rounds.count == 4)
      #expect(rest.arm.rounds.prefix(2) == whole.arm.rounds.prefix(2))
      #expect(rest.arm.releases == whole.arm.releases)
      #expect(rest.arm.noiseSource == .system)
      #expect(rest.arm.weights != whole.arm.weights)
    }
  }
}

@Suite("What a checkpoint holds")
struct CheckpointValueTests {
  private func full() -> TrainedArm {
    var arm = TrainedArm()
    arm.status = .failed
    arm.failure = TrainingFailure(
      round: 3, clients: [1, 4], lossHistory: [0.5, .infinity, -0.0], cause: "é \u{0} end")
    arm.rounds = [
      Round(round: 1),
      Round(
        round: 2, selected: 9, completed: 5, failed: 3, noReply: 1, causes: ["late": 3, "a": 0],
        bytesUp: 12, bytesDown: 13, seconds: 0.25, metrics: ["loss": 0.1, "accuracy": .ulpOfOne],
        aggregated: false, clippedFraction: 0.75),
    ]
    arm.initialMetrics = ["loss": 2]
    arm.scores = [0.1, 0.7, .leastNonzeroMagnitude]
    arm.weights = [
      NamedTensor(name: "w", shape: [2, 3], values: [1, -0, 3, .infinity, 5, 6]),
      NamedTensor(name: "empty", shape: [0], values: []),
    ]
    arm.releases = [
      PrivacyEvent(
        mechanism: .laplace, noiseMultiplier: 1.5, samplingRate: 0.1, sampling: .fixed, steps: 7,
        sensitivity: 3, buckets: 4, probability: 0.25, leaves: 5, columnNorm: 1.25,
        participations: 6,
        epsilon: 0.5, delta: 1e-7)
    ]
    arm.noiseSource = .system
    arm.gradientSteps = .max
    arm.examplesProcessed = 2
    arm.bytesUp = 3
    arm.bytesDown = 4
    arm.distinctClients = 5
    arm.largestClientShare = 0.6
    arm.nonFiniteCount = 7
    arm.notes = ["one", ""]
    arm.localModels = [
      LocalModel(
        client: 1, trainRows: 2, constantClass: 3, diverged: true, ownTestRows: 4,
        correctOnOwnTestRows: 5, correctOnAllTestRows: 6, squaredErrorOnAllTestRows: 0.7)
    ]
    arm.trainingLoss = 0.8
    arm.roundLog = [1, 2, 255]
    arm.virtualSeconds = 9.5
    arm.clips = [1, 0.5]
    arm.largestClippedNorm = 0.25
    arm.clippedRows = 11
    arm.optimum = OptimumReport(iterations: 12, gradient: 1e-9, hasConverged: true)
    arm.trainProcessorSeconds = 13
    arm.trainSeconds = 14
    arm.evaluateSeconds = 15
    return arm
  }

  @Test("a finished arm comes back equal, an empty one too")
  func roundTrip() throws {
    for arm in [full(), TrainedArm()] {
      #expect(try TrainedArm(checkpoint: arm.checkpoint(key: "k"), key: "k") == arm)
      #expect(throws: CheckpointError.self) {
        try TrainedArm(checkpoint: arm.checkpoint(key: "k"), key: "l")
      }
    }
    let nan = TrainedArm(losses: [.nan])
    let bytes = nan.checkpoint(key: "k")
    #expect(try TrainedArm(checkpoint: bytes, key: "k").checkpoint(key: "k") == bytes)
  }

  private func fields(_ value: Any) -> [String] {
    Mirror(reflecting: value).children.compactMap(\.label)
  }

  /// Whoever adds a field to one of these types reads this list, and then writes the field into
  /// `CheckpointValues.swift` or `FederatedCheckpoint.swift`.
  @Test("no field of a trained arm, a round or a federated arm's state is forgotten")
  func fields() throws {
    let arm = full()
    #expect(
      fields(arm) == [
        "status", "failure", "rounds", "initialMetrics", "scores", "weights", "releases",
        "noiseSource", "gradientSteps", "examplesProcessed", "bytesUp", "bytesDown",
        "distinctClients", "largestClientShare", "nonFiniteCount", "notes", "localModels",
        "trainingLoss", "roundLog", "virtualSeconds", "clips", "largestClippedNorm",
        "clippedRows", "optimum", "trainProcessorSeconds", "trainSeconds", "evaluateSeconds",
      ])
    #expect(
      fields(arm.rounds[0]) == [
        "round", "selected", "completed", "failed", "noReply", "causes", "bytesUp", "bytesDown",
        "seconds", "metrics", "aggregated", "clippedFraction",
      ])
    #expect(
      fields(arm.releases[0]) == [
        "mechanism", "noiseMultiplier", "samplingRate", "sampling", "steps", "sensitivity",
        "buckets",
        "probability", "leaves", "columnNorm", "participations", "epsilon", "delta",
      ])
    #expect(
      fields(arm.localModels[0]) == [
        "client", "trainRows", "constantClass", "diverged", "ownTestRows", "correctOnOwnTestRows",
        "correctOnAllTestRows", "squaredErrorOnAllTestRows",
      ])
    #expect(arm.failure.map(fields) == ["round", "clients", "lossHistory", "cause"])
    #expect(arm.optimum.map(fields) == ["iterations", "gradient", "hasConverged"])
    #expect(fields(arm.weights[0]) == ["name", "shape", "values"])
    let data = try Example.clusters(clientRows: [3, 4])
    let local = LocalTraining(epochs: 1, batchSize: 4, learningRate: 0.1)
    let session = Session(
      data: ScaledData(data), model: .softmax, seed: 3, threads: 1, local: local, largest: 4,
      trainers: 1)
    let plan = FederatedPlan(
      algorithm: AlgorithmChoice("fedbuff", ["buffer": 1]), rounds: 3, local: local)
    let training = FederatedTraining(plan, session, clientNames: ["a", "b"])
    training.runRound()
    #expect(
      fields(training) == [
        "arm", "nextRound", "clock", "modelVersion", "releasedRounds", "history", "weightOfClient",
        "tasksOfClient", "trainedUpdates", "refused", "underway", "log", "earlier",
        // Made from plan and data, the same for every start.
        "plan", "algorithm", "local", "session", "server", "sampling", "participation",
        "clientTraining", "clientNames", "$__lazy_storage_$_cycle", "sum", "variateSum",
      ])
    #expect(fields(training.history) == ["losses"])
    #expect(
      fields(training.server) == [
        "model", "clientCount", "vectors", "scalars", "clientVectors", "pool",
      ])
    #expect(fields(training.underway) == ["tasks", "started", "models"])
    let task = try #require(training.underway.tasks.first)
    #expect(fields(task) == ["course", "modelVersion", "firstPass", "end"])
    #expect(
      fields(task.course) == [
        "client", "round", "work", "cause", "steps", "at", "bytesDown", "bytesCut", "uplink",
        "deadline", "offline", "vanishesAfterUpload",
      ])
    #expect(fields(task.course.work) == ["rows", "plannedSteps", "examples"])
  }
}

extension TrainedArm {
  fileprivate init(losses: [Double]) {
    self.init()
    failure = TrainingFailure(round: nil, clients: [], lossHistory: losses, cause: "")
  }
}
