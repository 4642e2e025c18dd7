import AssayStatistics

extension LossCells {
  /// An optimistic law on the grid `k·h + shift`: its δ(ε) is nowhere above the true one, nor is that
  /// of any composition.
  ///
  /// As a function of `y = e^ε`, δ is convex, and a law on the grid is one whose δ is piecewise linear
  /// with kinks at `y_k = e^{kh + shift}`. Where the pessimistic law takes chords, this one takes lines
  /// beneath tangents: the tangent at the middle of each segment; at each grid point the lower of the
  /// two tangents that meet there; between grid points straight lines, each below its tangent.
  /// Where the result is not convex its lower hull is taken. Both steps only lower δ.
  ///
  /// In probabilities: cells centred on grid points, `p_k` and `g_k = y_k·q_k`. At `y_k` the right
  /// tangent exceeds the left one by `g_k − p_k`, so the line right of the grid point starts
  /// `c⁺ = max(0, g_k − p_k)` below its tangent and the one left of it ends
  /// `c⁻ = max(0, p_k − g_k)` below; the change of slope at a kink is its new probability.
  func optimistic() -> GridLaw {
    let lowest = (first + 1) >> 1
    let highest = (first + a.count) >> 1
    // One grid point more: δ may reach 0 only above the largest loss.
    let count = highest - lowest + 2
    var p = [Double](repeating: 0, count: count)
    var g = [Double](repeating: 0, count: count)
    for index in a.indices {
      p[((first + index + 1) >> 1) - lowest] += a[index]
      g[((first + index + 1) >> 1) - lowest] += b[index]
    }
    for k in 0..<count { g[k] *= PortableMath.exp(Double(lowest + k) * width + shift) }
    // δ is let fall to 0 at `top`, a grid point at which the tangent before it is not below 0 yet.
    var top = count - 2
    while top >= 2 {
      let tail = scaledTail(p, g, from: top)
      if tail.p >= tail.q * PortableMath.exp(width) { break }
      top -= 1
    }
    if top < 2 { return roundedDown() }

    func below(_ k: Int) -> Double { max(0, g[k] - p[k]) }
    func above(_ k: Int) -> Double { max(0, p[k] - g[k]) }
    let rise = 1 / Elementary.expm1(width)
    let fall = -1 / Elementary.expm1(-width)
    var masses = [Double](repeating: 0, count: count)
    for k in 0..<top {
      masses[k] = g[k] + (below(k) - above(k + 1)) * rise
      if k > 0 { masses[k] -= (below(k - 1) - above(k)) * fall }
    }
    // The segment before `top` starts at its tangent's value less c⁺, as the others do, but goes down
    // to 0; what lies above is dropped.
    let tail = scaledTail(p, g, from: top)
    let end = tail.p - tail.q - below(top - 1)
    masses[top] = end * fall
    masses[top - 1] += tail.q - end * rise - (below(top - 1) - above(top)) * rise
    if !(end > 0) || !hull(&masses, top) { return roundedDown() }
    return GridLaw(first: lowest, masses: masses, offset: shift - 1e-14, infinite: 0)
  }

  /// `Σ_{k ≥ from} p_k`, and `Σ_{k ≥ from} q_k` scaled by y of the grid point before `from`.
  private func scaledTail(_ p: [Double], _ g: [Double], from: Int) -> (p: Double, q: Double) {
    var sum = (p: 0.0, q: 0.0)
    for k in from..<g.count {
      sum.p += p[k]
      sum.q += g[k] * PortableMath.exp(-Double(k - from + 1) * width)
    }
    return sum
  }

  /// Makes the broken line convex: a kink that bends the wrong way is dropped, and its bend shared by
  /// the kinks on either side, as the chord between them demands.
  /// - Returns: Whether all is well; the end kink has no right neighbour and must not bend wrongly.
  private func hull(_ masses: inout [Double], _ top: Int) -> Bool {
    var kept: [Int] = []
    for k in 0...top {
      kept.append(k)
      while let bent = kept.last, masses[bent] < 0 {
        if k == top { return false }
        let next = k + 1
        let amount = masses[bent]
        masses[bent] = 0
        kept.removeLast()
        let right = Elementary.expm1(Double(next - bent) * width)
        if let previous = kept.last {
          let left = -Elementary.expm1(-Double(bent - previous) * width)
          masses[previous] +=
            PortableMath.exp(-Double(bent - previous) * width) * right / (left + right) * amount
          masses[next] += (right + 1) * left / (left + right) * amount
        } else {
          // Left of the first kink the line runs to y = 0.
          masses[next] += amount
        }
      }
    }
    return true
  }

  /// The plain optimistic law: every loss rounded down to the grid.
  private func roundedDown() -> GridLaw {
    let lowest = first >> 1
    let highest = (first + a.count - 1) >> 1
    var masses = [Double](repeating: 0, count: highest - lowest + 1)
    for index in a.indices { masses[((first + index) >> 1) - lowest] += a[index] }
    masses[masses.count - 1] += aboveA
    return GridLaw(first: lowest, masses: masses, offset: shift - 1e-14, infinite: 0)
  }
}
