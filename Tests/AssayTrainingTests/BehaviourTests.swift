import Testing

@testable import AssayTraining

/// What the papers say of their algorithms, on small data made for it. Directions are the papers';
/// figures are not theirs, since the data is not. Everything is seeded, so nothing here can flicker.
@Suite struct BehaviourTests {
  private static func train(
    _ data: TrainingData, _ algorithm: String, _ values: [String: Double] = [:],
    rounds: Int, epochs: Int = 1, batch: Int = 10, rate: Double = 0.1,
    change: (inout FederatedPlan) -> Void = { _ in }
  ) -> TrainedArm {
    var plan = FederatedPlan(
      algorithm: AlgorithmChoice(algorithm, values), rounds: rounds,
      local: LocalTraining(epochs: epochs, batchSize: batch, learningRate: rate))
    change(&plan)
    return Trainer(data: data, model: .softmax, threads: 2).train(.federated(plan), seed: 1)
  }

  /// Reddi et al. 2021, section 5.2: on sparse features (Stack Overflow LR) adaptive servers beat FedAvg,
  /// here at its best of four rates.
  @Test("adaptive servers beat FedAvg where rare features decide")
  func sparse() throws {
    let data = try BehaviourData.sparse()
    let plain = [0.03, 0.1, 0.3, 1].map {
      Self.train(data, "fedavg", rounds: 15, rate: $0).accuracy(data)
    }
    for name in ["fedadagrad", "fedadam", "fedyogi"] {
      let adaptive = Self.train(
        data, name, ["server_learning_rate": 0.3, "tau": 1e-3], rounds: 15, rate: 0.03
      ).accuracy(data)
      #expect(adaptive > (plain.max() ?? 1) + 0.02)
    }
  }

  /// Karimireddy et al. 2020, table 3: with many local steps and label skew FedAvg drifts.
  @Test("SCAFFOLD needs fewer rounds than FedAvg under label skew")
  func scaffold() throws {
    let data = try BehaviourData.labelSkew(sizes: [Int](repeating: 40, count: 10))
    let least = Trainer(data: data, model: .softmax, threads: 2).train(
      .optimum(OptimumSearch()), seed: 1)
    let plain = Self.train(data, "fedavg", rounds: 60, epochs: 10, rate: 0.05)
    let scaffold = Self.train(data, "scaffold", rounds: 60, epochs: 10, rate: 0.05)
    let target = (plain.rounds.last?.metrics["loss"] ?? 0) * 1.05
    let slow = try #require(plain.firstRound(lossAtMost: target))
    let fast = try #require(scaffold.firstRound(lossAtMost: target))
    #expect(fast < slow)
    let optimum = try #require(least.trainingLoss)
    let (fastLoss, slowLoss) = (
      try #require(scaffold.trainingLoss), try #require(plain.trainingLoss)
    )
    #expect(fastLoss - optimum < (slowLoss - optimum) * 0.75)
  }

  /// Li, Sanjabi et al. 2020, table 1: the worst tenth of clients gains, the mean loses little.
  @Test("q-FedAvg raises the worst decile of clients")
  func fairness() throws {
    let data = try BehaviourData.minority()
    let arms = [0, 1, 3].map {
      Self.train(data, "qfedavg", ["q": $0], rounds: 150)
    }
    let worst = arms.map { $0.worstTenth(data) }
    print("q-FedAvg: worst decile \(worst), all \(arms.map { $0.accuracy(data) })")
    #expect(worst[1] > worst[0])
    #expect(worst[2] > worst[0] + 0.05)
    #expect(arms[1].accuracy(data) > arms[0].accuracy(data) - 0.1)
  }

  /// Mohri et al. 2019, section 5: the loss of the worst client falls.
  @Test("agnostic federated learning lowers the loss of the worst client")
  func agnostic() throws {
    let data = try BehaviourData.leaf(alpha: 1, beta: 1, clients: 10)
    let plain = Self.train(data, "afl", ["lambda_learning_rate": 0], rounds: 150, rate: 0.05)
    let fair = Self.train(data, "afl", ["lambda_learning_rate": 0.01], rounds: 150, rate: 0.05)
    let losses = (
      try #require(fair.clientLosses(data).last), try #require(plain.clientLosses(data).last)
    )
    #expect(losses.0 < 0.85 * losses.1)
  }

  /// Wang et al. 2020, section 3: with unequal numbers of steps FedAvg converges to another point than the
  /// minimum; FedNova removes the mismatch.
  @Test("FedNova comes closer to the minimum than FedAvg under unequal local work")
  func nova() throws {
    let data = try BehaviourData.labelSkew(sizes: [200, 10, 15, 10, 120, 10, 12, 20])
    let least = try #require(
      Trainer(data: data, model: .softmax, threads: 2).train(.optimum(OptimumSearch()), seed: 1)
        .trainingLoss)
    let gaps = try ["fedavg", "fednova"].map { name in
      try #require(
        Self.train(data, name, rounds: 80, epochs: 5, batch: 5, rate: 0.02).trainingLoss) - least
    }
    #expect(gaps[1] < gaps[0] * 0.8)
  }

  /// Li et al. 2020 (FedProx), figure 1: with 90 % stragglers, keeping their partial work beats dropping it.
  @Test("FedProx with partial work beats FedAvg that drops nine stragglers in ten")
  func stragglers() throws {
    let data = try BehaviourData.leaf(alpha: 0.5, beta: 0.5)
    func slow(_ plan: inout FederatedPlan, isPartial: Bool) {
      plan.participation.devices = [DeviceClass(name: "phone", share: 1, examplesPerSecond: 100)]
      plan.participation.deadline = 5
      plan.participation.stragglers = Stragglers(
        share: 0.9, slowdown: 4, partialWork: isPartial)
    }
    let plain = Self.train(data, "fedavg", rounds: 40, epochs: 10, rate: 0.02) {
      slow(&$0, isPartial: false)
    }
    let prox = Self.train(data, "fedprox", ["mu": 0.1], rounds: 40, epochs: 10, rate: 0.02) {
      slow(&$0, isPartial: true)
    }
    #expect(prox.accuracy(data) > plain.accuracy(data))
    let losses = (try #require(prox.trainingLoss), try #require(plain.trainingLoss))
    #expect(losses.0 < losses.1)
  }

  /// Li, Hu et al. 2021, table 1; Yu et al. 2020: personal models win where clients disagree.
  @Test("Ditto and fine-tuning beat the global model where clients name classes differently")
  func personal() throws {
    let data = try BehaviourData.conflictingLabels()
    let global = Self.train(data, "fedavg", rounds: 15, rate: 0.05).accuracy(data)
    let ditto = Self.train(data, "ditto", rounds: 15, rate: 0.05).accuracy(data)
    let tuned = Self.train(data, "fine-tuning", ["personal_epochs": 5], rounds: 15, rate: 0.05)
      .accuracy(data)
    #expect(min(ditto, tuned) > global + 0.3)
  }

  /// Blanchard et al. 2017, Yin et al. 2018, Pillutla et al. 2022: one client in five lies.
  @Test("robust means survive sign-flipping clients where the mean does not")
  func robust() throws {
    let data = try Example.clusters(
      clientRows: [Int](repeating: 30, count: 15), testRows: 200, seed: 5)
    func attacked(_ name: String) -> TrainedArm {
      Self.train(data, name, rounds: 20) {
        $0.adversaries = Adversaries(attack: .signFlip, share: 0.2, factor: 10)
      }
    }
    let honest = Self.train(data, "fedavg", rounds: 20).accuracy(data)
    let mean = attacked("fedavg")
    #expect(mean.status != .completed || mean.accuracy(data) < honest - 0.3)
    for name in ["median", "trimmed-mean", "krum", "multi-krum", "geometric-median"] {
      let survivor = attacked(name)
      #expect(survivor.accuracy(data) > honest - 0.05, "\(name)")
    }
  }

  /// Nguyen et al. 2022, section 5: progress although updates are stale.
  @Test("FedBuff learns from stale updates")
  func stale() throws {
    let data = try Example.clusters(
      clientRows: [Int](repeating: 30, count: 20), testRows: 200, seed: 5)
    let arm = Self.train(data, "fedbuff", ["buffer": 4], rounds: 40) {
      $0.clientsPerRound = .count(12)
      $0.participation.devices = [
        DeviceClass(name: "fast", share: 0.5, examplesPerSecond: 100),
        DeviceClass(name: "slow", share: 0.5, examplesPerSecond: 7),
      ]
    }
    let honest = Self.train(data, "fedavg", rounds: 20).accuracy(data)
    // Updates count less the more versions old they are, so some weights are below 1.
    let log = String(decoding: arm.roundLog, as: UTF8.self)
    #expect(log.contains("0.70710678"))
    #expect(arm.accuracy(data) > honest - 0.05)
  }

  /// Suresh et al. 2017 and Karimireddy et al. 2019: fewer bits, the same optimum, some rounds later.
  @Test("compressed updates reach nearly what full ones reach")
  func compression() throws {
    let data = try Example.clusters(
      clientRows: [Int](repeating: 30, count: 10), testRows: 200, features: 40, seed: 5)
    func with(_ compression: Compression, rounds: Int) -> TrainedArm {
      Self.train(data, "fedavg", rounds: rounds, rate: 0.05) { $0.compression = compression }
    }
    let full = with(.none, rounds: 20)
    let (loss, accuracy) = (try #require(full.trainingLoss), full.accuracy(data))
    let eight = with(.quantized(bits: 8), rounds: 20)
    let eightLoss = try #require(eight.trainingLoss)
    #expect(abs(eightLoss - loss) < 0.01 * loss)
    #expect(eight.bytesUp < full.bytesUp / 3)
    for compression in [Compression.quantized(bits: 1), .topShare(0.01)] {
      let arm = with(compression, rounds: 60)
      #expect(arm.accuracy(data) > accuracy - 0.05)
    }
  }

  /// Beznosikov et al. 2020, arXiv:2002.12410, example 1: three clients, `f_k = ⟨a_k, x⟩² + ¼‖x‖²`;
  /// without error feedback the largest entry alone drives the model away from the minimum 0.
  @Test("the largest entries converge with error feedback and diverge without")
  func errorFeedback() {
    func distance(feedback: Bool) -> Double {
      let network = Network(.softmax, features: 2, classCount: 2)
      let compressor = UpdateCompressor(
        compression: .topShare(1.0 / 3), network: network, randomness: Randomness(seed: 1))
      let scratch = UpdateCompressor.Scratch(network, .topShare(1.0 / 3))
      let places = network.liveRuns.map(\.start)
      let vectors: [[Float]] = [[-3, 2, 2], [2, -3, 2], [2, 2, -3]]
      let global = Memory<Float>(repeating: 0, count: network.paddedCount)
      for place in places { global[place] = 1 }
      let rests = vectors.map { _ in Memory<Float>(repeating: 0, count: network.paddedCount) }
      let model = Memory<Float>(repeating: 0, count: network.paddedCount)
      for round in 1...400 {
        var sum: [Float] = [0, 0, 0]
        for (client, a) in vectors.enumerated() {
          model.copy(from: global.start)
          let along = zip(a, places).reduce(Float(0)) { $0 + $1.0 * global[$1.1] }
          for (i, place) in places.enumerated() {
            model[place] -= 0.02 * (2 * along * a[i] + global[place] / 2)
          }
          let next = Memory<Float>(repeating: 0, count: network.paddedCount)
          compressor.apply(
            model.start, from: global.start, client: client, round: round,
            residual: feedback ? UnsafePointer(rests[client].start) : nil, rest: next.start,
            scratch: scratch)
          rests[client].copy(from: next.start)
          for (i, place) in places.enumerated() { sum[i] += model[place] - global[place] }
        }
        for (i, place) in places.enumerated() { global[place] += sum[i] / 3 }
      }
      return Double(places.map { abs(global[$0]) }.max() ?? 0)
    }
    #expect(distance(feedback: true) < 0.1)
    #expect(!(distance(feedback: false) < 10))
  }
}
