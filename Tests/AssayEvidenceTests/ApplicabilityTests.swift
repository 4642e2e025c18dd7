import AssayEvidence
import Testing

/// Checks that do not concern a pilot say why.
@Suite("Applicability")
struct ApplicabilityTests {
  private func judged(
    _ applies: Check.Applicability, _ evidence: [Evidence] = [],
    statements: Statements = Statements(), arms: [ArmSummary] = [], sensitive: [String] = []
  ) throws -> Finding {
    let subject = Subject(name: "s", kind: .pilot, sensitive: sensitive, arms: arms)
    let list = checklist(check(.attestation(role: "r"), appliesTo: applies))
    let found = list.judge(
      record(evidence, subject: subject), statements: statements, profile: .crossSilo,
      stage: .release)
    return try #require(found.first)
  }

  @Test("each kind of pilot that is absent is named")
  func absent() throws {
    let reasons: [(Check.Applicability, String)] = [
      (.federated, "The pilot has no federated arm."),
      (.sensitive, "No sensitive column is declared."),
      (.privacy, "No arm adds noise for differential privacy, and none claims to."),
      (.claimedEpsilon, "No artifact states an ε of its own."),
      (.secureAggregation, "The pilot does not claim secure aggregation."),
    ]
    for (applies, reason) in reasons {
      let found = try judged(applies)
      #expect(found.verdict == .notApplicable)
      #expect(found.reason == reason)
    }
    #expect(try judged(.always).verdict == .attestationPending)
    #expect(Set(reasons.map(\.0)).count == Check.Applicability.allCases.count - 1)
  }

  @Test("each kind of pilot that is present is asked")
  func present() throws {
    let open = Verdict.attestationPending
    for kind in [ArmSummary.Kind.federated, .ingested] {
      #expect(try judged(.federated, arms: [.init(name: "a", kind: kind)]).verdict == open)
    }
    #expect(try judged(.sensitive, sensitive: ["sex"]).verdict == open)
    let noisy = ArmSummary(name: "a", kind: .federated, isPrivate: true)
    #expect(try judged(.privacy, arms: [noisy]).verdict == open)
    let claim = fact("epsilon_claimed/a/overall", .quantity(3), unit: .epsilon)
    #expect(try judged(.privacy, [claim]).verdict == open)
    #expect(try judged(.claimedEpsilon, [claim]).verdict == open)
    let claims = Statements(claimsSecureAggregation: true)
    #expect(try judged(.secureAggregation, statements: claims).verdict == open)
    let seen = fact("secure_aggregation/run/overall", .flag(true))
    #expect(try judged(.secureAggregation, [seen]).verdict == open)
  }

  @Test("a profile that does not ask for a check says so")
  func profile() throws {
    let list = checklist(check(.attestation(role: "r"), severity: .notApplicable))
    let found = list.judge(
      record(), statements: Statements(), profile: .crossSilo, stage: .release)
    #expect(found.map(\.verdict) == [.notApplicable])
    #expect(found.map(\.reason) == ["The profile cross-silo does not ask for it."])
  }
}
