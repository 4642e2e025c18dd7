import AssayRuns
import AssayStatistics
import Testing

@testable import AssayMetrics

/// Expected values: numpy 2.4 and scipy 1.17.1 from the formulas, derivatives by central differences.
@Suite("Intervals where few rows are of a kind")
struct SmallSampleTests {
  /// Rows by label, first arm's and second arm's decision.
  private func table(_ rows: [(label: Int, first: Int, second: Int, count: Int)]) -> ScoredTable {
    var labels: [Int32] = []
    var scores: ([Double], [Double]) = ([], [])
    for row in rows {
      for _ in 0..<row.count {
        labels.append(Int32(row.label))
        scores.0.append(row.first == 1 ? 0.8 : 0.2)
        scores.1.append(row.second == 1 ? 0.8 : 0.2)
      }
    }
    return ScoredTable(
      task: .binary, labels: labels,
      arms: [
        ScoredArm(name: "second", seeds: [.init(seed: nil, scores: scores.1)]),
        ScoredArm(name: "first", seeds: [.init(seed: nil, scores: scores.0)]),
      ])
  }

  private let rows = [
    (label: 1, first: 1, second: 1, count: 6), (1, 1, 0, 3), (1, 0, 1, 1), (1, 0, 0, 4),
    (0, 1, 1, 2), (0, 1, 0, 1), (0, 0, 1, 2), (0, 0, 0, 81),
  ]

  private func differences(_ table: ScoredTable) throws -> [(String, [MetricResult])] {
    let options = allCells(replicates: 200)
    let statistics = try EvaluationStatistics(table, options: options)
    return [
      ("rows", try #require(evaluateByRow(table, options: options).comparisons.first).overall),
      (
        "statistics",
        try #require(evaluate(statistics, options: options).comparisons.first).overall
      ),
    ]
  }

  // Precision of (9 or 9 of 12, 11): half a row is added to each of the eight outcomes.
  @Test("precision: four rows spread over the outcomes, then the linear form")
  func smoothed() throws {
    for (way, overall) in try differences(table(rows)) {
      let interval = try #require(overall["precision"]?.interval)
      #expect(interval.method == .pairedSmoothed, "\(way)")
      #expect(abs((interval.centre ?? 9) - 0.09890109890109888) < 1e-12, "\(way)")
      #expect(abs((interval.standardError ?? 9) - 0.11339653922416836) < 1e-8, "\(way)")
      #expect(abs(interval.low + 0.12335203394975466) < 1e-8, "\(way): \(interval)")
      #expect(abs(interval.high - 0.32115423175195246) < 1e-8, "\(way): \(interval)")
    }
  }

  @Test("shares of the same rows: the score interval of their own discordant rows")
  func score() throws {
    let expected: [(String, Int, Int, Int)] = [
      ("accuracy", 5, 2, 100), ("recall", 3, 1, 14), ("specificity", 2, 1, 86),
      ("selection_rate", 4, 3, 100), ("false_positive_rate", 1, 2, 86),
    ]
    for (way, overall) in try differences(table(rows)) {
      for (id, b, c, n) in expected {
        let interval = try #require(overall[id]?.interval, "\(way) \(id)")
        let counts = try #require(PairedCounts(firstOnly: b, secondOnly: c, trials: n))
        #expect(interval.method == .pairedScore, "\(way) \(id)")
        #expect(interval.pairedCounts == counts, "\(way) \(id)")
        #expect(interval.low == counts.interval(confidence: 0.95).low, "\(way) \(id)")
      }
    }
  }

  // It had no width, and covered 10 to 43 % of the truth at base rate 0.05.
  @Test("arms that agree on every row have intervals with a width, and are not judged")
  func agreement() throws {
    let same = table([(1, 1, 1, 2), (1, 0, 0, 8), (0, 0, 0, 190)])
    for (way, overall) in try differences(same) {
      for id in ["accuracy", "recall", "precision", "f1", "matthews_corrcoef", "selection_rate"] {
        let interval = try #require(overall[id]?.interval, "\(way) \(id)")
        #expect(interval.low < -0.005 && interval.high > 0.005, "\(way) \(id): \(interval)")
        #expect(interval.note?.contains("no variation") == true, "\(way) \(id)")
        #expect(
          MarginVerdict(of: interval, margin: 0.9, higherIsBetter: true) == .notShown,
          "\(way) \(id)")
      }
    }
  }

  @Test("accuracy with many discordant rows: the customary interval, the score interval beside it")
  func companion() throws {
    let many = table([(1, 1, 0, 20), (1, 0, 1, 10), (0, 0, 0, 170)])
    for (way, overall) in try differences(many) {
      let interval = try #require(overall["accuracy"]?.interval)
      let counts = try #require(PairedCounts(firstOnly: 20, secondOnly: 10, trials: 200))
      #expect(interval.method == .paired && interval.adjusted?.scale == .score, "\(way)")
      #expect(interval.deciding.low == counts.interval(confidence: 0.95).low, "\(way)")
      // sd (n − 1) / √n of +1, −1 and 0, by hand.
      let variance = (30.0 - 100.0 / 200) / 199 / 200
      #expect(abs((interval.standardError ?? 0) - variance.squareRoot()) < 1e-15, "\(way)")
    }
  }

  @Test("Matthews correlation with an outcome of few rows: smoothed on Fisher's scale")
  func matthews() throws {
    let maker = IntervalMaker(confidence: 0.95)
    let layout = TotalsLayout(classes: 2, isRegression: false)
    var totals = [Double](repeating: 0, count: layout.count)
    // 3 true and 2 false positives, 4 false and 91 true negatives.
    totals[layout.right(0)] = 91
    totals[layout.right(1)] = 3
    totals[layout.actual(0)] = 93
    totals[layout.actual(1)] = 7
    totals[layout.predicted(0)] = 95
    totals[layout.predicted(1)] = 5
    let metric = try #require(MetricCatalogue.metric("matthews_corrcoef"))
    let smooth = try #require(ClassMetrics.metrics(layout, binary: true)[metric.id])
    let interval = try #require(
      maker.smoothed(
        metric, totals, layout, smooth: smooth, value: smooth.value(totals), note: nil))
    #expect(abs(interval.low - 0.08104944477447036) < 1e-8, "\(interval)")
    #expect(abs(interval.high - 0.7341348989895397) < 1e-8, "\(interval)")
    // Five rows of each outcome: resampling does.
    totals[layout.right(1)] = 10
    totals[layout.actual(0)] = 96
    totals[layout.actual(1)] = 15
    totals[layout.predicted(0)] = 96
    totals[layout.predicted(1)] = 15
    #expect(
      maker.smoothed(
        metric, totals, layout, smooth: smooth, value: smooth.value(totals), note: nil) == nil)
  }

  @Test("areas near 1 and few positives: the variance drawn towards Hanley and McNeil's")
  func areas() throws {
    let maker = IntervalMaker(confidence: 0.95)
    let apart = try #require(maker.area(1, variance: 0, positives: 10, negatives: 30))
    #expect(abs(apart.low - 0.7612764632121707) < 1e-10 && apart.high == 1, "\(apart)")
    #expect(abs(apart.standardError - 0.003947342910235607) < 1e-14)
    let few = try #require(maker.area(0.9, variance: 0.0025, positives: 10, negatives: 190))
    #expect(abs(few.low - 0.710030605027704) < 1e-10, "\(few)")
    #expect(abs(few.high - 0.9705235757194859) < 1e-10, "\(few)")
    let precision = try #require(maker.precisionArea(0.7, variance: 0.01, positives: 12))
    #expect(abs(precision.low - 0.43874051376895473) < 1e-10, "\(precision)")
    #expect(abs(precision.high - 0.8659074190762804) < 1e-10, "\(precision)")
    #expect(maker.area(0.5, variance: .nan, positives: 10, negatives: 10) == nil)
    #expect(maker.area(0.5, variance: 0, positives: 1, negatives: 10) == nil)
  }

  // 30 losses of 0.1, 8 of 0.5, 2 of 3; the transformation inverted by brentq.
  @Test("a few large losses: the interval reaches further up than down")
  func skewedLoss() throws {
    let losses = [Double](repeating: 0.1, count: 30) + [Double](repeating: 0.5, count: 8) + [3, 3]
    let interval = try #require(
      IntervalMaker(confidence: 0.95).skewed(
        0.325, contributions: losses.map { ($0 - 0.325) / 40 }, rows: 40,
        range: 0...Double.infinity))
    #expect(abs(interval.low - 0.17644585628378417) < 1e-9, "\(interval)")
    #expect(abs(interval.high - 1.167229252075385) < 1e-9, "\(interval)")
    #expect(interval.scale == .skewness && interval.degrees == 39)
    #expect(
      IntervalMaker(confidence: 0.95).skewed(1, contributions: [0, 0, 0], rows: 3, range: 0...9)
        == nil)
  }

  // Logit-transformed percentiles had left the truth below the interval in a quarter of such worlds.
  @Test("the calibration error of a calibrated model is not shown to differ from 0")
  func calibration() {
    var covered = 0
    for world in 0..<40 {
      var draws = WorldDraws(world: world, stream: 9_100)
      var labels: [Int32] = []
      var scores: [Double] = []
      for _ in 0..<200 {
        let score = draws.uniform()
        scores.append(score)
        labels.append(draws.uniform() < score ? 1 : 0)
      }
      let arm = evaluate(
        SampleTables.table(labels: labels, scores: scores), options: allCells(replicates: 200)
      ).arms[0]
      if arm.overall["expected_calibration_error"]?.interval?.low == 0 { covered += 1 }
    }
    // Of 40 at 97.5 %: mean 39, standard deviation 1.
    #expect(covered >= 35, "\(covered) of 40")
  }
}
