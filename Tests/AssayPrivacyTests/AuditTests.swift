import AssayRuns
import AssayStatistics
import Testing

@testable import AssayPrivacy

@Suite struct AuditTests {
  private func refused(
    _ scores: [Double], _ members: [Bool], _ method: AuditMethod = .oneRun, delta: Double = 1e-5,
    confidence: Double = 0.95, guesses: Int? = nil
  ) -> Bool {
    do throws(PrivacyError) {
      _ = try audit(
        AttackScores(scores: scores, isMember: members), method: method, delta: delta,
        confidence: confidence, guesses: guesses)
      return false
    } catch {
      return true
    }
  }

  /// Randomised response of every coin: exactly ε-private, its answer is the score.
  private func randomisedResponse(_ m: Int, epsilon: Double, seed: UInt64) throws -> AttackScores {
    let random = CounterGenerator(seed: seed)
    let keeps = 1 / (1 + PortableMath.exp(-epsilon))
    let coins = (0..<m).map { random.bits(at: UInt64(2 * $0)) & 1 == 1 }
    let answers = (0..<m).map {
      random.uniform(at: UInt64(2 * $0 + 1)) < keeps ? coins[$0] : !coins[$0]
    }
    return try AttackScores(scores: answers.map { $0 ? 1 : 0 }, isMember: coins)
  }

  /// The truth is known: 5 % of bounds may be above it. Of 400, 20 are expected and 34 are three standard
  /// deviations more.
  @Test(
    "bounds of randomised response are above its ε in at most 5 % of runs", arguments: [0.5, 2, 5])
  func coverage(epsilon: Double) throws {
    var (above, aboveFixed, aboveRates) = (0, 0, 0)
    var sum = 0.0
    for seed in 0..<400 as Range<UInt64> {
      let attack = try randomisedResponse(300, epsilon: epsilon, seed: seed)
      if try audit(attack, method: .oneRun, delta: 0).epsilon > epsilon { above += 1 }
      let fixed = try audit(attack, method: .oneRun, delta: 0, guesses: 300).epsilon
      if fixed > epsilon { aboveFixed += 1 }
      sum += fixed
      if try audit(attack, method: .clopperPearson, delta: 0).epsilon > epsilon { aboveRates += 1 }
    }
    #expect(above <= 34 && aboveFixed <= 34 && aboveRates <= 34)
    // Not by being useless: the bound is a fair share of the truth.
    #expect(sum / 400 > epsilon * 0.5)
  }

  @Test("the place in the file breaks no ties")
  func ties() throws {
    let members = (0..<1000).map { $0 < 500 }
    let attack = try AttackScores(scores: [Double](repeating: 3, count: 1000), isMember: members)
    for method in AuditMethod.allCases {
      let found = try audit(attack, method: method, delta: 1e-5)
      #expect(found.epsilon == 0)
      if let guess = found.guess { #expect(abs(guess.correct * 2 - guess.guesses) < 120) }
    }
    #expect(attack.area == 0.5)
  }

  /// Origin: pairs counted by hand: of 2 × 3 pairs 4 won, 1 tied.
  @Test("the area under the ROC curve counts ties half")
  func area() throws {
    let attack = try AttackScores(
      scores: [3, 1, 2, 1, 0], isMember: [true, true, false, false, false])
    #expect(attack.area == (3 + 1.5) / 6)
    #expect(try AttackScores(scores: [1], isMember: [true]).area == nil)
  }

  @Test("a verdict contradicts or fails to contradict, and never proves")
  func verdicts() throws {
    let coins = (0..<200).map { $0 % 2 == 0 }
    let attack = try AttackScores(scores: coins.map { $0 ? 1 : 0 }, isMember: coins)
    let none = try audit(attack, method: .oneRun, delta: 1e-5)
    #expect(none.verdict == .noClaim)
    #expect(none.sentence.hasSuffix("that is no proof of privacy"))
    let held = try audit(
      attack, method: .oneRun, delta: 1e-5, claim: .init(epsilon: 50, source: "test"))
    #expect(held.verdict == .notContradicted && held.sentence.hasPrefix(none.sentence))
    #expect(held.sentence.hasSuffix("so it could not have contradicted the claim"))
    let near = try audit(
      attack, method: .oneRun, delta: 1e-5, confidence: 0.99,
      claim: .init(epsilon: none.epsilon * 0.999, source: "test"))
    #expect(near.verdict == .notContradicted && near.epsilon == near.largestPossible)
    let broken = try audit(
      attack, method: .oneRun, delta: 1e-5, claim: .init(epsilon: 1, source: "test"))
    #expect(broken.verdict == .contradicted)
    #expect(
      broken.sentence.contains(
        "contradicts the claim: noise, clipping or sampling did not run as accounted, or the unit is another"
      ))
    #expect(broken.triedGuesses.map(\.guesses) == [200, 100, 50, 20])
    for method in AuditMethod.allCases {
      let found = try audit(attack, method: method, delta: 1e-5)
      #expect(found.epsilon > 0 && found.epsilon <= found.largestPossible)
      #expect((found.mu != nil) == method.isGaussian)
      #expect(found.assumptions.contains { $0.contains("Gaussian") } == method.isGaussian)
    }
  }

  @Test("what cannot be audited is refused with the parameter's name")
  func badInput() {
    let coins = (0..<100).map { $0 % 2 == 0 }
    let scores = coins.map { $0 ? 1.0 : 0 }
    #expect(!refused(scores, coins))
    #expect(refused([], []))
    #expect(refused([1], [true, false]))
    #expect(refused([.nan, 1], [true, false]))
    #expect(refused(scores, coins, delta: 1))
    #expect(refused(scores, coins, delta: -0.1))
    #expect(refused(scores, coins, delta: .nan))
    #expect(!refused(scores, coins, delta: 0))
    #expect(refused(scores, coins, .whiteBox, delta: 0))
    #expect(refused(scores, coins, confidence: 1))
    #expect(refused(scores, coins, confidence: 0))
    #expect(refused(scores, coins, guesses: 0))
    #expect(refused(scores, coins, guesses: 101))
    #expect(refused(scores, coins, .clopperPearson, guesses: 10))
    #expect(refused([1, 2, 3], [true, false, false], .clopperPearson))
    // 90 of 100 members are no fair coins; an attack by rates does not need them.
    let unfair = (0..<100).map { $0 < 90 }
    #expect(refused(scores, unfair))
    #expect(refused(scores, unfair, .whiteBox))
    #expect(!refused(scores, unfair, .gaussian))
  }
}

/// The test mechanism: 1,000 canaries in 10,000 dimensions. 100 seeds of more noise levels are in
/// Docs/privacy-audit.md; these are the first eight.
@Suite struct CanarySumTests {
  private func flagged(_ mechanism: CanarySum, _ methods: [AuditMethod]) throws -> [Int] {
    let claimed = try guarantee(history: mechanism.claim, delta: 1e-5).epsilon
    var counts = [Int](repeating: 0, count: methods.count)
    for seed in 0..<8 as Range<UInt64> {
      let attack = try mechanism.run(seed: seed)
      for (index, method) in methods.enumerated() {
        let found = try audit(
          attack, method: method, delta: 1e-5, claim: .init(epsilon: claimed, source: "test"))
        if found.verdict == .contradicted { counts[index] += 1 }
      }
    }
    return counts
  }

  /// Noise multipliers of ε about 8 and about 1 at δ = 1e-5.
  @Test("a mechanism that does what it claims is not contradicted", arguments: [0.6, 3.7])
  func honest(noise: Double) throws {
    let honest = CanarySum(norm: 10, noiseMultiplier: noise)
    let counts = try flagged(honest, [.whiteBox, .oneRunGaussian, .oneRun])
    #expect(counts[0] <= 2 && counts[1] == 0 && counts[2] == 0)
  }

  @Test("halved noise is detected", arguments: [0.6, 3.7])
  func halved(noise: Double) throws {
    let broken = CanarySum(noiseMultiplier: noise, noiseShare: 0.5)
    #expect(try flagged(broken, [.whiteBox])[0] >= 6)
  }

  @Test("clipping switched off is detected")
  func unclipped() throws {
    let broken = CanarySum(norm: 10, noiseMultiplier: 2, isClipping: false)
    #expect(try flagged(broken, [.whiteBox, .oneRunGaussian]).allSatisfy { $0 >= 7 })
  }

  /// Origin: a canary's score is 1 or 0, plus noise of the claimed deviation 2, plus what 500 others add, each
  /// with variance 1/10,000.
  @Test("scores have the mean and the spread of the law")
  func law() throws {
    let attack = try CanarySum(noiseMultiplier: 2).run(seed: 3)
    let members = zip(attack.scores, attack.isMember).filter(\.1).map(\.0)
    let others = zip(attack.scores, attack.isMember).filter { !$0.1 }.map(\.0)
    func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
    let variance = (4 + 0.05)
    let error = (variance * 4 / 1000).squareRoot()
    #expect(abs(mean(members) - mean(others) - 1) < 4 * error)
    let spread =
      others.reduce(0) { $0 + ($1 - mean(others)) * ($1 - mean(others)) } / Double(others.count)
    #expect(abs(spread / variance - 1) < 0.3)
  }
}
