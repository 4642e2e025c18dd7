import AssayStatistics

/// A p-value, and what becomes of it among the other tests of its family.
public struct AdjustedP: Hashable, Sendable {
  /// The p-value of the test alone.
  public var value: Double
  /// Holm's, for claims that must hold together.
  public var holm: Double
  /// Benjamini and Hochberg's, for exploration.
  public var benjaminiHochberg: Double
  /// Bonferroni's.
  public var bonferroni: Double
  /// How many tests the family holds; those without a p-value are not counted.
  public var familySize: Int

  /// A test that stands alone.
  public init(_ value: Double) {
    self.value = value
    holm = value
    benjaminiHochberg = value
    bonferroni = value
    familySize = 1
  }

  /// All tests of one family; `nil` marks a test that could not be made.
  public static func family(_ pValues: [Double?]) -> [AdjustedP?] {
    let made = pValues.compactMap { $0 }
    let holm = MultipleTests.holm(made)
    let discovery = MultipleTests.benjaminiHochberg(made)
    let bonferroni = MultipleTests.bonferroni(made)
    var next = 0
    return pValues.map { value in
      guard let value else { return nil }
      defer { next += 1 }
      var adjusted = AdjustedP(value)
      adjusted.holm = holm[next]
      adjusted.benjaminiHochberg = discovery[next]
      adjusted.bonferroni = bonferroni[next]
      adjusted.familySize = made.count
      return adjusted
    }
  }
}
