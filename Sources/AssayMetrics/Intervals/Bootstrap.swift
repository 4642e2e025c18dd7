import AssayStatistics

/// Poisson(1) weights of resampled bags, drawn once and used for every cell.
///
/// A bag is a row or a client; where there are more than ``bagCount`` of them, they are dealt into
/// bags at random and the bags are resampled (random groups), which keeps the cost of a replicate
/// independent of the rows. The standard error then has a relative error of about
/// `1 / √(2 · bagCount)`, 6 %, like that from 1,000 replicates itself.
/// - Note: Sources: Chamandy et al. 2012, "Estimating uncertainty for massive data streams"
///   (Poisson bootstrap); Wolter, Introduction to Variance Estimation, chapter 2 (random groups).
struct BootstrapWeights: Sendable {
  static let bagCount = 128

  let replicates: Int
  /// Bag-major.
  private let weights: [Double]
  private let dealer: CounterGenerator

  init(seed: UInt64, replicates: Int) {
    self.replicates = replicates
    let generator = CounterGenerator(seed: seed, stream: 1)
    weights = (0..<(Self.bagCount * replicates)).map { generator.poissonOne(at: UInt64($0)) }
    dealer = CounterGenerator(seed: seed, stream: 2)
  }

  /// The bag of every row of a cell.
  /// - Parameter clients: Code of every row's client where clients are resampled.
  func bags(of rows: [Int32], clients: [Int32]?, clientCount: Int) -> [UInt8] {
    if let clients {
      if clientCount <= Self.bagCount { return clients.map { UInt8(clamping: $0) } }
      return clients.map { deal(UInt64(clamping: $0)) }
    }
    if rows.count <= Self.bagCount { return rows.indices.map { UInt8(clamping: $0) } }
    return rows.map { deal(UInt64(clamping: $0) | 1 << 40) }
  }

  private func deal(_ unit: UInt64) -> UInt8 {
    UInt8(truncatingIfNeeded: dealer.bits(at: unit) % UInt64(Self.bagCount))
  }

  /// The weighted sum over bags in every replicate.
  func resample(_ sums: [Double]) -> [Double] {
    var result = Array(repeating: 0.0, count: replicates)
    let used = sums.indices.filter { sums[$0] != 0 && $0 < Self.bagCount }
    let count = replicates
    // All offsets stay below bagCount · replicates, the size of `weights`, and `replicates`, the
    // size of `result`.
    weights.withUnsafeBufferPointer { weights in
      result.withUnsafeMutableBufferPointer { result in
        var next = 0
        while next + 4 <= used.count {
          let (a, b) = (used[next], used[next + 1])
          let (c, d) = (used[next + 2], used[next + 3])
          let (xa, xb, xc, xd) = (sums[a], sums[b], sums[c], sums[d])
          let (oa, ob, oc, od) = (a * count, b * count, c * count, d * count)
          for r in 0..<count {
            result[r] +=
              (weights[oa + r] * xa + weights[ob + r] * xb)
              + (weights[oc + r] * xc + weights[od + r] * xd)
          }
          next += 4
        }
        while next < used.count {
          let offset = used[next] * count
          let x = sums[used[next]]
          for r in 0..<count { result[r] += weights[offset + r] * x }
          next += 1
        }
      }
    }
    return result
  }
}

/// The totals of one cell in every replicate.
struct ResampledTotals {
  /// One list of replicates per total.
  var columns: [[Double]]

  /// Values of a metric in every replicate; NaN where undefined.
  func values(of metric: any SmoothMetric) -> [Double] {
    var totals = Array(repeating: 0.0, count: columns.count)
    return (0..<(columns.first?.count ?? 0)).map { replicate in
      for index in columns.indices { totals[index] = columns[index][replicate] }
      return metric.value(totals)
    }
  }
}

/// Rows of a cell, dealt into bags.
struct Bags {
  let of: [UInt8]

  /// The sum of a column in every bag.
  func sums(_ column: [Double]) -> [Double] {
    var sums = Array(repeating: 0.0, count: BootstrapWeights.bagCount)
    for (row, bag) in of.enumerated() { sums[Int(bag)] += column[row] }
    return sums
  }

  /// Totals of every bag, total-major.
  func totals(_ seed: SeedRows, layout: TotalsLayout) -> [[Double]] {
    let classes = layout.classes
    let cellCount = classes * classes + classes
    var counts = Array(repeating: 0.0, count: cellCount * BootstrapWeights.bagCount)
    for (row, bag) in of.enumerated() {
      counts[Int(seed.cells[row]) * BootstrapWeights.bagCount + Int(bag)] += 1
    }
    let empty = Array(repeating: 0.0, count: BootstrapWeights.bagCount)
    var totals = Array(repeating: empty, count: layout.count)
    for cell in 0..<cellCount {
      let column = counts[
        (cell * BootstrapWeights.bagCount)..<((cell + 1) * BootstrapWeights.bagCount)]
      func add(to index: Int) {
        for (bag, value) in column.enumerated() { totals[index][bag] += value }
      }
      if cell >= classes * classes {
        add(to: layout.unlabelled(cell - classes * classes))
        continue
      }
      let (truth, predicted) = (cell / classes, cell % classes)
      if truth == predicted { add(to: layout.right(truth)) }
      add(to: layout.actual(truth))
      add(to: layout.predicted(predicted))
    }
    for (index, column) in seed.values.enumerated() { totals[layout.value(index)] = sums(column) }
    return totals
  }
}
