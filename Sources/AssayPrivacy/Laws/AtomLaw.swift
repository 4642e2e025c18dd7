import AssayStatistics

/// A privacy loss of countably many values: what discrete noise, randomised response and opaque releases
/// reveal. Exact but for rounding and for values whose probability is below what a double holds.
struct AtomLaw: Hashable {
  struct Atom: Hashable {
    /// `log(a/b)`; +∞ where b is 0, −∞ where a is 0.
    var loss: Double
    /// Probability under the first and the second distribution.
    var a: Double
    var b: Double
  }

  /// In increasing order of loss, each loss once.
  private(set) var atoms: [Atom]
  /// Where all losses stand on one lattice: its spacing, else 0.
  let spacing: Double

  /// The widest noise whose values are listed; beyond it other accountants bound the loss.
  static let widest = 2_000.0

  /// `nil` for continuous noise, fixed-size samples, and noise too wide or too far from its move to list.
  init?(_ release: Release) {
    let whole: (atoms: [Atom], spacing: Double)?
    switch release.noise {
    case .gaussian, .laplace: return nil
    case .answers: whole = Self.answers(release)
    case .opaque: whole = Self.opaque(release)
    case .discreteGaussian, .discreteLaplace, .skellam:
      guard let noise = LatticeNoise(release) else { return nil }
      if release.pair == .poissonReplace {
        atoms = Self.merged(noise.opposed(rate: release.rate))
        spacing = 0
        return
      }
      whole = (noise.moved(), noise.spacing)
    }
    guard let whole, release.pair == .whole || release.pair == .poisson else { return nil }
    if release.pair == .whole {
      atoms = Self.merged(whole.atoms)
      spacing = whole.spacing
    } else {
      atoms = Self.merged(whole.atoms.map { Self.sampled($0, release.rate) })
      spacing = 0
    }
  }

  /// `(1−q)·B + q·A` against B.
  private static func sampled(_ atom: Atom, _ rate: Double) -> Atom {
    if atom.b == 0 { return Atom(loss: .infinity, a: rate * atom.a, b: 0) }
    let growth = atom.loss == -.infinity ? -1 : Elementary.expm1(atom.loss)
    let loss =
      atom.loss > 700
      ? atom.loss + PortableMath.log(rate) : PortableMath.log1p(rate * growth)
    return Atom(loss: loss, a: (1 - rate) * atom.b + rate * atom.a, b: atom.b)
  }

  /// Joins atoms of the same loss; they come in increasing order but for rounding.
  private static func merged(_ atoms: [Atom]) -> [Atom] {
    var result: [Atom] = []
    for atom in atoms.sorted(by: { $0.loss < $1.loss }) where atom.a > 0 || atom.b > 0 {
      if let last = result.last,
        atom.loss == last.loss
          || (last.loss.isFinite && atom.loss - last.loss <= 1e-15 * max(1, abs(last.loss)))
      {
        result[result.count - 1].a += atom.a
        result[result.count - 1].b += atom.b
      } else {
        result.append(atom)
      }
    }
    return result
  }

  /// Answer i told by i and by j: two answers differ, the others say nothing.
  private static func answers(_ release: Release) -> (atoms: [Atom], spacing: Double) {
    let other = release.scale / Double(release.move)
    let own = 1 - release.scale + other
    let loss = PortableMath.log1p((1 - release.scale) / other)
    let atoms = [
      Atom(loss: -loss, a: other, b: own), Atom(loss: loss, a: own, b: other),
      Atom(loss: 0, a: Double(release.move - 2) * other, b: Double(release.move - 2) * other),
    ]
    return (atoms, loss)
  }

  /// The worst mechanism that keeps (ε, δ): with δ it tells all, else it answers at odds e^ε.
  /// - Note: Source: Kairouz, Oh, Viswanath 2015, arXiv:1311.0776, Theorem 3.4 and Section 3.
  private static func opaque(_ release: Release) -> (atoms: [Atom], spacing: Double) {
    let epsilon = release.scale
    let delta = release.lostDelta
    let less = (1 - delta) / (1 + PortableMath.exp(epsilon))
    let more = (1 - delta) / (1 + PortableMath.exp(-epsilon))
    let atoms = [
      Atom(loss: -.infinity, a: 0, b: delta), Atom(loss: -epsilon, a: less, b: more),
      Atom(loss: epsilon, a: more, b: less), Atom(loss: .infinity, a: delta, b: 0),
    ]
    return (atoms, 2 * epsilon)
  }
}

/// Symmetric log-concave noise on the whole numbers and a record that moves it.
struct LatticeNoise {
  private let kind: Release.Noise
  private let scale: Double
  private let move: Int
  /// `log P(x)` for x = 0, 1, …
  private let logs: [Double]

  /// `nil` where too many values would have to be listed.
  init?(_ release: Release) {
    kind = release.noise
    scale = release.scale
    move = release.move
    if scale > AtomLaw.widest || release.move > 200_000 { return nil }
    switch kind {
    case .discreteGaussian: logs = Self.discreteGaussian(scale, release.move)
    case .discreteLaplace: logs = Self.discreteLaplace(scale, release.move)
    case .skellam: logs = Self.skellam(scale * scale, release.move)
    default: return nil
    }
  }

  /// Losses of a move stand this far apart; 0 where they are on no lattice.
  var spacing: Double {
    switch kind {
    case .discreteGaussian: Double(move) / (scale * scale)
    case .discreteLaplace: 2 / scale
    default: 0
    }
  }

  private func log(_ x: Int) -> Double {
    let index = abs(x)
    return index < logs.count ? logs[index] : -.infinity
  }

  /// `log P(x − by)/P(x)`, in closed form where there is one.
  private func loss(_ x: Int, _ by: Int) -> Double {
    switch kind {
    case .discreteGaussian:
      return Double(by) * (2 * Double(x) - Double(by)) / (2 * scale * scale)
    case .discreteLaplace: return Double(abs(x) - abs(x - by)) / scale
    default: return log(x - by) - log(x)
    }
  }

  /// Moved noise against noise at rest.
  func moved() -> [AtomLaw.Atom] {
    var atoms: [AtomLaw.Atom] = []
    for x in (1 - logs.count)..<(logs.count + move) {
      let a = log(x - move)
      let b = log(x)
      if a == -.infinity, b == -.infinity { continue }
      var loss = self.loss(x, move)
      // Skellam's list ends where both are far below what is counted; which end it is stays known.
      if !loss.isFinite { loss = a > b ? .infinity : -.infinity }
      atoms.append(AtomLaw.Atom(loss: loss, a: PortableMath.exp(a), b: PortableMath.exp(b)))
    }
    return atoms
  }

  /// Noise moved with probability `rate` one way against the same the other way.
  func opposed(rate: Double) -> [AtomLaw.Atom] {
    let stay = PortableMath.log1p(-rate)
    let go = PortableMath.log(rate)
    var atoms: [AtomLaw.Atom] = []
    for x in (1 - logs.count - move)..<(logs.count + move) {
      let rest = log(x)
      func side(_ by: Int) -> (log: Double, ratio: Double) {
        let moved = log(x - by)
        let base = self.loss(x, by)
        let ratio =
          !base.isFinite || rest == -.infinity
          ? .infinity : Elementary.logAdd(stay, go + base)
        return (Elementary.logAdd(stay + rest, go + moved), ratio)
      }
      let up = side(move)
      let down = side(-move)
      if up.log == -.infinity, down.log == -.infinity { continue }
      var loss = up.ratio - down.ratio
      if !loss.isFinite { loss = up.log - down.log }
      if loss.isNaN { loss = x > 0 ? .infinity : -.infinity }
      atoms.append(
        AtomLaw.Atom(loss: loss, a: PortableMath.exp(up.log), b: PortableMath.exp(down.log)))
    }
    return atoms
  }

  /// Proportional to `exp(−x²/2σ²)`, listed until it is 0 as a double.
  private static func discreteGaussian(_ sigma: Double, _ move: Int) -> [Double] {
    let variance = sigma * sigma
    let reach = Int((sigma * 39).rounded(.up)) + 2
    var sum = CompensatedSum()
    for x in stride(from: reach, through: 1, by: -1) {
      sum.add(2 * PortableMath.exp(-Double(x) * Double(x) / (2 * variance)))
    }
    sum.add(1)
    let constant = PortableMath.log(sum.value)
    return (0...reach).map { -Double($0) * Double($0) / (2 * variance) - constant }
  }

  private static func discreteLaplace(_ scale: Double, _ move: Int) -> [Double] {
    let ratio = -1 / scale
    let constant =
      PortableMath.log(-Elementary.expm1(ratio)) - PortableMath.log1p(PortableMath.exp(ratio))
    let reach = Int((scale * 745).rounded(.up)) + 2
    return (0...reach).map { constant + Double($0) * ratio }
  }

  /// `e^{−v}·I_x(v)` by Miller's backward recurrence on the ratios of neighbours.
  /// - Note: Source: Abramowitz, Stegun 1964, 9.6.26, 9.6.34 and 9.12.
  private static func skellam(_ variance: Double, _ move: Int) -> [Double] {
    // Beyond this the probability is below e^{−745}: Chernoff's bound for the difference of Poissons.
    var reach = 8
    func exponent(_ x: Double) -> Double {
      let root = (x * x + variance * variance).squareRoot()
      return root - variance - x * Elementary.asinh(x / variance)
    }
    while exponent(Double(reach)) > -745, reach < 400_000 { reach += reach / 4 }
    let start = reach + 64 + Int(variance.squareRoot())
    var ratios = [Double](repeating: 0, count: start + 1)
    var ratio = 0.0
    for order in stride(from: start, through: 1, by: -1) {
      ratio = 1 / (2 * Double(order) / variance + ratio)
      ratios[order] = ratio
    }
    var logs = [0.0]
    for order in 1...reach { logs.append(logs[order - 1] + PortableMath.log(ratios[order])) }
    var sum = CompensatedSum()
    for order in stride(from: reach, through: 1, by: -1) {
      sum.add(2 * PortableMath.exp(logs[order]))
    }
    sum.add(1)
    let constant = PortableMath.log(sum.value)
    return logs.map { $0 - constant }
  }
}
