/// Federated SGD: every client takes a single step over all of its rows; epochs and batch size of the
/// plan do not count. With all clients it is gradient descent on the pooled rows.
/// - Note: Source: McMahan et al. 2017, arXiv:1602.05629, section 2.
struct FedSGD: FederatedAlgorithm {
  static let entry = AlgorithmEntry(
    name: "fedsgd",
    summary: "federated SGD: one full-batch step for each client and round (McMahan et al. 2017)",
    parameters: []
  ) { _ in FedSGD() }

  var usesMeanOnly: Bool { true }

  func localTraining(_ planned: LocalTraining) -> LocalTraining {
    LocalTraining(
      epochs: 1, batchSize: LocalTraining.fullBatch, learningRate: planned.learningRate)
  }

  func advance(_ server: ServerState, by round: RoundUpdates) {
    server.setParameters { i in round.meanModel(i) }
  }
}
