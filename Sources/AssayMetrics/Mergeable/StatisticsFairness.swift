import AssayRuns
import AssayStatistics

/// Measures the fairness of one arm over the groups of one column, from statistics; the rules are
/// those of ``FairnessMeasurer``.
struct StatisticsFairness {
  /// One rate in every group, and its replicates.
  private typealias Rate = FairnessInterval.Rate

  let measurer: StatisticsMeasurer
  let arm: Int
  /// Groups that take part, by name.
  private let groups: [(name: GroupName, cell: CellStatistics)]
  private let suppressed: [FairnessResult.LeftOut]
  /// What is not to be shown of each group, and so takes no part.
  private let hidden: [SuppressionPlan.Cell]
  private let isClustered: Bool
  private let clusterCount: Int
  private let totals: [[Double]]
  private let missingRows: Int?
  private let column: StatisticsShape.Column
  private let metrics: [String: RatioMetric]

  private var options: EvaluationOptions { measurer.options }
  private var isFairlearn: Bool { options.fairnessConvention == .fairlearn }

  /// - Parameter groups: All groups of the column that have rows, in order.
  init(
    _ measurer: StatisticsMeasurer, column: StatisticsShape.Column,
    groups given: [(key: CellKey, cell: CellStatistics, hidden: SuppressionPlan.Cell)],
    arm: Int
  ) {
    self.measurer = measurer
    self.arm = arm
    self.column = column
    let options = measurer.options
    let shape = measurer.shape
    var kept: [(name: GroupName, cell: CellStatistics)] = []
    var suppressed: [FairnessResult.LeftOut] = []
    var missing = 0
    var keptHidden: [SuppressionPlan.Cell] = []
    var missingHidden = false
    for (key, cell, hidden) in given {
      let isMissing = key.groups.contains(.missing)
      if isMissing {
        missing += cell.rows
        if hidden.all != nil { missingHidden = true }
      }
      if isMissing, !options.includeMissing { continue }
      if let reason = hidden.all {
        suppressed.append(.init(group: key.shown, reason: reason))
      } else {
        kept.append((GroupName(key.shown), cell))
        keptHidden.append(hidden)
      }
    }
    missingRows =
      missingHidden || missing > 0 && missing < options.minimumCount ? nil : missing
    groups = kept
    self.suppressed = suppressed
    hidden = keptHidden
    totals = kept.map {
      shape.layout.totals($0.cell.arms[arm], shape: shape, origin: measurer.origin)
    }
    let clients = Set(kept.flatMap { $0.cell.clients.map(\.name) })
    isClustered = clients.count >= max(2, options.minimumClusters)
    clusterCount = clients.count
    metrics = measurer.smooth.compactMapValues { $0 as? RatioMetric }
  }

  func measure() -> ColumnFairness {
    let definitions = MetricCatalogue.fairness(for: measurer.shape.task).compactMap { definition in
      FairnessMetric.all.first { $0.id == definition.id }
    }
    let wanted = Set(definitions.filter(Self.isMeasured).flatMap(\.rates))
    let rates = self.rates(metrics.filter { wanted.contains($0.key) }.sorted { $0.key < $1.key })
    return ColumnFairness(
      column: column.shown, missingRows: missingRows,
      metrics: definitions.map { Self.isMeasured($0) ? result($0, rates) : notMeasured($0) })
  }

  /// Rates whose replicates follow from counts, or from sums of absolute errors.
  private static let measuredRates: Set = [
    "selection_rate", "recall", "precision", "specificity", "false_positive_rate",
    "false_negative_rate", "negative_predictive_value", "accuracy", "base_rate",
    "mean_absolute_error",
  ]

  /// Whether statistics tell the metric, with its interval.
  private static func isMeasured(_ metric: FairnessMetric) -> Bool {
    switch metric.kind {
    case .differenceToOverall, .ratioToOverall, .inequality: false
    default: measuredRates.isSuperset(of: metric.rates)
    }
  }

  private func notMeasured(_ metric: FairnessMetric) -> FairnessResult {
    FairnessResult(
      id: metric.id,
      estimate: .undefined(
        reason: "not measured from statistics; evaluate the rows", count: nil), perSeed: [],
      leftOut: suppressed)
  }

  private func rates(_ metrics: [(key: String, value: RatioMetric)]) -> [String: Rate] {
    let replicates = groups.count >= 2 ? measurer.resampling?.replicates ?? 0 : 0
    var rates: [String: Rate] = [:]
    for (id, metric) in metrics {
      let values = totals.map { metric.value($0) }
      rates[id] = Rate(
        values: isFairlearn ? values.map { $0.isNaN ? 0 : $0 } : values,
        defined: groups.indices.map { group in
          if hidden[group].reason(metric: id) != nil { return false }
          return isFairlearn || !values[group].isNaN
        },
        trials: totals.map { metric.denominator($0) }, isProportion: metric.isProportion,
        replicates: groups.map { _ in [] })
    }
    if replicates == 0 { return rates }
    for group in groups.indices {
      guard let drawn = drawn(group, metrics) else { continue }
      for (id, metric) in metrics {
        guard var rate = rates[id], rate.defined[group] else { continue }
        rate.replicates[group] = drawn.values(of: metric).map {
          $0.isNaN && isFairlearn ? 0 : $0
        }
        rates[id] = rate
      }
    }
    return rates
  }

  /// The totals of a group in every replicate. One client has one weight in all groups; rows of
  /// different groups are independent.
  private func drawn(
    _ group: Int, _ metrics: [(key: String, value: RatioMetric)]
  ) -> ResampledTotals? {
    guard let resampling = measurer.resampling else { return nil }
    let shape = measurer.shape
    let cell = groups[group].cell
    if isClustered {
      return resampling.totals(
        cell.clients,
        cell.clients.map {
          shape.layout.totals($0.arms[arm], shape: shape, origin: measurer.origin)
        }, layout: shape.layout)
    }
    if shape.task != .regression {
      return resampling.counts.resample(
        cell.arms[arm], cell: UInt64(group) + 1, averagePrecision: 0.5
      ).totals
    }
    return resampledErrors(group, resampling)
  }

  /// Of a regression: the number of rows, and sums of absolute errors given it.
  private func resampledErrors(
    _ group: Int, _ resampling: StatisticsResampling
  ) -> ResampledTotals? {
    typealias V = TotalsLayout.RegressionValue
    let layout = measurer.shape.layout
    guard let regression = groups[group].cell.arms[arm].regression else { return nil }
    let rows = totals[group][layout.actual(0)]
    guard rows > 0,
      let squares = ExactSum.squaredDeviations(
        sum: regression[.absolute], squares: regression[.squared], count: Int(rows))
    else { return nil }
    let mean = totals[group][layout.value(V.absolute)] / rows
    let deviation = (squares / rows).squareRoot()
    var columns = [[Double]](
      repeating: [Double](repeating: 0, count: resampling.replicates), count: layout.count)
    let generator = CounterGenerator(seed: options.seed, stream: 8)
    PoissonSampler(mean: rows).fill(
      &columns[layout.actual(0)], from: generator, stream: UInt64(2 * group))
    for index in 0..<resampling.replicates {
      let drawn = columns[layout.actual(0)][index]
      let z = ScoreGrid.normal(generator, UInt64(2 * group + 1), index)
      columns[layout.value(V.absolute)][index] =
        max(0, drawn * mean + drawn.squareRoot() * deviation * z)
    }
    return ResampledTotals(columns: columns)
  }

  // MARK: One metric

  private func result(_ metric: FairnessMetric, _ rates: [String: Rate]) -> FairnessResult {
    let parts = metric.rates.compactMap { id in rates[id].map { (id, $0) } }
    var leftOut = suppressed
    for (index, group) in groups.enumerated() {
      if let (id, _) = parts.first(where: { !$0.1.defined[index] }) {
        let reason =
          hidden[index].reason(metric: id) ?? metrics[id]?.whenUndefined ?? "undefined rate"
        leftOut.append(.init(group: group.name.shown, reason: reason))
      }
    }
    let taking = groups.indices.filter { index in parts.contains { $0.1.defined[index] } }
    let count = taking.reduce(0) { $0 + groups[$1].cell.rows }
    let usable = parts.filter { $0.1.defined.filter { $0 }.count >= 2 }
    var result = FairnessResult(
      id: metric.id, estimate: .undefined(reason: "", count: count), perSeed: [], leftOut: leftOut)
    guard !usable.isEmpty else {
      let reason =
        groups.count < 2
        ? "fewer than two groups" : "fewer than two groups with a defined rate"
      result.estimate = .undefined(reason: reason, count: count)
      return result
    }
    let value = metric.value(
      usable.map { part in
        let values = zip(part.1.values, part.1.defined).filter(\.1).map(\.0)
        return (values.max() ?? .nan, values.min() ?? .nan)
      }, isFairlearn: isFairlearn)
    result.perSeed = [value.isFinite ? value : nil]
    guard value.isFinite else {
      result.estimate = .undefined(reason: "the highest rate is 0", count: count)
      return result
    }
    name(usable, metric, into: &result)
    var note =
      measurer.shape.client != nil && !isClustered ? "rows treated as independent" : nil
    if usable.count < parts.count {
      let text = "from \(usable.map(\.0).joined(separator: ", ")) alone"
      note = note.map { "\($0); \(text)" } ?? text
    }
    let extremes = FairnessInterval(
      metric: metric, rates: usable.map(\.1), isFairlearn: isFairlearn,
      clusterCount: isClustered ? clusterCount : nil, sampleSize: count,
      maker: measurer.intervals)
    let interval: Interval?
    if FairnessInterval.kinds.contains(metric.kind) {
      result.biasCorrected = extremes.biasCorrected(value)
      interval = extremes.interval(value, note: note)
    } else {
      interval = measurer.intervals.percentile(
        value, replicates: extremes.metricReplicates, recentred: true,
        method: isClustered ? .clusteredBootstrap : .bootstrap, range: metric.range, note: note)
    }
    result.estimate = .defined(value: value, interval: interval, count: count)
    return result
  }

  /// Names the rate and the two groups that make the value.
  private func name(
    _ parts: [(String, Rate)], _ metric: FairnessMetric, into result: inout FairnessResult
  ) {
    var best = -Double.infinity
    for (id, rate) in parts {
      let defined = groups.indices.filter { rate.defined[$0] }
      guard let highest = defined.max(by: { rate.values[$0] < rate.values[$1] }),
        let lowest = defined.min(by: { rate.values[$0] < rate.values[$1] })
      else { continue }
      let top = rate.values[highest]
      let gap =
        metric.isRatio && top > 0 ? 1 - rate.values[lowest] / top : top - rate.values[lowest]
      if gap > best {
        best = gap
        result.highest = groups[highest].name.shown
        result.lowest = groups[lowest].name.shown
        result.rate = id
      }
    }
  }
}
