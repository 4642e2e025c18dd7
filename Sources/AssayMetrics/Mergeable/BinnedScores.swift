import AssayStatistics

/// The histogram of one score column of one arm in one cell, and what its order says.
///
/// Goals in order: never claim more than the bins know; then the same value as from rows where bins
/// hold one label or one score; then speed. Rows of one bin count as ties.
struct BinnedScores {
  /// Bins that hold rows, in ascending order.
  private(set) var bins: [Int] = []
  /// Rows of other classes, and of the column's own class, in each of ``bins``.
  private(set) var negatives: [Int] = []
  private(set) var positives: [Int] = []
  private(set) var negativeCount = 0
  private(set) var positiveCount = 0

  /// - Parameters:
  ///   - own: The class whose rows are positives.
  ///   - other: The class whose rows are negatives; all others when `nil`.
  init(
    _ scores: SparseCounts, column: Int, shape: StatisticsShape, own: Int, other: Int? = nil
  ) {
    let classes = UInt32(shape.classes)
    let first = UInt32(column * shape.bins) * classes
    let end = UInt32((column + 1) * shape.bins) * classes
    for (key, rows) in zip(scores.keys, scores.counts) where key >= first && key < end {
      let truth = Int((key - first) % classes)
      if let other, truth != own, truth != other { continue }
      let bin = Int((key - first) / classes)
      if bins.last != bin {
        bins.append(bin)
        negatives.append(0)
        positives.append(0)
      }
      if truth == own {
        positives[positives.count - 1] += rows
        positiveCount += rows
      } else {
        negatives[negatives.count - 1] += rows
        negativeCount += rows
      }
    }
  }

  /// One value with the contribution of one row of each label in each bin.
  struct Measure {
    var value: Double
    var errorBound: Double
    var negatives: [Double]
    var positives: [Double]
  }

  /// The area under the ROC curve.
  ///
  /// `|binned − exact| ≤ Σ P(b) N(b) / (2 P N)`: within a bin every pair of a positive and a negative
  /// counts ½, and any order of the bin gives each of them between 0 and 1.
  /// - Returns: `nil` without rows of both labels.
  func area() -> Measure? {
    guard positiveCount > 0, negativeCount > 0 else { return nil }
    let m = Double(positiveCount)
    let n = Double(negativeCount)
    var twiceU: Int128 = 0
    var pairs: Int128 = 0
    var negativesBelow = 0
    var positivesBelow = 0
    var ahead: [Double] = []
    var behind: [Double] = []
    for (p, q) in zip(positives, negatives) {
      let below = 2 * negativesBelow + q
      twiceU += Int128(p) * Int128(below)
      pairs += Int128(p) * Int128(q)
      ahead.append(Double(below) / (2 * n))
      behind.append(Double(2 * (positiveCount - positivesBelow - p) + p) / (2 * m))
      negativesBelow += q
      positivesBelow += p
    }
    let area = Double(twiceU) / (2 * m * n)
    return Measure(
      value: area, errorBound: Double(pairs) / (2 * m * n),
      negatives: behind.map { ($0 - area) / n }, positives: ahead.map { ($0 - area) / m })
  }

  /// Average precision, rows of one bin taken as ties.
  ///
  /// With A⁺ positives and A rows in higher bins, a positive of a bin with p positives and q negatives
  /// has precision at most `(A⁺ + p) / (A + p)`, and the j-th from the top at least
  /// `(A⁺ + j) / (A + q + j)`, whatever the order within the bin; both bounds are summed over bins.
  /// - Returns: `nil` without positives.
  func averagePrecision() -> Measure? {
    guard positiveCount > 0 else { return nil }
    let m = Double(positiveCount)
    var value = 0.0
    var highest = 0.0
    var lowest = 0.0
    // Sums over positives at or below the current bin; see `RankMetrics.averagePrecision`.
    var inverses = 0.0
    var shares = 0.0
    var positivesAbove = positiveCount
    var rowsAbove = positiveCount + negativeCount
    var negativeRows: [Double] = []
    var positiveRows: [Double] = []
    for (p, q) in zip(positives, negatives) {
      let precision = Double(positivesAbove) / Double(rowsAbove)
      let here = Double(p)
      value += here * precision
      inverses += here / Double(rowsAbove)
      shares += here * precision / Double(rowsAbove)
      positiveRows.append(precision + inverses - shares)
      negativeRows.append(-shares)
      positivesAbove -= p
      rowsAbove -= p + q
      if p > 0 {
        let ownHigher = Double(positivesAbove)
        let higher = Double(rowsAbove)
        highest += here * (ownHigher + here) / (higher + here)
        lowest += Self.leastPrecisions(
          positives: p, ownHigher: ownHigher, higher: higher + Double(q))
      }
    }
    let average = value / m
    return Measure(
      value: average,
      // Rounding of thousands of terms in 0...1 stays far below 1e-12.
      errorBound: max(highest - value, value - lowest, 0) / m + (highest > lowest ? 1e-12 : 0),
      negatives: negativeRows.map { $0 / m }, positives: positiveRows.map { ($0 - average) / m })
  }

  /// At most `Σ over j in 1...p of (ownHigher + j) / (higher + j)`, and near to it.
  ///
  /// `= p − (higher − ownHigher) Σ 1/(higher + j)`; each `1/x` is at most its integral over
  /// `x ± ½`, as it is convex.
  private static func leastPrecisions(
    positives p: Int, ownHigher: Double, higher: Double
  ) -> Double {
    if p <= 64 {
      var sum = 0.0
      for j in 1...p { sum += (ownHigher + Double(j)) / (higher + Double(j)) }
      return sum
    }
    let inverses = PortableMath.log1p(Double(p) / (higher + 0.5))
    return max(0, Double(p) - (higher - ownHigher) * inverses)
  }

  /// The area under the precision–recall curve by trapezoids, rows of one bin taken as ties.
  ///
  /// The height at a positive is the mean of the precision at its score and at the next higher one.
  /// With the letters of ``averagePrecision()``: both are at most `(A⁺ + p) / (A + p)`; the first is
  /// at least `(A⁺ + j) / (A + q + j)` for the j-th positive, the second `A⁺ / (A + q)`.
  func precisionRecallTrapezoid() -> Measure? {
    guard positiveCount > 0 else { return nil }
    var value = 0.0
    var highest = 0.0
    var lowest = 0.0
    var ownHigher = 0.0
    var higher = 0.0
    // Precision, and rows selected, from each bin on.
    var precisions = [Double](repeating: 1, count: bins.count + 1)
    var selected = [Double](repeating: 0, count: bins.count + 1)
    for index in bins.indices.reversed() {
      let (p, q) = (Double(positives[index]), Double(negatives[index]))
      selected[index] = higher + p + q
      precisions[index] = (ownHigher + p) / selected[index]
      value += p * (precisions[index] + precisions[index + 1]) / 2
      if p > 0 {
        highest += p * (ownHigher + p) / (higher + p)
        lowest +=
          Self.leastPrecisions(
            positives: positives[index], ownHigher: ownHigher, higher: higher + q) / 2
        if higher + q > 0 { lowest += p * ownHigher / (higher + q) / 2 }
      }
      ownHigher += p
      higher += p + q
    }
    let m = Double(positiveCount)
    var measure = Measure(
      value: value / m,
      errorBound: max(highest - value, value - lowest, 0) / m + (highest > lowest ? 1e-12 : 0),
      negatives: [], positives: [])
    // As in `RankMetrics.precisionRecallTrapezoid`, a bin being a step.
    var (inverses, shares, lower) = (0.0, 0.0, 0.0)
    for index in bins.indices {
      let weight = (Double(positives[index]) + lower) / 2 / selected[index]
      inverses += weight
      shares += weight * precisions[index]
      let own = (precisions[index] + precisions[index + 1]) / 2
      measure.positives.append((own + inverses - shares - measure.value) / m)
      measure.negatives.append(-shares / m)
      lower = Double(positives[index])
    }
    return measure
  }

  /// The largest distance of the cumulative shares of both labels, over the edges of bins.
  ///
  /// Within a bin the distance exceeds that at its ends by no more than the bin's own share of one
  /// label, which bounds the error. A row contributes what it adds to the distance at the edge where
  /// it is largest.
  func kolmogorovSmirnov() -> Measure? {
    guard positiveCount > 0, negativeCount > 0 else { return nil }
    let m = Double(positiveCount)
    let n = Double(negativeCount)
    var below = (positives: 0.0, negatives: 0.0)
    var best = (value: 0.0, index: -1, own: 0.0, others: 0.0)
    var highest = 0.0
    for (index, (p, q)) in zip(positives, negatives).enumerated() {
      let distance = below.positives - below.negatives
      let (own, others) = (Double(p) / m, Double(q) / n)
      if p > 0, q > 0 { highest = max(highest, abs(distance + own), abs(distance - others)) }
      below.positives += own
      below.negatives += others
      let here = abs(below.positives - below.negatives)
      if here > best.value { best = (here, index, below.positives, below.negatives) }
    }
    let side = best.own >= best.others ? 1.0 : -1
    return Measure(
      value: best.value, errorBound: max(0, highest - best.value),
      negatives: bins.indices.map { -side * (($0 <= best.index ? 1 : 0) - best.others) / n },
      positives: bins.indices.map { side * (($0 <= best.index ? 1 : 0) - best.own) / m })
  }
}

extension BinnedScores.Measure {
  /// The sampling variance of an area over rows: each label with its own `n − 1`.
  ///
  /// `nil` where a label has one row.
  /// - Note: Source: DeLong, DeLong, Clarke-Pearson 1988, Biometrics 44, 837–845.
  func delongVariance(_ scores: BinnedScores) -> Double? {
    guard scores.positiveCount > 1, scores.negativeCount > 1 else { return nil }
    func part(_ rows: [Double], _ counts: [Int], _ total: Int) -> Double {
      var sum = CompensatedSum()
      for (row, count) in zip(rows, counts) { sum.add(Double(count) * row * row) }
      return sum.value * Double(total) / Double(total - 1)
    }
    return part(positives, scores.positives, scores.positiveCount)
      + part(negatives, scores.negatives, scores.negativeCount)
  }

  /// The sampling variance over rows from their contributions: `Σ u² · n / (n − 1)`.
  func variance(_ scores: BinnedScores) -> Double? {
    let count = Double(scores.positiveCount + scores.negativeCount)
    return count > 1 ? squares(scores) * count / (count - 1) : nil
  }

  /// `Σ u²` over rows.
  func squares(_ scores: BinnedScores) -> Double {
    var sum = CompensatedSum()
    for index in positives.indices {
      sum.add(Double(scores.positives[index]) * positives[index] * positives[index])
      sum.add(Double(scores.negatives[index]) * negatives[index] * negatives[index])
    }
    return sum.value
  }

  /// Every client's contribution from its coarse histogram: a row counts with the mean contribution
  /// of its label in its coarse bin.
  ///
  /// The means are those of the cell, so that contributions of all clients still sum to 0.
  func contributions(
    of clients: [SparseCounts], scores: BinnedScores, column: Int, shape: StatisticsShape,
    own: Int, other: Int? = nil
  ) -> [Double] {
    if clients.isEmpty { return [] }
    let coarse = StatisticsShape.clientBins
    var sums = [Double](repeating: 0, count: 2 * coarse)
    var counts = [Double](repeating: 0, count: 2 * coarse)
    for (index, bin) in scores.bins.enumerated() {
      let place = 2 * (bin * coarse / shape.bins)
      sums[place] += Double(scores.negatives[index]) * negatives[index]
      counts[place] += Double(scores.negatives[index])
      sums[place + 1] += Double(scores.positives[index]) * positives[index]
      counts[place + 1] += Double(scores.positives[index])
    }
    let means = zip(sums, counts).map { $1 > 0 ? $0 / $1 : 0 }
    let classes = shape.classes
    let first = column * coarse * classes
    return clients.map { histogram in
      var sum = 0.0
      for (key, count) in zip(histogram.keys, histogram.counts) {
        let place = Int(key) - first
        if place < 0 || place >= coarse * classes { continue }
        let truth = place % classes
        if let other, truth != own, truth != other { continue }
        sum += Double(count) * means[place / classes * 2 + (truth == own ? 1 : 0)]
      }
      return sum
    }
  }
}
