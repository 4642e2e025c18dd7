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

  // MARK: Every key

  /// A key of a reference that nobody checks fails.
  private func expectKeys(_ value: JSONValue?, _ known: Set<String>, _ what: String) {
    for key in value?.object?.keys ?? [] {
      #expect(known.contains(key), "nobody checks \(what) \(key)")
    }
  }

  @Test("wine: every key of the reference is checked")
  func wineKeys() throws {
    let data = try GoldenTable(GoldenTable.folder + "/wine_predictions.csv")
    let reference = try GoldenTable.reference(GoldenTable.folder + "/wine_reference.json")
    expectKeys(reference, ["dataset", "zero_division", "models"], "wine")
    expectKeys(reference["models"], ["baseline", "candidate"], "wine models")
    let cell: Set = [
      "n", "accuracy", "confusion_matrix_rows_true", "per_class", "macro", "micro", "weighted",
      "balanced_accuracy", "mcc", "cohen_kappa", "log_loss", "top_k", "roc_auc_ovr_macro",
      "roc_auc_ovr_weighted", "roc_auc_ovo_macro", "top_label_ece_15", "brier_multiclass_sum",
    ]
    let labels = try data.column("label").map { Int32($0) ?? -1 }
    let names = try data.column("device_class")
    for name in ["baseline", "candidate"] {
      let model = try #require(reference["models"]?[name])
      expectKeys(model, ["overall", "by", "client_accuracy"], name)
      expectKeys(model["by"], ["device_class"], name)
      let columns = try (0..<3).map { try data.numbers("score_\(name)_\($0)") }
      let guesses = try data.column("pred_\(name)").map { Int32($0) ?? -1 }
      #expect(
        Set(model["client_accuracy"]?.object?.keys ?? []) == Set(try data.column("client_id")))
      #expect(Set(model["by"]?["device_class"]?.object?.keys ?? []) == Set(names))
      var cells = [("", try #require(model["overall"]))]
      for group in Set(names) {
        cells.append((group, try #require(model["by"]?["device_class"]?[group])))
      }
      for (group, expected) in cells {
        expectKeys(expected, cell, "\(name) \(group)")
        for average in ["macro", "micro", "weighted"] {
          expectKeys(expected[average], ["precision", "recall", "f1"], "\(name) \(average)")
        }
        expectKeys(expected["top_k"], ["1", "2"], "\(name) top k")
        expectKeys(expected["per_class"], ["0", "1", "2"], "\(name) classes")
        // The rows of the cell as a table of its own: per-class results are of whole tables.
        let rows = names.indices.filter { group.isEmpty || names[$0] == group }
        let table = ScoredTable(
          task: .multiclass(classCount: 3), labels: rows.map { labels[$0] },
          arms: [
            ScoredArm(
              name: name,
              seeds: [
                .init(
                  seed: nil, scores: rows.flatMap { row in columns.map { $0[row] } },
                  predictions: rows.map { guesses[$0] })
              ])
          ])
        let arm = try #require(evaluate(table, options: allCells()).arms.first)
        #expect(expected["n"]?.integer == rows.count)
        #expect(
          expected["confusion_matrix_rows_true"]?.array?.map {
            $0.array?.compactMap(\.integer) ?? []
          }
            == arm.confusion, "\(name) \(group)")
        try expectMulticlass(arm.overall, expected, "\(name) \(group)")
        for result in arm.perClass {
          let entry = try #require(expected["per_class"]?["\(result.label)"])
          expectKeys(entry, ["precision", "recall", "f1", "support"], "\(name) class")
          #expect(entry["support"]?.integer == result.support)
          for id in ["precision", "recall", "f1"] {
            expectClose(
              result.metrics[id]?.value, entry[id], "\(name) \(group) \(result.label) \(id)")
          }
        }
        #expect(arm.perClass.count == 3)
      }
    }
  }

  @Test("diabetes: every key of the reference is checked")
  func diabetesKeys() throws {
    let data = try GoldenTable(GoldenTable.folder + "/diabetes_predictions.csv")
    let reference = try GoldenTable.reference(GoldenTable.folder + "/diabetes_reference.json")
    expectKeys(reference, ["dataset", "models"], "diabetes")
    expectKeys(reference["models"], ["baseline", "candidate"], "diabetes models")
    let targets = try data.numbers("target")
    for name in ["baseline", "candidate"] {
      let model = try #require(reference["models"]?[name])
      expectKeys(model, ["overall", "by"], name)
      let guesses = try data.numbers("pred_\(name)")
      var cells = [(targets.indices.map { $0 }, try #require(model["overall"]))]
      for column in model["by"]?.object?.keys ?? [] {
        let names = try data.column(column)
        #expect(Set(model["by"]?[column]?.object?.keys ?? []) == Set(names))
        for group in Set(names).sorted() {
          cells.append(
            (
              names.indices.filter { names[$0] == group },
              try #require(model["by"]?[column]?[group])
            ))
        }
      }
      for (rows, expected) in cells {
        expectKeys(
          expected,
          [
            "n", "mae", "mse", "rmse", "r2", "explained_variance", "mape", "smape_0_2", "median_ae",
            "max_error", "mean_error", "error_std_population", "pinball_0.1", "pinball_0.5",
            "pinball_0.9", "abs_error_quantiles_linear", "pearson", "spearman",
          ], name)
        expectKeys(expected["abs_error_quantiles_linear"], ["0.5", "0.9", "0.95"], name)
        let table = ScoredTable(
          task: .regression, labels: [], targets: rows.map { targets[$0] },
          arms: [
            ScoredArm(name: name, seeds: [.init(seed: nil, scores: rows.map { guesses[$0] })])
          ])
        let arm = try #require(evaluate(table, options: allCells()).arms.first)
        #expect(expected["n"]?.integer == rows.count)
        expectRegression(arm.overall, expected, name)
      }
    }
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
