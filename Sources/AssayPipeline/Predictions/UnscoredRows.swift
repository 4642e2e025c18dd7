import AssayRuns

/// Rows for which some arm has no score.
enum UnscoredRows {
  /// The rows for which every arm has a score, and a prediction where it states predictions.
  static func kept(_ table: ScoredTable) -> [Int] {
    let width = table.task.scoresPerRow
    var isKept = [Bool](repeating: true, count: table.rowCount)
    for seed in table.arms.flatMap(\.seeds) {
      for (index, score) in seed.scores.enumerated() where score.isNaN {
        isKept[index / width] = false
      }
      for (row, prediction) in (seed.predictions ?? []).enumerated() where prediction < 0 {
        isKept[row] = false
      }
    }
    return isKept.indices.filter { isKept[$0] }
  }

  /// The table of these rows alone.
  static func selecting(_ rows: [Int], of table: ScoredTable) -> ScoredTable {
    func group(_ column: GroupColumn) -> GroupColumn {
      var texts = column.groups
      if column.hasMissing { texts[texts.count - 1] = "" }
      return GroupColumn(name: column.name, texts: texts, codes: rows.map { column.codes[$0] })
    }
    let width = table.task.scoresPerRow
    return ScoredTable(
      task: table.task,
      labels: table.labels.isEmpty ? [] : rows.map { table.labels[$0] },
      targets: table.targets.isEmpty ? [] : rows.map { table.targets[$0] },
      arms: table.arms.map { arm in
        ScoredArm(
          name: arm.name,
          seeds: arm.seeds.map { seed in
            ScoredArm.Seed(
              seed: seed.seed,
              scores: rows.flatMap { seed.scores[$0 * width..<($0 + 1) * width] },
              predictions: seed.predictions.map { given in rows.map { given[$0] } })
          })
      }, segments: table.segments.map(group), sensitive: table.sensitive.map(group),
      client: table.client.map(group), files: table.files.map(group))
  }
}
