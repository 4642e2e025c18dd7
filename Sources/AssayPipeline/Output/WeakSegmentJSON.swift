import AssayDiagnostics
import AssayEvidence
import AssayFiles
import AssayMetrics
import AssayStatistics

extension JSONValue {
  /// The same object with `weak_segments`.
  func adding(_ report: WeakSegmentReport) -> JSONValue {
    guard case .object(var object) = self else { return self }
    object["weak_segments"] = report.json
    return .object(object)
  }
}

extension WeakSegmentReport {
  var json: JSONValue {
    .object([
      "columns": .strings(columns),
      "columns_left_out": .array(
        leftOut.map { .object(["column": .string($0.column), "reason": .string($0.reason)]) }),
      "metrics": .strings(metrics), "searched": .integer(searched),
      "rows_searched": .integer(searchRows), "rows_confirming": .integer(confirmationRows),
      "halves_of": .string(splitsClients ? "clients" : "rows"), "level": .number(level),
      "not_shown": .integer(hidden), "found": .array(segments.map(\.json)),
    ])
  }

  /// In words, for a terminal.
  var text: String {
    var lines = [
      "weak segments: \(searched) compared, \(segments.count) found, "
        + "\(segments.count(where: \.isConfirmed)) confirmed on other rows"
    ]
    for segment in segments {
      lines.append(
        "  \(segment.arm), \(segment.metric), \(segment.words): "
          + PlainEstimate.text(segment.loss, .difference)
          + (segment.isConfirmed ? ", confirmed" : ", not confirmed"))
    }
    return lines.map(printable).joined(separator: "\n") + "\n"
  }
}

extension WeakSegment {
  /// The loss in the half that confirms: against the reference, else against the rest.
  var loss: Estimate { confirmation.againstReference ?? confirmation.againstRest }

  fileprivate var json: JSONValue {
    var object: JSONObject = [
      "arm": .string(arm), "reference": .optional(reference), "metric": .string(metric),
      "segment": .string(words),
      "conditions": .array(
        conditions.map { condition in
          var entry: JSONObject = ["column": .string(condition.column)]
          if condition.from == nil, condition.to == nil {
            entry["group"] = .string(condition.words)
          } else {
            entry["from"] = .number(condition.from)
            entry["below"] = .number(condition.to)
          }
          return .object(entry)
        }),
      "search": half(search), "confirmation": half(confirmation),
    ]
    object["search_bonferroni_p"] = .number(searchBonferroniP)
    object["holm_p"] = .number(holmP)
    object["verdict"] = .string(isConfirmed ? "confirmed" : "not confirmed")
    return .object(object)
  }

  private func half(_ half: Half) -> JSONValue {
    var object: JSONObject = [
      "rows": .integer(half.rows),
      "against_rest": .object(EvaluationJSON.object(of: half.againstRest, value: "loss")),
      "p": .number(half.p),
    ]
    if let against = half.againstReference {
      object["against_reference"] = .object(EvaluationJSON.object(of: against, value: "loss"))
    }
    return .object(object)
  }
}
