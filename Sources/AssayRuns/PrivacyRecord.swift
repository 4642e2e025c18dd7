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

/// `steps` releases of one mechanism at one noise level.
public struct PrivacyEvent: Hashable, Sendable {
  /// The noise that is added.
  public enum Mechanism: String, Hashable, Sendable, CaseIterable {
    /// Gaussian noise; the multiplier is σ over the L2 sensitivity of one unit.
    case gaussian
    /// Laplace noise; the multiplier is b over the L1 sensitivity of one unit.
    case laplace
  }

  /// How units are chosen for a release.
  public enum Sampling: String, Hashable, Sendable, CaseIterable {
    /// Each unit joins independently with the sampling rate.
    case poisson
    /// Every unit takes part.
    case none
    /// Exactly a fraction, without replacement.
    case fixed
  }

  /// The mechanism.
  public var mechanism: Mechanism
  /// Noise over sensitivity, above 0; 0 means no noise, hence no guarantee.
  public var noiseMultiplier: Double
  /// Probability (or fraction) with which one unit takes part, in `0...1`.
  public var samplingRate: Double
  /// How units are chosen.
  public var sampling: Sampling
  /// Number of releases.
  public var steps: Int

  /// Creates an event.
  public init(
    mechanism: Mechanism = .gaussian, noiseMultiplier: Double, samplingRate: Double = 1,
    sampling: Sampling? = nil, steps: Int = 1
  ) {
    self.mechanism = mechanism
    self.noiseMultiplier = noiseMultiplier
    self.samplingRate = samplingRate
    self.sampling = sampling ?? (samplingRate < 1 ? .poisson : .none)
    self.steps = steps
  }
}

/// Whom a guarantee protects.
public enum PrivacyUnit: String, Hashable, Sendable, CaseIterable {
  /// One row.
  case example
  /// One client; see the pilot's `client_is` for what a client is.
  case client
}

/// What makes two data sets neighbours.
public enum NeighbouringRelation: String, Hashable, Sendable, CaseIterable {
  /// One unit is added or removed.
  case addOrRemoveOne = "add-or-remove-one"
  /// One unit is replaced by another.
  case replaceOne = "replace-one"
  /// One unit's contribution is set to zero.
  case zeroOut = "zero-out"
}

/// A certified statement of differential privacy; ε never travels without the rest.
public struct PrivacyGuarantee: Hashable, Sendable {
  /// Certified upper bound on ε, rounded up; +∞ is a result, not an error.
  public var epsilon: Double
  /// Certified lower bound on the ε of the accounted mechanism, `nil` where the accountant has none.
  public var epsilonLower: Double?
  /// Failure probability.
  public var delta: Double
  /// Whom it protects.
  public var unit: PrivacyUnit?
  /// What makes neighbours.
  public var neighbouring: NeighbouringRelation
  /// The accountant whose bound is quoted: `exact`, `rdp`, `pld`.
  public var accountant: String
  /// Rényi order at which the bound was reached, for `rdp`.
  public var order: Double?
  /// Gaussian-DP parameter μ, where the composition is exactly Gaussian.
  public var mu: Double?
  /// What must hold for the bound to be true, one sentence each.
  public var assumptions: [String]
  /// ε of the same releases without amplification by sampling; equals ``epsilon`` when none is used.
  public var epsilonWithoutAmplification: Double

  /// Creates a guarantee.
  public init(
    epsilon: Double, epsilonLower: Double?, delta: Double, unit: PrivacyUnit?,
    neighbouring: NeighbouringRelation, accountant: String, order: Double? = nil,
    mu: Double? = nil, assumptions: [String], epsilonWithoutAmplification: Double
  ) {
    self.epsilon = epsilon
    self.epsilonLower = epsilonLower
    self.delta = delta
    self.unit = unit
    self.neighbouring = neighbouring
    self.accountant = accountant
    self.order = order
    self.mu = mu
    self.assumptions = assumptions
    self.epsilonWithoutAmplification = epsilonWithoutAmplification
  }
}
