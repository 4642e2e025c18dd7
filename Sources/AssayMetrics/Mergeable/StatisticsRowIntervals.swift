import AssayStatistics

/// The interval that takes rows as the sampled units, beside the clustered one; see
/// ``MetricResult/rowInterval``.
extension StatisticsWork {
  /// Of one arm's metric: Wilson's for proportions, DeLong's for areas.
  func rowInterval(_ metric: MetricDefinition, _ figure: ArmFigure) -> Interval? {
    guard rowLevel, figures.isClustered else { return nil }
    if let totals = figure.totals,
      let interval = measurer.intervals.proportion(
        metric, totals, shape.layout, smooth: measurer.smooth[metric.id], note: nil)
    {
      return interval
    }
    guard metric.id == "roc_auc", figure.rowMethod == .delong, let variance = figure.rowVariance
    else { return nil }
    var interval = measurer.intervals.normal(
      figure.value, parts: [(variance, .infinity)], method: .delong, range: metric.range,
      note: variance == 0 ? IntervalMaker.noVariation : nil)
    interval?.adjusted = areaCompanion(metric, figure)
    return widened(interval, by: figure.errorBound, range: metric.range)
  }

  /// What stands beside the interval of an area over rows.
  func areaCompanion(_ metric: MetricDefinition, _ figure: ArmFigure) -> Interval.Adjusted? {
    guard shape.task == .binary, !figures.isClustered || rowLevel,
      let variance = figure.rowVariance
    else { return nil }
    let labels = cell.arms[figure.arm].labels(classes: 2).map(Double.init)
    if metric.id == "roc_auc" {
      return measurer.intervals.area(
        figure.value, variance: variance, positives: labels[1], negatives: labels[0])
    }
    guard IntervalMaker.precisionAreas.contains(metric.id) else { return nil }
    return measurer.intervals.precisionArea(
      figure.value, variance: variance, positives: labels[1])
  }

  /// The companion of a difference of areas over rows.
  func fewRows(
    _ metric: MetricDefinition, _ plain: Interval, value: Double
  ) -> Interval.Adjusted? {
    guard shape.task == .binary, plain.method == .delong || plain.method == .paired,
      let labels = cell.arms.first?.labels(classes: 2),
      let rows = IntervalMaker.decisiveRows(
        metric.id, positives: Double(labels[1]), negatives: Double(labels[0]))
    else { return nil }
    let width = metric.range.upperBound - metric.range.lowerBound
    return measurer.intervals.fewRows(value, plain, rows: rows, range: -width...width)
  }

  /// Of the difference of two arms.
  func rowInterval(
    _ metric: MetricDefinition, _ first: ArmFigure, _ second: ArmFigure, value: Double, rows: Int,
    pair: Int
  ) -> Interval? {
    guard rowLevel, figures.isClustered else { return nil }
    let ranks = figures.ranks
    var variance: Double?
    var method = IntervalMethod.paired
    if let a = first.gradient, let b = second.gradient {
      variance = pairedVariance(a, b, rows: rows, pair: pair)
    } else if metric.id == "roc_auc" {
      variance = ranks.aucDifferenceVariances[pair]
      method = .delong
    } else if metric.id == "average_precision", pair < ranks.precisionDifferenceVariances.count {
      variance = ranks.precisionDifferenceVariances[pair]
    }
    guard let variance else { return nil }
    let width = metric.range.upperBound - metric.range.lowerBound
    let maker = measurer.intervals
    func customary() -> Interval? {
      maker.normal(
        value, parts: [(variance, .infinity)], method: method, range: -width...width,
        note: variance == 0 ? IntervalMaker.noVariation : nil)
    }
    if first.gradient != nil, second.gradient != nil,
      let interval = countedInterval(
        metric, value: value, range: -width...width, note: nil, pair: pair, customary: customary)
    {
      return interval
    }
    var interval = customary()
    if let plain = interval { interval?.adjusted = fewRows(metric, plain, value: value) }
    return interval
  }
}

extension UnequalClients {
  /// From clients' totals.
  /// - Parameter squares: `Σ u²` over all rows; where it is not known the rows of a client count as
  ///   wholly correlated, which takes away the most degrees of freedom.
  init(sums given: [Double], sizes all: [Double], squares: Double?) {
    var sums: [Double] = []
    var sizes: [Double] = []
    var between = 0.0
    for (sum, size) in zip(given, all) where size > 0 {
      sums.append(sum)
      sizes.append(size)
      between += sum * sum / size
    }
    self.init(contributions: [], denominators: [], starts: [])
    self.sums = sums
    self.sizes = sizes
    withinSquares = squares.map { max(0, $0 - between) } ?? 0
  }
}
