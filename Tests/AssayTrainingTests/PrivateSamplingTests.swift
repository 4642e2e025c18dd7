import AssayRuns
import Testing

@testable import AssayTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Poisson sampling is really Poisson: every unit joins by itself, with the same probability, in every
/// round anew. Bounds are 5 standard errors; 5.5 for the largest of many thousands.
@Suite("Poisson sampling") struct PrivateSamplingTests {
  /// Expects rows of independent coins with probability `rate`.
  static func expectCoins(
    _ draws: [[Bool]], rate: Double, at place: SourceLocation = #_sourceLocation
  ) {
    let (trials, units) = (draws.count, draws[0].count)
    let (n, m) = (Double(trials), Double(units))
    let variance = rate * (1 - rate)
    func z(_ count: Double, _ trials: Double, _ probability: Double) -> Double {
      (count - trials * probability) / sqrt(trials * probability * (1 - probability))
    }
    var counts = [Double](repeating: 0, count: units)
    for draw in draws { for unit in 0..<units where draw[unit] { counts[unit] += 1 } }
    #expect(abs(z(counts.reduce(0, +), n * m, rate)) < 5, "all together", sourceLocation: place)
    // Σ z² over units is χ² with as many degrees of freedom: mean m, variance about 2m.
    let chiSquare = counts.reduce(0) { $0 + pow(z($1, n, rate), 2) }
    #expect(
      abs(chiSquare - m) < 5 * sqrt(2 * m), "χ² \(chiSquare) of \(units)", sourceLocation: place)
    // The size of a cohort is binomial: its mean square deviation has variance about 2·(m·v)²/n.
    let spread = draws.reduce(0.0) { $0 + pow(Double($1.count { $0 }) - m * rate, 2) } / n
    #expect(
      abs(spread / (m * variance) - 1) < 5 * sqrt((2 + 1 / (m * variance)) / n),
      "cohort sizes vary by \(spread)", sourceLocation: place)
    var worst = 0.0
    for a in 0..<units {
      for b in (a + 1)..<units {
        let both = Double(draws.count { $0[a] && $0[b] })
        worst = max(worst, abs(z(both, n, rate * rate)))
      }
      let again = Double((1..<trials).count { draws[$0][a] && draws[$0 - 1][a] })
      // Overlapping pairs are correlated: Var = n·(q² + 2q³ − 3q⁴), the terms at the end left out.
      let deviation = sqrt(n * (pow(rate, 2) + 2 * pow(rate, 3) - 3 * pow(rate, 4)))
      worst = max(worst, abs(again - (n - 1) * rate * rate) / deviation)
    }
    #expect(worst < 5.5, "pairs of units and of rounds", sourceLocation: place)
  }

  @Test("clients join by independent coins", arguments: [0.02, 0.2, 0.7])
  func clients(rate: Double) {
    let randomness = Randomness(seed: 11)
    let draws = (1...4_000).map { round in
      let cohort = Cohort.poisson(
        rate: rate, clientCount: 40, randomness: randomness, round: round)
      #expect(cohort == cohort.sorted() && Set(cohort).count == cohort.count)
      var joins = [Bool](repeating: false, count: 40)
      for client in cohort { joins[client] = true }
      return joins
    }
    Self.expectCoins(draws, rate: rate)
  }

  @Test("an arm asks exactly the clients that were drawn")
  func arms() throws {
    let data = try Example.clusters(clientRows: [Int](repeating: 3, count: 30))
    let plan = FederatedPlan(
      rounds: 25, clientsPerRound: .fraction(0.15), local: PrivateNoiseTests.still,
      privacy: PrivateTraining(clip: 1, noiseMultiplier: 1))
    let arm = Trainer(data: data, model: .softmax, threads: 1).train(.federated(plan), seed: 5)
    for round in arm.rounds {
      let cohort = Cohort.poisson(
        rate: 0.15, clientCount: 30, randomness: Randomness(seed: 5), round: round.round)
      #expect(round.selected == cohort.count)
    }
    #expect(Set(arm.rounds.map(\.selected)).count > 3)
  }

  /// Every row has a feature of its own, the clip shortens every gradient to one length, and there is no
  /// noise: the weight of a feature has moved exactly when its row joined. Rate 0.7 is one step a round;
  /// two rounds minus one are the second step.
  @Test("rows join the steps of example-level training by independent coins")
  func rows() throws {
    let (clients, rows) = (8, 6)
    let width = clients * rows
    var features = [Float](repeating: 0, count: width * width)
    for row in 0..<width { features[row * width + row] = 1 }
    let data = try TrainingData(
      featureCount: width, classCount: 2, clientCount: clients, trainFeatures: features,
      trainLabels: (0..<width).map { Int32($0 % 2) },
      trainClients: (0..<width).map { Int32($0 / rows) }, testFeatures: features,
      testLabels: (0..<width).map { Int32($0 % 2) },
      testClients: (0..<width).map { Int32($0 / rows) }, scaling: .none)
    let trainer = Trainer(data: data, model: .softmax, threads: 2)
    let privacy = PrivateTraining(
      mechanism: .example(samplingRate: 0.7), clip: 1e-2, noiseMultiplier: 0)
    func weights(_ rounds: Int, _ seed: Int) -> [Float] {
      let plan = FederatedPlan(
        rounds: rounds, local: LocalTraining(epochs: 1, batchSize: 1, learningRate: 0.1),
        privacy: privacy)
      return Array(trainer.train(.federated(plan), seed: seed).allValues.prefix(width))
    }
    let network = Network(.softmax, features: width, classCount: 2)
    var draws: [[Bool]] = []
    for seed in 1...300 {
      let start = network.tensors(
        [network.initialParameters(Randomness(seed: seed))], stacked: false
      ).flatMap(\.values)
      let (one, two) = (weights(1, seed), weights(2, seed))
      draws.append((0..<width).map { one[$0] != start[$0] })
      draws.append((0..<width).map { two[$0] != one[$0] })
    }
    Self.expectCoins(draws, rate: 0.7)
  }

  @Test("rows that joined are counted, not expected")
  func examples() throws {
    let data = try Example.clusters(clientRows: [200, 100])
    let plan = FederatedPlan(
      rounds: 10, local: LocalTraining(epochs: 1, batchSize: 1, learningRate: 0.1),
      privacy: PrivateTraining(
        mechanism: .example(samplingRate: 0.1), clip: 1e-6, noiseMultiplier: 0))
    let arm = Trainer(data: data, model: .softmax, threads: 1).train(.federated(plan), seed: 5)
    // 10 rounds × 10 steps × 300 rows at 0.1: 3,000 ± 5·√2,700.
    #expect(abs(Double(arm.examplesProcessed) - 3_000) < 5 * sqrt(2_700))
    #expect(arm.examplesProcessed != 3_000)
    #expect(arm.clippedRows == arm.examplesProcessed)
    #expect(arm.gradientSteps == 200)
  }
}
