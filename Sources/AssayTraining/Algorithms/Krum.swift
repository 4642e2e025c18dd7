import CKernels

/// Krum: the one model whose nearest neighbours are nearest; multi-Krum: the mean of the m best.
///
/// The score of a client is the sum of squared distances to its `n − f − 2` nearest others (to one at
/// least), f being the number of clients that may lie; the lowest score wins, of equal ones the lowest
/// client. Weights do not count. Multi-Krum with f = 0 and m = n is the uniform mean. The paper's
/// guarantee wants `n ≥ 2f + 3`; rounds with fewer are counted in a note.
/// - Note: Source: Blanchard et al. 2017, NeurIPS, sections 4 and 6.
struct Krum: FederatedAlgorithm {
  static let entry = AlgorithmEntry(
    name: "krum", summary: "robust: the model closest to its neighbours (Blanchard et al. 2017)",
    parameters: [byzantine]
  ) { Krum(byzantineShare: $0["byzantine_share"], isMultiple: false, selected: 1) }

  static let multiEntry = AlgorithmEntry(
    name: "multi-krum",
    summary: "robust: the mean of the models closest to their neighbours (Blanchard et al. 2017)",
    parameters: [
      byzantine,
      AlgorithmParameter(
        "selected", "models m that are averaged; 0: all but the clients that may lie",
        standard: 0, 0...1e6, isWhole: true),
    ]
  ) {
    Krum(
      byzantineShare: $0["byzantine_share"], isMultiple: true, selected: Int($0["selected"]))
  }

  private static let byzantine = AlgorithmParameter(
    "byzantine_share", "share of clients that may lie, rounded up to clients", standard: 0.2,
    0...0.499)

  let byzantineShare: Double
  let isMultiple: Bool
  let selected: Int
  var needsAllUpdates: Bool { true }
  func weight(of contribution: Contribution, in server: ServerState) -> Double { 1 }

  func withstands(_ updates: Int) -> Bool { updates >= 2 * liars(of: updates) + 3 }

  /// `f`: 0.07 of 100 are 7, though the product in double is more.
  func liars(of count: Int) -> Int { Int((byzantineShare * Double(count) - 1e-9).rounded(.up)) }

  func advance(_ server: ServerState, by round: RoundUpdates) {
    let count = round.models.count
    let liars = liars(of: count)
    let scores = Self.scores(round, neighbours: max(1, count - liars - 2))
    let wanted = !isMultiple ? 1 : selected > 0 ? min(selected, count) : max(1, count - liars)
    let best = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
      .prefix(wanted).sorted()
    server.setParameters { i in
      var sum = 0.0
      for index in best { sum += Double(round.models[index][i]) }
      return sum / Double(best.count)
    }
  }

  static func scores(_ round: RoundUpdates, neighbours: Int) -> [Double] {
    let count = round.models.count
    let size = Int64(round.global.count)
    let distances = Memory<Double>(repeating: 0, count: count * count)
    round.pool.run(count) { a, _ in
      for b in 0..<a {
        let norm = assay_update_norm(round.models[a], round.models[b], size)
        distances[a * count + b] = norm * norm
      }
    }
    return (0..<count).map { a in
      var own = (0..<count).filter { $0 != a }
        .map { b in distances[max(a, b) * count + min(a, b)] }
      own.sort()
      return own.prefix(neighbours).reduce(0, +)
    }
  }
}
