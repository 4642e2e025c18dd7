import AssayRuns
import AssayStatistics

/// One metric of one arm in one cell, before its interval is made.
struct ArmFigure {
  /// Place of the arm.
  var arm = 0
  /// NaN where undefined.
  var value: Double
  var reason: String?
  var count: Int
  /// How far the exact value may be; 0 where it is exact.
  var errorBound = 0.0
  /// Clients' contributions, where clients are the sampled units and a linear form exists.
  var clients: [Double]?
  /// Totals of the arm, and derivatives by them, for smooth metrics.
  var totals: [Double]?
  var gradient: [Double]?
  /// The sum of squares of rows' contributions, where it is known.
  var rowSquares: Double?
  /// The variance over rows where there is no gradient, and how it was come by.
  var rowVariance: Double?
  var rowMethod = IntervalMethod.delta
  /// The value in every replicate.
  var replicates: [Double]?
  /// Of an expected calibration error: how far it may be from the truth.
  var calibration: CalibrationReplicates?
  /// Whether replicates are of clients.
  var areReplicatesClustered = false
}

/// Measures the cells of statistics: every metric of every arm, and the differences of arms.
struct StatisticsMeasurer: Sendable {
  let shape: StatisticsShape
  let options: EvaluationOptions
  let metrics: [MetricDefinition]
  let smooth: [String: any SmoothMetric]
  let intervals: IntervalMaker
  let resampling: StatisticsResampling?
  /// What targets of a regression are taken from.
  let origin: Double

  init(_ shape: StatisticsShape, statistics: EvaluationStatistics, options: EvaluationOptions) {
    self.shape = shape
    self.options = options
    metrics = MetricCatalogue.performance(for: shape.task)
    smooth =
      shape.task == .regression
      ? RegressionMetrics.metrics(shape.layout)
      : ClassMetrics.metrics(shape.layout, binary: shape.task == .binary)
    intervals = IntervalMaker(confidence: options.safeConfidence)
    // A column that is both segment and sensitive counts twice, as in a table of rows.
    let named = shape.segments + shape.sensitive
    let cells = statistics.cells.keys.reduce(1) { sum, key in
      guard key.column > 0, key.column <= shape.columns.count else { return sum }
      return sum + named.count { $0 == shape.columns[key.column - 1] }
    }
    let replicates = CellMeasurer.replicates(options, cells: cells)
    let all = statistics.cells[.overall]
    resampling =
      replicates >= 2
      ? StatisticsResampling(
        seed: options.seed, replicates: replicates, clients: all?.clients.map(\.name) ?? [],
        shape: shape)
      : nil
    let regression = all?.arms.first?.regression
    let targets = regression?.errors.total ?? 0
    origin = targets == 0 ? 0 : (regression?[.target].value ?? 0) / Double(targets)
  }

  /// Measures one cell.
  /// - Parameters:
  ///   - ranks: Exact ranks, where rows were at hand.
  ///   - isClient: Whether it is a client's own cell, which is neither resampled nor compared.
  ///   - rowLevel: Whether intervals over rows are made beside those over clients.
  ///   - hidden: What is not to be shown of the cell.
  func measure(
    _ cell: CellStatistics, ranks: CellRanks?, isClient: Bool, rowLevel: Bool,
    hidden: SuppressionPlan.Cell, detail: DetailLevel = .none
  ) -> CellMeasurement {
    if let reason = hidden.all { return suppressed(reason, compare: !isClient) }
    let figures = CellFigures(
      cell, shape: shape, ranks: ranks, origin: origin, hasClients: shape.client != nil,
      options: options)
    let work = StatisticsWork(
      figures: figures, measurer: self, resamples: !isClient,
      rowLevel: rowLevel)
    let fewLabels = hidden.labelled != nil
    var result = CellMeasurement(
      rows: cell.rows, arms: shape.arms.map { _ in [] },
      pairs: shape.comparedArms.map { _ in [] }, mcNemar: shape.comparedArms.map { _ in nil },
      statistics: fewLabels ? [] : cell.arms.map { [RowStatistics($0, shape)] })
    for metric in metrics {
      if let reason = hidden.reason(metric: metric.id) {
        let hidden = MetricResult(
          id: metric.id, estimate: .undefined(reason: reason, count: nil), perSeed: [])
        for arm in result.arms.indices { result.arms[arm].append(hidden) }
        if !isClient, metric.isOfArm {
          for pair in result.pairs.indices { result.pairs[pair].append(hidden) }
        }
        continue
      }
      let measured = shape.arms.indices.map { work.figure(metric, arm: $0) }
      for arm in measured.indices {
        result.arms[arm].append(work.result(metric, measured[arm]))
      }
      if isClient || !metric.isOfArm { continue }
      for (pair, arm) in shape.comparedArms.enumerated() {
        result.pairs[pair].append(
          work.difference(metric, measured[arm], measured[shape.reference], pair: pair))
      }
    }
    if !isClient, !fewLabels, hidden.rates == nil, shape.task != .regression {
      result.discordant = shape.comparedArms.indices.map { work.discordant(pair: $0) }
      result.mcNemar = result.discordant.map { $0?.exactP }
    }
    if detail != .none, cell.rows > 0, shape.task != .regression {
      result.details = details(work, detail: detail, fewLabels: hidden.hidesLabels)
    }
    return result
  }

  /// The reason of a number that rests on too few rows.
  var suppressionText: String { "suppressed: fewer than \(options.minimumCount) rows" }

  private func suppressed(_ reason: String, compare: Bool) -> CellMeasurement {
    let results = metrics.map {
      MetricResult(id: $0.id, estimate: .undefined(reason: reason, count: nil), perSeed: [])
    }
    return CellMeasurement(
      rows: nil, arms: shape.arms.map { _ in results },
      pairs: shape.comparedArms.map { _ in
        compare ? results.filter { $0.id != "base_rate" } : []
      },
      mcNemar: shape.comparedArms.map { _ in nil }, statistics: [])
  }
}

extension RowStatistics {
  /// The counts of an arm of a cell; sums of a regression are left out.
  init(_ arm: ArmStatistics, _ shape: StatisticsShape) {
    let k = shape.classes
    let confusion = arm.confusion.dense(k * k + k)
    self.init(
      classCount: k, confusion: Array(confusion[..<(k * k)]),
      unlabelled: Array(confusion[(k * k)...]), clipped: arm.clipped,
      topTwo: shape.scoreColumns > 1
        ? arm.truthRanks.top(2) : arm.labels(classes: k).reduce(0, +),
      logLoss: arm.sums.first?.value ?? 0, squaredError: arm.sums.last?.value ?? 0,
      calibration: arm.calibration.map {
        CalibrationBin(count: $0.count, outcomes: $0.outcomes, scores: $0.scores.value)
      })
  }
}
