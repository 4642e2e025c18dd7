/// Counts and exact sums of the labelled rows of a regression.
public struct RegressionTotals: Hashable, Sendable {
  /// What is summed, in the order of ``sums``. `e = prediction − target`, rounded to a double; a
  /// product is taken of doubles and is exact.
  public enum Value: Int, CaseIterable, Sendable {
    /// Σ |e|.
    case absolute
    /// Σ e².
    case squared
    /// Σ e.
    case error
    /// Σ |e| / max(|target|, 2⁻⁵²).
    case relative
    /// Σ target.
    case target
    /// Σ target².
    case targetSquared
    /// Σ 2 |e| / (|prediction| + |target|), 0 where both are 0.
    case symmetric
    /// Σ target · prediction.
    case product
    /// Σ prediction².
    case predictionSquared
    /// Σ prediction.
    case prediction
    /// Σ r², `r = e²` rounded to a double: for the variance of e².
    case quartic
    /// Σ (|e| / max(|target|, 2⁻⁵²))².
    case relativeSquared
    /// Σ (2 |e| / (|prediction| + |target|))².
    case symmetricSquared

    /// How many of them, from the first, are kept for every client.
    static let shared = 10
  }

  /// Sums in the order of ``Value``.
  public internal(set) var sums = [ExactSum](
    repeating: ExactSum(), count: Value.allCases.count)
  /// The largest |e|; 0 without rows.
  public internal(set) var largestError = 0.0
  /// Rows by |e| in bins of relative width 2⁻⁷; see ``errorBin(_:)``.
  public internal(set) var errors = SparseCounts()

  /// No rows.
  public init() {}

  /// The sum of one value.
  public subscript(_ value: Value) -> ExactSum { sums[value.rawValue] }

  mutating func merge(_ other: RegressionTotals) throws(StatisticsError) {
    for index in sums.indices { try sums[index].merge(other.sums[index]) }
    largestError = max(largestError, other.largestError)
    try errors.merge(other.errors)
  }

  /// The bin of an absolute error: the exponent and the first seven bits behind the point of its
  /// significand, so that both ends of a bin are within 2⁻⁷ of each other and its middle is within
  /// 2⁻⁸ ≈ 0.4 % of every error in it.
  public static func errorBin(_ error: Double) -> UInt32 {
    UInt32(truncatingIfNeeded: abs(error).bitPattern >> 45)
  }

  /// The number of bins: keys are below it.
  static let errorBins = 0x7FF << 7

  /// The ends of a bin.
  static func ends(ofBin bin: UInt32) -> (low: Double, high: Double) {
    let low = Double(bitPattern: UInt64(bin) << 45)
    let next = Double(bitPattern: UInt64(bin + 1) << 45)
    return (low, next.isFinite ? next : Double.greatestFiniteMagnitude)
  }
}
