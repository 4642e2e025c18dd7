/// What FedAdagrad, FedAdam and FedYogi share: a step for each parameter of its own, from the running
/// mean `m` of updates and the running size `v` of their squares:
/// `m ← β₁·m + (1 − β₁)·Δ`, `v` as the algorithm says, `w ← w + η·m / (√v + τ)`; `v` starts at τ².
/// No bias correction.
/// - Note: Source: Reddi et al. 2021, arXiv:2003.00295, algorithm 2.
protocol AdaptiveServer: FederatedAlgorithm {
  var rate: Double { get }
  var beta1: Double { get }
  var tau: Double { get }
  /// The next `v` of one parameter.
  func secondMoment(_ v: Double, _ square: Double) -> Double
}

extension AdaptiveServer {
  var usesMeanOnly: Bool { true }

  func advance(_ server: ServerState, by round: RoundUpdates) {
    let m = server.vector("first moment")
    let v = server.vector("second moment", initially: tau * tau)
    server.setParameters { i in
      let delta = round.meanUpdate(i)
      m[i] = beta1 * m[i] + (1 - beta1) * delta
      v[i] = secondMoment(v[i], delta * delta)
      return Double(server.model[i]) + rate * m[i] / (v[i].squareRoot() + tau)
    }
  }

  static func parameters(beta1: Double, beta2: Double?) -> [AlgorithmParameter] {
    var parameters: [AlgorithmParameter] = [
      .serverLearningRate(0.1),
      AlgorithmParameter("beta1", "decay β₁ of the mean of updates", standard: beta1, 0...1),
    ]
    if let beta2 {
      parameters.append(
        AlgorithmParameter("beta2", "decay β₂ of their squares", standard: beta2, 0...1))
    }
    parameters.append(
      AlgorithmParameter(
        "tau", "adaptivity τ: below it steps stop growing", standard: 1e-3, 0...1e6, isOpen: true))
    return parameters
  }
}
