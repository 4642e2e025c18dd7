import AssayStatistics

/// Metrics of the order of scores beside the area and average precision.
extension CellWork {
  /// Whether the metric's variance is DeLong's.
  func hasDelong(_ metric: MetricDefinition) -> Bool {
    isBinary && (metric.id == "roc_auc" || metric.id == "gini_from_roc_auc")
  }

  /// Metrics of a binary classifier's curves.
  mutating func curve(_ id: String, _ seeds: [SeedRows], arm: Int) -> ArmMeasure {
    if id == "gini_from_roc_auc" {
      var measure = area(seeds, arm: arm)
      measure.perSeed = measure.perSeed.map { 2 * $0 - 1 }
      measure.contributions = measure.contributions?.map { 2 * $0 }
      return measure
    }
    let hasPositive = seeds[0].totals[layout.actual(1)] > 0
    let reason =
      id == "ks_statistic" && hasPositive ? "no row with label 0" : "no row with label 1"
    return ranked(
      seeds.indices.map { seed in
        let sign = seeds[seed].signs(of: 1, classes: 2)
        let (order, ranks) = (orders[arm][seed][0], seeds[seed].ranks[0])
        return id == "ks_statistic"
          ? RankMetrics.kolmogorovSmirnov(order: order, ranks: ranks, sign: sign)
          : RankMetrics.precisionRecallTrapezoid(order: order, ranks: ranks, sign: sign)
      }, whenUndefined: reason)
  }

  /// Areas of several classes beside the mean of one against the rest.
  mutating func classAreas(_ id: String, _ seeds: [SeedRows], arm: Int) -> ArmMeasure {
    let classes = layout.classes
    if let absent = (0..<classes).first(where: { seeds[0].totals[layout.actual($0)] == 0 }) {
      return undefined("no row with label \(absent)", seeds, count: cell.labelledRows)
    }
    return ranked(
      seeds.indices.map { seed in
        if id == "roc_auc_ovr_weighted" { return weightedArea(seeds[seed], orders[arm][seed]) }
        let labels = seeds[seed].cells.map { cell -> Int in
          let truth = Int(cell) / classes
          return truth < classes ? truth : -1
        }
        return PairwiseAreas(labels: labels, classes: classes).mean(
          orders: orders[arm][seed], ranks: seeds[seed].ranks,
          weighted: id == "roc_auc_ovo_weighted")
      }, whenUndefined: "only one class")
  }

  /// The mean of one class against the rest, each class weighted by its rows.
  private func weightedArea(_ seed: SeedRows, _ orders: [[UInt32]]) -> Contributions {
    let classes = layout.classes
    let total = Double(cell.labelledRows)
    var result = Contributions(value: 0, rows: Array(repeating: 0.0, count: cell.rows.count))
    var areas: [Double] = []
    for target in 0..<classes {
      let share = seed.totals[layout.actual(target)] / total
      let part = RankMetrics.rocAUC(
        order: orders[target], ranks: seed.ranks[target],
        sign: seed.signs(of: target, classes: classes))
      if !part.value.isFinite { return part }
      areas.append(part.value)
      result.value += share * part.value
      for row in part.rows.indices { result.rows[row] += share * part.rows[row] }
    }
    for (row, cell) in seed.cells.enumerated() {
      let truth = Int(cell) / classes
      if truth < classes { result.rows[row] += (areas[truth] - result.value) / total }
    }
    return result
  }

  /// A quantile of the absolute errors of a regression.
  mutating func errorQuantile(_ p: Double, _ seeds: [SeedRows]) -> ArmMeasure {
    let labelled = cell.rows.map { measurer.table.labels[Int($0)] >= 0 }
    return ranked(
      seeds.map { RankMetrics.quantile(p, ofErrors: $0.errors, labelled: labelled) })
  }

  /// Spearman's correlation of targets and predictions.
  mutating func rankCorrelation(_ seeds: [SeedRows]) -> ArmMeasure {
    let labelled = cell.rows.map { measurer.table.labels[Int($0)] >= 0 }
    let targets = cell.rows.map { measurer.table.targets[Int($0)] }
    return ranked(
      seeds.map { seed in
        RankMetrics.spearman(
          targets, seed.predictions, labelled: labelled)
      },
      whenUndefined: cell.labelledRows < 2
        ? "one row has no correlation" : "all targets or all predictions are equal")
  }

  /// The largest distance between mean score and share of outcomes over calibration bins.
  mutating func maximumCalibrationError(_ seeds: [SeedRows]) -> ArmMeasure {
    var measure = ArmMeasure(
      perSeed: seeds.map { CalibrationError.maximum($0.statistics.calibration) },
      count: cell.labelledRows)
    if measure.perSeed.contains(where: { !$0.isFinite }) {
      measure.reason = "not a finite number"
      return measure
    }
    guard let bags = cell.bags, let weights = measurer.weights else { return measure }
    var result = Array(repeating: 0.0, count: weights.replicates)
    for seed in seeds {
      var largest = result.map { _ in 0.0 }
      for bin in seed.statistics.calibration.indices {
        guard seed.statistics.calibration[bin].count > 0 else { continue }
        var gaps = Array(repeating: 0.0, count: BootstrapWeights.bagCount)
        var rows = gaps
        let labelledCells = UInt32(layout.classes * layout.classes)
        for (row, bag) in bags.of.enumerated()
        where Int(seed.bins[row]) == bin && seed.cells[row] < labelledCells {
          gaps[Int(bag)] += seed.gaps[row]
          rows[Int(bag)] += 1
        }
        let (sums, counts) = (weights.resample(gaps), weights.resample(rows))
        for index in largest.indices where counts[index] > 0 {
          largest[index] = max(largest[index], abs(sums[index]) / counts[index])
        }
      }
      for index in result.indices { result[index] += largest[index] / Double(seeds.count) }
    }
    measure.replicates = result
    return measure
  }
}
