import AssayRuns

/// What training one arm with one seed produced.
public struct TrainedArm: Hashable, Sendable {
  /// How it ended: `completed`, `failed` (see ``failure``) or `killed` (cancelled).
  public var status: RunStatus = .completed
  /// What went wrong, when ``status`` is `failed`.
  public var failure: TrainingFailure?
  /// One entry for each round, or for each epoch of a centralized arm (which has no clients). Metrics
  /// `loss` (mean cross-entropy) and `accuracy` are the global model's on the test rows; for a numeric
  /// label `loss` (half the mean squared error) and `mean_squared_error`.
  public var rounds: [Round] = []
  /// The same on the test rows before training; absent without test rows.
  public var initialMetrics: [String: Double] = [:]
  /// Row-major probabilities on the test rows: of class 1 for two classes, else of each class; the
  /// prediction for a numeric label. Empty when the arm failed.
  public var scores: [Double] = []
  /// The model. A local arm has one model for each client along a leading axis.
  public var weights: [NamedTensor] = []
  /// What was released under differential privacy; empty for an arm without.
  public var releases: [PrivacyEvent] = []
  /// Where sampling and noise of a private arm came from; `nil` for others.
  public var noiseSource: NoiseSource?
  /// Gradient steps of all parties.
  public var gradientSteps = 0
  /// Rows that went through training, each epoch counted.
  public var examplesProcessed = 0
  /// Model bytes from clients to the server, all rounds.
  public var bytesUp = 0
  /// Model bytes from the server to clients, all rounds.
  public var bytesDown = 0
  /// Clients whose rows or updates were used at least once.
  public var distinctClients = 0
  /// Largest share of one client in all weight that was averaged (in all training rows, for arms
  /// without rounds), in `0...1`; `nil` when nothing was used.
  public var largestClientShare: Double?
  /// Updates, epochs or local models that were refused because they held NaN or an infinity.
  public var nonFiniteCount = 0
  /// What a reader must know, one sentence each.
  public var notes: [String] = []
  /// For a local arm, one entry for each client; empty otherwise.
  public var localModels: [LocalModel] = []
  /// Mean training loss of the final model over all training rows (of the global model, where clients have
  /// models of their own); `nil` for local arms and when the arm failed.
  public var trainingLoss: Double?
  /// What became of every client in every round, one JSON line each; empty for arms without rounds.
  public var roundLog: [UInt8] = []
  /// Virtual seconds of all rounds.
  public var virtualSeconds = 0.0
  /// The clip of every private round, where the server clips.
  public var clips: [Double] = []
  /// The largest norm of an update behind its clip and before noise, where whole updates are clipped
  /// (by the server, or by clients under local differential privacy); 0 in other arms.
  public var largestClippedNorm = 0.0
  /// Gradients of rows that were clipped, under example-level privacy.
  public var clippedRows = 0
  /// How the search for the central optimum ended; `nil` for other arms.
  public var optimum: OptimumReport?
  /// Processor seconds of local training and aggregation; for `timings.json` and nothing else.
  public var trainProcessorSeconds = 0.0
  /// Wall seconds of local training and aggregation alone; for `timings.json` and nothing else.
  public var trainSeconds = 0.0
  /// Wall seconds of evaluation, each round's included; for `timings.json` and nothing else.
  public var evaluateSeconds = 0.0
}

/// Why an arm has no result.
public struct TrainingFailure: Hashable, Sendable {
  /// The round or epoch in which it showed, from 1; `nil` for a local arm.
  public var round: Int?
  /// The clients concerned, at most 20 of them, ascending.
  public var clients: [Int]
  /// Test loss before training and after each round or epoch; a value may be infinite or NaN.
  public var lossHistory: [Double]
  /// What happened and the likely cause, one sentence.
  public var cause: String
}

/// How the search for the central optimum ended.
public struct OptimumReport: Hashable, Sendable {
  /// Iterations done.
  public var iterations: Int
  /// The largest component of the gradient of the mean loss at the end.
  public var gradient: Double
  /// Whether that is within the tolerance. Otherwise the loss is an upper bound of the optimum's; rows
  /// that can be separated have no optimum.
  public var hasConverged: Bool
}

/// What became of one client in a local arm.
public struct LocalModel: Hashable, Sendable {
  /// The client.
  public var client: Int
  /// Its training rows; with none it keeps the initial model.
  public var trainRows: Int
  /// The only class among its training rows, which is then its constant prediction.
  public var constantClass: Int?
  /// Whether training diverged, so that the client keeps the initial model.
  public var diverged: Bool
  /// Its own test rows.
  public var ownTestRows: Int
  /// How many of its own test rows its model gets right.
  public var correctOnOwnTestRows: Int
  /// How many of all test rows its model gets right; `nil` with more than a thousand clients, whose models
  /// are judged on their own rows alone.
  public var correctOnAllTestRows: Int?
  /// Mean squared error of its model on all test rows; `nil` where the label is a class, and without
  /// test rows. The two counts above are then 0.
  public var squaredErrorOnAllTestRows: Double?
}
