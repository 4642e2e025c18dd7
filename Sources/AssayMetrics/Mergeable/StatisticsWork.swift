import AssayRuns
import AssayStatistics

/// Measuring one cell of statistics.
struct StatisticsWork {
  let figures: CellFigures
  let measurer: StatisticsMeasurer
  /// Whether bootstrap intervals are made.
  let resamples: Bool
  /// Whether intervals over rows are made beside those over clients.
  let rowLevel: Bool

  var shape: StatisticsShape { measurer.shape }
  var cell: CellStatistics { figures.cell }
  var resampling: StatisticsResampling? { resamples ? measurer.resampling : nil }

  /// What an interval says when the value is known from bins alone.
  static let binned = "from binned values; widened by the certified error bound"
  /// What the interval of a difference says when how the arms vary together is not known.
  static let conservative =
    "how the arms vary together needs the rows: wide enough for any correlation of the two"

  /// What the metrics are in every replicate, by arm; only where rows are resampled.
  private let drawn: [CellReplicates]

  /// Above this many keys of the confusion matrix the delta method takes the bootstrap's place.
  private static let keyLimit = 121

  init(
    figures: CellFigures, measurer: StatisticsMeasurer, resamples: Bool, rowLevel: Bool
  ) {
    self.rowLevel = rowLevel
    self.figures = figures
    self.measurer = measurer
    self.resamples = resamples
    guard resamples, !figures.isClustered, figures.labelledRows > 0,
      measurer.shape.task != .regression, let resampling = measurer.resampling
    else {
      drawn = []
      return
    }
    let isLarge = figures.cell.arms.contains { $0.confusion.keys.count > Self.keyLimit }
    drawn =
      isLarge
      ? []
      : figures.cell.arms.indices.map { arm in
        resampling.counts.resample(
          figures.cell.arms[arm], cell: 0,
          averagePrecision: figures.ranks.arms[arm].averagePrecision.value)
      }
  }

  // MARK: One arm

  func figure(_ metric: MetricDefinition, arm: Int) -> ArmFigure {
    var figure = measured(metric, arm: arm)
    figure.arm = arm
    return figure
  }

  private func measured(_ metric: MetricDefinition, arm: Int) -> ArmFigure {
    if let smooth = measurer.smooth[metric.id] { return figure(smooth, arm: arm) }
    let rows = figures.labelledRows
    if rows == 0 { return ArmFigure(value: .nan, reason: ClassMetrics.noLabel, count: 0) }
    let ranks = figures.ranks.arms[arm]
    let absent = cell.arms[arm].labels(classes: shape.classes).firstIndex(of: 0).map {
      "no row with label \($0)"
    }
    let noPositive = "no row with label 1"
    switch metric.id {
    case "expected_calibration_error": return calibrationError(arm)
    case "maximum_calibration_error": return maximumCalibrationError(arm)
    case "max_error":
      return ArmFigure(value: cell.arms[arm].regression?.largestError ?? .nan, count: rows)
    case "median_absolute_error": return figure(ranks.medianAbsoluteError, reason: nil)
    case "absolute_error_quantile_90": return figure(ranks.errorQuantile90, reason: nil)
    case "absolute_error_quantile_95": return figure(ranks.errorQuantile95, reason: nil)
    case "average_precision":
      var figure = figure(ranks.averagePrecision, reason: noPositive)
      if arm < drawn.count, figure.reason == nil {
        figure.replicates = drawn[arm].averagePrecision
      }
      return figure
    case "pr_auc_trapezoid": return figure(ranks.precisionRecallTrapezoid, reason: noPositive)
    case "ks_statistic":
      let labels = cell.arms[arm].labels(classes: shape.classes)
      return figure(
        ranks.kolmogorovSmirnov,
        reason: labels[1] > 0 ? "no row with label 0" : noPositive)
    case "roc_auc": return area(ranks.rocAUC, reason: areaReason(absent, arm))
    case "gini_from_roc_auc":
      var figure = area(ranks.rocAUC, reason: areaReason(absent, arm))
      figure.value = 2 * figure.value - 1
      figure.errorBound *= 2
      figure.rowVariance = figure.rowVariance.map { 4 * $0 }
      figure.clients = figure.clients?.map { 2 * $0 }
      return figure
    case "roc_auc_ovr_weighted": return area(ranks.weightedAUC, reason: absent)
    case "roc_auc_ovo_macro": return area(ranks.pairwiseAUC, reason: absent)
    case "roc_auc_ovo_weighted": return area(ranks.weightedPairwiseAUC, reason: absent)
    default:
      return ArmFigure(value: .nan, reason: "needs the rows", count: rows)
    }
  }

  private func area(_ rank: RankValue, reason: String?) -> ArmFigure {
    var figure = figure(rank, reason: reason)
    figure.rowMethod = shape.scoreColumns > 1 ? .conservative : .delong
    return figure
  }

  /// Of two classes, the label that is named is the one that the rows lack, 1 before 0.
  private func areaReason(_ absent: String?, _ arm: Int) -> String? {
    guard shape.task == .binary else { return absent }
    let labels = cell.arms[arm].labels(classes: 2)
    return labels[1] > 0 ? "no row with label 0" : "no row with label 1"
  }

  private func bins(_ arm: Int) -> [CalibrationBin] {
    cell.arms[arm].calibration.map {
      CalibrationBin(count: $0.count, outcomes: $0.outcomes, scores: $0.scores.value)
    }
  }

  func figure(_ metric: any SmoothMetric, arm: Int) -> ArmFigure {
    let totals = figures.totals[arm]
    var figure = ArmFigure(
      value: metric.value(totals), count: Int(max(0, min(metric.denominator(totals), 0x1p53))))
    guard figure.value.isFinite else {
      figure.reason =
        totals.allSatisfy(\.isFinite) ? metric.reason(totals) : "not a finite number"
      return figure
    }
    let gradient = metric.gradient(totals)
    figure.gradient = gradient
    figure.totals = totals
    figure.rowSquares = rowSquares(gradient, arm: arm)
    if figures.isClustered {
      figure.clients = figures.contributions(gradient, arm: arm)
      return figure
    }
    let rows = Double(figures.labelledRows)
    // The delta method: Σ u² · n / (n − 1).
    if rows > 1 { figure.rowVariance = figure.rowSquares.map { $0 * rows / (rows - 1) } }
    // Counts, log loss and squared error are drawn; other sums are not.
    let others = gradient[shape.layout.value(TotalsLayout.ClassValue.gap)...]
    if metric.successes == nil, arm < drawn.count, others.allSatisfy({ $0 == 0 }) {
      figure.replicates = drawn[arm].totals.values(of: metric)
    }
    return figure
  }

  /// The sum of squares of rows' contributions; `nil` where the squares it needs are not kept.
  private func rowSquares(_ gradient: [Double], arm: Int) -> Double? {
    if figures.isOfCounts(gradient) {
      let table = figures.shape.layout.addedByRow(gradient)
      let confusion = cell.arms[arm].confusion
      var sum = CompensatedSum()
      for (key, count) in zip(confusion.keys, confusion.counts) {
        sum.add(Double(count) * table[Int(key)] * table[Int(key)])
      }
      return sum.value
    }
    guard let value = figures.onlyValue(gradient) else { return nil }
    if shape.task == .binary, value == TotalsLayout.ClassValue.gap {
      // A function of the sum of scores, which is that of outcomes minus that of gaps.
      return figures.squaredScoreDeviations(arm: arm).map {
        let slope = gradient[shape.layout.value(value)]
        return slope * slope * $0
      }
    }
    guard let squares = figures.squaredDeviations(value, arm: arm) else { return nil }
    let slope = gradient[shape.layout.value(value)]
    return slope * slope * squares
  }

  func figure(_ rank: RankValue, reason: String?) -> ArmFigure {
    var figure = ArmFigure(value: rank.value, count: figures.labelledRows)
    guard rank.value.isFinite else {
      figure.reason = reason ?? "not a finite number"
      return figure
    }
    figure.errorBound = rank.errorBound
    figure.rowVariance = rank.variance
    figure.rowSquares = rank.rowSquares
    if figures.isClustered, rank.clientContributions.count == cell.clients.count {
      figure.clients = rank.clientContributions
    }
    return figure
  }

  private func calibrationError(_ arm: Int) -> ArmFigure {
    let rows = Double(figures.labelledRows)
    let bins = cell.arms[arm].calibration
    let gaps = bins.map { FixedSum(units: Int128($0.outcomes) << 64 - $0.scores.units).value }
    var figure = ArmFigure(
      value: gaps.reduce(0) { $0 + abs($1) } / rows, count: figures.labelledRows)
    if arm < drawn.count {
      figure.calibration = drawn[arm].calibration
      figure.replicates = drawn[arm].calibrationError
    }
    guard figures.isClustered, let resampling else { return figure }
    let shares = cell.clients.map { $0.arms[arm] }
    let drawn = bins.indices.map { bin in
      resampling.resample(cell.clients, shares.map { $0.gaps[bin].value })
    }
    let labelled = resampling.resample(
      cell.clients, shares.map { Double($0.labels(classes: shape.classes).reduce(0, +)) })
    let replicates = CalibrationReplicates(
      gaps: gaps, drawn: drawn, rows: labelled, count: rows)
    figure.calibration = replicates
    figure.replicates = replicates.values
    figure.areReplicatesClustered = true
    return figure
  }

  /// The largest distance of mean outcome and mean score; replicates keep the rows of each bin.
  private func maximumCalibrationError(_ arm: Int) -> ArmFigure {
    let bins = cell.arms[arm].calibration
    var figure = ArmFigure(
      value: CalibrationError.maximum(self.bins(arm)), count: figures.labelledRows)
    guard let resampling else { return figure }
    var largest = [Double](repeating: 0, count: resampling.replicates)
    let generator = CounterGenerator(seed: measurer.options.seed, stream: 9)
    for (index, bin) in bins.enumerated() where bin.count > 0 {
      var gaps: [Double]
      if figures.isClustered {
        gaps = resampling.resample(
          cell.clients, cell.clients.map { $0.arms[arm].gaps[index].value })
      } else {
        let gap = FixedSum(units: Int128(bin.outcomes) << 64 - bin.scores.units).value
        let deviation = bin.squaredGaps.value.squareRoot()
        gaps = (0..<resampling.replicates).map {
          gap + deviation * ScoreGrid.normal(generator, UInt64(index), $0)
        }
      }
      for place in largest.indices {
        largest[place] = max(largest[place], abs(gaps[place]) / Double(bin.count))
      }
    }
    figure.replicates = largest
    figure.areReplicatesClustered = figures.isClustered
    return figure
  }

  // MARK: Results

  /// - Parameter smooth: The function of totals behind the figure, where the catalogue's metric of that
  ///   id is another.
  func result(
    _ metric: MetricDefinition, _ figure: ArmFigure, smooth: (any SmoothMetric)? = nil
  ) -> MetricResult {
    guard figure.reason == nil, figure.value.isFinite else {
      return MetricResult(
        id: metric.id,
        estimate: .undefined(
          reason: figure.reason ?? "not a finite number", count: figure.count), perSeed: [nil])
    }
    var interval = interval(metric, figure, smooth: smooth ?? measurer.smooth[metric.id])
    if let sums = figure.clients, interval?.note != IntervalMaker.noVariation {
      interval?.adjusted = measurer.intervals.unequal(
        figure.value,
        UnequalClients(
          sums: sums, sizes: sizes(metric, [figure]), squares: figure.rowSquares),
        range: metric.range)
    } else if interval != nil {
      interval?.adjusted = areaCompanion(metric, figure)
    }
    interval = widened(interval, by: figure.errorBound, range: metric.range)
    return MetricResult(
      id: metric.id,
      estimate: .defined(value: figure.value, interval: interval, count: figure.count),
      perSeed: [figure.value], errorBound: figure.errorBound > 0 ? figure.errorBound : nil,
      rowInterval: rowInterval(metric, figure))
  }

  private func interval(
    _ metric: MetricDefinition, _ figure: ArmFigure, smooth: (any SmoothMetric)?
  ) -> Interval? {
    let maker = measurer.intervals
    let note = figures.note
    if let contributions = figure.clients {
      guard let sandwich = figures.clusteredVariance(contributions) else { return nil }
      let variance = IntervalMaker.settled(sandwich, value: figure.value)
      return maker.normal(
        figure.value, parts: [(variance, Double(contributions.count - 1))], method: .clustered,
        range: metric.range, note: variance == 0 ? IntervalMaker.noVariation : note)
    }
    if let totals = figure.totals,
      let interval = maker.proportion(
        metric, totals, shape.layout, smooth: smooth, note: note)
    {
      return interval
    }
    if !figures.isClustered, let totals = figure.totals,
      let interval = maker.smoothed(
        metric, totals, shape.layout, smooth: smooth, value: figure.value, note: note)
    {
      return interval
    }
    if let calibration = figure.calibration {
      return maker.calibration(
        figure.value, calibration,
        method: figure.areReplicatesClustered ? .clusteredBootstrap : .bootstrap,
        range: metric.range, note: note)
    }
    if let replicates = figure.replicates {
      return maker.percentile(
        figure.value, replicates: replicates,
        recentred: metric.id.hasSuffix("_calibration_error"),
        method: figure.areReplicatesClustered ? .clusteredBootstrap : .bootstrap,
        range: metric.range, note: note)
    }
    guard let variance = figure.rowVariance else { return nil }
    let independent = figures.isClustered ? "rows treated as independent" : note
    return maker.normal(
      figure.value, parts: [(variance, .infinity)], method: figure.rowMethod,
      range: metric.range, note: variance == 0 ? IntervalMaker.noVariation : independent)
  }

  func widened(
    _ interval: Interval?, by bound: Double, range: ClosedRange<Double>
  ) -> Interval? {
    guard var interval, bound > 0 else { return interval }
    interval.low = max(range.lowerBound, interval.low - bound)
    interval.high = min(range.upperBound, interval.high + bound)
    // A test from the standard error alone would leave the bound out.
    if let adjusted = interval.adjusted {
      interval.adjusted?.low = max(range.lowerBound, adjusted.low - bound)
      interval.adjusted?.high = min(range.upperBound, adjusted.high + bound)
    }
    interval.standardError = nil
    interval.degrees = nil
    interval.note = interval.note.map { "\($0); \(Self.binned)" } ?? Self.binned
    return interval
  }
}
