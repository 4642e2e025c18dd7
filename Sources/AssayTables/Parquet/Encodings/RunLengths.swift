/// Parquet's hybrid of runs and bit-packed groups: levels, dictionary codes, truth values.
///
/// Source: apache/parquet-format, `Encodings.md`, "Run Length Encoding / Bit-Packing Hybrid".
enum RunLengths {
  /// Decodes exactly `output.count` numbers of `width` bits, 0 to 32.
  ///
  /// Runs that go on behind the last number are cut, as bit-packed groups of eight are.
  static func decode(
    _ bytes: UnsafeRawBufferPointer, width: Int, into output: UnsafeMutableBufferPointer<Int32>
  ) throws(ParquetProblem) {
    var cursor = ByteCursor(bytes)
    var filled = 0
    let valueBytes = (width + 7) / 8
    while filled < output.count {
      let head = try cursor.varint()
      let room = output.count - filled
      if head & 1 == 0 {
        let count = Int(min(head >> 1, UInt64(room)))
        // A run of nothing makes no progress; it takes a byte, so it cannot go on for ever.
        let value = Int32(
          truncatingIfNeeded: BitUnpacking.number(
            try cursor.take(valueBytes), bit: 0, width: valueBytes * 8))
        UnsafeMutableBufferPointer(rebasing: output[filled..<filled + count]).update(
          repeating: value)
        filled += count
      } else {
        let groups = head >> 1
        let take = min(room, Int(min(groups, UInt64(room))) * 8)
        // Some writers cut the last group off behind its last number.
        let needed = (take * width + 7) / 8
        let stated = groups > UInt64(Int32.max) ? Int.max : Int(groups) * width
        let packed = try cursor.take(
          stated <= cursor.remaining ? stated : max(needed, cursor.remaining))
        BitUnpacking.codes(
          packed, width: width, count: take,
          into: UnsafeMutableBufferPointer(rebasing: output[filled..<filled + take]))
        filled += take
      }
    }
  }

  /// Decodes levels of the deprecated encoding BIT_PACKED: one bit each, the highest bit first.
  static func bitPackedLevels(
    _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<Int32>
  ) throws(ParquetProblem) {
    guard bytes.count >= (output.count + 7) / 8 else {
      throw .damaged("definition levels that end too early")
    }
    // `index >> 3` is below `bytes.count` by the check above.
    for index in output.indices {
      output[index] = Int32(bytes[index >> 3] >> UInt8(7 - index & 7) & 1)
    }
  }
}
