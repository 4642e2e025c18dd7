import CKernels

/// The layout of a model's parameters in memory, shared with the kernels.
///
/// Layer by layer the weights `[in][padded out]`, then the bias; widths are padded to multiples of
/// 16 and the padding stays zero. Outside of the engine tensors are unpadded, `[out, in]`.
final class Network {
  /// Features, hidden widths, outputs.
  let widths: [Int]
  /// Number of floats with padding.
  let paddedCount: Int
  /// Number of weights and biases.
  let liveCount: Int
  private let memory: Memory<Int32>
  /// The description for the kernels; valid as long as this object.
  private(set) var description: assay_network

  init(_ specification: ModelSpecification, features: Int, classCount: Int) {
    widths =
      [features] + specification.hidden + [specification.outputs(classCount: classCount)]
    memory = Memory(repeating: 0, count: widths.count)
    for (index, width) in widths.enumerated() { memory.start[index] = Int32(width) }
    description = assay_network(
      layers: Int32(widths.count - 1), widths: memory.start,
      loss: specification.isRegression ? 1 : 0)
    liveCount = specification.parameterCount(features: features, classCount: classCount)
    paddedCount = Int(assay_parameter_floats(&description))
  }

  /// Scores of one row: 1 for two classes and for a number, else one for each class.
  var outputs: Int { widths[widths.count - 1] }

  /// Bytes of one model on the wire: 4 for each weight and bias.
  var modelBytes: Int { liveCount * 4 }

  /// Number of floats of a workspace for so many rows at a time.
  func workspaceCount(rows: Int) -> Int { Int(assay_workspace_floats(&description, Int32(rows))) }

  /// Runs of live parameters in memory order: where each starts, how many there are.
  var liveRuns: [(start: Int, count: Int)] {
    var runs: [(start: Int, count: Int)] = []
    var start = 0
    for (input, output) in zip(widths, widths.dropFirst()) {
      let padded = Int(assay_padded(Int64(output)))
      for _ in 0...input {
        runs.append((start, output))
        start += padded
      }
    }
    return runs
  }

  /// The model at the start: biases 0, weights uniform in `±bound`.
  ///
  /// A ReLU layer has the bound √(6/in) (He et al. 2015, arXiv:1502.01852, equation 10, uniform). The
  /// output layer has √(3/in) above hidden layers and 0.01 in a model without any, which leaves
  /// its first probabilities near equal.
  func initialParameters(_ randomness: Randomness) -> [Float] {
    var parameters = [Float](repeating: 0, count: paddedCount)
    var start = 0
    for layer in 0..<(widths.count - 1) {
      let input = widths[layer]
      let output = widths[layer + 1]
      let padded = Int(assay_padded(Int64(output)))
      let isOutput = layer == widths.count - 2
      let bound =
        !isOutput
        ? (6 / Double(input)).squareRoot()
        : layer > 0 ? (3 / Double(input)).squareRoot() : 0.01
      let uniforms = randomness.uniforms(
        .initialModel, client: layer, round: 0, count: input * output)
      for i in 0..<input {
        for j in 0..<output {
          parameters[start + i * padded + j] = Float((uniforms[i * output + j] * 2 - 1) * bound)
        }
      }
      start += (input + 1) * padded
    }
    return parameters
  }

  /// Weights and biases of one model, or of several with a leading axis: `layer1.weight`
  /// `[out, in]`, `layer1.bias` `[out]` and so on.
  func tensors(_ models: [[Float]], stacked: Bool) -> [NamedTensor] {
    var tensors: [NamedTensor] = []
    var start = 0
    for layer in 0..<(widths.count - 1) {
      let input = widths[layer]
      let output = widths[layer + 1]
      let padded = Int(assay_padded(Int64(output)))
      var weights: [Float] = []
      var biases: [Float] = []
      weights.reserveCapacity(models.count * input * output)
      for model in models {
        for j in 0..<output {
          for i in 0..<input { weights.append(model[start + i * padded + j]) }
        }
        let bias = start + input * padded
        biases.append(contentsOf: model[bias..<bias + output])
      }
      let leading = stacked ? [models.count] : []
      tensors.append(
        NamedTensor(
          name: "layer\(layer + 1).weight", shape: leading + [output, input], values: weights))
      tensors.append(
        NamedTensor(name: "layer\(layer + 1).bias", shape: leading + [output], values: biases))
      start += (input + 1) * padded
    }
    return tensors
  }
}
