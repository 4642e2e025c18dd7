/// The discrete Gaussian on the whole numbers, `P(x) ∝ exp(−x²/2σ²)`, drawn exactly.
///
/// Goals in order: the exact law, because a guarantee is a statement about it, then speed. Every decision
/// is one of whole numbers; σ² is a multiple of 2⁻²⁰.
/// - Note: Source: Canonne, Kamath, Steinke 2020, arXiv:2004.00010, Algorithms 1 to 3.
public struct DiscreteGaussian: Hashable, Sendable {
  /// Bits of the fraction of σ².
  static let fractionBits = 20
  /// The largest σ.
  public static let largestDeviation = 10_000.0
  /// The least and the largest noise multiplier.
  public static let multipliers = 0.01...10_000.0
  /// The most rows of one unit.
  public static let rowLimit = 1000

  /// σ² in units of 2⁻²⁰, at least 1.
  public let varianceUnits: Int
  private let numerator: UInt128
  private let denominator: UInt128
  /// ⌊σ⌋ + 1, the scale of the discrete Laplace variable that is drawn first.
  private let scale: UInt128

  /// The least multiple of 2⁻²⁰ that is not below `(multiplier · sensitivity)²`, found exactly: the noise
  /// is never less than what is accounted.
  /// - Returns: `nil` for a multiplier outside of ``multipliers``, a sensitivity outside of
  ///   `1...rowLimit`, or σ beyond ``largestDeviation``.
  public init?(noiseMultiplier: Double, sensitivity: Int) {
    guard Self.multipliers.contains(noiseMultiplier), (1...Self.rowLimit).contains(sensitivity),
      noiseMultiplier * Double(sensitivity) <= Self.largestDeviation
    else { return nil }
    // multiplier = significand · 2^exponent with a whole significand below 2⁵³; the square times the
    // sensitivity's stays below 2¹²⁶, and the shift is one to the right.
    let exponent = Int(noiseMultiplier.exponent) - Double.significandBitCount
    let significand = UInt128(noiseMultiplier.significandBitPattern | 1 << 52)
    let square = significand * significand * UInt128(sensitivity * sensitivity)
    let shift = UInt128(-(2 * exponent + Self.fractionBits))
    let whole = square >> shift
    self.init(varianceUnits: Int(whole << shift == square ? whole : whole + 1))
  }

  private init(varianceUnits: Int) {
    self.varianceUnits = varianceUnits
    let zeros = min(varianceUnits.trailingZeroBitCount, Self.fractionBits)
    numerator = UInt128(varianceUnits >> zeros)
    denominator = 1 << UInt128(Self.fractionBits - zeros)
    let whole = varianceUnits >> Self.fractionBits
    // The root of a number below 2⁵³ is right or one off.
    var root = Int(Double(whole).squareRoot())
    while root * root > whole { root -= 1 }
    while (root + 1) * (root + 1) <= whole { root += 1 }
    scale = UInt128(root + 1)
  }

  /// σ², which the variance of the law does not exceed.
  public var variance: Double { Double(varianceUnits) * 0x1p-20 }

  /// One draw.
  public func sample<Draws: ExactDraws>(using draws: inout Draws) -> Int {
    while true {
      if let value = attempt(using: &draws) { return value }
    }
  }

  /// One round of the loop: a discrete Laplace variable, kept with the right odds, or `nil` to start anew.
  func attempt<Draws: ExactDraws>(using draws: inout Draws) -> Int? {
    guard let value = laplace(&draws) else { return nil }
    // exp(−(|y| − σ²/t)² / 2σ²), with σ² = n/d: (|y| d t − n)² / (2 n d t²). Below 2¹²⁰.
    let place = UInt128(value.magnitude) * denominator * scale
    let distance = place > numerator ? place - numerator : numerator - place
    return draws.bernoulliExp(
      distance * distance, over: 2 * numerator * denominator * scale * scale) ? value : nil
  }

  /// A whole number with probability in proportion to `exp(−|x| / scale)`, or `nil` to start anew.
  private func laplace<Draws: ExactDraws>(_ draws: inout Draws) -> Int? {
    let low = draws.uniform(below: scale)
    if !draws.bernoulliExp(low, over: scale) { return nil }
    var high: UInt128 = 0
    // Stops at 1000, which comes up with probability e⁻¹⁰⁰⁰.
    while high < 1000, draws.bernoulliExp(1, over: 1) { high += 1 }
    let size = Int(low + scale * high)
    let isNegative = draws.bernoulli(1, of: 2)
    if isNegative, size == 0 { return nil }
    return isNegative ? -size : size
  }
}
