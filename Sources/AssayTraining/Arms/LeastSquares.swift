/// Linear regression in closed form: the normal equations of the centred rows, in double.
///
/// With X and y less their means over the training rows, the weights w solve `XᵀX·w = Xᵀy`, and the bias
/// is `mean(y) − mean(x)·w`. Goals in order: the same bits on any number of threads, a loss that no other
/// weights undercut by more than rounding, then speed.
///
/// XᵀX is scaled to a unit diagonal and factored by Cholesky's method, the largest remaining pivot first. An
/// input that the ones before it explain up to a share of 1e-12 of its variance gets the weight 0: with inputs
/// that depend on one another (one-hot categories sum to 1, an input never varies) many weights have the
/// least loss, and leaving some out finds such weights without a ridge, which would change the loss.
/// The search that follows measures the gradient, and goes on wherever this is not enough.
/// - Note: Source: Golub and Van Loan 2013, Matrix Computations, 4th edition, sections 5.3.2 (normal
///   equations) and 4.2.8 (Cholesky with pivoting).
struct LeastSquares {
  /// The most inputs; with more, the matrix costs more than a search.
  static let inputLimit = 1_000
  /// The share of an input's variance at which it counts as explained by others.
  static let dependence = 1e-12

  let session: Session

  init(_ session: Session) { self.session = session }

  /// Weights by input, then the bias; `nil` for more than ``inputLimit`` inputs.
  func solve() -> [Double]? {
    let width = session.data.raw.featureCount
    guard width <= Self.inputLimit else { return nil }
    let rows = session.data.raw.trainCount
    let features = session.data.train
    let targets = session.data.raw.trainTargets
    var means = [Double](repeating: 0, count: width)
    var meanTarget = 0.0
    for row in 0..<rows {
      for f in 0..<width { means[f] += Double(features[row * width + f]) }
      meanTarget += Double(targets[row])
    }
    for f in 0..<width { means[f] /= Double(rows) }
    meanTarget /= Double(rows)

    // Row i of XᵀX from the diagonal on, then of Xᵀy: one job for each input, rows in order.
    let size = width + 1
    let products = Memory<Double>(repeating: 0, count: width * size)
    features.withUnsafeBufferPointer { features in
      targets.withUnsafeBufferPointer { targets in
        means.withUnsafeBufferPointer { means in
          session.pool.run(width) { i, _ in
            let out = products.start + i * size
            for row in 0..<rows {
              let own = Double(features[row * width + i]) - means[i]
              if own == 0 { continue }
              for j in i..<width { out[j] += own * (Double(features[row * width + j]) - means[j]) }
              out[width] += own * (Double(targets[row]) - meanTarget)
            }
          }
        }
      }
    }
    let weights = Self.solve(products.array, width)
    let bias = zip(weights, means).reduce(meanTarget) { $0 - $1.0 * $1.1 }
    return weights + [bias]
  }

  /// Solves `A·w = b` for a symmetric A of which each row holds the part from the diagonal on, then b.
  private static func solve(_ rows: [Double], _ width: Int) -> [Double] {
    let size = width + 1
    let scales = (0..<width).map { i -> Double in
      let diagonal = rows[i * size + i]
      return diagonal > 0 ? 1 / diagonal.squareRoot() : 0
    }
    // Column by column the factor L, for the inputs in the order in which they were chosen.
    var columns: [[Double]] = []
    var order: [Int] = []
    var remaining = scales.map { $0 > 0 ? 1.0 : 0 }
    func entry(_ i: Int, _ j: Int) -> Double {
      rows[min(i, j) * size + max(i, j)] * scales[i] * scales[j]
    }
    while order.count < width {
      var best = 0
      for i in 1..<max(1, width) where remaining[i] > remaining[best] { best = i }
      guard remaining[best] > dependence else { break }
      let pivot = remaining[best].squareRoot()
      var column = [Double](repeating: 0, count: width)
      column[best] = pivot
      for i in 0..<width where remaining[i] > 0 && i != best {
        var value = entry(i, best)
        for known in columns { value -= known[i] * known[best] }
        column[i] = value / pivot
      }
      for i in 0..<width where remaining[i] > 0 { remaining[i] -= column[i] * column[i] }
      remaining[best] = 0
      order.append(best)
      columns.append(column)
    }
    var solution = [Double](repeating: 0, count: order.count)
    for k in order.indices {
      let i = order[k]
      var value = rows[i * size + width] * scales[i]
      for earlier in 0..<k { value -= columns[earlier][i] * solution[earlier] }
      solution[k] = value / columns[k][i]
    }
    for k in order.indices.reversed() {
      var value = solution[k]
      for later in (k + 1)..<max(k + 1, order.count) {
        value -= columns[k][order[later]] * solution[later]
      }
      solution[k] = value / columns[k][order[k]]
    }
    var weights = [Double](repeating: 0, count: width)
    for (k, i) in order.enumerated() { weights[i] = solution[k] * scales[i] }
    return weights
  }
}
