import AssayRuns
import AssayStatistics

/// Measures the fairness of one arm over the groups of one column, from statistics; the rules are
/// those of ``FairnessMeasurer``.
struct StatisticsFairness {
  let measurer: StatisticsMeasurer
  let arm: Int
  /// Groups that take part, by name.
  let groups: [(name: String, cell: CellStatistics)]
  private let suppressed: [FairnessResult.LeftOut]
  /// What is not to be shown of each group, and so takes no part.
  private let hidden: [SuppressionPlan.Cell]
  let isClustered: Bool
  private let clusterCount: Int
  let totals: [[Double]]
  private let missingRows: Int?
  private let column: StatisticsShape.Column
  let areas: [RankValue]
  /// The metrics of a cell that are functions of totals, by id.
  private var smooth: [String: any SmoothMetric] { measurer.smooth }

  var options: EvaluationOptions { measurer.options }
  private var isFairlearn: Bool { options.fairnessConvention == .fairlearn }

  /// - Parameter groups: All groups of the column that have rows, in order.
  init(
    _ measurer: StatisticsMeasurer, column: StatisticsShape.Column,
    groups given: [(key: CellKey, cell: CellStatistics, hidden: SuppressionPlan.Cell)],
    ranks: [CellKey: CellRanks], arm: Int
  ) {
    self.measurer = measurer
    self.arm = arm
    self.column = column
    let options = measurer.options
    let shape = measurer.shape
    var kept: [(name: String, cell: CellStatistics)] = []
    var exact: [CellRanks?] = []
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
        kept.append((key.shown, cell))
        keptHidden.append(hidden)
        exact.append(ranks[key])
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
    let isClustered = clients.count >= max(2, options.minimumClusters)
    self.isClustered = isClustered
    clusterCount = clients.count
    areas =
      shape.task == .binary
      ? zip(kept, exact).map { group, known in
        (known?.completed(group.cell, shape)
          ?? group.cell.binnedRanks(shape, wantsClients: isClustered)).arms[arm].rocAUC
      } : []
  }

  func measure() -> ColumnFairness {
    let definitions = FairnessMetric.all.filter {
      $0.tasks.contains(measurer.shape.task.kind)
    }
    let (rates, sums, drawn) = rates(
      Set(definitions.filter { $0.kind != .inequality }.flatMap(\.rates)).sorted())
    let selection = smooth["selection_rate"] as? RatioMetric
    return ColumnFairness(
      column: column.shown, missingRows: missingRows,
      metrics: definitions.map { metric in
        metric.kind == .inequality
          ? inequality(metric, sums, drawn) : result(metric, rates)
      },
      selectionRateTest: selection.flatMap { selection in
        SelectionRateTest(
          totals.map { (Int(selection.denominator($0)), Int(selection.numerator($0))) })
      },
      pooled: measurer.shape.task == .binary
        ? PooledFairness(
          groups.indices.filter { hidden[$0].isShown }.map { group in
            (groups[group].name, [OutcomeCounts(totals[group], measurer.shape.layout)])
          }) : nil)
  }

  /// Every rate in all groups and its extremes in every replicate, and the sums over all groups.
  private func rates(
    _ ids: [String]
  ) -> (rates: [String: GroupRates], sums: GroupSums, drawn: [GroupSums]) {
    let count = groups.count >= 2 ? measurer.resampling?.replicates ?? 0 : 0
    let layout = measurer.shape.layout
    let selection = smooth["selection_rate"] as? RatioMetric
    let empty = GroupSums(totals: [Double](repeating: 0, count: layout.count))
    var sums = empty
    for group in groups.indices {
      sums.add(
        totals[group], layout: layout, selection: selection, isHidden: hidden[group].hidesLabels)
    }
    var rates: [String: GroupRates] = [:]
    for id in ids { rates[id] = rate(id, sums, replicates: count) }
    var drawn = [GroupSums](repeating: empty, count: count)
    if count == 0 { return (rates, sums, drawn) }
    for group in groups.indices {
      guard let replicates = replicates(group) else { continue }
      var one = empty.totals
      for replicate in 0..<count {
        for column in one.indices { one[column] = replicates.totals.columns[column][replicate] }
        drawn[replicate].add(
          one, layout: layout, selection: selection, isHidden: hidden[group].hidesLabels)
      }
      for id in ids {
        guard var rate = rates[id], rate.defined[group] else { continue }
        let values =
          smooth[id].map { replicates.totals.values(of: $0) }
          ?? (id == "roc_auc" ? replicates.areas : replicates.calibrationErrors)
        if values.isEmpty { continue }
        rate.fold(values, group: group, seed: 0, shift: 0, isFairlearn: isFairlearn)
        rates[id] = rate
      }
    }
    for id in ids {
      guard let metric = smooth[id] else { continue }
      rates[id]?.overallReplicates = [drawn.map { $0.rate(id, metric) }]
    }
    return (rates, sums, drawn)
  }

  private func rate(_ id: String, _ sums: GroupSums, replicates: Int) -> GroupRates {
    let metric = smooth[id]
    let values = groups.indices.map { group -> Double in
      if let metric { return metric.value(totals[group]) }
      if id == "roc_auc" { return areas[group].value }
      let bins = groups[group].cell.arms[arm].calibration
      return CalibrationError.expected(
        bins.map {
          CalibrationBin(count: $0.count, outcomes: $0.outcomes, scores: $0.scores.value)
        })
    }
    let undefined = groups.indices.first { values[$0].isNaN }
    let overall = metric.map { sums.rate(id, $0) } ?? .nan
    return GroupRates(
      values: [isFairlearn ? values.map { $0.isNaN ? 0 : $0 } : values],
      defined: groups.indices.map { group in
        if hidden[group].reason(metric: id) != nil { return false }
        return isFairlearn || !values[group].isNaN
      },
      highest: [[Double](repeating: -Double.infinity, count: replicates)],
      lowest: [[Double](repeating: Double.infinity, count: replicates)],
      overall: [isFairlearn && overall.isNaN && metric != nil ? 0 : overall],
      overallReplicates: [[]],
      reason: undefined.flatMap { metric?.reason(totals[$0]) }
        ?? (id == "roc_auc" ? "only one label" : ClassMetrics.noLabel),
      trials: [totals.map { metric?.denominator($0) ?? 0 }],
      isProportion: (metric as? RatioMetric)?.isProportion ?? false,
      replicates: [groups.map { _ in [] }])
  }

  // MARK: One metric

  private func result(_ metric: FairnessMetric, _ rates: [String: GroupRates]) -> FairnessResult {
    let parts = metric.rates.compactMap { id in rates[id].map { (id, $0) } }
    var leftOut = suppressed
    for (index, group) in groups.enumerated() {
      if let (id, _) = parts.first(where: { !$0.1.defined[index] }) {
        let reason =
          hidden[index].reason(metric: id) ?? rates[id]?.reason ?? "undefined rate"
        leftOut.append(.init(group: group.name, reason: reason))
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
    let extremes = usable.map { part in
      let values = zip(part.1.values[0], part.1.defined).filter(\.1).map(\.0)
      return (highest: values.max() ?? .nan, lowest: values.min() ?? .nan)
    }
    let value = metric.value(
      extremes, overall: usable.map { $0.1.overall[0] }, isFairlearn: isFairlearn)
    result.perSeed = [value.isFinite ? value : nil]
    guard value.isFinite else {
      result.estimate = .undefined(reason: "the highest rate is 0", count: count)
      return result
    }
    name(usable, metric, into: &result)
    var note = self.note
    if usable.count < parts.count {
      let text = "from \(usable.map(\.0).joined(separator: ", ")) alone"
      note = note.map { "\($0); \(text)" } ?? text
    }
    let rateParts = usable.map(\.1)
    let replicates = (0..<(rateParts.first?.highest[0].count ?? 0)).map { replicate in
      metric.value(
        rateParts.map { ($0.highest[0][replicate], $0.lowest[0][replicate]) },
        overall: rateParts.map {
          $0.overallReplicates[0].isEmpty ? .nan : $0.overallReplicates[0][replicate]
        }, isFairlearn: isFairlearn)
    }
    var interval: Interval?
    if FairnessInterval.kinds.contains(metric.kind) {
      let extremes = FairnessInterval(
        metric: metric, rates: rateParts.map { $0.rate(0) }, isFairlearn: isFairlearn,
        clusterCount: isClustered ? clusterCount : nil, sampleSize: count,
        maker: measurer.intervals)
      result.biasCorrected = extremes.biasCorrected(value)
      interval = extremes.interval(value, note: note)
    } else {
      interval = self.interval(metric, replicates, value, note)
    }
    if usable.contains(where: { $0.0 == "roc_auc" }), let bound = areaBound(metric, extremes) {
      result.errorBound = bound
      if var wide = interval {
        wide.low = max(metric.range.lowerBound, wide.low - bound)
        wide.high = min(metric.range.upperBound, wide.high + bound)
        wide.note = note.map { "\($0); \(StatisticsWork.binned)" } ?? StatisticsWork.binned
        interval = wide
      }
    }
    result.estimate = .defined(value: value, interval: interval, count: count)
    return result
  }

  /// What intervals say when clients are too few to be the sampled units.
  private var note: String? {
    measurer.shape.client != nil && !isClustered ? "rows treated as independent" : nil
  }

  /// How far the metric may be from that of the exact areas; `nil` when they are exact.
  private func areaBound(
    _ metric: FairnessMetric, _ extremes: [(highest: Double, lowest: Double)]
  ) -> Double? {
    let largest = areas.map(\.errorBound).max() ?? 0
    guard largest > 0, let pair = extremes.first else { return nil }
    switch metric.kind {
    case .lowest, .highest: return largest
    case .ratio:
      // |a/b − a′/b′| ≤ (|a − a′| + a/b |b − b′|) / b′.
      return pair.highest > largest
        ? min(1, largest * (1 + pair.lowest / pair.highest) / (pair.highest - largest)) : 1
    default: return 2 * largest
    }
  }

  /// Inequality of the benefit over the labelled rows of all groups together.
  private func inequality(
    _ metric: FairnessMetric, _ sums: GroupSums, _ drawn: [GroupSums]
  ) -> FairnessResult {
    let id = metric.rates.first ?? ""
    var leftOut = suppressed
    for (group, hidden) in zip(groups, hidden) {
      guard let reason = hidden.labelled ?? hidden.rates ?? hidden.classes else { continue }
      leftOut.append(.init(group: group.name, reason: reason))
    }
    let value = sums.benefit.value(id)
    let count = Int(sums.benefit.rows)
    var result = FairnessResult(
      id: metric.id, estimate: .undefined(reason: ClassMetrics.noLabel, count: count),
      perSeed: [value.isFinite ? value : nil], leftOut: leftOut)
    guard count > 0 else { return result }
    guard value.isFinite else {
      result.estimate = .undefined(reason: "every label is 1 and every prediction 0", count: count)
      return result
    }
    result.estimate = .defined(
      value: value,
      interval: interval(metric, drawn.map { $0.benefit.value(id) }, value, note), count: count)
    return result
  }

  private func interval(
    _ metric: FairnessMetric, _ replicates: [Double], _ value: Double, _ note: String?
  ) -> Interval? {
    guard replicates.count >= 2 else { return nil }
    return measurer.intervals.percentile(
      value, replicates: replicates, recentred: true,
      method: isClustered ? .clusteredBootstrap : .bootstrap, range: metric.range, note: note)
  }

  /// Names the rate and the two groups that make the value.
  private func name(
    _ parts: [(String, GroupRates)], _ metric: FairnessMetric, into result: inout FairnessResult
  ) {
    var best = -Double.infinity
    for (id, rate) in parts {
      let values = rate.values[0]
      let defined = groups.indices.filter { rate.defined[$0] }
      guard let highest = defined.max(by: { values[$0] < values[$1] }),
        let lowest = defined.min(by: { values[$0] < values[$1] })
      else { continue }
      let top = values[highest]
      let gap = metric.isRatio && top > 0 ? 1 - values[lowest] / top : top - values[lowest]
      if gap > best {
        best = gap
        result.highest = groups[highest].name
        result.lowest = groups[lowest].name
        result.rate = id
      }
    }
  }
}
