import AssayEvidence
import AssayRuns

extension EvaluationReport {
  // MARK: - Groups

  var segments: DocumentSection? {
    let groups = index.segments
    guard !groups.isEmpty else { return nil }
    let main = subject.candidate ?? index.arms.last?.name ?? ""
    var blocks: [Block] = [
      .paragraph([
        .plain("\(index.title(of: subject.headline)) in every declared segment, worst first.")
      ]),
      .note([
        .plain(
          "A cell with few rows is withheld and says so. Where it could be worked out from the totals "
            + "and the other cells, another one is withheld with it. Withheld is not good news.")
      ]),
    ]
    if let baseline = subject.baseline, baseline != main,
      let figure = index.differenceFigure(
        arm: main, against: baseline, groups: groups, id: "fig-segment-differences")
    {
      blocks.append(.figure(figure))
    }
    if let figure = index.groupFigure(groups, arm: main, id: "fig-segments", noun: "segment") {
      blocks.append(.figure(figure))
    } else {
      blocks.append(.table(index.groupTable(groups, noun: "segment")))
    }
    return DocumentSection("segments", "Segments", blocks)
  }

  var clients: DocumentSection? {
    let groups = index.clients
    guard !groups.isEmpty else { return manyClients }
    let main = subject.candidate ?? index.arms.last?.name ?? ""
    var blocks: [Block] = [
      .paragraph([
        .plain("\(index.title(of: subject.headline)) on each client’s own test rows, worst first.")
      ])
    ]
    if let local = subject.local {
      blocks.append(
        .note([
          .plain(
            "\(DisplayText.name(local)) is that client’s own model, judged on that client’s rows. Its value on the test rows of all clients stands in the list of all evidence."
          )
        ]))
    }
    if let figure = index.groupFigure(groups, arm: main, id: "fig-clients", noun: "client") {
      blocks.append(.figure(figure))
    } else {
      blocks.append(.table(index.groupTable(groups, noun: "client")))
    }
    return DocumentSection("clients", "Clients", blocks)
  }

  /// What is said of clients that are too many to be listed.
  private var manyClients: DocumentSection? {
    guard let reason = index.fact("client_values", "run") else { return nil }
    let isRegression = subject.task == "regression"
    let metric =
      (isRegression ? "mean_absolute_error" : "accuracy") + "_worst_decile_client"
    let arms = index.arms.filter { index.fact(metric, $0.name) != nil }
    var blocks: [Block] = [.paragraph(["Values of single clients: ", .value(reason), "."])]
    if !arms.isEmpty {
      blocks.append(
        .table(
          Table(
            ["Each client counts once, whatever its size"],
            columns: [
              .init("Arm"),
              .init(
                isRegression
                  ? "90th percentile of client errors" : "10th percentile of client accuracies",
                numeric: true),
            ],
            rows: arms.map {
              Table.Row(
                [.plain(DisplayText.name($0.name))],
                [Cells.measured(index.fact(metric, $0.name))])
            })))
    }
    return DocumentSection("clients", "Clients", blocks)
  }

  var fairness: DocumentSection? {
    let keys = index.fairness
    guard !keys.isEmpty else { return nil }
    let rows = keys.map { key -> Table.Row in
      let facts = index.arms.map {
        index.fact(key.metric, $0.name, EvidenceIndex.decoded(key.column))
      }
      var seen: Set<String> = []
      let left = facts.compactMap { $0 }.flatMap(\.leftOut).filter { seen.insert($0).inserted }
      let remark: [Inline] =
        left.isEmpty
        ? [] : [.plain("left out: " + left.map { DisplayText.name($0) }.joined(separator: ", "))]
      return Table.Row(
        [
          .plain(
            "\(index.title(of: key)), \(DisplayText.name(EvidenceIndex.decoded(key.column)))"
          )
        ],
        remark: remark, facts.map { Cells.measured($0) })
    }
    return DocumentSection(
      "fairness", "Fairness differences",
      [
        .paragraph([
          .plain(
            "The gap between the groups of one sensitive column. A flag for people to read, no proof "
              + "in either direction. A difference of 0 or a ratio of 1 means equal.")
        ]),
        .table(
          Table(
            [
              "95 % interval and n beneath; groups without enough rows or without a rate are left out and named"
            ],
            columns: [.init("Measure")] + index.arms.map { .init($0.name, numeric: true) },
            rows: rows,
            wide: true)),
      ])
  }

  var calibration: DocumentSection? {
    let figures = [
      calibrationFigure(
        .calibration, id: "fig-calibration", title: "Observed share against predicted score",
        bins: "bins of equal width"),
      calibrationFigure(
        .adaptiveCalibration, id: "fig-calibration-adaptive", title: "The same in adaptive bins",
        bins: "bins of about equal counts"),
    ].compactMap { $0 }
    guard !figures.isEmpty else { return nil }
    return DocumentSection(
      "calibration", "Calibration",
      [
        .paragraph(["When a model says 0.3, do 3 of 10 turn out positive?"]),
        .note([
          "ECE: mean distance between predicted and observed, weighted by rows. Lower is better."
        ]),
      ] + figures.map { .figure($0) })
  }

  private func calibrationFigure(
    _ kind: Series.Kind, id: String, title: String, bins: String
  ) -> Figure? {
    let curves = record.series.filter { $0.kind == kind && !$0.lines.isEmpty }
    guard !curves.isEmpty else { return nil }
    let panels = curves.compactMap { series in
      series.lines.first.map { line in
        CalibrationPanels.Panel(
          arm: series.arm, colour: index.look(of: series.arm).colour, line: line,
          low: series.lines.first { $0.name == "low" }?.y ?? [],
          high: series.lines.first { $0.name == "high" }?.y ?? [],
          error: index.fact("expected_calibration_error", series.arm))
      }
    }
    let hasIntervals = panels.contains { !$0.low.isEmpty }
    let rows = panels.flatMap { panel in
      panel.line.x.enumerated().map { position, x -> Table.Row in
        func at(_ list: [Double?]) -> Double? {
          list.indices.contains(position) ? list[position] : nil
        }
        let y = at(panel.line.y)
        let count = panel.line.counts.indices.contains(position) ? panel.line.counts[position] : nil
        var small: [Inline] = []
        if let low = at(panel.low), let high = at(panel.high) {
          small = [
            .plain(
              "\(PrintedNumber.text(low, .fraction)) to \(PrintedNumber.text(high, .fraction))")
          ]
        }
        return Table.Row(
          [.plain(DisplayText.name(panel.arm))],
          [
            Cells.words(PrintedNumber.text(x, .fraction)),
            Table.Cell(
              [.plain(y.map { PrintedNumber.text($0, .fraction) } ?? "withheld or empty")],
              small: small),
            Cells.words(count.map { PrintedNumber.text($0) } ?? "–"),
          ])
      }
    }
    return Figure(
      id: id, title: title,
      caption: "Dots: observed share in each of the \(bins)"
        + (hasIntervals ? ", with its 95 % interval" : "") + ". Dashed: perfect calibration. Bars: "
        + "rows in each bin. ×: withheld or empty.",
      drawings: CalibrationPanels(panels: panels).drawings, isWide: true, key: [],
      table: Table(
        [.plain("Bins of every arm" + (subject.seeds.count > 1 ? ", first seed" : ""))],
        columns: [
          .init("Arm"), .init("mean score", numeric: true), .init("observed", numeric: true),
          .init("rows", numeric: true),
        ], rows: rows))
  }

  // MARK: - Work, data, versions

  var cost: DocumentSection? {
    var metrics = [
      ("bytes_up", "from clients"), ("bytes_down", "to clients"),
      ("gradient_steps", "gradient steps"),
      ("examples_processed", "examples processed"), ("nonfinite_values", "NaN or infinite values"),
    ]
    let arms = index.arms.filter { arm in metrics.contains { index.fact($0.0, arm.name) != nil } }
    guard !arms.isEmpty else { return nil }
    let reached = index.arms.filter { index.fact("training_loss", $0.name) != nil }
    let losses = [("training_loss", "training loss"), ("optimum_gap", "above the optimum")]
    let priced = index.entries.first { $0.metric == "cost" && $0.evidence.isKnown }
    if let priced { metrics.append(("cost", DisplayText.name(priced.evidence.title))) }
    return DocumentSection(
      "cost", "Cost",
      [
        .paragraph([
          "Counted work of all runs of an arm; no measured times, which would differ from machine to machine."
        ]),
        .table(
          Table(
            ["Bytes and steps, counted in the run records"],
            columns: [.init("Arm")] + metrics.map { .init($0.1, numeric: true) },
            rows: arms.map { arm in
              Table.Row(
                [.plain(DisplayText.name(arm.name))],
                metrics.map { Cells.value(index.fact($0.0, arm.name)) })
            })),
      ]
        + (reached.isEmpty
          ? []
          : [
            .table(
              Table(
                ["Mean loss over all training rows at the end, and its distance to the least"],
                columns: [.init("Arm")] + losses.map { .init($0.1, numeric: true) },
                rows: reached.map { arm in
                  Table.Row(
                    [.plain(DisplayText.name(arm.name))],
                    losses.map { Cells.measured(index.fact($0.0, arm.name)) })
                }))
          ]))
  }

  var dataNotes: DocumentSection? {
    let names: Set<String> = [
      "overlap_records", "overlap_clients", "identical_rows", "dropped_rows", "missing_values",
      "suppressed_cells",
    ]
    let audited: Set<String> = [
      "label_divergence_mean", "label_divergence_largest", "client_size_gini", "class_coverage",
      "client_rows_smallest", "client_rows_median", "client_rows_largest",
    ]
    let clients = index.entries.filter { audited.contains($0.metric) && $0.arm == "data" }
    let facts = index.entries.filter { names.contains($0.metric) }
    var blocks: [Block] = []
    if !subject.notes.isEmpty {
      blocks.append(.list(subject.notes.map { [.plain(DisplayText.clean($0))] }))
    }
    if !facts.isEmpty {
      blocks.append(
        .table(
          Table(
            ["Leaks between training and test, and what could not be used"],
            columns: [.init("What"), .init("Where"), .init("count", numeric: true)],
            rows: facts.map {
              Table.Row(
                [.plain(DisplayText.name($0.evidence.title))],
                [
                  Cells.words(
                    $0.scope == "overall"
                      ? ($0.arm == "data" ? "all rows" : "whole record")
                      : DisplayText.name(EvidenceIndex.decoded($0.scope))),
                  Cells.value($0.evidence),
                ])
            })))
    }
    if !clients.isEmpty {
      blocks.append(
        .table(
          Table(
            ["How the clients differ, over all usable rows, training and test"],
            columns: [.init("What"), .init("value", numeric: true), .init("Meaning")],
            rows: clients.map {
              Table.Row(
                [.plain(DisplayText.name($0.evidence.title))],
                [Cells.value($0.evidence), Cells.words($0.evidence.note ?? "")])
            })))
    }
    guard !blocks.isEmpty else { return nil }
    return DocumentSection("data", "Data notes and leaks", blocks)
  }

  var versions: DocumentSection? {
    func digest(_ text: String) -> Table.Cell { Table.Cell(["SHA-256 ", .code(text)]) }
    var rows = [
      Table.Row([.plain("assay")], [Cells.words(record.toolVersion)]),
      Table.Row(
        [.plain("checklist \(DisplayText.name(assessment.checklist.name))")],
        [
          Table.Cell([
            .plain("version \(DisplayText.clean(assessment.checklist.version)), SHA-256 "),
            .code(assessment.checklist.digest),
          ])
        ]),
    ]
    if let pinned = subject.pilotDigest {
      rows.append(Table.Row([.plain("pilot file")], [digest(pinned)]))
    }
    for source in subject.sources {
      rows.append(Table.Row([.code(DisplayText.name(source.path))], [digest(source.sha256)]))
    }
    return DocumentSection(
      "versions", "Versions and input digests",
      [
        .table(
          Table(
            ["What these numbers were made from"],
            columns: [.init("What"), .init("Version or digest")], rows: rows, text: true))
      ])
  }

  var unknown: DocumentSection? {
    var items: [[Inline]] = []
    for arm in index.arms {
      for run in arm.runs where run.status != .completed {
        let reason = run.reason.map { ": \(DisplayText.clean($0))" } ?? ""
        items.append([
          .plain("Run "), .code(run.folder),
          .plain(" of \(DisplayText.name(arm.name)): \(run.status.rawValue)\(reason)."),
        ])
      }
    }
    for entry in index.entries where !entry.evidence.isKnown && entry.group == nil {
      items.append(
        [
          .plain(Phrases.caption(entry.evidence) + owner(entry.arm) + ": "),
          .value(entry.evidence), ".",
        ])
    }
    let sections: [(String, DocumentSection?)] = [
      ("curves by round", convergence), ("participation", participation), ("segments", segments),
      ("values per client", clients), ("fairness differences", fairness),
      ("calibration", calibration),
      ("differences between arms", comparison), ("counted cost", cost),
    ]
    let absent = sections.filter { $0.1 == nil }.map(\.0)
    if !absent.isEmpty {
      items.append([.plain("This record holds no \(Phrases.listed(absent)).")])
    }
    items.append([
      "Rows outside of the test set, later data and other clients: nothing was measured there."
    ])
    return DocumentSection(
      "unknown", "What is not known", [.list(Array(items.prefix(200)))])
  }
}

extension EvaluationReport {
  /// Whose fact it is, where it is an arm's; the run, its data and its statements need no name.
  private func owner(_ arm: String) -> String {
    if index.arm(arm) != nil { return ", \(DisplayText.name(arm))" }
    return arm.contains("-vs-") ? ", \(Phrases.pair(arm))" : ""
  }
}

extension EvidenceIndex {
  /// A scope that is a column, with its percent-encoded characters decoded.
  static func decoded(_ scope: String) -> String {
    EvidenceID("x/y/\(scope)=").group?.column ?? scope
  }
}
