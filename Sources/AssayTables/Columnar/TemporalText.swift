/// Dates, times of day and timestamps as pandas' CSV shows them.
///
/// How many digits stand behind the seconds is a matter of a whole column. So ``timestamp(_:in:isUTC:)``
/// writes nine digits where there is a fraction, and ``settled(_:isUTC:)`` shortens all texts alike.
enum TemporalText {
  /// The unit of a stored time.
  enum Unit: Sendable {
    case seconds, milliseconds, microseconds, nanoseconds

    var perSecond: Int64 {
      switch self {
      case .seconds: 1
      case .milliseconds: 1_000
      case .microseconds: 1_000_000
      case .nanoseconds: 1_000_000_000
      }
    }
  }

  /// `2026-01-31` for days since 1970-01-01, in the Gregorian calendar before its time as well.
  static func date(days: Int64) -> String {
    // Days to a civil date by eras of 400 years (Hinnant, "chrono-compatible low-level date
    // algorithms"). |days| is at most 2^63 / 86,400 or 2^31, so nothing here overflows.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let size = padded(Int64(year.magnitude), 4)
    return "\(year < 0 ? "-" : "")\(size)-\(padded(month, 2))-\(padded(day, 2))"
  }

  /// `14:13:20`, with six digits behind the seconds where there is a fraction, nine where six are too
  /// few. Ticks since midnight; `nil` outside of a day.
  static func time(_ ticks: Int64, in unit: Unit) -> String? {
    let seconds = ticks / unit.perSecond
    guard ticks >= 0, seconds < 86_400 else { return nil }
    let nanoseconds = (ticks % unit.perSecond) * (1_000_000_000 / unit.perSecond)
    let fraction =
      nanoseconds == 0
      ? ""
      : nanoseconds % 1_000 == 0
        ? "." + padded(nanoseconds / 1_000, 6) : "." + padded(nanoseconds, 9)
    return clock(seconds) + fraction
  }

  /// `2026-09-21 14:13:20.500000000+00:00` for ticks since 1970-01-01T00:00:00; the fraction only
  /// where there is one, the offset only in UTC.
  static func timestamp(_ ticks: Int64, in unit: Unit, isUTC: Bool) -> String {
    var seconds = ticks / unit.perSecond
    var rest = ticks % unit.perSecond
    if rest < 0 {
      rest += unit.perSecond
      seconds -= 1
    }
    var days = seconds / 86_400
    var secondOfDay = seconds % 86_400
    if secondOfDay < 0 {
      secondOfDay += 86_400
      days -= 1
    }
    let nanoseconds = rest * (1_000_000_000 / unit.perSecond)
    return date(days: days) + " " + clock(secondOfDay)
      + (nanoseconds == 0 ? "" : "." + padded(nanoseconds, 9)) + (isUTC ? "+00:00" : "")
  }

  /// The texts of a whole column of timestamps, with as many digits behind the seconds as the finest
  /// of them needs (0, 3, 6 or 9); dates alone where all are midnights without an offset.
  static func settled(_ texts: [String], isUTC: Bool) -> [String] {
    let offset = isUTC ? 6 : 0
    var digits = 0
    var onlyMidnights = !isUTC
    for text in texts where !text.isEmpty {
      if !text.hasSuffix(" 00:00:00") { onlyMidnights = false }
      guard let fraction = fraction(of: text, offset) else { continue }
      digits = max(digits, fraction.hasSuffix("000000") ? 3 : fraction.hasSuffix("000") ? 6 : 9)
    }
    return texts.map { text in
      if text.isEmpty { return text }
      if onlyMidnights { return String(text.dropLast(9)) }
      if digits == 0 { return text }
      let fraction = fraction(of: text, offset)
      let whole = text.dropLast(offset + (fraction == nil ? 0 : 10))
      return whole + "." + (fraction ?? "000000000").prefix(digits) + text.suffix(offset)
    }
  }

  private static func fraction(of text: String, _ offset: Int) -> Substring? {
    let plain = text.dropLast(offset)
    return plain.dropLast(9).last == "." ? plain.suffix(9) : nil
  }

  private static func clock(_ seconds: Int64) -> String {
    "\(padded(seconds / 3_600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
  }

  private static func padded(_ value: Int64, _ count: Int) -> String {
    let digits = "\(value)"
    return String(repeating: "0", count: max(0, count - digits.count)) + digits
  }
}
