import AssayDiagnostics

/// Turns decoded values into what they mean.
struct ParquetMeaningReader {
  let column: ParquetColumn
  let role: ColumnRequest.Role

  /// Refuses a column whose values cannot be read in the role at all.
  func check() throws(ParquetProblem) {
    switch (column.meaning, role) {
    case (.refused(let why), _):
      throw .refused(
        "column '\(column.name)'", "its values are \(why)",
        help: "columns are numbers, texts or times; take nested values apart before")
    case (.date, .number), (.time, .number), (.timestamp, .number), (.uuid, .number):
      throw ParquetProblem(
        fact: .wrongType(
          column: column.name, found: column.meaning.noun, expected: "numbers"))
    default: break
    }
  }

  /// The typed values of a row group.
  func values(_ vector: consuming ParquetVector) throws(ParquetProblem) -> TypedValues {
    let missing = vector.missing.isEmpty ? nil : vector.missing
    switch column.meaning {
    case .nothing:
      return .texts(
        codes: [Int32](repeating: 0, count: vector.filled), texts: [""],
        missing: [Bool](repeating: true, count: vector.filled))
    case .boolean: return .booleans(vector.booleans, missing: missing)
    case .floating:
      return vector.kind == .doubles
        ? .doubles(vector.doubles, missing: missing) : .singles(vector.singles, missing: missing)
    case .integer(let isUnsigned):
      if !isUnsigned { return .integers(vector.integers, missing: missing) }
      if column.physical == .int32 {
        return .integers(vector.integers.map { $0 & 0xFFFF_FFFF }, missing: missing)
      }
      if vector.integers.allSatisfy({ $0 >= 0 }) {
        return .integers(vector.integers, missing: missing)
      }
      return coded(vector.integers, missing) { "\(UInt64(bitPattern: $0))" }
    case .decimal(let scale):
      if vector.kind == .integers {
        if scale == 0 { return .integers(vector.integers, missing: missing) }
        if role != .text, scale <= 22, vector.integers.allSatisfy({ $0.magnitude <= 1 << 53 }) {
          // Both are exact, so the one division rounds correctly.
          let divisor = Self.power(scale)
          return .doubles(vector.integers.map { Double($0) / divisor }, missing: missing)
        }
        return coded(vector.integers, missing) { DecimalText.of(Int128($0), scale: scale) }
      }
      for code in 0..<vector.texts.count where vector.texts[code].count > 64 {
        // Making digits takes the square of the length; no writer goes beyond 32 bytes.
        throw .damaged("a decimal number of \(vector.texts[code].count) bytes")
      }
      return try coded(vector, missing) { ParquetDecimalText.of($0, scale: scale) }
    case .half:
      let entries = (0..<vector.texts.count).map { Self.half(vector.texts[$0]) }
      // Without an entry all are missing, and codes are not looked at.
      return .singles(vector.codes.map { entries.isEmpty ? 0 : entries[Int($0)] }, missing: missing)
    case .text:
      return try coded(vector, missing) { String(validating: $0, as: UTF8.self) }
    case .uuid: return try coded(vector, missing) { Self.uuid($0) }
    case .date: return coded(vector.integers, missing) { TemporalText.date(days: $0) }
    case .time(let unit):
      for (row, value) in vector.integers.enumerated() where missing?[row] != true {
        if TemporalText.time(value, in: unit) == nil {
          throw .damaged("a time of day outside of the day")
        }
      }
      return coded(vector.integers, missing) { TemporalText.time($0, in: unit) ?? "" }
    case .timestamp(let unit, let isUTC):
      return coded(vector.integers, missing) {
        TemporalText.timestamp($0, in: unit, isUTC: isUTC)
      }
    case .refused(let why): throw .refused("column '\(column.name)'", "its values are \(why)")
    }
  }

  /// Whole numbers that are shown as texts: one text for each distinct number.
  private func coded(
    _ values: [Int64], _ missing: [Bool]?, _ text: (Int64) -> String
  ) -> TypedValues {
    var known: [Int64: Int32] = [:]
    var texts: [String] = []
    let codes = values.enumerated().map { row, value -> Int32 in
      if missing?[row] == true { return 0 }
      if let code = known[value] { return code }
      let code = Int32(texts.count)
      known[value] = code
      texts.append(text(value))
      return code
    }
    return .texts(codes: codes, texts: texts, missing: missing)
  }

  /// Byte strings as texts; `nil` is one that is no text.
  private func coded(
    _ vector: borrowing ParquetVector, _ missing: [Bool]?,
    _ text: (ArraySlice<UInt8>) -> String?
  ) throws(ParquetProblem) -> TypedValues {
    var texts: [String] = []
    texts.reserveCapacity(vector.texts.count)
    for code in 0..<vector.texts.count {
      let bytes = vector.texts[code]
      guard let text = text(bytes) else {
        let byte = bytes.first { $0 >= 0x80 } ?? 0
        throw ParquetProblem(
          fact: .notUTF8(byte: byte), help: "write texts as UTF-8, and leave out columns of bytes")
      }
      texts.append(text)
    }
    return .texts(codes: vector.codes, texts: texts, missing: missing)
  }

  private static func power(_ exponent: Int) -> Double {
    // Powers of ten are exact up to 10^22, and so is every product on the way.
    var result = 1.0
    for _ in 0..<exponent { result *= 10 }
    return result
  }

  /// The number in two little-endian bytes.
  static func half(_ bytes: ArraySlice<UInt8>) -> Float {
    HalfPrecision.widened(bytes.reversed().reduce(0) { $0 << 8 | UInt16($1) })
  }

  /// `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`.
  private static func uuid(_ bytes: ArraySlice<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
