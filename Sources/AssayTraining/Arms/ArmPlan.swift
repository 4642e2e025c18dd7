/// What one arm of the experiment trains.
public enum ArmPlan: Hashable, Sendable {
  /// One model from the training rows of all clients together.
  case centralized(LocalTraining)
  /// One model for each client from its own training rows alone.
  case local(LocalTraining)
  /// One model that clients train together without sharing rows.
  case federated(FederatedPlan)
}

/// Stochastic gradient descent over one party's rows.
public struct LocalTraining: Hashable, Sendable {
  /// Passes over the rows, each in a new random order; 1 or more.
  public var epochs: Int
  /// Rows of one step; all rows when there are fewer.
  public var batchSize: Int
  /// Step size, above 0.
  public var learningRate: Double

  /// A batch size that means all rows.
  public static let fullBatch = Int.max

  /// Creates a plan.
  public init(epochs: Int, batchSize: Int, learningRate: Double) {
    precondition(epochs > 0 && batchSize > 0 && learningRate > 0, "positive training parameters")
    self.epochs = epochs
    self.batchSize = batchSize
    self.learningRate = learningRate
  }

  /// Gradient steps for so many rows.
  public func steps(rows: Int) -> Int {
    guard rows > 0 else { return 0 }
    let batch = min(batchSize, rows)
    return epochs * ((rows + batch - 1) / batch)
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
  public var algorithm: FederatedAlgorithm
  /// Number of rounds.
  public var rounds: Int
  /// Who is asked in each round.
  public var clientsPerRound: ClientsPerRound
  /// What a client does with its rows.
  public var local: LocalTraining
  /// Probability that a client which was asked never answers, `0..<1`, independently of all others.
  public var dropout: Double
  /// Client-level differential privacy, `nil` for none.
  public var privacy: PrivateTraining?

  /// Creates a plan.
  public init(
    algorithm: FederatedAlgorithm = .fedavg, rounds: Int, clientsPerRound: ClientsPerRound = .all,
    local: LocalTraining, dropout: Double = 0, privacy: PrivateTraining? = nil
  ) {
    precondition(rounds > 0 && (0..<1).contains(dropout), "rounds above 0, dropout in 0..<1")
    self.algorithm = algorithm
    self.rounds = rounds
    self.clientsPerRound = clientsPerRound
    self.local = local
    self.dropout = dropout
    self.privacy = privacy
  }
}

/// Client-level DP-FedAvg (McMahan, Ramage, Talwar, Zhang 2018, arXiv:1710.06963, algorithm 1 with
/// the fixed-denominator estimator and weight 1 for every client).
///
/// Every client joins by its own Poisson draw, its update is scaled down to an L2 norm of at most
/// ``clip``, `N(0, (noiseMultiplier·clip)²)` is added to each coordinate of the sum, and the result
/// is divided by the expected cohort, whatever number reported.
///
/// Dropout and refused updates count as zero updates, and so does a client without training rows: all
/// stay members of the population. Metrics on test rows, causes and clipped fractions are recorded for
/// the pilot's reader and are not covered by the guarantee. Noise is drawn and added in double; the
/// guarantee is that of real numbers (Mironov 2012, "On significance of the least significant bits",
/// describes what the last bits of floating-point noise may give away).
public struct PrivateTraining: Hashable, Sendable {
  /// Where sampling and noise come from.
  public enum Noise: String, Hashable, Sendable {
    /// The run's seed: a simulation that can be repeated, and subtracted by who knows the seed.
    case seeded
    /// ChaCha20 with a key of the operating system's generator, which nobody records.
    case system
  }

  /// Bound on the L2 norm of one client's update, above 0; infinity only without noise.
  public var clip: Double
  /// Standard deviation of the noise over ``clip``; 0 clips only and guarantees nothing.
  public var noiseMultiplier: Double
  /// Where sampling and noise come from.
  public var noise: Noise

  /// Creates a plan.
  public init(clip: Double, noiseMultiplier: Double, noise: Noise = .seeded) {
    precondition(
      clip > 0 && noiseMultiplier >= 0 && noiseMultiplier.isFinite
        && (clip.isFinite || noiseMultiplier == 0), "a clip above 0, finite where there is noise")
    self.clip = clip
    self.noiseMultiplier = noiseMultiplier
    self.noise = noise
  }
}
