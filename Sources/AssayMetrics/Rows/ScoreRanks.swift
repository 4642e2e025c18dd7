/// Dense ranks of scores, and orders of ranks, by radix sort.
enum ScoreRanks {
  /// Rank of every score from the lowest; equal scores have equal ranks, −0 equals 0, NaN is last.
  static func ranks(of scores: [Double]) -> [UInt32] {
    var keys = scores.map { score -> UInt64 in
      // Negative numbers: all bits flipped; others: sign bit set. Order of keys = order of numbers.
      if score.isNaN { return .max }
      let bits = (score == 0 ? 0.0 : score).bitPattern
      return bits >> 63 == 1 ? ~bits : bits | (1 << 63)
    }
    var rows = Array(0..<UInt32(clamping: scores.count))
    sort(&keys, &rows, bits: 64)
    var ranks = Array(repeating: UInt32(0), count: scores.count)
    var rank: UInt32 = 0
    for position in keys.indices {
      if position > 0, keys[position] != keys[position - 1] { rank += 1 }
      ranks[Int(rows[position])] = rank
    }
    return ranks
  }

  /// Positions `0..<ranks.count` from the lowest rank to the highest, equal ranks in their order.
  static func order(of ranks: [UInt32]) -> [UInt32] {
    let highest = ranks.max() ?? 0
    var rows = Array(0..<UInt32(clamping: ranks.count))
    if ranks.count < 1024 {
      rows.sort {
        let a = ranks[Int($0)]
        let b = ranks[Int($1)]
        return a == b ? $0 < $1 : a < b
      }
      return rows
    }
    var keys = ranks.map { UInt64($0) }
    sort(&keys, &rows, bits: 32 - highest.leadingZeroBitCount)
    return rows
  }

  /// Stable least-significant-digit radix sort of keys with their rows; digits of 11 bits, and a
  /// digit that is the same in all keys is skipped.
  private static func sort(_ keys: inout [UInt64], _ rows: inout [UInt32], bits: Int) {
    let count = keys.count
    guard count > 1, rows.count == count else { return }
    var otherKeys = Array(repeating: UInt64(0), count: count)
    var otherRows = Array(repeating: UInt32(0), count: count)
    for shift in stride(from: 0, to: bits, by: 11) {
      var places = Array(repeating: 0, count: 2048)
      for key in keys { places[Int(truncatingIfNeeded: (key >> UInt64(shift)) & 2047)] += 1 }
      if places.contains(count) { continue }
      var next = 0
      for digit in places.indices {
        let here = places[digit]
        places[digit] = next
        next += here
      }
      for position in 0..<count {
        let key = keys[position]
        let digit = Int(truncatingIfNeeded: (key >> UInt64(shift)) & 2047)
        let place = places[digit]
        places[digit] = place + 1
        otherKeys[place] = key
        otherRows[place] = rows[position]
      }
      swap(&keys, &otherKeys)
      swap(&rows, &otherRows)
    }
  }
}
