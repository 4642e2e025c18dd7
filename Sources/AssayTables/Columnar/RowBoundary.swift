#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where rows end in bytes that begin where a row begins; the rules of ``CSVScanner``.
///
/// A quotation mark opens a quoted field only where a field begins, and inside of one two of them stand
/// for one. Only quotation marks are looked at, so that text without any costs next to nothing.
enum RowBoundary {
  /// The position after the last line feed that ends a row; 0 when there is none.
  static func lastRowEnd(_ bytes: UnsafeBufferPointer<UInt8>, delimiter: UInt8) -> Int {
    guard let base = bytes.baseAddress else { return 0 }
    let quote = UInt8(ascii: "\"")
    var end = 0
    var position = 0
    while position < bytes.count {
      // Outside of quotes: up to the next quotation mark line feeds end rows.
      let next = first(quote, base, position, bytes.count)
      if let feed = last(0x0A, base, position, next) { end = feed + 1 }
      if next == bytes.count { break }
      position = next + 1
      let opens = next == 0 || base[next - 1] == delimiter || base[next - 1] == 0x0A
      guard opens else { continue }
      while true {
        let close = first(quote, base, position, bytes.count)
        // The field goes on beyond these bytes, or may: the next byte can double the mark.
        if close == bytes.count { return end }
        position = close + 1
        if position < bytes.count, base[position] == quote {
          position += 1
          continue
        }
        break
      }
    }
    return end
  }

  /// The first position of a byte in `start..<end`, else `end`.
  private static func first(
    _ byte: UInt8, _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int
  ) -> Int {
    // `memchr` reads at most the `end - start` bytes of the buffer.
    guard start < end, let found = memchr(base + start, Int32(byte), end - start) else {
      return end
    }
    return UnsafePointer(found.assumingMemoryBound(to: UInt8.self)) - base
  }

  /// The last position of a byte in `start..<end`.
  private static func last(
    _ byte: UInt8, _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int
  ) -> Int? {
    var position = end
    while position > start {
      position -= 1
      if base[position] == byte { return position }
    }
    return nil
  }
}
