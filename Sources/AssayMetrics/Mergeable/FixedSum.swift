/// An exact sum of bounded row values: a whole number of units of 2⁻⁶⁴.
///
/// Every value is rounded once, to the nearest unit (5.4e-20), when it enters; from then on addition
/// is exact, so that any grouping and any order of merging gives the same bits. Holds sums up to
/// 2⁶³ ≈ 9.2e18 in magnitude; a sum beyond is refused.
public struct FixedSum: Hashable, Sendable {
  /// The sum in units of 2⁻⁶⁴.
  public internal(set) var units: Int128

  /// The empty sum.
  public init() { units = 0 }

  /// A sum of so many units.
  public init(units: Int128) { self.units = units }

  /// The sum, rounded once to the nearest double.
  public var value: Double { Double(units) * 0x1p-64 }

  /// A row's value in units of 2⁻⁶⁴, to the nearest unit, halves to even.
  ///
  /// - Parameter value: Finite and below 2⁶² in magnitude; others count as the nearest such number.
  @inline(__always)
  public static func units(of value: Double) -> Int128 {
    guard value == value else { return 0 }
    let bounded = max(-0x1p62, min(0x1p62, value))
    let whole = bounded.rounded(.down)
    // `bounded − whole` is exact and below 1; a double that near to 1 is a multiple of 2⁻⁵³, so its
    // rounded multiple of 2⁻⁶⁴ stays below 2⁶⁴.
    let fraction = ((bounded - whole) * 0x1p64).rounded(.toNearestOrEven)
    return Int128(Int64(whole)) << 64 + Int128(fraction < 0x1p64 ? UInt64(fraction) : .max)
  }

  /// Adds one row's value.
  public mutating func add(_ value: Double) { units += Self.units(of: value) }

  /// Adds another sum.
  public mutating func merge(_ other: FixedSum) throws(StatisticsError) {
    let (sum, isOver) = units.addingReportingOverflow(other.units)
    if isOver { throw .overflow(what: "a sum of row values") }
    units = sum
  }
}
