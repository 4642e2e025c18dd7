/// SCAFFOLD: clients correct each gradient by `c − c_k`, the difference between the direction of all
/// and their own, so that label skew does not pull them apart.
///
/// A client takes `K` steps `y ← y − η·(g(y) − c_k + c)` and sets `c_k⁺ = c_k − c + (w_t − y)/(K·η)`
/// (option II); the server sets `w ← w + η_g·mean(y_k − w)` and `c ← c + Σ(c_k⁺ − c_k)/N` over all N
/// clients. The mean weighs as the plan says; the paper's is uniform. A client keeps its variate until
/// the server has accepted its update. With all variates 0, the first round is FedAvg to the bit.
/// - Note: Source: Karimireddy et al. 2020, arXiv:1910.06378, algorithm 1.
struct Scaffold: FederatedAlgorithm {
  static let entry = AlgorithmEntry(
    name: "scaffold",
    summary: "control variates against drift of clients (Karimireddy et al. 2020)",
    parameters: [.serverLearningRate(1)]
  ) { Scaffold(rate: $0["server_learning_rate"]) }

  let rate: Double
  var usesControlVariates: Bool { true }

  func advance(_ server: ServerState, by round: RoundUpdates) {
    if let change = round.variateSum {
      let c = server.vector(ControlVariates.name)
      for i in 0..<c.count { c[i] += change[i] / Double(server.clientCount) }
    }
    server.setParameters { i in round.moved(i, by: rate) }
  }
}
