import AssayStatistics

/// Differences of two arms on the same rows.
extension CellWork {
  mutating func difference(
    _ metric: MetricDefinition, _ first: ArmMeasure, _ second: ArmMeasure,
    pair: (arm: Int, reference: Int)
  ) -> MetricResult {
    let arms = measurer.table.arms
    let count = sampleRows(metric)
    guard let a = first.value, let b = second.value else {
      let (name, side) =
        first.value == nil
        ? (arms[pair.arm].name, first) : (arms[pair.reference].name, second)
      let reason = side.reason ?? "not a finite number"
      let both = first.value == nil && second.value == nil && first.reason == second.reason
      return MetricResult(
        id: metric.id,
        estimate: .undefined(reason: both ? reason : "\(name): \(reason)", count: count),
        perSeed: [])
    }
    let seedsA = arms[pair.arm].seedNumbers
    let seedsB = arms[pair.reference].seedNumbers
    let paired = seedsA == seedsB
    let perSeed = paired ? zip(first.perSeed, second.perSeed).map { $0 - $1 } : []
    var interval = differenceInterval(
      metric, first, second, value: a - b, perSeed: perSeed, pair: pair)
    if interval?.method == .clustered {
      interval?.adjusted = adjusted(metric, first, second, value: a - b, pair: pair)
      if let plain = interval, let smooth = measurer.smooth[metric.id],
        let table = pairedTable(pair),
        let score = measurer.intervals.clusteredScore(smooth, table, plain, value: a - b)
      {
        interval = score
      }
    } else if let plain = interval, plain.method == .delong || plain.method == .paired {
      interval?.adjusted = plain.adjusted ?? fewRows(metric, plain, value: a - b)
    }
    return MetricResult(
      id: metric.id, estimate: .defined(value: a - b, interval: interval, count: count),
      perSeed: perSeed,
      rowInterval: rowInterval(metric, first, second, value: a - b, pair: pair))
  }

  /// The companion of a difference of areas.
  func fewRows(
    _ metric: MetricDefinition, _ plain: Interval, value: Double
  ) -> Interval.Adjusted? {
    guard isBinary, let totals = cell.arms.first?.first?.totals,
      let rows = IntervalMaker.decisiveRows(
        metric.id, positives: totals[layout.actual(1)], negatives: totals[layout.actual(0)])
    else { return nil }
    let width = metric.range.upperBound - metric.range.lowerBound
    return measurer.intervals.fewRows(value, plain, rows: rows, range: -width...width)
  }

  private mutating func differenceInterval(
    _ metric: MetricDefinition, _ first: ArmMeasure, _ second: ArmMeasure, value: Double,
    perSeed: [Double], pair: (arm: Int, reference: Int)
  ) -> Interval? {
    let maker = measurer.intervals
    let width = metric.range.upperBound - metric.range.lowerBound
    let range = -width...width
    let seeds = cell.arms[pair.arm]
    let counts = (first.perSeed.count, second.perSeed.count)
    guard
      let sampling = variance(metric, first, minus: second, seeds: seeds)
    else { return nil }
    let samplingDegrees = cell.degrees(rows: sampleRows(metric))
    if counts.0 > 1 || counts.1 > 1 {
      var parts = [(variance: sampling, degrees: samplingDegrees)]
      if !perSeed.isEmpty {
        // The same seeds on both sides: their differences vary less than either side alone.
        parts.append(
          ((Moments(perSeed).variance ?? 0) / Double(perSeed.count), Double(perSeed.count - 1)))
      } else {
        for side in [first.perSeed, second.perSeed] where side.count > 1 {
          parts.append(
            ((Moments(side).variance ?? 0) / Double(side.count), Double(side.count - 1)))
        }
      }
      return maker.normal(
        value, parts: parts, method: .seeds, range: range, note: seedNote(max(counts.0, counts.1)))
    }
    if first.contributions != nil {
      if cell.isClustered {
        return maker.normal(
          value, parts: [(sampling, samplingDegrees)], method: .clustered, range: range,
          note: sampling == 0 ? IntervalMaker.noVariation : cell.note)
      }
      func customary() -> Interval? {
        maker.normal(
          value, parts: [(sampling, .infinity)],
          method: hasDelong(metric) ? .delong : .paired, range: range,
          note: sampling == 0 ? IntervalMaker.noVariation : cell.note)
      }
      if let smooth = measurer.smooth[metric.id], let table = pairedTable(pair),
        let interval = maker.paired(
          metric, smooth, table, value: value, range: range, note: cell.note,
          customary: customary)
      {
        return interval
      }
      return customary()
    }
    guard let a = first.replicates, let b = second.replicates else { return nil }
    return maker.percentile(
      value, replicates: zip(a, b).map { $0 - $1 }, recentred: true,
      method: cell.isClustered ? .clusteredBootstrap : .bootstrap, range: range, note: cell.note)
  }
}
