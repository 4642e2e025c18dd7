import AssayRuns

extension DisclosureTable {
  /// The counts of statistics.
  /// - Parameter keys: Keys of all cells: by column, first all rows, last the clients.
  init(_ statistics: EvaluationStatistics, shape: StatisticsShape, keys: [[CellKey]]) {
    let all = [.overall] + keys.dropFirst().flatMap { $0 }
    let cells = all.map { statistics.cells[$0] ?? CellStatistics(shape) }
    var columns: [Column] = []
    var columnOf = [-1]
    for (place, list) in keys.enumerated().dropFirst() where place <= shape.columns.count {
      columns.append(
        Column(
          name: shape.columns[place - 1].shown,
          cells: columnOf.count..<(columnOf.count + list.count)))
      columnOf += Array(repeating: columns.count - 1, count: list.count)
    }
    if let client = shape.client, let list = keys.last {
      columns.append(Column(name: client, cells: columnOf.count..<(columnOf.count + list.count)))
      columnOf += Array(repeating: columns.count - 1, count: list.count)
    }
    let labels = cells.map { $0.arms.first?.labels(classes: shape.classes) ?? [] }
    let clientCells = shape.client == nil ? nil : keys.last?.count
    let first = cells.count - (clientCells ?? 0)
    self.init(
      columns: columns, columnOf: columnOf, rows: cells.map(\.rows),
      labelled: labels.map { $0.reduce(0, +) },
      clients: shape.client == nil
        ? nil : cells.enumerated().map { $0.offset >= first ? 1 : $0.element.clients.count },
      classes: shape.task == .regression
        ? []
        : (0..<shape.classes).map { label in
          labels.map { $0.indices.contains(label) ? $0[label] : 0 }
        })
  }

  /// Adds what choosing further cells needs, as ``addDetails(_:)`` does from rows.
  /// - Parameter table: The rows, where they are at hand: then every column that refines another is
  ///   known. Without them, crossings of columns and clients within groups are.
  mutating func addDetails(
    _ statistics: EvaluationStatistics, shape: StatisticsShape, keys: [[CellKey]],
    table: ScoredTable?
  ) {
    let all = [.overall] + keys.dropFirst().flatMap { $0 }
    attributes = classes
    let classCount = shape.classes
    if shape.task != .regression, classCount <= Self.classLimit {
      let square = classCount * classCount
      for arm in shape.arms.indices {
        let counts = all.map {
          statistics.cells[$0]?.arms[arm].confusion.dense(square + classCount)
            ?? Array(repeating: 0, count: square + classCount)
        }
        for predicted in 0..<classCount {
          attributes.append(
            counts.map { cell in
              stride(from: predicted, to: cell.count, by: classCount).reduce(0) { $0 + cell[$1] }
            })
        }
        let right = counts.map { cell in
          stride(from: 0, to: square, by: classCount + 1).reduce(0) { $0 + cell[$1] }
        }
        numerators += (0..<square).map { entry in counts.map { $0[entry] } }
        attributes.append(zip(labelled, right).map { $0 - $1 })
        attributes.append(right)
      }
    }
    if let table, let places = Self.places(table, columns: columns, keys: keys) {
      sums = Self.sums(places.map(\.source), cells: places.map(\.cells), rows: rows)
    } else {
      sums = Self.valid(Self.sums(statistics, shape: shape, keys: keys, columns), rows: rows)
    }
  }

  /// The table's columns with the cell of every code; `nil` when they are not those of the statistics.
  private static func places(
    _ table: ScoredTable, columns: [Column], keys: [[CellKey]]
  ) -> [(source: GroupColumn, cells: [Int])]? {
    let known = table.segments + table.sensitive + (table.client.map { [$0] } ?? [])
    var result: [(source: GroupColumn, cells: [Int])] = []
    for (place, column) in columns.enumerated() {
      guard let source = known.first(where: { $0.name == column.name }) else { return nil }
      let list = place + 1 < keys.count ? keys[place + 1] : []
      var cellOf: [GroupName: Int] = [:]
      for (index, key) in list.enumerated() {
        cellOf[key.groups.first ?? .missing] = column.cells.lowerBound + index
      }
      result.append(
        (
          source,
          source.groups.enumerated().map { index, name in
            let isMissing = source.hasMissing && index == source.groups.count - 1
            return cellOf[isMissing ? .missing : GroupName(name)] ?? -1
          }
        ))
    }
    return result
  }

  /// What is known without rows: each column adds up to the table, a crossing to its columns and to
  /// crossings of fewer of them, clients to the groups that hold all their rows.
  private static func sums(
    _ statistics: EvaluationStatistics, shape: StatisticsShape, keys: [[CellKey]],
    _ columns: [Column]
  ) -> [CellSum] {
    var sums = columns.map { CellSum(whole: [0], parts: Array($0.cells)) }
    for (wide, coarse) in shape.columns.enumerated() {
      for (narrow, fine) in shape.columns.enumerated() where narrow != wide {
        let places = coarse.names.compactMap { fine.names.firstIndex(of: $0) }
        guard places.count == coarse.names.count, fine.names.count > places.count else { continue }
        for (index, key) in keys[wide + 1].enumerated() {
          let parts = keys[narrow + 1].enumerated().filter { _, other in
            zip(places, key.groups).allSatisfy { other.groups[$0] == $1 }
          }
          sums.append(
            CellSum(
              whole: [columns[wide].cells.lowerBound + index],
              parts: parts.map { columns[narrow].cells.lowerBound + $0.offset }))
        }
      }
    }
    guard shape.client != nil, let list = keys.last, let clients = columns.last else { return sums }
    var place: [GroupName: Int] = [:]
    for (index, key) in list.enumerated() { place[key.groups.first ?? .missing] = index }
    for column in shape.columns.indices {
      let groups = keys[column + 1]
      var blocks = Blocks(count: groups.count + list.count)
      for (index, key) in groups.enumerated() {
        for client in statistics.cells[key]?.clients ?? [] {
          if let at = place[client.name] { blocks.join(index, groups.count + at) }
        }
      }
      sums += blocks.sums(Array(columns[column].cells), Array(clients.cells))
    }
    return sums
  }
}

extension SuppressionPlan {
  /// The plan for statistics; cells of a column in the order of its keys.
  init(
    _ statistics: EvaluationStatistics, shape: StatisticsShape, keys: [[CellKey]],
    table: ScoredTable?, options: EvaluationOptions
  ) {
    var counts = DisclosureTable(statistics, shape: shape, keys: keys)
    if options.minimumClients <= 1 { counts.clients = nil }
    var planner = SuppressionPlanner(counts, options: options)
    if planner.needsDetails {
      counts.addDetails(statistics, shape: shape, keys: keys, table: table)
      planner.counts = counts
      planner.protect()
    }
    self = planner.plan
  }
}
