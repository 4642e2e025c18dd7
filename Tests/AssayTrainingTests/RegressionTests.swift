import Testing

@testable import AssayTraining

/// Half the squared error on a numeric label, in every kind of arm.
@Suite("Regression")
struct RegressionTests {
  static let models = [ModelSpecification.linear, .mlp(hidden: [12], loss: .squared)]

  /// A plane plus noise, from a generator that is not the engine's.
  static func plane(
    _ clientRows: [Int], testRows: Int = 40, sign: Float = 1, unit: Float = 1
  ) throws -> TrainingData {
    var numbers = TestNumbers(3)
    func rows(_ count: Int) -> (x: [Float], y: [Float]) {
      var (x, y) = ([Float](), [Float]())
      for _ in 0..<count {
        let row = (0..<4).map { _ in numbers.next() * 2 - 1 }
        x += row.map { Float($0) }
        let noise = numbers.next() - 0.5
        y.append(sign * unit * Float(0.5 + row[0] - 2 * row[1] + 0.25 * row[3] + noise))
      }
      return (x, y)
    }
    let (train, test) = (rows(clientRows.reduce(0, +)), rows(testRows))
    return try TrainingData(
      featureCount: 4, clientCount: clientRows.count, trainFeatures: train.x,
      trainTargets: train.y,
      trainClients: clientRows.enumerated().flatMap { client, count in
        [Int32](repeating: Int32(client), count: count)
      }, testFeatures: test.x, testTargets: test.y,
      testClients: (0..<testRows).map { Int32($0 % clientRows.count) })
  }

  /// How far an arm's training loss is from an expected one.
  private static func loss(_ arm: TrainedArm, less expected: Double) throws -> Double {
    abs(try #require(arm.trainingLoss) - expected)
  }

  private static func meanSquaredError(_ arm: TrainedArm, _ data: TrainingData) -> Double {
    zip(arm.scores, data.testTargets).reduce(0) { sum, pair in
      let error = pair.0 - Double(pair.1)
      return sum + error * error
    } / Double(data.testCount)
  }

  /// Three rows by hand, linear model: g = mean((z − y)·x) for the weight, mean(z − y) for the bias. Float32
  /// rounding of some products of order 1.
  @Test("one step of gradient descent is the one worked by hand")
  func gradient() throws {
    let data = try TrainingData(
      featureCount: 1, clientCount: 1, trainFeatures: [1, 2, -3], trainTargets: [2, -1, 0.5],
      trainClients: [0, 0, 0], testFeatures: [], testTargets: [], testClients: [])
    let network = Network(.linear, features: 1, classCount: 0)
    let start = network.initialParameters(Randomness(seed: 4))
    let (w, b) = (Double(start[0]), Double(start[16]))
    let errors = [w + b - 2, 2 * w + b + 1, -3 * w + b - 0.5]
    let weight = (errors[0] + 2 * errors[1] - 3 * errors[2]) / 3
    let bias = errors.reduce(0, +) / 3
    let arm = Trainer(data: data, model: .linear, threads: 1).train(
      .centralized(
        LocalTraining(epochs: 1, batchSize: LocalTraining.fullBatch, learningRate: 0.1)), seed: 4)
    #expect(abs(Double(arm.weights[0].values[0]) - (w - 0.1 * weight)) < 1e-6)
    #expect(abs(Double(arm.weights[1].values[0]) - (b - 0.1 * bias)) < 1e-6)
  }

  /// By hand: x = 0, 1, 2, 3 and y = 1, 3, 2, 5 give Sxy = 5.5, Sxx = 5, so slope 1.1, intercept
  /// 2.75 − 1.1 · 1.5 = 1.1, and squared errors 0.01 + 0.64 + 1.69 + 0.36 = 2.7, half of whose mean is 0.3375.
  @Test("the optimum of a line through four points is the one worked by hand")
  func line() throws {
    let data = try TrainingData(
      featureCount: 1, clientCount: 1, trainFeatures: [0, 1, 2, 3], trainTargets: [1, 3, 2, 5],
      trainClients: [0, 0, 0, 0], testFeatures: [4], testTargets: [5.5], testClients: [0])
    let arm = Trainer(data: data, model: .linear, threads: 1).train(
      .optimum(OptimumSearch()), seed: 1)
    #expect(abs(arm.weights[0].values[0] - 1.1) < 1e-6)
    #expect(abs(arm.weights[1].values[0] - 1.1) < 1e-6)
    #expect(try Self.loss(arm, less: 0.3375) < 1e-6)
    #expect(abs(arm.scores[0] - 5.5) < 1e-6)
    let report = try #require(arm.optimum)
    #expect(report.hasConverged && report.iterations == 1)
  }

  private static let table: [Float] = [
    0.5, -1, 2, 1.25, 0.5, -0.75, -2, 1.5, 0.25, 0.125, -0.5, 1, 3, 2, -1.5, -1.5, -2.25, 0.5, 0.75,
    1, 1, 2.5, -0.125, -2,
  ]
  private static let targets: [Float] = [3, -1.5, 0.25, 7, 12.5, -6, 2, 4.75]

  /// Origin: numpy 2.4.6, `numpy.linalg.lstsq` on the same rows with a column of ones. Float32 rounding of
  /// weights of order 1.
  @Test("the optimum has numpy's weights and loss")
  func leastSquares() throws {
    let data = try TrainingData(
      featureCount: 3, clientCount: 1, trainFeatures: Self.table, trainTargets: Self.targets,
      trainClients: [Int32](repeating: 0, count: 8), testFeatures: [], testTargets: [],
      testClients: [])
    let arm = Trainer(data: data, model: .linear, threads: 2).train(
      .optimum(OptimumSearch()), seed: 1)
    let expected = [2.3250731233438033, 1.6129640828064509, 1.2091620013124325, 1.1034214013401797]
    for (found, value) in zip(arm.allValues, expected) {
      #expect(abs(Double(found) - value) < 1e-6)
    }
    #expect(try Self.loss(arm, less: 5.035672418429607) < 1e-5)
    #expect(try #require(arm.optimum).hasConverged)
  }

  /// Origin: numpy 2.4.6 as above; the inputs have rank 3 with the ones, as two categories sum to 1 and one
  /// input never varies. Weights are not unique then, the loss is.
  @Test("inputs that depend on one another have an optimum of the same loss, without a ridge")
  func dependent() throws {
    let categories: [Float] = [1, 1, 0, 0, 1, 0, 1, 0]
    let features = (0..<8).flatMap { (row: Int) -> [Float] in
      [Self.table[row * 3], categories[row], 1 - categories[row], 4]
    }
    let data = try TrainingData(
      featureCount: 4, clientCount: 1, trainFeatures: features, trainTargets: Self.targets,
      trainClients: [Int32](repeating: 0, count: 8), testFeatures: [], testTargets: [],
      testClients: [])
    let arm = Trainer(data: data, model: .linear, threads: 2).train(
      .optimum(OptimumSearch()), seed: 1)
    #expect(try Self.loss(arm, less: 6.934963916122006) < 1e-5)
    #expect(arm.allValues.allSatisfy { $0.isFinite })
    #expect(try #require(arm.optimum).hasConverged)
  }

  /// Twelve rows and more inputs than rows: some weights fit exactly, so the least loss is 0.
  @Test("more inputs than the matrix is made for are searched instead")
  func manyInputs() throws {
    let width = LeastSquares.inputLimit + 1
    var numbers = TestNumbers(8)
    let data = try TrainingData(
      featureCount: width, clientCount: 1,
      trainFeatures: (0..<12 * width).map { _ in Float(numbers.next() - 0.5) },
      trainTargets: (0..<12).map { Float($0) }, trainClients: [Int32](repeating: 0, count: 12),
      testFeatures: [], testTargets: [], testClients: [])
    let arm = Trainer(data: data, model: .linear, threads: 2).train(
      .optimum(OptimumSearch()), seed: 1)
    let report = try #require(arm.optimum)
    #expect(report.hasConverged && report.iterations > 1)
    let short = Trainer(data: data, model: .linear, threads: 2).train(
      .optimum(OptimumSearch(iterations: 1)), seed: 1)
    #expect(short.optimum?.hasConverged == false)
    #expect(short.notes.contains { $0.contains("upper bound") })
    #expect(try #require(arm.trainingLoss) < 1e-6)
  }

  @Test("large targets do not keep the optimum from arriving")
  func units() throws {
    let data = try Self.plane([90], unit: 1e6)
    let arm = Trainer(data: data, model: .linear, threads: 1).train(
      .optimum(OptimumSearch()), seed: 1)
    #expect(try #require(arm.optimum).hasConverged)
    #expect(arm.notes.isEmpty)
  }

  /// By hand: targets 1, 2, 6 have mean 3 and variance (4 + 1 + 9)/3.
  @Test("the trivial arm predicts the mean, and its squared error is the variance")
  func trivial() throws {
    let data = try TrainingData(
      featureCount: 1, clientCount: 1, trainFeatures: [0, 0, 0], trainTargets: [1, 2, 6],
      trainClients: [0, 0, 0], testFeatures: [0, 0, 0], testTargets: [1, 2, 6],
      testClients: [0, 0, 0])
    let arm = Trainer(data: data, model: .linear, threads: 1).train(.trivial, seed: 1)
    #expect(arm.scores == [3, 3, 3])
    #expect(arm.weights.map(\.values) == [[0], [3]])
    let variance = 14.0 / 3
    #expect(abs(Self.meanSquaredError(arm, data) - variance) < 1e-12)
    #expect(try Self.loss(arm, less: variance / 2) < 1e-12)
  }

  @Test("federated averaging of one client is centralised and local training, bit by bit")
  func oneClient() throws {
    let data = try Self.plane([53])
    for model in Self.models {
      let trainer = Trainer(data: data, model: model, threads: 2)
      let training = LocalTraining(epochs: 6, batchSize: 7, learningRate: 0.1)
      let central = trainer.train(.centralized(training), seed: 5)
      let plan = FederatedPlan(
        rounds: 3, local: LocalTraining(epochs: 2, batchSize: 7, learningRate: 0.1))
      let federated = trainer.train(.federated(plan), seed: 5)
      #expect(federated.weights == central.weights)
      #expect(federated.scores == central.scores)
      let local = trainer.train(.local(training), seed: 5)
      #expect(local.scores == central.scores)
      #expect(local.weights.count == central.weights.count, "no constant classes")
      // Summed row by row in another order: one unit of rounding for each of 40 rows.
      let own = try #require(local.localModels[0].squaredErrorOnAllTestRows)
      #expect(abs(own - Self.meanSquaredError(local, data)) < 1e-6)
    }
  }

  /// Float32 rounding of each model before it is averaged: 1e-6 for weights of order 1.
  @Test("full-batch federated averaging over all clients is gradient descent on the pooled rows")
  func pooledDescent() throws {
    let data = try Self.plane([53, 20, 7, 31, 1])
    for model in Self.models {
      let trainer = Trainer(data: data, model: model, threads: 2)
      var all = LocalTraining(epochs: 1, batchSize: LocalTraining.fullBatch, learningRate: 0.2)
      let federated = trainer.train(.federated(FederatedPlan(rounds: 8, local: all)), seed: 2)
      all.epochs = 8
      let central = trainer.train(.centralized(all), seed: 2)
      for (a, b) in zip(federated.allValues, central.allValues) { #expect(abs(a - b) < 1e-6) }
    }
  }

  /// With the bias and the weights of both ends 0 at the start the two would be mirror images; the start is
  /// not, so the adversaries are compared with honest clients of the mirrored data.
  @Test("a client that turns its label around trains on the target with the opposite sign")
  func turnedTargets() throws {
    var plan = FederatedPlan(
      rounds: 3, local: LocalTraining(epochs: 1, batchSize: 7, learningRate: 0.1))
    let mirrored = Trainer(data: try Self.plane([20, 9], sign: -1), model: .linear, threads: 1)
      .train(.federated(plan), seed: 5)
    plan.adversaries = Adversaries(attack: .labelFlip, share: 1)
    let turned = Trainer(data: try Self.plane([20, 9]), model: .linear, threads: 4)
      .train(.federated(plan), seed: 5)
    #expect(turned.weights == mirrored.weights)
  }

  @Test("rounds state half the mean squared error and the whole of it, and no accuracy")
  func metrics() throws {
    let data = try Self.plane([30, 12])
    let arm = Trainer(data: data, model: .linear, threads: 2).train(
      .federated(
        FederatedPlan(
          rounds: 4, local: LocalTraining(epochs: 1, batchSize: 4, learningRate: 0.1))), seed: 1)
    #expect(Set(arm.initialMetrics.keys) == ["loss", "mean_squared_error"])
    for round in arm.rounds {
      #expect(Set(round.metrics.keys) == ["loss", "mean_squared_error"])
      #expect(round.metrics["mean_squared_error"] == round.metrics["loss"].map { $0 * 2 })
    }
    let last = try #require(arm.rounds.last?.metrics["mean_squared_error"])
    #expect(abs(last - Self.meanSquaredError(arm, data)) < 1e-9 * last)
  }

  /// Every algorithm, with what else a round may hold, on 1, 2 and 8 threads.
  @Test("threads do not show in any arm", arguments: AlgorithmEntry.catalogue.map(\.name))
  func threads(_ name: String) throws {
    let data = try Self.plane([30, 12, 0, 25, 9, 3])
    let entry = try #require(AlgorithmEntry.named(name))
    var plan = FederatedPlan(
      algorithm: AlgorithmChoice(name, entry.isAsynchronous ? ["buffer": 3] : [:]), rounds: 4,
      clientsPerRound: .count(4),
      local: LocalTraining(epochs: 1, batchSize: 4, learningRate: 0.05))
    var plans = [plan]
    if entry.allowsPrivacy {
      plan.privacy = PrivateTraining(clip: 0.5, noiseMultiplier: 0.7)
      plans.append(plan)
    }
    for plan in plans {
      let arms = [1, 2, 8].map {
        Trainer(data: data, model: Self.models[1], threads: $0)
          .train(.federated(plan), seed: 1).timeless
      }
      #expect(arms[0].status == .completed)
      #expect(arms[0].scores.count == 40 && arms[0].scores.allSatisfy { $0.isFinite })
      #expect(arms[0] == arms[1] && arms[0] == arms[2])
    }
  }

  @Test("the search for the optimum gives the same bits on any number of threads")
  func optimumThreads() throws {
    let data = try Self.plane([50, 70, 9])
    let arms = [1, 2, 8].map {
      Trainer(data: data, model: .linear, threads: $0).train(.optimum(OptimumSearch()), seed: 1)
        .timeless
    }
    #expect(arms[0] == arms[1] && arms[0] == arms[2])
  }

  @Test("a diverged arm names the label's unit among the causes")
  func divergence() throws {
    let data = try Self.plane([30, 12], unit: 1e4)
    let arm = Trainer(data: data, model: .linear, threads: 1).train(
      .centralized(LocalTraining(epochs: 400, batchSize: 4, learningRate: 20)), seed: 1)
    #expect(arm.status == .failed)
    let cause = try #require(arm.failure?.cause)
    #expect(
      cause.hasSuffix(
        "the likely cause is a learning rate (20.0) that is too large for these features or "
          + "targets: lower it, scale the features, or give the label in a larger unit, since it is "
          + "learned as it stands"), "\(cause)")
  }

  @Test("an arm that was cut off goes on to the same end")
  func checkpoints() throws {
    let data = try Self.plane([30, 12, 25])
    let trainer = Trainer(data: data, model: Self.models[1], threads: 2)
    let training = LocalTraining(epochs: 5, batchSize: 8, learningRate: 0.05)
    var ditto = FederatedPlan(
      algorithm: AlgorithmChoice("ditto"), rounds: 5,
      local: LocalTraining(epochs: 1, batchSize: 8, learningRate: 0.05))
    ditto.participation.dropout.beforeTraining = 0.2
    for plan in [ArmPlan.centralized(training), .federated(ditto)] {
      let whole = trainer.train(plan, seed: 3).timeless
      var kept: [[UInt8]] = []
      let first = TrainingCheckpoints(
        key: "k", saved: { [] }, isDue: { true }, save: { kept.append($0) })
      _ = trainer.train(plan, seed: 3, observer: TrainingObserver(checkpoints: first))
      #expect(kept.count >= 4)
      let third = kept[2]
      let second = TrainingCheckpoints(
        key: "k", saved: { [third] }, isDue: { false }, save: { _ in })
      let resumed = trainer.train(plan, seed: 3, observer: TrainingObserver(checkpoints: second))
      #expect(resumed.timeless == whole)
    }
  }

  @Test("a target that is not finite is refused")
  func notFinite() {
    do {
      _ = try TrainingData(
        featureCount: 1, clientCount: 1, trainFeatures: [0], trainTargets: [.nan],
        trainClients: [0], testFeatures: [], testTargets: [], testClients: [])
      Issue.record("NaN was taken for a target")
    } catch {
      #expect(
        error.fact
          == .other(found: "one that is not among the training rows", expected: "finite targets"))
    }
  }
}
