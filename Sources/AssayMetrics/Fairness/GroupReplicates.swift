import AssayStatistics

/// Replicates of measures of one group that are no functions of totals.
extension SeedRows {
  /// The area under the ROC curve of a binary classifier with its contributions.
  var area: Contributions {
    guard let ranks = ranks.first else { return Contributions(value: .nan, rows: []) }
    return RankMetrics.rocAUC(
      order: ScoreRanks.order(of: ranks), ranks: ranks, sign: signs(of: 1, classes: 2))
  }

  /// Labelled rows in every replicate.
  func labelledReplicates(
    _ bags: Bags, _ weights: BootstrapWeights, layout: TotalsLayout
  ) -> [Double] {
    let labelledCells = UInt32(layout.classes * layout.classes)
    return weights.resample(bags.sums(cells.map { $0 < labelledCells ? 1 : 0 }))
  }

  /// The area in every replicate, by its linear form.
  func areaReplicates(
    _ area: Contributions, _ bags: Bags, _ weights: BootstrapWeights, rows: [Double]
  ) -> [Double] {
    guard area.value.isFinite else { return rows.map { _ in .nan } }
    let count = Double(statistics.labelledRows)
    return zip(weights.resample(bags.sums(area.rows)), rows).map { sum, rows in
      rows > 0 ? max(0, min(1, area.value + sum * count / rows)) : .nan
    }
  }

  /// The expected calibration error in every replicate.
  func calibrationReplicates(
    _ bags: Bags, _ weights: BootstrapWeights, rows: [Double]
  ) -> [Double] {
    let binCount = statistics.calibration.count
    var sums = Array(
      repeating: Array(repeating: 0.0, count: BootstrapWeights.bagCount), count: binCount)
    for (row, bag) in bags.of.enumerated() where Int(bins[row]) < binCount {
      sums[Int(bins[row])][Int(bag)] += gaps[row]
    }
    var result = rows.map { _ in 0.0 }
    for column in sums {
      let replicates = weights.resample(column)
      for index in result.indices { result[index] += abs(replicates[index]) }
    }
    return zip(result, rows).map { $1 > 0 ? $0 / $1 : .nan }
  }
}
