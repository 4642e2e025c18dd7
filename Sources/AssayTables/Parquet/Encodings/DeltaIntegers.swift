/// DELTA_BINARY_PACKED: whole numbers as differences in blocks.
///
/// Source: apache/parquet-format, `Encodings.md`, "Delta Encoding". Sums wrap around at the width of
/// the type, as writers' differences do.
enum DeltaIntegers {
  /// Decodes exactly `output.count` numbers and returns the bytes behind them.
  static func decode(
    _ bytes: UnsafeRawBufferPointer, is32Bit: Bool, into output: UnsafeMutableBufferPointer<Int64>
  ) throws(ParquetProblem) -> UnsafeRawBufferPointer {
    var cursor = ByteCursor(bytes)
    let blockSize = try cursor.varint()
    let miniblocks = try cursor.varint()
    let total = try cursor.varint()
    let first = try cursor.zigzag()
    guard blockSize > 0, blockSize <= 1 << 20, blockSize % 128 == 0, miniblocks > 0,
      miniblocks <= blockSize, blockSize % miniblocks == 0, blockSize / miniblocks % 32 == 0
    else { throw .damaged("delta-coded numbers in blocks of \(blockSize)") }
    guard total == UInt64(output.count) else {
      throw .damaged("\(total) delta-coded numbers instead of \(output.count)")
    }
    if output.isEmpty { return cursor.rest }
    let size = Int(blockSize / miniblocks)
    var value = is32Bit ? Int64(Int32(truncatingIfNeeded: first)) : first
    output[0] = value
    var filled = 1
    while filled < output.count {
      let least = try cursor.zigzag()
      let widths = try cursor.take(Int(miniblocks))
      for width in widths {
        if filled == output.count { break }
        guard width <= 64 else { throw .damaged("delta-coded numbers of \(width) bits") }
        // `size` is a multiple of 32, so a miniblock is a whole number of bytes.
        let packed = try cursor.take(size / 8 * Int(width))
        let count = min(size, output.count - filled)
        for index in 0..<count {
          let delta = BitUnpacking.number(packed, bit: index * Int(width), width: Int(width))
          value = value &+ least &+ Int64(bitPattern: delta)
          if is32Bit { value = Int64(Int32(truncatingIfNeeded: value)) }
          output[filled + index] = value
        }
        filled += count
      }
    }
    return cursor.rest
  }

  /// Decodes `count` lengths: none is negative, and each fits 32 bits.
  static func lengths(
    _ bytes: UnsafeRawBufferPointer, count: Int
  ) throws(ParquetProblem) -> (lengths: [Int64], rest: UnsafeRawBufferPointer) {
    var lengths = [Int64](repeating: 0, count: count)
    var rest = bytes
    var problem: ParquetProblem?
    lengths.withUnsafeMutableBufferPointer { buffer in
      do throws(ParquetProblem) { rest = try decode(bytes, is32Bit: true, into: buffer) } catch {
        problem = error
      }
    }
    if let problem { throw problem }
    guard lengths.allSatisfy({ $0 >= 0 }) else { throw .damaged("a text of negative length") }
    return (lengths, rest)
  }
}
