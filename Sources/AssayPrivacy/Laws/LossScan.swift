import AssayRuns
import AssayStatistics

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

  /// What is charged, in units of δ at the sum `loss`.
  func errors(
    at loss: Double, logMoment: Double, tails: Double, delta: Double
  ) -> [ErrorTerm] {
    func scaled(_ amount: Double, _ place: Double) -> Double {
      amount > 0 ? amount * PortableMath.exp(logMoment - theta * place) : 0
    }
    let top = Double(sum.start + sum.length) * width
    return [
      ErrorTerm(.tails, tails), ErrorTerm(.wrapAround, scaled(sum.lostAbove, top)),
      ErrorTerm(.rounding, relative * delta + scaled(rounding(sum.pessimistic), loss)),
      ErrorTerm(.gridStep, width), ErrorTerm(.gridPoints, Double(sum.length)),
      ErrorTerm(.tilt, theta),
    ]
  }

  /// The certified upper end. Sums above the window may have been lost: at most their probability,
  /// with the weight of the window's upper end. What came in from below only adds.
  func upper(_ weights: [Double], logMoment: Double, offset: Double, delta: Double) -> Double {
    if delta <= 0 { return .infinity }
    return walk(
      weights, PortableMath.log(delta) - logMoment, offset: offset, isUpper: true,
      slack: rounding(weights))
  }

  /// What may have come round from above and be counted at `index`.
  private func comeRound(_ index: Int) -> Double {
    index >= sum.start + sum.length / 2 ? sum.lostFarAbove : sum.lostAbove
  }

  /// The certified lower end, 0 where nothing better is known. Whatever left the window may have come
  /// in again at the place where it counts most: from below at the top, from above not before the middle unless
  /// it went beyond by a whole window.
  func lower(_ weights: [Double], logMoment: Double, offset: Double, delta: Double) -> Double {
    walk(
      weights, PortableMath.log(delta) - logMoment, offset: offset, isUpper: false,
      slack: -(rounding(weights) + sum.lostBelow))
  }

  /// Bounds on δ at each of `epsilons`, which come in decreasing order; `infinite` is charged to upper bounds.
  func deltas(
    _ weights: [Double], logMoment: Double, offset: Double, at epsilons: [Double],
    infinite: Double, isUpper: Bool
  ) -> [Double] {
    let growth = isUpper ? 1 + relative : 1 - relative
    let slack = rounding(weights)
    let mask = sum.length - 1
    let decayA = PortableMath.exp(-theta * width)
    let decayB = PortableMath.exp(-(theta + 1) * width)
    var a = 0.0
    var b = 0.0
    var lost = sum.lostAbove
    var result: [Double] = []
    var index = sum.start + sum.length - 1
    for epsilon in epsilons {
      let place = epsilon - offset
      while index >= sum.start, Double(index) * width > place {
        let weight = max(0, weights[(index - sum.origin) & mask])
        a = weight + decayA * a
        b = weight + decayB * b
        lost *= decayA
        index -= 1
      }
      // δ = M·e^{−θ·above}·(a − e^{ε−above}·b) with the last grid point above ε.
      let above = Double(index + 1) * width
      let share = PortableMath.exp(min(0, place - above))
      let scale = PortableMath.exp(logMoment - theta * above)
      let tail =
        isUpper
        ? a * growth - share * b * (1 - relative) + slack + lost
        : a * growth - share * b * (1 + relative) - slack - comeRound(index) - sum.lostBelow
      let found = scale * tail * (isUpper ? 1 + 1e-13 : 1 - 1e-13) + (isUpper ? infinite : 0)
      result.append(min(1, max(0, found.isNaN ? (isUpper ? 1 : 0) : found)))
    }
    return result
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
    var guess = Double.infinity
    while index >= sum.start {
      let loss = Double(index) * width
      let next = decayA * (d + rise * b)
      let slack = isUpper ? rounding + lost : rounding - comeRound(index)
      let tail = next * growth + slack
      // Near the goal by powers first: a logarithm at every grid point would take longer than the rest.
      if index & 63 == 0 || !guess.isFinite { guess = PortableMath.exp(target + theta * loss) }
      let isNear = !(tail <= guess * 0.999)
      guess *= decayA
      if isNear, tail > 0, PortableMath.log(tail) - theta * loss > target {
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
