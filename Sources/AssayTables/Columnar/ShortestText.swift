/// Floating-point numbers as Python writes them: the fewest digits that mean the number.
///
/// From 1e-4 up to 1e16 in plain digits with at least one behind the point, otherwise with an
/// exponent of at least two digits: `1.0`, `0.0001`, `1e-05`, `1.5e+16`. Infinity is `inf`. pandas
/// writes doubles into a CSV in this way.
enum ShortestText {
  /// The text of a double.
  static func of(_ value: Double) -> String { arranged(value.description) }

  /// The text of a float in the digits of its own width.
  static func of(_ value: Float) -> String { arranged(value.description) }

  /// Swift's digits are the fewest as well; only where the exponent begins differs.
  private static func arranged(_ description: String) -> String {
    var rest = description[...]
    let sign = rest.hasPrefix("-") ? "-" : ""
    if !sign.isEmpty { rest = rest.dropFirst() }
    guard rest.first?.isNumber == true else { return description }
    let parts = rest.split(separator: "e")
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let stated = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    var digits = Array(mantissa[0].utf8)
    // The number is 0.digits · 10^point.
    var point = digits.count + stated
    if mantissa.count > 1 { digits += Array(mantissa[1].utf8) }
    let leading = digits.prefix { $0 == 0x30 }.count
    digits.removeFirst(leading)
    point -= leading
    while digits.last == 0x30 { digits.removeLast() }
    if digits.isEmpty { return sign + "0.0" }
    let text = String(decoding: digits, as: UTF8.self)
    let exponent = point - 1
    if exponent < -4 || exponent >= 16 {
      let tail = text.dropFirst()
      let size = exponent.magnitude
      return sign + text.prefix(1) + (tail.isEmpty ? "" : "." + tail)
        + (exponent < 0 ? "e-" : "e+") + (size < 10 ? "0\(size)" : "\(size)")
    }
    if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + text }
    if point >= digits.count {
      return sign + text + String(repeating: "0", count: point - digits.count) + ".0"
    }
    return sign + text.prefix(point) + "." + text.dropFirst(point)
  }
}
