import AssayDiagnostics
import Testing

@testable import AssayTables

/// Bytes as numbers of a kind; a problem when they are refused.
private func decode<Value>(
  _ bytes: [UInt8], count: Int, zero: Value,
  _ body: (UnsafeRawBufferPointer, UnsafeMutableBufferPointer<Value>) throws(ParquetProblem) -> Void
) throws -> [Value] {
  var output = [Value](repeating: zero, count: count)
  try withBytes(bytes) { raw throws(ParquetProblem) in
    try ParquetValueDecoder.fill(&output, 0, count) { target throws(ParquetProblem) in
      try body(raw, target)
    }
  }
  return output
}

@Suite("Encodings of Parquet")
struct ParquetEncodingTests {
  private func runs(_ bytes: [UInt8], width: Int, count: Int) throws -> [Int32] {
    try decode(bytes, count: count, zero: 0) { raw, target throws(ParquetProblem) in
      try RunLengths.decode(raw, width: width, into: target)
    }
  }

  /// Expected: `Encodings.md` of apache/parquet-format, where 0…7 in 3 bits are 0x88 0xC6 0xFA.
  @Test("runs and bit-packed groups")
  func runLengths() throws {
    #expect(try runs([0x03, 0x88, 0xC6, 0xFA], width: 3, count: 8) == [0, 1, 2, 3, 4, 5, 6, 7])
    #expect(
      try runs([0x03, 0x88, 0xC6, 0xFA, 0x0A, 0x05], width: 3, count: 13)
        == [0, 1, 2, 3, 4, 5, 6, 7, 5, 5, 5, 5, 5])
    #expect(try runs([0x08, 0x34, 0x12], width: 13, count: 4) == [0x1234, 0x1234, 0x1234, 0x1234])
    // Runs that are longer than what is asked for are cut.
    #expect(try runs([0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0xFF], width: 1, count: 8).count == 8)
    #expect(try runs([0xFE, 0xFF, 0xFF, 0xFF, 0x0F, 0x01], width: 1, count: 3) == [1, 1, 1])
    #expect(try runs([0x08], width: 0, count: 4) == [0, 0, 0, 0])
    #expect(try runs([], width: 3, count: 0) == [])
  }

  @Test("runs that end too early, and lengths that are no number, are errors")
  func brokenRuns() {
    for bytes: [UInt8] in [
      [], [0x03], [0x03, 0x88, 0xC6], [0x02, 0x05], [0x04], [0x80],
      [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
      [0, 0, 0, 0],
    ] {
      #expect(throws: ParquetProblem.self, "\(bytes)") { try runs(bytes, width: 3, count: 8) }
    }
  }

  @Test("numbers of every width from every bit, near the end of the bytes as well")
  func bits() {
    let bytes: [UInt8] = (0..<24).map { UInt8(truncatingIfNeeded: $0 * 89 + 41) }
    bytes.withUnsafeBytes { raw in
      for width in 0...64 {
        for bit in 0...(bytes.count * 8 - width) {
          // Bit by bit.
          let expected = (0..<width).reduce(UInt64(0)) { sum, offset in
            sum | UInt64(bytes[(bit + offset) / 8] >> UInt8((bit + offset) % 8) & 1)
              << UInt64(offset)
          }
          #expect(BitUnpacking.number(raw, bit: bit, width: width) == expected)
        }
      }
    }
  }

  /// By hand: the highest bit first, so 0b1011_0000 are 1, 0, 1, 1.
  @Test("levels of the deprecated bit-packed encoding")
  func bitPacked() throws {
    let levels = try decode([0b1011_0000, 0b0100_0000], count: 10, zero: Int32(0)) {
      raw, target throws(ParquetProblem) in
      try RunLengths.bitPackedLevels(raw, into: target)
    }
    #expect(levels == [1, 0, 1, 1, 0, 0, 0, 0, 0, 1])
    #expect(throws: ParquetProblem.self) {
      try decode([0xFF], count: 9, zero: Int32(0)) { raw, target throws(ParquetProblem) in
        try RunLengths.bitPackedLevels(raw, into: target)
      }
    }
  }

  private func deltas(_ bytes: [UInt8], count: Int, is32Bit: Bool = false) throws -> [Int64] {
    try decode(bytes, count: count, zero: 0) { raw, target throws(ParquetProblem) in
      _ = try DeltaIntegers.decode(raw, is32Bit: is32Bit, into: target)
    }
  }

  /// Expected: the two examples of `Encodings.md`; blocks of 128 in 4 miniblocks.
  @Test("differences in blocks")
  func delta() throws {
    let head: [UInt8] = [0x80, 0x01, 0x04]
    // 1, 2, 3, 4, 5: first 1, least difference 1, no bits.
    #expect(try deltas(head + [5, 2, 2, 0, 0, 0, 0], count: 5) == [1, 2, 3, 4, 5])
    // 7, 5, 3, 1, 2, 3, 4, 5: least difference -2, then 0, 0, 0, 3, 3, 3, 3 in 2 bits.
    let packed: [UInt8] = [0b1100_0000, 0b0011_1111, 0, 0, 0, 0, 0, 0]
    #expect(
      try deltas(head + [8, 14, 3, 2, 0, 0, 0] + packed, count: 8) == [7, 5, 3, 1, 2, 3, 4, 5])
    // Sums wrap at the width of the type: 2^31 - 1 and 1 more.
    let last: [UInt8] = [0xFE, 0xFF, 0xFF, 0xFF, 0x0F]
    #expect(
      try deltas(head + [2] + last + [2, 0, 0, 0, 0], count: 2, is32Bit: true)
        == [2_147_483_647, -2_147_483_648])
  }

  @Test("blocks that cannot be, and another number of values, are errors")
  func brokenDelta() {
    for bytes: [UInt8] in [
      [0x80, 0x01, 0x04, 6, 2, 2, 0, 0, 0, 0], [0x80, 0x01, 0x00, 5, 2], [0x00, 0x04, 5, 2],
      [0x80, 0x01, 0x03, 5, 2], [0x80, 0x01, 0x80, 0x01, 5, 2], [0x80, 0x01, 0x04, 5, 2],
      [0x80, 0x01, 0x04, 5, 2, 2, 65, 0, 0, 0], [0x80, 0x01, 0x04, 5, 2, 2, 9, 0, 0, 0, 1],
      [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40, 0x04, 5, 2],
    ] {
      #expect(throws: ParquetProblem.self, "\(bytes)") { try deltas(bytes, count: 5) }
    }
  }

  @Test("texts that share what the text before them has not are an error")
  func brokenDeltaTexts() throws {
    func texts(_ bytes: [UInt8]) throws -> [String] {
      var texts: [String] = []
      try withBytes(bytes) { raw throws(ParquetProblem) in
        try ByteArrays.delta(raw, count: 2) { text throws(ParquetProblem) in
          texts.append(String(decoding: text, as: UTF8.self))
        }
      }
      return texts
    }
    let head: [UInt8] = [0x80, 0x01, 0x04, 2]
    // Shared 0 and 2; lengths 3 and 1; "abcd" are "abc" and "abd".
    let lengths = head + [6, 3, 0, 0, 0, 0] + Array("abcd".utf8)
    #expect(try texts(head + [0, 4, 0, 0, 0, 0] + lengths) == ["abc", "abd"])
    #expect(throws: ParquetProblem.self) { try texts(head + [0, 8, 0, 0, 0, 0] + lengths) }
    #expect(throws: ParquetProblem.self) { try texts(head + [2, 1, 0, 0, 0, 0] + lengths) }
  }

  @Test("hostile metadata ends in an error: endless nesting, lists and sizes")
  func thrift() throws {
    func skip(_ bytes: [UInt8]) throws {
      try withBytes(bytes) { raw throws(ParquetProblem) in
        var reader = ThriftReader(raw)
        var last = 0
        while let field = try reader.field(after: &last) { try reader.skip(field) }
      }
    }
    try skip([0x11, 0x15, 0x02, 0x18, 0x01, 0x41, 0x00])
    for bytes: [UInt8] in [
      [], [0x1C] + [UInt8](repeating: 0x1C, count: 100_000), [0x19, 0xFC, 0xFF, 0xFF, 0xFF, 0x7F],
      [0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0x1F], [0x1B, 0xFF, 0x01, 0x55], [0x19, 0x10, 0x00],
      [0x19] + [UInt8](repeating: 0x19, count: 100_000),
    ] {
      #expect(throws: ParquetProblem.self, "\(bytes.prefix(8))") { try skip(bytes) }
    }
  }

  @Test("more rows than a file of that size can have are refused")
  func rowLimit() {
    #expect(ParquetFooter.rowLimit(fileSize: 1_000) == 1 << 24 + 64_000)
    #expect(ParquetFooter.rowLimit(fileSize: 1 << 40) == Int(Int32.max))
  }

  /// Expected: Python's `struct.unpack("<e", …)`.
  @Test("numbers of half precision")
  func half() {
    for (bits, value) in [
      (0x0000, 0.0), (0x3C00, 1), (0xC000, -2), (0x7BFF, 65_504),
      (0x0001, 5.960_464_477_539_063e-08),
      (0x03FF, 6.097_555_160_522_461e-05), (0x0400, 6.103_515_625e-05),
      (0x2E66, 0.099_975_585_937_5),
    ] as [(Int, Double)] {
      let bytes = [UInt8(bits & 255), UInt8(bits >> 8)]
      #expect(Double(ParquetMeaningReader.half(bytes[...])) == value)
    }
    #expect(ParquetMeaningReader.half([0, 0x80]).sign == .minus)
    #expect(ParquetMeaningReader.half([0, 0xFC]) == -.infinity)
    #expect(ParquetMeaningReader.half([1, 0x7C]).isNaN)
  }

  /// Expected: Python's `int.from_bytes(…, "big", signed=True)`.
  @Test("decimal numbers from bytes of any length")
  func decimals() {
    #expect(ParquetDecimalText.of([0x30, 0x39][...], scale: 2) == "123.45")
    #expect(ParquetDecimalText.of([0xFF][...], scale: 3) == "-0.001")
    #expect(ParquetDecimalText.of([0x80][...], scale: 0) == "-128")
    #expect(ParquetDecimalText.of([][...], scale: 1) == "0.0")
    #expect(
      ParquetDecimalText.of([0x80] + [UInt8](repeating: 0, count: 15), scale: 0)
        == "-170141183460469231731687303715884105728")
    #expect(DecimalText.of(Int128(Int64.min), scale: 19) == "-0.9223372036854775808")
  }
}
