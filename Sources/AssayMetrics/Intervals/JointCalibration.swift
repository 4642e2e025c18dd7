import AssayStatistics

/// Labelled rows of one cell by the calibration bins of two arms and by label: what the difference of
/// two calibration errors on the same rows is resampled from.
public struct JointCalibration: Hashable, Sendable {
  /// Rows of one bin of each arm and one label.
  struct Cell: Hashable, Sendable {
    var firstBin: Int
    var secondBin: Int
    var count: Double
    /// Mean of label minus score under either arm.
    var firstGap: Double
    var secondGap: Double
  }

  /// Bins of each arm.
  let bins: Int
  var cells: [Cell] = []

  init(bins: Int) { self.bins = bins }
}

extension CellBootstrap {
  /// The expected calibration error of two arms in every replicate, rows weighing the same in both.
  func calibrationErrors(
    _ joint: JointCalibration, cell: UInt64
  ) -> (first: [Double], second: [Double]) {
    let generator = CounterGenerator(seed: seed, stream: 16 &+ cell)
    let empty = [Double](repeating: 0, count: replicates)
    var first = [[Double]](repeating: empty, count: joint.bins)
    var second = first
    var rows = empty
    var draw = empty
    for (place, cell) in joint.cells.enumerated() {
      PoissonSampler(mean: cell.count).fill(
        &draw, from: generator, stream: Self.pairStream + UInt64(place))
      for index in 0..<replicates {
        first[cell.firstBin][index] += draw[index] * cell.firstGap
        second[cell.secondBin][index] += draw[index] * cell.secondGap
        rows[index] += draw[index]
      }
    }
    func errors(_ gaps: [[Double]]) -> [Double] {
      (0..<replicates).map { index in
        rows[index] > 0 ? gaps.reduce(0) { $0 + abs($1[index]) } / rows[index] : .nan
      }
    }
    return (errors(first), errors(second))
  }
}
