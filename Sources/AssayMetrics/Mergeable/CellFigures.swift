import AssayStatistics

/// One cell's counts as the vectors that metrics are functions of.
struct CellFigures {
  let cell: CellStatistics
  let shape: StatisticsShape
  let ranks: CellRanks
  /// Totals by arm.
  let totals: [[Double]]
  /// Totals by arm and client; empty unless clients are the sampled units.
  let clientTotals: [[[Double]]]
  let labelledRows: Int
  /// Whether clients are the sampled units; otherwise rows are.
  let isClustered: Bool
  /// Whether clients are known.
  let hasClients: Bool

  /// - Parameters:
  ///   - ranks: Exact ranks where rows were at hand; otherwise they come from bins.
  ///   - origin: What targets of a regression are taken from.
  init(
    _ cell: CellStatistics, shape: StatisticsShape, ranks: CellRanks?, origin: Double,
    hasClients: Bool, options: EvaluationOptions
  ) {
    self.cell = cell
    self.shape = shape
    self.hasClients = hasClients
    let isClustered = cell.clients.count >= max(2, options.minimumClusters)
    self.isClustered = isClustered
    self.ranks =
      ranks?.completed(cell, shape) ?? cell.binnedRanks(shape, wantsClients: isClustered)
    let layout = shape.layout
    totals = cell.arms.map { layout.totals($0, shape: shape, origin: origin) }
    clientTotals =
      isClustered
      ? cell.arms.indices.map { arm in
        cell.clients.map { layout.totals($0.arms[arm], shape: shape, origin: origin) }
      } : []
    labelledRows = cell.arms.first.map { $0.labels(classes: shape.classes).reduce(0, +) } ?? 0
  }

  /// What a reader must know when clients exist but are too few to be the sampled units.
  var note: String? {
    !isClustered && hasClients && cell.rows > 0 ? "rows treated as independent" : nil
  }

  /// Clients' contributions to a smooth metric of an arm.
  func contributions(_ gradient: [Double], arm: Int) -> [Double] {
    clientTotals[arm].map { totals in
      var sum = 0.0
      for (index, slope) in gradient.enumerated() { sum += slope * totals[index] }
      return sum
    }
  }

  /// The sandwich variance over clients: `Σ u² · G / (G − 1)`.
  func clusteredVariance(_ contributions: [Double]) -> Double? {
    let count = Double(contributions.count)
    guard count > 1 else { return nil }
    var sum = CompensatedSum()
    for unit in contributions { sum.add(unit * unit) }
    return sum.value * count / (count - 1)
  }

  /// Whether a metric with this gradient is a function of counts alone.
  func isOfCounts(_ gradient: [Double]) -> Bool {
    gradient[shape.layout.value(0)...].allSatisfy { $0 == 0 }
  }

  /// The one row value that a metric with this gradient depends on; `nil` when there are several.
  func onlyValue(_ gradient: [Double]) -> Int? {
    let used = (0..<shape.layout.valueCount).filter { gradient[shape.layout.value($0)] != 0 }
    return used.count == 1 ? used[0] : nil
  }

  /// `Σ (x − mean)²` of a row value over labelled rows; `nil` where squares are not kept.
  func squaredDeviations(_ value: Int, arm: Int) -> Double? {
    let rows = Double(labelledRows)
    guard rows > 0 else { return nil }
    if let regression = cell.arms[arm].regression {
      guard let (sum, squares) = regression.sumAndSquares(value) else { return nil }
      return ExactSum.squaredDeviations(sum: sum, squares: squares, count: labelledRows)
    }
    return cell.arms[arm].moments(value).map { max(0, $0.squares - $0.sum * $0.sum / rows) }
  }

  /// `Σ (score − mean)²` over labelled rows of two classes, each score standing in the middle of its
  /// bin: to within 1/bins of the spread.
  func squaredScoreDeviations(arm: Int) -> Double? {
    var (rows, sum, squares) = (0.0, CompensatedSum(), CompensatedSum())
    let scores = cell.arms[arm].scores
    for (key, count) in zip(scores.keys, scores.counts) {
      let score = (Double(key / 2) + 0.5) / Double(shape.bins)
      rows += Double(count)
      sum.add(Double(count) * score)
      squares.add(Double(count) * score * score)
    }
    return rows > 0 ? max(0, squares.value - sum.value * sum.value / rows) : nil
  }

  /// `Σ (a x − b y − mean)²` of a row value under a compared arm (x) and the reference (y); `nil`
  /// where squares are not kept.
  ///
  /// From squares alone: `Σ(ax − by)² = (a − b)(a Σx² − b Σy²) + ab Σ(x − y)²`, which cancels nothing
  /// where it matters, at `a = b`.
  func squaredDeviations(
    _ value: Int, pair: Int, slopes: (a: Double, b: Double)
  ) -> Double? {
    let rows = Double(labelledRows)
    let (first, second) = (shape.comparedArms[pair], shape.reference)
    guard rows > 0, let x = moments(value, arm: first), let y = moments(value, arm: second) else {
      return nil
    }
    let pairs = cell.pairs[pair]
    let differences: Double
    if shape.task == .regression {
      let place = value == TotalsLayout.RegressionValue.symmetric ? 4 : value
      guard place < pairs.regressionDifferences.count, place < 4 || place != value else {
        return nil
      }
      differences = pairs.regressionDifferences[place].value
    } else {
      guard value < pairs.squaredDifferences.count else { return nil }
      differences = pairs.squaredDifferences[value].value
    }
    let (a, b) = slopes
    let sum = a * x.sum - b * y.sum
    let squares = (a - b) * (a * x.squares - b * y.squares) + a * b * differences
    return max(0, squares - sum * sum / rows)
  }

  private func moments(_ value: Int, arm: Int) -> (sum: Double, squares: Double)? {
    let arm = cell.arms[arm]
    if let regression = arm.regression {
      return regression.sumAndSquares(value).map { ($0.sum.value, $0.squares.value) }
    }
    return arm.moments(value)
  }
}

extension ArmStatistics {
  /// The sum of a row value of ``TotalsLayout/ClassValue`` and of its squares.
  func moments(_ value: Int) -> (sum: Double, squares: Double)? {
    typealias V = TotalsLayout.ClassValue
    switch value {
    case V.logLoss, V.squaredError: return (sums[value].value, squares[value].value)
    case V.gap:
      return (gap, calibration.reduce(0) { $0 + $1.squaredGaps.value })
    default:
      // Being among the k highest is 0 or 1, its own square.
      guard let k = (1...5).first(where: { V.top($0) == value }) else { return nil }
      let rows = Double(truthRanks.top(k))
      return (rows, rows)
    }
  }

  /// The sum of outcome minus score.
  var gap: Double {
    calibration.reduce(0) {
      $0 + FixedSum(units: Int128($1.outcomes) << 64 - $1.scores.units).value
    }
  }
}

extension SparseCounts {
  /// Of ranks of the true class: rows whose true class is among the k highest scores.
  func top(_ k: Int) -> Int {
    var sum = 0
    for (key, count) in zip(keys, counts) where Int(key) < k { sum += count }
    return sum
  }
}

extension RegressionTotals {
  /// The sum of a row value of ``TotalsLayout/RegressionValue`` and of its squares; `nil` where the
  /// squares are not kept.
  func sumAndSquares(_ value: Int) -> (sum: ExactSum, squares: ExactSum)? {
    typealias V = TotalsLayout.RegressionValue
    switch value {
    case V.absolute: return (self[.absolute], self[.squared])
    case V.squared: return (self[.squared], self[.quartic])
    case V.error: return (self[.error], self[.squared])
    case V.relative: return (self[.relative], self[.relativeSquared])
    case V.target: return (self[.target], self[.targetSquared])
    case V.symmetric: return (self[.symmetric], self[.symmetricSquared])
    default: return nil
    }
  }
}

extension ExactSum {
  /// `Σ (x − mean)² = (n Σx² − (Σx)²) / n`, the numerator exact; 0 where it is negative, which
  /// consistent sums never are.
  static func squaredDeviations(sum: ExactSum, squares: ExactSum, count: Int) -> Double? {
    let rows = ExactSum(exactly: Double(count))
    guard count > 0, var numerator = squares.times(rows), let square = sum.times(sum) else {
      return nil
    }
    do { try numerator.merge(square.negated) } catch { return nil }
    return max(0, numerator.value / Double(count))
  }

  /// `Σ (x − origin)`, rounded once.
  func shifted(by origin: Double, count: Int) -> Double {
    var sum = self
    guard let shift = ExactSum(exactly: origin).times(ExactSum(exactly: -Double(count))) else {
      return .nan
    }
    do { try sum.merge(shift) } catch { return .nan }
    return sum.value
  }
}

extension ExactSum {
  /// `Σ (x − origin)(y − origin) = Σxy − origin (Σx + Σy) + n origin²`, rounded once.
  static func products(
    _ products: ExactSum, _ first: ExactSum, _ second: ExactSum, from origin: Double, count: Int
  ) -> Double {
    var sums = first
    do {
      try sums.merge(second)
      let shift = ExactSum(exactly: origin)
      guard let cross = sums.times(shift)?.negated,
        let square = shift.times(shift)?.times(ExactSum(exactly: Double(count)))
      else { return .nan }
      var result = products
      try result.merge(cross)
      try result.merge(square)
      return result.value
    } catch { return .nan }
  }
}

extension TotalsLayout {
  /// The vector of an arm of a cell.
  func totals(_ arm: ArmStatistics, shape: StatisticsShape, origin: Double) -> [Double] {
    var totals = counts(arm.confusion)
    if let regression = arm.regression {
      fill(&totals, regression.sums, origin: origin)
    } else {
      fill(&totals, arm.sums, gap: arm.gap, ranks: arm.truthRanks)
    }
    return totals
  }

  /// The vector of a client's share.
  func totals(
    _ share: ClientStatistics.Arm, shape: StatisticsShape, origin: Double
  ) -> [Double] {
    var totals = counts(share.confusion)
    if isRegression {
      fill(&totals, share.regression, origin: origin)
    } else {
      fill(
        &totals, share.sums, gap: share.gaps.reduce(0) { $0 + $1.value },
        ranks: share.truthRanks)
    }
    return totals
  }

  private func counts(_ confusion: SparseCounts) -> [Double] {
    var totals = [Double](repeating: 0, count: count)
    for (key, rows) in zip(confusion.keys, confusion.counts) {
      let (truth, guess) = (Int(key) / classes, Int(key) % classes)
      if truth == classes {
        totals[unlabelled(guess)] = Double(rows)
        continue
      }
      if truth == guess { totals[right(truth)] = Double(rows) }
      totals[actual(truth)] += Double(rows)
      totals[predicted(guess)] += Double(rows)
    }
    return totals
  }

  private func fill(
    _ totals: inout [Double], _ sums: [FixedSum], gap: Double, ranks: SparseCounts
  ) {
    typealias V = ClassValue
    totals[value(V.logLoss)] = sums[0].value
    totals[value(V.squaredError)] = sums[1].value
    totals[value(V.gap)] = gap
    // Two classes keep no ranks, and no metric of theirs reads them.
    for k in V.tops(classes: classes) { totals[value(V.top(k))] = Double(ranks.top(k)) }
  }

  private func fill(_ totals: inout [Double], _ sums: [ExactSum], origin: Double) {
    typealias V = RegressionValue
    typealias R = RegressionTotals.Value
    for place in [V.absolute, V.squared, V.error, V.relative, V.symmetric] {
      totals[value(place)] = sums[place].value
    }
    let rows = Int(totals[actual(0)])
    let target = sums[R.target.rawValue]
    let prediction = sums[R.prediction.rawValue]
    totals[value(V.target)] = target.shifted(by: origin, count: rows)
    totals[value(V.targetSquared)] = ExactSum.products(
      sums[R.targetSquared.rawValue], target, target, from: origin, count: rows)
    totals[value(V.product)] = ExactSum.products(
      sums[R.product.rawValue], target, prediction, from: origin, count: rows)
    totals[value(V.predictionSquared)] = ExactSum.products(
      sums[R.predictionSquared.rawValue], prediction, prediction, from: origin, count: rows)
  }
}
