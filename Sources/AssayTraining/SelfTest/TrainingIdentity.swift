/// Two plans that are the same training: whoever trains them must get the same models.
struct TrainingIdentity {
  /// Which weights of an arm are compared.
  enum Part {
    /// The global model, or a local arm's models.
    case models
    /// Models of the clients' own beside the global one.
    case personal

    func values(_ arm: TrainedArm) -> [Double] {
      let prefix = self == .models ? "layer" : "personal."
      return arm.weights.filter { $0.name.hasPrefix(prefix) }
        .flatMap { $0.values.map { Double($0) } }
    }
  }

  var name: String
  /// The plan that is tested.
  var plan: ArmPlan
  /// The plan that it equals.
  var reference: ArmPlan
  /// The largest difference of a weight; 0 asks for the same bits.
  var tolerance: Double
  var clientRows = [23, 9, 17, 4, 12]
  var part = Part.models
  var models = [
    ModelSpecification.softmax, .mlp(hidden: [12]), .linear, .mlp(hidden: [12], loss: .squared),
  ]

  /// The identity as a check.
  var check: SelfCheck {
    SelfCheck("Training identities", name) { threads in
      let clusters = SelfTestData.clusters(clientRows)
      let plane = SelfTestData.plane(clientRows)
      for model in models {
        let data = model.isRegression ? plane : clusters
        let trainer = Trainer(data: data, model: model, threads: threads)
        let trained = trainer.train(plan, seed: 7)
        let expected = trainer.train(reference, seed: 7)
        guard trained.status == .completed, expected.status == .completed else {
          return .failed(
            found: "\(trained.status) and \(expected.status)", expected: "both completed")
        }
        let outcome = SelfCheckOutcome.close(
          part.values(trained), Part.models.values(expected), within: tolerance)
        if outcome != .passed { return outcome }
      }
      return .passed
    }
  }
}

extension TrainingIdentity {
  private static let descent = LocalTraining(
    epochs: 1, batchSize: LocalTraining.fullBatch, learningRate: 0.2)
  private static let sgd = LocalTraining(epochs: 2, batchSize: 5, learningRate: 0.1)
  /// Float32 rounding of a few rounds for weights of order 1.
  private static let rounding = 1e-6

  private static func federated(
    _ name: String, _ values: [String: Double] = [:], rounds: Int = 4,
    weighting: FederatedPlan.Weighting = .rows, clients: ClientsPerRound = .all,
    local: LocalTraining = sgd, compression: Compression = .none, privacy: PrivateTraining? = nil
  ) -> ArmPlan {
    .federated(
      FederatedPlan(
        algorithm: AlgorithmChoice(name, values), weighting: weighting, rounds: rounds,
        clientsPerRound: clients, local: local, compression: compression, privacy: privacy))
  }

  private static func passes(_ epochs: Int, _ local: LocalTraining) -> LocalTraining {
    LocalTraining(
      epochs: epochs, batchSize: local.batchSize, learningRate: local.learningRate)
  }

  private static var uniform: ArmPlan { federated("fedavg", weighting: .uniform) }

  /// All identities between two trainings.
  static var all: [TrainingIdentity] {
    [
      TrainingIdentity(
        name: "FedAvg with all clients and one full-batch epoch is centralised gradient descent",
        plan: federated("fedavg", rounds: 8, local: descent),
        reference: .centralized(passes(8, descent)), tolerance: rounding),
      TrainingIdentity(
        name: "FedSGD with all clients is centralised gradient descent",
        plan: federated("fedsgd", rounds: 8, local: passes(3, descent)),
        reference: .centralized(passes(8, descent)), tolerance: rounding),
      TrainingIdentity(
        name: "FedSGD is FedAvg with one full-batch epoch, to the bit",
        plan: federated("fedsgd", local: LocalTraining(epochs: 3, batchSize: 4, learningRate: 0.2)),
        reference: federated("fedavg", local: descent), tolerance: 0),
      TrainingIdentity(
        name: "FedAvg of a single client is centralised SGD, to the bit",
        plan: federated("fedavg", rounds: 3), reference: .centralized(passes(6, sgd)),
        tolerance: 0, clientRows: [41]),
      TrainingIdentity(
        name: "local training of a single client is centralised SGD, to the bit",
        plan: .local(sgd), reference: .centralized(sgd), tolerance: 0, clientRows: [41]),
      TrainingIdentity(
        name: "FedProx with mu 0 is FedAvg, to the bit",
        plan: federated("fedprox", ["mu": 0], clients: .count(3)),
        reference: federated("fedavg", clients: .count(3)), tolerance: 0),
      TrainingIdentity(
        name: "FedAvgM with momentum 0 and rate 1 is FedAvg, to the bit",
        plan: federated("fedavgm", ["momentum": 0, "server_learning_rate": 1]),
        reference: federated("fedavg"), tolerance: 0),
      TrainingIdentity(
        name: "the first round of SCAFFOLD, with all variates 0, is FedAvg, to the bit",
        plan: federated("scaffold", rounds: 1), reference: federated("fedavg", rounds: 1),
        tolerance: 0),
      TrainingIdentity(
        name: "FedNova is FedAvg when all clients take the same number of steps",
        plan: federated("fednova"), reference: federated("fedavg"), tolerance: rounding,
        clientRows: [20, 16, 19, 17]),
      TrainingIdentity(
        name: "q-FedAvg with q 0 is uniform FedAvg",
        plan: federated("qfedavg", ["q": 0]), reference: uniform, tolerance: rounding),
      TrainingIdentity(
        name: "agnostic federated learning with rate 0 is uniform FedAvg",
        plan: federated("afl", ["lambda_learning_rate": 0]), reference: uniform,
        tolerance: rounding),
      TrainingIdentity(
        name: "Ditto's global model is FedAvg, to the bit",
        plan: federated("ditto"), reference: federated("fedavg"), tolerance: 0),
      TrainingIdentity(
        name: "Ditto's personal models with lambda 0 are those of local training, to the bit",
        plan: federated("ditto", ["lambda": 0]), reference: .local(passes(8, sgd)), tolerance: 0,
        part: .personal),
      TrainingIdentity(
        name: "the trimmed mean without trimming is uniform FedAvg, to the bit",
        plan: federated("trimmed-mean", ["trimmed_share": 0]), reference: uniform, tolerance: 0),
      TrainingIdentity(
        name: "multi-Krum of all models, none of which may lie, is uniform FedAvg, to the bit",
        plan: federated("multi-krum", ["byzantine_share": 0]), reference: uniform, tolerance: 0),
      TrainingIdentity(
        name: "FedBuff with a buffer for all clients and no clock is uniform FedAvg",
        plan: federated("fedbuff", ["buffer": 5]), reference: uniform, tolerance: rounding),
      TrainingIdentity(
        name: "a private sum without clipping and noise is uniform FedAvg",
        plan: federated(
          "fedavg", privacy: PrivateTraining(clip: .infinity, noiseMultiplier: 0)),
        reference: uniform, tolerance: rounding),
      TrainingIdentity(
        name: "keeping all of an update's largest values is no compression",
        plan: federated("fedavg", compression: .topShare(1)), reference: federated("fedavg"),
        tolerance: rounding),
      TrainingIdentity(
        name: "rows or clients may weigh when all clients have as many rows",
        plan: federated("fedavg"), reference: uniform, tolerance: rounding,
        clientRows: [14, 14, 14, 14]),
    ]
  }
}
