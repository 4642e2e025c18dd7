/// Decimal numbers in ASCII.
enum NumberText {
  /// The number, correctly rounded; `nil` for anything that is not one. `nan` and `inf` are
  /// recognised so that a message can name them.
  static func parse(_ raw: UnsafeBufferPointer<UInt8>) -> Double? {
    parse(raw, point: UInt8(ascii: "."))
  }

  /// As ``parse(_:)``, with a decimal mark of choice: a comma in tables whose fields are divided
  /// otherwise.
  static func parse(_ raw: UnsafeBufferPointer<UInt8>, point: UInt8) -> Double? {
    plain(raw, point: point) ?? slow(raw, point: point)
  }

  /// The number in `raw` when it is written as optional sign, digits with or without a decimal mark,
  /// optional exponent, and lies where ``DecimalRounding`` rounds exactly; `nil` otherwise.
  @inline(__always)
  private static func plain(_ raw: UnsafeBufferPointer<UInt8>, point mark: UInt8) -> Double? {
    var index = 0
    let end = raw.count
    var negative = false
    if index < end, raw[index] == UInt8(ascii: "-") || raw[index] == UInt8(ascii: "+") {
      negative = raw[index] == UInt8(ascii: "-")
      index += 1
    }
    var significand: UInt64 = 0
    var digits = 0
    var point = -1
    var hasDigit = false
    while index < end {
      let digit = raw[index] &- 0x30
      if digit < 10 {
        hasDigit = true
        significand = significand &* 10 &+ UInt64(digit)
        // Zeros in front do not count; nineteen digits stay below 2^64.
        if significand != 0 {
          digits += 1
          if digits > 19 { return nil }
        }
      } else if raw[index] == mark, point < 0 {
        point = index
      } else {
        break
      }
      index += 1
    }
    guard hasDigit else { return nil }
    var exponent = point < 0 ? 0 : point + 1 - index
    if index < end {
      guard raw[index] | 0x20 == UInt8(ascii: "e") else { return nil }
      index += 1
      guard index < end else { return nil }
      var isBelow = false
      if raw[index] == UInt8(ascii: "-") || raw[index] == UInt8(ascii: "+") {
        isBelow = raw[index] == UInt8(ascii: "-")
        index += 1
      }
      // Three digits cannot overflow, and more are no common number.
      guard index < end, end - index <= 3 else { return nil }
      var stated = 0
      while index < end {
        let digit = raw[index] &- 0x30
        guard digit < 10 else { return nil }
        stated = stated * 10 + Int(digit)
        index += 1
      }
      exponent += isBelow ? -stated : stated
    }
    guard let value = DecimalRounding.nearest(significand, exponent: exponent) else { return nil }
    return negative ? -value : value
  }

  private static func slow(_ raw: UnsafeBufferPointer<UInt8>, point: UInt8) -> Double? {
    // Most texts are told by their first byte; what a number, `nan` or `inf` may begin with is not.
    guard let first = raw.first, first == point || " +-.0123456789nNiI".utf8.contains(first) else {
      return nil
    }
    var text = String(decoding: raw, as: UTF8.self)
    if point != UInt8(ascii: ".") {
      if text.utf8.contains(UInt8(ascii: ".")) { return nil }
      text = String(text.map { $0 == "," ? "." : $0 })
    }
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
