import AssayEvidence
import AssayRuns

/// Curves, thresholds, classes, drift and the spread over clients.
extension EvaluationReport {
  private func series(_ kind: Series.Kind) -> [Series] {
    record.series.filter { $0.kind == kind && !$0.lines.isEmpty }
  }

  private var seedWords: String { subject.seeds.count > 1 ? ", first seed" : "" }

  // MARK: - Curves

  var curves: DocumentSection? {
    var blocks: [Block] = []
    for (kind, isROC) in [(Series.Kind.roc, true), (.precisionRecall, false)] {
      let list = series(kind)
      if list.isEmpty { continue }
      let panels = ScoreCurvePanels(
        isROC: isROC,
        panels: list.compactMap { series in
          series.lines.first.map { line in
            .init(
              arm: series.arm, colour: index.look(of: series.arm).colour, line: line,
              area: index.fact(isROC ? "roc_auc" : "average_precision", series.arm))
          }
        }, ghost: list.first { $0.arm == subject.baseline }?.lines.first)
      let hasGhost = panels.ghost != nil && list.count > 1
      blocks.append(
        .figure(
          Figure(
            id: isROC ? "fig-roc" : "fig-precision-recall",
            title: (isROC ? "ROC curves" : "Precision–recall curves") + seedWords,
            caption: (isROC
              ? "Recall against false-positive rate over all thresholds. Dotted: guessing."
              : "Precision against recall over all thresholds.")
              + (hasGhost ? " Dashed: the reference arm." : ""), drawings: panels.drawings,
            isWide: true, key: [], table: points(list, isROC: isROC))))
    }
    guard !blocks.isEmpty else { return nil }
    return DocumentSection(
      "curves", "ROC and precision–recall curves",
      [
        .paragraph([
          "What each arm’s scores can yield at any threshold, not only at the one that was used."
        ]),
        .note([
          .plain(
            "At most 200 points a curve. Every step rests on at least as many rows as a cell must hold; "
              + "corners of the hull are dropped last.")
        ]),
      ] + blocks)
  }

  /// Up to 21 points of every curve, evenly spread over its points.
  private func points(_ list: [Series], isROC: Bool) -> Table {
    let rows = list.flatMap { series -> [Table.Row] in
      guard let line = series.lines.first, !line.x.isEmpty else { return [] }
      let last = line.x.count - 1
      let places = last <= 20 ? Array(0...last) : (0...20).map { $0 * last / 20 }
      return places.map { place in
        Table.Row(
          [.plain(DisplayText.name(series.arm))],
          [
            Cells.words(PrintedNumber.text(line.x[place], .fraction)),
            Cells.words(line.y[place].map { PrintedNumber.text($0, .fraction) } ?? "undefined"),
            Cells.words(
              line.counts.indices.contains(place) ? PrintedNumber.text(line.counts[place]) : "–"),
          ])
      }
    }
    return Table(
      [.plain("Points of every curve, at most 21; all stand in the JSON")],
      columns: [
        .init("Arm"), .init(isROC ? "false-positive rate" : "recall", numeric: true),
        .init(isROC ? "recall" : "precision", numeric: true), .init("rows selected", numeric: true),
      ], rows: rows)
  }

  // MARK: - Thresholds and classes

  var thresholds: DocumentSection? {
    let list = series(.thresholds)
    guard !list.isEmpty else { return nil }
    let ids = [
      "selection_rate", "accuracy", "precision", "recall", "false_positive_rate", "f1", "youden",
    ]
    var blocks: [Block] = [
      .paragraph(["What other thresholds would yield, each from 0.00 to 1.00 in steps of 0.05."])
    ]
    let best = index.arms.filter { index.fact("youden_at_best_threshold", $0.name) != nil }
    if !best.isEmpty {
      blocks.append(
        .note([
          .plain(
            "The best threshold was chosen and is judged on the same rows, so its value is optimistic "
              + "(selection bias). Choose on other rows than those that judge.")
        ]))
      blocks.append(
        .table(
          Table(
            ["Best thresholds on these rows"],
            columns: [
              .init("Arm"), .init("by Youden’s J", numeric: true), .init("J there", numeric: true),
              .init("by F1", numeric: true), .init("F1 there", numeric: true),
            ],
            rows: best.map { arm in
              Table.Row(
                [.plain(DisplayText.name(arm.name))],
                [
                  "best_threshold_youden", "youden_at_best_threshold", "best_threshold_f1",
                  "f1_at_best_threshold",
                ].map { Cells.value(index.fact($0, arm.name)) })
            })))
    }
    for series in list {
      blocks.append(.table(sweep(series, ids)))
    }
    return DocumentSection("thresholds", "Thresholds", blocks)
  }

  private func sweep(_ series: Series, _ ids: [String]) -> Table {
    let shown = ids.filter { id in series.lines.contains { $0.name == id } }
    let x = series.lines.first?.x ?? []
    let youden = ["youden": "Youden’s J"]
    return Table(
      [
        .plain(
          "\(DisplayText.name(series.arm))\(seedWords): 95 % interval and n beneath; missing rows "
            + "would rest on too few rows")
      ],
      columns: [.init("Threshold")]
        + shown.map { .init(youden[$0] ?? index.title(of: $0), numeric: true) },
      rows: x.indices.map { place in
        Table.Row(
          [.plain(PrintedNumber.text(x[place], .fraction))],
          shown.map { measured($0, series, place) })
      }, wide: true)
  }

  /// A value of a series with the interval that stands beside it.
  private func measured(_ id: String, _ series: Series, _ place: Int) -> Table.Cell {
    func value(_ name: String) -> Double? {
      guard let line = series.lines.first(where: { $0.name == name }),
        line.y.indices.contains(place)
      else { return nil }
      return line.y[place]
    }
    guard let y = value(id) else { return Cells.words("undefined or withheld") }
    var small: [String] = []
    if let low = value("\(id) low"), let high = value("\(id) high") {
      small.append(
        "\(PrintedNumber.text(low, .fraction)) to \(PrintedNumber.text(high, .fraction))")
    }
    if let counts = series.lines.first(where: { $0.name == id })?.counts,
      counts.indices.contains(place)
    {
      small.append("n \(PrintedNumber.text(counts[place]))")
    }
    return Table.Cell(
      [.plain(PrintedNumber.text(y, .fraction))],
      small: small.isEmpty ? [] : [.plain(small.joined(separator: ", "))])
  }

  var classes: DocumentSection? {
    let list = series(.classes)
    guard !list.isEmpty else { return nil }
    let limit = 50
    let ids = ["precision", "recall", "f1", "roc_auc"]
    let tables = list.map { series -> Block in
      let x = series.lines.first?.x ?? []
      let support = series.lines.first { $0.name == "support" }?.y ?? []
      return .table(
        Table(
          [
            .plain(
              "\(DisplayText.name(series.arm))\(seedWords): each class against the rest, 95 % interval "
                + "and n beneath" + (x.count > limit ? ", the first \(limit) classes" : ""))
          ],
          columns: [.init("Class"), .init("rows", numeric: true)]
            + ids.map { .init(index.title(of: $0), numeric: true) },
          rows: x.indices.prefix(limit).map { place in
            let rows = support.indices.contains(place) ? support[place] : nil
            return Table.Row(
              [.plain(PrintedNumber.text(Int(x[place])))],
              [Cells.words(rows.map { PrintedNumber.text(Int($0)) } ?? "withheld")]
                + ids.map { measured($0, series, place) })
          }, wide: true))
    }
    return DocumentSection(
      "classes", "Classes",
      [.paragraph(["Precision, recall, F1 and ROC AUC of every class on its own."])] + tables)
  }

  // MARK: - Drift and clients

  var drift: DocumentSection? {
    let metrics = [
      ("score_stability_index", "PSI"), ("score_ks_distance", "Kolmogorov–Smirnov"),
      ("score_wasserstein_distance", "Wasserstein"),
      ("score_jensen_shannon_distance", "Jensen–Shannon"),
    ]
    let pairs = index.entries.filter { $0.metric == metrics[0].0 }.map(\.arm)
    guard !pairs.isEmpty else { return nil }
    return DocumentSection(
      "drift", "Drift of scores",
      [
        .paragraph([
          "How far each arm’s scores lie from the reference arm’s on the same rows, whatever the labels."
        ]),
        .note([
          .plain(
            "PSI over 10 bins of equal width; Jensen–Shannon distance base 2 over the same bins; the "
              + "other two are exact. Drift between segments, files and runs stands in the JSON.")
        ]),
        .table(
          Table(
            ["0 means equal distributions; n is the rows"],
            columns: [.init("Arm and reference")] + metrics.map { .init($0.1, numeric: true) },
            rows: pairs.map { pair in
              Table.Row(
                [.plain(Phrases.pair(pair))],
                metrics.map { Cells.measured(index.fact($0.0, pair)) })
            })),
      ])
  }

  var clientSpread: DocumentSection? {
    let metric = subject.task == "regression" ? "mean_absolute_error" : "accuracy"
    let measures = [
      ("worst_tenth_mean", "worst tenth, mean"), ("cvar_10", "CVaR at 10 %"),
      ("standard_deviation", "standard deviation"), ("jain_index", "Jain index"),
      ("gini_coefficient", "Gini coefficient"), ("entropy_normalised", "entropy / ln K"),
    ].map { ("\(metric)_clients_\($0.0)", $0.1) }
    let arms = index.arms.filter { arm in
      measures.contains { index.fact($0.0, arm.name)?.isKnown ?? false }
    }
    guard !arms.isEmpty else { return nil }
    return DocumentSection(
      "client-fairness", "Fairness between clients",
      [
        .paragraph([
          .plain(
            "How evenly \(index.title(of: metric)) is spread over clients, each client counting once."
          )
        ]),
        .note([
          .plain(
            "Jain index and entropy: 1 means all alike. Gini coefficient: 0 means all alike; it is not "
              + "the Gini from ROC AUC. Weighted by rows, and other quantiles: in the JSON.")
        ]),
        .table(
          Table(
            ["95 % interval by resampling clients and number of clients beneath"],
            columns: [.init("Arm")] + measures.map { .init($0.1, numeric: true) },
            rows: arms.map { arm in
              Table.Row(
                [.plain(DisplayText.name(arm.name))],
                measures.map { Cells.measured(index.fact($0.0, arm.name)) })
            }, wide: true)),
      ])
  }
}
