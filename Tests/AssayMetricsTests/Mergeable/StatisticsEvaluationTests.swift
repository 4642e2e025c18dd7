import AssayRuns
import AssayStatistics
import AssayTestSupport
import Testing

@testable import AssayMetrics

/// The reference is the evaluator that reads rows, which has its own tests against scikit-learn.
@Suite("Results from statistics are those from rows")
struct StatisticsEvaluationTests {
  /// What comes from bins, where a bound must be stated.
  static let binned: Set<String> = [
    "roc_auc", "average_precision", "gini_from_roc_auc", "pr_auc_trapezoid", "ks_statistic",
    "roc_auc_ovr_weighted", "roc_auc_ovo_macro", "roc_auc_ovo_weighted", "median_absolute_error",
    "absolute_error_quantile_90", "absolute_error_quantile_95",
  ]
  /// Functions of several sums of row values, whose spread within clients is not kept.
  static let ofSeveralSums: Set<String> = [
    "r2_score", "explained_variance_score", "pearson_correlation", "error_standard_deviation",
    "mean_pinball_loss_10", "mean_pinball_loss_90", "mean_score",
  ]
  /// What no counts tell.
  static let rowsOnly: Set<String> = ["spearman_correlation"]

  private func options(_ change: (inout EvaluationOptions) -> Void = { _ in }) -> EvaluationOptions
  {
    var options = allCells(replicates: 50)
    change(&options)
    return options
  }

  private func both(
    _ table: ScoredTable, _ options: EvaluationOptions
  ) throws -> (statistics: Evaluation, rows: Evaluation) {
    // Through the file, as results from elsewhere are.
    let bytes = try EvaluationStatistics(table, options: options).encoded()
    let read = try EvaluationStatistics(decoding: bytes, path: "x.stats")
    return (evaluate(read, options: options), evaluateByRow(table, options: options))
  }

  /// 1e-12: sums are exact here and compensated there, log losses are rounded to 2⁻⁶⁴.
  static func expectSame(
    _ ours: [MetricResult], _ rows: [MetricResult], _ what: String, intervals: Set<IntervalMethod>
  ) {
    #expect(ours.map(\.id) == rows.map(\.id), "\(what)")
    for (mine, theirs) in zip(ours, rows) {
      let place = "\(what) \(mine.id)"
      if rowsOnly.contains(mine.id) {
        #expect(mine.estimate.value == nil)
        continue
      }
      #expect(mine.estimate.count == theirs.estimate.count, "\(place)")
      guard let value = mine.estimate.value, let expected = theirs.estimate.value else {
        #expect(mine.estimate.reason == theirs.estimate.reason, "\(place)")
        #expect(mine.estimate.value == nil && theirs.estimate.value == nil, "\(place)")
        continue
      }
      let scale = max(1, abs(expected))
      if binned.contains(mine.id) {
        #expect(
          abs(value - expected) <= (mine.errorBound ?? 0) + 1e-12 * scale,
          "\(place): \(value) and \(expected), bound \(mine.errorBound ?? 0)")
        if let a = mine.estimate.interval, mine.errorBound != nil {
          #expect(a.note?.contains("binned") == true, "\(place)")
        }
        continue
      }
      #expect(mine.errorBound == nil, "\(place)")
      #expect(abs(value - expected) <= 1e-12 * scale, "\(place): \(value) and \(expected)")
      guard let a = mine.estimate.interval, let b = theirs.estimate.interval,
        intervals.contains(b.method)
      else { continue }
      #expect(a.method == b.method, "\(place)")
      #expect(abs(a.low - b.low) <= 1e-9 * scale, "\(place): \(a.low) and \(b.low)")
      #expect(abs(a.high - b.high) <= 1e-9 * scale, "\(place): \(a.high) and \(b.high)")
      #expect(a.note == b.note, "\(place)")
      if let x = a.adjusted, let y = b.adjusted, !ofSeveralSums.contains(mine.id),
        !what.hasPrefix("difference")
      {
        #expect(abs(x.low - y.low) <= 1e-9 * scale, "\(place): \(x.low) and \(y.low)")
        #expect(abs(x.high - y.high) <= 1e-9 * scale, "\(place): \(x.high) and \(y.high)")
      } else {
        #expect((a.adjusted == nil) == (b.adjusted == nil), "\(place)")
      }
    }
  }

  /// Methods whose intervals need no rows: they are the same to the last digits but one.
  static let exact: Set<IntervalMethod> = [.wilson, .clustered, .paired, .delong]

  static func expectSame(_ ours: Evaluation, _ rows: Evaluation) throws {
    #expect(ours.rows == rows.rows)
    #expect(ours.labelledRows == rows.labelledRows)
    #expect(ours.clientCount == rows.clientCount)
    #expect(ours.arms.map(\.name) == rows.arms.map(\.name))
    func groups(_ a: [ColumnResult], _ b: [ColumnResult], _ what: String) {
      #expect(a.map(\.column) == b.map(\.column))
      for (column, other) in zip(a, b) {
        #expect(column.groups.map(\.name) == other.groups.map(\.name))
        for (group, same) in zip(column.groups, other.groups) {
          #expect(group.rows == same.rows)
          expectSame(
            group.metrics, same.metrics, "\(what) \(column.column)=\(group.name)",
            intervals: exact)
        }
      }
    }
    for (a, b) in zip(ours.arms, rows.arms) {
      expectSame(a.overall, b.overall, a.name, intervals: exact)
      groups(a.segments, b.segments, a.name)
      groups(a.sensitive, b.sensitive, a.name)
      groups(a.clients.map { [$0] } ?? [], b.clients.map { [$0] } ?? [], a.name)
      #expect(a.confusion == b.confusion)
      #expect(a.clippedRows == b.clippedRows)
      #expect(a.clientSummary?.worstClient == b.clientSummary?.worstClient)
      #expect(a.calibration.map(\.count) == b.calibration.map(\.count))
      for (column, other) in zip(a.fairness, b.fairness) {
        #expect(column.missingRows == other.missingRows)
        for (metric, same) in zip(column.metrics, other.metrics) {
          #expect(metric.id == same.id)
          if metric.estimate.reason?.hasPrefix("not measured from statistics") == true { continue }
          #expect(metric.leftOut == same.leftOut)
          if metric.errorBound == nil, metric.rate != "roc_auc" {
            #expect(metric.highest == same.highest, "\(metric.id)")
            #expect(metric.lowest == same.lowest, "\(metric.id)")
          }
          #expect(metric.estimate.reason == same.estimate.reason)
          if let value = metric.estimate.value, let expected = same.estimate.value {
            let bound = metric.errorBound ?? 0
            #expect(
              abs(value - expected) <= bound + 1e-12 * max(1, abs(expected)), "\(metric.id)")
          }
        }
      }
    }
    for (a, b) in zip(ours.comparisons, rows.comparisons) {
      #expect(a.arm == b.arm && a.reference == b.reference)
      #expect(a.mcNemarP == b.mcNemarP)
      #expect(a.mcNemar == b.mcNemar)
      expectSame(a.overall, b.overall, "difference", intervals: exact)
      for (column, other) in zip(a.segments + a.sensitive, b.segments + b.sensitive) {
        for (group, same) in zip(column.groups, other.groups) {
          #expect(group.name == same.name)
          #expect(group.mcNemarP == same.mcNemarP)
          expectSame(
            group.differences, same.differences, "difference \(group.name)", intervals: exact)
        }
      }
    }
  }

  @Test("values, counts, reasons and intervals agree", arguments: RandomTables.tasks, [0, 5, 25])
  func agree(task: PredictionTask, clients: Int) throws {
    let (ours, rows) = try both(
      RandomTables.table(task, rows: 400, clients: clients), options())
    try Self.expectSame(ours, rows)
  }

  @Test(
    "suppression, missing groups and Fairlearn's convention agree", arguments: RandomTables.tasks)
  func conventions(task: PredictionTask) throws {
    let table = RandomTables.table(task, rows: 300, clients: 25, key: 8)
    for (minimum, isFairlearn) in [(30, false), (1, true)] {
      let (ours, rows) = try both(
        table,
        options {
          $0.minimumCount = minimum
          $0.minimumClients = minimum == 1 ? 1 : 8
          $0.includeMissing = isFairlearn
          $0.fairnessConvention = isFairlearn ? .fairlearn : .defined
        })
      try Self.expectSame(ours, rows)
    }
  }

  @Test("tables without rows, labels or one of the labels agree")
  func small() throws {
    for labels in [[], [-1, -1], [1, 1, 1], [0], [0, 1]] as [[Int32]] {
      let table = SampleTables.table(
        labels: labels, scores: labels.indices.map { Double($0) / 3 },
        column: labels.indices.map { $0 == 0 ? "a" : "" })
      let (ours, rows) = try both(table, options())
      try Self.expectSame(ours, rows)
    }
  }

  @Test("intervals without rows are about those with them", arguments: [0, 25])
  func intervals(clients: Int) throws {
    let table = SampleTables.binary(rows: 3_000, clients: clients, missing: 50)
    let (ours, rows) = try both(
      table, options { $0.replicates = 1_000 })
    for (mine, theirs) in zip(ours.arms[0].overall, rows.arms[0].overall) {
      let a = try #require(mine.estimate.interval, "\(mine.id)")
      let b = try #require(theirs.estimate.interval, "\(mine.id)")
      let ratio = (a.high - a.low - 2 * (mine.errorBound ?? 0)) / (b.high - b.low)
      // 128 random groups of the row-level bootstrap: 6 % for one standard error, so 25 % for four.
      #expect(ratio > 0.75 && ratio < 1.25, "\(mine.id): \(ratio)")
      #expect(mine.estimate.value.map { $0 >= a.low && $0 <= a.high } == true)
    }
    // How the arms vary together is not known from bins: never narrower than from rows.
    for (mine, theirs) in zip(ours.comparisons[0].overall, rows.comparisons[0].overall) {
      let a = try #require(mine.estimate.interval, "\(mine.id)")
      let b = try #require(theirs.estimate.interval, "\(mine.id)")
      #expect(a.high - a.low >= 0.75 * (b.high - b.low), "\(mine.id)")
      if a.method == .conservative { #expect(a.note?.contains("correlation") == true) }
    }
  }

  @Test("the error bounds hold for heaps of ties, few bins and any order within them")
  func bounds() throws {
    let generator = CounterGenerator(seed: 21)
    for trial in 0..<60 as Range<UInt64> {
      func uniform(_ position: Int) -> Double {
        generator.uniform(at: trial << 20 | UInt64(position))
      }
      let count = 2 + Int(uniform(0) * 120)
      // Scores crowd into few bins: one bin in the extreme.
      let width = [1, 1e-2, 1e-3, 1e-5][Int(trial % 4)]
      let scores = (0..<count).map { row in
        let score = 0.3 + width * 0.7 * uniform(1 + row)
        return trial % 3 == 0 ? (score * 1e5).rounded() / 1e5 : score
      }
      let labels = (0..<count).map { row -> Int32 in
        uniform(1_000 + row) < [0.5, 0.05, 0.95][Int(trial % 3)] ? 1 : 0
      }
      let (ours, rows) = try both(SampleTables.table(labels: labels, scores: scores), allCells())
      for id in ["roc_auc", "average_precision", "pr_auc_trapezoid", "ks_statistic"] {
        let mine = try #require(ours.arms[0].overall.first { $0.id == id })
        guard let value = mine.estimate.value, let exact = rows.arms[0].overall[id]?.value else {
          continue
        }
        let bound = mine.errorBound ?? 0
        #expect(abs(value - exact) <= bound + 1e-14, "\(trial) \(id): \(value), \(exact), \(bound)")
      }
    }
  }

  @Test("a bin of one label, or of one score, is exact")
  func exactBins() throws {
    // Four scores far apart: the area by hand is 3/4, average precision (1 + 2/3) / 2.
    let table = SampleTables.table(labels: [0, 1, 0, 1], scores: [0.1, 0.4, 0.6, 0.9])
    let (ours, _) = try both(table, allCells())
    #expect(ours.arms[0].overall["roc_auc"]?.value == 0.75)
    #expect(ours.arms[0].overall.first { $0.id == "roc_auc" }?.errorBound == nil)
    let precision = try #require(ours.arms[0].overall["average_precision"]?.value)
    #expect(abs(precision - 5.0 / 6) < 1e-15)
  }
}

/// The same numbers through files of statistics; see Golden/README.md for their origin.
@Suite("Golden tables through files of statistics")
struct StatisticsGoldenTests {
  private func check(_ table: ScoredTable) throws {
    var options = allCells()
    options.minimumClusters = 2
    let bytes = try EvaluationStatistics(table, options: options).encoded()
    let read = try EvaluationStatistics(decoding: bytes, path: "x.stats")
    try StatisticsEvaluationTests.expectSame(
      evaluate(read, options: options), evaluateByRow(table, options: options))
  }

  private func binary(_ name: String, folder: String) throws {
    let data = try GoldenTable("\(folder)/\(name)_predictions.csv")
    let reference = try GoldenTable.reference("\(folder)/\(name)_reference.json")
    for client in [false, true] {
      let table = try data.binary(
        arms: ["baseline": "score_baseline", "candidate": "score_candidate"],
        order: ["baseline", "candidate"],
        columns: ["region", "device_class", "sex", "age_band"], client: client)
      try check(table)
      var options = allCells()
      options.minimumClusters = 2
      let evaluation = evaluate(
        try EvaluationStatistics(table, options: options), options: options)
      for arm in evaluation.arms {
        let expected = reference["models"]?[arm.name]
        // What is not binned, at 1e-9 against scikit-learn; the area within its bound.
        BinaryGoldenTests.expectMetrics(
          arm.overall.filter { !StatisticsEvaluationTests.binned.contains($0.id) },
          expected?["overall"], arm.name, intervals: !client)
        if client { try BinaryGoldenTests.expectClients(arm, expected?["clients"]) }
        let area = try #require(arm.overall.first { $0.id == "roc_auc" })
        let exact = try #require(expected?["overall"]?["roc_auc"]?.double)
        let value = try #require(area.estimate.value)
        #expect(abs(value - exact) <= (area.errorBound ?? 0) + 1e-12)
        try FairnessGoldenTests.expectFairness(
          arm, expected?["fairness"], variant: "excluding_missing")
      }
    }
  }

  @Test("breast cancer") func breastCancer() throws {
    try binary("breast_cancer", folder: GoldenTable.folder)
  }

  @Test("COMPAS", .enabled(if: TestData.external != nil, "\(TestData.externalReason)"))
  func compas() throws { try binary("compas", folder: GoldenTable.externalFolder) }

  @Test("Adult", .enabled(if: TestData.external != nil, "\(TestData.externalReason)"))
  func adult() throws { try binary("adult", folder: GoldenTable.externalFolder) }

  @Test("wine") func wine() throws {
    let data = try GoldenTable(GoldenTable.folder + "/wine_predictions.csv")
    let arms = try ["baseline", "candidate"].map { name in
      let columns = try (0..<3).map { try data.numbers("score_\(name)_\($0)") }
      return ScoredArm(
        name: name,
        seeds: [
          .init(
            seed: nil, scores: data.rows.indices.flatMap { row in columns.map { $0[row] } },
            predictions: try data.column("pred_\(name)").map { Int32($0) ?? -1 })
        ])
    }
    try check(
      ScoredTable(
        task: .multiclass(classCount: 3), labels: data.column("label").map { Int32($0) ?? -1 },
        arms: arms, segments: [data.groups("device_class")], client: data.groups("client_id")))
  }

  @Test("diabetes") func diabetes() throws {
    let data = try GoldenTable(GoldenTable.folder + "/diabetes_predictions.csv")
    try check(
      ScoredTable(
        task: .regression, labels: [], targets: data.numbers("target"),
        arms: ["baseline", "candidate"].map { name in
          ScoredArm(
            name: name, seeds: [.init(seed: nil, scores: try data.numbers("pred_\(name)"))])
        }, segments: [data.groups("sex"), data.groups("age_band")],
        sensitive: [data.groups("sex")], client: data.groups("client_id")))
  }
}
