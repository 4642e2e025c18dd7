/// IEEE 754 binary16.
enum HalfPrecision {
  /// The same number in double precision, which holds it exactly.
  ///
  /// Written out because not every platform's compiler has `Float16`.
  static func widened(_ bits: UInt16) -> Double {
    let isNegative = bits >> 15 == 1
    let exponent = Int(bits >> 10 & 0x1F)
    let fraction = Double(bits & 0x3FF) / 1_024
    let magnitude: Double =
      switch exponent {
      case 0: fraction * 0x1p-14
      case 31: fraction == 0 ? .infinity : .nan
      default: (1 + fraction) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
      }
    return isNegative ? -magnitude : magnitude
  }
}
