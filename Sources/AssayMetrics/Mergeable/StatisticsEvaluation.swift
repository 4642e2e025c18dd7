import AssayFiles
import AssayRuns
import AssayStatistics

/// Measures statistics as a table of rows is measured: overall, per group, per client, fairness, and
/// against the reference arm.
///
/// Counts, and metrics that are functions of counts and sums, are those of the rows; what the order of
/// scores decides comes from bins, with its certified error bound. The shape states the threshold and
/// the reference: those of the options, and their further pairs, have no effect here.
/// - Returns: An evaluation without arms for ``EvaluationStatistics/empty``.
public func evaluate(
  _ statistics: EvaluationStatistics, options: EvaluationOptions
) -> Evaluation {
  evaluate(statistics, ranks: [:], options: options)
}

/// The same with exact ranks for the cells where rows were at hand.
/// - Parameter table: The rows, where they were at hand: they tell which columns refine others.
public func evaluate(
  _ statistics: EvaluationStatistics, ranks: [CellKey: CellRanks], options: EvaluationOptions,
  table: ScoredTable? = nil
) -> Evaluation {
  guard let shape = statistics.shape else {
    return Evaluation(
      rows: 0, labelledRows: 0, clientCount: nil, task: .binary, arms: [], comparisons: [],
      replicates: 0)
  }
  return StatisticsEvaluator(
    statistics, shape: shape, ranks: ranks, options: options, table: table
  ).evaluation()
}

/// The way through the cells of some statistics.
private struct StatisticsEvaluator: Sendable {
  /// One cell or one fairness table to measure.
  enum Job: Sendable {
    case cell(CellKey)
    case fairness(column: Int, arm: Int)
  }

  enum Output: Sendable {
    case cell(CellMeasurement)
    case fairness(ColumnFairness)
  }

  let statistics: EvaluationStatistics
  let shape: StatisticsShape
  let ranks: [CellKey: CellRanks]
  let measurer: StatisticsMeasurer
  /// Keys by column, in order; the first column is all rows, the last the clients.
  let keys: [[CellKey]]
  let plan: SuppressionPlan

  init(
    _ statistics: EvaluationStatistics, shape: StatisticsShape, ranks: [CellKey: CellRanks],
    options: EvaluationOptions, table: ScoredTable?
  ) {
    self.statistics = statistics
    self.shape = shape
    self.ranks = ranks
    measurer = StatisticsMeasurer(shape, statistics: statistics, options: options)
    var keys = [[CellKey]](repeating: [], count: shape.columns.count + 2)
    for key in statistics.keys { keys[key.column].append(key) }
    self.keys = keys
    plan = SuppressionPlan(statistics, shape: shape, keys: keys, table: table, options: options)
  }

  /// What is hidden of the cells of a column, beside their keys.
  private func hidden(_ place: Int) -> [SuppressionPlan.Cell] {
    if place == 0 { return [plan.overall] }
    let name =
      place <= shape.columns.count ? shape.columns[place - 1].shown : shape.client ?? ""
    return keys[place].indices.map { plan.cell(column: name, group: $0) }
  }

  /// Columns that take part in fairness, as places in the shape's columns.
  private var sensitive: [Int] {
    shape.sensitive.compactMap { shape.columns.firstIndex(of: $0) }
  }

  private func detail(_ key: CellKey) -> DetailLevel {
    if key == .overall { return .whole }
    return key.column == shape.clientColumn || keys[key.column].count > DriftMeasurer.groupLimit
      ? .none : .group
  }

  private func group(_ key: CellKey) -> CellStatistics {
    statistics.cells[key] ?? CellStatistics(shape)
  }

  func evaluation() -> Evaluation {
    // All rows have a cell, even where there are none.
    let cellKeys = [.overall] + keys[1...].flatMap { $0 }
    let hiddenCells = [plan.overall] + keys.indices.dropFirst().flatMap(hidden)
    let hiddenOf = Dictionary(
      zip(cellKeys, hiddenCells), uniquingKeysWith: { first, _ in first })
    var jobs = cellKeys.map(Job.cell)
    for column in sensitive {
      for arm in shape.arms.indices { jobs.append(.fairness(column: column, arm: arm)) }
    }
    let sorted = jobs
    let outputs = OrderedJobs.results(count: sorted.count, threads: measurer.options.threads) {
      index -> Output in
      switch sorted[index] {
      case .cell(let key):
        return .cell(
          measurer.measure(
            group(key), ranks: ranks[key], isClient: key.column == shape.clientColumn,
            rowLevel: key == .overall, hidden: hiddenOf[key] ?? SuppressionPlan.Cell(),
            detail: detail(key)))
      case .fairness(let column, let arm):
        return .fairness(
          StatisticsFairness(
            measurer, column: shape.columns[column],
            groups: zip(keys[column + 1], hidden(column + 1)).map {
              (key: $0, cell: group($0), hidden: $1)
            }, ranks: ranks, arm: arm
          ).measure())
      }
    }
    var cells: [CellKey: CellMeasurement] = [:]
    var fairness: [ColumnFairness] = []
    for (job, output) in zip(sorted, outputs) {
      switch (job, output) {
      case (.cell(let key), .cell(let measured)): cells[key] = measured
      case (_, .fairness(let measured)): fairness.append(measured)
      default: break
      }
    }
    return assemble(cells, fairness)
  }

  private func assemble(
    _ cells: [CellKey: CellMeasurement], _ fairness: [ColumnFairness]
  ) -> Evaluation {
    func place(_ column: StatisticsShape.Column) -> Int {
      (shape.columns.firstIndex(of: column) ?? 0) + 1
    }
    func column(_ place: Int, _ name: String, arm: Int) -> ColumnResult {
      ColumnResult(
        column: name,
        groups: keys[place].compactMap { key in
          cells[key].map {
            GroupResult(
              name: key.shown, rows: $0.rows, metrics: $0.arms[arm],
              curves: $0.details.isEmpty ? nil : $0.details[arm].curves)
          }
        })
    }
    func differences(_ column: StatisticsShape.Column, pair: Int) -> ComparisonColumn {
      ComparisonColumn(
        column: column.shown,
        groups: keys[place(column)].compactMap { key in
          cells[key].map {
            ComparisonGroup(
              name: key.shown, differences: $0.pairs[pair], mcNemarP: $0.mcNemar[pair],
              mcNemar: $0.discordant.isEmpty ? nil : $0.discordant[pair])
          }
        })
    }
    func columns(_ list: [StatisticsShape.Column], arm: Int) -> [ColumnResult] {
      list.map { column(place($0), $0.shown, arm: arm) }
    }
    let all = cells[.overall]
    let arms = shape.arms.indices.map { arm in
      let clients = shape.client.map { column(shape.clientColumn, $0, arm: arm) }
      return ArmEvaluation(
        name: shape.arms[arm].name, seeds: [nil], overall: all?.arms[arm] ?? [],
        segments: columns(shape.segments, arm: arm),
        sensitive: columns(shape.sensitive, arm: arm), clients: clients,
        clientSummaries: clients.map(summaries) ?? [],
        fairness: sensitive.indices.map { fairness[$0 * shape.arms.count + arm] },
        statistics: all.map { $0.statistics.isEmpty ? [] : $0.statistics[arm] } ?? [],
        curves: all?.details.isEmpty == false ? all?.details[arm].curves : nil,
        perClass: all?.details.isEmpty == false ? all?.details[arm].perClass ?? [] : [],
        drift: measurer.drift(
          arm: arm,
          columns: shape.columns.enumerated().map { ($1.shown, keys[$0 + 1]) }, cells: cells))
    }
    let comparisons = shape.comparedArms.enumerated().map { pair, arm in
      Comparison(
        arm: shape.arms[arm].name, reference: shape.arms[shape.reference].name,
        overall: all?.pairs[pair] ?? [], mcNemarP: all?.mcNemar[pair] ?? nil,
        segments: shape.segments.map { differences($0, pair: pair) },
        sensitive: shape.sensitive.map { differences($0, pair: pair) },
        mcNemar: all.flatMap { $0.discordant.isEmpty ? nil : $0.discordant[pair] })
    }
    var result = Evaluation(
      rows: statistics.rows,
      labelledRows: statistics.cells[.overall]?.arms.first?.labels(classes: shape.classes)
        .reduce(0, +) ?? 0,
      clientCount: shape.client.map { _ in keys[shape.clientColumn].count }, task: shape.task,
      arms: arms, comparisons: comparisons, replicates: measurer.resampling?.replicates ?? 0)
    result.suppression = plan
    return result
  }

  private func summaries(_ clients: ColumnResult) -> [ClientSummary] {
    ClientSummary.summaries(
      of: clients, task: shape.task, intervals: measurer.intervals, seed: measurer.options.seed,
      replicates: measurer.options.replicates)
  }
}
