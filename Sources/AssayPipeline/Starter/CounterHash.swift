/// Random numbers without a state: the value at a place is a function of seed, row and column.
///
/// A row can be generated alone, in any order and on any machine, and always comes out the same.
/// Each place is one step of the splitmix64 sequence: `mix(seed + counter · 0x9E3779B97F4A7C15)`
/// with `counter = row · 65536 + column · 4 + part`.
/// Made for invented data; far too weak for privacy noise.
///
/// Source: Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators", section 4;
/// finaliser constants as in Vigna's public-domain `splitmix64.c`.
struct CounterHash: Sendable {
  /// The seed of the whole table.
  let seed: UInt64

  /// 64 bits for a place; `part` is `0...3`, `column` below 16384.
  func bits(row: Int, column: Int, part: Int = 0) -> UInt64 {
    let counter = UInt64(row) << 16 | UInt64(column * 4 + part)
    var z = seed &+ counter &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform in `0..<1`, a multiple of 2^-53.
  func uniform(row: Int, column: Int) -> Double {
    Double(bits(row: row, column: column) >> 11) * 0x1p-53
  }

  /// Nearly normal with mean 0 and variance 1, within ±4.9: the sum of eight uniform numbers of
  /// 16 bits.
  ///
  /// Sums and one division only, so the bits do not depend on a mathematical library.
  func normal(row: Int, column: Int) -> Double {
    var sum = 0
    for part in 0..<2 {
      let word = bits(row: row, column: column, part: part)
      for piece in 0..<4 { sum += Int((word >> (16 * UInt64(piece))) & 0xFFFF) }
    }
    let mean = 8 * 32_767.5
    // The square root of 8 · 65536² / 12, the variance of the sum.
    return (Double(sum) - mean) / (65_536 * (8.0 / 12).squareRoot())
  }
}
