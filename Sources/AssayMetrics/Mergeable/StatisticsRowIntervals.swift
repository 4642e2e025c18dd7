import AssayStatistics

/// The interval that takes rows as the sampled units, beside the clustered one; see
/// ``MetricResult/rowInterval``.
extension StatisticsWork {
  /// Of one arm's metric: Wilson's for proportions, DeLong's for areas.
  func rowInterval(_ metric: MetricDefinition, _ figure: ArmFigure) -> Interval? {
    guard rowLevel, figures.isClustered else { return nil }
    if let smooth = measurer.smooth[metric.id], let successes = smooth.successes,
      let totals = figure.totals
    {
      return measurer.intervals.wilson(
        successes: successes(totals), trials: smooth.denominator(totals), note: nil)
    }
    guard metric.id == "roc_auc", figure.rowMethod == .delong, let variance = figure.rowVariance
    else { return nil }
    return widened(
      measurer.intervals.normal(
        figure.value, parts: [(variance, .infinity)], method: .delong, range: metric.range,
        note: variance == 0 ? IntervalMaker.noVariation : nil),
      by: figure.errorBound, range: metric.range)
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
    return measurer.intervals.normal(
      value, parts: [(variance, .infinity)], method: method, range: -width...width,
      note: variance == 0 ? IntervalMaker.noVariation : nil)
  }
}
