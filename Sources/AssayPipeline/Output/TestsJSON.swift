import AssayFiles
import AssayMetrics
import AssayStatistics

/// The tests of one comparison, `tests` in `assay.evaluation/1`.
struct TestsJSON {
  let tests: ComparisonTests
  /// Columns that stand under `segments`; the others stand under `sensitive`.
  let segments: Set<String>
  let confidence: Double

  var json: JSONValue {
    var object: JSONObject = [
      // One-sided: what the two-sided interval leaves at one end.
      "level": .number((1 - confidence) / 2), "overall": cell(tests.overall),
    ]
    let inSegments = tests.groups.filter { segments.contains($0.column) }
    let others = tests.groups.filter { !segments.contains($0.column) }
    object["segments"] = groups(inSegments)
    if !others.isEmpty { object["sensitive"] = groups(others) }
    return .object(object)
  }

  private func groups(_ cells: [CellTests]) -> JSONValue {
    var object: JSONObject = [:]
    var names: [String] = []
    for cell in cells where !names.contains(cell.column) { names.append(cell.column) }
    for name in names {
      var column: JSONObject = [:]
      for entry in cells where entry.column == name { column[entry.group] = cell(entry) }
      object[name] = .object(column)
    }
    return .object(object)
  }

  private func cell(_ cell: CellTests) -> JSONValue {
    var object: JSONObject = [:]
    if let counts = cell.mcNemar {
      var entry: JSONObject = [
        "arm_only_right": .integer(counts.firstOnly),
        "reference_only_right": .integer(counts.secondOnly),
      ]
      add(cell.mcNemarP, to: &entry)
      entry["chi_square"] = .number(counts.correctedChiSquare)
      entry["chi_square_p"] = .number(counts.correctedChiSquareP)
      object["mcnemar"] = .object(entry)
    }
    object["metrics"] = metrics(cell.metrics)
    if !cell.rowMetrics.isEmpty { object["metrics_rows"] = metrics(cell.rowMetrics) }
    if !cell.margins.isEmpty { object["margins"] = .array(cell.margins.map(margin)) }
    return .object(object)
  }

  private func metrics(_ metrics: [MetricTest]) -> JSONValue {
    var object: JSONObject = [:]
    for metric in metrics {
      var entry: JSONObject = [
        "method": .string(metric.method.rawValue),
        "standard_error": .number(metric.test.standardError),
        "degrees": .number(metric.test.degrees),
        "statistic": .number(metric.test.statistic),
      ]
      add(metric.p, to: &entry)
      if let test = metric.adjusted {
        var adjusted: JSONObject = [
          "standard_error": .number(test.standardError), "degrees": .number(test.degrees),
          "statistic": .number(test.statistic),
        ]
        add(metric.adjustedP, to: &adjusted)
        entry["adjusted"] = .object(adjusted)
      }
      object[metric.metric] = .object(entry)
    }
    return .object(object)
  }

  private func margin(_ test: MarginTest) -> JSONValue {
    var nonInferiority: JSONObject = [:]
    add(test.nonInferiorityP, to: &nonInferiority)
    var equivalence: JSONObject = [:]
    add(test.equivalenceP, to: &equivalence)
    if let p = test.headlineNonInferiorityP { nonInferiority["headline_p"] = .number(p) }
    let interval = test.estimate.interval
    let deciding = interval?.deciding
    var object: JSONObject = [
      "metric": .string(test.margin.metric), "margin": .number(test.margin.value),
      "chosen_by": .string(test.margin.chosenBy),
      "better": .string(test.higherIsBetter ? "higher" : "lower"),
      "difference": .number(test.estimate.value), "low": .number(deciding?.low),
      "high": .number(deciding?.high), "count": .optional(test.estimate.count),
      "verdict": .string(test.verdict.rawValue), "non_inferiority": .object(nonInferiority),
      "equivalent": .bool(test.isEquivalent), "equivalence": .object(equivalence),
    ]
    object["decided_by"] = .optional(
      test.isScoreTest
        ? "score test" : interval?.adjusted != nil ? "interval_adjusted" : interval?.method.rawValue
    )
    if let verdict = test.headlineVerdict { object["verdict_headline"] = .string(verdict.rawValue) }
    return .object(object)
  }

  /// The p-value, and its adjustments where the family holds more than one test.
  private func add(_ p: AdjustedP?, to object: inout JSONObject) {
    object["p"] = .number(p?.value)
    guard let p, p.familySize > 1 else { return }
    object["holm_p"] = .number(p.holm)
    object["benjamini_hochberg_p"] = .number(p.benjaminiHochberg)
    object["bonferroni_p"] = .number(p.bonferroni)
    object["tests_in_family"] = .integer(p.familySize)
  }
}
