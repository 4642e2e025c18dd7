import AssayEvidence
import AssayMetrics
import AssayStatistics

/// Turns a search for weak segments into evidence: how it was done, and every segment found.
struct WeakSegmentEvidence {
  let report: WeakSegmentReport
  let source: Evidence.Source

  func collect(into builder: inout EvidenceBuilder) {
    builder.count(
      "weak_segments_compared", "run", "Segments compared in the search for weak ones",
      report.searched, source: source, note: method)
    builder.count(
      "weak_segments_confirmed", "run", "Weak segments confirmed on rows that were not searched",
      report.segments.count(where: \.isConfirmed), source: source,
      note: "of \(report.segments.count) found"
        + (report.hidden > 0
          ? "; \(report.hidden) more are not shown, as small groups could be computed from them"
          : ""))
    for segment in report.segments {
      let id = EvidenceID(
        "weak_segment", arm: segment.arm, column: segment.metric, group: segment.words)
      if builder.contains(id) { continue }
      builder.add(
        Evidence(
          id: id,
          title: "\(EvaluationEvidence.title(segment.metric)) lost in a segment found by search",
          unit: .difference, result: .estimate(segment.loss), source: source, note: note(segment)))
    }
  }

  private var method: String {
    let unit = report.splitsClients ? "clients" : "rows"
    var text =
      "columns \(report.columns.joined(separator: ", ")), alone and two together; searched in "
      + "\(PrintedNumber.text(report.searchRows)) rows, confirmed in "
      + "\(PrintedNumber.text(report.confirmationRows)) others, halves drawn by \(unit)"
    for column in report.leftOut { text += "; \(column.column) left out: \(column.reason)" }
    return text
  }

  private func note(_ segment: WeakSegment) -> String {
    let verdict =
      segment.isConfirmed
      ? "confirmed" : "not confirmed: on the other half of the rows it may be chance"
    let against = segment.reference.map { "against \($0)" } ?? "against all other rows"
    var text =
      "\(verdict); \(against), p \(number(segment.holmP)) after Holm's correction for "
      + "\(report.segments.count) found"
    if segment.reference != nil, let rest = segment.confirmation.againstRest.value {
      text += "; \(number(rest)) more than on all other rows"
    }
    if let chosen = (segment.search.againstReference ?? segment.search.againstRest).value {
      text += "; \(number(chosen)) where it was searched, which is too much because it was chosen"
    }
    return text
  }

  private func number(_ value: Double) -> String { PrintedNumber.text(value, .number) }
}
