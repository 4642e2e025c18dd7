import AssayDiagnostics
import AssayEvidence
import AssayTestSupport
import Testing

/// Reading `statements.yaml`, and the exact messages for what is wrong in it.
@Suite("Reading statements")
struct StatementsParserTests {
  private func parse(_ text: String) throws -> Statements {
    try Statements.parse(bytes: Array(text.utf8), path: "s.yaml")
  }

  @Test("texts, signatures, claims, attestations and waivers are read")
  func everything() throws {
    let statements = try parse(
      """
      assay: 1
      signed: {by: A, role: owner, date: 2026-01-02}
      model: {description: "It ranks.", version: 1.0}
      not_protected: {text: The server sees updates., by: B, role: governance, date: 2026-02-03}
      limitations: |
        First line.
        Second line.
      fairness:
      secure_aggregation: {claimed: true}
      participation: {hidden: false}
      attestations:
        - {check: PC-4, by: C, role: DPO, date: 2024-02-29, expires: 2027-01-01, evidence: doc,
           digest: \(String(repeating: "ab", count: 32))}
      waivers:
        - {check: MO-1, owner: D, reason: later, expires: 2026-12-31}
      """)
    let owner = Statements.Signed(text: "It ranks.", by: "A", role: "owner", date: "2026-01-02")
    #expect(statements.texts["model.description"] == owner)
    #expect(statements.texts["model.version"]?.text == "1.0")
    #expect(
      statements.texts["not_protected"]
        == .init(
          text: "The server sees updates.", by: "B", role: "governance", date: "2026-02-03"))
    #expect(statements.texts["limitations"]?.text == "First line.\nSecond line.")
    #expect(statements.texts["fairness"] == nil)
    #expect(statements.texts.count == 4)
    #expect(statements.claimsSecureAggregation == true)
    #expect(statements.participationIsHidden == false)
    #expect(
      statements.attestations == [
        .init(
          check: "PC-4", by: "C", role: "DPO", date: "2024-02-29", expires: "2027-01-01",
          evidence: "doc", digest: String(repeating: "ab", count: 32))
      ])
    #expect(
      statements.waivers
        == [.init(check: "MO-1", owner: "D", reason: "later", expires: "2026-12-31")])
  }

  @Test("an empty file states nothing")
  func empty() throws {
    #expect(try parse("").isEmpty)
    #expect(try parse("# only a comment\n").isEmpty)
    #expect(try parse("model: {}\nattestations: []\n").isEmpty)
  }

  @Test("every field of the model card can be written")
  func everyField() throws {
    for field in StatementField.all {
      let parts = field.key.split(separator: ".")
      let line =
        parts.count == 1 ? "\(field.key): words" : "\(parts[0]): {\(parts[1]): words}"
      #expect(try parse(line).texts == [field.key: .init(text: "words")])
    }
  }

  @Test(
    "a placeholder counts as absent",
    arguments: [
      "TBD", "tbd.", "TODO", "todo: ask", "To be written", "lorem ipsum dolor", "<your text>",
      "[More Information Needed]", "…", "???", "-", "xxx", "to be confirmed by legal", "  ",
      "coming soon",
    ])
  func placeholders(text: String) throws {
    #expect(Placeholder.isWhole(text))
    #expect(try parse("limitations: '\(text)'").texts.isEmpty)
  }

  @Test("short and cautious texts are no placeholders", arguments: ["none", "v1", "Not known."])
  func noPlaceholder(text: String) throws {
    #expect(!Placeholder.isUnfinished(text))
    #expect(try parse("limitations: '\(text)'").texts.count == 1)
  }

  @Test("a mark of unfinished work inside a text is counted, and the text is kept")
  func unfinished() throws {
    let statements = try parse("limitations: Small hospitals. TODO ask the wards.")
    #expect(statements.texts.count == 1)
    #expect(statements.unfilledFields.map(\.key).contains("limitations"))
  }

  /// A broken file, and the message it must give.
  static let broken: [(String, String)] = [
    (
      "intended_usse: x",
      """
      s.yaml:1:1: error: expected one of the keys 'assay', 'signed', 'model', 'intended_use', \
      'intended_users', 'out_of_scope', 'data', 'limitations', 'fairness', 'oversight', \
      'threat_model', 'processing', 'not_protected', 'privacy', 'secure_aggregation', 'participation', \
      'attestations', 'waivers', found 'intended_usse'
        1 | intended_usse: x
          | ^~~~~~~~~~~~~
        help: did you mean 'intended_use'?
      """
    ),
    (
      "model:\n  descripton: x",
      """
      s.yaml:2:3: error: expected one of the keys 'description', 'version', 'owner', 'contact', \
      'licence', found 'descripton'
        2 |   descripton: x
          |   ^~~~~~~~~~
        help: did you mean 'description'?
      """
    ),
    (
      "fairness: [a, b]",
      """
      s.yaml:1:11: error: expected text, or a mapping with text, by, role, date for 'fairness', \
      found a list
        1 | fairness: [a, b]
          |           ^
        help: write several points as one text; '|' keeps the lines of the paragraph below it
      """
    ),
    (
      "signed: {by: A, date: 2026-02-29}",
      """
      s.yaml:1:23: error: expected a day written YYYY-MM-DD for 'date', found '2026-02-29'
        1 | signed: {by: A, date: 2026-02-29}
          |                       ^~~~~~~~~~
      """
    ),
    (
      "attestations:\n  - {check: PC-4, by: A, role: r, date: 2026-01-02, expires: 2026-01-01, evidence: d}",
      """
      s.yaml:2:62: error: expected a day on or after 2026-01-02 for 'expires', found '2026-01-01'
        2 |   - {check: PC-4, by: A, role: r, date: 2026-01-02, expires: 2026-01-01, evidence: d}
          |                                                              ^~~~~~~~~~
      """
    ),
    (
      "attestations:\n  - {check: PC-4, by: A}",
      """
      s.yaml:2:5: error: expected the key 'date' in attestation, found none
        2 |   - {check: PC-4, by: A}
          |     ^
      """
    ),
    (
      "waivers: [{check: pc4, owner: A, reason: r, expires: 2026-01-01}]",
      """
      s.yaml:1:19: error: expected the id of a check, such as DP-2 for 'check', found 'pc4'
        1 | waivers: [{check: pc4, owner: A, reason: r, expires: 2026-01-01}]
          |                   ^~~
      """
    ),
    (
      "waivers: [{check: PC-4, owner: TBD, reason: r, expires: 2026-01-01}]",
      """
      s.yaml:1:32: error: expected more than a placeholder for 'owner', found 'TBD'
        1 | waivers: [{check: PC-4, owner: TBD, reason: r, expires: 2026-01-01}]
          |                                ^~~
      """
    ),
    (
      "participation: {hidden: maybe}",
      """
      s.yaml:1:25: error: expected true or false for 'hidden', found 'maybe'
        1 | participation: {hidden: maybe}
          |                         ^~~~~
      """
    ),
    (
      "secure_aggregation: {}",
      """
      s.yaml:1:21: error: expected the key 'claimed' in secure_aggregation, found none
        1 | secure_aggregation: {}
          |                     ^
      """
    ),
    (
      "attestations: {check: PC-4}",
      """
      s.yaml:1:15: error: expected a list for 'attestations', found a mapping
        1 | attestations: {check: PC-4}
          |               ^
      """
    ),
    (
      "assay: 2",
      """
      s.yaml:1:8: error: expected the version 1 for 'assay', found '2'
        1 | assay: 2
          |        ^
      """
    ),
  ]

  @Test("a broken file is refused with its place and its mending", arguments: broken)
  func messages(text: String, message: String) throws {
    let error = try diagnostic { _ = try parse(text) }
    #expect(error.rendered == message)
  }

  @Test("two waivers for one check, a bad digest and too much text are refused")
  func limits() throws {
    let waiver = "{check: PC-4, owner: A, reason: r, expires: 2026-01-01}"
    let twice = try diagnostic { _ = try parse("waivers: [\(waiver), \(waiver)]") }
    #expect(
      twice.fact
        == .badValue(key: "check", found: "PC-4", expected: "one waiver for each check"))
    let digest = try diagnostic {
      _ = try parse(
        "attestations: [{check: PC-4, by: A, role: r, date: 2026-01-01, expires: 2026-01-01, "
          + "evidence: d, digest: ABCD}]")
    }
    #expect(digest.help == "sha256sum FILE prints it")
    let long = String(repeating: "a", count: Statements.textLimit + 1)
    let over = try diagnostic { _ = try parse("limitations: \(long)") }
    #expect(
      over.fact
        == .overLimit(what: "characters in 'limitations'", found: "20001", limit: "20000"))
    #expect(
      try parse("limitations: \(long.dropLast())").texts["limitations"]?.text.count == 20_000)
    let name = String(repeating: "a", count: Statements.nameLimit + 1)
    let named = try diagnostic { _ = try parse("signed: {by: \(name)}") }
    #expect(named.fact == .overLimit(what: "characters in 'by'", found: "501", limit: "500"))
    let many = "waivers: [" + Array(repeating: "1", count: 1_001).joined(separator: ",") + "]"
    let crowd = try diagnostic { _ = try parse(many) }
    #expect(
      crowd.fact == .overLimit(what: "entries in 'waivers'", found: "1001", limit: "1000"))
  }

  @Test(
    "days that do not exist are refused",
    arguments: [
      "2026-13-01", "2026-00-01", "2026-01-00", "2026-04-31", "1900-02-29", "2026-1-1",
      "0000-01-01", "2026/01/01", "26-01-01", "2026-01-01T00:00:00Z", "x026-01-01",
    ])
  func days(text: String) throws {
    let error = try diagnostic { _ = try parse("signed: {date: '\(text)'}") }
    #expect(
      error.fact == .badValue(key: "date", found: text, expected: "a day written YYYY-MM-DD"))
  }

  @Test("leap days of 2000 and 2024 exist", arguments: ["2000-02-29", "2024-02-29"])
  func leapDays(text: String) throws { _ = try parse("signed: {date: \(text)}") }

  @Test("the starter's statements are read, with gaps and without refused claims")
  func starter() throws {
    let path = "model-cards/starter/statements.yaml"
    let statements = try Statements.parse(bytes: try packageFile(path), path: path)
    #expect(
      statements.unfilledFields.map(\.key) == [
        "model.contact", "oversight", "threat_model.collusion", "processing.retention",
        "processing.roles",
      ])
    #expect(ClaimsLinter.violations(in: statements) == [])
    #expect(statements.attestations.isEmpty && statements.waivers.isEmpty)
    #expect(statements.claimsSecureAggregation == false)
    #expect(statements.participationIsHidden == false)
    for (key, text) in statements.texts {
      #expect(text.by?.hasSuffix("(invented)") == true, "\(key)")
    }
  }

  @Test("the starter's commented entries are valid once the comment marks are gone")
  func starterExamples() throws {
    let text = String(
      decoding: try packageFile("model-cards/starter/statements.yaml"), as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0 == "# attestations:" })
    let end = try #require(lines.lastIndex { $0.hasPrefix("#") })
    let body = lines[start...end].map { $0.dropFirst(2) }.joined(separator: "\n")
    let statements = try parse(body)
    #expect(statements.attestations.count == 1)
    #expect(statements.waivers.count == 1)
  }
}
