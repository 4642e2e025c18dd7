import AssayRuns
import Testing

@testable import AssayPrivacy

@Suite("searches for noise, rounds and cohorts")
struct SearchTests {
  private static func search(
    _ noise: Double = 1, _ rate: Double = 1, _ steps: Int = 1,
    sampling: PrivacyEvent.Sampling? = nil, accountant: Accountant = .best
  ) -> PrivacySearch {
    PrivacySearch(
      event: PrivacyEvent(
        noiseMultiplier: noise, samplingRate: rate, sampling: sampling, steps: steps),
      delta: 1e-5, accountant: accountant)
  }

  /// Expected value: `μ = √T/σ`, so T is the largest whole number with `ε(√T/σ) ≤ 3`.
  @Test("without sampling the most rounds are those of the closed form")
  func steps() throws {
    let found = try Self.search(20).mostSteps(targetEpsilon: 3)
    func epsilon(_ steps: Int) -> Double {
      GaussianTradeOff(mu: Double(steps).squareRoot() / 20).epsilon(atDelta: 1e-5).upper
    }
    #expect(epsilon(found.event.steps) <= 3 && epsilon(found.event.steps + 1) > 3)
    #expect(!found.isAtLimit)
  }

  @Test(
    "the value found is certified and one step further is not",
    arguments: [SearchedQuantity.steps, .rate, .cohort(population: 5_000), .noiseMultiplier])
  func outermost(_ quantity: SearchedQuantity) throws {
    let search = Self.search(1.1, 0.05, 200, accountant: .rdp)
    let found = try search.outermost(quantity, 2)
    #expect(found.guarantee.epsilon <= 2 && found.guarantee.accountant == "rdp")
    #expect(
      try guarantee(history: [found.event], delta: 1e-5, accountant: .rdp) == found.guarantee)
    let units: Int
    var further = found.event
    switch quantity {
    case .steps: units = found.event.steps + 1
    case .rate: units = Int((found.event.samplingRate * 1e12).rounded()) + 1
    case .cohort: units = Int((found.event.samplingRate * 5_000).rounded()) + 1
    case .noiseMultiplier: units = Int((found.event.noiseMultiplier * 1e6).rounded()) - 1
    }
    quantity.set(units, in: &further)
    #expect(try guarantee(history: [further], delta: 1e-5, accountant: .rdp).epsilon > 2)
  }

  @Test("the tightest accountant allows more rounds and a larger cohort than RDP")
  func best() throws {
    for quantity in [SearchedQuantity.steps, .cohort(population: 10_000)] {
      let rdp = try Self.search(2, 0.1, 30, accountant: .rdp).outermost(quantity, 1)
      let best = try Self.search(2, 0.1, 30).outermost(quantity, 1)
      #expect(best.guarantee.epsilon <= 1 && best.guarantee.epsilon > 0.97)
      #expect(best.event.steps * 10_000 >= rdp.event.steps * 10_000)
      #expect(best.event.samplingRate >= rdp.event.samplingRate)
      #expect(best.event != rdp.event)
    }
  }

  @Test("searching back and forth agrees: the rounds for a noise need that noise")
  func inverse() throws {
    let rounds = try Self.search(4, 0.2, 1, accountant: .rdp).mostSteps(targetEpsilon: 1.5)
    let noise = try Self.search(1, 0.2, rounds.event.steps, accountant: .rdp)
      .leastNoise(targetEpsilon: 1.5)
    // One round more would need more than a noise of 4.
    #expect(noise.event.noiseMultiplier <= 4)
    let more = try Self.search(1, 0.2, rounds.event.steps + 1, accountant: .rdp)
      .leastNoise(targetEpsilon: 1.5)
    #expect(more.event.noiseMultiplier > 4)
  }

  @Test("a target that nothing misses ends at the limit, one that everything misses at 0")
  func ends() throws {
    let many = try Self.search(1e6, 1e-6).mostSteps(targetEpsilon: 1)
    #expect(many.isAtLimit && many.event.steps == 1_000_000_000_000_000)
    #expect(many.guarantee.epsilon > 0 && many.guarantee.epsilon <= 1)
    let none = try Self.search(0.1).mostSteps(targetEpsilon: 1)
    #expect(none.event.steps == 0 && none.guarantee.epsilon == 0 && !none.isAtLimit)
    let all = try Self.search(1e3, 0.5, 10).largestRate(targetEpsilon: 1)
    #expect(all.isAtLimit && all.event.samplingRate == 1)
    let nobody = try Self.search(0.2, 0.5, 1_000).largestCohort(targetEpsilon: 0.1, population: 50)
    #expect(nobody.event.samplingRate == 0 && nobody.guarantee.epsilon == 0)
    let loud = try Self.search(0, 0.5).mostSteps(targetEpsilon: 1)
    #expect(loud.event.steps == 0)
    let idle = try Self.search(1, 0, 5).mostSteps(targetEpsilon: 1)
    #expect(idle.isAtLimit && idle.guarantee.epsilon == 0)
  }

  @Test("what cannot be searched is refused, naming the parameter")
  func refused() throws {
    for target in [0, -1, Double.nan, .infinity] {
      #expect(throws: PrivacyError.targetOutOfRange(found: "\(target)")) {
        try Self.search().mostSteps(targetEpsilon: target)
      }
    }
    func name(_ body: () throws -> SearchResult) -> String? {
      do {
        _ = try body()
        return nil
      } catch {
        guard case .parameterOutOfRange(let name, _, _)? = error as? PrivacyError else {
          return "?"
        }
        return name
      }
    }
    #expect(
      name { try Self.search(sampling: PrivacyEvent.Sampling.none).largestRate(targetEpsilon: 1) }
        == "sampling")
    #expect(
      name { try Self.search(1, 0.1).largestCohort(targetEpsilon: 1, population: 0) }
        == "population")
    #expect(throws: PrivacyError.deltaOutOfRange(found: "1.0")) {
      var search = Self.search()
      search.delta = 1
      return try search.leastNoise(targetEpsilon: 1)
    }
    #expect(throws: PrivacyError.samplingRateOutOfRange(event: 1, found: "nan")) {
      try Self.search(1, .nan).mostSteps(targetEpsilon: 1)
    }
    #expect(throws: PrivacyError.noiseMultiplierOutOfRange(event: 1, found: "-1.0")) {
      try Self.search(-1, 0.1).mostSteps(targetEpsilon: 1)
    }
  }

  /// A level that is no power of the number, and not even continuous: bisection must take over.
  @Test("a staircase is searched to the last step, in a bounded number of looks")
  func staircase() throws {
    for edge in [1, 2, 17, 4_095, 4_096, 999_999_999_999] {
      var looks = 0
      var search = MonotoneSearch(
        target: 1, passing: 0, failing: 1_000_000_000_001, exponent: 1)
      try search.narrow(from: 500, resolution: 0) { (units) throws(PrivacyError) in
        looks += 1
        return units < edge ? 0.5 : units > 2 * edge ? .infinity : 2
      }
      #expect(search.passing == edge - 1 && search.failing == edge)
      #expect(looks < 200)
    }
  }

  @Test("a falling level is searched from the other side")
  func falling() throws {
    var search = MonotoneSearch(target: 0.01, passing: 1 << 40, failing: 0, exponent: -1)
    try search.narrow(from: 3, resolution: 0) { (units) throws(PrivacyError) in
      12_345.67 / Double(units)
    }
    // 12345.67 / 0.01, and the level is compared rounded up to 6 decimals.
    #expect(search.passing == 1_234_567 && search.failing == 1_234_566)
  }
}

@Suite("privacy frontier")
struct PrivacyFrontierTests {
  private func frontier(_ cohorts: [Int], _ rounds: [Int]) throws -> PrivacyFrontier {
    try PrivacyFrontier(
      targetEpsilon: 2,
      search: PrivacySearch(
        event: PrivacyEvent(samplingRate: 0.5), delta: 1e-6, accountant: .rdp),
      population: 1_000, clip: 0.5, cohorts: cohorts, rounds: rounds)
  }

  @Test("noise per coordinate is z·clip/(q·N), and every point is certified")
  func points() throws {
    let found = try frontier([100, 10, 100], [20, 5])
    #expect(found.points.map(\.cohort) == [10, 10, 100, 100])
    #expect(found.points.map(\.rounds) == [5, 20, 5, 20])
    for point in found.points {
      let noise = try point.noise.get()
      let expected = try noisePerCoordinate(
        noiseMultiplier: noise.multiplier, clip: 0.5, samplingRate: point.samplingRate,
        population: 1_000)
      // 4 ulp: two products and a quotient in another order.
      #expect(abs(noise.perCoordinate - expected) <= 4 * expected.ulp)
      #expect(noise.guarantee.epsilon <= 2)
      let alone = try noiseMultiplier(
        targetEpsilon: 2, delta: 1e-6, samplingRate: point.samplingRate, steps: point.rounds,
        accountant: .rdp)
      #expect(alone.noiseMultiplier == noise.multiplier)
    }
  }

  /// Worked by hand: more rounds need more noise, so of one cohort the fewest rounds are optimal; of fewer
  /// clients the mean is noisier, so every cohort keeps one point.
  @Test("of each cohort the fewest rounds are Pareto-optimal here")
  func optimal() throws {
    let found = try frontier([10, 100], [5, 20])
    #expect(found.points.map(\.isOptimal) == [true, false, true, false])
  }

  @Test("where everyone takes part the closed form is used, and points without an answer say why")
  func edges() throws {
    let whole = try PrivacyFrontier(
      targetEpsilon: 2, search: PrivacySearch(event: PrivacyEvent(), delta: 1e-6),
      population: 50, clip: 1, cohorts: [50], rounds: [3])
    #expect(try whole.points.first?.noise.get().guarantee.accountant == "exact")
    let hopeless = try PrivacyFrontier(
      targetEpsilon: 1e-6, search: PrivacySearch(event: PrivacyEvent(), delta: 1e-20),
      population: 50, clip: 1, cohorts: [50], rounds: [1_000_000_000_000_000])
    let point = try #require(hopeless.points.first)
    #expect(!point.isOptimal)
    #expect(throws: PrivacyError.self) { try point.noise.get() }
  }

  @Test("a grid that is empty, too large or out of range is refused by name")
  func refused() throws {
    func name(_ cohorts: [Int], _ rounds: [Int], _ clip: Double = 1) -> String? {
      do {
        _ = try PrivacyFrontier(
          targetEpsilon: 2, search: PrivacySearch(event: PrivacyEvent(), delta: 1e-6),
          population: 10, clip: clip, cohorts: cohorts, rounds: rounds)
        return nil
      } catch {
        guard case .parameterOutOfRange(let name, _, _) = error else { return "?" }
        return name
      }
    }
    #expect(name([11], [1]) == "cohort")
    #expect(name([0], [1]) == "cohort")
    #expect(name([1], [0]) == "rounds")
    #expect(name([], [1]) == "frontier")
    #expect(name(Array(1...10), Array(1...41)) == "frontier")
    #expect(name([1], [1], .nan) == "clip")
  }
}
