import AssayRuns
import AssayStatistics
import Testing

@testable import AssayMetrics

/// The rank engine against counting row by row, on tables meant to break it.
@Suite("Counting by one sort and one sweep gives what counting row by row gives")
struct CountedTableTests {
  /// Tables with ties, extreme scores, missing labels, tiny and one-class groups, many groups, one.
  static let tables: [(name: String, table: ScoredTable)] = [
    ("two arms, clients, missing labels", SampleTables.binary(rows: 700, clients: 30, missing: 9)),
    ("no clients", SampleTables.binary(rows: 300, arms: 1)),
    ("one row", SampleTables.binary(rows: 1, arms: 1, clients: 1)),
    ("no row", SampleTables.binary(rows: 0, arms: 1)),
    ("no label", SampleTables.binary(rows: 20, arms: 1, missing: 1)),
    ("ten scores", rounded(SampleTables.binary(rows: 900, clients: 25, missing: 7), to: 10)),
    ("scores 0 and 1", rounded(SampleTables.binary(rows: 200, clients: 5), to: 1)),
    ("scores near 0", scaled(SampleTables.binary(rows: 5000, clients: 40), by: 0x1p-45)),
    ("stated classes", stated(SampleTables.binary(rows: 400, clients: 3, missing: 5))),
    ("many groups", manyGroups(SampleTables.binary(rows: 3000, arms: 1, clients: 200))),
  ]

  static func rounded(_ table: ScoredTable, to steps: Double) -> ScoredTable {
    mapped(table) { ($0 * steps).rounded() / steps }
  }
  static func scaled(_ table: ScoredTable, by factor: Double) -> ScoredTable {
    mapped(table) { $0 * factor }
  }
  static func mapped(_ table: ScoredTable, _ change: (Double) -> Double) -> ScoredTable {
    var result = table
    for arm in result.arms.indices {
      result.arms[arm].seeds[0].scores = table.arms[arm].seeds[0].scores.map(change)
    }
    return result
  }
  static func stated(_ table: ScoredTable) -> ScoredTable {
    var result = table
    result.arms[0].seeds[0].predictions = (0..<table.rowCount).map { $0 % 3 == 0 ? 1 : 0 }
    return result
  }
  static func manyGroups(_ table: ScoredTable) -> ScoredTable {
    var result = table
    let generator = CounterGenerator(seed: 5)
    result.segments.append(
      GroupColumn(
        name: "cell",
        values: (0..<table.rowCount).map { "g\(generator.bits(at: UInt64($0)) % 900)" }))
    return result
  }

  @Test("statistics are equal to the last bit", arguments: tables.indices)
  func sameStatistics(index: Int) throws {
    let (name, table) = Self.tables[index]
    let options = allCells()
    let byRow = try EvaluationStatistics(table, options: options)
    let bySort = try #require(try CountedTable(table, options: options, purpose: .file))
    #expect(bySort.statistics.keys == byRow.keys, "\(name)")
    for key in byRow.keys {
      let isSame = bySort.statistics.cells[key] == byRow.cells[key]
      #expect(isSame, "\(name): \(key.shown)")
    }
    let isSame = bySort.statistics == byRow
    #expect(isSame, "\(name)")
  }

  @Test(
    "areas, average precision and their variances are those of the rows", arguments: tables.indices)
  func sameRanks(index: Int) throws {
    let (name, table) = Self.tables[index]
    let options = allCells()
    let counted = try #require(try CountedTable(table, options: options))
    let prepared = PreparedTable(table, options: options)
    var columns: [(place: Int, column: GroupColumn?)] = [(0, nil)]
    let shape = try StatisticsShape(of: table, options: options)
    for (place, column) in shape.columns.enumerated() {
      let source = (table.segments + table.sensitive).first {
        StatisticsShape.Column($0) == column
      }
      columns.append((place + 1, source))
    }
    for (place, column) in columns {
      let groups = GroupRows.groups(of: column, rowCount: table.rowCount, client: table.client)
      for (group, rows) in groups.enumerated() where !rows.rows.isEmpty {
        let key = CellKey(column: place, groups: column.map { [$0.groupName(group)] } ?? [])
        let ranks = try #require(counted.ranks[key])
        let cell = Cell(rows, table: prepared, client: table.client, weights: nil, options: options)
        for arm in table.arms.indices {
          expectRanks(ranks.arms[arm], cell, arm: arm, "\(name) \(key.shown)")
        }
      }
    }
  }

  @Test("the variances of differences are those of the rows", arguments: tables.indices)
  func samePairs(index: Int) throws {
    let (name, table) = Self.tables[index]
    guard table.arms.count > 1 else { return }
    var options = allCells()
    options.minimumClusters = 1_000_000
    let counted = try #require(try CountedTable(table, options: options))
    let prepared = PreparedTable(table, options: options)
    for (place, column) in [(0, nil), (1, table.segments.first)] {
      let groups = GroupRows.groups(of: column, rowCount: table.rowCount, client: table.client)
      for (group, rows) in groups.enumerated() where !rows.rows.isEmpty {
        let key = CellKey(column: place, groups: column.map { [$0.groupName(group)] } ?? [])
        let ranks = try #require(counted.ranks[key])
        let cell = Cell(rows, table: prepared, client: table.client, weights: nil, options: options)
        let signs = cell.arms[0][0].signs(of: 1, classes: 2)
        func difference(_ metric: ([UInt32], [UInt32], [Int8]) -> Contributions) -> [Double] {
          let parts = [0, 1].map { arm in
            let ranks = cell.arms[arm][0].ranks[0]
            return metric(ScoreRanks.order(of: ranks), ranks, signs).rows
          }
          return zip(parts[1], parts[0]).map { $0 - $1 }
        }
        let area = difference { RankMetrics.rocAUC(order: $0, ranks: $1, sign: $2) }
        if !area.isEmpty {
          expectSame(
            ranks.aucDifferenceVariances[0] ?? .nan,
            cell.delongVariance(area, signs: signs) ?? .nan, "\(name) \(key.shown) area")
        }
        let precision = difference { RankMetrics.averagePrecision(order: $0, ranks: $1, sign: $2) }
        if !precision.isEmpty {
          expectSame(
            ranks.precisionDifferenceVariances[0] ?? .nan,
            cell.variance(precision, rows: cell.labelledRows) ?? .nan,
            "\(name) \(key.shown) precision")
        }
      }
    }
  }

  private func expectRanks(_ ranks: RankSummary, _ cell: Cell, arm: Int, _ what: String) {
    let seed = cell.arms[arm][0]
    let signs = seed.signs(of: 1, classes: 2)
    let order = ScoreRanks.order(of: seed.ranks[0])
    let area = RankMetrics.rocAUC(order: order, ranks: seed.ranks[0], sign: signs)
    let precision = RankMetrics.averagePrecision(order: order, ranks: seed.ranks[0], sign: signs)
    expectSame(ranks.rocAUC.value, area.value, what)
    expectSame(ranks.averagePrecision.value, precision.value, what)
    if !area.value.isNaN {
      expectSame(
        ranks.rocAUC.variance ?? .nan, cell.delongVariance(area.rows, signs: signs) ?? .nan,
        "\(what) variance")
      expectShares(ranks.rocAUC.clientContributions, area.rows, cell, "\(what) area")
    }
    if !precision.value.isNaN {
      expectShares(
        ranks.averagePrecision.clientContributions, precision.rows, cell, "\(what) precision")
      let count = Double(cell.labelledRows)
      if let variance = ranks.averagePrecision.variance {
        let squares = precision.rows.reduce(0) { $0 + $1 * $1 }
        expectSame(variance, squares * count / (count - 1), "\(what) precision variance")
      }
    }
  }

  /// 1e-12: the accuracy that exact counts leave to a handful of roundings.
  private func expectSame(_ a: Double, _ b: Double, _ what: String) {
    #expect(a.isNaN == b.isNaN, "\(what): \(a) and \(b)")
    if !a.isNaN { #expect(abs(a - b) <= 1e-12 * max(1, abs(b)), "\(what): \(a) and \(b)") }
  }

  private func expectShares(_ shares: [Double], _ rows: [Double], _ cell: Cell, _ what: String) {
    let starts = cell.group.clientStarts
    #expect(shares.count == starts.count, "\(what)")
    for (index, share) in shares.enumerated() where index < starts.count {
      let end = index + 1 < starts.count ? starts[index + 1] : rows.count
      expectSame(share, rows[starts[index]..<end].reduce(0, +), "\(what) of client \(index)")
    }
  }

  @Test("threads and the order of rows do not show in any bit", arguments: tables.indices)
  func sameBits(index: Int) throws {
    let table = Self.tables[index].table
    var options = allCells()
    let once = try #require(try CountedTable(table, options: options, wantsSteps: true))
    for threads in [2, 4] {
      options.threads = threads
      let other = try #require(try CountedTable(table, options: options, wantsSteps: true))
      expectSame(other, once, "\(threads) threads")
    }
    let mixed = try #require(
      try CountedTable(Self.shuffled(table), options: options, wantsSteps: true))
    expectSame(mixed, once, "other order")
  }

  /// Ranks are compared as text, which tells every bit and takes NaN for NaN.
  private func expectSame(_ a: CountedTable, _ b: CountedTable, _ what: String) {
    let areSame = (a.statistics == b.statistics, a.steps == b.steps)
    #expect(areSame == (true, true), "\(what)")
    for key in b.statistics.keys {
      let isSame = a.ranks[key].map { "\($0)" } == b.ranks[key].map { "\($0)" }
      #expect(isSame, "\(what) \(key.shown)")
    }
  }

  static func shuffled(_ table: ScoredTable) -> ScoredTable {
    let generator = CounterGenerator(seed: 11)
    let order = (0..<table.rowCount).sorted {
      let (a, b) = (generator.bits(at: UInt64($0)), generator.bits(at: UInt64($1)))
      return a == b ? $0 < $1 : a < b
    }
    func mixed(_ column: GroupColumn) -> GroupColumn {
      var result = column
      result.codes = order.map { column.codes[$0] }
      return result
    }
    var result = table
    result.labels = order.map { table.labels[$0] }
    for arm in result.arms.indices {
      let seed = table.arms[arm].seeds[0]
      result.arms[arm].seeds[0].scores = order.map { seed.scores[$0] }
      result.arms[arm].seeds[0].predictions = seed.predictions.map { list in
        order.map { list[$0] }
      }
    }
    result.segments = table.segments.map(mixed)
    result.sensitive = table.sensitive.map(mixed)
    result.client = table.client.map(mixed)
    return result
  }
}
