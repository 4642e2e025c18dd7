#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A point in time as text: RFC 3339 in UTC with whole seconds, `2026-01-31T08:00:00Z`.
///
/// Such texts sort in time order, so comparing them needs no calendar.
public struct Timestamp: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// `2026-01-31T08:00:00Z`.
  public let description: String

  /// Reads `2026-01-31T08:00:00Z`, or a date alone, which means its first second.
  /// - Returns: `nil` for any other text and for days that no calendar has.
  public init?(_ text: String) {
    let whole = text.count == 10 ? text + "T00:00:00Z" : text
    let bytes = Array(whole.utf8)
    guard bytes.count == 20, bytes[10] == UInt8(ascii: "T"), bytes[19] == UInt8(ascii: "Z"),
      bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":")
    else { return nil }
    func number(_ range: Range<Int>) -> Int? {
      let digits = bytes[range]
      guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
      return Int(String(decoding: digits, as: UTF8.self))
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
      let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
      (1...12).contains(month), day >= 1, day <= Self.days(in: month, of: year), hour < 24,
      minute < 60, second < 60
    else { return nil }
    description = whole
  }

  /// Seconds since 1970-01-01T00:00:00Z.
  public init(secondsSince1970 seconds: Int) {
    // Days to a civil date by eras of 400 years (Hinnant, "chrono-compatible low-level date algorithms").
    let day = seconds >= 0 ? seconds / 86_400 : -((86_399 - seconds) / 86_400)
    let rest = seconds - day * 86_400
    let shifted = day + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let dayOfMonth = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let padded = String(repeating: "0", count: max(0, 4 - "\(year)".count)) + "\(year)"
    description =
      "\(padded)-\(two(month))-\(two(dayOfMonth))T\(two(rest / 3600)):\(two(rest / 60 % 60)):"
      + "\(two(rest % 60))Z"
  }

  /// The system's clock; only the command reads it, and hands it down as an argument.
  public static func now() -> Timestamp { Timestamp(secondsSince1970: time(nil)) }

  /// `2026-01-31`.
  public var date: String { String(description.prefix(10)) }

  /// Earlier comes first.
  public static func < (a: Timestamp, b: Timestamp) -> Bool { a.description < b.description }

  private static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
