import AssayStatistics

extension CellStatistics {
  /// What the order of scores says in this cell, from bins.
  /// - Parameter wantsClients: Whether clients' contributions are needed.
  func binnedRanks(_ shape: StatisticsShape, wantsClients: Bool) -> CellRanks {
    CellRanks(
      arms: arms.indices.map { arm in
        let ranks = BinnedRanks(
          scores: arms[arm].scores, labels: arms[arm].labels(classes: shape.classes),
          clients: wantsClients ? clients.map { $0.arms[arm] } : [], shape: shape)
        return arms[arm].regression.map { RankSummary($0) }
          ?? (shape.scoreColumns == 1 ? ranks.ofTwoClasses() : ranks.ofManyClasses())
      }, aucDifferenceVariances: pairs.map { _ in nil })
  }
}

extension CellRanks {
  /// Exact ranks with the variances that they lack taken from the histogram: a variance needs no more
  /// digits than 4096 bins give.
  func completed(_ cell: CellStatistics, _ shape: StatisticsShape) -> CellRanks {
    guard shape.task == .binary else { return self }
    var completed = self
    for (arm, counts) in cell.arms.enumerated() where !counts.scores.isEmpty {
      let binned = BinnedRanks(
        scores: counts.scores, labels: counts.labels(classes: 2), clients: [], shape: shape
      ).ofTwoClasses()
      completed.arms[arm].kolmogorovSmirnov.take(binned.kolmogorovSmirnov)
      completed.arms[arm].precisionRecallTrapezoid.take(binned.precisionRecallTrapezoid)
      completed.arms[arm].averagePrecision.take(binned.averagePrecision)
      completed.arms[arm].rocAUC.take(binned.rocAUC)
    }
    return completed
  }
}

extension RankValue {
  /// Takes over what is not known.
  fileprivate mutating func take(_ binned: RankValue) {
    variance = variance ?? binned.variance
    rowSquares = rowSquares ?? binned.rowSquares
  }
}

extension RankSummary {
  /// Of a regression: quantiles of its absolute errors.
  fileprivate init(_ regression: RegressionTotals) {
    self.init(isBinned: true)
    medianAbsoluteError = regression.quantile(0.5)
    errorQuantile90 = regression.quantile(0.9)
    errorQuantile95 = regression.quantile(0.95)
  }
}

/// The ranks of one arm in one cell, from its histograms.
private struct BinnedRanks {
  let scores: SparseCounts
  /// Rows by true class.
  let labels: [Int]
  let clients: [ClientStatistics.Arm]
  let shape: StatisticsShape

  func ofTwoClasses() -> RankSummary {
    var summary = RankSummary(isBinned: true)
    let scores = BinnedScores(self.scores, column: 0, shape: shape, own: 1)
    func value(_ measure: BinnedScores.Measure, _ variance: Double?) -> RankValue {
      var value = RankValue(
        value: measure.value, errorBound: measure.errorBound, variance: variance,
        clientContributions: measure.contributions(
          of: clients.map(\.scores), scores: scores, column: 0, shape: shape, own: 1))
      value.rowSquares = measure.squares(scores)
      return value
    }
    if let area = scores.area() { summary.rocAUC = value(area, area.delongVariance(scores)) }
    if let precision = scores.averagePrecision() {
      summary.averagePrecision = value(precision, precision.variance(scores))
    }
    if let distance = scores.kolmogorovSmirnov() {
      summary.kolmogorovSmirnov = value(distance, distance.variance(scores))
    }
    if let area = scores.precisionRecallTrapezoid() {
      summary.precisionRecallTrapezoid = value(area, area.variance(scores))
    }
    return summary
  }

  func ofManyClasses() -> RankSummary {
    var summary = RankSummary(isBinned: true)
    let classes = shape.classes
    let areas = (0..<classes).map { area(own: $0, other: nil) }
    summary.classAreas = areas
    guard labels.allSatisfy({ $0 > 0 }) else { return summary }
    let rows = Double(labels.reduce(0, +))
    let count = Double(classes)
    summary.rocAUC = mean(areas.map { ($0, 1 / count) })
    // A row also moves the weight of its class.
    var weighted = mean(areas.enumerated().map { ($1, Double(labels[$0]) / rows) })
    add(areas.map { ($0.value - weighted.value) / rows }, to: &weighted)
    summary.weightedAUC = weighted
    summary.pairwiseAUC = pairwise { _, _ in 2 / (count * (count - 1)) }.value
    var pairs = pairwise { a, b in Double(labels[a] + labels[b]) / ((count - 1) * rows) }
    add(pairs.classSums.map { ($0 / (count - 1) - pairs.value.value) / rows }, to: &pairs.value)
    summary.weightedPairwiseAUC = pairs.value
    return summary
  }

  private func area(own: Int, other: Int?) -> RankValue {
    let scores = BinnedScores(
      self.scores, column: own, shape: shape, own: own, other: other)
    guard let area = scores.area() else { return .undefined }
    return RankValue(
      value: area.value, errorBound: area.errorBound, variance: area.delongVariance(scores),
      clientContributions: area.contributions(
        of: clients.map(\.scores), scores: scores, column: own, shape: shape, own: own,
        other: other))
  }

  /// The mean of both directions' areas over pairs of classes, and by class the sum of its pairs'.
  private func pairwise(
    _ weight: (Int, Int) -> Double
  ) -> (value: RankValue, classSums: [Double]) {
    var parts: [(RankValue, Double)] = []
    var sums = [Double](repeating: 0, count: shape.classes)
    for a in 0..<shape.classes {
      for b in 0..<shape.classes where b != a {
        let area = area(own: a, other: b)
        parts.append((area, weight(a, b) / 2))
        sums[a] += area.value / 2
        sums[b] += area.value / 2
      }
    }
    return (mean(parts), sums)
  }

  /// A weighted mean of areas.
  ///
  /// How the areas vary together is not known from one histogram for each: the standard deviation of
  /// a sum is at most the sum of the standard deviations.
  private func mean(_ parts: [(area: RankValue, weight: Double)]) -> RankValue {
    var mean = RankValue(value: 0)
    mean.clientContributions = [Double](repeating: 0, count: clients.count)
    var deviation: Double? = 0
    for (area, weight) in parts {
      mean.value += area.value * weight
      mean.errorBound += area.errorBound * weight
      for client in mean.clientContributions.indices
      where client < area.clientContributions.count {
        mean.clientContributions[client] += area.clientContributions[client] * weight
      }
      if let known = deviation, let variance = area.variance {
        deviation = known + variance.squareRoot() * weight
      } else {
        deviation = nil
      }
    }
    mean.variance = deviation.map { $0 * $0 }
    return mean
  }

  /// Adds what each row of a class contributes besides its placement.
  private func add(_ byClass: [Double], to value: inout RankValue) {
    for (client, share) in clients.enumerated() {
      let own = share.labels(classes: shape.classes)
      for (truth, term) in byClass.enumerated() {
        value.clientContributions[client] += Double(own[truth]) * term
      }
    }
    var squares = 0.0
    for (truth, term) in byClass.enumerated() { squares += Double(labels[truth]) * term * term }
    if let variance = value.variance {
      let deviation = variance.squareRoot() + squares.squareRoot()
      value.variance = deviation * deviation
    }
  }
}

extension RegressionTotals {
  /// A quantile of the absolute errors from their bins, with its bound.
  ///
  /// Its variance is `p (1 − p) / (n f²)`, `f` the density from the distance of the quantiles at
  /// `p ± 2 √(p (1 − p) / n)`, as in ``RankMetrics``.
  func quantile(_ p: Double) -> RankValue {
    let count = errors.total
    guard count > 0 else { return .undefined }
    let value = position(p)
    let n = Double(count)
    let step = min(p, 1 - p, 2 * (p * (1 - p) / n).squareRoot())
    let inverseDensity = (position(p + step).value - position(p - step).value) / (2 * step)
    return RankValue(
      value: value.value, errorBound: value.errorBound,
      variance: p * (1 - p) * inverseDensity * inverseDensity / n)
  }

  /// The quantile, linear between neighbours as in numpy, and how far the exact one may be.
  private func position(_ p: Double) -> (value: Double, errorBound: Double) {
    let position = max(0, min(1, p)) * Double(errors.total - 1)
    let below = Int(position.rounded(.down))
    let share = position - Double(below)
    let first = element(below)
    let second = share > 0 ? element(below + 1) : first
    let middle = { (ends: (low: Double, high: Double)) in ends.low + (ends.high - ends.low) / 2 }
    let reach = { (ends: (low: Double, high: Double)) in (ends.high - ends.low) / 2 }
    return (
      middle(first) + share * (middle(second) - middle(first)),
      reach(first) * (1 - share) + reach(second) * share
    )
  }

  /// The ends of the bin that holds the error of a rank from 0.
  private func element(_ rank: Int) -> (low: Double, high: Double) {
    var seen = 0
    for (key, count) in zip(errors.keys, errors.counts) {
      seen += count
      if rank < seen {
        let ends = Self.ends(ofBin: key)
        return (ends.low, max(ends.low, min(ends.high, largestError)))
      }
    }
    return (largestError, largestError)
  }
}
