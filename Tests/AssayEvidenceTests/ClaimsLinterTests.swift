import AssayEvidence
import Testing

/// Sentences labelled by hand. Rules were extended where one of them was missed, so the share that
/// passes here says nothing about other texts.
@Suite("The claims linter")
struct ClaimsLinterTests {
  /// Sentences that must be refused, with the rule that refuses them.
  static let refused: [(String, String)] = [
    ("The data are anonymous.", "CLM-001"),
    ("All records were fully anonymized before training.", "CLM-001"),
    ("Updates are de-identified at the hospital.", "CLM-001"),
    ("Anonymity of patients is preserved.", "CLM-001"),
    ("It is not only fast but anonymous.", "CLM-001"),
    ("The rows are not shared, and the model is anonymous.", "CLM-001"),
    ("Identifiers are hashed and therefore private.", "CLM-002"),
    ("Hashing the ids keeps patients safe.", "CLM-002"),
    ("The model contains no personal data.", "CLM-003"),
    ("The weights are free of personal information.", "CLM-003"),
    ("The model does not contain any personal data.", "CLM-003"),
    ("Patient data never leaves the hospital.", "CLM-004"),
    ("Your data stays on your device.", "CLM-004"),
    ("Data do not leave the site.", "CLM-004"),
    ("Nothing leaves the hospital.", "CLM-004"),
    ("Only gradients are shared, so the patients are safe.", "CLM-005"),
    ("Only model updates leave, which protects patients.", "CLM-005"),
    ("The gradients reveal nothing about patients.", "CLM-005"),
    ("This is privacy-preserving machine learning.", "CLM-006"),
    ("Training preserves privacy.", "CLM-006"),
    ("The method is provably private.", "CLM-007"),
    ("Privacy is backed by mathematical guarantees.", "CLM-007"),
    ("The system is fully private.", "CLM-008"),
    ("We offer complete confidentiality.", "CLM-008"),
    ("Encryption ensures privacy.", "CLM-008"),
    ("The model is differentially private.", "CLM-009"),
    ("Training satisfies differential privacy.", "CLM-009"),
    ("It offers user-level differential privacy.", "CLM-010"),
    ("Patients enjoy patient-level privacy.", "CLM-010"),
    ("The pilot gives strong privacy.", "CLM-011"),
    ("Secure aggregation ensures that nobody is exposed.", "CLM-012"),
    ("The server cannot see anything.", "CLM-012"),
    ("The central server never learns about patients.", "CLM-012"),
    ("Traffic is end-to-end encrypted.", "CLM-013"),
    ("The protocol is trustless.", "CLM-013"),
    ("Records cannot be reconstructed.", "CLM-014"),
    ("Patients can never be re-identified.", "CLM-014"),
    ("It is impossible to identify a patient.", "CLM-014"),
    ("The pilot is GDPR-compliant.", "CLM-015"),
    ("It complies with all applicable laws.", "CLM-015"),
    ("The product is HIPAA compliant.", "CLM-015"),
    ("The model is certified.", "CLM-015"),
    ("It was approved by the data protection authority.", "CLM-015"),
    ("The model is unbiased.", "CLM-016"),
    ("Predictions are fair.", "CLM-016"),
    ("The model does not discriminate.", "CLM-016"),
    ("It has no bias.", "CLM-016"),
    ("There is no accuracy loss.", "CLM-017"),
    ("It is as accurate as a central model.", "CLM-017"),
    ("The model is production-ready.", "CLM-018"),
    ("The model is safe.", "CLM-018"),
    ("Half of the privacy budget is left.", "CLM-019"),
    ("The test data are representative.", "CLM-020"),
    ("The risk is negligible.", "CLM-021"),
    ("There is minimal risk for patients.", "CLM-021"),
    ("Privacy is guaranteed.", "CLM-022"),
    ("The method guarantees that nobody is found.", "CLM-022"),
    ("It is 100% secure.", "CLM-022"),
    ("It is 100 % secure.", "CLM-022"),
    ("We use military-grade encryption.", "CLM-022"),
    ("There is zero risk.", "CLM-023"),
    ("It poses no privacy risk.", "CLM-023"),
    ("We can guarantee privacy.", "CLM-022"),
    ("No one can read the updates.", "CLM-012"),
    ("This approach eliminates all privacy risks.", "CLM-023"),
    ("Training is private by design.", "CLM-008"),
    ("The process is secure because only weights are exchanged.", "CLM-005"),
  ]

  /// Sentences that must pass.
  static let accepted: [String] = [
    "Federated training does not make the data anonymous.",
    "The data are not anonymous, de-identified or aggregated.",
    "Nothing here makes patients anonymous.".replacing("Nothing here", with: "This never"),
    "We do not claim that records cannot be reconstructed.",
    "This does not mean that the model contains no personal data.",
    "Whether the updates are anonymous has not been assessed.",
    "Anonymity is not claimed.",
    "The word \"anonymous\" is avoided.",
    "Raw training records stay in the hospitals; updates leave them.",
    "Raw data never leaves the hospital, but updates do.",
    "The server sees every update.",
    "The server cannot see single updates; it sees their sum.",
    "Identifiers were hashed; they remain personal data.",
    "Updates can be inverted to rows.",
    "Noise is added to each update for privacy-preserving training with ε 3.",
    "The model is not provably private.",
    "In run 3 the model is (ε 4.2, δ 1e-6)-differentially private for one hospital as a client.",
    "Noise from a recorded seed is a simulation and protects nobody.",
    "The certified upper bound of ε is printed.",
    "User-level privacy holds as far as DP-7 does.",
    "Secure aggregation was not used.",
    "Traffic is end-to-end encrypted (SA-5).",
    "The attack did not succeed on this model.",
    "Causes cannot be inferred from the scores.",
    "Whether the pilot complies with the GDPR is decided by the hospitals.",
    "The pilot is not certified.",
    "The gap in recall between the groups was 0.03.",
    "The model is not unbiased; see the section on fairness.",
    "We do not promise that predictions are fair.",
    "Accuracy fell by 0.01 against central training.",
    "There is no accuracy loss beyond the margin of UT-1.",
    "The model is not safe for children.",
    "The privacy budget is kept in the ledger.",
    "The test data are not representative of small hospitals.",
    "No risk assessment was made.",
    "Nobody has written a risk register.",
    "100% of the rounds were completed.",
    "Performance on other hospitals is not guaranteed.",
    "The list only orders patients; nurses decide.",
    "Encrypted in transit.",
    "Small hospitals contribute few rows.",
    "Sex is used to compare error rates.",
    "Participation of a hospital can be observed.",
    "Sharing only updates does not remove what they reveal.",
    "Trust in the network is limited.",
    "Patients under 18 were left out.",
    "The threshold was chosen by the wards.",
    "Late calls are the main harm.",
    "It cannot be guaranteed that records stay hidden.",
    "There is no guarantee that the model is fair.",
  ]

  @Test("a claim nobody can support is refused by its rule", arguments: refused)
  func refuses(sentence: String, rule: String) {
    let found = ClaimsLinter.violations(in: sentence).map(\.rule.id)
    #expect(found.contains(rule), "\(found)")
  }

  @Test("a denial, a measurement or a qualified claim passes", arguments: accepted)
  func accepts(sentence: String) {
    let found = ClaimsLinter.violations(in: sentence).map { "\($0.rule.id) '\($0.matched)'" }
    #expect(found == [])
  }

  @Test("every rule has a labelled sentence, and ids are unique and in order")
  func complete() {
    let ids = ClaimsLinter.rules.map(\.id)
    #expect(ids == ids.sorted())
    #expect(Set(ids).count == ids.count)
    #expect(Set(Self.refused.map(\.1)) == Set(ids))
    #expect(Self.refused.count + Self.accepted.count >= 60)
  }

  @Test("ε, δ and the unit may stand elsewhere in the paragraph, not in another one")
  func paragraph() {
    let near = "The model is differentially private. ε is 4.2 at δ 1e-6 for one\npatient."
    let far = "The model is differentially private.\n\nε is 4.2 at δ 1e-6 for one patient."
    #expect(ClaimsLinter.violations(in: near) == [])
    #expect(ClaimsLinter.violations(in: far).map(\.rule.id) == ["CLM-009"])
  }

  @Test("sentences end at full stops and list items, not at abbreviations")
  func sentences() {
    let text = "- Not shared\n- anonymous\n\nSome ids, e.g. names, are not anonymous. All is well."
    let found = ClaimsLinter.violations(in: text)
    #expect(found.map(\.sentence) == ["- anonymous"])
  }

  @Test("a violation names field, sentence and words, in the order of the fields")
  func fields() {
    let statements = Statements(
      texts: [
        "not_protected": .init(text: "It is unhackable."),
        "limitations": .init(text: "Fine. The data are Anonymous!"),
      ],
      waivers: [.init(check: "MO-1", owner: "O", reason: "Zero risk.", expires: "2026-01-01")])
    let found = ClaimsLinter.violations(in: statements)
    #expect(found.map(\.field) == ["limitations", "not_protected", "waiver of MO-1"])
    #expect(found.map(\.matched) == ["anonymous", "unhackable", "zero risk"])
    #expect(found[0].sentence == "The data are Anonymous!")
  }

  @Test("text of any shape is read without a trap")
  func anyText() {
    let pieces = [
      "", " ", "\n", "\u{0}", "not", "—", "(", "anonymous", "'", "-", "%", "é\u{301}", "，",
    ]
    for a in pieces {
      for b in pieces {
        for c in pieces { _ = ClaimsLinter.violations(in: a + b + " " + c) }
      }
    }
    let long = String(repeating: "not anonymous, ", count: 1_300)
    #expect(ClaimsLinter.violations(in: long) == [])
  }

  @Test("citations are found once, with the field that cites them first")
  func citations() {
    let statements = Statements(texts: [
      "limitations": .init(text: "See DP-7 and DP-2b; not dp-7."),
      "not_protected": .init(text: "DP-7 (UT-1)."),
    ])
    let found = ClaimsLinter.citations(in: statements)
    #expect(found.map(\.check) == ["DP-7", "DP-2b", "UT-1"])
    #expect(found.map(\.field) == ["limitations", "limitations", "not_protected"])
  }
}
