import AssayEvidence
import AssayStatistics
import Testing

/// INTERFACE §4: from verdict to element, gate and headline.
@Suite("Verdicts")
struct VerdictTests {
  struct Row {
    var verdict: Verdict
    var required: GateOutcome
    var advisory: GateOutcome
    var requiredInTrial: GateOutcome
  }

  /// The table of the interface, row by row.
  static let table = [
    Row(verdict: .met, required: .pass, advisory: .pass, requiredInTrial: .pass),
    Row(verdict: .notMet, required: .failure, advisory: .skipped, requiredInTrial: .failure),
    Row(verdict: .notAssessed, required: .error, advisory: .skipped, requiredInTrial: .error),
    Row(verdict: .insufficient, required: .error, advisory: .skipped, requiredInTrial: .error),
    Row(
      verdict: .attestationPending, required: .error, advisory: .skipped,
      requiredInTrial: .skipped),
    Row(verdict: .waived, required: .skipped, advisory: .skipped, requiredInTrial: .skipped),
    Row(
      verdict: .notApplicable, required: .omitted, advisory: .omitted, requiredInTrial: .omitted),
  ]

  static let metric = "accuracy/federated/overall"
  static let compare = Rule.compare(
    select: EvidencePattern(metric), bound: .value, relation: .atLeast, limit: 0.8)

  /// A rule, evidence and statements that lead to a verdict.
  static func scene(_ verdict: Verdict) -> (Rule, [Evidence], Statements, Check.Applicability) {
    let good = estimate(metric, 0.85, 0.84, 0.86)
    let bad = estimate(metric, 0.7, 0.69, 0.71)
    let waiver = Statements.Waiver(
      check: "XX-1", owner: "O", reason: "accepted", expires: "2026-06-15")
    switch verdict {
    case .met: return (compare, [good], Statements(), .always)
    case .notMet: return (compare, [bad], Statements(), .always)
    case .notAssessed: return (compare, [], Statements(), .always)
    case .insufficient:
      let low = Rule.compare(
        select: EvidencePattern(metric), bound: .low, relation: .atLeast, limit: 0.8)
      let bare = fact(metric, .estimate(.defined(value: 0.85, interval: nil, count: 9)))
      return (low, [bare], Statements(), .always)
    case .attestationPending: return (.attestation(role: "security"), [], Statements(), .always)
    case .waived: return (compare, [bad], Statements(waivers: [waiver]), .always)
    case .notApplicable: return (compare, [good], Statements(), .secureAggregation)
    }
  }

  @Test("every verdict has the outcome of the interface's table", arguments: table)
  func outcomes(row: Row) throws {
    let (rule, evidence, statements, applies) = Self.scene(row.verdict)
    for severity in [Check.Severity.required, .advisory] {
      let list = checklist(check(rule, severity: severity, appliesTo: applies))
      let finding = try #require(
        list.judge(
          record(evidence), statements: statements, profile: .crossSilo, stage: .release
        ).first)
      #expect(finding.verdict == row.verdict, "\(finding.reason)")
      #expect(finding.isRequired == (severity == .required))
      let expected = severity == .required ? row.required : row.advisory
      #expect(finding.outcome(at: .release) == expected)
      if severity == .required {
        #expect(finding.outcome(at: .trial) == row.requiredInTrial)
      } else {
        #expect(finding.outcome(at: .trial) == row.advisory)
      }
    }
  }

  @Test("the table has a row for every verdict")
  func complete() { #expect(Set(Self.table.map(\.verdict)) == Set(Verdict.allCases)) }

  /// The gate of one met check and one with the verdict.
  private func readiness(_ verdict: Verdict, _ stage: Stage) -> Readiness {
    let (rule, evidence, statements, applies) = Self.scene(verdict)
    let flag = fact("inputs_pinned/run/overall", .flag(true))
    let list = checklist(
      check(.holds(select: EvidencePattern("inputs_pinned/run/overall")), id: "XX-2"),
      check(rule, appliesTo: applies))
    return Assessment.make(
      record: record(evidence + [flag]), statements: statements, checklist: list,
      profile: .crossSilo, stage: stage
    ).readiness
  }

  @Test("the headline follows the gravest blocking verdict")
  func headline() {
    #expect(readiness(.met, .release) == .ready)
    #expect(readiness(.notMet, .release) == .notReady)
    #expect(readiness(.notAssessed, .release) == .cannotJudge)
    #expect(readiness(.insufficient, .release) == .cannotJudge)
    #expect(readiness(.attestationPending, .release) == .notReady)
    #expect(readiness(.attestationPending, .trial) == .ready)
    #expect(readiness(.waived, .release) == .readyWithWaivers)
    #expect(readiness(.notApplicable, .release) == .ready)
  }

  @Test("a gate that judged nothing is not green")
  func nothingJudged() {
    let list = checklist(check(Self.compare, appliesTo: .secureAggregation))
    let assessment = Assessment.make(
      record: record(), statements: Statements(), checklist: list, profile: .crossSilo,
      stage: .trial)
    #expect(assessment.readiness == .cannotJudge)
    #expect(!assessment.isGateMet)
  }

  @Test("a trial counts the attestations it does not wait for")
  func pending() {
    let list = checklist(check(.attestation(role: "security")))
    let assessment = Assessment.make(
      record: record(), statements: Statements(), checklist: list, profile: .crossSilo,
      stage: .trial)
    #expect(assessment.pendingAttestations == 1)
  }

  @Test("the assessment holds the derived facts that its findings name")
  func derived() {
    let list = checklist(
      check(
        .compare(
          select: EvidencePattern("claim_violations/statements/overall"), bound: .value,
          relation: .atMost, limit: 0)))
    let statements = Statements(texts: ["limitations": .init(text: "It is fully private.")])
    let assessment = Assessment.make(
      record: record(), statements: statements, checklist: list, profile: .crossSilo,
      stage: .release)
    let finding = assessment.findings[0]
    #expect(finding.verdict == .notMet)
    #expect(
      finding.reason
        == "claim violations: 1; required: at most 0. CLM-008 in limitations: 'fully private'.")
    for id in finding.evidence { #expect(assessment.evidence(id) != nil) }
  }
}
