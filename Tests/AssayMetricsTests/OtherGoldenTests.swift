import AssayFiles
import AssayMetrics
import AssayRuns
import AssayStatistics
import Testing

/// Reference: scikit-learn 1.9.1; see Golden/README.md.
@Suite("Metrics of many classes and of numbers agree with scikit-learn")
struct OtherGoldenTests {
  private func expectMulticlass(_ metrics: [MetricResult], _ reference: JSONValue?, _ what: String)
    throws
  {
    let reference = try #require(reference)
    for (id, name) in [
      ("accuracy", "accuracy"), ("balanced_accuracy", "balanced_accuracy"),
      ("matthews_corrcoef", "mcc"), ("cohen_kappa", "cohen_kappa"), ("log_loss", "log_loss"),
      ("roc_auc", "roc_auc_ovr_macro"), ("expected_calibration_error", "top_label_ece_15"),
      ("brier_score", "brier_multiclass_sum"), ("roc_auc_ovr_weighted", "roc_auc_ovr_weighted"),
      ("roc_auc_ovo_macro", "roc_auc_ovo_macro"),
    ] {
      expectClose(metrics[id]?.value, reference[name], "\(what) \(id)")
    }
    for average in ["macro", "micro", "weighted"] {
      for rate in ["precision", "recall", "f1"] {
        expectClose(
          metrics["\(rate)_\(average)"]?.value, reference[average]?[rate],
          "\(what) \(rate)_\(average)")
      }
    }
    for k in 1...2 {
      expectClose(
        metrics["top_\(k)_accuracy"]?.value, reference["top_k"]?["\(k)"], "\(what) top \(k)")
    }
  }

  @Test("wine: three classes, and a tree whose class scores are tied")
  func wine() throws {
    let data = try GoldenTable(GoldenTable.folder + "/wine_predictions.csv")
    let reference = try GoldenTable.reference(GoldenTable.folder + "/wine_reference.json")
    let arms = try ["baseline", "candidate"].map { name in
      let columns = try (0..<3).map { try data.numbers("score_\(name)_\($0)") }
      return ScoredArm(
        name: name,
        seeds: [
          .init(
            seed: nil,
            scores: data.rows.indices.flatMap { row in columns.map { $0[row] } },
            predictions: try data.column("pred_\(name)").map { Int32($0) ?? -1 })
        ])
    }
    let labels = try data.column("label").map { Int32($0) ?? -1 }
    var table = try ScoredTable(
      task: .multiclass(classCount: 3), labels: labels, arms: arms,
      segments: [data.groups("device_class")], client: data.groups("client_id"))
    let evaluation = evaluate(table, options: allCells(replicates: 20))
    for arm in evaluation.arms {
      let expected = reference["models"]?[arm.name]
      try expectMulticlass(arm.overall, expected?["overall"], arm.name)
      for group in arm.segments[0].groups {
        try expectMulticlass(
          group.metrics, expected?["by"]?["device_class"]?[group.name], group.name)
      }
      for client in try #require(arm.clients).groups {
        expectClose(
          client.metrics["accuracy"]?.value, expected?["client_accuracy"]?[client.name],
          client.name)
      }
      let matrix = expected?["overall"]?["confusion_matrix_rows_true"]?.array?.map {
        $0.array?.compactMap(\.integer) ?? []
      }
      #expect(arm.confusion == matrix)
    }
    // Without stated predictions the lowest of equal maxima is predicted, as the file states.
    for arm in table.arms.indices { table.arms[arm].seeds[0].predictions = nil }
    let derived = evaluate(table, options: allCells())
    #expect(derived.arms.map(\.confusion) == evaluation.arms.map(\.confusion))
  }

  @Test("diabetes: errors of a regression")
  func diabetes() throws {
    let data = try GoldenTable(GoldenTable.folder + "/diabetes_predictions.csv")
    let reference = try GoldenTable.reference(GoldenTable.folder + "/diabetes_reference.json")
    let table = try ScoredTable(
      task: .regression, labels: [], targets: data.numbers("target"),
      arms: ["baseline", "candidate"].map { name in
        ScoredArm(
          name: name, seeds: [.init(seed: nil, scores: try data.numbers("pred_\(name)"))])
      }, segments: [data.groups("sex"), data.groups("age_band")], sensitive: [data.groups("sex")],
      client: data.groups("client_id"))
    let evaluation = evaluate(table, options: allCells(replicates: 50))
    for arm in evaluation.arms {
      let expected = reference["models"]?[arm.name]
      expectRegression(arm.overall, expected?["overall"], arm.name)
      for column in arm.segments {
        for group in column.groups {
          expectRegression(
            group.metrics, expected?["by"]?[column.column]?[group.name], group.name)
        }
      }
      #expect(arm.fairness[0].metric("mean_absolute_error_difference")?.estimate.value != nil)
    }
    let difference = try #require(evaluation.comparisons.first?.overall["mean_absolute_error"])
    #expect(difference.interval != nil)
  }

  private func expectRegression(
    _ metrics: [MetricResult], _ reference: JSONValue?, _ what: String
  ) {
    for (id, name) in [
      ("mean_absolute_error", "mae"), ("mean_squared_error", "mse"),
      ("root_mean_squared_error", "rmse"), ("median_absolute_error", "median_ae"),
      ("max_error", "max_error"), ("mean_error", "mean_error"),
      ("mean_absolute_percentage_error", "mape"),
      ("r2_score", "r2"), ("explained_variance_score", "explained_variance"),
      ("symmetric_mean_absolute_percentage_error", "smape_0_2"),
      ("error_standard_deviation", "error_std_population"),
      ("mean_pinball_loss_10", "pinball_0.1"), ("mean_pinball_loss_50", "pinball_0.5"),
      ("mean_pinball_loss_90", "pinball_0.9"), ("pearson_correlation", "pearson"),
      ("spearman_correlation", "spearman"),
    ] {
      expectClose(metrics[id]?.value, reference?[name], "\(what) \(id)")
    }
    let quantiles = reference?["abs_error_quantiles_linear"]
    for (id, name) in [
      ("median_absolute_error", "0.5"), ("absolute_error_quantile_90", "0.9"),
      ("absolute_error_quantile_95", "0.95"),
    ] {
      expectClose(metrics[id]?.value, quantiles?[name], "\(what) \(id)")
    }
  }
}
