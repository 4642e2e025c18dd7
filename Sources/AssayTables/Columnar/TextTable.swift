#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The memory of ``TextCodes``: a hash table over the bytes of texts, without reference counts, so that
/// a loop over rows reaches it through a pointer.
///
/// A text is known by its first eight bytes, its length, and the next eight bytes or, beyond sixteen, a
/// hash of the rest; longer texts are compared byte by byte as well. The hash takes a seed of the
/// process, so that no file can be made to collide; codes do not depend on it.
struct TextTable: ~Copyable {
  struct Entry {
    var low: UInt64
    var high: UInt64
    var length: UInt32
    /// Where a text of more than sixteen bytes starts in `arena`.
    var start: Int
  }

  /// Of this process: Swift's own hashing is seeded at random when it starts.
  private static let processSeed = UInt64(truncatingIfNeeded: Hasher().finalize())
  private let seed = Self.processSeed

  /// `count` of `capacity` entries are initialized.
  private(set) var count = 0
  private var capacity = 64
  private var entries: UnsafeMutablePointer<Entry>
  /// `arenaCount` of `arenaCapacity` bytes are initialized.
  private var arenaCount = 0
  private var arenaCapacity = 256
  private var arena: UnsafeMutablePointer<UInt8>
  /// One more than the code in each slot, 0 where empty; `mask + 1` of them, a power of two, at most
  /// half used.
  private var slots: UnsafeMutablePointer<UInt32>
  private var mask = 255
  // The text that came last.
  private var lastLow: UInt64 = 0
  private var lastHigh: UInt64 = 0
  private var lastLength: UInt32 = .max
  private var lastCode: Int32 = 0

  init() {
    entries = .allocate(capacity: capacity)
    arena = .allocate(capacity: arenaCapacity)
    slots = .allocate(capacity: mask + 1)
    slots.initialize(repeating: 0, count: mask + 1)
  }

  deinit {
    entries.deallocate()
    arena.deallocate()
    slots.deallocate()
  }

  /// The code of a text of `length` bytes at `text`, new or known.
  ///
  /// Sixteen bytes from `text` on are read whatever the length: buffers have that much padding. The
  /// byte order is the little-endian one of every supported machine.
  @inline(__always)
  mutating func code(_ text: UnsafePointer<UInt8>, length: Int) -> Int32 {
    let raw = UnsafeRawPointer(text)
    var low = raw.loadUnaligned(as: UInt64.self)
    var high = (raw + 8).loadUnaligned(as: UInt64.self)
    if length < 8 {
      low &= (1 &<< UInt64(truncatingIfNeeded: 8 &* length)) &- 1
      high = 0
    } else if length < 16 {
      high &= (1 &<< UInt64(truncatingIfNeeded: 8 &* (length &- 8))) &- 1
    } else if length > 16 {
      high = Self.hash(raw, length, seed)
    }
    let size = UInt32(truncatingIfNeeded: length)
    // Rows of one client or group often stand together.
    if low == lastLow, high == lastHigh, size == lastLength, length <= 16 { return lastCode }
    let code = find(low, high, size, text)
    (lastLow, lastHigh, lastLength, lastCode) = (low, high, size, code)
    return code
  }

  /// A number that is the same for equal texts and hardly ever for others, in this process.
  @inline(__always)
  static func key(_ text: UnsafePointer<UInt8>, length: Int) -> UInt64 {
    let raw = UnsafeRawPointer(text)
    var low = raw.loadUnaligned(as: UInt64.self)
    var high = (raw + 8).loadUnaligned(as: UInt64.self)
    if length < 8 {
      low &= (1 &<< UInt64(truncatingIfNeeded: 8 &* length)) &- 1
      high = 0
    } else if length < 16 {
      high &= (1 &<< UInt64(truncatingIfNeeded: 8 &* (length &- 8))) &- 1
    } else if length > 16 {
      high = hash(raw, length, processSeed)
    }
    return mix(low, high, UInt64(truncatingIfNeeded: length), processSeed)
  }

  @inline(__always)
  private mutating func find(
    _ low: UInt64, _ high: UInt64, _ length: UInt32, _ text: UnsafePointer<UInt8>
  ) -> Int32 {
    var slot =
      Int(truncatingIfNeeded: Self.mix(low, high, UInt64(length), seed)) & mask
    // A slot in `0...mask` is within the table, and half of the slots are empty.
    while slots[slot] != 0 {
      let code = Int(slots[slot]) &- 1
      // Codes are below `count`.
      let entry = entries + code
      if entry.pointee.low == low, entry.pointee.high == high, entry.pointee.length == length,
        length <= 16 || memcmp(arena + entry.pointee.start, text, Int(length)) == 0
      {
        return Int32(truncatingIfNeeded: code)
      }
      slot = (slot &+ 1) & mask
    }
    return insert(low, high, length, text, at: slot)
  }

  @inline(never)
  private mutating func insert(
    _ low: UInt64, _ high: UInt64, _ length: UInt32, _ text: UnsafePointer<UInt8>, at slot: Int
  ) -> Int32 {
    let code = count
    if count == capacity {
      let larger = UnsafeMutablePointer<Entry>.allocate(capacity: 2 * capacity)
      larger.update(from: entries, count: count)
      entries.deallocate()
      (entries, capacity) = (larger, 2 * capacity)
    }
    entries[count] = Entry(low: low, high: high, length: length, start: arenaCount)
    count += 1
    if length > 16 {
      if arenaCount + Int(length) > arenaCapacity {
        let size = max(2 * arenaCapacity, arenaCount + Int(length))
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
        larger.update(from: arena, count: arenaCount)
        arena.deallocate()
        (arena, arenaCapacity) = (larger, size)
      }
      (arena + arenaCount).update(from: text, count: Int(length))
      arenaCount += Int(length)
    }
    slots[slot] = UInt32(truncatingIfNeeded: count)
    if 2 * count > mask { growSlots() }
    return Int32(truncatingIfNeeded: code)
  }

  private mutating func growSlots() {
    let size = 4 * (mask + 1)
    slots.deallocate()
    slots = .allocate(capacity: size)
    slots.initialize(repeating: 0, count: size)
    mask = size - 1
    for code in 0..<count {
      let entry = entries[code]
      let mixed = Self.mix(entry.low, entry.high, UInt64(entry.length), seed)
      var slot = Int(truncatingIfNeeded: mixed) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = UInt32(truncatingIfNeeded: code + 1)
    }
  }

  /// Writes the bytes of a text to memory with room for them and for sixteen.
  func write(_ code: Int, to target: UnsafeMutableRawPointer) -> Int {
    precondition(code >= 0 && code < count, "a code that was given out")
    let entry = entries[code]
    if entry.length <= 16 {
      target.storeBytes(of: entry.low, as: UInt64.self)
      target.storeBytes(of: entry.high, toByteOffset: 8, as: UInt64.self)
    } else {
      target.copyMemory(from: arena + entry.start, byteCount: Int(entry.length))
    }
    return Int(entry.length)
  }

  /// Bytes of a text.
  func length(_ code: Int) -> Int {
    precondition(code >= 0 && code < count, "a code that was given out")
    return Int(entries[code].length)
  }

  /// A number that tells texts apart, from three words; every bit depends on every word.
  @inline(__always)
  private static func mix(
    _ low: UInt64, _ high: UInt64, _ length: UInt64, _ seed: UInt64
  ) -> UInt64 {
    let a = (low ^ seed).multipliedFullWidth(by: (high ^ 0x9E37_79B9_7F4A_7C15) &+ seed)
    let b = (a.high ^ a.low ^ length).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
    return b.high ^ b.low
  }

  /// A hash of all bytes of a text of more than sixteen.
  private static func hash(
    _ raw: UnsafeRawPointer, _ length: Int, _ seed: UInt64
  ) -> UInt64 {
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
