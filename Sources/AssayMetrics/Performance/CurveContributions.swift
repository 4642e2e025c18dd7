import AssayStatistics

extension RankMetrics {
  /// The Kolmogorov–Smirnov statistic `max |TPR − FPR|` and each row's contribution.
  ///
  /// At the threshold of the maximum a row contributes `± (1[selected] − TPR) / P` or
  /// `∓ (1[selected] − FPR) / N`: the maximum changes as the difference at its place does, where that
  /// place is the only one.
  static func kolmogorovSmirnov(
    order: [UInt32], ranks: [UInt32], sign: [Int8]
  ) -> Contributions {
    let positives = sign.count { $0 == 1 }
    let negatives = sign.count { $0 == 0 }
    guard positives > 0, negatives > 0 else { return Contributions(value: .nan, rows: []) }
    var below = (positives: 0, negatives: 0)
    var best = (value: 0.0, side: 1.0, start: order.count)
    forEachTie(order: order, ranks: ranks) { tie in
      // Rows from this tie on are selected.
      let recall = Double(positives - below.positives) / Double(positives)
      let falseRate = Double(negatives - below.negatives) / Double(negatives)
      if abs(recall - falseRate) >= best.value {
        best = (abs(recall - falseRate), recall >= falseRate ? 1 : -1, tie.lowerBound)
      }
      for position in tie {
        let value = sign[Int(order[position])]
        if value == 1 { below.positives += 1 } else if value == 0 { below.negatives += 1 }
      }
    }
    var selected = (positives: 0.0, negatives: 0.0)
    var rows = Array(repeating: 0.0, count: sign.count)
    for position in best.start..<order.count {
      let row = Int(order[position])
      rows[row] = 1
      if sign[row] == 1 {
        selected.positives += 1
      } else if sign[row] == 0 {
        selected.negatives += 1
      }
    }
    let recall = selected.positives / Double(positives)
    let falseRate = selected.negatives / Double(negatives)
    for row in rows.indices {
      switch sign[row] {
      case 1: rows[row] = best.side * (rows[row] - recall) / Double(positives)
      case 0: rows[row] = -best.side * (rows[row] - falseRate) / Double(negatives)
      default: rows[row] = 0
      }
    }
    return Contributions(value: best.value, rows: rows)
  }

  /// The area under the precision–recall curve by trapezoids and each row's contribution.
  ///
  /// With P(k) the precision from the k-th distinct score on, P(0) = 1, and t(k) the positives at
  /// it: `Σ t(k) (P(k) + P(k−1)) / 2 / positives`. A row of label y at score s contributes
  /// `(y (P(s) + P(s−1)) / 2 + Σ over scores k at or below s of (y − P(k)) / rows(k) ·
  /// (t(k) + t(k+1)) / 2 − y area) / positives`.
  static func precisionRecallTrapezoid(
    order: [UInt32], ranks: [UInt32], sign: [Int8]
  ) -> Contributions {
    struct Step {
      var range: Range<Int>
      var positives = 0
      var rows = 0
    }
    var steps: [Step] = []
    forEachTie(order: order, ranks: ranks) { tie in
      var step = Step(range: tie)
      for position in tie {
        let value = sign[Int(order[position])]
        if value >= 0 { step.rows += 1 }
        if value == 1 { step.positives += 1 }
      }
      if step.rows > 0 { steps.append(step) }
    }
    let positives = Double(steps.reduce(0) { $0 + $1.positives })
    guard positives > 0 else { return Contributions(value: .nan, rows: []) }
    // From the highest score: precision and rows selected from each step on.
    var precisions = Array(repeating: 1.0, count: steps.count + 1)
    var selected = Array(repeating: 0.0, count: steps.count + 1)
    var right = 0.0
    var area = CompensatedSum()
    for index in steps.indices.reversed() {
      right += Double(steps[index].positives)
      selected[index] = selected[index + 1] + Double(steps[index].rows)
      precisions[index] = right / selected[index]
      area.add(Double(steps[index].positives) * (precisions[index] + precisions[index + 1]) / 2)
    }
    let value = area.value / positives
    var rows = Array(repeating: 0.0, count: sign.count)
    // Sums over steps at or below the current one.
    var inverses = CompensatedSum()
    var shares = CompensatedSum()
    for index in steps.indices {
      let next = index > 0 ? Double(steps[index - 1].positives) : 0
      let weight = (Double(steps[index].positives) + next) / 2 / selected[index]
      inverses.add(weight)
      shares.add(weight * precisions[index])
      let own = (precisions[index] + precisions[index + 1]) / 2
      for position in steps[index].range {
        let row = Int(order[position])
        switch sign[row] {
        case 1: rows[row] = (own + inverses.value - shares.value - value) / positives
        case 0: rows[row] = -shares.value / positives
        default: break
        }
      }
    }
    return Contributions(value: value, rows: rows)
  }

  /// Spearman's rank correlation with midranks, and each row's contribution.
  ///
  /// Pearson's correlation of the midranks R and S. Besides its own deviation product, a row shifts
  /// the ranks of every row above it in either order: with C, A, B the sums of products and squares
  /// of deviations r and s of the ranks, `dC = r s + Σ K(i) s(i) + Σ L(i) r(i)`,
  /// `dA = r² + 2 Σ K(i) r(i)`, K and L being 1 for rows above, ½ for equals, each rank divided by the
  /// rows; the contribution is `dC / √(AB) − ρ/2 (dA / A + dB / B)`.
  static func spearman(_ first: [Double], _ second: [Double], labelled: [Bool]) -> Contributions {
    let rows = first.indices.filter { labelled[$0] }
    let undefined = Contributions(value: .nan, rows: [])
    guard rows.count > 1 else { return undefined }
    let a = Midranks(rows.map { first[$0] })
    let b = Midranks(rows.map { second[$0] })
    let spreadA = a.sum(of: a.deviations, a.deviations)
    let spreadB = a.sum(of: b.deviations, b.deviations)
    let joint = a.sum(of: a.deviations, b.deviations)
    guard spreadA > 0, spreadB > 0 else { return undefined }
    let root = spreadA.squareRoot() * spreadB.squareRoot()
    let value = max(-1, min(1, joint / root))
    let (jointA, ownA) = (a.above(b.deviations), a.above(a.deviations))
    let (jointB, ownB) = (b.above(a.deviations), b.above(b.deviations))
    var result = Array(repeating: 0.0, count: first.count)
    for (place, row) in rows.enumerated() {
      let (r, s) = (a.deviations[place], b.deviations[place])
      let joint = r * s + jointA[place] + jointB[place]
      let spreads =
        (r * r + 2 * ownA[place]) / spreadA + (s * s + 2 * ownB[place]) / spreadB
      result[row] = joint / root - value / 2 * spreads
    }
    return Contributions(value: value, rows: result)
  }
}

/// Midranks of some numbers, as shares of their count, taken from their mean ½.
private struct Midranks {
  /// Places from the lowest number to the highest, by ties.
  let ties: [[Int]]
  /// Midrank minus ½, by place.
  let deviations: [Double]

  init(_ numbers: [Double]) {
    let ranks = ScoreRanks.ranks(of: numbers)
    let order = ScoreRanks.order(of: ranks)
    var ties: [[Int]] = []
    var deviations = Array(repeating: 0.0, count: numbers.count)
    let count = Double(numbers.count)
    RankMetrics.forEachTie(order: order, ranks: ranks) { tie in
      let middle = (Double(tie.lowerBound) + Double(tie.upperBound)) / 2 / count - 0.5
      let places = tie.map { Int(order[$0]) }
      for place in places { deviations[place] = middle }
      ties.append(places)
    }
    self.ties = ties
    self.deviations = deviations
  }

  func sum(of a: [Double], _ b: [Double]) -> Double {
    var sum = CompensatedSum()
    for (x, y) in zip(a, b) { sum.add(x * y) }
    return sum.value
  }

  /// For every place, the sum of `column` over higher numbers and half of it over equal ones, per
  /// number.
  func above(_ column: [Double]) -> [Double] {
    var result = Array(repeating: 0.0, count: column.count)
    var higher = CompensatedSum()
    for places in ties.reversed() {
      var here = CompensatedSum()
      for place in places { here.add(column[place]) }
      for place in places {
        result[place] = (higher.value + here.value / 2) / Double(column.count)
      }
      higher.merge(here)
    }
    return result
  }
}
