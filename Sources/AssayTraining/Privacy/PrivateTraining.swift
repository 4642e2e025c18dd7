/// Differential privacy of a federated arm.
///
/// What every mechanism shares: metrics on test rows, causes and clipped fractions are recorded for the
/// pilot's reader and are not covered by the guarantee. Noise is drawn and added in double; the guarantee
/// is that of real numbers (Mironov 2012, "On significance of the least significant bits", describes what
/// the last bits of floating-point noise may give away).
public struct PrivateTraining: Hashable, Sendable {
  /// Where sampling and noise come from.
  public enum Noise: String, Hashable, Sendable {
    /// The run's seed: a simulation that can be repeated, and subtracted by who knows the seed.
    case seeded
    /// ChaCha20 with a key of the operating system's generator, which nobody records.
    case system
  }

  /// Who adds noise to what.
  public enum Mechanism: Hashable, Sendable {
    /// Client-level DP-FedAvg (McMahan, Ramage, Talwar, Zhang 2018, arXiv:1710.06963, algorithm 1 with
    /// the fixed-denominator estimator and weight 1 for every client): every client joins by its own
    /// Poisson draw, its update is scaled down to an L2 norm of at most the clip,
    /// `N(0, (noiseMultiplier·clip)²)` is added to each coordinate of the sum, and the result is divided
    /// by the expected cohort, whatever number reported. Dropout, refused updates and a client without
    /// training rows count as zero updates: all stay members of the population.
    case sum
    /// Client-level DP-FTRL (Kairouz et al. 2021, arXiv:2103.00039, algorithm 1 without restarts): clients
    /// come in a fixed cyclic order, without sampling, and every prefix of the sum of clipped updates
    /// gets noise from a binary tree, whose nodes have `N(0, (noiseMultiplier·clip)²)` in each coordinate.
    case tree
    /// Local differential privacy: every client clips its update and adds
    /// `N(0, (noiseMultiplier·clip)²)` to each coordinate itself, before it sends.
    case local
    /// Example-level DP-SGD inside clients (Abadi et al. 2016, arXiv:1607.00133, algorithm 1): in every
    /// local step each row joins with the sampling rate, its gradient is clipped, and
    /// `N(0, (noiseMultiplier·clip)²)` is added to each coordinate of the sum. The server gets no noise
    /// of its own.
    case example(samplingRate: Double)
  }

  /// A clip that follows a quantile of the norms of updates (Andrew, Thakkar, McMahan, Ramaswamy 2021,
  /// arXiv:1905.03871, algorithm 1).
  public struct AdaptiveClip: Hashable, Sendable {
    /// The share γ of updates that should be within the clip.
    public var quantile: Double
    /// Step size η_C of `C ← C·exp(−η_C·(b̃ − γ))`.
    public var learningRate: Double
    /// Standard deviation σ_b of the noise on the count of updates within the clip; above half of the
    /// noise multiplier.
    public var countNoise: Double

    /// Creates a plan.
    public init(quantile: Double, learningRate: Double, countNoise: Double) {
      precondition(
        quantile > 0 && quantile < 1 && learningRate > 0 && countNoise >= 0,
        "a quantile strictly between 0 and 1, a learning rate above 0")
      self.quantile = quantile
      self.learningRate = learningRate
      self.countNoise = countNoise
    }
  }

  /// Who adds noise to what.
  public var mechanism: Mechanism
  /// Bound on the L2 norm of one client's update (of one row's gradient for ``Mechanism/example``), above
  /// 0; infinity only without noise. With ``adaptive`` the first clip.
  public var clip: Double
  /// Standard deviation of the noise over the clip; 0 clips only and guarantees nothing.
  public var noiseMultiplier: Double
  /// Where sampling and noise come from.
  public var noise: Noise
  /// A clip that follows the norms; `nil` for a fixed one. Only with ``Mechanism/sum``.
  public var adaptive: AdaptiveClip?
  /// The cohort whose noise is simulated: noise is scaled by expected cohort / simulated cohort, so that
  /// the mean has the noise that a larger cohort's would have. Never a guarantee. `nil` for none.
  public var simulatedCohort: Double?

  /// Creates a plan.
  public init(
    mechanism: Mechanism = .sum, clip: Double, noiseMultiplier: Double, noise: Noise = .seeded,
    adaptive: AdaptiveClip? = nil, simulatedCohort: Double? = nil
  ) {
    precondition(
      clip > 0 && noiseMultiplier >= 0 && noiseMultiplier.isFinite
        && (clip.isFinite || noiseMultiplier == 0), "a clip above 0, finite where there is noise")
    precondition(adaptive == nil || mechanism == .sum, "an adaptive clip is for the sum")
    self.mechanism = mechanism
    self.clip = clip
    self.noiseMultiplier = noiseMultiplier
    self.noise = noise
    self.adaptive = adaptive
    self.simulatedCohort = simulatedCohort
  }

  /// The multiplier of the noise on the sum, when part of the budget goes to the count of an adaptive
  /// clip: `z_Δ = (z⁻² − (2σ_b)⁻²)^(−1/2)`, so that both together cost what `z` alone would.
  /// - Note: Source: Andrew et al. 2021, theorem 1.
  public var sumNoiseMultiplier: Double {
    guard let adaptive, noiseMultiplier > 0, adaptive.countNoise > 0 else {
      return noiseMultiplier
    }
    let rest =
      1 / (noiseMultiplier * noiseMultiplier) - 1 / (4 * adaptive.countNoise * adaptive.countNoise)
    return rest > 0 ? 1 / rest.squareRoot() : .infinity
  }
}
