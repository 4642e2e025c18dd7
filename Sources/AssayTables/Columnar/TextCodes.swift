#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Codes for texts in the order in which they first came: a hash table over their bytes.
///
/// A text is known by its first eight bytes, its length, and the next eight bytes or, beyond sixteen, a
/// hash of the rest; longer texts are compared byte by byte as well. The hash takes a seed of the
/// process, so that no file can be made to collide; codes do not depend on it.
final class TextCodes {
  private struct Entry {
    var low: UInt64
    var high: UInt64
    var length: UInt32
    /// Where a text of more than sixteen bytes starts in `arena`.
    var start: Int
  }

  /// Of this process: Swift's own hashing is seeded at random when it starts.
  private static let seed = UInt64(truncatingIfNeeded: Hasher().finalize())

  private var entries: [Entry] = []
  private var arena: [UInt8] = []
  /// One more than the code in each slot, 0 where empty; a power of two of them, at most half used.
  private var slots: UnsafeMutablePointer<UInt32>
  private var mask: Int
  // The text that came last.
  private var lastLow: UInt64 = 0
  private var lastHigh: UInt64 = 0
  private var lastLength: UInt32 = .max
  private var lastCode: Int32 = 0

  init() {
    mask = 255
    slots = .allocate(capacity: mask + 1)
    slots.initialize(repeating: 0, count: mask + 1)
  }

  /// The texts of another table from a code on, under codes from 0.
  convenience init(copying other: TextCodes, from start: Int) {
    self.init()
    for code in start..<other.count {
      other.withBytes(of: code) { _ = self.code($0, length: $1) }
    }
  }

  deinit { slots.deallocate() }

  /// Number of texts.
  var count: Int { entries.count }

  /// The code of a text of `length` bytes at `text`, new or known.
  ///
  /// Sixteen bytes from `text` on are read whatever the length: buffers have that much padding.
  @inline(__always)
  func code(_ text: UnsafePointer<UInt8>, length: Int) -> Int32 {
    let raw = UnsafeRawPointer(text)
    var low = raw.loadUnaligned(as: UInt64.self)
    var high = (raw + 8).loadUnaligned(as: UInt64.self)
    if length < 8 {
      low &= (1 &<< UInt64(8 &* length)) &- 1
      high = 0
    } else if length < 16 {
      high &= (1 &<< UInt64(8 &* (length &- 8))) &- 1
    } else if length > 16 {
      high = Self.hash(raw, length)
    }
    let size = UInt32(truncatingIfNeeded: length)
    // Rows of one client or group often stand together.
    if low == lastLow, high == lastHigh, size == lastLength, length <= 16 { return lastCode }
    let code = find(low, high, size, text)
    (lastLow, lastHigh, lastLength, lastCode) = (low, high, size, code)
    return code
  }

  private func find(
    _ low: UInt64, _ high: UInt64, _ length: UInt32, _ text: UnsafePointer<UInt8>
  ) -> Int32 {
    var slot = Self.mix(low, high, UInt64(length)) & mask
    // A slot in `0...mask` is within the table, and half of the slots are empty.
    while slots[slot] != 0 {
      let code = Int(slots[slot]) - 1
      let entry = entries[code]
      if entry.low == low, entry.high == high, entry.length == length,
        length <= 16 || isEqual(entry, text)
      {
        return Int32(truncatingIfNeeded: code)
      }
      slot = (slot + 1) & mask
    }
    let code = entries.count
    entries.append(Entry(low: low, high: high, length: length, start: arena.count))
    if length > 16 {
      arena.append(contentsOf: UnsafeBufferPointer(start: text, count: Int(length)))
    }
    slots[slot] = UInt32(truncatingIfNeeded: code + 1)
    if 2 * entries.count > mask { grow() }
    return Int32(truncatingIfNeeded: code)
  }

  private func isEqual(_ entry: Entry, _ text: UnsafePointer<UInt8>) -> Bool {
    arena.withUnsafeBufferPointer { bytes in
      // `length` bytes from `start` were put into the arena with this entry.
      bytes.baseAddress.map { memcmp($0 + entry.start, text, Int(entry.length)) == 0 } ?? true
    }
  }

  private func grow() {
    let size = 4 * (mask + 1)
    slots.deallocate()
    slots = .allocate(capacity: size)
    slots.initialize(repeating: 0, count: size)
    mask = size - 1
    for (code, entry) in entries.enumerated() {
      var slot = Self.mix(entry.low, entry.high, UInt64(entry.length)) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = UInt32(truncatingIfNeeded: code + 1)
    }
  }

  /// Calls `body` with the bytes of a text and sixteen bytes of padding.
  func withBytes<Result>(of code: Int, _ body: (UnsafePointer<UInt8>, Int) -> Result) -> Result {
    let entry = entries[code]
    let length = Int(entry.length)
    // Room for both halves of a short text, and for a long one with padding behind it.
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(16, length) + 16) { buffer in
      buffer.initialize(repeating: 0)
      if length <= 16 {
        let raw = UnsafeMutableRawBufferPointer(buffer)
        raw.storeBytes(of: entry.low, as: UInt64.self)
        raw.storeBytes(of: entry.high, toByteOffset: 8, as: UInt64.self)
      } else {
        for index in 0..<length { buffer[index] = arena[entry.start + index] }
      }
      guard let base = buffer.baseAddress else { preconditionFailure("a buffer that is not empty") }
      return body(UnsafePointer(base), length)
    }
  }

  /// The text of a code.
  func text(_ code: Int) -> String {
    withBytes(of: code) { String(decoding: UnsafeBufferPointer(start: $0, count: $1), as: UTF8.self) }
  }

  /// A number that tells texts apart, from three words; every bit depends on every word.
  @inline(__always)
  private static func mix(_ low: UInt64, _ high: UInt64, _ length: UInt64) -> Int {
    let a = (low ^ seed).multipliedFullWidth(by: (high ^ 0x9E37_79B9_7F4A_7C15) &+ seed)
    let b = (a.high ^ a.low ^ length).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
    return Int(truncatingIfNeeded: b.high ^ b.low)
  }

  /// A hash of all bytes of a text of more than sixteen.
  private static func hash(_ raw: UnsafeRawPointer, _ length: Int) -> UInt64 {
    var state = seed
    var position = 0
    while position < length {
      // Eight bytes at `position` are within the text and its padding; what is beyond is cut off.
      var word = (raw + position).loadUnaligned(as: UInt64.self)
      let left = length - position
      if left < 8 { word &= (1 << UInt64(8 * left)) - 1 }
      let product = (state ^ word).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
      state = product.high ^ product.low &+ UInt64(truncatingIfNeeded: position)
      position += 8
    }
    return state
  }
}
