import AssayEvidence
import Testing

/// Attestations, waivers and stated fields; the clock of the record is 2026-06-15.
@Suite("Signatures and waivers")
struct SignatureTests {
  private func attestation(
    role: String = "security", date: String = "2026-01-01", expires: String = "2027-01-01",
    by: String = "A. Example"
  ) -> Statements.Attestation {
    .init(check: "XX-1", by: by, role: role, date: date, expires: expires, evidence: "review 12")
  }

  private func judged(
    _ rule: Rule, _ attestations: [Statements.Attestation], texts: [String: String] = [:]
  ) throws -> Finding {
    try finding(
      rule,
      statements: Statements(
        texts: texts.mapValues { .init(text: $0, by: "W. Writer", date: "2026-01-01") },
        attestations: attestations))
  }

  @Test("a valid signature meets the check and is quoted")
  func valid() throws {
    let found = try judged(.attestation(role: "security"), [attestation(role: "Security ")])
    #expect(found.verdict == .met)
    #expect(
      found.reason
        == "Signed by A. Example (Security ) on 2026-01-01, valid until 2027-01-01; looked at: "
        + "review 12.")
  }

  @Test("nobody, another role, an expired or future signature leave it pending")
  func pending() throws {
    let rule = Rule.attestation(role: "security")
    let cases: [([Statements.Attestation], String)] = [
      ([], "Nobody in the role security has signed it."),
      (
        [attestation(role: "privacy")], "A. Example (privacy) signed, but the role security has to."
      ),
      (
        [attestation(expires: "2026-06-14")],
        "The signature by A. Example (security) expired on 2026-06-14."
      ),
      (
        [attestation(date: "2026-06-16")],
        "A. Example (security) signed on 2026-06-16, which is after 2026-06-15."
      ),
    ]
    for (attestations, reason) in cases {
      let found = try judged(rule, attestations)
      #expect(found.verdict == .attestationPending)
      #expect(found.reason == reason)
    }
  }

  @Test("the day of expiry still counts, and any valid signature of several is enough")
  func lastDay() throws {
    let rule = Rule.attestation(role: "security")
    #expect(try judged(rule, [attestation(expires: "2026-06-15")]).verdict == .met)
    #expect(try judged(rule, [attestation(role: "x"), attestation()]).verdict == .met)
  }

  @Test("an approval by the owner is none")
  func independence() throws {
    let rule = Rule.approval(role: "security", independentOf: ["model.owner"])
    let owner = ["model.owner": "a.  example"]
    #expect(try judged(rule, [attestation()], texts: owner).verdict == .notMet)
    #expect(
      try judged(rule, [attestation(by: "W. Writer")], texts: ["model.owner": "B"]).verdict
        == .notMet)
    #expect(try judged(rule, [attestation()], texts: ["model.owner": "B"]).verdict == .met)
    #expect(try judged(rule, [attestation()]).verdict == .attestationPending)
  }

  private static let failing = Rule.holds(select: EvidencePattern("a/b/c"))

  private func waived(
    _ evidence: [Evidence], expires: String, notWaivableIn: Set<Profile> = [],
    rule: Rule = failing
  ) throws -> Finding {
    let waiver = Statements.Waiver(
      check: "XX-1", owner: "O. Wner", reason: "known", expires: expires)
    let list = checklist(check(rule, notWaivableIn: notWaivableIn))
    let found = list.judge(
      record(evidence), statements: Statements(waivers: [waiver]), profile: .regulated,
      stage: .release)
    return try #require(found.first)
  }

  @Test("a waiver covers what is not met, not assessed, thin or not signed")
  func waiverCovers() throws {
    let no = [fact("a/b/c", .flag(false))]
    let found = try waived(no, expires: "2026-06-15")
    #expect(found.verdict == .waived)
    #expect(
      found.reason
        == "Waived by O. Wner until 2026-06-15: known. Without the waiver it is not-met: "
        + "a of b, c: no.")
    #expect(try waived([], expires: "2026-06-15").verdict == .waived)
    #expect(
      try waived([], expires: "2026-06-15", rule: .attestation(role: "security")).verdict
        == .waived)
  }

  @Test("a waiver changes nothing where the check is met, even when it has expired")
  func waiverOfMet() throws {
    let yes = [fact("a/b/c", .flag(true))]
    #expect(try waived(yes, expires: "2026-12-01").verdict == .met)
    #expect(try waived(yes, expires: "2020-01-01").verdict == .met)
  }

  @Test("an expired waiver is not met, also where the evidence is missing")
  func expired() throws {
    for evidence in [[], [fact("a/b/c", .flag(false))]] {
      let found = try waived(evidence, expires: "2026-06-14")
      #expect(found.verdict == .notMet)
      #expect(found.reason.hasSuffix("The waiver by O. Wner expired on 2026-06-14."))
    }
  }

  @Test("without a clock no waiver and no signature counts")
  func noClock() throws {
    var timeless = record([fact("a/b/c", .flag(false))])
    timeless.asOf = ""
    let waiver = Statements.Waiver(check: "XX-1", owner: "O", reason: "r", expires: "2099-01-01")
    let list = checklist(check(Self.failing), check(.attestation(role: "r"), id: "XX-2"))
    let signed = Statements.Attestation(
      check: "XX-2", by: "A", role: "r", date: "2020-01-01", expires: "2099-01-01", evidence: "d")
    let found = list.judge(
      timeless, statements: Statements(attestations: [signed], waivers: [waiver]),
      profile: .crossSilo, stage: .release)
    #expect(found.map(\.verdict) == [.notMet, .attestationPending])
  }

  @Test("some checks cannot be waived in some profiles")
  func unwaivable() throws {
    let no = [fact("a/b/c", .flag(false))]
    let found = try waived(no, expires: "2026-12-01", notWaivableIn: [.regulated])
    #expect(found.verdict == .notMet)
    #expect(found.reason.contains("this check cannot be waived in the profile regulated"))
  }

  @Test("stated fields want text, and signed ones a name and a date")
  func stated() throws {
    let rule = Rule.stated(fields: ["limitations", "fairness"])
    #expect(try finding(rule).verdict == .notAssessed)
    var statements = Statements(texts: ["limitations": .init(text: "Small hospitals.")])
    let found = try finding(rule, statements: statements)
    #expect(found.verdict == .notMet)
    #expect(
      found.reason == "Of the statements, fairness is not provided by product owner.")
    statements.texts["fairness"] = .init(text: "[More Information Needed]")
    #expect(try finding(rule, statements: statements).verdict == .notMet)
    statements.texts["fairness"] = .init(text: "Late calls. TODO ask the wards.")
    #expect(
      try finding(rule, statements: statements).reason
        == "Of the statements, fairness holds a mark of unfinished work.")
    statements.texts["fairness"] = .init(text: "Late calls.")
    #expect(try finding(rule, statements: statements).verdict == .met)
    let signed = Rule.signed(fields: ["fairness"])
    #expect(
      try finding(signed, statements: statements).reason
        == "Of the statements, fairness has no name under it.")
    statements.texts["fairness"]?.by = "A"
    #expect(
      try finding(signed, statements: statements).reason
        == "Of the statements, fairness has no date under it.")
    statements.texts["fairness"]?.date = "2026-01-01"
    #expect(try finding(signed, statements: statements).verdict == .met)
  }

  @Test("a citation of an unknown check of our groups is a slip, other codes are not ours")
  func citations() throws {
    func cited(_ text: String) throws -> Finding {
      try finding(.citations, statements: Statements(texts: ["limitations": .init(text: text)]))
    }
    #expect(try cited("Keys are AES-256 and SHA-256.").verdict == .met)
    let found = try cited("See XX-9.")
    #expect(found.verdict == .notMet)
    #expect(
      found.reason == "Of the statements, limitations cites XX-9, which is no check of this list.")
  }

  @Test("signatures for checks that do not exist are reported with the nearest id")
  func strays() throws {
    let statements = Statements(
      attestations: [attestation()],
      waivers: [.init(check: "XX-2", owner: "O", reason: "r", expires: "2026-12-01")])
    let strays = checklist(check(Self.failing)).strays(in: statements, path: "statements.yaml")
    #expect(
      strays.map(\.rendered) == [
        "statements.yaml: warning: expected a waiver for a check of the checklist 'test', found "
          + "'XX-2'\n  help: did you mean 'XX-1'?"
      ])
  }
}
