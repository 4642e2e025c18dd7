/// Sorts the rows of a bucket by score, ascending; rows of equal scores in any order.
///
/// One counting pass on the leading bits in which the bucket's scores differ, then each small list
/// by insertion. O(n) for spread-out or repeated scores, O(n log n) for any.
struct BucketSorter: ~Copyable {
  private var scratch: UnsafeMutablePointer<RankRecord>?
  private var capacity = 0
  private let places: UnsafeMutablePointer<UInt32>

  private static let digitBits: UInt64 = 13

  init() { places = .allocate(capacity: (1 << Self.digitBits) + 1) }

  deinit {
    scratch?.deallocate()
    places.deallocate()
  }

  /// Memory for a copy of `count` rows.
  private mutating func copy(_ count: Int) -> UnsafeMutablePointer<RankRecord> {
    if let scratch, capacity >= count { return scratch }
    scratch?.deallocate()
    capacity = count
    let made = UnsafeMutablePointer<RankRecord>.allocate(capacity: count)
    scratch = made
    return made
  }

  /// - Parameter records: `count` rows.
  mutating func sort(_ records: UnsafeMutablePointer<RankRecord>, count: Int) {
    if count <= 24 { return Self.insert(records, count) }
    var least = UInt64.max
    var most: UInt64 = 0
    for index in 0..<count {
      least = min(least, records[index].key)
      most = max(most, records[index].key)
    }
    if least == most { return }
    // As many digits as the bucket has rows or so, so that clearing them costs no more than dealing.
    let wanted = min(Self.digitBits, UInt64(Int.bitWidth - count.leadingZeroBitCount))
    let spread = UInt64(64 - (most - least).leadingZeroBitCount)
    let shift = spread > wanted ? spread - wanted : 0
    let digits = Int((most - least) >> shift) + 1  // At most 2^wanted.
    let scratch = copy(count)
    places.update(repeating: 0, count: digits + 1)
    for index in 0..<count {
      places[Int(truncatingIfNeeded: (records[index].key &- least) &>> shift) &+ 1] &+= 1
    }
    for digit in 1..<(digits + 1) { places[digit] &+= places[digit &- 1] }
    for index in 0..<count {
      let digit = Int(truncatingIfNeeded: (records[index].key &- least) &>> shift)
      scratch[Int(places[digit])] = records[index]
      places[digit] &+= 1
    }
    // places[digit] is now the end of the digit's rows.
    if shift > 0 {
      var start = 0
      for digit in 0..<digits {
        let end = Int(places[digit])
        if end &- start > 1 { Self.sortSmall(scratch + start, end &- start) }
        start = end
      }
    }
    records.update(from: scratch, count: count)
  }

  private static func sortSmall(_ records: UnsafeMutablePointer<RankRecord>, _ count: Int) {
    if count <= 48 { return insert(records, count) }
    var isSorted = true
    for index in 1..<count where records[index].key < records[index - 1].key {
      isSorted = false
      break
    }
    if isSorted { return }
    var rows = UnsafeMutableBufferPointer(start: records, count: count)
    rows.sort { $0.key < $1.key }
  }

  @inline(__always)
  private static func insert(_ records: UnsafeMutablePointer<RankRecord>, _ count: Int) {
    if count < 2 { return }
    for index in 1..<count {
      let record = records[index]
      var place = index
      while place > 0, records[place &- 1].key > record.key {
        records[place] = records[place &- 1]
        place &-= 1
      }
      records[place] = record
    }
  }
}
