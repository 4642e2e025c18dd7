import AssayRuns
import AssayStatistics

/// What was measured in one cell.
struct CellMeasurement: Sendable {
  /// Rows; `nil` when suppressed.
  var rows: Int?
  /// Metrics by arm.
  var arms: [[MetricResult]]
  /// Differences by pair.
  var pairs: [[MetricResult]]
  /// McNemar's p-value by pair.
  var mcNemar: [Double?]
  /// Statistics by arm, then seed; empty when suppressed.
  var statistics: [[RowStatistics]]
  /// The counts behind ``mcNemar``, by pair; empty where they are not known.
  var discordant: [McNemarTest?] = []
  /// What is measured beside metrics, by arm; empty when suppressed or not asked for.
  var details: [CellDetails] = []
}

/// What is measured in a cell beside metrics.
struct CellDetails: Sendable {
  /// One entry per seed; the first alone for groups.
  var distributions: [ScoreDistribution]
  var curves: CellCurves?
  /// Several classes over all rows only.
  var perClass: [ClassResult] = []
}

/// How much is measured in a cell beside metrics.
enum DetailLevel: Sendable {
  case none, group, whole
}

/// One metric of one arm in one cell, before its interval is made.
struct ArmMeasure {
  /// NaN where undefined.
  var perSeed: [Double]
  var reason: String?
  var count: Int
  /// Every row's contribution, averaged over seeds; `nil` where not needed or without linear form.
  var contributions: [Double]?
  /// The value in every replicate, averaged over seeds.
  var replicates: [Double]?
  /// Of an expected calibration error with one seed: how far it may be from the truth.
  var calibration: CalibrationReplicates?

  /// The mean over seeds; `nil` when undefined under any.
  var value: Double? {
    guard reason == nil, !perSeed.isEmpty else { return nil }
    var sum = 0.0
    for value in perSeed { sum += value }
    let mean = sum / Double(perSeed.count)
    return mean.isFinite ? mean : nil
  }
}

/// Measures cells: every metric of every arm, and the differences of pairs of arms.
struct CellMeasurer: Sendable {
  let table: PreparedTable
  let options: EvaluationOptions
  let client: GroupColumn?
  let pairs: [(arm: Int, reference: Int)]
  let metrics: [MetricDefinition]
  let smooth: [String: any SmoothMetric]
  let weights: BootstrapWeights?
  let intervals: IntervalMaker

  init(
    _ table: PreparedTable, client: GroupColumn?, pairs: [(arm: Int, reference: Int)],
    cells: Int, options: EvaluationOptions
  ) {
    self.table = table
    self.client = client
    self.pairs = pairs
    self.options = options
    metrics = MetricCatalogue.performance(for: table.task)
    smooth =
      table.isRegression
      ? RegressionMetrics.metrics(table.layout)
      : ClassMetrics.metrics(table.layout, binary: table.task == .binary)
    let count = Self.replicates(options, cells: cells)
    weights = count >= 2 ? BootstrapWeights(seed: options.seed, replicates: count) : nil
    intervals = IntervalMaker(confidence: options.safeConfidence)
  }

  /// Replicates of the bootstrap: as asked for, but fewer in a table of more than 400 cells, down to
  /// 200 (or as asked for, if less), so that the cost does not grow with the number of groups.
  static func replicates(_ options: EvaluationOptions, cells: Int) -> Int {
    let affordable = max(200, 400_000 / max(1, cells))
    return max(0, min(options.replicates, affordable, 100_000))
  }

  /// Measures one cell.
  /// - Parameters:
  ///   - resample: Whether bootstrap intervals are made.
  ///   - compare: Whether pairs of arms are compared.
  ///   - rowLevel: Whether intervals over rows are made beside those over clients.
  ///   - detail: What is measured beside metrics.
  func measure(
    _ group: GroupRows, resample: Bool, compare: Bool, rowLevel: Bool = false,
    detail: DetailLevel = .none
  ) -> CellMeasurement {
    if let reason = group.hidden.all { return suppressed(reason, compare: compare) }
    let cell = Cell(
      group, table: table, client: client, weights: resample ? weights : nil, options: options)
    let fewLabels = group.hidden.labelled != nil
    var work = CellWork(cell: cell, measurer: self, compare: compare, rowLevel: rowLevel)
    var result = CellMeasurement(
      rows: group.rows.count, arms: table.arms.map { _ in [] }, pairs: pairs.map { _ in [] },
      mcNemar: pairs.map { _ in nil },
      statistics: fewLabels ? [] : cell.arms.map { $0.map(\.statistics) })
    for metric in metrics {
      if let reason = group.hidden.reason(metric: metric.id) {
        let hidden = MetricResult(
          id: metric.id, estimate: .undefined(reason: reason, count: nil), perSeed: [])
        for arm in table.arms.indices { result.arms[arm].append(hidden) }
        if compare, metric.isOfArm {
          for pair in pairs.indices { result.pairs[pair].append(hidden) }
        }
        continue
      }
      let measures = table.arms.indices.map { work.measure(metric, arm: $0) }
      for arm in table.arms.indices {
        result.arms[arm].append(work.result(metric, measures[arm], arm: arm))
      }
      // The labels' own share is no property of an arm.
      guard compare, metric.isOfArm else { continue }
      for (index, pair) in pairs.enumerated() {
        result.pairs[index].append(
          work.difference(metric, measures[pair.arm], measures[pair.reference], pair: pair))
      }
    }
    if compare, !fewLabels, group.hidden.rates == nil, !table.isRegression {
      result.discordant = pairs.map { work.discordant($0) }
      result.mcNemar = result.discordant.map { $0?.exactP }
    }
    if detail != .none, !group.rows.isEmpty, !table.isRegression {
      result.details = table.arms.indices.map { arm in
        details(
          &work, arm: arm, detail: detail, fewLabels: group.hidden.hidesLabels)
      }
    }
    return result
  }

  private func details(
    _ work: inout CellWork, arm: Int, detail: DetailLevel, fewLabels: Bool
  ) -> CellDetails {
    let rows = work.cell.rows
    let isWhole = detail == .whole
    // Distributions that are compared with one another are pooled alike.
    let bits = table.rowCount > CurveMaker.groupLimit ? CurveMaker.groupBits : nil
    let seeds = isWhole ? table.arms[arm].seeds.count : 1
    var result = CellDetails(
      distributions: (0..<seeds).compactMap {
        table.distribution(arm: arm, seed: $0, rows: rows, bits: bits)
      })
    guard !fewLabels, let first = result.distributions.first else { return result }
    let scores =
      isWhole && bits != nil
      ? table.distribution(
        arm: arm, seed: 0, rows: rows,
        bits: rows.count > CurveMaker.exactLimit ? CurveMaker.pooledBits : nil) ?? first : first
    let maker = CurveMaker(
      intervals: intervals, minimumCount: options.minimumCount,
      note: client == nil ? nil : "rows treated as independent")
    result.curves = maker.curves(scores, task: table.task, isWhole: isWhole)
    if isWhole, table.task != .binary { result.perClass = work.perClass(arm: arm) }
    return result
  }

  /// The reason of a number that rests on too few rows.
  var suppressionText: String { "suppressed: fewer than \(options.minimumCount) rows" }

  private func suppressed(_ reason: String, compare: Bool) -> CellMeasurement {
    let results = metrics.map {
      MetricResult(id: $0.id, estimate: .undefined(reason: reason, count: nil), perSeed: [])
    }
    return CellMeasurement(
      rows: nil, arms: table.arms.map { _ in results },
      pairs: pairs.map { _ in compare ? results.filter { $0.id != "base_rate" } : [] },
      mcNemar: pairs.map { _ in nil }, statistics: [])
  }
}
