import AssayRuns

/// The noise of one release that a file of noised statistics holds.
public struct NoisePart: Hashable, Sendable, Comparable {
  /// σ over ``rowsPerUnit``, as it is accounted; the noise drawn is at least that.
  public let noiseMultiplier: Double
  /// The most rows of one unit.
  public let rowsPerUnit: Int
  /// Where the noise came from: `seeded` or `system`.
  public let noise: NoiseSource
  let law: DiscreteGaussian

  /// Creates a part.
  /// - Returns: `nil` for numbers that ``DiscreteGaussian`` refuses or an unknown source of noise.
  public init?(noiseMultiplier: Double, rowsPerUnit: Int, noise: NoiseSource) {
    guard noise != .unknown,
      let law = DiscreteGaussian(noiseMultiplier: noiseMultiplier, sensitivity: rowsPerUnit)
    else { return nil }
    self.noiseMultiplier = noiseMultiplier
    self.rowsPerUnit = rowsPerUnit
    self.noise = noise
    self.law = law
  }

  /// σ² of one count.
  public var variance: Double { law.variance }

  /// By multiplier, rows and source.
  public static func < (a: NoisePart, b: NoisePart) -> Bool {
    if a.noiseMultiplier != b.noiseMultiplier { return a.noiseMultiplier < b.noiseMultiplier }
    if a.rowsPerUnit != b.rowsPerUnit { return a.rowsPerUnit < b.rowsPerUnit }
    return a.noise == .seeded && b.noise == .system
  }
}

/// How statistics are to be noised.
public struct NoiseRequest: Sendable {
  /// The noise.
  public var part: NoisePart
  /// Whom it protects; a unit's rows are counted by the table's client column, unless it is a row.
  public var unit: PrivacyUnit
  /// Failure probability of the guarantee.
  public var delta: Double
  /// The seed of noise that is `seeded`.
  public var seed: UInt64
  /// Bins of a histogram, a power of two in ``binLimits``.
  public var bins = 64
  /// The groups to release by column, fixed without a look at the rows; `nil` is the missing group.
  public var groups: [(column: String, names: [String?])] = []
  /// Whether rows of a unit beyond the most are left out; otherwise they are refused.
  public var leavesOutExcess = false

  /// The fewest and the most bins.
  public static let binLimits = 64...4096

  /// Creates a request.
  public init(part: NoisePart, unit: PrivacyUnit, delta: Double, seed: UInt64 = 0) {
    self.part = part
    self.unit = unit
    self.delta = delta
    self.seed = seed
  }
}
