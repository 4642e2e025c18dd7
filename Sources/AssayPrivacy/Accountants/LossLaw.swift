import AssayStatistics

/// The law of one release's privacy loss `L = log(dA/dB)` under both of its distributions: A, in which
/// the record takes part, and B, in which it does not (for replace-one: takes part reversed).
struct LossLaw {
  enum Kind { case gaussian, gaussianReplace, laplace }

  let kind: Kind
  let scale: Double
  let rate: Double

  /// `nil` where no law is worked out, or where its range leaves what doubles hold comfortably.
  init?(_ release: Release) {
    switch (release.mechanism, release.pair) {
    case (.gaussian, .whole), (.gaussian, .poisson): kind = .gaussian
    case (.gaussian, .poissonReplace): kind = .gaussianReplace
    case (.laplace, .whole), (.laplace, .poisson): kind = .laplace
    case (.laplace, .poissonReplace), (_, .fixedReplace): return nil
    }
    if release.scale < 0.05 { return nil }
    scale = release.scale
    rate = release.rate
  }

  /// Whether A and B may be exchanged without changing the law of the loss.
  var isSymmetric: Bool { kind == .gaussianReplace || rate == 1 }

  /// The log-ratio without sampling at noise value x, Gaussian.
  private func baseLoss(_ x: Double) -> Double { (x - 0.5) / (scale * scale) }

  /// The loss at noise value x.
  func loss(_ x: Double) -> Double {
    switch kind {
    case .gaussian: return sampledLoss(baseLoss(x))
    case .gaussianReplace: return sampledLoss(baseLoss(x)) - sampledLoss(baseLoss(-x))
    case .laplace: return sampledLoss(min(1, max(-1, 2 * x - 1)) / scale)
    }
  }

  private func sampledLoss(_ base: Double) -> Double {
    if rate == 1 { return base }
    if base > 700 { return base + PortableMath.log(rate) }
    return PortableMath.log1p(rate * Elementary.expm1(base))
  }

  /// The noise value at which the Gaussian loss reaches `loss`; −∞ below its range.
  func position(_ loss: Double) -> Double {
    let variance = scale * scale
    if kind == .gaussian {
      if rate == 1 { return variance * loss + 0.5 }
      let argument = Elementary.expm1(loss) / rate
      return argument <= -1 ? -.infinity : variance * PortableMath.log1p(argument) + 0.5
    }
    // (1−q)(e^L − 1) = 2q·e^{−1/(2σ²)}·e^{L/2}·sinh(x/σ² − L/2)
    let half = loss / 2
    let hyperbolic = (PortableMath.exp(half) - PortableMath.exp(-half)) / 2
    let odds = (1 - rate) / rate * PortableMath.exp(0.5 / variance)
    return variance * (half + Elementary.asinh(odds * hyperbolic))
  }

  /// Noise values outside of which both A and B have at most `tail` on either side.
  func range(tail: Double) -> (low: Double, high: Double) {
    if kind == .laplace { return (0, 1) }
    let reach = scale * (-2 * PortableMath.log(tail)).squareRoot()
    return (kind == .gaussianReplace ? -1 - reach : -reach, 1 + reach)
  }

  /// The probabilities of noise values in `(low, high]` under A and B, Gaussian.
  func gaussianMasses(from low: Double, to high: Double) -> (a: Double, b: Double) {
    let width = high - low
    let inverse = 1 / scale
    // How many e-folds the density ratio spans; short intervals go by Gauss's rule, which loses nothing
    // to cancellation, and wide ones by differences of tails.
    let folds = max(width * inverse * 5, width * inverse * inverse)
    if !(folds < 0.5) {
      let centre = Normal.mass(from: low * inverse, to: high * inverse)
      let up = Normal.mass(from: (low - 1) * inverse, to: (high - 1) * inverse)
      let a = (1 - rate) * centre + rate * up
      if kind == .gaussian { return (a, centre) }
      let down = Normal.mass(from: (low + 1) * inverse, to: (high + 1) * inverse)
      return (a, (1 - rate) * centre + rate * down)
    }
    let rule = folds < 0.05 ? GaussLegendre.three : GaussLegendre.five
    var a = 0.0
    var b = 0.0
    for index in 0..<rule.nodes.count {
      let x = low + width * rule.nodes[index]
      let y = x * inverse
      let density = rule.weights[index] * PortableMath.exp(-0.5 * y * y)
      a += density * (1 + rate * Elementary.expm1(baseLoss(x)))
      b += kind == .gaussian ? density : density * (1 + rate * Elementary.expm1(baseLoss(-x)))
    }
    let factor = width * inverse * 0.3989422804014327
    return (a * factor, b * factor)
  }

  /// The probabilities of losses in `(low, high]` under A and B, Laplace: two atoms and an
  /// exponential law between them.
  func laplaceMasses(from low: Double, to high: Double) -> (a: Double, b: Double) {
    let edge = 1 / scale
    let lowest = sampledLoss(-edge)
    let highest = sampledLoss(edge)
    func base(_ loss: Double) -> Double {
      if loss <= lowest { return -edge }
      if loss >= highest { return edge }
      return min(edge, max(-edge, PortableMath.log1p(Elementary.expm1(loss) / rate)))
    }
    let from = base(low)
    let to = base(high)
    let share = -Elementary.expm1(-(to - from) / 2) / 2
    var without = PortableMath.exp(-(edge + from) / 2) * share
    var with = PortableMath.exp((to - edge) / 2) * share
    let faint = PortableMath.exp(-edge) / 2
    if low < lowest, lowest <= high {
      without += 0.5
      with += faint
    }
    if low < highest, highest <= high {
      without += faint
      with += 0.5
    }
    return ((1 - rate) * without + rate * with, without)
  }
}
