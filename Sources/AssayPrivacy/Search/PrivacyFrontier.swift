import AssayRuns
import AssayStatistics

/// What a target ε leaves to choose between: noise, cohort and number of rounds.
///
/// For each pair of a cohort and a number of rounds, the least noise that meets the target, and what it does
/// to the released mean. A point is Pareto-optimal when no other point is as good in all three respects
/// (less noise per coordinate of the mean, fewer rounds, smaller cohort) and better in one.
public struct PrivacyFrontier: Hashable, Sendable {
  /// The most pairs that are looked at.
  public static let pointLimit = 400

  /// One pair of a cohort and a number of rounds.
  public struct Point: Hashable, Sendable {
    /// Expected number of participants of one round.
    public var cohort: Int
    /// The cohort over the population.
    public var samplingRate: Double
    /// Number of rounds.
    public var rounds: Int
    /// The least noise multiplier that meets the target, or why there is none.
    public var noise: Result<Noise, PrivacyError>
    /// Whether no other point is as good in all three respects and better in one; `false` where no noise
    /// meets the target.
    public var isOptimal: Bool
  }

  /// What meets the target at one point.
  public struct Noise: Hashable, Sendable {
    /// Noise over the clipping bound.
    public var multiplier: Double
    /// Standard deviation of the noise in one coordinate of the mean,
    /// `multiplier · clip / cohort`, in the unit of the clip.
    public var perCoordinate: Double
    /// The certified guarantee.
    public var guarantee: PrivacyGuarantee
  }

  /// The target.
  public var targetEpsilon: Double
  /// Number of units.
  public var population: Int
  /// L2 bound on one unit's contribution.
  public var clip: Double
  /// All pairs: cohorts ascending, within a cohort rounds ascending.
  public var points: [Point]

  /// Works out the grid.
  /// - Parameters:
  ///   - targetEpsilon: Finite, above 0.
  ///   - search: Failure probability, sampling, mechanism, neighbours, unit and accountant; its noise,
  ///     rate and steps are ignored. ``Accountant/rdp`` is 7 to 100 times faster
  ///     and asks for 3 to 9 % more noise.
  ///   - population: Number of units, in `1...10^12`.
  ///   - clip: L2 bound on one unit's contribution, finite, above 0.
  ///   - cohorts: Expected numbers of participants, each in `1...population`.
  ///   - rounds: Numbers of rounds, each 1 or more.
  /// - Throws: ``PrivacyError`` for a bad parameter. A point whose target no noise reaches is no error: it
  ///   says so itself.
  /// - Complexity: One search per pair, at most ``pointLimit``; measured on one core with `best`
  ///   0.3 s each over noise from 0.5 to 7, and up to 2 s where the noise is below 0.6 and the rate small.
  public init(
    targetEpsilon: Double, search: PrivacySearch, population: Int, clip: Double, cohorts: [Int],
    rounds: [Int]
  ) throws(PrivacyError) {
    func check(
      _ holds: Bool, _ name: String, _ found: String, _ expected: String
    ) throws(PrivacyError) {
      if !holds { throw .parameterOutOfRange(name: name, found: found, expected: expected) }
    }
    if !(targetEpsilon > 0 && targetEpsilon.isFinite) {
      throw .targetOutOfRange(found: "\(targetEpsilon)")
    }
    try check(
      population >= 1 && population <= 1_000_000_000_000, "population", "\(population)",
      "1 to 1000000000000")
    try check(clip > 0 && clip.isFinite, "clip", "\(clip)", "a finite number above 0")
    for cohort in cohorts {
      try check(
        cohort >= 1 && cohort <= population, "cohort", "\(cohort)",
        "1 to the population, \(population)")
    }
    for count in rounds { try check(count >= 1, "rounds", "\(count)", "1 or more") }
    let cohorts = Set(cohorts).sorted()
    let rounds = Set(rounds).sorted()
    try check(
      !cohorts.isEmpty && !rounds.isEmpty && cohorts.count * rounds.count <= Self.pointLimit,
      "frontier", "\(cohorts.count) cohorts and \(rounds.count) numbers of rounds",
      "1 to \(Self.pointLimit) pairs")
    self.targetEpsilon = targetEpsilon
    self.population = population
    self.clip = clip
    points = []
    for cohort in cohorts {
      for count in rounds {
        var search = search
        let rate = Double(cohort) / Double(population)
        search.event.samplingRate = rate
        search.event.steps = count
        points.append(
          Point(
            cohort: cohort, samplingRate: rate, rounds: count,
            noise: try Self.noise(search, targetEpsilon, clip / Double(cohort)), isOptimal: false))
      }
    }
    for index in points.indices {
      points[index].isOptimal =
        !points.contains { $0.dominates(points[index]) }
        && (try? points[index].noise.get()) != nil
    }
  }

  private static func noise(
    _ search: PrivacySearch, _ target: Double, _ perMultiplier: Double
  ) throws(PrivacyError) -> Result<Noise, PrivacyError> {
    do throws(PrivacyError) {
      let found = try search.leastNoise(targetEpsilon: target)
      let multiplier = found.event.noiseMultiplier
      return .success(
        Noise(
          multiplier: multiplier, perCoordinate: multiplier * perMultiplier,
          guarantee: found.guarantee))
    } catch {
      if case .targetUnreachable = error { return .failure(error) }
      throw error
    }
  }
}

extension PrivacyFrontier.Point {
  /// Whether this point is as good as another in all three respects and better in one.
  func dominates(_ other: Self) -> Bool {
    guard case .success(let mine) = noise else { return false }
    guard case .success(let theirs) = other.noise else { return false }
    let isAsGood =
      mine.perCoordinate <= theirs.perCoordinate && rounds <= other.rounds
      && cohort <= other.cohort
    let isBetter =
      mine.perCoordinate < theirs.perCoordinate || rounds < other.rounds || cohort < other.cohort
    return isAsGood && isBetter
  }
}
