/// `steps` equal releases of one mechanism: what happened, as data.
///
/// Which numbers describe the noise depends on ``mechanism``; those that it does not use are `nil` and
/// must stay so. The same fields, in snake_case, are the keys of a history file.
public struct PrivacyEvent: Hashable, Sendable {
  /// How a release hides one unit.
  public enum Mechanism: String, Hashable, Sendable, CaseIterable {
    /// Gaussian noise; the multiplier is σ over the L2 sensitivity of one unit.
    case gaussian
    /// Laplace noise; the multiplier is b over the L1 sensitivity of one unit.
    case laplace
    /// Discrete Gaussian noise on a whole number; the multiplier is σ over the sensitivity. Canonne, Kamath and
    /// Steinke 2020, arXiv:2004.00010.
    case discreteGaussian = "discrete-gaussian"
    /// Two-sided geometric noise on a whole number; the multiplier is b over the sensitivity, with
    /// probabilities in proportion to `exp(−|x|/b)`. Ghosh, Roughgarden and Sundararajan 2009, arXiv:0811.2841.
    case discreteLaplace = "discrete-laplace"
    /// The difference of two Poisson variables on a whole number; the multiplier is the standard deviation
    /// over the sensitivity. Agarwal, Kairouz and Liu 2021, arXiv:2110.04995.
    case skellam
    /// With ``probability`` the true one of ``buckets`` answers is replaced by one drawn evenly from all of
    /// them. Warner 1965.
    case randomizedResponse = "randomized-response"
    /// Gaussian noise on every node of a binary tree over ``leaves`` rounds, each unit in one of them; the
    /// multiplier is σ of a node over the sensitivity; `steps` counts trees. Kairouz et al. 2021,
    /// arXiv:2103.00039.
    case treeAggregation = "tree-aggregation"
    /// A banded matrix factorisation: correlated Gaussian noise over the rounds of one run, whose strategy
    /// matrix has ``columnNorm``; the multiplier is σ over clip, `steps` counts runs. Choquette-Choo et al.
    /// 2023, arXiv:2306.08153.
    case bandedMatrixFactorisation = "banded-matrix-factorisation"
    /// A release of which only its own ``epsilon`` and ``delta`` are known.
    case opaque
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
  /// Noise over sensitivity, above 0; 0 means no noise, hence no guarantee. Unused (1) by randomised response and
  /// opaque releases.
  public var noiseMultiplier: Double
  /// Probability (or fraction) with which one unit takes part, in `0...1`.
  public var samplingRate: Double
  /// How units are chosen.
  public var sampling: Sampling
  /// Number of releases, each with fresh noise.
  public var steps: Int
  /// How far one unit moves the whole number to which discrete noise is added, 1 or more; 1 when `nil`.
  public var sensitivity: Int?
  /// Number of answers of randomised response, 2 or more.
  public var buckets: Int?
  /// Probability with which randomised response replaces the answer, in `0...1`.
  public var probability: Double?
  /// Rounds of one tree, 1 or more.
  public var leaves: Int?
  /// Largest Euclidean norm of a column of the strategy matrix, above 0.
  public var columnNorm: Double?
  /// How many rounds of one run a unit takes part in, a band or more apart, 1 or more; 1 when `nil`. With Poisson
  /// sampling: the number of groups of rounds in each of which it is drawn afresh.
  public var participations: Int?
  /// ε of an opaque release, 0 or more.
  public var epsilon: Double?
  /// δ of an opaque release, in `0..<1`; 0 when `nil`.
  public var delta: Double?

  /// Creates an event.
  public init(
    mechanism: Mechanism = .gaussian, noiseMultiplier: Double = 1, samplingRate: Double = 1,
    sampling: Sampling? = nil, steps: Int = 1, sensitivity: Int? = nil, buckets: Int? = nil,
    probability: Double? = nil, leaves: Int? = nil, columnNorm: Double? = nil,
    participations: Int? = nil, epsilon: Double? = nil, delta: Double? = nil
  ) {
    self.mechanism = mechanism
    self.noiseMultiplier = noiseMultiplier
    self.samplingRate = samplingRate
    self.sampling = sampling ?? (samplingRate < 1 ? .poisson : .none)
    self.steps = steps
    self.sensitivity = sensitivity
    self.buckets = buckets
    self.probability = probability
    self.leaves = leaves
    self.columnNorm = columnNorm
    self.participations = participations
    self.epsilon = epsilon
    self.delta = delta
  }
}
