import AssayEvidence
import AssayTestSupport
import Testing

/// A pilot that has everything: the passing examples of all checks taken together.
@Suite("A pilot that is ready")
struct ReadyPilotTests {
  private func parts(_ profile: Profile) throws -> (Checklist, EvidenceRecord, Statements) {
    let path = "checklists/pilot-readiness.yaml"
    let list = try Checklist.parse(bytes: try packageFile(path), path: path)
    var evidence: [Evidence] = []
    var statements = Statements()
    for check in list.checks {
      let passing = check.examples.filter { $0.verdict == .met && $0.profile == profile }
      guard let example = passing.first ?? check.examples.first(where: { $0.verdict == .met })
      else { continue }
      let known = Set(evidence.map(\.id))
      evidence += example.evidence.filter { !known.contains($0.id) }
      statements.texts.merge(example.statements.texts) { _, new in new }
      statements.attestations += example.statements.attestations
      statements.claimsSecureAggregation =
        statements.claimsSecureAggregation ?? example.statements.claimsSecureAggregation
    }
    // The owner of the model is not the one who approves its release.
    for key in statements.texts.keys { statements.texts[key]?.by = "B. Example" }
    return (
      list,
      EvidenceRecord(
        asOf: "2026-01-01T00:00:00Z", toolVersion: "test", subject: CheckExample.subject,
        evidence: evidence), statements
    )
  }

  @Test("the checklist can be met", arguments: [Profile.crossSilo])
  func ready(profile: Profile) throws {
    let (list, record, statements) = try parts(profile)
    let assessment = Assessment.make(
      record: record, statements: statements, checklist: list, profile: profile, stage: .release)
    let open = assessment.findings.filter { $0.verdict != .met && $0.verdict != .notApplicable }
    #expect(open.map { "\($0.check.id) \($0.verdict.rawValue): \($0.reason)" } == [])
    #expect(assessment.readiness == .ready)
    #expect(assessment.findings.count == list.checks.count)
  }

  @Test("taking away any one fact never makes a verdict better, and is noticed")
  func everyFactMatters() throws {
    let (list, record, statements) = try parts(.crossSilo)
    for removed in record.evidence.indices {
      var less = record
      let id = less.evidence.remove(at: removed).id
      let findings = list.judge(
        less, statements: statements, profile: .crossSilo, stage: .release)
      let changed = findings.filter { $0.verdict != .met && $0.verdict != .notApplicable }
      // A number of one group is only looked at by PC-6, and its absence shows nothing small; without
      // a claimed ε there is no claim to check.
      let isOptional = id.metric == "epsilon_claimed" || id.metric == "accuracy" && id.group != nil
      #expect(isOptional || !changed.isEmpty, "\(id)")
    }
  }

  @Test("taking away any one signature leaves its check pending")
  func everySignatureMatters() throws {
    let (list, record, statements) = try parts(.crossSilo)
    for removed in statements.attestations.indices {
      var less = statements
      let id = less.attestations.remove(at: removed).check
      let assessment = Assessment.make(
        record: record, statements: less, checklist: list, profile: .crossSilo, stage: .release)
      let finding = try #require(assessment.findings.first { $0.check.id == id })
      if finding.verdict == .notApplicable { continue }
      #expect(finding.verdict == .attestationPending, "\(id)")
      #expect(assessment.isGateMet == !finding.isRequired, "\(id)")
    }
  }
}
