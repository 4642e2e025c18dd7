import AssayDocuments
import AssayEvidence
import AssayFiles
import AssayXML
import Testing

@Suite("One evidence in three renderings")
struct CrossRenderingTests {
  static let all: [(name: String, assessment: Assessment)] = [
    ("rich", RichAssessment.make()), ("trial", RichAssessment.make(stage: .trial)),
    ("minimal", RichAssessment.minimal), ("ingested", RichAssessment.ingested),
  ]

  private func json(_ text: String) throws -> JSONValue {
    try JSONValue.parse(Array(text.utf8), path: "model-card.json")
  }

  @Test("every HTML document is well-formed, loads nothing and runs nothing", arguments: 0..<4)
  func pagesAreSafe(number: Int) throws {
    let files = try rendered(Self.all[number].assessment)
    for (name, text) in files where name.hasSuffix(".html") {
      let page = try ReadBack(html: text, path: name)
      #expect(
        page.elements.isDisjoint(with: ["script", "link", "img", "iframe", "object", "b2"]),
        "\(name)")
      let outside = page.attributes.filter { attribute in
        attribute.hasSuffix("@style") || attribute.hasSuffix("@src") || attribute.contains("@on")
      }
      #expect(outside.isEmpty, "\(name): \(outside)")
      #expect(!text.contains("http:") && !text.contains("https:"), "\(name)")
      #expect(!text.contains("url(") && !text.contains("@import"), "\(name)")
      #expect(text.utf8.count < 1_000_000, "\(name)")
      #expect(Set(page.anchors).count == page.anchors.count, "\(name): an id stands twice")
      for link in page.links where link.hasPrefix("#") {
        let target = percentDecoded(String(link.dropFirst()))
        #expect(page.anchors.contains(target), "\(name): nothing at \(link)")
      }
    }
  }

  @Test("links between documents lead to places that exist")
  func linksBetweenDocuments() throws {
    let files = try rendered(RichAssessment.make())
    var anchors: [String: Set<String>] = [:]
    var pages: [String: ReadBack] = [:]
    for (name, text) in files where name.hasSuffix(".html") {
      pages[name] = try ReadBack(html: text, path: name)
      anchors[name] = Set(pages[name]?.anchors ?? [])
    }
    for (name, page) in pages {
      for link in page.links where !link.hasPrefix("#") {
        let parts = link.split(separator: "#", maxSplits: 1).map(String.init)
        let known = try #require(anchors[parts[0]], "\(name): \(link)")
        if parts.count > 1 { #expect(known.contains(percentDecoded(parts[1])), "\(name): \(link)") }
      }
    }
  }

  @Test(
    "every fact of the record stands in the evaluation report once as an anchor", arguments: 0..<4)
  func allEvidence(number: Int) throws {
    let assessment = Self.all[number].assessment
    let text = try #require(try rendered(assessment)["evaluation.html"])
    let page = try ReadBack(html: text, path: "evaluation.html")
    for evidence in assessment.record.evidence {
      let id = XMLText.sanitized(evidence.id.description)
      #expect(page.printed[id] == [evidence.printedValue.shown], "\(id)")
    }
    #expect(page.printed.count == assessment.record.evidence.count)
  }

  @Test("HTML, JSON and JUnit print the same value for the same fact", arguments: 0..<4)
  func sameValues(number: Int) throws {
    let assessment = Self.all[number].assessment
    let files = try rendered(assessment)
    var seen = 0
    for (name, text) in files where name.hasSuffix(".html") {
      for (id, texts) in try ReadBack(html: text, path: name).printed {
        let evidence = try #require(
          assessment.record.evidence.first { XMLText.sanitized($0.id.description) == id }, "\(id)")
        #expect(texts == [evidence.printedValue.shown], "\(name): \(id)")
        seen += 1
      }
    }
    let card = try json(try #require(files["model-card.json"]))
    let cardPage = try ReadBack(
      html: try #require(files["model-card.html"]), path: "model-card.html")
    let members = card["evidence"]?.object?.members ?? []
    #expect(Set(members.map { XMLText.sanitized($0.key) }) == Set(cardPage.printed.keys))
    for (id, value) in members {
      #expect(value["printed"]?.string == assessment.evidence(EvidenceID(id))?.printedLine, "\(id)")
    }
    let gate = try XMLDocument(Array(try #require(files["gate.xml"]).utf8), path: "gate.xml").root()
    let lines = Dictionary(
      assessment.record.evidence.map { ($0.id.description, $0.printedLine) },
      uniquingKeysWith: { a, _ in a })
    for property in gate.children("testsuite").flatMap({ $0.children("properties") }).flatMap(
      \.children)
    {
      guard let name = property["name"], name.contains("/") else { continue }
      #expect(property["value"] == lines[name], "\(name)")
      seen += 1
    }
    if number == 0 { #expect(seen > 900) }
  }

  @Test("HTML, JSON and JUnit hold the same verdict for the same check", arguments: 0..<4)
  func sameVerdicts(number: Int) throws {
    let assessment = Self.all[number].assessment
    let files = try rendered(assessment)
    let expected = Dictionary(
      uniqueKeysWithValues: assessment.findings.map { ($0.check.id, $0.verdict.rawValue) })
    let page = try ReadBack(html: try #require(files["pilot-readiness.html"]), path: "r")
    #expect(page.verdicts == expected.mapValues { [$0] })
    for name in ["model-card.html", "dp-feasibility.html", "evaluation.html"] {
      for (id, verdicts) in try ReadBack(html: try #require(files[name]), path: name).verdicts {
        #expect(verdicts == [expected[id] ?? "unknown"], "\(name): \(id)")
      }
    }
    let findings = try json(try #require(files["model-card.json"]))["findings"]?.array ?? []
    #expect(
      Dictionary(
        uniqueKeysWithValues: findings.compactMap { finding in
          finding["check"]?.string.flatMap { id in finding["verdict"]?.string.map { (id, $0) } }
        }) == expected)
    let gate = try XMLDocument(Array(try #require(files["gate.xml"]).utf8), path: "gate.xml").root()
    let cases = gate.children("testsuite").filter { !["Hypotheses", "Gate"].contains($0["name"]) }
      .flatMap { $0.children("testcase") }
    var outcomes: [String: GateOutcome] = [:]
    for item in cases {
      let id = String(item["name"]?.prefix { $0 != " " } ?? "")
      outcomes[id] =
        switch item.children.first?.name {
        case nil: .pass
        case "failure": .failure
        case "error": .error
        default: .skipped
        }
    }
    for finding in assessment.findings {
      let outcome = finding.outcome(at: assessment.stage)
      #expect(
        outcomes[finding.check.id] == (outcome == .omitted ? nil : outcome), "\(finding.check.id)")
    }
  }

  @Test("a trial says in every document how many attestations are pending")
  func trial() throws {
    let assessment = RichAssessment.make(stage: .trial)
    let words = "trial: 2 attestations pending"
    for (name, text) in try rendered(assessment) where name != "gate.xml" {
      let escaped = name.hasSuffix(".md") ? words : words
      #expect(text.contains(escaped), "\(name)")
    }
    #expect(try rendered(assessment)["gate.xml"]?.contains(words) == true)
    #expect(renderSummary(assessment).contains(words))
    #expect(try rendered(RichAssessment.make()).values.allSatisfy { !$0.contains("trial:") })
  }

  @Test("the same assessment gives the same bytes")
  func deterministic() throws {
    let templates = try packageTemplates()
    let first = try renderDocuments(RichAssessment.make(), templates: templates)
    let second = try renderDocuments(RichAssessment.make(), templates: templates)
    #expect(first.map(\.fileName) == second.map(\.fileName))
    #expect(first.map(\.content) == second.map(\.content))
  }

  @Test("predictions alone yield the evaluation report and the gate")
  func predictions() throws {
    var assessment = RichAssessment.make()
    assessment.record.subject.kind = .predictions
    let files = try renderDocuments(assessment, templates: packageTemplates())
    #expect(files.map(\.fileName) == ["evaluation.html", "gate.xml"])
    let page = try ReadBack(html: files[0].content, path: "evaluation.html")
    #expect(page.links.allSatisfy { $0.hasPrefix("#") || $0 == "evaluation.html" })
  }

  /// Percent-decoding as a browser does it before it looks for an anchor.
  private func percentDecoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
