import AssayEvidence
import AssayFiles
import AssayPrivacy
import AssayRuns

/// Facts that follow from the recorded releases alone: which noise, cohort and rounds give the same ε, and
/// what a smaller budget would take. `assay verify` computes them again.
struct FrontierEvidence {
  /// Cohorts and rounds that are looked at, as multiples of what was trained.
  static let multiples = [0.25, 0.5, 1, 2, 4]
  /// The column of the facts' scope.
  static let column = "cohort × rounds"

  let records: [String: PrivacyRecord]
  let isParticipationHidden: Bool
  let threads: Int
  private let source = Evidence.Source(
    path: "runs/", how: "computed from the recorded releases; nothing was trained with it")

  init(records: [String: PrivacyRecord], isParticipationHidden: Bool, threads: Int) {
    self.records = records
    self.isParticipationHidden = isParticipationHidden
    self.threads = threads
  }

  func needs(_ arm: String) -> BudgetNeeds? {
    records[arm].flatMap { BudgetNeeds($0, isParticipationHidden: isParticipationHidden) }
  }

  /// The ε that is quoted: rounded up to three significant digits.
  static func quoted(_ epsilon: Double) -> Double {
    let printed = Double(PrintedNumber.text(epsilon, .epsilon)) ?? epsilon
    return max(printed, epsilon)
  }

  /// The noise that reaches the quoted ε of an arm, for a grid of cohorts and rounds.
  func frontier(_ arm: String, epsilon: Double, into builder: inout EvidenceBuilder) {
    guard epsilon.isFinite, epsilon > 0, let needs = needs(arm) else { return }
    let target = Self.quoted(epsilon)
    let points = Self.cohorts(needs).flatMap { cohort in
      Self.rounds(needs).map { (cohort: cohort, rounds: $0) }
    }
    let found = OrderedJobs.results(count: points.count, threads: threads) { index in
      try? needs.noiseMultiplier(
        epsilon: target, cohort: Double(points[index].cohort), rounds: points[index].rounds)
    }
    for (point, multiplier) in zip(points, found) {
      guard let multiplier else { continue }
      let group = "\(point.cohort) × \(point.rounds)"
      let noise = multiplier * needs.clip / Double(point.cohort)
      let isTrained =
        Double(point.cohort) == needs.cohort.rounded() && point.rounds == needs.rounds
      add(
        "frontier_noise_multiplier", arm, group, "Noise multiplier that reaches the same ε",
        multiplier, note: nil, &builder)
      add(
        "frontier_noise_per_coordinate", arm, group, "Its noise on each coordinate of the mean",
        noise,
        note: isTrained
          ? "as trained" : noise <= needs.noise * (1 + 1e-6) ? "no more than trained" : nil,
        &builder)
    }
  }

  private func add(
    _ metric: String, _ arm: String, _ group: String, _ title: String, _ value: Double,
    note: String?, _ builder: inout EvidenceBuilder
  ) {
    builder.add(
      Evidence(
        id: EvidenceID(metric, arm: arm, column: Self.column, group: group), title: title,
        unit: .number, result: .quantity(value), source: source, note: note))
  }

  static func cohorts(_ needs: BudgetNeeds) -> [Int] {
    distinct(multiples.map { Int(($0 * needs.cohort).rounded()) }, in: 1...needs.population)
  }

  static func rounds(_ needs: BudgetNeeds) -> [Int] {
    distinct(multiples.map { Int(($0 * Double(needs.rounds)).rounded()) }, in: 1...Int.max)
  }

  private static func distinct(_ values: [Int], in range: ClosedRange<Int>) -> [Int] {
    var seen = Set<Int>()
    return values.map { min(max($0, range.lowerBound), range.upperBound) }
      .filter { seen.insert($0).inserted }
  }

  /// What an arm's own budget would take when no more noise than `noise` is tolerable on each coordinate
  /// of the mean: clients, cohort or rounds, each alone.
  /// - Parameter origin: What showed that so much noise is tolerable.
  func requirements(
    _ arm: String, epsilon: Double, noise: Double, origin: String,
    into builder: inout EvidenceBuilder
  ) -> [EvidenceID] {
    guard epsilon.isFinite, epsilon > 0, noise > 0, let needs = needs(arm) else { return [] }
    let target = Self.quoted(epsilon)
    let at =
      "the same ε, with at most \(PrintedNumber.text(noise, .number)) of noise on each weight "
    let because = at + "of the mean, \(origin)"
    let jobs = OrderedJobs.results(count: 3, threads: threads) { index -> Int? in
      switch index {
      case 0: try? needs.leastPopulation(epsilon: target, noise: noise)
      case 1: try? needs.leastCohort(epsilon: target, noise: noise)
      default: try? needs.mostRounds(epsilon: target, noise: noise)
      }
    }
    let share = PrintedNumber.text(needs.cohort / Double(needs.population), .fraction)
    add(
      "least_clients", arm, "Least clients", jobs[0], "more than 1e12 clients would be needed",
      "\(share) of them in each round, \(needs.rounds) rounds, δ = min(1e−5, 1/N^1.1); \(because)",
      &builder)
    add(
      "least_cohort", arm, "Least clients of a round", jobs[1],
      "even all \(needs.population) clients in every round are too few",
      "of the same \(needs.population) clients, \(needs.rounds) rounds; \(because)", &builder)
    add(
      "most_rounds", arm, "Most rounds", jobs[2].flatMap { $0 > 0 ? $0 : nil },
      "not even one round",
      "with \(PrintedNumber.text(needs.cohort, .number)) clients in each, instead of "
        + "\(needs.rounds) rounds; \(because)", &builder)
    return ["least_clients", "least_cohort", "most_rounds"].map { EvidenceID($0, arm: arm) }
  }

  private func add(
    _ metric: String, _ arm: String, _ title: String, _ value: Int?, _ reason: String,
    _ note: String, _ builder: inout EvidenceBuilder
  ) {
    if let value {
      builder.count(metric, arm, title, value, source: source, note: note)
    } else {
      builder.text(metric, arm, title, "none: \(reason)", source: source)
    }
  }

  /// Every fact that follows from a verdict and the records: the frontier of the recommended arm, and what
  /// the smaller budgets would take with the noise of that arm.
  func collect(_ feasibility: Feasibility, into builder: inout EvidenceBuilder) -> [EvidenceID] {
    guard let recommended = feasibility.recommended,
      let noise = needs(recommended)?.noise,
      let chosen = builder.find(EvidenceID("epsilon", arm: recommended))?.value
    else { return [] }
    frontier(recommended, epsilon: chosen, into: &builder)
    var ids: [EvidenceID] = []
    for point in feasibility.points {
      guard let epsilon = builder.find(point.epsilon)?.value, epsilon < chosen else { continue }
      ids += requirements(
        point.arm, epsilon: epsilon, noise: noise,
        origin: "which the arm '\(recommended)' shows to be good enough", into: &builder)
    }
    return ids
  }
}
