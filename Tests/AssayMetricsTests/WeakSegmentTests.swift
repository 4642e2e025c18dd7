import AssayRuns
import AssayStatistics
import Testing

@testable import AssayMetrics

/// Weak segments: what was planted is found and confirmed, what was not is rarely confirmed.
@Suite("Search for weak segments")
struct WeakSegmentTests {
  /// A table with one group column of five groups, one of three and two numbers.
  struct World {
    var table: ScoredTable
    var columns: [WeakSegmentColumn]
  }

  /// - Parameter wrong: Probability that the last arm is wrong about a row, from its groups and numbers.
  static func world(
    rows: Int, key: UInt64, arms: Int = 2, clients: Int = 0,
    wrong: (_ a: Int, _ b: Int, _ x: Double, _ y: Double) -> Double = { _, _, _, _ in 0.2 }
  ) -> World {
    let generator = CounterGenerator(seed: key, stream: 51)
    var position: UInt64 = 0
    func next() -> Double {
      position += 1
      return generator.uniform(at: position)
    }
    var a: [Int] = []
    var b: [Int] = []
    var x: [Double] = []
    var y: [Double] = []
    var labels: [Int32] = []
    var scores = Array(repeating: [Double](), count: arms)
    for _ in 0..<rows {
      a.append(Int(next() * 5))
      b.append(Int(next() * 3))
      x.append((next() * 100).rounded())
      y.append(next())
      labels.append(next() < 0.4 ? 1 : 0)
      for arm in 0..<arms {
        let chance =
          arm == arms - 1 ? wrong(a.last ?? 0, b.last ?? 0, x.last ?? 0, y.last ?? 0) : 0.2
        let isWrong = next() < chance
        // Right scores lie in 0.6…0.95 of the truth, wrong ones in 0.05…0.4.
        let ofTruth = isWrong ? 0.05 + 0.35 * next() : 0.6 + 0.35 * next()
        scores[arm].append(labels.last == 1 ? ofTruth : 1 - ofTruth)
      }
    }
    let table = ScoredTable(
      task: .binary, labels: labels,
      arms: scores.enumerated().map {
        ScoredArm(name: "arm\($0)", seeds: [.init(seed: nil, scores: $1)])
      },
      segments: [
        GroupColumn(name: "a", values: a.map { "a\($0)" }),
        GroupColumn(name: "b", values: b.map { "b\($0)" }),
      ],
      client: clients > 0
        ? GroupColumn(
          name: "client", values: (0..<rows).map { _ in "c\(Int(next() * Double(clients)))" })
        : nil)
    return World(
      table: table,
      columns: table.segments.map { WeakSegmentColumn($0) } + [
        WeakSegmentColumn(name: "x", numbers: x), WeakSegmentColumn(name: "y", numbers: y),
      ])
  }

  static func report(_ world: World, _ change: (inout WeakSegmentOptions) -> Void = { _ in })
    -> WeakSegmentReport
  {
    var options = WeakSegmentOptions()
    change(&options)
    return WeakSegmentSearch(
      world.table, columns: world.columns, identifiers: nil, evaluation: EvaluationOptions(),
      options: options
    ).report()
  }

  @Test("without a weak segment, at most 5 % of searches confirm one", arguments: [1, 2])
  func level(arms: Int) {
    var confirmed = 0
    for key in UInt64(1)...200 {
      let report = Self.report(Self.world(rows: 500, key: key, arms: arms))
      if report.segments.contains(where: \.isConfirmed) { confirmed += 1 }
    }
    // Binomial(200, 0.05) is above 19 with probability 0.003.
    #expect(confirmed <= 19, "\(confirmed) of 200")
  }

  @Test("a planted group, crossing or range of numbers is found and confirmed")
  func planted() throws {
    let group = Self.report(Self.world(rows: 4000, key: 3) { a, _, _, _ in a == 2 ? 0.5 : 0.2 })
    let first = try #require(group.segments.first)
    #expect(first.words == "a a2")
    #expect(first.isConfirmed && first.arm == "arm1" && first.reference == "arm0")
    #expect((first.confirmation.againstReference?.value ?? 0) > 0.1)

    let crossing = Self.report(
      Self.world(rows: 6000, key: 4) { a, b, _, _ in a == 1 && b == 0 ? 0.6 : 0.2 })
    #expect(crossing.segments.first?.words == "a a1 and b b0")
    #expect(crossing.segments.first?.isConfirmed == true)

    let range = Self.report(Self.world(rows: 6000, key: 5) { _, _, x, _ in x >= 75 ? 0.45 : 0.2 })
    let found = try #require(range.segments.first)
    #expect(found.conditions.map(\.column) == ["x"])
    let from = try #require(found.conditions[0].from)
    #expect(abs(from - 75) <= 13, "\(found.words)")
    #expect(found.isConfirmed)

    let single = Self.report(
      Self.world(rows: 4000, key: 6, arms: 1) { a, _, _, _ in a == 2 ? 0.5 : 0.2 })
    #expect(single.segments.first?.words == "a a2")
    #expect(single.segments.first?.isConfirmed == true)
    #expect(single.segments.first?.reference == nil)
  }

  @Test("segments within one that was found are not listed again")
  func nested() {
    let report = Self.report(Self.world(rows: 8000, key: 7) { a, _, _, _ in a == 2 ? 0.6 : 0.2 }) {
      $0.metrics = ["accuracy"]
    }
    #expect(report.segments.count { $0.words.hasPrefix("a a2") } == 1)
    #expect(report.metrics == ["accuracy"])
  }

  @Test("an arm that is worse everywhere alike has no weak segment")
  func worseEverywhere() {
    var confirmed = 0
    for key in UInt64(1)...40 {
      let report = Self.report(Self.world(rows: 1000, key: key) { _, _, _, _ in 0.3 })
      if report.segments.contains(where: \.isConfirmed) { confirmed += 1 }
    }
    // Binomial(40, 0.05) is above 6 with probability 0.003.
    #expect(confirmed <= 6, "\(confirmed) of 40")
  }

  @Test("halves hold whole clients where clients are the sampled units")
  func clients() {
    let world = Self.world(rows: 3000, key: 8, clients: 60) { a, _, _, _ in a == 0 ? 0.5 : 0.2 }
    let report = Self.report(world)
    #expect(report.splitsClients)
    #expect(report.searchRows + report.confirmationRows == 3000)
    #expect(report.segments.first?.words == "a a0")
    #expect(report.segments.first?.isConfirmed == true)
    #expect(report.segments.first?.confirmation.againstRest.interval?.method == .clustered)
  }

  @Test("the same bits on one thread and on eight, and other halves with another seed")
  func threads() {
    let world = Self.world(rows: 2000, key: 9) { a, _, _, _ in a == 0 ? 0.4 : 0.2 }
    let one = Self.report(world)
    #expect(Self.report(world) { $0.threads = 8 } == one)
    #expect(Self.report(world) { $0.seed = 1 }.searchRows != one.searchRows)
  }

  @Test("hidden groups are in no segment, and columns that cannot be searched are named")
  func limits() {
    var world = Self.world(rows: 1000, key: 10) { a, _, _, _ in a == 4 ? 0.9 : 0.2 }
    var plan = SuppressionPlan()
    var hidden = SuppressionPlan.Cell()
    hidden.all = "suppressed: fewer than 20 rows"
    plan.columns["a"] = Array(repeating: SuppressionPlan.Cell(), count: 4) + [hidden]
    world.columns[0] = WeakSegmentColumn(world.table.segments[0], hidden: plan)
    world.columns.append(
      WeakSegmentColumn(GroupColumn(name: "id", values: (0..<1000).map { "\($0)-\($0 / 2)" })))
    world.columns.append(
      WeakSegmentColumn(GroupColumn(name: "many", values: (0..<1000).map { "\($0)" })))
    world.columns.append(
      WeakSegmentColumn(GroupColumn(name: "one", values: Array(repeating: "x", count: 1000))))
    let report = Self.report(world)
    #expect(!report.segments.contains { $0.words.contains("a4") })
    #expect(report.leftOut == [.init(column: "one", reason: "one value only")])
    #expect(report.searched > 100)
  }

  @Test("nothing found, no rows and no columns are results")
  func nothing() {
    let none = Self.report(
      World(table: ScoredTable(task: .binary, labels: [], arms: []), columns: []))
    #expect(none.segments.isEmpty && none.searched == 0)
    var world = Self.world(rows: 30, key: 11)
    world.columns = []
    #expect(Self.report(world).segments.isEmpty)
  }

  @Test("a segment from which a small group could be computed is not shown")
  func complement() {
    // a0 and y ≥ cut is all of a0 but some rows: with the rows of a0 these could be counted.
    let world = Self.world(rows: 3000, key: 12) { a, _, _, _ in a == 0 ? 0.6 : 0.2 }
    let search = WeakSegmentSearch(
      world.table, columns: world.columns, identifiers: nil, evaluation: EvaluationOptions(),
      options: WeakSegmentOptions())
    let whole = WeakSegmentSearch.Candidate(
      parts: [.init(column: 0, run: 0...0)], strength: 9)
    #expect(search.mayBeShown(whole, beside: [whole]))
    // Two of three groups of b are shown with the first; the third has the rest: about 100 a half.
    let crossing = WeakSegmentSearch.Candidate(
      parts: [.init(column: 0, run: 0...0), .init(column: 1, run: 0...0)], strength: 9)
    #expect(search.mayBeShown(crossing, beside: [whole, crossing]))
    let nearly = WeakSegmentSearch.Candidate(
      parts: [.init(column: 0, run: 0...0), .init(column: 2, run: 0...6)], strength: 9)
    var strict = WeakSegmentOptions()
    strict.minimumCount = 120
    let other = WeakSegmentSearch(
      world.table, columns: world.columns, identifiers: nil, evaluation: EvaluationOptions(),
      options: strict)
    // Above the last cut of x lie about 37 rows of a0 in a half, fewer than 120.
    #expect(!other.mayBeShown(nearly, beside: [whole, nearly]))
  }

  @Test("exact tails agree with scipy 1.17.1")
  func tails() {
    // scipy.stats.binom.sf(7, 10, 0.5) = 0.0546875; 8 of 10 discordant rows lost.
    let here = LossSums(count: 40, sum: 6, squares: 10)
    #expect(abs(WeakSegmentSearch.binomialTail(here) - 0.0546875) < 1e-13)
    // scipy.stats.hypergeom.sf(4, 120, 12, 30) = 0.14613134427160415: 5 wrong of 30 in the segment, 12 of 120 in all.
    let segment = LossSums(count: 30, sum: 5, squares: 5)
    let rest = LossSums(count: 90, sum: 7, squares: 7)
    let found = WeakSegmentSearch.fisherTail(segment, rest)
    #expect(abs(found - 0.14613134427160415) < 1e-12)
  }
}
