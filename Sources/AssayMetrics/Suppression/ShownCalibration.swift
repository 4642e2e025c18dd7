extension ArmEvaluation {
  /// Bins of the reliability diagram that may be shown: not empty, not of few rows, and not such that
  /// a hidden bin follows from them and the number of labelled rows.
  ///
  /// With several seeds a row is counted once for each, and so is the minimum.
  public func shownCalibration(minimumCount: Int) -> [CalibrationPoint] {
    let points = calibration
    let least = minimumCount * max(1, seeds.count)
    let total = points.reduce(0) { $0 + $1.count }
    let values = [total] + points.map(\.count)
    let isSmall = values.map { $0 > 0 && $0 < least }
    if isSmall[0] { return [] }
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
    return points.enumerated().filter { $0.element.count > 0 && work.bounds[$0.offset + 1] == nil }
      .map(\.element)
  }
}
