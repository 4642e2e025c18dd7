import AssayEvidence
import AssayRuns

extension FeasibilityReport {
  private static let frontierMetric = "frontier_noise_per_coordinate"

  /// Cohorts and rounds that give the same ε, and the noise that each leaves in the mean.
  var frontier: DocumentSection? {
    let points = index.entries.filter { $0.metric == Self.frontierMetric && $0.group != nil }
    guard let first = points.first else { return nil }
    var cells: [String: [String: EvidenceIndex.Entry]] = [:]
    var cohorts: [String] = []
    var rounds: [String] = []
    for entry in points where entry.arm == first.arm {
      let parts = (entry.group?.group ?? "").split(separator: " ").map(String.init)
      guard parts.count == 3 else { continue }
      if !cohorts.contains(parts[0]) { cohorts.append(parts[0]) }
      if !rounds.contains(parts[2]) { rounds.append(parts[2]) }
      cells[parts[2], default: [:]][parts[0]] = entry
    }
    let arm = DisplayText.name(first.arm, limit: 60)
    let epsilon = index.fact("epsilon", first.arm)
    let rows = rounds.map { round -> Table.Row in
      Table.Row(
        [.plain("\(count(round)) round\(round == "1" ? "" : "s")")],
        cohorts.map { cohort in
          guard let entry = cells[round]?[cohort] else { return Cells.value(nil) }
          var small: [Inline] = [
            "noise multiplier "
          ]
          if let multiplier = index.fact(
            "frontier_noise_multiplier", entry.arm, column: entry.group?.column ?? "",
            group: entry.group?.group ?? "")
          {
            small.append(.value(multiplier))
          }
          if let note = entry.evidence.note {
            small += [
              .lineBreak,
              note == "as trained" ? .strong([.plain(note)]) : .plain(DisplayText.clean(note)),
            ]
          }
          return Table.Cell([.value(entry.evidence)], small: small)
        })
    }
    return DocumentSection(
      "frontier", "The same ε with other rounds and cohorts",
      [
        .paragraph(
          [.plain("Every cell reaches the ε of arm \(arm)")]
            + (epsilon.map { [": "] + $0.inlineLine } ?? []) + [
              ". What differs is the noise on each weight of the mean, noise multiplier × clip / clients of a round: the smaller, the better the model can be."
            ]),
        .note([
          "Computed, and not trained: what utility these settings have, a run decides. More rounds usually help training and cost noise; more clients in a round cost their work, and less noise remains in the mean."
        ]),
        .table(
          Table(
            ["Noise on each weight of the mean, by clients of a round and rounds"],
            columns: [.init("Rounds")]
              + cohorts.map { .init("\(count($0)) clients", numeric: true) },
            rows: rows, wide: true)),
      ])
  }

  private func count(_ text: String) -> String {
    Int(text).map { PrintedNumber.text($0) } ?? DisplayText.name(text)
  }

  // MARK: - What a budget would take

  /// Least population, cohort or rounds at which a budget that failed would have tolerable noise.
  var leastClients: DocumentSection? {
    let listed = (feasibility?.evidence ?? []).compactMap { assessment.evidence($0) }
    let ids = Set(listed.map(\.id))
    let least = index.privateArms.compactMap { index.fact("least_clients", $0.name) }
      .filter { !ids.contains($0.id) }
    let all = listed + least
    guard !all.isEmpty else { return nil }
    var blocks: [Block] = [
      .paragraph([
        "Noise in the average shrinks as the number of clients grows: on each weight it is noise multiplier × clip / (sampling rate × clients)."
      ])
    ]
    if let probes {
      blocks += [
        .paragraph([
          "How little of it would do was found by training the arm again with less noise, with the same seeds and rows. The number of clients follows from that by the formula, for the same ε."
        ]), .table(probes),
      ]
    } else if let chosen = feasibility?.recommended {
      blocks.append(
        .paragraph([
          .plain(
            "How much of it is tolerable is what the arm \(DisplayText.name(chosen)) shows, which is good enough. What smaller budgets would take for no more noise than that, each way by itself:"
          )
        ]))
    }
    blocks += [
      .paragraph([
        .strong(["An estimate:"]),
        " nothing was trained with these settings, and the noise was judged on the test rows of this report. Fewer rounds may cost utility of their own.",
      ]),
      .table(
        Table(
          ["What each budget would take, other things equal"],
          columns: [
            .init("Budget"), .init("What"), .init("Value", numeric: true),
            .init("Under which conditions"),
          ],
          rows: all.enumerated().map { position, fact in
            // The budget stands once, at the first of its rows.
            let isFirst = !all.prefix(position).contains { $0.id.arm == fact.id.arm }
            let epsilon = isFirst ? index.fact("epsilon", fact.id.arm)?.inlineLine ?? [] : []
            return Table.Row(
              [.plain(DisplayText.name(fact.id.arm))], remark: epsilon,
              [
                Cells.words(Phrases.caption(fact)), Cells.measured(fact),
                Cells.words(fact.note.map { DisplayText.clean($0) } ?? "–"),
              ])
          }, text: true, wide: true)),
    ]
    return DocumentSection("least", "What a budget would take", blocks)
  }

  /// What training again with less noise gave, in the order of the trials.
  private var probes: Table? {
    let prefix = "probe_"
    let trials = index.entries.filter { $0.metric.hasPrefix(prefix) && $0.group != nil }
    guard let first = trials.first else { return nil }
    let metric = index.comparedTitle(of: String(first.metric.dropFirst(prefix.count)))
    let reference = feasibility?.reference.map { DisplayText.name($0) } ?? "the arm without noise"
    let margin = feasibility.map {
      "; tolerated loss \(PrintedNumber.text($0.margin, .fraction))"
    }
    return Table(
      [.plain("Trained again with less noise, 95 % interval and n beneath\(margin ?? "")")],
      columns: [
        .init("Noise"), .init("Arm"), .init("\(metric) minus \(reference)", numeric: true),
      ],
      rows: trials.map { trial in
        let share = trial.group?.group ?? ""
        return Table.Row(
          [.plain(share == "0" ? "none" : "\(DisplayText.name(share)) of the noise")],
          [Cells.words(DisplayText.name(trial.arm)), Cells.measured(trial.evidence)])
      })
  }
}
