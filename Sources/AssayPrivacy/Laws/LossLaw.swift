import AssayStatistics

/// The law of one release's privacy loss `L = log(dA/dB)` under both of its distributions: A, in which
/// the record takes part, and B, in which it does not (for replace-one: takes part reversed).
struct LossLaw {
  enum Kind { case gaussian, gaussianReplace, gaussianGroup, laplace, laplaceReplace, atoms }

  let kind: Kind
  let scale: Double
  let rate: Double
  /// `log P(j of the group join)`, j = 0, 1, …; for `gaussianGroup`.
  private(set) var joining: [Double] = []
  /// The values of a discrete loss; for `atoms`.
  private(set) var atomLaw: AtomLaw?
  /// Whether A and B may be exchanged without changing the law of the loss.
  let isSymmetric: Bool

  /// `nil` where no law is worked out, or where its range leaves what doubles hold comfortably.
  init?(_ release: Release) {
    scale = release.scale
    rate = release.rate
    isSymmetric = release.pair != .poisson
    switch (release.noise, release.pair) {
    case (_, .fixedReplace): return nil
    case (.gaussian, .poissonReplace): kind = .gaussianReplace
    case (.gaussian, _): kind = release.group > 1 ? .gaussianGroup : .gaussian
    case (.laplace, .poissonReplace): kind = .laplaceReplace
    case (.laplace, _): kind = .laplace
    default: kind = .atoms
    }
    if kind == .atoms {
      guard let law = AtomLaw(release) else { return nil }
      atomLaw = law
      return
    }
    if release.scale < 0.05 { return nil }
    if kind == .gaussianGroup {
      joining = Self.binomialLogs(release.group, release.rate)
    }
  }

  /// How far apart discrete losses stand; 0 where they are on no lattice.
  var spacing: Double { atomLaw?.spacing ?? 0 }

  private static func binomialLogs(_ trials: Int, _ rate: Double) -> [Double] {
    let odds = PortableMath.log(rate) - PortableMath.log1p(-rate)
    var logs = [Double(trials) * PortableMath.log1p(-rate)]
    for j in 1...trials {
      logs.append(
        logs[j - 1] + odds + PortableMath.log(Double(trials - j + 1) / Double(j)))
    }
    return logs
  }

  /// The log-ratio without sampling at noise value x, Gaussian.
  private func baseLoss(_ x: Double) -> Double { (x - 0.5) / (scale * scale) }

  /// The loss at noise value x.
  func loss(_ x: Double) -> Double {
    switch kind {
    case .gaussian: return sampledLoss(baseLoss(x))
    case .gaussianReplace: return sampledLoss(baseLoss(x)) - sampledLoss(baseLoss(-x))
    case .gaussianGroup: return groupLoss(x).value
    case .laplace: return sampledLoss(min(1, max(-1, 2 * x - 1)) / scale)
    case .laplaceReplace: return oppositeLaplaceLoss(x)
    case .atoms: return .nan
    }
  }

  func sampledLoss(_ base: Double) -> Double {
    if rate == 1 { return base }
    if base > 700 { return base + PortableMath.log(rate) }
    return PortableMath.log1p(rate * Elementary.expm1(base))
  }

  /// The noise value at which the Gaussian loss reaches `loss`; −∞ below its range.
  func position(_ loss: Double) -> Double {
    let variance = scale * scale
    if kind == .gaussianGroup { return groupPosition(loss) }
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

  /// Noise values below which both A and B have at most `tail`, and above which A has: under sampling only as much of
  /// its tail as joins. What B has there is no large loss of either.
  func range(tail: Double) -> (low: Double, high: Double) {
    if kind == .laplace { return (0, 1) }
    if kind == .laplaceReplace { return (-1, 1) }
    func reach(_ tail: Double) -> Double {
      scale * (-2 * PortableMath.log(min(0.1, tail))).squareRoot()
    }
    if kind == .gaussianReplace { return (-1 - reach(tail), 1 + reach(tail)) }
    // A group joins with at most the sum of its members' chances.
    let members = Double(max(1, joining.count - 1))
    return (-reach(tail), members + reach(tail / min(1, members * rate)))
  }

  /// The probabilities of noise values in `(low, high]` under A and B, Gaussian.
  func gaussianMasses(from low: Double, to high: Double) -> (a: Double, b: Double) {
    if kind == .gaussianGroup { return groupMasses(from: low, to: high) }
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
}
