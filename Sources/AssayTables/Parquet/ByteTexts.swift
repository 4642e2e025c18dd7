/// Distinct byte strings, numbered in the order in which they come.
///
/// The strings stand one behind the other in one array; a table with open addressing finds them.
/// Hashes are seeded by the process, so that no file can choose strings that collide, and no result
/// depends on them.
struct ByteTexts {
  /// Bytes of all strings.
  private var bytes: [UInt8] = []
  /// Where each string ends in `bytes`.
  private var ends: [Int] = []
  /// Codes by hash, -1 where free; a power of two and at most half full.
  private var slots = [Int32](repeating: -1, count: 64)
  /// The most bytes of all strings together.
  var limit = 1 << 28

  /// Number of distinct strings.
  var count: Int { ends.count }

  /// The bytes of a string.
  subscript(code: Int) -> ArraySlice<UInt8> {
    bytes[(code == 0 ? 0 : ends[code - 1])..<ends[code]]
  }

  /// The code of a string, a new one at its first sight.
  mutating func code(of text: UnsafeRawBufferPointer) throws(ParquetProblem) -> Int32 {
    var slot = Self.hash(text) & (slots.count - 1)
    while slots[slot] >= 0 {
      let known = Int(slots[slot])
      let start = known == 0 ? 0 : ends[known - 1]
      if ends[known] - start == text.count, equal(start, text) { return Int32(known) }
      slot = (slot + 1) & (slots.count - 1)
    }
    guard text.count <= limit - bytes.count else {
      throw ParquetProblem(
        fact: .overLimit(
          what: "bytes of distinct texts in a part of a column", found: "more", limit: "\(limit)"))
    }
    let code = Int32(ends.count)
    bytes.append(contentsOf: text)
    ends.append(bytes.count)
    slots[slot] = code
    if ends.count * 2 > slots.count { grow() }
    return code
  }

  private func equal(_ start: Int, _ text: UnsafeRawBufferPointer) -> Bool {
    bytes.withUnsafeBytes { all in
      // `start + text.count` is the end of a known string, at most `bytes.count`.
      UnsafeRawBufferPointer(rebasing: all[start..<start + text.count]).elementsEqual(text)
    }
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 2)
    for code in 0..<ends.count {
      let range = (code == 0 ? 0 : ends[code - 1])..<ends[code]
      var slot =
        bytes.withUnsafeBytes { Self.hash(UnsafeRawBufferPointer(rebasing: $0[range])) }
        & (slots.count - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(code)
    }
  }

  private static func hash(_ text: UnsafeRawBufferPointer) -> Int {
    var hasher = Hasher()
    hasher.combine(bytes: text)
    return hasher.finalize()
  }
}
