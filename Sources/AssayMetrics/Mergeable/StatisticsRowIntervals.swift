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
    guard rowLevel, figures.isClustered, let a = first.gradient, let b = second.gradient,
      let variance = pairedVariance(a, b, rows: rows, pair: pair)
    else { return nil }
    let width = metric.range.upperBound - metric.range.lowerBound
    return measurer.intervals.normal(
      value, parts: [(variance, .infinity)], method: .paired, range: -width...width,
      note: variance == 0 ? IntervalMaker.noVariation : nil)
  }
}
