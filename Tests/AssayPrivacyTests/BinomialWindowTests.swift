import Testing

@testable import AssayPrivacy

@Suite struct BinomialWindowTests {
  /// Origin: Pascal's triangle and powers of the odds, exact in doubles for these sizes.
  @Test("tails are those of counting, and never below them", arguments: [1, 2, 7, 20])
  func small(trials: Int) {
    var choose = [1.0]
    for _ in 0..<trials { choose = zip([0] + choose, choose + [0]).map { $0 + $1 } }
    for odds in [0.25, 1, 3, 64] {
      var power = 1.0
      let terms = choose.map { coefficient -> Double in
        defer { power *= odds }
        return coefficient * power
      }
      let all = terms.reduce(0, +)
      let law = BinomialWindow(trials: trials, odds: odds)
      for count in 0...trials {
        let exact = terms[count...].reduce(0, +) / all
        let found = law.atLeast(count)
        #expect(found >= exact * (1 - 1e-15))
        #expect(found <= min(1, exact * (1 + 1e-12) + 1e-30))
        var (sum, largest) = (0.0, 0.0)
        for i in stride(from: 1, through: count, by: 1) {
          sum += terms[count - i] / all
          largest = max(largest, sum / Double(i))
        }
        let mean = law.largestMeanBelow(count)
        #expect(mean >= largest * (1 - 1e-15) && mean <= largest * (1 + 1e-12) + 1e-30)
      }
    }
  }

  @Test("certain success and certain failure are laws too")
  func degenerate() {
    #expect(BinomialWindow(trials: 10, odds: .infinity).atLeast(10) == 1)
    #expect(BinomialWindow(trials: 10, odds: 0).atLeast(1) < 1e-30)
    #expect(BinomialWindow(trials: 0, odds: 1).atLeast(0) == 1)
    #expect(BinomialWindow(trials: 1_000_000, odds: 1).atLeast(900_000) < 1e-30)
  }

  /// Origin: `scipy.stats.beta.ppf`, scipy 1.17.1, through jax-privacy's `_clopper_pearson_upper`.
  @Test("Clopper–Pearson upper bounds are those of scipy")
  func clopperPearson() {
    let rows: [(Int, Int, Double, Double)] = [
      (0, 100, 0.025, 0.03621669264517641), (3, 50, 0.025, 0.16548194660377288),
      (250, 500, 0.025, 0.5447144306757724), (10, 10_000, 0.05, 0.001695631453645378),
      (49, 50, 0.05, 0.9989746601327679),
    ]
    for (successes, trials, alpha, expected) in rows {
      let found = ExactProportion.upper(successes: successes, trials: trials, alpha: alpha)
      #expect(found >= expected * (1 - 1e-13))
      #expect(found <= expected * (1 + 1e-9))
    }
    #expect(ExactProportion.upper(successes: 5, trials: 5, alpha: 0.05) == 1)
    #expect(ExactProportion.upper(successes: 0, trials: 0, alpha: 0.05) == 1)
  }
}
