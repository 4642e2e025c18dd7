/// Federated averaging: clients run local epochs of SGD, and the server takes the mean of their models.
///
/// `w ← Σ n_k·w_k / Σ n_k` over the clients that answered. With `weighting: uniform` every client counts
/// the same.
/// - Note: Source: McMahan et al. 2017, arXiv:1602.05629, algorithm 1.
struct FedAvg: FederatedAlgorithm {
  static let entry = AlgorithmEntry(
    name: "fedavg", summary: "federated averaging: local SGD, mean of models (McMahan et al. 2017)",
    parameters: []
  ) { _ in FedAvg() }

  var usesMeanOnly: Bool { true }

  func advance(_ server: ServerState, by round: RoundUpdates) {
    server.setParameters { i in round.meanModel(i) }
  }
}
