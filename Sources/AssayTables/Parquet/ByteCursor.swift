/// A place in bytes from a file; every read is checked against their end.
///
/// The memory outlives the cursor: cursors are made inside of `withUnsafeBytes` only.
struct ByteCursor {
  /// All bytes.
  let bytes: UnsafeRawBufferPointer
  /// The next byte; never above `bytes.count`.
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Bytes behind the position.
  var remaining: Int { bytes.count - position }

  /// The bytes behind the position.
  var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[position...]) }

  private static let end = ParquetProblem.damaged("the data ends too early")

  /// The next byte.
  mutating func byte() throws(ParquetProblem) -> UInt8 {
    guard position < bytes.count else { throw Self.end }
    defer { position += 1 }
    return bytes[position]
  }

  /// The next `count` bytes; a negative count is damage.
  mutating func take(_ count: Int) throws(ParquetProblem) -> UnsafeRawBufferPointer {
    guard count >= 0, count <= remaining else { throw Self.end }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  /// A little-endian number of 32 bits.
  mutating func uint32() throws(ParquetProblem) -> UInt32 {
    UInt32(littleEndian: try take(4).loadUnaligned(as: UInt32.self))
  }

  /// A number of up to 64 bits in base 128, the lowest seven bits first.
  mutating func varint() throws(ParquetProblem) -> UInt64 {
    var result: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try byte()
      // The tenth byte has room for one bit.
      guard shift < 63 || byte <= 1 else {
        throw .damaged("a number of more than 64 bits")
      }
      result |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return result }
      shift += 7
    }
  }

  /// A signed number whose sign is its lowest bit.
  mutating func zigzag() throws(ParquetProblem) -> Int64 {
    let value = try varint()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }
}
