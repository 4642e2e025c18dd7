/// FedYogi: `v ← v − (1 − β₂)·Δ²·sign(v − Δ²)`, which shrinks `v` more slowly than Adam.
/// - Note: Source: Reddi et al. 2021, arXiv:2003.00295, algorithm 2.
struct FedYogi: AdaptiveServer {
  static let entry = AlgorithmEntry(
    name: "fedyogi", summary: "Yogi at the server (Reddi et al. 2021)",
    parameters: parameters(beta1: 0.9, beta2: 0.99)
  ) {
    FedYogi(
      rate: $0["server_learning_rate"], beta1: $0["beta1"], beta2: $0["beta2"], tau: $0["tau"])
  }

  let rate: Double
  let beta1: Double
  let beta2: Double
  let tau: Double

  func secondMoment(_ v: Double, _ square: Double) -> Double {
    let sign: Double = v > square ? 1 : v < square ? -1 : 0
    return v - (1 - beta2) * square * sign
  }
}
