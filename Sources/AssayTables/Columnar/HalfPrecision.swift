/// IEEE 754 binary16.
enum HalfPrecision {
  /// The same number in single precision, which holds it exactly.
  ///
  /// Written out because not every platform's compiler has `Float16`.
  static func widened(_ bits: UInt16) -> Float {
    let isNegative = bits >> 15 == 1
    let exponent = Int(bits >> 10 & 0x1F)
    let fraction = Float(bits & 0x3FF) / 1_024
    let magnitude: Float =
      switch exponent {
      case 0: fraction * 0x1p-14
      case 31: fraction == 0 ? .infinity : .nan
      default: (1 + fraction) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
      }
    return isNegative ? -magnitude : magnitude
  }
}
