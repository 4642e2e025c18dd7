import AssayMetrics
import AssayRuns
import AssayStatistics
import Testing

@Suite("Margins")
struct MarginTests {
  private func margins(_ values: (String, Double)...) -> [Margin] {
    values.map { Margin(metric: $0.0, value: $0.1, chosenBy: "a test") }
  }

  @Test("the verdict is that of the interval, and the p-value agrees with it")
  func verdicts() throws {
    for clients in [0, 30] {
      let evaluation = evaluate(
        SampleTables.binary(rows: 900, arms: 3, clients: clients, key: 4),
        options: EvaluationOptions())
      for metric in ["accuracy", "log_loss", "roc_auc", "recall", "expected_calibration_error"] {
        for value in [0, 0.002, 0.01, 0.05] {
          let tests = hypothesisTests(of: evaluation, margins: margins((metric, value)))
          for cell in tests.flatMap({ [$0.overall] + $0.groups }) {
            try expectConsistent(try #require(cell.margins.first))
          }
        }
      }
    }
  }

  private func expectConsistent(_ test: MarginTest) throws {
    #expect(
      test.higherIsBetter == !["log_loss", "expected_calibration_error"].contains(
        test.margin.metric))
    let interval = try #require(test.estimate.interval).deciding
    let sign = test.higherIsBetter ? 1.0 : -1.0
    let worst = min(sign * interval.low, sign * interval.high)
    let best = max(sign * interval.low, sign * interval.high)
    let expected: MarginVerdict =
      worst >= -test.margin.value
      ? .nonInferior : best < -test.margin.value ? .inferior : .notShown
    #expect(test.verdict == expected)
    guard interval.method != .bootstrap, interval.method != .clusteredBootstrap else {
      // Percentiles have no standard error: a verdict, and no p-value.
      #expect(test.nonInferiorityP == nil && test.equivalenceP == nil)
      return
    }
    let p = try #require(test.nonInferiorityP)
    #expect((p.value <= 0.025) == (test.verdict == .nonInferior))
    #expect((p.value > 0.975) == (test.verdict == .inferior))
    let equivalence = try #require(test.equivalenceP)
    #expect((equivalence.value <= 0.025) == test.isEquivalent)
    #expect(equivalence.value >= p.value)
  }

  @Test("families: all rows apart from groups, every margin and every comparison counted")
  func families() throws {
    let evaluation = evaluate(
      SampleTables.binary(rows: 900, arms: 3, key: 4), options: EvaluationOptions())
    let tests = hypothesisTests(
      of: evaluation, margins: margins(("accuracy", 0.02), ("roc_auc", 0.01)))
    #expect(tests.count == 2)
    // Regions north, south, "a,b", (missing); sexes f, m: six groups.
    for comparison in tests {
      #expect(comparison.groups.count == 6)
      for margin in comparison.overall.margins {
        #expect(margin.nonInferiorityP?.familySize == 4)
      }
      for group in comparison.groups {
        #expect(group.mcNemarP?.familySize == 6)
        for margin in group.margins {
          #expect(margin.nonInferiorityP?.familySize == 24)
          #expect(margin.equivalenceP?.familySize == 24)
        }
        for metric in group.metrics where metric.p != nil {
          #expect(metric.p?.familySize == 6, "\(metric.metric)")
        }
      }
      // What depends on labels alone does not vary between arms, and has no p-value.
      for metric in comparison.overall.metrics {
        #expect((metric.p == nil) == (metric.test.standardError == 0), "\(metric.metric)")
        #expect(metric.p == nil || metric.p?.familySize == 1)
      }
    }
  }

  @Test("a column that is both segment and sensitive is tested once")
  func columnOnce() throws {
    var table = SampleTables.binary(rows: 900, key: 4)
    table.sensitive = table.segments
    let tests = try #require(
      hypothesisTests(of: evaluate(table, options: EvaluationOptions())).first)
    #expect(tests.groups.count == 4)
    #expect(tests.groups[0].mcNemarP?.familySize == 4)
  }

  @Test("arms that agree on every row show nothing, and say so")
  func noVariation() throws {
    var table = SampleTables.binary(rows: 200, key: 4)
    table.arms[1].seeds = table.arms[0].seeds
    let evaluation = evaluate(table, options: EvaluationOptions())
    let tests = try #require(
      hypothesisTests(of: evaluation, margins: margins(("accuracy", 0.5))).first)
    let margin = try #require(tests.overall.margins.first)
    #expect(margin.verdict == .notShown && !margin.isEquivalent)
    #expect(margin.nonInferiorityP == nil && margin.equivalenceP == nil)
    #expect(margin.estimate.interval?.note?.contains("no variation") == true)
    #expect(tests.overall.mcNemarP?.value == 1)
  }

  @Test("withheld cells are not tested and not counted in a family")
  func withheld() throws {
    var options = EvaluationOptions()
    // Regions have about 15 rows each, sexes about 30.
    options.minimumCount = 25
    let evaluation = evaluate(SampleTables.binary(rows: 60, key: 4), options: options)
    let tests = try #require(
      hypothesisTests(of: evaluation, margins: margins(("accuracy", 0.1))).first)
    let shown = tests.groups.filter { $0.mcNemar != nil }
    #expect(shown.map(\.column) == ["sex", "sex"])
    for group in shown { #expect(group.mcNemarP?.familySize == 2) }
    for group in tests.groups where group.mcNemar == nil {
      #expect(group.metrics.isEmpty)
      #expect(group.margins.allSatisfy { $0.verdict == .notShown && $0.nonInferiorityP == nil })
    }
  }

  @Test("a metric without direction, or of another task, has no margin")
  func noDirection() throws {
    let evaluation = evaluate(
      SampleTables.binary(rows: 100), options: EvaluationOptions())
    let tests = try #require(
      hypothesisTests(
        of: evaluation, margins: margins(("selection_rate", 0.1), ("r2_score", 0.1), ("x", 1))
      ).first)
    #expect(tests.overall.margins.isEmpty)
  }

  @Test("over all rows of many clients, intervals over rows stand beside; elsewhere they do not")
  func rowIntervals() throws {
    var options = EvaluationOptions()
    options.minimumClusters = 20
    let table = SampleTables.binary(rows: 900, clients: 25, key: 4)
    var alone = table
    alone.client = nil
    let clustered = evaluate(table, options: options)
    let rows = evaluate(alone, options: options)
    for (metric, plain) in zip(clustered.arms[0].overall, rows.arms[0].overall) {
      let method = plain.estimate.interval?.method
      if method == .wilson || method == .delong {
        #expect(metric.rowInterval?.low == plain.estimate.interval?.low, "\(metric.id)")
        #expect(metric.rowInterval?.high == plain.estimate.interval?.high, "\(metric.id)")
        #expect(metric.rowInterval?.method == method)
      } else {
        #expect(metric.rowInterval == nil, "\(metric.id)")
      }
      #expect(plain.rowInterval == nil)
    }
    for (metric, plain) in zip(clustered.comparisons[0].overall, rows.comparisons[0].overall) {
      if plain.estimate.interval?.method == .bootstrap {
        #expect(metric.rowInterval == nil)
        continue
      }
      let found = try #require(metric.rowInterval)
      let expected = try #require(plain.estimate.interval)
      // Rows in another order: sums differ in their last bits.
      #expect(abs(found.low - expected.low) < 1e-12 && abs(found.high - expected.high) < 1e-12)
      #expect(found.method == expected.method)
    }
    #expect(
      clustered.arms[0].segments[0].groups.allSatisfy {
        $0.metrics.allSatisfy { $0.rowInterval == nil }
      })
  }
}
