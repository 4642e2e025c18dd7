/// FedAdagrad: `v ← v + Δ²`.
/// - Note: Source: Reddi et al. 2021, arXiv:2003.00295, algorithm 2; β₁ = 0 as in its experiments.
struct FedAdagrad: AdaptiveServer {
  static let entry = AlgorithmEntry(
    name: "fedadagrad", summary: "Adagrad at the server (Reddi et al. 2021)",
    parameters: parameters(beta1: 0, beta2: nil)
  ) { FedAdagrad(rate: $0["server_learning_rate"], beta1: $0["beta1"], tau: $0["tau"]) }

  let rate: Double
  let beta1: Double
  let tau: Double

  func secondMoment(_ v: Double, _ square: Double) -> Double { v + square }
}
