import CZlib

/// The checksum of gzip, ZIP and Parquet pages: CRC-32 with the polynomial 0x04C11DB7, reflected.
public enum CRC32 {
  /// The checksum of bytes; 0 for none.
  public static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    // `crc32_z` reads exactly `bytes.count` bytes.
    bytes.isEmpty
      ? 0
      : UInt32(
        truncatingIfNeeded: crc32_z(
          0, bytes.baseAddress?.assumingMemoryBound(to: Bytef.self), bytes.count))
  }
}
