import AssayEvidence
import AssayRuns

extension FeasibilityReport {
  /// The budget that most is said about: the recommended one, else the candidate's, else the largest that
  /// adds noise.
  var mainPoint: Feasibility.Point? {
    guard let feasibility else { return nil }
    let named = [feasibility.recommended, subject.candidate].compactMap { $0 }
    for name in named {
      if let point = feasibility.points.first(where: { $0.arm == name }) { return point }
    }
    return feasibility.points.first { assessment.evidence($0.epsilon)?.value?.isFinite ?? false }
      ?? feasibility.points.first
  }

  /// Change of the headline metric in every group, at every budget: who pays for privacy.
  var price: DocumentSection? {
    guard let feasibility, let reference = feasibility.reference, let main = mainPoint else {
      return nil
    }
    let groups = index.segments.filter { group in
      feasibility.points.contains {
        change($0.arm, reference, group) != nil
      }
    }
    let title = index.title(of: subject.headline)
    let arm = DisplayText.name(main.arm, limit: 60)
    guard !groups.isEmpty else {
      return DocumentSection(
        "who", "Who pays for privacy",
        [
          .paragraph([
            "Not measured: the pilot names no segments and no sensitive columns, so it is not known whether noise costs some groups more than others. It often does."
          ])
        ])
    }
    var blocks: [Block] = [
      .paragraph([
        .plain(
          "\(title) in every segment and group with noise, minus that without, on the same rows. A mean over all "
            + "rows can hide that a few pay for everybody’s privacy.")
      ]),
      .note([
        "Each interval is a 95 % interval by itself: with many of them, one in twenty excludes zero by chance. The second table allows for that. Withheld cells are small, or would give a small one away."
      ]),
    ]
    if let figure = index.differenceFigure(
      arm: main.arm, against: reference, groups: groups, id: "fig-who-pays")
    {
      blocks.append(.figure(figure))
    }
    if let worst = worstGroups(feasibility, reference) { blocks.append(.table(worst)) }
    blocks.append(.table(changes(feasibility, reference, groups, title: title, main: main.arm)))
    if let beyond = index.fact("worst_group_beyond_all", pair(main.arm, reference)) {
      blocks.append(
        .paragraph(
          [
            .strong(["The group that loses most"]), .plain(" at \(arm) is "),
            .plain(named(beyond) ?? "not named"),
            ". Its change beyond that of all rows together is ",
          ] + beyond.inlineLine
            + [
              beyond.excludesZero
                && ((beyond.value ?? 0) < 0) == EvidenceIndex.isHigherBetter(subject.headline)
                ? ": it pays more than the others."
                : ": this record cannot tell whether it pays more than the others."
            ]))
    }
    return DocumentSection("who", "Who pays for privacy", blocks)
  }

  private func pair(_ arm: String, _ reference: String) -> String { "\(arm)-vs-\(reference)" }

  private func change(
    _ arm: String, _ reference: String, _ item: (column: String, group: String)
  ) -> Evidence? {
    index.difference(
      subject.headline, arm, against: reference, column: item.column, group: item.group)
  }

  /// The group that a fact's note begins with.
  private func named(_ fact: Evidence?) -> String? {
    fact?.note.flatMap { note in
      note.split(separator: ";", maxSplits: 1).first.map { DisplayText.clean(String($0)) }
    }
  }

  private func worstGroups(_ feasibility: Feasibility, _ reference: String) -> Table? {
    let rows = feasibility.points.compactMap { point -> Table.Row? in
      let pair = pair(point.arm, reference)
      guard let worst = index.fact("worst_group_difference", pair) else { return nil }
      let losing = index.fact("groups_losing", pair)
      return Table.Row(
        [.plain(DisplayText.name(point.arm))],
        [
          Cells.words(named(worst) ?? "–"),
          Cells.measured(worst, count: false),
          Cells.measured(index.fact("worst_group_beyond_all", pair), count: false),
          Table.Cell(
            losing.map { [.value($0)] } ?? [.soft(["–"])],
            small: (losing?.value ?? 0) > 0
              ? [.plain(named(losing) ?? "")]
              : []),
          Cells.value(index.fact("groups_compared", pair)),
          Cells.value(index.fact("groups_withheld", pair)),
        ])
    }
    guard !rows.isEmpty else { return nil }
    let family = feasibility.points.lazy.compactMap {
      index.fact("groups_compared", pair($0.arm, reference))?.note
    }.first
    return Table(
      [
        .plain(
          "The worst group of each budget, with intervals that allow for every comparison of this table"
            + (family.map { ": \(DisplayText.clean($0))" } ?? ""))
      ],
      columns: [
        .init("Arm"), .init("Loses most"), .init("change", numeric: true),
        .init("beyond all rows", numeric: true), .init("groups that lose"),
        .init("compared", numeric: true), .init("withheld", numeric: true),
      ], rows: rows, wide: true)
  }

  private func changes(
    _ feasibility: Feasibility, _ reference: String, _ groups: [(column: String, group: String)],
    title: String, main: String
  ) -> Table {
    let points = Array(feasibility.points.prefix(8))
    let sorted = index.worstFirst(groups) { change(main, reference, $0)?.value }
    var rows = [
      Table.Row(
        [.strong(["all rows"])],
        [Cells.measured(index.fact(subject.headline, reference))]
          + points.map { Cells.measured(assessment.evidence($0.difference), count: false) })
    ]
    rows += sorted.prefix(EvidenceIndex.rowLimit).map { item in
      Table.Row(
        [.plain(Phrases.segment(item.column, item.group))],
        [
          Cells.measured(
            index.fact(subject.headline, reference, column: item.column, group: item.group))
        ] + points.map { Cells.measured(change($0.arm, reference, item), count: false) })
    }
    return Table(
      [
        .plain(
          "\(title) without noise, and its change at every budget, worst first at "
            + "\(DisplayText.name(main, limit: 60)); 95 % intervals beneath"
            + EvidenceIndex.remark(onRowsOf: sorted.count))
      ],
      columns: [.init("Group"), .init(DisplayText.name(reference, limit: 60), numeric: true)]
        + points.map { point in
          .init(
            "ε \(assessment.evidence(point.epsilon)?.printedValue ?? "∞")", numeric: true)
        }, rows: rows, wide: true)
  }
}
