import Testing

@testable import AssayTraining

/// Rounds at the edges of what algorithms expect.
@Suite struct AlgorithmEdgeTests {
  private static let everything = AlgorithmEntry.catalogue.filter { !$0.isAsynchronous }

  @Test("one client, and updates that are all zero, leave every algorithm with a finite model")
  func degenerate() {
    for entry in Self.everything {
      let same = ServerStep(
        algorithm: AlgorithmChoice(entry.name), global: [1, -2], models: [[1, -2]], weights: [5])
      #expect(same.model(rounds: 3) == [1, -2], "\(entry.name)")
      let one = ServerStep(
        algorithm: AlgorithmChoice(entry.name), global: [1, -2], models: [[3, 4]], weights: [5])
      #expect(one.model().allSatisfy { $0.isFinite }, "\(entry.name)")
    }
  }

  /// By hand: two models, f = 1, so a score is the distance to one neighbour, equal for both; the first
  /// client wins.
  @Test("Krum with fewer models than it needs takes the first of equals and leaves a note")
  func tooFew() throws {
    let step = ServerStep(
      algorithm: AlgorithmChoice("krum"), global: [0], models: [[1], [2]], weights: [1, 1])
    #expect(step.model() == [1])
    let data = try Example.clusters(clientRows: [9, 9, 9, 9])
    let local = LocalTraining(epochs: 1, batchSize: 4, learningRate: 0.1)
    func notes(_ share: Double) -> [String] {
      Trainer(data: data, model: .softmax, threads: 1).train(
        .federated(
          FederatedPlan(
            algorithm: AlgorithmChoice("krum", ["byzantine_share": share]), rounds: 3,
            local: local)), seed: 1
      ).notes
    }
    let note =
      "3 of 3 rounds had fewer updates than the 2f + 3 that krum needs to withstand f liars"
    #expect(notes(0.2) == [note])
    #expect(notes(0).isEmpty)
  }

  /// 0.07 · 100 is 7.000000000000001 in double, 0.29 · 100 is 28.999999999999996.
  @Test("shares of clients are counted as they are written")
  func shares() {
    let krum = Krum(byzantineShare: 0.07, isMultiple: false, selected: 1)
    #expect(krum.liars(of: 100) == 7)
    #expect(krum.liars(of: 101) == 8)
    #expect(TrimmedMean.cut(0.29, of: 100) == 29)
    #expect(TrimmedMean.cut(0.29, of: 3) == 0)
  }

  /// Losses of diverged models are infinite; the weights of clients must stay shares.
  @Test("agnostic weights stay a point of the simplex whatever the losses")
  func agnosticLosses() {
    let step = ServerStep(
      algorithm: AlgorithmChoice("afl"), global: [0], models: [[1], [3]], weights: [1, 1],
      losses: [.infinity, .nan])
    #expect(step.model(rounds: 3) == [2])
    // The larger loss takes all: λ = (½ + 0, ½ + 100) is projected to (0, 1).
    let one = ServerStep(
      algorithm: AlgorithmChoice("afl"), global: [0], models: [[1], [3]], weights: [1, 1],
      losses: [0, 1000])
    #expect(one.model(rounds: 1) == [2])
    #expect(one.model(rounds: 2) == [3])
  }

  /// 2 · 3^(−1000) is 0 in double: every weight of the buffer is 0.
  @Test("a buffer of updates too stale to count leaves the model as it is")
  func veryStale() {
    let pool = WorkerPool(threads: 1)
    let server = ServerState(initial: [1], clientCount: 2, pool: pool)
    let algorithm = FedBuff(buffer: 2, rate: 1, exponent: 100)
    var contribution = Contribution(client: 0, rows: 1, steps: 1, weight: 1)
    contribution.staleness = 5_000
    let weight = algorithm.weight(of: contribution, in: server)
    #expect(weight == 0)
    algorithm.advance(
      server,
      by: RoundUpdates(
        contributions: [contribution, contribution], totalWeight: weight * 2, holdsModels: false,
        sum: Memory([0.0]), global: server.model, variateSum: nil, models: [], pool: pool))
    #expect(server.model[0] == 1)
  }

  @Test("q-FedAvg does not move when no loss is finite")
  func infiniteLoss() {
    let step = ServerStep(
      algorithm: AlgorithmChoice("qfedavg"), global: [1], models: [[2], [3]], weights: [1, 1],
      losses: [.infinity, 1])
    #expect(step.model() == [1])
  }

  @Test("Ditto counts the steps of both models")
  func dittoSteps() throws {
    let data = try Example.clusters(clientRows: [8, 8])
    let local = LocalTraining(epochs: 1, batchSize: 4, learningRate: 0.1)
    func arm(_ name: String) -> TrainedArm {
      Trainer(data: data, model: .softmax, threads: 1).train(
        .federated(FederatedPlan(algorithm: AlgorithmChoice(name), rounds: 3, local: local)),
        seed: 1)
    }
    #expect(arm("fedavg").gradientSteps == 12)
    #expect(arm("ditto").gradientSteps == 24)
    #expect(arm("ditto").examplesProcessed == 2 * arm("fedavg").examplesProcessed)
  }

  /// The paper's server adds the change of a variate that the client itself then does not keep.
  @Test("a client that vanishes after its upload keeps the variate that it had")
  func vanished() throws {
    let data = try Example.clusters(clientRows: [12, 12, 12])
    let local = LocalTraining(epochs: 2, batchSize: 4, learningRate: 0.1)
    func arm(_ vanishing: Double, rounds: Int) -> TrainedArm {
      var plan = FederatedPlan(
        algorithm: AlgorithmChoice("scaffold"), rounds: rounds, local: local)
      plan.participation.dropout.afterUpload = vanishing
      return Trainer(data: data, model: .softmax, threads: 1).train(.federated(plan), seed: 1)
    }
    #expect(arm(0, rounds: 1).weights == arm(0.999, rounds: 1).weights)
    #expect(arm(0, rounds: 3).weights != arm(0.999, rounds: 3).weights)
  }
}
