/// How a block of bytes in a table file is compressed.
public enum CompressionCodec: String, Hashable, Sendable, CaseIterable {
  /// Deflate in gzip's frame, one member or several (RFC 1952); zlib's frame is taken as well, as
  /// other Parquet readers do.
  case gzip
  /// Deflate in zlib's frame (RFC 1950).
  case zlib
  /// Deflate without a frame (RFC 1951), as in ZIP.
  case deflate
  /// Zstandard frames (RFC 8878).
  case zstd
  /// One LZ4 block without a frame: Parquet's LZ4_RAW.
  case lz4Block
  /// LZ4 blocks with Hadoop's big-endian sizes before each: Parquet's LZ4, now deprecated. A plain
  /// block is taken as well, because some writers wrote that under this name.
  case lz4Hadoop
  /// LZ4's frame format: Arrow's LZ4_FRAME.
  case lz4Frame
  /// Snappy without a frame.
  case snappy

  /// The most bytes that one compressed byte can stand for, from each format's densest sequence.
  ///
  /// - deflate: 258 bytes by 2 bits, less the block headers: 1,032 (zlib's technical notes).
  /// - zstd: a run-length block of 128 KiB takes 4 bytes.
  /// - lz4: each further length byte stands for 255 bytes.
  /// - snappy: 64 bytes by a copy of 3 bytes.
  var largestRatio: Int {
    switch self {
    case .gzip, .zlib, .deflate: 1_032
    case .zstd: 32_768
    case .lz4Block, .lz4Hadoop, .lz4Frame: 255
    case .snappy: 22
    }
  }
}

/// Why compressed bytes were refused.
public enum DecompressionError: Error, Hashable, Sendable {
  /// The bytes are no whole, sound stream of the codec.
  case corrupt(CompressionCodec)
  /// The stream holds more or fewer bytes than was stated.
  case wrongSize(CompressionCodec, expected: Int)
  /// More bytes are stated than the codec can make of the input, or than the limit allows.
  case implausibleSize(CompressionCodec, expected: Int)

  /// What is wrong, as a part of a sentence.
  public var description: String {
    switch self {
    case .corrupt(let codec): "the \(codec.rawValue) data is damaged or cut off"
    case .wrongSize(let codec, let expected):
      "the \(codec.rawValue) data does not hold the \(expected) bytes that are stated"
    case .implausibleSize(let codec, let expected):
      "the \(codec.rawValue) data is said to hold \(expected) bytes, more than it can"
    }
  }
}
