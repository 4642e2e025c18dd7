/// Decimal numbers in ASCII.
enum NumberText {
  /// Powers of ten that are exact in double precision.
  private static let powers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
  ]

  /// The number, correctly rounded; `nil` for anything that is not one. `nan` and `inf` are
  /// recognised so that a message can name them.
  static func parse(_ raw: UnsafeBufferPointer<UInt8>) -> Double? {
    var index = 0
    let end = raw.count
    var negative = false
    if index < end, raw[index] == UInt8(ascii: "-") || raw[index] == UInt8(ascii: "+") {
      negative = raw[index] == UInt8(ascii: "-")
      index += 1
    }
    // Fast path: up to 15 digits with a point are exact integers over an exact power of ten, so that
    // the one division rounds correctly.
    var mantissa: UInt64 = 0
    let start = index
    var point = -1
    // Sixteen digits and a point fit; more are left to the slow path.
    if end - start > 16 { return slow(raw) }
    while index < end {
      let digit = raw[index] &- 0x30
      if digit < 10 {
        mantissa = mantissa &* 10 &+ UInt64(digit)
      } else if raw[index] == UInt8(ascii: "."), point < 0 {
        point = index
      } else {
        return slow(raw)
      }
      index += 1
    }
    let digits = end - start - (point < 0 ? 0 : 1)
    if digits == 0 || digits > 15 { return slow(raw) }
    var value = Double(mantissa)
    if point >= 0, point + 1 < end { value /= powers[end - point - 1] }
    return negative ? -value : value
  }

  private static func slow(_ raw: UnsafeBufferPointer<UInt8>) -> Double? {
    // Most texts are told by their first byte; what a number, `nan` or `inf` may begin with is not.
    guard let first = raw.first, " +-.0123456789nNiI".utf8.contains(first) else { return nil }
    let text = String(decoding: raw, as: UTF8.self)
    let trimmed = text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
    let plain = String(trimmed)
    let lowered = plain.lowercased()
    if lowered.contains("x") { return nil }
    switch lowered {
    case "nan", "+nan", "-nan": return .nan
    case "inf", "+inf", "infinity", "+infinity": return .infinity
    case "-inf", "-infinity": return -.infinity
    default: return Double(plain)
    }
  }
}
