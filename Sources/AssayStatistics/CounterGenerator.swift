/// Random numbers addressed by position: the same key and position give the same bits, in any order
/// and on any thread.
///
/// The SplitMix64 sequence of a key, entered at any position: `mix(key + (position + 1)·γ)`.
/// - Note: Source: Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators",
///   OOPSLA, figure 16.
public struct CounterGenerator: Hashable, Sendable {
  private let key: UInt64

  /// The sequence of a seed and a stream; sequences of different streams are unrelated.
  public init(seed: UInt64, stream: UInt64 = 0) {
    key = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15) ^ Self.mix(stream &+ 0xD1B5_4A32_D192_ED03)
  }

  /// 64 bits at a position.
  public func bits(at position: UInt64) -> UInt64 {
    Self.mix(key &+ (position &+ 1) &* 0x9E37_79B9_7F4A_7C15)
  }

  /// A number in `0..<1` at a position, a multiple of 2⁻⁵³.
  public func uniform(at position: UInt64) -> Double {
    Double(bits(at: position) >> 11) * 0x1p-53
  }

  /// A whole number of mean 1 and variance 1 at a position: Poisson(1) by inversion.
  public func poissonOne(at position: UInt64) -> Double {
    let u = uniform(at: position)
    var count = 0.0
    var term = 0.36787944117144233
    var cumulative = term
    while u >= cumulative, count < 18 {
      count += 1
      term /= count
      cumulative += term
    }
    return count
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
