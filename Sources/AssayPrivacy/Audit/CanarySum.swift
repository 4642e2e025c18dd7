import AssayRuns
import AssayStatistics

/// A mechanism of known faults, to measure what an audit detects: the sum of the clipped vectors of canaries
/// that fair coins include, with Gaussian noise.
///
/// Canaries are random sign vectors, which in many dimensions are nearly orthogonal. The attacker sees the
/// release (white box) and scores a canary by its inner product with it.
public struct CanarySum: Hashable, Sendable {
  /// Number of canaries.
  public var canaries: Int
  /// Length of every vector.
  public var dimensions: Int
  /// L2 norm of a canary before clipping, in units of the clip.
  public var norm: Double
  /// Claimed standard deviation of the noise in each coordinate, in units of the clip.
  public var noiseMultiplier: Double
  /// The noise that is really added, as a share of the claimed one; 1 is right.
  public var noiseShare: Double
  /// Whether vectors are scaled down to the clip.
  public var isClipping: Bool

  /// Creates a mechanism; without further arguments one that does what it claims.
  public init(
    canaries: Int = 1000, dimensions: Int = 10_000, norm: Double = 1, noiseMultiplier: Double,
    noiseShare: Double = 1, isClipping: Bool = true
  ) {
    precondition(
      canaries > 0 && dimensions > 0 && norm > 0 && noiseMultiplier >= 0 && noiseShare >= 0)
    self.canaries = canaries
    self.dimensions = dimensions
    self.norm = norm
    self.noiseMultiplier = noiseMultiplier
    self.noiseShare = noiseShare
    self.isClipping = isClipping
  }

  /// What the mechanism claims to release: one Gaussian sum.
  public var claim: [PrivacyEvent] {
    [
      PrivacyEvent(
        noiseMultiplier: noiseMultiplier, samplingRate: 1, sampling: PrivacyEvent.Sampling.none,
        steps: 1)
    ]
  }

  /// One run: the scores of all canaries and the coins; the same for the same seed.
  public func run(seed: UInt64) throws(PrivacyError) -> AttackScores {
    let coins = CounterGenerator(seed: seed, stream: 1)
    let isMember = (0..<canaries).map { coins.bits(at: UInt64($0)) & 1 == 1 }
    let length = isClipping ? min(norm, 1) : norm
    let coordinate = length / Double(dimensions).squareRoot()
    let random = CounterGenerator(seed: seed, stream: 2)
    let deviation = noiseMultiplier * noiseShare
    var release = (0..<dimensions).map { index -> Double in
      // Off the ends of the unit interval, where the quantile is infinite.
      let share = random.uniform(at: UInt64(index)) + 0x1p-54
      return deviation == 0 ? 0 : deviation * NormalDistribution.quantile(share)
    }
    let signs = CounterGenerator(seed: seed, stream: 3)
    let words = (dimensions + 63) / 64
    for canary in 0..<canaries where isMember[canary] {
      each(canary, words, signs) { index, isNegative in
        release[index] += isNegative ? -coordinate : coordinate
      }
    }
    var scores = [Double](repeating: 0, count: canaries)
    for canary in 0..<canaries {
      var sum = 0.0
      each(canary, words, signs) { index, isNegative in
        sum += isNegative ? -release[index] : release[index]
      }
      scores[canary] = sum / Double(dimensions).squareRoot()
    }
    return try AttackScores(scores: scores, isMember: isMember)
  }

  /// The signs of a canary's coordinates.
  @inline(__always)
  private func each(
    _ canary: Int, _ words: Int, _ signs: CounterGenerator, _ body: (Int, Bool) -> Void
  ) {
    for word in 0..<words {
      var bits = signs.bits(at: UInt64(canary * words + word))
      for index in word * 64..<min(dimensions, word * 64 + 64) {
        body(index, bits & 1 == 1)
        bits >>= 1
      }
    }
  }
}
