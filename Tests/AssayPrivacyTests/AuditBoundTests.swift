import AssayStatistics
import Testing

@testable import AssayPrivacy

@Suite struct AuditBoundTests {
  /// Origin: the two values printed in arXiv:2305.08846v1, Appendix D (0.673, rounded) and section 7 (2.675,
  /// cut off).
  @Test("one-run bounds are those that the paper prints")
  func published() {
    let first = GuessAudit.epsilon(
      canaries: 1000, guesses: 100, correct: 75, delta: 1e-4, alpha: 0.05)
    #expect(abs(first - 0.673) < 5e-4)
    let second = GuessAudit.epsilon(
      canaries: 100_000, guesses: 1510, correct: 1439, delta: 1e-5, alpha: 0.05)
    #expect(second >= 2.675 && second < 2.676)
  }

  /// Origin: jax-privacy's `_epsilon_one_run` (brentq to 1e-6), scipy 1.17.1.
  @Test("one-run bounds are those of jax-privacy, and not above them")
  func peer() {
    let rows: [(Int, Int, Int, Double, Double, Double)] = [
      (1000, 1000, 600, 1e-5, 0.05, 0.2972269575896597),
      (1000, 1000, 1000, 1e-5, 0.05, 5.782283131572193),
      (200, 50, 50, 1e-5, 0.05, 2.779048165354423),
      (1000, 500, 430, 0, 0.05, 1.5990687811145736),
      (5000, 2500, 1900, 1e-6, 0.01, 1.043300725955373),
    ]
    for (canaries, guesses, correct, delta, alpha, expected) in rows {
      let found = GuessAudit.epsilon(
        canaries: canaries, guesses: guesses, correct: correct, delta: delta, alpha: alpha)
      #expect(abs(found - expected) < 3e-6)
    }
  }

  /// Origin: jax-privacy's `_epsilon_one_run_fdp` (brentq to 1e-6; its σ from dp_accounting) at δ = 1e-5.
  @Test("one-run bounds against a Gaussian are those of jax-privacy")
  func peerGaussian() {
    let rows: [(Int, Int, Int, Double)] = [
      (1000, 1000, 600, 0.5835403679239116), (1000, 1000, 945, 4.910352252572242),
      (1000, 100, 99, 4.726715076744276), (1000, 100, 80, 1.4022146738385823),
      (5000, 500, 480, 4.062677904625515),
    ]
    for (canaries, guesses, correct, expected) in rows {
      let mu = GuessAudit.mu(canaries: canaries, guesses: guesses, correct: correct, alpha: 0.05)
      let found = GaussianTradeOff(mu: mu).epsilon(atDelta: 1e-5).lower
      #expect(abs(found - expected) < 1e-4 * expected)
    }
  }

  /// Origin: with all of r guesses right and δ = 0 the p-value is q^r, so ε = logit(α^(1/r)).
  @Test("all guesses right has a closed form")
  func closedForm() {
    for guesses in [1, 5, 100, 2000] {
      let q = PortableMath.exp(PortableMath.log(0.05) / Double(guesses))
      let expected = max(0, PortableMath.log(q / (1 - q)))
      let found = GuessAudit.epsilon(
        canaries: guesses, guesses: guesses, correct: guesses, delta: 0, alpha: 0.05)
      #expect(found <= expected && found > expected - 1e-8)
      let p = GuessAudit.pValue(
        canaries: guesses, guesses: guesses, correct: guesses, epsilon: expected, delta: 0)
      if expected > 0 { #expect(p >= 0.05 * (1 - 1e-12) && p < 0.0500001) }
    }
  }

  /// Origin: enumeration of all coins of four canaries and all answers of randomised response, which is
  /// exactly ε-private; the p-value has to be the probability itself.
  @Test("the p-value of randomised response is its probability, counted out")
  func enumerated() {
    let (m, epsilon) = (4, 1.25)
    let q = 1 / (1 + PortableMath.exp(-epsilon))
    for correct in 0...m {
      var probability = 0.0
      for coins in 0..<1 << m {
        for answers in 0..<1 << m {
          let right = m - (coins ^ answers).nonzeroBitCount
          if right < correct { continue }
          var chance = 1.0 / 16
          for _ in 0..<right { chance *= q }
          for _ in 0..<(m - right) { chance *= 1 - q }
          probability += chance
        }
      }
      let found = GuessAudit.pValue(
        canaries: m, guesses: m, correct: correct, epsilon: epsilon, delta: 0)
      #expect(found >= probability * (1 - 1e-12) && found <= min(1, probability * (1 + 1e-9)))
    }
  }

  @Test("bounds rise with right guesses, and fall with δ, confidence and abstained canaries")
  func monotone() {
    func epsilon(_ correct: Int, delta: Double = 1e-5, alpha: Double = 0.05, m: Int = 400) -> Double
    {
      GuessAudit.epsilon(
        canaries: m, guesses: 200, correct: correct, delta: delta, alpha: alpha)
    }
    var last = 0.0
    for correct in stride(from: 100, through: 200, by: 4) {
      let found = epsilon(correct)
      #expect(found >= last)
      #expect(epsilon(correct, delta: 1e-3) <= found + 1e-9)
      #expect(epsilon(correct, alpha: 0.01) <= found + 1e-9)
      #expect(epsilon(correct, m: 4000) <= found + 1e-9)
      last = found
    }
    #expect(epsilon(100) == 0)
    last = 0
    for correct in stride(from: 100, through: 200, by: 4) {
      let found = GuessAudit.mu(canaries: 400, guesses: 200, correct: correct, alpha: 0.05)
      #expect(found >= last)
      last = found
    }
  }

  /// Origin: independent Gaussian canaries are a mechanism of this trade-off, and the probability of their
  /// right guesses is binomial; a valid test must not call less probable what happens that often.
  @Test("what independent Gaussian canaries do is never refuted at its own probability")
  func valid() {
    for mu in [0.1, 0.5, 1, 2, 4] {
      let q = NormalDistribution.cumulative(mu / 2)
      for trials in [10, 100, 1000] {
        let law = BinomialWindow(trials: trials, odds: q / (1 - q))
        for share in [0.55, 0.7, 0.9, 0.99, 1.0] {
          let correct = Int((share * Double(trials)).rounded(.up))
          let tail = law.atLeast(correct)
          if tail > 0.5 || tail < 1e-12 { continue }
          #expect(
            !GuessAudit.refutes(
              mu: mu, canaries: trials, guesses: trials, correct: correct, alpha: tail * 0.999))
          #expect(WhiteBoxAudit.mu(guesses: trials, correct: correct, alpha: tail) <= mu)
          #expect(
            WhiteBoxAudit.mu(guesses: trials, correct: correct, alpha: tail * 1.001) > mu * 0.99)
        }
      }
    }
  }

  /// Origin: by hand. FPR 0.01 and FNR 0.5 at δ = 0: log(0.5/0.01) and log(0.99/0.5).
  @Test("rates give ε by the better of both directions")
  func rates() {
    let found = RateAudit.bound(0.01, 0.5, isGaussian: false, delta: 0)
    #expect(abs(found - PortableMath.log(50)) < 1e-12)
    let turned = RateAudit.bound(0.5, 0.01, isGaussian: false, delta: 0)
    #expect(abs(turned - found) < 1e-12)
    #expect(RateAudit.bound(0.6, 0.6, isGaussian: false, delta: 0) < 0)
    #expect(RateAudit.bound(0.9, 0.9, isGaussian: false, delta: 0.2) == -.infinity)
    // Φ⁻¹(0.975) = 1.959964 (any table): μ is twice that.
    let mu = RateAudit.bound(0.025, 0.025, isGaussian: true, delta: 0)
    #expect(abs(mu - 2 * 1.959963984540054) < 1e-12)
  }
}
