import AssayEvidence
import AssayRuns

/// The model card: what people say about the model, quoted and signed, beside what was computed.
struct ModelCard {
  let index: EvidenceIndex

  private var subject: Subject { index.subject }
  private var record: EvidenceRecord { index.record }
  private var assessment: Assessment { index.assessment }
  private var privacy: PrivacyTexts { PrivacyTexts(index: index) }

  /// The arm of the card: the candidate, or the only arm there is.
  var arm: ArmSummary? { index.mainArm }

  /// Fields of the card that nobody filled; those of a privacy statement are the feasibility report's.
  var gaps: [StatementField] {
    StatementField.card.filter { (assessment.statements.texts[$0.key]?.text ?? "").isEmpty }
  }

  func document(siblings: [DocumentKind]) -> Document {
    let all: [DocumentSection?] = [
      quotes("model", "The model", ["model."]),
      quotes("use", "Intended use", ["intended_use", "intended_users", "out_of_scope"]),
      data,
      quotes("limits", "Limits, fairness and oversight", ["limitations", "fairness", "oversight"]),
      quotes("threat-model", "Threat model", ["threat_model."]),
      quotes("processing", "What leaves a client, and who processes it", ["processing."]),
      privacySection, dpStatement, notProtected, performance, segments, gate, gapList, digests,
    ]
    return Document(
      kind: .modelCard, title: "\(DisplayText.name(subject.name)): the model and its evidence",
      pageHead: Phrases.pageHead(.modelCard, record), facts: facts, headline: headline,
      sections: all.compactMap { $0 }, foot: Phrases.foot(record), listed: [],
      listedNote:
        "Every fact shown above has a stable id: the anchor here, the key in evidence.json and "
        + "the property in gate.xml. The evaluation report lists all facts of the record.",
      siblings: siblings)
  }

  private var facts: [LabelledText] {
    [
      LabelledText(
        "Model", [.plain(subject.model.isEmpty ? "not recorded" : Phrases.model(subject))]),
      LabelledText(
        "Arm",
        [
          .plain(
            arm.map { DisplayText.name($0.name) }
              ?? (index.arms.isEmpty ? "not recorded" : "none named as the candidate"))
        ]),
      LabelledText("Task", [.plain(Phrases.task(subject))]),
      LabelledText(
        "Gate", [.plain("\(assessment.readiness.rawValue), profile \(assessment.profile.rawValue)")]
      ),
      LabelledText(
        "Pilot file", [subject.pilotDigest.map { .code("\($0.prefix(12))…") } ?? "none"]),
      LabelledText("As of", [.plain(Phrases.moment(record.asOf))]),
    ]
  }

  private var headline: Headline {
    let mandatory = StatementField.all.filter(\.isMandatory)
    let open = gaps.filter(\.isMandatory).count
    var lead: [Inline] = []
    if let arm, let value = index.fact(subject.headline, arm.name) {
      lead +=
        [
          .plain("\(index.title(of: subject.headline)) of "),
          .strong([.plain(DisplayText.name(arm.name))]), " is ",
        ]
        + value.inlineLine + [". "]
      if let baseline = subject.baseline, baseline != arm.name,
        let difference = index.difference(subject.headline, arm.name, against: baseline)
      {
        lead +=
          ["Against ", .strong([.plain(DisplayText.name(baseline))]), ": "]
          + difference.inlineLine + [". "]
      }
    } else if arm == nil, index.arms.count > 1 {
      lead.append(
        .plain(
          "\(Phrases.counted(index.arms.count, "arm")) were read and none is named as the candidate: "
            + "this card is about no single model. "))
    }
    lead += privacyLead
    lead += [
      .link([.plain(Phrases.counted(blocking, "blocking check"))], to: .document(.readiness)),
      .plain(
        " \(blocking == 1 ? "is" : "are") open; \(open) of \(mandatory.count) mandatory fields of this card are "
      ),
      .link(["not provided"], to: .place("gaps", in: nil)), ".",
    ]
    var figures: [Headline.KeyFigure] = []
    if let arm {
      // What a reader must not miss: the value, its worst segment, and what the release gives away.
      func add(_ label: String, _ evidence: Evidence?, _ remark: String? = nil) {
        guard let evidence, evidence.isKnown, figures.count < 4 else { return }
        figures.append(.init(label: label, evidence: evidence, remark: remark))
      }
      let headline = index.fact(subject.headline, arm.name)
      add(headline.map(Phrases.caption) ?? "", headline)
      let gap = index.fact("accuracy_gap_worst_segment", arm.name)
      add(gap.map(Phrases.caption) ?? "", gap, gap?.note.map(DisplayText.clean))
      add("ε of one run", index.fact("epsilon", arm.name))
      add("ε of all its runs", index.fact("epsilon_all_releases", arm.name))
      for metric in index.overallMetrics where metric != subject.headline && figures.count < 3 {
        let evidence = index.fact(metric, arm.name)
        add(evidence.map(Phrases.caption) ?? "", evidence)
      }
    }
    return Headline(
      mark: Phrases.mark(assessment.readiness),
      words: "Pilot readiness: \(assessment.readiness.rawValue)",
      lead: lead,
      remarks: Phrases.trial(assessment).map { [[.state(.wait, word: $0, check: nil)]] } ?? [],
      figures: figures, counts: [])
  }

  /// Whether a guarantee is made for this arm, before its number could be misread.
  private var privacyLead: [Inline] {
    guard let arm else { return [] }
    guard arm.isPrivate else {
      return [
        "Arm ", .strong([.plain(DisplayText.name(arm.name))]),
        " makes no guarantee of differential privacy. ",
      ]
    }
    guard let seeded = index.fact("noise_from_system", arm.name),
      case .flag(false) = seeded.result
    else { return [] }
    return [
      "Its ", .link(["privacy guarantee"], to: .place("guarantee", in: nil)),
      " describes the mechanism, not these weights. ",
    ]
  }

  private var blocking: Int {
    assessment.findings.count {
      [.failure, .error].contains($0.outcome(at: assessment.stage))
    }
  }

  // MARK: - Human text

  /// A field's quote, or its gap.
  func quote(_ field: StatementField) -> Quote {
    let signed = assessment.statements.texts[field.key]
    let text = signed?.text ?? ""
    var signature = [signed?.role, signed?.by].compactMap { $0 }.joined(separator: ", ")
    if signature.isEmpty { signature = "not signed" }
    signature += signed?.date.map { ", \($0)" } ?? ", not dated"
    return Quote(
      title: field.title, key: field.key,
      paragraphs: text.split(separator: "\n\n").map(String.init), signature: signature,
      role: field.role)
  }

  private func quotes(_ id: String, _ title: String, _ keys: [String]) -> DocumentSection {
    let fields = fields(keys)
    var blocks: [Block] = []
    if id == "model" {
      blocks.append(
        .note([
          "Text with a rule on its left was written by people and is signed. Everything else was computed."
        ]))
    }
    return DocumentSection(id, title, blocks + fields.map { .quote(quote($0)) })
  }

  private func fields(_ keys: [String]) -> [StatementField] {
    StatementField.all.filter { field in
      keys.contains { field.key == $0 || ($0.hasSuffix(".") && field.key.hasPrefix($0)) }
    }
  }

  private var data: DocumentSection {
    var rows: [Table.Row] = []
    func add(_ label: String, _ text: String?) {
      if let text, !text.isEmpty {
        rows.append(Table.Row([.plain(label)], [Cells.words(DisplayText.clean(text))]))
      }
    }
    add("Training rows", subject.trainingRows.map { PrintedNumber.text($0) })
    add("Test rows", subject.testRows.map { PrintedNumber.text($0) })
    add(
      "Clients",
      subject.clientCount.map {
        PrintedNumber.text($0) + (subject.kind == .pilot ? ", each one \(subject.clientIs)" : "")
      })
    add("Label", subject.label)
    add(
      "Inputs", subject.features.isEmpty ? nil : Phrases.counted(subject.features.count, "column"))
    add(
      "Segments", subject.segments.map { DisplayText.name($0, limit: 80) }.joined(separator: ", "))
    add(
      "Sensitive columns",
      subject.sensitive.map { DisplayText.name($0, limit: 80) }.joined(separator: ", "))
    add("Split", subject.split)
    add("Scaling", subject.scaling)
    var blocks = fields(["data."]).map { Block.quote(quote($0)) }
    if !rows.isEmpty {
      blocks.append(
        .table(
          Table(["As recorded"], columns: [.init("Item"), .init("Value")], rows: rows, text: true)))
    }
    return DocumentSection("data", "Data", blocks)
  }

  private var gapList: DocumentSection? {
    guard !gaps.isEmpty else { return nil }
    return DocumentSection(
      "gaps", "Not provided",
      [
        .paragraph([
          .plain(
            "\(Phrases.counted(gaps.count, "field")) of this card \(gaps.count == 1 ? "is" : "are") empty; "
              + "\(gaps.filter(\.isMandatory).count) of them mandatory.")
        ]),
        .list(
          gaps.map { field in
            [
              .strong([.plain(field.title)]), field.isMandatory ? ": " : " (optional): ",
              .gap(role: field.role),
            ]
          }),
      ])
  }

  // MARK: - Privacy

  private var privacySection: DocumentSection {
    DocumentSection(
      "privacy", "Privacy in three sentences",
      [
        .paragraph([
          "Three protections that are often confused. They are separate, and none implies another."
        ]),
        .protections(privacy.protections),
      ])
  }

  private var dpStatement: DocumentSection {
    var blocks: [Block] = []
    if index.privateArms.isEmpty {
      blocks.append(
        .paragraph([
          "There is no private arm: no arm adds noise, and no guarantee of differential privacy is made."
        ]))
    } else {
      let own = index.privateArms.filter { $0.name == arm?.name }
      let others = index.privateArms.filter { $0.name != arm?.name }
      for arm in own {
        blocks += privacy.statementBlocks(of: arm)
        blocks += AssumptionTable(index: index).blocks(of: arm)
      }
      if own.isEmpty, let arm {
        blocks.append(
          .paragraph([
            "The arm of this card, ", .strong([.plain(DisplayText.name(arm.name))]),
            ", adds no noise: no guarantee of differential privacy is made for it.",
          ]))
      }
      if !others.isEmpty {
        blocks.append(
          .table(
            Table(
              ["Other private arms of this run; the feasibility report states them field by field"],
              columns: [
                .init("Arm"), .init("ε of one run"), .init("ε with amplification by sampling"),
                .init("ε of all its runs"),
              ],
              rows: others.map {
                Table.Row(
                  [.plain(DisplayText.name($0.name))],
                  [
                    Cells.conditionalGuarantee(index.fact("epsilon", $0.name)),
                    Cells.conditionalGuarantee(index.fact("epsilon_amplified", $0.name)),
                    Cells.conditionalGuarantee(index.fact("epsilon_all_releases", $0.name)),
                  ])
              }, text: true, wide: true)))
      }
    }
    let covered = privacy.ledger(coveredOnly: true)
    if !covered.rows.isEmpty { blocks.append(.table(covered)) }
    blocks.append(.heading("Not covered by any ε", id: "not-covered"))
    blocks.append(.list(privacy.notCovered))
    return DocumentSection("guarantee", "Differential privacy", blocks)
  }

  private var notProtected: DocumentSection {
    quotes("not-protected", "What this does not protect against", ["not_protected"])
  }

  // MARK: - Evidence

  private var performance: DocumentSection? {
    var blocks: [Block] = []
    if let figure = index.ladderFigure(ringed: arm?.name) { blocks.append(.figure(figure)) }
    if let table = index.ladderTable(limit: 6) { blocks.append(.table(table)) }
    let differences =
      arm.map { arm in
        index.headlineDifferences.filter { $0.id.arm.hasPrefix("\(arm.name)-vs-") }
      } ?? []
    if !differences.isEmpty {
      blocks.append(
        .table(
          Table(
            [.plain("Paired differences in \(index.title(of: subject.headline))")],
            columns: [.init("Difference"), .init("value", numeric: true)],
            rows: differences.map {
              Table.Row(
                [.plain(Phrases.pair($0.id.arm, joiner: "minus"))], [Cells.measured($0)])
            })))
    }
    guard !blocks.isEmpty else { return nil }
    return DocumentSection("performance", "Performance against the alternatives", blocks)
  }

  private var segments: DocumentSection? {
    guard let arm, !index.segments.isEmpty else { return nil }
    let sorted = index.worstFirst(index.segments) {
      index.fact(subject.headline, arm.name, column: $0.column, group: $0.group)?.value
    }
    let metrics = index.overallMetrics.prefix(5).filter { metric in
      sorted.contains { index.fact(metric, arm.name, column: $0.column, group: $0.group) != nil }
    }
    guard !metrics.isEmpty else { return nil }
    return DocumentSection(
      "segments", "Segments",
      [
        .paragraph([
          .plain("Metrics of \(DisplayText.name(arm.name)) in every declared segment, worst first.")
        ]),
        .table(
          Table(
            [.plain("95 % interval and n beneath" + EvidenceIndex.remark(onRowsOf: sorted.count))],
            columns: [.init("Segment")] + metrics.map { .init(index.title(of: $0), numeric: true) },
            rows: sorted.prefix(EvidenceIndex.rowLimit).map { item in
              Table.Row(
                [.plain(Phrases.segment(item.column, item.group))],
                metrics.map {
                  Cells.measured(index.fact($0, arm.name, column: item.column, group: item.group))
                })
            }, wide: true)),
      ])
  }

  private var gate: DocumentSection {
    let rows = assessment.findings.filter { $0.verdict != .notApplicable }.map { finding in
      Table.Row(
        [
          .link(
            [.plain(DisplayText.name(finding.check.id))],
            to: .place(finding.check.id, in: .readiness)),
          .plain(" \(DisplayText.name(finding.check.title))"),
        ],
        [
          Table.Cell([Phrases.state(finding)]),
          Cells.words(finding.isRequired ? "blocks" : "warns"),
          Cells.words(DisplayText.clean(finding.reason)),
        ])
    }
    var blocks: [Block] = [
      .paragraph([
        .plain(
          "Judged with checklist \(DisplayText.name(assessment.checklist.name)) "
            + "\(DisplayText.clean(assessment.checklist.version)), profile \(assessment.profile.rawValue), stage "
            + "\(assessment.stage.rawValue).")
      ])
    ]
    if rows.isEmpty {
      blocks.append(.paragraph(["No check was judged."]))
    } else {
      blocks.append(
        .table(
          Table(
            ["Verdict of every check that applies"],
            columns: [.init("Check"), .init("State"), .init("Weight"), .init("Why")], rows: rows,
            text: true,
            wide: true)))
    }
    return DocumentSection("gate", "Gate verdicts", blocks)
  }

  private var digests: DocumentSection? {
    guard !subject.sources.isEmpty else { return nil }
    return DocumentSection(
      "digests", "Digests of what was read",
      [
        .table(
          Table(
            ["Input files"], columns: [.init("File"), .init("SHA-256")],
            rows: subject.sources.map {
              Table.Row([.code(DisplayText.name($0.path))], [Table.Cell([.code($0.sha256)])])
            }, text: true))
      ])
  }
}
