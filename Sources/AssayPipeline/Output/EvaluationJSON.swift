import AssayDiagnostics
import AssayEvidence
import AssayFiles
import AssayMetrics
import AssayStatistics

/// `assay.evaluation/1`.
struct EvaluationJSON {
  let evaluation: Evaluation
  let tests: [ComparisonTests]
  let confidence: Double

  init(_ evaluation: Evaluation, margins: [Margin] = [], confidence: Double = 0.95) {
    self.evaluation = evaluation
    self.confidence = confidence
    tests = hypothesisTests(of: evaluation, margins: margins)
  }

  var json: JSONValue {
    var arms: JSONObject = [:]
    for arm in evaluation.arms { arms[arm.name] = self.arm(arm) }
    return .object([
      "schema": .string("assay.evaluation/1"), "rows": .integer(evaluation.rows),
      "labelled_rows": .integer(evaluation.labelledRows),
      "clients": .optional(evaluation.clientCount), "arms": .object(arms),
      "comparisons": .array(zip(evaluation.comparisons, tests).map(comparison)),
    ])
  }

  private func arm(_ arm: ArmEvaluation) -> JSONValue {
    var object: JSONObject = [
      "overall": metrics(arm.overall), "segments": columns(arm.segments),
    ]
    let rows = rowIntervals(arm.overall)
    if !rows.keys.isEmpty { object["interval_rows"] = .object(rows) }
    if !arm.sensitive.isEmpty { object["sensitive"] = columns(arm.sensitive) }
    if let clients = arm.clients { object["clients"] = column(clients) }
    var fairness: JSONObject = [:]
    var selection: JSONObject = [:]
    var pooled: JSONObject = [:]
    for column in arm.fairness {
      var entries: JSONObject = [:]
      for metric in column.metrics {
        var entry = Self.object(of: metric.estimate)
        if let bound = metric.errorBound { entry["error_bound"] = .number(bound) }
        entry["left_out"] = .strings(metric.leftOut.map(\.group))
        if let highest = metric.highest { entry["highest"] = .string(highest) }
        if let lowest = metric.lowest { entry["lowest"] = .string(lowest) }
        if let rate = metric.rate { entry["rate"] = .string(rate) }
        if let corrected = metric.biasCorrected { entry["bias_corrected"] = .number(corrected) }
        entries[metric.id] = .object(entry)
      }
      fairness[column.column] = .object(entries)
      if let found = column.pooled { pooled[column.column] = Self.pooled(found) }
      if let test = column.selectionRateTest {
        selection[column.column] = .object([
          "statistic": .number(test.statistic), "degrees": .integer(test.degrees),
          "p": .number(test.pValue), "count": .integer(test.count),
        ])
      }
    }
    object["fairness"] = .object(fairness)
    if !pooled.keys.isEmpty { object["fairness_against_rest"] = .object(pooled) }
    if !arm.confusion.isEmpty, evaluation.suppression.overall.rates == nil {
      object["confusion_matrix"] = .array(
        arm.confusion.map { .array($0.map { .integer($0) }) })
    }
    if !selection.keys.isEmpty { object["selection_rate_tests"] = .object(selection) }
    if let curves = arm.curves { object["curves"] = CurvesJSON.curves(curves) }
    let groups = groupCurves(arm.segments)
    if !groups.keys.isEmpty { object["segment_curves"] = .object(groups) }
    if !arm.perClass.isEmpty { object["per_class"] = CurvesJSON.classes(arm.perClass) }
    if !arm.drift.isEmpty { object["drift"] = CurvesJSON.drift(arm.drift) }
    if !arm.clientSummaries.isEmpty {
      object["client_fairness"] = CurvesJSON.clients(arm.clientSummaries)
    }
    if arm.clippedRows > 0 { object["clipped_rows"] = .integer(arm.clippedRows) }
    return .object(object)
  }

  private func groupCurves(_ columns: [ColumnResult]) -> JSONObject {
    var object: JSONObject = [:]
    for column in columns {
      var groups: JSONObject = [:]
      for group in column.groups {
        if let curves = group.curves { groups[group.name] = CurvesJSON.curves(curves) }
      }
      if !groups.keys.isEmpty { object[column.column] = .object(groups) }
    }
    return object
  }

  private func columns(_ columns: [ColumnResult]) -> JSONValue {
    var object: JSONObject = [:]
    for column in columns { object[column.column] = self.column(column) }
    return .object(object)
  }

  private func column(_ column: ColumnResult) -> JSONValue {
    var object: JSONObject = [:]
    for group in column.groups { object[group.name] = metrics(group.metrics) }
    return .object(object)
  }

  private func metrics(_ metrics: [MetricResult]) -> JSONValue {
    var object: JSONObject = [:]
    for metric in metrics { object[metric.id] = Self.entry(metric) }
    return .object(object)
  }

  /// Intervals over rows beside those over clients.
  private func rowIntervals(_ metrics: [MetricResult]) -> JSONObject {
    var object: JSONObject = [:]
    for metric in metrics {
      guard let interval = metric.rowInterval else { continue }
      object[metric.id] = .object([
        "low": .number(interval.low), "high": .number(interval.high),
        "interval": .string(interval.method.rawValue),
      ])
    }
    return object
  }

  private func comparison(_ comparison: Comparison, _ tests: ComparisonTests) -> JSONValue {
    func differences(_ metrics: [MetricResult]) -> JSONValue {
      var object: JSONObject = [:]
      for metric in metrics {
        object[metric.id] = Self.entry(metric, value: "difference")
      }
      return .object(object)
    }
    func groups(_ columns: [ComparisonColumn]) -> JSONValue {
      var object: JSONObject = [:]
      for column in columns {
        var entries: JSONObject = [:]
        for group in column.groups { entries[group.name] = differences(group.differences) }
        object[column.column] = .object(entries)
      }
      return .object(object)
    }
    var object: JSONObject = [
      "arm": .string(comparison.arm), "reference": .string(comparison.reference),
      "overall": differences(comparison.overall), "segments": groups(comparison.segments),
    ]
    if !comparison.sensitive.isEmpty { object["sensitive"] = groups(comparison.sensitive) }
    if let p = comparison.mcNemarP { object["mcnemar_p"] = .number(p) }
    let rows = rowIntervals(comparison.overall)
    if !rows.keys.isEmpty { object["interval_rows"] = .object(rows) }
    object["tests"] =
      TestsJSON(
        tests: tests, segments: Set(comparison.segments.map(\.column)), confidence: confidence
      ).json
    return .object(object)
  }

  private static func entry(_ metric: MetricResult, value: String = "value") -> JSONValue {
    var entry = object(of: metric.estimate, value: value)
    if let bound = metric.errorBound { entry["error_bound"] = .number(bound) }
    return .object(entry)
  }

  /// Every group against all others pooled, and the groups together.
  private static func pooled(_ fairness: PooledFairness) -> JSONValue {
    func entries(_ results: [PooledFairness.Result]) -> JSONValue {
      var object: JSONObject = [:]
      for result in results { object[result.id] = .object(Self.object(of: result.estimate)) }
      return .object(object)
    }
    var groups: JSONObject = [:]
    for group in fairness.groups { groups[group.name] = entries(group.metrics) }
    return .object(["groups": .object(groups), "overall": entries(fairness.overall)])
  }

  static func object(of estimate: Estimate, value name: String = "value") -> JSONObject {
    switch estimate {
    case .undefined(let reason, let count):
      return [name: .null, "undefined": .string(reason), "count": .optional(count)]
    case .defined(let value, let interval, let count):
      var object: JSONObject = [
        name: .number(value), "low": .number(interval?.low), "high": .number(interval?.high),
        "count": .integer(count), "interval": .optional(interval?.method.rawValue),
      ]
      if let note = interval?.note { object["interval_note"] = .string(note) }
      if let adjusted = interval?.adjusted { object["interval_adjusted"] = adjusted.encode() }
      return object
    }
  }
}

/// An evaluation in words, for a terminal.
struct EvaluationSummary {
  let text: String

  init(_ evaluation: Evaluation, _ output: String?) {
    var lines = ["\(evaluation.rows) rows"]
    for arm in evaluation.arms {
      lines.append(arm.name)
      for metric in arm.overall {
        let unit = EvaluationEvidence.unit(metric.id)
        lines.append("  \(metric.id): \(PlainEstimate.text(metric.estimate, unit))")
      }
    }
    for comparison in evaluation.comparisons {
      lines.append("\(comparison.arm) minus \(comparison.reference)")
      for metric in comparison.overall {
        lines.append("  \(metric.id): \(PlainEstimate.text(metric.estimate, .difference))")
      }
    }
    if let output { lines.append("\(output)/evaluation.html") }
    text = lines.map(printable).joined(separator: "\n") + "\n"
  }
}
