/// Local fine-tuning: FedAvg, and at the end every client trains the final model on its own rows.
///
/// Scores are each client's own model on its own test rows; a client without training rows uses the
/// global model.
/// - Note: Source: Wang et al. 2019, "Federated evaluation of on-device personalization",
///   arXiv:1910.10252, section 3; Yu, Bagdasaryan, Shmatikov 2020, arXiv:2002.04758.
struct FineTuning: FederatedAlgorithm {
  static let entry = AlgorithmEntry(
    name: "fine-tuning",
    summary: "FedAvg, then each client trains the final model further (Wang et al. 2019)",
    parameters: [
      AlgorithmParameter(
        "personal_epochs", "passes over a client's rows", standard: 1, 1...100_000, isWhole: true),
      AlgorithmParameter(
        "personal_learning_rate", "step size of them; 0: that of local training", standard: 0,
        0...1e6),
    ]
  ) {
    FineTuning(
      epochs: Int($0["personal_epochs"]),
      learningRate: $0["personal_learning_rate"] > 0 ? $0["personal_learning_rate"] : nil)
  }

  let epochs: Int
  let learningRate: Double?
  var personalization: Personalization? {
    .afterwards(epochs: epochs, learningRate: learningRate)
  }

  func advance(_ server: ServerState, by round: RoundUpdates) {
    server.setParameters { i in round.meanModel(i) }
  }
}
