import AssayRuns

/// What the records of an arm show about how its releases came about; `nil` or empty is not recorded.
public struct PrivacyObservations: Hashable, Sendable {
  /// Whether the bundled engine ran it, whose own code is part of what is known.
  public var isEngine = false
  /// What a client is: `silo`, `person`, `device`.
  public var clientIs: String?
  /// Whether participation is taken to be hidden from everyone who sees the model.
  public var isParticipationHidden = false
  /// Units that were asked or drawn, release by release.
  public var sampleSizes: [Int] = []
  /// Whether the settings say that samples were Poisson samples.
  public var statesPoisson: Bool?
  /// The rate that the artifact's own accountant counted, where the record here counts none.
  public var accountedRate: Double?
  /// The size of a sample that the settings name.
  public var plannedSample: Double?
  /// The largest norm of a contribution after clipping.
  public var largestNorm: Double?
  /// Releases that record such a norm.
  public var normsRecorded = 0
  /// Releases that could record one.
  public var normsExpected = 0
  /// Share of contributions that were shortened.
  public var clippedFraction: Double?
  /// Whether clipping was left to clients.
  public var isClippedByClients = false
  /// The cohort that the noise was planned for.
  public var plannedCohort: Double?
  /// Cohorts that completed, of releases that changed the model.
  public var completedCohorts: [Int] = []
  /// Largest weight of one unit over the mean weight of its cohort, the worst release.
  public var weightRatio: Double?
  /// Releases that the records show beside the accountant's history, and what shows them.
  public var releasesSeen: [SeenReleases] = []
  /// What was given away without noise, one phrase each.
  public var unnoisedOutputs: [String] = []
  /// The most rows of one person, where the unit is a row.
  public var rowsPerPerson: Int?
  /// Whether preprocessing was declared, not learned.
  public var isPreprocessingDeclared: Bool?
  /// Private runs over the same data that are known, this arm's own included.
  public var runsTogether: RunsTogether?
  /// How many runs the settings say were tried.
  public var statedTuningRuns: Int?
  /// Rounds or epochs that were planned, and that were recorded.
  public var plannedRounds: Int?
  /// Rounds or epochs that the records hold.
  public var recordedRounds: Int?
  /// Whether the settings turn early stopping on.
  public var stopsEarly: Bool?

  /// Creates empty observations: nothing is recorded.
  public init() {}

  /// A count of releases that something other than the accountant's history shows.
  public struct SeenReleases: Hashable, Sendable {
    /// How many.
    public var count: Int
    /// What shows them: `rounds that changed the model`.
    public var what: String

    /// Creates a count.
    public init(_ count: Int, _ what: String) {
      self.count = count
      self.what = what
    }
  }

  /// All private runs over the same data.
  public struct RunsTogether: Hashable, Sendable {
    /// How many.
    public var count: Int
    /// ε of all of them.
    public var remaining: RemainingPrivacy

    /// Creates a sum of runs.
    public init(count: Int, remaining: RemainingPrivacy) {
      self.count = count
      self.remaining = remaining
    }
  }
}

/// ε of several private runs over the same data: their releases one after the other.
///
/// Runs that protect the same kind of unit compose under the weakest relation that all of them have:
/// adding or removing a unit, replacing it or setting its contribution to zero all bound what setting it to
/// zero changes by the clip. The smallest δ that one of them states is that of all.
/// - Parameters:
///   - records: The runs.
///   - countsSampling: Whether amplification counts in a run.
public func composed(
  _ records: [PrivacyRecord], countsSampling: (PrivacyRecord) -> Bool
) -> RemainingPrivacy {
  guard let delta = records.compactMap(\.delta).min() else {
    return .notComputable(reason: "no δ is recorded, and ε without δ says nothing")
  }
  let units = Set(records.map(\.unit))
  guard units.count == 1, let unit = units.first else {
    return .notComputable(
      reason: "some runs protect clients and some rows, and their ε do not add up")
  }
  if records.contains(where: { $0.history.isEmpty }) {
    return .notComputable(reason: "the releases of some runs are not recorded")
  }
  let relations = Set(records.compactMap(\.neighbouring))
  let relation = relations.count == 1 ? relations.first ?? .zeroOut : .zeroOut
  let history = records.flatMap { record in
    countsSampling(record) ? record.history : record.history.map(\.withoutSampling)
  }
  return ChangedReleases(histories: [history], delta: delta, relation: relation, unit: unit)
    .account(
      "all \(records.count) runs together"
        + (relations.count > 1 ? ", under zero-out, which the relations of all imply" : "")
    ) { $0 }
}
