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

  /// Origin: central differences in double, step 1e-6; 1e-7 absolute, for the textbook below stands
  /// between the kernels and this.
  @Test("the textbook's gradient follows finite differences of its loss")
  func textbook() {
    for problem in KernelTests.problems {
      let start = problem.parameters.map { Double($0) }
      let gradient = problem.reference(start, row: 3).gradient
      for i in stride(from: 0, to: start.count, by: 1 + start.count / 60) {
        var moved = start
        moved[i] += 1e-6
        let above = problem.reference(moved, row: 3).loss
        moved[i] -= 2e-6
        let below = problem.reference(moved, row: 3).loss
        #expect(abs((above - below) / 2e-6 - gradient[i]) < 1e-7, "\(problem.widths) [\(i)]")
      }
    }
  }

  /// Origin: backpropagation in double; g + correction + proximal·(w − anchor) by hand. 2e-6: float32.
  @Test("steps follow the textbook's gradient, with anchor and correction and without")
  func steps() {
    for problem in KernelTests.problems {
      let order = (0..<Int32(problem.rowCount)).map { $0 * 3 % Int32(problem.rowCount) }
      let anchor = problem.vector(seed: 21, scale: 0.5)
      let correction = problem.vector(seed: 22, scale: 0.1)
      for (anchor, correction) in [
        (nil, nil), (anchor, nil), (nil, correction), (anchor, correction),
      ]
        as [([Float]?, [Float]?)]
      {
        // Two steps of 10 rows, and no third.
        var expected = problem.parameters.map { Double($0) }
        for rows in [order[..<10], order[10..<20]] {
          var step = [Double](repeating: 0, count: expected.count)
          for row in rows {
            let gradient = problem.reference(expected, row: Int(row)).gradient
            for i in step.indices { step[i] += gradient[i] / Double(rows.count) }
          }
          for i in step.indices {
            if let correction { step[i] += Double(correction[i]) }
            if let anchor { step[i] += 0.25 * (expected[i] - Double(anchor[i])) }
            expected[i] -= 0.1 * step[i]
          }
        }
        let found = problem.descended(
          order: order, batch: 10, rate: 0.1, most: 2, proximal: 0.25, anchor: anchor,
          correction: correction)
        #expect(found.steps == 2)
        for (a, b) in zip(found.parameters, expected) {
          #expect(abs(Double(a) - b) < 2e-6, "\(problem.widths)")
        }
      }
      #expect(problem.descended(order: order, batch: 10, rate: 0.1).steps == 3)
      #expect(problem.descended(order: order, batch: 10, rate: 0.1, most: 0).steps == 0)
      #expect(
        abs(
          problem.evaluated().loss
            - problem.referenceLoss(
              problem.parameters.map { Double($0) })) < 1e-4)
    }
  }

  @Test("no pull and no correction leave plain descent as it is, bit by bit")
  func plain() {
    for problem in KernelTests.problems {
      let order = (0..<Int32(problem.rowCount)).map { $0 }
      let plain = problem.descended(order: order, batch: 7, rate: 0.2).parameters
      let anchored = problem.descended(
        order: order, batch: 7, rate: 0.2, proximal: 0,
        anchor: problem.parameters.map { _ in .infinity }
      ).parameters
      #expect(plain.map(\.bitPattern) == anchored.map(\.bitPattern))
      // The pull needs somewhere to pull to.
      let free = problem.descended(order: order, batch: 7, rate: 0.2, proximal: 5).parameters
      #expect(plain.map(\.bitPattern) == free.map(\.bitPattern))
    }
  }

  /// Origin: sums of the same numbers in another order, so equality within float32 rounding.
  @Test("batches longer than a cache block sum like short ones")
  func longBatches() {
    // 700 rows: the inner index of the gradient is cut in three; 300 features: that of the layer in two.
    let problem = KernelProblem([300, 20, 5], rows: 700, seed: 31, scale: 0.1)
    let order = (0..<Int32(700)).map { $0 }
    let start = problem.parameters.map { Double($0) }
    var mean = [Double](repeating: 0, count: start.count)
    for row in stride(from: 0, to: 700, by: 1) {
      let gradient = problem.reference(start, row: row).gradient
      for i in mean.indices { mean[i] += gradient[i] / 700 }
    }
    let found = problem.descended(order: order, batch: 700, rate: 1).parameters
    for i in mean.indices { #expect(abs(Double(found[i]) - (start[i] - mean[i])) < 2e-6) }
  }
}
