import AssayRuns
import AssayStatistics

extension Evaluation {
  /// Adds curves and drift of a binary table to results that were made from one sort of its scores.
  ///
  /// One pass over the rows for each arm and column, into pooled bins. Cells whose numbers are withheld
  /// stay without.
  func addingDetails(of table: ScoredTable, options: EvaluationOptions) -> Evaluation {
    guard table.task == .binary else { return self }
    var result = self
    let maker = CurveMaker(
      intervals: IntervalMaker(confidence: options.safeConfidence),
      minimumCount: options.minimumCount,
      note: table.client == nil ? nil : "rows treated as independent")
    let labels = table.labels
    let isShown = (arms.first?.overall["selection_rate"]?.count ?? nil) != nil
    guard isShown else { return self }
    let wholes = table.arms.map { arm in
      ScoreDistribution(
        pooling: arm.seeds[0].scores, labels: labels, bits: CurveMaker.groupBits)
    }
    let reference =
      table.arms.firstIndex { $0.name == options.reference } ?? 0
    for (index, arm) in table.arms.enumerated() where result.arms.indices.contains(index) {
      let scores = arm.seeds[0].scores
      let fine =
        scores.count > CurveMaker.exactLimit
        ? ScoreDistribution(pooling: scores, labels: labels, bits: CurveMaker.pooledBits)
        : ScoreDistribution(scores: scores, labels: labels)
      result.arms[index].curves = maker.curves(fine, task: .binary, isWhole: true)
      var drift: [DriftResult] = []
      if index != reference {
        drift.append(
          DriftMeasurer.result(
            .arm(reference: table.arms[reference].name), wholes[index], wholes[reference],
            isIndependent: false))
      }
      for place in result.arms[index].segments.indices {
        let column = table.segments.first { $0.name == result.arms[index].segments[place].column }
        guard let column, column.groups.count <= DriftMeasurer.groupLimit else { continue }
        let groups = result.arms[index].segments[place].groups
        let parts = Self.distributions(scores, labels, column)
        let shown = groups.indices.map { groups[$0].rows == nil ? nil : parts[$0] }
        for group in groups.indices {
          result.arms[index].segments[place].groups[group].curves = shown[group].flatMap {
            maker.curves($0, task: .binary, isWhole: false)
          }
        }
        drift += DriftMeasurer.drift(
          groups.indices.map { group in
            (
              .group(column: column.name, name: groups[group].name), shown[group],
              groups[group].metrics.first?.estimate.reason
            )
          })
      }
      if let files = table.files, files.groups.count > 1,
        files.groups.count <= DriftMeasurer.groupLimit
      {
        let parts = Self.distributions(scores, labels, files)
        drift += DriftMeasurer.drift(
          files.groups.indices.map { file in
            let isSmall = parts[file].count < options.minimumCount
            return (
              .file(files.groups[file]), isSmall ? nil : parts[file],
              isSmall ? "suppressed: fewer than \(options.minimumCount) rows" : nil
            )
          })
      }
      result.arms[index].drift = drift
    }
    return result
  }

  /// The pooled distribution of every group of a column.
  private static func distributions(
    _ scores: [Double], _ labels: [Int32], _ column: GroupColumn
  ) -> [ScoreDistribution] {
    var rows = column.groups.map { _ in (scores: [Double](), labels: [Int32]()) }
    for row in scores.indices {
      let group = Int(column.codes[row])
      rows[group].scores.append(scores[row])
      rows[group].labels.append(labels[row])
    }
    return rows.map {
      ScoreDistribution(pooling: $0.scores, labels: $0.labels, bits: CurveMaker.groupBits)
    }
  }
}
