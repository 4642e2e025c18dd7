/// Dates as text, `YYYY-MM-DD`; comparing the texts compares the dates.
enum CalendarDate {
  /// Whether the text is a day of the Gregorian calendar, written `YYYY-MM-DD`.
  static func isValid(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count == 10, bytes[4] == 0x2D, bytes[7] == 0x2D else { return false }
    let digits = [0, 1, 2, 3, 5, 6, 8, 9].map { bytes[$0] }
    guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
    func number(_ range: Range<Int>) -> Int {
      bytes[range].reduce(0) { $0 * 10 + Int($1) - 0x30 }
    }
    let year = number(0..<4)
    let month = number(5..<7)
    let day = number(8..<10)
    guard year > 0, (1...12).contains(month) else { return false }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (1...days[month - 1]).contains(day)
  }

  /// The day of a timestamp such as `2026-01-01T00:00:00Z`.
  static func day(of timestamp: String) -> String { String(timestamp.prefix(10)) }
}
