import AssayDiagnostics
import AssayFiles
import AssayRuns
import AssayStatistics
import Testing

@testable import AssayMetrics

@Suite("Files of statistics")
struct StatisticsFileTests {
  private func file(_ task: PredictionTask, rows: Int = 25) throws -> [UInt8] {
    try RandomTables.statistics(RandomTables.table(task, rows: rows, clients: 3)).encoded()
  }

  /// The file with the digest that its content asks for.
  private func sealed(_ content: ArraySlice<UInt8>) -> [UInt8] {
    Array(content) + content.withUnsafeBytes { SHA256.digest($0) }
  }

  @Test(
    "what is written is read back, and written again with the same bytes",
    arguments: RandomTables.tasks)
  func roundTrip(task: PredictionTask) throws {
    for rows in [0, 1, 60, 500] {
      let statistics = try RandomTables.statistics(
        RandomTables.rows(Array(0..<rows), of: RandomTables.table(task, rows: 500)))
      let bytes = statistics.encoded()
      let read = try EvaluationStatistics(decoding: bytes, path: "x.stats")
      #expect(read == statistics)
      #expect(read.encoded() == bytes)
    }
  }

  @Test("a changed byte is noticed by the digest", arguments: RandomTables.tasks)
  func digest(task: PredictionTask) throws {
    let bytes = try file(task, rows: 12)
    for place in stride(from: 0, to: bytes.count, by: 5) {
      var changed = bytes
      changed[place] ^= 0x20
      #expect(throws: Diagnostic.self) {
        try EvaluationStatistics(decoding: changed, path: "x.stats")
      }
    }
  }

  @Test("a file cut short anywhere is refused", arguments: RandomTables.tasks)
  func truncation(task: PredictionTask) throws {
    let bytes = try file(task, rows: 12)
    for count in stride(from: 0, to: bytes.count, by: 11) {
      #expect(throws: Diagnostic.self) {
        try EvaluationStatistics(decoding: Array(bytes[..<count]), path: "x.stats")
      }
    }
    let content = bytes.dropLast(32)
    for count in Array(0..<60) + stride(from: 60, to: content.count, by: 7) {
      #expect(throws: Diagnostic.self) {
        try EvaluationStatistics(decoding: sealed(content[..<count]), path: "x.stats")
      }
    }
  }

  /// Whatever is taken must be canonical: read and written again it has the same bytes, and it can be
  /// evaluated and merged without a trap.
  @Test(
    "a forged file is refused, or is a consistent one in canonical form",
    arguments: RandomTables.tasks)
  func mutations(task: PredictionTask) throws {
    let content = try file(task).dropLast(32)
    let generator = CounterGenerator(seed: 11, stream: 80)
    var options = EvaluationOptions()
    options.minimumCount = 1
    options.replicates = 2
    var taken = 0
    for trial in 0..<400 as Range<UInt64> {
      var changed = content
      func random(_ position: UInt64, below limit: Int) -> Int {
        Int(generator.uniform(at: trial << 8 | position) * Double(limit))
      }
      let place = random(0, below: content.count)
      switch random(1, below: 4) {
      case 0: changed[place] = UInt8(random(2, below: 256))
      case 1: changed[place] = changed[place] &+ 1
      case 2: changed.remove(at: place)
      default: changed.insert(UInt8(random(2, below: 256)), at: place)
      }
      let bytes = sealed(changed)
      guard var read = try? EvaluationStatistics(decoding: bytes, path: "x.stats") else { continue }
      taken += 1
      #expect(read.encoded() == bytes)
      _ = evaluate(read, options: options)
      try? read.merge(read)
    }
    // Some bytes are free, such as the letters of a name.
    #expect(taken > 0)
  }

  @Test("huge stated sizes are refused before anything is made of them")
  func sizes() throws {
    var writer = StatisticsWriter()
    writer.bytes = EvaluationStatistics.magic
    writer.count(1)
    writer.bytes += [0, 0]
    // So many arms in a file of a few bytes.
    writer.count(1 << 40)
    do {
      _ = try EvaluationStatistics(decoding: sealed(writer.bytes[...]), path: "x.stats")
      Issue.record("taken")
    } catch {
      #expect(
        error.rendered.contains(
          "the number of arms is 1099511627776, more than the file can hold"), "\(error.rendered)")
      #expect(error.location?.part != nil)
    }
  }

  @Test("a number that is not written as short as can be is refused")
  func overlong() throws {
    var reader = StatisticsReader([0x81, 0x00], from: 0, to: 2)
    #expect(throws: StatisticsFormatError.self) { try reader.count("a count") }
    var highest = StatisticsReader([UInt8](repeating: 0xFF, count: 18) + [0x03], from: 0, to: 19)
    #expect(try highest.unsigned("a number") == UInt128.max)
    var beyond = StatisticsReader([UInt8](repeating: 0xFF, count: 18) + [0x04], from: 0, to: 19)
    #expect(throws: StatisticsFormatError.self) { try beyond.unsigned("a number") }
  }

  @Test("signed numbers of every size are read back")
  func signed() throws {
    for value in [0, -1, 1, -64, 64, 1 << 100, .max, .min] as [Int128] {
      var writer = StatisticsWriter()
      writer.signed(value)
      var reader = StatisticsReader(writer.bytes, from: 0, to: writer.bytes.count)
      #expect(try reader.signed("a number") == value)
    }
  }

  @Test("a later version is refused by its number")
  func version() throws {
    var content = try file(.binary).dropLast(32)
    content[8] = 2
    do {
      _ = try EvaluationStatistics(decoding: sealed(content), path: "x.stats")
      Issue.record("taken")
    } catch {
      #expect(error.rendered.contains("version 2; this assay reads 1"))
    }
  }

  /// Written by hand from `Docs/statistics-file.md`: two rows, one arm, no columns.
  @Test("the bytes of a small file are those of its description")
  func bytes() throws {
    let table = ScoredTable(
      task: .binary, labels: [1, 0],
      arms: [ScoredArm(name: "m", seeds: [.init(seed: nil, scores: [0.75, 0.5])])])
    let statistics = try EvaluationStatistics(table, options: EvaluationOptions())
    var expected: [UInt8] = Array("assayst\n".utf8)
    expected += [1]  // version
    expected += [0, 0]  // binary, no class names
    expected += [1, 1, UInt8(ascii: "m"), 0, 0]  // one arm, from scores; it is the reference
    expected += [0, 0, 0]  // no segments, no sensitive columns, no client column
    expected += [0, 0, 0, 0, 0, 0, 0xE0, 0x3F]  // threshold 0.5
    expected += [0x80, 0x20]  // 4096 bins
    expected += [1, 0]  // one cell: all rows
    var body: [UInt8] = [2]  // rows
    body += [2, 1, 1, 1, 1]  // confusion: keys 1 (0 predicted 1) and 3 (1 predicted 1)
    body += [0, 0]  // nothing clipped, no ranks
    let logs = [-PortableMath.log(0.75), -PortableMath.log(0.5)]
    var numbers = StatisticsWriter()
    for power in [1, 2] {
      numbers.signed(
        logs.reduce(0) { $0 + FixedSum.units(of: power == 1 ? $1 : $1 * $1) })
      // (1 − 0.75)² + 0.5² = 0.3125; the squares 0.00390625 + 0.0625 = 0.06640625.
      numbers.signed(power == 1 ? 5 << 60 : 17 << 56)
    }
    body += numbers.bytes
    for bin in 0..<10 {
      var writer = StatisticsWriter()
      switch bin {
      case 5:  // 0.5, label 0
        writer.bytes = [1, 0]
        writer.signed(1 << 63)
        writer.signed(1 << 62)
      case 7:  // 0.75, label 1
        writer.bytes = [1, 1]
        writer.signed(3 << 62)
        writer.signed(1 << 60)
      default: writer.bytes = [0, 0, 0, 0]
      }
      body += writer.bytes
    }
    // Histogram: bin 2048 with label 0 is key 4096; bin 3072 with label 1 is key 6145.
    var histogram = StatisticsWriter()
    histogram.count(2)
    histogram.count(4_096)
    histogram.count(1)
    histogram.count(6_145 - 4_097)
    histogram.count(1)
    body += histogram.bytes
    body += [0]  // no clients
    var size = StatisticsWriter()
    size.count(body.count)
    expected += size.bytes + body
    #expect(statistics.encoded() == sealed(expected[...]))
  }
}
