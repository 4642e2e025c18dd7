/// Byte strings in the four ways in which pages hold them.
///
/// Each decodes `count` strings and hands them on one by one.
enum ByteArrays {
  typealias Receiver = (UnsafeRawBufferPointer) throws(ParquetProblem) -> Void

  /// PLAIN of BYTE_ARRAY: a length of four bytes before each string.
  static func plain(
    _ bytes: UnsafeRawBufferPointer, count: Int, _ receive: Receiver
  ) throws(ParquetProblem) {
    var cursor = ByteCursor(bytes)
    for _ in 0..<count { try receive(try cursor.take(Int(try cursor.uint32()))) }
  }

  /// PLAIN of FIXED_LEN_BYTE_ARRAY: strings of one length.
  static func fixed(
    _ bytes: UnsafeRawBufferPointer, width: Int, count: Int, _ receive: Receiver
  ) throws(ParquetProblem) {
    var cursor = ByteCursor(bytes)
    for _ in 0..<count { try receive(try cursor.take(width)) }
  }

  /// DELTA_LENGTH_BYTE_ARRAY: all lengths, then all strings.
  static func deltaLength(
    _ bytes: UnsafeRawBufferPointer, count: Int, _ receive: Receiver
  ) throws(ParquetProblem) {
    let (lengths, rest) = try DeltaIntegers.lengths(bytes, count: count)
    var cursor = ByteCursor(rest)
    for length in lengths { try receive(try cursor.take(Int(length))) }
  }

  /// DELTA_BYTE_ARRAY: how much of the string before each one shares, then what follows.
  static func delta(
    _ bytes: UnsafeRawBufferPointer, count: Int, _ receive: Receiver
  ) throws(ParquetProblem) {
    let (prefixes, rest) = try DeltaIntegers.lengths(bytes, count: count)
    var text: [UInt8] = []
    var index = 0
    try deltaLength(rest, count: count) { suffix throws(ParquetProblem) in
      guard prefixes[index] <= Int64(text.count) else {
        throw .damaged("a text that shares more than the text before it has")
      }
      // No text is longer than all suffixes together, which are bytes of the page.
      text.removeLast(text.count - Int(prefixes[index]))
      text.append(contentsOf: suffix)
      index += 1
      try withBytes(text) { whole throws(ParquetProblem) in try receive(whole) }
    }
  }

  /// BYTE_STREAM_SPLIT: all first bytes, then all second bytes, and so on; put together again.
  static func joined(
    _ bytes: UnsafeRawBufferPointer, width: Int, count: Int
  ) throws(ParquetProblem) -> [UInt8] {
    let (size, isOver) = width.multipliedReportingOverflow(by: count)
    guard !isOver, bytes.count == size else {
      throw .damaged("\(bytes.count) bytes in \(width) streams for \(count) values")
    }
    return [UInt8](unsafeUninitializedCapacity: size) { output, filled in
      // Both indices run through 0 ..< width · count, the size of both buffers.
      for stream in 0..<width {
        let from = UnsafeRawBufferPointer(
          rebasing: bytes[stream * count..<(stream + 1) * count])
        var target = stream
        for byte in from {
          output[target] = byte
          target += width
        }
      }
      filled = size
    }
  }
}
