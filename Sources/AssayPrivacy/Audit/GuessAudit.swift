import AssayStatistics

/// How many guesses were right.
public struct GuessCount: Hashable, Sendable {
  /// Canaries guessed to be in: those with the largest scores.
  public var guessedIn: Int
  /// Canaries guessed to be out: those with the smallest scores.
  public var guessedOut: Int
  /// Right guesses among both.
  public var correct: Int

  /// All guesses; the attacker abstains from the other canaries.
  public var guesses: Int { guessedIn + guessedOut }
}

/// Bounds from guesses about canaries, each included by a fair coin.
enum GuessAudit {
  /// Shares of the canaries that are guessed when no number was fixed in advance. Against a Gaussian
  /// trade-off three tenths come close to the best number for ε from 1 to 8 and 1,000 canaries (see
  /// Docs/privacy-audit.md), so that nothing needs to be corrected for.
  static func shares(_ method: AuditMethod) -> [Double] {
    method == .oneRunGaussian ? [0.3] : [1, 0.5, 0.25, 0.1]
  }

  /// The numbers of guesses to try; more than one costs a Bonferroni correction.
  static func sizes(count: Int, method: AuditMethod, fixed: Int?) -> [Int] {
    if let fixed { return [fixed] }
    var result: [Int] = []
    for share in shares(method) {
      let size = max(1, Int((share * Double(count)).rounded()))
      if !result.contains(size) { result.append(size) }
    }
    return result
  }

  /// Guesses "in" for the larger half of so many, from the top, and "out" for the rest, from the bottom.
  static func count(_ attack: AttackScores, ranked: [Int], guesses: Int) -> GuessCount {
    let top = (guesses + 1) / 2
    let bottom = guesses - top
    let correct =
      ranked.prefix(top).count { attack.isMember[$0] }
      + ranked.suffix(bottom).count { !attack.isMember[$0] }
    return GuessCount(guessedIn: top, guessedOut: bottom, correct: correct)
  }

  /// An upper bound on the probability of so many right guesses under (ε, δ)-differential privacy.
  ///
  /// With `X` binomial(r, e^ε/(1 + e^ε)):
  /// `P(X ≥ v) + 2·m·δ·max over 1 ≤ i ≤ v of P(v − i ≤ X < v)/i`, at most 1.
  /// - Note: Source: Steinke, Nasr, Jagielski 2023, arXiv:2305.08846, Theorem 5.2 with the choice of
  ///   slack that Appendix D gives.
  static func pValue(
    canaries: Int, guesses: Int, correct: Int, epsilon: Double, delta: Double
  ) -> Double {
    let law = BinomialWindow(trials: guesses, odds: PortableMath.exp(epsilon))
    let tail = law.atLeast(correct)
    if delta == 0 || tail >= 1 { return tail }
    let slack = 2 * Double(canaries) * delta * law.largestMeanBelow(correct)
    return min(1, (tail + slack) * (1 + 1e-14))
  }

  /// The largest ε that so many right guesses refute at error probability `alpha`.
  static func epsilon(
    canaries: Int, guesses: Int, correct: Int, delta: Double, alpha: Double
  ) -> Double {
    LargestRefuted.search(limit: 512) {
      pValue(
        canaries: canaries, guesses: guesses, correct: correct, epsilon: $0, delta: delta) < alpha
    }
  }

  /// Whether so many right guesses, or more, have a probability below `alpha` for every mechanism whose
  /// trade-off is at least that of `N(0, 1)` against `N(μ, 1)`.
  ///
  /// Let `r_t` and `h_t` be the mean over canaries of P(guess right, at least t right) and P(guess wrong,
  /// at least t right). Turning one coin over makes a right guess wrong and leaves the other guesses,
  /// hence `h_{t−1} ≥ Φ(Φ⁻¹(r_t) − μ)`, and the sum of both at 0 is the share of canaries that are
  /// guessed. Starting from probability `alpha` at `correct`, the least that both can be is followed down;
  /// if they come out above that share, the assumption was wrong.
  /// - Note: Source: Mahloujifar, Melis, Chaudhuri 2024, arXiv:2410.22235, algorithm with abstentions.
  static func refutes(
    mu: Double, canaries: Int, guesses: Int, correct: Int, alpha: Double
  ) -> Bool {
    let all = Double(canaries)
    let share = Double(guesses) / all * (1 + 1e-9)
    var right = alpha * Double(correct) / all
    var wrong = alpha * Double(guesses - correct) / all
    var step = correct - 1
    while step >= 0 {
      if right >= 1 { return true }
      // Lowered by more than its rounding error; the least path falls with it.
      let least =
        NormalDistribution.cumulative(NormalDistribution.quantile(right) - mu) * (1 - 1e-11)
      if !(least > wrong) { return false }
      right += Double(step) / Double(guesses - step) * (least - wrong)
      wrong = least
      if right + wrong > share { return true }
      step -= 1
    }
    return false
  }

  /// The largest μ that so many right guesses refute.
  static func mu(canaries: Int, guesses: Int, correct: Int, alpha: Double) -> Double {
    LargestRefuted.search(limit: 64) {
      refutes(mu: $0, canaries: canaries, guesses: guesses, correct: correct, alpha: alpha)
    }
  }
}
