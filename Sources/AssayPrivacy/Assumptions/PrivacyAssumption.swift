import AssayRuns

/// What a statement of differential privacy rests on and no accounting can check: each is looked up in
/// the records of a run, and each is always listed, known or not.
public enum PrivacyAssumption: String, CaseIterable, Hashable, Sendable {
  /// Samples were drawn as the accountant takes for granted.
  case sampling
  /// The rate that was accounted is sample over population.
  case samplingRate = "sampling_rate"
  /// Nobody who sees the releases sees who took part.
  case participation
  /// Every contribution was within the clip before noise was added.
  case clipping
  /// The noise was that of the planned cohort in every release.
  case cohort
  /// All contributions weigh the same.
  case weights
  /// Every noised release is counted.
  case releases
  /// Nothing else computed from the data is given away.
  case outputs
  /// The unit of privacy is not smaller than a person.
  case unit
  /// δ is small against the number of units.
  case delta
  /// Nobody can draw the noise again.
  case randomness
  /// Scaling, categories and vocabularies do not come from the data.
  case preprocessing
  /// No other run over the same data is left out.
  case tuning
  /// When to stop did not depend on the data.
  case earlyStopping = "early_stopping"
  /// The ε that the artifact states is what its releases give.
  case claim

  /// The assumption as a sentence.
  public var statement: String {
    switch self {
    case .sampling: "Samples were drawn as the accountant assumes."
    case .samplingRate: "The sampling rate that is accounted is the sample over the population."
    case .participation: "Nobody who sees the model can see who took part."
    case .clipping: "Every unit’s contribution was bounded by the clip before noise was added."
    case .cohort: "Noise was added for the planned cohort, never for a smaller one."
    case .weights: "All units weigh the same, and the divisor is fixed."
    case .releases: "Every noised release is counted."
    case .outputs: "Nothing else that was computed from the data is given away."
    case .unit: "The unit of privacy is not smaller than a person."
    case .delta: "δ is below one over the number of units."
    case .randomness: "Nobody can draw the noise and the samples again."
    case .preprocessing: "Preprocessing does not depend on the data."
    case .tuning: "No other run over the same data is left out of ε."
    case .earlyStopping: "When training stopped did not depend on the data."
    case .claim: "The ε that the artifact states is not below what its releases give."
    }
  }
}

/// What the records of a run say about one assumption.
public struct AssumptionCheck: Hashable, Sendable {
  /// Whether an assumption holds.
  public enum Verdict: String, Hashable, Sendable, CaseIterable {
    /// The records bear it out.
    case holds
    /// The records contradict it.
    case fails
    /// The records do not tell; it does not count as holding.
    case unknown
  }

  /// Which.
  public var assumption: PrivacyAssumption
  /// Whether it holds.
  public var verdict: Verdict
  /// What was found, with counts, one or two sentences.
  public var reason: String
  /// What is left of the guarantee if this assumption, and no other, fails.
  public var remaining: RemainingPrivacy
  /// Metrics of the evidence that the verdict rests on.
  public var metrics: [String]

  /// Creates a check.
  public init(
    _ assumption: PrivacyAssumption, _ verdict: Verdict, _ reason: String,
    _ remaining: RemainingPrivacy, _ metrics: [String] = []
  ) {
    self.assumption = assumption
    self.verdict = verdict
    self.reason = reason
    self.remaining = remaining
    self.metrics = metrics
  }
}

/// What is left of a guarantee when something that it rests on fails.
public enum RemainingPrivacy: Hashable, Sendable {
  /// A guarantee for what then is true; ε = +∞ is none at all. With what it takes for granted.
  case guarantee(PrivacyGuarantee, condition: String)
  /// No number can be computed.
  case notComputable(reason: String)

  /// ε, +∞ for no guarantee; `nil` where none can be computed.
  public var epsilon: Double? {
    if case .guarantee(let guarantee, _) = self { guarantee.epsilon } else { nil }
  }
}
