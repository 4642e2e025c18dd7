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
  /// The rest are then errors that ``numbers(_:)`` points at, rather than a column of a thousand
  /// categories.
  public func kind(_ column: Int) -> ColumnKind {
    var filled = 0
    var numeric = 0
    for row in 0..<rowCount {
      let raw = rawBytes(row, column)
      if raw.isEmpty { continue }
      filled += 1
      if NumberText.parse(raw) != nil { numeric += 1 }
    }
    return filled > 0 && numeric * 10 >= filled * 9 ? .number : .text
  }

  /// The numbers of a column; an empty field is NaN.
  /// - Throws: The first twenty fields that are no finite number.
  public func numbers(
    _ column: Int, allowMissing: Bool = true
  ) throws(DiagnosticList) -> [Double] {
    var problems = DiagnosticList()
    var result: [Double] = []
    result.reserveCapacity(rowCount)
    let name = columns[column]
    for row in 0..<rowCount {
      let raw = rawBytes(row, column)
      if raw.isEmpty {
        if !allowMissing {
          problems.append(diagnostic(.missingValue(column: name), row: row, column: column))
        }
        result.append(.nan)
        continue
      }
      guard let value = NumberText.parse(raw) else {
        problems.append(
          diagnostic(
            .wrongType(column: name, found: text(row, column), expected: "a number"), row: row,
            column: column, help: "leave the field empty where the value is not known"))
        result.append(.nan)
        continue
      }
      if !value.isFinite {
        problems.append(
          diagnostic(
            .notFinite(column: name, found: text(row, column)), row: row, column: column,
            help: "leave the field empty where the value is not known"))
      }
      result.append(value)
    }
    try problems.throwIfNotEmpty()
    return result
  }

  /// The most classes that are told from labels alone.
  private static let largestClassCount = 1000

  /// Class labels, whole numbers from 0; −1 where the field is empty.
  /// - Parameter classCount: The number of classes when it is known; otherwise it is the largest label
  ///   plus one, and labels without gaps are expected.
  public func labels(
    _ column: Int, classCount: Int? = nil
  ) throws(DiagnosticList) -> (labels: [Int32], classCount: Int) {
    var problems = DiagnosticList()
    var labels: [Int32] = []
    labels.reserveCapacity(rowCount)
    let name = columns[column]
    let bound = classCount ?? Self.largestClassCount
    let known = "0…\(bound - 1)"
    var firstRow: [Int32: Int] = [:]
    for row in 0..<rowCount {
      let raw = rawBytes(row, column)
      if raw.isEmpty {
        labels.append(-1)
        continue
      }
      guard let value = NumberText.parse(raw), let whole = Int32(exactly: value), whole >= 0,
        Int(whole) < bound
      else {
        problems.append(
          diagnostic(
            .labelOutsideClasses(column: name, found: text(row, column), classes: known), row: row,
            column: column, help: "number the classes from 0 without gaps"))
        labels.append(-1)
        continue
      }
      if firstRow[whole] == nil { firstRow[whole] = row }
      labels.append(whole)
    }
    try problems.throwIfNotEmpty()
    if let classCount { return (labels, classCount) }
    let largest = Int(firstRow.keys.max() ?? -1)
    if largest >= firstRow.count, let row = firstRow[Int32(largest)] {
      throw DiagnosticList([
        diagnostic(
          .labelOutsideClasses(
            column: name, found: text(row, column),
            classes: firstRow.count == 1
              ? "0…1, 0 among them"
              : "0…\(firstRow.count - 1), as there are \(firstRow.count) classes"),
          row: row, column: column, help: "number the classes from 0 without gaps")
      ])
    }
    return (labels, max(2, largest + 1))
  }
}

/// Decimal numbers in ASCII.
enum NumberText {
  private static let powers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  /// The number, correctly rounded; `nil` for anything that is not one. `nan` and `inf` are
  /// recognised so that a message can name them.
  static func parse(_ raw: ArraySlice<UInt8>) -> Double? {
    var index = raw.startIndex
    let end = raw.endIndex
    var negative = false
    if index < end, raw[index] == UInt8(ascii: "-") || raw[index] == UInt8(ascii: "+") {
      negative = raw[index] == UInt8(ascii: "-")
      index += 1
    }
    // Fast path: up to 15 digits with a point are exact integers over an exact power of ten.
    var mantissa = 0
    var digits = 0
    var places = 0
    var seenPoint = false
    while index < end {
      let byte = raw[index]
      if byte >= 0x30, byte <= 0x39 {
        digits += 1
        if digits > 15 { return slow(raw) }
        mantissa = mantissa * 10 + Int(byte - 0x30)
        if seenPoint { places += 1 }
      } else if byte == UInt8(ascii: "."), !seenPoint {
        seenPoint = true
      } else {
        return slow(raw)
      }
      index += 1
    }
    if digits == 0 { return slow(raw) }
    let value = Double(mantissa) / powers[places]
    return negative ? -value : value
  }

  private static func slow(_ raw: ArraySlice<UInt8>) -> Double? {
    let text = String(decoding: raw, as: UTF8.self)
    let trimmed = text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
    let plain = String(trimmed)
    let lowered = plain.lowercased()
    if lowered.contains("x") { return nil }
    switch lowered {
    case "nan", "+nan", "-nan": return .nan
    case "inf", "+inf", "infinity", "+infinity": return .infinity
    case "-inf", "-infinity": return -.infinity
    default: return Double(plain)
    }
  }
}
