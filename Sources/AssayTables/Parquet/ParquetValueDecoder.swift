/// Decodes the values of pages into the rows of a vector.
///
/// A dictionary is a vector of its own kind, filled by its page.
struct ParquetValueDecoder {
  let column: ParquetColumn
  /// The dictionary; `nil` before its page. Of a byte-array column: the code in the vector's texts for
  /// each entry.
  private var dictionary: ParquetVector?

  init(_ column: ParquetColumn) { self.column = column }

  /// Decodes a dictionary page, whose values are PLAIN.
  mutating func readDictionary(
    _ bytes: UnsafeRawBufferPointer, count: Int, into vector: inout ParquetVector
  ) throws(ParquetProblem) {
    guard dictionary == nil else { throw .damaged("two dictionaries") }
    guard column.physical != .boolean else { throw .damaged("a dictionary of truth values") }
    // Every entry takes a byte or more.
    guard count <= bytes.count else { throw .damaged("a dictionary of \(count) entries") }
    var entries = ParquetVector(column.physical, rowCount: count)
    if entries.kind == .codes {
      // Texts of the dictionary are texts of the column.
      swap(&entries.texts, &vector.texts)
      let result = Result { () throws(ParquetProblem) in
        try plain(bytes, count: count, into: &entries)
      }
      swap(&entries.texts, &vector.texts)
      try result.get()
    } else {
      try plain(bytes, count: count, into: &entries)
    }
    dictionary = entries
  }

  /// Decodes `count` values of a data page into the rows behind `vector.filled`.
  func read(
    _ bytes: UnsafeRawBufferPointer, _ encoding: Int, count: Int,
    into vector: inout ParquetVector
  ) throws(ParquetProblem) {
    if count == 0 { return }
    switch (ParquetEncoding(rawValue: encoding), column.physical) {
    case (.plain, _): try plain(bytes, count: count, into: &vector)
    case (.plainDictionary, _), (.rleDictionary, _):
      try coded(bytes, count: count, into: &vector)
    case (.rle, .boolean):
      var cursor = ByteCursor(bytes)
      let runs = try cursor.take(Int(try cursor.uint32()))
      let bits = try codes(runs, width: 1, count: count)
      for (index, bit) in bits.enumerated() { vector.booleans[vector.filled + index] = bit != 0 }
    case (.deltaBinaryPacked, .int32), (.deltaBinaryPacked, .int64):
      let is32Bit = column.physical == .int32
      try Self.fill(&vector.integers, vector.filled, count) { target throws(ParquetProblem) in
        _ = try DeltaIntegers.decode(bytes, is32Bit: is32Bit, into: target)
      }
    case (.deltaLengthByteArray, .byteArray):
      try texts(count, into: &vector) { receive throws(ParquetProblem) in
        try ByteArrays.deltaLength(bytes, count: count, receive)
      }
    case (.deltaByteArray, .byteArray), (.deltaByteArray, .fixedByteArray):
      try texts(count, into: &vector) { receive throws(ParquetProblem) in
        try ByteArrays.delta(bytes, count: count, receive)
      }
    case (.byteStreamSplit, .int32), (.byteStreamSplit, .int64), (.byteStreamSplit, .float),
      (.byteStreamSplit, .double), (.byteStreamSplit, .fixedByteArray):
      let width =
        switch column.physical {
        case .int32, .float: 4
        case .fixedByteArray: column.width
        default: 8
        }
      let joined = try ByteArrays.joined(bytes, width: width, count: count)
      // A copy, because a closure cannot take `vector` along with the bytes.
      var target = vector
      vector = ParquetVector(column.physical, rowCount: 0)
      try withBytes(joined) { whole throws(ParquetProblem) in
        try plain(whole, count: count, into: &target)
      }
      vector = target
    default:
      throw .damaged("\(column.physical.name) values in encoding \(encoding)")
    }
  }

  private func plain(
    _ bytes: UnsafeRawBufferPointer, count: Int, into vector: inout ParquetVector
  ) throws(ParquetProblem) {
    let start = vector.filled
    switch column.physical {
    case .boolean:
      try Self.fill(&vector.booleans, start, count) { target throws(ParquetProblem) in
        try PlainNumbers.booleans(bytes, into: target)
      }
    case .int32:
      try Self.fill(&vector.integers, start, count) { target throws(ParquetProblem) in
        try PlainNumbers.int32(bytes, into: target)
      }
    case .int64:
      try Self.fill(&vector.integers, start, count) { target throws(ParquetProblem) in
        try PlainNumbers.int64(bytes, into: target)
      }
    case .int96:
      try Self.fill(&vector.integers, start, count) { target throws(ParquetProblem) in
        try PlainNumbers.int96(bytes, into: target)
      }
    case .float:
      try Self.fill(&vector.singles, start, count) { target throws(ParquetProblem) in
        try PlainNumbers.singles(bytes, into: target)
      }
    case .double:
      try Self.fill(&vector.doubles, start, count) { target throws(ParquetProblem) in
        try PlainNumbers.doubles(bytes, into: target)
      }
    case .byteArray:
      try texts(count, into: &vector) { receive throws(ParquetProblem) in
        try ByteArrays.plain(bytes, count: count, receive)
      }
    case .fixedByteArray:
      try texts(count, into: &vector) { receive throws(ParquetProblem) in
        try ByteArrays.fixed(bytes, width: column.width, count: count, receive)
      }
    }
  }

  /// Codes into the dictionary: the width in a byte, then runs.
  private func coded(
    _ bytes: UnsafeRawBufferPointer, count: Int, into vector: inout ParquetVector
  ) throws(ParquetProblem) {
    guard let dictionary else { throw .damaged("dictionary codes without a dictionary") }
    var cursor = ByteCursor(bytes)
    let width = Int(try cursor.byte())
    guard width <= 32 else { throw .damaged("dictionary codes of \(width) bits") }
    let codes = try codes(cursor.rest, width: width, count: count)
    let start = vector.filled
    switch vector.kind {
    case .booleans: throw .damaged("dictionary codes of truth values")
    case .integers: try Self.gather(dictionary.integers, codes, &vector.integers, start)
    case .singles: try Self.gather(dictionary.singles, codes, &vector.singles, start)
    case .doubles: try Self.gather(dictionary.doubles, codes, &vector.doubles, start)
    case .codes: try Self.gather(dictionary.codes, codes, &vector.codes, start)
    }
  }

  private static func gather<Value>(
    _ entries: [Value], _ codes: [Int32], _ output: inout [Value], _ start: Int
  ) throws(ParquetProblem) {
    // A code of 32 bits is negative here, and as unsigned beyond every dictionary.
    var largest: UInt32 = 0
    for code in codes { largest = max(largest, UInt32(bitPattern: code)) }
    guard Int(largest) < entries.count else {
      throw .damaged("dictionary code \(largest) of \(entries.count)")
    }
    entries.withUnsafeBufferPointer { entries in
      output.withUnsafeMutableBufferPointer { output in
        // Codes are below `entries.count` by the check above; rows are checked by `fill`'s callers:
        // a page has no more values than rows are left.
        for index in codes.indices { output[start + index] = entries[Int(codes[index])] }
      }
    }
  }

  private func codes(
    _ bytes: UnsafeRawBufferPointer, width: Int, count: Int
  ) throws(ParquetProblem) -> [Int32] {
    var codes = [Int32](repeating: 0, count: count)
    try Self.fill(&codes, 0, count) { target throws(ParquetProblem) in
      try RunLengths.decode(bytes, width: width, into: target)
    }
    return codes
  }

  /// Decodes strings and stores the code of each.
  private func texts(
    _ count: Int, into vector: inout ParquetVector,
    _ decode: (ByteArrays.Receiver) throws(ParquetProblem) -> Void
  ) throws(ParquetProblem) {
    var row = vector.filled
    var texts = ByteTexts()
    swap(&texts, &vector.texts)
    var codes: [Int32] = []
    swap(&codes, &vector.codes)
    let width = column.physical == .fixedByteArray ? column.width : nil
    try decode { bytes throws(ParquetProblem) in
      guard width == nil || width == bytes.count else {
        throw .damaged("a value of \(bytes.count) bytes where all have \(width ?? 0)")
      }
      codes[row] = try texts.code(of: bytes)
      row += 1
    }
    swap(&codes, &vector.codes)
    swap(&texts, &vector.texts)
  }

  /// Calls `body` with `count` entries of an array from `start` on.
  static func fill<Value>(
    _ array: inout [Value], _ start: Int, _ count: Int,
    _ body: (UnsafeMutableBufferPointer<Value>) throws(ParquetProblem) -> Void
  ) throws(ParquetProblem) {
    let result = array.withUnsafeMutableBufferPointer { buffer in
      Result { () throws(ParquetProblem) in
        // Slicing checks that `start + count` is within the array.
        try body(UnsafeMutableBufferPointer(rebasing: buffer[start..<start + count]))
      }
    }
    try result.get()
  }
}
