import AssayStatistics

extension CellStatistics {
  /// What the order of scores says in this cell, from bins.
  /// - Parameter wantsClients: Whether clients' contributions are needed.
  func binnedRanks(_ shape: StatisticsShape, wantsClients: Bool) -> CellRanks {
    CellRanks(
      arms: arms.indices.map { summary(arm: $0, shape, wantsClients: wantsClients) },
      aucDifferenceVariances: pairs.map { _ in nil })
  }

  private func summary(
    arm: Int, _ shape: StatisticsShape, wantsClients: Bool
  ) -> RankSummary {
    var summary = RankSummary(isBinned: true)
    if let regression = arms[arm].regression {
      summary.medianAbsoluteError = regression.median()
      return summary
    }
    let columns = shape.scoreColumns
    let histograms = wantsClients ? clients.map { $0.arms[arm].scores } : []
    func value(
      _ measure: BinnedScores.Measure, _ scores: BinnedScores, column: Int, variance: Double?
    ) -> RankValue {
      RankValue(
        value: measure.value, errorBound: measure.errorBound, variance: variance,
        clientContributions: measure.contributions(
          of: histograms, scores: scores, column: column, fine: shape.bins,
          coarse: StatisticsShape.clientBins))
    }
    var areas: [RankValue] = []
    for column in 0..<columns {
      let scores = BinnedScores(arms[arm].scores, column: column, bins: shape.bins)
      if let area = scores.area() {
        areas.append(value(area, scores, column: column, variance: area.delongVariance(scores)))
      }
      if columns > 1 { continue }
      if let precision = scores.averagePrecision() {
        summary.averagePrecision = value(
          precision, scores, column: 0, variance: precision.variance(scores))
      }
      if let distance = scores.kolmogorovSmirnov() {
        summary.kolmogorovSmirnov = RankValue(
          value: distance.value, errorBound: distance.errorBound)
      }
    }
    if areas.count == columns { summary.rocAUC = Self.mean(areas) }
    return summary
  }

  /// The mean of the areas of one class against the rest.
  ///
  /// How the areas vary together is not known from one histogram for each: the standard deviation of
  /// a mean is at most the mean of the standard deviations.
  private static func mean(_ areas: [RankValue]) -> RankValue {
    if areas.count == 1, let only = areas.first { return only }
    let count = Double(areas.count)
    var mean = RankValue(value: 0)
    mean.clientContributions = (areas.first?.clientContributions ?? []).map { _ in 0 }
    var deviation: Double? = 0
    for area in areas {
      mean.value += area.value / count
      mean.errorBound += area.errorBound / count
      for client in mean.clientContributions.indices {
        mean.clientContributions[client] += area.clientContributions[client] / count
      }
      if let known = deviation, let variance = area.variance {
        deviation = known + variance.squareRoot() / count
      } else {
        deviation = nil
      }
    }
    mean.variance = deviation.map { $0 * $0 }
    return mean
  }
}

extension RegressionTotals {
  /// The median absolute error from bins of the errors, with its bound.
  ///
  /// Its variance is `s (1 − s) / (n f²)`, `s` the share at or below it and `f` the density, from the
  /// distance of the quantiles at `½ ± 1/√n` as in ``RankMetrics``.
  func median() -> RankValue {
    let count = errors.total
    guard count > 0 else { return .undefined }
    let half = quantile(0.5)
    let n = Double(count)
    let step = min(0.5, 1 / n.squareRoot())
    let inverseDensity =
      (quantile(0.5 + step).value - quantile(0.5 - step).value) / (2 * step)
    return RankValue(
      value: half.value, errorBound: half.errorBound,
      variance: 0.25 * inverseDensity * inverseDensity / n)
  }

  /// The quantile of the absolute errors, linear between neighbours as in numpy, and how far the exact
  /// one may be.
  func quantile(_ p: Double) -> (value: Double, errorBound: Double) {
    let position = p * Double(errors.total - 1)
    let below = Int(position.rounded(.down))
    let share = position - Double(below)
    let first = element(below)
    let second = share > 0 ? element(below + 1) : first
    let middle = { (ends: (low: Double, high: Double)) in ends.low + (ends.high - ends.low) / 2 }
    let reach = { (ends: (low: Double, high: Double)) in (ends.high - ends.low) / 2 }
    return (
      middle(first) + share * (middle(second) - middle(first)),
      reach(first) * (1 - share) + reach(second) * share
    )
  }

  /// The ends of the bin that holds the error of a rank from 0.
  private func element(_ rank: Int) -> (low: Double, high: Double) {
    var seen = 0
    for (key, count) in zip(errors.keys, errors.counts) {
      seen += count
      if rank < seen {
        let ends = Self.ends(ofBin: key)
        return (ends.low, max(ends.low, min(ends.high, largestError)))
      }
    }
    return (largestError, largestError)
  }
}
