/// FedAvg with momentum at the server: `m ← β·m + Δ`, `w ← w + η·m`. With β = 0 and η = 1 it is FedAvg to
/// the bit.
/// - Note: Source: Hsu, Qi, Brown 2019, arXiv:1909.06335, section 4.3.
struct FedAvgM: FederatedAlgorithm {
  static let entry = AlgorithmEntry(
    name: "fedavgm", summary: "FedAvg with momentum at the server (Hsu, Qi, Brown 2019)",
    parameters: [
      AlgorithmParameter("momentum", "β", standard: 0.9, 0...1, isOpen: false),
      .serverLearningRate(1),
    ]
  ) { FedAvgM(momentum: $0["momentum"], rate: $0["server_learning_rate"]) }

  let momentum: Double
  let rate: Double
  var usesMeanOnly: Bool { true }

  func advance(_ server: ServerState, by round: RoundUpdates) {
    let m = server.vector("momentum")
    server.setParameters { i in
      let carried = momentum * m[i]
      m[i] = carried + round.meanUpdate(i)
      // w + η·(β·m + Δ)
      return round.moved(i, by: rate) + rate * carried
    }
  }
}

extension AlgorithmParameter {
  static func serverLearningRate(_ standard: Double) -> AlgorithmParameter {
    AlgorithmParameter(
      "server_learning_rate", "step size η of the server", standard: standard, 0...1e6,
      isOpen: true)
  }
}
