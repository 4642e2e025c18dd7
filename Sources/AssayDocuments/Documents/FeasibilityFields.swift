import AssayEvidence
import AssayRuns

extension FeasibilityReport {
  // MARK: - Fields

  private static let statementFields: [(metric: String, title: String)] = [
    ("epsilon", "ε of one run, the headline"),
    ("epsilon_without_amplification", "ε of one run without amplification by sampling"),
    ("epsilon_amplified", "ε of one run with amplification by sampling"),
    ("epsilon_all_releases", "ε of all runs of the arm together"),
    ("epsilon_claimed", "ε that the artifact claims"),
    ("epsilon_claim_holds", "The claim is not below the recomputed bound"), ("delta", "δ"),
    ("delta_over_limit", "δ as a multiple of min(1e−5, 1/N^1.1)"),
    ("noise_multiplier", "Noise multiplier"),
    ("clip", "Clip (L2)"), ("sampling_rate", "Sampling rate"), ("releases", "Releases of one run"),
    ("population", "Units in the population"), ("noise_per_coordinate", "Noise per coordinate"),
    ("clipped_fraction", "Share of updates clipped"),
    ("privacy_statement_complete", "Every field of the statement recorded"),
    ("sampling_as_accounted", "Sampling ran as accounted"),
    ("noise_as_planned", "Noise added as planned"),
    ("unit_protects_people", "The unit is not smaller than a person"),
    ("noise_from_system", "Noise from the system’s generator"),
    ("preprocessing_covered", "Scaling and categories were declared, not learned"),
  ]

  /// Every number of every private arm's guarantee, side by side.
  var numbers: DocumentSection? {
    let arms = Array(shownArms.prefix(8))
    guard !arms.isEmpty else { return nil }
    var rows = Self.statementFields.compactMap { field -> Table.Row? in
      let facts = arms.map { index.fact(field.metric, $0.name) }
      guard facts.contains(where: { $0 != nil }) else { return nil }
      if field.metric == "epsilon_without_amplification",
        zip(arms, facts).allSatisfy({ index.fact("epsilon", $0.name)?.value == $1?.value })
      {
        return nil
      }
      return Table.Row([.plain(field.title)], facts.map { Cells.conditionalGuarantee($0) })
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
    row("Unit of privacy") { Phrases.unit($0.unit, of: subject) }
    row("Neighbouring relation") {
      "\($0.neighbouring.rawValue): one unit \(Phrases.relation($0.neighbouring))"
    }
    row("Accountant") { guarantee in
      guarantee.accountant
        + (guarantee.order.map { ", order \(PrintedNumber.text($0, .number))" } ?? "")
    }
    row("Certified lower bound on ε") { $0.epsilonLower.map { PrintedNumber.lowerEnd($0) } }
    row("μ of Gaussian DP") {
      $0.mu.map { PrintedNumber.text($0, .number) } ?? "not exactly Gaussian"
    }
    return DocumentSection(
      "numbers", "The numbers of every private arm",
      [
        .table(
          Table(
            [
              .plain(
                "What a guarantee must say"
                  + (shownArms.count > arms.count
                    ? "; \(arms.count) of \(shownArms.count) private arms, the others are in the "
                      + "evaluation report’s list of evidence" : ""))
            ],
            columns: [.init("Field")] + arms.map { .init($0.name) }, rows: rows, text: true,
            wide: true))
      ])
  }

  var assumptions: DocumentSection? { AssumptionTable(index: index).section }

  var alternatives: DocumentSection? {
    guard let feasibility, !feasibility.alternatives.isEmpty else { return nil }
    return DocumentSection(
      "alternatives", "What could be done instead",
      [.list(feasibility.alternatives.map { [.plain(DisplayText.clean($0))] })])
  }

  var ledger: DocumentSection? {
    let table = privacy.ledger()
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

  /// One sentence about all arms that it concerns, with the fact of each.
  private func risk(_ facts: [Evidence], _ sentence: String) -> [[Inline]] {
    guard let first = facts.first else { return [] }
    let names = facts.map { DisplayText.name($0.id.arm, limit: 60) }
    var text: [Inline] = [
      .strong([.plain(Phrases.listed(names))]),
      .plain(": \(sentence) (\(Phrases.caption(first)): "),
    ]
    // What is the same of all arms is said once.
    let shown = facts.allSatisfy { $0.result == first.result } ? [first] : facts
    for (position, fact) in shown.enumerated() {
      text += (position == 0 ? [] : [", "]) + [.value(fact)]
    }
    return [text + [")."]]
  }

  var risks: DocumentSection {
    var items: [[Inline]] = []
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
      let facts = index.privateArms.compactMap { index.fact(metric, $0.name) }
      items += risk(facts.filter { $0.result == .flag(false) }, sentence)
      items += risk(
        facts.filter { if case .missing = $0.result { true } else { false } }, "not known")
    }
    items.append([
      "Comparing budgets on the data and publishing the results is itself a release; see the ledger."
    ])
    return DocumentSection("risks", "Risks", [.list(items)])
  }

  /// What no ε of this run covers, and what a person says about it.
  var unprotected: DocumentSection {
    let field = StatementField.all.filter { $0.key == "not_protected" }
    let quote = ModelCard(index: index)
    var items: [[Inline]] = [
      [
        "Facts that hold for many units together: the model may learn them, and should. Somebody can be harmed by what is true of a group without having taken part."
      ],
      [
        "Several units that always occur together, such as two devices of one person: the bound grows with their number."
      ],
      [
        "What is known from elsewhere, raw data where it is kept, and updates on their way to whoever adds the noise."
      ],
    ]
    items += privacy.notCovered
    return DocumentSection(
      "unprotected", "What is not protected",
      [
        .list(items),
        .paragraph([
          .link(["The ledger"], to: .place("ledger", in: nil)),
          " lists every release with its reason.",
        ]),
      ] + field.map { .quote(quote.quote($0)) })
  }
}
