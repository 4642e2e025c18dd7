import AssayEvidence
import AssayRuns

extension FeasibilityReport {
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

  var fields: DocumentSection? {
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
            [
              .plain(
                "What a guarantee must say"
                  + (shownArms.count > arms.count
                    ? "; \(arms.count) of \(shownArms.count) private arms, the others are in the "
                      + "evaluation report’s list of evidence" : ""))
            ],
            columns: [.init("Field")] + arms.map { .init($0.name) }, rows: rows, wide: true))
      ])
  }

  var reading: DocumentSection? {
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

  var assumptions: DocumentSection? {
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

  var leastClients: DocumentSection? {
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

  var alternatives: DocumentSection? {
    guard let feasibility, !feasibility.alternatives.isEmpty else { return nil }
    return DocumentSection(
      "alternatives", "What could be done instead",
      [.list(feasibility.alternatives.map { [.plain(DisplayText.clean($0))] })])
  }

  var ledger: DocumentSection? {
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

  var risks: DocumentSection {
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
