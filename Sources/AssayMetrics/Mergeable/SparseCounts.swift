/// Counts by key, those of 0 left out: a histogram, a confusion matrix, a joint table.
///
/// Keys ascend strictly and every count is at least 1, so equal counts have one form.
public struct SparseCounts: Hashable, Sendable {
  /// Keys in ascending order.
  public private(set) var keys: [UInt32]
  /// How many rows have each key; at least 1.
  public private(set) var counts: [Int]

  /// No counts.
  public init() {
    keys = []
    counts = []
  }

  /// The counts of keys `0..<dense.count`; none may be negative.
  public init(dense: some Collection<Int>) {
    self.init()
    for (key, count) in dense.enumerated() where count > 0 { append(UInt32(key), count) }
  }

  /// The counts of how often each key occurs.
  /// - Complexity: O(keys · log keys), or O(keys + range) where that is less.
  public init(of occurrences: [UInt32], below limit: Int) {
    if limit <= 2 * occurrences.count {
      var dense = [Int](repeating: 0, count: limit)
      for key in occurrences { dense[Int(key)] += 1 }
      self.init(dense: dense)
    } else {
      self.init()
      for key in occurrences.sorted() {
        if keys.last == key { counts[counts.count - 1] += 1 } else { append(key, 1) }
      }
    }
  }

  /// Adds a key above all others with its count; 0 adds nothing.
  mutating func append(_ key: UInt32, _ count: Int) {
    if count == 0 { return }
    keys.append(key)
    counts.append(count)
  }

  /// Whether there are no counts.
  public var isEmpty: Bool { keys.isEmpty }
  /// The sum of all counts.
  public var total: Int { counts.reduce(0, +) }

  /// The count of a key; 0 where there is none.
  public subscript(key: Int) -> Int {
    var low = 0
    var high = keys.count
    while low < high {
      let middle = (low + high) / 2
      if Int(keys[middle]) < key { low = middle + 1 } else { high = middle }
    }
    return low < keys.count && Int(keys[low]) == key ? counts[low] : 0
  }

  /// The counts of keys `0..<count`.
  func dense(_ count: Int) -> [Int] {
    var result = [Int](repeating: 0, count: count)
    for (key, value) in zip(keys, counts) where Int(key) < count { result[Int(key)] = value }
    return result
  }

  /// Adds the counts of others.
  public mutating func merge(_ other: SparseCounts) throws(StatisticsError) {
    if other.isEmpty { return }
    if isEmpty {
      self = other
      return
    }
    if keys == other.keys {
      for index in counts.indices {
        counts[index] = try counts[index].addingCount(other.counts[index])
      }
      return
    }
    var merged = SparseCounts()
    merged.keys.reserveCapacity(keys.count + other.keys.count)
    merged.counts.reserveCapacity(keys.count + other.keys.count)
    var a = 0
    var b = 0
    while a < keys.count || b < other.keys.count {
      if b == other.keys.count || (a < keys.count && keys[a] < other.keys[b]) {
        merged.append(keys[a], counts[a])
        a += 1
      } else if a == keys.count || other.keys[b] < keys[a] {
        merged.append(other.keys[b], other.counts[b])
        b += 1
      } else {
        merged.append(keys[a], try counts[a].addingCount(other.counts[b]))
        a += 1
        b += 1
      }
    }
    self = merged
  }
}
