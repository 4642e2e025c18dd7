import AssayMetrics
import AssayRuns
import AssayStatistics

/// Seeded tables of every task, with everything that makes counting hard: missing labels, missing
/// groups beside a group named `(missing)`, ties, scores at the ends, clients of unequal size.
enum RandomTables {
  static let tasks: [PredictionTask] = [.binary, .multiclass(classCount: 4), .regression]

  static func table(
    _ task: PredictionTask, rows: Int, clients: Int = 5, key: UInt64 = 3
  ) -> ScoredTable {
    let generator = CounterGenerator(seed: key, stream: 77)
    var position: UInt64 = 0
    func next() -> Double {
      position += 1
      return generator.uniform(at: position)
    }
    func pick(_ names: [String]) -> String {
      let u = next()
      return names[Int(u * u * Double(names.count))]
    }
    let classes = task.classCount
    var labels: [Int32] = []
    var targets: [Double] = []
    var scores: [[Double]] = [[], []]
    var stated: [Int32] = []
    for _ in 0..<rows {
      let isMissing = next() < 0.05
      switch task {
      case .binary:
        let p = next()
        labels.append(isMissing ? -1 : next() < p ? 1 : 0)
        for arm in 0..<2 {
          let noisy = max(0, min(1, p + 0.6 * (next() - 0.5)))
          scores[arm].append(next() < 0.1 ? (noisy * 8).rounded() / 8 : noisy)
        }
      case .multiclass:
        let truth = Int(next() * Double(classes))
        labels.append(isMissing ? -1 : Int32(truth))
        for arm in 0..<2 {
          var raw = (0..<classes).map { $0 == truth ? next() + 0.5 : next() }
          if next() < 0.2 { raw = raw.map { _ in 1 } }
          let sum = raw.reduce(0, +)
          scores[arm] += raw.map { $0 / sum }
        }
        stated.append(Int32(next() * Double(classes)))
      case .regression:
        let drawn = (next() - 0.3) * 1e6 + 1e7
        let target = next() < 0.1 ? 0 : drawn
        targets.append(isMissing ? .nan : target)
        for arm in 0..<2 { scores[arm].append(target + (next() - 0.4) * 1e3) }
      }
    }
    func column(_ name: String, _ names: [String]) -> GroupColumn {
      GroupColumn(name: name, values: (0..<rows).map { _ in pick(names) })
    }
    let sex = column("sex", ["f", "m", ""])
    return ScoredTable(
      task: task, labels: labels, targets: targets,
      arms: ["baseline", "candidate"].enumerated().map { arm, name in
        ScoredArm(
          name: name,
          seeds: [
            .init(
              seed: nil, scores: scores[arm],
              predictions: arm == 1 && !stated.isEmpty ? stated : nil)
          ])
      },
      segments: [column("region", ["north", "", "(missing)", "süd", "a,\"b\""]), sex],
      sensitive: [sex, column("age", ["young", "old"])],
      client: clients > 0
        ? column("client", (0..<clients).map { "c\($0)" } + [""]) : nil)
  }

  /// Some rows of a table.
  static func rows(_ list: [Int], of table: ScoredTable) -> ScoredTable {
    func column(_ column: GroupColumn) -> GroupColumn {
      GroupColumn(
        name: column.name,
        texts: column.groups.enumerated().map { index, name in
          column.hasMissing && index == column.groups.count - 1 ? "" : name
        }, codes: list.map { column.codes[$0] })
    }
    let width = table.task.scoresPerRow
    var part = table
    part.labels = table.task == .regression ? [] : list.map { table.labels[$0] }
    part.targets = table.task == .regression ? list.map { table.targets[$0] } : []
    part.arms = table.arms.map { arm in
      ScoredArm(
        name: arm.name,
        seeds: arm.seeds.map { seed in
          .init(
            seed: seed.seed,
            scores: list.flatMap { seed.scores[($0 * width)..<(($0 + 1) * width)] },
            predictions: seed.predictions.map { stated in list.map { stated[$0] } })
        })
    }
    part.segments = table.segments.map(column)
    part.sensitive = table.sensitive.map(column)
    part.client = table.client.map(column)
    return part
  }

  /// The rows dealt into shards at random; some shards may be empty.
  static func shards(_ table: ScoredTable, count: Int, key: UInt64) -> [ScoredTable] {
    let generator = CounterGenerator(seed: key, stream: 78)
    var lists = [[Int]](repeating: [], count: count)
    for row in 0..<table.rowCount {
      lists[Int(generator.uniform(at: UInt64(row)) * Double(count))].append(row)
    }
    return lists.map { rows($0, of: table) }
  }

  static func statistics(_ table: ScoredTable, threads: Int = 1) throws -> EvaluationStatistics {
    var options = EvaluationOptions()
    options.threads = threads
    return try EvaluationStatistics(table, options: options)
  }
}
