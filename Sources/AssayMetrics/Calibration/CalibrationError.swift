import AssayStatistics

/// Expected calibration error from bins.
public enum CalibrationError {
  /// Bins of the score of a binary classifier.
  public static let binaryBins = 10
  /// Bins of the highest score of several classes.
  public static let multiclassBins = 15

  /// `Σ n(b)/n |mean outcome − mean score|`; NaN without rows.
  static func expected(_ bins: [CalibrationBin]) -> Double {
    var rows = 0
    var sum = 0.0
    for bin in bins {
      rows += bin.count
      sum += abs(Double(bin.outcomes) - bin.scores.value)
    }
    return rows == 0 ? .nan : sum / Double(rows)
  }

  /// `max |mean outcome − mean score|` over bins with rows; NaN without rows.
  static func maximum(_ bins: [CalibrationBin]) -> Double {
    var largest = -1.0
    for bin in bins where bin.count > 0 {
      largest = max(largest, abs(Double(bin.outcomes) - bin.scores.value) / Double(bin.count))
    }
    return largest < 0 ? .nan : largest
  }

  /// Number of bins for a number of classes.
  static func bins(classes: Int, binary: Bool, regression: Bool) -> Int {
    regression ? 0 : binary ? binaryBins : multiclassBins
  }
}
