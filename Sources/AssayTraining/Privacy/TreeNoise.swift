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

  /// The squared L2 sensitivity of all nodes together to one client, in units of the clip, when the
  /// client takes part in the terms `k, k + period, …` of `terms`: the largest over k of
  /// `Σ_nodes (its terms below the node)²`.
  ///
  /// All nodes that lie within the terms are counted, whether or not a prefix shows them by itself.
  static func squaredSensitivity(terms: Int, period: Int) -> Double {
    precondition(terms >= 0 && period >= 1, "terms from 0, a period from 1")
    var largest = 0
    for first in 0..<min(period, terms) {
      var sum = 0
      var width = 1
      while width <= terms {
        var start = 0
        while start + width <= terms {
          let count = Self.multiples(from: first, step: period, in: start..<(start + width))
          sum += count * count
          start += width
        }
        width *= 2
      }
      largest = max(largest, sum)
    }
    return Double(largest)
  }

  private static func multiples(from first: Int, step: Int, in range: Range<Int>) -> Int {
    func below(_ end: Int) -> Int { end <= first ? 0 : (end - first + step - 1) / step }
    return below(range.upperBound) - below(range.lowerBound)
  }
}
