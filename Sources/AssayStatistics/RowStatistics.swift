/// Counts and sums of one segment's rows under one model: what every count metric is a function of.
///
/// Counts are integers, so any order of merging gives the same counts; sums carry their rounding
/// error and are merged in row order. ``empty`` is the identity of ``merge(_:)``.
public struct RowStatistics: Hashable, Sendable {
  /// Number of classes; 1 for regression, 0 for ``empty``.
  public private(set) var classCount: Int
  /// Labelled rows by true class and predicted class, row-major: `confusion[true * classCount +
  /// predicted]`.
  public private(set) var confusion: [Int]
  /// Rows without a label by predicted class.
  public private(set) var unlabelled: [Int]
  /// Labelled rows whose true class had probability below 2.220446049250313e-16, so that log loss
  /// was computed with that value instead.
  public private(set) var clipped: Int
  /// Labelled rows whose true class is among the k highest scores, k from 1 to 5. Of two classes
  /// the second alone is counted.
  public private(set) var top: [Int]
  /// Sum of log losses in nats.
  public private(set) var logLoss: CompensatedSum
  /// Sum of squared errors: of the probability, over all classes if many, or of the prediction.
  public private(set) var squaredError: CompensatedSum
  /// Equal-width bins of score (binary) or highest score (multiclass); empty for regression.
  public private(set) var calibration: [CalibrationBin]
  /// Sums for regression; all zero for classification.
  public private(set) var regression: RegressionSums

  /// Nothing; merges with statistics of any shape.
  public static let empty = RowStatistics(classCount: 0, binCount: 0)

  /// Statistics of no rows.
  public init(classCount: Int, binCount: Int) {
    self.classCount = max(0, classCount)
    confusion = Array(repeating: 0, count: self.classCount * self.classCount)
    unlabelled = Array(repeating: 0, count: self.classCount)
    clipped = 0
    top = Array(repeating: 0, count: ClassifiedRows.Flags.top.count)
    logLoss = CompensatedSum()
    squaredError = CompensatedSum()
    calibration = Array(repeating: CalibrationBin(), count: max(0, binCount))
    regression = RegressionSums()
  }

  /// Statistics from counts and sums that were made elsewhere; without those of a regression.
  public init(
    classCount: Int, confusion: [Int], unlabelled: [Int], clipped: Int, topTwo: Int,
    logLoss: Double, squaredError: Double, calibration: [CalibrationBin]
  ) {
    self.init(classCount: classCount, binCount: 0)
    guard confusion.count == self.confusion.count, unlabelled.count == self.unlabelled.count else {
      assertionFailure("counts of another number of classes")
      return
    }
    self.confusion = confusion
    self.unlabelled = unlabelled
    self.clipped = clipped
    top[1] = topTwo
    self.logLoss = CompensatedSum(logLoss)
    self.squaredError = CompensatedSum(squaredError)
    self.calibration = calibration
  }

  /// Labelled rows.
  public var labelledRows: Int { confusion.reduce(0, +) }
  /// All rows, with a label or without.
  public var rows: Int { labelledRows + unlabelled.reduce(0, +) }

  /// Adds the rows of a classifier.
  public mutating func add(_ rows: ClassifiedRows) {
    guard rows.classCount == classCount else {
      return assertionFailure("rows of another number of classes")
    }
    let cellCount = classCount * classCount
    var start = 0
    while start < rows.count {
      let end = min(rows.count, start + Self.blockSize)
      var blockLoss = CompensatedSum()
      var blockError = CompensatedSum()
      for row in start..<end {
        let cell = Int(rows.cells[row])
        guard cell < cellCount else {
          unlabelled[min(cell - cellCount, classCount - 1)] += 1
          continue
        }
        confusion[cell] += 1
        blockLoss.add(rows.logLosses[row])
        blockError.add(rows.squaredErrors[row])
        let flags = rows.flags[row]
        if flags.contains(.clipped) { clipped += 1 }
        if classCount > 2 {
          for (k, flag) in ClassifiedRows.Flags.top.enumerated() where flags.contains(flag) {
            top[k] += 1
          }
        } else if flags.contains(.topTwo) {
          top[1] += 1
        }
        let bin = Int(rows.bins[row])
        if bin < calibration.count {
          calibration[bin].add(score: rows.scores[row], outcome: flags.contains(.outcome))
        }
      }
      logLoss.merge(blockLoss)
      squaredError.merge(blockError)
      start = end
    }
  }

  /// Adds the rows of a regression; rows whose target is NaN have no label.
  public mutating func add(targets: [Double], predictions: [Double]) {
    guard classCount == 1, targets.count == predictions.count else {
      return assertionFailure("not rows of a regression")
    }
    var start = 0
    while start < targets.count {
      let end = min(targets.count, start + Self.blockSize)
      var block = RegressionSums()
      var blockError = CompensatedSum()
      for row in start..<end {
        if targets[row].isNaN {
          unlabelled[0] += 1
          continue
        }
        confusion[0] += 1
        let error = predictions[row] - targets[row]
        blockError.add(error * error)
        block.add(target: targets[row], error: error)
      }
      squaredError.merge(blockError)
      regression.merge(block)
      start = end
    }
  }

  /// Rows whose sums are added before they join the total, whatever the number of threads.
  private static let blockSize = 4096

  /// Adds all rows of another segment or block; statistics of another shape are a caller's bug.
  public mutating func merge(_ other: RowStatistics) {
    if other.classCount == 0 { return }
    if classCount == 0 {
      self = other
      return
    }
    guard classCount == other.classCount, calibration.count == other.calibration.count else {
      return assertionFailure("statistics of different shapes")
    }
    for index in confusion.indices { confusion[index] += other.confusion[index] }
    for index in unlabelled.indices { unlabelled[index] += other.unlabelled[index] }
    for index in calibration.indices { calibration[index].merge(other.calibration[index]) }
    clipped += other.clipped
    for k in top.indices { top[k] += other.top[k] }
    logLoss.merge(other.logLoss)
    squaredError.merge(other.squaredError)
    regression.merge(other.regression)
  }
}

/// The rows of one calibration bin.
public struct CalibrationBin: Hashable, Sendable {
  /// Labelled rows in the bin.
  public private(set) var count = 0
  /// Rows with label 1 (binary) or a right top class (multiclass).
  public private(set) var outcomes = 0
  /// Sum of the rows' scores.
  public private(set) var scores = CompensatedSum()

  /// A bin without rows.
  public init() {}

  /// A bin from its counts and the sum of its scores.
  public init(count: Int, outcomes: Int, scores: Double) {
    self.count = count
    self.outcomes = outcomes
    self.scores = CompensatedSum(scores)
  }

  /// Mean score, `nil` for an empty bin.
  public var meanScore: Double? { count == 0 ? nil : scores.value / Double(count) }
  /// Share of outcomes, `nil` for an empty bin.
  public var outcomeRate: Double? { count == 0 ? nil : Double(outcomes) / Double(count) }

  /// Adds one row.
  public mutating func add(score: Double, outcome: Bool) {
    count += 1
    if outcome { outcomes += 1 }
    scores.add(score)
  }

  /// Adds the rows of another block.
  public mutating func merge(_ other: CalibrationBin) {
    count += other.count
    outcomes += other.outcomes
    scores.merge(other.scores)
  }
}
