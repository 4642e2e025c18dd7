import AssayStatistics
import Testing

@testable import AssayMetrics

@Suite("Exact sums")
struct ExactSumTests {
  private let tiny = Double.leastNonzeroMagnitude

  private func sum(_ values: [Double]) throws -> ExactSum {
    var total = ExactAccumulator()
    for value in values { total.add(value) }
    return try #require(total.sum)
  }

  @Test("a sum is the exact sum, rounded once")
  func rounding() throws {
    // By hand: the doubles nearest to 0.1 add up to 1.000000000000000055…, which rounds to 1.
    #expect(try sum([Double](repeating: 0.1, count: 10)).value == 1)
    // Cancellation keeps what any order of additions in doubles loses.
    #expect(try sum([1e308, 1, -1e308]).value == 1)
    #expect(try sum([1e308, 1e308, -1e308, -1e308, tiny]).value == tiny)
    // 2⁵³ + 1 lies half-way and goes to the even neighbour; anything more goes up.
    #expect(try sum([0x1p53, 1]).value == 0x1p53)
    #expect(try sum([0x1p53, 1, tiny]).value == 0x1p53 + 2)
    #expect(try sum([-0x1p53, -1, -tiny]).value == -0x1p53 - 2)
    #expect(try sum([1e308, 1e308]).value == .infinity)
    #expect(try sum([0, -0.0]).value == 0)
    #expect(try sum([1, -1]) == ExactSum())
  }

  @Test("products of two doubles are exact")
  func products() throws {
    // (1 + 2⁻⁵²)² − 1 − 2⁻⁵¹ = 2⁻¹⁰⁴.
    var total = ExactAccumulator()
    total.add(1 + 0x1p-52, times: 1 + 0x1p-52)
    total.add(-1)
    total.add(-0x1p-51)
    #expect(total.sum?.value == 0x1p-104)
    // The largest and the smallest products stay within the places that a sum may have.
    var extreme = ExactAccumulator()
    let largest = Double.greatestFiniteMagnitude
    extreme.add(largest, times: largest)
    extreme.add(tiny, times: tiny)
    extreme.add(largest, times: -largest)
    let rest = try #require(extreme.sum)
    #expect(rest.digits.count == 1)
    let scaled = rest.times(ExactSum(exactly: 0x1p1000))?.times(ExactSum(exactly: 0x1p74))
    #expect(scaled?.value == tiny)
  }

  @Test("any order and grouping gives the same digits as integers do")
  func order() throws {
    // Whole numbers below 2⁵³ with a common scale: Int128 is the reference.
    let generator = CounterGenerator(seed: 5)
    var reference: Int128 = 0
    var values: [Double] = []
    for position in 0..<500 as Range<UInt64> {
      let whole = Int64(generator.bits(at: position) >> 11) - (1 << 52)
      let shift = Int(generator.bits(at: position + 1_000) % 40)
      reference += Int128(whole) << Int128(shift)
      values.append(Double(whole) * Double(sign: .plus, exponent: shift - 20, significand: 1))
    }
    let whole = try sum(values)
    #expect(whole.value == Double(reference) * 0x1p-20)
    var parts = ExactSum()
    for part in stride(from: 0, to: 500, by: 7) {
      try parts.merge(sum(Array(values[part..<min(500, part + 7)].reversed())))
    }
    #expect(parts == whole)
  }

  @Test("sums carry over blocks of any size")
  func carries() throws {
    var total = ExactSum()
    for power in 0..<40 {
      try total.merge(sum([Double(sign: .plus, exponent: power, significand: 1)]))
    }
    // Σ 2^i for i below 40.
    #expect(total.value == 0x1p40 - 1)
    try total.merge(sum([1]))
    #expect(total.digits == [1 << 8])
    #expect(total.lowest == 1)
  }

  @Test("a sum beyond the places that it may have is refused")
  func places() throws {
    let top = try #require(ExactSum(isNegative: false, lowest: 80, digits: [.max]))
    var sum = top
    #expect(throws: StatisticsError.overflow(what: "an exact sum")) { try sum.merge(top) }
    #expect(ExactSum(isNegative: false, lowest: 81, digits: [1]) == nil)
    #expect(ExactSum(isNegative: false, lowest: -81, digits: [1]) == nil)
    // Zeros at the ends do not count.
    #expect(ExactSum(isNegative: true, lowest: 79, digits: [0, 7, 0, 0])?.lowest == 80)
  }

  @Test("squared deviations survive a mean that is far larger than the spread")
  func deviations() throws {
    // 1e8, 1e8 + 1, 1e8 + 2: deviations −1, 0, 1.
    var (sums, squares) = (ExactAccumulator(), ExactAccumulator())
    for value in [1e8, 1e8 + 1, 1e8 + 2] {
      sums.add(value)
      squares.add(value, times: value)
    }
    let sum = try #require(sums.sum)
    let square = try #require(squares.sum)
    #expect(ExactSum.squaredDeviations(sum: sum, squares: square, count: 3) == 2)
    #expect(sum.shifted(by: 1e8, count: 3) == 3)
    #expect(ExactSum.products(square, sum, sum, from: 1e8, count: 3) == 5)
  }

  @Test("fixed-point values round to the nearest unit, halves to even")
  func fixed() {
    #expect(FixedSum.units(of: 1) == Int128(1) << 64)
    #expect(FixedSum.units(of: -0.75) == Int128(-3) << 62)
    #expect(FixedSum.units(of: 0x1p-65) == 0)
    #expect(FixedSum.units(of: 0x1.8p-64) == 2)
    #expect(FixedSum.units(of: 0x1p-64) == 1)
    #expect(FixedSum.units(of: 36.04365338911715) > Int128(36) << 64)
    // The double next to 1 keeps all its bits.
    #expect(FixedSum.units(of: 1 - 0x1p-53) == (Int128(1) << 64) - 2048)
    #expect(FixedSum.units(of: .nan) == 0)
    #expect(FixedSum.units(of: .infinity) == Int128(1) << 126)
  }
}
