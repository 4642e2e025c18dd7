/// Reads numbers of a few bits each, packed from the lowest bit up.
///
/// Goals in order: no read outside of `bytes`, then speed: eight bytes are loaded at once where they
/// stand wholly within `bytes`, single bytes near the end.
enum BitUnpacking {
  /// The number of `width` bits, 0 to 64, that begins at bit `bit`; bits behind the end are 0.
  @inline(__always)
  static func number(_ bytes: UnsafeRawBufferPointer, bit: Int, width: Int) -> UInt64 {
    if width == 0 { return 0 }
    let first = bit >> 3
    let shift = UInt64(bit & 7)
    let mask = ~UInt64(0) >> UInt64(64 - width)
    if first + 9 <= bytes.count {
      // Nine bytes are there, and 64 bits begin within the first: all of the number.
      var word =
        UInt64(
          littleEndian: bytes.loadUnaligned(fromByteOffset: first, as: UInt64.self)) >> shift
      if width + Int(shift) > 64 { word |= UInt64(bytes[first + 8]) << (64 - shift) }
      return word & mask
    }
    var word: UInt64 = 0
    for offset in 0..<9 where first + offset < bytes.count {
      let byte = UInt64(bytes[first + offset])
      let place = offset * 8 - Int(shift)
      word |= place < 0 ? byte >> shift : place < 64 ? byte << UInt64(place) : 0
    }
    return word & mask
  }

  /// Unpacks `count` numbers of `width` bits, 0 to 32, from the first bit of `bytes` on.
  ///
  /// `output` has room for `count` numbers, which the caller has made sure of.
  static func codes(
    _ bytes: UnsafeRawBufferPointer, width: Int, count: Int,
    into output: UnsafeMutableBufferPointer<Int32>
  ) {
    let mask = width == 0 ? 0 : ~UInt64(0) >> UInt64(64 - width)
    // For these the eight bytes at a number's first byte are within `bytes`: 32 + 7 bits fit in them.
    let fast = width == 0 ? 0 : min(count, max(0, (bytes.count - 8) * 8 / width))
    var bit = 0
    for index in 0..<fast {
      let word = UInt64(
        littleEndian: bytes.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self))
      output[index] = Int32(truncatingIfNeeded: (word >> UInt64(bit & 7)) & mask)
      bit += width
    }
    for index in fast..<count {
      output[index] = Int32(truncatingIfNeeded: number(bytes, bit: bit, width: width))
      bit += width
    }
  }
}
