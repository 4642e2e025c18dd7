import AssayStatistics

/// Advanced composition: each release is first bounded by its own (ε, δ), then these are composed as if nothing else
/// were known. A ceiling that older papers quote; every other accountant here is tighter.
/// - Note: Source: Kairouz, Oh, Viswanath 2015, arXiv:1311.0776, Theorem 3.5.
enum AdvancedComposition {
  /// ε at δ: half of what opaque releases leave of δ is for the composition, half for the releases.
  static func epsilon(_ releases: [Release], delta whole: Double) -> Double? {
    let delta = (whole - releases.lostDelta) / 2
    if !(delta > 0) { return .infinity }
    let unbounded = releases.filter { $0.pureEpsilon == nil }.reduce(0.0) {
      $0 + Double($1.count) * ($1.pair == .poisson ? $1.rate : 1)
    }
    var plain = CompensatedSum()
    var mean = CompensatedSum()
    var square = CompensatedSum()
    for release in releases {
      guard let one = own(release, delta: delta / max(unbounded, 1)) else { return nil }
      let count = Double(release.count)
      plain.add(count * one)
      // (e^ε − 1)/(e^ε + 1)·ε
      mean.add(count * one * (1 - 2 / (1 + PortableMath.exp(one))))
      square.add(count * one * one)
    }
    let spread = square.value
    if !spread.isFinite { return plain.value.isFinite ? plain.value : .infinity }
    let first = mean.value + (-2 * spread * PortableMath.log(delta)).squareRoot()
    let second =
      mean.value
      + (2 * spread * PortableMath.log(2.718281828459045 + spread.squareRoot() / delta))
      .squareRoot()
    return min(plain.value, first, second) * (1 + 1e-12)
  }

  /// ε of one release at its share of δ; sampled ones by the amplification of (ε, δ).
  private static func own(_ release: Release, delta: Double) -> Double? {
    if let pure = release.pureEpsilon { return pure }
    var whole = release.unsampled
    whole.count = 1
    let epsilon = RenyiAccountant(releases: [whole]).epsilon(atDelta: delta).epsilon
    if release.noise == .gaussian {
      let exact = GaussianTradeOff(mu: 1 / whole.scale).epsilon(atDelta: delta).upper
      return release.pair == .poisson && release.group == 1
        ? Release.amplified(exact, release.rate) : exact
    }
    return release.pair == .poisson ? Release.amplified(epsilon, release.rate) : epsilon
  }
}
