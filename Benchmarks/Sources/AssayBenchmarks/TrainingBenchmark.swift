import AssayTraining

/// A round of federated averaging, timed: local training and aggregation.
struct TrainingBenchmark {
  /// What the figures are called, in print and in the thresholds.
  let name: String
  /// The rows of all clients; none of them for testing.
  let data: TrainingData
  /// What is trained.
  let model: ModelSpecification
  var clientsPerRound = 100
  var rounds = 20
  var batchSize = 10
  var learningRate = 0.05
  var threads = 1
  var seed = 1

  /// Trainings of which each gives one figure.
  var repeats = 7

  /// What a round took, without the first.
  struct Result {
    /// Milliseconds of a warm round's training and aggregation, one for each training: on the wall, and
    /// in processor time of all threads.
    var wall: [Double] = []
    var processor: [Double] = []
    /// Milliseconds on the wall of each warm round as a whole, with the round's log and its digests.
    var whole: [Double] = []
    /// Floating-point operations of an average round.
    var operations = 0.0

    /// Operations per second at the median of processor time: of one thread, that is.
    var operationsPerSecond: Double { operations / (median(processor) / 1_000) }

    /// One line for people.
    func line(_ name: String, threads: Int, peak: Double) -> String {
      func figures(_ values: [Double]) -> String {
        "\(rounded(median(values), 3)) (least \(rounded(values.min() ?? .nan, 3)))"
      }
      return "\(name), \(threads) thread\(threads == 1 ? "" : "s"), ms per warm round:"
        + " wall \(figures(wall)), CPU \(figures(processor)), with log \(figures(whole));"
        + " \(rounded(operationsPerSecond * 1e-9, 1)) GFLOP/s per thread,"
        + " \(rounded(operationsPerSecond / peak * 100, 1)) % of peak"
    }
  }

  /// What is trained for so many rounds.
  func plan(rounds: Int) -> FederatedPlan {
    FederatedPlan(
      rounds: rounds, clientsPerRound: .count(clientsPerRound),
      local: LocalTraining(epochs: 1, batchSize: batchSize, learningRate: learningRate))
  }

  /// Trains and times. The engine measures training and aggregation by itself, for all rounds together;
  /// a training of one round is subtracted from one of many.
  func run() -> Result {
    let trainer = Trainer(data: data, model: model, threads: threads)
    var result = Result()
    for _ in 0..<repeats {
      let first = trainer.train(.federated(plan(rounds: 1)), seed: seed)
      var stamps: [Stamp] = []
      let observer = TrainingObserver(progress: { _ in stamps.append(.now()) })
      let all = trainer.train(.federated(plan(rounds: rounds + 1)), seed: seed, observer: observer)
      let each = 1_000 / Double(rounds)
      result.wall.append((all.trainSeconds - first.trainSeconds) * each)
      result.processor.append(
        (all.trainProcessorSeconds - first.trainProcessorSeconds) * each)
      result.whole += zip(stamps, stamps.dropFirst()).map { $0.wallSeconds(to: $1) * 1_000 }
      result.operations =
        Double(all.examplesProcessed - first.examplesProcessed) / Double(rounds)
        * operationsPerExample
    }
    return result
  }

  /// Floating-point operations that one example needs in one step: a multiplication and an addition for
  /// each weight in the forward product, in the gradient of the weights and, except for the first
  /// layer, in the gradient of the layer below. Elementary functions, biases and updates are not
  /// counted, and nor is padding.
  private var operationsPerExample: Double {
    let widths =
      [data.featureCount] + model.hidden
      + [model.outputs(classCount: data.classCount)]
    return zip(widths, widths.dropFirst()).enumerated().reduce(0) { sum, layer in
      sum + 2.0 * Double(layer.element.0 * layer.element.1) * (layer.offset == 0 ? 2 : 3)
    }
  }
}

extension TrainingData {
  /// Made-up rows, the same on every machine: clients of 10 to 140 rows, 75 on average, features in
  /// −1...1, and a class that follows from the features.
  static func madeUp(clients: Int, features: Int, classes: Int) throws -> TrainingData {
    var state: UInt64 = 1
    func draw(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    var values: [Float] = []
    var labels: [Int32] = []
    var owners: [Int32] = []
    for client in 0..<clients {
      for _ in 0..<(10 + draw(131)) {
        let row = (0..<features).map { _ in Float(draw(2_001) - 1_000) / 1_000 }
        values += row
        let best = (0..<classes).max { row[$0 % features] < row[$1 % features] }
        labels.append(Int32(best ?? 0))
        owners.append(Int32(client))
      }
    }
    return try TrainingData(
      featureCount: features, classCount: classes, clientCount: clients, trainFeatures: values,
      trainLabels: labels, trainClients: owners, testFeatures: [], testLabels: [],
      testClients: [])
  }
}
