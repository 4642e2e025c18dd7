import AssayStatistics

/// q-FedAvg: clients with a larger loss count more, so that accuracy is spread more evenly.
///
/// With `L = 1/η`, `Δ_k = L·(w_t − w_k)` and the loss `F_k(w_t)` before training:
/// `w ← w − Σ F_k^q·Δ_k / Σ (q·F_k^(q−1)·‖Δ_k‖² + L·F_k^q)`. With q = 0 it is FedAvg with uniform weights.
/// - Note: Source: Li, Sanjabi, Beirami, Smith 2020, arXiv:1905.10497, algorithm 2.
struct QFedAvg: FederatedAlgorithm {
  static let entry = AlgorithmEntry(
    name: "qfedavg",
    summary: "clients with a larger loss count more (Li, Sanjabi, Beirami, Smith 2020)",
    parameters: [
      // Up to 30, losses from 1e-10 to 1e10 have powers in double.
      AlgorithmParameter("q", "how much fairness counts", standard: 1, 0...30)
    ]
  ) { QFedAvg(q: $0["q"]) }

  let q: Double
  var needsLoss: Bool { true }
  var needsNorm: Bool { true }

  func weight(of contribution: Contribution, in server: ServerState) -> Double {
    power(contribution.loss, q)
  }

  func advance(_ server: ServerState, by round: RoundUpdates) {
    let lipschitz = 1 / (server.scalars["learning rate"] ?? .nan)
    var sum = 0.0
    for contribution in round.contributions {
      let norm = lipschitz * contribution.norm
      sum +=
        q * power(contribution.loss, q - 1) * norm * norm
        + lipschitz * power(contribution.loss, q)
    }
    guard sum > 0, sum.isFinite, round.totalWeight > 0 else { return }
    // Σ F^q·Δ_k is −L·A·meanUpdate.
    let scale = lipschitz * round.totalWeight / sum
    server.setParameters { i in round.moved(i, by: scale) }
  }

  /// `loss^exponent`; a loss of 0 is taken as 1e-10, as in the authors' code.
  private func power(_ loss: Double, _ exponent: Double) -> Double {
    if exponent == 0 { return 1 }
    if exponent == 1 { return max(loss, 1e-10) }
    return PortableMath.exp(exponent * PortableMath.log(max(loss, 1e-10)))
  }
}
