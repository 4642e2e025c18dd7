import AssayStatistics

/// What a Gaussian composition reveals: the exact trade-off between `N(0, 1)` and `N(μ, 1)`.
///
/// `steps` releases with noise multiplier σ and no sampling are one release with
/// `μ = √steps / σ`; histories add up as `μ² = Σ steps/σ²`. Replace-one doubles μ.
/// - Note: Source: Balle, Wang 2018, arXiv:1805.06530, Theorem 8; Dong, Roth, Su 2019,
///   arXiv:1905.02383, Corollaries 2.13 and 3.3.
public struct GaussianTradeOff: Hashable, Sendable {
  /// The distance of the two normal distributions in standard deviations, 0 or more; +∞ without noise.
  public let mu: Double

  /// Creates a trade-off; a negative or undefined `mu` is a bug of the caller.
  public init(mu: Double) {
    precondition(mu >= 0)
    self.mu = mu
  }

  /// The smallest δ at `epsilon`: `Φ(μ/2 − ε/μ) − e^ε·Φ(−μ/2 − ε/μ)`, in `0...1`.
  public func delta(atEpsilon epsilon: Double) -> Double { deltaWithError(epsilon).value }

  /// δ at `epsilon` with its rounding error charged to both ends, in `0...1`.
  public func deltaBracket(atEpsilon epsilon: Double) -> (lower: Double, upper: Double) {
    let found = deltaWithError(epsilon)
    return (max(0, found.value - found.error), min(1, found.value + found.error))
  }

  /// The smallest ε at `delta`, as an outward-rounded bracket; 0 when `delta` covers it all.
  ///
  /// Bisection on δ(ε), which falls with ε; a bound on the rounding error of δ is charged to both
  /// ends. +∞ on both sides when μ is infinite.
  public func epsilon(atDelta delta: Double) -> (lower: Double, upper: Double) {
    if mu == 0 { return (0, 0) }
    if !(mu * mu).isFinite { return (.infinity, .infinity) }
    // P(Z > a) ≤ exp(−a²/2) puts the answer below μ²/2 + μ·√(2 log 1/δ).
    let ceiling = (mu * mu / 2 + mu * (-2 * PortableMath.log(delta)).squareRoot()) * (1 + 1e-12)
    func root(_ covered: (Double) -> Bool) -> (low: Double, high: Double) {
      if covered(0) { return (0, 0) }
      var low = 0.0
      var high = ceiling
      for _ in 0..<200 {
        let middle = low + (high - low) / 2
        if middle <= low || middle >= high { break }
        if covered(middle) { high = middle } else { low = middle }
      }
      return (low, high)
    }
    let upper = root {
      let found = deltaWithError($0)
      return found.value + found.error <= delta
    }
    let lower = root {
      let found = deltaWithError($0)
      return found.value - found.error <= delta
    }
    return (min(lower.low, upper.high), upper.high)
  }

  /// The highest true-positive rate of any attack at a false-positive rate, in `0...1`:
  /// `Φ(Φ⁻¹(FPR) + μ)`.
  public func truePositiveRate(atFalsePositiveRate rate: Double) -> Double {
    if rate <= 0 { return mu.isFinite ? 0 : 1 }
    if rate >= 1 { return 1 }
    return Normal.upperTail(Normal.upperQuantile(rate) - mu)
  }

  /// The largest `TPR − FPR` of any attack, in `0...1`: `2Φ(μ/2) − 1 = δ(0)`.
  public var advantage: Double { mu.isFinite ? max(0, 1 - 2 * Normal.upperTail(mu / 2)) : 1 }

  /// δ(ε) and a bound on its rounding error.
  ///
  /// With `a = ε/μ − μ/2` and `b = ε/μ + μ/2`, `e^ε·φ(b) = φ(a)`, hence `δ = φ(a)·(R(a) − R(b))`
  /// with Mills' ratio R: nothing overflows, and only the difference loses digits, which is charged.
  private func deltaWithError(_ epsilon: Double) -> (value: Double, error: Double) {
    if mu == 0 { return (epsilon < 0 ? 1 - PortableMath.exp(epsilon) : 0, 0) }
    if !mu.isFinite { return (1, 0) }
    let a = epsilon / mu - mu / 2
    let b = epsilon / mu + mu / 2
    if b < 0 { return (1 - PortableMath.exp(epsilon) + mirrored(-b, -a), 1e-14) }
    let density = Normal.density(a)
    let first = a > 0 ? density * Normal.mills(a) : Normal.upperTail(a)
    let second = density * Normal.mills(b)
    // φ(a) is off by the rounding of a, relatively |a|·ulp(|ε/μ| + μ/2).
    let shift = abs(a) * (epsilon / mu + mu / 2) * 4e-16
    let error = (first + second) * 4e-15 + (first - second) * shift
    return (max(0, first - second), abs(error))
  }

  /// For ε far below 0: `δ(ε) = 1 − e^ε + e^ε·δ(−ε)`, written with non-negative arguments.
  private func mirrored(_ a: Double, _ b: Double) -> Double {
    Normal.density(b) * (Normal.mills(a) - Normal.mills(b))
  }
}
