import AssayRuns
import AssayStatistics
import Testing

@testable import AssayPrivacy

@Suite("noise for a bound on attacks")
struct AttackCalibrationTests {
  private func search(
    rate: Double = 1, steps: Int = 1, _ mechanism: PrivacyEvent.Mechanism = .gaussian
  ) -> PrivacySearch {
    PrivacySearch(
      event: PrivacyEvent(mechanism: mechanism, samplingRate: rate, steps: steps), delta: 1e-5)
  }

  /// Expected values by mpmath 1.3, 40 digits: `μ = √T/σ`, advantage `2Φ(μ/2) − 1`, `TPR = Φ(Φ⁻¹(FPR) + μ)`.
  @Test("without sampling the noise is that of the closed form")
  func closedForm() throws {
    // 2Φ⁻¹(0.55) = 0.251322693710147, hence σ = √10 / 0.251322… = 12.58253…
    let advantage = try search(steps: 10).leastNoise(.advantage(atMost: 0.1))
    #expect(abs(advantage.event.noiseMultiplier - 3.1622776601683795 / 0.251322693710147) < 6e-5)
    #expect(advantage.reached <= 0.1 && advantage.reached > 0.0999)
    // Φ⁻¹(0.117) − Φ⁻¹(0.01) = −1.190118 + 2.326348 = 1.136230…
    let rate = try search(steps: 10).leastNoise(
      .truePositiveRate(atMost: 0.117, falsePositiveRate: 0.01))
    #expect(abs(rate.event.noiseMultiplier - 3.1622776601683795 / 1.13623) < 2e-4)
    #expect(rate.guarantee.accountant == "exact" && rate.reached <= 0.117)
  }

  @Test("a hair less noise no longer meets the target")
  func smallest() throws {
    let found = try search(steps: 7).leastNoise(.advantage(atMost: 0.3))
    var less = found.event
    less.noiseMultiplier -= 2e-6
    let curve = GaussianTradeOff(mu: 7.squareRoot() / less.noiseMultiplier)
    #expect(curve.advantage > 0.3)
  }

  /// Reference: numpy implementation of the certified bracket: at q = 0.01, σ = 1.1 and T = 10,000 the
  /// advantage δ(0) is 0.4245, and the true-positive rate at 1 % is at most 0.117.
  @Test("with sampling the noise is that at which the curve was computed elsewhere")
  func sampled() throws {
    let advantage = try search(rate: 0.01, steps: 10_000).leastNoise(.advantage(atMost: 0.4245))
    #expect(abs(advantage.event.noiseMultiplier - 1.1) < 2e-3)
    #expect(advantage.reached <= 0.4245 && advantage.reached > 0.424)
    #expect(advantage.guarantee.epsilon > 5 && advantage.guarantee.epsilon < 5.3)
  }

  @Test("calibrating to the attack needs less noise than to the pair that would exclude it")
  func gain() throws {
    let attack = try search(rate: 0.2, steps: 20).leastNoise(
      .truePositiveRate(atMost: 0.1, falsePositiveRate: 0.01))
    // From one pair alone: TPR ≤ e^ε·FPR + δ, so ε = log((0.1 − δ)/0.01) is needed.
    let pair = try search(rate: 0.2, steps: 20).leastNoise(
      targetEpsilon: PortableMath.log((0.1 - 1e-5) / 0.01))
    #expect(attack.event.noiseMultiplier < pair.event.noiseMultiplier)
  }

  @Test("other noise is calibrated too; nothing released needs none")
  func others() throws {
    let laplace = try search(.laplace).leastNoise(.advantage(atMost: 0.2))
    // Laplace noise of scale b: δ(0) = 1 − e^{−1/(2b)}, so b = −1/(2·log 0.8).
    let expected = -0.5 / PortableMath.log(0.8)
    #expect(abs(laplace.event.noiseMultiplier / expected - 1) < 2e-3)
    #expect(laplace.event.noiseMultiplier >= expected * (1 - 1e-6))
    let idle = try search(steps: 0).leastNoise(.advantage(atMost: 0.2))
    #expect(idle.event.noiseMultiplier == 0 && idle.reached == 0)
  }

  @Test("targets that mean nothing are refused by name")
  func refused() {
    let bad: [(AttackTarget, String)] = [
      (.advantage(atMost: 0), "target_advantage"), (.advantage(atMost: 1), "target_advantage"),
      (.advantage(atMost: .nan), "target_advantage"),
      (.truePositiveRate(atMost: 0.01, falsePositiveRate: 0.01), "target_tpr"),
      (.truePositiveRate(atMost: 1, falsePositiveRate: 0.01), "target_tpr"),
      (.truePositiveRate(atMost: 0.1, falsePositiveRate: 0), "at_fpr"),
      (.truePositiveRate(atMost: 0.1, falsePositiveRate: .nan), "at_fpr"),
    ]
    for (target, expected) in bad {
      #expect {
        _ = try search().leastNoise(target)
      } throws: {
        guard case .parameterOutOfRange(let name, _, _)? = $0 as? PrivacyError else { return false }
        return name == expected
      }
    }
    #expect(throws: PrivacyError.self) {
      try search(steps: 1_000_000_000_000_000).leastNoise(.advantage(atMost: 1e-6))
    }
    let answers = PrivacySearch(
      event: PrivacyEvent(mechanism: .randomizedResponse, buckets: 2, probability: 0.5),
      delta: 1e-5)
    #expect(throws: PrivacyError.self) { try answers.leastNoise(.advantage(atMost: 0.1)) }
    #expect(throws: PrivacyError.self) { try answers.leastNoise(targetEpsilon: 1) }
  }
}
