/// FedProx: FedAvg whose clients minimise `F_k(w) + μ/2·‖w − w_t‖²`, so that they stay near the
/// global model. With μ = 0 it is FedAvg.
///
/// Stragglers send the steps they got done where the plan's participation says `partial_work`.
/// - Note: Source: Li et al. 2020, arXiv:1812.06127, algorithm 2.
struct FedProx: FederatedAlgorithm {
  static let entry = AlgorithmEntry(
    name: "fedprox",
    summary: "FedAvg with a proximal term that keeps clients near the model (Li et al. 2020)",
    parameters: [AlgorithmParameter("mu", "weight of the proximal term", standard: 0.1, 0...1e6)]
  ) { FedProx(proximal: $0["mu"]) }

  let proximal: Double
  var usesMeanOnly: Bool { true }

  func advance(_ server: ServerState, by round: RoundUpdates) {
    server.setParameters { i in round.meanModel(i) }
  }
}
