/// Exact sums over the labelled rows of one cell, in the order of their scores.
///
/// All are integers, or fixed-point where they are sums of real numbers, so that any division of the
/// rows over threads gives the same bits. Rows of one score are one step: nothing depends on their
/// order. Steps go from the highest score down; `P` and `N` are the positives and negatives above a
/// step, `p` and `q` those in it.
struct RankSums: Sendable {
  /// Positives and negatives at or above the last step.
  var positives: UInt64 = 0
  var negatives: UInt64 = 0
  /// Labelled rows by `label * 2 + prediction`.
  var confusion = SIMD4<UInt64>(repeating: 0)
  /// `Σ q (2P + p)`: twice the Mann–Whitney U statistic.
  var twiceU: UInt64 = 0
  /// `Σ p (2N + q)²`: squares of how many negatives, doubled, are ahead of the positives.
  var squaresOfPositives: UInt128 = 0
  /// `Σ q (2P + p)²`.
  var squaresOfNegatives: UInt128 = 0
  /// `Σ p · precision` at the step, in units of 2⁻⁵²: average precision times positives.
  var precisions: UInt128 = 0
  /// `Σ p · precision` just above the step, 1 above the first; in units of 2⁻⁵².
  var earlierPrecisions: UInt128 = 0
  /// `Σ p / (P' + N')` and `Σ p · precision / (P' + N')`, for clients' shares; units of 2⁻⁵⁶.
  var inverses: Int64 = 0
  var shares: Int64 = 0
  /// Largest and least `P' · negatives − N' · positives` over the scores, where `P'` and `N'` count
  /// the rows at or above one; 0 above the highest score.
  var largestGap: Int64 = 0
  var leastGap: Int64 = 0
  /// The highest score with the largest gap; infinite for a threshold above all scores.
  var largestGapScore = Double.infinity
  /// Positives and rows at or above the highest score with the best F1; 0 where no positive is.
  var bestPositives: UInt64 = 0
  var bestRows: UInt64 = 0
  var bestScore = Double.infinity
  /// Log loss and its square, the square of the squared error; units of 2⁻⁶⁴.
  var logLoss: UInt128 = 0
  var logLossSquares: UInt128 = 0
  var squaredErrorSquares: UInt128 = 0
  /// Since the last change of calibration bin: sums of scores and of squared errors, units of 2⁻⁶⁴.
  var scores: UInt128 = 0
  var squaredErrors: UInt128 = 0
  /// Rows whose log loss is clipped.
  var clipped: UInt64 = 0
  /// Positives and negatives when the histogram bin, or the calibration bin, last changed.
  var binPositives: UInt64 = 0
  var binNegatives: UInt64 = 0
  var calibrationPositives: UInt64 = 0
  var calibrationNegatives: UInt64 = 0

  /// No rows yet, below `positives` and `negatives` rows of higher scores.
  init(positives: UInt64 = 0, negatives: UInt64 = 0) {
    self.positives = positives
    self.negatives = negatives
    binPositives = positives
    binNegatives = negatives
    calibrationPositives = positives
    calibrationNegatives = negatives
  }

  /// A number below 32 in units of 2⁻⁵⁶, to the nearest.
  @inline(__always)
  static func shareUnits(_ share: Double) -> Int64 {
    Int64(truncatingIfNeeded: Int(share * 0x1p56 + 0.5))
  }

  /// Whether F1 `2a / (m + b)` is larger than `2c / (m + d)`, exactly.
  @inline(__always)
  static func isBetterF1(
    _ a: UInt64, of b: UInt64, than c: UInt64, of d: UInt64, positives m: UInt64
  ) -> Bool {
    UInt128(a) &* UInt128(m &+ d) > UInt128(c) &* UInt128(m &+ b)
  }

  /// Adds the sums of lower scores.
  /// - Parameter total: Positives of the whole cell.
  mutating func merge(_ lower: RankSums, positives total: UInt64) {
    positives = lower.positives
    negatives = lower.negatives
    confusion &+= lower.confusion
    twiceU &+= lower.twiceU
    squaresOfPositives &+= lower.squaresOfPositives
    squaresOfNegatives &+= lower.squaresOfNegatives
    precisions &+= lower.precisions
    earlierPrecisions &+= lower.earlierPrecisions
    inverses &+= lower.inverses
    shares &+= lower.shares
    if lower.largestGap > largestGap {
      largestGap = lower.largestGap
      largestGapScore = lower.largestGapScore
    }
    leastGap = min(leastGap, lower.leastGap)
    if lower.bestPositives > 0,
      Self.isBetterF1(
        lower.bestPositives, of: lower.bestRows, than: bestPositives, of: bestRows,
        positives: total)
    {
      bestPositives = lower.bestPositives
      bestRows = lower.bestRows
      bestScore = lower.bestScore
    }
    logLoss &+= lower.logLoss
    logLossSquares &+= lower.logLossSquares
    squaredErrorSquares &+= lower.squaredErrorSquares
    clipped &+= lower.clipped
  }
}

/// Labelled rows of one cell whose scores fall into one bin of the histogram.
struct RankBin: Sendable {
  var cell: UInt32
  var bin: UInt32
  var positives: UInt32
  var negatives: UInt32
}

extension RankBin {
  /// Lists of bins by cell, ascending, from lists that go down and may meet in a bin.
  static func lists(_ parts: [[RankBin]], count: Int) -> [[RankBin]] {
    var lists = Array(repeating: [RankBin](), count: count)
    for part in parts {
      for bin in part {
        let cell = Int(bin.cell)
        if let last = lists[cell].last, last.bin == bin.bin {
          lists[cell][lists[cell].count - 1].positives += bin.positives
          lists[cell][lists[cell].count - 1].negatives += bin.negatives
        } else {
          lists[cell].append(bin)
        }
      }
    }
    return lists.map { $0.reversed() }
  }
}

/// Labelled rows of one cell in one calibration bin.
struct RankCalibration: Sendable {
  var positives: UInt64 = 0
  var negatives: UInt64 = 0
  /// Sums of scores and of squared errors, units of 2⁻⁶⁴.
  var scores: UInt128 = 0
  var squaredErrors: UInt128 = 0

  static func += (sum: inout RankCalibration, other: RankCalibration) {
    sum.positives &+= other.positives
    sum.negatives &+= other.negatives
    sum.scores &+= other.scores
    sum.squaredErrors &+= other.squaredErrors
  }
}

/// One distinct score of the whole table with its labelled rows.
struct RankStep: Sendable, Hashable {
  var score: Double
  var positives: UInt32
  var negatives: UInt32
}
