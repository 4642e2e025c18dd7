import AssayStatistics

/// How much worse an arm may be than its reference in one metric, and who says so.
///
/// A margin is a judgement about use, fixed before the data are seen: Assay never chooses one.
public struct Margin: Hashable, Sendable {
  /// The metric's id; one that has a direction.
  public var metric: String
  /// The tolerated worsening, 0 or more, in the metric's unit: 0.02 for two points of accuracy.
  public var value: Double
  /// Who chose it, such as `--margin`.
  public var chosenBy: String

  /// Creates a margin.
  public init(metric: String, value: Double, chosenBy: String) {
    self.metric = metric
    self.value = value
    self.chosenBy = chosenBy
  }
}

/// What the interval of a difference says about a margin.
public enum MarginVerdict: String, Hashable, Sendable, CaseIterable {
  /// The whole interval is on the tolerated side: worsening by more than the margin is excluded.
  case nonInferior = "non-inferior"
  /// The interval holds worsening of less and of more than the margin: the data cannot tell.
  case notShown = "not shown"
  /// The whole interval is beyond the margin: the arm is worse by more than is tolerated.
  case inferior

  /// The verdict of an interval. Its ends count as on the tolerated side, as for a pilot's `success`.
  /// An interval of no width, because the arms did not differ on any row, shows nothing: on twenty
  /// other rows they may.
  public init(of interval: Interval, margin: Double, higherIsBetter: Bool) {
    if interval.standardError == 0 {
      self = .notShown
      return
    }
    let worst = higherIsBetter ? interval.low : -interval.high
    let best = higherIsBetter ? interval.high : -interval.low
    self = worst >= -margin ? .nonInferior : best < -margin ? .inferior : .notShown
  }
}

/// One difference judged against a margin.
///
/// The verdict is read from the interval, so that it is the same for every kind of interval and the
/// same as a pilot's `success`. Where the interval comes from a standard error the p-value says the
/// same: non-inferior exactly when ``nonInferiorityP`` is at most `(1 − confidence) / 2`.
public struct MarginTest: Hashable, Sendable {
  /// The margin.
  public var margin: Margin
  /// Whether more of the metric is better; from the catalogue.
  public var higherIsBetter: Bool
  /// The difference that was judged.
  public var estimate: Estimate
  /// One-sided p-value of non-inferiority, with its adjustments over the family; `nil` when the
  /// difference has no standard error or did not vary.
  public var nonInferiorityP: AdjustedP?
  /// P-value of equivalence within the margin on both sides (two one-sided tests).
  public var equivalenceP: AdjustedP?
  /// What the interval says; not shown when there is none.
  public var verdict: MarginVerdict
  /// Whether the whole interval lies within the margin on both sides.
  public var isEquivalent: Bool
  /// The verdict of the interval that allows for few or unequal clients; `nil` where there is none.
  public var adjustedVerdict: MarginVerdict?
  /// The one-sided p-value of non-inferiority from that interval's error and degrees.
  public var adjustedNonInferiorityP: Double?

  /// For accuracy over rows: the one-sided p-value of Tango's score test, which keeps its level when
  /// few rows are discordant. `nil` for other metrics and where clients are the sampled units.
  public var scoreNonInferiorityP: Double?
  /// For accuracy over rows: the p-value of equivalence by two score tests.
  public var scoreEquivalenceP: Double?

  /// Judges a difference; adjustments follow when the family is known.
  init(
    _ margin: Margin, _ definition: MetricDefinition, _ estimate: Estimate,
    mcNemar: McNemarTest? = nil, errorBound: Double = 0
  ) {
    self.margin = margin
    self.estimate = estimate
    let higher = definition.direction != .lowerIsBetter
    higherIsBetter = higher
    var test = DifferenceTest(estimate)
    test?.errorBound = errorBound
    nonInferiorityP = test?.nonInferiorityP(margin: margin.value, higherIsBetter: higher).map {
      AdjustedP($0)
    }
    equivalenceP = test?.equivalenceP(margin: margin.value).map { AdjustedP($0) }
    verdict = .notShown
    isEquivalent = false
    if margin.metric == "accuracy", let mcNemar, let rows = estimate.count,
      estimate.interval?.method == .paired
    {
      scoreNonInferiorityP = mcNemar.nonInferiorityP(margin: margin.value, rows: rows)
      scoreEquivalenceP = mcNemar.equivalenceP(margin: margin.value, rows: rows)
    }
    if let interval = estimate.interval {
      verdict = MarginVerdict(of: interval, margin: margin.value, higherIsBetter: higher)
      isEquivalent =
        interval.standardError != 0 && interval.low >= -margin.value
        && interval.high <= margin.value
      if let adjusted = interval.adjusted, let value = estimate.value {
        adjustedVerdict = MarginVerdict(
          of: Interval(
            low: adjusted.low, high: adjusted.high, method: interval.method,
            confidence: interval.confidence, standardError: adjusted.standardError,
            degrees: adjusted.degrees), margin: margin.value, higherIsBetter: higher)
        adjustedNonInferiorityP = DifferenceTest(
          difference: value, standardError: adjusted.standardError, degrees: adjusted.degrees
        )?.nonInferiorityP(margin: margin.value, higherIsBetter: higher)
      }
    }
  }
}
