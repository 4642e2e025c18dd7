import AssayRuns
import AssayStatistics
import Testing

@testable import AssayPrivacy

@Suite("curves")
struct CurveTests {
  static let common = [PrivacyEvent(noiseMultiplier: 1.1, samplingRate: 0.01, steps: 10_000)]

  /// Expected values: an independent numpy implementation of the certified bracket gives δ(0) = 0.4245 and
  /// TPR ≤ 0.117 at FPR 0.01.
  @Test("a common run: advantage and attack rates")
  func commonRun() throws {
    let meaning = try GuaranteeMeaning(history: Self.common, delta: 1e-5)
    #expect(abs(meaning.advantage.upper - 0.4245) < 2e-3)
    #expect(meaning.advantage.lower <= meaning.advantage.upper)
    #expect(meaning.advantage.upper - meaning.advantage.lower < 5e-3)
    let atOnePercent = try #require(meaning.attacks.first { $0.falsePositiveRate == 0.01 })
    #expect(abs(atOnePercent.truePositiveRate - 0.117) < 2e-3)
    let mu = try #require(meaning.mu)
    #expect(mu >= 1.1 && mu < 1.2)
    #expect(try #require(meaning.muError) < 0.05)
  }

  @Test("the fitted μ covers the profile: its ε at δ is at least the certified one")
  func fit() throws {
    for history in [
      Self.common, [PrivacyEvent(mechanism: .laplace, noiseMultiplier: 5, steps: 20)],
      [PrivacyEvent(mechanism: .discreteGaussian, noiseMultiplier: 4, steps: 9)],
    ] {
      let meaning = try GuaranteeMeaning(history: history, delta: 1e-5)
      let mu = try #require(meaning.mu)
      let certified = try guarantee(history: history, delta: 1e-5, tolerance: 1e-3)
      let covered = GaussianTradeOff(mu: mu).epsilon(atDelta: 1e-5).upper
      #expect(covered >= (certified.epsilonLower ?? 0) - 0.02)
      for attack in meaning.attacks {
        let granted = GaussianTradeOff(mu: mu).truePositiveRate(
          atFalsePositiveRate: attack.falsePositiveRate)
        #expect(granted >= attack.truePositiveRate - 2e-3)
      }
    }
  }

  @Test("an unsampled Gaussian run is its own μ, and its profile the closed form")
  func gaussian() throws {
    let history = [PrivacyEvent(noiseMultiplier: 4, steps: 16)]
    let meaning = try GuaranteeMeaning(history: history, delta: 1e-5)
    #expect(meaning.mu == 1 && meaning.muError == 0)
    // 2Φ(½) − 1
    #expect(abs(meaning.advantage.upper - 0.38292492254802624) < 1e-12)
    // Φ(Φ⁻¹(0.01) + 1) = Φ(−1.3263478740408408)
    let rate = try #require(meaning.attacks.first { $0.falsePositiveRate == 0.01 })
    #expect(abs(rate.truePositiveRate - 0.09236214) < 1e-6)
    for point in meaning.profile.points {
      #expect(point.lower <= point.upper)
    }
  }

  @Test("the profile of sampled releases agrees with ε at the same δ, from both sides")
  func profile() throws {
    let history = [PrivacyEvent(noiseMultiplier: 1, samplingRate: 0.1, steps: 20)]
    let profile = try PrivacyProfile(history: history, leastDelta: 1e-8, count: 41, tolerance: 1e-3)
    for point in profile.points where point.upper < 0.2 && point.upper > 1e-8 {
      #expect(point.lower <= point.upper)
      let above = try guarantee(history: history, delta: point.upper, tolerance: 1e-3)
      #expect((above.epsilonLower ?? 0) <= point.epsilon + 1e-6)
      if point.lower > 1e-8 {
        let below = try guarantee(history: history, delta: point.lower, tolerance: 1e-3)
        #expect(below.epsilon >= point.epsilon - 1e-6)
      }
    }
    #expect(zip(profile.points, profile.points.dropFirst()).allSatisfy { $0.upper >= $1.upper })
  }

  @Test("moments bound δ as they bound ε")
  func moments() throws {
    let accountant = RenyiAccountant(
      releases: try ReleaseLedger(Self.common, .addOrRemoveOne).releases)
    for delta in [1e-3, 1e-5, 1e-9] {
      let epsilon = accountant.epsilon(atDelta: delta).epsilon
      let back = accountant.delta(atEpsilon: epsilon)
      #expect(back >= delta * 0.999 && back <= delta * 1.01)
    }
  }

  @Test("groups: more members, larger ε; unsampled Gaussian noise is divided by the size")
  func groups() throws {
    let whole = [PrivacyEvent(noiseMultiplier: 8, steps: 4)]
    let four = try groupGuarantee(size: 4, history: whole, delta: 1e-5)
    let same = try guarantee(
      history: [PrivacyEvent(noiseMultiplier: 2, steps: 4)], delta: 1e-5)
    #expect(four.epsilon == same.epsilon)
    var last = 0.0
    let sampled = [PrivacyEvent(noiseMultiplier: 1.5, samplingRate: 0.02, steps: 200)]
    let single = try guarantee(history: sampled, delta: 1e-6, tolerance: 1e-4)
    for size in [1, 2, 4, 8] {
      let found = try groupGuarantee(size: size, history: sampled, delta: 1e-6)
      #expect(found.epsilon > last)
      // Never worse than the group bound that follows from (ε, δ) alone, at the δ it would need.
      let plain = try guarantee(
        history: sampled,
        delta: 1e-6 * Elementary.expm1(single.epsilon)
          / Elementary.expm1(Double(size) * single.epsilon), tolerance: 1e-3)
      #expect(found.epsilon <= Double(size) * plain.epsilon + 1e-3)
      last = found.epsilon
    }
    let answers = [PrivacyEvent(mechanism: .randomizedResponse, buckets: 2, probability: 0.5)]
    let two = try groupGuarantee(
      size: 2, history: answers, delta: 1e-9, neighbouring: .replaceOne)
    #expect(abs(two.epsilon - 2 * PortableMath.log(3)) < 1e-5)
    let opaque = [PrivacyEvent(mechanism: .opaque, epsilon: 1, delta: 1e-8)]
    // δ grows by (e³ − 1)/(e − 1) = 11.107
    #expect(try groupGuarantee(size: 3, history: opaque, delta: 2e-7).epsilon <= 3 + 1e-5)
    #expect(try groupGuarantee(size: 3, history: opaque, delta: 1.1e-7).epsilon == .infinity)
    #expect(throws: PrivacyError.self) {
      try groupGuarantee(size: 0, history: opaque, delta: 1e-5)
    }
  }

  /// Expected values: Opacus 1.6.0's GDP accountant, 5.06473 at the common setting (an estimate below the truth);
  /// μ as printed by Bu et al.'s code for batch 256 of 60,000, noise 1.3 and 15 epochs: 0.227.
  @Test(
    "the central-limit estimate is what other tools print, and lies below the certified lower end")
  func centralLimit() throws {
    let found = try #require(try centralLimitEstimate(history: Self.common, delta: 1e-5))
    #expect(abs(found.epsilon - 5.06473) < 1e-4)
    let certified = try guarantee(history: Self.common, delta: 1e-5, tolerance: 1e-3)
    #expect(found.epsilon < (certified.epsilonLower ?? 0))
    let other = try #require(
      try centralLimitEstimate(
        history: [
          PrivacyEvent(noiseMultiplier: 1.3, samplingRate: 256.0 / 60_000, steps: 3_516)
        ], delta: 1e-5))
    #expect(abs(other.mu - 0.227) < 5e-4)
  }
}
