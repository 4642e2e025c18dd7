import AssayMetrics
import AssayRuns
import AssayStatistics
import Testing

@Suite("Evaluation of awkward tables")
struct BehaviourTests {
  @Test("a small cell keeps its name and loses its numbers, its count too")
  func suppression() throws {
    var values = Array(repeating: "large", count: 40)
    values.replaceSubrange(0..<19, with: Array(repeating: "small", count: 19))
    let table = SampleTables.table(
      labels: (0..<40).map { Int32($0 % 2) }, scores: (0..<40).map { Double($0) / 40 },
      column: values)
    var options = EvaluationOptions()
    let arm = try #require(evaluate(table, options: options).arms.first)
    let small = try #require(arm.segments[0].group("small"))
    #expect(small.rows == nil)
    #expect(
      small.metrics["accuracy"]
        == .undefined(reason: "suppressed: fewer than 20 rows", count: nil))
    #expect(small.metrics.count == arm.overall.count)
    // The total minus the 21 rows of the large group would be the small one.
    let complement = "suppressed: a hidden group could be computed from it"
    #expect(arm.segments[0].group("large")?.metrics["accuracy"]?.reason == complement)
    let parity = try #require(arm.fairness[0].metric("demographic_parity_difference"))
    #expect(parity.estimate.reason == "fewer than two groups")
    #expect(
      parity.leftOut == [
        .init(group: "large", reason: complement),
        .init(group: "small", reason: "suppressed: fewer than 20 rows"),
      ])

    options.minimumCount = 1
    let shown = try #require(evaluate(table, options: options).arms.first)
    #expect(shown.segments[0].group("small")?.rows == 19)
    #expect(shown.fairness[0].metric("demographic_parity_difference")?.leftOut.isEmpty == true)
  }

  @Test("a cell with rows of too few clients is withheld")
  func minimumClients() throws {
    var table = SampleTables.binary(rows: 200)
    table.client = GroupColumn(
      name: "client",
      values: table.segments[0].codes.enumerated().map { row, code in
        code == 1 ? "one" : "c\(row % 9)"
      })
    var options = EvaluationOptions()
    options.minimumClients = 5
    let evaluation = evaluate(table, options: options)
    let region = evaluation.arms[0].segments[0]
    #expect(region.groups[1].metrics["recall"]?.reason == "suppressed: fewer than 5 clients")
    #expect(region.groups.count { $0.rows != nil } == 2)
    #expect(
      evaluation.comparisons[0].segments[0].groups[1].differences["recall"]?.reason
        == "suppressed: fewer than 5 clients")
    // A client's own cell holds one client.
    #expect(evaluation.arms[0].clients?.groups.allSatisfy { $0.rows == nil } == true)
    #expect(evaluation.arms[0].clientSummary?.mean.reason == "no client with enough rows")
  }

  @Test("a table whose labels are all missing has a selection rate and nothing else")
  func noLabels() throws {
    let table = SampleTables.table(
      labels: Array(repeating: -1, count: 50), scores: (0..<50).map { Double($0) / 50 },
      column: (0..<50).map { $0 % 2 == 0 ? "a" : "b" })
    let evaluation = evaluate(table, options: EvaluationOptions())
    #expect(evaluation.labelledRows == 0)
    let arm = evaluation.arms[0]
    for metric in arm.overall where metric.id != "selection_rate" {
      #expect(metric.estimate.value == nil, "\(metric.id)")
      #expect(metric.estimate.count == 0, "\(metric.id)")
    }
    #expect(
      arm.overall["accuracy"] == .undefined(reason: "no rows with a label", count: 0))
    // Scores 25/50 … 49/50 are at or above the threshold.
    #expect(arm.overall["selection_rate"]?.value == 0.5)
    #expect(arm.overall["selection_rate"]?.count == 50)
    let parity = try #require(arm.fairness[0].metric("demographic_parity_difference"))
    // Even rows 26…48 of 25; odd rows 25…49 of 25.
    #expect(abs((parity.estimate.value ?? 0) - 1.0 / 25) < 1e-15)
    #expect(parity.highest == "b")
    #expect(arm.fairness[0].metric("equalized_odds_difference")?.estimate.value == nil)
  }

  @Test("a group with enough rows and too few labels shows its selection rate alone")
  func fewLabels() throws {
    var labels = (0..<90).map { Int32($0 / 3 % 2) }
    for row in 0..<90 where row % 3 == 0 && row > 9 { labels[row] = -1 }
    let names = (0..<90).map { ["a", "b", "c"][$0 % 3] }
    let table = SampleTables.table(
      labels: labels, scores: (0..<90).map { Double($0 % 7) / 7 }, column: names)
    let arm = try #require(evaluate(table, options: EvaluationOptions()).arms.first)
    let group = try #require(arm.sensitive[0].group("a"))
    #expect(group.metrics["recall"]?.reason == "suppressed: fewer than 20 rows")
    #expect(group.metrics["selection_rate"]?.count == 30)
    let parity = try #require(arm.fairness[0].metric("demographic_parity_difference"))
    #expect(parity.leftOut.isEmpty)
    let odds = try #require(arm.fairness[0].metric("equalized_odds_difference"))
    // The labelled rows of all and of two groups would give those of the third.
    #expect(odds.leftOut.map(\.group) == ["a", "b"])
    #expect(odds.leftOut.first?.reason == "suppressed: fewer than 20 rows")
  }

  @Test("nothing traps: no rows, one row, one class, columns of unequal length, NaN")
  func awkward() {
    let none = SampleTables.table(labels: [], scores: [])
    #expect(evaluate(none, options: EvaluationOptions()).arms[0].overall["accuracy"]?.count == 0)
    var options = allCells(replicates: 100)
    options.confidence = 7
    let one = evaluate(SampleTables.table(labels: [1], scores: [0.7]), options: options)
    #expect(one.arms[0].overall["accuracy"]?.value == 1)
    #expect(one.arms[0].overall["roc_auc"]?.reason == "no row with label 0")
    let negatives = evaluate(
      SampleTables.table(
        labels: Array(repeating: 0, count: 30), scores: (0..<30).map { Double($0) / 60 }),
      options: EvaluationOptions())
    #expect(negatives.arms[0].overall["recall"]?.reason == "no row with label 1")
    #expect(negatives.arms[0].overall["recall"]?.count == 0)
    #expect(negatives.arms[0].overall["precision"]?.reason == "no row is predicted positive")
    #expect(negatives.arms[0].overall["balanced_accuracy"]?.reason == "no row with label 1")
    #expect(negatives.arms[0].overall["specificity"]?.value == 1)

    var unequal = SampleTables.binary(rows: 60)
    unequal.arms[0].seeds[0].scores.removeLast()
    #expect(evaluate(unequal, options: EvaluationOptions()).rows == 0)
    unequal.arms[0].seeds = []
    #expect(evaluate(unequal, options: EvaluationOptions()).arms.count == 2)

    var strange = SampleTables.binary(rows: 60)
    strange.arms[0].seeds[0].scores[3] = .nan
    strange.arms[0].seeds[0].scores[4] = .infinity
    strange.labels[5] = 17
    let measured = evaluate(strange, options: EvaluationOptions())
    #expect(measured.arms[0].overall["brier_score"]?.reason == "not a finite number")
    #expect(measured.arms[1].overall["brier_score"]?.value != nil)

    let regression = ScoredTable(
      task: .regression, labels: [], targets: [.nan, 2, 2],
      arms: [ScoredArm(name: "a", seeds: [.init(seed: nil, scores: [1, 2, 4])])])
    let errors = evaluate(regression, options: allCells()).arms[0].overall
    #expect(errors["mean_absolute_error"]?.value == 1)
    #expect(errors["mean_absolute_error"]?.count == 2)
    #expect(errors["r2_score"]?.reason == "all targets are equal")
    let classless = ScoredTable(
      task: .multiclass(classCount: 0), labels: [],
      arms: [ScoredArm(name: "a", seeds: [.init(seed: nil, scores: [])])])
    #expect(evaluate(classless, options: EvaluationOptions()).rows == 0)
  }

  @Test("a huge tie gives an area of one half")
  func ties() {
    let table = SampleTables.table(
      labels: (0..<5000).map { Int32($0 % 2) }, scores: Array(repeating: 0.25, count: 5000))
    let metrics = evaluate(table, options: allCells()).arms[0].overall
    #expect(metrics["roc_auc"]?.value == 0.5)
    #expect(metrics["average_precision"]?.value == 0.5)
    #expect(metrics["roc_auc"]?.interval?.note?.hasPrefix("no variation") == true)
  }

  @Test("one thread and eight give the same bits")
  func threads() {
    for (seeds, clients) in [(1, 0), (3, 0), (1, 40), (3, 40)] {
      let table = SampleTables.binary(
        rows: 3000, arms: 3, seeds: seeds, clients: clients, missing: 50)
      var options = EvaluationOptions()
      options.replicates = 20
      let single = evaluate(table, options: options)
      options.threads = 8
      #expect(evaluate(table, options: options) == single)
    }
  }

  @Test("comparing two arms alone gives what the whole evaluation says")
  func compareAlone() throws {
    let table = SampleTables.binary(rows: 500, arms: 3, clients: 30)
    var options = EvaluationOptions()
    options.replicates = 50
    options.reference = "arm2"
    options.furtherPairs = [.init(arm: "arm1", reference: "arm0"), .init(arm: "x", reference: "y")]
    let evaluation = evaluate(table, options: options)
    #expect(
      evaluation.comparisons.map { "\($0.arm)-\($0.reference)" }
        == ["arm0-arm2", "arm1-arm2", "arm1-arm0"])
    let alone = try #require(compare(table, arm: "arm1", against: "arm0", options: options))
    #expect(alone == evaluation.comparisons[2])
    #expect(compare(table, arm: "arm1", against: "nobody", options: options) == nil)
    let same = try #require(compare(table, arm: "arm1", against: "arm1", options: options))
    #expect(same.overall["accuracy"]?.value == 0)
  }

  @Test("rows whose true class had probability 0 are counted, and cost 36.04 nats each")
  func clipped() {
    let table = SampleTables.table(labels: [1, 0, 1], scores: [0, 1, 1])
    let arm = evaluate(table, options: allCells()).arms[0]
    #expect(arm.clippedRows == 2)
    // −ln(2.220446049250313e-16) = 36.04365338911715 (Python math.log).
    let expected = 2.0 / 3 * 36.04365338911715
    #expect(abs((arm.overall["log_loss"]?.value ?? 0) - expected) < 1e-12)
  }

  @Test("the missing group is shown, and takes part in fairness only when asked for")
  func missingGroup() throws {
    var table = SampleTables.binary(rows: 400)
    table.sensitive = table.segments
    var options = EvaluationOptions()
    options.replicates = 10
    let without = evaluate(table, options: options).arms[0]
    #expect(without.sensitive[0].groups.last?.name == "(missing)")
    #expect(without.sensitive[0].groups.last?.metrics["accuracy"]?.value != nil)
    options.includeMissing = true
    let with = evaluate(table, options: options).arms[0]
    let counts = [without, with].map {
      $0.fairness[0].metric("demographic_parity_difference")?.estimate.count ?? 0
    }
    #expect(counts[1] == 400)
    #expect(counts[0] == 400 - (without.fairness[0].missingRows ?? 0))
  }

  @Test("every catalogued metric of a task is reported, in order, and described")
  func catalogue() {
    let evaluation = evaluate(SampleTables.binary(rows: 100), options: allCells())
    #expect(
      evaluation.arms[0].overall.map(\.id)
        == MetricCatalogue.performance(for: .binary).map(\.id))
    #expect(
      evaluation.arms[0].fairness[0].metrics.map(\.id)
        == MetricCatalogue.fairness(for: .binary).map(\.id))
    for metric in MetricCatalogue.all {
      #expect(!metric.title.isEmpty && !metric.definition.isEmpty && !metric.tasks.isEmpty)
    }
    #expect(MetricCatalogue.metric("accuracy")?.direction == .higherIsBetter)
    #expect(MetricCatalogue.metric("equalized_odds_difference")?.direction == .lowerIsBetter)
    #expect(MetricCatalogue.metric("nothing") == nil)
  }
}
