import AssayDiagnostics

/// A column of JSON values, read in its role.
///
/// Numbers, texts and truth values are given as ``TypedValuesReader`` gives them: `True` and `False`
/// for truth values that are asked for as texts, numbers in their shortest form, NaN as missing.
struct JSONColumn {
  let request: ColumnRequest
  private var numbers: [Double] = []
  private var codes: [Int32] = []
  private var interner = TextInterner()

  init(_ request: ColumnRequest) { self.request = request }

  /// Rows so far.
  var count: Int { request.role == .text ? codes.count : numbers.count }

  /// The rows.
  var values: ColumnTable.Values {
    request.role == .text ? .texts(codes: codes, texts: interner.texts) : .numbers(numbers)
  }

  /// A value that cannot be given.
  struct Problem {
    var fact: Fact
    var help: String?
  }

  /// Adds a row that has no value.
  mutating func appendMissing() -> Fact? {
    switch request.role {
    case .text: add("")
    case .number(let allowMissing):
      numbers.append(.nan)
      if !allowMissing { return .missingValue(column: request.name) }
    }
    return nil
  }

  /// Adds a row.
  mutating func append(
    _ value: JSONScanner.Value, _ scanner: JSONScanner
  ) throws(JSONFault) -> Problem? {
    switch value {
    case .object: return nested("an object")
    case .array: return nested("a list")
    case .null: return appendMissing().map { Problem(fact: $0) }
    default: break
    }
    if request.role == .text { return try appendText(value, scanner) }
    switch value {
    case .boolean(let value): numbers.append(value ? 1 : 0)
    case .number(let range, let isWhole):
      // Longer whole numbers may be inexact, which `exceptional` tells.
      if !isWhole || range.count <= 15, let number = NumberText.parse(scanner.raw(range)),
        number.isFinite
      {
        numbers.append(number)
      } else {
        return exceptional(text(scanner, range))
      }
    case .notFinite(let range): return exceptional(text(scanner, range))
    case .string(let range, let hasEscapes):
      let bytes = hasEscapes ? try scanner.unescaped(range) : Array(scanner.raw(range))
      guard let text = String(validating: bytes, as: UTF8.self) else { return notUTF8() }
      return exceptional(text)
    case .null, .object, .array: break
    }
    return nil
  }

  private mutating func appendText(
    _ value: JSONScanner.Value, _ scanner: JSONScanner
  ) throws(JSONFault) -> Problem? {
    switch value {
    case .boolean(let value): add(value ? "True" : "False")
    case .number(let range, isWhole: true):
      _ = code(UnsafeRawBufferPointer(scanner.raw(range)))
    case .number(let range, _):
      add(ShortestText.of(NumberText.parse(scanner.raw(range)) ?? .nan))
    case .notFinite(let range):
      let number = NumberText.parse(scanner.raw(range)) ?? .nan
      add(number.isNaN ? "" : ShortestText.of(number))
    case .string(let range, let hasEscapes):
      let isText =
        hasEscapes
        ? try scanner.unescaped(range).withUnsafeBytes { code($0) }
        : code(UnsafeRawBufferPointer(scanner.raw(range)))
      if !isText { return notUTF8() }
    case .null, .object, .array: break
    }
    return nil
  }

  /// A text, or a number that is not plainly one, judged as in every other format.
  private mutating func exceptional(_ text: String) -> Problem? {
    var problem: Problem?
    let row = ColumnParts.part(
      DecodedValues(values: .texts(codes: [0], texts: [text], missing: nil)), request: request,
      firstRow: 0
    ) { fact, _, help in Diagnostic(fact, help: help) }
    if let found = row.problems.diagnostics.first {
      problem = Problem(fact: found.fact, help: found.help)
    }
    if case .numbers(let values) = row.values, let value = values.first {
      numbers.append(value)
    } else {
      numbers.append(.nan)
    }
    return problem
  }

  private mutating func nested(_ found: String) -> Problem {
    let fact = Fact.wrongType(
      column: request.name, found: found,
      expected: request.role == .text ? "a text or a number" : "a number")
    if request.role == .text { add("") } else { numbers.append(.nan) }
    return Problem(fact: fact, help: "write its parts under names of their own in the record")
  }

  private mutating func notUTF8() -> Problem {
    if request.role == .text { add("") } else { numbers.append(.nan) }
    return Problem(
      fact: .wrongType(
        column: request.name, found: "bytes that are not UTF-8", expected: "text"),
      help: "save the file as UTF-8")
  }

  private func text(_ scanner: JSONScanner, _ range: Range<Int>) -> String {
    String(decoding: scanner.raw(range), as: UTF8.self)
  }

  private mutating func add(_ text: String) { codes.append(interner.code(text) ?? 0) }

  /// Adds the code of a text; false where its bytes are not UTF-8, and nothing is added.
  private mutating func code(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let code = interner.code(bytes) else { return false }
    codes.append(code)
    return true
  }
}
