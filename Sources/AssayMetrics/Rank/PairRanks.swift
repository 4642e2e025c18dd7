import AssayFiles
import AssayStatistics

/// Variances of the differences of two arms' areas and average precisions in one cell.
struct PairVariances: Sendable {
  /// DeLong's variance of the difference of areas on the same rows; `nil` below two rows of a label.
  var area: Double?
  /// The variance of the difference of average precisions from the rows' contributions.
  var averagePrecision: Double?
}

/// Where each labelled row of a column's cells stands among its cell's rows, under one arm.
struct Placements: Sendable {
  /// By row: twice the rows of the other label that are ahead, a tie counting once.
  let ahead: [UInt32]
  /// By row: the part of the row's contribution to average precision that depends on its score;
  /// units of 2⁻⁵⁶.
  let precision: [Int64]
  /// By cell and label: the part that does not.
  let constants: [Int64]

  /// Walks down one arm's scores.
  init(_ order: ScoreOrder, _ input: RankInput, _ column: RankColumn) {
    struct Cell {
      var positives: UInt64 = 0
      var negatives: UInt64 = 0
      var p: UInt64 = 0
      var q: UInt64 = 0
      var inverses: Int64 = 0
      var shares: Int64 = 0
      var precisions: Int64 = 0
      var aheadOfPositive: UInt32 = 0
      var aheadOfNegative: UInt32 = 0
      var ofPositive: Int64 = 0
      var ofNegative: Int64 = 0
      var precisionSum: UInt128 = 0
    }
    let rows = input.labels.count
    var ahead = [UInt32](repeating: 0, count: rows)
    var precision = [Int64](repeating: 0, count: rows)
    var cells = Array(repeating: Cell(), count: column.groupCount + 1)
    let entries = order.entries
    var touched: [Int] = []
    var start = 0
    while start < entries.count {
      var end = start + 1
      while end < entries.count, entries[end] & 1 == 0 { end += 1 }
      touched.removeAll(keepingCapacity: true)
      for entry in entries[start..<end] {
        let row = Int(entry >> 1)
        let cell = RankPacking.code(column, row)
        if cells[cell].p | cells[cell].q == 0 { touched.append(cell) }
        if input.labels[row] == 1 { cells[cell].p += 1 } else { cells[cell].q += 1 }
      }
      for index in touched {
        var cell = cells[index]
        cell.aheadOfPositive = UInt32(truncatingIfNeeded: 2 * cell.negatives + cell.q)
        cell.aheadOfNegative = UInt32(truncatingIfNeeded: 2 * cell.positives + cell.p)
        cell.ofNegative = cell.shares
        cell.positives += cell.p
        cell.negatives += cell.q
        if cell.p > 0 {
          let count = Double(cell.positives + cell.negatives)
          let value = Double(cell.positives) / count
          let share = Double(cell.p) / count
          let units = RankSums.shareUnits(value)
          cell.ofPositive = units - cell.inverses + cell.shares
          cell.inverses += RankSums.shareUnits(share)
          cell.shares += RankSums.shareUnits(share * value)
          cell.precisionSum += UInt128(cell.p) * UInt128(units)
        }
        cell.p = 0
        cell.q = 0
        cells[index] = cell
      }
      for entry in entries[start..<end] {
        let row = Int(entry >> 1)
        let cell = RankPacking.code(column, row)
        let isPositive = input.labels[row] == 1
        ahead[row] = isPositive ? cells[cell].aheadOfPositive : cells[cell].aheadOfNegative
        precision[row] = isPositive ? cells[cell].ofPositive : cells[cell].ofNegative
      }
      start = end
    }
    self.ahead = ahead
    self.precision = precision
    constants = cells.flatMap { cell in
      let mean =
        cell.positives == 0
        ? 0 : Int64(truncatingIfNeeded: cell.precisionSum / UInt128(cell.positives))
      return [-cell.shares, cell.inverses - cell.shares - mean]
    }
  }
}

/// Compares two arms' placements row by row, column by column.
struct PairRanks: Sendable {
  let arm: RankInput
  let reference: RankInput
  let threads: Int

  /// Sums over the rows of one cell and label.
  private struct Sums: Sendable {
    var count: UInt64 = 0
    var difference: Int128 = 0
    var squares: UInt128 = 0
    var precisionSquares: UInt128 = 0
  }

  /// - Parameter orders: Of the arm and of the reference.
  /// - Returns: Variances by group of a column.
  func variances(
    _ orders: (arm: ScoreOrder, reference: ScoreOrder), column: RankColumn
  ) -> [PairVariances] {
    let both = [(orders.arm, arm), (orders.reference, reference)]
    let placements = OrderedJobs.results(count: 2, threads: threads) {
      Placements(both[$0].0, both[$0].1, column)
    }
    let rows = arm.labels.count
    let parts = max(1, min(threads, rows / 65536))
    let tables = OrderedJobs.results(count: parts, threads: threads) { part in
      sums(
        placements[0], placements[1], column,
        (rows * part / parts)..<(rows * (part + 1) / parts))
    }
    var total = tables[0]
    for table in tables.dropFirst() {
      for index in total.indices {
        total[index].count += table[index].count
        total[index].difference += table[index].difference
        total[index].squares += table[index].squares
        total[index].precisionSquares += table[index].precisionSquares
      }
    }
    return (0..<max(0, column.groupCount)).map { group in
      Self.variances(negatives: total[group * 2], positives: total[group * 2 + 1])
    }
  }

  private func sums(
    _ first: Placements, _ second: Placements, _ column: RankColumn, _ rows: Range<Int>
  ) -> [Sums] {
    var sums = Array(repeating: Sums(), count: (column.groupCount + 1) * 2)
    for row in rows {
      let label = arm.labels[row]
      guard label == 0 || label == 1 else { continue }
      let index = RankPacking.code(column, row) * 2 + Int(label)
      let difference = Int64(first.ahead[row]) - Int64(second.ahead[row])
      sums[index].count += 1
      sums[index].difference += Int128(difference)
      sums[index].squares += UInt128(difference.magnitude) * UInt128(difference.magnitude)
      let precision =
        (first.precision[row] + first.constants[index])
        - (second.precision[row] + second.constants[index])
      let value = Double(precision) * 0x1p-56
      sums[index].precisionSquares += StepValues.units(of: value * value)
    }
    return sums
  }

  private static func variances(negatives: Sums, positives: Sums) -> PairVariances {
    var result = PairVariances()
    let (m, n) = (Double(positives.count), Double(negatives.count))
    if m > 1, n > 1 {
      // As `RankSums.delongVariance`, of differences of placements.
      func part(_ sums: Sums) -> Double {
        let sum = sums.difference.magnitude
        return Double(UInt128(sums.count) * sums.squares - sum * sum)
      }
      result.area =
        part(positives) / (m * m * (m - 1) * 4 * n * n)
        + part(negatives) / (n * n * (n - 1) * 4 * m * m)
    }
    if m > 0, m + n > 1 {
      let squares =
        (Double(positives.precisionSquares) + Double(negatives.precisionSquares)) * 0x1p-64
      result.averagePrecision = squares / (m * m) * (m + n) / (m + n - 1)
    }
    return result
  }
}
