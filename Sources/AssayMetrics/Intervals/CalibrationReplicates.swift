import AssayStatistics

/// An expected calibration error in every replicate, and how far it may be from the truth.
///
/// The error is a sum of absolute values: chance makes it too large, the more so the better the model is
/// calibrated, and resampling adds the same bias a second time. Two further sets of replicates undo that:
/// of a perfectly calibrated model with the noise of these rows, and of one whose bins have the gaps that
/// remain when chance is taken off, `sign(G) √max(0, G² − s²)`.
struct CalibrationReplicates: Sendable {
  /// The metric in every replicate.
  var values: [Double]
  /// The metric of a calibrated model in every replicate.
  var calibrated: [Double]
  /// The metric of the model without chance in every replicate, minus its true error.
  var deviations: [Double]

  /// - Parameters:
  ///   - gaps: Sum of outcome minus score by bin.
  ///   - drawn: The same in every replicate, bin-major.
  ///   - rows: Rows in every replicate.
  ///   - count: Rows.
  init(gaps: [Double], drawn: [[Double]], rows: [Double], count: Double) {
    let empty = [Double](repeating: 0, count: rows.count)
    (values, calibrated, deviations) = (empty, empty, empty)
    var truth = 0.0
    for (gap, column) in zip(gaps, drawn) {
      let variance = Moments(column).variance ?? 0
      let size = max(0, gap * gap - variance).squareRoot()
      let kept = gap < 0 ? -size : size
      truth += size
      for index in empty.indices {
        values[index] += abs(column[index])
        calibrated[index] += abs(column[index] - gap)
        deviations[index] += abs(column[index] - gap + kept)
      }
    }
    for index in empty.indices {
      let number = rows[index] > 0 ? rows[index] : .nan
      values[index] /= number
      calibrated[index] /= number
      deviations[index] = deviations[index] / number - truth / count
    }
  }
}

extension IntervalMaker {
  /// Recentred percentiles, widened to what the replicates without chance say; from 0 on where a calibrated
  /// model would often show as large an error.
  func calibration(
    _ value: Double, _ replicates: CalibrationReplicates, method: IntervalMethod,
    range: ClosedRange<Double>, note: String?
  ) -> Interval? {
    guard
      var interval = percentile(
        value, replicates: replicates.values, recentred: true, method: method, range: range,
        note: note)
    else { return nil }
    func quantile(_ p: Double, _ values: [Double]) -> Double {
      RankMetrics.quantile(p, of: values.filter(\.isFinite).sorted())
    }
    let (low, high) = (
      value - quantile(upper, replicates.deviations),
      value - quantile(1 - upper, replicates.deviations)
    )
    if low.isFinite { interval.low = max(range.lowerBound, min(interval.low, low)) }
    if high.isFinite { interval.high = min(range.upperBound, max(interval.high, high)) }
    if value <= quantile(upper, replicates.calibrated) { interval.low = range.lowerBound }
    return interval
  }
}
