/// Agnostic federated learning: the mixture of clients is chosen against the model, so that the worst
/// client does well.
///
/// The server keeps a weight λ_k of every client, at first equal. Models are averaged with `λ_k` of those
/// who answered; then `λ_k ← λ_k + η_λ·F_k(w_t)` for them, and λ is projected onto the simplex.
/// - Note: Source: Mohri, Sivek, Suresh 2019, arXiv:1902.00146, algorithm 1, with local epochs in place of
///   one stochastic gradient; projection: Duchi et al. 2008, figure 1.
struct AgnosticFederated: FederatedAlgorithm {
  static let entry = AlgorithmEntry(
    name: "afl",
    summary: "agnostic federated learning: the worst mixture of clients (Mohri et al. 2019)",
    parameters: [
      AlgorithmParameter(
        "lambda_learning_rate", "step size η_λ of the clients' weights", standard: 0.1, 0...1e6)
    ]
  ) { AgnosticFederated(rate: $0["lambda_learning_rate"]) }

  let rate: Double
  var needsLoss: Bool { true }

  private func weights(_ server: ServerState) -> Memory<Double> {
    server.valueOfClients("weight of client", initially: 1 / Double(server.clientCount))
  }

  func weight(of contribution: Contribution, in server: ServerState) -> Double {
    weights(server)[contribution.client]
  }

  func advance(_ server: ServerState, by round: RoundUpdates) {
    if round.totalWeight > 0 { server.setParameters { i in round.meanModel(i) } }
    let lambda = weights(server)
    // A loss that is not finite says nothing about a direction.
    for contribution in round.contributions where contribution.loss.isFinite {
      lambda[contribution.client] += rate * contribution.loss
    }
    let projected = Simplex.projection(of: lambda.array)
    for (client, value) in projected.enumerated() { lambda[client] = value }
  }
}

/// The probability simplex: entries from 0 with the sum 1.
enum Simplex {
  /// The nearest point of the simplex in the Euclidean distance: `max(v_i − θ, 0)` with the θ that
  /// makes the sum 1.
  ///
  /// A shift of all values does not change it; with the largest at 0 none of them is lost to rounding.
  static func projection(of given: [Double]) -> [Double] {
    let largest = given.max() ?? 0
    let values = given.map { $0 - largest }
    let sorted = values.sorted(by: >)
    var sum = 0.0
    var theta = 0.0
    for (index, value) in sorted.enumerated() {
      sum += value
      let candidate = (sum - 1) / Double(index + 1)
      if value > candidate { theta = candidate }
    }
    return values.map { max($0 - theta, 0) }
  }
}
