import AssayStatistics

/// Differences of two arms on the same rows.
extension StatisticsWork {
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
    var interval = differenceInterval(
      metric, first, second, value: value, rows: count, range: -width...width, pair: pair)
    if let a = first.clients, let b = second.clients {
      interval?.adjusted = measurer.intervals.unequal(
        value,
        UnequalClients(
          sums: zip(a, b).map { $0 - $1 }, sizes: sizes(metric, [first, second]),
          squares: first.gradient.flatMap { gradient in
            second.gradient.flatMap { pairedSquares(gradient, $0, pair: pair) }
          }), range: -width...width)
      if let plain = interval, let smooth = measurer.smooth[metric.id], shape.task != .regression,
        let score = measurer.intervals.clusteredScore(
          smooth, PairedTable(joint: cell.pairs[pair].joint, layout: shape.layout), plain,
          value: value)
      {
        interval = score
      }
    } else if let plain = interval, plain.adjusted == nil {
      interval?.adjusted = fewRows(metric, plain, value: value)
    }
    interval = widened(interval, by: bound, range: -width...width)
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
      func customary() -> Interval? {
        pairedVariance(a, b, rows: rows, pair: pair).flatMap { normal($0, .paired) }
      }
      if let interval = countedInterval(
        metric, value: value, range: range, note: note, pair: pair, customary: customary)
      {
        return interval
      }
      if let interval = customary() { return interval }
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
    guard let a = deviation(first), let b = deviation(second) else { return nil }
    return normal((a + b) * (a + b), .conservative)
  }

  /// From the joint table of both arms, for a metric of counts.
  func countedInterval(
    _ metric: MetricDefinition, value: Double, range: ClosedRange<Double>, note: String?,
    pair: Int, customary: () -> Interval?
  ) -> Interval? {
    guard let smooth = measurer.smooth[metric.id], shape.task != .regression else { return nil }
    return measurer.intervals.paired(
      metric, smooth, PairedTable(joint: cell.pairs[pair].joint, layout: shape.layout),
      value: value, range: range, note: note, customary: customary)
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
    return pairedSquares(first, second, pair: pair).map { $0 * count / (count - 1) }
  }

  /// The sum of squares of rows' contributions to a difference.
  private func pairedSquares(_ first: [Double], _ second: [Double], pair: Int) -> Double? {
    if figures.isOfCounts(first), figures.isOfCounts(second), shape.task != .regression {
      let k = shape.classes
      let a = figures.shape.layout.addedByRow(first)
      let b = figures.shape.layout.addedByRow(second)
      var sum = CompensatedSum()
      let joint = cell.pairs[pair].joint
      for (key, number) in zip(joint.keys, joint.counts) {
        let (truth, guess, other) = (Int(key) / (k * k), Int(key) / k % k, Int(key) % k)
        let difference = a[truth * k + guess] - b[truth * k + other]
        sum.add(Double(number) * difference * difference)
      }
      return sum.value
    }
    guard let value = figures.onlyValue(first) ?? figures.onlyValue(second) else { return nil }
    let place = shape.layout.value(value)
    for gradient in [first, second] where !figures.isOfCounts(gradient) {
      if figures.onlyValue(gradient) != value { return nil }
    }
    return figures.squaredDeviations(value, pair: pair, slopes: (first[place], second[place]))
  }

  /// By client: rows of the metric's denominator, the mean over some figures; labelled rows where the
  /// metric has none of its own.
  func sizes(_ metric: MetricDefinition, _ measured: [ArmFigure]) -> [Double] {
    let smooth = shape.task == .regression ? nil : measurer.smooth[metric.id]
    var sizes = [Double](repeating: 0, count: cell.clients.count)
    for figure in measured {
      for (client, share) in cell.clients.enumerated() {
        let rows =
          smooth?.denominator(figures.clientTotals[figure.arm][client])
          ?? Double(share.arms[figure.arm].labels(classes: shape.classes).reduce(0, +))
        sizes[client] += rows / Double(measured.count)
      }
    }
    return sizes
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
