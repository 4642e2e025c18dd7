import AssayStatistics

/// Zero-concentrated differential privacy: `D_α ≤ ρ·α` for every order, and ρ adds up. Sampling does not
/// amplify it, so sampled releases count as whole ones.
/// - Note: Source: Bun, Steinke 2016, arXiv:1605.02635, Proposition 3.3 and Lemma 2.3; conversion: Canonne, Kamath,
///   Steinke 2020, arXiv:2004.00010, Proposition 12.
enum ConcentratedAccountant {
  /// ρ of all releases; `nil` where one has none (Skellam noise).
  static func rho(_ releases: [Release]) -> Double? {
    var sum = CompensatedSum()
    for release in releases {
      let whole = release.unsampled
      switch whole.noise {
      case .gaussian: sum.add(Double(release.count) / whole.scale / whole.scale / 2)
      case .discreteGaussian:
        let ratio = Double(whole.move) / whole.scale
        sum.add(Double(release.count) * ratio * ratio / 2)
      case .skellam: return nil
      case .laplace, .discreteLaplace, .answers, .opaque:
        guard let pure = whole.pureEpsilon else { return nil }
        sum.add(Double(release.count) * pure * pure / 2)
      }
    }
    return sum.value * (1 + 1e-14)
  }

  /// ε at δ, with the best order.
  static func epsilon(_ releases: [Release], delta whole: Double) -> (
    epsilon: Double, order: Double
  )? {
    guard let rho = rho(releases) else { return nil }
    let delta = whole - releases.lostDelta
    if !(delta > 0) { return (.infinity, .infinity) }
    // The root of ½μ² = ρ: as one Gaussian release, by moments alone.
    if rho == 0 { return (0, .infinity) }
    let one = Release(noise: .gaussian, pair: .whole, scale: (1 / (2 * rho)).squareRoot(), rate: 1)
    return RenyiAccountant(releases: [one]).epsilon(atDelta: delta)
  }
}
