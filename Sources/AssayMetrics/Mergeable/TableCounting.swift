import AssayFiles
import AssayRuns
import AssayStatistics

extension StatisticsShape {
  /// The shape of a table's statistics.
  /// - Parameter classNames: What the classes are called, in their order; empty where they are numbers.
  /// - Throws: ``StatisticsError/unsuitable(_:)`` for an arm of several seeds, too many classes or an
  ///   unknown reference.
  public init(
    of table: ScoredTable, classNames: [String] = [], options: EvaluationOptions
  ) throws(StatisticsError) {
    guard PreparedTable.isConsistent(table), !table.arms.isEmpty else {
      throw .unsuitable("columns of different lengths, or no arm")
    }
    if let arm = table.arms.first(where: { $0.seeds.count != 1 }) {
      throw .unsuitable("the arm '\(arm.name)' has several seeds; statistics hold one of each arm")
    }
    if table.task.classCount > Self.classLimit {
      throw .unsuitable("\(table.task.classCount) classes; at most \(Self.classLimit) are counted")
    }
    self.init(
      task: table.task,
      classNames: classNames.count == table.task.classCount ? classNames : [],
      arms: table.arms.map { arm in
        Arm(name: arm.name, decision: arm.seeds[0].predictions == nil ? .fromScores : .stated)
      },
      reference: options.reference.flatMap { name in
        table.arms.firstIndex { $0.name == name }
      } ?? 0,
      segments: table.segments.map { Column([$0.name]) },
      sensitive: table.sensitive.map { Column([$0.name]) },
      client: table.client?.name, threshold: options.threshold)
  }
}

extension EvaluationStatistics {
  /// Counts a table.
  ///
  /// The result depends on the rows as a set alone: not on their order, nor on the threads.
  /// - Throws: ``StatisticsError/unsuitable(_:)`` for a table that has no statistics, such as one
  ///   with an error beyond 2⁵⁰⁰.
  public init(
    _ table: ScoredTable, classNames: [String] = [], options: EvaluationOptions
  ) throws(StatisticsError) {
    let shape = try StatisticsShape(of: table, classNames: classNames, options: options)
    let rows = try CountedRows(table, shape: shape, options: options)
    var jobs: [(key: CellKey, group: GroupRows)] = []
    func add(_ column: GroupColumn?, _ place: Int) {
      let groups = GroupRows.groups(of: column, rowCount: table.rowCount, client: table.client)
      for (index, group) in groups.enumerated() where !group.rows.isEmpty {
        jobs.append(
          (CellKey(column: place, groups: column.map { [$0.groupName(index)] } ?? []), group))
      }
    }
    add(nil, 0)
    for (place, column) in shape.columns.enumerated() {
      add((table.segments + table.sensitive).first { Column($0) == column }, place + 1)
    }
    if let client = table.client { add(client, shape.clientColumn) }
    // The largest first, so that threads finish together.
    jobs.sort { $0.group.rows.count > $1.group.rows.count }
    let sorted = jobs
    let cells = OrderedJobs.results(count: sorted.count, threads: options.threads) { index in
      rows.cell(
        sorted[index].group,
        client: sorted[index].key.column == shape.clientColumn
          ? nil : table.client)
    }
    self.init(
      shape: shape,
      cells: Dictionary(
        zip(sorted.map(\.key), cells), uniquingKeysWith: { first, _ in first }))
  }

  private typealias Column = StatisticsShape.Column
}

extension StatisticsShape.Column {
  /// A plain column.
  init(_ column: GroupColumn) { self.init([column.name]) }
}

extension GroupColumn {
  /// The name of a group, the missing one told apart.
  func groupName(_ index: Int) -> GroupName {
    hasMissing && index == groups.count - 1 ? .missing : GroupName(groups[index])
  }
}

/// The rows of a table with everything that is counted of them.
struct CountedRows: Sendable {
  let shape: StatisticsShape
  private let table: PreparedTable
  /// By arm: how many classes come before the true one; empty for two classes and regressions.
  private let truthRanks: [[UInt32]]
  /// By arm: scores, row-major by score column.
  private let scores: [[Double]]

  init(
    _ table: ScoredTable, shape: StatisticsShape, options: EvaluationOptions
  ) throws(StatisticsError) {
    self.shape = shape
    let prepared = PreparedTable(table, options: options, isRanked: false)
    self.table = prepared
    scores = shape.task == .regression ? [] : table.arms.map { $0.seeds[0].scores }
    let classes = shape.classes
    truthRanks =
      shape.scoreColumns < 2
      ? []
      : table.arms.map { arm in
        prepared.labels.enumerated().map { row, label in
          guard label >= 0 else { return 0 }
          let scores = arm.seeds[0].scores[(row * classes)..<((row + 1) * classes)]
          let own = scores[row * classes + Int(label)]
          var ahead: UInt32 = 0
          for (k, score) in scores.enumerated() {
            if score > own || (score == own && k > Int(label)) { ahead += 1 }
          }
          return ahead
        }
      }
    if shape.task == .regression {
      for arm in prepared.arms {
        for (target, prediction) in zip(prepared.targets, arm.seeds[0].predictions)
        where !target.isNaN {
          let error = prediction - target
          guard abs(error) < 0x1p500, abs(target) < 0x1p1000,
            RegressionSums.relative(error: error, target: target) < 0x1p1000
          else {
            throw .unsuitable("a prediction that is off by more than 3e150; its square has no sum")
          }
        }
      }
    }
  }

  /// The statistics of some rows.
  /// - Parameter client: The client column where clients' shares are kept.
  func cell(_ group: GroupRows, client: GroupColumn?) -> CellStatistics {
    var cell = CellStatistics(shape)
    cell.rows = group.rows.count
    for arm in cell.arms.indices {
      cell.arms[arm] =
        shape.task == .regression ? regression(arm, group.rows) : classified(arm, group.rows)
    }
    for (index, arm) in shape.comparedArms.enumerated() {
      cell.pairs[index] = pair(arm, shape.reference, group.rows)
    }
    if let client {
      let ends = group.clientStarts.dropFirst() + [group.rows.count]
      cell.clients = zip(zip(group.clientStarts, ends), group.clients).map { range, code in
        self.client(
          client.groupName(Int(code)), Array(group.rows[range.0..<range.1]))
      }
      cell.clients.sort { $0.name < $1.name }
    }
    return cell
  }

  private func rows(_ arm: Int) -> ClassifiedRows { table.arms[arm].seeds[0].rows }
  private var labelledCells: UInt32 { UInt32(shape.classes * shape.classes) }

  private func confusion(_ arm: Int, _ list: [Int32]) -> SparseCounts {
    let cells = rows(arm).cells
    return SparseCounts(
      of: list.map { cells[Int($0)] }, below: shape.classes * (shape.classes + 1))
  }

  private func histogram(_ arm: Int, _ list: [Int32], bins: Int) -> SparseCounts {
    let columns = shape.scoreColumns
    let labels = table.labels
    let classes = shape.classes
    var keys: [UInt32] = []
    keys.reserveCapacity(list.count * columns)
    for row in list where labels[Int(row)] >= 0 {
      for column in 0..<columns {
        let bin = PreparedSeed.bin(scores[arm][Int(row) * columns + column], of: bins)
        keys.append(UInt32((column * bins + bin) * classes + Int(labels[Int(row)])))
      }
    }
    return SparseCounts(of: keys, below: columns * bins * classes)
  }

  private func ranks(_ arm: Int, _ list: [Int32]) -> SparseCounts {
    if truthRanks.isEmpty { return SparseCounts() }
    return SparseCounts(
      of: list.lazy.filter { table.labels[Int($0)] >= 0 }.map { truthRanks[arm][Int($0)] },
      below: shape.classes)
  }

  private func classified(_ arm: Int, _ list: [Int32]) -> ArmStatistics {
    var result = ArmStatistics(shape)
    let all = rows(arm)
    result.confusion = confusion(arm, list)
    result.scores = histogram(arm, list, bins: shape.bins)
    result.truthRanks = ranks(arm, list)
    for row in list where all.cells[Int(row)] < labelledCells {
      let row = Int(row)
      let (loss, error) = (all.logLosses[row], all.squaredErrors[row])
      result.sums[0].add(loss)
      result.sums[1].add(error)
      result.squares[0].add(loss * loss)
      result.squares[1].add(error * error)
      if all.flags[row].contains(.clipped) { result.clipped += 1 }
      let isOutcome = all.flags[row].contains(.outcome)
      let bin = Int(all.bins[row])
      let gap = (isOutcome ? 1 : 0) - all.scores[row]
      result.calibration[bin].count += 1
      if isOutcome { result.calibration[bin].outcomes += 1 }
      result.calibration[bin].scores.add(all.scores[row])
      result.calibration[bin].squaredGaps.add(gap * gap)
    }
    return result
  }

  private func pair(_ arm: Int, _ reference: Int, _ list: [Int32]) -> PairStatistics {
    var result = PairStatistics(shape)
    if shape.task == .regression {
      result.regressionDifferences = regressionDifferences(arm, reference, list)
      return result
    }
    let (first, second) = (rows(arm), rows(reference))
    let k = UInt32(shape.classes)
    result.joint = SparseCounts(
      of: list.map { row in
        // A cell is true · k + predicted, and k² + predicted without a label.
        first.cells[Int(row)] * k + second.cells[Int(row)] % k
      }, below: shape.classes * shape.classes * (shape.classes + 1))
    for row in list where first.cells[Int(row)] < labelledCells {
      let row = Int(row)
      let loss = first.logLosses[row] - second.logLosses[row]
      let error = first.squaredErrors[row] - second.squaredErrors[row]
      result.squaredDifferences[0].add(loss * loss)
      result.squaredDifferences[1].add(error * error)
      let gap = outcomeGap(first, row) - outcomeGap(second, row)
      result.squaredDifferences[2].add(gap * gap)
      if truthRanks.isEmpty { continue }
      for k in TotalsLayout.ClassValue.tops(classes: shape.classes)
      where (truthRanks[arm][row] < k) != (truthRanks[reference][row] < k) {
        result.squaredDifferences[TotalsLayout.ClassValue.top(k)].add(1)
      }
    }
    return result
  }

  /// Outcome minus score.
  private func outcomeGap(_ rows: ClassifiedRows, _ row: Int) -> Double {
    (rows.flags[row].contains(.outcome) ? 1 : 0) - rows.scores[row]
  }

  private func client(_ name: GroupName, _ list: [Int32]) -> ClientStatistics {
    var result = ClientStatistics(name, shape)
    result.rows = list.count
    for arm in result.arms.indices {
      if shape.task == .regression {
        result.arms[arm] = regressionShare(arm, list)
        continue
      }
      let all = rows(arm)
      result.arms[arm].confusion = confusion(arm, list)
      result.arms[arm].truthRanks = ranks(arm, list)
      result.arms[arm].scores = histogram(arm, list, bins: StatisticsShape.clientBins)
      for row in list where all.cells[Int(row)] < labelledCells {
        let row = Int(row)
        result.arms[arm].sums[0].add(all.logLosses[row])
        result.arms[arm].sums[1].add(all.squaredErrors[row])
        // Units, not the rounded gap: gaps must add up to outcomes minus scores.
        let outcome: Int128 = all.flags[row].contains(.outcome) ? 1 << 64 : 0
        result.arms[arm].gaps[Int(all.bins[row])].units +=
          outcome - FixedSum.units(of: all.scores[row])
      }
    }
    return result
  }
}

// MARK: Regression

extension CountedRows {
  private func pairs(_ arm: Int, _ list: [Int32]) -> [(target: Double, prediction: Double)] {
    let predictions = table.arms[arm].seeds[0].predictions
    return list.compactMap { row in
      let target = table.targets[Int(row)]
      return target.isNaN ? nil : (target, predictions[Int(row)])
    }
  }

  private func labelled(_ count: Int, of rows: Int) -> SparseCounts {
    SparseCounts(dense: [count, rows - count])
  }

  private func regression(_ arm: Int, _ list: [Int32]) -> ArmStatistics {
    typealias V = RegressionTotals.Value
    var result = ArmStatistics(shape)
    var totals = RegressionTotals()
    var sums = V.allCases.map { _ in ExactAccumulator() }
    let rows = pairs(arm, list)
    var bins: [UInt32] = []
    bins.reserveCapacity(rows.count)
    for (target, prediction) in rows {
      let error = prediction - target
      let relative = RegressionSums.relative(error: error, target: target)
      let square = error * error
      sums[V.absolute.rawValue].add(abs(error))
      sums[V.squared.rawValue].add(error, times: error)
      sums[V.error.rawValue].add(error)
      sums[V.relative.rawValue].add(relative)
      sums[V.target.rawValue].add(target)
      sums[V.targetSquared.rawValue].add(target, times: target)
      sums[V.prediction.rawValue].add(prediction)
      sums[V.predictionSquared.rawValue].add(prediction, times: prediction)
      sums[V.product.rawValue].add(target, times: prediction)
      sums[V.quartic.rawValue].add(square, times: square)
      sums[V.relativeSquared.rawValue].add(relative, times: relative)
      let symmetric = RegressionSums.symmetric(error: error, target: target)
      sums[V.symmetric.rawValue].add(symmetric)
      sums[V.symmetricSquared.rawValue].add(symmetric, times: symmetric)
      bins.append(RegressionTotals.errorBin(error))
      totals.largestError = max(totals.largestError, abs(error))
    }
    // Cannot be too large: 2³¹ rows of products of doubles fit.
    totals.sums = sums.map { $0.sum ?? ExactSum() }
    totals.errors = SparseCounts(of: bins, below: RegressionTotals.errorBins)
    result.regression = totals
    result.confusion = labelled(rows.count, of: list.count)
    return result
  }

  private func regressionShare(_ arm: Int, _ list: [Int32]) -> ClientStatistics.Arm {
    typealias V = RegressionTotals.Value
    var result = ClientStatistics.Arm(shape)
    var sums = (0..<V.shared).map { _ in ExactAccumulator() }
    let rows = pairs(arm, list)
    for (target, prediction) in rows {
      let error = prediction - target
      sums[V.absolute.rawValue].add(abs(error))
      sums[V.squared.rawValue].add(error, times: error)
      sums[V.error.rawValue].add(error)
      sums[V.relative.rawValue].add(RegressionSums.relative(error: error, target: target))
      sums[V.target.rawValue].add(target)
      sums[V.targetSquared.rawValue].add(target, times: target)
      sums[V.symmetric.rawValue].add(RegressionSums.symmetric(error: error, target: target))
      sums[V.product.rawValue].add(target, times: prediction)
      sums[V.predictionSquared.rawValue].add(prediction, times: prediction)
      sums[V.prediction.rawValue].add(prediction)
    }
    result.regression = sums.map { $0.sum ?? ExactSum() }
    result.confusion = labelled(rows.count, of: list.count)
    return result
  }

  private func regressionDifferences(
    _ arm: Int, _ reference: Int, _ list: [Int32]
  ) -> [ExactSum] {
    var sums = (0..<5).map { _ in ExactAccumulator() }
    for (first, second) in zip(pairs(arm, list), pairs(reference, list)) {
      let target = first.target
      let (a, b) = (first.prediction - target, second.prediction - target)
      let differences = [
        abs(a) - abs(b), a * a - b * b, a - b,
        RegressionSums.relative(error: a, target: target)
          - RegressionSums.relative(error: b, target: target),
        RegressionSums.symmetric(error: a, target: target)
          - RegressionSums.symmetric(error: b, target: target),
      ]
      for (index, difference) in differences.enumerated() {
        sums[index].add(difference, times: difference)
      }
    }
    return sums.map { $0.sum ?? ExactSum() }
  }
}
