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
      metrics: MetricCatalogue.fairness(for: table.task).compactMap { definition in
        FairnessMetric.all.first { $0.id == definition.id }.map { work.result($0) }
      })
  }

  /// The rates that fairness metrics of the task need, by id.
  var rates: [String: RatioMetric] {
    let metrics =
      table.isRegression
      ? RegressionMetrics.metrics(table.layout)
      : ClassMetrics.metrics(table.layout, binary: table.task == .binary)
    return metrics.compactMapValues { $0 as? RatioMetric }
  }
}

/// One rate in every group, and its extremes in every replicate.
private struct GroupRates {
  /// By seed, then group; NaN where undefined.
  var values: [[Double]]
  /// Groups that have the rate under every seed, or all of them under Fairlearn's convention.
  var defined: [Bool]
  /// By seed, then replicate, over the groups that are defined.
  var highest: [[Double]]
  var lowest: [[Double]]
}

/// The rates of one arm in all groups that take part, and the metrics made from them.
private struct FairnessWork {
  let owner: FairnessMeasurer
  let groups: [GroupRows]
  let suppressed: [FairnessResult.LeftOut]
  let seedCount: Int
  /// By id of the rate.
  var rates: [String: GroupRates] = [:]
  var reasons: [String: String] = [:]
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
    let wanted = Set(
      MetricCatalogue.fairness(for: table.task).flatMap { definition in
        FairnessMetric.all.first { $0.id == definition.id }?.rates ?? []
      })
    let metrics = owner.rates.filter { wanted.contains($0.key) }.sorted { $0.key < $1.key }
    let clients = Set(groups.flatMap(\.clients))
    isClustered = clients.count >= max(2, options.minimumClusters)
    clusterCount = clients.count
    let weights = groups.count >= 2 ? owner.cells.weights : nil
    let isFairlearn = options.fairnessConvention == .fairlearn

    let views = groups.map { group in seeds.map { SeedRows($0, rows: group.rows, table: table) } }
    hidden = groups.map(\.hidden)
    for (id, metric) in metrics {
      let values = seeds.indices.map { seed in views.map { metric.value($0[seed].totals) } }
      let defined = groups.indices.map { group in
        if hidden[group].reason(metric: id) != nil { return false }
        return isFairlearn || values.allSatisfy { !$0[group].isNaN }
      }
      rates[id] = GroupRates(
        values: isFairlearn ? values.map { $0.map { $0.isNaN ? 0 : $0 } } : values,
        defined: defined,
        highest: seeds.map { _ in
          Array(repeating: -Double.infinity, count: weights?.replicates ?? 0)
        },
        lowest: seeds.map { _ in
          Array(repeating: Double.infinity, count: weights?.replicates ?? 0)
        })
      reasons[id] = metric.whenUndefined
    }
    if let weights {
      for group in groups.indices {
        fold(group, views[group], metrics, weights, isFairlearn: isFairlearn)
      }
    }
  }

  /// Folds one group's replicates into the extremes of every rate.
  private mutating func fold(
    _ index: Int, _ seeds: [SeedRows], _ metrics: [(key: String, value: RatioMetric)],
    _ weights: BootstrapWeights, isFairlearn: Bool
  ) {
    let client = owner.cells.client
    let codes =
      isClustered ? client.map { client in groups[index].rows.map { client.codes[Int($0)] } } : nil
    let bags = Bags(
      of: weights.bags(
        of: groups[index].rows, clients: codes, clientCount: client?.groups.count ?? 0))
    // Rows of different groups are independent: each group reads the replicates from another
    // place. Clients are not: one client has one weight in all groups.
    let shift = isClustered ? 0 : (index * 37) % weights.replicates
    for (number, seed) in seeds.enumerated() {
      let totals = ResampledTotals(
        columns: bags.totals(seed, layout: owner.cells.table.layout).map(weights.resample))
      for (id, metric) in metrics {
        guard var rate = rates[id], rate.defined[index] else { continue }
        let values = totals.values(of: metric)
        for replicate in values.indices {
          var value = values[(replicate + shift) % weights.replicates]
          if value.isNaN {
            if isFairlearn { value = 0 } else { continue }
          }
          rate.highest[number][replicate] = max(rate.highest[number][replicate], value)
          rate.lowest[number][replicate] = min(rate.lowest[number][replicate], value)
        }
        rates[id] = rate
      }
    }
  }

  // MARK: One metric

  func result(_ metric: FairnessMetric) -> FairnessResult {
    let parts = metric.rates.compactMap { id in rates[id].map { (id, $0) } }
    var leftOut = suppressed
    for (index, group) in groups.enumerated() {
      if let (id, _) = parts.first(where: { !$0.1.defined[index] }) {
        let reason =
          hidden[index].reason(metric: id) ?? reasons[id] ?? "undefined rate"
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
        }, isFairlearn: owner.cells.options.fairnessConvention == .fairlearn)
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
    result.estimate = .defined(
      value: value,
      interval: interval(metric, usable.map(\.1), value, perSeed, count: count, note: note),
      count: count)
    return result
  }

  private func interval(
    _ metric: FairnessMetric, _ parts: [GroupRates], _ value: Double, _ perSeed: [Double],
    count: Int, note: String?
  ) -> Interval? {
    let replicateCount = parts.first?.highest.first?.count ?? 0
    guard replicateCount >= 2 else { return nil }
    let isFairlearn = owner.cells.options.fairnessConvention == .fairlearn
    let replicates = (0..<replicateCount).map { replicate in
      var sum = 0.0
      for seed in 0..<seedCount {
        sum += metric.value(
          parts.map { ($0.highest[seed][replicate], $0.lowest[seed][replicate]) },
          isFairlearn: isFairlearn)
      }
      return sum / Double(seedCount)
    }
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

extension FairnessMetric {
  /// The metric from the extremes of its rates; NaN when undefined.
  ///
  /// A ratio whose highest rate is 0 is undefined. Of two ratios the smaller defined one counts; in
  /// Fairlearn's convention an undefined first ratio makes the result undefined, because Fairlearn
  /// takes Python's `min`, which keeps a NaN that comes first.
  func value(_ extremes: [(highest: Double, lowest: Double)], isFairlearn: Bool) -> Double {
    switch kind {
    case .difference:
      var gap = -Double.infinity
      for (highest, lowest) in extremes where highest >= lowest { gap = max(gap, highest - lowest) }
      return gap.isFinite ? gap : .nan
    case .ratio:
      let ratios = extremes.map { $0.highest > 0 ? $0.lowest / $0.highest : .nan }
      if isFairlearn, let first = ratios.first, first.isNaN { return .nan }
      return ratios.filter { !$0.isNaN }.min() ?? .nan
    case .worst:
      guard let first = extremes.first else { return .nan }
      return isLoss ? first.highest : first.lowest
    }
  }
}
