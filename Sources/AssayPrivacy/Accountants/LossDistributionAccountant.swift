import AssayRuns
import AssayStatistics

// Goals in order: the upper bound is never too small, the lower never too large, both are close, speed.

/// The privacy-loss-distribution accountant: composes the laws of the privacy loss on a grid and
/// encloses ε between a pessimistic and an optimistic discretisation.
///
/// Errors, all charged against the result: probability beyond the cells (to an infinite loss, or
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
  func bracket(atDelta delta: Double, tolerance: Double) -> LossBracket? {
    if delta < 1e-200 { return nil }
    guard let forward = side(reversed: false, delta, tolerance) else { return nil }
    if laws.allSatisfy(\.law.isSymmetric) { return forward }
    // The opposite direction is usually smaller by more than what a cheap bound gives away.
    let ceiling = RenyiAccountant(releases: releases, reversed: true).epsilon(atDelta: delta)
      .epsilon
    if ceiling <= forward.lower { return forward }
    let backward =
      side(reversed: true, delta, tolerance) ?? LossBracket(lower: 0, upper: ceiling)
    var result = forward.upper >= min(backward.upper, ceiling) ? forward : backward
    result.lower = max(forward.lower, backward.lower)
    result.upper = max(forward.upper, min(backward.upper, ceiling))
    return result
  }

  /// One direction. Where rare large losses drown in rounding, more of them are charged to δ outright.
  private func side(
    reversed: Bool, _ delta: Double, _ tolerance: Double
  ) -> LossBracket? {
    let fine = side(reversed: reversed, delta, tolerance, cut: 1e-6)
    guard let fine, let rounding = fine.errors.first(where: { $0.kind == .rounding }),
      rounding.value > 1e-2 * delta,
      let coarse = side(reversed: reversed, delta, tolerance, cut: 3e-3)
    else { return fine }
    return coarse.joined(with: fine)
  }

  /// - Parameter cut: The share of δ that losses beyond the cells may take.
  private func side(
    reversed: Bool, _ delta: Double, _ tolerance: Double, cut: Double
  ) -> LossBracket? {
    let steps = laws.reduce(0) { $0 + $1.count }
    let tail = delta * cut / steps
    var tilt = LossTilt(laws, reversed: reversed, delta: delta, tail: tail)
    var best: LossBracket?
    var narrowing = 1.0
    var isNarrowed = false
    var last = (width: 0.0, goal: 0.0)
    var passes = 0
    var failures = 0
    // Each pass transforms every kind of release.
    let passLimit = laws.count > 8 ? 2 : 4
    while passes < passLimit {
      if !tilt.epsilon.isFinite || !(tilt.deviation > 0 && tilt.deviation.isFinite) { break }
      let goal = tolerance * max(best?.upper ?? tilt.epsilon, 0.1)
      let width = width(tilt, goal, steps, narrowing)
      last = (width, goal)
      guard let found = bracket(tilt, reversed, delta, steps, tail, width) else {
        failures += 1
        if best != nil || failures > 8 { break }
        narrowing *= failures > 2 ? 4 : 2
        continue
      }
      passes += 1
      let before = best.map { $0.upper - $0.lower } ?? .infinity
      best = found.joined(with: best)
      let gap = (best?.upper ?? 0) - (best?.lower ?? 0)
      if gap <= 4 * goal || (isNarrowed && gap > before * 0.8) { break }
      isNarrowed = found.upper >= 0.98 * tilt.epsilon || found.upper == 0
      if tilt.isHeavy(delta), found.upper > 0, found.upper.isFinite {
        tilt = tilt.lighter(at: found.upper, delta: delta)
        isNarrowed = false
      } else if isNarrowed {
        narrowing *= 0.4
      } else {
        tilt = tilt.centred(at: found.upper)
      }
    }
    // Rare large losses may need a window that the longest transform spans only with wider cells.
    for factor in [3.0, 9.0] {
      guard let found = best, laws.count <= 8, found.upper - found.lower > 30 * last.goal,
        let coarse = bracket(tilt, reversed, delta, steps, tail, last.width * factor)
      else { break }
      best = coarse.joined(with: found)
    }
    return best
  }

  /// The widest lattice on which some loss stands; 0 where there is none.
  private var spacing: Double { laws.reduce(0) { max($0, $1.law.spacing) } }

  /// The lattice on which all losses stand, if there is one.
  private var lattice: Double? {
    spacing > 0 && laws.allSatisfy { $0.law.spacing == spacing } ? spacing : nil
  }

  private static let longest = 1 << 19
  private static let cellLimit = 1 << 20

  /// One pass at one grid width.
  private func bracket(
    _ tilt: LossTilt, _ reversed: Bool, _ delta: Double, _ steps: Double,
    _ tail: Double, _ width: Double
  ) -> LossBracket? {
    guard let pass = pass(tilt, reversed, steps, tail, width) else { return nil }
    return pass.bracket(delta)
  }

  /// δ(ε) in both directions at each of `epsilons` (decreasing), as lower and upper bounds of the larger one;
  /// `nil` when the computation does not fit its limits. Sharpest around the ε of `delta`.
  func deltas(
    at epsilons: [Double], around delta: Double, tolerance: Double
  ) -> [(lower: Double, upper: Double)]? {
    let steps = laws.reduce(0) { $0 + $1.count }
    let tail = delta * 1e-9 / steps
    var result = epsilons.map { _ in (lower: 0.0, upper: 0.0) }
    for reversed in laws.allSatisfy(\.law.isSymmetric) ? [false] : [false, true] {
      let tilt = LossTilt(laws, reversed: reversed, delta: delta, tail: tail)
      if !tilt.epsilon.isFinite || !(tilt.deviation > 0 && tilt.deviation.isFinite) { return nil }
      let goal = tolerance * max(tilt.epsilon, 0.1)
      var factor = 1.0
      var found: LossPass?
      while found == nil, factor < 100 {
        found = pass(tilt, reversed, steps, tail, width(tilt, goal, steps, factor))
        factor *= 3
      }
      guard let found else { return nil }
      for (index, one) in found.deltas(at: epsilons).enumerated() {
        result[index].lower = max(result[index].lower, one.lower)
        result[index].upper = max(result[index].upper, one.upper)
      }
    }
    return result
  }

  /// The cells that a goal for the width of the bracket asks for, within what a transform can hold.
  private func width(
    _ tilt: LossTilt, _ goal: Double, _ steps: Double, _ factor: Double
  ) -> Double {
    // Splitting a cell adds h²/6 of variance to each loss, hence (θ + 1)·T·h²/12 to ε.
    var width = (6 * goal / ((1 + tilt.theta) * steps)).squareRoot() * min(1, factor)
    width = min(width, tilt.deviation / 8, 0.25 / tilt.theta) * max(1, factor)
    // The widest window that is ever used; a finer grid would not fit.
    width = max(width, 20 * tilt.deviation / Double(Self.longest))
    // Rounding every loss to the grid costs at most its step each time: finer is never needed.
    width = max(width, goal / (2 * steps))
    // Losses on a lattice: cells of its size leave nothing to split.
    if let lattice { return lattice }
    return spacing > width / 4 ? spacing / max(1, (spacing / width).rounded(.up)) : width
  }

  /// All releases composed once at one grid width.
  private func pass(
    _ tilt: LossTilt, _ reversed: Bool, _ steps: Double, _ tail: Double, _ width: Double
  ) -> LossPass? {
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
    return LossPass(
      scan: LossScan(theta: tilt.theta, width: width, sum: sum, steps: steps, relative: relative),
      moments: moments, offset: offset, infinite: infinite)
  }
}

/// A composed pass: both laws, ready to be read off.
private struct LossPass {
  var scan: LossScan
  var moments: (pessimistic: Double, optimistic: Double)
  var offset: (pessimistic: Double, optimistic: Double)
  /// Probability of an infinite loss, charged to δ.
  var infinite: Double

  func bracket(_ delta: Double) -> LossBracket {
    let upper = scan.upper(
      scan.sum.pessimistic, logMoment: moments.pessimistic, offset: offset.pessimistic,
      delta: delta - infinite)
    let lower = scan.lower(
      scan.sum.optimistic, logMoment: moments.optimistic, offset: offset.optimistic, delta: delta)
    return LossBracket(
      lower: lower, upper: upper,
      errors: scan.errors(
        at: upper - offset.pessimistic, logMoment: moments.pessimistic, tails: infinite,
        delta: delta))
  }

  func deltas(at epsilons: [Double]) -> [(lower: Double, upper: Double)] {
    let upper = scan.deltas(
      scan.sum.pessimistic, logMoment: moments.pessimistic, offset: offset.pessimistic,
      at: epsilons, infinite: infinite, isUpper: true)
    let lower = scan.deltas(
      scan.sum.optimistic, logMoment: moments.optimistic, offset: offset.optimistic,
      at: epsilons, infinite: infinite, isUpper: false)
    return zip(lower, upper).map { ($0, max($0, $1)) }
  }
}

/// Both ends of ε, and what is charged against the upper one.
struct LossBracket {
  var lower: Double
  var upper: Double
  var errors: [ErrorTerm] = []

  /// The tighter end of each.
  func joined(with other: LossBracket?) -> LossBracket {
    guard let other else { return self }
    var result = upper <= other.upper ? self : other
    result.lower = max(lower, other.lower)
    return result
  }
}
