extension FederatedAlgorithm {
  /// Federated SGD: every client takes a single step over all of its rows; epochs and batch size of
  /// the plan do not count. With all clients it is gradient descent on the pooled rows.
  /// - Note: Source: McMahan et al. 2017, arXiv:1602.05629, section 2.
  public static let fedsgd = FederatedAlgorithm(
    name: "fedsgd",
    summary: "federated SGD: one full-batch step for each client and round (McMahan et al. 2017)",
    localTraining: { planned in
      LocalTraining(
        epochs: 1, batchSize: LocalTraining.fullBatch, learningRate: planned.learningRate)
    })
}
