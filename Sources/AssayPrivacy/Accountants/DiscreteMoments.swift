import AssayStatistics

/// Log-moments `K(α) = (α − 1)·D_α` of discrete releases without sampling.
enum DiscreteMoments {
  /// An upper bound for any order above 1; opaque releases without the δ they spend.
  static func whole(_ release: Release, order: Double) -> Double {
    let excess = order - 1
    let move = Double(release.move)
    switch release.noise {
    case .gaussian: return WholeMoments.gaussian(order: order, scale: release.scale)
    case .laplace: return WholeMoments.laplace(order: order, scale: release.scale)
    case .discreteGaussian:
      // Source: Canonne, Kamath, Steinke 2020, arXiv:2004.00010, Proposition 5.
      return order * excess / 2 * (move / release.scale) * (move / release.scale)
    case .discreteLaplace: return discreteLaplace(release, order)
    case .skellam:
      // Source: Agarwal, Kairouz, Liu 2021, arXiv:2110.04995, Theorem 3.5; whole orders, and D_α grows with α.
      let whole = order.rounded(.up)
      let variance = release.scale * release.scale
      let first = ((2 * whole - 1) * move * move + 6 * move) / (4 * variance * variance)
      let divergence =
        whole * move * move / (2 * variance) + min(first, 3 * move / (2 * variance))
      return excess * divergence
    case .answers: return answers(release, order)
    case .opaque: return pure(release.scale, order: order)
    }
  }

  /// The worst release with losses of at most ε: it answers at odds e^ε.
  static func pure(_ epsilon: Double, order: Double) -> Double {
    let base = -Elementary.logAdd(0, -epsilon)
    // p^α·(1−p)^{1−α} + (1−p)^α·p^{1−α} with p = 1/(1 + e^{−ε}).
    return Elementary.logAdd(base + (order - 1) * epsilon, base - order * epsilon)
  }

  private static func answers(_ release: Release, _ order: Double) -> Double {
    let other = release.scale / Double(release.move)
    let own = 1 - release.scale + other
    let loss = PortableMath.log1p((1 - release.scale) / other)
    let told = Elementary.logAdd(
      PortableMath.log(own) + (order - 1) * loss, PortableMath.log(other) - (order - 1) * loss)
    let rest = Double(release.move - 2) * other
    return rest > 0 ? Elementary.logAdd(told, PortableMath.log(rest)) : told
  }

  /// Both tails in closed form, what lies between 0 and the move one by one.
  private static func discreteLaplace(_ release: Release, _ order: Double) -> Double {
    let step = 1 / release.scale
    let move = release.move
    // P(x ≤ 0) = 1/(1 + t) and P(x ≥ m) = t^m/(1 + t) with t = e^{−1/b}.
    let share = -PortableMath.log1p(PortableMath.exp(-step))
    let far = Double(move) * step
    var total = Elementary.logAdd(share - order * far, share - far + order * far)
    if move > 1 {
      let first = PortableMath.log(-Elementary.expm1(-step)) + share
      if move > 4_096 {
        // Few releases hide so large a move; what is between weighs no more than the upper tail does at most.
        return min(pure(far, order: order), (order - 1) * far)
      }
      for x in 1..<move {
        total = Elementary.logAdd(
          total, first - Double(x) * step + order * (2 * Double(x) - Double(move)) * step)
      }
    }
    return max(0, total)
  }
}

extension Release {
  /// The least bound on the loss of one release, sampling included; `nil` where it has none. The δ of an
  /// opaque release comes on top.
  var pureEpsilon: Double? {
    let whole: Double
    switch noise {
    case .gaussian, .discreteGaussian, .skellam: return nil
    case .laplace: whole = 1 / scale
    case .discreteLaplace: whole = Double(move) / scale
    case .answers: whole = PortableMath.log1p((1 - scale) * Double(move) / scale)
    case .opaque: whole = scale
    }
    switch pair {
    case .whole: return whole
    case .poisson, .fixedReplace: return Self.amplified(whole, rate)
    case .poissonReplace: return Self.amplified(2 * whole, rate)
    }
  }

  /// `log(1 + q(e^ε − 1))`.
  /// - Note: Source: Balle, Barthe, Gaboardi 2018, arXiv:1807.01647, Theorems 8 to 10.
  static func amplified(_ epsilon: Double, _ rate: Double) -> Double {
    epsilon > 600 ? epsilon : PortableMath.log1p(rate * Elementary.expm1(epsilon))
  }
}
