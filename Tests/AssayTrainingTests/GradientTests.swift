import Testing

@testable import AssayTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct GradientTests {
  /// Origin: central differences of a loss written here in double, step 1e-5. The engine's gradient is
  /// the change of the weights in one full-batch step of size 1. 2e-5 absolute: float32 sums.
  @Test(
    "one step of gradient descent follows finite differences of the loss",
    arguments: [
      (2, []), (2, [9]), (3, []), (3, [9, 5]), (20, [17]),
    ] as [(Int, [Int])])
  func finiteDifferences(classes: Int, hidden: [Int]) throws {
    let data = try Example.clusters(
      clientRows: [31], testRows: 0, features: 7, classes: classes, seed: UInt64(classes))
    let model = ModelSpecification.mlp(hidden: hidden)
    let step = LocalTraining(epochs: 1, batchSize: LocalTraining.fullBatch, learningRate: 1)
    let arm = Trainer(data: data, model: model, threads: 1).train(.centralized(step), seed: 3)
    let network = Network(model, features: 7, classCount: classes)
    let start = network.tensors([network.initialParameters(Randomness(seed: 3))], stacked: false)
    #expect(start.map(\.name) == arm.weights.map(\.name))
    for (which, tensor) in start.enumerated() {
      for index in stride(from: 0, to: tensor.values.count, by: 3) {
        var weights = start.map { $0.values.map { Double($0) } }
        let h = 1e-5
        weights[which][index] += h
        let above = Self.loss(weights, data, widths: network.widths)
        weights[which][index] -= 2 * h
        let below = Self.loss(weights, data, widths: network.widths)
        let expected = (above - below) / (2 * h)
        let found = Double(tensor.values[index]) - Double(arm.weights[which].values[index])
        #expect(abs(found - expected) < 2e-5, "\(tensor.name)[\(index)]")
      }
    }
  }

  /// Mean cross-entropy over the training rows, as a textbook writes it.
  private static func loss(_ weights: [[Double]], _ data: TrainingData, widths: [Int]) -> Double {
    var total = 0.0
    for (row, label) in data.trainLabels.enumerated() {
      let first = row * data.featureCount
      var values = data.trainFeatures[first..<(first + data.featureCount)].map { Double($0) }
      for layer in 0..<(widths.count - 1) {
        let (matrix, bias) = (weights[2 * layer], weights[2 * layer + 1])
        values = (0..<widths[layer + 1]).map { out in
          (0..<widths[layer]).reduce(bias[out]) {
            $0 + matrix[out * widths[layer] + $1] * values[$1]
          }
        }
        if layer < widths.count - 2 { values = values.map { max(0, $0) } }
      }
      if values.count == 1 {
        let p = 1 / (1 + exp(-values[0]))
        total -= log(label == 1 ? p : 1 - p)
      } else {
        let sum = values.reduce(0) { $0 + exp($1) }
        total += log(sum) - values[Int(label)]
      }
    }
    return total / Double(data.trainLabels.count)
  }

  /// Origin: the loss above on the weights that came out; 1e-5 relative, float32 logits.
  @Test("the reported loss and accuracy are those of the final model and its scores")
  func reportedMetrics() throws {
    for classes in [2, 5] {
      let data = try Example.clusters(clientRows: [90], testRows: 301, classes: classes)
      let plan = LocalTraining(epochs: 2, batchSize: 16, learningRate: 0.05)
      let arm = Trainer(data: data, model: .mlp(hidden: [8]), threads: 2)
        .train(.centralized(plan), seed: 1)
      let metrics = try #require(arm.rounds.last?.metrics)
      let outputs = classes == 2 ? 1 : classes
      var loss = 0.0
      for (row, label) in data.testLabels.enumerated() {
        let p =
          outputs == 1
          ? (label == 1 ? arm.scores[row] : 1 - arm.scores[row])
          : arm.scores[row * outputs + Int(label)]
        loss -= log(p) / Double(data.testLabels.count)
      }
      #expect(abs(loss - (metrics["loss"] ?? .nan)) < 1e-5 * loss)
      #expect(metrics["accuracy"] == arm.accuracy(data))
      #expect(arm.rounds.count == 2)
      #expect(arm.gradientSteps == 2 * 6)
      #expect(arm.examplesProcessed == 180)
    }
  }
}
