import AssayStatistics

// Goals in order: an upper bound, no cancellation at small sampling rates, speed.
//
// All functions return the log-moment `K(α) = log E_Q[(P/Q)^α] = (α − 1)·D_α(P‖Q)` of one release at
// order α > 1; log-moments of composed releases add up. +∞ is a valid answer (no use at this order).

/// Log-moments of releases without sampling.
enum WholeMoments {
  /// Gaussian noise of standard deviation `scale`, moved by 1: `α(α − 1) / (2·scale²)`.
  static func gaussian(order: Double, scale: Double) -> Double {
    order * (order - 1) / (2 * scale * scale)
  }

  /// Laplace noise of scale `scale`, moved by 1.
  ///
  /// `E = α/(2α−1)·e^{(α−1)/b} + (α−1)/(2α−1)·e^{−α/b}`; the first-order terms of both exponentials
  /// cancel, so small arguments are taken to second order and above by their series.
  /// - Note: Source: Mironov 2017, arXiv:1702.07476, Proposition 6.
  static func laplace(order: Double, scale: Double) -> Double {
    let up = (order - 1) / scale
    let down = -order / scale
    let total = 2 * order - 1
    if up > 700 { return up + PortableMath.log(order / total) + 1e-12 }
    let excess = order / total * secondOrder(up) + (order - 1) / total * secondOrder(down)
    return PortableMath.log1p(excess) * (1 + 1e-12)
  }

  /// `e^x − 1 − x`, never negative.
  static func secondOrder(_ x: Double) -> Double {
    if abs(x) > 0.5 { return Elementary.expm1(x) - x }
    var series = 1.0
    for k in stride(from: 16.0, through: 3.0, by: -1.0) { series = 1 + x / k * series }
    return x * x / 2 * series
  }
}

/// Log-moments of Gaussian noise under Poisson sampling.
///
/// With `x = e^{(2z−1)/(2σ²)}` and `z ~ N(0, σ²)`: `K(α) = log E[(1 − q + q·x)^α]`. This direction
/// bounds the opposite one as well.
/// - Note: Source: Mironov, Talwar, Zhang 2019, arXiv:1908.10530, Theorems 4 and 5.
enum PoissonGaussianMoments {
  /// The log-moment for any order above 1, whole or not.
  ///
  /// `E[(1+u)^α] − 1 = E[(1+u)^α − 1 − αu]` because `u = q(x − 1)` has mean 0; the right side has no
  /// negative part and no cancellation. It is integrated by the trapezoidal rule: the integrand is
  /// analytic for `|Im t| < πσ` (`t = z/σ`), so the rule's relative error is at most
  /// `c·exp(a²/2 − 2πa/h)` with `a` inside the strip; `h` is chosen to make it 1e-17 and a relative
  /// slack of 1e-11 pays for this, for the cut tails and for rounding.
  static func bound(order: Double, scale: Double, rate: Double) -> Double {
    let whole = WholeMoments.gaussian(order: order, scale: scale)
    // Jensen: (1 − q + qx)^α ≤ 1 − q + q·x^α.
    let jensen =
      whole > 600
      ? Elementary.logAdd(0, PortableMath.log(rate) + whole)
      : PortableMath.log1p(rate * Elementary.expm1(whole))
    // Below this noise, and for extreme orders, the integral is no longer cheap.
    if scale < 0.03 || order / scale > 4_000 { return min(whole, jensen) * (1 + 1e-12) }
    let excess = integral(power: order, scale: scale, rate: rate)
    let value = PortableMath.log1p(excess) * (1 + 1e-11)
    return value.isNaN ? min(whole, jensen) : min(value, whole, jensen)
  }

  /// The log-moment of the opposite direction, `log E[(1 − q + q·x)^{1−α}]`, which is never larger;
  /// `r ≥ 1 − q` bounds it by `−(α − 1)·log(1 − q)`.
  static func reversed(order: Double, scale: Double, rate: Double) -> Double {
    let pure = -(order - 1) * PortableMath.log1p(-rate) * (1 + 1e-12)
    let ceiling = min(pure, WholeMoments.gaussian(order: order, scale: scale))
    if scale < 0.03 || order > 2_000 { return ceiling }
    let excess = integral(power: 1 - order, scale: scale, rate: rate)
    let value = PortableMath.log1p(excess) * (1 + 1e-11)
    return value.isNaN ? ceiling : min(value, ceiling)
  }

  /// `E[(1+u)^s − 1 − su]` for `s > 1` and for `s < 0`.
  private static func integral(power order: Double, scale: Double, rate: Double) -> Double {
    // Half of the strip keeps the base of the power in the right half-plane, where |1+u| is within a
    // factor of √2 of its value on the real line; the budget pays for that factor's power.
    let strip = min(scale * 1.5707963267948966, 8)
    let budget = 42 + 2 * PortableMath.log(1 + scale) + 0.35 * max(0, 2 - order)
    let step = 6.283185307179586 * strip / (budget + strip * strip / 2)
    let inverse = 1 / scale
    let half = 0.5 * inverse * inverse
    let peak = max(0, order) * inverse

    func term(_ t: Double) -> Double {
      let u = rate * Elementary.expm1(t * inverse - half)
      return PortableMath.exp(-0.5 * t * t + logExcess(u, order)) * 0.3989422804014327
    }
    var sum = CompensatedSum()
    var t = 0.0
    // To the right the integrand falls faster than exp(−(t − α/σ)²/2) beyond t = α/σ.
    while true {
      let value = term(t)
      sum.add(value)
      if t > peak + 1, value <= sum.value * 1e-19 || value == 0 { break }
      if !sum.value.isFinite { return .infinity }
      t += step
    }
    // To the left it falls faster than exp(−t²/2).
    t = -step
    while t > -45 {
      let value = term(t)
      sum.add(value)
      if t < -1, value <= sum.value * 1e-19 || value == 0 { break }
      t -= step
    }
    return sum.value * step
  }

  /// `log((1 + u)^α − 1 − αu)` for `u > −1` and α outside of `0...1`; −∞ at 0.
  static func logExcess(_ u: Double, _ order: Double) -> Double {
    let relative = abs(u) * max(1, abs(order))
    if relative < 0.05 {
      if u == 0 { return -.infinity }
      // Binomial series from its second term: α(α−1)/2·u²·(1 + (α−2)u/3·(1 + (α−3)u/4·(…))).
      var series = 1.0
      for k in stride(from: 12.0, through: 3.0, by: -1.0) {
        series = 1 + (order - k + 1) * u / k * series
      }
      return PortableMath.log(order * (order - 1) / 2 * series) + 2 * PortableMath.log(abs(u))
    }
    let logarithm = PortableMath.log1p(u)
    let exponent = (order - 1) * logarithm
    if exponent > 30 { return order * logarithm }
    // (1+u)^α − 1 − αu = (1+u)·((1+u)^{α−1} − 1) − (α−1)·u
    let value = (1 + u) * Elementary.expm1(exponent) - (order - 1) * u
    return value > 0 ? PortableMath.log(value) : -.infinity
  }
}
