import Testing

@testable import AssayTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct PrivateTrainingTests {
  /// A step too small to change any weight, so that only noise remains.
  let still = LocalTraining(epochs: 1, batchSize: 100, learningRate: 1e-30)

  @Test("a clipped update never exceeds the bound, whatever its norm")
  func factor() {
    var numbers = TestNumbers(1)
    for _ in 0..<20_000 {
      let norm = exp(numbers.next() * 40 - 20)
      let clip = exp(numbers.next() * 10 - 5)
      let factor = ClippedSum.factor(norm: norm, clip: clip, count: 1_000)
      #expect(norm * factor <= clip)
      #expect(factor <= 1)
      if norm < clip * 0.999 { #expect(factor == 1) }
    }
    #expect(ClippedSum.factor(norm: 0, clip: 1, count: 10) == 1)
    #expect(ClippedSum.factor(norm: 5, clip: .infinity, count: 10) == 1)
  }

  /// The change of the model in one round of one client is its clipped update; float32 weights round
  /// it by up to 1e-7 for each coordinate.
  @Test("every client's update moves the model by at most the clip")
  func clipBound() throws {
    let training = LocalTraining(epochs: 3, batchSize: 4, learningRate: 0.5)
    for rows in [5, 17, 60] {
      let data = try Example.clusters(clientRows: [rows], seed: UInt64(rows))
      let trainer = Trainer(data: data, model: .mlp(hidden: [10]), threads: 1)
      let network = Network(.mlp(hidden: [10]), features: 6, classCount: 3)
      let start = network.tensors([network.initialParameters(Randomness(seed: 1))], stacked: false)
      for clip in [0.01, 0.3, 1_000] {
        let plan = FederatedPlan(
          rounds: 1, local: training, privacy: PrivateTraining(clip: clip, noiseMultiplier: 0))
        let arm = trainer.train(.federated(plan), seed: 1)
        let moved = zip(arm.allValues, start.flatMap(\.values))
          .reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }.squareRoot()
        #expect(moved <= clip + 1e-6)
        #expect(arm.rounds[0].clippedFraction == (clip < 1_000 ? 1 : 0))
        if clip < 1_000 { #expect(moved > clip * 0.999 - 1e-6) }
      }
    }
  }

  /// Origin: the noise on the sum is N(0, (z·clip)²) = N(0, 1), divided by N = 4. Over n coordinates
  /// the variance estimate varies by √(2/n); 5 of them.
  @Test("the realised noise has the variance that is accounted for", arguments: [1, 2, 8])
  func variance(threads: Int) throws {
    let data = try Example.clusters(clientRows: [3, 3, 3, 3], features: 60, classes: 4)
    let model = ModelSpecification.mlp(hidden: [150])
    let plan = FederatedPlan(
      rounds: 1, local: still, privacy: PrivateTraining(clip: 0.5, noiseMultiplier: 2))
    let arm = Trainer(data: data, model: model, threads: threads).train(.federated(plan), seed: 6)
    let network = Network(model, features: 60, classCount: 4)
    let start = network.tensors([network.initialParameters(Randomness(seed: 6))], stacked: false)
    let noise = zip(arm.allValues, start.flatMap(\.values)).map { (Double($0) - Double($1)) * 4 }
    let n = Double(noise.count)
    #expect(noise.count == 61 * 150 + 151 * 4)
    let mean = noise.reduce(0, +) / n
    let variance = noise.reduce(0) { $0 + $1 * $1 } / n
    #expect(abs(mean) < 5 / sqrt(n))
    #expect(abs(variance - 1) < 5 * sqrt(2 / n))
  }

  @Test("an empty cohort still releases noise, and every round is one release")
  func emptyCohorts() throws {
    let data = try Example.clusters(clientRows: [Int](repeating: 4, count: 50))
    let plan = FederatedPlan(
      rounds: 30, clientsPerRound: .count(1), local: still,
      privacy: PrivateTraining(clip: 1, noiseMultiplier: 0.8))
    let arm = Trainer(data: data, model: .softmax, threads: 1).train(.federated(plan), seed: 1)
    let empty = arm.rounds.filter { $0.selected == 0 }
    #expect(!empty.isEmpty && empty.count < 30)
    for round in empty {
      #expect(round.aggregated == true)
      #expect(round.clippedFraction == nil)
      let before =
        round.round == 1 ? arm.initialMetrics : arm.rounds[round.round - 2].metrics
      #expect(round.metrics["loss"] != before["loss"])
    }
    #expect(arm.releases.count == 1)
    let release = try #require(arm.releases.first)
    #expect(release.steps == 30)
    #expect(release.samplingRate == 0.02)
    #expect(release.sampling == .poisson)
    #expect(release.noiseMultiplier == 0.8)
  }

  @Test("all clients in every round is a release without sampling")
  func allClients() throws {
    let data = try Example.clusters(clientRows: [4, 4])
    let plan = FederatedPlan(
      rounds: 3, local: still, privacy: PrivateTraining(clip: 1, noiseMultiplier: 1))
    let arm = Trainer(data: data, model: .softmax, threads: 1).train(.federated(plan), seed: 1)
    #expect(arm.releases.map(\.samplingRate) == [1])
    #expect(arm.releases.map { $0.sampling.rawValue } == ["none"])
  }

  /// Clip 0.1, no noise, one of four clients trains in effect: with divisor N = 4 the model moves by
  /// at most 0.1 · reporting / 4. Dropping clients must not shrink the divisor.
  @Test("dropout and empty clients leave the divisor at the expected cohort")
  func fixedDivisor() throws {
    let training = LocalTraining(epochs: 5, batchSize: 4, learningRate: 0.5)
    let data = try Example.clusters(clientRows: [30, 0, 0, 0])
    let alone = try Example.clusters(clientRows: [30])
    let privacy = PrivateTraining(clip: 0.1, noiseMultiplier: 0)
    let plan = FederatedPlan(rounds: 1, local: training, privacy: privacy)
    let four = Trainer(data: data, model: .softmax, threads: 1).train(.federated(plan), seed: 1)
    let one = Trainer(data: alone, model: .softmax, threads: 1).train(.federated(plan), seed: 1)
    let network = Network(.softmax, features: 6, classCount: 3)
    let start = network.tensors([network.initialParameters(Randomness(seed: 1))], stacked: false)
      .flatMap(\.values)
    for ((a, b), origin) in zip(zip(four.allValues, one.allValues), start) {
      #expect(abs((a - origin) * 4 - (b - origin)) < 1e-6)
    }
    #expect(four.rounds[0].completed == 4)
    #expect(four.rounds[0].failed == 0)
    #expect(four.notes.contains { $0.contains("they send zero updates") })
  }

  @Test("noise from the system differs between runs of one seed, seeded noise does not")
  func noiseSource() throws {
    let data = try Example.clusters(clientRows: [10, 10])
    let trainer = Trainer(data: data, model: .softmax, threads: 1)
    func train(_ noise: PrivateTraining.Noise) -> TrainedArm {
      let privacy = PrivateTraining(clip: 1, noiseMultiplier: 1, noise: noise)
      return trainer.train(
        .federated(FederatedPlan(rounds: 1, local: still, privacy: privacy)), seed: 1)
    }
    #expect(train(.seeded).weights == train(.seeded).weights)
    #expect(train(.system).weights != train(.system).weights)
    #expect(train(.system).noiseSource == .system)
    #expect(train(.seeded).noiseSource == .seeded)
  }
}
