import CLZ4
import CSnappy
import CZstd

/// Decompression of blocks whose size is stated beside them, over the system's libraries.
///
/// The input is not trusted. Output goes into memory of exactly the stated size, never beyond it; a
/// stated size that the codec cannot reach with the input, or above ``sizeLimit``, is refused before
/// any memory is taken.
public enum Decompressor {
  /// The most bytes of one decompressed block.
  public static let sizeLimit = 1 << 30

  /// Decompresses a block.
  /// - Parameter expectedSize: The stated number of bytes; the block holds exactly these.
  public static func decompress(
    _ codec: CompressionCodec, _ bytes: UnsafeRawBufferPointer, expectedSize: Int
  ) throws(DecompressionError) -> [UInt8] {
    try check(codec, bytes.count, expectedSize)
    var failure: DecompressionError?
    let result = [UInt8](unsafeUninitializedCapacity: expectedSize) { buffer, count in
      // Bytes that a failed attempt left unwritten are never read: the array is thrown away.
      let output = UnsafeMutableRawBufferPointer(
        start: buffer.baseAddress, count: min(expectedSize, buffer.count))
      do throws(DecompressionError) {
        try fill(codec, bytes, output)
        count = expectedSize
      } catch {
        failure = error
        count = 0
      }
    }
    if let failure { throw failure }
    return result
  }

  /// Decompresses a block that stands in an array.
  public static func decompress(
    _ codec: CompressionCodec, _ bytes: [UInt8], expectedSize: Int
  ) throws(DecompressionError) -> [UInt8] {
    try decompress(codec, bytes[...], expectedSize: expectedSize)
  }

  /// Decompresses a block that stands in a part of an array.
  public static func decompress(
    _ codec: CompressionCodec, _ bytes: ArraySlice<UInt8>, expectedSize: Int
  ) throws(DecompressionError) -> [UInt8] {
    let result = bytes.withUnsafeBytes { raw in
      Result { () throws(DecompressionError) in
        try decompress(codec, raw, expectedSize: expectedSize)
      }
    }
    return try result.get()
  }

  /// Decompresses a block into memory of the stated size, which is filled to its end.
  public static func decompress(
    _ codec: CompressionCodec, _ bytes: UnsafeRawBufferPointer,
    into output: UnsafeMutableRawBufferPointer
  ) throws(DecompressionError) {
    try check(codec, bytes.count, output.count)
    try fill(codec, bytes, output)
  }

  private static func check(
    _ codec: CompressionCodec, _ count: Int, _ expected: Int
  ) throws(DecompressionError) {
    // Each C function takes a 32-bit length somewhere; inputs above 2^31 - 1 bytes are refused.
    let (reach, isOver) = count.multipliedReportingOverflow(by: codec.largestRatio)
    guard expected >= 0, expected <= sizeLimit, count <= Int(Int32.max),
      isOver || expected <= reach + 64
    else { throw .implausibleSize(codec, expected: expected) }
  }

  private static func fill(
    _ codec: CompressionCodec, _ bytes: UnsafeRawBufferPointer,
    _ output: UnsafeMutableRawBufferPointer
  ) throws(DecompressionError) {
    switch codec {
    case .gzip: try Inflater.inflate(bytes, into: output, codec: codec, window: 15 + 32)
    case .zlib: try Inflater.inflate(bytes, into: output, codec: codec, window: 15)
    case .deflate: try Inflater.inflate(bytes, into: output, codec: codec, window: -15)
    case .zstd: try zstd(bytes, output)
    case .lz4Block: try lz4Block(bytes, output, codec)
    case .lz4Hadoop:
      do { try LZ4Framing.hadoop(bytes, into: output) } catch {
        try lz4Block(bytes, output, codec)
      }
    case .lz4Frame: try LZ4Framing.frame(bytes, into: output)
    case .snappy: try snappy(bytes, output)
    }
  }

  private static func zstd(
    _ bytes: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
  ) throws(DecompressionError) {
    // Reads at most `bytes.count` bytes and writes at most `output.count`; no window is allocated.
    let size = ZSTD_decompress(output.baseAddress, output.count, bytes.baseAddress, bytes.count)
    if ZSTD_isError(size) != 0 { throw .corrupt(.zstd) }
    if size != output.count { throw .wrongSize(.zstd, expected: output.count) }
  }

  static func lz4Block(
    _ bytes: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer,
    _ codec: CompressionCodec
  ) throws(DecompressionError) {
    if output.isEmpty, bytes.isEmpty { return }
    // A block of no bytes has one token of zero; LZ4 accepts it with an output of no bytes.
    var nothing: UInt8 = 0
    let size = withUnsafeMutableBytes(of: &nothing) { spare in
      // `LZ4_decompress_safe` reads and writes within the two lengths, which fit 32 bits by `check`.
      let target = output.isEmpty ? UnsafeMutableRawBufferPointer(rebasing: spare[..<0]) : output
      return LZ4_decompress_safe(
        bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
        (target.baseAddress ?? spare.baseAddress)?.assumingMemoryBound(to: CChar.self),
        Int32(bytes.count), Int32(target.count))
    }
    if size < 0 { throw .corrupt(codec) }
    if Int(size) != output.count { throw .wrongSize(codec, expected: output.count) }
  }

  private static func snappy(
    _ bytes: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
  ) throws(DecompressionError) {
    let input = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
    var size = 0
    guard snappy_uncompressed_length(input, bytes.count, &size) == SNAPPY_OK else {
      throw .corrupt(.snappy)
    }
    if size != output.count { throw .wrongSize(.snappy, expected: output.count) }
    if size == 0 {
      guard snappy_validate_compressed_buffer(input, bytes.count) == SNAPPY_OK else {
        throw .corrupt(.snappy)
      }
      return
    }
    // Writes `size` bytes, which is the length of `output`.
    guard
      snappy_uncompress(
        input, bytes.count, output.baseAddress?.assumingMemoryBound(to: CChar.self), &size)
        == SNAPPY_OK, size == output.count
    else { throw .corrupt(.snappy) }
  }
}
