import AssayStatistics

extension LossLaw {
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

  /// The loss at noise value x in `−1...1` when the record moves by 1 to either side: between the moves
  /// `log((1−q) + q·e^{(2x−1)/b}) − log((1−q) + q·e^{−1/b})` right of 0, and the opposite left of it.
  func oppositeLaplaceLoss(_ x: Double) -> Double {
    let y = min(1, abs(x))
    let value = sampledLoss((2 * y - 1) / scale) - sampledLoss(-1 / scale)
    return x < 0 ? -value : value
  }

  /// The noise value in `−1...1` at which ``oppositeLaplaceLoss(_:)`` reaches `loss`.
  private func oppositeLaplacePosition(_ loss: Double) -> Double {
    let magnitude = abs(loss)
    if magnitude >= oppositeLaplaceLoss(1) { return loss < 0 ? -1 : 1 }
    // (1−q) + q·e^{(2y−1)/b} = e^L·((1−q) + q·e^{−1/b}), solved for y.
    let least = Elementary.expm1(-1 / scale)
    let argument = (Elementary.expm1(magnitude) * (1 + rate * least) + rate * least) / rate
    if argument <= -1 { return 0 }
    let y = min(1, max(0, (scale * PortableMath.log1p(argument) + 1) / 2))
    return loss < 0 ? -y : y
  }

  /// The probabilities of losses in `(low, high]` under A and B for opposite moves: two atoms beyond the
  /// moves, smooth between.
  func oppositeLaplaceMasses(from low: Double, to high: Double) -> (a: Double, b: Double) {
    let top = oppositeLaplaceLoss(1)
    let from = low < -top ? -1 : oppositeLaplacePosition(low)
    let to = oppositeLaplacePosition(high)
    func inside(_ centre: Double) -> Double {
      to > from ? laplaceMass(from: from - centre, to: to - centre) : 0
    }
    var rest = inside(0)
    var up = inside(1)
    var down = inside(-1)
    let near = 0.5
    let middle = PortableMath.exp(-1 / scale) / 2
    let far = PortableMath.exp(-2 / scale) / 2
    if low < -top, -top <= high {
      rest += middle
      up += far
      down += near
    }
    if low < top, top <= high {
      rest += middle
      up += near
      down += far
    }
    return ((1 - rate) * rest + rate * up, (1 - rate) * rest + rate * down)
  }

  /// `P(from < X ≤ to)` of Laplace noise around 0, by differences of the nearer tail.
  private func laplaceMass(from: Double, to: Double) -> Double {
    if from >= 0 {
      return -PortableMath.exp(-from / scale) * Elementary.expm1(-(to - from) / scale) / 2
    }
    if to <= 0 { return laplaceMass(from: -to, to: -from) }
    return -(Elementary.expm1(from / scale) + Elementary.expm1(-to / scale)) / 2
  }
}
