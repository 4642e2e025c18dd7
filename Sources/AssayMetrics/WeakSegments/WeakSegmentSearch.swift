import AssayFiles
import AssayRuns
import AssayStatistics

/// Searches one half of the rows for the segments where an arm loses most, and asks the other half
/// whether it does.
///
/// Segments are groups of a column, runs of quantile bins of a number, and crossings of two columns.
/// An arm is weak in a segment when it loses against the reference there, and more than elsewhere; a
/// single arm, when it loses more than elsewhere. Because the confirming half had no part in the choice,
/// only the few segments taken there need a correction (Holm), whatever the number searched. Sources:
/// Chung et al. 2019, Slice Finder, arXiv:1807.06068; Wasserman and Roeder 2009, Annals of Statistics
/// 37(5A), on screening and cleaning with split data.
public struct WeakSegmentSearch: Sendable {
  /// One candidate: a run of groups in one column or in two.
  struct Candidate: Hashable, Sendable {
    var parts: [Part]
    var strength: Double

    struct Part: Hashable, Sendable {
      var column: Int
      var run: ClosedRange<Int>
    }

    /// Whether every row here is in the other too, by the conditions.
    func implies(_ other: Candidate) -> Bool {
      other.parts.allSatisfy { wide in
        parts.contains { narrow in
          narrow.column == wide.column && wide.run.lowerBound <= narrow.run.lowerBound
            && wide.run.upperBound >= narrow.run.upperBound
        }
      }
    }
  }

  let columns: [WeakSegmentColumn]
  let leftOut: [WeakSegmentReport.LeftOut]
  let table: ScoredTable
  let options: WeakSegmentOptions
  let metrics: [String]
  let rows: WeakSegmentRows
  /// Least rows of a segment, and of its rest, in a half.
  let least: Double

  /// Metrics that can be searched; the first two are the default.
  public static func metrics(of task: PredictionTask) -> [String] {
    task == .regression
      ? ["mean_squared_error", "mean_absolute_error"] : ["log_loss", "accuracy", "brier_score"]
  }

  /// Segments are taken to the confirmation from this many standard errors on.
  private static let threshold = 2.0
  /// Best candidates that are kept of each pair of columns.
  private static let keptPerJob = 40

  /// - Parameters:
  ///   - columns: Where to search; columns of an equal name after the first are left out.
  ///   - identifiers: Ids of rows, by which the halves are drawn; row numbers where `nil`.
  public init(
    _ table: ScoredTable, columns given: [WeakSegmentColumn], identifiers: [String]?,
    evaluation: EvaluationOptions, options: WeakSegmentOptions
  ) {
    var named = Set<String>()
    var columns: [WeakSegmentColumn] = []
    var leftOut: [WeakSegmentReport.LeftOut] = []
    let isUsable = PreparedTable.isConsistent(table)
    for column in given where named.insert(column.name).inserted {
      let reason: String? =
        if !isUsable || column.codes.count != table.rowCount {
          "the table's columns differ in length"
        } else if column.groups.count < 2 {
          "one value only"
        } else if column.groups.count > WeakSegmentOptions.groupLimit {
          "more than \(WeakSegmentOptions.groupLimit) groups"
        } else if columns.count == WeakSegmentOptions.columnLimit {
          "more than \(WeakSegmentOptions.columnLimit) columns"
        } else {
          nil
        }
      if let reason {
        leftOut.append(.init(column: column.name, reason: reason))
      } else {
        columns.append(column)
      }
    }
    self.columns = columns
    self.leftOut = leftOut
    self.table = table
    self.options = options
    least = Double(max(options.minimumCount, 10))
    let known = Self.metrics(of: table.task)
    let asked = options.metrics.filter(known.contains)
    metrics = asked.isEmpty ? Array(known.prefix(2)) : asked
    let prepared = PreparedTable(
      isUsable ? table : ScoredTable(task: .binary, labels: [], arms: []), options: evaluation)
    rows = WeakSegmentRows(
      prepared,
      reference: table.arms.firstIndex { $0.name == evaluation.reference } ?? 0, metrics: metrics,
      client: table.client, identifiers: identifiers, options: options,
      minimumClusters: evaluation.minimumClusters)
  }

  /// Searches and confirms; segments from which a group of few rows could be computed are not shown.
  public func report() -> WeakSegmentReport {
    let (candidates, searched) = search()
    var chosen: [(target: Int, candidate: Candidate)] = []
    for target in rows.targets.indices {
      chosen += choose(candidates[target], target: target).map { (target, $0) }
    }
    chosen.sort { Self.precedes($0.candidate, $1.candidate) }
    let shown = chosen.filter { mayBeShown($0.candidate, beside: chosen.map(\.candidate)) }
    let halves = shown.map { item in
      (
        search: half(item.candidate, target: item.target, side: 0),
        confirmation: half(item.candidate, target: item.target, side: 1)
      )
    }
    let holm = MultipleTests.holm(halves.map(\.confirmation.p))
    let segments = shown.indices.map { index -> WeakSegment in
      let target = rows.targets[shown[index].target]
      return WeakSegment(
        arm: table.arms[target.arm].name, reference: target.reference.map { table.arms[$0].name },
        metric: target.metric,
        conditions: shown[index].candidate.parts.map(condition), search: halves[index].search,
        confirmation: halves[index].confirmation,
        searchBonferroniP: min(1, halves[index].search.p * Double(searched)),
        holmP: holm[index], isConfirmed: holm[index] <= options.level)
    }
    return WeakSegmentReport(
      columns: columns.map(\.name), leftOut: leftOut, metrics: metrics, searched: searched,
      searchRows: rows.half.count { $0 == 0 }, confirmationRows: rows.half.count { $0 == 1 },
      splitsClients: rows.units != nil, level: options.level, segments: segments,
      hidden: chosen.count - shown.count)
  }

  /// The stronger first; a crossing has to be stronger by one standard error than a single column,
  /// because there are so many more of them, and because a simple segment is easier to act on.
  static func precedes(_ a: Candidate, _ b: Candidate) -> Bool {
    let first = a.strength - Double(a.parts.count)
    let second = b.strength - Double(b.parts.count)
    if first != second { return first > second }
    if a.parts.count != b.parts.count { return a.parts.count < b.parts.count }
    func key(_ candidate: Candidate) -> [Int] {
      candidate.parts.flatMap { [$0.column, $0.run.lowerBound, $0.run.upperBound] }
    }
    return key(a).lexicographicallyPrecedes(key(b))
  }

  private func condition(_ part: Candidate.Part) -> WeakSegment.Condition {
    let column = columns[part.column]
    let edges = column.edges
    return WeakSegment.Condition(
      column: column.name, words: column.words(part.run),
      from: edges.flatMap { part.run.lowerBound > 0 ? $0[part.run.lowerBound - 1] : nil },
      to: edges.flatMap { part.run.upperBound < $0.count ? $0[part.run.upperBound] : nil })
  }

  // MARK: Search

  private func search() -> (candidates: [[Candidate]], searched: Int) {
    var jobs: [[Int]] = columns.indices.map { [$0] }
    for first in columns.indices {
      for second in columns.indices.dropFirst(first + 1) { jobs.append([first, second]) }
    }
    let all = rows.targets.indices.map { target in
      var sums = LossSums()
      for (row, side) in rows.half.enumerated() where side == 0 {
        sums.add(rows.losses[target][row])
      }
      return sums
    }
    let listed = jobs
    let found = OrderedJobs.results(count: listed.count, threads: options.threads) { index in
      WeakSegmentJob(search: self, columns: listed[index]).run(totals: all, kept: Self.keptPerJob)
    }
    var candidates: [[Candidate]] = rows.targets.map { _ in [] }
    var searched = 0
    for job in found {
      searched += job.searched
      for target in candidates.indices { candidates[target] += job.best[target] }
    }
    return (candidates.map { $0.sorted(by: Self.precedes) }, searched)
  }

  /// The strongest candidates that say something new: what is left of them beside those already chosen
  /// is weak as well.
  private func choose(_ candidates: [Candidate], target: Int) -> [Candidate] {
    let isDifference = rows.targets[target].reference != nil
    var chosen: [Candidate] = []
    var covered = [Bool](repeating: false, count: rows.half.count)
    for candidate in candidates.prefix(300)
    where candidate.strength >= Self.threshold && chosen.count < options.limit {
      if chosen.contains(where: candidate.implies) { continue }
      let inside = members(candidate, side: 0)
      if !chosen.isEmpty {
        var here = LossSums()
        var rest = LossSums()
        for (row, side) in rows.half.enumerated() where side == 0 && !covered[row] {
          if inside[row] {
            here.add(rows.losses[target][row])
          } else {
            rest.add(rows.losses[target][row])
          }
        }
        guard here.count >= least, rest.count >= least,
          here.strength(against: rest, isDifference: isDifference) >= Self.threshold
        else { continue }
      }
      // A wider segment that is weak as a whole takes the place of a part of it.
      chosen.removeAll { $0.implies(candidate) }
      chosen.append(candidate)
      for row in inside.indices where inside[row] { covered[row] = true }
    }
    return chosen
  }

  /// Rows of a half that are in the segment.
  func members(_ candidate: Candidate, side: Int8) -> [Bool] {
    var inside = rows.half.map { $0 == side }
    for part in candidate.parts {
      let low = Int32(part.run.lowerBound)
      let high = Int32(part.run.upperBound)
      let codes = columns[part.column].codes
      for row in inside.indices where codes[row] < low || codes[row] > high {
        inside[row] = false
      }
    }
    return inside
  }
}
