import AssayRuns

/// The bundled engine: trains every arm on the same rows, from the same start for the same seed.
///
/// Goals in order: bits that depend on data, plan and seed alone, on any number of threads and any
/// processor; then plain semantics; then speed. Weights are float32, averages and noise double.
///
/// A seed determines the initial model, the order of rows, sampling, dropout and noise, each drawn by
/// address (purpose, client, round), so that arms of one seed share whatever they have in common.
/// Passes over a client's rows are numbered through all rounds, which makes federated training of a
/// single client the same computation as centralized training.
public struct Trainer: Sendable {
  private let data: ScaledData
  private let model: ModelSpecification
  private let threads: Int

  /// Scales the data, once for all arms and seeds.
  /// - Parameter threads: How many threads train, 1 or more; does not change any result.
  public init(data: TrainingData, model: ModelSpecification, threads: Int) {
    precondition(
      model.hidden.allSatisfy { (1...65_536).contains($0) }, "layer widths of 1 to 65536")
    self.data = ScaledData(data)
    self.model = model
    self.threads = max(1, threads)
  }

  /// Trains one arm with one seed; returns when it is finished, has failed or was cancelled.
  /// - Parameters:
  ///   - progress: Called from the calling thread after each round, epoch or stage.
  ///   - isCancelled: Asked between rounds and epochs; a cancelled arm has the status `killed`.
  public func train(
    _ plan: ArmPlan, seed: Int, progress: (String) -> Void = { _ in },
    isCancelled: () -> Bool = { false }
  ) -> TrainedArm {
    switch plan {
    case .centralized(let training):
      centralized(training, session(seed, training, pooled: true), progress, isCancelled)
    case .local(let training):
      local(training, session(seed, training, pooled: false), progress, isCancelled)
    case .federated(let plan):
      federated(
        plan, session(seed, plan.algorithm.localTraining(plan.local), pooled: false), progress,
        isCancelled)
    }
  }

  private func session(_ seed: Int, _ local: LocalTraining, pooled: Bool) -> Session {
    let raw = data.raw
    let largest =
      pooled
      ? raw.trainLabels.count
      : (0..<raw.clientCount).map { data.trainRows.count($0) }.max() ?? 0
    return Session(
      data: data, model: model, seed: seed, threads: threads, local: local, largest: largest,
      trainers: pooled ? 1 : threads)
  }
}

/// The course of an arm's test loss and what it says.
struct LossHistory {
  private(set) var losses: [Double] = []

  /// Loss, in multiples of the initial loss (or of 1, when that is greater), beyond which an arm has
  /// failed: probabilities of such a model mean nothing.
  static let divergenceFactor = 1e6
  /// The same for a note: the model may still rank rows well, on features of very unequal scale.
  static let suspicionFactor = 10.0

  /// Adds a measurement and returns it as metrics; values that are not finite are left out.
  mutating func add(_ measured: (loss: Double, accuracy: Double)?) -> [String: Double] {
    guard let measured else { return [:] }
    losses.append(measured.loss)
    return ["loss": measured.loss, "accuracy": measured.accuracy].filter { $0.value.isFinite }
  }

  /// Whether the last loss is not finite or out of all proportion to the first.
  var isDiverged: Bool { exceeds(Self.divergenceFactor) }

  /// A sentence when the loss grew where it should fall, `nil` otherwise.
  var suspicion: String? {
    guard exceeds(Self.suspicionFactor), let first = losses.first, let last = losses.last else {
      return nil
    }
    return "the test loss rose from \(first) to \(last): the learning rate is too large for these "
      + "features, or they need scaling"
  }

  private func exceeds(_ factor: Double) -> Bool {
    guard let first = losses.first, let last = losses.last else { return false }
    return !(last <= max(1, first) * factor)
  }

  /// The sentence for an arm that diverged.
  static func cause(_ what: String, learningRate: Double) -> String {
    "\(what); the likely cause is a learning rate (\(learningRate)) that is too large for these "
      + "features: lower it, or scale the features"
  }
}
