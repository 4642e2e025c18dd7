import AssayStatistics

/// What a cell's metrics are in every replicate of the bootstrap.
struct CellReplicates: Sendable {
  /// Totals of ``TotalsLayout``: what smooth metrics and the rates of fairness are made of.
  var totals: ResampledTotals
  /// Average precision; empty for several classes.
  var averagePrecision: [Double]
  /// Expected calibration error; `nil` without bins.
  var calibration: CalibrationReplicates?
  /// Its values; empty without bins.
  var calibrationError: [Double] { calibration?.values ?? [] }
}

/// The Poisson bootstrap of one cell from its counts, without its rows.
///
/// A row's weight in a replicate is Poisson(1), so `c` rows that are alike weigh Poisson(c) together:
/// resampling counts is resampling rows, at a cost that does not depend on how many there are.
/// Metrics that are read one by one may come from separate draws, each of the counts it needs:
/// - the confusion matrix, exactly;
/// - positives and negatives by score, in at most ``scoreGroups`` groups that hold about equal shares
///   of both; rows of a group count as ties, and the shift that this makes is taken away from all
///   replicates alike. Their losses are those of the middle of their histogram bins, brought to the
///   cell's exact sum; what the squares then lack is added as a normal deviate;
/// - outcomes by calibration bin.
///
/// The same bits for any number of threads and on every machine.
/// - Note: Source: Chamandy, Muralidharan, Najmi, Naidu 2012, "Estimating uncertainty for massive
///   data streams", Google technical report.
struct CellBootstrap: Sendable {
  /// Groups of scores that are resampled: more than the digits of an interval can tell.
  static let scoreGroups = 64

  let replicates: Int
  let seed: UInt64
  private let layout: TotalsLayout
  private let bins: Int

  /// - Parameters:
  ///   - replicates: At least 2, below 2²⁰.
  ///   - bins: Bins of the score histogram in 0...1.
  init(seed: UInt64, replicates: Int, layout: TotalsLayout, bins: Int) {
    self.seed = seed
    self.replicates = min(max(0, replicates), (1 << 20) - 1)
    self.layout = layout
    self.bins = bins
  }

  /// Resamples one arm in one cell.
  /// - Parameters:
  ///   - cell: Number of the cell; cells of one number share their draws, others have none in common.
  ///   - averagePrecision: The exact value, which the replicates are centred on.
  func resample(
    _ arm: ArmStatistics, cell: UInt64, averagePrecision: Double
  ) -> CellReplicates {
    // Stream 0 and 1 of the seed belong to the bootstrap by rows and clients.
    let generator = CounterGenerator(seed: seed, stream: 16 &+ cell)
    var columns = confusion(arm, generator)
    let labelled = (0..<layout.classes).map { columns[layout.actual($0)] }
    var rows = [Double](repeating: 0, count: replicates)
    for column in labelled { for index in rows.indices { rows[index] += column[index] } }
    var precision: [Double] = []
    if layout.classes == 2 {
      let grid = ScoreGrid(arm, bins: bins)
      let drawn = grid.resample(generator, replicates: replicates, exact: averagePrecision)
      precision = drawn.averagePrecision
      for index in 0..<replicates {
        columns[layout.value(0)][index] = rows[index] * drawn.meanLogLoss[index]
        columns[layout.value(1)][index] = rows[index] * drawn.meanSquaredError[index]
      }
    } else {
      means(arm, rows, generator, into: &columns)
    }
    return CellReplicates(
      totals: ResampledTotals(columns: columns), averagePrecision: precision,
      calibration: calibrationError(arm.calibration, generator))
  }

  // Streams of a cell's generator: confusion keys, then calibration bins, score groups and normal
  // deviates, each in a range of its own.
  static let calibrationStream: UInt64 = 1 << 26
  static let scoreStream: UInt64 = 1 << 27
  static let normalStream: UInt64 = 1 << 28
  static let pairStream: UInt64 = 1 << 29

  private func confusion(_ arm: ArmStatistics, _ generator: CounterGenerator) -> [[Double]] {
    let classes = layout.classes
    let empty = [Double](repeating: 0, count: replicates)
    var columns = [[Double]](repeating: empty, count: layout.count)
    var draw = empty
    for (key, count) in zip(arm.confusion.keys, arm.confusion.counts) {
      PoissonSampler(mean: Double(count)).fill(&draw, from: generator, stream: UInt64(key))
      func add(to column: Int) {
        for index in draw.indices { columns[column][index] += draw[index] }
      }
      let (truth, predicted) = (Int(key) / classes, Int(key) % classes)
      if truth == classes {
        add(to: layout.unlabelled(predicted))
        continue
      }
      guard truth < classes else { continue }
      if truth == predicted { add(to: layout.right(truth)) }
      add(to: layout.actual(truth))
      add(to: layout.predicted(predicted))
    }
    return columns
  }

  /// Sums of losses of several classes: the mean loss of `n` resampled rows varies as `σ² / n`.
  private func means(
    _ arm: ArmStatistics, _ rows: [Double], _ generator: CounterGenerator,
    into columns: inout [[Double]]
  ) {
    let count = Double(arm.calibration.reduce(0) { $0 + $1.count })
    guard count > 0 else { return }
    for (place, (sum, square)) in zip(arm.sums, arm.squares).enumerated() {
      let mean = sum.value / count
      let deviation = max(0, square.value / count - mean * mean).squareRoot()
      for index in 0..<replicates {
        let z = ScoreGrid.normal(generator, UInt64(place), index)
        columns[layout.value(place)][index] =
          max(0, rows[index] * mean + rows[index].squareRoot() * deviation * z)
      }
    }
  }

  /// `Σ |outcomes − scores| / n` over resampled bins. A row with an outcome adds `1 − s̄` to its bin's
  /// gap and one without `−s̄`, `s̄` the bin's mean score; the scores' own spread within the bin is
  /// added as a normal deviate.
  private func calibrationError(
    _ bins: [CalibrationTotals], _ generator: CounterGenerator
  ) -> CalibrationReplicates? {
    if bins.isEmpty { return nil }
    var (drawn, sums) = ([[Double]](), [Double]())
    let empty = [Double](repeating: 0, count: replicates)
    var rows = empty
    var (outcomes, others) = (empty, empty)
    for (place, bin) in bins.enumerated() where bin.count > 0 {
      let stream = Self.calibrationStream + 2 * UInt64(place)
      PoissonSampler(mean: Double(bin.outcomes)).fill(&outcomes, from: generator, stream: stream)
      PoissonSampler(mean: Double(bin.count - bin.outcomes)).fill(
        &others, from: generator, stream: stream + 1)
      let mean = bin.scores.value / Double(bin.count)
      let explained =
        Double(bin.outcomes) * (1 - mean) * (1 - mean)
        + Double(bin.count - bin.outcomes) * mean * mean
      let deviation = max(0, bin.squaredGaps.value - explained).squareRoot()
      var gaps = empty
      sums.append(Double(bin.outcomes) - bin.scores.value)
      for index in 0..<replicates {
        let z =
          deviation == 0 ? 0 : ScoreGrid.normal(generator, 64 + UInt64(place), index)
        gaps[index] = outcomes[index] * (1 - mean) - others[index] * mean + deviation * z
        rows[index] += outcomes[index] + others[index]
      }
      drawn.append(gaps)
    }
    return CalibrationReplicates(
      gaps: sums, drawn: drawn, rows: rows, count: Double(bins.reduce(0) { $0 + $1.count }))
  }
}
