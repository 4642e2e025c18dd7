/// Everything an evaluation needs to know of some rows, without the rows: counts and exact sums for
/// every cell, computed where the data is and merged anywhere.
///
/// A commutative monoid: ``empty`` is the identity, ``merge(_:)`` is associative and commutative, and
/// both hold to the last bit, because a cell holds whole numbers, exact sums and maxima alone. Equal
/// statistics have equal files (``encoded()``).
public struct EvaluationStatistics: Hashable, Sendable {
  /// What is described; `nil` for ``empty``.
  public let shape: StatisticsShape?
  /// Counts and sums by cell; a cell without rows is left out.
  public internal(set) var cells: [CellKey: CellStatistics]

  /// No rows of any shape: merges with everything.
  public static let empty = EvaluationStatistics(nil, [:])

  private init(_ shape: StatisticsShape?, _ cells: [CellKey: CellStatistics]) {
    self.shape = shape
    self.cells = cells
  }

  /// Statistics of a shape from its cells; cells without rows are dropped.
  init(shape: StatisticsShape, cells: [CellKey: CellStatistics]) {
    self.init(shape, cells.filter { $0.value.rows > 0 })
  }

  /// All rows.
  public var rows: Int { cells[.overall]?.rows ?? 0 }

  /// The keys in their canonical order.
  public var keys: [CellKey] { cells.keys.sorted() }

  /// Adds the rows behind other statistics.
  /// - Throws: ``StatisticsError/differentShape(what:first:second:)`` when the two do not describe
  ///   the same evaluation, and this value is unchanged; ``StatisticsError/overflow(what:)`` when a
  ///   number would leave its range, and this value must not be used any more.
  public mutating func merge(_ other: EvaluationStatistics) throws(StatisticsError) {
    guard let theirs = other.shape else { return }
    guard let shape else {
      self = other
      return
    }
    if let difference = shape.difference(from: theirs) { throw difference }
    for (key, cell) in other.cells {
      // Taken out before it changes, so that its arrays are changed in place.
      guard var mine = cells.removeValue(forKey: key) else {
        cells[key] = cell
        continue
      }
      try mine.merge(cell)
      cells[key] = mine
    }
  }
}
