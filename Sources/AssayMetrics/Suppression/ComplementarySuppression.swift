/// Chooses further cells to hide until the shown ones tell nothing about the hidden ones.
///
/// The sums that readers know make a system of equations, in which hidden cells are unknowns, bounded
/// by what their printed reason says. A cell is safe when that system leaves it its whole range. As
/// long as one is not safe, a shown cell of one of its sums is hidden too: the smallest that leaves
/// enough room. In the end, hidden cells that turned out not to be needed are shown again. Source:
/// Hundepool et al. 2012, Statistical Disclosure Control, sections 4.3 and 4.4 (secondary suppression,
/// feasibility intervals, protection levels).
struct ComplementarySuppression {
  typealias Bounds = BoundedProgram.Bounds

  /// What must stay possible for a hidden cell.
  enum Need: Hashable, Sendable {
    /// Nothing: knowing it exactly harms nobody.
    case none
    /// Every count from the first to the second.
    case range(low: Double, high: Double)
    /// Counts that lie this far apart.
    case width(Double)
  }

  let sums: [CellSum]
  /// The count that is protected, by cell.
  let values: [Int]
  /// Counts of which a hidden cell must be able to hold some: labels, predictions.
  var attributes: [[Int]] = []
  /// What is known of a cell that is hidden for the sake of another; `nil` for one that stays shown.
  let complement: [Bounds?]
  /// How much room a cell hidden for the sake of another should bring.
  let room: Int

  /// Whether cells that turn out not to be needed are shown again; costs a judgement for each.
  var showsUnneeded = true

  /// What is known of each hidden cell; `nil` where it is shown.
  private(set) var bounds: [Bounds?]
  private(set) var needs: [Need]
  /// Cells hidden for the sake of others, in the order of the choice.
  private(set) var added: [Int] = []
  /// Columns whose cells are all hidden because the system is too large to be judged.
  private(set) var withdrawn = Set<Int>()
  /// Cells that no choice made safe, although every cell that could be hidden with them is hidden,
  /// with the range that is left.
  private(set) var exposed: [Int: ClosedRange<Double>] = [:]
  /// Column of every cell; −1 for the whole table.
  let columns: [Int]

  init(
    sums: [CellSum], columns: [Int], values: [Int], bounds: [Bounds?], needs: [Need],
    complement: [Bounds?], room: Int
  ) {
    self.sums = sums
    self.columns = columns
    self.values = values
    self.bounds = bounds
    self.needs = needs
    self.complement = complement
    self.room = room
  }

  /// Hides what has to be hidden.
  mutating func protect() {
    while let failure = failure() {
      switch failure {
      case .unsafe(let cell, let component, let range, let attribute):
        if let choice = choice(for: cell, in: component, attribute: attribute) {
          bounds[choice] = complement[choice]
          added.append(choice)
        } else {
          exposed[cell] = range
        }
      case .tooLarge(let component):
        withdraw(from: component)
      }
    }
    guard showsUnneeded, added.count <= 64 else { return }
    for cell in added.reversed() where !withdrawn.contains(columns[cell]) {
      let kept = bounds[cell]
      bounds[cell] = nil
      if failure() == nil { added.removeAll { $0 == cell } } else { bounds[cell] = kept }
    }
  }

  private enum Failure {
    case unsafe(
      cell: Int, HiddenCellRanges.Component, range: ClosedRange<Double>, attribute: Int?)
    case tooLarge(HiddenCellRanges.Component)
  }

  private var activeSums: [CellSum] {
    withdrawn.isEmpty
      ? sums
      : sums.filter { sum in
        !(sum.whole + sum.parts).contains { withdrawn.contains(columns[$0]) }
      }
  }

  /// The first cell that is not safe.
  private func failure() -> Failure? {
    let active = activeSums
    let system = HiddenCellRanges(sums: active, bounds: bounds)
    let shares = HiddenCellRanges(
      sums: active, bounds: bounds.map { $0.map { _ in Bounds(low: 0, high: .infinity) } })
    // What the reasons alone say: sums of hidden cells, without any count.
    let told = HiddenCellRanges(
      sums: active.filter { sum in
        sum.whole.allSatisfy { bounds[$0] != nil } && sum.parts.allSatisfy { bounds[$0] != nil }
      }, bounds: bounds)
    for (place, component) in system.components.enumerated() {
      let wanted = component.cells.filter {
        needs[$0] != .none && !withdrawn.contains(columns[$0])
      }
      if wanted.isEmpty { continue }
      guard let ranges = system.ranges(of: wanted, in: component, values: values) else {
        return .tooLarge(component)
      }
      for cell in wanted {
        guard let range = ranges[cell], !isSafe(cell, range, told) else { continue }
        return .unsafe(cell: cell, component, range: range, attribute: nil)
      }
      for (index, counts) in attributes.enumerated() {
        guard
          let ranges = shares.ranges(
            of: wanted, in: shares.components[place], values: counts)
        else { return .tooLarge(component) }
        for cell in wanted where (ranges[cell]?.upperBound ?? 1) < 1 - 1e-6 {
          // Where no shown cell has any, the whole table says so.
          guard choice(for: cell, in: component, attribute: index) != nil else { continue }
          return .unsafe(cell: cell, component, range: 0...0, attribute: index)
        }
      }
    }
    return nil
  }

  /// Whether a range is as wide as needed, or as wide as the reasons alone leave it.
  private func isSafe(
    _ cell: Int, _ range: ClosedRange<Double>, _ told: HiddenCellRanges
  ) -> Bool {
    let slack = 1e-6
    func holds(_ needed: ClosedRange<Double>) -> Bool {
      range.lowerBound <= needed.lowerBound + slack
        && range.upperBound >= needed.upperBound - slack
    }
    if let left = exposed[cell] { return holds(left) }
    switch needs[cell] {
    case .none: return true
    case .width(let width): return range.upperBound - range.lowerBound >= width - slack
    case .range(let low, let high):
      if holds(low...high) { return true }
      guard let at = told.home[cell],
        let alone = told.ranges(of: [cell], in: told.components[at], values: values)?[cell]
      else { return false }
      return holds(max(low, alone.lowerBound)...max(low, min(high, alone.upperBound)))
    }
  }

  /// The shown cell to hide for the sake of an unsafe one.
  ///
  /// Sums with one unknown come first, because they pin it; then those of the unsafe cell, by the
  /// number of their unknowns. Cells of the finer side are preferred: hiding a coarser one costs more.
  private func choice(
    for cell: Int, in component: HiddenCellRanges.Component, attribute: Int?
  ) -> Int? {
    let active = activeSums
    let ranked = component.sums.map { index -> (key: [Int], sum: CellSum) in
      let sum = active[index]
      let cells = sum.whole + sum.parts
      let hidden = cells.count { bounds[$0] != nil }
      let isOwn = cells.contains(cell)
      return ([hidden == 1 ? 0 : isOwn ? 1 : 2, hidden, isOwn ? 0 : 1, index], sum)
    }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    for (_, sum) in ranked {
      for side in [sum.parts, sum.whole] {
        let shown = side.filter { candidate in
          guard bounds[candidate] == nil, complement[candidate] != nil else { return false }
          return attribute.map { attributes[$0][candidate] > 0 } ?? true
        }
        let enough = shown.filter { values[$0] >= room }
        let least = enough.min { (values[$0], $0) < (values[$1], $1) }
        if let found = least ?? shown.max(by: { (values[$0], $1) < (values[$1], $0) }) {
          return found
        }
      }
    }
    return nil
  }

  /// Withdraws the column with most unknowns of a system that is too large.
  private mutating func withdraw(from component: HiddenCellRanges.Component) {
    var sizes: [Int: Int] = [:]
    for cell in component.cells { sizes[columns[cell], default: 0] += 1 }
    let largest = sizes.max { ($0.value, $1.key) < ($1.value, $0.key) }
    guard let column = largest?.key else { return }
    withdrawn.insert(column)
    for cell in columns.indices where columns[cell] == column && bounds[cell] == nil {
      if complement[cell] != nil { bounds[cell] = complement[cell] }
    }
  }
}
