import AssayStatistics

/// One class of several, over all rows.
public struct ClassResult: Hashable, Sendable {
  /// The class.
  public var label: Int
  /// Rows of the class, of one seed; `nil` when withheld.
  public var support: Int?
  /// `precision`, `recall`, `f1` and `roc_auc` of the class against the rest.
  public var metrics: [MetricResult]
}

extension CellWork {
  /// Precision, recall, F1 and area of every class against the rest.
  ///
  /// A number that rests on fewer rows than the minimum is withheld: precision rests on rows predicted
  /// to be of the class, recall and the area on its own rows.
  mutating func perClass(arm: Int) -> [ClassResult] {
    guard let first = cell.arms[arm].first else { return [] }
    let minimum = measurer.options.minimumCount
    return (0..<layout.classes).map { k in
      let support = Int(first.totals[layout.actual(k)])
      let isSmall = support > 0 && support < minimum
      var metrics: [MetricResult] = []
      for (id, smooth) in Self.ratios(k, layout) {
        guard let definition = MetricCatalogue.metric(id) else { continue }
        let measure = self.measure(smooth, arm: arm)
        if measure.count > 0, measure.count < minimum || (isSmall && id != "precision") {
          metrics.append(withheld(id))
        } else {
          metrics.append(result(definition, measure, arm: arm, smooth: smooth))
        }
      }
      metrics.append(isSmall ? withheld("roc_auc") : area(of: k, arm: arm))
      return ClassResult(label: k, support: isSmall ? nil : support, metrics: metrics)
    }
  }

  private func withheld(_ id: String) -> MetricResult {
    MetricResult(
      id: id, estimate: .undefined(reason: measurer.suppressionText, count: nil), perSeed: [])
  }

  /// The ratios of one class, by id.
  static func ratios(_ k: Int, _ layout: TotalsLayout) -> [(String, RatioMetric)] {
    [
      (
        "precision",
        RatioMetric(
          LinearForm([layout.right(k)]), of: LinearForm([layout.predicted(k)]),
          whenUndefined: "no row is predicted \(k)")
      ),
      (
        "recall",
        RatioMetric(
          LinearForm([layout.right(k)]), of: LinearForm([layout.actual(k)]),
          whenUndefined: "no row with label \(k)")
      ),
      (
        "f1",
        RatioMetric(
          LinearForm([layout.right(k)], weight: 2),
          of: LinearForm([layout.actual(k), layout.predicted(k)]), isProportion: false,
          whenUndefined: "class \(k) is neither a label nor predicted")
      ),
    ]
  }

  /// The area of one class's score against the rest, with DeLong's variance.
  private mutating func area(of k: Int, arm: Int) -> MetricResult {
    let seeds = cell.arms[arm]
    let classes = layout.classes
    guard let definition = MetricCatalogue.metric("roc_auc") else { return withheld("roc_auc") }
    if seeds[0].totals[layout.actual(k)] == 0 {
      return result(
        definition, undefined("no row with label \(k)", seeds, count: cell.labelledRows), arm: arm)
    }
    var measure = ranked(
      seeds.indices.map { seed in
        RankMetrics.rocAUC(
          order: orders[arm][seed][k], ranks: seeds[seed].ranks[k],
          sign: seeds[seed].signs(of: k, classes: classes))
      }, whenUndefined: "only one class")
    let rows = measure.contributions
    guard seeds.count == 1, !cell.isClustered, let value = measure.value, let rows,
      let variance = cell.delongVariance(rows, signs: seeds[0].signs(of: k, classes: classes))
    else {
      measure.replicates = nil
      return result(definition, measure, arm: arm)
    }
    let interval = measurer.intervals.normal(
      value, parts: [(variance, .infinity)], method: .delong, range: definition.range,
      note: variance == 0 ? IntervalMaker.noVariation : cell.note)
    return MetricResult(
      id: "roc_auc",
      estimate: .defined(value: value, interval: interval, count: measure.count),
      perSeed: measure.perSeed)
  }
}
