import AssayRuns
import AssayStatistics

/// A binary table counted from its rows by the rank engine: the mergeable statistics of every cell,
/// and beside them what only rows can tell.
///
/// The statistics are those of ``EvaluationStatistics/init(_:options:)`` to the last bit, at a small
/// part of the cost. The result depends on the rows as a set alone.
struct CountedTable: Sendable {
  /// What is wanted beside the counts that every evaluation needs.
  enum Purpose: Sendable {
    /// Results right away: clients' own cells and shares have no score histograms, because their
    /// ranks are exact.
    case results
    /// A file of statistics, complete.
    case file
  }

  let statistics: EvaluationStatistics
  /// Exact ranks by cell.
  let ranks: [CellKey: CellRanks]
  /// By arm: distinct scores of all labelled rows from the highest down; empty unless asked for.
  let steps: [[RankStep]]

  /// `nil` for a table that the engine does not take: another task, an arm of several seeds, a score
  /// that is not a number in `0...1`, 2³¹ rows or more, or too many cells and clients to number.
  /// - Throws: ``StatisticsError/unsuitable(_:)`` for a table that has no statistics at all.
  init?(
    _ table: ScoredTable, options: EvaluationOptions, purpose: Purpose = .results,
    wantsSteps: Bool = false
  ) throws(StatisticsError) {
    guard Self.accepts(table) else { return nil }
    let shape = try StatisticsShape(of: table, options: options)
    let plan = CellPlan(table, shape, purpose)
    let inputs = table.arms.map {
      plan.input($0.seeds[0], labels: table.labels, threshold: options.threshold)
    }
    var totals: [RankTotals] = []
    for input in inputs {
      let engine = RankEngine(input: input, threads: options.threads)
      guard let counted = engine.totals(wantsSteps: wantsSteps) else { return nil }
      totals.append(counted)
    }
    steps = totals.map(\.steps)
    let pairs = shape.comparedArms.map { arm in
      PairCounting(
        arm: inputs[arm], reference: inputs[shape.reference], threads: options.threads
      ).sums()
    }
    let variances = Self.variances(
      inputs, shape: shape, plan: plan, threads: options.threads,
      needed: plan.comparedColumns(totals[0], options))
    var cells: [CellKey: CellStatistics] = [:]
    var ranks: [CellKey: CellRanks] = [:]
    for (column, keys) in plan.keys.enumerated() {
      for (group, key) in keys.enumerated() {
        let counted = totals.map { $0.cells[column][group] }
        var cell = plan.statistics(counted, shape: shape)
        if cell.rows == 0 { continue }
        for pair in pairs.indices { pairs[pair][column][group].fill(&cell.pairs[pair]) }
        ranks[key] = CellRanks(
          arms: counted.map { RankSummary($0) },
          aucDifferenceVariances: pairs.indices.map { variances[$0][column]?[group].area },
          precisionDifferenceVariances: pairs.indices.map {
            variances[$0][column]?[group].averagePrecision
          },
          calibrations: pairs.map { JointCalibration($0[column][group].calibration) })
        cells[key] = cell
      }
    }
    statistics = EvaluationStatistics(shape: shape, cells: cells)
    self.ranks = ranks
  }

  /// Variances of differences by pair, then column (`nil` where not needed) and group.
  private static func variances(
    _ inputs: [RankInput], shape: StatisticsShape, plan: CellPlan, threads: Int, needed: [Bool]
  ) -> [[[PairVariances]?]] {
    guard needed.contains(true), !shape.comparedArms.isEmpty else {
      return shape.comparedArms.map { _ in needed.map { _ in nil } }
    }
    let reference = ScoreOrder(inputs[shape.reference], threads: threads)
    return shape.comparedArms.map { arm in
      let order = ScoreOrder(inputs[arm], threads: threads)
      let ranks = PairRanks(
        arm: inputs[arm], reference: inputs[shape.reference], threads: threads)
      return zip(needed, plan.columns).map { isNeeded, column in
        isNeeded ? ranks.variances((order, reference), column: column) : nil
      }
    }
  }

  /// Whether the engine takes a table.
  static func accepts(_ table: ScoredTable) -> Bool {
    table.task == .binary && PreparedTable.isConsistent(table) && !table.arms.isEmpty
      && table.rowCount < 1 << 31
      && table.arms.allSatisfy { $0.seeds.count == 1 && RankInput.accepts($0.seeds[0].scores) }
  }
}

/// The columns of a table as the rank engine wants them, and the cells that they stand for.
private struct CellPlan {
  var columns: [RankColumn] = []
  /// By column, then group.
  var keys: [[CellKey]] = []
  var clients: RankColumn?
  var clientNames: [GroupName] = []
  let purpose: CountedTable.Purpose

  /// Columns of more groups have no joint calibration: 32 MiB.
  private static let jointLimit = 4096

  init(_ table: ScoredTable, _ shape: StatisticsShape, _ purpose: CountedTable.Purpose) {
    self.purpose = purpose
    let hasClients = table.client != nil
    columns.append(
      RankColumn(codes: [], groupCount: 1, wantsClients: hasClients, wantsJoint: true))
    keys.append([.overall])
    for (place, column) in shape.columns.enumerated() {
      guard
        let source = (table.segments + table.sensitive).first(where: {
          StatisticsShape.Column($0) == column
        })
      else { continue }
      columns.append(
        RankColumn(
          codes: source.codes, groupCount: source.groups.count, wantsClients: hasClients,
          wantsJoint: source.groups.count <= Self.jointLimit))
      keys.append(
        source.groups.indices.map {
          CellKey(column: place + 1, groups: [source.groupName($0)])
        })
    }
    guard let client = table.client else { return }
    clientNames = client.groups.indices.map { client.groupName($0) }
    clients = RankColumn(codes: client.codes, groupCount: client.groups.count)
    columns.append(
      RankColumn(
        codes: client.codes, groupCount: client.groups.count, wantsHistogram: purpose == .file))
    keys.append(clientNames.map { CellKey(column: shape.clientColumn, groups: [$0]) })
  }

  func input(_ seed: ScoredArm.Seed, labels: [Int32], threshold: Double) -> RankInput {
    RankInput(
      scores: seed.scores, labels: labels, predictions: seed.predictions, threshold: threshold,
      columns: columns, clients: clients, wantsClientScores: purpose == .file)
  }

  /// Whether a column's cells need the variance of differences over rows: not clients' own cells, and
  /// not columns all of whose cells have clients enough to be the sampled units.
  func comparedColumns(_ totals: RankTotals, _ options: EvaluationOptions) -> [Bool] {
    columns.enumerated().map { place, column in
      // Over all rows, intervals over rows stand beside those over clients.
      if clients == nil || place == 0 { return true }
      if !column.wantsClients { return false }
      return totals.cells[place].contains {
        $0.rows > 0 && $0.clients.count < max(2, options.minimumClusters)
      }
    }
  }

  /// The statistics of a cell from what was counted for each arm.
  func statistics(_ counted: [RankTotals.Cell], shape: StatisticsShape) -> CellStatistics {
    var cell = CellStatistics(shape)
    guard let first = counted.first else { return cell }
    cell.rows = first.rows
    for (arm, counted) in counted.enumerated() { counted.fill(&cell.arms[arm]) }
    cell.clients = first.clients.enumerated().map { place, client in
      var share = ClientStatistics(clientNames[client.client], shape)
      share.rows = client.rows
      for (arm, counted) in counted.enumerated() { counted.clients[place].fill(&share.arms[arm]) }
      return share
    }
    return cell
  }
}

extension RankTotals.Cell {
  /// Rows, with a label or without.
  var rows: Int {
    unlabelled.negative + unlabelled.positive + Int(sums.positives) + Int(sums.negatives)
  }

  /// Writes the counts and sums into an arm's statistics.
  func fill(_ arm: inout ArmStatistics) {
    let confusion = sums.confusion
    arm.confusion = SparseCounts(
      dense: [
        Int(confusion[0]), Int(confusion[1]), Int(confusion[2]), Int(confusion[3]),
        unlabelled.negative, unlabelled.positive,
      ])
    arm.clipped = Int(sums.clipped)
    var squaredError: UInt128 = 0
    for (bin, counted) in calibration.enumerated() where bin < arm.calibration.count {
      squaredError += counted.squaredErrors
      arm.calibration[bin].count = Int(counted.positives + counted.negatives)
      arm.calibration[bin].outcomes = Int(counted.positives)
      arm.calibration[bin].scores = FixedSum(units: Int128(counted.scores))
      arm.calibration[bin].squaredGaps = FixedSum(units: Int128(counted.squaredErrors))
    }
    arm.sums = [FixedSum(units: Int128(sums.logLoss)), FixedSum(units: Int128(squaredError))]
    arm.squares = [
      FixedSum(units: Int128(sums.logLossSquares)),
      FixedSum(units: Int128(sums.squaredErrorSquares)),
    ]
    for bin in bins {
      arm.scores.append(bin.bin * 2, Int(bin.negatives))
      arm.scores.append(bin.bin * 2 + 1, Int(bin.positives))
    }
  }
}

extension RankTotals.Client {
  /// Rows, with a label or without.
  var rows: Int {
    unlabelled.negative + unlabelled.positive
      + (0..<4).reduce(0) { $0 + Int(sums.confusion[$1]) }
  }

  /// Writes the counts and sums into a client's statistics.
  func fill(_ arm: inout ClientStatistics.Arm) {
    let confusion = sums.confusion
    arm.confusion = SparseCounts(
      dense: [
        Int(confusion[0]), Int(confusion[1]), Int(confusion[2]), Int(confusion[3]),
        unlabelled.negative, unlabelled.positive,
      ])
    arm.sums = [
      FixedSum(units: Int128(sums.logLoss)), FixedSum(units: Int128(sums.squaredError)),
    ]
    for bin in arm.gaps.indices where bin < gaps.count { arm.gaps[bin].units = gaps[bin] }
    for bin in bins {
      arm.scores.append(bin.bin * 2, Int(bin.negatives))
      arm.scores.append(bin.bin * 2 + 1, Int(bin.positives))
    }
  }
}

extension PairSums {
  /// Writes the counts and sums into a pair's statistics.
  func fill(_ pair: inout PairStatistics) {
    pair.joint = SparseCounts(dense: joint)
    pair.squaredDifferences[0] = FixedSum(units: Int128(logLoss))
    pair.squaredDifferences[1] = FixedSum(units: Int128(squaredError))
    pair.squaredDifferences[2] = FixedSum(units: Int128(gap))
  }
}
