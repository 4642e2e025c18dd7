/// How scores are distributed by label: every distinct score with the rows that have it.
///
/// Every curve, threshold and drift of a binary classifier is a pure function of this value, so it
/// does not matter whether it was made from rows (exact) or from a histogram (as exact as its bins).
/// Scores are finite and strictly ascending; −0 counts as 0; counts are not negative and their sum
/// fits in an `Int`.
public struct ScoreDistribution: Hashable, Sendable {
  /// Distinct scores, ascending.
  public let scores: [Double]
  /// Rows with label 1 at each score.
  public let positives: [Int]
  /// Rows with label 0 at each score.
  public let negatives: [Int]
  /// Rows without a label at each score; they count for drift alone.
  public let unlabelled: [Int]
  /// Rows with label 1.
  public let positiveCount: Int
  /// Rows with label 0.
  public let negativeCount: Int
  /// Rows without a label.
  public let unlabelledCount: Int
  /// Equal-width bins in which the rows' scores were pooled, each standing at its lower end; `nil`
  /// when every score is exact.
  public let pooledBins: Int?

  /// No rows.
  public static let empty = ScoreDistribution(
    checked: [], positives: [], negatives: [], unlabelled: [], pooledBins: nil)

  /// Rows with a label.
  public var labelledCount: Int { positiveCount + negativeCount }
  /// All rows.
  public var count: Int { labelledCount + unlabelledCount }

  /// A distribution from distinct scores and their counts; scores without rows are dropped.
  /// - Parameters:
  ///   - unlabelled: Rows without a label; empty means none.
  ///   - pooledBins: How many bins the scores stand for; `nil` when they are exact.
  /// - Returns: `nil` when lengths differ, scores are not finite and strictly ascending, or counts
  ///   are negative or too many to add.
  public init?(
    scores: [Double], positives: [Int], negatives: [Int], unlabelled: [Int] = [],
    pooledBins: Int? = nil
  ) {
    let none = unlabelled.isEmpty ? Array(repeating: 0, count: scores.count) : unlabelled
    guard positives.count == scores.count, negatives.count == scores.count,
      none.count == scores.count
    else { return nil }
    var total = 0
    for index in scores.indices {
      guard scores[index].isFinite, index == 0 || scores[index - 1] < scores[index] else {
        return nil
      }
      for count in [positives[index], negatives[index], none[index]] {
        let (sum, overflow) = total.addingReportingOverflow(count)
        if count < 0 || overflow { return nil }
        total = sum
      }
    }
    let used = scores.indices.filter { positives[$0] + negatives[$0] + none[$0] > 0 }
    if used.count == scores.count {
      self.init(
        checked: scores, positives: positives, negatives: negatives, unlabelled: none,
        pooledBins: pooledBins)
    } else {
      self.init(
        checked: used.map { scores[$0] }, positives: used.map { positives[$0] },
        negatives: used.map { negatives[$0] }, unlabelled: used.map { none[$0] },
        pooledBins: pooledBins)
    }
  }

  /// The distribution whose arrays are known to be sound.
  init(
    checked scores: [Double], positives: [Int], negatives: [Int], unlabelled: [Int],
    pooledBins: Int?
  ) {
    self.scores = scores
    self.positives = positives
    self.negatives = negatives
    self.unlabelled = unlabelled
    self.pooledBins = pooledBins
    positiveCount = positives.reduce(0, +)
    negativeCount = negatives.reduce(0, +)
    unlabelledCount = unlabelled.reduce(0, +)
  }
}

extension ScoreDistribution {
  /// The exact distribution of some rows.
  /// - Parameter labels: 1, 0, or anything else for a row without a label, beside `scores`. A row
  ///   whose score is not finite is left out.
  public init(scores rows: [Double], labels: [Int32]) {
    var order = (0..<min(rows.count, labels.count)).filter { rows[$0].isFinite }
    order.sort { rows[$0] < rows[$1] }
    var scores: [Double] = []
    var positives: [Int] = []
    var negatives: [Int] = []
    var unlabelled: [Int] = []
    for row in order {
      if scores.last != rows[row] {
        scores.append(rows[row] == 0 ? 0 : rows[row])
        positives.append(0)
        negatives.append(0)
        unlabelled.append(0)
      }
      switch labels[row] {
      case 1: positives[positives.count - 1] += 1
      case 0: negatives[negatives.count - 1] += 1
      default: unlabelled[unlabelled.count - 1] += 1
      }
    }
    self.init(
      checked: scores, positives: positives, negatives: negatives, unlabelled: unlabelled,
      pooledBins: nil)
  }

  /// The distribution of some rows with its scores pooled into bins of equal width over `0...1`, in
  /// one pass and with memory that does not depend on the rows.
  ///
  /// A bin that holds a multiple of 0.05 is cut there, so that a threshold of
  /// ``sweepThresholds`` finds the exact counts. Every part of a bin stands at its lower end, so that
  /// distributions of different rows can be compared, and an end as a threshold selects the same rows
  /// as any score in the gap below the lowest row. Scores beyond 0 and 1 stand
  /// at 0 and 1.
  /// - Parameter bits: The bins are 2^bits, from 5 to 24; forced into that range.
  public init(pooling rows: [Double], labels: [Int32], bits: Int) {
    let bins = 1 << max(5, min(bits, 24))
    var cuts = Array(repeating: Double.infinity, count: bins)
    for cut in Self.sweepThresholds { cuts[PreparedSeed.bin(cut, of: bins)] = cut }
    var counts = Array(repeating: 0, count: 6 * bins)
    for row in 0..<min(rows.count, labels.count) where rows[row].isFinite {
      let score = max(0, min(rows[row], 1))
      let bin = PreparedSeed.bin(score, of: bins)
      let place = 2 * bin + (score >= cuts[bin] ? 1 : 0)
      counts[3 * place + (labels[row] == 1 ? 0 : labels[row] == 0 ? 1 : 2)] += 1
    }
    // A bin that starts at its cut has no rows below it, so the scores ascend.
    var scores: [Double] = []
    var columns: [[Int]] = [[], [], []]
    for place in 0..<(2 * bins) {
      let here = [counts[3 * place], counts[3 * place + 1], counts[3 * place + 2]]
      if here[0] + here[1] + here[2] == 0 { continue }
      scores.append(place % 2 == 0 ? Double(place / 2) / Double(bins) : cuts[place / 2])
      for column in here.indices { columns[column].append(here[column]) }
    }
    self.init(
      checked: scores, positives: columns[0], negatives: columns[1], unlabelled: columns[2],
      pooledBins: bins)
  }

  /// The distribution with its scores pooled into `bins` bins of equal width, bin
  /// `min(⌊score · bins⌋, bins − 1)`; every bin stands at its lower end.
  public func pooled(bins given: Int) -> ScoreDistribution {
    let bins = max(1, given)
    var scores: [Double] = []
    var columns: [[Int]] = [[], [], []]
    var last = -1
    for index in self.scores.indices {
      let bin = PreparedSeed.bin(self.scores[index], of: bins)
      if bin != last {
        scores.append(Double(bin) / Double(bins))
        for column in columns.indices { columns[column].append(0) }
        last = bin
      }
      let place = scores.count - 1
      columns[0][place] += positives[index]
      columns[1][place] += negatives[index]
      columns[2][place] += unlabelled[index]
    }
    return ScoreDistribution(
      checked: scores, positives: columns[0], negatives: columns[1], unlabelled: columns[2],
      pooledBins: bins)
  }

  /// Both distributions' rows together.
  public func merging(_ other: ScoreDistribution) -> ScoreDistribution {
    combined(with: other, sign: 1)
  }

  /// The rows that remain without those of a part of this distribution; counts stop at 0.
  public func subtracting(_ part: ScoreDistribution) -> ScoreDistribution {
    combined(with: part, sign: -1)
  }

  private func combined(with other: ScoreDistribution, sign: Int) -> ScoreDistribution {
    var scores: [Double] = []
    var columns: [[Int]] = [[], [], []]
    Self.walk(self, other) { score, here, there in
      var sums = (0, 0, 0)
      if let here { sums = (positives[here], negatives[here], unlabelled[here]) }
      if let there {
        sums.0 = max(0, sums.0 + sign * other.positives[there])
        sums.1 = max(0, sums.1 + sign * other.negatives[there])
        sums.2 = max(0, sums.2 + sign * other.unlabelled[there])
      }
      if sums.0 + sums.1 + sums.2 == 0 { return }
      scores.append(score)
      columns[0].append(sums.0)
      columns[1].append(sums.1)
      columns[2].append(sums.2)
    }
    return ScoreDistribution(
      checked: scores, positives: columns[0], negatives: columns[1], unlabelled: columns[2],
      pooledBins: pooledBins ?? other.pooledBins)
  }

  /// Calls for every score of either distribution, ascending, with its place in each.
  static func walk(
    _ a: ScoreDistribution, _ b: ScoreDistribution,
    _ body: (_ score: Double, _ inFirst: Int?, _ inSecond: Int?) -> Void
  ) {
    var i = 0
    var j = 0
    while i < a.scores.count || j < b.scores.count {
      let here = i < a.scores.count ? a.scores[i] : .infinity
      let there = j < b.scores.count ? b.scores[j] : .infinity
      body(min(here, there), here <= there ? i : nil, there <= here ? j : nil)
      if here <= there { i += 1 }
      if there <= here { j += 1 }
    }
  }
}
