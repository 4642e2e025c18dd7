import AssayStatistics

/// A plan for composing loss laws: the exponential tilt, and what the tilted sum looks like.
///
/// Composition multiplies probabilities by `e^{θL}` and takes the factor out again at the end; with
/// the right θ the interesting tail becomes the middle of the distribution, so that tiny δ keep their
/// relative precision. Any θ gives valid bounds, so this plan need not be certified; it is made
/// from a coarse sample of each law.
struct LossTilt {
  /// The tilt θ, above 0.
  let theta: Double
  /// A guess at ε.
  let epsilon: Double
  /// Standard deviation of the tilted sum of all losses.
  let deviation: Double

  private let samples: [Sample]

  /// Makes a plan for laws seen from one side.
  ///
  /// θ solves the saddle-point estimate of δ at the tilted mean, `ε = K′(θ)`:
  /// `log δ = K(θ) − θ·K′(θ) − log((1 + θ)·max(1, θ·√(2πK″(θ))))`.
  /// - Parameter tail: What the cells leave out on either side; see ``LossCells``.
  init(_ laws: [(law: LossLaw, count: Double)], reversed: Bool, delta: Double, tail: Double) {
    let logDelta = PortableMath.log(delta)
    self.init(laws.map { Sample($0.law, $0.count, reversed, tail) }) { theta, sum in
      let spread = max(1, theta * (6.283185307179586 * sum.variance).squareRoot())
      return sum.moment - theta * sum.mean - PortableMath.log((1 + theta) * spread) <= logDelta
    }
  }

  /// The plan whose tilted sum has its mean at `epsilon`: better, once ε is roughly known.
  func centred(at epsilon: Double) -> LossTilt {
    LossTilt(samples) { _, sum in sum.mean >= epsilon }
  }

  /// Whether rare large losses weigh as much as all the rest in the tilted sum: far more spread than a Gaussian sum
  /// of the same δ would have.
  func isHeavy(_ delta: Double) -> Bool {
    theta * deviation > 1.4 * (-2 * PortableMath.log(delta)).squareRoot()
  }

  /// A weaker tilt that leaves rare large losses rare. The tail beyond `epsilon` keeps a tilted probability of
  /// some e^{−12}: enough for doubles, and the sum is far narrower.
  func lighter(at epsilon: Double, delta: Double) -> LossTilt {
    let least = minimum(from: -12, to: 10, tolerance: 0.05) { position in
      let theta = PortableMath.exp(position)
      return Self.moments(samples, theta).moment - theta * epsilon
    }
    let goal = max(PortableMath.log(delta) + 12, least.value + 1)
    // Left of the minimum the exponent falls with θ.
    var low = -12.0
    var high = least.position
    for _ in 0..<24 {
      let middle = (low + high) / 2
      let theta = PortableMath.exp(middle)
      let value = Self.moments(samples, theta).moment - theta * epsilon
      if value <= goal { high = middle } else { low = middle }
    }
    return LossTilt(samples, theta: PortableMath.exp(high))
  }

  /// The smallest θ that is enough: beyond it a rare large loss may dominate the tilted law.
  private init(_ samples: [Sample], isEnough: (Double, Moments) -> Bool) {
    func moments(_ position: Double) -> Moments {
      Self.moments(samples, PortableMath.exp(position))
    }
    var low = -12.0
    var high = low
    // Where losses have a largest value the tilted law shrinks onto it; no more tilt is needed then.
    func isTilted(_ position: Double) -> Bool {
      let found = moments(position)
      return isEnough(PortableMath.exp(position), found)
        || (found.mean > 0 && found.variance <= 1e-9 * found.mean * found.mean)
    }
    while high < 10, !isTilted(high) {
      low = high
      high += 0.5
    }
    for _ in 0..<10 {
      let middle = (low + high) / 2
      if isTilted(middle) { high = middle } else { low = middle }
    }
    self.init(samples, theta: PortableMath.exp(high))
  }

  private init(_ samples: [Sample], theta: Double) {
    self.samples = samples
    self.theta = theta
    let found = Self.moments(samples, theta)
    epsilon = found.mean
    deviation = max(found.variance, 1e-12 * found.mean * found.mean).squareRoot()
  }

  private static func moments(_ samples: [Sample], _ theta: Double) -> Moments {
    var sum = Moments()
    for sample in samples {
      let found = sample.tilted(theta)
      sum.moment += sample.count * found.moment
      sum.mean += sample.count * found.mean
      sum.variance += sample.count * found.variance
    }
    return sum
  }

  /// Log-moment, mean and variance of a tilted law, or of a sum of them.
  private struct Moments {
    var moment = 0.0
    var mean = 0.0
    var variance = 0.0
  }

  /// Losses and their weights under the first distribution, on a coarse net.
  private struct Sample {
    var count: Double
    var losses: [Double] = []
    var logWeights: [Double] = []

    init(_ law: LossLaw, _ count: Double, _ reversed: Bool, _ tail: Double) {
      self.count = count
      if let atoms = law.atomLaw?.atoms {
        addAtoms(atoms, reversed)
        return
      }
      if law.kind == .laplaceReplace {
        addOppositeLaplace(law, reversed)
        return
      }
      if law.kind == .laplace {
        let edge = 1 / law.scale
        add(law, 0, reversed, -0.6931471805599453)
        add(law, 1, reversed, -0.6931471805599453 - edge)
        for index in 0..<64 {
          let x = (Double(index) + 0.5) / 64
          add(law, x, reversed, PortableMath.log(edge / 128) - x * edge)
        }
        return
      }
      let range = law.range(tail: tail)
      let widths = (range.high - range.low) / law.scale
      let points = Int(min(4_000, max(240, 10 * widths * max(1, 0.3 / law.scale))))
      let step = (range.high - range.low) / Double(points)
      let constant = PortableMath.log(step / law.scale * 0.3989422804014327)
      for index in 0...points {
        let x = range.low + step * Double(index)
        let y = x / law.scale
        let base = constant - 0.5 * y * y
        if law.kind != .gaussianReplace {
          add(law, x, reversed, base)
        } else {
          let odds = Elementary.logAdd(
            PortableMath.log1p(-law.rate),
            PortableMath.log(law.rate) + (-x - 0.5) / (law.scale * law.scale))
          add(law, x, reversed, base + odds)
        }
      }
    }

    /// Thousands of atoms are taken in bundles, each at its heaviest loss.
    private mutating func addAtoms(_ atoms: [AtomLaw.Atom], _ reversed: Bool) {
      let bundle = max(1, atoms.count / 2_000)
      for start in stride(from: 0, to: atoms.count, by: bundle) {
        var best = AtomLaw.Atom(loss: 0, a: 0, b: 0)
        var sum = (a: 0.0, b: 0.0)
        for atom in atoms[start..<min(start + bundle, atoms.count)] where atom.loss.isFinite {
          if atom.a + atom.b >= best.a + best.b { best = atom }
          sum.a += atom.a
          sum.b += atom.b
        }
        let weight = reversed ? sum.b : sum.a
        if !(weight > 0) { continue }
        losses.append(reversed ? -best.loss : best.loss)
        logWeights.append(PortableMath.log(weight))
      }
    }

    /// Opposite moves of Laplace noise are symmetric: the cells give the weights under A.
    private mutating func addOppositeLaplace(_ law: LossLaw, _ reversed: Bool) {
      let points = 128
      var left = -Double.infinity
      for index in 0...(points + 1) {
        let right =
          index > points
          ? Double.infinity : law.loss(2 * Double(index) / Double(points) - 1)
        let mass = law.oppositeLaplaceMasses(from: left, to: right).a
        let loss =
          index > points
          ? law.loss(1) : index == 0 ? right : (max(left, law.loss(-1)) + right) / 2
        if mass > 0 {
          losses.append(loss)
          logWeights.append(PortableMath.log(mass))
        }
        left = right
      }
    }

    /// Adds a noise value with its log-weight under B; the first distribution is A unless reversed.
    private mutating func add(_ law: LossLaw, _ x: Double, _ reversed: Bool, _ logWeight: Double) {
      let loss = law.loss(x)
      losses.append(reversed ? -loss : loss)
      logWeights.append(reversed ? logWeight : logWeight + loss)
    }

    func tilted(_ theta: Double) -> Moments {
      var top = -Double.infinity
      for index in losses.indices { top = max(top, logWeights[index] + theta * losses[index]) }
      var sum = 0.0
      var mean = 0.0
      var square = 0.0
      for index in losses.indices {
        let weight = PortableMath.exp(logWeights[index] + theta * losses[index] - top)
        sum += weight
        mean += weight * losses[index]
        square += weight * losses[index] * losses[index]
      }
      mean /= sum
      return Moments(
        moment: top + PortableMath.log(sum), mean: mean,
        variance: max(0, square / sum - mean * mean))
    }
  }
}
