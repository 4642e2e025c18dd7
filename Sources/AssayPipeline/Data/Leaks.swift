/// Counts test rows whose inputs and label equal those of a training row, by the bits.
///
/// A hash table with open addressing holds one entry for each distinct training row: the upper half of
/// its hash and its number. Equal hashes are followed by a comparison of the rows themselves.
struct IdenticalRows {
  private let train: PreparedData.Part
  private let width: Int
  private var slots: [UInt64]
  private static let empty = UInt64.max

  init(train: PreparedData.Part, width: Int) {
    self.train = train
    self.width = width
    var capacity = 16
    while capacity < train.rows.count * 2 { capacity *= 2 }
    slots = [UInt64](repeating: Self.empty, count: capacity)
    for row in train.rows.indices {
      let hash = hash(train, row)
      if case .absent(let slot) = find(hash, train, row) {
        slots[slot] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(row)
      }
    }
  }

  func count(in test: PreparedData.Part) -> Int {
    test.rows.indices.count { row in
      if case .present = find(hash(test, row), test, row) { true } else { false }
    }
  }

  /// The bits of a row's label, be it a class or a number.
  private static func label(_ part: PreparedData.Part, _ row: Int) -> UInt64 {
    part.targets.isEmpty
      ? UInt64(UInt32(bitPattern: part.labels[row])) : part.targets[row].bitPattern
  }

  private enum Place {
    case present
    case absent(Int)
  }

  private func find(_ hash: UInt64, _ part: PreparedData.Part, _ row: Int) -> Place {
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] != Self.empty {
      if slots[slot] >> 32 == hash >> 32 {
        let other = Int(slots[slot] & 0xFFFF_FFFF)
        if isEqual(part, row, other) { return .present }
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return .absent(slot)
  }

  private func isEqual(_ part: PreparedData.Part, _ row: Int, _ other: Int) -> Bool {
    guard Self.label(part, row) == Self.label(train, other) else { return false }
    return part.features.withUnsafeBufferPointer { first in
      train.features.withUnsafeBufferPointer { second in
        for column in 0..<width
        where first[row * width + column].bitPattern
          != second[other * width + column].bitPattern
        { return false }
        return true
      }
    }
  }

  /// 64 bits of the label and all inputs, mixed as in SplitMix64.
  private func hash(_ part: PreparedData.Part, _ row: Int) -> UInt64 {
    part.features.withUnsafeBufferPointer { features in
      var hash = Self.label(part, row)
      for column in row * width..<(row + 1) * width {
        hash = (hash ^ UInt64(features[column].bitPattern)) &* 0x9E37_79B9_7F4A_7C15
        hash ^= hash >> 29
      }
      hash = (hash ^ (hash >> 32)) &* 0xBF58_476D_1CE4_E5B9
      return hash ^ (hash >> 31)
    }
  }
}
