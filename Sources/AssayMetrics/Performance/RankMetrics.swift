import AssayStatistics

/// A metric's value with every row's contribution to it.
struct Contributions {
  /// NaN when undefined.
  var value: Double
  /// One number per row, summing to 0; empty when undefined.
  var rows: [Double]
}

/// Metrics of the order of scores, exact, with ties.
enum RankMetrics {
  /// The area under the ROC curve and each row's contribution.
  ///
  /// With placements `V = share of the other class that the row is ahead of, ties ½`, the area is
  /// the mean of V over positives; a row contributes `(V − area) / rows of its class`.
  /// - Parameters:
  ///   - order: Rows from the lowest score.
  ///   - sign: 1 positive, 0 negative, −1 no part in it, by row.
  /// - Note: Source: DeLong, DeLong, Clarke-Pearson 1988, Biometrics 44, 837–845.
  static func rocAUC(order: [UInt32], ranks: [UInt32], sign: [Int8]) -> Contributions {
    var positives = 0
    var negatives = 0
    for value in sign { if value == 1 { positives += 1 } else if value == 0 { negatives += 1 } }
    guard positives > 0, negatives > 0 else { return Contributions(value: .nan, rows: []) }
    let m = Double(positives)
    let n = Double(negatives)
    var placements = Array(repeating: 0.0, count: sign.count)
    var positivesBelow = 0
    var negativesBelow = 0
    // Twice the U statistic, an integer: exact for any number of rows.
    var twiceU = 0
    forEachTie(order: order, ranks: ranks) { tie in
      var positivesHere = 0
      var negativesHere = 0
      for position in tie {
        let value = sign[Int(order[position])]
        if value == 1 { positivesHere += 1 } else if value == 0 { negativesHere += 1 }
      }
      let ahead = 2 * negativesBelow + negativesHere
      let behind = 2 * (positives - positivesBelow - positivesHere) + positivesHere
      for position in tie {
        let row = Int(order[position])
        switch sign[row] {
        case 1: placements[row] = Double(ahead) / (2 * n)
        case 0: placements[row] = Double(behind) / (2 * m)
        default: break
        }
      }
      twiceU += positivesHere * ahead
      positivesBelow += positivesHere
      negativesBelow += negativesHere
    }
    let area = Double(twiceU) / (2 * m * n)
    for row in placements.indices {
      switch sign[row] {
      case 1: placements[row] = (placements[row] - area) / m
      case 0: placements[row] = (placements[row] - area) / n
      default: break
      }
    }
    return Contributions(value: area, rows: placements)
  }

  /// Average precision (step sum) and each row's contribution.
  ///
  /// It is the mean over positives of `p(s) = positives at or above s / rows at or above s`. Its
  /// derivative by one row's weight: `(y p(s) + Σ over positives i at or below s of
  /// (y − p(sᵢ)) / rows at or above sᵢ − y AP) / positives`.
  static func averagePrecision(order: [UInt32], ranks: [UInt32], sign: [Int8]) -> Contributions {
    var positives = 0
    var rowsAbove = 0
    for value in sign where value >= 0 {
      rowsAbove += 1
      if value == 1 { positives += 1 }
    }
    guard positives > 0 else { return Contributions(value: .nan, rows: []) }
    let m = Double(positives)
    var positivesAbove = positives
    var sum = CompensatedSum()
    var contributions = Array(repeating: 0.0, count: sign.count)
    // Sums over positives at or below the current score.
    var inverses = CompensatedSum()
    var shares = CompensatedSum()
    forEachTie(order: order, ranks: ranks) { tie in
      var positivesHere = 0
      var rowsHere = 0
      for position in tie {
        let value = sign[Int(order[position])]
        if value >= 0 { rowsHere += 1 }
        if value == 1 { positivesHere += 1 }
      }
      if rowsHere == 0 { return }
      let precision = Double(positivesAbove) / Double(rowsAbove)
      let here = Double(positivesHere)
      sum.add(here * precision)
      inverses.add(here / Double(rowsAbove))
      shares.add(here * precision / Double(rowsAbove))
      for position in tie {
        let row = Int(order[position])
        switch sign[row] {
        case 1: contributions[row] = precision + inverses.value - shares.value
        case 0: contributions[row] = -shares.value
        default: break
        }
      }
      positivesAbove -= positivesHere
      rowsAbove -= rowsHere
    }
    let value = sum.value / m
    for row in contributions.indices where sign[row] >= 0 {
      contributions[row] = (contributions[row] - (sign[row] == 1 ? value : 0)) / m
    }
    return Contributions(value: value, rows: contributions)
  }

  /// A quantile of the absolute errors and each row's contribution.
  ///
  /// A row contributes `(p − 1[error ≤ quantile]) / (n f)`, with the density `f` at the quantile
  /// taken from the distance between the quantiles at `p ± 2 √(p (1 − p) / n)`.
  /// - Note: Source of the density: Woodruff 1952, JASA 47, 635–646.
  static func quantile(
    _ p: Double, ofErrors errors: [Double], labelled: [Bool]
  ) -> Contributions {
    let sorted = zip(errors, labelled).filter(\.1).map(\.0).sorted()
    guard !sorted.isEmpty else { return Contributions(value: .nan, rows: []) }
    let n = Double(sorted.count)
    let value = quantile(p, of: sorted)
    let step = min(p, 1 - p, 2 * (p * (1 - p) / n).squareRoot())
    let inverseDensity =
      (quantile(p + step, of: sorted) - quantile(p - step, of: sorted)) / (2 * step)
    var below = 0
    for error in sorted where error <= value { below += 1 }
    let share = Double(below) / n
    let rows = zip(errors, labelled).map { error, isLabelled in
      isLabelled ? (share - (error <= value ? 1 : 0)) * inverseDensity / n : 0
    }
    return Contributions(value: value, rows: rows)
  }

  /// The quantile of sorted numbers, linear between neighbours as in numpy; NaN without numbers.
  static func quantile(_ p: Double, of sorted: [Double]) -> Double {
    guard let first = sorted.first, let last = sorted.last else { return .nan }
    let position = p * Double(sorted.count - 1)
    if position <= 0 { return first }
    if position >= Double(sorted.count - 1) { return last }
    let low = Int(position)
    let fraction = position - Double(low)
    let step = sorted[low + 1] - sorted[low]
    return fraction < 0.5 ? sorted[low] + step * fraction : sorted[low + 1] - step * (1 - fraction)
  }

  /// Calls with the positions in `order` of each run of equal ranks, from the lowest.
  static func forEachTie(
    order: [UInt32], ranks: [UInt32], _ body: (Range<Int>) -> Void
  ) {
    var start = 0
    while start < order.count {
      let rank = ranks[Int(order[start])]
      var end = start + 1
      while end < order.count, ranks[Int(order[end])] == rank { end += 1 }
      body(start..<end)
      start = end
    }
  }
}
