/// Looking at text sixteen bytes at a time. Every function may read ``TextBuffer/padding`` bytes beyond
/// what it is asked about, which buffers allow.
enum FieldScan {
  /// The first delimiter or line feed from `position` on. One must follow: chunks end with a line feed.
  @inline(__always)
  static func end(
    _ base: UnsafePointer<UInt8>, _ position: Int, _ delimiters: SIMD16<UInt8>
  ) -> Int {
    let raw = UnsafeRawPointer(base)
    let feeds = SIMD16<UInt8>(repeating: 0x0A)
    var position = position
    while true {
      let bytes = (raw + position).loadUnaligned(as: SIMD16<UInt8>.self)
      let hits = (bytes .== delimiters) .| (bytes .== feeds)
      // A lane is 0xFF where the byte is one of both; the first byte is the lowest of the first half.
      let halves = unsafeBitCast(hits, to: SIMD2<UInt64>.self)
      if halves.x != 0 { return position &+ halves.x.trailingZeroBitCount &>> 3 }
      if halves.y != 0 { return position &+ 8 &+ halves.y.trailingZeroBitCount &>> 3 }
      position &+= 16
    }
  }

  /// Whether all bytes are ASCII.
  static func isASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var all: UInt8 = 0
    for byte in bytes { all |= byte }
    return all < 0x80
  }

  /// One digit, or a digit, a point and one to eight digits: `0.931621`. The most common numbers of a
  /// prediction table, read without a loop; `nil` for any other text.
  @inline(__always)
  static func shortDecimal(_ text: UnsafePointer<UInt8>, _ length: Int, point: UInt8) -> Double? {
    let whole = text[0] ^ 0x30
    if length == 1 { return whole < 10 ? Double(whole) : nil }
    guard whole < 10, text[1] == point, length >= 3, length <= 10 else { return nil }
    let count = length &- 2
    // The digits in the highest bytes, zeros before them; what follows the field is shifted out.
    let word =
      ((UnsafeRawPointer(text) + 2).loadUnaligned(as: UInt64.self) ^ 0x3030_3030_3030_3030)
      &<< UInt64(truncatingIfNeeded: 64 &- 8 &* count)
    // Every byte below 10: adding 0x76 to any other sets its highest bit, or it is set before.
    if (word | (word &+ 0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080 != 0 { return nil }
    // Pairs, then fours, then all eight digits: each step joins neighbours.
    let pairs = (word &* 10 &+ word &>> 8) & 0x00FF_00FF_00FF_00FF
    let fours = (pairs &* 100 &+ pairs &>> 16) & 0x0000_FFFF_0000_FFFF
    let eight = (fours &* 10_000 &+ fours &>> 32) & 0xFFFF_FFFF
    // At most nine digits over a power of ten: both exact, so the division rounds correctly.
    let power = Self.powers[count]
    return (Double(whole) * power + Double(eight)) / power
  }

  private static let powers: SIMD16<Double> = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1, 1, 1, 1, 1, 1, 1,
  ]
}
