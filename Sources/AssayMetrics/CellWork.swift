import AssayStatistics

/// Measuring one cell, with what its metrics share.
struct CellWork {
  let cell: Cell
  let measurer: CellMeasurer
  let compare: Bool
  /// Whether intervals over rows are made beside those over clients.
  let rowLevel: Bool
  /// Orders of score columns by arm, seed and column.
  private(set) var orders: [[[[UInt32]]]] = []
  /// Resampled totals by arm; only where a metric needs them.
  private var resampled: [ResampledTotals?]
  /// Joint tables by arm · arms + reference, made once.
  var pairedTables: [Int: PairedTable] = [:]
  /// Resampled labelled rows.
  private var resampledRows: [Double]?

  /// Above this many classes the bootstrap resamples contributions instead of totals.
  private static let classLimit = 10

  init(cell: Cell, measurer: CellMeasurer, compare: Bool, rowLevel: Bool = false) {
    self.cell = cell
    self.rowLevel = rowLevel
    self.measurer = measurer
    self.compare = compare
    resampled = cell.arms.map { _ in nil }
    if !measurer.table.isRegression {
      orders = cell.arms.map { $0.map { $0.ranks.map(ScoreRanks.order) } }
    }
  }

  var layout: TotalsLayout { measurer.table.layout }
  var isBinary: Bool { measurer.table.task == .binary }
  private var isLarge: Bool { !measurer.table.isRegression && layout.classes > Self.classLimit }

  /// Whether the arm's contributions are needed for a metric with a linear form.
  private func needsContributions(arm: Int) -> Bool {
    cell.isClustered || cell.arms[arm].count > 1
      || (compare && measurer.pairs.contains { $0.arm == arm || $0.reference == arm })
  }

  /// Rows that a metric rests on, whatever its denominator.
  func sampleRows(_ metric: MetricDefinition) -> Int {
    metric.id == "selection_rate" ? cell.rows.count : cell.labelledRows
  }

  // MARK: One arm

  mutating func measure(_ metric: MetricDefinition, arm: Int) -> ArmMeasure {
    let seeds = cell.arms[arm]
    if let smooth = measurer.smooth[metric.id] { return measure(smooth, arm: arm) }
    if cell.labelledRows == 0 { return undefined(ClassMetrics.noLabel, seeds, count: 0) }
    switch metric.id {
    case "expected_calibration_error": return calibrationError(seeds)
    case "max_error":
      return ArmMeasure(
        perSeed: seeds.map(\.statistics.regression.largestError), count: cell.labelledRows)
    case "median_absolute_error": return errorQuantile(0.5, seeds)
    case "absolute_error_quantile_90": return errorQuantile(0.9, seeds)
    case "absolute_error_quantile_95": return errorQuantile(0.95, seeds)
    case "spearman_correlation": return rankCorrelation(seeds)
    case "maximum_calibration_error": return maximumCalibrationError(seeds)
    case "ks_statistic", "pr_auc_trapezoid", "gini_from_roc_auc":
      return curve(metric.id, seeds, arm: arm)
    case "roc_auc_ovr_weighted", "roc_auc_ovo_macro", "roc_auc_ovo_weighted":
      return classAreas(metric.id, seeds, arm: arm)
    case "average_precision":
      return ranked(
        seeds.indices.map { seed in
          RankMetrics.averagePrecision(
            order: orders[arm][seed][0], ranks: seeds[seed].ranks[0],
            sign: seeds[seed].signs(of: 1, classes: 2))
        }, whenUndefined: "no row with label 1")
    default: return area(seeds, arm: arm)
    }
  }

  func undefined(_ reason: String, _ seeds: [SeedRows], count: Int) -> ArmMeasure {
    ArmMeasure(perSeed: seeds.map { _ in .nan }, reason: reason, count: count)
  }

  mutating func measure(_ metric: any SmoothMetric, arm: Int) -> ArmMeasure {
    let seeds = cell.arms[arm]
    let values = seeds.map { metric.value($0.totals) }
    var measure = ArmMeasure(
      perSeed: values,
      count: seeds.first.map { Int(metric.denominator($0.totals)) } ?? 0)
    if let first = values.firstIndex(where: { !$0.isFinite }) {
      let missing = values.filter { !$0.isFinite }.count
      let reason =
        seeds[first].totals.allSatisfy(\.isFinite)
        ? metric.reason(seeds[first].totals) : "not a finite number"
      measure.reason = seeds.count > 1 ? "\(reason) (\(missing) of \(seeds.count) seeds)" : reason
      return measure
    }
    let bootstrapped =
      cell.bags != nil && !cell.isClustered && seeds.count == 1 && metric.successes == nil
    if needsContributions(arm: arm) || (bootstrapped && isLarge) {
      var contributions = Array(repeating: 0.0, count: cell.rows.count)
      for seed in seeds {
        seed.addContributions(
          to: &contributions, gradient: metric.gradient(seed.totals), layout: layout,
          divisor: Double(seeds.count))
      }
      measure.contributions = contributions
    }
    if bootstrapped {
      if isLarge {
        measure.replicates = linearReplicates(measure)
      } else {
        measure.replicates = totals(arm: arm, seeds[0])?.values(of: metric)
      }
    }
    return measure
  }

  private mutating func totals(arm: Int, _ seed: SeedRows) -> ResampledTotals? {
    if let known = resampled[arm] { return known }
    guard let bags = cell.bags, let weights = measurer.weights else { return nil }
    let made = ResampledTotals(columns: bags.totals(seed, layout: layout).map(weights.resample))
    resampled[arm] = made
    return made
  }

  /// Replicates of a metric from its contributions: value plus their resampled sum, divided by the
  /// resampled share of rows.
  private mutating func linearReplicates(_ measure: ArmMeasure) -> [Double]? {
    guard let bags = cell.bags, let weights = measurer.weights, let value = measure.value,
      let contributions = measure.contributions
    else { return nil }
    let sums = weights.resample(bags.sums(contributions))
    let rows = labelledReplicates(bags, weights)
    let count = Double(cell.labelledRows)
    return zip(sums, rows).map { value + $0 * count / $1 }
  }

  mutating func labelledReplicates(_ bags: Bags, _ weights: BootstrapWeights) -> [Double] {
    if let known = resampledRows { return known }
    let labelled = cell.rows.map { measurer.table.labels[Int($0)] < 0 ? 0.0 : 1 }
    let made = weights.resample(bags.sums(labelled))
    resampledRows = made
    return made
  }

  mutating func ranked(
    _ parts: [Contributions], whenUndefined reason: String = ClassMetrics.noLabel
  ) -> ArmMeasure {
    var measure = ArmMeasure(perSeed: parts.map(\.value), count: cell.labelledRows)
    if parts.contains(where: { !$0.value.isFinite }) {
      measure.reason = reason
      return measure
    }
    var sum = Array(repeating: 0.0, count: cell.rows.count)
    for part in parts {
      for row in part.rows.indices { sum[row] += part.rows[row] / Double(parts.count) }
    }
    measure.contributions = sum
    if parts.count == 1, !cell.isClustered { measure.replicates = linearReplicates(measure) }
    return measure
  }

  mutating func area(_ seeds: [SeedRows], arm: Int) -> ArmMeasure {
    let classes = layout.classes
    if isBinary {
      let hasPositive = seeds[0].totals[layout.actual(1)] > 0
      var measure = ranked(
        seeds.indices.map { seed in
          RankMetrics.rocAUC(
            order: orders[arm][seed][0], ranks: seeds[seed].ranks[0],
            sign: seeds[seed].signs(of: 1, classes: 2))
        }, whenUndefined: "no row with label \(hasPositive ? 0 : 1)")
      measure.replicates = nil
      return measure
    }
    if let absent = (0..<classes).first(where: { seeds[0].totals[layout.actual($0)] == 0 }) {
      return undefined("no row with label \(absent)", seeds, count: cell.labelledRows)
    }
    return ranked(
      seeds.indices.map { seed in
        var mean = Contributions(
          value: 0, rows: Array(repeating: 0.0, count: cell.rows.count))
        for target in 0..<classes {
          let part = RankMetrics.rocAUC(
            order: orders[arm][seed][target], ranks: seeds[seed].ranks[target],
            sign: seeds[seed].signs(of: target, classes: classes))
          mean.value += part.value / Double(classes)
          for row in part.rows.indices { mean.rows[row] += part.rows[row] / Double(classes) }
        }
        return mean
      }, whenUndefined: "only one class")
  }

  private mutating func calibrationError(_ seeds: [SeedRows]) -> ArmMeasure {
    var measure = ArmMeasure(
      perSeed: seeds.map { CalibrationError.expected($0.statistics.calibration) },
      count: cell.labelledRows)
    if measure.perSeed.contains(where: { !$0.isFinite }) {
      measure.reason = "not a finite number"
      return measure
    }
    guard let bags = cell.bags, let weights = measurer.weights else { return measure }
    let rows = labelledReplicates(bags, weights)
    var result = Array(repeating: 0.0, count: rows.count)
    for seed in seeds {
      let binCount = seed.statistics.calibration.count
      var sums = Array(
        repeating: Array(repeating: 0.0, count: BootstrapWeights.bagCount), count: binCount)
      for (row, bag) in bags.of.enumerated() where Int(seed.bins[row]) < binCount {
        sums[Int(seed.bins[row])][Int(bag)] += seed.gaps[row]
      }
      let replicates = CalibrationReplicates(
        gaps: sums.map { $0.reduce(0, +) }, drawn: sums.map(weights.resample), rows: rows,
        count: Double(cell.labelledRows))
      for index in result.indices { result[index] += replicates.values[index] }
      if seeds.count == 1 { measure.calibration = replicates }
    }
    measure.replicates = result.map { $0 / Double(seeds.count) }
    return measure
  }

  // MARK: Results

  /// - Parameter smooth: The function behind a metric that is not in the catalogue's list.
  mutating func result(
    _ metric: MetricDefinition, _ measure: ArmMeasure, arm: Int,
    smooth: (any SmoothMetric)? = nil
  ) -> MetricResult {
    let perSeed = measure.perSeed.map { $0.isFinite ? $0 : nil }
    guard let value = measure.value else {
      return MetricResult(
        id: metric.id,
        estimate: .undefined(
          reason: measure.reason ?? "not a finite number", count: measure.count),
        perSeed: perSeed)
    }
    var interval = interval(metric, measure, value: value, arm: arm, smooth: smooth)
    if interval?.method == .clustered, interval?.note != IntervalMaker.noVariation {
      interval?.adjusted = adjusted(metric, measure, value: value, arm: arm)
    } else if let plain = interval, plain.method == .delong, metric.range == 0...1 {
      interval?.adjusted = areaCompanion(value, plain, cell.arms[arm][0])
    } else if interval?.method == .bootstrap, IntervalMaker.losses.contains(metric.id) {
      interval?.adjusted = skewed(metric, measure, value: value, seed: cell.arms[arm][0])
    } else if interval?.method == .bootstrap, isBinary, let rows = measure.contributions,
      IntervalMaker.precisionAreas.contains(metric.id),
      let variance = cell.variance(rows, rows: sampleRows(metric))
    {
      interval?.adjusted = measurer.intervals.precisionArea(
        value, variance: variance, positives: cell.arms[arm][0].totals[layout.actual(1)])
    }
    return MetricResult(
      id: metric.id,
      estimate: .defined(value: value, interval: interval, count: measure.count),
      perSeed: perSeed, rowInterval: rowInterval(metric, measure, arm: arm))
  }

  private func interval(
    _ metric: MetricDefinition, _ measure: ArmMeasure, value: Double, arm: Int,
    smooth: (any SmoothMetric)?
  ) -> Interval? {
    let maker = measurer.intervals
    let seeds = cell.arms[arm]
    let note = cell.note
    if seeds.count > 1 {
      guard let sampling = variance(metric, measure, seeds: seeds) else { return nil }
      let between = (Moments(measure.perSeed).variance ?? 0) / Double(seeds.count)
      return maker.normal(
        value,
        parts: [
          (sampling, cell.degrees(rows: sampleRows(metric))), (between, Double(seeds.count - 1)),
        ], method: .seeds, range: metric.range, note: seedNote(seeds.count))
    }
    if cell.isClustered, measure.contributions != nil {
      guard let sandwich = variance(metric, measure, seeds: seeds) else { return nil }
      let sampling = IntervalMaker.settled(sandwich, value: value)
      return maker.normal(
        value, parts: [(sampling, cell.degrees(rows: 0))], method: .clustered,
        range: metric.range, note: sampling == 0 ? IntervalMaker.noVariation : note)
    }
    if let interval = maker.proportion(
      metric, seeds[0].totals, layout, smooth: smooth ?? measurer.smooth[metric.id], note: note)
    {
      return interval
    }
    if hasDelong(metric) {
      guard let sampling = variance(metric, measure, seeds: seeds) else { return nil }
      return maker.normal(
        value, parts: [(sampling, .infinity)], method: .delong, range: metric.range,
        note: sampling == 0 ? IntervalMaker.noVariation : note)
    }
    guard let replicates = measure.replicates else { return nil }
    if !cell.isClustered,
      let interval = maker.smoothed(
        metric, seeds[0].totals, layout, smooth: smooth ?? measurer.smooth[metric.id],
        value: value, note: note)
    {
      return interval
    }
    let method = cell.isClustered ? IntervalMethod.clusteredBootstrap : .bootstrap
    if let calibration = measure.calibration {
      return maker.calibration(
        value, calibration, method: method, range: metric.range, note: note)
    }
    let isError = metric.id.hasSuffix("calibration_error")
    return maker.percentile(
      value, replicates: replicates, recentred: isError, method: method, range: metric.range,
      note: note, logit: measurer.smooth[metric.id] == nil && !isError)
  }

  func seedNote(_ count: Int) -> String {
    let unit = cell.isClustered ? "clients" : "rows"
    let text = "joins the sampling of \(unit) with the variation over \(count) seeds"
    return cell.note.map { "\(text); \($0)" } ?? text
  }

  /// The sampling variance of one measure, or of the difference of two.
  func variance(
    _ metric: MetricDefinition, _ measure: ArmMeasure, minus other: ArmMeasure? = nil,
    seeds: [SeedRows]
  ) -> Double? {
    if let contributions = measure.contributions {
      var rows = contributions
      if let other {
        guard let others = other.contributions else { return nil }
        for row in rows.indices { rows[row] -= others[row] }
      }
      if hasDelong(metric), !cell.isClustered, let first = seeds.first {
        return cell.delongVariance(rows, signs: first.signs(of: 1, classes: 2))
      }
      return cell.variance(cell.units(rows), rows: sampleRows(metric))
    }
    guard let replicates = measure.replicates else { return nil }
    if let other {
      guard let others = other.replicates else { return nil }
      return Moments(zip(replicates, others).lazy.map { $0 - $1 }.filter { $0.isFinite }).variance
    }
    return Moments(replicates.lazy.filter { $0.isFinite }).variance
  }
}
