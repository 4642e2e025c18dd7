import AssayEvidence

/// The pilot-readiness checklist: may the pilot go live, what has to happen, and who does it.
struct PilotReadiness {
  let index: EvidenceIndex

  var assessment: Assessment { index.assessment }
  var record: EvidenceRecord { index.record }
  var findings: [Finding] { assessment.findings }

  /// Verdicts, worst first.
  static let order: [Verdict] = [
    .notMet, .notAssessed, .insufficient, .attestationPending, .waived, .met, .notApplicable,
  ]

  func document(siblings: [DocumentKind]) -> Document {
    let all: [DocumentSection?] = [
      todo, waivers, glance,
      DocumentSection("checks", "All checks", checkIntro + groups.map { .checks($0) }),
      key, signatures,
    ]
    return Document(
      kind: .readiness, title: "\(DisplayText.name(record.subject.name)): may the pilot go live?",
      pageHead: Phrases.pageHead(.readiness, record), facts: facts, headline: headline,
      sections: all.compactMap { $0 }, foot: Phrases.foot(record), listed: [],
      listedNote:
        "Facts that the checks above rest on. The evaluation report lists all facts of the record.",
      siblings: siblings)
  }

  private var facts: [LabelledText] {
    let applicable = findings.count { $0.verdict != .notApplicable }
    return [
      LabelledText(
        "Candidate", [.plain(record.subject.candidate.map { DisplayText.name($0) } ?? "none named")]
      ),
      LabelledText(
        "Profile",
        [
          .plain(
            "\(assessment.profile.rawValue), \(Phrases.counted(findings.count, "check")), \(applicable) apply"
          )
        ]),
      LabelledText(
        "Checklist",
        [
          .plain(
            "\(DisplayText.name(assessment.checklist.name)) \(DisplayText.clean(assessment.checklist.version)) "
          ),
          .code("\(assessment.checklist.digest.prefix(12))…"),
        ]),
      LabelledText("As of", [.plain(Phrases.moment(record.asOf))]),
      LabelledText(
        "Stage",
        [
          .plain(
            assessment.stage == .release
              ? "release: pending attestations block" : "trial: pending attestations do not block")
        ]),
      LabelledText("Same verdicts in", [.code("gate.xml"), ", ", .code("evidence.json")]),
    ]
  }

  private func count(_ verdict: Verdict) -> Int { findings.count { $0.verdict == verdict } }

  /// Checks that keep the gate from being met, worst first.
  private var blocking: [Finding] {
    let open = findings.filter { [.failure, .error].contains($0.outcome(at: assessment.stage)) }
    return Self.order.flatMap { verdict in open.filter { $0.verdict == verdict } }
  }

  private var headline: Headline {
    let applicable = findings.filter { $0.verdict != .notApplicable }
    var lead: [Inline] = []
    if blocking.isEmpty {
      lead.append(
        .plain(
          assessment.readiness == .cannotJudge
            ? "No blocking check was judged, and a gate that judged nothing is not met. "
            : "No blocking check stands in the way. "))
    } else {
      let parts = Self.order.compactMap { verdict -> String? in
        let count = blocking.count { $0.verdict == verdict }
        return count == 0 ? nil : "\(count) \(Phrases.mark(verdict).word)"
      }
      lead += [
        .strong([
          .plain(
            "\(Phrases.counted(blocking.count, "blocking check")) \(blocking.count == 1 ? "stands" : "stand") in the way:"
          )
        ]), .plain(" \(parts.joined(separator: ", ")). "),
      ]
    }
    lead.append(
      .plain(
        "\(count(.met)) of \(Phrases.counted(applicable.count, "check")) that \(applicable.count == 1 ? "applies" : "apply") \(count(.met) == 1 ? "is" : "are") met."
      ))
    if let worst = weakest {
      lead += [
        " The weakest group is ", .link([.plain(worst.title)], to: .place(worst.id, in: nil)),
        .plain(", \(worst.met) of \(worst.applicable)."),
      ]
    }
    let counts = Self.order.compactMap { verdict -> Inline? in
      let count = count(verdict)
      guard count > 0 else { return nil }
      let (mark, word) = Phrases.mark(verdict)
      return .state(mark, word: "\(count) \(word)", check: nil)
    }
    return Headline(
      mark: Phrases.mark(assessment.readiness), words: assessment.readiness.rawValue, lead: lead,
      remarks: Phrases.trial(assessment).map { [[.state(.wait, word: $0, check: nil)]] } ?? [],
      figures: [], counts: counts)
  }

  // MARK: - To do

  private var todo: DocumentSection {
    guard !blocking.isEmpty else {
      return DocumentSection(
        "todo", "What has to happen, and who does it",
        [
          .paragraph([
            .plain(
              assessment.isGateMet
                ? "Nothing blocks."
                : "Choose a profile and checklist with blocking checks that apply to this pilot.")
          ])
        ])
    }
    let rows = blocking.map { finding in
      Table.Row(
        [
          .link(
            [.plain(DisplayText.name(finding.check.id))], to: .place(finding.check.id, in: nil)),
          .plain(" \(DisplayText.name(finding.check.title))"),
        ],
        [
          Table.Cell([Phrases.state(finding)]), Cells.words(DisplayText.clean(finding.reason)),
          Cells.words(DisplayText.clean(finding.check.remedy)),
          Cells.words(DisplayText.name(finding.check.owner)),
        ])
    }
    return DocumentSection(
      "todo", "What has to happen, and who does it",
      [
        .paragraph(["Mending one of them alone does not change the verdict while others stay open."]
        ),
        .note(["Order: not met, evidence missing, insufficient evidence, attestation pending."]),
        .table(
          Table(
            [.plain("\(Phrases.counted(blocking.count, "blocking check")), with the way out")],
            columns: [
              .init("Check"), .init("State"), .init("Found"), .init("To do"), .init("Owner"),
            ],
            rows: rows, text: true, wide: true)),
      ])
  }

  private var waivers: DocumentSection? {
    let waived = Dictionary(grouping: assessment.statements.waivers, by: \.check)
    let rows = findings.flatMap { finding -> [Table.Row] in
      (waived[finding.check.id] ?? []).map { waiver in
        Table.Row(
          [
            .link(
              [.plain(DisplayText.name(finding.check.id))], to: .place(finding.check.id, in: nil)),
            .plain(" \(DisplayText.name(finding.check.title))"),
          ],
          [
            Table.Cell([Phrases.state(finding)]), Cells.words(DisplayText.clean(waiver.reason)),
            Cells.words(DisplayText.name(waiver.owner)),
            Cells.words(
              DisplayText.name(waiver.expires)
                + CivilDate.daysLeft(until: waiver.expires, asOf: record.asOf)),
          ])
      }
    }
    guard !rows.isEmpty else { return nil }
    return DocumentSection(
      "waivers", "Waivers",
      [
        .paragraph(["Somebody with a name accepts that a check is not met, until a date."]),
        .note(["An expired waiver counts as not met."]),
        .table(
          Table(
            ["Waivers as stated"],
            columns: [
              .init("Check"), .init("State"), .init("Reason"), .init("By"), .init("Expires"),
            ],
            rows: rows, text: true, wide: true)),
      ])
  }

  // MARK: - Groups

  private struct Group {
    var id: String
    var title: String
    var findings: [Finding]
    var met: Int { findings.count { $0.verdict == .met } }
    var applicable: Int { findings.count { $0.verdict != .notApplicable } }
    /// Order of the worst verdict in it.
    var rank: Int {
      findings.compactMap { PilotReadiness.order.firstIndex(of: $0.verdict) }.min() ?? .max
    }
    var summary: String {
      PilotReadiness.order.compactMap { verdict in
        let count = findings.count { $0.verdict == verdict }
        return count == 0 ? nil : "\(count) \(Phrases.mark(verdict).word)"
      }.joined(separator: ", ")
    }
    var isOpen: Bool { findings.contains { ![.met, .notApplicable].contains($0.verdict) } }
  }

  /// Groups, those with the worst verdicts first, else in the checklist's order.
  private var sortedGroups: [Group] {
    var order: [String] = []
    var members: [String: [Finding]] = [:]
    for finding in findings {
      if members[finding.check.group] == nil { order.append(finding.check.group) }
      members[finding.check.group, default: []].append(finding)
    }
    let groups = order.enumerated().map { position, title -> Group in
      let own = members[title] ?? []
      let sorted = Self.order.flatMap { verdict in own.filter { $0.verdict == verdict } }
      return Group(id: "group-\(position + 1)", title: title, findings: sorted)
    }
    return groups.enumerated().sorted { a, b in
      (a.element.rank, a.offset) < (b.element.rank, b.offset)
    }.map(\.element)
  }

  private var weakest: (id: String, title: String, met: Int, applicable: Int)? {
    let open = sortedGroups.filter { $0.applicable > 0 && $0.met < $0.applicable }
    return open.min { a, b in a.met * b.applicable < b.met * a.applicable }.map {
      ($0.id, DisplayText.name($0.title), $0.met, $0.applicable)
    }
  }

  private var glance: DocumentSection? {
    let groups = sortedGroups
    guard !groups.isEmpty else { return nil }
    let marks = GroupMarks(
      rows: groups.map { group in
        GroupMarks.Row(
          title: group.title, met: group.met, applicable: group.applicable,
          marks: group.findings.map {
            (
              Phrases.mark($0.verdict).mark,
              $0.isRequired && $0.verdict != .met && $0.verdict != .notApplicable
            )
          },
          summary: group.summary)
      })
    let open = groups.filter(\.isOpen).count
    let shapes = Self.order.map { verdict -> Inline in
      let (mark, word) = Phrases.mark(verdict)
      return .state(mark, word: word, check: nil)
    }
    return DocumentSection(
      "groups", "Groups at a glance",
      [
        .paragraph([
          "One mark per check, worst first. The verdict follows the worst blocking check, never an average."
        ]),
        .figure(
          Figure(
            id: "fig-groups",
            title:
              "\(open) of \(Phrases.counted(groups.count, "group")) \(open == 1 ? "holds" : "hold") open checks",
            caption:
              "Marks: one check each. Numbers: met, of those that apply. Underlined: required, and not met yet.",
            drawings: [marks.drawing], isWide: false, key: shapes,
            table: Table(
              ["Checks by group and state"],
              columns: [.init("Group")]
                + Self.order.map { .init(Phrases.mark($0).word, numeric: true) },
              rows: groups.map { group in
                Table.Row(
                  [.link([.plain(DisplayText.name(group.title))], to: .place(group.id, in: nil))],
                  Self.order.map { verdict in
                    let count = group.findings.count { $0.verdict == verdict }
                    return Cells.words(count == 0 ? "–" : "\(count)")
                  })
              }))),
      ])
  }

  private var checkIntro: [Block] {
    if findings.isEmpty { return [.paragraph(["No check was judged: the checklist lists none."])] }
    return [
      .paragraph([
        "Groups with open checks come first and stand open; the others are folded. Printing unfolds all."
      ]),
      .note([
        "Each threshold names its origin. “project default, not a standard” is a convention of this project."
      ]),
    ]
  }

  private var groups: [CheckGroup] {
    sortedGroups.map { group in
      CheckGroup(
        id: group.id, title: group.title, summary: group.summary, isOpen: group.isOpen,
        rows: group.findings.map(row))
    }
  }

  private func row(_ finding: Finding) -> CheckGroup.Row {
    let check = finding.check
    var found: [[Inline]] = [[.plain(DisplayText.clean(finding.reason))]]
    let facts = finding.evidence.compactMap { assessment.evidence($0) }
    if !facts.isEmpty {
      var text: [Inline] = [.strong(["Evidence: "])]
      for (position, evidence) in facts.prefix(6).enumerated() {
        if position > 0 { text.append("; ") }
        text +=
          [
            .link(
              [.code(DisplayText.name(evidence.id.description, limit: 120))],
              to: .evidence(evidence.id, in: .evaluation)),
            " ",
          ] + evidence.inlineLine
      }
      if facts.count > 6 { text.append(.plain("; and \(facts.count - 6) more")) }
      found.append(text)
    }
    let missing = finding.evidence.filter { assessment.evidence($0) == nil }
    if !missing.isEmpty {
      let names = missing.prefix(6).map { DisplayText.name($0.description, limit: 120) }.joined(
        separator: ", ")
      found.append([
        .strong(["Not in this record: "]),
        .plain(names + (missing.count > 6 ? " and \(missing.count - 6) more" : "")),
      ])
    }
    for attestation in assessment.statements.attestations where attestation.check == check.id {
      found.append([
        .strong(["Signed: "]),
        .plain(
          "\(DisplayText.name(attestation.by)), \(DisplayText.name(attestation.role)), \(DisplayText.name(attestation.date)), "
            + "holds until \(DisplayText.name(attestation.expires)); looked at: \(DisplayText.name(attestation.evidence))"
        ),
      ])
    }
    if ![.met, .notApplicable].contains(finding.verdict) {
      found.append([.strong(["To do: "]), .plain(DisplayText.clean(check.remedy))])
    }
    found.append([.soft([.strong(["Why: "]), .plain(DisplayText.clean(check.rationale))])])
    return CheckGroup.Row(
      id: check.id, weight: finding.isRequired ? "blocks" : "warns",
      requirement: [
        .strong([.plain(DisplayText.name(check.title))]), .lineBreak,
        .plain(DisplayText.clean(check.requirement)),
        .lineBreak, .soft([.plain("Threshold: \(DisplayText.clean(check.origin))")]),
      ],
      state: [Phrases.state(finding)], found: found, owner: check.owner)
  }
}
