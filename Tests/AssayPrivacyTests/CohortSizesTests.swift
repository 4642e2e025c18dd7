import Testing

@testable import AssayPrivacy

@Suite("sizes of cohorts") struct CohortSizesTests {
  /// Expected values: the same sum in exact fractions (Python 3, `math.comb`, `fractions`).
  @Test(
    "the probability of so narrow a range is exact",
    arguments: [
      (20, 0.5, Array(repeating: 10, count: 12), 1.484017791782958e-09),
      (20, 0.5, [8, 12] + Array(repeating: 10, count: 10), 0.044349990167097036),
      (50, 0.2, Array(repeating: 10, count: 30), 3.582448551217704e-26),
      (50, 0.2, [9, 11] + Array(repeating: 10, count: 28), 2.2882285655502134e-12),
      (20, 0.5, [3, 3], 0.12537068761957926),
    ])
  func range(population: Int, rate: Double, sizes: [Int], expected: Double) throws {
    let test = try #require(CohortSizes(sizes: sizes, population: population, rate: rate))
    // 30 powers of sums of 50 masses.
    #expect(abs(test.rangeProbability - expected) <= 1e-11 * expected)
  }

  /// scipy 1.17.1: `chi2.cdf(10 + 30 / 12 / 25, 30)`; squared distances of 10 variances, and 1/12 a size.
  @Test("little spread is judged by the chi-squared distribution")
  func spread() throws {
    // Mean 50, variance 25: ten sizes at a distance of 5 give Σ = 10.
    let sizes =
      Array(repeating: 55, count: 5) + Array(repeating: 45, count: 5)
      + Array(repeating: 50, count: 20)
    let test = try #require(CohortSizes(sizes: sizes, population: 100, rate: 0.5))
    let found = try #require(test.spreadProbability)
    // 1 minus a number near 1.
    #expect(abs(found - 0.0002509286115820426) < 1e-13)
    #expect(CohortSizes(sizes: sizes, population: 51, rate: 0.02)?.spreadProbability == nil)
  }

  @Test("too much is an excess in standard deviations")
  func excess() throws {
    let test = try #require(
      CohortSizes(sizes: Array(repeating: 60, count: 16), population: 100, rate: 0.5))
    #expect(test.observedRate == 0.6)
    // (60 − 50)·√16 / 5
    #expect(abs(test.excess - 8) < 1e-12)
  }

  @Test("nothing is tested where there is nothing to test")
  func nothing() {
    #expect(CohortSizes(sizes: [10], population: 20, rate: 0.5) == nil)
    #expect(CohortSizes(sizes: [20, 20], population: 20, rate: 1) == nil)
    #expect(CohortSizes(sizes: [0, 0], population: 20, rate: 0) == nil)
    #expect(CohortSizes(sizes: [1, 1], population: 0, rate: 0.5) == nil)
    #expect(CohortSizes(sizes: [1, 1], population: 20, rate: .nan) == nil)
    // Too wide to add up: no accusation.
    let wide = CohortSizes(sizes: [0, 0], population: 1 << 50, rate: 0.5)
    #expect(wide?.rangeProbability == 1)
  }

  @Test("sizes beyond what the rate can give do not crash")
  func far() throws {
    let test = try #require(CohortSizes(sizes: [0, 1_000_000], population: 10, rate: 0.5))
    #expect(test.rangeProbability == 1)
  }
}
