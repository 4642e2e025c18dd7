import AssayRuns
import Testing

@testable import AssayTraining

@Suite("Recorded releases") struct PrivateReleaseTests {
  private static let still = PrivateNoiseTests.still

  private func train(
    _ mechanism: PrivateTraining.Mechanism, clients: Int, rounds: Int,
    perRound: ClientsPerRound = .all, _ change: (inout ParticipationPlan) -> Void = { _ in }
  ) throws -> TrainedArm {
    let data = try Example.clusters(clientRows: [Int](repeating: 5, count: clients))
    var participation = ParticipationPlan()
    change(&participation)
    let plan = FederatedPlan(
      rounds: rounds, clientsPerRound: perRound,
      local: LocalTraining(epochs: 2, batchSize: 5, learningRate: 1e-30),
      participation: participation,
      privacy: PrivateTraining(mechanism: mechanism, clip: 1, noiseMultiplier: 3))
    return Trainer(data: data, model: .softmax, threads: 1).train(.federated(plan), seed: 2)
  }

  @Test("the sum releases in every round, dropout and empty cohorts included")
  func sum() throws {
    let arm = try train(.sum, clients: 20, rounds: 30, perRound: .count(1)) {
      $0.dropout.beforeTraining = 0.5
    }
    #expect(arm.rounds.contains { $0.completed == 0 })
    #expect(arm.releases.map(\.steps) == [30])
    #expect(arm.releases.map(\.samplingRate) == [0.05])
    // A model that nobody moved has moved by noise.
    for (round, next) in zip(arm.rounds, arm.rounds.dropFirst()) where next.completed == 0 {
      #expect(round.metrics["loss"] != next.metrics["loss"])
    }
  }

  @Test("a round that is skipped before sampling releases nothing, and moves nobody's turn")
  func skipped() throws {
    func few(_ plan: inout ParticipationPlan) {
      plan.availability = .probability(0.5)
      plan.minimumAvailable = 6
    }
    let sum = try train(.sum, clients: 10, rounds: 30, perRound: .count(3), few)
    let ran = sum.rounds.count { $0.aggregated == true }
    #expect(ran > 0 && ran < 30)
    #expect(sum.releases.map(\.steps) == [ran])
    for (round, next) in zip(sum.rounds, sum.rounds.dropFirst()) where next.aggregated == false {
      #expect(round.metrics["loss"] == next.metrics["loss"])
    }
    let tree = try train(.tree, clients: 10, rounds: 30, perRound: .count(5), few)
    let terms = tree.rounds.count { $0.aggregated == true }
    #expect(terms > 0 && terms < 30)
    let squared = TreeNoise.squaredSensitivity(terms: terms, period: 2)
    #expect(tree.releases.map(\.noiseMultiplier) == [3 / squared.squareRoot()])
    #expect(tree.releases.map(\.steps) == [1])
    let none = try train(.sum, clients: 4, rounds: 3) {
      $0.availability = .probability(0.5)
      $0.minimumAvailable = 4_000
    }
    #expect(none.releases.isEmpty)
  }

  @Test("under local privacy the client that uploaded most often counts, whatever arrived")
  func local() throws {
    let alone = try train(.local, clients: 1, rounds: 40) { $0.dropout.beforeTraining = 0.5 }
    let uploads = alone.rounds.count { $0.completed == 1 }
    #expect(uploads > 5 && uploads < 35)
    #expect(alone.releases.map(\.steps) == [uploads])
    // A lost upload was on its way, and others may have seen it.
    let lost = try train(.local, clients: 1, rounds: 40) { $0.faults.lost = 0.5 }
    #expect(lost.rounds.contains { $0.completed == 0 })
    #expect(lost.releases.map(\.steps) == [40])
    // Five of ten clients, 40 rounds: 20 each on average, and the busiest has more.
    let some = try train(.local, clients: 10, rounds: 40, perRound: .count(5))
    let most = try #require(some.releases.first?.steps)
    #expect(most > 20 && most < 40)
    #expect(some.releases.map { $0.sampling.rawValue } == ["none"])
  }

  /// Rate 0.2 is five steps for one pass, and there are two passes: ten steps for each time a client
  /// trains.
  @Test("example-level training counts the steps of the client that trained most often")
  func example() throws {
    let arm = try train(.example(samplingRate: 0.2), clients: 1, rounds: 30) {
      $0.dropout.beforeTraining = 0.5
    }
    let times = arm.rounds.count { $0.completed == 1 }
    #expect(arm.gradientSteps == 10 * times)
    #expect(arm.releases.map(\.steps) == [10 * times])
    #expect(arm.releases.map(\.samplingRate) == [0.2])
    #expect(arm.releases.map { $0.sampling.rawValue } == ["poisson"])
  }

  @Test("what a plan may release is never less than what a run of it releases")
  func planned() throws {
    for mechanism in PrivateNoiseTests.mechanisms {
      var plan = PrivateNoiseTests.plan(mechanism)
      plan.privacy?.noiseMultiplier = 1.5
      let data = try Example.clusters(clientRows: [9, 3, 14, 6, 7, 22, 5, 6, 8, 11])
      let arm = Trainer(data: data, model: .softmax, threads: 1).train(.federated(plan), seed: 3)
      let most = try #require(plan.releases(clients: 10)?.event(noiseMultiplier: 1.5))
      let ran = try #require(arm.releases.first)
      #expect(ran.steps <= most.steps && ran.steps > 0)
      #expect(ran.noiseMultiplier >= most.noiseMultiplier)
      #expect(ran.samplingRate == most.samplingRate)
    }
  }

  @Test("a share of the noise keeps the count of an adaptive clip paid for, and none stays none")
  func shares() {
    let least = PrivateTraining(
      clip: 1, noiseMultiplier: 1,
      adaptive: PrivateTraining.AdaptiveClip(
        quantile: 0.5, learningRate: 0.2, countNoise: 0.5.nextUp))
    for step in 0...1_000 {
      let part = least.withNoise(timesShare: Double(step) / 1_000)
      #expect(part.noiseMultiplier == Double(step) / 1_000)
      #expect((part.adaptive?.countNoise ?? 0) > 0 || step == 0)
      #expect(part.sumNoiseMultiplier >= part.noiseMultiplier)
    }
  }

  @Test("relations and units of the mechanisms")
  func relations() {
    #expect(PrivacyMechanism.allCases.map(\.unit) == [.client, .client, .client, .example])
    #expect(
      PrivacyMechanism.allCases.map(\.neighbouring)
        == [.addOrRemoveOne, .zeroOut, .replaceOne, .zeroOut])
    #expect(
      AlgorithmEntry.catalogue.filter(\.allowsExamplePrivacy).map(\.name).sorted()
        == ["fedadagrad", "fedadam", "fedavg", "fedavgm", "fedyogi"])
  }
}
