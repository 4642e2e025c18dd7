/// What one arm of the experiment trains.
public enum ArmPlan: Hashable, Sendable {
  /// No training: the share of every class (or the mean target) of all training rows, whatever the
  /// features. What any model must beat.
  case trivial
  /// One model from the training rows of all clients together.
  case centralized(LocalTraining)
  /// The minimum of the training loss over all rows, found by full-batch optimisation in double; for
  /// models without hidden layers, whose loss is convex. For the squared error it is least squares.
  case optimum(OptimumSearch)
  /// One model for each client from its own training rows alone.
  case local(LocalTraining)
  /// One model that clients train together without sharing rows.
  case federated(FederatedPlan)
}

/// When the search for the central optimum ends.
public struct OptimumSearch: Hashable, Sendable {
  /// The most iterations.
  public var iterations: Int
  /// The largest component of the gradient of the mean loss at which the search has arrived; for the
  /// squared error as a share of that at the initial model, where that is above 1.
  public var tolerance: Double

  /// Creates a plan.
  public init(iterations: Int = 500, tolerance: Double = 1e-7) {
    precondition(iterations > 0 && tolerance > 0, "at least one iteration, a tolerance above 0")
    self.iterations = iterations
    self.tolerance = tolerance
  }
}

/// Stochastic gradient descent over one party's rows.
public struct LocalTraining: Hashable, Sendable {
  /// Passes over the rows, each in a new random order; 1 or more.
  public var epochs: Int
  /// Rows of one step; all rows when there are fewer.
  public var batchSize: Int
  /// Step size, above 0.
  public var learningRate: Double
  /// The most gradient steps of the whole training; `nil` for as many as the epochs have.
  public var mostSteps: Int?

  /// A batch size that means all rows.
  public static let fullBatch = Int.max

  /// Creates a plan.
  public init(epochs: Int, batchSize: Int, learningRate: Double, mostSteps: Int? = nil) {
    precondition(epochs > 0 && batchSize > 0 && learningRate > 0, "positive training parameters")
    self.epochs = epochs
    self.batchSize = batchSize
    self.learningRate = learningRate
    self.mostSteps = mostSteps
  }

  /// Gradient steps for so many rows.
  public func steps(rows: Int) -> Int {
    guard rows > 0 else { return 0 }
    return min(epochs * stepsOfEpoch(rows: rows), mostSteps ?? .max)
  }

  /// Gradient steps of one pass over so many rows.
  public func stepsOfEpoch(rows: Int) -> Int {
    guard rows > 0 else { return 0 }
    let batch = min(batchSize, rows)
    return (rows + batch - 1) / batch
  }

  /// Rows that so many steps see, from the beginning of training.
  public func examples(rows: Int, steps: Int) -> Int {
    let perEpoch = stepsOfEpoch(rows: rows)
    guard perEpoch > 0 else { return 0 }
    let (whole, part) = steps.quotientAndRemainder(dividingBy: perEpoch)
    return whole * rows + min(rows, part * min(batchSize, rows))
  }
}

/// Who is asked to train in a round.
public enum ClientsPerRound: Hashable, Sendable {
  /// Every client.
  case all
  /// So many clients, 1 to all.
  case count(Int)
  /// A fraction of the clients, strictly between 0 and 1, rounded to the nearest count from 1 on.
  case fraction(Double)

  /// Clients of a round without privacy.
  public func count(of clients: Int) -> Int {
    switch self {
    case .all: clients
    case .count(let count): count
    case .fraction(let fraction):
      min(clients, max(1, Int((fraction * Double(clients)).rounded())))
    }
  }

  /// Probability with which one client joins a private round; 1 when all join.
  public func samplingRate(of clients: Int) -> Double {
    switch self {
    case .all: 1
    case .count(let count): min(1, Double(count) / Double(clients))
    case .fraction(let fraction): fraction
    }
  }
}

/// Federated training over rounds.
public struct FederatedPlan: Hashable, Sendable {
  /// How local work becomes the next model.
  public var algorithm: AlgorithmChoice
  /// Whether updates weigh by rows or all the same.
  public var weighting: Weighting
  /// Number of rounds.
  public var rounds: Int
  /// Who is asked in each round.
  public var clientsPerRound: ClientsPerRound
  /// What a client does with its rows.
  public var local: LocalTraining
  /// Who is there, who drops out and what arrives, on a virtual clock.
  public var participation: ParticipationPlan
  /// How updates are shortened on their way to the server.
  public var compression: Compression
  /// Clients that send something else than what they learned; `nil` for none.
  public var adversaries: Adversaries?
  /// Differential privacy, `nil` for none.
  public var privacy: PrivateTraining?

  /// How much a client's update counts.
  public enum Weighting: String, Hashable, Sendable, CaseIterable {
    /// By its training rows.
    case rows
    /// All the same.
    case uniform
  }

  /// Creates a plan.
  public init(
    algorithm: AlgorithmChoice = .fedavg, weighting: Weighting = .rows, rounds: Int,
    clientsPerRound: ClientsPerRound = .all, local: LocalTraining,
    participation: ParticipationPlan = ParticipationPlan(), compression: Compression = .none,
    adversaries: Adversaries? = nil, privacy: PrivateTraining? = nil
  ) {
    precondition(rounds > 0, "rounds above 0")
    self.algorithm = algorithm
    self.weighting = weighting
    self.rounds = rounds
    self.clientsPerRound = clientsPerRound
    self.local = local
    self.participation = participation
    self.compression = compression
    self.adversaries = adversaries
    self.privacy = privacy
  }
}

/// How an update is shortened before it is sent.
public enum Compression: Hashable, Sendable {
  /// 32 bits for each parameter.
  case none
  /// Stochastic uniform quantisation to 8, 4 or 1 bits between the update's least and greatest value;
  /// unbiased.
  case quantized(bits: Int)
  /// The given share of parameters with the greatest magnitude; what was left out is added to the
  /// client's next update (error feedback).
  case topShare(Double)
}

/// Clients that do not send what they learned: a what-if for robust aggregation.
public struct Adversaries: Hashable, Sendable {
  /// What they do.
  public enum Attack: String, Hashable, Sendable, CaseIterable {
    /// They send the update with the opposite sign, times the factor.
    case signFlip = "sign-flip"
    /// They send the update times the factor.
    case scale
    /// They train on labels `classes − 1 − label` (or on the target with the opposite sign).
    case labelFlip = "label-flip"
    /// They send independent normal values of the update's own size, times the factor.
    case noise
  }
  /// What they do.
  public var attack: Attack
  /// Share of all clients, rounded to the nearest count; which ones, the seed says.
  public var share: Double
  /// The factor.
  public var factor: Double

  /// Creates a plan.
  public init(attack: Attack, share: Double, factor: Double = 1) {
    precondition((0...1).contains(share) && factor.isFinite, "a share, a finite factor")
    self.attack = attack
    self.share = share
    self.factor = factor
  }
}
