import AssayStatistics

/// Who is asked in a round.
///
/// Draws depend on the seed and the round alone, and their work on the size of the cohort, not of the
/// population, wherever all clients are available.
enum Cohort {
  /// So many of the given clients, without replacement, each set equally likely; ascending.
  ///
  /// The first `count` steps of a Fisher–Yates shuffle, of which only the moved entries are kept.
  static func fixed(
    _ count: Int, of available: [Int]?, clientCount: Int, randomness: Randomness, round: Int
  ) -> [Int] {
    let total = available?.count ?? clientCount
    precondition(count <= total, "a cohort of at most the available clients")
    func client(_ position: Int) -> Int { available?[position] ?? position }
    if count == total { return (0..<total).map(client) }
    let words = randomness.words(.sampling, round: round, count: count)
    var moved: [Int: Int] = [:]
    moved.reserveCapacity(2 * count)
    var chosen: [Int] = []
    chosen.reserveCapacity(count)
    for position in 0..<count {
      // A 64-bit fraction of what is left: its bias is below 2^-32.
      let offset = words[position].multipliedFullWidth(by: UInt64(total - position)).high
      let other = position + Int(offset)
      chosen.append(client(moved[other] ?? other))
      moved[other] = moved[position] ?? position
    }
    return chosen.sorted()
  }

  /// Every client by itself with the probability `rate`; ascending.
  ///
  /// The gaps between members are geometric: `floor(log u / log(1 − rate))` with u uniform in (0, 1],
  /// a multiple of 2^-53, which gives each client an independent draw without asking each of them.
  static func poisson(
    rate: Double, clientCount: Int, randomness: Randomness, round: Int
  ) -> [Int] {
    if rate >= 1 { return Array(0..<clientCount) }
    guard rate > 0 else { return [] }
    let scale = 1 / PortableMath.log1p(-rate)
    var chosen: [Int] = []
    var next = 0.0
    var block = 0
    let length = 256
    while true {
      let words = randomness.words(
        .sampling, client: block, round: round, count: length)
      for word in words {
        let uniform = (Double(word >> 11) + 1) * 0x1p-53
        next += (PortableMath.log(uniform) * scale).rounded(.down)
        if !(next < Double(clientCount)) { return chosen }
        chosen.append(Int(next))
        next += 1
      }
      block += 1
    }
  }

  /// The fixed order in which clients come without sampling.
  static func cycle(clientCount: Int, randomness: Randomness) -> [Int32] {
    var order = Array(0..<Int32(clientCount))
    order.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress {
        randomness.shuffle(base, count: clientCount, .cyclicOrder, round: 0)
      }
    }
    return order
  }

  /// The members of cohort `index` of a cycle, ascending. The last cohort of a cycle may be smaller.
  static func cyclic(_ index: Int, size: Int, of cycle: [Int32]) -> [Int] {
    let cohorts = (cycle.count + size - 1) / size
    let start = index % cohorts * size
    return cycle[start..<min(cycle.count, start + size)].map { Int($0) }.sorted()
  }
}
