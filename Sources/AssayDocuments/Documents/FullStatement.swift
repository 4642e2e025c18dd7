import AssayEvidence
import AssayRuns

/// The whole statement of one arm's guarantee, field by field, as three bodies ask for it. A field is filled
/// by evidence or by a person; else it says that nobody stated it.
struct FullStatement {
  let index: EvidenceIndex
  let arm: ArmSummary

  private var subject: Subject { index.subject }
  private var assessment: Assessment { index.assessment }

  /// One field: what it is called, what fills it.
  private struct Field {
    var title: String
    var parts: [Part]
  }

  private enum Part {
    /// From the record.
    case found([Inline])
    /// From `statements.yaml`.
    case said(String)
  }

  var section: DocumentSection {
    let tables: [(String, String, [Field])] = [
      (
        "dpfy", "How to DP-fy ML, section 5.3 (Ponomareva et al. 2023)", practice
      ),
      ("pyramid", "NIST SP 800-226, from the top of its pyramid to the bottom", pyramid),
      ("registry", "Differential Privacy Deployments Registry, what its third tier adds", registry),
    ]
    let all = tables.flatMap(\.2)
    let open = all.filter { filled($0) < $0.parts.count }
    var blocks: [Block] = [
      .paragraph([
        .plain("For arm "), .strong([.plain(DisplayText.name(arm.name))]),
        .plain(
          ". Of \(all.count) fields \(all.count - open.count) are filled by evidence or by a person; in "
            + "\(open.count) something is "),
        .strong(["not stated"]), ", and says whose turn it is.",
      ]),
      .note([
        "Quoted words were written by people in statements.yaml; everything else was read in the record. A field that is filled is not a field that is good: read it."
      ]),
    ]
    for (id, title, fields) in tables {
      let gaps = fields.count { filled($0) < $0.parts.count }
      blocks.append(.heading(title, id: id))
      blocks.append(
        .table(
          Table(
            [.plain("\(fields.count) fields, \(gaps) of them not wholly stated")],
            columns: [.init("Field"), .init("What is stated"), .init("By whom")],
            rows: fields.map(row), text: true, wide: true)))
    }
    return DocumentSection("fields", "The statement, field by field", blocks)
  }

  private func filled(_ field: Field) -> Int {
    field.parts.count { part in
      switch part {
      case .found(let text): !text.isEmpty
      case .said(let key): !(assessment.statements.texts[key]?.text ?? "").isEmpty
      }
    }
  }

  private func row(_ field: Field) -> Table.Row {
    var text: [Inline] = []
    var origins: [String] = []
    for part in field.parts {
      if !text.isEmpty { text.append(.lineBreak) }
      switch part {
      case .found(let found):
        text += found.isEmpty ? [Self.notStated] : found
        origins.append(found.isEmpty ? "the record does not tell" : "evidence")
      case .said(let key):
        let field = StatementField.all.first { $0.key == key }
        guard let field else { continue }
        let quote = ModelCard(index: index).quote(field)
        if quote.paragraphs.isEmpty {
          text += [.plain("\(field.title): "), Self.notStated]
          origins.append("open: \(field.role)")
        } else {
          let words = quote.paragraphs.map { DisplayText.clean($0) }.joined(separator: " ")
          text += [.plain("\(field.title): “\(words)”")]
          origins.append(DisplayText.clean(quote.signature))
        }
      }
    }
    var seen: Set<String> = []
    return Table.Row(
      [.plain(field.title)],
      [
        Table.Cell(text),
        Cells.words(origins.filter { seen.insert($0).inserted }.joined(separator: "; ")),
      ])
  }

  private static let notStated = Inline.state(.thin, word: "not stated", check: nil)

  // MARK: - Parts

  private func fact(_ metric: String, _ words: String, arm name: String? = nil) -> [Inline] {
    guard let fact = index.fact(metric, name ?? arm.name) else { return [] }
    return [.plain(words + " ")] + fact.inlineLine
  }

  private func joined(_ parts: [[Inline]]) -> [Inline] {
    parts.filter { !$0.isEmpty }.enumerated().flatMap { position, text -> [Inline] in
      (position == 0 ? [] : ["; "]) + text
    }
  }

  private var guarantee: PrivacyGuarantee? {
    if case .guarantee(let guarantee)? = index.fact("epsilon", arm.name)?.result {
      guarantee
    } else {
      nil
    }
  }

  private var mechanism: [Inline] {
    index.fact("privacy_mechanism", arm.name).map { [.value($0)] } ?? []
  }

  private var unit: [Inline] {
    guard let guarantee, guarantee.unit != nil else { return [] }
    return joined([
      [.plain(Phrases.unit(guarantee.unit, of: subject))],
      fact("population", "units in the population:"),
      fact("unit_protects_people", "not smaller than a person:"),
    ])
  }

  private var relation: [Inline] {
    guard let guarantee else { return [] }
    let kind =
      switch guarantee.neighbouring {
      case .addOrRemoveOne: "unbounded: the number of units is not assumed to be public"
      case .replaceOne: "bounded: the number of units is public"
      case .zeroOut: "the number of units and their order are public"
      }
    return [
      .plain(
        "\(guarantee.neighbouring.rawValue): one unit \(Phrases.relation(guarantee.neighbouring)) "
          + "(\(kind))")
    ]
  }

  private var formal: [Inline] {
    guard let epsilon = index.fact("epsilon", arm.name) else { return [] }
    var text = epsilon.inlineLine
    if let plain = index.fact("epsilon_without_amplification", arm.name),
      plain.value != epsilon.value
    {
      text += ["; without amplification by sampling "] + plain.inlineLine
    }
    if let mu = guarantee?.mu {
      text += [
        .plain("; Gaussian DP with μ \(PrintedNumber.text(mu, .number)), exactly")
      ]
    }
    if let strength { text += [.plain("; \(strength)")] }
    return text
  }

  /// The tier of the practice guide.
  private var strength: String? {
    guard let epsilon = guarantee?.epsilon else { return nil }
    if epsilon <= 1 { return "tier 1 of the guide, strong: at most 1" }
    if epsilon <= 10 { return "tier 2 of the guide, reasonable: at most 10" }
    return "tier 3 of the guide, weak to none: above 10"
  }

  private var accounting: [Inline] {
    guard let guarantee else { return [] }
    var text = "accountant \(guarantee.accountant), a bound from above, rounded up"
    if let order = guarantee.order { text += ", at order \(PrintedNumber.text(order, .number))" }
    text +=
      guarantee.epsilonLower == nil
      ? "; it has no bound from below" : "; the lower end of the bracket is certified too"
    let terms = guarantee.errors.compactMap { term -> String? in
      let value = PrintedNumber.text(term.value, .probability)
      switch term.kind {
      case .tails: return "tails \(value) of δ"
      case .wrapAround: return "wrap-around \(value) of δ"
      case .rounding: return "rounding \(value) of δ"
      case .gridStep: return "a grid of \(value) in ε"
      case .gridPoints, .tilt: return nil
      }
    }
    if !terms.isEmpty {
      text += "; charged against the bound: \(terms.joined(separator: ", "))"
    }
    return [.plain(text)]
  }

  private var assumptionStates: [Inline] {
    let all = assessment.record.assumptions.filter { $0.arm == arm.name }
    guard !all.isEmpty else { return [] }
    func list(_ state: Assumption.State) -> String {
      all.filter { $0.state == state }.map { DisplayText.clean($0.statement) }
        .joined(separator: " ")
    }
    var text: [Inline] = [
      .plain(
        "\(all.count { $0.state == .holds }) hold, \(all.count { $0.state == .fails }) fail, "
          + "\(all.count { $0.state == .unknown }) are unknown")
    ]
    if !list(.fails).isEmpty { text += [.lineBreak, .strong(["Fails: "]), .plain(list(.fails))] }
    if !list(.unknown).isEmpty {
      text += [.lineBreak, .strong(["Unknown: "]), .plain(list(.unknown))]
    }
    return text + [
      .lineBreak, .link(["The table of assumptions"], to: .place("assumptions", in: nil)),
      " has reasons, and ε where one fails.",
    ]
  }

  private var uncovered: [Inline] {
    let ledger = assessment.record.ledger.filter { !$0.isCovered }
    guard !ledger.isEmpty else { return [] }
    return [
      .plain("\(Phrases.counted(ledger.count, "release")) without an ε, in "),
      .link(["the ledger"], to: .place("ledger", in: nil)),
    ]
  }

  private var outputs: [Inline] {
    let covered = assessment.record.ledger.filter { $0.isCovered && $0.arm == arm.name }
    guard !covered.isEmpty else { return [] }
    return joined([
      [
        .plain(
          "final weights of \(Phrases.counted(arm.runs.count, "run")), and the model after every round, since all noised releases of a run are composed"
        )
      ], fact("releases", "releases of one run:"),
    ])
  }

  // MARK: - The three lists

  private var practice: [Field] {
    [
      Field(
        title: "1. Setting: who adds noise, who is trusted, who sees the output",
        parts: [
          .found(mechanism), .said("threat_model.server"), .said("threat_model.consumers"),
        ]),
      Field(
        title: "2a. Accesses to the data that are covered",
        parts: [
          .found(
            joined([
              ["one training run"],
              fact("epsilon_all_releases", "all runs of the arm together:"),
              uncovered.isEmpty ? [] : ["not covered: "] + uncovered,
            ])), .said("privacy.tuning"), .said("privacy.public_inputs"),
        ]),
      Field(title: "2b. What the mechanism gives out", parts: [.found(outputs)]),
      Field(title: "2c. Unit of privacy", parts: [.found(unit), .said("privacy.contributions")]),
      Field(title: "2d. Adjacency", parts: [.found(relation)]),
      Field(title: "3a. Type of accounting", parts: [.found(accounting)]),
      Field(
        title: "3b. Assumptions of the accounting, and whether they hold",
        parts: [.found(assumptionStates)]),
      Field(
        title: "3c. The formal statement",
        parts: [.found(formal), .said("privacy.rationale")]),
      Field(
        title: "4. Transparency: can it be checked?",
        parts: [
          .found(
            [
              .plain(
                "assay \(assessment.record.toolVersion); every input and output has a digest, and assay verify computes ε again from the recorded releases"
              )
            ] + fact("reproduced", "; a second run gave the same bytes:", arm: "run")),
          .said("privacy.implementation"),
        ]),
    ]
  }

  private var pyramid: [Field] {
    let difference = index.record.feasibility?.points.first { $0.arm == arm.name }.flatMap {
      assessment.evidence($0.difference)
    }
    let worst = index.record.feasibility?.reference.flatMap {
      index.fact("worst_group_difference", "\(arm.name)-vs-\($0)")
    }
    var utility: [Inline] = []
    if let difference {
      utility = [.plain("\(Phrases.caption(difference)): ")] + difference.inlineLine
    }
    if let worst {
      utility += [.plain("; \(DisplayText.name(worst.title)): ")] + worst.inlineLine
    }
    return [
      Field(title: "Privacy parameters", parts: [.found(formal), .said("privacy.rationale")]),
      Field(
        title: "Unit of privacy, and bounds on contributions",
        parts: [.found(unit), .said("privacy.contributions")]),
      Field(title: "Definition of neighbours", parts: [.found(relation)]),
      Field(
        title: "Variant of differential privacy",
        parts: [
          .found(
            guarantee == nil
              ? [] : ["approximate: (ε, δ), from the whole privacy-loss law or a bound of it"])
        ]),
      Field(
        title: "Algorithm and its correctness",
        parts: [
          .found(
            joined([
              mechanism, fact("noise_multiplier", "noise multiplier"), fact("clip", "clip"),
              fact("clipped_fraction", "shortened by it:"),
              fact("sampling_as_accounted", "sampling ran as accounted:"),
              fact("noise_as_planned", "noise was added as accounted:"),
            ]))
        ]),
      Field(
        title: "Utility and bias", parts: [.found(utility), .said("fairness")]),
      Field(
        title: "Trust model",
        parts: [
          .said("threat_model.server"), .said("threat_model.clients"),
          .said("threat_model.collusion"),
        ]),
      Field(
        title: "Implementation: generator, rounding, side channels",
        parts: [
          .found(fact("noise_from_system", "noise from the system’s generator:")),
          .said("privacy.implementation"),
        ]),
      Field(
        title: "Budget over time",
        parts: [
          .found(fact("epsilon_all_releases", "all runs of the arm together:")),
          .said("privacy.earlier_releases"),
        ]),
      Field(
        title: "Exposure where data is collected, security and access",
        parts: [.said("privacy.access"), .said("processing.retention")]),
    ]
  }

  private var registry: [Field] {
    [
      Field(title: "Domain of the data", parts: [.said("data.population"), .said("data.origin")]),
      Field(
        title: "Quantities that are not protected",
        parts: [.found(uncovered), .said("not_protected")]),
      Field(
        title: "Unit of privacy in detail",
        parts: [.found(unit), .said("privacy.contributions")]),
      Field(
        title: "Accounting: composition and post-processing",
        parts: [
          .found(
            joined([
              accounting,
              guarantee == nil
                ? []
                : [
                  "everything computed from the noised releases alone is covered as post-processing"
                ],
            ])), .said("privacy.earlier_releases"),
        ]),
      Field(
        title: "Implementation, and why it is safe",
        parts: [
          .found(
            joined([
              fact("sampling_as_accounted", "sampling ran as accounted:"),
              fact("noise_from_system", "noise from the system’s generator:"),
            ])), .said("privacy.implementation"),
        ]),
    ]
  }
}
