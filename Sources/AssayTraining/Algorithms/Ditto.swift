/// Ditto: the global model of FedAvg, and a personal model of every client beside it.
///
/// In every round in which a client trains, it also takes its local passes on
/// `F_k(v) + λ/2·‖v − w_t‖²` from its personal model v. Scores are each client's own model on its own test
/// rows. With λ = 0 the personal models are those of local training; with a large λ they follow the
/// global model. A client that never trained uses the global model.
/// - Note: Source: Li, Hu, Beirami, Smith 2021, arXiv:2012.04221, algorithm 1.
struct Ditto: FederatedAlgorithm {
  static let entry = AlgorithmEntry(
    name: "ditto",
    summary: "a personal model for each client beside the global one (Li, Hu et al. 2021)",
    parameters: [
      AlgorithmParameter("lambda", "pull towards the global model", standard: 0.1, 0...1e6)
    ]
  ) { Ditto(lambda: $0["lambda"]) }

  let lambda: Double
  var personalization: Personalization? { .alongside(lambda: lambda) }

  func advance(_ server: ServerState, by round: RoundUpdates) {
    server.setParameters { i in round.meanModel(i) }
  }
}
