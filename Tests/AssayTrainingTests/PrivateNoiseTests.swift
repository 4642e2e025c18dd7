import AssayRuns
import Testing

@testable import AssayTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What noise really lands in the model, by mechanism. Bounds are 5 standard errors: over n coordinates a
/// variance estimate of normal values varies by v·√(2/n), a covariance by √((v·w + c²)/n).
@Suite("Realised noise") struct PrivateNoiseTests {
  /// A step too small to change any weight, so that only noise remains.
  static let still = LocalTraining(epochs: 1, batchSize: 100, learningRate: 1e-30)
  static let model = ModelSpecification.mlp(hidden: [150])

  struct Bench {
    let trainer: Trainer
    let start: [Float]

    init(clientRows: [Int], threads: Int = 2) throws {
      let data = try Example.clusters(clientRows: clientRows, features: 60, classes: 4)
      trainer = Trainer(data: data, model: PrivateNoiseTests.model, threads: threads)
      let network = Network(PrivateNoiseTests.model, features: 60, classCount: 4)
      start = network.tensors([network.initialParameters(Randomness(seed: 6))], stacked: false)
        .flatMap(\.values)
    }

    /// How far the model moved, times `scale`.
    func noise(_ plan: FederatedPlan, scale: Double) -> [Double] {
      let arm = trainer.train(.federated(plan), seed: 6)
      return zip(arm.allValues, start).map { (Double($0) - Double($1)) * scale }
    }
  }

  static func covariance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / Double(a.count)
  }

  static func expectVariance(
    _ noise: [Double], _ expected: Double, _ what: String,
    at place: SourceLocation = #_sourceLocation
  ) {
    let n = Double(noise.count)
    let found = covariance(noise, noise)
    #expect(
      abs(found - expected) < 5 * expected * sqrt(2 / n), "\(what): \(found), not \(expected)",
      sourceLocation: place)
    let mean = noise.reduce(0, +) / n
    #expect(abs(mean) < 5 * sqrt(expected / n), "\(what): mean \(mean)", sourceLocation: place)
  }

  /// Origin: Kairouz et al. 2021, section 3: the noise of prefix t is the sum of popcount(t) nodes, and two
  /// prefixes have in common the nodes that both have.
  @Test(
    "the noise of a prefix of the tree has the variance of its nodes, and shares them with others")
  func tree() throws {
    let bench = try Bench(clientRows: [3, 3, 3, 3])
    let privacy = PrivateTraining(mechanism: .tree, clip: 0.5, noiseMultiplier: 2)
    let prefixes = (1...8).map { rounds in
      // The mean is over cohorts of 2; the noise of one node is N(0, 1).
      bench.noise(
        FederatedPlan(
          rounds: rounds, clientsPerRound: .count(2), local: Self.still, privacy: privacy),
        scale: 2)
    }
    for t in 1...8 {
      Self.expectVariance(prefixes[t - 1], Double(t.nonzeroBitCount), "prefix \(t)")
      for s in 1..<t {
        let mine = Set(TreeNoise.nodes(ofPrefix: t).map { [$0.level, $0.index] })
        let shared = Double(
          TreeNoise.nodes(ofPrefix: s).count { mine.contains([$0.level, $0.index]) })
        let found = Self.covariance(prefixes[s - 1], prefixes[t - 1])
        let (v, w) = (Double(s.nonzeroBitCount), Double(t.nonzeroBitCount))
        let error = sqrt((v * w + shared * shared) / Double(bench.start.count))
        #expect(abs(found - shared) < 5 * error, "prefixes \(s) and \(t): \(found)")
      }
    }
  }

  @Test("noise of the sum is fresh in every round, so variances add up")
  func sum() throws {
    let bench = try Bench(clientRows: [3, 3, 3, 3])
    let privacy = PrivateTraining(clip: 0.5, noiseMultiplier: 2)
    for rounds in [1, 2, 5] {
      let plan = FederatedPlan(rounds: rounds, local: Self.still, privacy: privacy)
      Self.expectVariance(bench.noise(plan, scale: 4), Double(rounds), "\(rounds) rounds")
    }
  }

  /// Origin: an expected cohort of 4 with the noise of 16 has a quarter of the deviation.
  @Test("the noise of a simulated cohort is smaller by the quotient, and recorded as such")
  func simulated() throws {
    let bench = try Bench(clientRows: [3, 3, 3, 3])
    let plan = FederatedPlan(
      rounds: 1, local: Self.still,
      privacy: PrivateTraining(clip: 0.5, noiseMultiplier: 2, simulatedCohort: 16))
    Self.expectVariance(bench.noise(plan, scale: 4), 1.0 / 16, "simulated cohort")
    let arm = bench.trainer.train(.federated(plan), seed: 6)
    #expect(arm.releases.map(\.noiseMultiplier) == [0.5])
  }

  /// Origin: z_Δ = (1/4 − 1/36)^(−1/2) for z = 2 and σ_b = 3 (Andrew et al. 2021, theorem 1).
  @Test("under an adaptive clip the sum gets the larger noise that pays for the count")
  func adaptive() throws {
    let bench = try Bench(clientRows: [3, 3, 3, 3])
    let privacy = PrivateTraining(
      clip: 0.5, noiseMultiplier: 2,
      adaptive: PrivateTraining.AdaptiveClip(quantile: 0.5, learningRate: 0.2, countNoise: 3))
    #expect(abs(privacy.sumNoiseMultiplier - sqrt(4.5)) < 1e-15 * 8)
    // Together they cost what z alone would: 1/z_Δ² + 1/(2σ_b)² = 1/z².
    let joint =
      1 / (privacy.sumNoiseMultiplier * privacy.sumNoiseMultiplier) + 1 / (4.0 * 9.0)
    #expect(abs(joint - 0.25) < 1e-15)
    let plan = FederatedPlan(rounds: 1, local: Self.still, privacy: privacy)
    Self.expectVariance(bench.noise(plan, scale: 4), 4.5 * 0.25, "adaptive")
    let arm = bench.trainer.train(.federated(plan), seed: 6)
    #expect(arm.releases.map(\.noiseMultiplier) == [2])
  }

  @Test(
    "under local privacy every client adds noise of its own: the mean of K has 1/K of the variance")
  func local() throws {
    let privacy = PrivateTraining(mechanism: .local, clip: 0.5, noiseMultiplier: 2)
    for (clients, rounds) in [(1, 1), (4, 1), (4, 3)] {
      let bench = try Bench(clientRows: [Int](repeating: 3, count: clients))
      let plan = FederatedPlan(rounds: rounds, local: Self.still, privacy: privacy)
      Self.expectVariance(
        bench.noise(plan, scale: 1), Double(rounds) / Double(clients), "\(clients) clients")
    }
  }

  /// A clip of 1e-3 and noise of 1: 20 gradients move the model by at most 0.02 in all 9,754 coordinates
  /// together. Learning rate 1, expected rows 5: each of 4 steps adds noise of variance 1/25.
  @Test("every step of example-level training adds the noise of its sum")
  func example() throws {
    let bench = try Bench(clientRows: [20])
    let privacy = PrivateTraining(
      mechanism: .example(samplingRate: 0.25), clip: 1e-3, noiseMultiplier: 1_000)
    for rounds in [1, 3] {
      let plan = FederatedPlan(
        rounds: rounds, local: LocalTraining(epochs: 1, batchSize: 1, learningRate: 1),
        privacy: privacy)
      Self.expectVariance(bench.noise(plan, scale: 5), Double(4 * rounds), "\(rounds) rounds")
    }
  }

  /// Origin: with seed 6 the same client of the same round has the same noise, whatever its rows, so an arm
  /// of which the client diverges moves as one that does not train.
  @Test("a client that diverges sends noise only under local privacy")
  func divergence() throws {
    let bench = try Bench(clientRows: [30])
    let wild = LocalTraining(epochs: 4, batchSize: 4, learningRate: 1e38)
    let bare = bench.trainer.train(
      .federated(FederatedPlan(rounds: 1, local: wild)), seed: 6)
    #expect(bare.nonFiniteCount == 1)
    let privacy = PrivateTraining(mechanism: .local, clip: 0.5, noiseMultiplier: 2)
    func train(_ local: LocalTraining) -> TrainedArm {
      bench.trainer.train(
        .federated(FederatedPlan(rounds: 2, local: local, privacy: privacy)), seed: 6)
    }
    let diverged = train(wild)
    #expect(diverged.status == .completed)
    #expect(diverged.nonFiniteCount == 0)
    #expect(diverged.weights == train(Self.still).weights)
    #expect(diverged.rounds.map(\.clippedFraction) == [1, 1])
    #expect(diverged.releases.map(\.steps) == [2])
  }

  static let mechanisms: [PrivateTraining.Mechanism] = [
    .sum, .tree, .local, .example(samplingRate: 0.3),
  ]

  static func plan(
    _ mechanism: PrivateTraining.Mechanism, noise: PrivateTraining.Noise = .seeded
  ) -> FederatedPlan {
    var participation = ParticipationPlan()
    participation.dropout.beforeTraining = 0.2
    return FederatedPlan(
      rounds: 5, clientsPerRound: .count(6),
      local: LocalTraining(epochs: 2, batchSize: 4, learningRate: 0.2),
      participation: participation,
      privacy: PrivateTraining(
        mechanism: mechanism, clip: 0.4, noiseMultiplier: 1.5, noise: noise,
        adaptive: mechanism == .sum
          ? PrivateTraining.AdaptiveClip(quantile: 0.5, learningRate: 0.2, countNoise: 2) : nil))
  }

  @Test("seeded noise gives the same bits again, on one thread and on four", arguments: mechanisms)
  func threads(_ mechanism: PrivateTraining.Mechanism) throws {
    let data = try Example.clusters(clientRows: [9, 3, 14, 0, 7, 22, 5, 6, 8, 11])
    let plan = ArmPlan.federated(Self.plan(mechanism))
    func train(_ threads: Int) -> TrainedArm {
      Trainer(data: data, model: .mlp(hidden: [9]), threads: threads).train(plan, seed: 3).timeless
    }
    let one = train(1)
    #expect(one == train(4))
    #expect(one == train(1))
    #expect(one.status == .completed)
  }

  @Test("noise of the system differs between runs of one seed", arguments: mechanisms)
  func system(_ mechanism: PrivateTraining.Mechanism) throws {
    let data = try Example.clusters(clientRows: [9, 3, 14, 6, 7, 22, 5, 6, 8, 11])
    let trainer = Trainer(data: data, model: .softmax, threads: 1)
    let plan = ArmPlan.federated(Self.plan(mechanism, noise: .system))
    let first = trainer.train(plan, seed: 3)
    #expect(first.weights != trainer.train(plan, seed: 3).weights)
    #expect(first.noiseSource == .system)
  }
}
