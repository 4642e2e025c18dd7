/// Rows of a classifier with everything that statistics need, column by column.
public struct ClassifiedRows: Sendable {
  /// Facts about one row.
  public struct Flags: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// Creates flags from bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// What calibration predicts came true: label 1, or the top class is right.
    public static let outcome = Flags(rawValue: 1)
    /// The true class had less probability than log loss can express.
    public static let clipped = Flags(rawValue: 2)
    /// The true class is among the two highest scores.
    public static let topTwo = Flags(rawValue: 4)
    /// The true class has the highest score.
    public static let topOne = Flags(rawValue: 8)
    /// The true class is among the three highest scores.
    public static let topThree = Flags(rawValue: 16)
    /// The true class is among the four highest scores.
    public static let topFour = Flags(rawValue: 32)
    /// The true class is among the five highest scores.
    public static let topFive = Flags(rawValue: 64)
    /// The true class is among the k highest scores, k from 1 to 5.
    public static let top: [Flags] = [.topOne, .topTwo, .topThree, .topFour, .topFive]
  }

  /// Number of classes.
  public var classCount: Int
  /// `true * classCount + predicted`; `classCount² + predicted` where the label is missing.
  public var cells: [UInt32] = []
  /// Log loss in nats; 0 where the label is missing.
  public var logLosses: [Double] = []
  /// Squared error; 0 where the label is missing.
  public var squaredErrors: [Double] = []
  /// Calibration bin.
  public var bins: [UInt8] = []
  /// Probability of class 1 (binary) or the highest probability (multiclass).
  public var scores: [Double] = []
  /// Facts.
  public var flags: [Flags] = []

  /// Creates an empty table.
  public init(classCount: Int) { self.classCount = classCount }

  /// Number of rows.
  public var count: Int { cells.count }

  /// Appends one row; classes are clamped into `0..<classCount`, a negative label is missing.
  public mutating func append(
    label: Int, prediction: Int, logLoss: Double, squaredError: Double, bin: Int, score: Double,
    flags rowFlags: Flags
  ) {
    let predicted = max(0, min(prediction, classCount - 1))
    let row = label < 0 ? classCount : min(label, classCount - 1)
    cells.append(UInt32(row * classCount + predicted))
    logLosses.append(label < 0 ? 0 : logLoss)
    squaredErrors.append(label < 0 ? 0 : squaredError)
    bins.append(UInt8(max(0, min(bin, 255))))
    scores.append(score)
    flags.append(rowFlags)
  }

  /// Makes room for rows.
  public mutating func reserve(_ count: Int) {
    cells.reserveCapacity(count)
    logLosses.reserveCapacity(count)
    squaredErrors.reserveCapacity(count)
    bins.reserveCapacity(count)
    scores.reserveCapacity(count)
    flags.reserveCapacity(count)
  }

  /// The rows at the given positions, in that order.
  public func selecting(_ rows: [Int32]) -> ClassifiedRows {
    var result = ClassifiedRows(classCount: classCount)
    result.cells = rows.map { cells[Int($0)] }
    result.logLosses = rows.map { logLosses[Int($0)] }
    result.squaredErrors = rows.map { squaredErrors[Int($0)] }
    result.bins = rows.map { bins[Int($0)] }
    result.scores = rows.map { scores[Int($0)] }
    result.flags = rows.map { flags[Int($0)] }
    return result
  }
}
