import CKernels

@testable import AssayTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A network with rows, for the kernels and for a textbook in double beside them.
///
/// Parameters are unpadded here: layer by layer the weights `[in][out]`, then the bias.
struct KernelProblem {
  let widths: [Int]
  let squaredError: Bool
  let rowCount: Int
  var features: [Float]
  let labels: [Int32]
  let targets: [Float]
  var parameters: [Float]

  /// Made-up rows and weights in −1...1, weights times `scale`.
  init(
    _ widths: [Int], squaredError: Bool = false, rows: Int, seed: UInt64, scale: Double = 0.6
  ) {
    var numbers = TestNumbers(seed)
    func draw() -> Double { numbers.next() * 2 - 1 }
    self.widths = widths
    self.squaredError = squaredError
    rowCount = rows
    features = (0..<rows * widths[0]).map { _ in Float(draw()) }
    let classes = widths[widths.count - 1] == 1 ? 2 : widths[widths.count - 1]
    labels = (0..<rows).map { _ in Int32((draw() + 1) / 2 * Double(classes)) }
    targets = (0..<rows).map { _ in Float(draw()) }
    let count = zip(widths, widths.dropFirst()).reduce(0) { $0 + ($1.0 + 1) * $1.1 }
    parameters = (0..<count).map { _ in Float(draw() * scale) }
  }

  var outputs: Int { widths[widths.count - 1] }

  /// A vector like the parameters, in −scale...scale.
  func vector(seed: UInt64, scale: Double) -> [Float] {
    var numbers = TestNumbers(seed)
    return parameters.map { _ in Float((numbers.next() * 2 - 1) * scale) }
  }

  // Padding -------------------------------------------------------------------------------------

  /// Positions of the live parameters among the padded ones.
  private var places: [Int] {
    var places: [Int] = []
    var start = 0
    for (input, output) in zip(widths, widths.dropFirst()) {
      let padded = (output + 15) / 16 * 16
      for _ in 0...input {
        places += start..<start + output
        start += padded
      }
    }
    return places
  }

  /// As the kernels hold parameters, padding 0.
  func padded(_ values: [Float]) -> [Float] {
    var all = [Float](
      repeating: 0, count: withNetwork { Int(assay_parameter_floats($0)) })
    for (place, value) in zip(places, values) { all[place] = value }
    return all
  }

  /// The live ones of padded parameters.
  func live(_ padded: [Float]) -> [Float] { places.map { padded[$0] } }

  // Kernels -------------------------------------------------------------------------------------

  /// Calls with the network in the kernels' words.
  func withNetwork<Result>(_ body: (UnsafePointer<assay_network>) -> Result) -> Result {
    let widths = widths.map { Int32($0) }
    return widths.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("no layers") }
      var network = assay_network(
        layers: Int32(buffer.count - 1), widths: base, loss: squaredError ? 1 : 0)
      return body(&network)
    }
  }

  private func withRows<Result>(
    _ body: (UnsafePointer<assay_network>, assay_rows, UnsafeMutablePointer<Float>) -> Result
  ) -> Result {
    withNetwork { network in
      var workspace = [Float](
        repeating: .nan, count: Int(assay_workspace_floats(network, Int32(max(32, rowCount)))))
      return features.withUnsafeBufferPointer { features in
        labels.withUnsafeBufferPointer { labels in
          targets.withUnsafeBufferPointer { targets in
            guard let first = features.baseAddress else { preconditionFailure("no features") }
            let rows = assay_rows(
              features: first, labels: squaredError ? nil : labels.baseAddress,
              targets: squaredError ? targets.baseAddress : nil)
            return workspace.withUnsafeMutableBufferPointer { workspace in
              guard let memory = workspace.baseAddress else { preconditionFailure("no memory") }
              return body(network, rows, memory)
            }
          }
        }
      }
    }
  }

  /// Live parameters after one pass, and the steps done.
  func descended(
    order: [Int32], batch: Int, rate: Float, most: Int64 = .max, proximal: Float = 0,
    anchor: [Float]? = nil, correction: [Float]? = nil
  ) -> (parameters: [Float], steps: Int) {
    var weights = padded(parameters)
    let (anchor, correction) = (anchor.map(padded) ?? [], correction.map(padded) ?? [])
    let steps = withRows { network, rows, memory in
      anchor.withUnsafeBufferPointer { anchor in
        correction.withUnsafeBufferPointer { correction in
          var descent = assay_descent(
            batch: Int32(batch), learning_rate: rate, most_steps: most, proximal: proximal,
            anchor: anchor.isEmpty ? nil : anchor.baseAddress,
            correction: correction.isEmpty ? nil : correction.baseAddress)
          return assay_sgd_pass(
            network, &weights, memory, rows, order, Int64(order.count), &descent)
        }
      }
    }
    return (live(weights), Int(steps))
  }

  /// Live parameters after one private step, and the rows clipped.
  func descendedPrivately(
    order: [Int32], clip: Float, noise: [Float]? = nil, expected: Float, rate: Float
  ) -> (parameters: [Float], clipped: Int) {
    var weights = padded(parameters)
    let noise = noise.map(padded) ?? []
    var clipped: Int64 = -1
    withRows { network, rows, memory in
      noise.withUnsafeBufferPointer { noise in
        assay_private_step(
          network, &weights, memory, rows, order, Int64(order.count), clip,
          noise.isEmpty ? nil : noise.baseAddress, expected, rate, &clipped)
      }
    }
    return (live(weights), Int(clipped))
  }

  /// Sum of losses over all rows, and the right predictions.
  func evaluated() -> (loss: Double, correct: Int) {
    var loss = 0.0
    var correct: Int64 = 0
    withRows { network, rows, memory in
      assay_evaluate(
        network, padded(parameters), memory, rows, Int32(rowCount), &loss, &correct)
    }
    return (loss, Int(correct))
  }

  /// Logits of all rows.
  func logits() -> [Float] {
    var logits = [Float](repeating: .nan, count: rowCount * outputs)
    withRows { network, rows, memory in
      assay_logits(
        network, padded(parameters), memory, rows.features, Int32(rowCount), &logits)
    }
    return logits
  }
}

/// The same arithmetic as a textbook writes it, in double.
extension KernelProblem {
  /// Loss of one row and its gradient by backpropagation.
  func reference(_ parameters: [Double], row: Int) -> (loss: Double, gradient: [Double]) {
    var activations = [
      features[row * widths[0]..<(row + 1) * widths[0]].map { Double($0) }
    ]
    var starts: [Int] = []
    var start = 0
    for (layer, (input, output)) in zip(widths, widths.dropFirst()).enumerated() {
      starts.append(start)
      let values = (0..<output).map { out in
        (0..<input).reduce(parameters[start + input * output + out]) {
          $0 + activations[layer][$1] * parameters[start + $1 * output + out]
        }
      }
      activations.append(
        layer < widths.count - 2 ? values.map { max(0, $0) } : values)
      start += (input + 1) * output
    }
    var (loss, delta) = outputLoss(activations[widths.count - 1], row: row)
    var gradient = [Double](repeating: 0, count: parameters.count)
    for layer in stride(from: widths.count - 2, through: 0, by: -1) {
      let (input, output, start) = (widths[layer], widths[layer + 1], starts[layer])
      for out in 0..<output {
        for i in 0..<input {
          gradient[start + i * output + out] = activations[layer][i] * delta[out]
        }
        gradient[start + input * output + out] = delta[out]
      }
      if layer == 0 { break }
      let above = delta
      delta = (0..<input).map { i in
        guard activations[layer][i] > 0 else { return 0 }
        return (0..<output).reduce(0) {
          $0 + parameters[start + i * output + $1] * above[$1]
        }
      }
    }
    if !loss.isFinite { loss = .infinity }
    return (loss, gradient)
  }

  private func outputLoss(_ z: [Double], row: Int) -> (Double, [Double]) {
    if squaredError {
      let error = z[0] - Double(targets[row])
      return (error * error / 2, [error])
    }
    let label = Int(labels[row])
    if z.count == 1 {
      let p = 1 / (1 + exp(-z[0]))
      return (-log(label == 1 ? p : 1 - p), [p - Double(label)])
    }
    let sum = z.reduce(0) { $0 + exp($1) }
    return (log(sum) - z[label], z.indices.map { exp(z[$0]) / sum - ($0 == label ? 1 : 0) })
  }

  /// Sum of losses over rows.
  func referenceLoss(_ parameters: [Double]) -> Double {
    (0..<rowCount).reduce(0) { $0 + reference(parameters, row: $1).loss }
  }
}
