import AssayMetrics
import AssayRuns
import AssayStatistics

/// Seeded tables for tests.
enum SampleTables {
  /// A binary table: labels drawn from the scores, every arm's scores disturbed.
  /// - Parameters:
  ///   - missing: Every how many rows the label is missing; 0 for never.
  ///   - clients: How many clients hold the rows; 0 for none known.
  static func binary(
    rows: Int, arms: Int = 2, seeds: Int = 1, clients: Int = 0, missing: Int = 0, key: UInt64 = 1
  ) -> ScoredTable {
    let generator = CounterGenerator(seed: key, stream: 9)
    var position: UInt64 = 0
    func next() -> Double {
      position += 1
      return generator.uniform(at: position)
    }
    let truth = (0..<rows).map { _ in next() }
    let labels = truth.enumerated().map { row, p -> Int32 in
      let label: Int32 = next() < p ? 1 : 0
      return missing > 0 && row % missing == 0 ? -1 : label
    }
    func column(_ name: String, _ names: [String]) -> GroupColumn {
      GroupColumn(
        name: name, values: (0..<rows).map { _ in names[Int(next() * Double(names.count))] })
    }
    return ScoredTable(
      task: .binary, labels: labels,
      arms: (0..<arms).map { arm in
        ScoredArm(
          name: "arm\(arm)",
          seeds: (0..<seeds).map { seed in
            .init(
              seed: seeds > 1 ? seed : nil,
              scores: truth.map { max(0, min(1, $0 + 0.3 * (next() - 0.5))) })
          })
      },
      segments: [column("region", ["north", "south", "", "a,b"])],
      sensitive: [column("sex", ["f", "m"])],
      client: clients > 0
        ? GroupColumn(
          name: "client", values: (0..<rows).map { _ in "c\(Int(next() * Double(clients)))" })
        : nil)
  }

  /// The same table with other labels or scores of one arm.
  static func table(
    labels: [Int32], scores: [Double], column: [String]? = nil
  ) -> ScoredTable {
    let group = GroupColumn(name: "g", values: column ?? labels.map { _ in "a" })
    return ScoredTable(
      task: .binary, labels: labels,
      arms: [ScoredArm(name: "arm", seeds: [.init(seed: nil, scores: scores)])],
      segments: [group], sensitive: [group])
  }
}
