import AssayStatistics

/// Shares that sum to 1, drawn from the symmetric Dirichlet distribution: `gₖ / Σ g` of independent
/// gamma variates of shape α.
///
/// Works with logarithms throughout, so a small α (0.001, say) gives a share of nearly 1 instead of
/// 0 / 0. Logarithm and exponential are those of `PortableMath`: the same bits everywhere.
struct DirichletDraw {
  /// α, above 0.
  let concentration: Double

  /// One share for each client; `stream` keeps the draws of several classes apart.
  func shares(of clients: Int, stream: Int, _ randomness: Randomness) -> [Double] {
    let logarithms = (0..<clients).map {
      logGamma(address: $0, stream: stream, randomness)
    }
    let largest = logarithms.max() ?? 0
    let weights = logarithms.map { PortableMath.exp($0 - largest) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  /// Logarithm of a gamma variate of shape α and scale 1.
  ///
  /// For α ≥ 1, with `d = α − 1/3`, `c = 1/√(9d)`: take a normal x and a uniform u until
  /// `v = (1 + c·x)³ > 0` and `log u < x²/2 + d − d·v + d·log v`; the variate is `d·v`. For α < 1,
  /// `g(α) = g(α + 1) · u^(1/α)`.
  /// - Note: Source: Marsaglia, Tsang 2000, "A simple method for generating gamma variables",
  ///   ACM TOMS 26(3), section 2 and, for α < 1, section 6.
  func logGamma(address: Int, stream: Int, _ randomness: Randomness) -> Double {
    let isSmall = concentration < 1
    let d = (isSmall ? concentration + 1 : concentration) - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    var available = 13
    while true {
      let words = randomness.words(
        .partitionShares, client: address, round: stream, count: available)
      // The first word serves the case α < 1, then each attempt takes three.
      for attempt in stride(from: 1, through: available - 3, by: 3) {
        let x = Randomness.boxMuller(radius: words[attempt], angle: words[attempt + 1])[0]
        let root = 1 + c * x
        guard root > 0 else { continue }
        let v = root * root * root
        let logV = 3 * PortableMath.log(root)
        guard
          PortableMath.log(Self.uniform(words[attempt + 2])) < 0.5 * x * x + d - d * v + d * logV
        else { continue }
        let logarithm = PortableMath.log(d) + logV
        return isSmall
          ? logarithm + PortableMath.log(Self.uniform(words[0])) / concentration : logarithm
      }
      // A later attempt needs more words of the same stream; one in twenty is refused at most.
      available += 60
    }
  }

  /// Strictly between 0 and 1: the middle of one of 2^53 equal steps.
  private static func uniform(_ word: UInt64) -> Double { (Double(word >> 11) + 0.5) * 0x1p-53 }
}
