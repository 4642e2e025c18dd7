import CKernels

/// The geometric median: the point with the least weighted sum of distances to the clients' models, by
/// the smoothed Weiszfeld iteration.
///
/// From the weighted mean, `z ← Σ β_k·w_k / Σ β_k` with `β_k = a_k / max(ν, ‖w_k − z‖)`, until no parameter
/// moves by more than a millionth of the largest distance, or after the given number of iterations.
/// - Note: Source: Pillutla, Kakade, Harchaoui 2022, arXiv:1912.13445, algorithm 2.
struct GeometricMedian: FederatedAlgorithm {
  static let entry = AlgorithmEntry(
    name: "geometric-median",
    summary: "robust: the point nearest to all models together (Pillutla et al. 2022)",
    parameters: [
      AlgorithmParameter(
        "iterations", "most Weiszfeld iterations", standard: 100, 1...100_000, isWhole: true),
      AlgorithmParameter(
        "smoothing", "least distance ν that counts", standard: 1e-6, 0...1e6, isOpen: true),
    ]
  ) { GeometricMedian(iterations: Int($0["iterations"]), smoothing: $0["smoothing"]) }

  let iterations: Int
  let smoothing: Double
  var needsAllUpdates: Bool { true }

  func advance(_ server: ServerState, by round: RoundUpdates) {
    let size = round.global.count
    let point = Memory<Double>(repeating: 0, count: size)
    let next = Memory<Double>(repeating: 0, count: size)
    let distances = Memory<Double>(repeating: 0, count: round.models.count)
    let block = 16_384
    var betas = round.contributions.map(\.weight)
    for iteration in 0...iterations {
      let total = betas.reduce(0, +)
      next.start.update(repeating: 0, count: size)
      round.pool.run((size + block - 1) / block) { index, _ in
        let first = index * block
        let length = Int64(min(block, size - first))
        for (model, beta) in zip(round.models, betas) {
          assay_add_scaled(next.start + first, model + first, beta / total, length)
        }
      }
      var moved = 0.0
      for i in 0..<size {
        moved = max(moved, abs(next[i] - point[i]))
        point[i] = next[i]
      }
      round.pool.run(round.models.count) { index, _ in
        distances[index] = distance(round.models[index], point)
      }
      if iteration > 0, moved <= 1e-6 * (distances.array.max() ?? 0) { break }
      betas = zip(round.contributions, distances.array).map { $0.weight / max(smoothing, $1) }
    }
    server.setParameters { i in point[i] }
  }

  private func distance(_ model: UnsafePointer<Float>, _ point: Memory<Double>) -> Double {
    var sum = 0.0
    for i in 0..<point.count {
      let difference = Double(model[i]) - point[i]
      sum += difference * difference
    }
    return sum.squareRoot()
  }
}
