import AssayEvidence
import AssayRuns

/// The pilot evaluation report: the plan as fixed beforehand, what came of it, arms side by side.
struct EvaluationReport {
  let index: EvidenceIndex

  var subject: Subject { index.subject }
  var record: EvidenceRecord { index.record }
  var assessment: Assessment { index.assessment }

  /// The document; sections without anything to show are left out, and named under what is not known.
  func document(siblings: [DocumentKind]) -> Document {
    let all: [DocumentSection?] = [
      plan, hypotheses, ladder, convergence, participation, segments, weakSegments, clients,
      clientSpread, fairness, calibration, curves, thresholds, classes, comparison, drift, cost,
      dataNotes, versions, unknown,
    ]
    return Document(
      kind: .evaluation, title: "\(DisplayText.name(subject.name)): \(question)",
      pageHead: Phrases.pageHead(.evaluation, record), facts: facts, headline: headline,
      sections: all.compactMap { $0 }, foot: Phrases.foot(record), listed: record.evidence,
      listedNote: "Every fact of this record, once. The id is the anchor here, the key in "
        + "evidence.json and the property in gate.xml.",
      siblings: siblings)
  }

  private var question: String {
    switch subject.kind {
    case .pilot: "what federated training costs and yields"
    case .ingested: "what the artifacts show"
    case .predictions: "what the predictions show"
    }
  }

  private var facts: [LabelledText] {
    var facts: [LabelledText] = []
    if !index.arms.isEmpty {
      let shown = index.arms.prefix(8).map { DisplayText.name($0.name, limit: 60) }
      let more = index.arms.count > 8 ? " and \(index.arms.count - 8) more" : ""
      facts.append(LabelledText("Arms", [.plain(shown.joined(separator: ", ") + more)]))
    }
    var rows: [String] = []
    if let count = subject.trainingRows { rows.append("\(PrintedNumber.text(count)) training") }
    if let count = subject.testRows { rows.append("\(PrintedNumber.text(count)) test rows") }
    if let count = subject.clientCount { rows.append(Phrases.counted(count, "client")) }
    facts.append(
      LabelledText("Data", [.plain(rows.isEmpty ? "not recorded" : rows.joined(separator: ", "))]))
    facts.append(
      LabelledText(
        "Seeds",
        [.plain(subject.seeds.isEmpty ? "not recorded" : seedWords)]))
    facts.append(LabelledText("As of", [.plain(Phrases.moment(record.asOf))]))
    facts.append(
      LabelledText("Pilot file", [subject.pilotDigest.map { .code("\($0.prefix(12))…") } ?? "none"])
    )
    facts.append(
      LabelledText("Task", [.plain(Phrases.task(subject))]))
    return facts
  }

  private var seedWords: String {
    let listed = subject.seeds.map(String.init).joined(separator: ", ")
    // Runs that were read have seeds of their own; only a pilot trains every arm with each.
    guard subject.kind == .pilot else { return "\(listed), as recorded" }
    return subject.seeds.count > 1 ? "\(listed); values are their mean" : "\(listed) alone"
  }

  // MARK: - Headline

  private var headline: Headline {
    let outcomes = record.judgements.map(\.outcome)
    let counts = Judgement.Outcome.allCases.compactMap { outcome -> String? in
      let count = outcomes.count { $0 == outcome }
      guard count > 0 else { return nil }
      // No-break spaces keep a number with its words.
      return "\(count) \(Phrases.mark(outcome).word)".split(separator: " ").joined(
        separator: "\u{A0}")
    }
    let mark: Mark =
      if outcomes.isEmpty {
        .na
      } else if outcomes.allSatisfy({ $0 == .supported }) {
        .met
      } else if outcomes.allSatisfy({ $0 == .notSupported }) {
        .not
      } else {
        .thin
      }
    let words =
      counts.isEmpty
      ? "No hypotheses on record"
      : (outcomes.count == 1 ? "Hypothesis: " : "Hypotheses: ") + counts.joined(separator: ", ")
    return Headline(
      mark: mark, words: words, lead: lead,
      remarks: Phrases.trial(assessment).map { [[.state(.wait, word: $0, check: nil)]] } ?? [],
      figures: keyFigures, counts: [])
  }

  private var lead: [Inline] {
    var text: [Inline] = []
    let title = index.title(of: subject.headline)
    let main = index.mainArm?.name
    if main == nil, index.arms.count > 1 {
      text.append(
        .plain(
          "\(Phrases.counted(index.arms.count, "arm")) were read and none is named as the candidate, "
            + "so none of them stands for the others here. "))
    }
    if let main, let value = index.fact(subject.headline, main) {
      text +=
        [.plain("\(title) of "), .strong([.plain(DisplayText.name(main))]), " is "]
        + value.inlineLine + [". "]
    }
    if let baseline = subject.baseline, baseline != main,
      let value = index.fact(subject.headline, baseline)
    {
      text +=
        ["It is compared with ", .strong([.plain(DisplayText.name(baseline))]), ": "]
        + value.inlineLine + [". "]
    }
    if let main, let baseline = subject.baseline,
      let difference = index.difference(subject.headline, main, against: baseline)
    {
      text += ["The difference on the same rows is "] + difference.inlineLine
      text.append(
        difference.interval == nil
          ? ". "
          : difference.excludesZero
            ? "; its interval excludes zero. " : "; its interval includes zero. ")
    }
    if main == nil || text.isEmpty, !index.entries.contains(where: hasHeadline) {
      text.append(.plain("This record holds no value of the headline metric \(title). "))
    }
    if record.judgements.isEmpty {
      text.append("No hypothesis is on record, so none is judged here.")
    }
    return text
  }

  private func hasHeadline(_ entry: EvidenceIndex.Entry) -> Bool {
    entry.metric == subject.headline && entry.evidence.isKnown
  }

  private var keyFigures: [Headline.KeyFigure] {
    guard let main = index.mainArm?.name else { return [] }
    let name = DisplayText.name(main, limit: 40)
    var figures: [Headline.KeyFigure] = []
    func add(_ label: String, _ evidence: Evidence?, _ remark: String? = nil) {
      guard let evidence, evidence.isKnown, figures.count < 4 else { return }
      figures.append(Headline.KeyFigure(label: label, evidence: evidence, remark: remark))
    }
    let seeds = subject.seeds.count > 1 ? Phrases.counted(subject.seeds.count, "seed") : nil
    let value = index.fact(subject.headline, main)
    add(
      "\(index.title(of: subject.headline)), \(name)", value,
      value?.seeds.isEmpty == false ? seeds : nil)
    if let baseline = subject.baseline {
      add(
        "Against \(DisplayText.name(baseline, limit: 40))",
        index.difference(subject.headline, main, against: baseline), "paired")
    }
    add(
      "Accuracy, worst tenth of clients", index.fact("accuracy_worst_decile_client", main),
      "10th percentile of clients")
    add(
      "Mean absolute error, worst tenth of clients",
      index.fact("mean_absolute_error_worst_decile_client", main), "90th percentile of clients")
    add("Selections completed", index.fact("completion_rate", main))
    if figures.count < 3 {
      for entry in index.entries where entry.arm == main && entry.scope == "overall" {
        if entry.evidence.value != nil,
          !figures.contains(where: { $0.evidence.id == entry.evidence.id })
        {
          add(Phrases.caption(entry.evidence), entry.evidence)
        }
      }
    }
    return figures
  }

  // MARK: - Plan

  private var plan: DocumentSection? {
    var rows: [Table.Row] = []
    func add(_ label: String, _ text: String) {
      if !text.isEmpty {
        rows.append(Table.Row([.plain(label)], [Cells.words(DisplayText.clean(text))]))
      }
    }
    func names(_ list: [String]) -> String {
      let shown = list.prefix(40).map { DisplayText.name($0, limit: 80) }.joined(separator: ", ")
      return list.count > 40 ? "\(shown) and \(list.count - 40) more" : shown
    }
    add(
      "Source of the runs",
      [
        .pilot: "trained by assay from a pilot file",
        .ingested: "read from artifacts of other tools",
        .predictions: "read from prediction tables",
      ][subject.kind] ?? "")
    add("Pilot file, SHA-256", subject.pilotDigest ?? "")
    add("Task", subject.task.isEmpty ? "" : Phrases.task(subject))
    add("Label", subject.label)
    add("Inputs", names(subject.features))
    add("Segments", names(subject.segments))
    add("Sensitive columns", names(subject.sensitive))
    if let client = subject.client {
      add(
        "Client",
        DisplayText.name(client)
          + (subject.kind == .pilot ? "; each is one \(subject.clientIs)" : ""))
    }
    add("Clients", subject.partition.map(DisplayText.clean) ?? "")
    add("Split", subject.split)
    add("Scaling", subject.scaling)
    add("Model", Phrases.model(subject))
    add("Seeds", subject.seeds.map(String.init).joined(separator: ", "))
    add("Headline metric", index.title(of: subject.headline))
    if let candidate = subject.candidate {
      add(subject.kind == .predictions ? "Candidate" : "Candidate for release", candidate)
    }
    if let baseline = subject.baseline {
      add(subject.kind == .predictions ? "Reference" : "Baseline", baseline)
    }
    var blocks: [Block] = [
      .paragraph([
        .plain(
          subject.kind == .pilot
            ? "Read before anything was trained; the digest pins the file."
            : "There is no pilot file: what was fixed before the runs is not known.")
      ])
    ]
    if !rows.isEmpty {
      blocks.append(
        .table(
          Table(
            [subject.kind == .pilot ? "What was to be done" : "As recorded"],
            columns: [.init("Item"), .init("Value")], rows: rows,
            text: true)))
    }
    if !index.arms.isEmpty {
      let arms = index.arms.map { arm -> Table.Row in
        let parameters = arm.parameters.map { Phrases.parameter($0, of: subject.kind) }
        let states = Dictionary(grouping: arm.runs, by: \.status)
        let runs = RunStatus.allCases.compactMap { status in
          states[status].map { "\($0.count) \(status.rawValue)" }
        }
        return Table.Row(
          [.plain(DisplayText.name(arm.name))],
          [
            Cells.words(Phrases.kind(arm, of: subject)),
            Cells.words(
              !parameters.isEmpty
                ? parameters.joined(separator: "; ")
                : arm.kind == .trivial ? "none" : "not recorded"),
            Cells.words(runs.isEmpty ? "not recorded" : runs.joined(separator: ", ")),
          ])
      }
      blocks.append(
        .table(
          Table(
            ["Arms with their parameters"],
            columns: [.init("Arm"), .init("What it is"), .init("Parameters"), .init("Runs")],
            rows: arms, text: true, wide: true)))
    }
    return DocumentSection(
      "plan", subject.kind == .pilot ? "The plan, as read before training" : "What was read",
      blocks)
  }

  private var hypotheses: DocumentSection? {
    guard !record.judgements.isEmpty else { return nil }
    let rows = record.judgements.enumerated().map { position, judgement -> Table.Row in
      let (mark, word) = Phrases.mark(judgement.outcome)
      let evidence = assessment.evidence(judgement.evidence)
      let unit = evidence?.unit == .difference ? ValueUnit.fraction : evidence?.unit ?? .fraction
      return Table.Row(
        [
          .plain(
            "H\(position + 1). \(DisplayText.name(judgement.arm)) against \(DisplayText.name(judgement.against)): "
              + index.title(of: judgement.metric))
        ],
        [
          Table.Cell([.state(mark, word: word, check: nil)]),
          Cells.measured(evidence),
          Cells.words(PrintedNumber.text(judgement.margin, unit)),
          Cells.words(DisplayText.clean(judgement.reason)),
        ])
    }
    let isPilot = subject.kind == .pilot
    return DocumentSection(
      "hypotheses",
      isPilot ? "Hypotheses of the pilot file" : "Margins that were asked for",
      [
        .paragraph([
          isPilot
            ? "Each stands with its margin in the pilot file, which was read before training. The difference is paired on the same test rows."
            : "Each margin was given when the tables were evaluated; whether it was fixed before anybody saw the scores, this record cannot know. The difference is paired on the same rows."
        ]),
        .note([
          .strong(["Supported"]), ": the whole interval lies on the tolerated side of the margin. ",
          .strong(["Not supported"]), ": none of it does. ", .strong(["Inconclusive"]),
          ": it holds both, or there is none.",
        ]),
        .table(
          Table(
            ["Difference in the named metric, 95 % interval beneath"],
            columns: [
              .init("Hypothesis"), .init("Judgement"), .init("Difference", numeric: true),
              .init("Tolerated worsening"),
              .init("Why"),
            ], rows: rows, text: true, wide: true)),
      ])
  }
}
