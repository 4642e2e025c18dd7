import AssayEvidence
import AssayMetrics
import AssayStatistics

/// Curves of scores for the figures: reliability, ROC, precision–recall, thresholds, classes. Of several
/// seeds the first one's.
struct CurveSeries {
  let arm: ArmEvaluation

  var series: [Series] {
    var result: [Series] = []
    if let curves = arm.curves {
      result.append(reliability(.calibration, curves.reliability))
      result.append(reliability(.adaptiveCalibration, curves.adaptiveReliability))
      if let roc = curves.roc { result.append(curve(.roc, roc)) }
      if let other = curves.precisionRecall { result.append(curve(.precisionRecall, other)) }
      result.append(thresholds(curves.sweep))
    }
    result.append(classes)
    return result.filter { series in series.lines.contains { !$0.x.isEmpty } }
  }

  /// Bins that hold rows and are not withheld, with the ends of their intervals.
  private func reliability(_ kind: Series.Kind, _ rows: [ReliabilityRow]) -> Series {
    let used = rows.filter { $0.meanScore != nil }
    let x = used.map { $0.meanScore ?? 0 }
    let counts = used.map { $0.count ?? 0 }
    return Series(
      kind: kind, arm: arm.name,
      lines: [
        .init(name: "observed", x: x, y: used.map(\.observed.value), counts: counts),
        .init(name: "low", x: x, y: used.map(\.observed.interval?.low), counts: counts),
        .init(name: "high", x: x, y: used.map(\.observed.interval?.high), counts: counts),
      ])
  }

  private func curve(_ kind: Series.Kind, _ curve: ScoreCurve) -> Series {
    let placed = curve.points.compactMap { point in curve.place(point).map { (point, $0) } }
    return Series(
      kind: kind, arm: arm.name,
      lines: [
        .init(
          name: "rows", x: placed.map(\.1.x), y: placed.map(\.1.y),
          counts: placed.map(\.0.selected))
      ])
  }

  private func thresholds(_ sweep: [SweepRow]) -> Series {
    let shown = sweep.filter { $0.counts != nil }
    let ids = shown.first?.metrics.map(\.id) ?? []
    let x = shown.map(\.threshold)
    return Series(
      kind: .thresholds, arm: arm.name,
      lines: ids.map { id in
        .init(
          name: id, x: x, y: shown.map { $0.metrics[id]?.value },
          counts: shown.map { $0.metrics[id]?.count ?? 0 })
      }
        + ids.filter { id in shown.contains { $0.metrics[id]?.interval != nil } }.flatMap { id in
          [
            .init(name: "\(id) low", x: x, y: shown.map { $0.metrics[id]?.interval?.low }),
            .init(name: "\(id) high", x: x, y: shown.map { $0.metrics[id]?.interval?.high }),
          ]
        })
  }

  private var classes: Series {
    let ids = arm.perClass.first?.metrics.map(\.id) ?? []
    let x = arm.perClass.map { Double($0.label) }
    return Series(
      kind: .classes, arm: arm.name,
      lines: ids.flatMap { id -> [Series.Line] in
        let estimates = arm.perClass.map { $0.metrics[id] }
        return [
          .init(
            name: id, x: x, y: estimates.map { $0?.value },
            counts: estimates.map { $0?.count ?? 0 }),
          .init(name: "\(id) low", x: x, y: estimates.map { $0?.interval?.low }),
          .init(name: "\(id) high", x: x, y: estimates.map { $0?.interval?.high }),
        ]
      }
        + (ids.isEmpty
          ? []
          : [.init(name: "support", x: x, y: arm.perClass.map { $0.support.map { Double($0) } })]))
  }
}
