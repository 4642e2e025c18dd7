import AssayStatistics

/// The Rényi-DP accountant with a continuous order.
///
/// Adds up the log-moments of all releases at one order α and converts:
/// `ε(δ) = min over α > 1 of  ρ(α) + log(1 − 1/α) − log(δ·α)/(α − 1)`. With `K = (α−1)ρ` convex the
/// numerator over `α − 1` is convex too, so ε is quasi-convex in α: one valley, found by golden
/// section on log(α − 1). Any order gives a bound, so an inexact minimum is never too small.
/// - Note: Source: Canonne, Kamath, Steinke 2020, arXiv:2004.00010v4, Proposition 12.
struct RenyiAccountant {
  let releases: [Release]
  /// Whether only the smaller direction, `D(Q‖P)`, is bounded; the guarantee needs the larger one.
  var reversed = false

  /// The bound at one order.
  func epsilon(order: Double, delta: Double) -> Double {
    let excess = order - 1
    var total = 0.0
    for release in releases {
      total += Double(release.count) * moment(of: release, order: order)
      if !total.isFinite { return .infinity }
    }
    let conversion = PortableMath.log(delta) + PortableMath.log(order)
    return total / excess + (PortableMath.log(excess) - PortableMath.log(order))
      - conversion / excess
  }

  /// The least bound over all orders, with a relative slack of 1e-12 for rounding, floored at 0. Opaque
  /// releases first take their own δ away; without any left ε is infinite.
  func epsilon(atDelta whole: Double) -> (epsilon: Double, order: Double) {
    if releases.isEmpty { return (0, .infinity) }
    let delta = whole - releases.lostDelta
    if !(delta > 0) { return (.infinity, .infinity) }
    let (position, value) = minimum(from: -27, to: 25, tolerance: 1e-4) {
      epsilon(order: 1 + PortableMath.exp($0), delta: delta)
    }
    return (max(0, value + abs(value) * 1e-12), 1 + PortableMath.exp(position))
  }

  /// The least δ at a budget over all orders, the same conversion solved for δ; in `0...1`.
  func delta(atEpsilon epsilon: Double) -> Double {
    if releases.isEmpty { return 0 }
    let (_, value) = minimum(from: -27, to: 25, tolerance: 1e-3) { position in
      let excess = PortableMath.exp(position)
      let order = 1 + excess
      var total = 0.0
      for release in releases {
        total += Double(release.count) * moment(of: release, order: order)
        if !total.isFinite { return .infinity }
      }
      return total - excess * epsilon + excess
        * (PortableMath.log(excess) - PortableMath.log(order))
        - PortableMath.log(order)
    }
    let own = value < 0 ? PortableMath.exp(value) * (1 + 1e-9) : 1
    return min(1, own + releases.lostDelta)
  }

  /// The same at many budgets, over a fixed list of orders: each is a bound, the best order lies between two of them.
  func deltas(at epsilons: [Double]) -> [Double] {
    if releases.isEmpty { return epsilons.map { _ in 0 } }
    var lines: [(excess: Double, level: Double)] = []
    for step in 0...64 {
      let excess = PortableMath.exp(-10 + 0.35 * Double(step))
      let order = 1 + excess
      var total = 0.0
      for release in releases where total.isFinite {
        total += Double(release.count) * moment(of: release, order: order)
      }
      if !total.isFinite { continue }
      let logOrder = PortableMath.log(order)
      lines.append((excess, total + excess * (PortableMath.log(excess) - logOrder) - logOrder))
    }
    let lost = releases.lostDelta
    return epsilons.map { epsilon in
      let least = lines.reduce(Double.infinity) { min($0, $1.level - $1.excess * epsilon) }
      return min(1, (least < 0 ? PortableMath.exp(least) * (1 + 1e-9) : 1) + lost)
    }
  }

  private func moment(of release: Release, order: Double) -> Double {
    reversed && release.pair == .poisson && release.noise == .gaussian && release.group == 1
      ? PoissonGaussianMoments.reversed(order: order, scale: release.scale, rate: release.rate)
      : Self.logMoment(release, order: order)
  }

  /// The log-moment of one release of a kind.
  static func logMoment(_ release: Release, order: Double) -> Double {
    let scale = release.scale
    let rate = release.rate
    if release.group > 1 { return logMoment(release.unsampled, order: order) }
    switch (release.pair, release.noise) {
    case (.whole, .gaussian): return WholeMoments.gaussian(order: order, scale: scale)
    case (.whole, .laplace): return WholeMoments.laplace(order: order, scale: scale)
    case (.poisson, .gaussian):
      return PoissonGaussianMoments.bound(order: order, scale: scale, rate: rate)
    case (.poisson, .laplace):
      return PoissonLaplaceMoments.bound(order: order, scale: scale, rate: rate)
    case (.poissonReplace, _):
      // Cauchy–Schwarz through the data set without the record (removing it, then adding the other):
      // K(α) ≤ ½·K₁(2α) + ½·K₁(2α − 1).
      var step = release
      step.pair = .poisson
      let bound =
        (logMoment(step, order: 2 * order) + logMoment(step, order: 2 * order - 1)) / 2
      return min(bound, logMoment(release.unsampled, order: order))
    case (.fixedReplace, .gaussian):
      return FixedSizeMoments.bound(order: order, rate: rate, limit: .infinity) {
        WholeMoments.gaussian(order: $0, scale: scale)
      }
    case (.fixedReplace, .laplace):
      return FixedSizeMoments.bound(order: order, rate: rate, limit: 1 / scale) {
        WholeMoments.laplace(order: $0, scale: scale)
      }
    case (.fixedReplace, _):
      let whole = release.unsampled
      return FixedSizeMoments.bound(
        order: order, rate: rate, limit: whole.pureEpsilon ?? .infinity
      ) { DiscreteMoments.whole(whole, order: $0) }
    case (.whole, _): return DiscreteMoments.whole(release, order: order)
    case (.poisson, _):
      // Amplified where the loss is bounded; sampling is ignored where it is not.
      let plain = DiscreteMoments.whole(release.unsampled, order: order)
      guard let pure = release.pureEpsilon else { return plain }
      return min(plain, DiscreteMoments.pure(pure, order: order))
    }
  }
}

/// The minimum of a function with one valley, by a coarse scan and golden section.
///
/// The scan makes the search robust against flat or infinite stretches; the position is good to
/// `tolerance`.
func minimum(
  from low: Double, to high: Double, tolerance: Double, of function: (Double) -> Double
) -> (position: Double, value: Double) {
  let points = 27
  let spacing = (high - low) / Double(points - 1)
  var best = (position: low, value: Double.infinity)
  for index in 0..<points {
    let position = low + spacing * Double(index)
    let value = function(position)
    if value < best.value { best = (position, value) }
  }
  let ratio = 0.6180339887498949
  var a = max(low, best.position - spacing)
  var b = min(high, best.position + spacing)
  var x1 = b - ratio * (b - a)
  var x2 = a + ratio * (b - a)
  var f1 = function(x1)
  var f2 = function(x2)
  while b - a > tolerance {
    if f1 <= f2 {
      b = x2
      x2 = x1
      f2 = f1
      x1 = b - ratio * (b - a)
      f1 = function(x1)
    } else {
      a = x1
      x1 = x2
      f1 = f2
      x2 = a + ratio * (b - a)
      f2 = function(x2)
    }
  }
  if f1 < best.value { best = (x1, f1) }
  if f2 < best.value { best = (x2, f2) }
  return best
}
