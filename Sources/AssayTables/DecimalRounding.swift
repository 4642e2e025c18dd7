/// The double nearest to a decimal number, for significands and exponents that are common in tables.
///
/// Goals in order: correct for every input it takes, then fast. It takes exponents in −27...27, where
/// 5 to the exponent fits in 64 bits, so that integer arithmetic decides the rounding exactly.
enum DecimalRounding {
  /// The largest power of five below 2^64 is 5^27.
  private static let limit = 27

  /// Powers of ten that are exact in double precision.
  private static let tens: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
    1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  private static let fives: [UInt64] = {
    var powers: [UInt64] = [1]
    for _ in 0..<limit { powers.append((powers.last ?? 1) * 5) }
    return powers
  }()

  /// `significand · 10^exponent`, rounded to nearest, ties to even; `nil` when the exponent is outside
  /// of −27...27.
  static func nearest(_ significand: UInt64, exponent: Int) -> Double? {
    if exponent == 0 { return Double(significand) }
    // Both numbers are exact, so that the one operation rounds correctly (Clinger 1990, section 3).
    if significand <= 1 << 53, abs(exponent) <= 22 {
      return exponent < 0
        ? Double(significand) / tens[-exponent] : Double(significand) * tens[exponent]
    }
    guard abs(exponent) <= limit else { return nil }
    return exponent < 0
      ? quotient(significand, fives[-exponent], exponent)
      : product(significand, fives[exponent], exponent)
  }

  /// `significand / five · 2^exponent`; neither is 0.
  private static func quotient(_ significand: UInt64, _ five: UInt64, _ exponent: Int) -> Double {
    let shift = significand.leadingZeroBitCount
    let width = five.leadingZeroBitCount
    let normal = significand << UInt64(shift)
    // Both have their highest bit set, so the high half is below the divisor and the quotient of
    // `normal · 2^63` by it has 63 or 64 bits.
    let (whole, rest) = (five << UInt64(width)).dividingFullWidth((normal >> 1, normal << 63))
    return rounded(whole, isMore: rest != 0, exponent: exponent + width - shift - 63)
  }

  /// `significand · five · 2^exponent`; neither is 0.
  private static func product(_ significand: UInt64, _ five: UInt64, _ exponent: Int) -> Double {
    let (high, low) = significand.multipliedFullWidth(by: five)
    if high == 0 { return rounded(low, isMore: false, exponent: exponent) }
    let shift = UInt64(high.leadingZeroBitCount)
    let whole = shift == 0 ? high : high << shift | low >> (64 - shift)
    return rounded(whole, isMore: low << shift != 0, exponent: exponent + 64 - Int(shift))
  }

  /// `(whole + a part below 1) · 2^exponent`; the part is above 0 when `isMore`.
  private static func rounded(_ whole: UInt64, isMore: Bool, exponent: Int) -> Double {
    let drop = 11 - whole.leadingZeroBitCount
    // Fewer than 53 bits only come without a rest: a product, which is then exact.
    if drop <= 0 { return Double(sign: .plus, exponent: exponent, significand: Double(whole)) }
    var kept = whole >> UInt64(drop)
    let rest = whole & (1 << UInt64(drop) - 1)
    let half: UInt64 = 1 << UInt64(drop - 1)
    if rest > half || (rest == half && (isMore || kept & 1 == 1)) { kept += 1 }
    return Double(sign: .plus, exponent: exponent + drop, significand: Double(kept))
  }
}
