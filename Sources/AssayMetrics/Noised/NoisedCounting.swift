import AssayRuns

extension NoisedStatistics {
  /// Counts a table and adds noise to every count.
  ///
  /// Rows without a label are in no histogram. Which rows of a unit are kept depends on that unit's rows
  /// alone: the first ones.
  /// - Returns: The statistics, and how many rows were left out because their unit had more than its most.
  ///   That number is exact: it is for the person at the table and no part of the release.
  /// - Throws: ``StatisticsError/unsuitable(_:)`` for a table or a request that cannot be released.
  public static func release(
    _ table: ScoredTable, classNames: [String] = [], options: EvaluationOptions,
    request: NoiseRequest
  ) throws(StatisticsError) -> (statistics: NoisedStatistics, leftOut: Int) {
    let full = try StatisticsShape(of: table, classNames: classNames, options: options)
    try check(full, table, request)
    let shape = StatisticsShape(
      task: full.task, classNames: full.classNames, arms: full.arms, reference: full.reference,
      segments: full.segments, sensitive: full.sensitive, client: nil, threshold: full.threshold,
      bins: request.bins)
    let groups = try declared(shape, request)
    let (kept, leftOut) = try keptRows(table, request)
    var result = NoisedStatistics(
      shape: shape, groups: groups, unit: request.unit, delta: request.delta,
      parts: [request.part: 1], counts: [])
    let places = try places(of: table, shape: shape, groups: groups)
    let cells = 1 + groups.reduce(0) { $0 + $1.count }
    var draws = request.part.noise == .seeded ? NoiseDraws(seed: request.seed) : NoiseDraws()
    for arm in table.arms {
      let scores = arm.seeds[0].scores
      var histograms = Array(repeating: [Int](repeating: 0, count: 2 * request.bins), count: cells)
      for row in kept {
        let key = 2 * PreparedSeed.bin(scores[row], of: request.bins) + Int(table.labels[row])
        histograms[0][key] += 1
        for column in places.indices {
          let place = places[column].cells[Int(places[column].codes[row])]
          if place > 0 { histograms[place][key] += 1 }
        }
      }
      for cell in histograms.indices {
        for key in histograms[cell].indices {
          histograms[cell][key] += request.part.law.sample(using: &draws)
        }
      }
      result.counts.append(histograms)
    }
    return (result, leftOut)
  }

  private static func check(
    _ shape: StatisticsShape, _ table: ScoredTable, _ request: NoiseRequest
  ) throws(StatisticsError) {
    guard shape.task == .binary else {
      throw .unsuitable(
        "\(shape.task.words): noise is added to histograms of one score by label 0 or 1 alone")
    }
    if let arm = shape.arms.first(where: { $0.decision == .stated }) {
      throw .unsuitable(
        "the arm '\(arm.name)' with stated classes; noised histograms know scores alone")
    }
    guard NoiseRequest.binLimits.contains(request.bins), request.bins.nonzeroBitCount == 1 else {
      throw .unsuitable("\(request.bins) bins; a power of two from 64 to 4096 is wanted")
    }
    guard noisedEdge(shape.threshold, bins: request.bins) != nil else {
      throw .unsuitable(
        "the threshold \(shape.threshold), which is no edge between \(request.bins) bins; it must be "
          + "a multiple of 1/\(request.bins) from 0 on and below 1")
    }
    if request.unit == .example, request.part.rowsPerUnit != 1 {
      throw .unsuitable("\(request.part.rowsPerUnit) rows in a unit that is one row")
    }
    guard request.delta > 0, request.delta < 1 else {
      throw .unsuitable("δ = \(request.delta), which is not between 0 and 1")
    }
  }

  /// The groups of every column in order.
  private static func declared(
    _ shape: StatisticsShape, _ request: NoiseRequest
  ) throws(StatisticsError) -> [[GroupName]] {
    for (column, _) in request.groups
    where !shape.columns.contains(where: { $0.shown == column }) {
      throw .unsuitable("groups of '\(column)', which is neither a segment nor sensitive")
    }
    var result: [[GroupName]] = []
    for column in shape.columns {
      let given = request.groups.filter { $0.column == column.shown }.flatMap(\.names)
      if given.isEmpty {
        throw .unsuitable(
          "'\(column.shown)' without its groups: which groups there are is learned from the rows, "
            + "and would be told by the file")
      }
      let names = given.map { $0.map { GroupName($0) } ?? .missing }.sorted()
      for (first, second) in zip(names, names.dropFirst()) where first == second {
        throw .unsuitable("the group '\(first.shown)' of '\(column.shown)' twice")
      }
      result.append(names)
    }
    return result
  }

  /// The rows that count, in order.
  private static func keptRows(
    _ table: ScoredTable, _ request: NoiseRequest
  ) throws(StatisticsError) -> (rows: [Int], leftOut: Int) {
    var kept: [Int] = []
    var leftOut = 0
    if request.unit == .example {
      for row in table.labels.indices where table.labels[row] >= 0 { kept.append(row) }
      return (kept, 0)
    }
    guard let units = table.client else {
      throw .unsuitable("no --client: whose rows are whose is not known")
    }
    var used = [Int](repeating: 0, count: units.groups.count)
    for row in table.labels.indices where table.labels[row] >= 0 {
      let unit = Int(units.codes[row])
      if units.hasMissing, unit == units.groups.count - 1 {
        throw .unsuitable("a row whose '\(units.name)' is empty, so that its unit is not known")
      }
      used[unit] += 1
      if used[unit] <= request.part.rowsPerUnit { kept.append(row) } else { leftOut += 1 }
    }
    if leftOut > 0, !request.leavesOutExcess {
      throw .unsuitable(
        "units of more than \(request.part.rowsPerUnit) rows (\(leftOut) rows too many); give a larger "
          + "--rows-per-unit, or --leave-out-excess-rows to keep the first rows of each unit")
    }
    return (kept, leftOut)
  }

  /// By column of the shape: the codes of the rows, and the cell of every code; 0 where it has none.
  private static func places(
    of table: ScoredTable, shape: StatisticsShape, groups: [[GroupName]]
  ) throws(StatisticsError) -> [(codes: [Int32], cells: [Int])] {
    var first = 1
    var result: [(codes: [Int32], cells: [Int])] = []
    for (place, column) in shape.columns.enumerated() {
      guard
        let data = (table.segments + table.sensitive).first(where: {
          StatisticsShape.Column($0) == column
        })
      else { throw .unsuitable("no column '\(column.shown)'") }
      let cells = data.groups.indices.map { index in
        groups[place].firstIndex(of: data.groupName(index)).map { first + $0 } ?? 0
      }
      result.append((data.codes, cells))
      first += groups[place].count
    }
    return result
  }
}

/// The first bin at or above a threshold, where the threshold is an edge of a bin.
func noisedEdge(_ threshold: Double, bins: Int) -> Int? {
  // Exact: a power of two times a double.
  Int(exactly: threshold * Double(bins)).flatMap { (0..<bins).contains($0) ? $0 : nil }
}
