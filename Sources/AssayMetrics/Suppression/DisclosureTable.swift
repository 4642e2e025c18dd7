import AssayRuns

/// The counts behind every cell of an evaluation, and the sums that tie cells to one another.
///
/// Cell 0 is the whole table; the groups of each column follow, in the columns' order.
struct DisclosureTable: Sendable {
  /// A column and its cells.
  struct Column: Sendable {
    var name: String
    var cells: Range<Int>
  }

  var columns: [Column] = []
  /// Column of every cell; −1 for the whole table.
  var columnOf: [Int] = [-1]
  /// Rows of every cell.
  var rows: [Int]
  /// Rows with a label.
  var labelled: [Int]
  /// Distinct clients; `nil` where clients are not known or do not matter.
  var clients: [Int]?
  /// Labelled rows by class, then cell; empty for regression.
  var classes: [[Int]] = []
  /// Counts of which no hidden cell may be known to hold none: labels of a class, predictions of a
  /// class, right and wrong predictions of an arm; by count, then cell.
  var attributes: [[Int]] = []
  /// Rows by label, prediction and arm, by count, then cell: the numerators of all rates. Filled with
  /// the details.
  var numerators: [[Int]] = []
  var sums: [CellSum] = []

  /// Above this many classes only labels are counted, not predictions.
  static let classLimit = 16

  /// The columns, where rows are at hand.
  private var sources: [GroupColumn] = []

  /// A table of these counts.
  init(
    columns: [Column], columnOf: [Int], rows: [Int], labelled: [Int], clients: [Int]?,
    classes: [[Int]]
  ) {
    self.columns = columns
    self.columnOf = columnOf
    self.rows = rows
    self.labelled = labelled
    self.clients = clients
    self.classes = classes
  }

  /// Counts rows, labels and, where asked for, clients.
  init(_ table: ScoredTable, prepared: PreparedTable, countsClients: Bool) {
    var named = Set<String>()
    let sources = (table.segments + table.sensitive + (table.client.map { [$0] } ?? []))
      .filter { named.insert($0.name).inserted }
    self.sources = sources
    for source in sources {
      let first = columnOf.count
      columns.append(Column(name: source.name, cells: first..<(first + source.groups.count)))
      columnOf += Array(repeating: columns.count - 1, count: source.groups.count)
    }
    let cellCount = columnOf.count
    rows = Array(repeating: 0, count: cellCount)
    labelled = rows
    let kinds = prepared.layout.classes + 1
    let byLabel = count(prepared.labels, kinds: kinds) { $0 < 0 ? kinds - 1 : Int($0) }
    for counts in byLabel {
      for cell in rows.indices { rows[cell] += counts[cell] }
    }
    for counts in byLabel.dropLast() {
      for cell in rows.indices { labelled[cell] += counts[cell] }
    }
    if !prepared.isRegression { classes = byLabel.dropLast() }
    if countsClients, let client = table.client {
      clients = Self.distinctClients(
        client, sources, columns.map(\.cells.lowerBound), cellCount)
    }
  }

  /// Adds what choosing further cells needs: sums, labels and predictions.
  mutating func addDetails(_ prepared: PreparedTable) {
    sums = Self.sums(
      sources, cells: columns.map { column in column.cells.map { $0 } }, rows: rows)
    attributes = classes
    let classCount = prepared.layout.classes
    guard !prepared.isRegression, classCount <= Self.classLimit else { return }
    let square = classCount * classCount
    for arm in prepared.arms {
      for seed in arm.seeds {
        attributes += count(seed.rows.cells, kinds: classCount) { Int($0) % classCount }
        numerators += count(seed.rows.cells, kinds: square + classCount) { Int($0) }.prefix(square)
        let rightness = count(seed.rows.cells, kinds: 3) { cell in
          Int(cell) >= square ? 2 : Int(cell) % (classCount + 1) == 0 ? 1 : 0
        }
        attributes += rightness.dropLast()
      }
    }
  }

  /// Rows by kind, then cell.
  private func count<Value>(
    _ values: [Value], kinds: Int, _ kind: (Value) -> Int
  ) -> [[Int]] {
    var counts = Array(repeating: Array(repeating: 0, count: columnOf.count), count: kinds)
    for value in values { counts[kind(value)][0] += 1 }
    for (source, column) in zip(sources, columns) {
      let place = column.cells.lowerBound
      let groups = column.cells.count
      for (value, code) in zip(values, source.codes) where code >= 0 && Int(code) < groups {
        counts[kind(value)][place + Int(code)] += 1
      }
    }
    return counts
  }

  private static func distinctClients(
    _ client: GroupColumn, _ sources: [GroupColumn], _ places: [Int], _ cellCount: Int
  ) -> [Int] {
    var counts = Array(repeating: 0, count: cellCount)
    counts[0] = Set(client.codes).count
    for (source, place) in zip(sources, places) {
      var seen = Set<Int>()
      for (code, who) in zip(source.codes, client.codes)
      where code >= 0 && Int(code) < source.groups.count {
        if seen.insert(Int(code) * client.groups.count + Int(who)).inserted {
          counts[place + Int(code)] += 1
        }
      }
    }
    return counts
  }

  /// Each column's groups add up to the table. Where two columns split into blocks that share no row,
  /// as cities do by country or a crossing by each of its columns, the groups of a block add up alike.
  /// - Parameter cells: By column, then code of a group: its cell; −1 where it has none.
  static func sums(_ sources: [GroupColumn], cells: [[Int]], rows: [Int]) -> [CellSum] {
    var sums = cells.map { CellSum(whole: [0], parts: $0.filter { $0 >= 0 }) }
    for (first, a) in sources.enumerated() {
      for second in sources.indices.dropFirst(first + 1) {
        let b = sources[second]
        var blocks = Blocks(count: a.groups.count + b.groups.count)
        for (x, y) in zip(a.codes, b.codes)
        where x >= 0 && y >= 0 && Int(x) < a.groups.count && Int(y) < b.groups.count {
          blocks.join(Int(x), a.groups.count + Int(y))
          if blocks.count == 1 { break }
        }
        sums += blocks.sums(cells[first], cells[second])
      }
    }
    return valid(sums, rows: rows)
  }

  /// A sum that does not hold, as in a table with group codes out of range, is nobody's knowledge.
  static func valid(_ sums: [CellSum], rows: [Int]) -> [CellSum] {
    sums.filter { sum in
      sum.whole.reduce(0) { $0 + rows[$1] } == sum.parts.reduce(0) { $0 + rows[$1] }
    }
  }
}

/// Disjoint sets of groups that share rows.
struct Blocks {
  private var parent: [Int]
  private(set) var count: Int

  init(count: Int) {
    parent = Array(0..<count)
    self.count = count
  }

  private mutating func root(_ member: Int) -> Int {
    var member = member
    while parent[member] != member {
      parent[member] = parent[parent[member]]
      member = parent[member]
    }
    return member
  }

  mutating func join(_ a: Int, _ b: Int) {
    let first = root(a)
    let second = root(b)
    if first == second { return }
    parent[max(first, second)] = min(first, second)
    count -= 1
  }

  /// The sums of two columns whose groups these are, those of the first column first.
  func sums(_ first: [Int], _ second: [Int]) -> [CellSum] {
    if count == 1 { return [] }
    return members.compactMap { members in
      let left = members.filter { $0 < first.count }.map { first[$0] }.filter { $0 >= 0 }
      let right = members.filter { $0 >= first.count }.map { second[$0 - first.count] }
        .filter { $0 >= 0 }
      guard !left.isEmpty, !right.isEmpty else { return nil }
      return left.count <= right.count
        ? CellSum(whole: left, parts: right) : CellSum(whole: right, parts: left)
    }
  }

  /// The sets, each in order.
  var members: [[Int]] {
    var copy = self
    var lists: [Int: [Int]] = [:]
    var order: [Int] = []
    for member in parent.indices {
      let top = copy.root(member)
      if lists[top] == nil { order.append(top) }
      lists[top, default: []].append(member)
    }
    return order.compactMap { lists[$0] }
  }
}
