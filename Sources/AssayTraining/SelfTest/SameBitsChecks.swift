import AssayFiles

/// A small training that exercises one part of the engine; its weights have known digests.
struct SmallTraining {
  var name: String
  var plan: ArmPlan
  var model = ModelSpecification.mlp(hidden: [20])

  /// SHA-256 of the trained weights as a model file holds them.
  func digest(threads: Int) -> String {
    let data = model.isRegression ? Self.plane : Self.clusters
    let arm = Trainer(data: data, model: model, threads: threads).train(plan, seed: 11)
    return SHA256.hexDigest(Safetensors.encode(arm.weights))
  }

  private static let clientRows = [23, 9, 0, 17, 31, 4, 12, 3, 8, 1, 27, 14]
  private static let clusters = SelfTestData.clusters(clientRows, features: 7, classes: 4)
  private static let plane = SelfTestData.plane(clientRows, features: 7)

  /// Every algorithm of the catalogue, then what else can be in a round.
  static var all: [SmallTraining] {
    let local = LocalTraining(epochs: 2, batchSize: 6, learningRate: 0.1)
    func plan(_ change: (inout FederatedPlan) -> Void) -> ArmPlan {
      var plan = FederatedPlan(rounds: 4, clientsPerRound: .count(8), local: local)
      change(&plan)
      return .federated(plan)
    }
    func with(_ name: String, _ change: (inout FederatedPlan) -> Void) -> SmallTraining {
      SmallTraining(name: name, plan: plan(change))
    }
    let algorithms = AlgorithmEntry.catalogue.map { entry in
      with(entry.name) {
        $0.algorithm = AlgorithmChoice(entry.name, entry.isAsynchronous ? ["buffer": 4] : [:])
      }
    }
    let squared = ModelSpecification.mlp(hidden: [20], loss: .squared)
    func privacy(_ mechanism: PrivateTraining.Mechanism) -> PrivateTraining {
      PrivateTraining(mechanism: mechanism, clip: 0.5, noiseMultiplier: 0.7)
    }
    return algorithms + [
      SmallTraining(name: "centralized", plan: .centralized(local)),
      SmallTraining(name: "local", plan: .local(local)),
      with("uniform weights") { $0.weighting = .uniform },
      with("dropout") { $0.participation.dropout.beforeTraining = 0.3 },
      with("8-bit quantisation") { $0.compression = .quantized(bits: 8) },
      with("1-bit quantisation") { $0.compression = .quantized(bits: 1) },
      with("top tenth") { $0.compression = .topShare(0.1) },
      with("sign-flipping clients") {
        $0.adversaries = Adversaries(attack: .signFlip, share: 0.2)
      },
      with("noisy clients") { $0.adversaries = Adversaries(attack: .noise, share: 0.2) },
      with("private sum") { $0.privacy = privacy(.sum) },
      with("private tree") { $0.privacy = privacy(.tree) },
      with("local privacy") { $0.privacy = privacy(.local) },
      with("example-level privacy") { $0.privacy = privacy(.example(samplingRate: 0.3)) },
      SmallTraining(name: "squared error", plan: plan { _ in }, model: squared),
      SmallTraining(
        name: "squared error, turned targets",
        plan: plan { $0.adversaries = Adversaries(attack: .labelFlip, share: 0.2) },
        model: squared),
      SmallTraining(
        name: "squared error, example-level privacy",
        plan: plan { $0.privacy = privacy(.example(samplingRate: 0.3)) }, model: squared),
      SmallTraining(name: "least squares", plan: .optimum(OptimumSearch()), model: .linear),
    ]
  }
}

extension SelfCheck {
  /// Neither threads nor instruction sets show in a single bit.
  static var sameBits: [SelfCheck] {
    let trainings = SmallTraining.all
    func compare(_ suite: String, _ training: SmallTraining, _ digests: [(String, String)])
      -> SelfCheckOutcome
    {
      guard let first = digests.first else { return .skipped(reason: "nothing to compare with") }
      for (name, digest) in digests.dropFirst() where digest != first.1 {
        return .failed(
          found: "\(digest) with \(name)", expected: "\(first.1) as with \(first.0)")
      }
      return .passed
    }
    let threads = trainings.map { training in
      SelfCheck("Same bits on any number of threads", training.name) { _ in
        compare(
          "threads", training,
          [1, 2, 4, 8].map { ("\($0) threads", training.digest(threads: $0)) })
      }
    }
    let kernels = [Kernels.avx2, .avx512, .neon].flatMap { set in
      trainings.map { training in
        SelfCheck("Same bits with \(set.rawValue) as with scalar kernels", training.name) {
          threads in
          defer { _ = select(.auto) }
          guard select(set) else {
            return .skipped(reason: "this processor has no \(set.rawValue)")
          }
          let wide = training.digest(threads: threads)
          guard select(.scalar) else { return .skipped(reason: "no scalar kernels") }
          return .equal(wide, training.digest(threads: threads))
        }
      }
    }
    return threads + kernels
  }

  private static func select(_ kernels: Kernels) -> Bool {
    do {
      try kernels.select()
      return true
    } catch {
      return false
    }
  }

  /// Weights of small trainings against digests that were computed on another machine.
  static var goldenWeights: [SelfCheck] {
    SmallTraining.all.map { training in
      SelfCheck("Same weights as on every other machine", training.name) { threads in
        let found = training.digest(threads: threads)
        guard let expected = GoldenDigests.weights[training.name] else {
          return .failed(found: found, expected: "a digest in GoldenDigests.swift")
        }
        return .equal(found, expected)
      }
    }
  }
}
