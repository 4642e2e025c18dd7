import AssayStatistics

extension CellWork {
  /// Rows that one arm of a pair has right and the other wrong; `nil` with several seeds.
  func discordant(_ pair: (arm: Int, reference: Int)) -> McNemarTest? {
    let classes = layout.classes
    guard cell.arms[pair.arm].count == 1, cell.arms[pair.reference].count == 1,
      cell.labelledRows > 0, let a = cell.arms[pair.arm].first,
      let b = cell.arms[pair.reference].first
    else { return nil }
    let labelledCells = classes * classes
    var firstOnly = 0
    var secondOnly = 0
    for row in a.cells.indices where Int(a.cells[row]) < labelledCells {
      let right = Int(a.cells[row]) % (classes + 1) == 0
      let otherRight = Int(b.cells[row]) % (classes + 1) == 0
      if right != otherRight { if right { firstOnly += 1 } else { secondOnly += 1 } }
    }
    return McNemarTest(firstOnly: firstOnly, secondOnly: secondOnly)
  }
}
