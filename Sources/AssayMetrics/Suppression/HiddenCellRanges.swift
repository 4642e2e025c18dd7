/// What a reader of the shown cells can work out about the hidden ones: the least and the greatest
/// count that agrees with every published sum and with the reason printed in each hidden cell.
///
/// Hidden cells that stand in the same sums with the same sign are one unknown of the programme, so
/// that thousands of clients below one total cost no more than two.
struct HiddenCellRanges {
  typealias Bounds = BoundedProgram.Bounds

  /// Cells whose sum equals that of other cells.
  let sums: [CellSum]
  /// What is known of every hidden cell by its reason; `nil` for cells that are shown.
  let bounds: [Bounds?]

  /// Hidden cells that sums tie to one another.
  struct Component {
    /// Sums with a hidden cell in them.
    var sums: [Int]
    /// The hidden cells, in order.
    var cells: [Int]
  }

  let components: [Component]
  /// Component of every hidden cell.
  private(set) var home: [Int: Int] = [:]

  /// The most numbers in a programme, and in all programmes of one question.
  private static let sizeLimit = 200_000
  private static let workLimit = 200_000_000

  init(sums: [CellSum], bounds: [Bounds?]) {
    self.sums = sums
    self.bounds = bounds
    var parent = Array(bounds.indices)
    func root(_ cell: Int) -> Int {
      var cell = cell
      while parent[cell] != cell {
        parent[cell] = parent[parent[cell]]
        cell = parent[cell]
      }
      return cell
    }
    var touched: [(sum: Int, cell: Int)] = []
    for (index, sum) in sums.enumerated() {
      var first: Int?
      for cell in sum.whole + sum.parts where bounds[cell] != nil {
        if let first {
          parent[root(cell)] = root(first)
        } else {
          first = cell
          touched.append((index, cell))
        }
      }
    }
    var found: [Component] = []
    var place: [Int: Int] = [:]
    for cell in bounds.indices where bounds[cell] != nil {
      let top = root(cell)
      if let at = place[top] {
        found[at].cells.append(cell)
      } else {
        place[top] = found.count
        found.append(Component(sums: [], cells: [cell]))
      }
      home[cell] = place[top]
    }
    for (sum, cell) in touched { if let at = home[cell] { found[at].sums.append(sum) } }
    components = found
  }

  /// The range of every wanted cell, by cell; `nil` when a component is too large to be solved.
  /// - Parameter values: The true counts: a solution of all sums.
  func ranges(
    of wanted: [Int], in component: Component, values: [Int]
  ) -> [Int: ClosedRange<Double>]? {
    var signatures: [Int: [Int]] = [:]
    for (row, index) in component.sums.enumerated() {
      for cell in sums[index].whole where bounds[cell] != nil {
        signatures[cell, default: []].append(2 * row)
      }
      for cell in sums[index].parts where bounds[cell] != nil {
        signatures[cell, default: []].append(2 * row + 1)
      }
    }
    var classes: [[Int]: Int] = [:]
    var members: [[Int]] = []
    var classOf: [Int: Int] = [:]
    for cell in component.cells {
      let signature = signatures[cell] ?? []
      let at = classes[signature] ?? members.count
      if at == members.count {
        classes[signature] = at
        members.append([])
      }
      members[at].append(cell)
      classOf[cell] = at
    }
    let asked = Set(wanted.compactMap { classOf[$0] }).sorted()
    let size = component.sums.count * members.count
    guard size <= Self.sizeLimit, size * asked.count <= Self.workLimit else { return nil }
    var equations = Array(
      repeating: Array(repeating: 0.0, count: members.count), count: component.sums.count)
    for (at, cells) in members.enumerated() {
      for mark in cells.first.flatMap({ signatures[$0] }) ?? [] {
        equations[mark / 2][at] = mark % 2 == 0 ? -1 : 1
      }
    }
    let totals = members.map { cells -> Bounds in
      Bounds(
        low: cells.reduce(0) { $0 + (bounds[$1]?.low ?? 0) },
        high: cells.reduce(0) { $0 + (bounds[$1]?.high ?? 0) })
    }
    // Upper bounds of a class without the infinite ones, and how many those are.
    let finite = members.map { cells in
      cells.reduce(into: (sum: 0.0, infinite: 0)) { total, cell in
        let high = bounds[cell]?.high ?? 0
        if high == .infinity { total.infinite += 1 } else { total.sum += high }
      }
    }
    let program = BoundedProgram(
      equations: equations, bounds: totals,
      start: members.map { cells in Double(cells.reduce(0) { $0 + values[$1] }) })
    var found: [Int: ClosedRange<Double>] = [:]
    for at in asked { found[at] = program.range(of: at) }
    var result: [Int: ClosedRange<Double>] = [:]
    for cell in wanted {
      guard let at = classOf[cell], let range = found[at], let own = bounds[cell] else { continue }
      // The others of the class take what they can.
      let othersLow = totals[at].low - own.low
      let isUnbounded = finite[at].infinite > (own.high == .infinity ? 1 : 0)
      let othersHigh =
        isUnbounded
        ? Double.infinity : finite[at].sum - (own.high == .infinity ? 0 : own.high)
      let low = max(own.low, range.lowerBound - othersHigh)
      result[cell] = low...max(low, min(own.high, range.upperBound - othersLow))
    }
    return result
  }
}

/// Cells whose counts add up to the counts of other cells, as every reader knows: the groups of a
/// column to the whole table, the groups of a finer column to those of a coarser one.
struct CellSum: Hashable, Sendable {
  /// Cells on the coarser side.
  var whole: [Int]
  /// Cells on the finer side; their sum equals that of ``whole``.
  var parts: [Int]
}
