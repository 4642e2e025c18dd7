import AssayStatistics

/// FedBuff: an asynchronous server that moves as soon as a buffer of K updates is full.
///
/// `clients_per_round` clients train at any time on the virtual clock. An update from a model that is
/// τ versions old weighs `1/(1 + τ)^a`, and the server sets `w ← w + η·Σ s(τ_k)·Δ_k / K`, K being the
/// updates of the buffer that were accepted. A round is one step of the server. With K equal to the
/// clients that train, no clock and weights of 1 it is FedAvg with uniform weights.
/// - Note: Source: Nguyen et al. 2022, arXiv:2106.06639, algorithm 1 and section 5 (a = 1/2).
struct FedBuff: FederatedAlgorithm {
  static let entry = AlgorithmEntry(
    name: "fedbuff",
    summary: "asynchronous: the server moves when a buffer is full (Nguyen et al. 2022)",
    parameters: [
      AlgorithmParameter(
        "buffer", "updates K of one step of the server", standard: 10, 1...1e6, isWhole: true),
      .serverLearningRate(1),
      AlgorithmParameter(
        "staleness_exponent", "a in the weight 1/(1 + τ)^a", standard: 0.5, 0...100),
    ]
  ) {
    FedBuff(
      buffer: Int($0["buffer"]), rate: $0["server_learning_rate"],
      exponent: $0["staleness_exponent"])
  }

  let buffer: Int
  let rate: Double
  let exponent: Double
  var bufferSize: Int? { buffer }

  func weight(of contribution: Contribution, in server: ServerState) -> Double {
    contribution.staleness == 0
      ? 1 : PortableMath.exp(-exponent * PortableMath.log(Double(1 + contribution.staleness)))
  }

  func advance(_ server: ServerState, by round: RoundUpdates) {
    // Weights of very stale updates may all be 0 in double.
    guard round.totalWeight > 0 else { return }
    let scale = rate * round.totalWeight / Double(round.contributions.count)
    server.setParameters { i in round.moved(i, by: scale) }
  }
}
