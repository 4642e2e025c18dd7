import AssayRuns
import AssayStatistics

/// Curves, classes and drift from statistics: scores stand at the lower ends of their bins, as those of
/// a large table do, and rows without a label are not among them.
extension StatisticsMeasurer {
  /// What is measured beside metrics, by arm.
  func details(
    _ work: StatisticsWork, detail: DetailLevel, fewLabels: Bool
  ) -> [CellDetails] {
    shape.arms.indices.map { arm in
      let counts = work.cell.arms[arm]
      let scores = distribution(counts)
      var result = CellDetails(distributions: scores.map { [$0] } ?? [])
      guard !fewLabels else { return result }
      let maker = CurveMaker(
        intervals: intervals, minimumCount: options.minimumCount,
        note: shape.client == nil ? nil : "rows treated as independent")
      let bins = maker.rows(reliability(counts))
      if let scores {
        result.curves = maker.curves(scores, task: shape.task, isWhole: detail == .whole)
        // These sums are exact.
        result.curves?.reliability = bins
      } else if work.figures.labelledRows >= max(1, options.minimumCount) {
        result.curves = CellCurves(
          rows: work.figures.labelledRows, pooledBins: nil, sweep: [], best: [], roc: nil,
          precisionRecall: nil, reliability: bins, adaptiveReliability: [], brier: nil)
        if detail == .whole { result.perClass = work.perClass(arm: arm) }
      }
      return result
    }
  }

  /// The scores of a binary classifier by label; `nil` for several classes, whose highest scores have
  /// no histogram.
  private func distribution(_ arm: ArmStatistics) -> ScoreDistribution? {
    guard shape.task == .binary else { return nil }
    let scores = BinnedScores(arm.scores, column: 0, shape: shape, own: 1)
    return ScoreDistribution(
      scores: scores.bins.map { Double($0) / Double(shape.bins) }, positives: scores.positives,
      negatives: scores.negatives, pooledBins: shape.bins)
  }

  private func reliability(_ arm: ArmStatistics) -> [ReliabilityBin] {
    let count = Double(arm.calibration.count)
    return arm.calibration.enumerated().map { index, bin in
      ReliabilityBin(
        low: Double(index) / count, high: Double(index + 1) / count, count: bin.count,
        positives: bin.outcomes, scoreSum: bin.scores.value, scoreSpread: 0, codeviation: 0)
    }
  }

  /// Every drift of one arm: from the reference arm, and of each group from the others.
  /// - Parameter columns: The columns and their groups.
  func drift(
    arm: Int, columns: [(name: String, keys: [CellKey])], cells: [CellKey: CellMeasurement]
  ) -> [DriftResult] {
    func scores(_ key: CellKey, _ arm: Int) -> ScoreDistribution? {
      guard let cell = cells[key], !cell.details.isEmpty else { return nil }
      return cell.details[arm].distributions.first
    }
    guard let own = scores(.overall, arm) else { return [] }
    var results: [DriftResult] = []
    if arm != shape.reference {
      let reference = scores(.overall, shape.reference)
      results.append(
        drift(
          .arm(reference: shape.arms[shape.reference].name), own, reference, isIndependent: false))
    }
    for (name, keys) in columns where keys.count > 1 {
      // Groups that are shown alone, so that no withheld one can be found by subtraction.
      let shown = keys.map { scores($0, arm) }
      let all = shown.compactMap { $0 }.reduce(ScoreDistribution.empty) { $0.merging($1) }
      for (key, group) in zip(keys, shown) {
        let kind = DriftResult.Kind.group(column: name, name: key.shown)
        guard let group else {
          let reason =
            keys.count > DriftMeasurer.groupLimit
            ? "not measured: more than \(DriftMeasurer.groupLimit) groups"
            : cells[key].flatMap { $0.rows == nil ? $0.arms[arm].first?.estimate.reason : nil }
          results.append(DriftResult(kind: kind, drift: nil, reason: reason ?? "no rows"))
          continue
        }
        results.append(drift(kind, group, all.subtracting(group), isIndependent: true))
      }
    }
    return results
  }

  private func drift(
    _ kind: DriftResult.Kind, _ scores: ScoreDistribution, _ reference: ScoreDistribution?,
    isIndependent: Bool
  ) -> DriftResult {
    guard let reference,
      let drift = ScoreDrift(scores, from: reference, independent: isIndependent)
    else { return DriftResult(kind: kind, drift: nil, reason: "no other rows") }
    return DriftResult(kind: kind, drift: drift, reason: nil, pooledBins: shape.bins)
  }
}

extension StatisticsWork {
  /// Precision, recall, F1 and area of every class against the rest, as ``CellWork`` has them.
  func perClass(arm: Int) -> [ClassResult] {
    let layout = shape.layout
    let minimum = measurer.options.minimumCount
    let ranks = figures.ranks.arms[arm].classAreas
    return (0..<shape.classes).map { k in
      let support = Int(figures.totals[arm][layout.actual(k)])
      let isSmall = support > 0 && support < minimum
      var metrics: [MetricResult] = []
      for (id, ratio) in CellWork.ratios(k, layout) {
        guard let definition = MetricCatalogue.metric(id) else { continue }
        let measured = figure(ratio, arm: arm)
        let isHidden =
          measured.count > 0 && (measured.count < minimum || (isSmall && id != "precision"))
        metrics.append(
          isHidden ? withheld(id) : result(definition, measured, smooth: ratio))
      }
      if isSmall {
        metrics.append(withheld("roc_auc"))
      } else if let definition = MetricCatalogue.metric("roc_auc") {
        var area = figure(
          k < ranks.count ? ranks[k] : .undefined, reason: "no row with label \(k)")
        area.arm = arm
        area.rowMethod = .delong
        metrics.append(result(definition, area))
      }
      return ClassResult(label: k, support: isSmall ? nil : support, metrics: metrics)
    }
  }

  private func withheld(_ id: String) -> MetricResult {
    MetricResult(
      id: id, estimate: .undefined(reason: measurer.suppressionText, count: nil), perSeed: [])
  }
}
