import AssayMetrics
import AssayRuns
import AssayStatistics
import Testing

@Suite("Intervals")
struct IntervalTests {
  /// Predictions of three seeds for 30 rows.
  private static let predictions = [
    "001111111011100010111101001001",
    "111111011010110011101010101110",
    "101110110110110000011011001010",
  ]

  private func threeSeeds(clients: Bool) -> ScoredTable {
    ScoredTable(
      task: .binary, labels: (0..<30).map { [1, 0, 1, 1, 0, 0, 1, 0, 1, 0][$0 % 10] },
      arms: [
        ScoredArm(
          name: "a",
          seeds: Self.predictions.enumerated().map { seed, text in
            .init(seed: seed, scores: text.map { $0 == "1" ? 0.8 : 0.2 })
          })
      ],
      client: clients ? GroupColumn(name: "c", values: (0..<30).map { "c\($0 / 5)" }) : nil)
  }

  // Worked with numpy 2 and scipy 1.17.1: variance of the seed-averaged contributions (rows: n − 1;
  // clients: G/(G−1)) plus s²/3 between seeds, t with Welch–Satterthwaite degrees 11.57 and 6.97.
  @Test(
    "several seeds join the sampling variance with the variance between seeds",
    arguments: [
      (false, 0.5639039303895621, 0.836096069610438),
      (true, 0.5383035621860592, 0.8616964378139409),
    ])
  func seeds(clients: Bool, low: Double, high: Double) throws {
    var options = EvaluationOptions()
    options.minimumClusters = 6
    let arm = try #require(evaluate(threeSeeds(clients: clients), options: options).arms.first)
    let metric = try #require(arm.overall.first { $0.id == "accuracy" })
    #expect(metric.perSeed == [19.0 / 30, 0.7, 23.0 / 30])
    #expect(abs((metric.estimate.value ?? 0) - 0.7) < 1e-15)
    #expect(metric.estimate.count == 30)
    let interval = try #require(metric.estimate.interval)
    #expect(interval.method == .seeds)
    #expect(interval.note?.contains("3 seeds") == true)
    // 1e-12: a dozen roundings and one quantile.
    #expect(abs(interval.low - low) < 1e-12)
    #expect(abs(interval.high - high) < 1e-12)
  }

  @Test("a metric that one seed leaves undefined is undefined, and says for how many seeds")
  func undefinedSeed() {
    var table = threeSeeds(clients: false)
    table.arms[0].seeds[1].scores = Array(repeating: 0.1, count: 30)
    let metrics = evaluate(table, options: EvaluationOptions()).arms[0].overall
    #expect(metrics["precision"]?.reason == "no row is predicted positive (1 of 3 seeds)")
    #expect(metrics["accuracy"]?.value != nil)
  }

  @Test("seeds that two arms share are differenced before their variance is taken")
  func pairedSeeds() throws {
    var table = threeSeeds(clients: false)
    table.arms.append(ScoredArm(name: "b", seeds: table.arms[0].seeds))
    let difference = try #require(
      evaluate(table, options: EvaluationOptions()).comparisons.first?.overall.first {
        $0.id == "accuracy"
      })
    #expect(difference.perSeed == [0, 0, 0])
    #expect(difference.estimate.interval?.low == 0)
    table.arms[1].seeds.reverse()
    for seed in 0..<3 { table.arms[1].seeds[seed].seed = 10 + seed }
    let others = try #require(
      evaluate(table, options: EvaluationOptions()).comparisons.first?.overall.first {
        $0.id == "accuracy"
      })
    #expect(others.perSeed.isEmpty)
    #expect((others.estimate.interval?.low ?? 0) < -0.1)
  }

  @Test("without clients: Wilson, DeLong, else bootstrap")
  func methodsOfRows() {
    let metrics = evaluate(SampleTables.binary(rows: 300), options: EvaluationOptions()).arms[0]
      .overall
    let proportions = [
      "accuracy", "precision", "recall", "specificity", "false_positive_rate",
      "false_negative_rate", "negative_predictive_value", "selection_rate", "base_rate",
      "false_discovery_rate", "false_omission_rate",
      // Functions of proportions, whose intervals follow from Wilson's.
      "f1", "balanced_accuracy",
    ]
    for metric in metrics {
      let expected: IntervalMethod =
        proportions.contains(metric.id)
        ? .wilson
        : ["roc_auc", "gini_from_roc_auc"].contains(metric.id) ? .delong : .bootstrap
      #expect(metric.estimate.interval?.method == expected, "\(metric.id)")
      #expect(metric.estimate.interval?.note == nil)
    }
  }

  @Test("with 20 clients: sandwich, and bootstrap by client only for calibration and fairness")
  func methodsOfClients() {
    let many = evaluate(SampleTables.binary(rows: 900, clients: 20), options: EvaluationOptions())
    for metric in many.arms[0].overall {
      let expected: IntervalMethod =
        metric.id.hasSuffix("calibration_error") ? .clusteredBootstrap : .clustered
      #expect(metric.estimate.interval?.method == expected, "\(metric.id)")
    }
    for metric in many.arms[0].fairness[0].metrics {
      #expect(metric.estimate.interval?.method == .clusteredBootstrap, "\(metric.id)")
    }
    let few = evaluate(SampleTables.binary(rows: 900, clients: 19), options: EvaluationOptions())
    for metric in few.arms[0].overall {
      #expect(metric.estimate.interval?.note == "rows treated as independent", "\(metric.id)")
    }
    #expect(few.arms[0].overall["accuracy"]?.interval?.method == .wilson)
  }

  @Test("every interval holds its value and stays within the metric's range")
  func containment() {
    for clients in [0, 25] {
      for rows in [25, 60, 400] {
        let evaluation = evaluate(
          SampleTables.binary(rows: rows, clients: clients, key: UInt64(rows)),
          options: EvaluationOptions())
        for arm in evaluation.arms {
          let cells =
            [arm.overall] + (arm.segments + arm.sensitive).flatMap { $0.groups.map(\.metrics) }
          for metric in cells.joined() { expectHeld(metric.id, metric.estimate) }
          for metric in arm.fairness.flatMap(\.metrics) { expectHeld(metric.id, metric.estimate) }
        }
      }
    }
  }

  private func expectHeld(_ id: String, _ estimate: Estimate) {
    guard let value = estimate.value, let interval = estimate.interval,
      let range = MetricCatalogue.metric(id)?.range
    else { return }
    #expect(interval.low <= value && value <= interval.high, "\(id)")
    #expect(range.contains(interval.low) && range.contains(interval.high), "\(id)")
  }

  // Standard errors by leaving out one row at a time, numpy 2.4; the jackknife and the linear form
  // agree to first order, so 6 %.
  @Test("standard errors of paired differences agree with the jackknife: two classes")
  func jackknifeBinary() throws {
    let data = try GoldenTable(GoldenTable.folder + "/breast_cancer_predictions.csv")
    let table = try data.binary(
      arms: ["baseline": "score_baseline", "candidate": "score_candidate"],
      order: ["baseline", "candidate"], columns: [], client: false)
    expectErrors(
      table,
      [
        ("balanced_accuracy", 0.020832910135111193), ("precision", 0.030738928113780383),
        ("recall", 0.03693315234962526), ("specificity", 0.01928685656891262),
        ("false_positive_rate", 0.01928685656891262),
        ("negative_predictive_value", 0.01946741759984486), ("f1", 0.026960514102216518),
        ("matthews_corrcoef", 0.03872658517190107), ("cohen_kappa", 0.040977798614151996),
        ("roc_auc", 0.021007732132871004), ("average_precision", 0.030640463439125402),
        ("log_loss", 0.47537094654068707), ("brier_score", 0.014748810817194742),
        ("selection_rate", 0.01847976745896916), ("f2", 0.03229846504312832),
        ("false_discovery_rate", 0.03073892811378037),
        ("false_omission_rate", 0.019467417599844952), ("gini_from_roc_auc", 0.04201546426574203),
        ("pr_auc_trapezoid", 0.018678462466733412), ("mean_score", 0.016003771075905452),
      ])
  }

  @Test("standard errors of paired differences agree with the jackknife: three classes")
  func jackknifeMulticlass() throws {
    let data = try GoldenTable(GoldenTable.folder + "/wine_predictions.csv")
    let arms = try ["baseline", "candidate"].map { name in
      let columns = try (0..<3).map { try data.numbers("score_\(name)_\($0)") }
      return ScoredArm(
        name: name,
        seeds: [
          .init(seed: nil, scores: data.rows.indices.flatMap { row in columns.map { $0[row] } })
        ])
    }
    let table = ScoredTable(
      task: .multiclass(classCount: 3),
      labels: try data.column("label").map { Int32($0) ?? -1 }, arms: arms)
    expectErrors(
      table,
      [
        ("precision_macro", 0.03859373770730497), ("recall_macro", 0.04172508638395619),
        ("f1_macro", 0.04046228730300928), ("precision_weighted", 0.037893783253701574),
        ("recall_weighted", 0.040899493760002875), ("f1_weighted", 0.03957860430229869),
        ("matthews_corrcoef", 0.06123818393468488), ("cohen_kappa", 0.06172821663990877),
        ("balanced_accuracy", 0.04172508638395619), ("roc_auc", 0.023536369076519986),
        ("top_2_accuracy", 0.02454671060408152), ("brier_score", 0.04858311499424757),
        ("top_1_accuracy", 0.03366527782977938), ("roc_auc_ovr_weighted", 0.02385236618661356),
        ("roc_auc_ovo_macro", 0.023660950517042995),
        ("roc_auc_ovo_weighted", 0.02354470723439602),
      ])
    // scikit-learn 1.9.1 roc_auc_score(multi_class='ovo', average='weighted').
    let evaluation = evaluate(table, options: allCells())
    for (arm, value) in [("baseline", 0.99597755), ("candidate", 0.91758147)] {
      let found = try #require(evaluation.arm(arm)?.overall["roc_auc_ovo_weighted"]?.value)
      #expect(abs(found - value) < 5e-9, "\(arm): \(found)")
    }
  }

  @Test("standard errors of paired differences agree with the jackknife: numbers")
  func jackknifeRegression() throws {
    let data = try GoldenTable(GoldenTable.folder + "/diabetes_predictions.csv")
    let table = ScoredTable(
      task: .regression, labels: [], targets: try data.numbers("target"),
      arms: try ["baseline", "candidate"].map { name in
        ScoredArm(
          name: name, seeds: [.init(seed: nil, scores: try data.numbers("pred_\(name)"))])
      })
    expectErrors(
      table,
      [
        ("mean_absolute_error", 1.5177924834300727),
        ("root_mean_squared_error", 1.6365782321705418), ("r2_score", 0.03472289217364077),
        ("explained_variance_score", 0.03440748956495085),
        ("mean_absolute_percentage_error", 0.017065401893841113),
        ("symmetric_mean_absolute_percentage_error", 0.010203035538594253),
        ("mean_pinball_loss_10", 1.070741908277039), ("mean_pinball_loss_90", 0.9694962462652738),
        ("error_standard_deviation", 1.6477836496577718),
        ("pearson_correlation", 0.02431135749863479),
        ("spearman_correlation", 0.022637253393835),
      ])
    // The median has no jackknife; 4,000 numpy bootstrap samples give 2.58, itself rough.
    expectErrors(table, [("median_absolute_error", 2.58)], relative: 0.3)
  }

  private func expectErrors(
    _ table: ScoredTable, _ expected: [(String, Double)], relative: Double = 0.06
  ) {
    let overall = evaluate(table, options: allCells()).comparisons[0].overall
    for (id, error) in expected {
      guard let interval = overall[id]?.interval else {
        Issue.record("\(id) has no interval")
        continue
      }
      let found = (interval.high - interval.low) / 2 / 1.959963984540054
      #expect(abs(found / error - 1) < relative, "\(id): expected \(error), found \(found)")
    }
  }

  @Test("bootstrap intervals are as wide as the jackknife says")
  func bootstrapWidth() throws {
    let data = try GoldenTable(GoldenTable.folder + "/breast_cancer_predictions.csv")
    let table = try data.binary(
      arms: ["a": "score_candidate"], order: ["a"], columns: [], client: false)
    let metrics = evaluate(table, options: EvaluationOptions()).arms[0].overall
    // Jackknife standard errors of the single arm; numpy 2.4.
    for (id, error) in [
      ("f1", 0.02385181503704901),
      ("balanced_accuracy", 0.019095167713738734),
      ("matthews_corrcoef", 0.0369678801460327),
      ("log_loss", 0.47909383040138265),
      ("brier_score", 0.016454261095074158),
      ("average_precision", 0.03398343370570647),
    ] {
      let interval = try #require(metrics[id]?.interval)
      #expect(
        interval.method == (["f1", "balanced_accuracy"].contains(id) ? .wilson : .bootstrap))
      // 25 %: 128 bags (6 %), 1,000 replicates (4 %) and skewness.
      let found = (interval.high - interval.low) / 2 / 1.959963984540054
      #expect(abs(found / error - 1) < 0.25, "\(id): expected \(error), found \(found)")
    }
  }

  @Test(
    "a clear gap of two groups is as uncertain as the difference of two proportions",
    arguments: [false, true])
  func parityWidth(clients: Bool) throws {
    // 600 of 2,000 selected in one group, 1,200 of 2,000 in the other.
    let scores = (0..<4000).map { row -> Double in
      row < 2000 ? (row % 10 < 3 ? 0.9 : 0.1) : (row % 10 < 6 ? 0.9 : 0.1)
    }
    var table = SampleTables.table(
      labels: (0..<4000).map { Int32($0 % 2) }, scores: scores,
      column: (0..<4000).map { $0 < 2000 ? "a" : "b" })
    // One row per client: the same uncertainty by another way.
    if clients { table.client = GroupColumn(name: "c", values: (0..<4000).map { "c\($0)" }) }
    var options = EvaluationOptions()
    options.minimumCount = 1
    let fairness = evaluate(table, options: options).arms[0].fairness[0]
    let parity = try #require(fairness.metric("demographic_parity_difference"))
    #expect(parity.highest == "b" && parity.lowest == "a")
    let interval = try #require(parity.estimate.interval)
    #expect(interval.method == (clients ? .clusteredBootstrap : .bootstrap))
    // √(0.3·0.7/2000 + 0.6·0.4/2000); 20 %: 128 bags and 1,000 replicates.
    let expected = (0.3 * 0.7 / 2000 + 0.6 * 0.4 / 2000).squareRoot()
    let found = (interval.high - interval.low) / 2 / 1.959963984540054
    #expect(abs(found / expected - 1) < 0.2, "expected \(expected), found \(found)")
  }

  @Test("a table of very many groups gets fewer replicates, and says so")
  func affordable() {
    let labels = (0..<6000).map { Int32($0 % 2) }
    let table = SampleTables.table(
      labels: labels, scores: labels.map { Double($0) * 0.6 + 0.2 },
      column: (0..<6000).map { "g\($0 % 500)" })
    #expect(evaluate(table, options: EvaluationOptions()).replicates == 400_000 / 1001)
    var options = EvaluationOptions()
    options.replicates = 50
    #expect(evaluate(table, options: options).replicates == 50)
    options.replicates = 1
    #expect(evaluate(table, options: options).replicates == 0)
  }

  @Test("rows that share a client's luck need the clustered interval: coverage in 200 worlds")
  func coverage() {
    // Each of 40 clients has its own chance of a right prediction, 0.5 … 0.9, mean 0.7.
    var covered = 0
    var naive = 0
    for world in 0..<200 {
      let generator = CounterGenerator(seed: UInt64(world), stream: 77)
      let rows = 1200
      let labels = (0..<rows).map { Int32($0 % 2) }
      let scores = (0..<rows).map { row -> Double in
        let chance = 0.5 + 0.4 * generator.uniform(at: UInt64(1_000_000 + row / 30))
        let right = generator.uniform(at: UInt64(row)) < chance
        return (labels[row] == 1) == right ? 0.9 : 0.1
      }
      var table = SampleTables.table(labels: labels, scores: scores)
      table.segments = []
      table.sensitive = []
      var options = allCells()
      let wilson = evaluate(table, options: options).arms[0].overall["accuracy"]?.interval
      options.minimumClusters = 20
      table.client = GroupColumn(name: "c", values: (0..<rows).map { "c\($0 / 30)" })
      options.minimumCount = 1000
      let clustered = evaluate(table, options: options).arms[0].overall["accuracy"]?.interval
      if let wilson, wilson.low <= 0.7, 0.7 <= wilson.high { naive += 1 }
      if let clustered, clustered.low <= 0.7, 0.7 <= clustered.high { covered += 1 }
    }
    // Nominal 190; binomial standard deviation 3.1, so four of them.
    #expect((177...200).contains(covered), "clustered covered \(covered) of 200")
    #expect(naive < 180, "row-level covered \(naive) of 200")
  }

  @Test("intervals of independent rows cover: Wilson, DeLong and the bootstrap in 200 worlds")
  func coverageOfRows() {
    // Scores uniform, label 1 with probability equal to the score: accuracy ¾, area 5/6,
    // F1 ¾, Brier score 1/6 (integrals worked by hand).
    let truths = [
      ("accuracy", 0.75), ("roc_auc", 5.0 / 6), ("f1", 0.75), ("brier_score", 1.0 / 6),
    ]
    var covered = Array(repeating: 0, count: truths.count)
    for world in 0..<200 {
      let generator = CounterGenerator(seed: UInt64(world), stream: 78)
      let scores = (0..<250).map { generator.uniform(at: UInt64($0)) }
      let labels = scores.enumerated().map { row, score in
        generator.uniform(at: UInt64(10_000 + row)) < score ? Int32(1) : 0
      }
      var table = SampleTables.table(labels: labels, scores: scores)
      table.segments = []
      table.sensitive = []
      var options = allCells(replicates: 200)
      options.seed = UInt64(world)
      let metrics = evaluate(table, options: options).arms[0].overall
      for (index, truth) in truths.enumerated() {
        if let interval = metrics[truth.0]?.interval, interval.low <= truth.1,
          truth.1 <= interval.high
        {
          covered[index] += 1
        }
      }
    }
    for (index, truth) in truths.enumerated() {
      // Nominal 190, standard deviation 3.1; percentile intervals of 200 replicates run a little short.
      #expect((175...200).contains(covered[index]), "\(truth.0) covered \(covered[index]) of 200")
    }
  }
}
