/// What a run records about differential privacy: what was released, and what was claimed.
public struct PrivacyRecord: Hashable, Sendable {
  /// The releases in order; equal neighbours are merged.
  public var history: [PrivacyEvent]
  /// Failure probability the run declares.
  public var delta: Double?
  /// The ε that the artifact claims; `nil` when it claims none.
  public var claimedEpsilon: Double?
  /// The accountant the artifact names.
  public var claimedAccountant: String?
  /// L2 bound on one unit's contribution.
  public var clip: Double?
  /// Whom the guarantee protects; `nil` when not recorded.
  public var unit: PrivacyUnit?
  /// What a neighbouring data set is; `nil` when not recorded.
  public var neighbouring: NeighbouringRelation?
  /// How many units there are.
  public var population: Int?
  /// Whether noise and sampling were drawn from a recorded seed (simulation), from the operating
  /// system's generator, or it is not known.
  public var noiseSource: NoiseSource
  /// Who added noise to what, where the bundled engine trained; `nil` when not recorded.
  public var mechanism: PrivacyMechanism?
  /// The quantile of update norms that the clip followed; ``clip`` is then the first one. `nil` for a
  /// fixed clip.
  public var clipQuantile: Double?
  /// The cohort whose noise was simulated: less noise than the cohort that trained needs, so no guarantee.
  /// `nil` for none.
  public var simulatedCohort: Double?
  /// The expected number of clients of a round, recorded where ``simulatedCohort`` is.
  public var trainedCohort: Double?

  /// Creates a record.
  public init(
    history: [PrivacyEvent], delta: Double? = nil, claimedEpsilon: Double? = nil,
    claimedAccountant: String? = nil, clip: Double? = nil, unit: PrivacyUnit? = nil,
    neighbouring: NeighbouringRelation? = nil, population: Int? = nil,
    noiseSource: NoiseSource = .unknown, mechanism: PrivacyMechanism? = nil,
    clipQuantile: Double? = nil, simulatedCohort: Double? = nil, trainedCohort: Double? = nil
  ) {
    self.history = history
    self.delta = delta
    self.claimedEpsilon = claimedEpsilon
    self.claimedAccountant = claimedAccountant
    self.clip = clip
    self.unit = unit
    self.neighbouring = neighbouring
    self.population = population
    self.noiseSource = noiseSource
    self.mechanism = mechanism
    self.clipQuantile = clipQuantile
    self.simulatedCohort = simulatedCohort
    self.trainedCohort = trainedCohort
  }
}

/// Who adds noise to what in the bundled engine.
public enum PrivacyMechanism: String, Hashable, Sendable, CaseIterable {
  /// The server, to the sum of clipped updates of a sampled cohort (DP-FedAvg).
  case sum
  /// The server, to prefix sums of clipped updates in a fixed order, by a binary tree (DP-FTRL).
  case tree
  /// Every client, to its own clipped update (local differential privacy).
  case local
  /// Every client, to sums of clipped gradients of sampled rows (DP-SGD).
  case example

  /// Whom it protects.
  public var unit: PrivacyUnit { self == .example ? .example : .client }

  /// What its neighbours are.
  public var neighbouring: NeighbouringRelation {
    switch self {
    case .sum: .addOrRemoveOne
    case .tree, .example: .zeroOut
    case .local: .replaceOne
    }
  }
}

/// Where noise and sampling came from.
public enum NoiseSource: String, Hashable, Sendable {
  /// From a recorded seed: a simulation. The guarantee describes the mechanism, not these weights.
  case seeded
  /// From the operating system's generator.
  case system
  /// Not recorded.
  case unknown
}
