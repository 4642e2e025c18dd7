import AssayRuns

/// Differential privacy of a federated arm.
///
/// What every mechanism shares: metrics on test rows, causes and clipped fractions are recorded for the
/// pilot's reader and are not covered by the guarantee. Noise is drawn in double, and added in double to
/// sums and updates, in float32 to the gradients of ``Mechanism/example(samplingRate:)``; the guarantee is
/// that of real numbers (Mironov 2012, "On significance of the least significant bits", describes what the
/// last bits of floating-point noise may give away).
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
    ///
    /// Neighbours: one client added or removed, N and the expected cohort being public. Against whoever
    /// sees the models; the server itself sees the updates and is trusted.
    case sum
    /// Client-level DP-FTRL (Kairouz et al. 2021, arXiv:2103.00039, algorithm 1 without restarts): clients
    /// come in a fixed cyclic order, without sampling, and every prefix of the sum of clipped updates
    /// gets noise from a binary tree, whose nodes have `N(0, (noiseMultiplier·clip)²)` in each coordinate.
    ///
    /// Neighbours: the updates of one client set to zero; the order and the place of every client in it are
    /// public, so a client cannot be taken out without moving the others. No amplification is claimed. What
    /// is released is one Gaussian mechanism, whose sensitivity counts all turns of a client; see
    /// ``TreeNoise/squaredSensitivity(terms:period:)``. The server is trusted with the updates.
    case tree
    /// Local differential privacy: every client clips its update and adds
    /// `N(0, (noiseMultiplier·clip)²)` to each coordinate itself, before it sends.
    ///
    /// Neighbours: one client's data replaced by any other, so that its update moves by up to two clips.
    /// Against everybody, the server included. That a client took part, and whether it has training rows at
    /// all, is not hidden; its number of uploads is the number of releases (Dwork and Roth 2014,
    /// section 12.1; Duchi, Jordan, Wainwright 2013, arXiv:1302.3203).
    case local
    /// Example-level DP-SGD inside clients (Abadi et al. 2016, arXiv:1607.00133, algorithm 1): in every
    /// local step each row joins with the sampling rate, its gradient is clipped, and
    /// `N(0, (noiseMultiplier·clip)²)` is added to each coordinate of the sum. The server adds no noise
    /// of its own.
    ///
    /// Neighbours: one row's gradient set to zero; how many rows a client has is public, since the divisor
    /// is rate · rows. Which rows join a step stays inside the client, so the amplification does not rest on
    /// who sees the rounds. Rows of different clients are different rows, so the client that trained most
    /// often decides (parallel composition, McSherry 2009). Against everybody but the client itself.
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
    /// noise multiplier, which ``PrivateTraining`` checks.
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
    precondition(
      adaptive.map { noiseMultiplier == 0 || 2 * $0.countNoise > noiseMultiplier } ?? true,
      "noise on the count above half of the noise multiplier")
    precondition(
      simulatedCohort.map { mechanism == .sum && $0 > 0 && $0.isFinite } ?? true,
      "a simulated cohort above 0, and for the sum")
    self.mechanism = mechanism
    self.clip = clip
    self.noiseMultiplier = noiseMultiplier
    self.noise = noise
    self.adaptive = adaptive
    self.simulatedCohort = simulatedCohort
  }

  /// The multiplier of the noise on the sum, when part of the budget goes to the count of an adaptive
  /// clip: `z_Δ = (z⁻² − (2σ_b)⁻²)^(−1/2)`, so that both together cost what `z` alone would.
  ///
  /// Why: sum and count are one Gaussian release of the vector (sum/(z_Δ·C), count/σ_b), in which a client
  /// moves the first part by at most 1/z_Δ and the second, ±1/2 for each member, by at most 1/(2σ_b): in
  /// all by √(z_Δ⁻² + (2σ_b)⁻²) = 1/z. Both see the same cohort, so the same sampling amplifies both.
  /// - Note: Source: Andrew et al. 2021, theorem 1.
  public var sumNoiseMultiplier: Double {
    guard let adaptive, noiseMultiplier > 0 else { return noiseMultiplier }
    // The difference of the squares as a product, which neither cancels nor overflows.
    let (all, count) = (1 / noiseMultiplier, 1 / (2 * adaptive.countNoise))
    return 1 / ((all - count).squareRoot() * (all + count).squareRoot())
  }

  /// The same plan with a share of its noise, on the count of an adaptive clip too; a share of 0 to 1.
  public func withNoise(timesShare share: Double) -> PrivateTraining {
    let less = noiseMultiplier * share
    return PrivateTraining(
      mechanism: mechanism, clip: clip, noiseMultiplier: less, noise: noise,
      adaptive: adaptive.map {
        // Rounding must not make the two equal.
        AdaptiveClip(
          quantile: $0.quantile, learningRate: $0.learningRate,
          countNoise: less == 0 ? 0 : max($0.countNoise * share, (less / 2).nextUp))
      }, simulatedCohort: simulatedCohort)
  }
}

extension PrivateTraining.Mechanism {
  /// The name in run records.
  public var kind: PrivacyMechanism {
    switch self {
    case .sum: .sum
    case .tree: .tree
    case .local: .local
    case .example: .example
    }
  }
}
