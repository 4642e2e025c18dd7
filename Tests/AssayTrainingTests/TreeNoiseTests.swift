import Testing

@testable import AssayTraining

@Suite("Noise by a binary tree") struct TreeNoiseTests {
  /// Worked by hand: the nodes of T = 7 terms are 1, 1–2, 3, 1–4, 5, 5–6, 7.
  @Test("a prefix has the nodes of the binary digits of its length")
  func nodes() {
    func nodes(_ count: Int) -> [[Int]] {
      TreeNoise.nodes(ofPrefix: count).map { [$0.level, $0.index] }
    }
    #expect(nodes(0) == [])
    #expect(nodes(1) == [[0, 0]])
    #expect(nodes(2) == [[1, 0]])
    #expect(nodes(3) == [[1, 0], [0, 2]])
    #expect(nodes(7) == [[2, 0], [1, 2], [0, 6]])
    #expect(nodes(8) == [[3, 0]])
    for count in 1...2_000 {
      let found = TreeNoise.nodes(ofPrefix: count)
      #expect(found.count == count.nonzeroBitCount)
      // The nodes follow one another without gap and cover exactly the prefix.
      var next = 0
      for node in found {
        #expect(node.index << node.level == next)
        next = (node.index + 1) << node.level
      }
      #expect(next == count)
    }
  }

  /// Worked by hand. T = 4, every round: nodes 1 (once), 1–2 (twice), 3 (once), 1–4 (four times) give
  /// 1 + 4 + 1 + 16. T = 4, every second round from the first: 1, 1, 1, 2 turns give 1 + 1 + 1 + 4.
  /// One turn in T = 2^k terms: the first client lies below k + 1 nodes.
  @Test("sensitivities by hand")
  func byHand() {
    let cases: [(terms: Int, period: Int, squared: Double)] = [
      (0, 1, 0), (1, 1, 1), (2, 1, 5), (3, 1, 6), (4, 1, 22), (4, 2, 7), (7, 7, 3), (8, 8, 4),
      (8, 100, 4), (1_024, 1_024, 11), (100_000, 100_000, 17),
    ]
    for item in cases {
      let found = TreeNoise.squaredSensitivity(terms: item.terms, period: item.period)
      #expect(found == item.squared, "\(item.terms) terms, period \(item.period)")
    }
  }

  /// Independent of nodes below clients: the prefixes that are released are `A·u + B·z`, with A the lower
  /// triangle of ones, u the turns of one client and B the nodes of each prefix. That is the Gaussian
  /// mechanism of `B⁻¹·A·u`, whose largest norm over all patterns of turns is the sensitivity.
  @Test("the sensitivity is exactly that of all prefixes together, over every pattern of turns")
  func bruteForce() {
    for terms in 1...12 {
      for period in 1...terms {
        var largest = 0.0
        for first in 0..<period {
          let turns = Array(stride(from: first, to: terms, by: period))
          for pattern in 0..<(1 << turns.count) {
            var joins = [Double](repeating: 0, count: terms)
            for (bit, turn) in turns.enumerated() where pattern >> bit & 1 == 1 { joins[turn] = 1 }
            largest = max(largest, Self.squaredNorm(joins))
          }
        }
        #expect(
          TreeNoise.squaredSensitivity(terms: terms, period: period) == largest,
          "\(terms) terms, period \(period)")
      }
    }
  }

  /// `‖B⁻¹·A·u‖²` by forward substitution: every prefix has one node that no shorter one has.
  private static func squaredNorm(_ joins: [Double]) -> Double {
    var values: [[Int]: Double] = [:]
    var prefix = 0.0
    for term in joins.indices {
      prefix += joins[term]
      var rest = prefix
      var new: [Int] = []
      for node in TreeNoise.nodes(ofPrefix: term + 1) {
        if let known = values[[node.level, node.index]] {
          rest -= known
        } else {
          new = [node.level, node.index]
        }
      }
      values[new] = rest
    }
    return values.values.reduce(0) { $0 + $1 * $1 }
  }

  @Test("more turns never cost less, and the plan's releases carry the quotient")
  func monotone() {
    var last = 0.0
    for terms in 1...300 {
      let found = TreeNoise.squaredSensitivity(terms: terms, period: 7)
      #expect(found >= last)
      last = found
      #expect(TreeNoise.squaredSensitivity(terms: terms, period: 8) <= found)
    }
    let plan = FederatedPlan(
      rounds: 4, clientsPerRound: .count(5),
      local: LocalTraining(epochs: 1, batchSize: 8, learningRate: 0.1),
      privacy: PrivateTraining(mechanism: .tree, clip: 1, noiseMultiplier: 3))
    // Ten clients, five a round: a turn every second round; see above for 7.
    let event = plan.releases(clients: 10)?.event(noiseMultiplier: 3)
    #expect(event?.noiseMultiplier == 3 / 7.0.squareRoot())
    #expect(event?.steps == 1 && event?.samplingRate == 1 && event?.sampling.rawValue == "none")
  }
}
