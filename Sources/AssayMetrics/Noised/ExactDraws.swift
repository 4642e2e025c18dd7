import AssayStatistics

/// Where the draws of a sampler come from whose law must be exact: whole numbers and odds of whole
/// numbers, nothing rounded.
public protocol ExactDraws {
  /// A whole number from 0 on and below a limit of 1 or more, each with the same probability.
  mutating func uniform(below limit: UInt128) -> UInt128
  /// `true` with probability `numerator / denominator`, which is at most 1.
  mutating func bernoulli(_ numerator: UInt128, of denominator: UInt128) -> Bool
  /// `true` with probability `exp(−numerator / denominator)`.
  mutating func bernoulliExp(_ numerator: UInt128, over denominator: UInt128) -> Bool
}

extension ExactDraws {
  /// `true` with probability `numerator / denominator`.
  public mutating func bernoulli(_ numerator: UInt128, of denominator: UInt128) -> Bool {
    uniform(below: denominator) < numerator
  }

  /// `true` with probability `exp(−numerator / denominator)`.
  ///
  /// Up to 1 the number of Bernoulli successes of falling odds γ/1, γ/2, … is odd or even with the
  /// probabilities of the alternating series of exp(−γ); above, a factor 1/e for each whole unit comes
  /// first.
  /// - Note: Source: Canonne, Kamath, Steinke 2020, arXiv:2004.00010, Algorithm 1.
  public mutating func bernoulliExp(
    _ numerator: UInt128, over denominator: UInt128
  ) -> Bool {
    let (whole, rest) = numerator.quotientAndRemainder(dividingBy: denominator)
    var left = whole
    while left > 0 {
      if !bernoulliExpUpToOne(1, over: 1) { return false }
      left -= 1
    }
    return bernoulliExpUpToOne(rest, over: denominator)
  }

  private mutating func bernoulliExpUpToOne(
    _ numerator: UInt128, over denominator: UInt128
  ) -> Bool {
    var count: UInt128 = 1
    while bernoulli(numerator, of: denominator * count) { count += 1 }
    return count % 2 == 1
  }
}

/// Draws from random words by rejection, so that every value has the same probability exactly.
public struct NoiseDraws: ExactDraws, Sendable {
  private let seeded: CounterGenerator?
  private var position: UInt64 = 0
  private var system = SystemRandomNumberGenerator()

  /// The operating system's generator.
  public init() { seeded = nil }

  /// A recorded sequence: a simulation, because whoever knows the seed can subtract the noise.
  public init(seed: UInt64) { seeded = CounterGenerator(seed: seed, stream: 0x6E6F_6973_65) }

  private mutating func word() -> UInt64 {
    guard let seeded else { return system.next() }
    position += 1
    return seeded.bits(at: position)
  }

  /// A whole number below a limit: as many bits as it has, drawn again while they are not below it.
  public mutating func uniform(below limit: UInt128) -> UInt128 {
    precondition(limit > 0, "a limit of 1 or more")
    let bits = UInt128.bitWidth - (limit - 1).leadingZeroBitCount
    if bits == 0 { return 0 }
    let mask = UInt128.max >> UInt128(UInt128.bitWidth - bits)
    while true {
      var value = UInt128(word())
      if bits > 64 { value |= UInt128(word()) << 64 }
      if value & mask < limit { return value & mask }
    }
  }
}
