import AssayStatistics

/// How weak segments are searched for.
public struct WeakSegmentOptions: Hashable, Sendable {
  /// Metrics to lose on, of ``WeakSegmentSearch/metrics(of:)``; empty for the defaults.
  public var metrics: [String] = []
  /// Rows that a segment and its rest need, in each half.
  public var minimumCount = 20
  /// Clients that a segment needs in each half, where clients are known.
  public var minimumClients = 1
  /// Segments that are taken to the confirmation, for each arm and metric.
  public var limit = 5
  /// Share of searches on data without a weak segment in which one may be confirmed.
  public var level = 0.05
  /// Nominal coverage of intervals.
  public var confidence = 0.95
  /// Seed of the split into halves.
  public var seed: UInt64 = 0
  /// Threads to use; the result does not depend on it.
  public var threads = 1

  /// Creates the default options.
  public init() {}

  /// The most columns that are searched, and the most groups of a column.
  public static let columnLimit = 16
  /// See ``columnLimit``.
  public static let groupLimit = 1_000
}

/// A segment that was found by search, and what the other half of the rows says about it.
public struct WeakSegment: Hashable, Sendable {
  /// One column and the groups or numbers of it that make the segment.
  public struct Condition: Hashable, Sendable {
    /// The column.
    public var column: String
    /// The group, or the numbers in words.
    public var words: String
    /// Where numbers begin; `nil` for a group, and at the lower end.
    public var from: Double?
    /// Where numbers end, exclusive; `nil` for a group, and at the upper end.
    public var to: Double?
  }

  /// What one half of the rows says. A loss is a lower accuracy, or a higher log loss or error.
  public struct Half: Hashable, Sendable {
    /// Labelled rows of the segment.
    public var rows: Int
    /// What the arm loses against the reference on the segment's rows; `nil` with one arm.
    public var againstReference: Estimate?
    /// How much more than on all other rows.
    public var againstRest: Estimate
    /// One-sided: of no loss against the reference, or no larger loss than elsewhere, whichever is
    /// more plausible.
    public var p: Double
  }

  /// The arm that loses.
  public var arm: String
  /// The arm it loses against; `nil` when there is one arm, which loses against its other rows.
  public var reference: String?
  /// The metric it loses on.
  public var metric: String
  /// One condition or two; all hold.
  public var conditions: [Condition]
  /// The half that the segment was found in: too good to be true, because it was chosen.
  public var search: Half
  /// The half that had no part in the choice.
  public var confirmation: Half
  /// The search half's p-value, multiplied by the number of segments searched.
  public var searchBonferroniP: Double
  /// The confirmation half's p-value, adjusted by Holm's method for all segments confirmed.
  public var holmP: Double
  /// Whether the confirmation half shows the loss at the level asked for.
  public var isConfirmed: Bool

  /// The segment in words.
  public var words: String {
    conditions.map { "\($0.column) \($0.words)" }.joined(separator: " and ")
  }
}

/// What a search for weak segments found.
public struct WeakSegmentReport: Hashable, Sendable {
  /// Why a column was not searched.
  public struct LeftOut: Hashable, Sendable {
    /// The column.
    public var column: String
    /// Why.
    public var reason: String
  }

  /// Columns that were searched.
  public var columns: [String]
  /// Columns that were not.
  public var leftOut: [LeftOut]
  /// Metrics that were searched.
  public var metrics: [String]
  /// Segments with enough rows, times arms and metrics: how many comparisons the best was chosen from.
  public var searched: Int
  /// Labelled rows in the half that was searched.
  public var searchRows: Int
  /// Labelled rows in the half that confirms.
  public var confirmationRows: Int
  /// Whether halves hold whole clients.
  public var splitsClients: Bool
  /// Share of searches without a weak segment in which one may be confirmed.
  public var level: Double
  /// What was found, strongest in the search half first.
  public var segments: [WeakSegment]
  /// Segments found that are not shown, because a group of few rows could be computed from them.
  public var hidden: Int
}
