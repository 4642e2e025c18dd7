import AssayDiagnostics
import AssayEvidence
import Testing

/// Reading a checklist, and the exact messages for what is wrong in it.
@Suite("Reading checklists")
struct ChecklistParserTests {
  /// A list of one check; `rule` and further lines can be replaced.
  static func text(
    _ rule: String = "{holds: a/b/c}", id: String = "XX-1", severity: String = "required",
    more: String = ""
  ) -> String {
    """
    assay: 1
    name: test
    version: "1"
    checks:
      - id: \(id)
        group: Group
        title: Title
        requirement: R.
        rationale: W.
        remedy: M.
        owner: security
        origin: test
        severity: \(severity)
        rule: \(rule)
    \(more)
    """
  }

  private func parse(_ text: String) throws -> Checklist {
    try Checklist.parse(bytes: Array(text.utf8), path: "c.yaml")
  }

  private func rule(_ text: String) throws -> Rule {
    let list = try parse(Self.text(text))
    return try #require(list.checks.first).rule
  }

  @Test("every kind of rule is read")
  func rules() throws {
    let a = EvidencePattern("a/b/c")
    #expect(
      try rule("{compare: {select: a/b/c, bound: low, relation: at_least, limit: -0.02}}")
        == .compare(select: a, bound: .low, relation: .atLeast, limit: -0.02))
    #expect(
      try rule("{compare: {select: a/b/c, relation: below, limit: 1, shortfall: insufficient}}")
        == .enough(.compare(select: a, bound: .value, relation: .below, limit: 1)))
    #expect(
      try rule("{compare: {select: a/b/c, relation: above, limit: 1, shortfall: not-met}}")
        == .compare(select: a, bound: .value, relation: .above, limit: 1))
    #expect(
      try rule(
        "{compare: {select: a/b/c, relation: at_most, relative_to: \"{headline}/b/c\", limit: 1}}")
        == .relative(
          select: a, to: EvidencePattern("{headline}/b/c"), bound: .value, relation: .atMost,
          limit: 1))
    #expect(try rule("{holds: a/b/c}") == .holds(select: a))
    #expect(try rule("{present: [a/b/c]}") == .present(select: [a]))
    #expect(try rule("{stated: [fairness]}") == .stated(fields: ["fairness"]))
    #expect(
      try rule("{stated: {fields: fairness, signed: true}}") == .signed(fields: ["fairness"]))
    #expect(try rule("{stated: {fields: fairness}}") == .stated(fields: ["fairness"]))
    #expect(try rule("{attestation: DPO}") == .attestation(role: "DPO"))
    #expect(try rule("{attestation: {role: DPO}}") == .attestation(role: "DPO"))
    #expect(
      try rule("{attestation: {role: DPO, independent_of: [model.owner]}}")
        == .approval(role: "DPO", independentOf: ["model.owner"]))
    #expect(try rule("{citations: met}") == .citations)
    #expect(
      try rule("{all: [{holds: a/b/c}, {attestation: DPO}]}")
        == .all([.holds(select: a), .attestation(role: "DPO")]))
  }

  @Test("a limit for each profile that asks is needed")
  func limits() throws {
    let silo = "{compare: {select: a/b/c, relation: at_least, limit: {cross-silo: 3}}}"
    let severity = "{cross-device: not-applicable, cross-silo: required, regulated: advisory}"
    let error = try diagnostic { _ = try parse(Self.text(silo, severity: severity)) }
    #expect(error.fact == .missingKey(key: "regulated", inside: "the limits of XX-1"))
    let only = "{cross-device: not-applicable, cross-silo: required, regulated: not-applicable}"
    let list = try parse(Self.text(silo, severity: only))
    #expect(
      list.checks[0].rule
        == .perProfile([
          .crossSilo: .compare(
            select: EvidencePattern("a/b/c"), bound: .value, relation: .atLeast, limit: 3)
        ]))
  }

  @Test("severity, applicability, waivers and examples are read; the digest is of the bytes")
  func rest() throws {
    let list = try parse(
      Self.text(
        severity: "{cross-device: required, cross-silo: advisory, regulated: not-applicable}",
        more: """
              applies_to: secure-aggregation
              no_waiver: [regulated, cross-device]
              passes:
                - {evidence: {a/b/c: true}, as_of: 2026-02-01, profile: cross-device}
              fails:
                - {verdict: insufficient}
          """))
    let check = try #require(list.checks.first)
    #expect(list.digest.count == 64)
    #expect(
      check.severity
        == [.crossDevice: .required, .crossSilo: .advisory, .regulated: .notApplicable])
    #expect(check.appliesTo == .secureAggregation)
    #expect(check.notWaivableIn == [.regulated, .crossDevice])
    #expect(check.examples.map(\.verdict) == [.met, .insufficient])
    #expect(check.examples[0].asOf == "2026-02-01T00:00:00Z")
    #expect(check.examples.map(\.profile) == [.crossDevice, .crossSilo])
    #expect(check.examples[0].evidence[0].result == .flag(true))
  }

  /// A rule in the list's 14th line, and the headline of the message it must give.
  static let brokenRules: [(String, String)] = [
    (
      "{compares: 1}",
      """
      c.yaml:14:12: error: expected one of the keys 'compare', 'holds', 'present', 'stated', \
      'attestation', 'citations', 'all', found 'compares'
        14 |     rule: {compares: 1}
           |            ^~~~~~~~
        help: did you mean 'compare'?
      """
    ),
    (
      "{holds: a/b/c, citations: met}",
      """
      c.yaml:14:11: error: expected exactly one of compare, holds, present, stated, attestation, \
      citations, all, found 2 kinds of rule
        14 |     rule: {holds: a/b/c, citations: met}
           |           ^
        help: join several rules with 'all'
      """
    ),
    (
      "{holds: a/b}",
      """
      c.yaml:14:19: error: expected a pattern of three parts, metric/arm/scope for 'holds', found \
      'a/b'
        14 |     rule: {holds: a/b}
           |                   ^~~
        help: the names of all facts stand in Docs/Evidence.md
      """
    ),
    (
      "{holds: \"a/{candidat}/c\"}",
      """
      c.yaml:14:19: error: expected one of the names {candidate}, {baseline}, {local}, \
      {reference}, {private}, {headline}, {segment}, {sensitive} for 'holds', found '{candidat}'
        14 |     rule: {holds: "a/{candidat}/c"}
           |                   ^~~~~~~~~~~~~~~~
        help: the names of all facts stand in Docs/Evidence.md
      """
    ),
    (
      "{holds: \"a/{candidate/c\"}",
      """
      c.yaml:14:19: error: expected a closing brace for every opening one for 'holds', found \
      'a/{candidate/c'
        14 |     rule: {holds: "a/{candidate/c"}
           |                   ^~~~~~~~~~~~~~~~
        help: the names of all facts stand in Docs/Evidence.md
      """
    ),
    (
      "{compare: {select: a/b/c, relation: at_leest, limit: 1}}",
      """
      c.yaml:14:47: error: expected a value for 'relation', one of 'at_most', 'at_least', 'below', \
      'above', found 'at_leest'
        14 |     rule: {compare: {select: a/b/c, relation: at_leest, limit: 1}}
           |                                               ^~~~~~~~
        help: did you mean 'at_least'?
      """
    ),
    (
      "{compare: {select: a/b/c, relation: at_least, limit: nan}}",
      """
      c.yaml:14:64: error: expected a number for 'limit', found 'nan'
        14 |     rule: {compare: {select: a/b/c, relation: at_least, limit: nan}}
           |                                                                ^~~
      """
    ),
    (
      "{stated: [fairnes]}",
      """
      c.yaml:14:21: error: expected a field of the statements, one of 'model.description', \
      'model.version', 'model.owner', 'model.contact', 'model.licence', 'intended_use', \
      'intended_users', 'out_of_scope', 'data.origin', 'data.population', 'data.sensitive', \
      'limitations', 'fairness', 'oversight', 'threat_model.server', 'threat_model.clients', \
      'threat_model.network', 'threat_model.consumers', 'threat_model.collusion', \
      'processing.messages', 'processing.retention', 'processing.roles', 'processing.recipients', \
      'not_protected' and 7 more, found 'fairnes'
        14 |     rule: {stated: [fairnes]}
           |                     ^~~~~~~
        help: did you mean 'fairness'?
      """
    ),
    (
      "{all: []}",
      """
      c.yaml:14:17: error: expected at least one item for 'all', found an empty list
        14 |     rule: {all: []}
           |                 ^
      """
    ),
    (
      "{citations: maybe}",
      """
      c.yaml:14:23: error: expected the word met for 'citations', found 'maybe'
        14 |     rule: {citations: maybe}
           |                       ^~~~~
      """
    ),
    (
      "{all: [{all: [{all: [{all: [{all: [{holds: a/b/c}]}]}]}]}]}",
      """
      c.yaml:14:45: error: expected at most 4 levels of rules, found more
        14 |     rule: {all: [{all: [{all: [{all: [{all: [{holds: a/b/c}]}]}]}]}]}
           |                                             ^
      """
    ),
    (
      "{compare: {shortfall: insuficient, select: a/b/c, relation: above, limit: 1}}",
      """
      c.yaml:14:33: error: expected a value for 'shortfall', one of 'not-met', 'insufficient', \
      found 'insuficient'
        14 |     rule: {compare: {shortfall: insuficient, select: a/b/c, relation: above, limit: 1}}
           |                                 ^~~~~~~~~~~
        help: did you mean 'insufficient'?
      """
    ),
  ]

  @Test("a broken rule is refused with its place and its mending", arguments: brokenRules)
  func messages(rule: String, message: String) throws {
    let error = try diagnostic { _ = try parse(Self.text(rule)) }
    #expect(error.rendered == message)
  }

  @Test("broken lists are refused")
  func lists() throws {
    func fact(_ text: String) throws -> Fact { try diagnostic { _ = try parse(text) }.fact }
    #expect(
      try fact("assay: 2\nname: x\nversion: 1\nchecks: []")
        == .badValue(key: "assay", found: "2", expected: "the version 1"))
    #expect(
      try fact("assay: 1\nname: x\nversion: 1\nchecks: []")
        == .wrongKind(key: "checks", found: "a list", expected: "a list of checks"))
    #expect(try fact("") == .missingKey(key: "assay", inside: "the checklist"))
    #expect(
      try fact(Self.text(id: "dp2"))
        == .badValue(
          key: "id", found: "dp2",
          expected: "two to four capital letters and a number, such as DP-2"))
    #expect(
      try fact(Self.text(severity: "blocking"))
        == .unknownName(
          what: "a value for 'severity'", name: "blocking",
          known: ["required", "advisory", "not-applicable"]))
    #expect(
      try fact(Self.text(severity: "{cross-silo: required}"))
        == .missingKey(key: "cross-device", inside: "severity"))
    #expect(
      try fact(Self.text(more: "    passes: [{verdict: not-met}]"))
        == .badValue(key: "verdict", found: "not-met", expected: "met, or no verdict"))
    #expect(
      try fact(Self.text(more: "    fails: [{verdict: met}]"))
        == .badValue(key: "verdict", found: "met", expected: "any verdict but met"))
    #expect(
      try fact(Self.text(more: "    fails: [{evidence: {a/b: 1}}]"))
        == .badValue(
          key: "evidence", found: "a/b", expected: "an id of three parts, metric/arm/scope"))
    #expect(
      try fact(Self.text(more: "    fails: [{as_of: today}]"))
        == .badValue(key: "as_of", found: "today", expected: "a day written YYYY-MM-DD"))
    let empty = Self.text().replacing("origin: test", with: "origin: TBD")
    #expect(
      try fact(empty)
        == .badValue(key: "origin", found: "TBD", expected: "more than a placeholder"))
  }

  @Test("an id may stand once")
  func duplicates() throws {
    let one = Self.text()
    let second = one.split(separator: "\n").dropFirst(4).joined(separator: "\n")
    let error = try diagnostic { _ = try parse(one + "\n" + second) }
    #expect(
      error.rendered == """
        c.yaml:16:9: error: expected each id once (first in line 5) for 'id', found 'XX-1'
          16 |   - id: XX-1
             |         ^~~~
        """)
  }
}
