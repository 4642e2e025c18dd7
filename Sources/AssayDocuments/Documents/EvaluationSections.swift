import AssayEvidence
import AssayRuns

extension EvaluationReport {
  // MARK: - Arms

  var ladder: DocumentSection? {
    var blocks: [Block] = [
      .paragraph([
        .plain(
          subject.kind == .ingested
            ? "What each run recorded."
            : "All arms are scored on the same test rows."
              + (subject.kind == .pilot ? " How they differ stands in the plan above." : ""))
      ])
    ]
    let figure = index.ladderFigure(ringed: subject.candidate)
    if figure != nil {
      blocks.append(
        .note([
          .plain(
            "Intervals of two arms may overlap while their paired difference is clear: the differences are "
              + "the test.")
        ]))
    }
    if let question = index.fact("interval_question", "run") {
      blocks.append(.paragraph(["Intervals answer: ", .value(question)]))
    }
    if let figure { blocks.append(.figure(figure)) }
    if figure == nil,
      let reason = index.arms.compactMap({ index.fact(subject.headline, $0.name) }).first
    {
      blocks.append(
        .paragraph([.plain("\(index.title(of: subject.headline)): "), .value(reason), "."]))
    }
    if let table = index.ladderTable() { blocks.append(.table(table)) }
    let recorded = index.entries.filter { $0.metric.hasPrefix("final_") && $0.scope == "overall" }
    if !recorded.isEmpty {
      blocks.append(
        .table(
          Table(
            ["What the artifacts themselves state; recorded, not recomputed, without interval"],
            columns: [.init("Arm"), .init("Metric"), .init("Value", numeric: true)],
            rows: recorded.map {
              Table.Row(
                [.plain(DisplayText.name($0.arm))],
                [Cells.words(DisplayText.name($0.evidence.title)), Cells.measured($0.evidence)])
            })))
    }
    guard blocks.count > 1 else { return nil }
    return DocumentSection("ladder", "Arms side by side", blocks)
  }

  var comparison: DocumentSection? {
    let differences = index.headlineDifferences
    guard !differences.isEmpty else { return nil }
    let rows = differences.prefix(40).map { evidence -> RowPlot.Row in
      let arm = evidence.id.arm
      let name = index.arms.map(\.name).filter { arm.hasPrefix("\($0)-vs-") }.max {
        $0.count < $1.count
      }
      return RowPlot.Row(
        label: Phrases.pair(arm), evidence: evidence,
        colour: index.look(of: name ?? "").colour, isFilled: evidence.excludesZero)
    }
    let title = index.title(of: subject.headline)
    let plot = RowPlot(
      title: "Differences in \(title)", rows: Array(rows), corner: "arm − reference", zeroLine: true
    )
    let clear = differences.count { $0.excludesZero }
    let metrics = index.entries.filter {
      $0.metric.hasSuffix("_difference") && $0.scope == "overall" && $0.arm.contains("-vs-")
        && $0.metric != "\(subject.headline)_difference"
    }
    var blocks: [Block] = [
      .paragraph([
        "Arm minus reference on the same test rows. Filled marks: the interval excludes zero."
      ]),
      .figure(
        Figure(
          id: "fig-comparison",
          title: differences.count == 1
            ? "The interval of the difference \(clear == 1 ? "excludes" : "does not exclude") zero"
            : "\(clear) of \(Phrases.counted(differences.count, "difference")) "
              + "\(clear == 1 ? "has an interval that excludes" : "have intervals that exclude") zero",
          caption: "\(title), paired, 95 % interval, not adjusted for the number of differences.",
          drawings: [plot.drawing], isWide: false,
          key: [],
          table: Table(
            [.plain("Differences in \(title)")],
            columns: [.init("Arm − reference"), .init("difference", numeric: true)],
            rows: differences.map {
              Table.Row(
                [.plain(Phrases.pair($0.id.arm))], [Cells.measured($0)])
            }))),
    ]
    if !metrics.isEmpty {
      let pairs = unique(metrics.map(\.arm))
      let names = unique(metrics.map(\.metric))
      blocks.append(
        .table(
          Table(
            [
              "Differences in the other metrics, paired where the rows are the same, 95 % interval and n beneath"
            ],
            columns: [.init("Metric")] + pairs.map { .init(Phrases.pair($0), numeric: true) },
            rows: names.map { name in
              Table.Row(
                [.plain(index.comparedTitle(of: name))],
                pairs.map { pair in
                  Cells.measured(metrics.first { $0.metric == name && $0.arm == pair }?.evidence)
                })
            }, wide: true)))
    }
    blocks += testBlocks
    return DocumentSection("comparison", "Differences between arms", blocks)
  }

  private func unique(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }

  // MARK: - Curves

  var convergence: DocumentSection? {
    let kind: Series.Kind =
      record.series.contains { $0.kind == .accuracyByRound } ? .accuracyByRound : .lossByRound
    let curves = record.series.filter { $0.kind == kind && !$0.lines.isEmpty }
    guard !curves.isEmpty else { return nil }
    let isRead = subject.kind == .ingested
    let noun = kind == .accuracyByRound ? "accuracy" : "loss"
    let quantity =
      !isRead && subject.task == "regression"
      ? "Test loss (half the mean squared error)"
      : isRead ? noun.prefix(1).uppercased() + noun.dropFirst() : "Test \(noun)"
    // Stability is stated in shares of right predictions, which a numeric label has not.
    let hasStability = subject.task != "regression"
    let isBanded = curves.contains { $0.lines.count > 1 }
    let baseline = curves.first { $0.arm == subject.baseline }
    let panels = CurvePanels(
      quantity: quantity,
      panels: curves.map { .init(arm: $0.arm, colour: index.look(of: $0.arm).colour, series: $0) },
      ghost: baseline, range: kind == .accuracyByRound ? 0...1 : nil)
    let drawings = panels.drawings
    guard !drawings.isEmpty else { return nil }
    let unit: ValueUnit = hasStability ? .fraction : .loss
    let rows = curves.map { series -> Table.Row in
      let points = CurvePanels.Summary(series).points
      let arm = series.arm
      func end(_ point: (x: Double, mean: Double, low: Double, high: Double)?) -> Table.Cell {
        guard let point else { return Table.Cell([.soft(["–"])]) }
        return Table.Cell(
          [.plain(PrintedNumber.text(point.mean, unit))],
          small: point.low == point.high
            ? []
            : [
              .plain(
                "\(PrintedNumber.text(point.low, unit)) to \(PrintedNumber.text(point.high, unit))"
              )
            ])
      }
      return Table.Row(
        [.plain(DisplayText.name(arm))],
        [
          Cells.words(PrintedNumber.text(points.count)), end(points.first),
          end(points.indices.contains(points.count / 2) ? points[points.count / 2] : nil),
          end(points.last),
        ]
          + (hasStability
            ? [
              Cells.value(index.fact("accuracy_range_last_rounds", arm)),
              Cells.value(index.fact("accuracy_largest_drop", arm)),
            ] : []))
    }
    return DocumentSection(
      "convergence", "Convergence",
      [
        .paragraph([
          .plain(
            isRead
              ? "\(quantity) by round as the artifacts record it. On which rows they measured it is theirs to say."
              : "\(quantity) of each arm’s model after every round. The last round is what was evaluated."
          )
        ]),
        .note([
          .plain(
            "Every panel has the same vertical scale."
              + (isBanded ? " Band: lowest to highest seed." : "")
              + (baseline == nil ? "" : " Dashed: the baseline."))
        ]),
        .figure(
          Figure(
            id: "fig-convergence", title: "\(quantity) by round",
            caption: (isBanded
              ? "Mean of the seeds; band from the lowest to the highest seed" : "One line a run")
              + (baseline == nil ? "." : "; dashed: the baseline."),
            drawings: drawings, isWide: true, key: [],
            table: Table(
              [
                .plain(
                  (isBanded
                    ? "Mean of the seeds, lowest to highest seed beneath" : "Values by round")
                    + "; every round is in runs/*/run.json")
              ],
              columns: [
                .init("Arm"), .init("rounds", numeric: true), .init("first", numeric: true),
                .init("middle", numeric: true), .init("last", numeric: true),
              ]
                + (hasStability
                  ? [
                    .init("range, last 10", numeric: true), .init("largest drop", numeric: true),
                  ] : []),
              rows: rows))),
      ])
  }

  var participation: DocumentSection? {
    let metrics = [
      ("rounds_planned", "rounds planned"), ("rounds_aggregated", "rounds aggregated"),
      ("clients_selected", "selected"), ("clients_completed", "completed"),
      ("clients_failed", "failed"), ("clients_no_reply", "no reply"),
      ("completion_rate", "completed / selected"), ("smallest_cohort", "smallest cohort"),
      ("rounds_at_cohort", "rounds at cohort"), ("distinct_clients", "distinct clients"),
      ("largest_client_share", "largest share"),
    ]
    let arms = index.arms.filter { arm in metrics.contains { index.fact($0.0, arm.name) != nil } }
    let present = metrics.filter { metric in arms.contains { index.fact(metric.0, $0.name) != nil }
    }
    let causes = index.entries.filter { $0.metric == "failures" && $0.group?.column == "cause" }
    let curves = record.series.filter { $0.kind == .participation }
    let drawings = ParticipationPanels(
      panels: curves.map { .init(arm: $0.arm, colour: index.look(of: $0.arm).colour, series: $0) }
    ).drawings
    guard !arms.isEmpty || !drawings.isEmpty else { return nil }
    let table = Table(
      ["Sums over rounds and seeds, counted in the run records"],
      columns: [.init("Arm")] + present.map { .init($0.1, numeric: true) },
      rows: arms.map { arm in
        Table.Row(
          [.plain(DisplayText.name(arm.name))],
          present.map { Cells.value(index.fact($0.0, arm.name)) })
      }, wide: true)
    var blocks: [Block] = [
      .paragraph(["Who was asked to train, who answered, and why the others did not."])
    ]
    if drawings.isEmpty {
      blocks.append(.table(table))
    } else {
      blocks.append(
        .figure(
          Figure(
            id: "fig-participation", title: "Clients that completed each round",
            caption: "Bars: completed. Dashed: selected.", drawings: drawings, isWide: true,
            key: [],
            table: table)))
    }
    if !causes.isEmpty {
      blocks.append(
        .table(
          Table(
            ["Selected clients that failed or did not reply, by recorded cause"],
            columns: [.init("Cause")] + unique(causes.map(\.arm)).map { .init($0, numeric: true) },
            rows: unique(causes.compactMap { $0.group?.group }).map { cause in
              Table.Row(
                [.plain(DisplayText.name(cause))],
                unique(causes.map(\.arm)).map {
                  Cells.value(index.fact("failures", $0, column: "cause", group: cause))
                })
            })))
    }
    return DocumentSection("participation", "Participation", blocks)
  }
}
