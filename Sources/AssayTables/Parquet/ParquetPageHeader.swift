import AssayFiles

/// How the values of a page are written; the format's numbers.
enum ParquetEncoding: Int, Sendable {
  case plain = 0
  case plainDictionary = 2
  case rle = 3
  case bitPacked = 4
  case deltaBinaryPacked = 5
  case deltaLengthByteArray = 6
  case deltaByteArray = 7
  case rleDictionary = 8
  case byteStreamSplit = 9
}

/// The head of a page.
struct ParquetPageHeader {
  /// What a page holds.
  enum Kind: Int {
    case data = 0
    case index, dictionary, dataV2
  }

  var kind: Kind?
  var uncompressedSize = 0
  var compressedSize = 0
  var checksum: UInt32?
  var valueCount = 0
  var encoding = -1
  /// How definition levels are written in a page of version 1.
  var levelEncoding = ParquetEncoding.rle.rawValue
  /// Bytes of the levels in a page of version 2, which are never compressed.
  var definitionBytes = 0
  var repetitionBytes = 0
  var nullCount: Int?
  var isCompressed = true

  /// Reads a header; its fields' numbers are those of `parquet.thrift`.
  init(_ reader: inout ThriftReader) throws(ParquetProblem) {
    var last = 0
    while let field = try reader.field(after: &last) {
      switch field.id {
      case 1: kind = Kind(rawValue: try reader.count(field))
      case 2: uncompressedSize = try reader.count(field)
      case 3: compressedSize = try reader.count(field)
      case 4: checksum = UInt32(truncatingIfNeeded: try reader.integer(field))
      case 5, 7, 8:
        try reader.structure(field)
        try details(&reader, of: field.id)
      default: try reader.skip(field)
      }
    }
    // All of these have 32 bits in the format; larger ones would overflow sums.
    for size in [
      uncompressedSize, compressedSize, valueCount, definitionBytes, repetitionBytes,
    ] where size > Int(Int32.max) {
      throw .damaged("a page of \(size) bytes or values")
    }
  }

  /// The header of a data page (5), of a dictionary (7) and of a data page of version 2 (8).
  private mutating func details(
    _ reader: inout ThriftReader, of page: Int
  ) throws(ParquetProblem) {
    var last = 0
    while let field = try reader.field(after: &last) {
      switch (page, field.id) {
      case (_, 1): valueCount = try reader.count(field)
      case (5, 2), (7, 2), (8, 4): encoding = try reader.count(field)
      case (5, 3): levelEncoding = try reader.count(field)
      case (8, 2): nullCount = try reader.count(field)
      case (8, 5): definitionBytes = try reader.count(field)
      case (8, 6): repetitionBytes = try reader.count(field)
      case (8, 7): isCompressed = try reader.boolean(field)
      default: try reader.skip(field)
      }
    }
  }
}

/// How the pages of a column are compressed; the format's numbers.
enum ParquetCodec: Int {
  case none, snappy, gzip, lzo, brotli, lz4, zstd, lz4Raw

  /// The codec, `nil` for none.
  func codec() throws(ParquetProblem) -> CompressionCodec? {
    switch self {
    case .none: nil
    case .snappy: .snappy
    case .gzip: .gzip
    case .lz4: .lz4Hadoop
    case .zstd: .zstd
    case .lz4Raw: .lz4Block
    case .lzo, .brotli:
      throw .refused(
        self == .lzo ? "LZO compression" : "Brotli compression", "Assay does not read it",
        help: "write the file with zstd, snappy, gzip or lz4")
    }
  }
}
