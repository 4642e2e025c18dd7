/// Decodes one column of one batch, whose place in the batch is known.
struct ArrowDecoder {
  let batch: ArrowBatch
  let count: Int
  /// One flag for each row that is missing; `nil` where none is.
  let missing: [Bool]?
  private let firstBuffer: Int
  private let viewBuffers: Int

  /// Reads which values are missing.
  /// - Parameters:
  ///   - node: Index of the column in the batch's list of nodes.
  ///   - firstBuffer: Index of its first buffer.
  ///   - viewBuffers: Number of data buffers, for a view.
  init(
    _ batch: ArrowBatch, type: ArrowType, node: Int, firstBuffer: Int, viewBuffers: Int
  ) throws(TypedFileFault) {
    guard batch.nodes.indices.contains(node) else {
      throw .damaged("a batch with fewer columns than the schema")
    }
    self.batch = batch
    self.firstBuffer = firstBuffer
    self.viewBuffers = viewBuffers
    count = batch.nodes[node].length
    guard count == batch.length else {
      throw .damaged("a column of \(count) rows in a batch of \(batch.length)")
    }
    let nullCount = batch.nodes[node].nullCount
    guard nullCount <= count else {
      throw .damaged("a column of \(count) rows with \(nullCount) missing ones")
    }
    if type == .null {
      missing = Array(repeating: true, count: count)
    } else if nullCount == 0 || count == 0 {
      missing = nil
    } else if batch.isEmpty(firstBuffer) {
      guard nullCount < 0 else {
        throw .damaged("a column with missing values that does not say which")
      }
      missing = nil
    } else {
      let valid = try Self.bits(try batch.buffer(firstBuffer, minimum: (count + 7) / 8), count)
      missing = valid.contains(false) ? valid.map { !$0 } : nil
    }
  }

  /// The first bits of a buffer, least significant first.
  private static func bits(_ bytes: ArraySlice<UInt8>, _ count: Int) throws(TypedFileFault)
    -> [Bool]
  {
    bytes.withUnsafeBytes { raw in
      // The caller checked for (count + 7) / 8 bytes.
      (0..<count).map { raw[$0 >> 3] >> UInt8($0 & 7) & 1 == 1 }
    }
  }

  /// The values.
  func decode(_ type: ArrowType) throws(TypedFileFault) -> DecodedValues {
    switch type {
    case .null:
      return DecodedValues(
        values: .texts(codes: Array(repeating: 0, count: count), texts: [""], missing: missing))
    case .boolean:
      let bytes = try data(minimum: (count + 7) / 8)
      return DecodedValues(values: .booleans(try Self.bits(bytes, count), missing: missing))
    case .integer(64, isSigned: false):
      let values = try fixed(UInt64.self) { UInt64(littleEndian: $0) }
      return DecodedValues(values: .unsigned(values, missing: missing))
    case .integer(let bits, let isSigned):
      return DecodedValues(
        values: .integers(try integers(bits: bits, isSigned: isSigned), missing: missing))
    case .float(64):
      let values = try fixed(UInt64.self) { Double(bitPattern: UInt64(littleEndian: $0)) }
      return DecodedValues(values: .doubles(values, missing: missing))
    case .float(let bits):
      let values =
        bits == 16
        ? try fixed(UInt16.self) { HalfPrecision.widened(UInt16(littleEndian: $0)) }
        : try fixed(UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
      return DecodedValues(values: .singles(values, missing: missing))
    case .decimal(let bits, let scale): return try decimals(bits: bits, scale: scale)
    case .date, .time, .timestamp: return try temporal(type)
    case .text, .textView, .fixedBytes:
      return try ArrowTexts(self).decode(type)
    case .other(let name):
      throw .refused(
        what: "a column of \(name)", why: "only columns of single values are read",
        help: "write its parts as columns of their own")
    }
  }

  /// The bytes of the values.
  func data(minimum: Int) throws(TypedFileFault) -> ArraySlice<UInt8> {
    // A column without rows may leave its buffers out.
    count == 0 ? [] : try batch.buffer(firstBuffer + 1, minimum: minimum)
  }

  /// The bytes of the last buffer of a text, or of one of the buffers of a view.
  func content(_ index: Int) throws(TypedFileFault) -> ArraySlice<UInt8> {
    try batch.buffer(firstBuffer + 2 + index)
  }

  /// The number of buffers that views point into.
  var contentCount: Int { viewBuffers }

  /// Fixed-size values, read one by one from a buffer that was found to hold them all.
  func fixed<Stored: BitwiseCopyable, Value>(
    _: Stored.Type, _ convert: (Stored) -> Value
  ) throws(TypedFileFault) -> [Value] {
    let size = MemoryLayout<Stored>.size
    let bytes = try data(minimum: try TypedFileLimit.product(count, size))
    return bytes.withUnsafeBytes { raw in
      // `raw` holds `count * size` bytes; every value starts at a multiple of `size` below that.
      (0..<count).map { convert(raw.loadUnaligned(fromByteOffset: $0 * size, as: Stored.self)) }
    }
  }

  /// Integers that fit 64 bits with a sign.
  func integers(bits: Int, isSigned: Bool) throws(TypedFileFault) -> [Int64] {
    switch (bits, isSigned) {
    case (8, true): try fixed(Int8.self) { Int64($0) }
    case (16, true): try fixed(Int16.self) { Int64(Int16(littleEndian: $0)) }
    case (32, true): try fixed(Int32.self) { Int64(Int32(littleEndian: $0)) }
    case (8, false): try fixed(UInt8.self) { Int64($0) }
    case (16, false): try fixed(UInt16.self) { Int64(UInt16(littleEndian: $0)) }
    case (32, false): try fixed(UInt32.self) { Int64(UInt32(littleEndian: $0)) }
    default: try fixed(Int64.self) { Int64(littleEndian: $0) }
    }
  }

  private func decimals(bits: Int, scale: Int) throws(TypedFileFault) -> DecodedValues {
    let values: [Int128] =
      switch bits {
      case 32: try fixed(Int32.self) { Int128(Int32(littleEndian: $0)) }
      case 64: try fixed(Int64.self) { Int128(Int64(littleEndian: $0)) }
      default: try fixed(Int128.self) { Int128(littleEndian: $0) }
      }
    return texts { DecimalText.of(values[$0], scale: scale) }
  }

  private func temporal(_ type: ArrowType) throws(TypedFileFault) -> DecodedValues {
    switch type {
    case .date(isDays: true):
      let days = try integers(bits: 32, isSigned: true)
      return texts { TemporalText.date(days: days[$0]) }
    case .date:
      let milliseconds = try integers(bits: 64, isSigned: true)
      return texts { row in
        let (days, rest) = milliseconds[row].quotientAndRemainder(dividingBy: 86_400_000)
        return TemporalText.date(days: rest < 0 ? days - 1 : days)
      }
    case .time(let bits, let unit):
      let values = try integers(bits: bits, isSigned: true)
      var problems: [ValueProblem] = []
      for row in 0..<count
      where missing?[row] != true && TemporalText.time(values[row], in: unit) == nil {
        problems.report(row: row, found: "\(values[row])", expected: "a time within a day")
      }
      var result = texts { TemporalText.time(values[$0], in: unit) ?? "" }
      result.problems = problems
      return result
    case .timestamp(let unit, let hasZone):
      let values = try integers(bits: 64, isSigned: true)
      return texts { TemporalText.timestamp(values[$0], in: unit, isUTC: hasZone) }
    default: preconditionFailure("only called for dates and times")
    }
  }

  /// Texts made from values; equal ones share a code.
  private func texts(_ text: (Int) -> String) -> DecodedValues {
    var interner = TextInterner()
    let codes = (0..<count).map { row in
      missing?[row] == true ? 0 : interner.code(text(row)) ?? 0
    }
    return DecodedValues(values: interner.values(codes, missing: missing))
  }
}
