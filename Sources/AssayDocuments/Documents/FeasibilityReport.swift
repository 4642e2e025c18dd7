import AssayEvidence
import AssayRuns

/// The differential-privacy feasibility report: verdict first, utility against budget, what it rests on.
struct FeasibilityReport {
  let index: EvidenceIndex

  private var subject: Subject { index.subject }
  private var record: EvidenceRecord { index.record }
  private var assessment: Assessment { index.assessment }
  private var privacy: PrivacyTexts { PrivacyTexts(index: index) }
  private var feasibility: Feasibility? { record.feasibility }

  func document(siblings: [DocumentKind]) -> Document {
    let all: [DocumentSection?] = [
      explanation, statement, protections, utility, recommended, fields, reading, assumptions,
      leastClients,
      alternatives, ledger, risks,
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
      return Phrases.unit(guarantee.unit, clientIs: subject.clientIs)
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
        remarks: trial, figures: [], counts: [])
    }
    let (mark, words) = Phrases.mark(feasibility.verdict)
    var figures: [Headline.KeyFigure] = []
    if let arm = feasibility.recommended ?? feasibility.points.last?.arm,
      let point = feasibility.points.first(where: { $0.arm == arm })
    {
      let label =
        feasibility.recommended == nil
        ? "ε of \(DisplayText.name(arm, limit: 40))" : "ε, recommended"
      for (label, id) in [
        (label, Optional(point.epsilon)), (index.title(of: subject.headline), point.utility),
        ("Against no noise", point.difference), ("Against local-only", point.differenceToLocal),
      ] {
        if let id, let evidence = assessment.evidence(id) {
          figures.append(.init(label: label, evidence: evidence, remark: nil))
        }
      }
    }
    return Headline(
      mark: mark, words: words, lead: [.plain(DisplayText.clean(feasibility.sentence))],
      remarks: trial,
      figures: figures, counts: [])
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
      ] + arms.prefix(1).map { .box(privacy.statement(of: $0)) })
  }

  /// The recommended arm first, then the candidate, then the others.
  private var shownArms: [ArmSummary] {
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

  // MARK: - Utility

  private var utility: DocumentSection? {
    guard let feasibility, !feasibility.points.isEmpty else { return nil }
    let title = index.title(of: subject.headline)
    let reference = feasibility.reference.flatMap { name in
      index.fact(subject.headline, name).map { (name: name, utility: $0) }
    }
    let lines = [subject.local, subject.baseline].compactMap {
      name -> (name: String, utility: Evidence)? in
      guard let name, let evidence = index.fact(subject.headline, name) else { return nil }
      return (name, evidence)
    }
    let plotted = feasibility.points.compactMap { point -> UtilityPlot.Point? in
      guard let epsilon = assessment.evidence(point.epsilon),
        let utility = assessment.evidence(point.utility)
      else { return nil }
      return .init(
        arm: point.arm, epsilon: epsilon, utility: utility,
        isRecommended: point.arm == feasibility.recommended)
    }
    var blocks: [Block] = [
      .paragraph([
        .plain(
          "Each point is one private arm. Judged is the paired difference in the table, not whether bars overlap."
        )
      ]),
      .note([
        .plain(
          "ε on a logarithmic axis."
            + (plotted.count < 5
              ? " No line joins the points: nothing was measured between them." : "")
            + " Shaded: the tolerated loss. Dashed: arms to compare with.")
      ]),
    ]
    let table = utilityTable(feasibility, title: title)
    if plotted.isEmpty {
      blocks.append(.table(table))
    } else {
      let plot = UtilityPlot(
        quantity: title, points: plotted, reference: reference, margin: feasibility.margin,
        isHigherBetter: EvidenceIndex.isHigherBetter(subject.headline), lines: lines)
      let chosen = plotted.first(where: \.isRecommended)
      blocks.append(
        .figure(
          Figure(
            id: "fig-utility",
            title: chosen.map {
              "Recommended: ε \($0.epsilon.printedValue), arm \(DisplayText.name($0.arm, limit: 60))"
            }
              ?? "\(title) against privacy budget",
            caption: "\(title) with 95 % interval against ε.", drawings: [plot.drawing],
            isWide: false,
            key: [],
            table: Table(
              ["The points of this figure"],
              columns: [.init("Arm"), .init("ε", numeric: true), .init(title, numeric: true)],
              rows: plotted.map {
                Table.Row(
                  [.plain(DisplayText.name($0.arm))],
                  [Cells.value($0.epsilon), Cells.measured($0.utility)])
              }))))
      blocks.append(.table(table))
    }
    return DocumentSection("utility", "Utility against budget", blocks)
  }

  private func utilityTable(_ feasibility: Feasibility, title: String) -> Table {
    func answer(_ value: Bool?, _ yes: String, _ no: String) -> Inline {
      switch value {
      case true?: .state(.met, word: yes, check: nil)
      case false?: .state(.not, word: no, check: nil)
      case nil: .state(.thin, word: "inconclusive", check: nil)
      }
    }
    var rows = feasibility.points.map { point in
      Table.Row(
        [.plain(DisplayText.name(point.arm))],
        [
          Cells.guarantee(assessment.evidence(point.epsilon)),
          Cells.value(index.fact("noise_multiplier", point.arm)),
          Cells.measured(assessment.evidence(point.utility)),
          Cells.measured(assessment.evidence(point.difference)),
          Cells.measured(point.differenceToLocal.flatMap { assessment.evidence($0) }),
          Table.Cell([answer(point.isWithinMargin, "within margin", "outside margin")]),
          Table.Cell([
            point.differenceToLocal == nil
              ? .soft(["no local arm"])
              : answer(point.isAboveLocal, "above local", "not above local")
          ]),
        ])
    }
    if let reference = feasibility.reference {
      rows.append(
        Table.Row(
          [.plain(DisplayText.name(reference))], remark: ["no noise"],
          [
            Cells.words("no guarantee"), Cells.words("none"),
            Cells.measured(index.fact(subject.headline, reference)), Cells.words("reference"),
            Cells.measured(
              subject.local.flatMap { index.difference(subject.headline, reference, against: $0) }),
            Cells.words("–"), Cells.words("–"),
          ]))
    }
    return Table(
      [
        .plain(
          "Measured budgets, by falling ε, 95 % intervals beneath. Tolerated loss "
            + "\(PrintedNumber.text(feasibility.margin, .fraction)): \(DisplayText.clean(feasibility.marginOrigin))."
        )
      ],
      columns: [
        .init("Arm"), .init("ε"), .init("noise multiplier", numeric: true),
        .init(title, numeric: true),
        .init("against no noise", numeric: true), .init("against local", numeric: true),
        .init("Loss"), .init("Local"),
      ], rows: rows, wide: true)
  }

  private var recommended: DocumentSection? {
    guard let feasibility, !feasibility.points.isEmpty else { return nil }
    guard let name = feasibility.recommended else {
      return DocumentSection(
        "recommend", "Recommended parameters",
        [.paragraph(["None: no measured budget is recommended."])])
    }
    var rows = (index.arm(name)?.parameters ?? []).map {
      Table.Row([.plain(DisplayText.name($0.name))], [Cells.words(DisplayText.clean($0.value))])
    }
    for metric in [
      "noise_multiplier", "clip", "sampling_rate", "delta", "releases", "population",
      "clipped_fraction",
    ] {
      if let evidence = index.fact(metric, name) {
        rows.append(Table.Row([.plain(evidence.title)], [Cells.measured(evidence)]))
      }
    }
    return DocumentSection(
      "recommend", "Recommended parameters",
      [
        .paragraph([
          "Arm ", .strong([.plain(DisplayText.name(name))]), ": ",
          .plain(DisplayText.clean(feasibility.sentence)),
        ]),
        .paragraph([
          .strong(["Chosen on test results:"]),
          " the budgets were compared on the same test rows that are reported here, so the chosen one looks a little better than it is. Confirm it on rows that no arm has seen.",
        ]),
        .table(
          Table(
            [.plain("Parameters of \(DisplayText.name(name))")],
            columns: [.init("Parameter"), .init("Value")], rows: rows, text: true)),
      ])
  }

  // MARK: - Fields

  private static let statementFields: [(metric: String, title: String)] = [
    ("epsilon", "ε, headline without amplification"),
    ("epsilon_amplified", "ε with amplification by sampling"),
    ("epsilon_all_releases", "ε, all seeds of the arm"),
    ("epsilon_claimed", "ε that the artifact claims"),
    ("epsilon_claim_holds", "The claim is not below the recomputed bound"), ("delta", "δ"),
    ("delta_over_limit", "δ over its limit min(1e−5, 1/N^1.1)"),
    ("noise_multiplier", "Noise multiplier"),
    ("clip", "Clip (L2)"), ("sampling_rate", "Sampling rate"), ("releases", "Releases of one seed"),
    ("population", "Units"), ("noise_per_coordinate", "Noise per coordinate"),
    ("clipped_fraction", "Share of updates clipped"),
    ("privacy_statement_complete", "Every field of the statement recorded"),
    ("sampling_as_accounted", "Sampling ran as accounted"),
    ("noise_as_planned", "Noise added as planned"),
    ("unit_protects_people", "The unit is not smaller than a person"),
    ("noise_from_system", "Noise from the system’s generator"),
    ("preprocessing_covered", "Scaling and categories were declared, not learned"),
  ]

  private var fields: DocumentSection? {
    let arms = Array(shownArms.prefix(8))
    guard !arms.isEmpty else { return nil }
    var rows = Self.statementFields.compactMap { field -> Table.Row? in
      let facts = arms.map { index.fact(field.metric, $0.name) }
      guard facts.contains(where: { $0 != nil }) else { return nil }
      return Table.Row([.plain(field.title)], facts.map { Cells.guarantee($0) })
    }
    let guarantees = arms.map { arm -> PrivacyGuarantee? in
      if case .guarantee(let guarantee)? = index.fact("epsilon", arm.name)?.result {
        guarantee
      } else {
        nil
      }
    }
    func row(_ title: String, _ text: (PrivacyGuarantee) -> String?) {
      rows.append(
        Table.Row(
          [.plain(title)], guarantees.map { Cells.words($0.flatMap(text) ?? "not recorded") }))
    }
    row("Unit of privacy") { Phrases.unit($0.unit, clientIs: subject.clientIs) }
    row("Neighbouring relation") { "\($0.neighbouring.rawValue)" }
    row("Accountant") { guarantee in
      guarantee.accountant
        + (guarantee.order.map { ", order \(PrintedNumber.text($0, .number))" } ?? "")
    }
    row("Certified lower bound on ε") { $0.epsilonLower.map { PrintedNumber.text($0, .number) } }
    row("μ of Gaussian DP") {
      $0.mu.map { PrintedNumber.text($0, .number) } ?? "not exactly Gaussian"
    }
    return DocumentSection(
      "fields", "The statement, field by field",
      [
        .table(
          Table(
            ["What a guarantee must say"],
            columns: [.init("Field")] + arms.map { .init($0.name) }, rows: rows, wide: true))
      ])
  }

  private var reading: DocumentSection? {
    guard !index.privateArms.isEmpty else { return nil }
    return DocumentSection(
      "meaning", "In plain language",
      [
        .paragraph([
          "Imagine somebody who sees everything that was released and must tell whether one unit took part. ε bounds how much better than guessing that person can become: at ε near 0 hardly at all, and each further 0.7 roughly doubles the odds. δ is the small probability with which the bound may not hold."
        ]),
        .paragraph([
          "It says nothing about facts that hold for many units together: a model may learn them, and should. It holds for the releases listed in the ledger and for nothing else."
        ]),
      ])
  }

  private var assumptions: DocumentSection? {
    guard !record.assumptions.isEmpty else { return nil }
    let rows = record.assumptions.map { assumption -> Table.Row in
      let (mark, word) = Phrases.mark(assumption.state)
      let fails = assumption.epsilonIfFails.flatMap { assessment.evidence($0) }
      return Table.Row(
        [.plain(DisplayText.clean(assumption.statement))],
        [
          Cells.words(DisplayText.name(assumption.arm)),
          Table.Cell([.state(mark, word: word, check: nil)]),
          Cells.words(DisplayText.clean(assumption.reason)),
          fails.map { Cells.guarantee($0) } ?? Cells.words("no finite bound known"),
        ])
    }
    return DocumentSection(
      "assumptions", "Assumptions",
      [
        .note([
          .strong(["Holds"]), ": read in the run’s records. ", .strong(["Fails"]),
          ": they contradict it. ",
          .strong(["Unknown"]), ": they do not tell, and it does not count as holding.",
        ]),
        .table(
          Table(
            ["What ε rests on, and what remains if it fails"],
            columns: [
              .init("Assumption"), .init("Arm"), .init("State"), .init("Why"),
              .init("ε if it fails"),
            ], rows: rows, text: true, wide: true)),
      ])
  }

  private var leastClients: DocumentSection? {
    let listed = (feasibility?.evidence ?? []).compactMap { assessment.evidence($0) }
    let ids = Set(listed.map(\.id))
    let least = index.privateArms.compactMap { index.fact("least_clients", $0.name) }
      .filter { !ids.contains($0.id) }
    let all = listed + least
    guard !all.isEmpty else { return nil }
    return DocumentSection(
      "least", "How many clients it would take",
      [
        .paragraph([
          "The noise in the average shrinks with the number of clients. Computed, not trained: a run decides."
        ]),
        .table(
          Table(
            ["Least number of clients and noise"],
            columns: [.init("What"), .init("Arm"), .init("Value", numeric: true)],
            rows: all.map {
              Table.Row(
                [.plain($0.title)], [Cells.words(DisplayText.name($0.id.arm)), Cells.measured($0)])
            })),
      ])
  }

  private var alternatives: DocumentSection? {
    guard let feasibility, !feasibility.alternatives.isEmpty else { return nil }
    return DocumentSection(
      "alternatives", "What could be done instead",
      [.list(feasibility.alternatives.map { [.plain(DisplayText.clean($0))] })])
  }

  private var ledger: DocumentSection? {
    let table = privacy.ledger
    guard !table.rows.isEmpty else { return nil }
    var blocks: [Block] = [
      .paragraph([
        "Every release of the same data adds to ε. What stands here as not covered is protected by nothing."
      ])
    ]
    if let complete = index.fact("ledger_complete", "run") {
      blocks.append(
        .paragraph(["Every release that was written stands in the ledger: ", .value(complete), "."])
      )
    }
    return DocumentSection("ledger", "Spent, and not accounted", blocks + [.table(table)])
  }

  private var risks: DocumentSection {
    var items: [[Inline]] = []
    for arm in index.privateArms {
      for (metric, sentence) in [
        (
          "noise_from_system",
          "noise and sampling came from a recorded seed; the weights themselves are not protected"
        ),
        ("sampling_as_accounted", "the sampling that ran is not the one that was accounted"),
        ("noise_as_planned", "less noise was added than planned"),
        ("unit_protects_people", "the protected unit is smaller than a person"),
        ("preprocessing_covered", "scaling or categories were learned from the data, outside of ε"),
        ("epsilon_claim_holds", "the artifact claims less ε than can be recomputed"),
      ] {
        if let evidence = index.fact(metric, arm.name), case .flag(false) = evidence.result {
          items.append([
            .strong([.plain(DisplayText.name(arm.name))]), .plain(": \(sentence) ("),
            .plain("\(evidence.title): "),
            .value(evidence), ").",
          ])
        }
      }
    }
    items.append([
      "Comparing budgets on the data and publishing the results is itself a release; see the ledger."
    ])
    let quote = ModelCard(index: index)
    let field = StatementField.all.filter { $0.key == "not_protected" }
    return DocumentSection(
      "risks", "Risks, and what is not protected",
      [
        .list(items), .heading("Not covered by any ε", id: "not-covered"),
        .list(privacy.notCovered),
      ]
        + field.map { .quote(quote.quote($0)) })
  }
}
