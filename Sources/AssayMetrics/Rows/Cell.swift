import AssayRuns
import AssayStatistics

/// The rows of one group under every arm and seed, and what is sampled in them.
struct Cell {
  let group: GroupRows
  /// By arm, then seed.
  let arms: [[SeedRows]]
  let labelledRows: Int
  /// Whether clients are the sampled units; otherwise rows are.
  let isClustered: Bool
  /// Rows dealt into bags, where the cell is resampled.
  let bags: Bags?

  var rows: [Int32] { group.rows }

  init(
    _ group: GroupRows, table: PreparedTable, client: GroupColumn?, weights: BootstrapWeights?,
    options: EvaluationOptions
  ) {
    self.group = group
    arms = table.arms.map { arm in
      arm.seeds.map { SeedRows($0, rows: group.rows, table: table) }
    }
    labelledRows = group.rows.reduce(0) { $0 + (table.labels[Int($1)] < 0 ? 0 : 1) }
    isClustered = group.clientStarts.count >= max(2, options.minimumClusters)
    let codes =
      isClustered ? client.map { client in group.rows.map { client.codes[Int($0)] } } : nil
    bags = weights.map {
      Bags(of: $0.bags(of: group.rows, clients: codes, clientCount: client?.groups.count ?? 0))
    }
  }

  /// What a reader must know when clients exist but are too few to be the sampled units.
  var note: String? {
    !isClustered && !group.clientStarts.isEmpty ? "rows treated as independent" : nil
  }

  /// Degrees of freedom of a variance over the sampled units.
  func degrees(rows: Int) -> Double {
    Double((isClustered ? group.clientStarts.count : rows) - 1)
  }

  /// Contributions summed over each sampled unit.
  func units(_ contributions: [Double]) -> [Double] {
    guard isClustered else { return contributions }
    let starts = group.clientStarts
    return starts.indices.map { index in
      let end = index + 1 < starts.count ? starts[index + 1] : contributions.count
      var sum = 0.0
      for row in starts[index]..<end { sum += contributions[row] }
      return sum
    }
  }

  /// The sampling variance of a metric from its units' contributions: `Σ u² · n / (n − 1)`.
  ///
  /// Over clients this is the sandwich variance with G/(G−1). `nil` below two units.
  /// - Parameter rows: Rows that the metric rests on.
  func variance(_ units: [Double], rows: Int) -> Double? {
    let count = Double(isClustered ? units.count : rows)
    guard count > 1 else { return nil }
    var sum = CompensatedSum()
    for unit in units { sum.add(unit * unit) }
    return sum.value * count / (count - 1)
  }

  /// DeLong's variance of an area from the contributions of rows: each class with its own `n − 1`.
  func delongVariance(_ contributions: [Double], signs: [Int8]) -> Double? {
    var positive = CompensatedSum()
    var negative = CompensatedSum()
    var m = 0.0
    var n = 0.0
    for (row, sign) in signs.enumerated() {
      let square = contributions[row] * contributions[row]
      if sign == 1 {
        positive.add(square)
        m += 1
      } else if sign == 0 {
        negative.add(square)
        n += 1
      }
    }
    guard m > 1, n > 1 else { return nil }
    return positive.value * m / (m - 1) + negative.value * n / (n - 1)
  }
}
