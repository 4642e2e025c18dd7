import AssayEvidence
import AssayRuns

extension FeasibilityReport {
  /// Utility at every budget, and its change against no noise.
  var utility: DocumentSection? {
    guard let feasibility, !feasibility.points.isEmpty else { return nil }
    let title = index.title(of: subject.headline)
    let reference = feasibility.reference.flatMap { name in
      index.fact(subject.headline, name).map { (name: name, utility: $0) }
    }
    let lines = [subject.local, subject.baseline].compactMap {
      name -> (name: String, utility: Evidence)? in
      guard let name, let evidence = index.fact(subject.headline, name) else { return nil }
      return (name, evidence)
    }
    let plotted = feasibility.points.compactMap { point -> UtilityPlot.Point? in
      guard let epsilon = assessment.evidence(point.epsilon),
        let utility = assessment.evidence(point.utility)
      else { return nil }
      return .init(
        arm: point.arm, epsilon: epsilon, utility: utility,
        isRecommended: point.arm == feasibility.recommended)
    }
    var blocks: [Block] = [
      .paragraph([
        .plain(
          "Each point is one private arm. Judged is the paired difference in the table, not whether bars overlap."
        )
      ]),
      .note([
        .plain(
          "ε on a logarithmic axis."
            + (plotted.count { $0.epsilon.value?.isFinite ?? false } < 5
              ? " No line joins the points: nothing was measured between them." : "")
            + " Shaded: the tolerated loss. Dashed: arms to compare with.")
      ]),
    ]
    let table = utilityTable(feasibility, title: title)
    if plotted.isEmpty {
      blocks.append(.table(table))
    } else {
      let plot = UtilityPlot(
        quantity: title, points: plotted, reference: reference, margin: feasibility.margin,
        isHigherBetter: EvidenceIndex.isHigherBetter(subject.headline), lines: lines)
      let chosen = plotted.first(where: \.isRecommended)
      blocks.append(
        .figure(
          Figure(
            id: "fig-utility",
            title: chosen.map {
              "Recommended: ε \($0.epsilon.printedValue), arm \(DisplayText.name($0.arm, limit: 60))"
            }
              ?? "\(title) against privacy budget",
            caption: "\(title) with 95 % interval against ε.", drawings: [plot.drawing],
            isWide: false, key: [],
            table: Table(
              ["The points of this figure"],
              columns: [.init("Arm"), .init("ε", numeric: true), .init(title, numeric: true)],
              rows: plotted.map {
                Table.Row(
                  [.plain(DisplayText.name($0.arm))],
                  [Cells.value($0.epsilon), Cells.measured($0.utility)])
              }))))
      if let figure = changeFigure(feasibility, title: title) { blocks.append(.figure(figure)) }
      blocks.append(.table(table))
    }
    return DocumentSection("utility", "Utility against budget", blocks)
  }

  /// The paired change against the arm without noise.
  private func changeFigure(_ feasibility: Feasibility, title: String) -> Figure? {
    let points = feasibility.points.compactMap { point -> UtilityPlot.Point? in
      guard let epsilon = assessment.evidence(point.epsilon),
        let change = assessment.evidence(point.difference)
      else { return nil }
      return .init(
        arm: point.arm, epsilon: epsilon, utility: change,
        isRecommended: point.arm == feasibility.recommended)
    }
    guard !points.isEmpty else { return nil }
    let plot = UtilityPlot(
      quantity: "Change against no noise", points: points, reference: nil,
      margin: feasibility.margin,
      isHigherBetter: EvidenceIndex.isHigherBetter(subject.headline), lines: [], isChange: true)
    return Figure(
      id: "fig-utility-change", title: "What is judged: the paired change against no noise",
      caption:
        "\(title) of each arm minus that without noise on the same rows, with 95 % interval.",
      drawings: [plot.drawing], isWide: false, key: [],
      table: Table(
        ["The points of this figure"],
        columns: [.init("Arm"), .init("ε", numeric: true), .init("change", numeric: true)],
        rows: points.map {
          Table.Row(
            [.plain(DisplayText.name($0.arm))],
            [Cells.value($0.epsilon), Cells.measured($0.utility)])
        }))
  }

  /// ε with its conditions, and beside an amplified one the ε without amplification.
  private func budget(_ point: Feasibility.Point) -> Table.Cell {
    let evidence = assessment.evidence(point.epsilon)
    var cell = Cells.guarantee(evidence)
    if let plain = index.fact("epsilon_without_amplification", point.arm),
      plain.value != evidence?.value
    {
      cell.small += [",", .lineBreak, .value(plain), " without amplification"]
    }
    return cell
  }

  private func utilityTable(_ feasibility: Feasibility, title: String) -> Table {
    func answer(_ value: Bool?, _ yes: String, _ no: String) -> Inline {
      switch value {
      case true?: .state(.met, word: yes, check: nil)
      case false?: .state(.not, word: no, check: nil)
      case nil: .state(.thin, word: "inconclusive", check: nil)
      }
    }
    var rows = feasibility.points.map { point in
      Table.Row(
        [.plain(DisplayText.name(point.arm))],
        [
          budget(point),
          Cells.value(index.fact("noise_multiplier", point.arm)),
          Cells.measured(assessment.evidence(point.utility)),
          Cells.measured(assessment.evidence(point.difference)),
          Cells.measured(point.differenceToLocal.flatMap { assessment.evidence($0) }),
          Table.Cell([answer(point.isWithinMargin, "within margin", "outside margin")]),
          Table.Cell([
            point.differenceToLocal == nil
              ? .soft(["no local arm"])
              : EvidenceIndex.isHigherBetter(subject.headline)
                ? answer(point.isAboveLocal, "above local", "not above local")
                : answer(point.isAboveLocal, "better than local", "not better than local")
          ]),
        ])
    }
    if let reference = feasibility.reference {
      rows.append(
        Table.Row(
          [.plain(DisplayText.name(reference))], remark: ["no noise"],
          [
            Cells.words("no guarantee"), Cells.words("none"),
            Cells.measured(index.fact(subject.headline, reference)), Cells.words("reference"),
            Cells.measured(
              subject.local.flatMap { index.difference(subject.headline, reference, against: $0) }),
            Cells.words("–"), Cells.words("–"),
          ]))
    }
    return Table(
      [
        .plain(
          "Measured budgets, by falling ε, 95 % intervals beneath. Tolerated loss "
            + "\(PrintedNumber.text(feasibility.margin, .fraction)): \(DisplayText.clean(feasibility.marginOrigin))."
        )
      ],
      columns: [
        .init("Arm"), .init("ε"), .init("noise multiplier", numeric: true),
        .init(title, numeric: true),
        .init("against no noise", numeric: true), .init("against local", numeric: true),
        .init("Loss"), .init("Local"),
      ], rows: rows, wide: true)
  }
}
