/// FedNova: updates are divided by the client's number of steps before they are averaged, so that a
/// client that stepped more does not pull the model towards its own optimum.
///
/// `w ← w + τ_eff·Σ p_k·(w_k − w)/τ_k` with `p_k = n_k/Σn` and `τ_eff = Σ p_k·τ_k`. When all clients take
/// the same number of steps it is FedAvg.
/// - Note: Source: Wang et al. 2020, arXiv:2007.07481, equations 6 and 8, for local SGD without
///   momentum.
struct FedNova: FederatedAlgorithm {
  static let entry = AlgorithmEntry(
    name: "fednova",
    summary: "updates normalised by local steps before averaging (Wang et al. 2020)",
    parameters: [.serverLearningRate(1)]
  ) { FedNova(rate: $0["server_learning_rate"]) }

  let rate: Double

  func weight(of contribution: Contribution, in server: ServerState) -> Double {
    contribution.steps > 0 ? contribution.weight / Double(contribution.steps) : 0
  }

  func advance(_ server: ServerState, by round: RoundUpdates) {
    var total = 0.0
    var steps = 0.0
    for contribution in round.contributions where contribution.steps > 0 {
      total += contribution.weight
      steps += contribution.weight * Double(contribution.steps)
    }
    guard total > 0 else { return }
    let effective = steps / total
    // The mean update has the divisor Σ p_k/τ_k of its weights; the paper's sum has none.
    let scale = rate * effective * (round.totalWeight / total)
    server.setParameters { i in round.moved(i, by: scale) }
  }
}
