import AssayRuns
import AssayStatistics

/// Everything that is read from the distribution of one cell's scores.
///
/// Of several seeds it is the first one's. Whatever would rest on fewer rows than the minimum is left
/// out or withheld.
public struct CellCurves: Hashable, Sendable {
  /// Labelled rows behind the curves.
  public var rows: Int
  /// Bins into which the scores of a large table were pooled; `nil` when every score is exact.
  public var pooledBins: Int?
  /// What each of the thresholds 0.00, 0.05 … 1.00 yields; empty for several classes.
  public var sweep: [SweepRow]
  /// The best thresholds on these rows; empty for several classes.
  public var best: [BestThreshold]
  /// ROC curve; `nil` without rows of both labels and for several classes.
  public var roc: ScoreCurve?
  /// Precision–recall curve, as above.
  public var precisionRecall: ScoreCurve?
  /// Bins of equal width: 10 of the score, or 15 of the highest score of several classes.
  public var reliability: [ReliabilityRow]
  /// As many bins of about equal counts.
  public var adaptiveReliability: [ReliabilityRow]
  /// The Brier score of a binary classifier in parts, over the bins of equal width.
  public var brier: BrierDecomposition?
}

/// One threshold of a sweep.
public struct SweepRow: Hashable, Sendable {
  /// Predicted positive from this score on.
  public var threshold: Double
  /// The counts; `nil` when withheld.
  public var counts: ThresholdCounts?
  /// Accuracy, precision, recall, false-positive rate, selection rate (Wilson), F1 and Youden's J.
  public var metrics: [MetricResult]
}

/// One bin of a reliability diagram, with its interval.
public struct ReliabilityRow: Hashable, Sendable {
  /// Lower end of the scores.
  public var low: Double
  /// Upper end of the scores.
  public var high: Double
  /// Labelled rows; `nil` when withheld.
  public var count: Int?
  /// Mean score; `nil` for an empty or withheld bin.
  public var meanScore: Double?
  /// Share of label 1, or of right top classes, with Wilson's interval.
  public var observed: Estimate
}

/// Makes curves from distributions, with intervals and without small counts.
struct CurveMaker: Sendable {
  let intervals: IntervalMaker
  let minimumCount: Int
  /// What Wilson's intervals must say, if anything.
  let note: String?

  /// Above this many rows the curves of a table are read from pooled scores.
  static let exactLimit = 1 << 20
  static let pooledBits = 16
  /// Above this many rows groups are read from pooled scores, and drift too.
  static let groupLimit = 1 << 18
  static let groupBits = 12
  /// Points of a group's curves.
  static let groupPoints = 40

  func curves(_ scores: ScoreDistribution, task: PredictionTask, isWhole: Bool) -> CellCurves? {
    guard scores.labelledCount >= max(1, minimumCount) else { return nil }
    let isBinary = task == .binary
    let bins = isBinary ? CalibrationError.binaryBins : CalibrationError.multiclassBins
    let equal = scores.reliabilityBins(bins)
    var result = CellCurves(
      rows: scores.labelledCount, pooledBins: scores.pooledBins, sweep: [], best: [],
      reliability: rows(equal),
      adaptiveReliability: rows(scores.adaptiveBins(bins, minimumRows: minimumCount)))
    guard isBinary else { return result }
    let limit = isWhole ? ScoreCurve.pointLimit : Self.groupPoints
    result.sweep = sweep(scores, everySecond: !isWhole)
    result.best = BestThreshold.Rule.allCases.compactMap { scores.best($0) }
    result.roc = scores.curve(.roc, limit: limit, minimumRows: minimumCount)
    result.precisionRecall = scores.curve(
      .precisionRecall, limit: limit, minimumRows: minimumCount)
    result.brier = BrierDecomposition(equal)
    return result
  }

  /// The sweep; a row is withheld when fewer rows than the minimum lie between it and the last row
  /// that is shown, or beyond it.
  private func sweep(_ scores: ScoreDistribution, everySecond: Bool) -> [SweepRow] {
    let thresholds = ScoreDistribution.sweepThresholds.enumerated()
      .filter { !everySecond || $0.offset % 2 == 0 }.map(\.element)
    var last = scores.labelledCount
    return scores.counts(at: thresholds).map { counts in
      let step = last - counts.selected
      func isEnough(_ rows: Int) -> Bool { rows == 0 || rows >= minimumCount }
      guard isEnough(step), isEnough(counts.selected),
        isEnough(scores.labelledCount - counts.selected)
      else {
        return SweepRow(threshold: counts.threshold, counts: nil, metrics: [])
      }
      last = counts.selected
      return SweepRow(
        threshold: counts.threshold, counts: counts, metrics: metrics(counts))
    }
  }

  /// The metrics of one threshold.
  private func metrics(_ c: ThresholdCounts) -> [MetricResult] {
    let right = c.truePositives + c.trueNegatives
    return [
      proportion("accuracy", right, c.rows, "no rows with a label"),
      proportion("precision", c.truePositives, c.selected, "no row is predicted positive"),
      proportion("recall", c.truePositives, c.positives, "no row with label 1"),
      proportion("false_positive_rate", c.falsePositives, c.negatives, "no row with label 0"),
      proportion("selection_rate", c.selected, c.rows, "no rows with a label"),
      plain("f1", c.f1, c.rows, "no positive label and no positive prediction"),
      plain("youden", c.youden, c.rows, "only one label"),
    ]
  }

  private func proportion(
    _ id: String, _ part: Int, _ whole: Int, _ reason: String
  ) -> MetricResult {
    MetricResult(id: id, estimate: proportion(part, whole, reason), perSeed: [])
  }

  func proportion(_ part: Int, _ whole: Int, _ reason: String) -> Estimate {
    guard whole > 0 else { return .undefined(reason: reason, count: 0) }
    return .defined(
      value: Double(part) / Double(whole),
      interval: intervals.wilson(successes: Double(part), trials: Double(whole), note: note),
      count: whole)
  }

  private func plain(_ id: String, _ value: Double?, _ rows: Int, _ reason: String)
    -> MetricResult
  {
    MetricResult(
      id: id,
      estimate: value.map { .defined(value: $0, interval: nil, count: rows) }
        ?? .undefined(reason: reason, count: rows), perSeed: [])
  }

  /// The bins as they may be shown: without small ones, and without those from which a small one
  /// could be computed.
  func rows(_ bins: [ReliabilityBin]) -> [ReliabilityRow] {
    let hidden = ShownBins.hidden(counts: bins.map(\.count), least: minimumCount)
    return zip(bins, hidden).map { bin, isHidden in
      if isHidden {
        let reason =
          bin.count < minimumCount
          ? "suppressed: fewer than \(minimumCount) rows"
          : "suppressed: a smaller bin could be computed from it"
        return ReliabilityRow(
          low: bin.low, high: bin.high, count: nil, meanScore: nil,
          observed: .undefined(reason: reason, count: nil))
      }
      return ReliabilityRow(
        low: bin.low, high: bin.high, count: bin.count, meanScore: bin.meanScore,
        observed: proportion(bin.positives, bin.count, "no rows in the bin"))
    }
  }
}

extension PreparedTable {
  /// The distribution of an arm's scores in some rows: of label 1's score, or of the highest score
  /// where the top class is right or not. `nil` for regression.
  /// - Parameter bits: Pools scores into 2^bits bins; `nil` keeps them exact.
  func distribution(arm: Int, seed: Int, rows: [Int32], bits: Int?) -> ScoreDistribution? {
    if isRegression { return nil }
    let prepared = arms[arm].seeds[seed].rows
    let scores = rows.map { prepared.scores[Int($0)] }
    let outcomes = rows.map { row -> Int32 in
      if labels[Int(row)] < 0 { return -1 }
      return prepared.flags[Int(row)].contains(.outcome) ? 1 : 0
    }
    guard let bits else { return ScoreDistribution(scores: scores, labels: outcomes) }
    return ScoreDistribution(pooling: scores, labels: outcomes, bits: bits)
  }
}
