import AssayFiles
import AssayMetrics
import AssayRuns
import AssayStatistics
import AssayTestSupport
import Testing

/// Walks every key of the reference files: a key that nobody checks fails.
///
/// Reference: scikit-learn 1.9.1, Fairlearn 0.15.0, scipy 1.17.1, AIF360 0.6.1; see Golden/README.md.
@Suite("Every number of the reference files is checked")
struct GoldenKeysTests {
  // MARK: One cell

  private static let metricOf = Dictionary(
    BinaryGoldenTests.names.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })

  /// Every key of a cell's reference.
  static func expectCell(
    _ metrics: [MetricResult], _ scores: ScoreDistribution, _ reference: JSONValue, _ what: String
  ) throws {
    let half = scores.counts(at: [0.5])[0]
    let counts = [
      "n": scores.labelledCount, "positives": scores.positiveCount,
      "negatives": scores.negativeCount, "tp": half.truePositives, "fp": half.falsePositives,
      "tn": half.trueNegatives, "fn": half.falseNegatives, "distinct_scores": scores.scores.count,
    ]
    for key in reference.object?.keys ?? [] {
      let expected = try #require(reference[key])
      if let count = counts[key] {
        #expect(expected.integer == count, "\(what) \(key)")
      } else if let id = metricOf[key] {
        expectClose(metrics[id]?.value, expected, "\(what) \(id)")
      } else {
        try expectDerived(key, metrics, scores, expected, "\(what) \(key)")
      }
    }
    // The distribution says what the rows say.
    expectClose(scores.rocAUC, reference["roc_auc"], what)
    expectClose(scores.averagePrecision, reference["average_precision"], what)
    expectClose(scores.precisionRecallTrapezoid, reference["pr_auc_trapezoid"], what)
    expectClose(scores.kolmogorovSmirnov?.statistic, reference["ks"], what)
    expectClose(BrierDecomposition(scores.reliabilityBins())?.brierScore, reference["brier"], what)
    expectClose(
      BrierDecomposition(scores.adaptiveBins(7))?.brierScore, reference["brier"], what)
  }

  private static func expectDerived(
    _ key: String, _ metrics: [MetricResult], _ scores: ScoreDistribution, _ expected: JSONValue,
    _ what: String
  ) throws {
    switch key {
    case "auc_delong_var": expectClose(scores.delongVariance, expected, what)
    case "auc_delong_ci95":
      let area = try #require(scores.rocAUC)
      let half = 1.959963984540054 * (try #require(scores.delongVariance)).squareRoot()
      expectClose(area - half, expected[0], what)
      expectClose(area + half, expected[1], what)
    case "auc_binned_100", "auc_binned_1000", "auc_binned_10000":
      let bins = try #require(Int(key.split(separator: "_")[2]))
      let pooled = scores.pooled(bins: bins)
      for part in expected.object?.keys ?? [] {
        expectClose(
          part == "auc" ? pooled.rocAUC : pooled.rocAUCBound, expected[part], "\(what) \(part)")
      }
    case "wilson95":
      for part in expected.object?.keys ?? [] {
        let id = try #require(metricOf[part], "\(part)")
        let estimate = try #require(metrics[id])
        let interval = estimate.value.flatMap { value in
          estimate.count.flatMap {
            Proportion.wilson(
              successes: (value * Double($0)).rounded(), trials: Double($0), confidence: 0.95)
          }
        }
        if expected[part]?.array == nil {
          #expect(interval == nil, "\(what) \(part)")
        } else {
          expectClose(interval?.low, expected[part]?[0], "\(what) \(part) low")
          expectClose(interval?.high, expected[part]?[1], "\(what) \(part) high")
        }
      }
    case "calibration_10":
      let bins = scores.reliabilityBins()
      #expect(expected.array?.count == bins.count)
      for (bin, entry) in zip(bins, expected.array ?? []) {
        #expect(entry["n"]?.integer == bin.count)
        if bin.count == 0 { continue }
        expectClose(bin.meanScore, entry["mean_score"], what)
        expectClose(bin.observed, entry["mean_label"], what)
      }
    case "threshold_sweep": try expectSweep(scores, expected, what)
    case "best_youden", "best_f1":
      let best = try #require(scores.best(key == "best_f1" ? .f1 : .youden))
      #expect(expected["tie_rule"]?.string == "highest threshold")
      expectClose(best.value, expected["j"] ?? expected["f1"], what)
      // The reference writes null for +∞.
      #expect(
        expected["threshold"]?.double
          == (best.counts.threshold.isFinite ? best.counts.threshold : nil),
        "\(what)")
    default: Issue.record("nobody checks \(what)")
    }
  }

  private static func expectSweep(
    _ scores: ScoreDistribution, _ expected: JSONValue, _ what: String
  ) throws {
    let rows = scores.counts(at: ScoreDistribution.sweepThresholds)
    #expect(expected.array?.count == rows.count)
    for (row, entry) in zip(rows, expected.array ?? []) {
      #expect(entry["threshold"]?.double == row.threshold)
      for (key, count) in [
        ("tp", row.truePositives), ("fp", row.falsePositives), ("tn", row.trueNegatives),
        ("fn", row.falseNegatives),
      ] { #expect(entry[key]?.integer == count, "\(what) \(row.threshold) \(key)") }
      for (key, value) in [
        ("accuracy", row.accuracy), ("f1", row.f1), ("youden_j", row.youden),
        ("precision", row.precision), ("recall", row.recall),
      ] { expectClose(value, entry[key], "\(what) \(row.threshold) \(key)") }
      #expect(entry.object?.keys.count == 10)
    }
  }

  // MARK: Clients and drift

  static let clientKeys = [
    "mean_accuracy_unweighted": "mean", "variance_population": "variance",
    "variance_sample": "sample_variance", "std_population": "standard_deviation",
    "worst_client_accuracy": "worst", "best_client_accuracy": "best",
    "worst_10pct_mean": "worst_tenth_mean", "best_10pct_mean": "best_tenth_mean",
    "worst_5pct_mean": "worst_twentieth_mean", "jain_index": "jain_index",
    "entropy_nats": "entropy", "entropy_normalised": "entropy_normalised",
    "gini_coefficient": "gini_coefficient", "cosine_to_uniform": "cosine_to_uniform",
  ]

  static func expectClients(_ arm: ArmEvaluation, _ reference: JSONValue?) throws {
    let reference = try #require(reference)
    let accuracy = try #require(arm.clientSummaries.first { $0.metric == "accuracy" })
    let loss = try #require(arm.clientSummaries.first { $0.metric == "log_loss" })
    let groups = try #require(arm.clients).groups
    for key in reference.object?.keys ?? [] {
      let expected = try #require(reference[key])
      if let id = clientKeys[key] {
        expectClose(accuracy.measure(id).value, expected, key)
        #expect(accuracy.measure(id).count == accuracy.clients)
        continue
      }
      switch key {
      case "clients": #expect(expected.integer == accuracy.clients)
      case "client_sizes":
        for group in groups { #expect(expected[group.name]?.integer == group.rows) }
        #expect(expected.object?.keys.count == groups.count)
      case "accuracy":
        for group in groups {
          expectClose(group.metrics["accuracy"]?.value, expected[group.name], group.name)
        }
      case "mean_accuracy_weighted":
        expectClose(accuracy.weighted["mean"]?.value, expected, key)
      case "worst_10pct_count": #expect(expected.integer == (accuracy.clients + 9) / 10)
      case "quantiles_linear":
        for (name, percent) in [
          ("0.05", 5), ("0.1", 10), ("0.25", 25), ("0.5", 50), ("0.75", 75), ("0.9", 90),
        ] {
          expectClose(accuracy.measure("quantile_\(percent)").value, expected[name], name)
        }
        #expect(expected.object?.keys.count == 6)
      case "log_loss_mean_unweighted": expectClose(loss.mean.value, expected, key)
      case "log_loss_worst": expectClose(loss.worst.value, expected, key)
      case "log_loss_variance_population":
        expectClose(loss.measure("variance").value, expected, key)
      default: Issue.record("nobody checks clients \(key)")
      }
    }
  }

  static func expectDrift(_ evaluation: Evaluation, _ reference: JSONValue?) throws {
    let reference = try #require(reference)
    let candidate = try #require(evaluation.arm("candidate"))
    let result = try #require(candidate.drift.first { $0.kind == .arm(reference: "baseline") })
    let drift = try #require(result.drift)
    #expect(drift.kolmogorovSmirnovP == nil, "the same rows are not two samples")
    for key in reference.object?.keys ?? [] {
      let expected = try #require(reference[key])
      let counts = expected.array?.compactMap(\.integer)
      switch key {
      case "bins": #expect(expected.integer == ScoreDrift.binCount)
      case "psi_floor": #expect(expected.double == ScoreDrift.leastShare)
      case "counts_baseline": #expect(counts == drift.referenceCounts)
      case "counts_candidate": #expect(counts == drift.counts)
      case "psi": expectClose(drift.populationStabilityIndex, expected, key)
      case "ks_statistic": expectClose(drift.kolmogorovSmirnov, expected, key)
      case "wasserstein_1": expectClose(drift.wasserstein, expected, key)
      case "jensen_shannon_distance_base2": expectClose(drift.jensenShannon, expected, key)
      default: Issue.record("nobody checks drift \(key)")
      }
    }
  }

  // MARK: Whole files

  /// Rows of a table as distributions, by the values of a column.
  private func distributions(
    _ data: GoldenTable, score: String, column: (Int) -> String
  ) throws -> [String: ScoreDistribution] {
    let scores = try data.numbers(score)
    let labels = try data.column("label").map { Int32($0) ?? -1 }
    var rows: [String: [Int]] = [:]
    for row in scores.indices { rows[column(row), default: []].append(row) }
    return rows.mapValues { rows in
      ScoreDistribution(scores: rows.map { scores[$0] }, labels: rows.map { labels[$0] })
    }
  }

  private func check(_ name: String, folder: String, crossed: (String, String)) throws {
    let data = try GoldenTable("\(folder)/\(name)_predictions.csv")
    let reference = try GoldenTable.reference("\(folder)/\(name)_reference.json")
    // Checked by the tests of hypotheses and by BinaryGoldenTests.expectComparison.
    let others: Set = [
      "versions", "dataset", "threshold", "rule", "missing_group_label", "float_format",
      "comparison",
    ]
    for key in reference.object?.keys ?? [] where !others.contains(key) {
      #expect(
        ["models", "drift_baseline_vs_candidate_scores"].contains(key), "nobody checks \(key)")
    }
    let columns = Array(reference["models"]?["baseline"]?["by"]?.object?.keys ?? [])
    var table = try data.binary(
      arms: ["baseline": "score_baseline", "candidate": "score_candidate"],
      order: ["baseline", "candidate"], columns: columns, client: true)
    let pair = [crossed.0, crossed.1]
    let parts = try pair.map { try data.groups($0) }
    table.segments.append(try GroupColumn(crossing: parts))
    table.sensitive.append(
      try GroupColumn(crossing: parts, name: "\(crossed.0)|\(crossed.1)"))
    let variants = FairnessKeys.variants(table)
    var options = allCells()
    options.threads = 2
    let evaluation = evaluate(table, options: options)
    try Self.expectDrift(evaluation, reference["drift_baseline_vs_candidate_scores"])
    for arm in evaluation.arms {
      let model = try #require(reference["models"]?[arm.name])
      let score = "score_\(arm.name)"
      for key in model.object?.keys ?? [] {
        let expected = try #require(model[key])
        switch key {
        case "overall":
          let whole = try distributions(data, score: score) { _ in "" }
          try Self.expectCell(arm.overall, try #require(whole[""]), expected, arm.name)
        case "by":
          for column in expected.object?.keys ?? [] {
            try expectGroups(data, arm, column, score, try #require(expected[column]))
          }
        case "intersections":
          #expect(Array(expected.object?.keys ?? []) == ["\(crossed.0)|\(crossed.1)"])
          let inner = try #require(expected["\(crossed.0)|\(crossed.1)"])
          try expectIntersections(data, arm, pair, score, inner)
        case "fairness": try FairnessKeys.expect(table, variants, arm: arm.name, expected)
        case "clients": try Self.expectClients(arm, expected)
        default: Issue.record("nobody checks \(key)")
        }
      }
    }
  }

  private func expectGroups(
    _ data: GoldenTable, _ arm: ArmEvaluation, _ column: String, _ score: String,
    _ reference: JSONValue
  ) throws {
    let names = try data.column(column).map { $0.isEmpty ? "(missing)" : $0 }
    let parts = try distributions(data, score: score) { names[$0] }
    let segment = try #require(arm.segments.first { $0.column == column })
    for group in segment.groups {
      try Self.expectCell(
        group.metrics, try #require(parts[group.name]), try #require(reference[group.name]),
        "\(column)=\(group.name)")
    }
    #expect(segment.groups.count == reference.object?.keys.count)
  }

  /// The reference keeps combinations with a missing part apart; here they are one missing group.
  private func expectIntersections(
    _ data: GoldenTable, _ arm: ArmEvaluation, _ pair: [String], _ score: String,
    _ reference: JSONValue
  ) throws {
    let columns = try pair.map { try data.column($0) }
    let names = columns[0].indices.map { row in
      columns.contains { $0[row].isEmpty }
        ? "(missing)" : columns.map { $0[row] }.joined(separator: " + ")
    }
    let parts = try distributions(data, score: score) { names[$0] }
    let segment = try #require(arm.segments.first { $0.column == pair.joined(separator: "+") })
    var checked = 0
    for group in segment.groups where group.name != "(missing)" {
      let key = group.name.split(separator: " + ").joined(separator: "|")
      guard let expected = reference[key] else {
        Issue.record("no reference for \(key)")
        continue
      }
      checked += 1
      try Self.expectCell(
        group.metrics, try #require(parts[group.name]), expected, group.name)
    }
    let whole = (reference.object?.keys ?? []).filter { !$0.contains("(missing)") }
    #expect(checked == whole.count)
  }

  @Test("breast cancer")
  func breastCancer() throws {
    try check(
      "breast_cancer", folder: GoldenTable.folder, crossed: ("device_class", "region"))
  }

  @Test(
    "COMPAS", .enabled(if: TestData.external != nil, "\(TestData.externalReason)"))
  func compas() throws {
    try check("compas", folder: GoldenTable.externalFolder, crossed: ("race", "sex"))
  }

  @Test(
    "Adult", .enabled(if: TestData.external != nil, "\(TestData.externalReason)"))
  func adult() throws {
    try check("adult", folder: GoldenTable.externalFolder, crossed: ("sex", "race"))
  }

  @Test(
    "COMPAS deciles", .enabled(if: TestData.external != nil, "\(TestData.externalReason)"))
  func deciles() throws {
    let folder = GoldenTable.externalFolder
    let data = try GoldenTable("\(folder)/compas_predictions.csv")
    let reference = try GoldenTable.reference("\(folder)/compas_decile_ties_reference.json")
    let table = try data.binary(
      arms: ["decile": "score_decile"], order: ["decile"], columns: ["race"], client: false)
    var options = allCells()
    options.includeMissing = true
    let arm = try #require(evaluate(table, options: options).arms.first)
    for key in reference.object?.keys ?? [] {
      let expected = try #require(reference[key])
      switch key {
      // The paired comparison belongs to the tests of hypotheses.
      case "note", "vs_baseline": break
      case "overall":
        let whole = try distributions(data, score: "score_decile") { _ in "" }
        try Self.expectCell(arm.overall, try #require(whole[""]), expected, key)
      case "by_race": try expectGroups(data, arm, "race", "score_decile", expected)
      case "fairness_race":
        try FairnessKeys.expectVariant(
          FairnessKeys.Variant(table, includeMissing: true, minimum: 1), arm: "decile",
          column: "race", expected)
      default: Issue.record("nobody checks \(key)")
      }
    }
  }

  @Test("tiny inputs")
  func edgeCases() throws {
    let cases = try GoldenTable.reference(GoldenTable.folder + "/edge_cases.json")
    for name in cases.object?.keys ?? [] {
      let input = try #require(cases[name])
      let scores = input["score"]?.array?.compactMap(\.double) ?? []
      let labels = input["label"]?.array?.compactMap { $0.integer.map(Int32.init) } ?? []
      let names = input["group"]?.array?.compactMap(\.string) ?? []
      let table = SampleTables.table(labels: labels, scores: scores, column: names)
      let arm = try #require(evaluate(table, options: allCells()).arms.first)
      for key in input.object?.keys ?? [] {
        let expected = try #require(input[key])
        switch key {
        case "label", "score", "group", "why", "note", "threshold": break
        case "overall":
          try Self.expectCell(
            arm.overall, ScoreDistribution(scores: scores, labels: labels), expected, name)
        case "by_group":
          for group in arm.segments[0].groups {
            let rows = names.indices.filter { names[$0] == group.name }
            try Self.expectCell(
              group.metrics,
              ScoreDistribution(scores: rows.map { scores[$0] }, labels: rows.map { labels[$0] }),
              try #require(expected[group.name]), "\(name) \(group.name)")
          }
        case "fairness":
          try FairnessKeys.expectVariant(
            FairnessKeys.Variant(table, includeMissing: false, minimum: 1), arm: "arm",
            column: "g", expected)
        // Fairlearn refuses a single row; here fewer than two groups are undefined.
        case "fairness_error": break
        default: Issue.record("nobody checks \(name) \(key)")
        }
      }
    }
  }
}
