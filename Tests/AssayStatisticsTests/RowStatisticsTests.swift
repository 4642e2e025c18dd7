import AssayStatistics
import Testing

@Suite("Evaluation statistics merge")
struct RowStatisticsTests {
  private func rows(_ range: Range<Int>) -> ClassifiedRows {
    let generator = CounterGenerator(seed: 7)
    var rows = ClassifiedRows(classCount: 3)
    for row in range {
      let score = generator.uniform(at: UInt64(row))
      let label = Int(generator.bits(at: UInt64(row + 1_000_000)) % 4) - 1
      let prediction = Int(generator.bits(at: UInt64(row + 2_000_000)) % 3)
      rows.append(
        label: label, prediction: prediction, logLoss: -PortableMath.log(score + 1e-9),
        squaredError: score * score, bin: Int(score * 15), score: score,
        flags: label == prediction ? [.outcome, .topTwo] : score < 0.01 ? [.clipped] : [])
    }
    return rows
  }

  private func statistics(_ range: Range<Int>) -> RowStatistics {
    var result = RowStatistics(classCount: 3, binCount: 15)
    result.add(rows(range))
    return result
  }

  private func merged(_ parts: [RowStatistics]) -> RowStatistics {
    var result = RowStatistics.empty
    for part in parts { result.merge(part) }
    return result
  }

  private func expectSame(_ a: RowStatistics, _ b: RowStatistics) {
    #expect(a.confusion == b.confusion)
    #expect(a.unlabelled == b.unlabelled)
    #expect(a.clipped == b.clipped)
    #expect(a.top == b.top)
    #expect(a.calibration.map(\.count) == b.calibration.map(\.count))
    #expect(a.calibration.map(\.outcomes) == b.calibration.map(\.outcomes))
    // 1e-15 relative: both sides carry their rounding errors along.
    #expect(abs(a.logLoss.value - b.logLoss.value) <= 1e-15 * abs(a.logLoss.value))
    #expect(abs(a.squaredError.value - b.squaredError.value) <= 1e-15 * a.squaredError.value)
  }

  @Test("nothing is the identity on both sides")
  func identity() {
    let some = statistics(0..<1000)
    #expect(merged([some]) == some)
    #expect(merged([some, .empty]) == some)
    #expect(merged([.empty, .empty]) == .empty)
  }

  @Test("order, grouping and the number of shards do not change counts")
  func laws() {
    let whole = statistics(0..<9001)
    let cuts = [0, 13, 4096, 4097, 6000, 8000, 9000, 9001]
    let shards = zip(cuts, cuts.dropFirst()).map { statistics($0..<$1) }
    expectSame(whole, merged(shards))
    expectSame(whole, merged(shards.reversed()))
    expectSame(whole, merged([merged(Array(shards[0..<3])), merged(Array(shards[3...]))]))
    #expect(whole.rows == 9001)
    #expect(whole.labelledRows + whole.unlabelled.reduce(0, +) == 9001)
  }

  @Test("regression sums merge, and moments do not cancel far from 0")
  func regression() throws {
    let targets = (0..<5000).map { 1e9 + Double($0 % 7) }
    let predictions = targets.map { $0 + 0.5 }
    var whole = RowStatistics(classCount: 1, binCount: 0)
    whole.add(targets: targets, predictions: predictions)
    var halves = RowStatistics(classCount: 1, binCount: 0)
    halves.add(targets: Array(targets[..<2000]), predictions: Array(predictions[..<2000]))
    var rest = RowStatistics(classCount: 1, binCount: 0)
    rest.add(targets: Array(targets[2000...]), predictions: Array(predictions[2000...]))
    halves.merge(rest)
    #expect(whole.regression.absoluteError.value == 2500)
    #expect(halves.regression.absoluteError.value == 2500)
    #expect(whole.regression.largestError == 0.5)
    // Σ(i mod 7 − mean)² over 5000 rows by integers: Σx² − (Σx)²/n.
    let residues = (0..<5000).map { $0 % 7 }
    let sum = residues.reduce(0, +)
    let squares = residues.reduce(0) { $0 + $1 * $1 }
    let exact = Double(squares) - Double(sum * sum) / 5000
    #expect(abs(whole.regression.target.squaredDeviations - exact) < 1e-3)
    #expect(abs(halves.regression.target.squaredDeviations - exact) < 1e-3)
  }

  @Test("a row without a target is counted, not measured")
  func missingTarget() {
    var statistics = RowStatistics(classCount: 1, binCount: 0)
    statistics.add(targets: [1, .nan], predictions: [2, 5])
    #expect(statistics.labelledRows == 1)
    #expect(statistics.unlabelled == [1])
    #expect(statistics.squaredError.value == 1)
  }

  @Test("random numbers depend on key and position alone, and Poisson(1) has mean and variance 1")
  func generator() {
    let generator = CounterGenerator(seed: 1, stream: 2)
    #expect(generator.bits(at: 5) == CounterGenerator(seed: 1, stream: 2).bits(at: 5))
    #expect(generator.bits(at: 5) != CounterGenerator(seed: 1, stream: 3).bits(at: 5))
    let moments = Moments((0..<40_000).lazy.map { generator.poissonOne(at: UInt64($0)) })
    // Standard errors: 1/√40000 = 0.005 for the mean, √(3/40000) = 0.0087 for the variance.
    #expect(abs(moments.mean - 1) < 0.02)
    #expect(abs((moments.variance ?? 0) - 1) < 0.035)
  }
}
