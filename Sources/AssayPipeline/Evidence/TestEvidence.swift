import AssayEvidence
import AssayMetrics
import AssayStatistics

/// Turns the tests of comparisons into evidence: p-values with what they mean in plain words.
///
/// All rows: McNemar's test, a test of every metric that is compared for groups, every margin. Groups:
/// McNemar's test and every margin, with the number of tests that were made together.
struct TestEvidence {
  let tests: [ComparisonTests]
  let confidence: Double
  let source: (String) -> Evidence.Source

  func collect(into builder: inout EvidenceBuilder) {
    for comparison in tests {
      cell(comparison.overall, comparison, &builder)
      for group in comparison.groups { cell(group, comparison, &builder) }
    }
  }

  private func cell(
    _ cell: CellTests, _ comparison: ComparisonTests, _ builder: inout EvidenceBuilder
  ) {
    let isOverall = cell.column.isEmpty
    func add(_ metric: String, _ title: String, _ p: Double?, why: String, note: String) {
      let pair = "\(comparison.arm)-vs-\(comparison.reference)"
      let id =
        isOverall
        ? EvidenceID(metric, arm: pair)
        : EvidenceID(metric, arm: pair, column: cell.column, group: cell.group)
      if builder.contains(id) { return }
      builder.add(
        Evidence(
          id: id, title: title, unit: .number,
          result: p.map { .quantity($0) } ?? .missing(reason: why),
          source: source(comparison.arm), note: note))
    }
    if let counts = cell.mcNemar, let p = cell.mcNemarP {
      add(
        "mcnemar_p", "McNemar's exact test, p-value", p.value, why: "",
        note: mcNemar(counts, p, comparison))
    }
    if isOverall {
      for metric in cell.metrics
      where EvaluationEvidence.comparedMetrics.contains(metric.metric) {
        let title = EvaluationEvidence.title(metric.metric)
        add(
          "\(metric.metric)_test_p", "\(title), difference, p-value",
          (metric.adjusted == nil ? metric.p : metric.adjustedP)?.value,
          why: "nothing varied", note: words(metric))
      }
    }
    for margin in cell.margins {
      let title = EvaluationEvidence.title(margin.margin.metric)
      let missing =
        margin.estimate.interval == nil
        ? margin.estimate.reason ?? "no interval" : "no standard error, or nothing varied"
      add(
        "\(margin.margin.metric)_non_inferiority_p", "\(title), non-inferiority, p-value",
        margin.nonInferiorityP?.value, why: missing, note: nonInferiority(margin, comparison))
      add(
        "\(margin.margin.metric)_equivalence_p", "\(title), equivalence, p-value",
        margin.equivalenceP?.value, why: missing, note: equivalence(margin))
    }
  }

  // MARK: Words

  private func mcNemar(
    _ counts: McNemarTest, _ p: AdjustedP, _ comparison: ComparisonTests
  ) -> String {
    let discordant = counts.firstOnly + counts.secondOnly
    var text =
      "\(PrintedNumber.text(counts.firstOnly)) rows only \(comparison.arm) has right, "
      + "\(PrintedNumber.text(counts.secondOnly)) only \(comparison.reference)"
    if discordant >= 25 {
      text +=
        "; chi-square with continuity correction \(number(counts.correctedChiSquare)), p "
        + number(counts.correctedChiSquareP)
    }
    return text + family(p, exploring: true)
  }

  private func words(_ metric: MetricTest) -> String {
    let test = metric.adjusted ?? metric.test
    guard let statistic = test.statistic else {
      return "the arms do not differ on any of these rows, which proves nothing about others"
    }
    let distribution =
      test.degrees == .infinity
      ? "z \(number(statistic))"
      : "t \(number(statistic)) with \(number(test.degrees)) degrees of freedom"
    return "two-sided, against no difference; \(distribution), standard error "
      + "\(number(test.standardError)), \(metric.method.rawValue)"
      + (metric.adjusted == nil
        ? ""
        : metric.method == .clustered
          ? ", allowing for few or unequal clients" : ", allowing for few rows of a kind")
  }

  private func nonInferiority(_ test: MarginTest, _ comparison: ComparisonTests) -> String {
    let margin = number(test.margin.value)
    let verdict: String =
      switch test.verdict {
      case .nonInferior: "non-inferior: worsening by more than \(margin) is excluded"
      case .inferior: "inferior: \(comparison.arm) is worse by more than \(margin)"
      case .notShown: "not shown: worsening by more than \(margin) is not excluded"
      }
    return verdict + caution(test)
      + "; one-sided, to be compared with \(number((1 - confidence) / 2)); margin chosen by "
      + test.margin.chosenBy + family(test.nonInferiorityP, exploring: false)
  }

  /// What decides, where it is not the headline interval, and what that one would have said.
  private func caution(_ test: MarginTest) -> String {
    var text = test.isScoreTest ? " by the score test" : ""
    if !test.isScoreTest, test.headlineVerdict != nil {
      text = ", allowing for few or unequal clients"
    }
    if let headline = test.headlineVerdict, headline != test.verdict {
      text += " (by the headline interval: \(headline.rawValue))"
    }
    return text
  }

  private func equivalence(_ test: MarginTest) -> String {
    let margin = number(test.margin.value)
    return
      (test.isEquivalent
      ? "equivalent: the difference is within \(margin) either way"
      : "equivalence within \(margin) is not shown")
      + "; two one-sided tests; margin chosen by \(test.margin.chosenBy)"
      + family(test.equivalenceP, exploring: false)
  }

  private func family(_ p: AdjustedP?, exploring: Bool) -> String {
    guard let p, p.familySize > 1 else { return "" }
    let adjusted =
      exploring
      ? "Benjamini–Hochberg \(number(p.benjaminiHochberg)), Holm \(number(p.holm))"
      : "Holm \(number(p.holm))"
    return "; adjusted for \(p.familySize) tests: \(adjusted)"
  }

  private func number(_ value: Double) -> String { PrintedNumber.text(value, .number) }
}
