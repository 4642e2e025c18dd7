import AssayRuns
import AssayStatistics

/// Bounds from the definition of differential privacy: what one adds up by hand.
enum BasicComposition {
  /// Releases with bounded losses alone: `ε = Σ εᵢ`, each its largest loss, under sampling with rate q
  /// `log(1 + q(e^ε − 1))`; opaque ones take their δ away. Unsampled Gaussian releases beside them are composed exactly and
  /// spend all δ that is left.
  /// - Returns: `nil` when some other release has unbounded losses.
  /// - Note: Source: Dwork, Roth 2014, Theorem 3.16.
  static func epsilon(_ releases: [Release], delta: Double) -> Double? {
    var sum = CompensatedSum()
    var inverseVariance = 0.0
    for release in releases {
      if release.noise == .gaussian, release.pair == .whole {
        inverseVariance += Double(release.count) / release.scale / release.scale
      } else if let pure = release.pureEpsilon {
        sum.add(Double(release.count) * pure)
      } else {
        return nil
      }
    }
    let left = delta - releases.lostDelta
    if !(left > 0), inverseVariance > 0 || left < 0 { return .infinity }
    if inverseVariance > 0 {
      sum.add(GaussianTradeOff(mu: inverseVariance.squareRoot()).epsilon(atDelta: left).upper)
    }
    return sum.value * (1 + 1e-14)
  }

  /// The exact bracket of a single unsampled Laplace release; `nil` for anything else.
  static func singleLaplace(_ releases: [Release], delta: Double) -> (lower: Double, upper: Double)?
  {
    guard releases.count == 1, let release = releases.first, release.count == 1,
      release.noise == .laplace, release.pair == .whole
    else { return nil }
    let pure = 1 / release.scale
    if !pure.isFinite { return (.infinity, .infinity) }
    let value = max(0, pure + 2 * PortableMath.log1p(-delta))
    return (max(0, value - pure * 1e-14), value + (value > 0 ? pure * 1e-14 : 0))
  }
}
