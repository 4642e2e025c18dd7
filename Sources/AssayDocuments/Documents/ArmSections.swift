import AssayEvidence
import AssayRuns

/// Sections about arms that more than one document holds.
extension EvidenceIndex {
  /// The ladder: one row an arm, headline with interval.
  func ladderFigure(ringed: String?, id: String = "fig-ladder") -> Figure? {
    let rows = arms.map { arm -> RowPlot.Row in
      let look = look(of: arm.name)
      return RowPlot.Row(
        label: arm.name, evidence: fact(subject.headline, arm.name), colour: look.colour,
        isFilled: look.isFilled, isRinged: arm.name == ringed, isStrong: arm.name == ringed)
    }
    guard rows.contains(where: { $0.evidence?.isKnown ?? false }) else { return nil }
    let title = title(of: subject.headline)
    let plot = RowPlot(
      title: "\(title) of each arm with its 95 % interval", rows: rows, corner: "Arm",
      range: Self.range(of: rows.map(\.evidence)))
    let table = Table(
      [.plain("\(title) of each arm")],
      columns: [.init("Arm"), .init(title, numeric: true)],
      rows: arms.map {
        Table.Row(
          [.plain(DisplayText.name($0.name))], [Cells.measured(fact(subject.headline, $0.name))])
      })
    return Figure(
      id: id, title: ladderTitle(title),
      caption: "\(title) with 95 % interval."
        + (rows.contains { !$0.isFilled } ? " Hollow: one model per client, no candidate." : "")
        + (ringed == nil ? "" : " Ring: the candidate."),
      drawings: [plot.drawing], isWide: false, key: [], table: table)
  }

  /// A finding where an interval carries it, else the plain subject.
  private func ladderTitle(_ title: String) -> String {
    guard let candidate = subject.candidate, let baseline = subject.baseline,
      let difference = difference(subject.headline, candidate, against: baseline),
      let value = difference.value, difference.excludesZero,
      let interval = difference.printedInterval
    else { return "\(title) of each arm" }
    let better = (value > 0) == Self.isHigherBetter(subject.headline)
    return "\(DisplayText.name(candidate, limit: 60)) is \(better ? "better" : "worse") than "
      + "\(DisplayText.name(baseline, limit: 60)): \(difference.printedValue) (\(interval))"
  }

  /// All main metrics of all arms.
  func ladderTable(limit: Int = 7) -> Table? {
    let metrics = Array(
      overallMetrics.filter { metric in arms.contains { fact(metric, $0.name)?.isKnown ?? false } }
        .prefix(limit))
    guard !metrics.isEmpty else { return nil }
    return Table(
      ["Each arm on the same test rows, 95 % interval and n beneath"],
      columns: [.init("Arm")] + metrics.map { .init(title(of: $0), numeric: true) },
      rows: arms.map { arm in
        Table.Row(
          [.plain(DisplayText.name(arm.name))], remark: [.plain(Phrases.kind(arm, of: subject))],
          metrics.map { Cells.measured(fact($0, arm.name)) })
      }, wide: true)
  }

  /// Groups ordered worst first by an arm's value: suppressed and undefined ones last.
  func worstFirst(
    _ groups: [(column: String, group: String)],
    by value: ((column: String, group: String)) -> Double?
  ) -> [(column: String, group: String)] {
    let higher = Self.isHigherBetter(subject.headline)
    let keyed = groups.enumerated().map { ($0.offset, $0.element, value($0.element)) }
    return keyed.sorted { a, b in
      switch (a.2, b.2) {
      case (let x?, let y?): x == y ? a.0 < b.0 : (x < y) == higher
      case (_?, nil): true
      case (nil, _?): false
      case (nil, nil): a.0 < b.0
      }
    }.map(\.1)
  }

  /// Interval figure over groups for one arm, worst first, with the table of all arms.
  func groupFigure(
    _ groups: [(column: String, group: String)], arm: String, id: String, noun: String
  ) -> Figure? {
    let metric = subject.headline
    let title = title(of: metric)
    let sorted = worstFirst(groups) {
      fact(metric, arm, column: $0.column, group: $0.group)?.value
    }
    guard sorted.contains(where: { fact(metric, arm, column: $0.column, group: $0.group) != nil })
    else { return nil }
    let look = look(of: arm)
    let limit = 30
    var rows = sorted.prefix(limit).map { item in
      RowPlot.Row(
        label: item.column == subject.client ? item.group : "\(item.column) = \(item.group)",
        evidence: fact(metric, arm, column: item.column, group: item.group), colour: look.colour,
        isFilled: true)
    }
    let overall = fact(metric, arm)
    rows.insert(
      RowPlot.Row(
        label: "all rows", evidence: overall, colour: .ink, isFilled: true, isStrong: true), at: 0)
    let plot = RowPlot(
      title: "\(title) by \(noun), \(DisplayText.name(arm, limit: 60))", rows: rows,
      corner: "worst first", range: Self.range(of: rows.map(\.evidence)))
    let more =
      sorted.count > limit ? " The \(limit) worst of \(sorted.count)." : ""
    return Figure(
      id: id, title: groupTitle(sorted, arm: arm, noun: noun, overall: overall),
      caption: "\(title) of \(DisplayText.name(arm, limit: 60)) with 95 % interval.\(more)",
      drawings: [plot.drawing], isWide: false, key: [],
      table: groupTable(sorted, noun: noun))
  }

  private func groupTitle(
    _ sorted: [(column: String, group: String)], arm: String, noun: String, overall: Evidence?
  ) -> String {
    let title = title(of: subject.headline)
    if let worst = sorted.first,
      let evidence = fact(subject.headline, arm, column: worst.column, group: worst.group),
      let interval = evidence.interval, let printed = evidence.printedInterval,
      let whole = overall?.interval
    {
      let apart =
        Self.isHigherBetter(subject.headline)
        ? interval.high < whole.low : interval.low > whole.high
      if apart {
        let side = Self.isHigherBetter(subject.headline) ? "below" : "above"
        return "Furthest \(side) the whole: \(Phrases.segment(worst.column, worst.group)), "
          + "\(evidence.printedValue) (\(printed))"
      }
    }
    return "\(title) by \(noun), worst first"
  }

  /// The most groups in one table; a column with more values is better read by a program.
  static let rowLimit = 120

  /// What a caption says when rows are left out.
  static func remark(onRowsOf count: Int) -> String {
    count > rowLimit
      ? "; the \(rowLimit) worst of \(PrintedNumber.text(count)), all are in the evaluation report's "
        + "list of evidence" : ""
  }

  /// Headline of every arm in every group.
  func groupTable(_ groups: [(column: String, group: String)], noun: String) -> Table {
    Table(
      [
        .plain(
          "\(title(of: subject.headline)) by \(noun), 95 % interval beneath"
            + Self.remark(onRowsOf: groups.count))
      ],
      columns: [
        .init(noun.prefix(1).uppercased() + noun.dropFirst()), .init("rows", numeric: true),
      ]
        + arms.map { .init($0.name, numeric: true) },
      rows: groups.prefix(Self.rowLimit).map { item in
        Table.Row(
          [
            .plain(
              item.column == subject.client
                ? DisplayText.name(item.group) : Phrases.segment(item.column, item.group))
          ],
          [Cells.value(fact("rows", "data", column: item.column, group: item.group))]
            + arms.map {
              Cells.measured(
                fact(subject.headline, $0.name, column: item.column, group: item.group))
            })
      }, wide: true)
  }

  /// Differences in a group figure: an arm minus its reference, worst first.
  func differenceFigure(
    arm: String, against reference: String, groups: [(column: String, group: String)], id: String
  ) -> Figure? {
    let metric = subject.headline
    func of(_ item: (column: String, group: String)) -> Evidence? {
      difference(metric, arm, against: reference, column: item.column, group: item.group)
    }
    let known = groups.filter { of($0) != nil }
    guard !known.isEmpty else { return nil }
    let sorted = worstFirst(known) { of($0)?.value }
    let look = look(of: arm)
    var rows = sorted.prefix(30).map { item in
      RowPlot.Row(
        label: "\(item.column) = \(item.group)", evidence: of(item), colour: look.colour,
        isFilled: of(item)?.excludesZero ?? false)
    }
    let overall = difference(metric, arm, against: reference)
    rows.insert(
      RowPlot.Row(
        label: "all rows", evidence: overall, colour: .ink,
        isFilled: overall?.excludesZero ?? false,
        isStrong: true), at: 0)
    let names =
      "\(DisplayText.name(arm, limit: 60)) minus \(DisplayText.name(reference, limit: 60))"
    let title = title(of: metric)
    let plot = RowPlot(
      title: "Change in \(title) by segment, \(names)", rows: rows, corner: "worst first",
      zeroLine: true)
    let higher = Self.isHigherBetter(metric)
    let losers = sorted.filter { item in
      guard let evidence = of(item), evidence.excludesZero, let value = evidence.value else {
        return false
      }
      return (value < 0) == higher
    }
    let finding = losers.first.flatMap { item in
      of(item).flatMap { evidence in
        evidence.printedInterval.map {
          "Largest loss whose interval excludes zero: "
            + "\(Phrases.segment(item.column, item.group)), \(evidence.printedValue) (\($0))"
        }
      }
    }
    let more = sorted.count > 30 ? " The 30 worst of \(sorted.count)." : ""
    return Figure(
      id: id, title: finding ?? "Change in \(title) by segment, worst first",
      caption:
        "\(names), paired, 95 % interval. Filled: the interval excludes zero. Intervals are not "
        + "adjusted for the number of segments.\(more)",
      drawings: [plot.drawing], isWide: false, key: [],
      table: Table(
        [.plain("Change in \(title), \(names)\(Self.remark(onRowsOf: sorted.count))")],
        columns: [.init("Segment"), .init("difference", numeric: true)],
        rows: sorted.prefix(Self.rowLimit).map {
          Table.Row([.plain(Phrases.segment($0.column, $0.group))], [Cells.measured(of($0))])
        }))
  }
}
