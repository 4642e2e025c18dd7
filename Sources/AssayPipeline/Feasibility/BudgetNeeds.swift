import AssayPrivacy
import AssayRuns

/// What it takes to reach an ε, other things as they were trained: noise, clients, cohort or rounds.
///
/// For client-level noise on a sum with a fixed clip and one kind of release, where the noise on each
/// coordinate of the mean is `noise multiplier · clip / cohort`. Everything here is arithmetic on the
/// recorded releases: nothing is trained.
struct BudgetNeeds: Sendable {
  /// Clients in all, N.
  let population: Int
  /// Expected clients of a round, `q · N`.
  let cohort: Double
  /// Releases of one run.
  let rounds: Int
  let clip: Double
  let delta: Double
  let relation: NeighbouringRelation
  let noiseMultiplier: Double
  /// Whether sampling counts for ε: nobody sees who takes part.
  let isSamplingHidden: Bool

  /// Of a run's record; `nil` where the record is of another kind.
  init?(_ record: PrivacyRecord, isParticipationHidden: Bool) {
    guard record.mechanism == .sum, record.clipQuantile == nil, record.simulatedCohort == nil,
      record.history.count == 1, let event = record.history.first, event.mechanism == .gaussian,
      event.noiseMultiplier > 0, event.steps > 0, event.samplingRate > 0,
      let population = record.population, let clip = record.clip, let delta = record.delta
    else { return nil }
    self.population = population
    self.clip = clip
    self.delta = delta
    cohort = event.samplingRate * Double(population)
    rounds = event.steps
    noiseMultiplier = event.noiseMultiplier
    relation = record.neighbouring ?? .addOrRemoveOne
    isSamplingHidden = isParticipationHidden
  }

  /// Noise on each coordinate of the mean, as trained.
  var noise: Double { noiseMultiplier * clip / cohort }

  /// The probability that counts for ε at a cohort.
  private func rate(_ cohort: Double) -> Double {
    isSamplingHidden ? min(1, cohort / Double(population)) : 1
  }

  /// The noise multiplier that reaches an ε with another cohort and other rounds.
  func noiseMultiplier(
    epsilon: Double, cohort: Double, rounds: Int
  ) throws(PrivacyError) -> Double {
    try AssayPrivacy.noiseMultiplier(
      targetEpsilon: epsilon, delta: delta, samplingRate: rate(cohort), steps: rounds,
      neighbouring: relation
    ).noiseMultiplier
  }

  /// The least number of clients, at the same share of them in a round and the same rounds, whose mean
  /// has at most `noise` on each coordinate; δ falls with their number.
  func leastPopulation(epsilon: Double, noise: Double) throws(PrivacyError) -> Int? {
    let share = cohort / Double(population)
    // Where sampling does not count it still divides the mean: z·clip / (q·N) ≤ t is z·clip / N ≤ q·t.
    return try AssayPrivacy.leastPopulation(
      targetEpsilon: epsilon, tolerableNoise: isSamplingHidden ? noise : noise * share, clip: clip,
      samplingRate: isSamplingHidden ? share : 1, steps: rounds, neighbouring: relation
    )?.population
  }

  /// The least cohort of the same clients, in the same rounds, whose mean has at most `noise` on each
  /// coordinate; `nil` when even all of them are too few.
  func leastCohort(epsilon: Double, noise: Double) throws(PrivacyError) -> Int? {
    func isEnough(_ size: Int) throws(PrivacyError) -> Bool {
      try noiseMultiplier(epsilon: epsilon, cohort: Double(size), rounds: rounds) * clip
        / Double(size) <= noise
    }
    guard try isEnough(population) else { return nil }
    // Noise on the mean falls as the cohort grows: amplification gives back less than dividing gains.
    var (failing, passing) = (0, population)
    while passing - failing > 1 {
      let middle = failing + (passing - failing) / 2
      if try isEnough(middle) { passing = middle } else { failing = middle }
    }
    return passing
  }

  /// The most rounds, with the same cohort, that an ε allows when the mean has `noise` on each
  /// coordinate; at most as many as were trained, and 0 when it does not allow one.
  func mostRounds(epsilon: Double, noise: Double) throws(PrivacyError) -> Int {
    func fits(_ count: Int) throws(PrivacyError) -> Bool {
      try guarantee(
        history: [
          PrivacyEvent(
            noiseMultiplier: noise * cohort / clip, samplingRate: rate(cohort), steps: count)
        ], delta: delta, neighbouring: relation
      ).epsilon <= epsilon
    }
    if try fits(rounds) { return rounds }
    var (passing, failing) = (0, rounds)
    while failing - passing > 1 {
      let middle = passing + (failing - passing) / 2
      if try fits(middle) { passing = middle } else { failing = middle }
    }
    return passing
  }
}
