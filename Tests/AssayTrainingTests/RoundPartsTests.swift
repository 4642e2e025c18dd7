import Testing

@testable import AssayTraining

/// Models of 1 MiB, so that 64 MiB hold 64 updates and more threads hold more.
@Suite("Rounds that do not fit the slots") struct RoundPartsTests {
  // Updates were once committed part by part before the quorum was known to be missed.
  @Test("a round that misses its quorum leaves no trace, on any number of threads")
  func quorum() throws {
    let data = try Example.clusters(clientRows: [Int](repeating: 2, count: 80), testRows: 3)
    var participation = ParticipationPlan.dropping(0.5)
    participation.quorum = 0.9
    let plan = ArmPlan.federated(
      FederatedPlan(
        algorithm: AlgorithmChoice("scaffold"), rounds: 2,
        local: LocalTraining(epochs: 1, batchSize: 2, learningRate: 0.01),
        participation: participation))
    let model = ModelSpecification.mlp(hidden: [512, 512])
    let one = Trainer(data: data, model: model, threads: 1).train(plan, seed: 1)
    let many = Trainer(data: data, model: model, threads: 24).train(plan, seed: 1)
    #expect(one.timeless == many.timeless)
    #expect(one.rounds.allSatisfy { $0.aggregated == false })
    #expect(one.distinctClients == 0)
  }

  /// By the rule: the deadline when there is one, else no time at all.
  @Test("the clock of a private arm says nothing of its clients")
  func privateClock() throws {
    let data = try Example.clusters(clientRows: [5, 50, 9], testRows: 3)
    var participation = ParticipationPlan()
    participation.devices = [DeviceClass(name: "phone", share: 1, examplesPerSecond: 10)]
    func clock(_ deadline: Double?, _ privacy: PrivateTraining?) -> Double {
      participation.deadline = deadline
      let plan = FederatedPlan(
        rounds: 3, local: LocalTraining(epochs: 1, batchSize: 5, learningRate: 0.1),
        participation: participation, privacy: privacy)
      return Trainer(data: data, model: .softmax, threads: 1).train(.federated(plan), seed: 1)
        .virtualSeconds
    }
    let noise = PrivateTraining(clip: 1, noiseMultiplier: 1)
    let local = PrivateTraining(mechanism: .local, clip: 1, noiseMultiplier: 1)
    // Three rounds of 50 rows at 10 a second.
    #expect(clock(nil, nil) == 15)
    for privacy in [noise, local] {
      #expect(clock(nil, privacy) == 0)
      #expect(clock(7, privacy) == 21)
    }
  }

  @Test("a diagnosis names the round in which the loss broke loose, and who took part")
  func broken() throws {
    let data = try Example.clusters(clientRows: [9, 9, 9, 9], testRows: 5)
    let plan = FederatedPlan(
      rounds: 4, clientsPerRound: .count(2),
      local: LocalTraining(epochs: 1, batchSize: 4, learningRate: 1e12),
      // Models of turned labels are wrong everywhere, so that the loss shows their size.
      adversaries: Adversaries(attack: .labelFlip, share: 1))
    let arm = Trainer(data: data, model: .softmax, threads: 1).train(.federated(plan), seed: 1)
    let failure = try #require(arm.failure)
    let round = try #require(failure.round)
    // The first loss above a million times the first one, or above a million.
    let limit = 1e6 * max(1, failure.lossHistory[0])
    #expect(!(failure.lossHistory[round] <= limit))
    #expect(failure.lossHistory[1..<round].allSatisfy { $0 <= limit })
    #expect(failure.clients.count == 2)
    #expect(failure.clients.allSatisfy { (0..<4).contains($0) })
  }

  @Test("a diagnosis names what the plan does before it blames the learning rate")
  func causes() throws {
    let data = try Example.clusters(clientRows: [9, 9, 9], testRows: 5)
    func cause(_ change: (inout FederatedPlan) -> Void) throws -> TrainingFailure {
      var plan = FederatedPlan(
        rounds: 3, local: LocalTraining(epochs: 1, batchSize: 4, learningRate: 0.1))
      change(&plan)
      let arm = Trainer(data: data, model: .softmax, threads: 1).train(.federated(plan), seed: 1)
      #expect(arm.status == .failed)
      return try #require(arm.failure)
    }
    #expect(try cause { $0.participation.faults.notANumber = 1 }.cause.contains("faults"))
    let noise = try cause { $0.privacy = PrivateTraining(clip: 1, noiseMultiplier: 1e308) }
    #expect(noise.cause.contains("the likely cause is the noise"))
    // The first noise broke the model; nobody's update did.
    #expect(noise.round == 1)
    #expect(noise.clients.isEmpty)
    #expect(
      try cause { $0.adversaries = Adversaries(attack: .scale, share: 1, factor: 1e300) }
        .cause.contains("adversaries"))
    #expect(
      try cause {
        $0.algorithm = AlgorithmChoice("fedprox", ["mu": 1e6])
        $0.local.epochs = 8
      }
      .cause.contains("proximal"))
  }
}
