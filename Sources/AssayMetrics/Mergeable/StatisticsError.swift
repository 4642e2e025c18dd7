/// Why two statistics cannot become one.
public enum StatisticsError: Error, Hashable, Sendable {
  /// A count or a sum would leave its range; nothing is wrapped.
  case overflow(what: String)
  /// The statistics describe different evaluations; what differs, and both values in words.
  case differentShape(what: String, first: String, second: String)
  /// A table that cannot become statistics, and why.
  case unsuitable(String)
}

extension Int {
  /// The most rows that a count may reach: up to here every count is exact as a double.
  static let largestCount = 1 << 53

  /// The sum of two counts, which must stay within ``largestCount``.
  func addingCount(_ other: Int) throws(StatisticsError) -> Int {
    let (sum, isOver) = addingReportingOverflow(other)
    if isOver || sum > Int.largestCount { throw .overflow(what: "a count of rows") }
    return sum
  }
}
