import AssayRuns
import AssayStatistics

/// Everything measured on one table of scores.
public struct Evaluation: Hashable, Sendable {
  /// Rows of the table.
  public var rows: Int
  /// Rows with a label.
  public var labelledRows: Int
  /// Distinct clients that hold rows; `nil` when clients are not known.
  public var clientCount: Int?
  /// What is predicted.
  public var task: PredictionTask
  /// Every arm in the table's order.
  public var arms: [ArmEvaluation]
  /// Every other arm against the reference, then the further pairs that were asked for.
  public var comparisons: [Comparison]
  /// Replicates behind bootstrap intervals; 0 when there are none.
  public var replicates: Int
  /// What is hidden of which cell.
  public var suppression = SuppressionPlan()

  /// The arm of that name.
  public func arm(_ name: String) -> ArmEvaluation? { arms.first { $0.name == name } }
}

/// The metrics of one arm.
public struct ArmEvaluation: Hashable, Sendable {
  /// The arm's name.
  public var name: String
  /// The seeds it was trained with; one `nil` for scores from a file.
  public var seeds: [Int?]
  /// Metrics over all rows, in the catalogue's order.
  public var overall: [MetricResult]
  /// Metrics of every group of every segment column.
  public var segments: [ColumnResult]
  /// Metrics of every group of every sensitive column.
  public var sensitive: [ColumnResult]
  /// Metrics of every client, without bootstrap intervals; `nil` when clients are not known.
  public var clients: ColumnResult?
  /// How the accuracy and the log loss, or the mean absolute error, spread over clients; empty when
  /// clients are not known.
  public var clientSummaries: [ClientSummary]
  /// Fairness of every sensitive column.
  public var fairness: [ColumnFairness]
  /// Counts and sums over all rows, one for each seed: confusion matrix, calibration bins, clipped
  /// rows. Empty when the whole table is below a minimum.
  public var statistics: [RowStatistics]
  /// Curves, thresholds and reliability over all rows; `nil` for regression and when withheld.
  public var curves: CellCurves?
  /// Every class on its own; empty unless there are several.
  public var perClass: [ClassResult]
  /// How far scores drift: from the reference arm's, between runs, files and segments.
  public var drift: [DriftResult]

  /// The first of ``clientSummaries``.
  public var clientSummary: ClientSummary? { clientSummaries.first }

  /// Confusion matrix over all rows, summed over seeds: rows are true classes. Empty for
  /// regression and when withheld.
  public var confusion: [[Int]] {
    let merged = pooled
    let classes = merged.classCount
    guard classes > 1 else { return [] }
    return (0..<classes).map { Array(merged.confusion[($0 * classes)..<(($0 + 1) * classes)]) }
  }

  /// Bins of the reliability diagram over all rows, all seeds together; empty for regression.
  public var calibration: [CalibrationPoint] {
    let bins = pooled.calibration
    return bins.enumerated().map { index, bin in
      CalibrationPoint(
        low: Double(index) / Double(bins.count), high: Double(index + 1) / Double(bins.count),
        count: bin.count, meanScore: bin.meanScore, outcomeRate: bin.outcomeRate)
    }
  }

  /// Labelled rows, over all seeds, whose log loss had to be clipped.
  public var clippedRows: Int { pooled.clipped }

  private var pooled: RowStatistics {
    var merged = RowStatistics.empty
    for seed in statistics { merged.merge(seed) }
    return merged
  }
}

/// One bin of a reliability diagram.
public struct CalibrationPoint: Hashable, Sendable {
  /// Lower end of the scores in the bin.
  public var low: Double
  /// Upper end; belongs to the next bin, except in the last.
  public var high: Double
  /// Labelled rows in the bin, summed over seeds.
  public var count: Int
  /// Mean score; `nil` for an empty bin.
  public var meanScore: Double?
  /// Share of label 1 (binary) or of right top classes (multiclass); `nil` for an empty bin.
  public var outcomeRate: Double?
}

/// One metric in one cell.
public struct MetricResult: Hashable, Sendable {
  /// The metric's id in ``MetricCatalogue``.
  public var id: String
  /// The value, or why there is none. The count is the rows the value rests on: the denominator for
  /// a rate (positives for `recall`), the labelled rows otherwise.
  public var estimate: Estimate
  /// The value under each seed, in the arm's order; `nil` where undefined. Empty when suppressed.
  public var perSeed: [Double?]
  /// Where the value comes from bins: how far the exact value may be from it, certainly; the interval
  /// is widened by as much. `nil` where the value is exact.
  public var errorBound: Double? = nil
  /// Over all rows, where ``estimate`` takes clients as the sampled units: the interval that takes
  /// rows instead (Wilson, DeLong, paired), for comparison. `nil` elsewhere and where only a bootstrap
  /// would give it.
  public var rowInterval: Interval? = nil
}

/// The metrics of every group of one column.
public struct ColumnResult: Hashable, Sendable {
  /// The column's name.
  public var column: String
  /// One entry for every group, in the column's order.
  public var groups: [GroupResult]

  /// The group of that name.
  public func group(_ name: String) -> GroupResult? { groups.first { $0.name == name } }
}

/// The metrics of one group.
public struct GroupResult: Hashable, Sendable {
  /// The group's name.
  public var name: String
  /// Its rows; `nil` when suppressed.
  public var rows: Int?
  /// Metrics in the catalogue's order.
  public var metrics: [MetricResult]
  /// Curves at the resolution of groups; `nil` for clients, for a column of very many groups, for
  /// regression and when withheld.
  public var curves: CellCurves?
}

/// The difference of two arms on the same rows, `arm` minus `reference`.
public struct Comparison: Hashable, Sendable {
  /// The arm whose change is measured.
  public var arm: String
  /// The arm it is measured from.
  public var reference: String
  /// Differences over all rows. An id is the metric's own id, not `<id>_difference`.
  public var overall: [MetricResult]
  /// McNemar's exact two-sided p-value over all rows; `nil` for regression, with several seeds, and
  /// when withheld.
  public var mcNemarP: Double?
  /// Differences for every group of every segment column.
  public var segments: [ComparisonColumn]
  /// Differences for every group of every sensitive column.
  public var sensitive: [ComparisonColumn]
  /// The counts behind ``mcNemarP``: rows that only `arm` has right, and rows that only `reference`
  /// has right.
  public var mcNemar: McNemarTest?
}

/// Differences for every group of one column.
public struct ComparisonColumn: Hashable, Sendable {
  /// The column's name.
  public var column: String
  /// One entry for every group, in the column's order.
  public var groups: [ComparisonGroup]

  /// The group of that name.
  public func group(_ name: String) -> ComparisonGroup? { groups.first { $0.name == name } }
}

/// Differences in one group.
public struct ComparisonGroup: Hashable, Sendable {
  /// The group's name.
  public var name: String
  /// Differences in the catalogue's order.
  public var differences: [MetricResult]
  /// McNemar's exact two-sided p-value; `nil` as for ``Comparison/mcNemarP``.
  public var mcNemarP: Double?
  /// The counts behind ``mcNemarP``.
  public var mcNemar: McNemarTest?
}

/// The fairness of one arm over the groups of one sensitive column.
public struct ColumnFairness: Hashable, Sendable {
  /// The column's name.
  public var column: String
  /// Rows without a value in the column, left out unless asked for; `nil` when fewer than the
  /// minimum.
  public var missingRows: Int?
  /// Fairness metrics in the catalogue's order.
  public var metrics: [FairnessResult]
  /// Whether selection rates differ more than chance explains, over rows with or without a label;
  /// `nil` for other tasks, several seeds, and where it cannot be tested.
  public var selectionRateTest: SelectionRateTest?
  /// Every group against all others pooled; `nil` for other tasks and below two groups that are shown in
  /// full.
  public var pooled: PooledFairness?

  /// The metric of that id.
  public func metric(_ id: String) -> FairnessResult? { metrics.first { $0.id == id } }
}

/// One fairness metric.
public struct FairnessResult: Hashable, Sendable {
  /// A group that could not take part, and why.
  public struct LeftOut: Hashable, Sendable {
    /// The group's name.
    public var group: String
    /// Why it could not take part.
    public var reason: String

    /// Creates the entry.
    public init(group: String, reason: String) {
      self.group = group
      self.reason = reason
    }
  }

  /// The metric's id in ``MetricCatalogue``.
  public var id: String
  /// The value, or why there is none; the count is the rows of the groups that took part.
  public var estimate: Estimate
  /// The value under each seed; `nil` where undefined.
  public var perSeed: [Double?]
  /// Groups that could not take part. Rows without a value are not a group here unless asked for.
  public var leftOut: [LeftOut]
  /// The group with the highest rate of those that make the value; `nil` when undefined.
  public var highest: String?
  /// The group with the lowest rate; `nil` when undefined.
  public var lowest: String?
  /// The rate whose extremes they are, such as `recall`.
  public var rate: String?
  /// Twice the value minus the mean bootstrap replicate: the value less about as much as chance adds to
  /// the largest of several gaps. `nil` without replicates and with several seeds.
  public var biasCorrected: Double?
  /// Where rates come from bins: how far the exact value may be, certainly. `nil` where it is exact.
  public var errorBound: Double? = nil
}

extension Array where Element == MetricResult {
  /// The estimate of the metric with that id.
  public subscript(id: String) -> Estimate? { first { $0.id == id }?.estimate }
}
