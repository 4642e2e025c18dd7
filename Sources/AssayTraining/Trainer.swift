import AssayFiles
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
  /// What is repeated instead of drawn, in tests.
  var replay: Replay?
  /// Names of the clients, for logs.
  let clientNames: [String]

  /// SHA-256 over the weights that the engine is known to give: another arithmetic has another identity.
  public static let identity = SHA256.hexDigest(
    GoldenDigests.weights.sorted { $0.key < $1.key }.map { "\($0.key)\t\($0.value)\n" }.joined())

  /// Scales the data, once for all arms and seeds.
  /// - Parameters:
  ///   - clientNames: One for each client; numbers when left out.
  ///   - threads: How many threads train, 1 or more; does not change any result.
  public init(
    data: TrainingData, model: ModelSpecification, clientNames: [String]? = nil, threads: Int
  ) {
    precondition(
      model.hidden.allSatisfy { (1...65_536).contains($0) }, "layer widths of 1 to 65536")
    precondition(
      model.isRegression == data.isRegression, "the squared error for numbers, and for them alone")
    self.clientNames = clientNames ?? (0..<data.clientCount).map { "\($0)" }
    precondition(self.clientNames.count == data.clientCount, "one name for each client")
    self.data = ScaledData(data)
    self.model = model
    self.threads = max(1, threads)
  }

  /// Trains one arm with one seed; returns when it is finished, has failed or was cancelled.
  public func train(
    _ plan: ArmPlan, seed: Int, observer: TrainingObserver = TrainingObserver()
  ) -> TrainedArm {
    switch plan {
    case .trivial:
      return trivial(session(seed, Self.anyTraining, pooled: true))
    case .centralized(let training):
      return centralized(training, session(seed, training, pooled: true), observer)
    case .optimum(let search):
      return optimum(search, session(seed, Self.anyTraining, pooled: true), observer)
    case .local(let training):
      return local(training, session(seed, training, pooled: false), observer)
    case .federated(let plan):
      let training = plan.algorithm.make().localTraining(plan.local)
      return federated(plan, session(seed, training, pooled: false), observer)
    }
  }

  /// For arms that do not descend step by step.
  private static let anyTraining = LocalTraining(epochs: 1, batchSize: 1, learningRate: 1)

  private func session(_ seed: Int, _ local: LocalTraining, pooled: Bool) -> Session {
    let raw = data.raw
    let largest =
      pooled
      ? raw.trainCount
      : (0..<raw.clientCount).map { data.trainRows.count($0) }.max() ?? 0
    return Session(
      data: data, model: model, seed: seed, threads: threads, local: local, largest: largest,
      trainers: pooled ? 1 : threads, replay: replay)
  }
}

/// Who watches a training.
public struct TrainingObserver {
  /// Called from the calling thread after each round, epoch or stage.
  public var progress: (String) -> Void
  /// Asked between rounds and epochs; a cancelled arm has the status `killed`.
  public var isCancelled: () -> Bool
  /// Keeps what has been done between rounds and epochs; `nil` for nobody.
  public var checkpoints: TrainingCheckpoints?

  /// Creates an observer; without arguments one that does nothing.
  public init(
    progress: @escaping (String) -> Void = { _ in }, isCancelled: @escaping () -> Bool = { false },
    checkpoints: TrainingCheckpoints? = nil
  ) {
    self.progress = progress
    self.isCancelled = isCancelled
    self.checkpoints = checkpoints
  }
}

/// The course of an arm's test loss and what it says.
struct LossHistory {
  var losses: [Double] = []

  /// Loss, in multiples of the initial loss (or of 1, when that is greater), beyond which an arm has
  /// failed: predictions of such a model mean nothing.
  static let divergenceFactor = 1e6
  /// The same for a note: the model may still rank rows well, on features of very unequal scale.
  static let suspicionFactor = 10.0

  /// Adds a measurement and returns it as metrics; values that are not finite are left out.
  mutating func add(_ measured: Session.Quality?) -> [String: Double] {
    guard let measured else { return [:] }
    losses.append(measured.loss)
    let metrics =
      measured.accuracy.map { ["loss": measured.loss, "accuracy": $0] }
      ?? ["loss": measured.loss, "mean_squared_error": 2 * measured.loss]
    return metrics.filter { $0.value.isFinite }
  }

  /// Whether the last loss is not finite or out of all proportion to the first.
  var isDiverged: Bool { exceeds(Self.divergenceFactor) }

  /// A sentence when the loss grew where it should fall, `nil` otherwise.
  func suspicion(_ data: TrainingData) -> String? {
    guard exceeds(Self.suspicionFactor), let first = losses.first, let last = losses.last else {
      return nil
    }
    return "the test loss rose from \(first) to \(last): the learning rate is too large for these "
      + (data.isRegression
        ? "features or this label's unit, which is learned unscaled"
        : "features, or they need scaling")
  }

  /// The first round or epoch, from 1, whose loss was out of all proportion; `nil` when none was.
  var firstDiverged: Int? {
    guard let first = losses.first else { return nil }
    let limit = max(1, first) * Self.divergenceFactor
    return losses.indices.dropFirst().first { !(losses[$0] <= limit) }
  }

  private func exceeds(_ factor: Double) -> Bool {
    guard let first = losses.first, let last = losses.last else { return false }
    return !(last <= max(1, first) * factor)
  }

  /// The sentence for an arm that diverged.
  static func cause(_ what: String, learningRate: Double, _ data: TrainingData) -> String {
    "\(what); the likely cause is a learning rate (\(learningRate)) that is too large for these "
      + (data.isRegression
        ? "features or targets: lower it, scale the features, or give the label in a larger unit, since "
          + "it is learned as it stands"
        : "features: lower it, or scale the features")
  }
}
