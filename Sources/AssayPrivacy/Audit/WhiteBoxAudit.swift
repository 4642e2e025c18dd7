import AssayStatistics

/// A guess for every canary, each from a threshold that only earlier canaries have set.
///
/// No guess against a Gaussian trade-off is right with a probability above `Φ(μ/2)` (Dong, Roth, Su 2019:
/// the advantage is `2Φ(μ/2) − 1`). A threshold made of earlier, independent canaries keeps that true for
/// each guess given all earlier ones, so the number of right guesses is at most binomial(m, Φ(μ/2)) in
/// stochastic order, no half has to be given up to choose the threshold, and no distribution of scores is
/// assumed.
enum WhiteBoxAudit {
  /// After so many canaries the threshold stays as it is.
  static let learningLimit = 10_000

  /// Guesses in an order that knows nothing, the threshold being the median of the scores before.
  static func count(_ attack: AttackScores) -> GuessCount {
    var sorted: [Double] = []
    var result = GuessCount(guessedIn: 0, guessedOut: 0, correct: 0)
    for position in attack.shuffled {
      let score = attack.scores[position]
      let toss = AttackScores.bits(position) & 1 == 1
      var isIn = toss
      if !sorted.isEmpty {
        let threshold = median(sorted)
        isIn = score == threshold ? toss : score > threshold
      }
      if isIn { result.guessedIn += 1 } else { result.guessedOut += 1 }
      if isIn == attack.isMember[position] { result.correct += 1 }
      if sorted.count < learningLimit { insert(score, &sorted) }
    }
    return result
  }

  /// The largest μ that so many right guesses refute.
  static func mu(guesses: Int, correct: Int, alpha: Double) -> Double {
    LargestRefuted.search(limit: 64) { mu in
      // Raised by more than the relative error of both tails.
      let odds =
        NormalDistribution.cumulative(mu / 2) / NormalDistribution.cumulative(-mu / 2)
        * (1 + 1e-12)
      return BinomialWindow(trials: guesses, odds: odds).atLeast(correct) < alpha
    }
  }

  private static func median(_ sorted: [Double]) -> Double {
    let middle = sorted.count / 2
    if sorted.count % 2 == 1 { return sorted[middle] }
    let (low, high) = (sorted[middle - 1], sorted[middle])
    return low == high ? low : low / 2 + high / 2
  }

  private static func insert(_ value: Double, _ sorted: inout [Double]) {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < value { low = middle + 1 } else { high = middle }
    }
    sorted.insert(value, at: low)
  }
}
