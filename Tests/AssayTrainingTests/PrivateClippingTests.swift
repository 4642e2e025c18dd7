import AssayRuns
import CKernels
import Testing

@testable import AssayTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Clipping") struct PrivateClippingTests {
  /// Squares and sums with the rounding error of each step carried along (Knuth's TwoSum, products by
  /// fma): the result is right to about 2^-100.
  private static func squaredNorm(_ values: [Double]) -> (high: Double, low: Double) {
    var (high, low) = (0.0, 0.0)
    for value in values {
      let square = value * value
      let rest = (-square).addingProduct(value, value)
      let sum = high + square
      let part = sum - high
      low += (high - (sum - part)) + (square - part) + rest
      high = sum
    }
    return (high, low)
  }

  @Test("what is added to a sum has a norm of at most the clip, to the last bit")
  func exact() {
    var numbers = TestNumbers(5)
    for trial in 0..<4_000 {
      let count = 1 + Int(numbers.next() * 40)
      let size = exp(numbers.next() * 60 - 30)
      let base = (0..<count).map { _ in Float(numbers.next() * 2 - 1) }
      let model = base.map { Float(Double($0) + (numbers.next() * 2 - 1) * size) }
      let clip = exp(numbers.next() * 12 - 9)
      let norm = assay_update_norm(model, base, Int64(count))
      let factor = ClippedSum.factor(norm: norm, clip: clip, count: count)
      var sum = [Double](repeating: 0, count: count)
      assay_add_update(&sum, model, base, factor, Int64(count))
      let found = Self.squaredNorm(sum)
      let bound = Self.squaredNorm([clip])
      #expect(
        found.high - bound.high + (found.low - bound.low) <= 0, "trial \(trial), \(count) values")
      #expect(factor * norm <= clip)
    }
  }

  @Test(
    "no update of any arm is above its clip, whatever the plan and however large the steps",
    arguments: 0..<24)
  func arms(_ number: Int) throws {
    var numbers = TestNumbers(UInt64(number) + 100)
    let sizes = (0..<6).map { _ in Int(numbers.next() * 20) }
    let data = try Example.clusters(clientRows: sizes + [5], seed: UInt64(number))
    let mechanisms: [PrivateTraining.Mechanism] = [.sum, .tree, .local]
    let mechanism = mechanisms[number % 3]
    let clip = exp(numbers.next() * 8 - 6)
    let adapts = mechanism == .sum && number % 2 == 0
    let privacy = PrivateTraining(
      mechanism: mechanism, clip: clip, noiseMultiplier: numbers.next(),
      adaptive: adapts
        ? PrivateTraining.AdaptiveClip(
          quantile: 0.1 + 0.8 * numbers.next(), learningRate: 0.5, countNoise: 0.6) : nil)
    let plan = FederatedPlan(
      algorithm: number % 4 == 1 ? AlgorithmChoice("fedadam", [:]) : .fedavg,
      rounds: 6, clientsPerRound: number % 5 == 0 ? .all : .count(3),
      local: LocalTraining(
        epochs: 2, batchSize: 4, learningRate: exp(numbers.next() * 30 - 10)),
      participation: .dropping(0.2), privacy: privacy)
    let arm = Trainer(
      data: data, model: number % 2 == 0 ? .softmax : .mlp(hidden: [8]), threads: 2
    ).train(.federated(plan), seed: number)
    let bound = adapts ? arm.clips.max() ?? clip : clip
    #expect(arm.largestClippedNorm <= bound)
    if mechanism == .sum { #expect(arm.clips.count == 6) }
    if !adapts { #expect(arm.clips.allSatisfy { $0 == clip }) }
  }

  /// Recomputed from what the record says: the share of updates within the clip, the noise on the count
  /// from its own stream, and `C·exp(−η(b̃ − γ))`. exp of the C library is within 1 ulp of ours.
  @Test("the clips of a run follow from its record, round by round", arguments: [0, 1.5])
  func recomputed(countNoise: Double) throws {
    let data = try Example.clusters(clientRows: (0..<20).map { 4 + $0 }, seed: 3)
    let adaptive = PrivateTraining.AdaptiveClip(
      quantile: 0.6, learningRate: 0.3, countNoise: countNoise)
    let plan = FederatedPlan(
      rounds: 30, clientsPerRound: .fraction(0.4),
      local: LocalTraining(epochs: 1, batchSize: 4, learningRate: 0.05),
      participation: .dropping(0.1),
      privacy: PrivateTraining(
        clip: 0.1, noiseMultiplier: countNoise == 0 ? 0 : 0.5, adaptive: adaptive))
    let arm = Trainer(data: data, model: .softmax, threads: 1).train(.federated(plan), seed: 9)
    #expect(arm.clips.count == 30 && arm.clips[0] == 0.1)
    var clip = 0.1
    for (index, round) in arm.rounds.enumerated() {
      #expect(abs(arm.clips[index] / clip - 1) < 1e-12, "round \(index + 1)")
      let reported = Double(round.completed ?? 0)
      let clipped = ((round.clippedFraction ?? 0) * reported).rounded()
      var count = reported - clipped - reported / 2
      count +=
        countNoise * Randomness(seed: 9).normal(.countNoise, round: round.round, pair: 0)
      clip *= exp(-0.3 * (count / 8 + 0.5 - 0.6))
    }
    #expect(Set(arm.clips).count > 10)
  }

  /// Clients whose rows differ in size send updates of very different norms, and steps are too small for
  /// the model to change them. 101 of 0.8·s quantiles: the clip ends where the share γ is within it.
  @Test("an adaptive clip arrives at its quantile of the norms", arguments: [0.2, 0.5, 0.8])
  func converges(quantile: Double) throws {
    let clients = 100
    var features = [Float](repeating: 0, count: 2 * clients)
    for client in 0..<clients { features[2 * client] = Float(client + 1) }
    let labels = (0..<clients).map { Int32($0 % 2) }
    let data = try TrainingData(
      featureCount: 2, classCount: 2, clientCount: clients, trainFeatures: features,
      trainLabels: labels, trainClients: (0..<clients).map { Int32($0) }, testFeatures: [1, 0],
      testLabels: [1], testClients: [0], scaling: .none)
    let plan = FederatedPlan(
      rounds: 150, local: LocalTraining(epochs: 1, batchSize: 1, learningRate: 1e-4),
      privacy: PrivateTraining(
        clip: 1e-4, noiseMultiplier: 0,
        adaptive: PrivateTraining.AdaptiveClip(
          quantile: quantile, learningRate: 0.2, countNoise: 0)))
    let arm = Trainer(data: data, model: .softmax, threads: 1).train(.federated(plan), seed: 1)
    let last = arm.rounds.suffix(10).compactMap(\.clippedFraction)
    let within = 1 - last.reduce(0, +) / Double(last.count)
    #expect(abs(within - quantile) < 0.03, "\(within)")
    // And it grew from far below to there.
    #expect((arm.clips.last ?? 0) > 3 * arm.clips[0])
  }
}
