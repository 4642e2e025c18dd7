/// Noise of DP-FTRL: every prefix of a sum of T terms is released with the noise of at most log₂T + 1
/// nodes of a binary tree instead of T independent draws.
///
/// Node (level l, index j) stands for the terms `j·2^l ..< (j+1)·2^l` and has noise of its own; the prefix
/// of t terms has the nodes of the binary digits of t.
/// - Note: Source: Kairouz, McMahan, Song, Thakkar, Thakurta, Xu 2021, arXiv:2103.00039, section 3 (the
///   plain tree); Dwork, Naor, Pitassi, Rothblum 2010.
enum TreeNoise {
  /// The nodes of the prefix of `count` terms, the largest first.
  static func nodes(ofPrefix count: Int) -> [(level: Int, index: Int)] {
    var nodes: [(level: Int, index: Int)] = []
    var start = 0
    for level in stride(from: Int.bitWidth - 2, through: 0, by: -1)
    where count & (1 << level) != 0 {
      nodes.append((level, start >> level))
      start += 1 << level
    }
    return nodes
  }

  /// Adds the noise of the prefix of `count` terms minus that of `count − 1`, each of standard deviation
  /// `deviation`, to every live coordinate: summed over rounds this leaves the noise of the prefix.
  static func addIncrement(
    to sum: UnsafeMutablePointer<Double>, term count: Int, network: Network, deviation: Double,
    randomness: Randomness
  ) {
    guard deviation > 0 else { return }
    let now = nodes(ofPrefix: count)
    let before = nodes(ofPrefix: count - 1)
    for node in now where !before.contains(where: { $0 == node }) {
      add(node, 1, to: sum, network, deviation, randomness)
    }
    for node in before where !now.contains(where: { $0 == node }) {
      add(node, -1, to: sum, network, deviation, randomness)
    }
  }

  private static func add(
    _ node: (level: Int, index: Int), _ sign: Double, to sum: UnsafeMutablePointer<Double>,
    _ network: Network, _ deviation: Double, _ randomness: Randomness
  ) {
    let noise = Memory<Double>(repeating: 0, count: network.liveCount)
    randomness.normals(
      .treeNoise, client: node.level, round: node.index, into: noise.start, count: noise.count)
    var next = noise.start
    for run in network.liveRuns {
      for i in 0..<run.count { sum[run.start + i] += sign * (next[i] * deviation) }
      next += run.count
    }
  }

  /// The squared L2 sensitivity of all used nodes together to one client, in units of the clip, when the
  /// client takes part in the terms `k, k + period, …` of `terms`: the largest over k of
  /// `Σ_nodes (its terms below the node)²`.
  ///
  /// Used are the nodes of some prefix of at most `terms` terms, one new one for each term: that of term t
  /// ends with t and has the width of t's lowest binary one. Prefixes are sums of used nodes and used nodes
  /// are differences of prefixes, so releasing either is the same Gaussian mechanism, and this is its exact
  /// sensitivity. A client that skips a turn contributes less. A node sums nonnegative multiples of vectors
  /// within the clip, so vectors in one direction are the worst case; and updates that depend on earlier
  /// releases cost no more than fixed ones.
  /// - Complexity: O(terms · log terms).
  /// - Note: Source: Kairouz et al. 2021, theorem 4.1, for one turn; Choquette-Choo, McMahan, Rush, Thakurta
  ///   2023, arXiv:2211.06530, section 3, for several; Denisov, McMahan, Rush, Smith, Thakurta 2022,
  ///   arXiv:2202.08312, theorem 2.1, for adaptivity.
  static func squaredSensitivity(terms: Int, period: Int) -> Double {
    precondition(terms >= 0 && period >= 1, "terms from 0, a period from 1")
    var largest = 0
    for first in 0..<min(period, terms) {
      var sum = 0
      var level = 0
      while 1 << level <= terms {
        var node = -1
        var count = 0
        func close() {
          if node >= 0, node % 2 == 0, (node + 1) << level <= terms { sum += count * count }
        }
        for term in stride(from: first, to: terms, by: period) {
          if term >> level != node {
            close()
            node = term >> level
            count = 0
          }
          count += 1
        }
        close()
        level += 1
      }
      largest = max(largest, sum)
    }
    return Double(largest)
  }
}
