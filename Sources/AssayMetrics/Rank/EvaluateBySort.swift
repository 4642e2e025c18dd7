import AssayRuns

/// Measures a binary table with one seed for each arm by one sort of each arm's scores: the counts of
/// every cell, and from them all results.
///
/// Memory grows by 16 bytes a row, time with the rows and the number of columns, not with the number
/// of groups.
/// - Returns: `nil` for a table that needs ``evaluateByRow(_:options:)``: another task, several seeds,
///   scores outside of `0...1`, comparisons beside those with the reference, a column named twice, or
///   a group without rows.
func evaluateBySort(_ table: ScoredTable, options: EvaluationOptions) -> Evaluation? {
  guard CountedTable.accepts(table), options.furtherPairs.isEmpty, !hasTwins(table.segments),
    !hasTwins(table.sensitive)
  else { return nil }
  // A table that has no statistics is for the other way; nothing is lost by trying.
  guard let counted = try? CountedTable(table, options: options),
    counted.hasAllGroups(of: table)
  else { return nil }
  return evaluate(counted.statistics, ranks: counted.ranks, options: options, table: table)
}

private func hasTwins(_ columns: [GroupColumn]) -> Bool {
  Set(columns.map(\.name)).count < columns.count
}

extension CountedTable {
  /// Whether every group of every column has rows: statistics have no cell for others.
  fileprivate func hasAllGroups(of table: ScoredTable) -> Bool {
    let columns = (statistics.shape?.columns.count ?? 0) + 1
    var cells = [Int](repeating: 0, count: columns + 1)
    for key in statistics.cells.keys where key.column <= columns { cells[key.column] += 1 }
    let named = table.segments + table.sensitive
    var seen: [GroupColumn] = []
    for column in named where !seen.contains(where: { $0.name == column.name }) {
      seen.append(column)
    }
    return zip(seen, cells.dropFirst()).allSatisfy { $0.groups.count == $1 }
      && (table.client.map { $0.groups.count == cells[columns] } ?? true)
  }
}
