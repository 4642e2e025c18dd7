import AssayStatistics
import Testing

/// Expected values: scipy 1.17.1 (`scipy.stats.t`, `norm`) and statsmodels 0.14.
@Suite("Tests of differences and of many hypotheses agree with scipy and statsmodels")
struct HypothesisTests {
  private func expectClose(
    _ value: Double?, _ expected: Double, relative: Double = 1e-11, _ comment: Comment
  ) {
    guard let value else {
      Issue.record("\(comment): no value, expected \(expected)")
      return
    }
    #expect(abs(value - expected) <= relative * abs(expected), "\(comment): found \(value)")
  }

  // 1e-9: scipy's own incomplete beta loses digits in far tails.
  @Test(
    "the upper tail of Student's t keeps its digits, far out and with many degrees",
    arguments: [
      (1.3, 5, 0.12515031708533855), (0.2, 27, 0.4214896669438519),
      (10.373141237280679, 16280, 1.9672771291532054e-25), (40, 3, 1.7190340394579253e-05),
      (6.970161026225862, 41, 9.078453477453092e-09), (2.5, 1.5, 0.08490325130734802),
      (12, 200.5, 1.1736377348974604e-25), (12, 199.5, 1.2498314555304037e-25),
      (5, 1e7, 2.866564037504268e-07), (0.001, 41, 0.4996034827212949),
      (35, 1e5, 4.675833169799296e-267),
    ] as [(Double, Double, Double)])
  func upperTail(t: Double, degrees: Double, expected: Double) {
    expectClose(
      StudentDistribution.upperTail(t, degrees: degrees), expected, relative: 1e-9, "t = \(t)")
  }

  @Test("tails add up to 1, meet the normal one, and end at 0")
  func tailLaws() {
    for degrees in [0.5, 2, 19, 41, 150, 250, 9_999, .infinity] {
      for t in [0, 0.3, 1.96, 7] {
        let both =
          StudentDistribution.upperTail(t, degrees: degrees)
          + StudentDistribution.upperTail(-t, degrees: degrees)
        #expect(abs(both - 1) < 1e-14, "\(degrees) degrees, t = \(t)")
      }
      #expect(StudentDistribution.upperTail(.infinity, degrees: degrees) == 0)
    }
    expectClose(
      StudentDistribution.upperTail(1.96, degrees: .infinity), 0.024997895148220435,
      relative: 1e-13, "normal")
    #expect(StudentDistribution.upperTail(1, degrees: 0).isNaN)
    #expect(StudentDistribution.upperTail(.nan, degrees: 3).isNaN)
  }

  @Test("non-inferiority, inferiority and equivalence of a difference with 41 degrees")
  func margins() throws {
    let test = try #require(
      DifferenceTest(difference: 0.004, standardError: 0.003, degrees: 41))
    // t = 14/3 against −0.01, −2 against 0.01.
    expectClose(
      test.nonInferiorityP(margin: 0.01, higherIsBetter: true), 1.6272836613728753e-05, "above")
    expectClose(
      test.inferiorityP(margin: 0.01, higherIsBetter: true), 0.9999837271633862, "inferior")
    expectClose(
      test.nonInferiorityP(margin: 0.01, higherIsBetter: false), 0.026077181393459468, "loss")
    expectClose(test.equivalenceP(margin: 0.01), 0.026077181393459468, "equivalence")
    #expect((test.equivalenceP(margin: 0) ?? 0) > 0.5)
  }

  @Test("a p-value is at most the level exactly when the interval's end is on the tolerated side")
  func agreesWithInterval() throws {
    for degrees in [19, 41, Double.infinity] {
      let quantile =
        degrees == .infinity
        ? NormalDistribution.quantile(0.975) : StudentDistribution.quantile(0.975, degrees: degrees)
      for step in -40...40 {
        // Never at the border itself, where the last bit decides.
        let difference = Double(step) * 0.001 + 0.00017
        let test = try #require(
          DifferenceTest(difference: difference, standardError: 0.01, degrees: degrees))
        let low = difference - quantile * 0.01
        let high = difference + quantile * 0.01
        let better = try #require(test.nonInferiorityP(margin: 0.02, higherIsBetter: true))
        #expect((better <= 0.025) == (low >= -0.02))
        let worse = try #require(test.inferiorityP(margin: 0.02, higherIsBetter: true))
        #expect((worse < 0.025) == (high < -0.02))
        let equal = try #require(test.equivalenceP(margin: 0.03))
        #expect((equal <= 0.025) == (low >= -0.03 && high <= 0.03))
        #expect(abs(better + worse - 1) < 1e-12)
      }
    }
  }

  @Test("without variation there is no p-value; numbers that mean nothing make no test")
  func degenerate() throws {
    let still = try #require(DifferenceTest(difference: 0, standardError: 0))
    #expect(still.statistic == nil && still.twoSidedP == nil)
    #expect(still.nonInferiorityP(margin: 0.1, higherIsBetter: true) == nil)
    #expect(still.equivalenceP(margin: 0.1) == nil)
    #expect(DifferenceTest(difference: .nan, standardError: 1) == nil)
    #expect(DifferenceTest(difference: 0, standardError: -1) == nil)
    #expect(DifferenceTest(difference: 0, standardError: 1, degrees: 0) == nil)
    #expect(DifferenceTest(.undefined(reason: "no rows", count: 0)) == nil)
  }

  @Test(
    "McNemar's chi-square with continuity correction",
    arguments: [
      (13, 16, 0.13793103448275862, 0.7103465689955667),
      (123, 109, 0.728448275862069, 0.39338662552111636),
      (499, 269, 68.28255208333333, 1.4166897183579246e-16),
      (3, 3, 0, 1), (0, 0, 0, 1), (1, 0, 0, 1),
    ] as [(Int, Int, Double, Double)])
  func chiSquare(first: Int, second: Int, statistic: Double, p: Double) {
    let test = McNemarTest(firstOnly: first, secondOnly: second)
    #expect(test.correctedChiSquare == statistic)
    expectClose(test.correctedChiSquareP, p, "\(first) against \(second)")
  }

  // Tango's score statistic worked with numpy from the formula in the paper; level from 200,000 draws.
  @Test(
    "the score test of paired proportions against a margin",
    arguments: [
      (5, 8, 200, 0.05, 0.041975472257103824), (20, 40, 1000, 0.02, 0.5),
      (0, 0, 100, 0.05, 0.010890731395559749),
      (499, 269, 16281, 0.01, 3.2816948009873884e-42),
    ] as [(Int, Int, Int, Double, Double)])
  func score(first: Int, second: Int, rows: Int, margin: Double, p: Double) throws {
    let test = McNemarTest(firstOnly: first, secondOnly: second)
    expectClose(test.nonInferiorityP(margin: margin, rows: rows), p, relative: 1e-9, "score")
    let mirrored = McNemarTest(firstOnly: second, secondOnly: first)
    let other = try #require(mirrored.nonInferiorityP(margin: margin, rows: rows))
    expectClose(test.equivalenceP(margin: margin, rows: rows), max(p, other), "equivalence")
  }

  @Test(
    "the score test at margin 0 is McNemar's without correction; counts that do not fit give none")
  func scoreEdges() throws {
    let p = try #require(
      McNemarTest(firstOnly: 30, secondOnly: 14).nonInferiorityP(margin: 0, rows: 100))
    // (30 − 14) / √44.
    expectClose(p, NormalDistribution.cumulative(-16 / 44.0.squareRoot()), "uncorrected")
    #expect(McNemarTest(firstOnly: 60, secondOnly: 60).nonInferiorityP(margin: 0, rows: 100) == nil)
    #expect(McNemarTest(firstOnly: 0, secondOnly: 0).nonInferiorityP(margin: 0, rows: 100) == nil)
    #expect(McNemarTest(firstOnly: 1, secondOnly: 0).nonInferiorityP(margin: 1, rows: 100) == nil)
  }

  // statsmodels 0.14 `multipletests`.
  @Test("Holm, Benjamini–Hochberg and Bonferroni of six tests")
  func sixTests() {
    let p = [0.01, 0.04, 0.03, 0.005, 0.5, 0.04]
    func expect(_ found: [Double], _ expected: [Double]) {
      for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-15) }
    }
    expect(MultipleTests.holm(p), [0.05, 0.12, 0.12, 0.03, 0.5, 0.12])
    expect(MultipleTests.benjaminiHochberg(p), [0.03, 0.048, 0.048, 0.03, 0.5, 0.048])
    expect(MultipleTests.bonferroni(p), [0.06, 0.24, 0.18, 0.03, 1, 0.24])
  }

  @Test("adjustment keeps the order, never lowers, and of one test changes nothing")
  func adjustmentLaws() {
    #expect(MultipleTests.holm([]).isEmpty && MultipleTests.benjaminiHochberg([]).isEmpty)
    let generator = CounterGenerator(seed: 5, stream: 1)
    for count in 1...30 {
      let p = (0..<count).map { generator.uniform(at: UInt64(count * 100 + $0)) }
      let holm = MultipleTests.holm(p)
      let discovery = MultipleTests.benjaminiHochberg(p)
      let bonferroni = MultipleTests.bonferroni(p)
      for i in p.indices {
        // One rounding of a product apart.
        #expect(p[i] <= discovery[i] && discovery[i] <= holm[i] * (1 + 1e-15))
        #expect(holm[i] <= bonferroni[i])
        #expect(bonferroni[i] <= 1)
        for j in p.indices where p[i] < p[j] {
          #expect(holm[i] <= holm[j] && discovery[i] <= discovery[j])
        }
      }
      if count == 1 { #expect(holm == p && discovery == p && bonferroni == p) }
    }
  }
}
