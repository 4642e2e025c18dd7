import AssayFiles

/// Decodes the pages of one column of one row group.
struct ParquetChunkReader {
  private let column: ParquetColumn
  private let codec: CompressionCodec?
  private let rowCount: Int
  private var vector: ParquetVector
  private var decoder: ParquetValueDecoder
  /// The most bytes of one page; writers aim at one mebibyte.
  private static let pageLimit = 1 << 29
  /// Decompressed bytes of pages so far.
  private var pageBytes = 0

  /// - Parameter chunk: Metadata of the chunk, which must agree with the schema and the row group.
  init(
    _ column: ParquetColumn, _ chunk: ParquetChunk, rowCount: Int
  ) throws(ParquetProblem) {
    guard chunk.physical == column.physical.rawValue else {
      throw .damaged("a column chunk of another type than the schema has")
    }
    guard chunk.valueCount == rowCount else {
      throw .damaged("\(chunk.valueCount) values for \(rowCount) rows")
    }
    guard let codec = ParquetCodec(rawValue: chunk.codec) else {
      throw .refused("compression \(chunk.codec)", "it is none that Parquet's documents name")
    }
    self.column = column
    self.codec = try codec.codec()
    self.rowCount = rowCount
    vector = ParquetVector(column.physical, rowCount: rowCount)
    decoder = ParquetValueDecoder(column)
  }

  /// Decodes all pages.
  mutating func read(_ bytes: UnsafeRawBufferPointer) throws(ParquetProblem) -> ParquetVector {
    var cursor = ByteCursor(bytes)
    while vector.filled < rowCount {
      var reader = ThriftReader(cursor.rest)
      let header = try ParquetPageHeader(&reader)
      // The reader stands behind the header, and everything before was read from `cursor.rest`.
      _ = try cursor.take(reader.cursor.position)
      let page = try cursor.take(header.compressedSize)
      if let checksum = header.checksum, checksum != CRC32.checksum(page) {
        throw .damaged("a page whose checksum is wrong")
      }
      guard let kind = header.kind, kind != .index else { continue }
      guard header.uncompressedSize <= Self.pageLimit else {
        throw ParquetProblem(
          fact: .overLimit(
            what: "bytes in a page", found: "\(header.uncompressedSize)",
            limit: "\(Self.pageLimit)"))
      }
      // Texts of a page may share what others have, so they may be longer than the page, but no
      // honest file makes thirty-two times as much of it. A page that does not have the stated size
      // is refused before its texts are read.
      pageBytes += header.uncompressedSize
      vector.texts.limit = 1 << 26 + 32 * pageBytes
      switch kind {
      case .dictionary: try dictionary(header, page)
      case .data: try dataPage(header, page)
      case .dataV2: try dataPageV2(header, page)
      case .index: continue
      }
    }
    return vector
  }

  private mutating func dictionary(
    _ header: ParquetPageHeader, _ page: UnsafeRawBufferPointer
  ) throws(ParquetProblem) {
    guard
      header.encoding == ParquetEncoding.plain.rawValue
        || header.encoding == ParquetEncoding.plainDictionary.rawValue
    else { throw .damaged("a dictionary in encoding \(header.encoding)") }
    var vector = take()
    try decompressed(page, header.uncompressedSize, codec) { bytes throws(ParquetProblem) in
      try decoder.readDictionary(bytes, count: header.valueCount, into: &vector)
    }
    self.vector = vector
  }

  private mutating func dataPage(
    _ header: ParquetPageHeader, _ page: UnsafeRawBufferPointer
  ) throws(ParquetProblem) {
    try checkCount(header)
    var vector = take()
    let (column, decoder) = (column, decoder)
    try decompressed(page, header.uncompressedSize, codec) { bytes throws(ParquetProblem) in
      var cursor = ByteCursor(bytes)
      var levels: [Int32]?
      if column.isOptional {
        switch ParquetEncoding(rawValue: header.levelEncoding) {
        case .rle:
          let runs = try cursor.take(Int(try cursor.uint32()))
          levels = try Self.levels(runs, header.valueCount, isRuns: true)
        case .bitPacked:
          levels = try Self.levels(
            try cursor.take((header.valueCount + 7) / 8), header.valueCount, isRuns: false)
        default: throw .damaged("definition levels in encoding \(header.levelEncoding)")
        }
      }
      try Self.values(cursor.rest, header, levels, decoder, into: &vector)
    }
    self.vector = vector
  }

  private mutating func dataPageV2(
    _ header: ParquetPageHeader, _ page: UnsafeRawBufferPointer
  ) throws(ParquetProblem) {
    try checkCount(header)
    var cursor = ByteCursor(page)
    // In a flat column repetition levels say nothing; some writers have them nevertheless.
    _ = try cursor.take(header.repetitionBytes)
    let runs = try cursor.take(header.definitionBytes)
    let levelBytes = header.repetitionBytes + header.definitionBytes
    guard levelBytes <= header.uncompressedSize else {
      throw .damaged("levels that are larger than their page")
    }
    let levels =
      column.isOptional ? try Self.levels(runs, header.valueCount, isRuns: true) : nil
    if let levels, let stated = header.nullCount, stated != levels.count(where: { $0 == 0 }) {
      throw .damaged("\(stated) missing values are stated, but the levels have others")
    }
    var vector = take()
    let decoder = decoder
    let size = header.uncompressedSize - levelBytes
    let codec = header.isCompressed && !(size == 0 && cursor.remaining == 0) ? codec : nil
    try decompressed(cursor.rest, size, codec) { bytes throws(ParquetProblem) in
      try Self.values(bytes, header, levels, decoder, into: &vector)
    }
    self.vector = vector
  }

  private func checkCount(_ header: ParquetPageHeader) throws(ParquetProblem) {
    guard header.valueCount <= rowCount - vector.filled else {
      throw .damaged("pages with more values than the \(rowCount) rows")
    }
  }

  /// Takes the vector out, so that a closure can change it without a copy of its arrays.
  private mutating func take() -> ParquetVector {
    var taken = ParquetVector(column.physical, rowCount: 0)
    swap(&taken, &vector)
    return taken
  }

  /// Definition levels of 0 or 1; `nil` when all are 1.
  private static func levels(
    _ bytes: UnsafeRawBufferPointer, _ count: Int, isRuns: Bool
  ) throws(ParquetProblem) -> [Int32]? {
    if isRuns, count > 0 {
      // Mostly nothing is missing: one run of ones.
      var cursor = ByteCursor(bytes)
      let head = try cursor.varint()
      if head & 1 == 0, head >> 1 >= UInt64(count), try cursor.byte() == 1 { return nil }
    }
    var levels = [Int32](repeating: 0, count: count)
    try ParquetValueDecoder.fill(&levels, 0, count) { target throws(ParquetProblem) in
      if isRuns {
        try RunLengths.decode(bytes, width: 1, into: target)
      } else {
        try RunLengths.bitPackedLevels(bytes, into: target)
      }
    }
    var all: Int32 = 1
    var any: Int32 = 0
    for level in levels {
      all &= level
      any |= level
    }
    guard any <= 1 else { throw .damaged("a definition level above 1 in a flat column") }
    return all == 1 ? nil : levels
  }

  private static func values(
    _ bytes: UnsafeRawBufferPointer, _ header: ParquetPageHeader, _ levels: [Int32]?,
    _ decoder: ParquetValueDecoder, into vector: inout ParquetVector
  ) throws(ParquetProblem) {
    let count = levels.map { $0.count { $0 != 0 } } ?? header.valueCount
    try decoder.read(bytes, header.encoding, count: count, into: &vector)
    if let levels { vector.spread(levels, values: count) }
    vector.filled += header.valueCount
  }

  /// Calls `body` with the bytes of a page.
  private func decompressed(
    _ bytes: UnsafeRawBufferPointer, _ size: Int, _ codec: CompressionCodec?,
    _ body: (UnsafeRawBufferPointer) throws(ParquetProblem) -> Void
  ) throws(ParquetProblem) {
    guard let codec else {
      guard bytes.count == size else {
        throw .damaged("a page of \(bytes.count) bytes, stated to have \(size)")
      }
      return try body(bytes)
    }
    let plain: [UInt8]
    do throws(DecompressionError) {
      plain = try Decompressor.decompress(codec, bytes, expectedSize: size)
    } catch { throw .damaged(error.description) }
    try withBytes(plain, body)
  }
}
