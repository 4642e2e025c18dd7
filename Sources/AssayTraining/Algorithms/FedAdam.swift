/// FedAdam: `v ← β₂·v + (1 − β₂)·Δ²`.
/// - Note: Source: Reddi et al. 2021, arXiv:2003.00295, algorithm 2.
struct FedAdam: AdaptiveServer {
  static let entry = AlgorithmEntry(
    name: "fedadam", summary: "Adam at the server, without bias correction (Reddi et al. 2021)",
    parameters: parameters(beta1: 0.9, beta2: 0.99)
  ) {
    FedAdam(
      rate: $0["server_learning_rate"], beta1: $0["beta1"], beta2: $0["beta2"], tau: $0["tau"])
  }

  let rate: Double
  let beta1: Double
  let beta2: Double
  let tau: Double

  func secondMoment(_ v: Double, _ square: Double) -> Double { beta2 * v + (1 - beta2) * square }
}
