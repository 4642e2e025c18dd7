import AssayDiagnostics
import AssayMetrics
import AssayRuns

/// Where and on what to look for weak segments.
public struct WeakSegmentRequest: Sendable {
  /// Columns besides segment and sensitive columns.
  public var explored: [String]
  /// Metrics to lose on; empty for the defaults of the task.
  public var metrics: [String]

  /// Creates a request.
  public init(explored: [String], metrics: [String]) {
    self.explored = explored
    self.metrics = metrics
  }

  /// Searches a table; groups that the evaluation hides are in no segment.
  func search(
    _ table: ScoredTable, explored: [WeakSegmentColumn], evaluation: Evaluation,
    options: EvaluationOptions
  ) throws -> WeakSegmentReport {
    let known = WeakSegmentSearch.metrics(of: table.task)
    if let wrong = metrics.first(where: { !known.contains($0) }) {
      throw Diagnostic(
        .unknownName(what: "a metric of this task", name: wrong, known: known),
        help: "--weak-metric names what an arm may lose on")
    }
    var own = WeakSegmentOptions()
    own.metrics = metrics
    own.minimumCount = options.minimumCount
    own.minimumClients = options.minimumClients
    own.confidence = options.confidence
    own.level = ((1 - options.confidence) * 1e12).rounded() / 1e12
    own.seed = options.seed
    own.threads = options.threads
    let columns = (table.segments + table.sensitive).map {
      WeakSegmentColumn($0, hidden: evaluation.suppression)
    }
    return WeakSegmentSearch(
      table, columns: columns + explored, identifiers: nil, evaluation: options, options: own
    ).report()
  }
}
