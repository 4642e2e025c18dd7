/// One number for each row of a column of identifiers: equal for equal texts.
///
/// Different texts hardly ever share a key (one pair in 2^64 does), so that keys which all differ prove
/// that the texts do; keys that repeat are a reason to look at the texts. Keys of one process can be
/// compared; those of another differ.
public struct RowKeys: Sendable {
  private var keys: [UInt64]
  /// Whether the identifier of some row is empty.
  public private(set) var hasEmpty: Bool

  init(keys: [UInt64], hasEmpty: Bool) {
    self.keys = keys
    self.hasEmpty = hasEmpty
  }

  /// Keys of numbers.
  public init(numbers: [Double]) {
    keys = numbers.map { Self.scrambled($0 == 0 ? 0 : $0.bitPattern) }
    hasEmpty = false
  }

  /// Adds the rows of another file.
  public mutating func append(_ other: RowKeys) {
    keys.append(contentsOf: other.keys)
    hasEmpty = hasEmpty || other.hasEmpty
  }

  /// Whether two rows have the same key.
  ///
  /// Keys are dealt to parts by their highest bits; within a part, which stays in a core's cache, each
  /// is looked up in a small hash table.
  public func hasRepeats() -> Bool {
    let bits = max(0, 64 - (keys.count / 16_384).leadingZeroBitCount)
    let shift = UInt64(64 - bits)
    // A shift by 64, for one part alone, gives 0.
    var ends = [Int](repeating: 0, count: 1 << bits)
    for key in keys { ends[Int(key >> shift)] += 1 }
    var largest = 0
    var next = 0
    for part in ends.indices {
      largest = max(largest, ends[part])
      next += ends[part]
      ends[part] = next - ends[part]
    }
    var dealt = [UInt64](repeating: 0, count: keys.count)
    for key in keys {
      let part = Int(key >> shift)
      dealt[ends[part]] = key
      ends[part] += 1
    }
    var slots = [UInt64](repeating: 0, count: 1 << (64 - (2 * largest + 1).leadingZeroBitCount))
    let mask = slots.count - 1
    var start = 0
    for end in ends {
      for index in slots.indices { slots[index] = 0 }
      var hasZero = false
      for key in dealt[start..<end] {
        if key == 0 {
          if hasZero { return true }
          hasZero = true
          continue
        }
        var slot = Int(truncatingIfNeeded: key) & mask
        while slots[slot] != 0 {
          if slots[slot] == key { return true }
          slot = (slot + 1) & mask
        }
        slots[slot] = key
      }
      start = end
    }
    return false
  }

  /// A permutation of all numbers that spreads the bits of each (the finisher of SplitMix64).
  private static func scrambled(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
