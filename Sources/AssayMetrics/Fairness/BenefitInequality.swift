import AssayStatistics

/// Inequality of the benefit `1 + prediction − label` over labelled rows of a binary classifier.
///
/// A right prediction has benefit 1, a false positive 2, a false negative 0, so everything follows
/// from counts. With n rows, `Σ b = n + FP − FN` and `Σ b² = n + 3 FP − FN`.
/// - Note: Source: Speicher et al. 2018, "A unified approach to quantifying algorithmic unfairness",
///   arXiv:1807.00787; AIF360.
struct BenefitInequality: Hashable, Sendable {
  /// Labelled rows.
  private(set) var rows = 0.0
  private(set) var falsePositives = 0.0
  private(set) var falseNegatives = 0.0
  /// `Σ (Σ b)² / n` over the groups added.
  private(set) var groupSquares = 0.0

  /// No rows.
  init() {}

  /// One group.
  init(rows: Double, falsePositives: Double, falseNegatives: Double) {
    self.rows = rows
    self.falsePositives = falsePositives
    self.falseNegatives = falseNegatives
    groupSquares = rows > 0 ? sum * sum / rows : 0
  }

  /// One group from its totals.
  init(_ totals: [Double], _ layout: TotalsLayout) {
    self.init(
      rows: totals[layout.actual(0)] + totals[layout.actual(1)],
      falsePositives: totals[layout.actual(0)] - totals[layout.right(0)],
      falseNegatives: totals[layout.actual(1)] - totals[layout.right(1)])
  }

  /// Adds other groups.
  mutating func add(_ other: BenefitInequality) {
    rows += other.rows
    falsePositives += other.falsePositives
    falseNegatives += other.falseNegatives
    groupSquares += other.groupSquares
  }

  /// `Σ b`.
  var sum: Double { rows + falsePositives - falseNegatives }

  /// `(Σ (b/μ)² / n − 1) / 2`; NaN when nobody benefits.
  var generalizedEntropy: Double {
    guard sum > 0 else { return .nan }
    return max(0, ((rows + 3 * falsePositives - falseNegatives) * rows / (sum * sum) - 1) / 2)
  }

  /// The same with every benefit replaced by its group's mean: `(Σ n(g) (μ(g)/μ)² / n − 1) / 2`.
  var betweenGroups: Double {
    sum > 0 ? max(0, (groupSquares * rows / (sum * sum) - 1) / 2) : .nan
  }

  /// `Σ (b/μ) ln(b/μ) / n`, 0 ln 0 = 0.
  var theilIndex: Double {
    guard sum > 0 else { return .nan }
    let inverse = rows / sum
    let right = rows - falsePositives - falseNegatives
    var parts = 0.0
    if right > 0 { parts += right * inverse * PortableMath.log(inverse) }
    if falsePositives > 0 {
      parts += falsePositives * 2 * inverse * PortableMath.log(2 * inverse)
    }
    return max(0, parts / rows)
  }

  /// `√(2 · generalized entropy)`: standard deviation over mean.
  var coefficientOfVariation: Double { (2 * generalizedEntropy).squareRoot() }

  /// The value of a metric of the catalogue.
  func value(_ id: String) -> Double {
    switch id {
    case "generalized_entropy": generalizedEntropy
    case "generalized_entropy_between_groups": betweenGroups
    case "theil_index": theilIndex
    case "coefficient_of_variation": coefficientOfVariation
    default: .nan
    }
  }
}

/// Pearson's chi-squared test that the selection rate is the same in all groups; no continuity
/// correction.
public struct SelectionRateTest: Hashable, Sendable {
  /// `Σ (observed − expected)² / expected` over groups, selected and not.
  public var statistic: Double
  /// Groups with rows − 1.
  public var degrees: Int
  /// `P(X ≥ statistic)` for independent rows; rows of one client are not.
  public var pValue: Double
  /// Rows behind it.
  public var count: Int

  /// The test from rows and selected rows of each group.
  /// - Returns: `nil` below two groups with rows, or when all or no rows are selected.
  public init?(_ groups: [(rows: Int, selected: Int)]) {
    let used = groups.filter { $0.rows > 0 }
    let rows = used.reduce(0) { $0 + $1.rows }
    let selected = used.reduce(0) { $0 + $1.selected }
    guard used.count > 1, selected > 0, selected < rows else { return nil }
    let share = Double(selected) / Double(rows)
    var sum = CompensatedSum()
    for group in used {
      let expected = Double(group.rows) * share
      let difference = Double(group.selected) - expected
      sum.add(difference * difference / expected)
      sum.add(difference * difference / (Double(group.rows) - expected))
    }
    statistic = sum.value
    degrees = used.count - 1
    pValue = ChiSquaredDistribution.upperTail(statistic, degrees: Double(degrees))
    count = rows
  }
}
