import AssayFiles
import AssayMetrics
import AssayRuns
import AssayStatistics
import AssayTestSupport
import Testing

/// Reference: scikit-learn 1.9.1, Fairlearn 0.15.0, scipy 1.17.1; see Golden/README.md.
@Suite("Binary metrics agree with scikit-learn and Fairlearn")
struct BinaryGoldenTests {
  static let names = [
    "accuracy": "accuracy", "balanced_accuracy": "balanced_accuracy", "precision": "precision",
    "recall": "tpr", "specificity": "tnr", "false_positive_rate": "fpr",
    "false_negative_rate": "fnr", "negative_predictive_value": "npv", "f1": "f1",
    "matthews_corrcoef": "mcc", "cohen_kappa": "cohen_kappa", "roc_auc": "roc_auc",
    "average_precision": "average_precision", "log_loss": "log_loss", "brier_score": "brier",
    "expected_calibration_error": "ece_10", "selection_rate": "selection_rate",
    "f2": "f2", "false_discovery_rate": "false_discovery_rate",
    "false_omission_rate": "false_omission_rate", "ks_statistic": "ks",
    "gini_from_roc_auc": "gini", "pr_auc_trapezoid": "pr_auc_trapezoid",
    "maximum_calibration_error": "mce_10", "base_rate": "base_rate", "mean_score": "mean_score",
  ]

  static func expectMetrics(
    _ metrics: [MetricResult], _ reference: JSONValue?, _ what: String, intervals: Bool = false
  ) {
    guard let reference else {
      Issue.record("no reference for \(what)")
      return
    }
    for metric in metrics {
      guard let name = names[metric.id] else { continue }
      expectClose(
        metric.estimate.value, reference[name] ?? .null, "\(what) \(metric.id)")
      guard intervals, let interval = metric.estimate.interval else { continue }
      let wilson = reference["wilson95"]?[name]
      let delong = metric.id == "roc_auc" ? reference["auc_delong_ci95"] : nil
      if let pair = wilson ?? delong, pair.array != nil {
        #expect(interval.method == (delong == nil ? .wilson : .delong))
        let clip = { (value: Double?) in
          JSONValue.optional(nil as Int?) == .null
            ? JSONValue.number(value.map { min(1, max(0, $0)) }) : .null
        }
        expectClose(interval.low, clip(pair[0]?.double), "\(what) \(metric.id) low")
        expectClose(interval.high, clip(pair[1]?.double), "\(what) \(metric.id) high")
      }
    }
    if let n = reference["n"]?.integer {
      #expect(metrics["accuracy"]?.count == n)
      #expect(metrics["recall"]?.count == reference["positives"]?.integer)
    }
  }

  static func expectArm(_ arm: ArmEvaluation, _ reference: JSONValue?, intervals: Bool) throws {
    expectMetrics(arm.overall, reference?["overall"], "overall", intervals: intervals)
    let by = try #require(reference?["by"]?.object)
    for column in by.keys {
      let segment = try #require(arm.segments.first { $0.column == column })
      let groups = try #require(by[column]?.object)
      #expect(Set(segment.groups.map(\.name)) == Set(groups.keys))
      for group in segment.groups {
        expectMetrics(
          group.metrics, groups[group.name], "\(column)=\(group.name)", intervals: intervals)
      }
    }
    guard let bins = reference?["overall"]?["calibration_10"]?.array else { return }
    for bin in bins {
      let at = try #require(bin["bin"]?.integer)
      #expect(arm.calibration[at].count == bin["n"]?.integer)
      if arm.calibration[at].count == 0 { continue }
      expectClose(arm.calibration[at].meanScore, bin["mean_score"], "bin \(at)")
      expectClose(arm.calibration[at].outcomeRate, bin["mean_label"], "bin \(at)")
    }
    #expect(arm.confusion[1][1] == reference?["overall"]?["tp"]?.integer)
    #expect(arm.confusion[0][1] == reference?["overall"]?["fp"]?.integer)
  }

  static func expectClients(_ arm: ArmEvaluation, _ reference: JSONValue?) throws {
    let clients = try #require(arm.clients)
    let accuracy = try #require(reference?["accuracy"]?.object)
    #expect(clients.groups.count == accuracy.keys.count)
    for client in clients.groups {
      expectClose(client.metrics["accuracy"]?.value, accuracy[client.name], client.name)
    }
    let summary = try #require(arm.clientSummary)
    #expect(summary.clients == reference?["clients"]?.integer)
    expectClose(summary.mean.value, reference?["mean_accuracy_unweighted"], "mean")
    expectClose(summary.standardDeviation.value, reference?["std_population"], "deviation")
    expectClose(summary.worst.value, reference?["worst_client_accuracy"], "worst")
    expectClose(summary.best.value, reference?["best_client_accuracy"], "best")
    expectClose(summary.worstTenthMean.value, reference?["worst_10pct_mean"], "worst tenth")
    expectClose(summary.worstDecile.value, reference?["quantiles_linear"]?["0.1"], "decile")
  }

  static func expectComparison(_ comparison: Comparison, _ reference: JSONValue?) throws {
    let reference = try #require(reference?["overall"])
    expectClose(comparison.mcNemarP, reference["mcnemar_exact_p"], "McNemar")
    for (id, key) in [("accuracy", "accuracy_difference"), ("log_loss", "log_loss_difference")] {
      let estimate = try #require(comparison.overall[id])
      expectClose(estimate.value, reference[key], key)
      let interval = try #require(estimate.interval)
      if interval.method == .clustered {
        let clustered = reference["\(key)_clustered_by_client"]
        expectClose(interval.low, clustered?["ci95"]?[0], "\(key) low")
        expectClose(interval.high, clustered?["ci95"]?[1], "\(key) high")
      } else if let error = reference["\(key)_paired_se"]?.double {
        #expect(interval.method == .paired)
        let half = (interval.high - interval.low) / 2 / 1.959963984540054
        expectClose(half, .double(error), "\(key) standard error")
      }
    }
    let area = try #require(comparison.overall["roc_auc"])
    let delong = try #require(reference["delong"])
    expectClose(area.value, delong["difference"], "area difference")
    if area.interval?.method == .delong {
      let a = try #require(delong["var_baseline"]?.double)
      let b = try #require(delong["var_candidate"]?.double)
      let c = try #require(delong["covariance"]?.double)
      let interval = try #require(area.interval)
      let half = (interval.high - interval.low) / 2 / 1.959963984540054
      expectClose(half * half, .double(a + b - 2 * c), "variance of the area difference")
    }
  }

  static func check(
    _ name: String, folder: String, columns: [String], client: Bool
  ) throws {
    let data = try GoldenTable("\(folder)/\(name)_predictions.csv")
    let reference = try GoldenTable.reference("\(folder)/\(name)_reference.json")
    let table = try data.binary(
      arms: ["baseline": "score_baseline", "candidate": "score_candidate"],
      order: ["baseline", "candidate"], columns: columns, client: client)
    var options = allCells()
    options.threads = 2
    options.minimumClusters = 2
    let evaluation = evaluate(table, options: options)
    #expect(evaluation.rows == data.rows.count)
    for arm in evaluation.arms {
      let expected = reference["models"]?[arm.name]
      try expectArm(arm, expected, intervals: !client)
      if client { try expectClients(arm, expected?["clients"]) }
    }
    try expectComparison(try #require(evaluation.comparisons.first), reference["comparison"])
    for arm in evaluation.arms {
      try FairnessGoldenTests.expectFairness(
        arm, reference["models"]?[arm.name]?["fairness"], variant: "excluding_missing")
    }
    options.includeMissing = true
    options.fairnessConvention = .fairlearn
    for arm in evaluate(table, options: options).arms {
      try FairnessGoldenTests.expectFairness(
        arm, reference["models"]?[arm.name]?["fairness"], variant: "including_missing")
    }
  }

  @Test("breast cancer, rows and clients as the sampled units", arguments: [false, true])
  func breastCancer(client: Bool) throws {
    try Self.check(
      "breast_cancer", folder: GoldenTable.folder,
      columns: ["region", "device_class", "sex", "age_band"], client: client)
  }

  @Test(
    "COMPAS, rows and clients as the sampled units",
    .enabled(if: TestData.external != nil, "\(TestData.externalReason)"), arguments: [false, true])
  func compas(client: Bool) throws {
    try Self.check(
      "compas", folder: GoldenTable.externalFolder,
      columns: ["region", "device_class", "sex", "race", "age_band"], client: client)
  }

  @Test(
    "Adult, rows and clients as the sampled units",
    .enabled(if: TestData.external != nil, "\(TestData.externalReason)"), arguments: [false, true])
  func adult(client: Bool) throws {
    try Self.check(
      "adult", folder: GoldenTable.externalFolder,
      columns: ["region", "device_class", "sex", "race", "age_band"], client: client)
  }

  @Test(
    "COMPAS deciles: ten score values, heavy ties, many exactly at the threshold",
    .enabled(if: TestData.external != nil, "\(TestData.externalReason)"))
  func deciles() throws {
    let folder = GoldenTable.externalFolder
    let data = try GoldenTable("\(folder)/compas_predictions.csv")
    let reference = try GoldenTable.reference("\(folder)/compas_decile_ties_reference.json")
    let table = try data.binary(
      arms: ["baseline": "score_baseline", "decile": "score_decile"],
      order: ["baseline", "decile"], columns: ["race"], client: false)
    var options = allCells()
    options.includeMissing = true
    let evaluation = evaluate(table, options: options)
    let arm = try #require(evaluation.arm("decile"))
    Self.expectMetrics(arm.overall, reference["overall"], "deciles", intervals: true)
    let race = try #require(arm.segments.first)
    for group in race.groups {
      Self.expectMetrics(group.metrics, reference["by_race"]?[group.name], group.name)
    }
    try FairnessGoldenTests.expectVariant(
      try #require(arm.fairness.first),
      reference["fairness_race"]?["excluding_missing"]
        ?? reference["fairness_race"])
  }

  @Test("tiny inputs: absent classes, ties, scores at the threshold, 0 and 1, one row")
  func edgeCases() throws {
    let cases = try GoldenTable.reference(GoldenTable.folder + "/edge_cases.json")
    for name in cases.object?.keys ?? [] {
      let input = try #require(cases[name])
      let groups = input["group"]?.array?.compactMap(\.string) ?? []
      let column = GroupColumn(name: "group", values: groups)
      let table = ScoredTable(
        task: .binary,
        labels: input["label"]?.array?.compactMap { $0.integer.map(Int32.init) } ?? [],
        arms: [
          ScoredArm(
            name: "arm",
            seeds: [.init(seed: nil, scores: input["score"]?.array?.compactMap(\.double) ?? [])])
        ], segments: [column], sensitive: [column])
      let arm = try #require(evaluate(table, options: allCells()).arms.first)
      Self.expectMetrics(arm.overall, input["overall"], name, intervals: true)
      for group in arm.segments[0].groups {
        Self.expectMetrics(
          group.metrics, input["by_group"]?[group.name], "\(name) \(group.name)", intervals: true)
      }
      guard let fairness = input["fairness"] else { continue }
      try FairnessGoldenTests.expectDefined(arm.fairness[0], fairness, name)
      var options = allCells()
      options.fairnessConvention = .fairlearn
      let compatible = try #require(evaluate(table, options: options).arms.first)
      try FairnessGoldenTests.expectFairlearn(compatible.fairness[0], fairness, name)
    }
  }
}
