import Testing

@testable import AssayTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Equalities that hold for the algorithms themselves, whatever the data.
@Suite struct IdentityTests {
  @Test("federated averaging of one client is centralized training, bit by bit")
  func oneClient() throws {
    let data = try Example.clusters(clientRows: [53])
    for model in [ModelSpecification.softmax, .mlp(hidden: [12])] {
      let trainer = Trainer(data: data, model: model, threads: 2)
      let central = trainer.train(
        .centralized(LocalTraining(epochs: 6, batchSize: 7, learningRate: 0.1)), seed: 5)
      let plan = FederatedPlan(
        rounds: 3, local: LocalTraining(epochs: 2, batchSize: 7, learningRate: 0.1))
      let federated = trainer.train(.federated(plan), seed: 5)
      #expect(federated.weights == central.weights)
      #expect(federated.scores == central.scores)
      #expect(federated.gradientSteps == central.gradientSteps)
      let local = trainer.train(
        .local(LocalTraining(epochs: 6, batchSize: 7, learningRate: 0.1)), seed: 5)
      #expect(local.scores == central.scores)
    }
  }

  /// Float32 rounding of each model before it is averaged: 1e-6 for weights of order 1.
  @Test("full-batch federated averaging over all clients is gradient descent on the pooled rows")
  func pooledDescent() throws {
    let data = try Example.clusters(clientRows: [53, 20, 7, 31, 1])
    for model in [ModelSpecification.softmax, .mlp(hidden: [12])] {
      let trainer = Trainer(data: data, model: model, threads: 2)
      let all = LocalTraining(
        epochs: 1, batchSize: LocalTraining.fullBatch, learningRate: 0.2)
      var pooled = all
      pooled.epochs = 8
      let central = trainer.train(.centralized(pooled), seed: 2)
      let federated = trainer.train(.federated(FederatedPlan(rounds: 8, local: all)), seed: 2)
      #expect(Self.gap(central, federated) < 1e-6)
      let other = LocalTraining(epochs: 3, batchSize: 4, learningRate: 0.2)
      let sgd = trainer.train(
        .federated(FederatedPlan(algorithm: AlgorithmChoice("fedsgd"), rounds: 8, local: other)),
        seed: 2)
      #expect(sgd.weights == federated.weights)
    }
  }

  /// With equal rows the weighted mean is the uniform mean; the two sum in different orders.
  @Test("private training without clipping and noise is uniform federated averaging")
  func privacyWithoutNoise() throws {
    let data = try Example.clusters(clientRows: [20, 20, 20, 20])
    let local = LocalTraining(epochs: 2, batchSize: 8, learningRate: 0.1)
    let trainer = Trainer(data: data, model: .mlp(hidden: [12]), threads: 2)
    let plain = trainer.train(.federated(FederatedPlan(rounds: 5, local: local)), seed: 1)
    let unclipped = PrivateTraining(clip: .infinity, noiseMultiplier: 0)
    let other = trainer.train(
      .federated(FederatedPlan(rounds: 5, local: local, privacy: unclipped)), seed: 1)
    #expect(Self.gap(plain, other) < 1e-6)
    #expect(other.rounds.allSatisfy { $0.clippedFraction == 0 })
  }

  @Test("threads do not change a bit of any arm", arguments: [2, 4, 8])
  func threads(count: Int) throws {
    let rows = (0..<40).map { ($0 * 7) % 23 }
    let data = try Example.clusters(clientRows: rows, testRows: 900)
    let local = LocalTraining(epochs: 2, batchSize: 5, learningRate: 0.1)
    let plans: [ArmPlan] = [
      .centralized(local), .local(local),
      .federated(
        FederatedPlan(
          rounds: 4, clientsPerRound: .fraction(0.6), local: local,
          participation: .dropping(0.2))),
      .federated(
        FederatedPlan(
          rounds: 4, clientsPerRound: .count(20), local: local,
          privacy: PrivateTraining(clip: 0.5, noiseMultiplier: 0.7))),
    ]
    let one = Trainer(data: data, model: .mlp(hidden: [24]), threads: 1)
    let several = Trainer(data: data, model: .mlp(hidden: [24]), threads: count)
    for plan in plans {
      #expect(one.train(plan, seed: 9).timeless == several.train(plan, seed: 9).timeless)
    }
  }

  /// A model of 1.07 million weights takes 4 MiB, so one thread trains 15 clients at a time and eight
  /// threads all of them.
  @Test("how many clients are trained at a time does not change a bit")
  func portions() throws {
    let data = try Example.clusters(clientRows: [Int](repeating: 2, count: 18), testRows: 3)
    let model = ModelSpecification.mlp(hidden: [1_024, 1_024])
    let local = LocalTraining(epochs: 1, batchSize: 2, learningRate: 0.01)
    for privacy in [nil, PrivateTraining(clip: 0.1, noiseMultiplier: 0)] {
      let plan = ArmPlan.federated(FederatedPlan(rounds: 1, local: local, privacy: privacy))
      let one = Trainer(data: data, model: model, threads: 1).train(plan, seed: 1)
      let eight = Trainer(data: data, model: model, threads: 8).train(plan, seed: 1)
      #expect(one.timeless == eight.timeless)
    }
  }

  @Test("a seed changes every arm, and one seed starts every arm from the same model")
  func seeds() throws {
    let data = try Example.clusters(clientRows: [20, 30])
    let trainer = Trainer(data: data, model: .softmax, threads: 1)
    let local = LocalTraining(epochs: 1, batchSize: 8, learningRate: 0.1)
    let plans: [ArmPlan] = [
      .centralized(local), .federated(FederatedPlan(rounds: 1, local: local)),
      .federated(
        FederatedPlan(
          rounds: 1, local: local, privacy: PrivateTraining(clip: 1, noiseMultiplier: 1))),
    ]
    let first = plans.map { trainer.train($0, seed: 1) }
    let second = plans.map { trainer.train($0, seed: 2) }
    for (a, b) in zip(first, second) { #expect(a.weights != b.weights) }
    #expect(Set(first.map(\.initialMetrics)).count == 1)
    #expect(first[0].initialMetrics != second[0].initialMetrics)
  }

  private static func gap(_ a: TrainedArm, _ b: TrainedArm) -> Float {
    zip(a.allValues, b.allValues).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }
}
