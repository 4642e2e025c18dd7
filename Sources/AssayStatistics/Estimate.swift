/// A measured number with the count it rests on, or the reason why there is none.
///
/// There is no third state: 0/0 is `undefined`, never 0, and no value travels without its count.
public enum Estimate: Hashable, Sendable {
  /// A value, the rows (or clients) it was measured on, and its interval where one exists.
  case defined(value: Double, interval: Interval?, count: Int)
  /// No value. `count` is `nil` where even the count is withheld (a suppressed cell).
  case undefined(reason: String, count: Int?)

  /// The value, `nil` when undefined.
  public var value: Double? {
    if case .defined(let value, _, _) = self { value } else { nil }
  }

  /// The interval, `nil` when undefined or when none is known.
  public var interval: Interval? {
    if case .defined(_, let interval, _) = self { interval } else { nil }
  }

  /// The count, `nil` when withheld.
  public var count: Int? {
    switch self {
    case .defined(_, _, let count): count
    case .undefined(_, let count): count
    }
  }

  /// Why there is no value.
  public var reason: String? {
    if case .undefined(let reason, _) = self { reason } else { nil }
  }
}

/// An interval for an estimate, and how it was made.
public struct Interval: Hashable, Sendable {
  /// Lower end, within the metric's range.
  public var low: Double
  /// Upper end, within the metric's range.
  public var high: Double
  /// How it was made.
  public var method: IntervalMethod
  /// Nominal coverage, 0.95 unless asked otherwise.
  public var confidence: Double
  /// What a reader must know to read it rightly; `nil` when the method says all.
  public var note: String?
  /// The estimate's standard error, where the interval was made from one: `value ± quantile · error`.
  /// `nil` for Wilson's interval and for percentiles.
  public var standardError: Double?
  /// Degrees of freedom of that quantile, Student's t; infinite for the normal distribution, `nil`
  /// without a standard error.
  public var degrees: Double?

  /// The middle of `quantile · error`, where that is not the value: of a smoothed interval.
  public var centre: Double?
  /// Of the difference of two proportions of the same rows: the counts behind it. Tests against a margin
  /// are made from them.
  public var pairedCounts: PairedCounts?

  /// An interval that covers better than its headline in small samples: over clients, one that allows
  /// for few or unequal clients; beside DeLong's, one for areas near 1 and few rows of a class; of a mean
  /// loss, one for skewed losses; beside the paired difference of accuracy, the score interval. `nil` elsewhere. Decisions are made from it.
  public var adjusted: Adjusted?

  /// See ``Interval/adjusted``. Over clients: CR2 variance, Satterthwaite's degrees of freedom, logit
  /// scale for metrics in 0...1, for differences of shares of the same rows the score interval with these; of an area: shrunken variance and logit scale; of accuracy: Tango's score.
  public struct Adjusted: Hashable, Sendable {
    /// On which scale the interval is symmetric.
    public enum Scale: String, Hashable, Sendable, CaseIterable {
      /// The metric's own.
      case identity
      /// `log (p / (1 − p))`.
      case logit
      /// None: Hall's transformation of the studentised mean of a skewed loss.
      case skewness
      /// None: the ends are where a score test stops rejecting. The standard error is that under no
      /// difference.
      case score
    }

    /// Lower end, within the metric's range.
    public var low: Double
    /// Upper end, within the metric's range.
    public var high: Double
    /// The standard error, on the metric's own scale.
    public var standardError: Double
    /// Degrees of freedom: as many as this variance really has.
    public var degrees: Double
    /// On which scale it is symmetric.
    public var scale: Scale

    /// Creates an adjusted interval.
    public init(
      low: Double, high: Double, standardError: Double, degrees: Double, scale: Scale
    ) {
      self.low = low
      self.high = high
      self.standardError = standardError
      self.degrees = degrees
      self.scale = scale
    }
  }

  /// Creates an interval.
  public init(
    low: Double, high: Double, method: IntervalMethod, confidence: Double, note: String? = nil,
    standardError: Double? = nil, degrees: Double? = nil, adjusted: Adjusted? = nil
  ) {
    self.low = low
    self.high = high
    self.method = method
    self.confidence = confidence
    self.note = note
    self.standardError = standardError
    self.degrees = degrees
    self.adjusted = adjusted
  }
}

extension Interval {
  /// The interval that decides: ``adjusted`` where there is one, else this one.
  public var deciding: Interval {
    guard let adjusted else { return self }
    var result = self
    result.low = adjusted.low
    result.high = adjusted.high
    result.standardError = adjusted.standardError
    result.degrees = adjusted.degrees
    result.centre = nil
    result.adjusted = nil
    return result
  }
}

/// How an interval was made.
public enum IntervalMethod: String, Hashable, Sendable, CaseIterable {
  /// Wilson score interval of a proportion.
  case wilson
  /// DeLong's variance of an area under the ROC curve.
  case delong
  /// Resampling rows with replacement.
  case bootstrap
  /// Sandwich variance over clients with G/(G−1), Student's t with G−1 degrees of freedom.
  case clustered
  /// Resampling whole clients with replacement.
  case clusteredBootstrap = "clustered-bootstrap"
  /// Paired difference of the same rows, normal approximation.
  case paired
  /// Difference of two proportions of the same rows: Tango's score interval.
  case pairedScore = "paired-score"
  /// Paired difference of the same rows, from counts with four rows spread evenly over all outcomes.
  case pairedSmoothed = "paired-smoothed"
  /// Normal approximation from counts with half a row added to each outcome, on a scale without borders.
  case smoothed
  /// Normal approximation from sums of squares, without rows to resample.
  case delta
  /// Normal approximation that holds whatever the correlation of its parts, which is not known.
  case conservative
  /// Sampling variance of seed-averaged contributions joined with the variance between seeds.
  case seeds = "seeds+sampling"
  /// From counts with noise of known variance: the rows' interval and the noise joined as squares.
  case noised
  /// Read from an artifact that stated it; not computed here.
  case stated
}
