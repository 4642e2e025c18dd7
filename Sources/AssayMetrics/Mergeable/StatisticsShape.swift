import AssayRuns

/// What statistics describe: only statistics of equal shape can be merged.
public struct StatisticsShape: Hashable, Sendable {
  /// How an arm's predicted class comes about.
  public enum Decision: UInt8, Hashable, Sendable, CaseIterable {
    /// From the score and the threshold, or the highest of the scores.
    case fromScores = 0
    /// A column states it.
    case stated = 1
  }

  /// One arm.
  public struct Arm: Hashable, Sendable {
    /// The arm's name.
    public var name: String
    /// How its predicted class comes about.
    public var decision: Decision

    /// Creates an arm.
    public init(name: String, decision: Decision) {
      self.name = name
      self.decision = decision
    }
  }

  /// A column whose groups have cells, or a combination of columns.
  public struct Column: Hashable, Sendable {
    /// The column's name; several for a combination.
    public var names: [String]

    /// Creates a column.
    public init(_ names: [String]) { self.names = names }

    /// The name as results show it.
    public var shown: String { names.joined(separator: " × ") }

    /// Whether both have the same names, byte by byte.
    public static func == (a: Column, b: Column) -> Bool {
      a.names.map(GroupName.init) == b.names.map(GroupName.init)
    }
    /// Hashes the names' bytes.
    public func hash(into hasher: inout Hasher) { hasher.combine(names.map(GroupName.init)) }
  }

  /// What is predicted, with the number of classes.
  public var task: PredictionTask
  /// The names of the classes in their order; empty where they are called 0, 1, ….
  public var classNames: [String] = []
  /// The arms in the order they were named.
  public var arms: [Arm]
  /// Place of the arm that the others are compared with.
  public var reference: Int
  /// Columns whose groups are evaluated one by one, as named; each once.
  public private(set) var segments: [Column]
  /// Columns for fairness, as named; each once. One may be a segment as well.
  public private(set) var sensitive: [Column]
  /// All columns: the segments, then those that are sensitive alone.
  public private(set) var columns: [Column]
  /// The column that names clients; `nil` without one.
  public var client: String?
  /// A binary row is predicted positive when its score is at least this.
  public var threshold: Double
  /// Equal-width bins of the score histogram over 0...1: of the score of class 1, or, with several
  /// classes, of each class's score. 0 for regression.
  public var bins: Int

  /// Bins of a binary histogram.
  public static let binaryBins = 4096
  /// Bins of each class's histogram when there are several.
  public static let multiclassBins = 512
  /// Bins of the histogram that is kept for every client in every cell.
  public static let clientBins = 64
  /// The most classes: the joint table of two arms has a key for each triple.
  public static let classLimit = 1024

  /// Creates a shape with the usual number of bins.
  public init(
    task: PredictionTask, classNames: [String] = [], arms: [Arm], reference: Int,
    segments: [Column], sensitive: [Column], client: String?, threshold: Double, bins: Int? = nil
  ) {
    self.task = task
    self.classNames = classNames
    self.arms = arms
    self.reference = reference
    var seen = Set<Column>()
    self.segments = segments.filter { seen.insert($0).inserted }
    let further = sensitive.filter { seen.insert($0).inserted }
    columns = self.segments + further
    seen = []
    self.sensitive = sensitive.filter { seen.insert($0).inserted }
    self.client = client
    self.threshold = threshold
    self.bins =
      bins
      ?? (task == .regression ? 0 : task == .binary ? Self.binaryBins : Self.multiclassBins)
  }

  /// Number of classes; 1 for regression.
  public var classes: Int { task == .regression ? 1 : task.classCount }
  /// Score columns that have a histogram: 1 (binary), one for each class, or none.
  var scoreColumns: Int {
    task == .regression ? 0 : task == .binary ? 1 : task.classCount
  }
  /// Row values of classifiers whose squared differences between two arms are kept: those of
  /// ``TotalsLayout/ClassValue``, of two classes without the highest scores.
  var pairedValues: Int {
    task == .regression ? 0 : task == .binary ? 3 : layout.valueCount
  }
  /// Bins of calibration: 10 (binary), 15 (several classes) or none.
  var calibrationBins: Int {
    CalibrationError.bins(
      classes: classes, binary: task == .binary, regression: task == .regression)
  }
  /// The column number of clients' own cells.
  var clientColumn: Int { columns.count + 1 }
  /// Arms that are compared with the reference, in order; each has a joint table in every cell.
  var comparedArms: [Int] { arms.indices.filter { $0 != reference } }

  var layout: TotalsLayout { TotalsLayout(classes: classes, isRegression: task == .regression) }
}
