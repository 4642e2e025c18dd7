import Testing

@testable import AssayTraining

@Suite struct ArmTests {
  @Test("a local arm has one model for each client, scored on that client's own rows")
  func localArm() throws {
    // Client 0 has no training rows, client 1 only class 2, clients 2 and 3 are ordinary.
    var base = try Example.clusters(clientRows: [0, 5, 40, 40], testRows: 80)
    var labels = base.trainLabels
    for row in 0..<5 { labels[row] = 2 }
    base = try TrainingData(
      featureCount: 6, classCount: 3, clientCount: 4, trainFeatures: base.trainFeatures,
      trainLabels: labels, trainClients: base.trainClients, testFeatures: base.testFeatures,
      testLabels: base.testLabels, testClients: base.testClients)
    let plan = LocalTraining(epochs: 4, batchSize: 8, learningRate: 0.1)
    let arm = Trainer(data: base, model: .softmax, threads: 2).train(.local(plan), seed: 1)

    #expect(arm.localModels.map(\.client) == [0, 1, 2, 3])
    #expect(arm.localModels.map(\.trainRows) == [0, 5, 40, 40])
    #expect(arm.localModels.map(\.constantClass) == [nil, 2, nil, nil])
    #expect(arm.localModels.map(\.ownTestRows) == [20, 20, 20, 20])
    #expect(arm.gradientSteps == 2 * 4 * 5)
    #expect(arm.notes.count == 2)
    #expect(arm.weights.map(\.shape) == [[4, 3, 6], [4, 3], [4]])
    var right = 0
    for (row, client) in base.testClients.enumerated() {
      let scores = Array(arm.scores[(3 * row)..<(3 * row + 3)])
      #expect(abs(scores.reduce(0, +) - 1) < 1e-12)
      if client == 1 { #expect(scores == [0, 0, 1]) }
      if client == 0 { #expect(scores.allSatisfy { abs($0 - 1.0 / 3) < 0.05 }) }
      if scores.firstIndex(of: scores.max() ?? 0) == Int(base.testLabels[row]) { right += 1 }
    }
    #expect(arm.localModels.reduce(0) { $0 + $1.correctOnOwnTestRows } == right)
    let constant = base.testLabels.filter { $0 == 2 }.count
    #expect(arm.localModels[1].correctOnAllTestRows == constant)

    // Client 2's model is what centralized training makes of its rows alone, as client number 2.
    let before = try Example.clusters(clientRows: [0, 5, 40, 40], testRows: 80)
    #expect(before.trainFeatures == base.trainFeatures)
    #expect(arm.localModels[2].correctOnAllTestRows ?? 0 > 40)
  }

  @Test("own scaling of every client is used for its model on foreign rows as well")
  func perClientScaling() throws {
    let plain = try Example.clusters(clientRows: [30, 30], testRows: 50)
    // Client 1 measures in another unit: a thousandth.
    func rescaled(_ features: [Float], _ clients: [Int32]) -> [Float] {
      features.enumerated().map { clients[$0.offset / 6] == 1 ? $0.element * 1_024 : $0.element }
    }
    let other = try TrainingData(
      featureCount: 6, classCount: 3, clientCount: 2,
      trainFeatures: rescaled(plain.trainFeatures, plain.trainClients),
      trainLabels: plain.trainLabels, trainClients: plain.trainClients,
      testFeatures: rescaled(plain.testFeatures, plain.testClients), testLabels: plain.testLabels,
      testClients: plain.testClients)
    let plan = ArmPlan.local(LocalTraining(epochs: 2, batchSize: 8, learningRate: 0.1))
    let a = Trainer(
      data: try plain.scaled(by: .perClient(plain.clientStandardizations())), model: .softmax,
      threads: 1
    ).train(plan, seed: 1)
    let b = Trainer(
      data: try other.scaled(by: .perClient(other.clientStandardizations())), model: .softmax,
      threads: 1
    ).train(plan, seed: 1)
    // A power of two scales exactly, so own rows look the same; foreign rows do not.
    #expect(a.scores == b.scores)
    #expect(
      a.localModels.map(\.correctOnOwnTestRows) == b.localModels.map(\.correctOnOwnTestRows))
    #expect(
      a.localModels.map(\.correctOnAllTestRows) != b.localModels.map(\.correctOnAllTestRows))
  }

  @Test("a learning rate that diverges fails the arm with a diagnosis and stops no other arm")
  func divergence() throws {
    let data = try Example.clusters(clientRows: [40, 40, 40])
    for model in [ModelSpecification.softmax, .mlp(hidden: [8])] {
      let trainer = Trainer(data: data, model: model, threads: 2)
      let wild = LocalTraining(epochs: 3, batchSize: 8, learningRate: 1e30)
      let tame = LocalTraining(epochs: 3, batchSize: 8, learningRate: 0.1)
      for plan in [
        ArmPlan.centralized(wild), .federated(FederatedPlan(rounds: 3, local: wild)),
      ] {
        let arm = trainer.train(plan, seed: 1)
        #expect(arm.status == .failed)
        let failure = try #require(arm.failure)
        #expect(failure.cause.contains("learning rate (1e+30)"))
        #expect(failure.round != nil)
        #expect(failure.lossHistory.first?.isFinite == true)
        #expect(arm.scores.isEmpty)
        #expect(arm.rounds.allSatisfy { $0.metrics.values.allSatisfy(\.isFinite) })
        #expect(arm.allValues.allSatisfy { $0.isFinite })
      }
      #expect(trainer.train(.centralized(tame), seed: 1).status == .completed)
    }
    let deep = Trainer(data: data, model: .mlp(hidden: [8]), threads: 2)
    let wild = LocalTraining(epochs: 3, batchSize: 8, learningRate: 1e30)
    let federated = deep.train(.federated(FederatedPlan(rounds: 2, local: wild)), seed: 1)
    #expect(federated.nonFiniteCount == 6)
    #expect(federated.rounds[0].causes == ["non-finite update": 3])
    #expect(federated.rounds[0].failed == 3)
    #expect(federated.rounds[0].aggregated == false)
    #expect(federated.failure?.clients == [0, 1, 2])
    let local = deep.train(.local(wild), seed: 1)
    #expect(local.status == .failed)
    #expect(local.localModels.allSatisfy { $0.diverged })
  }

  @Test("a loss that rises without losing all sense is a note, not a failure")
  func suspicion() throws {
    let data = try Example.clusters(clientRows: [40, 40, 40])
    let rash = LocalTraining(epochs: 1, batchSize: 8, learningRate: 1_000)
    let trainer = Trainer(data: data, model: .softmax, threads: 1)
    for plan in [
      ArmPlan.centralized(rash), .federated(FederatedPlan(rounds: 1, local: rash)),
    ] {
      let arm = trainer.train(plan, seed: 1)
      #expect(arm.status == .completed)
      #expect(arm.notes.count == 1)
      #expect(arm.notes[0].hasPrefix("the test loss rose from "))
      #expect(arm.scores.count == 180)
    }
  }

  @Test("one client that diverges is refused and the others go on")
  func oneBadClient() throws {
    let plain = try Example.clusters(clientRows: [30, 30, 30, 30])
    let features = plain.trainFeatures.enumerated().map {
      plain.trainClients[$0.offset / 6] == 2 ? $0.element * 1e30 : $0.element
    }
    let data = try TrainingData(
      featureCount: 6, classCount: 3, clientCount: 4, trainFeatures: features,
      trainLabels: plain.trainLabels, trainClients: plain.trainClients,
      testFeatures: plain.testFeatures, testLabels: plain.testLabels,
      testClients: plain.testClients)
    let local = LocalTraining(epochs: 2, batchSize: 8, learningRate: 0.1)
    let trainer = Trainer(data: data, model: .mlp(hidden: [8]), threads: 2)
    let arm = trainer.train(.federated(FederatedPlan(rounds: 3, local: local)), seed: 1)
    #expect(arm.status == .completed)
    #expect(arm.rounds.map(\.completed) == [3, 3, 3])
    #expect(arm.rounds.map(\.failed) == [1, 1, 1])
    #expect(arm.nonFiniteCount == 3)
    #expect(arm.distinctClients == 3)
    #expect(arm.notes == ["3 of 12 updates refused: NaN or infinite"])
    let privacy = PrivateTraining(clip: 1, noiseMultiplier: 0)
    let kept = trainer.train(
      .federated(FederatedPlan(rounds: 3, local: local, privacy: privacy)), seed: 1)
    #expect(kept.status == .completed)
    #expect(kept.allValues.allSatisfy { $0.isFinite })
  }

  @Test("a cancelled arm says so and keeps the rounds it has")
  func cancelled() throws {
    let data = try Example.clusters(clientRows: [20, 20])
    let trainer = Trainer(data: data, model: .softmax, threads: 1)
    let local = LocalTraining(epochs: 1, batchSize: 8, learningRate: 0.1)
    var seen: [String] = []
    let arm = trainer.train(
      .federated(FederatedPlan(rounds: 10, local: local)), seed: 1,
      observer: TrainingObserver(
        progress: { seen.append($0) }, isCancelled: { seen.count == 4 }))
    #expect(arm.status == .killed)
    #expect(arm.rounds.count == 4)
    #expect(seen.last == "round 4 of 10")
    #expect(arm.scores.isEmpty)
  }

  @Test("data that does not fit is refused with a reason")
  func refused() throws {
    func build(
      labels: [Int32] = [0, 1], clients: [Int32] = [0, 0], features: [Float] = [1, 2],
      scaling: FeatureScaling = .none
    ) throws {
      _ = try TrainingData(
        featureCount: 1, classCount: 2, clientCount: 1, trainFeatures: features,
        trainLabels: labels, trainClients: clients, testFeatures: [], testLabels: [],
        testClients: [], scaling: scaling)
    }
    try build()
    #expect(throws: (any Error).self) { try build(labels: [0, 2]) }
    #expect(throws: (any Error).self) { try build(clients: [0, 1]) }
    #expect(throws: (any Error).self) { try build(features: [1, .infinity]) }
    #expect(throws: (any Error).self) { try build(features: [1]) }
    #expect(throws: (any Error).self) { try build(labels: [], clients: [], features: []) }
    #expect(throws: (any Error).self) { try build(scaling: .perClient([])) }
  }

  @Test("an arm without test rows has no metrics and no scores")
  func noTestRows() throws {
    let data = try Example.clusters(clientRows: [20, 20], testRows: 0)
    let local = LocalTraining(epochs: 1, batchSize: 8, learningRate: 0.1)
    let arm = Trainer(data: data, model: .softmax, threads: 1)
      .train(.federated(FederatedPlan(rounds: 1, local: local)), seed: 1)
    #expect(arm.status == .completed)
    #expect(arm.rounds[0].metrics.isEmpty)
    #expect(arm.scores.isEmpty)
  }

  @Test("algorithms are found by name, and each has a summary")
  func catalogue() {
    let names = AlgorithmEntry.catalogue.map(\.name)
    #expect(Set(names).count == names.count)
    for entry in AlgorithmEntry.catalogue {
      #expect(AlgorithmEntry.named(entry.name)?.summary == entry.summary)
      #expect(!entry.summary.isEmpty)
      for parameter in entry.parameters { #expect(parameter.allows(parameter.standard)) }
    }
    #expect(AlgorithmEntry.named("fedfoo") == nil)
  }
}
