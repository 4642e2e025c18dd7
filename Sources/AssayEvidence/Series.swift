/// Points of a curve, such as accuracy by round; what figures are drawn from.
public struct Series: Hashable, Sendable {
  /// What a series shows.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// x = round, y = test accuracy of the arm's model after the round.
    case accuracyByRound = "accuracy-by-round"
    /// x = round, y = test loss of the arm's model after the round.
    case lossByRound = "loss-by-round"
    /// x = round, y = clients that completed (one line for `completed`, one for `selected`).
    case participation
    /// x = mean score of a bin, y = share of positives in it, `counts` = rows in it.
    case calibration
    /// As `calibration`, in bins of about equal counts.
    case adaptiveCalibration = "adaptive-calibration"
    /// x = false-positive rate, y = true-positive rate, `counts` = rows predicted positive.
    case roc
    /// x = recall, y = precision, `counts` = rows predicted positive.
    case precisionRecall = "precision-recall"
    /// x = threshold, one line for each metric, `counts` = rows the metric rests on.
    case thresholds
    /// x = class, one line for each metric, `counts` = rows the metric rests on.
    case classes
    /// x = false-positive rate of an attack, y = upper bound on its true-positive rate.
    case tradeOff = "trade-off"
  }

  /// `kind/arm`.
  public var id: String
  /// What it shows.
  public var kind: Kind
  /// The arm.
  public var arm: String
  /// One line for each seed, or for each named quantity.
  public var lines: [Line]

  /// One line of a series.
  public struct Line: Hashable, Sendable {
    /// `seed 1`, or the name of the quantity.
    public var name: String
    /// x values in order.
    public var x: [Double]
    /// y values; `nil` where undefined.
    public var y: [Double?]
    /// Rows behind each point, empty where that has no meaning.
    public var counts: [Int]

    /// Creates a line; `x` and `y` have one entry per point.
    public init(name: String, x: [Double], y: [Double?], counts: [Int] = []) {
      self.name = name
      self.x = x
      self.y = y
      self.counts = counts
    }
  }

  /// Creates a series.
  public init(kind: Kind, arm: String, lines: [Line]) {
    id = "\(kind.rawValue)/\(arm)"
    self.kind = kind
    self.arm = arm
    self.lines = lines
  }
}
