import AssayDiagnostics
import AssayEvidence
import AssayRuns
import AssayStatistics
import AssayTestSupport
import AssayXML
import Testing

@testable import AssayDocuments

@Suite("Text from outside")
struct TextTests {
  @Test("a combining mark does not hide the character that it joins")
  func escapesByCodePoint() {
    // "<" and U+0338 are one Swift character; so are a quotation mark and U+0301.
    #expect(DisplayText.escaped("<\u{338}a \"\u{301}") == "&lt;\u{338}a &quot;\u{301}")
    #expect(DisplayText.escaped("a&b'c>") == "a&amp;b&#39;c&gt;")
    #expect(DisplayText.escaped("\u{1}") == "\u{FFFD}")
  }

  @Test("long names are cut and stay distinct")
  func cutsNames() {
    let first = String(repeating: "n", count: 300)
    let second = first + "x"
    #expect(DisplayText.name(first).count <= 200)
    #expect(DisplayText.name(first) != DisplayText.name(second))
    #expect(DisplayText.name("a\nb") == "a b")
    #expect(DisplayText.name("a\u{202E}b") == "a\u{FFFD}b")
  }

  @Test("anchors hold no white space, and fragments are plain ASCII")
  func anchors() {
    let id = EvidenceID("accuracy", arm: "a b", column: "c", group: "50 % <é>").description
    #expect(DisplayText.anchor(id) == "accuracy/a%20b/c=50%20%25%20<é>")
    #expect(DisplayText.fragment(id) == "accuracy/a%2520b/c=50%2520%2525%2520%3C%C3%A9%3E")
  }

  @Test("Markdown escapes everything that could be markup")
  func markdown() {
    let markup = "\\`*_{}[]<>()#+-.!|~"
    let escaped = MarkdownWriter.escaped(markup)
    #expect(escaped == markup.map { "\\\($0)" }.joined())
    #expect(MarkdownWriter.escaped("a\n# b") == "a \\# b")
  }

  @Test("Markdown tables have the same number of cells in every row")
  func markdownTables() throws {
    let text = try #require(try rendered(RichAssessment.make())["model-card.md"])
    var columns = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      guard line.hasPrefix("|") else {
        columns = 0
        continue
      }
      let cells = line.replacing("\\|", with: "").count { $0 == "|" }
      if columns == 0 { columns = cells }
      #expect(cells == columns, "\(line)")
    }
  }

  @Test("a CSS string cannot be left")
  func css() {
    #expect(HTMLWriter.cssString("a\"}b\\") == "a\\22 \\7d b\\5c ")
  }

  @Test("days until a date")
  func days() {
    // By hand: 2026-11-23 to 2027-02-28 is 7 + 31 + 31 + 28 days.
    #expect(CivilDate.daysLeft(until: "2027-02-28", asOf: "2026-11-23T09:00:00Z") == ", in 97 days")
    #expect(
      CivilDate.daysLeft(until: "2026-11-22", asOf: "2026-11-23T09:00:00Z") == ", expired 1 day ago"
    )
    #expect(CivilDate.daysLeft(until: "2024-03-01", asOf: "2024-02-28T00:00:00Z") == ", in 2 days")
    #expect(CivilDate.daysLeft(until: "soon", asOf: "2026-11-23T09:00:00Z") == "")
    #expect(CivilDate.daysLeft(until: "2026-11-23", asOf: "2026-11-23T09:00:00Z") == ", today")
  }

  @Test("broken and missing templates are named")
  func templates() throws {
    #expect(throws: Diagnostic.self) { try TemplateLibrary(folder: "/nonexistent") }
  }
}

@Suite("Figures")
struct FigureTests {
  @Test("ticks are round and inside the scale")
  func ticks() {
    let scale = Scale(of: [0.691, 0.762], start: 32, end: 67, limits: 0...1)
    #expect(scale.ticks.map(\.text) == ["0.70", "0.72", "0.74", "0.76"])
    let signed = Scale(of: [-0.06, 0.03], start: 0, end: 100, signed: true)
    #expect(
      signed.ticks.map(\.text)
        == ["−0.06", "−0.04", "−0.02", "0.00", "+0.02"].suffix(signed.ticks.count)
        || signed.ticks.map(\.text) == ["−0.05", "0.00"])
    #expect(scale.at(.nan) == 32)
  }

  @Test("a scale survives single, equal, huge and non-finite values")
  func degenerate() {
    for values in [[], [0.5], [1, 1], [0, 1e300], [.nan, .infinity], [-1e-300, 1e-300]]
      as [[Double]]
    {
      let scale = Scale(of: values, start: 0, end: 100)
      #expect(scale.ticks.count < 12)
      #expect((0...100).contains(scale.at(0.5)))
    }
  }

  @Test("coordinates are plain decimals")
  func decimals() {
    #expect(
      Decimal.short(12.345, places: 2) == "12.35" || Decimal.short(12.345, places: 2) == "12.34")
    #expect(Decimal.short(-0.004, places: 2) == "0")
    #expect(Decimal.short(100, places: 2) == "100")
    #expect(Decimal.text(-5, exponent: -2) == "-0.05")
    #expect(Decimal.text(3, exponent: 2) == "300")
  }

  @Test("every drawing is well-formed, says what it shows, and uses presentation attributes alone")
  func drawings() throws {
    let set = DocumentSet(RichAssessment.make())
    var count = 0
    for kind in set.kinds {
      for case .figure(let figure) in set.document(kind).sections.flatMap(\.blocks) {
        #expect(!figure.table.rows.isEmpty, "\(figure.id)")
        for drawing in figure.drawings {
          count += 1
          let root = try XMLDocument(Array("<svg>\(drawing.body)</svg>".utf8), path: figure.id)
            .root()
          root.forEach { element in
            #expect(element["style"] == nil)
            for name in ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "d", "width", "height"]
            {
              let value = element[name] ?? ""
              #expect(!value.contains("nan") && !value.contains("inf"), "\(name)=\(value)")
            }
            #expect(element["href"].map { $0.hasPrefix("#i-") } ?? true)
          }
          #expect(drawing.description.count > 10, "\(figure.id)")
        }
      }
    }
    #expect(count > 20)
  }

  @Test("points are joined only when five budgets were measured")
  func joins() throws {
    func plot(_ count: Int) -> UtilityPlot {
      func fact(_ metric: String, _ value: Double) -> Evidence {
        Evidence(
          id: EvidenceID(metric, arm: "a"), title: metric, unit: .fraction,
          result: .quantity(value),
          source: .init(path: "p", how: "h"))
      }
      return UtilityPlot(
        quantity: "Accuracy",
        points: (1...count).map {
          .init(
            arm: "a", epsilon: fact("e", Double($0)), utility: fact("u", 0.7), isRecommended: false)
        }, reference: nil, margin: 0.01, isHigherBetter: true, lines: [])
    }
    let joined = "stroke-width=\"1.5\" stroke-opacity=\".6\""
    #expect(!plot(4).drawing.body.contains(joined))
    #expect(plot(5).drawing.body.contains(joined))
  }

  @Test("an interval that includes zero is hollow, and a title claims no more than the interval")
  func titles() throws {
    let set = DocumentSet(RichAssessment.make())
    let figures = set.document(.evaluation).sections.flatMap(\.blocks).compactMap { block in
      if case .figure(let figure) = block { figure } else { nil }
    }
    let ladder = try #require(figures.first { $0.id == "fig-ladder" })
    #expect(ladder.title == "federated-dp-eps3 is worse than baseline: −0.020 (−0.027 to −0.013)")
    var assessment = RichAssessment.make()
    assessment.record.subject.candidate = "federated"
    let other = DocumentSet(assessment).document(.evaluation).sections.flatMap(\.blocks).compactMap
    { block in
      if case .figure(let figure) = block, figure.id == "fig-ladder" { figure.title } else { nil }
    }
    #expect(other == ["Accuracy of each arm"])
  }
}

@Suite("Documents say what is not known")
struct GapTests {
  @Test("every empty field is drawn with the role whose turn it is")
  func gaps() throws {
    let text = try #require(try rendered(RichAssessment.minimal)["model-card.html"])
    for field in StatementField.all {
      #expect(text.contains("not provided by \(field.role)"), "\(field.key)")
    }
    let rich = try #require(try rendered(RichAssessment.make())["model-card.html"])
    #expect(rich.contains("14 of 23 mandatory fields"))
  }

  @Test("without a private arm the feasibility report exists and says so")
  func noPrivateArm() throws {
    for assessment in [RichAssessment.minimal, RichAssessment.ingested] {
      let text = try #require(try rendered(assessment)["dp-feasibility.html"])
      #expect(text.contains("No private arm"))
      #expect(
        try rendered(assessment)["model-card.html"]?.contains("There is no private arm") == true)
    }
  }

  @Test("a seeded guarantee describes the mechanism, not the weights")
  func seeded() throws {
    for name in ["model-card.html", "dp-feasibility.html"] {
      let text = try #require(try rendered(RichAssessment.make())[name])
      #expect(text.contains("describes the mechanism, not these weights"), "\(name)")
    }
  }

  @Test("a record of 2,000 facts stays below one megabyte")
  func size() throws {
    var assessment = RichAssessment.make()
    var number = 0
    while assessment.record.evidence.count < 2000 {
      number += 1
      var evidence = assessment.record.evidence[number]
      evidence.id = EvidenceID(
        "accuracy", arm: "federated", column: "occupation", group: "group \(number)")
      assessment.record.evidence.append(evidence)
    }
    for (name, text) in try rendered(assessment) {
      #expect(text.utf8.count < 1_000_000, "\(name) holds \(text.utf8.count) bytes")
    }
  }

  @Test("a missing run and missing facts are listed as not known")
  func unknown() throws {
    let text = try #require(try rendered(RichAssessment.make())["evaluation.html"])
    #expect(text.contains("loss was not finite in round 7"))
    #expect(text.contains("not recorded: nobody ran assay reproduce"))
  }

  @Test("no document uses words that promise more than was measured")
  func wording() throws {
    // Words of the claims list that no computed text may use; quoted human text is not checked here.
    let words = [
      "guaranteed", "impossible", "anonymous", "anonymised", "GDPR", "HIPAA", "compliant",
      "unbiased",
      "bulletproof", "production ready", "trustworthy", "privacy-preserving", "cannot be",
    ]
    for (name, text) in try rendered(RichAssessment.make()) where name != "gate.xml" {
      for word in words { #expect(!text.contains(word), "\(name): \(word)") }
    }
  }

  @Test("facts that are all undefined or without interval still make every document")
  func undefined() throws {
    var assessment = RichAssessment.make()
    let stripped = assessment.record.evidence.map { evidence in
      var evidence = evidence
      if case .estimate = evidence.result {
        evidence.result = .estimate(.undefined(reason: "0/0", count: 0))
      }
      return evidence
    }
    assessment = Assessment(
      record: EvidenceRecord(
        asOf: "x", toolVersion: "", subject: assessment.record.subject, evidence: stripped,
        series: [
          Series(kind: .calibration, arm: "gone", lines: [.init(name: "", x: [.nan], y: [nil])])
        ],
        judgements: assessment.record.judgements, feasibility: assessment.record.feasibility,
        assumptions: assessment.record.assumptions, ledger: assessment.record.ledger),
      statements: Statements(), checklist: assessment.checklist, profile: .regulated,
      stage: .release,
      findings: assessment.findings)
    for (name, text) in try rendered(assessment) where name.hasSuffix(".html") {
      _ = try ReadBack(html: text, path: name)
    }
  }
}
