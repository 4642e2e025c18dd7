/// Numbers that stand one behind the other, little-endian: PLAIN.
///
/// Each function reads `count` numbers of `width` bytes after checking that the bytes are there.
enum PlainNumbers {
  /// Calls `store` for every number with its index and raw bits.
  @inline(__always)
  private static func each<Bits: FixedWidthInteger>(
    _ bytes: UnsafeRawBufferPointer, _ count: Int, _ store: (Int, Bits) -> Void
  ) throws(ParquetProblem) {
    let width = MemoryLayout<Bits>.size
    // `count` is a number of rows, at most 2^31.
    guard count * width <= bytes.count else {
      throw .damaged("\(bytes.count) bytes for \(count) values of \(width) bytes")
    }
    for index in 0..<count {
      // The last byte that is read is `count · width - 1`.
      store(
        index,
        Bits(littleEndian: bytes.loadUnaligned(fromByteOffset: index * width, as: Bits.self)))
    }
  }

  /// INT32, widened.
  static func int32(
    _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<Int64>
  ) throws(ParquetProblem) {
    try each(bytes, output.count) { (index, bits: UInt32) in
      output[index] = Int64(Int32(bitPattern: bits))
    }
  }

  /// INT64.
  static func int64(
    _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<Int64>
  ) throws(ParquetProblem) {
    try each(bytes, output.count) { (index, bits: UInt64) in
      output[index] = Int64(bitPattern: bits)
    }
  }

  /// FLOAT.
  static func singles(
    _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<Float>
  ) throws(ParquetProblem) {
    try each(bytes, output.count) { (index, bits: UInt32) in
      output[index] = Float(bitPattern: bits)
    }
  }

  /// DOUBLE.
  static func doubles(
    _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<Double>
  ) throws(ParquetProblem) {
    try each(bytes, output.count) { (index, bits: UInt64) in
      output[index] = Double(bitPattern: bits)
    }
  }

  /// INT96: nanoseconds of the day, then the Julian day; as nanoseconds since 1970.
  static func int96(
    _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<Int64>
  ) throws(ParquetProblem) {
    guard output.count * 12 <= bytes.count else {
      throw .damaged("\(bytes.count) bytes for \(output.count) values of 12 bytes")
    }
    for index in output.indices {
      // Twelve bytes from `12 · index` on, within the size that was checked.
      let nanoseconds = Int64(
        littleEndian: bytes.loadUnaligned(fromByteOffset: index * 12, as: Int64.self))
      let day = Int32(
        littleEndian: bytes.loadUnaligned(fromByteOffset: index * 12 + 8, as: Int32.self))
      // Julian day 2,440,588 is 1970-01-01.
      let (start, isOver) = (Int64(day) - 2_440_588).multipliedReportingOverflow(
        by: 86_400_000_000_000)
      let (sum, isOverSum) = start.addingReportingOverflow(nanoseconds)
      guard !isOver, !isOverSum else {
        throw .damaged("a timestamp beyond the years 1677 to 2262, which nanoseconds reach")
      }
      output[index] = sum
    }
  }

  /// BOOLEAN: one bit each, the lowest first.
  static func booleans(
    _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<Bool>
  ) throws(ParquetProblem) {
    guard bytes.count >= (output.count + 7) / 8 else {
      throw .damaged("\(bytes.count) bytes for \(output.count) truth values")
    }
    // `index >> 3` is below `bytes.count` by the check above.
    for index in output.indices { output[index] = bytes[index >> 3] >> UInt8(index & 7) & 1 != 0 }
  }
}
