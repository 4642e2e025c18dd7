/// Counts and exact sums of the rows of one cell under every arm.
///
/// Everything is a whole number, an exact sum or a maximum, so merging is associative and commutative
/// to the last bit. Rows without a label count in ``rows`` and in the confusion counts alone.
public struct CellStatistics: Hashable, Sendable {
  /// Rows, with a label or without.
  public internal(set) var rows: Int
  /// By arm, in the shape's order.
  public internal(set) var arms: [ArmStatistics]
  /// By arm other than the reference, in order: that arm against the reference.
  public internal(set) var pairs: [PairStatistics]
  /// Clients that hold rows of the cell, by name; empty without a client column and in a client's
  /// own cell.
  public internal(set) var clients: [ClientStatistics]

  /// A cell without rows.
  init(_ shape: StatisticsShape) {
    rows = 0
    arms = shape.arms.map { _ in ArmStatistics(shape) }
    pairs = shape.comparedArms.map { _ in PairStatistics(shape) }
    clients = []
  }

  /// Adds the rows of another cell of the same shape.
  mutating func merge(_ other: CellStatistics) throws(StatisticsError) {
    rows = try rows.addingCount(other.rows)
    for index in arms.indices { try arms[index].merge(other.arms[index]) }
    for index in pairs.indices { try pairs[index].merge(other.pairs[index]) }
    clients = try ClientStatistics.merged(clients, other.clients)
  }
}

/// What one arm did on the rows of one cell.
public struct ArmStatistics: Hashable, Sendable {
  /// Rows by class: `true · k + predicted` where labelled, `k² + predicted` where not. A regression
  /// has key 0 for labelled rows and key 1 for others.
  public internal(set) var confusion = SparseCounts()
  /// Labelled rows whose true class had probability below 2.220446049250313e-16.
  public internal(set) var clipped = 0
  /// Labelled rows by how many classes come before the true one (higher scores; of equal scores the
  /// higher class). The first k keys added up give the top-k count. Empty for two classes and for
  /// regression.
  public internal(set) var truthRanks = SparseCounts()
  /// Sums over labelled rows of the row values of ``TotalsLayout/ClassValue``: log loss in nats,
  /// squared error. Empty for regression.
  public internal(set) var sums: [FixedSum]
  /// Sums of the squares of the same values.
  public internal(set) var squares: [FixedSum]
  /// Labelled rows by equal-width bin of the score (binary) or of the highest score.
  public internal(set) var calibration: [CalibrationTotals]
  /// Labelled rows by score and true class: key `(column · bins + bin) · k + true`,
  /// `bin = min(⌊score · bins⌋, bins − 1)`. Two classes have one column, the score of class 1;
  /// more have one for each class.
  public internal(set) var scores = SparseCounts()
  /// Sums of a regression; `nil` for classification.
  public internal(set) var regression: RegressionTotals?

  /// An arm on no rows.
  init(_ shape: StatisticsShape) {
    let isRegression = shape.task == .regression
    sums = isRegression ? [] : Array(repeating: FixedSum(), count: 2)
    squares = sums
    calibration = Array(repeating: CalibrationTotals(), count: shape.calibrationBins)
    regression = isRegression ? RegressionTotals() : nil
  }

  mutating func merge(_ other: ArmStatistics) throws(StatisticsError) {
    try confusion.merge(other.confusion)
    clipped = try clipped.addingCount(other.clipped)
    try truthRanks.merge(other.truthRanks)
    for index in sums.indices { try sums[index].merge(other.sums[index]) }
    for index in squares.indices { try squares[index].merge(other.squares[index]) }
    for index in calibration.indices { try calibration[index].merge(other.calibration[index]) }
    try scores.merge(other.scores)
    if let sums = other.regression { try regression?.merge(sums) }
  }
}

/// The labelled rows of one calibration bin.
public struct CalibrationTotals: Hashable, Sendable {
  /// Rows.
  public internal(set) var count = 0
  /// Rows with label 1 (binary) or a right top class.
  public internal(set) var outcomes = 0
  /// Sum of scores.
  public internal(set) var scores = FixedSum()
  /// Sum of (outcome − score)².
  public internal(set) var squaredGaps = FixedSum()

  /// A bin without rows.
  public init() {}

  mutating func merge(_ other: CalibrationTotals) throws(StatisticsError) {
    count = try count.addingCount(other.count)
    outcomes = try outcomes.addingCount(other.outcomes)
    try scores.merge(other.scores)
    try squaredGaps.merge(other.squaredGaps)
  }
}

/// What two arms did on the same rows: an arm against the reference.
public struct PairStatistics: Hashable, Sendable {
  /// Rows by class: `(true · k + predicted by the arm) · k + predicted by the reference` where
  /// labelled, `k³ + predicted by the arm · k + predicted by the reference` where not. From it comes
  /// the table of who is right, by label. Empty for regression.
  public internal(set) var joint = SparseCounts()
  /// Sums over labelled rows of the squared difference of log loss, of squared error, of outcome minus
  /// score, and, for several classes, of being among the 2, 1, 3, 4, 5 highest (3, 4 and 5 where
  /// there are more classes). Empty for regression.
  public internal(set) var squaredDifferences: [FixedSum]
  /// The same for a regression: of |error|, error², error, relative and symmetric error. Empty
  /// otherwise.
  public internal(set) var regressionDifferences: [ExactSum]

  init(_ shape: StatisticsShape) {
    let isRegression = shape.task == .regression
    squaredDifferences = isRegression ? [] : Array(repeating: FixedSum(), count: shape.pairedValues)
    regressionDifferences = isRegression ? Array(repeating: ExactSum(), count: 5) : []
  }

  mutating func merge(_ other: PairStatistics) throws(StatisticsError) {
    try joint.merge(other.joint)
    for index in squaredDifferences.indices {
      try squaredDifferences[index].merge(other.squaredDifferences[index])
    }
    for index in regressionDifferences.indices {
      try regressionDifferences[index].merge(other.regressionDifferences[index])
    }
  }
}

/// One client's share of a cell: the totals that a variance over clients needs.
public struct ClientStatistics: Hashable, Sendable {
  /// What one arm did on the client's rows of the cell.
  public struct Arm: Hashable, Sendable {
    /// As ``ArmStatistics/confusion``.
    public internal(set) var confusion = SparseCounts()
    /// As ``ArmStatistics/truthRanks``.
    public internal(set) var truthRanks = SparseCounts()
    /// As ``ArmStatistics/sums``.
    public internal(set) var sums: [FixedSum]
    /// By calibration bin: sum of outcome minus score.
    public internal(set) var gaps: [FixedSum]
    /// As ``ArmStatistics/scores``, with ``StatisticsShape/clientBins`` bins.
    public internal(set) var scores = SparseCounts()
    /// For a regression the first sums of ``RegressionTotals/Value``, up to that of predictions; empty
    /// otherwise.
    public internal(set) var regression: [ExactSum]

    init(_ shape: StatisticsShape) {
      let isRegression = shape.task == .regression
      sums = isRegression ? [] : Array(repeating: FixedSum(), count: 2)
      gaps = Array(repeating: FixedSum(), count: shape.calibrationBins)
      regression =
        isRegression
        ? Array(repeating: ExactSum(), count: RegressionTotals.Value.shared) : []
    }

    mutating func merge(_ other: Arm) throws(StatisticsError) {
      try confusion.merge(other.confusion)
      try truthRanks.merge(other.truthRanks)
      for index in sums.indices { try sums[index].merge(other.sums[index]) }
      for index in gaps.indices { try gaps[index].merge(other.gaps[index]) }
      try scores.merge(other.scores)
      for index in regression.indices { try regression[index].merge(other.regression[index]) }
    }
  }

  /// The client's name.
  public internal(set) var name: GroupName
  /// Its rows in the cell.
  public internal(set) var rows: Int
  /// By arm.
  public internal(set) var arms: [Arm]

  init(_ name: GroupName, _ shape: StatisticsShape) {
    self.name = name
    rows = 0
    arms = shape.arms.map { _ in Arm(shape) }
  }

  private mutating func merge(_ other: ClientStatistics) throws(StatisticsError) {
    rows = try rows.addingCount(other.rows)
    for index in arms.indices { try arms[index].merge(other.arms[index]) }
  }

  /// Two lists of clients in order of their names, as one.
  static func merged(
    _ first: [ClientStatistics], _ second: [ClientStatistics]
  ) throws(StatisticsError) -> [ClientStatistics] {
    if first.isEmpty { return second }
    if second.isEmpty { return first }
    var result: [ClientStatistics] = []
    result.reserveCapacity(first.count + second.count)
    var a = 0
    var b = 0
    while a < first.count || b < second.count {
      if b == second.count || (a < first.count && first[a].name < second[b].name) {
        result.append(first[a])
        a += 1
      } else if a == first.count || second[b].name < first[a].name {
        result.append(second[b])
        b += 1
      } else {
        var both = first[a]
        try both.merge(second[b])
        result.append(both)
        a += 1
        b += 1
      }
    }
    return result
  }
}
