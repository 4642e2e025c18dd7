import AssayRuns
import AssayStatistics
import Testing

@testable import AssayPrivacy

/// Expected ε of unsampled Gaussian releases: `N(0,1)` against `N(√T·s/σ, 1)`, scipy 1.17.1 (`norm.cdf`,
/// `brentq`), for T releases, noise σ and a move of s.
@Suite("assumptions of a guarantee") struct AssumptionCheckTests {
  /// Twelve releases of 20 clients with noise 4, ingested: nothing is known but the record.
  static func record(
    rate: Double = 1, unit: PrivacyUnit = .client, delta: Double? = 1e-3, population: Int? = 20,
    relation: NeighbouringRelation = .addOrRemoveOne, clip: Double? = 1,
    noise: NoiseSource = .unknown
  ) -> PrivacyRecord {
    PrivacyRecord(
      history: [PrivacyEvent(noiseMultiplier: 4, samplingRate: rate, steps: 12)], delta: delta,
      clip: clip, unit: unit, neighbouring: relation, population: population, noiseSource: noise)
  }

  private func check(
    _ assumption: PrivacyAssumption, _ record: PrivacyRecord = record(),
    _ change: (inout PrivacyObservations) -> Void = { _ in }
  ) throws -> AssumptionCheck {
    var observed = PrivacyObservations()
    change(&observed)
    let claim = record.claimedEpsilon.flatMap { compareClaim($0, record) }
    let judge = AssumptionJudge(
      record: record, histories: record.history.isEmpty ? [] : [record.history], observed: observed,
      claim: claim)
    let found = judge.check(assumption)
    #expect(found.assumption == assumption && found.reason.hasSuffix("."), "\(found)")
    return found
  }

  private func isNear(_ remaining: RemainingPrivacy, _ expected: Double) -> Bool {
    guard let epsilon = remaining.epsilon else { return false }
    // Rounded up to 6 decimals.
    return epsilon >= expected - 1e-9 && epsilon < expected + 2e-6
  }

  @Test("of nothing recorded nothing that needs a record holds")
  func nothing() throws {
    let empty = PrivacyRecord(history: [])
    let all = assumptionChecks(
      empty, histories: [], observed: PrivacyObservations(), claim: nil)
    #expect(all.count == PrivacyAssumption.allCases.count)
    let holding = all.filter { $0.verdict == .holds }.map(\.assumption)
    // Without releases no amplification is counted, and nothing is claimed.
    #expect(holding == [.sampling, .samplingRate, .participation, .claim])
    #expect(all.allSatisfy { $0.remaining.epsilon == nil })
  }

  // MARK: - Sampling

  @Test("Poisson sampling: refuted by a constant size, not proven by others")
  func sampling() throws {
    let sampled = Self.record(rate: 0.5)
    let fixed = try check(.sampling, sampled) { $0.sampleSizes = Array(repeating: 10, count: 12) }
    #expect(fixed.verdict == .fails)
    #expect(fixed.reason.contains("10 each time") && fixed.reason.contains("1.5e-9 (exact"))
    // Add-or-remove-one, a fixed size: T = 12, σ = 4, s = 2.
    #expect(isNear(fixed.remaining, 6.283928368240364))
    guard case .guarantee(_, let condition) = fixed.remaining else { return }
    let replaced = try guarantee(
      history: [
        PrivacyEvent(noiseMultiplier: 4, samplingRate: 0.5, sampling: .fixed, steps: 12)
      ], delta: 1e-3, neighbouring: .replaceOne)
    #expect(condition.contains("under replace-one"))
    #expect(condition.contains(words(replaced.epsilon)))

    let varied = [7, 12, 10, 9, 13, 8, 11, 10, 14, 6, 10, 12]
    let ingested = try check(.sampling, sampled) { $0.sampleSizes = varied }
    #expect(ingested.verdict == .unknown && ingested.reason.contains("no proof"))
    #expect(isNear(ingested.remaining, 2.629203610559249))
    let engine = try check(.sampling, sampled) {
      $0.isEngine = true
      $0.sampleSizes = varied
    }
    #expect(engine.verdict == .holds)
    // The engine's own word does not stand against its own log.
    let broken = try check(.sampling, sampled) {
      $0.isEngine = true
      $0.sampleSizes = Array(repeating: 10, count: 12)
    }
    #expect(broken.verdict == .fails)
    #expect(try check(.sampling, sampled).verdict == .unknown)
    #expect(try check(.sampling, sampled) { $0.sampleSizes = [10, 10] }.verdict == .unknown)
    #expect(try check(.sampling, sampled) { $0.statesPoisson = false }.verdict == .fails)
  }

  @Test("where no amplification is counted, sampling holds, and a fixed size leaves twice the move")
  func unsampled() throws {
    let whole = try check(.sampling)
    #expect(whole.verdict == .holds && isNear(whole.remaining, 2.629203610559249))
    let some = try check(.sampling) { $0.sampleSizes = Array(repeating: 10, count: 12) }
    #expect(some.verdict == .holds && isNear(some.remaining, 6.283928368240364))
    let zero = try check(.sampling, Self.record(relation: .zeroOut)) {
      $0.sampleSizes = Array(repeating: 10, count: 12)
    }
    #expect(isNear(zero.remaining, 2.629203610559249))
    let shuffled = try check(.sampling) {
      $0.accountedRate = 0.02
      $0.statesPoisson = false
    }
    #expect(
      shuffled.verdict == .fails && shuffled.reason.contains("counts Poisson samples at rate 0.02"))
  }

  @Test("fixed-size accounting wants one size")
  func fixedSize() throws {
    var record = Self.record(rate: 0.5, relation: .replaceOne)
    record.history[0].sampling = .fixed
    #expect(
      try check(.sampling, record) { $0.sampleSizes = Array(repeating: 10, count: 12) }.verdict
        == .unknown)
    #expect(try check(.sampling, record) { $0.sampleSizes = [9, 11, 10] }.verdict == .fails)
  }

  @Test("the rate is the sample over the population")
  func samplingRate() throws {
    let sampled = Self.record(rate: 0.25)
    let more = try check(.samplingRate, sampled) {
      $0.sampleSizes = Array(repeating: 10, count: 12)
    }
    #expect(more.verdict == .fails && more.reason.contains("10 of 20"))
    let half = try guarantee(
      history: [PrivacyEvent(noiseMultiplier: 4, samplingRate: 0.5, steps: 12)], delta: 1e-3)
    #expect(more.remaining.epsilon == half.epsilon)
    #expect(
      try check(.samplingRate, sampled) { $0.sampleSizes = [4, 6, 5, 7, 3, 5] }.verdict == .holds)
    #expect(try check(.samplingRate, sampled).verdict == .unknown)
    #expect(try check(.samplingRate).verdict == .holds)
    // Opacus: batches of 64 of 2948 rows are 47 an epoch, so the rate is 1/47 and a batch has 62.7 rows.
    let opacus = Self.record(rate: 1.0 / 47, unit: .example, population: 2948)
    for size in [64.0, 62] {
      #expect(try check(.samplingRate, opacus) { $0.plannedSample = size }.verdict == .holds)
    }
    let wrong = try check(
      .samplingRate, Self.record(rate: 7e-6, unit: .example, population: 2948)
    ) { $0.plannedSample = 64 }
    #expect(wrong.verdict == .fails)
    // Sampling more rarely than is accounted is safe.
    #expect(
      try check(.samplingRate, Self.record(rate: 0.5)) { $0.plannedSample = 2 }.verdict == .holds)
  }

  @Test("participation is never proven hidden")
  func participation() throws {
    let sampled = Self.record(rate: 0.5)
    let seen = try check(.participation, sampled)
    #expect(seen.verdict == .fails && isNear(seen.remaining, 2.629203610559249))
    let hidden = try check(.participation, sampled) { $0.isParticipationHidden = true }
    #expect(hidden.verdict == .unknown && isNear(hidden.remaining, 2.629203610559249))
    #expect(try check(.participation).verdict == .holds)
  }

  // MARK: - Contributions

  @Test("a norm above the clip refutes clipping, and the largest one tells what is left")
  func clipping() throws {
    func norms(_ norm: Double, _ recorded: Int) throws -> AssumptionCheck {
      try check(.clipping) {
        $0.largestNorm = norm
        $0.normsRecorded = recorded
        $0.normsExpected = 12
      }
    }
    let above = try norms(2.5, 12)
    #expect(above.verdict == .fails && above.reason.contains("2.5"))
    // s = 2.5
    #expect(isNear(above.remaining, 8.418376394119198))
    #expect(try norms(2.5, 11).remaining.epsilon == .infinity)
    #expect(try norms(1, 12).verdict == .holds)
    #expect(try norms(1.000001, 12).verdict == .holds)
    #expect(try norms(1, 12).remaining.epsilon == .infinity)
    #expect(try norms(1, 3).verdict == .unknown)
    let share = try check(.clipping) { $0.clippedFraction = 0.4 }
    #expect(share.verdict == .unknown && share.reason.contains("0.4"))
    #expect(try check(.clipping).verdict == .unknown)
    #expect(try check(.clipping) { $0.isClippedByClients = true }.verdict == .unknown)
    #expect(try check(.clipping) { $0.isEngine = true }.verdict == .holds)
    let engine = try check(.clipping) {
      $0.isEngine = true
      $0.largestNorm = 1.1
    }
    #expect(engine.verdict == .fails)
  }

  @Test("a cohort below the one that noise was planned for")
  func cohort() throws {
    func cohorts(_ sizes: [Int], planned: Double? = 10) throws -> AssumptionCheck {
      try check(.cohort) {
        $0.completedCohorts = sizes
        $0.plannedCohort = planned
      }
    }
    let fewer = try cohorts([10, 8, 10, 9])
    #expect(
      fewer.verdict == .fails && fewer.reason.contains("2 of 4 releases had fewer, 8 at least"))
    // s = 10/8
    #expect(isNear(fewer.remaining, 3.4630753607099076))
    #expect(try cohorts([10, 11, 10]).verdict == .holds)
    #expect(try cohorts([]).verdict == .unknown)
    #expect(try cohorts([10], planned: nil).verdict == .unknown)
    let rows = try check(.cohort, Self.record(unit: .example))
    #expect(rows.verdict == .unknown)
    let engine = try check(.cohort) {
      $0.isEngine = true
      $0.completedCohorts = [8, 12, 0]
      $0.plannedCohort = 10
    }
    #expect(engine.verdict == .holds && isNear(engine.remaining, 3.4630753607099076))
  }

  @Test("unequal weights multiply the move")
  func weights() throws {
    let heavy = try check(.weights) { $0.weightRatio = 3 }
    #expect(heavy.verdict == .fails && isNear(heavy.remaining, 10.7499777258222))
    #expect(try check(.weights) { $0.weightRatio = 1 }.verdict == .holds)
    #expect(try check(.weights).verdict == .unknown)
    #expect(try check(.weights).remaining.epsilon == nil)
    #expect(try check(.weights) { $0.isEngine = true }.verdict == .holds)
  }

  @Test("a person with several rows is a group")
  func unit() throws {
    let rows = Self.record(unit: .example)
    let five = try check(.unit, rows) { $0.rowsPerPerson = 5 }
    #expect(five.verdict == .fails && isNear(five.remaining, 22.005257140896536))
    #expect(try check(.unit, rows) { $0.rowsPerPerson = 1 }.verdict == .holds)
    #expect(try check(.unit, rows).verdict == .unknown)
    #expect(try check(.unit, Self.record(unit: .silo)).verdict == .holds)
    #expect(try check(.unit, Self.record(unit: .user)).verdict == .unknown)
    for (what, verdict) in [
      ("silo", AssumptionCheck.Verdict.holds), ("person", .holds), ("device", .unknown),
      (nil, .unknown),
    ] as [(String?, AssumptionCheck.Verdict)] {
      #expect(try check(.unit) { $0.clientIs = what }.verdict == verdict)
    }
  }

  @Test("δ against the number of units")
  func delta() throws {
    let large = try check(.delta, Self.record(delta: 0.05))
    #expect(large.verdict == .fails && isNear(large.remaining, 3.708634930511884))
    let above = try check(.delta)
    #expect(above.verdict == .holds && above.reason.contains("above the usual 1e-5"))
    #expect(isNear(above.remaining, 3.708634930511884))
    #expect(try check(.delta, Self.record(delta: 1e-6)).reason.contains("at most the usual"))
    #expect(try check(.delta, Self.record(population: nil)).verdict == .unknown)
    #expect(try check(.delta, Self.record(delta: nil)).verdict == .unknown)
  }

  // MARK: - Releases

  @Test("more rounds than counted releases")
  func releases() throws {
    let more = try check(.releases) {
      $0.releasesSeen = [.init(11, "steps"), .init(15, "rounds that changed the model")]
    }
    #expect(more.verdict == .fails && more.reason.contains("15 rounds that changed the model"))
    #expect(isNear(more.remaining, 3.015983312735132))
    #expect(try check(.releases) { $0.releasesSeen = [.init(12, "rounds")] }.verdict == .holds)
    #expect(try check(.releases).verdict == .unknown)
    #expect(try check(.releases) { $0.isEngine = true }.verdict == .holds)
  }

  @Test("outputs, randomness, preprocessing and early stopping")
  func others() throws {
    #expect(try check(.outputs).verdict == .unknown)
    let metrics = try check(.outputs) { $0.unnoisedOutputs = ["metrics by round"] }
    #expect(metrics.verdict == .fails && metrics.reason.contains("metrics by round"))
    for (source, verdict) in [
      (NoiseSource.system, AssumptionCheck.Verdict.holds), (.seeded, .fails), (.unknown, .unknown),
    ] {
      let found = try check(.randomness, Self.record(noise: source))
      #expect(found.verdict == verdict && found.remaining.epsilon == .infinity)
    }
    for (declared, verdict) in [
      (true, AssumptionCheck.Verdict.holds), (false, .fails), (nil, .unknown),
    ] as [(Bool?, AssumptionCheck.Verdict)] {
      let found = try check(.preprocessing) { $0.isPreprocessingDeclared = declared }
      #expect(found.verdict == verdict && found.remaining.epsilon == nil)
    }
    #expect(try check(.earlyStopping) { $0.stopsEarly = true }.verdict == .fails)
    #expect(try check(.earlyStopping) { $0.stopsEarly = false }.verdict == .holds)
    #expect(try check(.earlyStopping).verdict == .unknown)
    func rounds(_ planned: Int, _ recorded: Int) throws -> AssumptionCheck.Verdict {
      try check(.earlyStopping) {
        $0.plannedRounds = planned
        $0.recordedRounds = recorded
      }.verdict
    }
    #expect(try rounds(12, 12) == .holds)
    #expect(try rounds(12, 9) == .unknown)
  }

  @Test("other runs over the same data")
  func tuning() throws {
    let three = composed([Self.record(), Self.record(), Self.record()]) { _ in true }
    #expect(isNear(three, 5.222710119055181))
    let together = try check(.tuning) { $0.runsTogether = .init(count: 3, remaining: three) }
    #expect(together.verdict == .fails && together.remaining == three)
    let stated = try check(.tuning) { $0.statedTuningRuns = 3 }
    #expect(stated.verdict == .fails && isNear(stated.remaining, 5.222710119055181))
    #expect(try check(.tuning) { $0.statedTuningRuns = 1 }.verdict == .holds)
    #expect(try check(.tuning).verdict == .unknown)
    let mixed = composed([Self.record(), Self.record(unit: .example)]) { _ in true }
    #expect(mixed.epsilon == nil)
    #expect(composed([Self.record(delta: nil)]) { _ in true }.epsilon == nil)
  }

  @Test("a claim")
  func claim() throws {
    var record = Self.record()
    #expect(try check(.claim, record).verdict == .holds)
    record.claimedEpsilon = 1
    let low = try check(.claim, record)
    #expect(low.verdict == .fails && isNear(low.remaining, 2.629203610559249))
    record.claimedEpsilon = 2.63
    #expect(try check(.claim, record).verdict == .holds)
    record.delta = nil
    #expect(try check(.claim, record).verdict == .unknown)
  }

  // MARK: - Groups

  /// δ of the pair `Σ C(3,j) q^j (1−q)^(3−j) N(j, σ²)` against `N(0, σ²)`, by the trapezoidal rule: what three
  /// rows of one person really give in one release with Poisson sampling.
  @Test(
    "a sampled group is bounded by one unit with its rate and its move",
    arguments: [0.0, 0.3, 1, 2])
  func group(_ epsilon: Double) throws {
    let (rate, noise, size) = (0.1, 2.0, 3)
    let event = PrivacyEvent(noiseMultiplier: noise, samplingRate: rate, steps: 1)
    let group = try #require(event.seen(byGroupOf: size))
    #expect(group.noiseMultiplier == noise / 3)
    #expect(abs(group.samplingRate - (1 - 0.9 * 0.9 * 0.9)) < 1e-15)
    let weights = [0.729, 0.243, 0.027, 0.001]
    func density(_ x: Double, _ center: Double) -> Double {
      let z = (x - center) / noise
      return PortableMath.exp(-z * z / 2) / (noise * 2.5066282746310002)
    }
    var delta = (first: 0.0, second: 0.0)
    let step = 1e-3
    for index in 0...60_000 {
      let x = -30 + step * Double(index)
      let mixture = (0...3).reduce(0.0) { $0 + weights[$1] * density(x, Double($1)) }
      let plain = density(x, 0)
      delta.first += max(0, mixture - PortableMath.exp(epsilon) * plain) * step
      delta.second += max(0, plain - PortableMath.exp(epsilon) * mixture) * step
    }
    let worst = max(delta.first, delta.second)
    guard worst > 1e-12 else { return }
    let bound = try guarantee(history: [group], delta: worst).epsilon
    #expect(bound >= epsilon - 1e-6)
  }

  @Test("groups of mechanisms without a bound are not computable")
  func groupless() {
    #expect(PrivacyEvent(mechanism: .randomizedResponse).seen(byGroupOf: 2) == nil)
    #expect(PrivacyEvent(mechanism: .opaque).seen(byGroupOf: 2) == nil)
    #expect(PrivacyEvent(mechanism: .opaque).withSensitivity(times: 2) == nil)
    #expect(PrivacyEvent(noiseMultiplier: 3).seen(byGroupOf: 3)?.noiseMultiplier == 1)
  }

  @Test(
    "numbers in sentences",
    arguments: [
      (12, "12"), (0.5, "0.5"), (1.484017791782958e-09, "1.5e-9"), (1e-5, "1e-5"), (0, "0"),
      (13.179348512208275, "13.1793"), (.infinity, "infinite"), (1.0 / 47, "0.021277"),
      (9.97e-7, "1e-6"),
    ] as [(Double, String)])
  func numbers(value: Double, text: String) {
    #expect(words(value) == text)
  }
}
