import AssayEvidence
import AssayRuns
import AssayStatistics
import Testing

@testable import AssayDocuments

@Suite("The feasibility report: who pays, the frontier, the whole statement")
struct FeasibilityReportTests {
  private static let arm = "federated-dp-eps3"

  private func fact(
    _ id: EvidenceID, _ title: String, _ unit: ValueUnit, _ result: Evidence.Result,
    note: String? = nil
  ) -> Evidence {
    Evidence(
      id: id, title: title, unit: unit, result: result, source: .init(path: "p", how: "h"),
      note: note)
  }

  private func estimate(_ value: Double, _ half: Double) -> Evidence.Result {
    .estimate(
      .defined(
        value: value,
        interval: Interval(low: value - half, high: value + half, method: .seeds, confidence: 0.95),
        count: 900))
  }

  private func guarantee(_ epsilon: Double) -> Evidence.Result {
    .guarantee(
      PrivacyGuarantee(
        epsilon: epsilon, epsilonLower: epsilon * 0.999, delta: 1e-5, unit: .client,
        neighbouring: .addOrRemoveOne, accountant: "pld", assumptions: [],
        epsilonWithoutAmplification: epsilon))
  }

  /// The invented pilot with groups, a frontier and attack bounds.
  private func assessment() -> Assessment {
    var assessment = RichAssessment.make()
    let pair = "\(Self.arm)-vs-federated"
    var facts = [
      fact(
        EvidenceID("worst_group_difference", arm: pair), "Change in the group that loses most",
        .difference, estimate(-0.04, 0.02), note: "ward = geriatric (n 900); worst of 2 groups"),
      fact(
        EvidenceID("worst_group_beyond_all", arm: pair), "That change beyond the one over all rows",
        .difference, estimate(-0.025, 0.02), note: "ward = geriatric (n 900); worst of 2 groups"),
      fact(
        EvidenceID("groups_losing", arm: pair), "Groups that lose", .count, .count(1),
        note: "ward = geriatric (n 900); Holm’s adjustment of 2 comparisons, level 5 %"),
      fact(
        EvidenceID("groups_compared", arm: pair), "Groups compared", .count, .count(2),
        note: "2 comparisons in all, over groups and budgets"),
      fact(EvidenceID("groups_withheld", arm: pair), "Withheld", .count, .count(1)),
      fact(
        EvidenceID("membership_advantage", arm: Self.arm), "Largest advantage", .bound,
        .quantity(0.1559)),
      fact(
        EvidenceID("gaussian_mu", arm: Self.arm), "μ", .bound, .quantity(0.4051),
        note: "the least that covers the guarantee"),
      fact(
        EvidenceID("epsilon_of_group", arm: Self.arm, column: "group size", group: "2"),
        "ε of several units", .epsilon, guarantee(6.4)),
    ]
    for (group, value) in [("geriatric", -0.04), ("general", -0.01)] {
      facts.append(
        fact(
          EvidenceID("accuracy_difference", arm: pair, column: "ward", group: group),
          "Accuracy, difference", .difference, estimate(value, 0.02)))
    }
    for (rate, value) in [("0.001", 0.005_01), ("0.01", 0.0327), ("0.1", 0.1986)] {
      facts.append(
        fact(
          EvidenceID(
            "attack_detection_bound", arm: Self.arm, column: "false-positive rate", group: rate),
          "Most often that any attack detects", .bound, .quantity(value)))
    }
    for (group, noise, note) in [
      ("30 × 60", 0.031, "as trained"), ("60 × 60", 0.0277, "no more than trained"),
      ("30 × 120", 0.0403, nil), ("60 × 120", 0.0378, nil),
    ] as [(String, Double, String?)] {
      facts.append(
        fact(
          EvidenceID(
            "frontier_noise_per_coordinate", arm: Self.arm, column: "cohort × rounds", group: group),
          "Noise", .number, .quantity(noise), note: note))
      facts.append(
        fact(
          EvidenceID(
            "frontier_noise_multiplier", arm: Self.arm, column: "cohort × rounds", group: group),
          "Noise multiplier", .number, .quantity(noise * 60)))
    }
    assessment.record.evidence += facts
    return Assessment(
      record: assessment.record, statements: assessment.statements,
      checklist: assessment.checklist, profile: assessment.profile, stage: assessment.stage,
      findings: assessment.findings)
  }

  private func report(_ assessment: Assessment) -> FeasibilityReport {
    FeasibilityReport(index: EvidenceIndex(assessment))
  }

  private func spoken(_ section: DocumentSection?) -> String {
    var text: [String] = []
    for block in section?.blocks ?? [] {
      switch block {
      case .paragraph(let line), .note(let line): text.append(line.spoken)
      case .list(let items): text += items.map(\.spoken)
      case .table(let table):
        text.append(table.caption.spoken)
        text.append(table.columns.map(\.title).joined(separator: " | "))
        text += table.rows.map { row in
          ([row.head + row.remark] + row.cells.map { $0.text + [" "] + $0.small })
            .map(\.spoken).joined(separator: " | ")
        }
      default: break
      }
    }
    return text.joined(separator: "\n")
  }

  @Test(
    "the group that loses most is named with its count, and how many comparisons were allowed for")
  func price() {
    let text = spoken(report(assessment()).price)
    #expect(text.contains("ward = geriatric (n 900)  | −0.040 −0.060 to −0.020 |"))
    #expect(text.contains("2 comparisons in all, over groups and budgets"))
    #expect(text.contains("it pays more than the others."))
    #expect(text.contains("one in twenty excludes zero by chance"))
  }

  @Test("without segments the report says that nobody looked who pays")
  func noSegments() {
    let text = spoken(report(RichAssessment.make()).price)
    #expect(text.contains("Not measured: the pilot names no segments"))
  }

  @Test("the frontier is a grid of rounds and cohorts, the trained point marked")
  func frontier() {
    let text = spoken(report(assessment()).frontier)
    #expect(text.contains("Rounds | 30 clients | 60 clients"))
    #expect(text.contains("60 rounds | 0.03100 noise multiplier 1.860 as trained | 0.02770"))
    #expect(text.contains("no more than trained"))
    #expect(text.contains("120 rounds | 0.04030"))
    #expect(report(RichAssessment.make()).frontier == nil)
  }

  @Test("attack bounds are said in plain words and rounded up")
  func meaning() {
    let text = spoken(report(assessment()).reading)
    #expect(
      text.contains(
        "an attacker who may be wrong once in 1,000, accusing units that took no part, is right about "
          + "one that did in at most 0.00501 of cases"))
    #expect(text.contains("; wrong once in 10, in at most 0.199"))
    #expect(text.contains("at most 0.156"))
    #expect(text.contains("wrong once in 100 |"))
    #expect(text.contains("ε of 2 units"))
    let without = spoken(report(RichAssessment.make()).reading)
    #expect(!without.contains("attacker who may be wrong"))
    #expect(without.contains("must tell whether one unit took part"))
  }

  @Test(
    "what nobody states is called not stated, with whose turn it is; what a person wrote is signed")
  func statement() throws {
    var assessment = assessment()
    let index = EvidenceIndex(assessment)
    let arm = try #require(index.arm(Self.arm))
    let empty = spoken(FullStatement(index: index, arm: arm).section)
    for field in StatementField.privacy {
      #expect(empty.contains("\(field.title): not stated"), "\(field.key)")
      #expect(empty.contains("open: \(field.role)"))
    }
    for words in [
      "1. Setting", "2a. Accesses", "2b. What the mechanism gives out", "2c. Unit", "2d. Adjacency",
      "3a. Type", "3b. Assumptions", "3c. The formal statement", "4. Transparency",
      "Privacy parameters", "Definition of neighbours", "Variant", "Algorithm and its correctness",
      "Utility and bias", "Trust model", "Implementation: generator", "Budget over time",
      "Exposure where data is collected", "Domain of the data", "Quantities that are not protected",
      "Unit of privacy in detail", "Accounting: composition and post-processing",
      "Implementation, and why it is safe",
    ] { #expect(empty.contains(words), "\(words)") }
    assessment.statements.texts["privacy.rationale"] = .init(
      text: "The smallest that works.", by: "A. Person", role: "privacy", date: "2026-01-02")
    let filled = spoken(FullStatement(index: EvidenceIndex(assessment), arm: arm).section)
    #expect(filled.contains("Why this budget is acceptable: “The smallest that works.”"))
    #expect(filled.contains("privacy, A. Person, 2026-01-02"))
    #expect(!filled.contains("Why this budget is acceptable: not stated"))
  }

  @Test("beside an amplified ε stands the one without amplification, in figure and table")
  func amplification() throws {
    var assessment = assessment()
    assessment.record.evidence.append(
      fact(
        EvidenceID("epsilon_without_amplification", arm: Self.arm), "ε without amplification",
        .epsilon, guarantee(70.1)))
    assessment = Assessment(
      record: assessment.record, statements: assessment.statements,
      checklist: assessment.checklist, profile: assessment.profile, stage: assessment.stage,
      findings: assessment.findings)
    let document = report(assessment).document(siblings: [])
    #expect(document.headline.figures.map(\.label).contains("The same without amplification"))
    #expect(document.headline.figures.count <= 4)
    let utility = try #require(document.sections.first { $0.id == "utility" })
    #expect(spoken(utility).contains("70.1 without amplification"))
  }

  @Test("the ledger says once what is the same of many runs")
  func ledger() {
    var assessment = RichAssessment.make()
    assessment.record.ledger = (1...3).map {
      LedgerEntry(
        release: "plain-seed\($0): final weights", arm: "plain", isCovered: false, epsilon: nil,
        reason: "trained without noise")
    }
    let rows = PrivacyTexts(index: EvidenceIndex(assessment)).ledger().rows.map(\.head.spoken)
    #expect(rows.contains("plain-seed1, plain-seed2 and plain-seed3: final weights"))
  }
}
