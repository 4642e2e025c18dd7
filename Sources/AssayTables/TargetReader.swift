import AssayDiagnostics

/// Reads a numeric label while rows go by.
public struct TargetReader: Sendable {
  /// The largest magnitude that float32, in which the engine learns, can hold.
  private static let limit = Double(Float.greatestFiniteMagnitude)

  /// The numbers so far, NaN where a field is empty or holds none.
  public private(set) var values: [Double] = []
  private var problems = DiagnosticList()

  /// No rows.
  public init() {}

  /// Adds the rows of a table, or of a part of one.
  public mutating func append(_ table: Table, column: Int) {
    for row in 0..<table.rowCount {
      switch table.numberField(row, column) {
      case .missing: values.append(.nan)
      case .number(let value) where abs(value) <= Self.limit: values.append(value)
      case .number:
        problems.append(
          table.diagnostic(
            .outOfRange(
              column: table.columns[column], found: table.text(row, column),
              expected: "a number of at most 3.4e38 in magnitude"), row: row, column: column,
            help: "give the label in a larger unit"))
        values.append(.nan)
      case .notFinite:
        problems.append(table.notFinite(row, column))
        values.append(.nan)
      case .notANumber:
        problems.append(table.notANumber(row, column))
        values.append(.nan)
      }
    }
  }

  /// The numbers, NaN where a field is empty.
  /// - Throws: The first twenty fields that are no number.
  public func finish() throws(DiagnosticList) -> [Double] {
    try problems.throwIfNotEmpty()
    return values
  }
}
