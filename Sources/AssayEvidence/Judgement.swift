/// A hypothesis of the plan and what came of it.
public struct Judgement: Hashable, Sendable {
  /// What came of a hypothesis.
  public enum Outcome: String, Hashable, Sendable, CaseIterable {
    /// The whole interval lies on the tolerated side of the margin.
    case supported
    /// None of the interval does.
    case notSupported = "not-supported"
    /// The interval holds both, or there is none.
    case inconclusive
  }

  /// The arm that is judged.
  public var arm: String
  /// What it is compared with.
  public var against: String
  /// The metric.
  public var metric: String
  /// The worsening tolerated, in the metric's unit.
  public var margin: Double
  /// What came of it.
  public var outcome: Outcome
  /// The difference it rests on.
  public var evidence: EvidenceID
  /// Why, in one sentence with numbers.
  public var reason: String

  /// Creates a judgement.
  public init(
    arm: String, against: String, metric: String, margin: Double, outcome: Outcome,
    evidence: EvidenceID, reason: String
  ) {
    self.arm = arm
    self.against = against
    self.metric = metric
    self.margin = margin
    self.outcome = outcome
    self.evidence = evidence
    self.reason = reason
  }
}

/// What utility is left at which ε, and whether any of it is good enough.
public struct Feasibility: Hashable, Sendable {
  /// The one verdict the feasibility report ends in.
  public enum Verdict: String, Hashable, Sendable, CaseIterable {
    /// The smallest budget tried is good enough.
    case feasible
    /// Some budget tried is good enough, and some smaller one is not.
    case onlyAbove = "only-above"
    /// No budget tried is both within the margin of the non-private arm and better than local-only.
    case notFeasible = "not-feasible"
    /// There is no private arm, or the arms it is compared with are missing.
    case notAssessed = "not-assessed"
  }

  /// One private arm.
  public struct Point: Hashable, Sendable {
    /// The arm.
    public var arm: String
    /// Its ε; a guarantee.
    public var epsilon: EvidenceID
    /// Its headline metric.
    public var utility: EvidenceID
    /// Difference to the non-private arm.
    public var difference: EvidenceID
    /// Difference to the local-only arm; `nil` without one.
    public var differenceToLocal: EvidenceID?
    /// Whether the interval lies within the margin of the non-private arm; `nil` when inconclusive.
    public var isWithinMargin: Bool?
    /// Whether it is better than local-only; `nil` when inconclusive or without local arm.
    public var isAboveLocal: Bool?

    /// Creates a point.
    public init(
      arm: String, epsilon: EvidenceID, utility: EvidenceID, difference: EvidenceID,
      differenceToLocal: EvidenceID?, isWithinMargin: Bool?, isAboveLocal: Bool?
    ) {
      self.arm = arm
      self.epsilon = epsilon
      self.utility = utility
      self.difference = difference
      self.differenceToLocal = differenceToLocal
      self.isWithinMargin = isWithinMargin
      self.isAboveLocal = isAboveLocal
    }
  }

  /// The verdict.
  public var verdict: Verdict
  /// The verdict in one sentence with its numbers.
  public var sentence: String
  /// What stands behind it and what follows, one paragraph each.
  public var explanation: [String]
  /// What could be done instead, one sentence each.
  public var alternatives: [String]
  /// The worsening against the non-private arm that is tolerated, in the headline metric's unit.
  public var margin: Double
  /// Where the margin comes from.
  public var marginOrigin: String
  /// The private arms, by falling ε.
  public var points: [Point]
  /// The non-private federated arm they are compared with.
  public var reference: String?
  /// The arm whose parameters are recommended; `nil` when none is.
  public var recommended: String?
  /// Further evidence: least number of clients, noise per coordinate.
  public var evidence: [EvidenceID]

  /// Creates a feasibility result.
  public init(
    verdict: Verdict, sentence: String, explanation: [String], alternatives: [String],
    margin: Double, marginOrigin: String, points: [Point], reference: String?,
    recommended: String?, evidence: [EvidenceID]
  ) {
    self.verdict = verdict
    self.sentence = sentence
    self.explanation = explanation
    self.alternatives = alternatives
    self.margin = margin
    self.marginOrigin = marginOrigin
    self.points = points
    self.reference = reference
    self.recommended = recommended
    self.evidence = evidence
  }
}

/// One assumption behind a guarantee, and whether the run bears it out.
public struct Assumption: Hashable, Sendable {
  /// Whether an assumption holds.
  public enum State: String, Hashable, Sendable, CaseIterable {
    /// The run's records bear it out.
    case holds
    /// The run's records contradict it.
    case fails
    /// The run's records do not tell.
    case unknown
  }

  /// The private arm.
  public var arm: String
  /// Its name, such as `sampling`: the scope of its facts `assumption/<arm>/<name>` and
  /// `epsilon_if_fails/<arm>/<name>`; empty in records of older versions.
  public var name: String
  /// The assumption, one sentence.
  public var statement: String
  /// Whether it holds.
  public var state: State
  /// Why, one sentence.
  public var reason: String
  /// Facts that the state rests on.
  public var evidence: [EvidenceID]
  /// The ε that remains if it, and no other, fails; `nil` where that is not asked.
  public var epsilonIfFails: EvidenceID?

  /// Creates an assumption.
  public init(
    arm: String, name: String = "", statement: String, state: State, reason: String,
    evidence: [EvidenceID] = [], epsilonIfFails: EvidenceID?
  ) {
    self.arm = arm
    self.name = name
    self.evidence = evidence
    self.statement = statement
    self.state = state
    self.reason = reason
    self.epsilonIfFails = epsilonIfFails
  }
}

/// One line of the privacy ledger: something that was released, and whether ε covers it.
public struct LedgerEntry: Hashable, Sendable {
  /// What was released, such as `federated-dp, seed 1: final weights`.
  public var release: String
  /// The arm; `nil` for results of the evaluation.
  public var arm: String?
  /// Whether ε of this ledger covers it.
  public var isCovered: Bool
  /// The ε of this release; `nil` when it is not covered.
  public var epsilon: EvidenceID?
  /// Why, one sentence.
  public var reason: String

  /// Creates an entry.
  public init(
    release: String, arm: String?, isCovered: Bool, epsilon: EvidenceID?, reason: String
  ) {
    self.release = release
    self.arm = arm
    self.isCovered = isCovered
    self.epsilon = epsilon
    self.reason = reason
  }
}
