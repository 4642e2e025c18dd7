import AssayFiles
import AssayMetrics
import AssayRuns
import AssayStatistics
import AssayTestSupport
import Testing

/// Reference: scipy 1.17.1 and statsmodels, see Golden/README.md.
@Suite("Tests of two arms agree with scipy and statsmodels")
struct HypothesisGoldenTests {
  static func check(_ name: String, folder: String) throws {
    let data = try GoldenTable("\(folder)/\(name)_predictions.csv")
    let comparison = try #require(
      try GoldenTable.reference("\(folder)/\(name)_reference.json")["comparison"])
    let segments = try #require(comparison["per_segment_mcnemar_exact"])
    let names = segments["segments"]?.array?.compactMap(\.string) ?? []
    var columns: [String] = []
    for column in names.compactMap({ $0.split(separator: "=").first.map(String.init) })
    where !columns.contains(column) {
      columns.append(column)
    }
    for client in [false, true] {
      let table = try data.binary(
        arms: ["baseline": "score_baseline", "candidate": "score_candidate"],
        order: ["baseline", "candidate"], columns: columns, client: client)
      var options = allCells()
      options.minimumClusters = 2
      let evaluation = evaluate(table, options: options)
      let tests = try #require(hypothesisTests(of: evaluation).first)
      try overall(
        tests.overall, try #require(comparison["overall"]), rows: data.rows.count, client: client)
      try families(tests, segments, names)
    }
  }

  /// Over all rows: counts exact, p-values within 1e-9.
  static func overall(
    _ cell: CellTests, _ reference: JSONValue, rows: Int, client: Bool
  ) throws {
    let counts = try #require(cell.mcNemar)
    #expect(counts.firstOnly == reference["baseline_wrong_candidate_right"]?.integer)
    #expect(counts.secondOnly == reference["baseline_right_candidate_wrong"]?.integer)
    p(cell.mcNemarP?.value, reference["mcnemar_exact_p"], "exact")
    expectClose(counts.correctedChiSquare, reference["mcnemar_chi2_cc"], "chi-square")
    p(counts.correctedChiSquareP, reference["mcnemar_chi2_cc_p"], "chi-square p")
    func metric(_ id: String, rows: Bool) throws -> MetricTest {
      let list = rows && client ? cell.rowMetrics : cell.metrics
      return try #require(list.first { $0.metric == id })
    }
    for (id, key) in [("accuracy", "accuracy_difference"), ("log_loss", "log_loss_difference")] {
      let paired = try metric(id, rows: true)
      #expect(paired.method == .paired)
      p(paired.test.standardError, reference["\(key)_paired_se"], key)
      guard client else { continue }
      let clustered = try metric(id, rows: false)
      #expect(clustered.method == .clustered)
      let expected = reference["\(key)_clustered_by_client"]
      p(clustered.test.standardError, expected?["se"], key)
      #expect(clustered.test.degrees == expected?["clusters"]?.double.map { $0 - 1 })
    }
    // The reference tests log loss with Student's t over rows.
    let loss = try metric("log_loss", rows: true).test
    let student = try #require(
      DifferenceTest(
        difference: loss.difference, standardError: loss.standardError, degrees: Double(rows - 1)))
    expectClose(student.statistic, reference["log_loss_paired_t"]?["t"], "t")
    p(student.twoSidedP, reference["log_loss_paired_t"]?["p_two_sided"], "t test")
    let area = try metric("roc_auc", rows: true)
    #expect(area.method == .delong)
    expectClose(area.test.statistic, reference["delong"]?["z"], "z")
    p(area.p?.value, reference["delong"]?["p_two_sided"], "DeLong")
  }

  static func families(_ tests: ComparisonTests, _ reference: JSONValue, _ names: [String]) throws {
    #expect(tests.groups.count == names.count)
    for (place, name) in names.enumerated() {
      let halves = name.split(separator: "=", maxSplits: 1).map(String.init)
      let cell = try #require(tests.group(halves[0], halves[1]), "\(name)")
      let found = try #require(cell.mcNemarP)
      #expect(found.familySize == names.count)
      p(found.value, reference["p"]?[place], name)
      p(found.holm, reference["holm"]?[place], "\(name) Holm")
      p(
        found.benjaminiHochberg, reference["benjamini_hochberg"]?[place],
        "\(name) Benjamini–Hochberg")
      p(found.bonferroni, reference["bonferroni"]?[place], "\(name) Bonferroni")
    }
  }

  /// 1e-9 relative, however small the number.
  private static func p(_ value: Double?, _ reference: JSONValue?, _ what: String) {
    expectClose(value, reference, what, absolute: 0)
  }

  @Test("breast cancer")
  func breastCancer() throws { try Self.check("breast_cancer", folder: GoldenTable.folder) }

  @Test(
    "COMPAS and Adult",
    .enabled(if: TestData.external != nil, "\(TestData.externalReason)"),
    arguments: ["compas", "adult"])
  func external(_ name: String) throws {
    try Self.check(name, folder: GoldenTable.externalFolder)
  }

  @Test(
    "COMPAS deciles: heavy ties",
    .enabled(if: TestData.external != nil, "\(TestData.externalReason)"))
  func deciles() throws {
    let folder = GoldenTable.externalFolder
    let data = try GoldenTable("\(folder)/compas_predictions.csv")
    let reference = try #require(
      try GoldenTable.reference("\(folder)/compas_decile_ties_reference.json")["vs_baseline"])
    for client in [false, true] {
      // The reference takes the deciles as its baseline, and the regression as its candidate.
      let table = try data.binary(
        arms: ["baseline": "score_baseline", "decile": "score_decile"],
        order: ["decile", "baseline"], columns: [], client: client)
      let evaluation = evaluate(table, options: allCells())
      let tests = try #require(hypothesisTests(of: evaluation).first)
      try Self.overall(tests.overall, reference, rows: data.rows.count, client: client)
    }
  }
}
