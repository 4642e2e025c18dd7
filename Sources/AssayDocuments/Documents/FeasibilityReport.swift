import AssayEvidence
import AssayRuns

/// The differential-privacy feasibility report: verdict first, utility against budget, what it rests on.
struct FeasibilityReport {
  let index: EvidenceIndex

  var subject: Subject { index.subject }
  var record: EvidenceRecord { index.record }
  var assessment: Assessment { index.assessment }
  var privacy: PrivacyTexts { PrivacyTexts(index: index) }
  var feasibility: Feasibility? { record.feasibility }

  func document(siblings: [DocumentKind]) -> Document {
    let all: [DocumentSection?] = [
      explanation, statement, protections, utility, price, recommended, leastClients, frontier,
      reading, assumptions, unprotected, risks, alternatives, ledger, fields, numbers,
    ]
    return Document(
      kind: .feasibility,
      title: "\(DisplayText.name(subject.name)): what privacy costs, and what it buys",
      pageHead: Phrases.pageHead(.feasibility, record), facts: facts, headline: headline,
      sections: all.compactMap { $0 }, foot: Phrases.foot(record), listed: [],
      listedNote:
        "Every fact shown above has a stable id: the anchor here, the key in evidence.json and "
        + "the property in gate.xml. The evaluation report lists all facts of the record.",
      siblings: siblings)
  }

  private var facts: [LabelledText] {
    let arms = index.privateArms.map { DisplayText.name($0.name, limit: 60) }
    let units = index.privateArms.compactMap { arm -> String? in
      guard case .guarantee(let guarantee)? = index.fact("epsilon", arm.name)?.result else {
        return nil
      }
      return Phrases.unit(guarantee.unit, of: subject)
    }
    return [
      LabelledText(
        "Private arms", [.plain(arms.isEmpty ? "none" : arms.prefix(10).joined(separator: ", "))]),
      LabelledText("Protected unit", [.plain(units.first ?? "none")]),
      LabelledText(
        "Compared with", [.plain(feasibility?.reference.map { DisplayText.name($0) } ?? "nothing")]),
      LabelledText(
        "Tolerated loss",
        [
          .plain(
            feasibility.map {
              "\(PrintedNumber.text($0.margin, .fraction)), \(DisplayText.clean($0.marginOrigin))"
            } ?? "none stated")
        ]),
      LabelledText(
        "Pilot file", [subject.pilotDigest.map { .code("\($0.prefix(12))…") } ?? "none"]),
      LabelledText("As of", [.plain(Phrases.moment(record.asOf))]),
    ]
  }

  private var headline: Headline {
    let trial: [[Inline]] =
      Phrases.trial(assessment).map { [[.state(.wait, word: $0, check: nil)]] } ?? []
    guard let feasibility else {
      let none = index.privateArms.isEmpty
      return Headline(
        mark: .na, words: none ? "No private arm" : "Not assessed",
        lead: none
          ? [
            "No arm of this record adds noise or claims differential privacy, so there is no ε to judge and no bound on what the model reveals."
          ]
          : ["There are private arms, and this record holds no judgement of their utility."],
        remarks: trial, figures: none ? [] : spent, counts: [])
    }
    let (mark, words) = Phrases.mark(feasibility.verdict)
    var figures: [Headline.KeyFigure] = []
    if let point = mainPoint {
      let arm = point.arm
      let label =
        feasibility.recommended == nil
        ? "ε of one run of \(DisplayText.name(arm, limit: 40))" : "ε of one run, recommended"
      // Beside an amplified ε stands the one that holds for whoever sees who takes part.
      let plain = EvidenceID("epsilon_without_amplification", arm: arm)
      let isAmplified =
        assessment.evidence(plain)?.value != assessment.evidence(point.epsilon)?.value
      for (label, id) in [
        (label, Optional(point.epsilon)),
        ("The same without amplification", isAmplified ? plain : nil),
        (index.title(of: subject.headline), point.utility), ("Against no noise", point.difference),
        ("Against local-only", isAmplified ? nil : point.differenceToLocal),
      ] {
        if let id, figures.count < 4, let evidence = assessment.evidence(id) {
          figures.append(.init(label: label, evidence: evidence, remark: nil))
        }
      }
    }
    return Headline(
      mark: mark, words: words, lead: [.plain(DisplayText.clean(feasibility.sentence))],
      remarks: trial + openAssumptions, figures: figures, counts: [])
  }

  /// How many assumptions behind ε are not borne out, beside the verdict that rests on them.
  private var openAssumptions: [[Inline]] {
    guard let arm = mainPoint?.arm else { return [] }
    let all = record.assumptions.filter { $0.arm == arm }
    let fails = all.count { $0.state == .fails }
    let unknown = all.count { $0.state == .unknown }
    guard fails + unknown > 0 else { return [] }
    var text: [Inline] = [
      .state(.thin, word: "with assumptions open", check: nil),
      .plain(
        ": of the \(all.count) assumptions behind ε of \(DisplayText.name(arm, limit: 60)), \(fails) "
          + "\(fails == 1 ? "fails" : "fail") and \(unknown) \(unknown == 1 ? "is" : "are") unknown; "
      ),
      .link(["see which, and what remains then"], to: .place("assumptions", in: nil)), ".",
    ]
    let seen = all.filter { $0.state != .holds }.compactMap(\.epsilonIfFails)
      .first { $0.scope == "participation" }
    if let fallback = seen.flatMap({ assessment.evidence($0) }), case .guarantee = fallback.result {
      text += [" Without amplification: "] + fallback.inlineLine + ["."]
    }
    return [text]
  }

  /// The whole statement of the arm that the verdict is about.
  private var fields: DocumentSection? {
    shownArms.first.map { FullStatement(index: index, arm: $0).section }
  }

  /// ε of the first private arm, where there is nothing to say about utility.
  private var spent: [Headline.KeyFigure] {
    guard let arm = shownArms.first else { return [] }
    let name = DisplayText.name(arm.name, limit: 40)
    return [
      ("epsilon", "ε of one run of \(name)"), ("epsilon_all_releases", "ε of all its runs"),
      ("epsilon_claimed", "ε that the artifact claims"),
    ].compactMap { metric, label in
      index.fact(metric, arm.name).map { evidence in
        let isClaim = metric == "epsilon_claimed"
        return .init(label: label, evidence: evidence, remark: isClaim ? evidence.note : nil)
      }
    }
  }

  private var explanation: DocumentSection? {
    guard let feasibility, !feasibility.explanation.isEmpty else { return nil }
    return DocumentSection(
      "why", "What stands behind it",
      feasibility.explanation.map { .paragraph([.plain(DisplayText.clean($0))]) })
  }

  private var statement: DocumentSection {
    let arms = shownArms
    guard !arms.isEmpty else {
      return DocumentSection(
        "statement", "The statement",
        [.paragraph(["There is no private arm, hence no statement of differential privacy."])])
    }
    return DocumentSection(
      "statement", "The statement",
      [
        .note([
          "ε is never printed alone: unit, δ, neighbouring relation and accountant stand beside it. It is an upper bound, rounded up."
        ])
      ] + arms.prefix(1).flatMap { privacy.statementBlocks(of: $0) })
  }

  /// The recommended arm first, then the candidate, then the others.
  var shownArms: [ArmSummary] {
    let first = [feasibility?.recommended, subject.candidate].compactMap { $0 }
    let arms = index.privateArms
    return arms.filter { first.contains($0.name) }.sorted { a, _ in a.name == first.first }
      + arms.filter { !first.contains($0.name) }
  }

  private var protections: DocumentSection {
    DocumentSection(
      "three", "Three different protections",
      [
        .paragraph(["They are separate, and none implies another."]),
        .protections(privacy.protections),
      ])
  }

  private var recommended: DocumentSection? {
    guard let feasibility, !feasibility.points.isEmpty else { return nil }
    guard let name = feasibility.recommended else {
      return DocumentSection(
        "recommend", "Recommended parameters",
        [.paragraph(["None: no measured budget is recommended."])])
    }
    var rows: [Table.Row] = []
    for (metric, why) in Self.parameters {
      if let evidence = index.fact(metric, name) {
        rows.append(
          Table.Row(
            [.plain(Phrases.caption(evidence))],
            [Cells.measured(evidence), Cells.words(why)]))
      }
    }
    if let arm = index.arm(name), !arm.parameters.isEmpty {
      let all = arm.parameters.map { Phrases.parameter($0, of: subject.kind) }
      rows.append(
        Table.Row(
          ["As planned"],
          [Cells.words(all.joined(separator: "; ")), Cells.words("the arm as it was trained")]))
    }
    let epsilon: [Inline] = index.fact("epsilon", name).map { $0.inlineLine + [". "] } ?? []
    return DocumentSection(
      "recommend", "Recommended parameters",
      [
        .paragraph(
          [
            "Arm ", .strong([.plain(DisplayText.name(name))]), ": ",
          ] + epsilon + [
            .plain(DisplayText.clean(feasibility.sentence)), " ",
            .link(["The reason"], to: .place("why", in: nil)),
            " stands above: the smallest budget, judged from the largest down, that is within the margin and better than local-only.",
          ]),
        .paragraph([
          .strong(["Chosen on test results:"]),
          " the budgets were compared on the same test rows that are reported here, so the chosen one looks a little better than it is. Confirm it on rows that no arm has seen.",
        ]),
        .table(
          Table(
            [.plain("Parameters of \(DisplayText.name(name))")],
            columns: [.init("Parameter"), .init("Value"), .init("Why")], rows: rows, text: true,
            wide: true)),
      ])
  }

  private static let parameters: [(metric: String, why: String)] = [
    ("noise_multiplier", "the least that reaches the budget by the accountant that is quoted"),
    ("clip", "as planned; the next row says how many updates it shortened"),
    (
      "clipped_fraction",
      "near 0 the clip adds noise for nothing, near 1 it cuts most of what is learned"
    ),
    ("sampling_rate", "as planned; other cohorts for the same ε stand in the frontier"),
    ("releases", "as planned; stopping earlier is covered, going on is not"),
    ("population", "as recorded; a smaller one needs the noise found anew"),
    ("delta", "small against one over the number of units"),
    (
      "noise_per_coordinate",
      "what clients, clip and noise leave in the mean; the figure to compare settings by"
    ),
  ]
}
