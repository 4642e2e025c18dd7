import AssayDiagnostics

/// One value of a typed file that cannot be given.
struct ValueProblem: Hashable, Sendable {
  /// The row, from 0.
  var row: Int
  /// What stands there, in words.
  var found: String
  /// What is wanted, in words.
  var expected: String
}

/// Values of a part of a column, and what is wrong with some of them.
struct DecodedValues: Sendable {
  /// One entry for each row; arbitrary where there is a problem.
  var values: TypedValues
  /// The first problems in the order of rows, at most as many as are reported.
  var problems: [ValueProblem] = []
}

extension [ValueProblem] {
  /// Adds a problem unless enough are known.
  mutating func report(row: Int, found: String, expected: String) {
    if count < DiagnosticList.reportLimit {
      append(ValueProblem(row: row, found: found, expected: expected))
    }
  }
}
