import AssayStatistics

/// What one row contributes to sums of losses, by its label, when it has a given score.
struct StepValues {
  /// Score, in units of 2⁻⁶⁴.
  var score: UInt128 = 0
  /// By label: log loss, its square, squared error, its square, in units of 2⁻⁶⁴.
  var ofNegative = Values()
  var ofPositive = Values()

  struct Values {
    var logLoss: UInt128 = 0
    var logLossSquare: UInt128 = 0
    var squaredError: UInt128 = 0
    var squaredErrorSquare: UInt128 = 0
    var isClipped: UInt64 = 0

    init() {}

    /// - Parameters:
    ///   - probability: Probability of the row's own label.
    ///   - error: Score minus label.
    init(probability: Double, error: Double) {
      let loss = StepValues.logLoss(probability)
      let square = error * error
      logLoss = StepValues.units(of: loss)
      logLossSquare = StepValues.units(of: loss * loss)
      squaredError = StepValues.units(of: square)
      squaredErrorSquare = StepValues.units(of: square * square)
      isClipped = probability < PreparedSeed.leastProbability ? 1 : 0
    }
  }

  /// `−ln p`, `p` clipped as everywhere.
  @inline(__always)
  static func logLoss(_ probability: Double) -> Double {
    let least = PreparedSeed.leastProbability
    return -PortableMath.log(max(least, min(1 - least, probability)))
  }

  /// - Parameters:
  ///   - hasNegatives: Whether rows with label 0 have this score; their values are 0 otherwise.
  ///   - hasPositives: The same for label 1.
  init(score: Double, hasNegatives: Bool, hasPositives: Bool) {
    self.score = Self.units(of: score)
    if hasNegatives { ofNegative = Values(probability: 1 - score, error: score) }
    if hasPositives { ofPositive = Values(probability: score, error: score - 1) }
  }

  /// A number in `0..<2⁵⁰` in units of 2⁻⁶⁴, to the nearest unit, halves to even: the bits of
  /// `FixedSum.units(of:)` by shifts, because this is done for every distinct score.
  @inline(__always)
  static func units(of value: Double) -> UInt128 {
    let bits = value.bitPattern
    let exponent = Int(truncatingIfNeeded: bits &>> 52) &- 1023
    if exponent < -80 { return 0 }
    let significand = (bits & 0xF_FFFF_FFFF_FFFF) | 1 &<< 52
    // value = significand · 2^(exponent − 52), so units = significand · 2^(exponent + 12).
    if exponent >= -12 {
      return UInt128(significand) &<< UInt128(truncatingIfNeeded: exponent + 12)
    }
    let shift = UInt64(truncatingIfNeeded: -12 &- exponent)
    if shift > 54 { return 0 }
    let half = UInt64(1) &<< (shift &- 1)
    let isOdd = (significand &>> shift) & 1
    return UInt128((significand &+ (half &- 1) &+ isOdd) &>> shift)
  }
}
