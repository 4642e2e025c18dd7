import AssayStatistics

/// The tests of one metric's difference in one cell.
public struct MetricTest: Hashable, Sendable {
  /// The metric's id.
  public var metric: String
  /// The difference with the headline's standard error and degrees of freedom.
  public var test: DifferenceTest
  /// The test from the interval's companion, which holds its level with few or unequal clients, or few
  /// rows of a class; `nil` where there is none.
  public var adjusted: DifferenceTest?
  /// How the standard error was made: `clustered`, `paired`, `delong` or `seeds+sampling`.
  public var method: IntervalMethod
  /// Two-sided p-value of no difference by the headline's error; `nil` when nothing varied.
  public var p: AdjustedP?
  /// The same by ``adjusted``: the one to decide by, where there is one.
  public var adjustedP: AdjustedP?
}

/// Every test of two arms in one cell.
public struct CellTests: Hashable, Sendable {
  /// Column of the cell; empty for all rows.
  public var column: String
  /// Group of the cell; empty for all rows.
  public var group: String
  /// Rows that only one of the arms has right; `nil` for regression, with several seeds, and when
  /// withheld.
  public var mcNemar: McNemarTest?
  /// McNemar's exact p-value among the cells of its family.
  public var mcNemarP: AdjustedP?
  /// Tests of the metrics whose difference has a standard error, in the catalogue's order.
  public var metrics: [MetricTest]
  /// The same with rows as the sampled units, over all rows where clients are the headline.
  public var rowMetrics: [MetricTest]
  /// One entry for each margin, in the order in which they were asked for.
  public var margins: [MarginTest]
}

/// The tests of one comparison: over all rows, and for every group.
public struct ComparisonTests: Hashable, Sendable {
  /// The arm whose change is measured.
  public var arm: String
  /// The arm it is measured from.
  public var reference: String
  /// Over all rows.
  public var overall: CellTests
  /// Every group of every segment and sensitive column; a column that is both stands once.
  public var groups: [CellTests]

  /// The tests of one group.
  public func group(_ column: String, _ group: String) -> CellTests? {
    groups.first { $0.column == column && $0.group == group }
  }
}

/// The tests of every comparison of an evaluation, however it was computed: they follow from
/// differences, standard errors and discordant counts alone.
///
/// Families, within which p-values are adjusted:
/// - exploration: one metric (or McNemar's test) over all groups of one comparison; tests over all
///   rows stand alone;
/// - gate: all margins of all comparisons over all rows, and all margins of all comparisons over all
///   groups, each of non-inferiority and of equivalence.
/// - Parameter margins: What is tolerated; a metric that the task does not have, or that has no
///   direction, is left out.
public func hypothesisTests(
  of evaluation: Evaluation, margins: [Margin] = []
) -> [ComparisonTests] {
  var comparisons = evaluation.comparisons.map { comparison in
    let overall = CellTests(
      column: "", group: "", differences: comparison.overall, mcNemar: comparison.mcNemar,
      margins: margins)
    var seen = Set<String>()
    let columns = (comparison.segments + comparison.sensitive).filter {
      seen.insert($0.column).inserted
    }
    var groups = columns.flatMap { column in
      column.groups.map { group in
        CellTests(
          column: column.column, group: group.name, differences: group.differences,
          mcNemar: group.mcNemar, margins: margins)
      }
    }
    groups.adjustExploration()
    return ComparisonTests(
      arm: comparison.arm, reference: comparison.reference, overall: overall, groups: groups)
  }
  adjustMargins(&comparisons)
  return comparisons
}

extension CellTests {
  init(
    column: String, group: String, differences: [MetricResult], mcNemar: McNemarTest?,
    margins: [Margin]
  ) {
    self.column = column
    self.group = group
    self.mcNemar = mcNemar
    mcNemarP = mcNemar.map { AdjustedP($0.exactP) }
    func tests(_ pick: (MetricResult) -> Interval?) -> [MetricTest] {
      differences.compactMap { difference in
        guard let value = difference.estimate.value, let interval = pick(difference) else {
          return nil
        }
        let estimate = Estimate.defined(value: value, interval: interval, count: 0)
        guard var test = DifferenceTest(estimate) else { return nil }
        test.errorBound = difference.errorBound ?? 0
        var adjusted =
          interval.adjusted == nil
          ? nil : DifferenceTest(.defined(value: value, interval: interval.deciding, count: 0))
        adjusted?.errorBound = test.errorBound
        return MetricTest(
          metric: difference.id, test: test, adjusted: adjusted, method: interval.method,
          p: test.twoSidedP.map { AdjustedP($0) },
          adjustedP: adjusted?.twoSidedP.map { AdjustedP($0) })
      }
    }
    metrics = tests { $0.estimate.interval }
    rowMetrics = tests { $0.rowInterval }
    self.margins = margins.compactMap { margin in
      guard let definition = MetricCatalogue.metric(margin.metric), definition.direction != .none,
        let difference = differences.first(where: { $0.id == margin.metric })
      else { return nil }
      return MarginTest(
        margin, definition, difference.estimate,
        errorBound: difference.errorBound ?? 0)
    }
  }
}

extension [CellTests] {
  /// Adjusts over the groups: McNemar's tests as one family, every metric as another.
  fileprivate mutating func adjustExploration() {
    for (place, p) in AdjustedP.family(map { $0.mcNemarP?.value }).enumerated() {
      self[place].mcNemarP = p
    }
    for metric in Set(flatMap { $0.metrics.map(\.metric) }) {
      let places = map { cell in cell.metrics.firstIndex { $0.metric == metric } }
      let family = AdjustedP.family(
        indices.map { cell in places[cell].flatMap { self[cell].metrics[$0].p?.value } })
      // A cell without a companion is decided by its headline.
      let adjusted = AdjustedP.family(
        indices.map { cell in
          places[cell].flatMap {
            (self[cell].metrics[$0].adjustedP ?? self[cell].metrics[$0].p)?.value
          }
        })
      for cell in indices {
        guard let place = places[cell] else { continue }
        self[cell].metrics[place].p = family[cell]
        if self[cell].metrics[place].adjustedP != nil {
          self[cell].metrics[place].adjustedP = adjusted[cell]
        }
      }
    }
  }
}

/// Adjusts the margins over all comparisons: all rows as one family, all groups as another.
private func adjustMargins(_ comparisons: inout [ComparisonTests]) {
  for key in [\MarginTest.nonInferiorityP, \MarginTest.equivalenceP] {
    var family = AdjustedP.family(
      comparisons.flatMap { $0.overall.margins.map { $0[keyPath: key]?.value } }
    ).makeIterator()
    for index in comparisons.indices {
      for place in comparisons[index].overall.margins.indices {
        comparisons[index].overall.margins[place][keyPath: key] = family.next() ?? nil
      }
    }
    var groups = AdjustedP.family(
      comparisons.flatMap { $0.groups.flatMap { $0.margins.map { $0[keyPath: key]?.value } } }
    ).makeIterator()
    for index in comparisons.indices {
      for group in comparisons[index].groups.indices {
        for place in comparisons[index].groups[group].margins.indices {
          comparisons[index].groups[group].margins[place][keyPath: key] = groups.next() ?? nil
        }
      }
    }
  }
}
