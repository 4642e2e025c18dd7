import AssayStatistics

/// A group of k records in a Poisson-sampled Gaussian release: j of them join with binomial probability and
/// move the sum by j together, the worst case when all move it the same way.
/// - Note: Source: Ganesh 2024, arXiv:2401.10294, Theorem 3.1 (mixture of Gaussians).
extension LossLaw {
  /// `log Σ p_j·e^{j(x − j/2)/σ²}` and its slope: convex and increasing.
  func groupLoss(_ x: Double) -> (value: Double, slope: Double) {
    let inverse = 1 / (scale * scale)
    var top = -Double.infinity
    for j in joining.indices {
      top = max(top, joining[j] + Double(j) * (x - Double(j) / 2) * inverse)
    }
    var sum = 0.0
    var slope = 0.0
    for j in joining.indices {
      let term = PortableMath.exp(
        joining[j] + Double(j) * (x - Double(j) / 2) * inverse - top)
      sum += term
      slope += Double(j) * term
    }
    return (top + PortableMath.log(sum), slope / sum * inverse)
  }

  /// The noise value at which the loss reaches `loss`; −∞ below its range. Newton's steps from the right, where a
  /// convex function is always above its tangent: they come down to the root and never pass it.
  func groupPosition(_ loss: Double) -> Double {
    if loss <= joining[0] { return -.infinity }
    let variance = scale * scale
    var x = Double.infinity
    for j in joining.indices.dropFirst() {
      x = min(x, (loss - joining[j]) / Double(j) * variance + Double(j) / 2)
    }
    for _ in 0..<60 {
      let found = groupLoss(x)
      let step = (found.value - loss) / found.slope
      if !step.isFinite { return -.infinity }
      x -= step
      if abs(step) <= 1e-14 * max(scale, abs(x)) { break }
    }
    return x
  }

  /// The probabilities of noise values in `(low, high]` under A and B.
  func groupMasses(from low: Double, to high: Double) -> (a: Double, b: Double) {
    let inverse = 1 / scale
    let width = high - low
    let reach = Double(joining.count - 1)
    let folds = max(width * inverse * 5, width * inverse * inverse * reach)
    if !(folds < 0.5) {
      var a = 0.0
      for j in joining.indices {
        a +=
          PortableMath.exp(joining[j])
          * Normal.mass(from: (low - Double(j)) * inverse, to: (high - Double(j)) * inverse)
      }
      return (a, Normal.mass(from: low * inverse, to: high * inverse))
    }
    let rule = folds < 0.05 ? GaussLegendre.three : GaussLegendre.five
    var a = 0.0
    var b = 0.0
    for index in 0..<rule.nodes.count {
      let x = low + width * rule.nodes[index]
      let y = x * inverse
      let density = rule.weights[index] * PortableMath.exp(-0.5 * y * y)
      a += density * PortableMath.exp(groupLoss(x).value)
      b += density
    }
    let factor = width * inverse * 0.3989422804014327
    return (a * factor, b * factor)
  }
}
