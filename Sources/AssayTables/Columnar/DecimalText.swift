/// Decimal numbers that are stored as an integer and a power of ten.
enum DecimalText {
  /// The text of `value / 10^scale`, with all of its `scale` digits behind the point.
  static func of(_ value: Int128, scale: Int) -> String {
    let sign = value < 0 ? "-" : ""
    var digits = String(value.magnitude)
    if scale <= 0 {
      return value == 0 ? "0" : sign + digits + String(repeating: "0", count: -scale)
    }
    if digits.count <= scale {
      digits = String(repeating: "0", count: scale + 1 - digits.count) + digits
    }
    return sign + digits.dropLast(scale) + "." + digits.suffix(scale)
  }
}
