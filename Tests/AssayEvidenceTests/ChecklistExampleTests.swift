import AssayEvidence
import AssayFiles
import AssayTestSupport
import Testing

/// The checklists that come with Assay.
@Suite("The checklists")
struct ChecklistExampleTests {
  static let paths = [
    "checklists/pilot-readiness.yaml", "checklists/privacy-feasibility.yaml",
    "checklists/evaluation.yaml",
  ]

  static func list(_ path: String) throws -> Checklist {
    try Checklist.parse(bytes: try packageFile(path), path: path)
  }

  @Test("every example of every check comes out as written", arguments: paths)
  func examples(path: String) throws {
    for check in try Self.list(path).checks {
      #expect(check.examples.contains { $0.verdict == .met }, "\(check.id) has no passing case")
      #expect(check.examples.contains { $0.verdict != .met }, "\(check.id) has no failing case")
      for (number, example) in check.examples.enumerated() {
        let alone = Checklist(name: "one", version: "1", digest: "", checks: [check])
        // Citations are judged by the verdicts of the whole list.
        let list = check.id == "CW-2" ? try Self.list(path) : alone
        let findings = list.judge(
          example.record, statements: example.statements, profile: example.profile,
          stage: .release)
        let found = try #require(findings.first { $0.check.id == check.id })
        #expect(
          found.verdict == example.verdict, "\(check.id), case \(number + 1): \(found.reason)")
        #expect(found.reason.hasSuffix("."), "\(check.id): \(found.reason)")
      }
    }
  }

  @Test("the readiness list holds the checks of the governance table and the three warnings")
  func ids() throws {
    let groups: [(String, Int)] = [
      ("PC", 6), ("SA", 5), ("DP", 17), ("TM", 3), ("AC", 4), ("RP", 4), ("TS", 4), ("PD", 4),
      ("UT", 4), ("FS", 6), ("CR", 4), ("RO", 3), ("VC", 2), ("MO", 3), ("RB", 3), ("IN", 2),
      ("CW", 3),
    ]
    var expected = groups.flatMap { group, count in (1...count).map { "\(group)-\($0)" } }
    expected += ["DP-2b", "DP-4b", "PD-1b"]
    let found = try Self.list(Self.paths[0]).checks.map(\.id)
    #expect(Set(found) == Set(expected))
    #expect(found.count == expected.count)
  }

  @Test("severities follow the governance table")
  func severities() throws {
    let list = try Self.list(Self.paths[0])
    // Rows copied from the table: cross-device, cross-silo, regulated.
    let table: [(String, String)] = [
      ("PC-1", "BBB"), ("PC-5", "WWB"), ("SA-2", "WWB"), ("SA-4", "BWB"), ("DP-2", "BWB"),
      ("DP-9", "WWW"), ("DP-10", "BWB"), ("AC-3", "WBB"), ("RP-2", "WBB"), ("TS-2", "WWB"),
      ("PD-3", "WWB"), ("PD-4", "BWB"), ("UT-3", "WWW"), ("FS-2", "BWB"), ("FS-6", "WBB"),
      ("CR-1", "BWW"), ("CR-3", "B-W"), ("RO-3", "BWB"), ("MO-2", "WWB"), ("CW-1", "BBB"),
    ]
    let letters: [Check.Severity: Character] = [
      .required: "B", .advisory: "W", .notApplicable: "-",
    ]
    for (id, row) in table {
      let check = try #require(list.checks.first { $0.id == id })
      let found = [Profile.crossDevice, .crossSilo, .regulated].compactMap { profile in
        check.severity[profile].flatMap { letters[$0] }
      }
      #expect(String(found) == row, "\(id)")
    }
  }

  @Test("the feasibility list is a part of the readiness list, check by check")
  func subset() throws {
    let whole = try Self.list(Self.paths[0]).checks
    for check in try Self.list(Self.paths[1]).checks {
      #expect(whole.contains(check), "\(check.id)")
    }
  }

  @Test("a limit of our own says that it is no standard")
  func origins() throws {
    for check in try Self.list(Self.paths[0]).checks where check.origin.contains("project") {
      #expect(check.origin.contains("project default, not a standard"), "\(check.id)")
    }
  }

  @Test("an empty record meets nothing, in every profile and list", arguments: paths)
  func nothingIsMet(path: String) throws {
    let list = try Self.list(path)
    for profile in Profile.allCases {
      let assessment = Assessment.make(
        record: record(), statements: Statements(), checklist: list, profile: profile,
        stage: .trial)
      // The record itself is evidence that it shows no small group; nothing else is known.
      let met = assessment.findings.filter { $0.verdict == .met }.map(\.check.id)
      #expect(met == ["PC-6"], "\(profile)")
      #expect(assessment.readiness == .cannotJudge)
      #expect(!assessment.isGateMet)
    }
  }

  @Test("the derived facts are written in the documentation")
  func documented() throws {
    let text = String(decoding: try packageFile("Docs/Evidence.md"), as: UTF8.self)
    let derived = record().withDerivedEvidence(Statements()).evidence
    #expect(derived.count == 3)
    for fact in derived { #expect(text.contains("`\(fact.id)`"), "\(fact.id)") }
  }
}
