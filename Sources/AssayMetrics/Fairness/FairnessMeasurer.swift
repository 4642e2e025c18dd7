import AssayRuns
import AssayStatistics

/// Measures the fairness of one arm over the groups of one column.
struct FairnessMeasurer: Sendable {
  let cells: CellMeasurer
  let column: GroupColumn
  let groups: [GroupRows]

  private var options: EvaluationOptions { cells.options }
  private var table: PreparedTable { cells.table }

  func measure(arm: Int) -> ColumnFairness {
    let candidates = groups.filter { group in
      !group.rows.isEmpty
        && (options.includeMissing || !column.hasMissing || group.name != column.groups.last)
    }
    var missing: Int? = 0
    if column.hasMissing, let group = groups.last {
      missing = group.hidden.all == nil ? group.rows.count : nil
      if group.rows.isEmpty { missing = 0 }
    }
    var kept: [GroupRows] = []
    var suppressed: [FairnessResult.LeftOut] = []
    for group in candidates {
      if let reason = group.hidden.all {
        suppressed.append(.init(group: group.name, reason: reason))
      } else {
        kept.append(group)
      }
    }
    let work = FairnessWork(self, groups: kept, suppressed: suppressed, arm: arm)
    return ColumnFairness(
      column: column.name, missingRows: missing,
      metrics: FairnessMetric.all.filter { $0.tasks.contains(table.task.kind) }.map {
        work.result($0)
      }, selectionRateTest: work.selectionRateTest, pooled: work.pooled)
  }

  /// The metrics of a cell that are functions of totals, by id.
  var smooth: [String: any SmoothMetric] { cells.smooth }
}

/// The rates of one arm in all groups that take part, and the metrics made from them.
private struct FairnessWork {
  let owner: FairnessMeasurer
  let groups: [GroupRows]
  let suppressed: [FairnessResult.LeftOut]
  let seedCount: Int
  /// By id of the rate.
  var rates: [String: GroupRates] = [:]
  /// By seed: sums over all groups; then by replicate.
  private var sums: [GroupSums] = []
  private var sumReplicates: [[GroupSums]] = []
  private(set) var selectionRateTest: SelectionRateTest?
  private(set) var pooled: PooledFairness?
  /// What is not to be shown of each group, and so takes no part.
  let hidden: [SuppressionPlan.Cell]
  let isClustered: Bool
  let clusterCount: Int

  init(
    _ owner: FairnessMeasurer, groups: [GroupRows], suppressed: [FairnessResult.LeftOut], arm: Int
  ) {
    self.owner = owner
    self.groups = groups
    self.suppressed = suppressed
    let table = owner.cells.table
    let options = owner.cells.options
    let seeds = table.arms[arm].seeds
    seedCount = seeds.count
    let clients = Set(groups.flatMap(\.clients))
    isClustered = clients.count >= max(2, options.minimumClusters)
    clusterCount = clients.count
    let weights = groups.count >= 2 ? owner.cells.weights : nil
    let isFairlearn = options.fairnessConvention == .fairlearn
    let views = groups.map { group in seeds.map { SeedRows($0, rows: group.rows, table: table) } }
    let layout = table.layout
    hidden = groups.map(\.hidden)
    let selection = owner.smooth["selection_rate"] as? RatioMetric
    let empty = GroupSums(totals: Array(repeating: 0.0, count: layout.count))
    sums = seeds.indices.map { seed in
      var all = empty
      for group in groups.indices {
        all.add(
          views[group][seed].totals, layout: layout, selection: selection,
          isHidden: hidden[group].hidesLabels)
      }
      return all
    }
    sumReplicates = seeds.map { _ in
      Array(repeating: empty, count: weights?.replicates ?? 0)
    }
    if let selection, seedCount == 1, owner.cells.table.task == .binary {
      selectionRateTest = SelectionRateTest(
        views.map { view in
          view.first.map {
            (Int(selection.denominator($0.totals)), Int(selection.numerator($0.totals)))
          } ?? (0, 0)
        })
    }
    if table.task == .binary {
      pooled = PooledFairness(
        groups.indices.filter { hidden[$0].isShown }.map { group in
          (groups[group].name, views[group].map { OutcomeCounts($0.totals, layout) })
        })
    }
    let wanted = FairnessMetric.all.filter {
      $0.tasks.contains(table.task.kind) && $0.kind != .inequality
    }.flatMap(\.rates)
    // Ranks are ordered once for every group and seed.
    let areas =
      wanted.contains("roc_auc")
      ? views.map { $0.map(\.area) } : []
    for id in Set(wanted).sorted() {
      let smooth = owner.smooth[id]
      let values = seeds.indices.map { seed in
        groups.indices.map { group -> Double in
          if let smooth { return smooth.value(views[group][seed].totals) }
          return id == "roc_auc"
            ? areas[group][seed].value
            : CalibrationError.expected(views[group][seed].statistics.calibration)
        }
      }
      let defined = groups.indices.map { group in
        if hidden[group].reason(metric: id) != nil { return false }
        return isFairlearn || values.allSatisfy { !$0[group].isNaN }
      }
      let undefinedGroup = groups.indices.first { values[0][$0].isNaN }
      let reason =
        undefinedGroup.flatMap { group in smooth?.reason(views[group][0].totals) }
        ?? (id == "roc_auc" ? "only one label" : ClassMetrics.noLabel)
      rates[id] = GroupRates(
        values: isFairlearn ? values.map { $0.map { $0.isNaN ? 0 : $0 } } : values,
        defined: defined,
        highest: seeds.map { _ in
          Array(repeating: -Double.infinity, count: weights?.replicates ?? 0)
        },
        lowest: seeds.map { _ in
          Array(repeating: Double.infinity, count: weights?.replicates ?? 0)
        },
        overall: sums.map { sum in
          let value = smooth.map { sum.rate(id, $0) } ?? .nan
          return isFairlearn && value.isNaN && smooth != nil ? 0 : value
        }, overallReplicates: seeds.map { _ in [] }, reason: reason,
        trials: seeds.indices.map { seed in
          views.map { view in smooth.map { $0.denominator(view[seed].totals) } ?? 0 }
        }, isProportion: (smooth as? RatioMetric)?.isProportion ?? false,
        replicates: seeds.map { _ in groups.map { _ in [] } })
    }
    guard let weights else { return }
    for group in groups.indices {
      fold(
        group, views[group], areas: areas.isEmpty ? [] : areas[group], weights,
        isFairlearn: isFairlearn)
    }
    for (id, smooth) in owner.smooth {
      guard var rate = rates[id] else { continue }
      rate.overallReplicates = sumReplicates.map { $0.map { $0.rate(id, smooth) } }
      rates[id] = rate
    }
  }

  /// Folds one group's replicates into the extremes of every rate, and into the sums of all groups.
  private mutating func fold(
    _ index: Int, _ seeds: [SeedRows], areas: [Contributions], _ weights: BootstrapWeights,
    isFairlearn: Bool
  ) {
    let client = owner.cells.client
    let layout = owner.cells.table.layout
    let codes =
      isClustered ? client.map { client in groups[index].rows.map { client.codes[Int($0)] } } : nil
    let bags = Bags(
      of: weights.bags(
        of: groups[index].rows, clients: codes, clientCount: client?.groups.count ?? 0))
    // Rows of different groups are independent: each group reads the replicates from another
    // place. Clients are not: one client has one weight in all groups.
    let shift = isClustered ? 0 : (index * 37) % weights.replicates
    let selection = owner.smooth["selection_rate"] as? RatioMetric
    for (number, seed) in seeds.enumerated() {
      let totals = ResampledTotals(columns: bags.totals(seed, layout: layout).map(weights.resample))
      var one = Array(repeating: 0.0, count: layout.count)
      for replicate in 0..<weights.replicates {
        let from = (replicate + shift) % weights.replicates
        for column in one.indices { one[column] = totals.columns[column][from] }
        sumReplicates[number][replicate].add(
          one, layout: layout, selection: selection, isHidden: hidden[index].hidesLabels)
      }
      for id in rates.keys.sorted() {
        guard var rate = rates[id], rate.defined[index] else { continue }
        let values: [Double]
        if let smooth = owner.smooth[id] {
          values = totals.values(of: smooth)
        } else {
          let rows = seed.labelledReplicates(bags, weights, layout: layout)
          values =
            id == "roc_auc"
            ? seed.areaReplicates(areas[number], bags, weights, rows: rows)
            : seed.calibrationReplicates(bags, weights, rows: rows)
        }
        rate.fold(
          values, group: index, seed: number, shift: shift, isFairlearn: isFairlearn)
        rates[id] = rate
      }
    }
  }

  // MARK: One metric

  func result(_ metric: FairnessMetric) -> FairnessResult {
    if metric.kind == .inequality { return inequality(metric) }
    let parts = metric.rates.compactMap { id in rates[id].map { (id, $0) } }
    var leftOut = suppressed
    for (index, group) in groups.enumerated() {
      if let (id, _) = parts.first(where: { !$0.1.defined[index] }) {
        let reason =
          hidden[index].reason(metric: id) ?? rates[id]?.reason ?? "undefined rate"
        leftOut.append(.init(group: group.name, reason: reason))
      }
    }
    // A group counts when it has one of the rates at least.
    let taking = groups.indices.filter { index in parts.contains { $0.1.defined[index] } }
    let count = taking.reduce(0) { $0 + groups[$1].rows.count }
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
    let perSeed = (0..<seedCount).map { seed in
      metric.value(
        usable.map { part in
          let values = zip(part.1.values[seed], part.1.defined).filter(\.1).map(\.0)
          return (values.max() ?? .nan, values.min() ?? .nan)
        }, overall: usable.map { $0.1.overall[seed] },
        isFairlearn: owner.cells.options.fairnessConvention == .fairlearn)
    }
    result.perSeed = perSeed.map { $0.isFinite ? $0 : nil }
    guard perSeed.allSatisfy(\.isFinite) else {
      result.estimate = .undefined(reason: "the highest rate is 0", count: count)
      return result
    }
    let value = perSeed.reduce(0, +) / Double(seedCount)
    name(usable, metric, into: &result)
    var note = owner.cells.client != nil && !isClustered ? "rows treated as independent" : nil
    if usable.count < parts.count {
      let text = "from \(usable.map(\.0).joined(separator: ", ")) alone"
      note = note.map { "\($0); \(text)" } ?? text
    }
    if seedCount == 1, FairnessInterval.kinds.contains(metric.kind) {
      let extremes = FairnessInterval(
        metric: metric, rates: usable.map { $0.1.rate(0) },
        isFairlearn: owner.cells.options.fairnessConvention == .fairlearn,
        clusterCount: isClustered ? clusterCount : nil, sampleSize: count,
        maker: owner.cells.intervals)
      result.biasCorrected = extremes.biasCorrected(value)
      result.estimate = .defined(
        value: value, interval: extremes.interval(value, note: note), count: count)
      return result
    }
    result.estimate = .defined(
      value: value,
      interval: interval(
        metric, replicates(metric, usable.map(\.1)), value, perSeed, count: count, note: note),
      count: count)
    return result
  }

  /// Inequality of the benefit over the labelled rows of all groups together.
  private func inequality(_ metric: FairnessMetric) -> FairnessResult {
    let id = metric.rates.first ?? ""
    var leftOut = suppressed
    for (group, hidden) in zip(groups, hidden) {
      guard let reason = hidden.labelled ?? hidden.rates ?? hidden.classes else { continue }
      leftOut.append(.init(group: group.name, reason: reason))
    }
    let perSeed = sums.map { $0.benefit.value(id) }
    let count = Int(sums.first?.benefit.rows ?? 0)
    var result = FairnessResult(
      id: metric.id, estimate: .undefined(reason: ClassMetrics.noLabel, count: count),
      perSeed: perSeed.map { $0.isFinite ? $0 : nil }, leftOut: leftOut)
    guard count > 0 else { return result }
    guard perSeed.allSatisfy(\.isFinite) else {
      result.estimate = .undefined(reason: "every label is 1 and every prediction 0", count: count)
      return result
    }
    let value = perSeed.reduce(0, +) / Double(seedCount)
    let replicateCount = sumReplicates.first?.count ?? 0
    let replicates = (0..<replicateCount).map { replicate in
      sumReplicates.reduce(0.0) { $0 + $1[replicate].benefit.value(id) } / Double(seedCount)
    }
    let note = owner.cells.client != nil && !isClustered ? "rows treated as independent" : nil
    result.estimate = .defined(
      value: value,
      interval: interval(metric, replicates, value, perSeed, count: count, note: note),
      count: count)
    return result
  }

  /// The metric in every replicate, averaged over seeds.
  private func replicates(_ metric: FairnessMetric, _ parts: [GroupRates]) -> [Double] {
    let isFairlearn = owner.cells.options.fairnessConvention == .fairlearn
    return (0..<(parts.first?.highest.first?.count ?? 0)).map { replicate in
      var sum = 0.0
      for seed in 0..<seedCount {
        sum += metric.value(
          parts.map { ($0.highest[seed][replicate], $0.lowest[seed][replicate]) },
          overall: parts.map {
            $0.overallReplicates[seed].isEmpty ? .nan : $0.overallReplicates[seed][replicate]
          }, isFairlearn: isFairlearn)
      }
      return sum / Double(seedCount)
    }
  }

  private func interval(
    _ metric: FairnessMetric, _ replicates: [Double], _ value: Double, _ perSeed: [Double],
    count: Int, note: String?
  ) -> Interval? {
    guard replicates.count >= 2 else { return nil }
    let maker = owner.cells.intervals
    if seedCount > 1 {
      let finite = replicates.lazy.filter { $0.isFinite }
      guard let sampling = Moments(finite).variance else { return nil }
      let between = (Moments(perSeed).variance ?? 0) / Double(seedCount)
      let unit = isClustered ? "clients" : "rows"
      let text = "joins the sampling of \(unit) with the variation over \(seedCount) seeds"
      return maker.normal(
        value,
        parts: [
          (sampling, Double((isClustered ? clusterCount : count) - 1)),
          (between, Double(seedCount - 1)),
        ], method: .seeds, range: metric.range, note: note.map { "\(text); \($0)" } ?? text)
    }
    return maker.percentile(
      value, replicates: replicates, recentred: true,
      method: isClustered ? .clusteredBootstrap : .bootstrap, range: metric.range, note: note)
  }

  /// Names the rate and the two groups that make the value, by means over seeds.
  private func name(
    _ parts: [(String, GroupRates)], _ metric: FairnessMetric, into result: inout FairnessResult
  ) {
    var best = -Double.infinity
    for (id, rate) in parts {
      let means = groups.indices.map { group in
        rate.values.map { $0[group] }.reduce(0, +) / Double(seedCount)
      }
      let defined = groups.indices.filter { rate.defined[$0] }
      guard let highest = defined.max(by: { means[$0] < means[$1] }),
        let lowest = defined.min(by: { means[$0] < means[$1] })
      else { continue }
      let gap =
        metric.isRatio && means[highest] > 0
        ? 1 - means[lowest] / means[highest] : means[highest] - means[lowest]
      if gap > best {
        best = gap
        result.highest = groups[highest].name
        result.lowest = groups[lowest].name
        result.rate = id
      }
    }
  }
}
