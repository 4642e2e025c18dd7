extension FederatedAlgorithm {
  /// Federated averaging: clients run local epochs of SGD and send the resulting model.
  ///
  /// `w ← Σ n_k·w_k / Σ n_k` over the clients that answered, in double, in the order of clients.
  /// - Note: Source: McMahan et al. 2017, arXiv:1602.05629, algorithm 1.
  public static let fedavg = FederatedAlgorithm(
    name: "fedavg",
    summary:
      "federated averaging: local SGD, mean of models weighted by rows (McMahan et al. 2017)",
    localTraining: { $0 })
}
