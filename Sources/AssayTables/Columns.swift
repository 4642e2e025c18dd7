import AssayDiagnostics

extension Table {
  /// What the fields of a column are.
  public enum ColumnKind: Hashable, Sendable {
    /// Numbers, or nothing.
    case number
    /// Text.
    case text
  }

  /// Decides what a column is: numbers when at least nine tenths of its non-empty fields are.
  ///
  /// The rest are then errors that ``numbers(_:allowMissing:)`` points at, rather than a column of a
  /// thousand categories.
  public func kind(_ column: Int) -> ColumnKind {
    var check = NumberCheck()
    check.append(self, column: column)
    return check.kind
  }

  /// What stands in a field of a column of numbers.
  enum NumberField {
    case missing
    case number(Double)
    /// Infinite or undefined.
    case notFinite
    case notANumber
  }

  @inline(__always)
  func numberField(_ row: Int, _ column: Int) -> NumberField {
    if slice(row, column).length == 0 { return .missing }
    if let value = withRawBytes(row, column, NumberText.parse) {
      return value.isFinite ? .number(value) : .notFinite
    }
    return .notANumber
  }

  /// The number in a field; NaN where it is empty or holds none.
  @inline(__always)
  public func number(_ row: Int, _ column: Int) -> Double {
    slice(row, column).length == 0
      ? .nan : withRawBytes(row, column, NumberText.parse) ?? .nan
  }

  func notANumber(_ row: Int, _ column: Int) -> Diagnostic {
    diagnostic(
      .wrongType(column: columns[column], found: text(row, column), expected: "a number"),
      row: row, column: column, help: "leave the field empty where the value is not known")
  }

  func notFinite(_ row: Int, _ column: Int) -> Diagnostic {
    diagnostic(
      .notFinite(column: columns[column], found: text(row, column)), row: row, column: column,
      help: "leave the field empty where the value is not known")
  }

  /// The numbers of a column; an empty field is NaN.
  /// - Throws: The first twenty fields that are no finite number.
  public func numbers(
    _ column: Int, allowMissing: Bool = true
  ) throws(DiagnosticList) -> [Double] {
    var problems = DiagnosticList()
    var result: [Double] = []
    result.reserveCapacity(rowCount)
    for row in 0..<rowCount {
      switch numberField(row, column) {
      case .missing:
        if !allowMissing {
          problems.append(
            diagnostic(.missingValue(column: columns[column]), row: row, column: column))
        }
        result.append(.nan)
      case .number(let value): result.append(value)
      case .notFinite:
        problems.append(notFinite(row, column))
        result.append(.nan)
      case .notANumber:
        problems.append(notANumber(row, column))
        result.append(.nan)
      }
    }
    try problems.throwIfNotEmpty()
    return result
  }

  /// Class labels, whole numbers from 0; −1 where the field is empty.
  /// - Parameter classCount: The number of classes when it is known; otherwise it is the largest label
  ///   plus one, and labels without gaps are expected.
  public func labels(
    _ column: Int, classCount: Int? = nil
  ) throws(DiagnosticList) -> (labels: [Int32], classCount: Int) {
    var reader = LabelReader(classCount: classCount)
    reader.append(self, column: column)
    return try reader.finish()
  }
}

/// Decides what a column is while its rows go by, and keeps what is wrong if it is one of numbers.
public struct NumberCheck: Sendable {
  /// Fields that are not empty.
  public private(set) var filled = 0
  /// Fields that are numbers, infinite ones among them.
  public private(set) var numeric = 0
  /// Fields that are no finite number.
  public private(set) var problems = DiagnosticList()

  /// No rows.
  public init() {}

  /// Adds the rows of a table, or of a part of one.
  public mutating func append(_ table: Table, column: Int) {
    for row in 0..<table.rowCount {
      switch table.numberField(row, column) {
      case .missing: continue
      case .number: numeric += 1
      case .notFinite:
        numeric += 1
        problems.append(table.notFinite(row, column))
      case .notANumber: problems.append(table.notANumber(row, column))
      }
      filled += 1
    }
  }

  /// See ``Table/kind(_:)``.
  public var kind: Table.ColumnKind {
    filled > 0 && numeric * 10 >= filled * 9 ? .number : .text
  }
}

/// Reads class labels while rows go by.
public struct LabelReader: Sendable {
  /// The most classes that are told from labels alone.
  private static let largestClassCount = 1000

  private let classCount: Int?
  /// The labels so far, −1 where a field is empty or holds none.
  public private(set) var labels: [Int32] = []
  private var problems = DiagnosticList()
  /// The first row of every class, as the place of a message; its column and text.
  private var first: [Int32: (place: Diagnostic, column: String, text: String)] = [:]

  /// - Parameter classCount: The number of classes when it is known.
  public init(classCount: Int?) { self.classCount = classCount }

  /// Adds the rows of a table, or of a part of one.
  public mutating func append(_ table: Table, column: Int) {
    let name = table.columns[column]
    let bound = classCount ?? Self.largestClassCount
    for row in 0..<table.rowCount {
      if table.isMissing(row, column) {
        labels.append(-1)
        continue
      }
      guard let value = table.withRawBytes(row, column, NumberText.parse),
        let whole = Int32(exactly: value), whole >= 0, Int(whole) < bound
      else {
        problems.append(
          table.diagnostic(
            .labelOutsideClasses(
              column: name, found: table.text(row, column), classes: "0…\(bound - 1)"), row: row,
            column: column, help: "number the classes from 0 without gaps"))
        labels.append(-1)
        continue
      }
      if first[whole] == nil {
        let place = table.diagnostic(
          .missingValue(column: name), row: row, column: column,
          help: "number the classes from 0 without gaps")
        first[whole] = (place, name, table.text(row, column))
      }
      labels.append(whole)
    }
  }

  /// The labels, −1 where a field is empty, and the number of classes.
  /// - Throws: The first twenty fields that are no label, or one that leaves a gap.
  public func finish() throws(DiagnosticList) -> (labels: [Int32], classCount: Int) {
    try problems.throwIfNotEmpty()
    if let classCount { return (labels, classCount) }
    let largest = Int(first.keys.max() ?? -1)
    if largest >= first.count, let (place, column, text) = first[Int32(largest)] {
      var problem = place
      problem.fact = .labelOutsideClasses(
        column: column, found: text,
        classes: first.count == 1
          ? "0…1, 0 among them" : "0…\(first.count - 1), as there are \(first.count) classes")
      throw DiagnosticList([problem])
    }
    return (labels, max(2, largest + 1))
  }
}
