/// The least and the greatest value of one unknown under equations and bounds: a small linear
/// programme, solved from a known solution.
///
/// Primal simplex with bounded variables (Chvátal 1983, Linear Programming, chapter 8), Bland's rule
/// against cycling. It starts at a solution that is known, the true counts, and every point that it
/// passes is a solution too; when it has to stop early, what it answers is still attained by one. For
/// equations of counts over nested groups or over two crossed columns all pivots are ±1, so that
/// doubles are exact and the ends are whole numbers.
struct BoundedProgram {
  /// A lower and an upper bound; infinite where there is none.
  struct Bounds: Hashable, Sendable {
    var low: Double
    var high: Double
  }

  private let bounds: [Bounds]
  /// A solution.
  private let start: [Double]
  /// Independent equations: each has a column of its own, ``basis``, with factor 1.
  private var rows: [[Double]] = []
  private var basis: [Int] = []
  private static let tolerance = 1e-9

  /// - Parameters:
  ///   - equations: Factors of every unknown; the right sides follow from `start`.
  ///   - start: A solution within the bounds.
  init(equations: [[Double]], bounds: [Bounds], start: [Double]) {
    self.bounds = bounds
    self.start = start
    for equation in equations {
      var row = equation
      for (known, column) in zip(rows, basis) where row[column] != 0 {
        let factor = row[column]
        for index in row.indices { row[index] -= factor * known[index] }
        row[column] = 0
      }
      guard let pivot = row.firstIndex(where: { abs($0) > Self.tolerance }) else { continue }
      Self.scale(&row, pivot)
      for index in rows.indices { Self.eliminate(&rows[index], pivot, by: row) }
      rows.append(row)
      basis.append(pivot)
    }
  }

  private static func scale(_ row: inout [Double], _ pivot: Int) {
    let factor = row[pivot]
    if factor != 1 { for index in row.indices { row[index] /= factor } }
    row[pivot] = 1
  }

  private static func eliminate(_ row: inout [Double], _ pivot: Int, by other: [Double]) {
    let factor = row[pivot]
    guard factor != 0 else { return }
    for index in row.indices {
      let value = row[index] - factor * other[index]
      row[index] = abs(value) < tolerance ? 0 : value
    }
    row[pivot] = 0
  }

  /// The least and the greatest value of an unknown.
  func range(of unknown: Int) -> ClosedRange<Double> {
    let low = extreme(of: unknown, sign: -1)
    return low...max(low, extreme(of: unknown, sign: 1))
  }

  private func extreme(of unknown: Int, sign: Double) -> Double {
    var rows = self.rows
    var basis = self.basis
    var value = start
    var isBasic = [Bool](repeating: false, count: start.count)
    for column in basis { isBasic[column] = true }
    for _ in 0..<(200 + 20 * (rows.count + start.count)) {
      let home = basis.firstIndex(of: unknown)
      // The first unknown outside of the basis whose move improves the objective.
      var entering: (column: Int, direction: Double)?
      for column in start.indices where !isBasic[column] {
        let rate = sign * (home.map { -rows[$0][column] } ?? (column == unknown ? 1 : 0))
        if rate > Self.tolerance, value[column] < bounds[column].high - Self.tolerance {
          entering = (column, 1)
        } else if rate < -Self.tolerance, value[column] > bounds[column].low + Self.tolerance {
          entering = (column, -1)
        }
        if entering != nil { break }
      }
      guard let (column, direction) = entering else { return value[unknown] }
      var step =
        direction > 0
        ? bounds[column].high - value[column] : value[column] - bounds[column].low
      var blocking: Int?
      for (index, row) in rows.enumerated() where row[column] != 0 {
        let rate = -row[column] * direction
        let at = basis[index]
        let room = rate > 0 ? bounds[at].high - value[at] : value[at] - bounds[at].low
        let limit = max(0, room) / abs(rate)
        if limit < step - Self.tolerance
          || (blocking != nil && limit <= step && at < basis[blocking ?? 0])
        {
          step = limit
          blocking = index
        }
      }
      if step == .infinity { return sign * .infinity }
      value[column] += direction * step
      for (index, row) in rows.enumerated() where row[column] != 0 {
        value[basis[index]] -= row[column] * direction * step
      }
      guard let blocking else { continue }
      isBasic[basis[blocking]] = false
      isBasic[column] = true
      Self.scale(&rows[blocking], column)
      for index in rows.indices where index != blocking {
        Self.eliminate(&rows[index], column, by: rows[blocking])
      }
      basis[blocking] = column
    }
    return value[unknown]
  }
}
