/// Which bins of a reliability diagram are shown.
enum ShownBins {
  /// Whether each bin is hidden: because it is small, or because a small one would follow from it, the
  /// total and the others.
  /// - Parameter least: Bins with at least one and fewer rows than this are small.
  static func hidden(counts: [Int], least: Int) -> [Bool] {
    let total = counts.reduce(0, +)
    let values = [total] + counts
    let isSmall = values.map { $0 > 0 && $0 < least }
    if isSmall[0] { return counts.map { $0 > 0 } }
    guard isSmall.contains(true) else { return counts.map { _ in false } }
    let bounds = BoundedProgram.Bounds(low: 1, high: Double(least - 1))
    var work = ComplementarySuppression(
      sums: [CellSum(whole: [0], parts: Array(values.indices.dropFirst()))],
      columns: values.indices.map { $0 == 0 ? -1 : 0 }, values: values,
      bounds: isSmall.map { $0 ? bounds : nil },
      needs: isSmall.map { $0 ? .range(low: 1, high: Double(least - 1)) : .none },
      complement: values.indices.map { index in
        index > 0 && values[index] >= least
          ? BoundedProgram.Bounds(low: Double(least), high: .infinity) : nil
      }, room: 2 * least - 1)
    work.protect()
    return counts.indices.map { work.bounds[$0 + 1] != nil }
  }
}

extension ArmEvaluation {
  /// Bins of the reliability diagram that may be shown: not empty, not of few rows, and not such that
  /// a hidden bin follows from them and the number of labelled rows.
  ///
  /// With several seeds a row is counted once for each, and so is the minimum.
  public func shownCalibration(minimumCount: Int) -> [CalibrationPoint] {
    let points = calibration
    let hidden = ShownBins.hidden(
      counts: points.map(\.count), least: minimumCount * max(1, seeds.count))
    return zip(points, hidden).filter { $0.count > 0 && !$1 }.map(\.0)
  }
}
