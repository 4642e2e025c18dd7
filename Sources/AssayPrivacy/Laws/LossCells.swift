import AssayStatistics

/// One release's loss, cut into half cells `(j·h/2, (j+1)·h/2] + shift` with their probabilities under
/// A and B.
struct LossCells {
  /// Width of a whole cell.
  let width: Double
  /// Where the grid stands: it passes through `shift`.
  var shift: Double
  /// Index j of the first half cell.
  var first: Int
  /// Probabilities of the half cells under the distribution whose loss is composed.
  var a: [Double]
  /// The same under the other distribution.
  var b: [Double]
  /// Probability under the first distribution of losses below and above the half cells.
  var belowA: Double
  var aboveA: Double
  var belowB: Double
  var aboveB: Double
  /// How far the probabilities are from adding up to 1: a measure of their rounding error.
  var error: Double

  /// Cuts a law; `nil` when more than `limit` half cells would be needed.
  /// - Parameter tail: Probability that may be left outside of the half cells on either side.
  init?(_ law: LossLaw, width: Double, tail: Double, limit: Int) {
    if let atoms = law.atomLaw?.atoms {
      guard let cells = LossCells(atoms: atoms, width: width, tail: tail, limit: limit) else {
        return nil
      }
      self = cells
      return
    }
    self.width = width
    let shift = Self.shift(law, width)
    self.shift = shift
    let half = width / 2
    let range = law.range(tail: tail)
    let lowest = law.loss(range.low) - shift
    let highest = law.loss(range.high) - shift
    if !(highest < 600 && lowest > -600) || (highest - lowest) / half > Double(limit) { return nil }
    first = Int((lowest / half).rounded(.up)) - 1
    let end = Int((highest / half).rounded(.up))
    a = []
    b = []
    a.reserveCapacity(end - first)
    b.reserveCapacity(end - first)
    (belowA, aboveA, belowB, aboveB) = (0, 0, 0, 0)
    if law.kind == .laplace || law.kind == .laplaceReplace {
      for j in first..<end {
        let low = Double(j) * half + shift
        let high = Double(j + 1) * half + shift
        let masses =
          law.kind == .laplace
          ? law.laplaceMasses(from: low, to: high)
          : law.oppositeLaplaceMasses(from: low, to: high)
        a.append(masses.a)
        b.append(masses.b)
      }
    } else {
      var left = law.position(Double(first) * half + shift)
      (belowA, belowB) = law.gaussianMasses(from: -.infinity, to: left)
      for j in first..<end {
        let right = law.position(Double(j + 1) * half + shift)
        let masses = right > left ? law.gaussianMasses(from: left, to: right) : (0, 0)
        a.append(masses.0)
        b.append(masses.1)
        left = max(left, right)
      }
      (aboveA, aboveB) = law.gaussianMasses(from: left, to: .infinity)
    }
    var sumA = CompensatedSum(belowA)
    var sumB = CompensatedSum(belowB)
    for index in a.indices {
      sumA.add(a[index])
      sumB.add(b[index])
    }
    error = abs(sumA.value + aboveA - 1) + abs(sumB.value + aboveB - 1) + 2e-15
  }

  /// Sorts a discrete loss into half cells. Its grid runs a hair below the heaviest atom, so that atoms on the grid
  /// lie safely inside the cell above; the difference is charged as any other rounding to the grid is.
  private init?(atoms: [AtomLaw.Atom], width: Double, tail: Double, limit: Int) {
    self.width = width
    var heaviest = atoms[0]
    for atom in atoms where atom.a + atom.b > heaviest.a + heaviest.b && atom.loss.isFinite {
      heaviest = atom
    }
    if !heaviest.loss.isFinite { return nil }
    let largest = atoms.reduce(0) { $1.loss.isFinite ? max($0, abs($1.loss)) : $0 }
    let anchor = heaviest.loss - max(width * 1e-11, largest * 1e-15)
    let shift = anchor - (anchor / width).rounded() * width
    self.shift = shift
    var low = atoms.startIndex
    var high = atoms.endIndex
    (belowA, belowB, aboveA, aboveB) = (0, 0, 0, 0)
    while low < high {
      let atom = atoms[low]
      if atom.loss.isFinite, max(belowA + atom.a, belowB + atom.b) > tail { break }
      belowA += atom.a
      belowB += atom.b
      low += 1
    }
    while high > low {
      let atom = atoms[high - 1]
      if atom.loss.isFinite, max(aboveA + atom.a, aboveB + atom.b) > tail { break }
      aboveA += atom.a
      aboveB += atom.b
      high -= 1
    }
    if low == high { return nil }
    // Losses far below 0 say that the first distribution is all but excluded: rounded up, they change nothing.
    if atoms[low].loss < -500 {
      while low < high - 1, atoms[low].loss < -100 {
        belowA += atoms[low].a
        belowB += atoms[low].b
        low += 1
      }
    }
    let half = width / 2
    let least = atoms[low].loss - shift
    let most = atoms[high - 1].loss - shift
    if !(most < 600 && least > -600) || (most - least) / half > Double(limit) { return nil }
    func cell(_ loss: Double) -> Int { Int((loss / half).rounded(.up)) - 1 }
    first = cell(least)
    a = [Double](repeating: 0, count: cell(most) - first + 1)
    b = a
    var sumA = CompensatedSum(belowA)
    var sumB = CompensatedSum(belowB)
    for atom in atoms[low..<high] {
      let index = cell(atom.loss - shift) - first
      a[index] += atom.a
      b[index] += atom.b
      sumA.add(atom.a)
      sumB.add(atom.b)
    }
    error = abs(sumA.value + aboveA - 1) + abs(sumB.value + aboveB - 1) + 2e-15
  }

  /// Puts the grid on the place where most of the loss may be concentrated: the lower atom of Laplace
  /// noise, or the mean loss around the noise value 0 (at small rates almost all losses are there).
  private static func shift(_ law: LossLaw, _ width: Double) -> Double {
    switch law.kind {
    case .gaussianReplace, .atoms: return 0
    case .laplace, .laplaceReplace:
      let edge = law.loss(law.range(tail: 0.1).low)
      return edge - (edge / width).rounded() * width
    case .gaussian, .gaussianGroup:
      var place = law.loss(0)
      for _ in 0..<2 {
        let masses = law.gaussianMasses(
          from: law.position(place - width / 2), to: law.position(place + width / 2))
        if masses.a > 0, masses.b > 0 {
          let mean = PortableMath.log(masses.a / masses.b)
          place = min(place + width / 2, max(place - width / 2, mean))
        }
      }
      return place - (place / width).rounded() * width
    }
  }

  /// The same release seen from the other side: A and B change roles, and the loss its sign.
  var reversed: LossCells {
    var copy = self
    copy.first = -(first + a.count)
    copy.shift = -shift
    copy.a = b.reversed()
    copy.b = a.reversed()
    (copy.belowA, copy.aboveA, copy.belowB, copy.aboveB) = (aboveB, belowB, aboveA, belowA)
    return copy
  }

  /// A pessimistic law on the grid `k·h + shift`: its δ(ε) is nowhere below the true one, nor is that of any
  /// composition ("connect the dots").
  ///
  /// Each cell is split between its two ends so that its probabilities under both distributions stay;
  /// losses above the cells count as infinite, losses below are rounded up.
  /// - Note: Source: Doroshenko, Ghazi, Kamath, Kumar, Manurangsi 2022, arXiv:2207.04380, section 3.
  func pessimistic() -> GridLaw {
    let lowest = first >> 1
    let highest = (first + a.count - 1) >> 1
    var masses = [Double](repeating: 0, count: highest - lowest + 2)
    let share = -1 / Elementary.expm1(-width)
    var index = 0
    for k in lowest...highest {
      var p = 0.0
      var q = 0.0
      while index < a.count, (first + index) >> 1 == k {
        p += a[index]
        q += b[index]
        index += 1
      }
      let up = min(p, max(0, (p - PortableMath.exp(Double(k) * width + shift) * q) * share))
      masses[k - lowest] += p - up
      masses[k - lowest + 1] += up
    }
    masses[0] += belowA
    return GridLaw(first: lowest, masses: masses, offset: shift, infinite: aboveA)
  }
}

/// Probabilities at the losses `(first + index)·h + offset`, and at +∞.
struct GridLaw {
  var first: Int
  var masses: [Double]
  var offset: Double
  var infinite: Double
}
