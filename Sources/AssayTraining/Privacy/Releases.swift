import AssayRuns

/// What a private plan releases, whatever its noise: what both the search for the noise of a budget and
/// the record of a run are made from.
public struct PlannedReleases: Hashable, Sendable {
  /// Probability with which one unit joins a release, in `0...1`; 1 when all do.
  public var samplingRate: Double
  /// Number of releases that concern one unit.
  public var steps: Int
  /// Squared L2 sensitivity of one release, in units of the clip; 1 but for the tree.
  public var squaredSensitivity: Double
  /// Noise over the noise that the multiplier stands for: below 1 where a larger cohort's noise is
  /// simulated, else 1.
  public var noiseScale: Double

  /// The releases at a noise multiplier, as the accountant reads them: `multiplier · scale / √S`.
  public func event(noiseMultiplier: Double) -> PrivacyEvent {
    PrivacyEvent(
      noiseMultiplier: noiseMultiplier * noiseScale / squaredSensitivity.squareRoot(),
      samplingRate: samplingRate,
      sampling: samplingRate < 1 ? .poisson : PrivacyEvent.Sampling.none, steps: steps)
  }
}

extension FederatedPlan {
  /// What the plan releases; `nil` without privacy.
  ///
  /// - `sum`: one release for each round that was not skipped before sampling, an empty cohort included.
  /// - `tree`: one release in all, since the prefixes are one Gaussian mechanism.
  /// - `local`: one for each upload of the client that uploaded most often.
  /// - `example`: one for each step of the client that trained most often.
  /// - Parameters:
  ///   - clients: All clients, 1 or more.
  ///   - rounds: Rounds that release; those of the plan where not known yet.
  ///   - participations: How often the client that trained most often did; as often as there are rounds
  ///     where not known yet, which is the most possible.
  public func releases(
    clients: Int, rounds: Int? = nil, participations: Int? = nil
  ) -> PlannedReleases? {
    guard let privacy else { return nil }
    let rounds = rounds ?? self.rounds
    let participations = participations ?? self.rounds
    var result = PlannedReleases(
      samplingRate: 1, steps: rounds, squaredSensitivity: 1, noiseScale: 1)
    switch privacy.mechanism {
    case .sum:
      result.samplingRate = clientsPerRound.samplingRate(of: clients)
      if let cohort = privacy.simulatedCohort {
        result.noiseScale = result.samplingRate * Double(clients) / cohort
      }
    case .tree:
      let size = clientsPerRound.count(of: clients)
      result.steps = min(1, rounds)
      result.squaredSensitivity = TreeNoise.squaredSensitivity(
        terms: rounds, period: (clients + size - 1) / size)
    case .local: result.steps = participations
    case .example(let rate):
      let local = algorithm.make().localTraining(self.local)
      result.samplingRate = rate
      result.steps = participations * local.epochs * ExampleStep.stepsOfEpoch(rate: rate)
    }
    return result
  }
}

extension AlgorithmEntry {
  /// Whether clients of the algorithm can train by example-level DP-SGD: plain steps, as many as the plan
  /// says, without a term that needs other gradients.
  public var allowsExamplePrivacy: Bool {
    let algorithm = make(AlgorithmValues(self, [:]))
    let plain = LocalTraining(epochs: 3, batchSize: 7, learningRate: 0.5)
    return allowsPrivacy && algorithm.proximal == 0 && algorithm.localTraining(plain) == plain
  }
}
