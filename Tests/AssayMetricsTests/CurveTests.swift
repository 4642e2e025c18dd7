import AssayDiagnostics
import AssayMetrics
import AssayRuns
import AssayStatistics
import Testing

@Suite("Curves, drift and crossed columns")
struct CurveTests {
  /// 2,000 rows of seeded scores, label 1 with probability equal to the score.
  private var rows: (scores: [Double], labels: [Int32]) {
    let generator = CounterGenerator(seed: 5, stream: 1)
    let scores = (0..<2000).map { generator.uniform(at: UInt64($0)) }
    let labels = scores.indices.map { row -> Int32 in
      generator.uniform(at: UInt64(10_000 + row)) < scores[row] ? 1 : 0
    }
    return (scores, labels)
  }

  @Test("a distribution of counts that cannot be is refused")
  func refused() {
    #expect(ScoreDistribution(scores: [0.5, 0.2], positives: [1, 1], negatives: [0, 0]) == nil)
    #expect(ScoreDistribution(scores: [0.5], positives: [-1], negatives: [2]) == nil)
    #expect(ScoreDistribution(scores: [.nan], positives: [1], negatives: [2]) == nil)
    #expect(ScoreDistribution(scores: [0.1], positives: [1, 2], negatives: [2]) == nil)
    #expect(
      ScoreDistribution(scores: [0.1, 0.2], positives: [Int.max, 1], negatives: [0, 0]) == nil)
    let sound = ScoreDistribution(
      scores: [0.1, 0.2, 0.3], positives: [1, 0, 2], negatives: [0, 0, 1])
    #expect(sound?.scores == [0.1, 0.3], "a score without rows is dropped")
  }

  @Test("pooling keeps every count of the sweep, and bounds the area")
  func pooling() throws {
    let (scores, labels) = rows
    let exact = ScoreDistribution(scores: scores, labels: labels)
    let pooled = ScoreDistribution(pooling: scores, labels: labels, bits: 8)
    let thresholds = ScoreDistribution.sweepThresholds
    #expect(exact.counts(at: thresholds) == pooled.counts(at: thresholds))
    let gap = abs(try #require(exact.rocAUC) - (try #require(pooled.rocAUC)))
    #expect(gap <= (try #require(pooled.rocAUCBound)))
    #expect(exact.merging(exact).subtracting(exact) == exact)
  }

  @Test("a thinned curve keeps its ends, its hull and at most 200 points")
  func thinning() throws {
    let (scores, labels) = rows
    let exact = ScoreDistribution(scores: scores, labels: labels)
    for kind in ScoreCurve.Kind.allCases {
      let curve = try #require(exact.curve(kind))
      #expect(curve.points.count == 200)
      #expect(curve.wholeCount == 2001)
      #expect(curve.points.last?.selected == 2000)
      // 200 points of 2,000: what was left out lies near.
      #expect(curve.largestGap < 0.05, "\(kind): \(curve.largestGap)")
    }
    let roc = try #require(exact.curve(.roc))
    let best = try #require(exact.best(.youden))
    #expect(roc.points.contains(best.counts), "the best threshold is a corner of the hull")
  }

  @Test("no point, row or bin rests on fewer rows than the minimum")
  func minimum() throws {
    let (scores, labels) = rows
    var options = EvaluationOptions()
    options.minimumCount = 60
    options.replicates = 0
    let table = SampleTables.table(
      labels: Array(labels.prefix(300)), scores: Array(scores.prefix(300)))
    let curves = try #require(evaluate(table, options: options).arms[0].curves)
    for curve in [curves.roc, curves.precisionRecall].compactMap({ $0 }) {
      let selected = curve.points.map(\.selected)
      for (low, high) in zip(selected, selected.dropFirst()) { #expect(high - low >= 60) }
    }
    var last = 300
    for row in curves.sweep {
      guard let counts = row.counts else { continue }
      #expect(last == counts.selected || last - counts.selected >= 60)
      #expect(counts.selected == 0 || counts.selected >= 60)
      last = counts.selected
    }
    for bin in curves.reliability + curves.adaptiveReliability {
      #expect(bin.count == nil || bin.count == 0 || bin.count ?? 0 >= 60)
    }
    #expect(curves.reliability.contains { $0.count == nil })
    options.minimumCount = 301
    #expect(evaluate(table, options: options).arms[0].curves == nil)
  }

  @Test("drift agrees with scipy 1.17 on two known distributions")
  func drift() throws {
    let a = (0..<200).map { Double($0) / 200 }
    let none = a.map { _ in Int32(-1) }
    let drift = try #require(
      ScoreDrift(
        ScoreDistribution(scores: a.map { $0 * $0 }, labels: none),
        from: ScoreDistribution(scores: a, labels: none), independent: true))
    // ks_2samp and wasserstein_distance.
    #expect(abs(drift.kolmogorovSmirnov - 0.25) < 1e-12)
    #expect(abs(drift.wasserstein - 0.16666249999999996) < 1e-12)
    // The exact p-value is 6.73e-6; Stephens' approximation is within a fifth.
    let p = try #require(drift.kolmogorovSmirnovP)
    #expect(abs(p / 6.734842895808746e-06 - 1) < 0.3, "\(p)")
    #expect(drift.counts.reduce(0, +) == 200)
  }

  @Test("the upper tail of chi-squared agrees with scipy 1.17")
  func chiSquared() {
    for (x, degrees, expected) in [
      (228.88890287654297, 6.0, 1.3217672118156196e-46), (0.5, 3, 0.9188914116546758),
      (7, 7, 0.42887985755305486),
    ] {
      let found = ChiSquaredDistribution.upperTail(x, degrees: degrees)
      #expect(abs(found / expected - 1) < 1e-10, "\(x): \(found)")
    }
    #expect(ChiSquaredDistribution.upperTail(0, degrees: 2) == 1)
    #expect(ChiSquaredDistribution.upperTail(1, degrees: 0).isNaN)
  }

  @Test("crossed columns name combinations, keep them apart and stay bounded")
  func crossing() throws {
    let first = GroupColumn(name: "region", values: ["a", "b", "", "a + b", "a"])
    let second = GroupColumn(name: "sex", values: ["f", "m", "f", "c", ""])
    let crossed = try GroupColumn(crossing: [first, second])
    #expect(crossed.name == "region+sex")
    #expect(crossed.groups == ["\"a + b\" + c", "a + f", "b + m", "(missing)"])
    #expect(crossed.codes == [1, 2, 3, 0, 3])
    #expect(CrossedColumn("region+sex", columns: ["region+sex"]) == nil)
    #expect(CrossedColumn("region + sex", columns: ["region"])?.parts == ["region", "sex"])
    #expect(CrossedColumn("region+", columns: []) == nil)
    let many = GroupColumn(name: "x", values: (0..<1100).map { "g\($0)" })
    let one = GroupColumn(name: "y", values: (0..<1100).map { _ in "h" })
    #expect(throws: Diagnostic.self) { try GroupColumn(crossing: [many, one]) }
  }
}
