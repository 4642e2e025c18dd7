/// One number from the order of scores: exact, or known to within a certified bound.
public struct RankValue: Hashable, Sendable {
  /// The value; NaN where undefined.
  public var value: Double
  /// 0 where the value is exact; otherwise the exact value is certainly within this of ``value``.
  public var errorBound: Double
  /// The sampling variance with rows as the sampled units; `nil` where unknown.
  public var variance: Double?
  /// The sum of squares of rows' contributions; `nil` where unknown.
  public var rowSquares: Double?
  /// Every client's contribution, beside the cell's clients and summing to 0; empty where unknown.
  public var clientContributions: [Double]

  /// Creates a value.
  public init(
    value: Double, errorBound: Double = 0, variance: Double? = nil,
    clientContributions: [Double] = []
  ) {
    self.value = value
    self.errorBound = errorBound
    self.variance = variance
    self.clientContributions = clientContributions
  }

  /// No value.
  public static let undefined = RankValue(value: .nan)
}

/// What the order of one arm's scores says in one cell: the one place where results from rows, which
/// are exact, and results from statistics, which are binned, differ.
public struct RankSummary: Hashable, Sendable {
  /// Whether the numbers come from bins; otherwise from the scores themselves.
  public var isBinned: Bool
  /// Area under the ROC curve: binary, or the mean over one class against the rest.
  public var rocAUC: RankValue
  /// Average precision; undefined for several classes.
  public var averagePrecision: RankValue
  /// Largest distance of the two classes' cumulative scores; undefined for several classes.
  public var kolmogorovSmirnov: RankValue
  /// Area under the precision–recall curve by trapezoids; undefined for several classes.
  public var precisionRecallTrapezoid = RankValue.undefined
  /// Of several classes: areas of one against the rest, weighted by rows of the class.
  public var weightedAUC = RankValue.undefined
  /// Of several classes: the area of each against the rest.
  public var classAreas: [RankValue] = []
  /// Of several classes: areas of one against one, over pairs.
  public var pairwiseAUC = RankValue.undefined
  /// The same weighted by rows of the pair.
  public var weightedPairwiseAUC = RankValue.undefined
  /// Median absolute error of a regression; undefined otherwise.
  public var medianAbsoluteError: RankValue
  /// 90 % quantile of the absolute errors.
  public var errorQuantile90 = RankValue.undefined
  /// 95 % quantile of the absolute errors.
  public var errorQuantile95 = RankValue.undefined

  /// Creates a summary.
  public init(
    isBinned: Bool, rocAUC: RankValue = .undefined, averagePrecision: RankValue = .undefined,
    kolmogorovSmirnov: RankValue = .undefined, medianAbsoluteError: RankValue = .undefined
  ) {
    self.isBinned = isBinned
    self.rocAUC = rocAUC
    self.averagePrecision = averagePrecision
    self.kolmogorovSmirnov = kolmogorovSmirnov
    self.medianAbsoluteError = medianAbsoluteError
  }
}

/// The ranks of one cell under every arm, and of every compared arm against the reference.
public struct CellRanks: Hashable, Sendable {
  /// By arm.
  public var arms: [RankSummary]
  /// By compared arm: the variance of the difference of areas on the same rows (DeLong); `nil` where
  /// it cannot be known, as from bins.
  public var aucDifferenceVariances: [Double?]
  /// The same for average precision, from the rows' contributions; empty from bins.
  public var precisionDifferenceVariances: [Double?] = []
  /// Both arms' calibration on the same rows; empty from bins.
  public var calibrations: [JointCalibration] = []

  /// Creates the ranks.
  public init(
    arms: [RankSummary], aucDifferenceVariances: [Double?],
    precisionDifferenceVariances: [Double?] = [], calibrations: [JointCalibration] = []
  ) {
    self.calibrations = calibrations
    self.arms = arms
    self.aucDifferenceVariances = aucDifferenceVariances
    self.precisionDifferenceVariances = precisionDifferenceVariances
  }
}
