import AssayDiagnostics
import AssayEvidence

/// The outcome for a terminal: headline, key figures, what blocks and whose turn it is.
/// - Parameter assessment: What was judged.
/// - Returns: Plain lines without colour, each at most 100 characters unless a name is longer.
public func renderSummary(_ assessment: Assessment) -> String {
  let index = EvidenceIndex(assessment)
  let subject = index.subject
  var lines = ["\(printable(subject.name)): \(assessment.readiness.rawValue)"]
  if let trial = Phrases.trial(assessment) { lines.append("  \(trial)") }
  for arm in index.arms {
    guard let fact = index.fact(subject.headline, arm.name) else { continue }
    lines.append("  \(printable(arm.name)): \(fact.title) \(printable(fact.printedLine))")
    if let epsilon = index.fact("epsilon", arm.name) {
      lines.append("    \(printable(epsilon.printedLine))")
    }
  }
  for (position, judgement) in index.record.judgements.enumerated() {
    lines.append(
      "  H\(position + 1) \(Phrases.mark(judgement.outcome).word): \(printable(judgement.reason))")
  }
  if let feasibility = index.record.feasibility {
    lines.append("  privacy: \(printable(feasibility.sentence))")
  }
  let open = assessment.findings.filter {
    [.failure, .error].contains($0.outcome(at: assessment.stage))
  }
  for finding in open.prefix(20) {
    lines.append(
      "  \(printable(finding.check.id)) \(Phrases.mark(finding.verdict).word): "
        + printable(finding.reason))
    lines.append("    \(printable(finding.check.owner)): \(printable(finding.check.remedy))")
  }
  if open.count > 20 { lines.append("  and \(open.count - 20) more blocking checks") }
  return lines.joined(separator: "\n") + "\n"
}
