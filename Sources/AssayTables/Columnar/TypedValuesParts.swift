extension TypedValues {
  /// The number of rows.
  var count: Int {
    switch self {
    case .doubles(let values, _): values.count
    case .singles(let values, _): values.count
    case .integers(let values, _): values.count
    case .booleans(let values, _): values.count
    case .texts(let codes, _, _): codes.count
    }
  }

  /// Which rows are missing; `nil` where none is.
  var missing: [Bool]? {
    switch self {
    case .doubles(_, let missing), .singles(_, let missing), .integers(_, let missing),
      .booleans(_, let missing), .texts(_, _, let missing):
      missing
    }
  }

  /// Values that follow one another; all of one type.
  static func joined(_ parts: [TypedValues]) -> TypedValues? {
    guard let first = parts.first, parts.count > 1 else { return parts.first }
    var missing: [Bool]?
    if parts.contains(where: { $0.missing != nil }) {
      missing = parts.flatMap { $0.missing ?? Array(repeating: false, count: $0.count) }
    }
    /// The values of one type, of all parts.
    func all<Value>(_ values: (TypedValues) -> [Value]?) -> [Value] {
      parts.flatMap { values($0) ?? [] }
    }
    switch first {
    case .doubles:
      return .doubles(
        all { if case .doubles(let values, _) = $0 { values } else { nil } }, missing: missing)
    case .singles:
      return .singles(
        all { if case .singles(let values, _) = $0 { values } else { nil } }, missing: missing)
    case .integers:
      return .integers(
        all { if case .integers(let values, _) = $0 { values } else { nil } }, missing: missing)
    case .booleans:
      return .booleans(
        all { if case .booleans(let values, _) = $0 { values } else { nil } }, missing: missing)
    case .texts:
      var codes: [Int32] = []
      var texts: [String] = []
      for part in parts {
        guard case .texts(let values, let distinct, _) = part else { continue }
        let base = Int32(texts.count)
        codes += values.lazy.map { base + $0 }
        texts += distinct
      }
      return .texts(codes: codes, texts: texts, missing: missing)
    }
  }

  /// The values at positions; arbitrary where a row is missing.
  func gathered(_ positions: [Int32], missing gaps: [Bool]?) -> TypedValues {
    var missing = gaps
    if let holes = self.missing {
      let all = positions.enumerated().map { row, position in
        gaps?[row] == true || holes[Int(position)]
      }
      missing = all.contains(true) ? all : nil
    }
    /// A missing row's position may be outside of an empty dictionary.
    func pick<Value>(_ values: [Value], _ spare: Value) -> [Value] {
      positions.map { values.indices.contains(Int($0)) ? values[Int($0)] : spare }
    }
    switch self {
    case .doubles(let values, _): return .doubles(pick(values, 0), missing: missing)
    case .singles(let values, _): return .singles(pick(values, 0), missing: missing)
    case .integers(let values, _): return .integers(pick(values, 0), missing: missing)
    case .booleans(let values, _): return .booleans(pick(values, false), missing: missing)
    case .texts(let codes, let texts, _):
      return Self.compact(pick(codes, 0), texts.isEmpty ? [""] : texts, missing: missing)
    }
  }

  /// Leaves out texts without a row where there are far more of them than rows, so that a part of a
  /// table costs no more than its rows.
  private static func compact(
    _ codes: [Int32], _ texts: [String], missing: [Bool]?
  ) -> TypedValues {
    if codes.isEmpty { return .texts(codes: [], texts: [], missing: nil) }
    guard texts.count / 4 > codes.count else {
      return .texts(codes: codes, texts: texts, missing: missing)
    }
    var known: [Int32: Int32] = [:]
    var used: [String] = []
    let compacted = codes.map { code in
      if let new = known[code] { return new }
      let new = Int32(used.count)
      known[code] = new
      used.append(texts[Int(code)])
      return new
    }
    return .texts(codes: compacted, texts: used, missing: missing)
  }

  /// Unsigned integers; with all of their digits, as texts, where one does not fit the signed ones.
  static func unsigned(_ values: [UInt64], missing: [Bool]?) -> TypedValues {
    if values.allSatisfy({ $0 <= Int64.max }) {
      return .integers(values.map { Int64($0) }, missing: missing)
    }
    var interner = TextInterner()
    let codes = values.map { interner.code(String($0)) ?? 0 }
    return interner.values(codes, missing: missing)
  }
}
