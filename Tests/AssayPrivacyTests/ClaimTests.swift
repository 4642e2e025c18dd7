import AssayRuns
import Testing

@testable import AssayPrivacy

@Suite("stated ε") struct ClaimTests {
  private func record(
    _ noise: Double, _ rate: Double, _ steps: Int, delta: Double? = 1e-5,
    relation: NeighbouringRelation? = .addOrRemoveOne
  ) -> PrivacyRecord {
    PrivacyRecord(
      history: [PrivacyEvent(noiseMultiplier: noise, samplingRate: rate, steps: steps)],
      delta: delta,
      unit: .example, neighbouring: relation)
  }

  private func reading(_ kind: ClaimReading.Kind, _ record: PrivacyRecord) throws -> Double {
    let found = try #require(compareClaim(1, record))
    return try #require(found.readings.first { $0.kind == kind }).epsilon
  }

  /// Abadi et al. 2016, section 5.2 (ε = 1.26), and TensorFlow's DP-SGD tutorial (1.19, 3.01, 7.10): printed
  /// with the conversion of their time.
  @Test(
    "the conversion in use before 2021 gives the numbers printed then",
    arguments: [
      (4, 0.01, 10_000, 1.26), (1.3, 256.0 / 60_000, 3515, 1.19),
      (1.1, 256.0 / 60_000, 14_062, 3.01),
      (0.7, 256.0 / 60_000, 10_546, 7.10),
    ] as [(Double, Double, Int, Double)])
  func classic(noise: Double, rate: Double, steps: Int, printed: Double) throws {
    let readings = ClaimReadings(
      history: record(noise, rate, steps).history, delta: 1e-5, relation: .addOrRemoveOne
    ).accountants()
    func value(_ kind: ClaimReading.Kind) throws -> Double {
      try #require(readings.first { $0.kind == kind }).epsilon
    }
    // Printed with two decimals.
    #expect(abs(try value(.classic) - printed) <= 0.0051)
    #expect(try value(.classicWhole) >= value(.classic))
    #expect(try value(.rdp) < value(.classic))
    let computed = try guarantee(
      history: record(noise, rate, steps).history, delta: 1e-5, accountant: .rdp)
    let claim = ClaimComparison(claimed: printed, computed: computed, readings: readings)
    #expect(claim.outcome == .covered && claim.agrees)
    #expect(claim.sentence.contains("before 2021"))
  }

  /// Opacus 1.6.0: its gdp accountant for the fixture; scipy 1.17.1 gives the same from the formula.
  @Test("the Gaussian limit is Opacus’s gdp, and its claim is too small")
  func gaussianLimit() throws {
    let record = record(1.05, 1.0 / 47, 282)
    #expect(abs(try reading(.gaussianLimit, record) - 1.703298195201707) < 1e-9)
    let claim = try #require(compareClaim(1.703298195201707, record))
    #expect(claim.outcome == .tooSmall && !claim.agrees)
    #expect(claim.sentence.contains("the Gaussian limit (gdp) gives: an estimate"))
    #expect(claim.sentence.contains("too small"))
    // At common settings it is 5.0647 against a certified 5.19255.
    let common = ClaimReadings(
      history: [GuaranteeTests.common], delta: 1e-5, relation: .addOrRemoveOne)
    #expect(abs(try #require(common.gaussianLimit) - 5.0647) < 5e-5)
    #expect(abs(common.accountants()[0].epsilon - 5.632) < 5e-4)
  }

  /// Opacus 1.6.0, `accountant="rdp"`.
  @Test("what Rényi accounting gives agrees, though it is above the best bound")
  func renyi() throws {
    let claim = try #require(compareClaim(2.3788339259884816, record(1.05, 1.0 / 47, 282)))
    #expect(claim.outcome == .covered && claim.agrees)
    #expect(claim.sentence.contains("Rényi accounting (rdp) gives: a bound, and not the best one"))
  }

  @Test("a number that nothing gives is a disagreement in either direction")
  func wrong() throws {
    let record = record(1.05, 1.0 / 47, 282)
    let high = try #require(compareClaim(8, record))
    #expect(high.outcome == .covered && !high.agrees)
    #expect(high.sentence.contains("ε = 8"))
    #expect(high.sentence.contains("above it, which promises less than holds"))
    #expect(high.sentence.contains("No accountant that is tried here gives that number"))
    let low = try #require(compareClaim(0.4, record))
    #expect(low.outcome == .tooSmall && !low.agrees)
    #expect(low.sentence.contains("too small"))
  }

  @Test("another relation, other steps and denied Poisson samples are told apart")
  func reasons() throws {
    let replaced = record(1.05, 1.0 / 47, 282, relation: .replaceOne)
    let added = try guarantee(history: replaced.history, delta: 1e-5).epsilon
    let relation = try #require(compareClaim(added, replaced))
    #expect(relation.outcome == .tooSmall)
    #expect(relation.sentence.contains("the relation add-or-remove-one"))

    let few = record(1.05, 1.0 / 47, 282)
    let six = try guarantee(
      history: [PrivacyEvent(noiseMultiplier: 1.05, samplingRate: 1.0 / 47, steps: 6)], delta: 1e-5
    ).epsilon
    let steps = try #require(compareClaim(six, few, otherSteps: [(6, "epochs")]))
    #expect(steps.outcome == .tooSmall)
    #expect(steps.sentence.contains("6 epochs in place of 282 releases"))

    let whole = record(1.05, 1, 282)
    let sampled = try guarantee(history: few.history, delta: 1e-5).epsilon
    let poisson = try #require(compareClaim(sampled, whole, poissonRate: 1.0 / 47))
    #expect(poisson.outcome == .tooSmall)
    #expect(poisson.sentence.contains("Poisson samples at rate 0.021277"))
  }

  @Test("without δ or releases nothing is compared; a claim within 1 % is the best bound")
  func edges() throws {
    #expect(compareClaim(1, record(1, 0.1, 5, delta: nil)) == nil)
    #expect(compareClaim(1, PrivacyRecord(history: [], delta: 1e-5)) == nil)
    let record = record(1.05, 1.0 / 47, 282)
    let best = try guarantee(history: record.history, delta: 1e-5)
    let near = try #require(compareClaim(best.epsilon * 0.992, record))
    #expect(near.outcome == .covered && near.agrees && near.sentence.contains("within 1 %"))
    // No noise: ε = ∞, and any finite claim is too small.
    let bare = try #require(compareClaim(8, self.record(0, 0.1, 5)))
    #expect(bare.outcome == .tooSmall && !bare.agrees)
  }
}
