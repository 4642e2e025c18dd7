import AssayDiagnostics
import AssayStatistics

/// The loss of a finished model on every training and test row, computed in double from its weights.
///
/// Not the engine's kernels, which keep sums only: plain loops in a fixed order, so the same bits on every
/// machine, and close to the engine's float32 to about seven digits.
public struct RowLosses: Hashable, Sendable {
  /// Loss of every training row: −log p of its class, or ½(z − y)².
  public let train: [Double]
  /// Loss of every test row.
  public let test: [Double]

  /// Scales the data as it says and runs the model over all rows.
  /// - Throws: A diagnostic when the tensors are not those of such a model.
  public init(
    tensors: [NamedTensor], model: ModelSpecification, data: TrainingData
  ) throws(Diagnostic) {
    let widths =
      [data.featureCount] + model.hidden + [model.outputs(classCount: data.classCount)]
    var layers: [(weights: [Double], bias: [Double])] = []
    for (index, (input, output)) in zip(widths, widths.dropFirst()).enumerated() {
      func tensor(_ kind: String, _ shape: [Int]) throws(Diagnostic) -> [Double] {
        let name = "layer\(index + 1).\(kind)"
        guard let found = tensors.first(where: { $0.name == name }) else {
          throw Diagnostic(.missingKey(key: name, inside: "the model's tensors"))
        }
        if found.shape != shape {
          throw Diagnostic(
            .badValue(
              key: name, found: "a shape of \(found.shape)", expected: "a shape of \(shape)"))
        }
        return found.values.map { Double($0) }
      }
      layers.append((try tensor("weight", [output, input]), try tensor("bias", [output])))
    }
    let scaled = ScaledData(data)
    func losses(_ features: [Float], _ labels: [Int32], _ targets: [Float], count: Int) -> [Double]
    {
      (0..<count).map { row in
        let start = row * data.featureCount
        let outputs = Self.outputs(features[start..<start + data.featureCount], layers)
        return model.isRegression
          ? Self.squared(outputs[0], Double(targets[row]))
          : Self.crossEntropy(outputs, Int(labels[row]))
      }
    }
    train = losses(scaled.train, data.trainLabels, data.trainTargets, count: data.trainCount)
    test = losses(scaled.test, data.testLabels, data.testTargets, count: data.testCount)
  }

  private static func outputs(
    _ features: ArraySlice<Float>, _ layers: [(weights: [Double], bias: [Double])]
  ) -> [Double] {
    var values = features.map { Double($0) }
    for (index, layer) in layers.enumerated() {
      var next = layer.bias
      let width = values.count
      for j in next.indices {
        var sum = next[j]
        for i in 0..<width { sum += layer.weights[j * width + i] * values[i] }
        next[j] = index < layers.count - 1 ? max(0, sum) : sum
      }
      values = next
    }
    return values
  }

  private static func squared(_ output: Double, _ target: Double) -> Double {
    (output - target) * (output - target) / 2
  }

  /// `log Σ e^z − z` of the class; with one output, `log(1 + e^∓z)`.
  private static func crossEntropy(_ outputs: [Double], _ label: Int) -> Double {
    if outputs.count == 1 {
      let margin = label == 1 ? outputs[0] : -outputs[0]
      return max(0, -margin) + PortableMath.log1p(PortableMath.exp(-abs(margin)))
    }
    let largest = outputs.max() ?? 0
    let sum = outputs.reduce(0) { $0 + PortableMath.exp($1 - largest) }
    return largest - outputs[label] + PortableMath.log(sum)
  }
}
