import AssayEvidence

/// Days between civil dates.
enum CivilDate {
  /// `, in 12 days`, `, expired 3 days ago`, or nothing where a date cannot be read.
  static func daysLeft(until expires: String, asOf: String) -> String {
    guard let end = days(expires), let now = days(String(asOf.prefix(10))) else { return "" }
    let left = end - now
    if left < 0 { return ", expired \(Phrases.counted(-left, "day")) ago" }
    return left == 0 ? ", today" : ", in \(Phrases.counted(left, "day"))"
  }

  /// Days since 0000-03-01 of a date `YYYY-MM-DD` in the proleptic Gregorian calendar.
  static func days(_ date: String) -> Int? {
    let parts = date.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 3, date.utf8.count == 10, let year = parts[0], let month = parts[1],
      let day = parts[2],
      (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    let shifted = month > 2 ? year : year - 1
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear
  }
}
