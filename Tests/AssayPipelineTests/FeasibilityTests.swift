import AssayEvidence
import AssayPrivacy
import AssayRuns
import AssayStatistics
import AssayTestSupport
import Testing

@testable import AssayPipeline

@Suite("Budgets in a fixed sequence") struct BudgetSequenceTests {
  private func sequence(_ steps: [(Double, Bool)]) -> BudgetSequence {
    BudgetSequence(steps.map { .init(arm: "eps\($0.0)", epsilon: $0.0, isGood: $0.1) })
  }

  @Test("judged from the largest down, the smallest that passed before the first failure is taken")
  func order() {
    let found = sequence([(1, false), (8, true), (2, true), (4, true)])
    #expect(found.smallest?.epsilon == 2)
    #expect(found.firstFailure?.epsilon == 1)
    #expect(found.passedTooLate.isEmpty)
  }

  @Test("a pass below a failure does not count, and is named")
  func tooLate() {
    let found = sequence([(8, true), (4, false), (2, true), (1, false)])
    #expect(found.smallest?.epsilon == 8)
    #expect(found.firstFailure?.epsilon == 4)
    #expect(found.passedTooLate.map(\.epsilon) == [2])
    #expect(sequence([(8, false), (4, true)]).smallest == nil)
  }

  @Test("all pass: nothing ended the sequence")
  func all() {
    let found = sequence([(1, true), (8, true)])
    #expect(found.smallest?.epsilon == 1)
    #expect(found.firstFailure == nil)
  }

  @Test("of several settings the one with the smallest ε is best, of equals the first")
  func best() {
    let settings = [
      sequence([(8, true), (4, true), (2, false)]), sequence([(8, false)]),
      sequence([(4, true), (3, true)]), sequence([(3, true)]),
    ]
    #expect(BudgetSequence.best(of: settings) == settings[2])
    #expect(BudgetSequence.best(of: [settings[1]]) == nil)
    #expect(BudgetSequence.best(of: []) == nil)
  }
}

@Suite("Who pays for privacy") struct SegmentPriceTests {
  private func change(
    _ group: String?, _ value: Double, _ error: Double?, arm: String = "dp", count: Int = 100
  ) -> Evidence {
    let id =
      group.map {
        EvidenceID("accuracy_difference", arm: "\(arm)-vs-plain", column: "sex", group: $0)
      } ?? EvidenceID("accuracy", arm: arm, against: "plain")
    let estimate: Estimate =
      error.map {
        .defined(
          value: value,
          interval: Interval(
            low: value - 2 * $0, high: value + 2 * $0, method: .paired, confidence: 0.95,
            standardError: $0, degrees: .infinity), count: count)
      } ?? .undefined(reason: "suppressed: fewer than 20 rows", count: nil)
    return Evidence(
      id: id, title: "Accuracy, difference", unit: .difference, result: .estimate(estimate),
      source: .init(path: "p", how: "h"))
  }

  private func facts(_ evidence: [Evidence], arms: [String] = ["dp"]) -> [String: Evidence] {
    Dictionary(
      SegmentPrice(metric: "accuracy", higherIsBetter: true, reference: "plain", arms: arms)
        .facts(of: evidence).map { ("\($0.id.metric)/\($0.id.arm)", $0) },
      uniquingKeysWith: { first, _ in first })
  }

  // Worked by hand: two comparisons, so Bonferroni's quantile is that of 1 − 0.05/4, 2.2414027276
  // (R 4.4, qnorm(0.9875)); the group's change beyond all rows has error 0.02 + 0.01.
  @Test("the worst group has an interval that allows for every comparison")
  func worst() throws {
    let found = facts([
      change(nil, -0.03, 0.01), change("f", -0.1, 0.02, count: 40), change("m", 0.01, 0.02),
      change("x", 0, nil),
    ])
    #expect(found["groups_compared/dp-vs-plain"]?.result == .count(2))
    #expect(found["groups_withheld/dp-vs-plain"]?.result == .count(1))
    let worst = try #require(found["worst_group_difference/dp-vs-plain"])
    #expect(worst.value == -0.1 && worst.count == 40)
    let interval = try #require(worst.interval)
    #expect(abs(interval.low - (-0.1 - 2.2414027276 * 0.02)) < 1e-9)
    #expect(abs(interval.high - (-0.1 + 2.2414027276 * 0.02)) < 1e-9)
    #expect(worst.note?.hasPrefix("sex = f (n 40); worst of 2 groups") == true)
    let beyond = try #require(found["worst_group_beyond_all/dp-vs-plain"])
    #expect(abs((beyond.value ?? 0) + 0.07) < 1e-15)
    #expect(abs((beyond.interval?.high ?? 0) - (-0.07 + 2.2414027276 * 0.03)) < 1e-9)
    let losing = try #require(found["groups_losing/dp-vs-plain"])
    #expect(losing.result == .count(1))
    #expect(losing.note == "sex = f (n 40); Holm’s adjustment of 2 comparisons, level 5 %")
  }

  // z = −0.05 / 0.02 = −2.5: p = 0.0124 two-sided. One comparison alone is significant at 5 %; Holm's
  // adjusted value for the smallest of five is 5 · 0.0124 = 0.062, which is not.
  @Test("what one comparison would show, five do not")
  func family() {
    let one = facts([change("a", -0.05, 0.02)])
    #expect(one["groups_losing/dp-vs-plain"]?.result == .count(1))
    let five = facts(
      [
        change("a", -0.05, 0.02), change("b", 0, 0.02), change("c", 0, 0.02),
        change("d", 0, 0.02, arm: "dp2"), change("e", 0, 0.02, arm: "dp2"),
      ], arms: ["dp", "dp2"])
    #expect(five["groups_losing/dp-vs-plain"]?.result == .count(0))
    #expect(five["groups_losing/dp-vs-plain"]?.note?.hasPrefix("none; ") == true)
  }

  @Test("arms that agree on every row of a group prove nothing, and no group is no fact")
  func degenerate() throws {
    let same = facts([change("a", 0, 0)])
    #expect(same["groups_losing/dp-vs-plain"]?.result == .count(0))
    let worst = try #require(same["worst_group_difference/dp-vs-plain"])
    #expect(worst.interval == nil && worst.value == 0)
    #expect(facts([change(nil, -0.03, 0.01)]).isEmpty)
    #expect(
      facts([change("a", 0, nil)])["worst_group_difference/dp-vs-plain"] == nil)
  }

  @Test("of an error the largest increase is worst")
  func errors() throws {
    let found = SegmentPrice(
      metric: "accuracy", higherIsBetter: false, reference: "plain", arms: ["dp"]
    ).facts(of: [change("a", -0.1, 0.01), change("b", 0.1, 0.01)])
    let worst = try #require(found.first { $0.id.metric == "worst_group_difference" })
    #expect(worst.value == 0.1)
    let losing = try #require(found.first { $0.id.metric == "groups_losing" })
    #expect(losing.note?.hasPrefix("sex = b") == true)
  }
}

@Suite("What a budget would take") struct BudgetNeedsTests {
  private func record(
    noise: Double = 1.861, rate: Double = 0.1, steps: Int = 60, population: Int = 300
  ) -> PrivacyRecord {
    PrivacyRecord(
      history: [PrivacyEvent(noiseMultiplier: noise, samplingRate: rate, steps: steps)],
      delta: 1e-5, clip: 0.5, unit: .client, neighbouring: .addOrRemoveOne,
      population: population, noiseSource: .seeded, mechanism: .sum)
  }

  private func epsilon(_ noise: Double, _ rate: Double, _ steps: Int) throws -> Double {
    try guarantee(
      history: [PrivacyEvent(noiseMultiplier: noise, samplingRate: rate, steps: steps)],
      delta: 1e-5
    ).epsilon
  }

  // ε = 8, δ = 1e-5, 25 unsampled Gaussian releases need a multiplier of 3.001 (exact accountant; the
  // starter pilot's). Where participation is seen, the cohort divides the mean and nothing else:
  // 3.001146 · 0.5 / 0.05 = 30.01.
  @Test("where participation is seen, the least cohort is noise · clip / tolerable noise")
  func visible() throws {
    let needs = try #require(
      BudgetNeeds(record(noise: 3, rate: 0.1, steps: 25), isParticipationHidden: false))
    #expect(try needs.leastCohort(epsilon: 8, noise: 0.05) == 31)
    #expect(try needs.leastCohort(epsilon: 8, noise: 0.004) == nil)
  }

  @Test("one client or round further, and the budget or the noise is broken")
  func edges() throws {
    let needs = try #require(BudgetNeeds(record(), isParticipationHidden: true))
    #expect(abs(needs.noise - 1.861 * 0.5 / 30) < 1e-15)
    let noise = 0.04
    let cohort = try #require(try needs.leastCohort(epsilon: 2, noise: noise))
    // The noise that a cohort of that size must not exceed, and ε at it.
    func fits(_ size: Int) throws -> Bool {
      try epsilon(noise * Double(size) / 0.5, Double(size) / 300, 60) <= 2
    }
    #expect(try fits(cohort))
    #expect(try !fits(cohort - 1))
    let rounds = try needs.mostRounds(epsilon: 1, noise: needs.noise)
    #expect(rounds > 0 && rounds < 60)
    #expect(try epsilon(1.861, 0.1, rounds) <= 1)
    #expect(try epsilon(1.861, 0.1, rounds + 1) > 1)
    #expect(try needs.mostRounds(epsilon: 50, noise: needs.noise) == 60)
    #expect(try needs.mostRounds(epsilon: 0.01, noise: needs.noise) == 0)
  }

  @Test("only noise on a sum with a fixed clip has this arithmetic")
  func others() {
    var tree = record()
    tree.mechanism = .tree
    #expect(BudgetNeeds(tree, isParticipationHidden: true) == nil)
    var adaptive = record()
    adaptive.clipQuantile = 0.5
    #expect(BudgetNeeds(adaptive, isParticipationHidden: true) == nil)
    #expect(BudgetNeeds(record(noise: 0), isParticipationHidden: true) == nil)
  }

  @Test("every point of the frontier reaches the quoted ε and not more")
  func frontier() throws {
    var builder = EvidenceBuilder()
    let record = record()
    FrontierEvidence(records: ["dp": record], isParticipationHidden: true, threads: 2)
      .frontier("dp", epsilon: 1.9996, into: &builder)
    let multipliers = builder.evidence.filter { $0.id.metric == "frontier_noise_multiplier" }
    #expect(multipliers.count == 25)
    for fact in multipliers {
      let parts = (fact.id.group?.group ?? "").split(separator: " ").compactMap { Int($0) }
      try #require(parts.count == 2)
      let noise = try #require(fact.value)
      let reached = try epsilon(noise, Double(parts[0]) / 300, parts[1])
      #expect(reached <= 2 && reached > 1.99, "\(fact.id)")
      let mean = builder.find(
        EvidenceID(
          "frontier_noise_per_coordinate", arm: "dp", column: FrontierEvidence.column,
          group: fact.id.group?.group ?? ""))
      #expect(mean?.value == noise * 0.5 / Double(parts[0]))
    }
    #expect(FrontierEvidence.quoted(1.9996) == 2)
    #expect(FrontierEvidence.quoted(0.99997) == 1)
    #expect(FrontierEvidence.quoted(2.001) == 2.01)
  }
}
