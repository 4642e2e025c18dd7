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

  private var shape: StatisticsShape { measurer.shape }
  private var cell: CellStatistics { figures.cell }
  private var resampling: StatisticsResampling? { resamples ? measurer.resampling : nil }

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
    case "maximum_calibration_error":
      return ArmFigure(value: CalibrationError.maximum(bins(arm)), count: rows)
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

  private func figure(_ metric: any SmoothMetric, arm: Int) -> ArmFigure {
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
    if figures.isClustered {
      figure.clients = figures.contributions(gradient, arm: arm)
      return figure
    }
    figure.rowVariance = rowVariance(gradient, arm: arm)
    if metric.successes == nil, arm < drawn.count {
      figure.replicates = drawn[arm].totals.values(of: metric)
    }
    return figure
  }

  /// The variance over rows by the delta method; `nil` where the squares it needs are not kept.
  private func rowVariance(_ gradient: [Double], arm: Int) -> Double? {
    let rows = Double(figures.labelledRows)
    guard rows > 1 else { return nil }
    if figures.isOfCounts(gradient) {
      let table = figures.contributionsByKey(gradient)
      let confusion = cell.arms[arm].confusion
      var sum = CompensatedSum()
      for (key, count) in zip(confusion.keys, confusion.counts) {
        sum.add(Double(count) * table[Int(key)] * table[Int(key)])
      }
      return sum.value * rows / (rows - 1)
    }
    guard let value = figures.onlyValue(gradient),
      let squares = figures.squaredDeviations(value, arm: arm)
    else { return nil }
    let slope = gradient[shape.layout.value(value)]
    return slope * slope * squares * rows / (rows - 1)
  }

  private func figure(_ rank: RankValue, reason: String?) -> ArmFigure {
    var figure = ArmFigure(value: rank.value, count: figures.labelledRows)
    guard rank.value.isFinite else {
      figure.reason = reason ?? "not a finite number"
      return figure
    }
    figure.errorBound = rank.errorBound
    figure.rowVariance = rank.variance
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
    if arm < drawn.count { figure.replicates = drawn[arm].calibrationError }
    guard figures.isClustered, let resampling else { return figure }
    var sums = [Double](repeating: 0, count: resampling.replicates)
    let shares = cell.clients.map { $0.arms[arm] }
    for bin in bins.indices {
      let drawn = resampling.resample(cell.clients, shares.map { $0.gaps[bin].value })
      for index in sums.indices { sums[index] += abs(drawn[index]) }
    }
    let labelled = resampling.resample(
      cell.clients, shares.map { Double($0.labels(classes: shape.classes).reduce(0, +)) })
    figure.replicates = zip(sums, labelled).map { $0 / $1 }
    figure.areReplicatesClustered = true
    return figure
  }

  // MARK: Results

  func result(_ metric: MetricDefinition, _ figure: ArmFigure) -> MetricResult {
    guard figure.reason == nil, figure.value.isFinite else {
      return MetricResult(
        id: metric.id,
        estimate: .undefined(
          reason: figure.reason ?? "not a finite number", count: figure.count), perSeed: [nil])
    }
    let interval = widened(
      interval(metric, figure), by: figure.errorBound, range: metric.range)
    return MetricResult(
      id: metric.id,
      estimate: .defined(value: figure.value, interval: interval, count: figure.count),
      perSeed: [figure.value], errorBound: figure.errorBound > 0 ? figure.errorBound : nil,
      rowInterval: rowInterval(metric, figure))
  }

  private func interval(_ metric: MetricDefinition, _ figure: ArmFigure) -> Interval? {
    let maker = measurer.intervals
    let note = figures.note
    if let contributions = figure.clients {
      guard let variance = figures.clusteredVariance(contributions) else { return nil }
      return maker.normal(
        figure.value, parts: [(variance, Double(contributions.count - 1))], method: .clustered,
        range: metric.range, note: variance == 0 ? IntervalMaker.noVariation : note)
    }
    if let smooth = measurer.smooth[metric.id], let successes = smooth.successes,
      let totals = figure.totals
    {
      return maker.wilson(
        successes: successes(totals), trials: smooth.denominator(totals), note: note)
    }
    if let replicates = figure.replicates {
      return maker.percentile(
        figure.value, replicates: replicates,
        recentred: metric.id == "expected_calibration_error",
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
    interval.standardError = nil
    interval.degrees = nil
    interval.note = interval.note.map { "\($0); \(Self.binned)" } ?? Self.binned
    return interval
  }

  // MARK: Pairs

  func difference(
    _ metric: MetricDefinition, _ first: ArmFigure, _ second: ArmFigure, pair: Int
  ) -> MetricResult {
    let count = metric.id == "selection_rate" ? cell.rows : figures.labelledRows
    let names = (
      shape.arms[shape.comparedArms[pair]].name, shape.arms[shape.reference].name
    )
    if first.reason != nil || second.reason != nil || !first.value.isFinite
      || !second.value.isFinite
    {
      let isFirst = first.reason != nil || !first.value.isFinite
      let reason = (isFirst ? first.reason : second.reason) ?? "not a finite number"
      let both = first.reason != nil && first.reason == second.reason
      return MetricResult(
        id: metric.id,
        estimate: .undefined(
          reason: both ? reason : "\(isFirst ? names.0 : names.1): \(reason)", count: count),
        perSeed: [])
    }
    let value = first.value - second.value
    let width = metric.range.upperBound - metric.range.lowerBound
    let bound = first.errorBound + second.errorBound
    let interval = widened(
      differenceInterval(
        metric, first, second, value: value, rows: count, range: -width...width, pair: pair),
      by: bound, range: -width...width)
    return MetricResult(
      id: metric.id, estimate: .defined(value: value, interval: interval, count: count),
      perSeed: [value], errorBound: bound > 0 ? bound : nil,
      rowInterval: rowInterval(metric, first, second, value: value, rows: count, pair: pair))
  }

  private func differenceInterval(
    _ metric: MetricDefinition, _ first: ArmFigure, _ second: ArmFigure, value: Double,
    rows: Int, range: ClosedRange<Double>, pair: Int
  ) -> Interval? {
    let maker = measurer.intervals
    let note = figures.note
    func normal(_ variance: Double, _ method: IntervalMethod, degrees: Double = .infinity)
      -> Interval?
    {
      let text =
        method == .conservative
        ? note.map { "\($0); \(Self.conservative)" } ?? Self.conservative : note
      return maker.normal(
        value, parts: [(variance, degrees)], method: method, range: range,
        note: variance == 0 ? IntervalMaker.noVariation : text)
    }
    if let a = first.clients, let b = second.clients {
      guard let variance = figures.clusteredVariance(zip(a, b).map { $0 - $1 }) else { return nil }
      return normal(variance, .clustered, degrees: Double(a.count - 1))
    }
    if let a = first.gradient, let b = second.gradient {
      if let variance = pairedVariance(a, b, rows: rows, pair: pair) {
        return normal(variance, .paired)
      }
    }
    if metric.id == "roc_auc", let variance = figures.ranks.aucDifferenceVariances[pair] {
      return normal(variance, .delong)
    }
    if first.areReplicatesClustered, second.areReplicatesClustered, let a = first.replicates,
      let b = second.replicates
    {
      // One client has one weight under both arms.
      return maker.percentile(
        value, replicates: zip(a, b).map { $0 - $1 }, recentred: true,
        method: .clusteredBootstrap, range: range, note: note)
    }
    let ranks = figures.ranks
    if metric.id == "average_precision", pair < ranks.precisionDifferenceVariances.count,
      let variance = ranks.precisionDifferenceVariances[pair]
    {
      return normal(variance, .paired)
    }
    if metric.id == "expected_calibration_error", let replicates = calibrationDifferences(pair) {
      return maker.percentile(
        value, replicates: replicates, recentred: true, method: .bootstrap, range: range,
        note: note)
    }
    if first.areReplicatesClustered, second.areReplicatesClustered, let a = first.replicates,
      let b = second.replicates
    {
      return maker.percentile(
        value, replicates: zip(a, b).map { $0 - $1 }, recentred: true, method: .clusteredBootstrap,
        range: range, note: note)
    }
    guard let a = deviation(first), let b = deviation(second) else { return nil }
    return normal((a + b) * (a + b), .conservative)
  }

  /// Differences of expected calibration error in every replicate, where both arms' bins were counted
  /// together and rows are the sampled units.
  private func calibrationDifferences(_ pair: Int) -> [Double]? {
    guard !figures.isClustered, pair < figures.ranks.calibrations.count, let resampling,
      !figures.ranks.calibrations[pair].cells.isEmpty
    else { return nil }
    let (a, b) = resampling.counts.calibrationErrors(figures.ranks.calibrations[pair], cell: 0)
    return zip(a, b).map { $0 - $1 }
  }

  /// The variance of a difference over rows from the joint table, or from sums of squares.
  func pairedVariance(
    _ first: [Double], _ second: [Double], rows: Int, pair: Int
  ) -> Double? {
    let count = Double(rows)
    guard count > 1 else { return nil }
    let layout = shape.layout
    if figures.isOfCounts(first), figures.isOfCounts(second), shape.task != .regression {
      let k = shape.classes
      let a = figures.contributionsByKey(first)
      let b = figures.contributionsByKey(second)
      var sum = CompensatedSum()
      let joint = cell.pairs[pair].joint
      for (key, number) in zip(joint.keys, joint.counts) {
        let (truth, guess, other) = (Int(key) / (k * k), Int(key) / k % k, Int(key) % k)
        let difference = a[truth * k + guess] - b[truth * k + other]
        sum.add(Double(number) * difference * difference)
      }
      return sum.value * count / (count - 1)
    }
    guard let value = figures.onlyValue(first) ?? figures.onlyValue(second) else { return nil }
    let place = layout.value(value)
    for gradient in [first, second] where !figures.isOfCounts(gradient) {
      if figures.onlyValue(gradient) != value { return nil }
    }
    return figures.squaredDeviations(value, pair: pair, slopes: (first[place], second[place]))
      .map { $0 * count / (count - 1) }
  }

  /// The standard deviation of one arm's value over rows.
  private func deviation(_ figure: ArmFigure) -> Double? {
    if let variance = figure.rowVariance { return variance.squareRoot() }
    return figure.replicates.flatMap {
      Moments($0.lazy.filter { $0.isFinite }).variance?.squareRoot()
    }
  }

  /// Rows that one arm of a pair has right and the other wrong, from the joint table.
  func discordant(pair: Int) -> McNemarTest? {
    guard figures.labelledRows > 0 else { return nil }
    let k = shape.classes
    var firstOnly = 0
    var secondOnly = 0
    let joint = cell.pairs[pair].joint
    for (key, count) in zip(joint.keys, joint.counts) {
      let (truth, guess, other) = (Int(key) / (k * k), Int(key) / k % k, Int(key) % k)
      if truth == k { continue }
      if truth == guess, truth != other { firstOnly += count }
      if truth != guess, truth == other { secondOnly += count }
    }
    return McNemarTest(firstOnly: firstOnly, secondOnly: secondOnly)
  }
}
