import AssayMetrics
import AssayRuns
import AssayStatistics
import Testing

/// The laws hold to the last bit: a comparison is of all numbers, and of the files' bytes.
@Suite("Mergeable statistics are a commutative monoid")
struct MergeLawTests {
  private func merged(_ parts: [EvaluationStatistics]) throws -> EvaluationStatistics {
    var sum = EvaluationStatistics.empty
    for part in parts { try sum.merge(part) }
    return sum
  }

  /// Merges two random neighbours of a shuffled list until one is left.
  private func tree(_ parts: [EvaluationStatistics], key: UInt64) throws -> EvaluationStatistics {
    let generator = CounterGenerator(seed: key, stream: 79)
    var left = parts
    var position: UInt64 = 0
    func next(_ count: Int) -> Int {
      position += 1
      return Int(generator.uniform(at: position) * Double(count))
    }
    while left.count > 1 {
      var first = left.remove(at: next(left.count))
      try first.merge(left.remove(at: next(left.count)))
      left.append(first)
    }
    return left.first ?? .empty
  }

  @Test("nothing is the identity on both sides", arguments: RandomTables.tasks)
  func identity(task: PredictionTask) throws {
    let statistics = try RandomTables.statistics(RandomTables.table(task, rows: 80))
    #expect(try merged([.empty, statistics]) == statistics)
    #expect(try merged([statistics, .empty]) == statistics)
    // A shape without rows is an identity for its shape.
    let none = try RandomTables.statistics(
      RandomTables.rows([], of: RandomTables.table(task, rows: 80)))
    #expect(none.rows == 0)
    #expect(try merged([none, statistics]) == statistics)
  }

  @Test("merging is commutative and associative", arguments: RandomTables.tasks)
  func laws(task: PredictionTask) throws {
    for key in 1...3 as ClosedRange<UInt64> {
      let table = RandomTables.table(task, rows: 90, key: key)
      let parts = try RandomTables.shards(table, count: 3, key: key).map {
        try RandomTables.statistics($0)
      }
      let (a, b, c) = (parts[0], parts[1], parts[2])
      #expect(try merged([a, b]) == merged([b, a]))
      #expect(try merged([merged([a, b]), c]) == merged([a, merged([b, c])]))
    }
  }

  @Test(
    "1, 7 and 1,000 shards, merged in any order and tree, on any threads, give the same bytes",
    arguments: RandomTables.tasks)
  func shards(task: PredictionTask) throws {
    let table = RandomTables.table(task, rows: 1_200, clients: 25)
    let whole = try RandomTables.statistics(table)
    let bytes = whole.encoded()
    #expect(try RandomTables.statistics(table, threads: 2).encoded() == bytes)
    let reversed = RandomTables.rows((0..<table.rowCount).reversed(), of: table)
    #expect(try RandomTables.statistics(reversed).encoded() == bytes)
    for count in [1, 7, 1_000] {
      let parts = try RandomTables.shards(table, count: count, key: UInt64(count)).map {
        try RandomTables.statistics($0, threads: 1 + count % 2)
      }
      #expect(try merged(parts).encoded() == bytes)
      #expect(try tree(parts, key: 4).encoded() == bytes)
      #expect(try merged(parts.reversed()) == whole)
    }
  }

  @Test(
    "the evaluation of merged statistics does not depend on the threads",
    arguments: RandomTables.tasks)
  func threads(task: PredictionTask) throws {
    let statistics = try RandomTables.statistics(RandomTables.table(task, rows: 700, clients: 25))
    var options = EvaluationOptions()
    let one = evaluate(statistics, options: options)
    options.threads = 2
    #expect(evaluate(statistics, options: options) == one)
  }

  @Test("merging names what differs")
  func shapes() throws {
    let table = RandomTables.table(.binary, rows: 40)
    let statistics = try RandomTables.statistics(table)
    func expect(_ what: String, _ change: (inout ScoredTable, inout EvaluationOptions) -> Void)
      throws
    {
      var other = table
      var options = EvaluationOptions()
      change(&other, &options)
      let second = try EvaluationStatistics(other, options: options)
      var sum = statistics
      do {
        try sum.merge(second)
        Issue.record("\(what): merged")
      } catch StatisticsError.differentShape(let found, _, _) {
        #expect(found == what)
      }
      #expect(sum == statistics)
    }
    try expect("the arms") { table, _ in table.arms[0].name = "other" }
    try expect("the arms") { table, _ in table.arms.reverse() }
    try expect("the arms whose class a column states") { table, _ in
      table.arms[0].seeds[0].predictions = table.labels.map { _ in 1 }
    }
    try expect("the reference arm") { _, options in options.reference = "candidate" }
    try expect("the segments") { table, _ in table.segments.removeLast() }
    try expect("the sensitive columns") { table, _ in table.sensitive.removeLast() }
    try expect("the client column") { table, _ in table.client = nil }
    try expect("the client column") { table, _ in table.client?.name = "hospital" }
    try expect("the threshold") { _, options in options.threshold = 0.4 }
    try expect("the task") { table, _ in
      table.task = .regression
      table.targets = table.labels.map { Double($0) }
    }
  }

  @Test("an overflow is refused, never wrapped")
  func overflow() throws {
    // 2¹²⁷ − 1 units of 2⁻⁶⁴, and one more.
    var sum = FixedSum(units: .max)
    #expect(throws: StatisticsError.overflow(what: "a sum of row values")) {
      try sum.merge(FixedSum(units: 1))
    }
    var counts = SparseCounts(dense: [1 << 53])
    #expect(throws: StatisticsError.overflow(what: "a count of rows")) {
      try counts.merge(SparseCounts(dense: [1]))
    }
  }

  @Test("tables that have no statistics are refused with a reason")
  func unsuitable() throws {
    var seeds = RandomTables.table(.binary, rows: 10)
    seeds.arms[0].seeds.append(seeds.arms[0].seeds[0])
    #expect(throws: StatisticsError.self) { try RandomTables.statistics(seeds) }
    var far = RandomTables.table(.regression, rows: 10)
    far.targets[3] = 1
    far.arms[0].seeds[0].scores[3] = 1e200
    #expect(throws: StatisticsError.self) { try RandomTables.statistics(far) }
    var ragged = RandomTables.table(.binary, rows: 10)
    ragged.labels.removeLast()
    #expect(throws: StatisticsError.self) { try RandomTables.statistics(ragged) }
  }
}
