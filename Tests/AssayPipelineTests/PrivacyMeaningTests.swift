import AssayEvidence
import AssayRuns
import AssayStatistics
import Testing

@testable import AssayPipeline

@Suite("What a guarantee means, as facts") struct PrivacyMeaningTests {
  private func fact(_ assessed: AssessedPilot, _ id: EvidenceID) -> Evidence? {
    assessed.assessment.evidence(id)
  }

  // Four unsampled Gaussian releases with noise multiplier 2 are one Gaussian mechanism with
  // μ = √4 / 2 = 1 (Dong, Roth, Su 2019, corollary 3.3). Its trade-off curve is TPR = Φ(Φ⁻¹(FPR) + μ);
  // at a false-positive rate of 0.01 that is Φ(−1.3263) = 0.0924 and the advantage is 2Φ(1/2) − 1 = 0.3829.
  @Test("a Gaussian history has its exact μ, detection bounds and advantage")
  func gaussian() throws {
    let assessed = try PrivatePilot(
      "{clip: 1, noise_multiplier: 2}", arm: "clients_per_round: all"
    ).assess()
    let mu = try #require(fact(assessed, EvidenceID("gaussian_mu", arm: "private")))
    #expect(mu.value == 1 && mu.note?.hasPrefix("exact") == true)
    for (rate, expected) in [("0.001", 0.018_2), ("0.01", 0.092_4), ("0.1", 0.389_1)] {
      let bound = try #require(
        fact(
          assessed,
          EvidenceID(
            "attack_detection_bound", arm: "private", column: "false-positive rate", group: rate)))
      let value = try #require(bound.value)
      #expect(abs(value - expected) < 1e-4, "\(rate): \(value)")
      #expect(bound.unit == .bound)
    }
    let advantage = try #require(
      fact(assessed, EvidenceID("membership_advantage", arm: "private")))
    #expect(abs((advantage.value ?? 0) - 0.382_925) < 1e-6)
    // Ten clients: a group of ten would be everybody.
    #expect(
      fact(
        assessed,
        EvidenceID("epsilon_of_group", arm: "private", column: "group size", group: "10")) == nil)
    // Two units move a sum twice as far: as one with half of the noise.
    let pair = try #require(
      fact(
        assessed,
        EvidenceID("epsilon_of_group", arm: "private", column: "group size", group: "2")))
    let half = try Accounted.epsilon(
      [PrivacyEvent(noiseMultiplier: 1, steps: 4)], delta: 1e-5, .addOrRemoveOne)
    #expect(abs((pair.value ?? 0) - half) < 1e-5)
  }

  @Test("ε at a smaller δ is larger, and each keeps its own δ")
  func deltas() throws {
    let assessed = try PrivatePilot("{clip: 1, noise_multiplier: 2, delta: 1e-5}").assess()
    let headline = try #require(fact(assessed, EvidenceID("epsilon", arm: "private"))?.value)
    var last = headline
    for text in ["1e−6", "1e−8"] {
      let found = try #require(
        fact(
          assessed, EvidenceID("epsilon_at_delta", arm: "private", column: "delta", group: text)))
      guard case .guarantee(let guarantee) = found.result else {
        Issue.record("no guarantee")
        return
      }
      #expect(PrintedNumber.text(guarantee.delta, .probability) == text)
      #expect(guarantee.epsilon > last)
      last = guarantee.epsilon
    }
  }

  @Test("an arm without noise, and simulated noise, mean nothing")
  func none() throws {
    let assessed = try PrivatePilot(
      "{clip: 1, noise_multiplier: 1, simulated_cohort: 50}"
    ).assess()
    #expect(fact(assessed, EvidenceID("membership_advantage", arm: "private")) == nil)
  }

  @Test("bounds and ε are printed rounded up to three digits, lower ends down to four")
  func printed() {
    for (value, text) in [
      (0.999_968, "1.00"), (0.018_21, "0.0183"), (9.991, "10.0"), (99.91, "100"), (2.0, "2.00"),
      (5.192_631, "5.20"), (0.1, "0.100"),
    ] {
      #expect(PrintedNumber.text(value, .epsilon) == text)
      #expect(PrintedNumber.text(value, .bound) == text)
    }
    for (value, text) in [
      (1.999_94, "1.999"), (25.739, "25.73"), (0.999_98, "0.9999"), (1234.9, "1234"),
      (0.051_239, "0.05123"), (0, "0"),
    ] { #expect(PrintedNumber.lowerEnd(value) == text) }
    let guarantee = PrivacyGuarantee(
      epsilon: 1.999_94, epsilonLower: 1.999_91, delta: 1e-5, unit: .client,
      neighbouring: .addOrRemoveOne, accountant: "pld", assumptions: [],
      epsilonWithoutAmplification: 25.8)
    let fact = Evidence(
      id: EvidenceID("epsilon", arm: "a"), title: "ε", unit: .epsilon,
      result: .guarantee(guarantee), source: .init(path: "p", how: "h"))
    #expect(
      fact.printedLine
        == "ε 2.00 at δ 1e−5, unit client, add-or-remove-one, accountant pld, lower end 1.999")
  }
}
