import AssayStatistics

/// The interval that takes rows as the sampled units, beside the clustered one.
///
/// Made only where it costs a pass over contributions that are there already: Wilson for proportions,
/// DeLong for areas, the paired normal interval for differences.
extension CellWork {
  /// Of one arm's metric, with a single seed.
  func rowInterval(_ metric: MetricDefinition, _ measure: ArmMeasure, arm: Int) -> Interval? {
    guard rowLevel, cell.isClustered, let value = measure.value, cell.arms[arm].count == 1,
      let seed = cell.arms[arm].first
    else { return nil }
    if let interval = measurer.intervals.proportion(
      metric, seed.totals, layout, smooth: measurer.smooth[metric.id], note: nil)
    {
      return interval
    }
    guard hasDelong(metric), let contributions = measure.contributions,
      let variance = cell.delongVariance(contributions, signs: seed.signs(of: 1, classes: 2))
    else { return nil }
    var interval = measurer.intervals.normal(
      value, parts: [(variance, .infinity)], method: .delong, range: metric.range,
      note: variance == 0 ? IntervalMaker.noVariation : nil)
    if let plain = interval, metric.range == 0...1 {
      interval?.adjusted = areaCompanion(value, plain, seed)
    }
    return interval
  }

  /// What stands beside DeLong's interval of an area.
  func areaCompanion(_ value: Double, _ plain: Interval, _ seed: SeedRows) -> Interval.Adjusted? {
    guard let error = plain.standardError else { return nil }
    return measurer.intervals.area(
      value, variance: error * error, positives: seed.totals[layout.actual(1)],
      negatives: seed.totals[layout.actual(0)])
  }

  /// Of the difference of two arms, each with a single seed.
  mutating func rowInterval(
    _ metric: MetricDefinition, _ first: ArmMeasure, _ second: ArmMeasure, value: Double,
    pair: (arm: Int, reference: Int)
  ) -> Interval? {
    guard rowLevel, cell.isClustered, cell.arms[pair.arm].count == 1,
      cell.arms[pair.reference].count == 1, let seed = cell.arms[pair.arm].first,
      let a = first.contributions, let b = second.contributions, a.count == b.count
    else { return nil }
    let rows = zip(a, b).map { $0 - $1 }
    let variance: Double?
    if hasDelong(metric) {
      variance = cell.delongVariance(rows, signs: seed.signs(of: 1, classes: 2))
    } else {
      let count = Double(sampleRows(metric))
      var sum = CompensatedSum()
      for row in rows { sum.add(row * row) }
      variance = count > 1 ? sum.value * count / (count - 1) : nil
    }
    guard let variance else { return nil }
    let width = metric.range.upperBound - metric.range.lowerBound
    let maker = measurer.intervals
    func customary() -> Interval? {
      maker.normal(
        value, parts: [(variance, .infinity)], method: hasDelong(metric) ? .delong : .paired,
        range: -width...width, note: variance == 0 ? IntervalMaker.noVariation : nil)
    }
    if let smooth = measurer.smooth[metric.id], let table = pairedTable(pair),
      let interval = maker.paired(
        metric, smooth, table, value: value, range: -width...width, note: nil,
        customary: customary)
    {
      return interval
    }
    var interval = customary()
    if let plain = interval { interval?.adjusted = fewRows(metric, plain, value: value) }
    return interval
  }

}

extension IntervalMaker {
  /// Wilson's interval of a proportion, of F1, or of the mean of recalls; `nil` for other metrics.
  func proportion(
    _ metric: MetricDefinition, _ totals: [Double], _ layout: TotalsLayout,
    smooth: (any SmoothMetric)?, note: String?
  ) -> Interval? {
    if let smooth, let successes = smooth.successes {
      return wilson(
        successes: successes(totals), trials: smooth.denominator(totals), note: note)
    }
    if metric.id == "f1", let ratio = smooth as? RatioMetric {
      return f1(ratio, totals, note: note)
    }
    guard metric.id == "balanced_accuracy" else { return nil }
    return meanOfProportions(
      (0..<layout.classes).map { (totals[layout.right($0)], totals[layout.actual($0)]) },
      note: note)
  }
}
