/// Moments in time as RFC 3339 text in UTC.
enum Timestamp {
  /// Milliseconds since 1970 as `2026-11-23T22:13:18.827Z`; whole seconds have no fraction.
  /// - Returns: `nil` outside of the years 0001 to 9999.
  static func text(milliseconds: Int) -> String? {
    let (seconds, fraction) = floorDivide(milliseconds, 1000)
    let (days, second) = floorDivide(seconds, 86_400)
    guard (-719_162...2_932_896).contains(days) else { return nil }
    let (year, month, day) = civil(days)
    var text = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    text += "T\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
    if fraction != 0 { text += ".\(padded(fraction, 3))" }
    return text + "Z"
  }

  /// Seconds since 1970, cut to milliseconds.
  static func text(seconds: Double) -> String? {
    guard seconds.isFinite, abs(seconds) < 1e12 else { return nil }
    return Int(exactly: (seconds * 1000).rounded(.down)).flatMap(text(milliseconds:))
  }

  /// `2026-11-23 22:26:21Z`, as Flower prints it, as RFC 3339; `nil` for anything else.
  static func text(flower: String) -> String? {
    var bytes = Array(flower.utf8)
    let pattern = Array("dddd-dd-dd dd:dd:ddZ".utf8)
    guard bytes.count == pattern.count else { return nil }
    for (byte, wanted) in zip(bytes, pattern) {
      let isDigit = (0x30...0x39).contains(byte)
      guard wanted == UInt8(ascii: "d") ? isDigit : byte == wanted else { return nil }
    }
    bytes[10] = UInt8(ascii: "T")
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func floorDivide(_ value: Int, _ divisor: Int) -> (Int, Int) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  private static func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Year, month and day of a day number since 1970-01-01, proleptic Gregorian calendar.
  ///
  /// Counts in eras of 400 years that start on 1 March, so the leap day is the last of a year.
  /// - Note: Source: H. Hinnant, chrono-Compatible Low-Level Date Algorithms, `civil_from_days`.
  private static func civil(_ days: Int) -> (Int, Int, Int) {
    let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shifted + 2) / 5 + 1
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }
}
