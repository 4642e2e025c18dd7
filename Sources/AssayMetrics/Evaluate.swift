import AssayFiles
import AssayRuns
import AssayStatistics

/// Measures every arm of a table: overall, per segment, per client, fairness, and against the
/// reference arm.
///
/// Never traps, whatever the table: what cannot be measured is undefined with a reason. The result
/// depends on the table, the options and their seed, never on the number of threads.
/// - Complexity: O(rows · columns · metrics) for each arm and seed, and
///   O(replicates · 128) for each bootstrap interval, whatever the rows.
public func evaluate(_ table: ScoredTable, options: EvaluationOptions) -> Evaluation {
  // Smaller tables keep every score: exact curves, drift and contributions of all ranks, and the
  // fairness metrics that need more than counts.
  guard table.rowCount > CurveMaker.groupLimit, let sorted = evaluateBySort(table, options: options)
  else { return evaluateByRow(table, options: options) }
  return sorted.addingDetails(of: table, options: options)
}

/// The same row by row and cell by cell: any task, any number of seeds, any scores.
func evaluateByRow(_ table: ScoredTable, options: EvaluationOptions) -> Evaluation {
  Evaluator(table, options: options, pairs: nil).evaluation(pairsOnly: false)
}

/// The difference of two arms on the same rows, `arm` minus `against`: overall, per segment and per
/// sensitive group.
/// - Returns: `nil` when the table has no arm of one of the names.
public func compare(
  _ table: ScoredTable, arm: String, against reference: String, options: EvaluationOptions
) -> Comparison? {
  guard let first = table.arms.first(where: { $0.name == arm }),
    let second = table.arms.first(where: { $0.name == reference })
  else { return nil }
  var two = table
  two.arms = arm == reference ? [first] : [first, second]
  let evaluator = Evaluator(two, options: options, pairs: [(0, two.arms.count - 1)])
  return evaluator.evaluation(pairsOnly: true).comparisons.first
}

/// The way through one table.
private struct Evaluator: Sendable {
  /// One cell or one fairness table to measure.
  enum Job {
    case cell(column: Int, group: Int)
    case fairness(column: Int, arm: Int)
  }

  enum Output: Sendable {
    case cell(CellMeasurement)
    case fairness(ColumnFairness)
  }

  /// A column that is measured group by group; the first stands for all rows.
  struct Column: Sendable {
    var source: GroupColumn?
    var groups: [GroupRows]
    var resample = true
    var compare = true
    var detail = DetailLevel.group
    /// Whether each of its groups is compared with the others.
    var isDrifting = true
    /// Whether its groups are the files that the rows came from.
    var isFile = false
  }

  let table: ScoredTable
  let options: EvaluationOptions
  let measurer: CellMeasurer
  let labelledRows: Int

  init(_ given: ScoredTable, options: EvaluationOptions, pairs: [(arm: Int, reference: Int)]?) {
    // A table whose columns differ in length is a caller's bug; nothing can be said about it.
    var table = given
    if !PreparedTable.isConsistent(given) {
      table = ScoredTable(
        task: given.task, labels: [],
        arms: given.arms.map { arm in
          ScoredArm(name: arm.name, seeds: arm.seeds.map { .init(seed: $0.seed, scores: []) })
        }.map {
          $0.seeds.isEmpty ? ScoredArm(name: $0.name, seeds: [.init(seed: nil, scores: [])]) : $0
        })
      if case .multiclass(let count) = given.task, count < 2 { table.task = .binary }
    }
    self.table = table
    self.options = options
    let prepared = PreparedTable(table, options: options)
    labelledRows = prepared.labels.reduce(0) { $0 + ($1 < 0 ? 0 : 1) }
    let cells = (table.segments + table.sensitive).reduce(1) { $0 + $1.groups.count }
    measurer = CellMeasurer(
      prepared, client: table.client, pairs: pairs ?? Self.pairs(table, options), cells: cells,
      options: options)
  }

  private static func pairs(
    _ table: ScoredTable, _ options: EvaluationOptions
  ) -> [(arm: Int, reference: Int)] {
    func index(_ name: String?) -> Int? { table.arms.firstIndex { $0.name == name } }
    let reference = index(options.reference) ?? 0
    var pairs = table.arms.indices.filter { $0 != reference }.map { ($0, reference) }
    for pair in options.furtherPairs {
      guard let arm = index(pair.arm), let against = index(pair.reference) else { continue }
      if arm != against, !pairs.contains(where: { $0 == (arm, against) }) {
        pairs.append((arm, against))
      }
    }
    return pairs.map { (arm: $0.0, reference: $0.1) }
  }

  func evaluation(pairsOnly: Bool) -> Evaluation {
    let plan = SuppressionPlan(table, prepared: measurer.table, options: options)
    var columns = [layout(nil)] + table.segments.map(layout)
    columns[0].detail = .whole
    // A column that is both segment and sensitive is measured once.
    let sensitivePlaces = table.sensitive.map { column -> Int in
      if let at = table.segments.firstIndex(of: column) { return 1 + at }
      columns.append(layout(column))
      return columns.count - 1
    }
    if let files = table.files, files.groups.count > 1, !pairsOnly {
      var column = layout(files)
      column.resample = false
      column.compare = false
      column.isFile = true
      columns.append(column)
    }
    var clientPlace: Int?
    if let client = table.client, !pairsOnly {
      clientPlace = columns.count
      var column = layout(client)
      column.resample = false
      column.compare = false
      column.detail = .none
      column.isDrifting = false
      columns.append(column)
    }
    for place in columns.indices {
      for group in columns[place].groups.indices {
        columns[place].groups[group].hidden =
          columns[place].source.map { plan.cell(column: $0.name, group: group) } ?? plan.overall
      }
    }
    let outputs = run(columns, sensitivePlaces: pairsOnly ? [] : sensitivePlaces)
    var result = assemble(
      columns, outputs, sensitivePlaces: sensitivePlaces, clientPlace: clientPlace,
      pairsOnly: pairsOnly)
    result.suppression = plan
    return result
  }

  private func layout(_ column: GroupColumn?) -> Column {
    var result = Column(
      source: column,
      groups: GroupRows.groups(of: column, rowCount: table.rowCount, client: table.client))
    if result.groups.count > DriftMeasurer.groupLimit { result.detail = .none }
    return result
  }

  /// Measures everything; outputs by column and group, fairness by sensitive column and arm.
  private func run(
    _ columns: [Column], sensitivePlaces: [Int]
  ) -> (cells: [[CellMeasurement]], fairness: [[ColumnFairness]]) {
    var jobs: [(job: Job, size: Int)] = []
    for (place, column) in columns.enumerated() {
      for (index, group) in column.groups.enumerated() {
        jobs.append((.cell(column: place, group: index), group.rows.count * table.arms.count))
      }
    }
    for place in sensitivePlaces.indices {
      for arm in table.arms.indices {
        jobs.append((.fairness(column: place, arm: arm), table.rowCount))
      }
    }
    // The largest first, so that threads finish together; ties keep their order.
    let order = jobs.indices.sorted {
      jobs[$0].size == jobs[$1].size ? $0 < $1 : jobs[$0].size > jobs[$1].size
    }
    let sorted = order.map { jobs[$0].job }
    let outputs = OrderedJobs.results(count: sorted.count, threads: options.threads) {
      index -> Output in
      switch sorted[index] {
      case .cell(let place, let group):
        let column = columns[place]
        return .cell(
          measurer.measure(
            column.groups[group], resample: column.resample, compare: column.compare,
            rowLevel: place == 0, detail: column.detail))
      case .fairness(let place, let arm):
        let column = columns[sensitivePlaces[place]]
        return .fairness(
          FairnessMeasurer(
            cells: measurer, column: table.sensitive[place], groups: column.groups
          ).measure(arm: arm))
      }
    }
    var byJob: [Output?] = jobs.map { _ in nil }
    for (position, index) in order.enumerated() { byJob[index] = outputs[position] }
    var next = byJob.makeIterator()
    let cells = columns.map { column in
      column.groups.compactMap { _ -> CellMeasurement? in
        if case .cell(let cell)?? = next.next() { cell } else { nil }
      }
    }
    let fairness = sensitivePlaces.map { _ in
      table.arms.compactMap { _ -> ColumnFairness? in
        if case .fairness(let value)?? = next.next() { value } else { nil }
      }
    }
    return (cells, fairness)
  }

  private func assemble(
    _ columns: [Column], _ outputs: (cells: [[CellMeasurement]], fairness: [[ColumnFairness]]),
    sensitivePlaces: [Int], clientPlace: Int?, pairsOnly: Bool
  ) -> Evaluation {
    func column(_ place: Int, arm: Int) -> ColumnResult {
      ColumnResult(
        column: columns[place].source?.name ?? "",
        groups: zip(columns[place].groups, outputs.cells[place]).map { group, cell in
          GroupResult(
            name: group.name, rows: cell.rows, metrics: cell.arms[arm],
            curves: cell.details.isEmpty ? nil : cell.details[arm].curves)
        })
    }
    func differences(_ place: Int, pair: Int) -> ComparisonColumn {
      ComparisonColumn(
        column: columns[place].source?.name ?? "",
        groups: zip(columns[place].groups, outputs.cells[place]).map { group, cell in
          ComparisonGroup(
            name: group.name, differences: cell.pairs[pair], mcNemarP: cell.mcNemar[pair],
            mcNemar: cell.discordant.isEmpty ? nil : cell.discordant[pair])
        })
    }
    let segmentPlaces = table.segments.indices.map { $0 + 1 }
    let all = outputs.cells[0].first
    let drift: DriftMeasurer? =
      pairsOnly
      ? nil
      : DriftMeasurer(
        measurer: measurer,
        columns: zip(columns, outputs.cells).dropFirst().filter { $0.0.isDrifting }.map {
          DriftMeasurer.Column(
            name: $0.0.source?.name ?? "", groups: $0.0.groups.map(\.name), cells: $0.1,
            isFile: $0.0.isFile)
        })
    let arms = table.arms.indices.map { arm in
      let clients = clientPlace.map { column($0, arm: arm) }
      return ArmEvaluation(
        name: table.arms[arm].name, seeds: table.arms[arm].seeds.map(\.seed),
        overall: all?.arms[arm] ?? [], segments: segmentPlaces.map { column($0, arm: arm) },
        sensitive: sensitivePlaces.map { column($0, arm: arm) }, clients: clients,
        clientSummaries: clients.map(summaries) ?? [],
        fairness: outputs.fairness.map { $0[arm] },
        statistics: all.map { $0.statistics.isEmpty ? [] : $0.statistics[arm] } ?? [],
        curves: all?.details.isEmpty == false ? all?.details[arm].curves : nil,
        perClass: all?.details.isEmpty == false ? all?.details[arm].perClass ?? [] : [],
        drift: drift.map { $0.arm(arm, overall: all) } ?? [])
    }
    let comparisons = measurer.pairs.enumerated().map { index, pair in
      Comparison(
        arm: table.arms[pair.arm].name, reference: table.arms[pair.reference].name,
        overall: all?.pairs[index] ?? [], mcNemarP: all?.mcNemar[index] ?? nil,
        segments: segmentPlaces.map { differences($0, pair: index) },
        sensitive: sensitivePlaces.map { differences($0, pair: index) },
        mcNemar: (all?.discordant.isEmpty ?? true) ? nil : all?.discordant[index])
    }
    return Evaluation(
      rows: table.rowCount, labelledRows: labelledRows,
      clientCount: table.client.map { Set($0.codes).count }, task: table.task, arms: arms,
      comparisons: comparisons, replicates: measurer.weights?.replicates ?? 0)
  }

  private func summaries(_ clients: ColumnResult) -> [ClientSummary] {
    ClientSummary.summaries(
      of: clients, task: table.task, intervals: measurer.intervals, seed: options.seed,
      replicates: options.replicates)
  }
}
