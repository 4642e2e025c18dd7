import AssayDiagnostics

/// Reads typed values of one column in a role, and keeps what is wrong with them.
///
/// One reader reads rows that stand together; `firstRow` is their place in the table. Rules:
/// - A number: doubles as they are, singles widened exactly, truth values as 0 and 1, integers when a
///   double holds them exactly, texts that are decimal numbers. NaN and infinity are problems.
/// - A text: what pandas' CSV of the same values shows. Integers in decimal digits, floating-point
///   numbers in the fewest digits that mean them (`1.0`, `1e-05`), truth values `True` and `False`; NaN
///   is missing.
struct TypedValuesReader {
  /// The column's name, for problems.
  let column: String
  /// How values are read.
  let role: ColumnRequest.Role
  /// The table's row of the first value.
  let firstRow: Int
  /// The place of a problem.
  let place: (_ fact: Fact, _ row: Int, _ help: String?) -> Diagnostic
  /// What is wrong, in the order of the rows.
  private(set) var problems = DiagnosticList()

  init(
    column: String, role: ColumnRequest.Role, firstRow: Int = 0,
    place: @escaping (_ fact: Fact, _ row: Int, _ help: String?) -> Diagnostic
  ) {
    self.column = column
    self.role = role
    self.firstRow = firstRow
    self.place = place
  }

  /// The values in the role; distinct texts stand in the order of their first row.
  mutating func read(_ values: TypedValues) -> ColumnTable.Values {
    switch role {
    case .number(let allowMissing): .numbers(numbers(values, allowMissing: allowMissing))
    case .text: texts(values)
    }
  }

  // MARK: Numbers

  private mutating func numbers(_ values: TypedValues, allowMissing: Bool) -> [Double] {
    // A copy, so that closures need no access to `self`.
    let column = column
    switch values {
    case .doubles(let values, let missing):
      if missing == nil, values.allSatisfy(\.isFinite) { return values }
      return each(values, missing, allowMissing) { value in
        value.isFinite ? .number(value) : .problem(.notFinite(column: column, found: "\(value)"))
      }
    case .singles(let values, let missing):
      return each(values, missing, allowMissing) { value in
        value.isFinite
          ? .number(Double(value)) : .problem(.notFinite(column: column, found: "\(value)"))
      }
    case .integers(let values, let missing):
      return each(values, missing, allowMissing) { value in
        let number = Double(value)
        return value.magnitude <= 1 << 53 || Int64(exactly: number) == value
          ? .number(number) : .problem(Self.inexact(column, "\(value)"))
      }
    case .booleans(let values, let missing):
      return each(values, missing, allowMissing) { .number($0 ? 1 : 0) }
    case .texts(let codes, let texts, let missing):
      let parsed = texts.map(number(in:))
      return each(codes, missing, allowMissing) { parsed[Int($0)] }
    }
  }

  private enum Reading {
    case number(Double)
    case missing
    case problem(Fact)
  }

  @inline(__always)
  private mutating func each<Value>(
    _ values: [Value], _ missing: [Bool]?, _ allowMissing: Bool, _ read: (Value) -> Reading
  ) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(values.count)
    for (index, value) in values.enumerated() {
      let reading = missing?[index] == true ? .missing : read(value)
      switch reading {
      case .number(let number): result.append(number)
      case .missing:
        if !allowMissing { report(.missingValue(column: column), at: index) }
        result.append(.nan)
      case .problem(let fact):
        report(fact, at: index)
        result.append(.nan)
      }
    }
    return result
  }

  private mutating func report(_ fact: Fact, at index: Int) {
    let help: String? =
      switch fact {
      case .notFinite, .wrongType: "leave the value out (null) where it is not known"
      default: nil
      }
    problems.append(place(fact, firstRow + index, help))
  }

  private func number(in text: String) -> Reading {
    if text.isEmpty { return .missing }
    var copy = text
    let number = copy.withUTF8 { NumberText.parse($0) }
    guard let number else {
      return .problem(.wrongType(column: column, found: text, expected: "a number"))
    }
    if !number.isFinite { return .problem(.notFinite(column: column, found: text)) }
    // Whole numbers of many digits are ids more often than measurements: refused where not exact.
    let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
    if digits.count > 15, digits.allSatisfy({ (0x30...0x39).contains($0) }),
      !isExact(number, text)
    {
      return .problem(Self.inexact(column, text))
    }
    return .number(number)
  }

  private func isExact(_ number: Double, _ text: String) -> Bool {
    if let whole = Int64(text) { return Int64(exactly: number) == whole }
    return UInt64(text).map { UInt64(exactly: number) == $0 } ?? false
  }

  private static func inexact(_ column: String, _ found: String) -> Fact {
    .outOfRange(
      column: column, found: found,
      expected: "a whole number that a double holds exactly (all up to 2^53 are)")
  }

  // MARK: Texts

  private func texts(_ values: TypedValues) -> ColumnTable.Values {
    switch values {
    case .doubles(let values, let missing):
      return coded(values.map { $0.isNaN ? UInt64.max : $0.bitPattern }, missing) {
        $0 == .max ? "" : ShortestText.of(Double(bitPattern: $0))
      }
    case .singles(let values, let missing):
      return coded(values.map { $0.isNaN ? UInt32.max : $0.bitPattern }, missing) {
        $0 == .max ? "" : ShortestText.of(Float(bitPattern: $0))
      }
    case .integers(let values, let missing): return coded(values, missing) { "\($0)" }
    case .booleans(let values, let missing): return coded(values, missing) { $0 ? "True" : "False" }
    case .texts(let codes, let texts, let missing):
      var numbering = TextNumbering()
      // The new code of each old one, or -1 before its first row.
      var known = [Int32](repeating: -1, count: texts.count)
      var result: [Int32] = []
      result.reserveCapacity(codes.count)
      for (index, code) in codes.enumerated() {
        if missing?[index] == true {
          result.append(numbering.code(of: ""))
          continue
        }
        if known[Int(code)] < 0 { known[Int(code)] = numbering.code(of: texts[Int(code)]) }
        result.append(known[Int(code)])
      }
      return .texts(codes: result, texts: numbering.texts)
    }
  }

  private func coded<Value: Hashable>(
    _ values: [Value], _ missing: [Bool]?, _ text: (Value) -> String
  ) -> ColumnTable.Values {
    var numbering = TextNumbering()
    var known: [Value: Int32] = [:]
    var result: [Int32] = []
    result.reserveCapacity(values.count)
    for (index, value) in values.enumerated() {
      if missing?[index] == true {
        result.append(numbering.code(of: ""))
      } else if let code = known[value] {
        result.append(code)
      } else {
        let code = numbering.code(of: text(value))
        known[value] = code
        result.append(code)
      }
    }
    return .texts(codes: result, texts: numbering.texts)
  }
}
