import AssayRuns
import AssayStatistics

/// Groups in every replicate of the bootstrap.
extension StatisticsFairness {
  /// What a group is in every replicate.
  struct Replicates {
    var totals: ResampledTotals
    var areas: [Double] = []
    var calibrationErrors: [Double] = []
  }

  func replicates(_ group: Int) -> Replicates? {
    guard let resampling = measurer.resampling, let totals = drawn(group) else { return nil }
    var result = Replicates(totals: totals.totals, calibrationErrors: totals.calibrationErrors)
    let cell = groups[group].cell
    let shape = measurer.shape
    if isClustered {
      let shares = cell.clients.map { $0.arms[arm] }
      let labelled = resampling.resample(
        cell.clients, shares.map { Double($0.labels(classes: shape.classes).reduce(0, +)) })
      var gaps = [Double](repeating: 0, count: resampling.replicates)
      for bin in cell.arms[arm].calibration.indices {
        let sums = resampling.resample(cell.clients, shares.map { $0.gaps[bin].value })
        for index in gaps.indices { gaps[index] += abs(sums[index]) }
      }
      result.calibrationErrors = zip(gaps, labelled).map { $1 > 0 ? $0 / $1 : .nan }
      if group < areas.count, areas[group].clientContributions.count == cell.clients.count {
        let area = areas[group]
        let rows = Double(cell.arms[arm].labels(classes: shape.classes).reduce(0, +))
        result.areas = zip(
          resampling.resample(cell.clients, area.clientContributions), labelled
        ).map { $1 > 0 ? max(0, min(1, area.value + $0 * rows / $1)) : .nan }
        return result
      }
    }
    if group < areas.count, let variance = areas[group].variance {
      let generator = CounterGenerator(seed: options.seed, stream: 10)
      result.areas = (0..<resampling.replicates).map {
        max(
          0,
          min(
            1,
            areas[group].value + variance.squareRoot()
              * ScoreGrid.normal(generator, UInt64(group), $0)))
      }
    }
    return result
  }

  /// The totals of a group in every replicate. One client has one weight in all groups; rows of
  /// different groups are independent.
  private func drawn(
    _ group: Int
  ) -> (totals: ResampledTotals, calibrationErrors: [Double])? {
    guard let resampling = measurer.resampling else { return nil }
    let shape = measurer.shape
    let cell = groups[group].cell
    if isClustered {
      return (
        resampling.totals(
          cell.clients,
          cell.clients.map {
            shape.layout.totals($0.arms[arm], shape: shape, origin: measurer.origin)
          }, layout: shape.layout), []
      )
    }
    if shape.task == .regression { return resampledErrors(group, resampling).map { ($0, []) } }
    let drawn = resampling.counts.resample(
      cell.arms[arm], cell: UInt64(group) + 1, averagePrecision: 0.5)
    var totals = drawn.totals
    if shape.task == .binary { addScores(to: &totals, group) }
    return (totals, drawn.calibrationError)
  }

  /// Sums of outcome minus score, given the drawn labels: the sum of scores of n rows varies as n rows
  /// of the histogram do.
  private func addScores(to totals: inout ResampledTotals, _ group: Int) {
    let layout = measurer.shape.layout
    let counts = groups[group].cell.arms[arm].scores
    var (rows, sum, squares) = (0.0, 0.0, 0.0)
    for (key, count) in zip(counts.keys, counts.counts) {
      let score = (Double(key / 2) + 0.5) / Double(measurer.shape.bins)
      rows += Double(count)
      sum += Double(count) * score
      squares += Double(count) * score * score
    }
    guard rows > 0 else { return }
    let own = self.totals[group]
    let mean = (own[layout.actual(1)] - own[layout.value(TotalsLayout.ClassValue.gap)]) / rows
    let deviation = max(0, squares / rows - sum * sum / (rows * rows)).squareRoot()
    let generator = CounterGenerator(seed: options.seed, stream: 11)
    let place = layout.value(TotalsLayout.ClassValue.gap)
    for index in totals.columns[place].indices {
      let positives = totals.columns[layout.actual(1)][index]
      let drawn = positives + totals.columns[layout.actual(0)][index]
      let scores =
        drawn * mean
        + drawn.squareRoot() * deviation * ScoreGrid.normal(generator, UInt64(group), index)
      totals.columns[place][index] = positives - max(0, min(drawn, scores))
    }
  }

  /// Of a regression: the number of rows, and sums of absolute errors given it.
  private func resampledErrors(
    _ group: Int, _ resampling: StatisticsResampling
  ) -> ResampledTotals? {
    typealias V = TotalsLayout.RegressionValue
    let layout = measurer.shape.layout
    guard let regression = groups[group].cell.arms[arm].regression else { return nil }
    let rows = totals[group][layout.actual(0)]
    guard rows > 0,
      let squares = ExactSum.squaredDeviations(
        sum: regression[.absolute], squares: regression[.squared], count: Int(rows))
    else { return nil }
    let mean = totals[group][layout.value(V.absolute)] / rows
    let deviation = (squares / rows).squareRoot()
    var columns = [[Double]](
      repeating: [Double](repeating: 0, count: resampling.replicates), count: layout.count)
    let generator = CounterGenerator(seed: options.seed, stream: 8)
    PoissonSampler(mean: rows).fill(
      &columns[layout.actual(0)], from: generator, stream: UInt64(2 * group))
    for index in 0..<resampling.replicates {
      let drawn = columns[layout.actual(0)][index]
      let z = ScoreGrid.normal(generator, UInt64(2 * group + 1), index)
      columns[layout.value(V.absolute)][index] =
        max(0, drawn * mean + drawn.squareRoot() * deviation * z)
    }
    return ResampledTotals(columns: columns)
  }
}
