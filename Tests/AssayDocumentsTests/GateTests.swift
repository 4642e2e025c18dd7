import AssayDiagnostics
import AssayDocuments
import AssayEvidence
import AssayFiles
import AssayTestSupport
import AssayXML
import CLibXML2
import Testing

/// Validation against an XSD; in tests only, because libxml2's schema code is not meant for files that are
/// not trusted.
private func schemaProblems(_ document: String, schema: String) -> [String] {
  let schemaBytes = Array(schema.utf8CString)
  let documentBytes = Array(document.utf8CString)
  guard let parser = xmlSchemaNewMemParserCtxt(schemaBytes, Int32(schemaBytes.count - 1)) else {
    return ["no schema parser"]
  }
  defer { xmlSchemaFreeParserCtxt(parser) }
  guard let parsed = xmlSchemaParse(parser) else { return ["broken schema"] }
  defer { xmlSchemaFree(parsed) }
  guard
    let file = xmlReadMemory(
      documentBytes, Int32(documentBytes.count - 1), nil, nil, Int32(XML_PARSE_NONET.rawValue))
  else { return ["not well-formed"] }
  defer { xmlFreeDoc(file) }
  guard let validator = xmlSchemaNewValidCtxt(parsed) else { return ["no validator"] }
  defer { xmlSchemaFreeValidCtxt(validator) }
  let status = xmlSchemaValidateDoc(validator, file)
  return status == 0 ? [] : ["invalid, code \(status)"]
}

/// Names and texts that break writers, by class of code point.
private let nastyTexts: [String] = {
  var texts = [
    "", " ", "]]>", "<a b=\"c\">", "&amp;", "\u{1B}[31mred\u{1B}[0m", "\r\n\t", "\u{FFFE}\u{FFFF}",
  ]
  let classes: [ClosedRange<UInt32>] = [
    0x00...0x08, 0x09...0x0D, 0x0E...0x1F, 0x20...0x2F, 0x7F...0x9F, 0xA0...0xAF, 0x300...0x30F,
    0x200B...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xD7F0...0xD7FF, 0xE000...0xE00F,
    0xFDD0...0xFDEF,
    0xFEFF...0xFEFF, 0xFFF0...0xFFFF, 0x1F600...0x1F60F, 0x1FFFE...0x1FFFF, 0xE0000...0xE007F,
    0x10FFF0...0x10FFFF,
  ]
  for range in classes {
    texts.append(String(String.UnicodeScalarView(range.compactMap { Unicode.Scalar($0) })))
  }
  texts.append(String(repeating: "é", count: 70_000))
  texts.append(String(repeating: "x", count: 300))
  return texts
}()

@Suite("The gate in JUnit")
struct GateTests {
  private func root(_ assessment: Assessment) throws -> XMLElement {
    let text = try DocumentSet(assessment).gate()
    return try XMLDocument(Array(text.utf8), path: "gate.xml").root()
  }

  private func schema() throws -> String {
    String(
      decoding: try InputFile.read("\(TestData.packageRoot)/templates/gate.xsd"), as: UTF8.self)
  }

  @Test("every gate is valid in the strict common dialect", arguments: 0..<4)
  func valid(number: Int) throws {
    let assessment = CrossRenderingTests.all[number].assessment
    #expect(schemaProblems(try DocumentSet(assessment).gate(), schema: try schema()).isEmpty)
  }

  @Test("a report of tests is in the same dialect, and says what was found and expected")
  func testReport() throws {
    let report = TestReport(
      [
        .init(suite: "One", name: "holds", outcome: .pass, message: ""),
        .init(suite: "Two", name: "is broken", outcome: .failure, message: "found 1, expected <2>"),
        .init(suite: "One", name: "cannot be tested", outcome: .skipped, message: "no avx512"),
      ], properties: [(name: "tool.version", value: "0.1.0")])
    let text = try report.junit(asOf: "2026-11-23T09:00:00Z")
    #expect(schemaProblems(text, schema: try schema()).isEmpty)
    let suites = try XMLDocument(Array(text.utf8), path: "x").root().children("testsuite")
    #expect(suites.map { $0["name"] } == ["One", "Two"])
    #expect(suites.map { $0["tests"] } == ["2", "1"])
    #expect(suites.map { $0["failures"] } == ["0", "1"])
    #expect(suites.map { $0["skipped"] } == ["1", "0"])
    let failure = try #require(suites[1].children("testcase").first?.children("failure").first)
    #expect(failure["message"] == "found 1, expected <2>")
  }

  @Test("the schema refuses what other consumers refuse")
  func schemaIsStrict() throws {
    let good = try DocumentSet(RichAssessment.make()).gate()
    let schema = try schema()
    for (from, to) in [
      ("<testsuites>", "<testsuites tests=\"1\">"),
      ("timestamp=\"2026-11-23T09:00:00\"", "timestamp=\"2026-11-23T09:00:00Z\""),
      ("<system-err/>", ""), ("time=\"0.000\"", "time=\"0.0001\""),
      ("<properties>", "<properties><x/>"),
    ] {
      #expect(good.contains(from), "\(from)")
      #expect(!schemaProblems(good.replacing(from, with: to), schema: schema).isEmpty, "\(to)")
    }
  }

  @Test("each verdict becomes the element that the interface fixes", arguments: Stage.allCases)
  func mapping(stage: Stage) throws {
    // Expected elements: INTERFACE, table of verdicts in JSON, JUnit and exit code.
    let expected: [Verdict: (required: String?, advisory: String?)] = [
      .met: ("pass", "pass"), .notMet: ("failure", "skipped"), .notAssessed: ("error", "skipped"),
      .insufficient: ("error", "skipped"),
      .attestationPending: (stage == .release ? "error" : "skipped", "skipped"),
      .waived: ("skipped", "skipped"), .notApplicable: (nil, nil),
    ]
    for verdict in Verdict.allCases {
      for required in [true, false] {
        let finding = RichAssessment.finding(
          "X-1", "Group", "A title", verdict, required: required, reason: "the reason")
        let root = try root(RichAssessment.make(stage: stage, findings: [finding]))
        let cases = root.children("testsuite").filter { $0["name"] == "Group" }.flatMap {
          $0.children("testcase")
        }
        let wanted = required ? expected[verdict]?.required : expected[verdict]?.advisory
        guard let wanted else {
          #expect(cases.isEmpty)
          continue
        }
        let item = try #require(cases.first)
        #expect(item["name"] == "X-1 A title")
        #expect(item["classname"] == "Group")
        #expect(item["time"] == "0.000")
        let element = item.children.first
        #expect((element?.name ?? "pass") == wanted, "\(verdict) \(required)")
        guard let element else { continue }
        let message = try #require(element["message"])
        #expect(message.contains("the reason"))
        #expect(element.text.hasPrefix(message))
        #expect((element["type"] == verdict.rawValue) == (wanted != "skipped"))
        if verdict == .notMet, !required { #expect(message.hasPrefix("ADVISORY ")) }
      }
    }
  }

  @Test("a waived check says by whom and until when")
  func waiver() throws {
    let cases = try root(RichAssessment.make()).children("testsuite").flatMap {
      $0.children("testcase")
    }
    let waived = try #require(cases.first { $0["name"]?.hasPrefix("MO-1 ") == true })
    #expect(
      waived.children.first?["message"]
        == "WAIVED by Head of Clinical IT until 2027-02-28: alerts go live with stage 2. no alert is recorded"
    )
  }

  @Test("hypotheses are their own suite and never fail a build")
  func hypotheses() throws {
    let suite = try #require(
      try root(RichAssessment.make()).children("testsuite").first { $0["name"] == "Hypotheses" })
    #expect(
      suite.children("testcase").map { $0.children.first?.name ?? "pass" } == [
        "pass", "skipped", "skipped",
      ])
    #expect(suite["failures"] == "0" && suite["errors"] == "0" && suite["skipped"] == "2")
  }

  @Test("a gate that judged nothing holds an error")
  func nothingJudged() throws {
    for assessment in [
      RichAssessment.minimal,
      RichAssessment.make(findings: [RichAssessment.finding("A-1", "G", "t", .notApplicable)]),
      RichAssessment.make(findings: [RichAssessment.finding("A-1", "G", "t", .met, required: false)]
      ),
    ] {
      #expect(!assessment.isGateMet)
      let root = try root(assessment)
      #expect(root.children.contains { $0["errors"] == "1" })
      #expect(root.children.allSatisfy { !$0.children("testcase").isEmpty })
    }
  }

  @Test("the gate holds a failure or error exactly when it is not met", arguments: Stage.allCases)
  func colour(stage: Stage) throws {
    for verdict in Verdict.allCases {
      for required in [true, false] {
        let assessment = RichAssessment.make(
          stage: stage,
          findings: [
            RichAssessment.finding("A-1", "G", "t", .met),
            RichAssessment.finding("A-2", "G", "u", verdict, required: required),
          ])
        let root = try root(assessment)
        let isRed = root.children.contains { $0["failures"] != "0" || $0["errors"] != "0" }
        #expect(isRed != assessment.isGateMet, "\(verdict) \(required)")
      }
    }
  }

  @Test("any text survives as well-formed, valid XML", arguments: nastyTexts.indices)
  func nasty(index: Int) throws {
    let text = nastyTexts[index]
    let findings = [
      RichAssessment.finding("A-1\(text)", text, text, .notMet, reason: text),
      RichAssessment.finding("A-1\(text)", text, text, .notAssessed, reason: text),
      RichAssessment.finding("A-2", "\(text) b", text, .waived, required: false, reason: "r"),
    ]
    var assessment = RichAssessment.make(findings: findings)
    assessment.record.subject.name = text
    assessment.record.judgements = [
      Judgement(
        arm: text, against: text, metric: text, margin: 0, outcome: .inconclusive,
        evidence: EvidenceID(text, arm: text), reason: text)
    ]
    assessment.statements.texts["intended_use"] = .init(
      text: text, by: text, role: text, date: text)
    let gate = try DocumentSet(assessment).gate()
    #expect(schemaProblems(gate, schema: try schema()).isEmpty)
    for (name, page) in try rendered(assessment) where name.hasSuffix(".html") {
      #expect(throws: Never.self, "\(name)") { try ReadBack(html: page, path: name) }
    }
  }

  @Test("a timestamp carries no zone")
  func timestamp() throws {
    #expect(
      try root(RichAssessment.make()).children.allSatisfy {
        $0["timestamp"] == "2026-11-23T09:00:00"
      })
  }
}
