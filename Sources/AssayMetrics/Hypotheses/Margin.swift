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

  /// The verdict of an interval, or of its companion where it has one (``Interval/deciding``). Its ends
  /// count as on the tolerated side, as for a pilot's `success`.
  /// Arms that did not differ on any row show nothing: on twenty other rows they may.
  public init(of headline: Interval, margin: Double, higherIsBetter: Bool) {
    let interval = headline.deciding
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
/// The verdict is read from the interval that decides (``Interval/deciding``): over clients the one that
/// allows for few or unequal clients, for accuracy over rows the score interval, else the headline. It is
/// the same as a pilot's `success`. Where that interval comes from a standard error or a score test the
/// p-value says the same: non-inferior exactly when ``nonInferiorityP`` is at most `(1 − confidence) / 2`.
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
  /// What the deciding interval says; not shown when there is none.
  public var verdict: MarginVerdict
  /// Whether the whole deciding interval lies within the margin on both sides.
  public var isEquivalent: Bool
  /// What the headline interval says, where another one decides; it is wrong more often than it says.
  public var headlineVerdict: MarginVerdict?
  /// The one-sided p-value of non-inferiority from the headline's error and degrees, where another
  /// interval decides.
  public var headlineNonInferiorityP: Double?
  /// Whether the p-values are those of Tango's score test.
  public var isScoreTest: Bool

  /// Judges a difference; adjustments follow when the family is known.
  init(
    _ margin: Margin, _ definition: MetricDefinition, _ estimate: Estimate,
    errorBound: Double = 0
  ) {
    self.margin = margin
    self.estimate = estimate
    let higher = definition.direction != .lowerIsBetter
    higherIsBetter = higher
    verdict = .notShown
    isEquivalent = false
    isScoreTest = false
    guard let headline = estimate.interval, let value = estimate.value else { return }
    let interval = headline.deciding
    verdict = MarginVerdict(of: interval, margin: margin.value, higherIsBetter: higher)
    isEquivalent =
      interval.standardError != 0 && interval.low >= -margin.value
      && interval.high <= margin.value
    func test(_ interval: Interval) -> DifferenceTest? {
      var test = DifferenceTest(.defined(value: value, interval: interval, count: 0))
      test?.errorBound = errorBound
      return test
    }
    if headline.adjusted != nil {
      var plain = headline
      plain.adjusted = nil
      headlineVerdict = MarginVerdict(of: plain, margin: margin.value, higherIsBetter: higher)
      headlineNonInferiorityP = test(headline)?.nonInferiorityP(
        margin: margin.value, higherIsBetter: higher)
    }
    if let counts = headline.pairedCounts {
      isScoreTest = counts.degrees == .infinity
      if counts.discordant == 0 { return }
      nonInferiorityP = counts.nonInferiorityP(margin: margin.value, higherIsBetter: higher).map {
        AdjustedP($0)
      }
      equivalenceP = counts.equivalenceP(margin: margin.value).map { AdjustedP($0) }
    } else {
      let test = test(interval)
      nonInferiorityP = test?.nonInferiorityP(margin: margin.value, higherIsBetter: higher).map {
        AdjustedP($0)
      }
      equivalenceP = test?.equivalenceP(margin: margin.value).map { AdjustedP($0) }
    }
  }
}
