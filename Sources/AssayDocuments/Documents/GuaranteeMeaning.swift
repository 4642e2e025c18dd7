import AssayEvidence
import AssayRuns

extension FeasibilityReport {
  /// The guarantee in plain language: what an attacker can do at most, and what it says nothing about.
  var reading: DocumentSection? {
    guard !index.privateArms.isEmpty else { return nil }
    var blocks: [Block] = [
      .paragraph([
        "Imagine somebody who sees everything that was released, knows everything else, and must tell whether one unit took part. ε bounds how much better than guessing that person can become: at ε near 0 hardly at all, and each further 0.7 roughly doubles the odds. δ is the small probability with which the bound may not hold."
      ])
    ]
    let arms = shownArms.filter { index.fact("membership_advantage", $0.name)?.isKnown ?? false }
    if let arm = arms.first { blocks += attacks(arm, all: arms) }
    blocks.append(
      .paragraph([
        "It says nothing about facts that hold for many units together: a model may learn them, and should. It holds for the releases listed in the ledger and for nothing else."
      ]))
    return DocumentSection("meaning", "What the guarantee means", blocks)
  }

  private func attacks(_ arm: ArmSummary, all arms: [ArmSummary]) -> [Block] {
    let rates = scopes("attack_detection_bound", arm.name)
    var blocks: [Block] = []
    var sentence: [Inline] = [
      .plain("At the budget of "), .strong([.plain(DisplayText.name(arm.name))]), ", ",
    ]
    for (position, rate) in rates.enumerated() {
      guard let bound = bound("attack_detection_bound", arm.name, rate) else { continue }
      sentence += [
        .plain(position == 0 ? "an attacker who may be wrong " : "; wrong "),
        .plain(Self.words(rate)),
        .plain(
          position == 0
            ? ", accusing units that took no part, is right about one that did in at most "
            : ", in at most "),
        .value(bound), .plain(position == 0 ? " of cases (1 would be always)" : ""),
      ]
    }
    sentence.append(". Guessing detects as often as it accuses wrongly. ")
    if let advantage = index.fact("membership_advantage", arm.name) {
      sentence += [
        "The largest gap between the two, at any rate, is at most ", .value(advantage), ". ",
      ]
    }
    sentence += ["These bounds hold for every attack while the "]
    sentence += [.link(["assumptions"], to: .place("assumptions", in: nil)), " do."]
    blocks += [
      .paragraph(sentence),
      .note([
        "Read from the whole privacy-loss law and not from the one pair (ε, δ), which would allow an attacker far more. Rounded up."
      ]),
    ]
    let table = bounds(Array(arms.prefix(8)), rates)
    blocks.append(tradeOff(arm, arms, table).map { .figure($0) } ?? .table(table))
    let other = otherGuarantees(Array(arms.prefix(8)))
    if let other { blocks.append(.table(other)) }
    return blocks
  }

  /// The curves of all arms that have one, with the table of bounds beneath.
  private func tradeOff(_ chosen: ArmSummary, _ arms: [ArmSummary], _ table: Table) -> Figure? {
    let curves = arms.compactMap { arm -> (epsilon: Double, curve: TradeOffPanels.Curve)? in
      guard let epsilon = index.fact("epsilon", arm.name), let value = epsilon.value,
        let line = record.series.first(where: { $0.kind == .tradeOff && $0.arm == arm.name })?.lines
          .first
      else { return nil }
      return (
        value,
        .init(
          label: "ε \(epsilon.printedValue)", line: line, isChosen: arm.name == chosen.name)
      )
    }.sorted { $0.epsilon > $1.epsilon }
    guard !curves.isEmpty else { return nil }
    let isSmall = bound("attack_detection_bound", chosen.name, ("false-positive rate", "0.01"))
    return Figure(
      id: "fig-trade-off",
      title: isSmall.map {
        "With one false alarm in a hundred, any attack detects a share of at most \($0.printedValue)"
      } ?? "What any attack can detect",
      caption:
        "Bounds for every attack, from the whole privacy-loss law. Thick: \(DisplayText.name(chosen.name, limit: 60)). Dotted: guessing.",
      drawings: TradeOffPanels(curves: curves.map(\.curve)).drawings, isWide: true, key: [],
      table: table)
  }

  /// Groups of a metric's facts of one arm, as written in their ids.
  private func scopes(_ metric: String, _ arm: String) -> [(column: String, group: String)] {
    index.entries.filter { $0.metric == metric && $0.arm == arm }.compactMap(\.group)
  }

  private func bound(
    _ metric: String, _ arm: String, _ scope: (column: String, group: String)
  ) -> Evidence? {
    index.fact(metric, arm, column: scope.column, group: scope.group)
  }

  /// `once in 1,000`.
  private static func words(_ rate: (column: String, group: String)) -> String {
    guard let value = Double(rate.group), value > 0 else { return DisplayText.name(rate.group) }
    return "once in \(PrintedNumber.text(1 / value, .count))"
  }

  private func bounds(
    _ arms: [ArmSummary], _ rates: [(column: String, group: String)]
  ) -> Table {
    Table(
      [
        "Highest detection rate of any attack at three false-alarm rates, its largest advantage over guessing, and μ of the Gaussian guarantee that covers it"
      ],
      columns: [.init("Arm"), .init("ε", numeric: true)]
        + rates.map { .init("wrong \(Self.words($0))", numeric: true) }
        + [.init("advantage", numeric: true), .init("μ", numeric: true)],
      rows: arms.map { arm in
        let mu = index.fact("gaussian_mu", arm.name)
        return Table.Row(
          [.plain(DisplayText.name(arm.name))],
          [Cells.value(index.fact("epsilon", arm.name))]
            + rates.map { Cells.value(bound("attack_detection_bound", arm.name, $0)) }
            + [
              Cells.value(index.fact("membership_advantage", arm.name)),
              Table.Cell(
                mu.map { [.value($0)] } ?? [.soft(["–"])],
                small: mu?.note.map { [.plain(Self.fit($0))] } ?? []),
            ])
      }, wide: true)
  }

  /// The short form of the note on a fit.
  private static func fit(_ note: String) -> String {
    note.hasPrefix("exact") ? "exact" : "a cover, not exact"
  }

  /// ε at smaller δ and for groups.
  private func otherGuarantees(_ arms: [ArmSummary]) -> Table? {
    guard let first = arms.first else { return nil }
    let deltas = scopes("epsilon_at_delta", first.name)
    let groups = scopes("epsilon_of_group", first.name)
    guard !deltas.isEmpty || !groups.isEmpty else { return nil }
    return Table(
      [
        .plain(
          "The same releases at a smaller δ, and for several units that are looked for together, at the δ of the "
            + "headline; the statement has unit and relation")
      ],
      columns: [.init("Arm")]
        + deltas.map { .init("ε at δ \(DisplayText.name($0.group))", numeric: true) }
        + groups.map { .init("ε of \(DisplayText.name($0.group)) units", numeric: true) },
      rows: arms.map { arm in
        Table.Row(
          [.plain(DisplayText.name(arm.name))],
          (deltas.map { bound("epsilon_at_delta", arm.name, $0) }
            + groups.map { bound("epsilon_of_group", arm.name, $0) })
            .map { fact in
              guard let fact, case .guarantee(let guarantee) = fact.result else {
                return Cells.value(fact)
              }
              return Table.Cell(
                [.value(fact)],
                small: [
                  .plain("δ \(PrintedNumber.text(guarantee.delta, .probability)),"), .lineBreak,
                  .plain(guarantee.accountant),
                ])
            })
      }, wide: true)
  }
}
