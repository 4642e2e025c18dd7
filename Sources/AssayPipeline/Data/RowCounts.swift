extension DataPreparation {
  /// Test rows whose record id a training row has too; `nil` without an id column.
  func overlappingRecords(_ rows: [Row], _ files: [FileScan]) -> Int? {
    guard plan.identifier != nil else { return nil }
    var trained = files.map { [Bool](repeating: false, count: $0.identifiers?.texts.count ?? 0) }
    func code(_ row: Row) -> Int {
      Int(files[Int(row.table)].identifiers?.codes[Int(row.row)] ?? 0)
    }
    for row in rows where !row.isTest { trained[Int(row.table)][code(row)] = true }
    if files.count > 1 {
      // Ids of the two files are compared by their text.
      let known = Set(zip(files[0].identifiers?.texts ?? [], trained[0]).filter(\.1).map(\.0))
      for (index, text) in (files[1].identifiers?.texts ?? []).enumerated()
      where known.contains(text) { trained[1][index] = true }
    }
    return rows.count { row in
      row.isTest && trained[Int(row.table)][code(row)]
        && !(files[Int(row.table)].identifiers?.texts[code(row)].isEmpty ?? true)
    }
  }

  /// Clients with rows on both sides, where whole clients are held out; `nil` elsewhere.
  func overlappingClients(_ rows: [Row], _ clientCount: Int) -> Int? {
    guard case .fraction(_, byClient: true, _) = plan.split else { return nil }
    var sides = [UInt8](repeating: 0, count: clientCount)
    for row in rows { sides[Int(row.client)] |= row.isTest ? 2 : 1 }
    return sides.count { $0 == 3 }
  }

  /// Clients without training rows, without test rows, and with one class in training.
  func countClients(_ rows: [Row], _ clientCount: Int, _ facts: inout PreparedData.Facts) {
    var first = [Int32](repeating: -1, count: clientCount)
    var isMixed = [Bool](repeating: false, count: clientCount)
    var isTested = isMixed
    for row in rows {
      let client = Int(row.client)
      if row.isTest {
        isTested[client] = true
      } else if first[client] < 0 {
        first[client] = row.label
      } else if first[client] != row.label {
        isMixed[client] = true
      }
    }
    facts.clientsWithoutTraining = first.count { $0 < 0 }
    facts.clientsWithoutTest = isTested.count { !$0 }
    facts.clientsWithOneClass = isRegression ? 0 : zip(first, isMixed).count { $0 >= 0 && !$1 }
  }
}
