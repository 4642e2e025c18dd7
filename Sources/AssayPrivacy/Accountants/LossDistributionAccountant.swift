import AssayStatistics

// Goals in order: the upper bound is never too small, the lower never too large, both are close, speed.

/// The privacy-loss-distribution accountant: composes the laws of the privacy loss on a grid and
/// encloses ε between a pessimistic and an optimistic discretisation.
///
/// Error ledger, all charged against the result: probability beyond the cells (to an infinite loss, or
/// dropped), discretisation (split or merged so that each law bounds δ(ε) for every composition),
/// wrap-around of the circular grid (Chernoff), rounding of cells, transform and powers.
/// - Note: Source: Koskela, Jälkö, Honkela 2020, arXiv:1906.03049; Doroshenko et al. 2022,
///   arXiv:2207.04380; dominating pairs: Zhu, Dong, Wang 2022, arXiv:2106.08567.
struct LossDistributionAccountant {
  /// The most groups of equal releases; each costs one transform.
  static let groupLimit = 48

  private let laws: [(law: LossLaw, count: Double)]
  private let releases: [Release]

  /// `nil` where some release has no worked-out loss law, or there are too many kinds.
  init?(_ releases: [Release]) {
    if releases.isEmpty || releases.count > Self.groupLimit { return nil }
    var laws: [(law: LossLaw, count: Double)] = []
    for release in releases {
      guard release.count <= 2_000_000_000, let law = LossLaw(release) else { return nil }
      laws.append((law, Double(release.count)))
    }
    self.laws = laws
    self.releases = releases
  }

  /// A bracket of ε at δ; `nil` when the computation does not fit its limits.
  /// - Parameter tolerance: The wished-for width relative to `max(ε, 0.1)`.
  func bracket(atDelta delta: Double, tolerance: Double) -> (lower: Double, upper: Double)? {
    if delta < 1e-200 { return nil }
    guard let forward = side(reversed: false, delta, tolerance) else { return nil }
    if laws.allSatisfy({ $0.law.isSymmetric }) { return forward }
    // The opposite direction is usually smaller by more than what a cheap bound gives away.
    let ceiling = RenyiAccountant(releases: releases, reversed: true).epsilon(atDelta: delta)
      .epsilon
    if ceiling <= forward.lower { return forward }
    let backward = side(reversed: true, delta, tolerance) ?? (0, ceiling)
    return (
      max(forward.lower, backward.lower), max(forward.upper, min(backward.upper, ceiling))
    )
  }

  private func side(
    reversed: Bool, _ delta: Double, _ tolerance: Double
  ) -> (lower: Double, upper: Double)? {
    let steps = laws.reduce(0) { $0 + $1.count }
    let tail = delta * 1e-6 / steps
    var tilt = LossTilt(laws, reversed: reversed, delta: delta, tail: tail)
    var best: (lower: Double, upper: Double)?
    var narrowing = 1.0
    var isNarrowed = false
    var last = (width: 0.0, goal: 0.0)
    for _ in 0..<4 {
      if !tilt.epsilon.isFinite || !(tilt.deviation > 0 && tilt.deviation.isFinite) { break }
      let goal = tolerance * max(min(tilt.epsilon, best?.upper ?? .infinity), 0.1)
      // Splitting a cell adds h²/6 of variance to each loss, hence (θ + 1)·T·h²/12 to ε.
      var width = (6 * goal / ((1 + tilt.theta) * steps)).squareRoot() * narrowing
      width = min(width, tilt.deviation / 8, 0.25 / tilt.theta)
      // The widest window that is ever used; a finer grid would not fit.
      width = max(width, 20 * tilt.deviation / Double(Self.longest))
      last = (width, goal)
      guard let found = bracket(tilt, reversed, delta, steps, tail, width) else {
        if best != nil { break }
        narrowing *= 2
        continue
      }
      let before = best.map { $0.upper - $0.lower } ?? .infinity
      best = (max(found.lower, best?.lower ?? 0), min(found.upper, best?.upper ?? .infinity))
      let gap = (best?.upper ?? 0) - (best?.lower ?? 0)
      if gap <= 4 * goal || (isNarrowed && gap > before * 0.8) { break }
      isNarrowed = found.upper >= 0.98 * tilt.epsilon || found.upper == 0
      if isNarrowed { narrowing *= 0.4 } else { tilt = tilt.centred(at: found.upper) }
    }
    // Rare large losses may need a window that the longest transform spans only with wider cells.
    for factor in [3.0, 9.0] {
      guard let found = best, found.upper - found.lower > 30 * last.goal,
        let coarse = bracket(tilt, reversed, delta, steps, tail, last.width * factor)
      else { break }
      best = (max(found.lower, coarse.lower), min(found.upper, coarse.upper))
    }
    return best
  }

  private static let longest = 1 << 19
  private static let cellLimit = 1 << 20

  /// One pass at one grid width.
  private func bracket(
    _ tilt: LossTilt, _ reversed: Bool, _ delta: Double, _ steps: Double,
    _ tail: Double, _ width: Double
  ) -> (lower: Double, upper: Double)? {
    var parts: [LossComposition.Part] = []
    var infinite = 0.0
    var offset = (pessimistic: 0.0, optimistic: 0.0)
    var relative = 1e-9 + steps * 4e-15
    var moments = (pessimistic: 0.0, optimistic: 0.0)
    for (law, release) in zip(laws, releases) {
      guard
        let cells = LossCells(
          law.law, width: width, tail: tail, limit: Self.cellLimit / min(8, laws.count))
      else { return nil }
      let view = reversed ? cells.reversed : cells
      let high = view.pessimistic()
      let low = view.optimistic()
      guard let highTilted = TiltedLaw(high, theta: tilt.theta, width: width),
        let lowTilted = TiltedLaw(low, theta: tilt.theta, width: width)
      else { return nil }
      parts.append(
        .init(pessimistic: highTilted, optimistic: lowTilted, count: release.count))
      infinite += law.count * high.infinite
      offset.pessimistic += law.count * high.offset
      offset.optimistic += law.count * low.offset
      relative += law.count * cells.error
      moments.pessimistic += law.count * highTilted.logMoment
      moments.optimistic += law.count * lowTilted.logMoment
    }
    if relative > 0.01 { return nil }
    guard
      let sum = LossComposition(
        parts, span: 18 * tilt.deviation / width, deviation: tilt.deviation / width,
        longest: Self.longest)
    else { return nil }
    let scan = LossScan(theta: tilt.theta, width: width, sum: sum, steps: steps, relative: relative)
    let upper = scan.upper(
      sum.pessimistic, logMoment: moments.pessimistic, offset: offset.pessimistic,
      delta: delta - infinite)
    let lower = scan.lower(
      sum.optimistic, logMoment: moments.optimistic, offset: offset.optimistic,
      delta: delta)
    return (lower, upper)
  }
}

/// Reads ε(δ) off a composed grid law.
///
/// `δ(ε) = M·Σ r_k·e^{−θ·kh}·(1 − e^{ε − kh})₊`. Walking down from the highest sum, the tail sums
/// `a = Σ r_j e^{−θ(j−k)h}`, `b` with θ + 1, and `d = a − b` follow from the ones before; all
/// are sums of positive terms, so nothing cancels.
struct LossScan {
  let theta: Double
  let width: Double
  let sum: LossComposition
  let steps: Double
  let relative: Double

  /// A bound on what rounding can do to a tail sum: transform and powers are off by a few ulp of the
  /// root-mean-square, times the number of releases.
  private func rounding(_ weights: [Double]) -> Double {
    var square = 0.0
    for weight in weights { square += weight * weight }
    let levels = Double(Int.bitWidth - sum.length.leadingZeroBitCount)
    let reach = (1 + 1 / (2 * theta * width)).squareRoot()
    return 2.3e-16 * (16 * levels + 8 * steps) * square.squareRoot() * reach
  }

  /// The certified upper end. Sums above the window may have been lost: at most their probability,
  /// with the weight of the window's upper end. What came in from below only adds.
  func upper(_ weights: [Double], logMoment: Double, offset: Double, delta: Double) -> Double {
    if delta <= 0 { return .infinity }
    return walk(
      weights, PortableMath.log(delta) - logMoment, offset: offset, isUpper: true,
      slack: rounding(weights))
  }

  /// The certified lower end, 0 where nothing better is known. Whatever left the window may have come
  /// in again at the place where it counts most.
  func lower(_ weights: [Double], logMoment: Double, offset: Double, delta: Double) -> Double {
    walk(
      weights, PortableMath.log(delta) - logMoment, offset: offset, isUpper: false,
      slack: -(rounding(weights) + sum.lostAbove + sum.lostBelow))
  }

  /// The ε at which `log δ − log M` reaches `target`. The offset shifts every sum; its part of the
  /// moment, θ·offset, cancels against the shift of the grid.
  private func walk(
    _ weights: [Double], _ target: Double, offset: Double, isUpper: Bool, slack rounding: Double
  ) -> Double {
    let growth = isUpper ? 1 + relative : 1 - relative
    let mask = sum.length - 1
    let decayA = PortableMath.exp(-theta * width)
    let decayB = PortableMath.exp(-(theta + 1) * width)
    let rise = -Elementary.expm1(-width)
    var a = 0.0
    var b = 0.0
    var d = 0.0
    var lost = isUpper ? sum.lostAbove : 0
    var index = sum.start + sum.length - 1
    while index >= sum.start {
      let loss = Double(index) * width
      let next = decayA * (d + rise * b)
      let slack = rounding + lost
      let tail = next * growth + slack
      if tail > 0, PortableMath.log(tail) - theta * loss > target {
        // ε lies between here and the sum above, where δ(ε) = M·e^{−θ·above}·(a − e^{ε−above}·b).
        let above = loss + width
        let goal = PortableMath.exp(target + theta * above)
        let spread = isUpper ? slack / decayA : slack
        let rest = a * growth + spread - goal
        var shift = b > 0 && rest > 0 ? PortableMath.log(rest / b) : (isUpper ? 0 : -width)
        shift = min(0, max(-width, shift)) + (isUpper ? 1e-12 : -1e-12)
        return max(0, above + shift + offset)
      }
      if loss + offset < 0 { return 0 }
      let weight = max(0, weights[(index - sum.origin) & mask])
      d = next
      lost *= decayA
      a = weight + decayA * a
      b = weight + decayB * b
      index -= 1
    }
    return isUpper ? max(0, Double(sum.start) * width + offset) : 0
  }
}
