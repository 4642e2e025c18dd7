import AssayRuns
import AssayStatistics

/// Bounds from the definition of pure differential privacy.
enum BasicComposition {
  /// Laplace noise alone, and nothing else: `ε = Σ εᵢ`, each `1/b` or, under sampling with rate q,
  /// `log(1 + q(e^{1/b} − 1))`; a single unsampled release has the exact
  /// `ε(δ) = 1/b + 2·log(1 − δ)`. Gaussian releases beside it are composed exactly and spend all δ.
  /// - Returns: `nil` when sampled Gaussian noise is among the releases.
  /// - Note: Source: Dwork, Roth 2014, Theorem 3.16; sampling: Balle, Barthe, Gaboardi 2018,
  ///   arXiv:1807.01647, Theorems 8 to 10.
  static func epsilon(_ releases: [Release], delta: Double) -> Double? {
    var sum = CompensatedSum()
    var inverseVariance = 0.0
    for release in releases {
      switch (release.mechanism, release.pair) {
      case (.gaussian, .whole):
        inverseVariance += Double(release.count) / release.scale / release.scale
      case (.gaussian, _): return nil
      case (.laplace, _): sum.add(Double(release.count) * pure(release))
      }
    }
    if inverseVariance > 0 {
      sum.add(GaussianTradeOff(mu: inverseVariance.squareRoot()).epsilon(atDelta: delta).upper)
    }
    return sum.value * (1 + 1e-14)
  }

  /// The exact bracket of a single unsampled Laplace release; `nil` for anything else.
  static func singleLaplace(_ releases: [Release], delta: Double) -> (lower: Double, upper: Double)?
  {
    guard releases.count == 1, let release = releases.first, release.count == 1,
      release.mechanism == .laplace, release.pair == .whole
    else { return nil }
    let pure = 1 / release.scale
    if !pure.isFinite { return (.infinity, .infinity) }
    let value = max(0, pure + 2 * PortableMath.log1p(-delta))
    return (max(0, value - pure * 1e-14), value + (value > 0 ? pure * 1e-14 : 0))
  }

  private static func pure(_ release: Release) -> Double {
    switch release.pair {
    case .whole: return 1 / release.scale
    case .poisson, .fixedReplace: return amplified(1 / release.scale, release.rate)
    case .poissonReplace: return amplified(2 / release.scale, release.rate)
    }
  }

  private static func amplified(_ epsilon: Double, _ rate: Double) -> Double {
    epsilon > 600
      ? epsilon : PortableMath.log1p(rate * Elementary.expm1(epsilon))
  }
}
