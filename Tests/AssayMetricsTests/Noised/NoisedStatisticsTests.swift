import AssayDiagnostics
import AssayFiles
import AssayRuns
import AssayStatistics
import Testing

@testable import AssayMetrics

@Suite("Noised statistics")
struct NoisedStatisticsTests {
  @Test("every count is the exact one with fresh noise of the stated variance")
  func noise() throws {
    let table = SampleTables.binary(rows: 2_000, missing: 9)
    let statistics = try NoisedWorld.release(table, NoisedWorld.request(2))
    let exact = NoisedWorld.exact(table, statistics)
    var differences: [Double] = []
    for (noised, plain) in zip(statistics.counts, exact) {
      for (a, b) in zip(noised, plain) {
        for (x, y) in zip(a, b) { differences.append(Double(x - y)) }
      }
    }
    // 2 arms × (1 + 4 + 2) cells × 128 keys.
    #expect(differences.count == 2 * 7 * 128)
    let mean = differences.reduce(0, +) / Double(differences.count)
    let square = differences.reduce(0) { $0 + $1 * $1 } / Double(differences.count)
    let root = Double(differences.count).squareRoot()
    #expect(abs(mean) < 10 / root)
    #expect(abs(square / 4 - 1) < 8 / root)
    #expect(statistics.noiseVariance == 4)
    // Neighbouring counts share no noise.
    let products = zip(differences, differences.dropFirst()).map { $0 * $1 }
    let correlation = products.reduce(0, +) / Double(products.count) / 4
    #expect(abs(correlation) < 5 / Double(products.count).squareRoot())
  }

  @Test("the file holds no exact count: nothing in it but noised histograms of what was declared")
  func nothingExact() throws {
    // Rows without a label, rows of an undeclared group and clients leave no trace: two tables that differ
    // in them alone, with the same seed, have the same bytes.
    let table = SampleTables.binary(rows: 600, clients: 13)
    var request = try NoisedWorld.request(1.5)
    request.groups[0].names = ["north"]
    let bytes = try NoisedWorld.release(table, request).encoded()
    var other = table
    other.client = nil
    other.labels += [-1, -1]
    for arm in other.arms.indices { other.arms[arm].seeds[0].scores += [0.5, 0.25] }
    func column(_ column: GroupColumn) -> GroupColumn {
      // Undeclared groups get other names.
      GroupColumn(
        name: column.name,
        values: (column.codes.map { column.groups[Int($0)] } + ["f", "m"]).map {
          ["south": "elsewhere", "a,b": "nowhere"][$0] ?? $0
        })
    }
    other.segments = other.segments.map(column)
    other.sensitive = other.sensitive.map(column)
    #expect(try NoisedWorld.release(other, request).encoded() == bytes)
    // Nor do the bytes hold the exact histogram of any cell, as the exact file would.
    let statistics = try NoisedWorld.release(table, request)
    for (noised, exact) in zip(statistics.counts, NoisedWorld.exact(table, statistics)) {
      for (a, b) in zip(noised, exact) {
        #expect(a != b)
        #expect(a.reduce(0, +) != b.reduce(0, +))
      }
    }
  }

  @Test("a row moves as many histograms as there are arms times columns, each by one")
  func sensitivity() throws {
    let table = SampleTables.binary(rows: 50, arms: 3)
    let request = try NoisedWorld.request()
    let all = try NoisedWorld.release(table, request)
    #expect(all.releases == 3 * 3)
    for row in [0, 17, 49] {
      var fewer = table
      fewer.labels[row] = -1
      let without = try NoisedWorld.release(fewer, request)
      // The same seed: noise is the same, and what differs is the row.
      var moved = 0
      for (a, b) in zip(all.counts, without.counts) {
        for (x, y) in zip(a, b) {
          let gaps = zip(x, y).map { $0 - $1 }.filter { $0 != 0 }
          #expect(gaps.isEmpty || gaps == [1])
          moved += gaps.count
        }
      }
      #expect(moved == 9)
    }
  }

  @Test("rows of a unit beyond its most are refused, or the first are kept")
  func bounded() throws {
    var table = SampleTables.binary(rows: 400, clients: 10)
    var request = try NoisedWorld.request(1, rows: 5, unit: .client)
    #expect(throws: StatisticsError.self) { try NoisedWorld.release(table, request) }
    request.leavesOutExcess = true
    let (statistics, leftOut) = try NoisedStatistics.release(
      table, options: EvaluationOptions(), request: request)
    #expect(leftOut == 350)
    // 50 rows with noise of variance 25 on each of 128 counts.
    let rows = statistics.counts[0][0].reduce(0, +)
    #expect(abs(rows - 50) < 6 * 57)
    #expect(statistics.events.map(\.sensitivity) == [5])
    #expect(statistics.events[0].steps == 6 && statistics.events[0].noiseMultiplier == 1)
    #expect(statistics.noiseVariance == 25)
    // A row of nobody.
    table.client = GroupColumn(
      name: "client", values: (0..<400).map { $0 == 7 ? "" : "c\($0)" })
    #expect(
      throws: StatisticsError.unsuitable(
        "a row whose 'client' is empty, so that its unit is not known")
    ) { try NoisedWorld.release(table, request) }
    table.client = nil
    #expect(throws: StatisticsError.self) { try NoisedWorld.release(table, request) }
  }

  @Test("what would leak or has no meaning is refused in words")
  func refused() throws {
    let table = SampleTables.binary(rows: 30)
    func reason(_ change: (inout NoiseRequest) -> Void, threshold: Double = 0.5) throws -> String {
      var request = try NoisedWorld.request()
      change(&request)
      do {
        _ = try NoisedWorld.release(table, request, threshold: threshold)
      } catch let error as StatisticsError {
        if case .unsuitable(let why) = error { return why }
      }
      return ""
    }
    #expect(try reason { $0.groups = [] }.contains("'region' without its groups"))
    #expect(try reason { $0.groups[1].column = "gender" }.contains("'gender'"))
    #expect(try reason { $0.groups[1].names = ["f", "f"] }.contains("'f' of 'sex' twice"))
    #expect(try reason { $0.bins = 100 }.contains("100 bins"))
    #expect(try reason({ _ in }, threshold: 0.3).contains("no edge"))
    #expect(try reason({ _ in }, threshold: 1).contains("no edge"))
    #expect(try reason { $0.delta = 0 }.contains("δ"))
    #expect(try reason({ _ in }, threshold: 0.25) == "")
    var several = table
    several.task = .multiclass(classCount: 3)
    for arm in several.arms.indices {
      several.arms[arm].seeds[0].scores = Array(repeating: 1.0 / 3, count: 90)
    }
    #expect(throws: StatisticsError.self) {
      try NoisedWorld.release(several, NoisedWorld.request())
    }
  }

  @Test("merging is commutative and associative to the last byte, and noise adds up")
  func merging() throws {
    let parts = try (0..<3).map { index in
      try NoisedWorld.release(
        SampleTables.binary(rows: 100 + index, key: UInt64(index + 1)),
        NoisedWorld.request(index == 2 ? 3 : 1, seed: UInt64(index)))
    }
    func merged(_ order: [Int]) throws -> NoisedStatistics {
      var all = parts[order[0]]
      for index in order.dropFirst() { try all.merge(parts[index]) }
      return all
    }
    let all = try merged([0, 1, 2])
    #expect(try merged([2, 1, 0]).encoded() == all.encoded())
    var pair = parts[1]
    try pair.merge(parts[2])
    var left = parts[0]
    try left.merge(pair)
    #expect(left == all)
    #expect(all.noiseVariance == 1 + 1 + 9)
    #expect(all.events.count == 3 && all.events.map(\.noiseMultiplier) == [1, 1, 3])
    #expect(try NoisedStatistics(decoding: all.encoded(), path: "x") == all)
    // What differs is named, and nothing is merged.
    var other = try NoisedWorld.request()
    other.groups[1].names = ["f", "m", "x"]
    var mine = parts[0]
    let theirs = try NoisedWorld.release(SampleTables.binary(rows: 9), other)
    #expect(
      throws: StatisticsError.differentShape(
        what: "the groups of 'sex'", first: "'f', 'm'", second: "'f', 'm', 'x'")
    ) { try mine.merge(theirs) }
    #expect(mine == parts[0])
  }

  @Test("a broken file is refused with the byte, whichever byte is changed or left out")
  func hostile() throws {
    let statistics = try NoisedWorld.release(
      SampleTables.binary(rows: 40, arms: 1), NoisedWorld.request())
    let bytes = statistics.encoded()
    #expect(try NoisedStatistics(decoding: bytes, path: "x") == statistics)
    #expect(NoisedStatistics.isNoised(bytes))
    // The exact reader says what it is.
    #expect(throws: Diagnostic.self) { try EvaluationStatistics(decoding: bytes, path: "x") }
    func sealed(_ content: [UInt8]) -> [UInt8] {
      content + content.withUnsafeBytes { SHA256.digest($0) }
    }
    let content = Array(bytes.dropLast(32))
    for length in stride(from: 0, to: content.count, by: 7) {
      #expect(throws: Diagnostic.self) {
        try NoisedStatistics(decoding: sealed(Array(content[..<length])), path: "x")
      }
    }
    #expect(throws: Diagnostic.self) {
      try NoisedStatistics(decoding: sealed(content + [0]), path: "x")
    }
    let generator = CounterGenerator(seed: 5)
    for round in 0..<3_000 {
      var changed = content
      let place = Int(generator.bits(at: UInt64(2 * round)) % UInt64(min(200, content.count)))
      changed[place] = UInt8(truncatingIfNeeded: generator.bits(at: UInt64(2 * round + 1)))
      // Read or refused, never a trap; what is read is written again as it was.
      if let read = try? NoisedStatistics(decoding: sealed(changed), path: "x") {
        #expect(read.encoded() == sealed(changed))
      }
    }
    #expect(throws: Diagnostic.self) {
      var changed = bytes
      changed[60] ^= 1
      _ = try NoisedStatistics(decoding: changed, path: "x")
    }
  }
}
