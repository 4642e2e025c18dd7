import AssayStatistics
import Testing

/// Expected values: scipy 1.17.1 (`scipy.stats.norm`, `t`, `binom`; `scipy.special`).
@Suite("Distributions agree with scipy")
struct DistributionTests {
  private func expectClose(
    _ value: Double, _ expected: Double, relative: Double, absolute: Double = 1e-300,
    _ comment: Comment
  ) {
    #expect(
      value == expected
        || abs(value - expected) <= max(absolute, relative * abs(expected)), comment)
  }

  // 1e-12: the exponent x²/2 = 450 at −30 carries 450 units of 2⁻⁵³.
  @Test(
    "the normal distribution function",
    arguments: [
      (-30, 4.906713927147908e-198), (-10, 7.61985302416047e-24), (-8, 6.22096057427174e-16),
      (-5.5, 1.898956246588768e-08), (-2.5, 0.006209665325776132), (-1, 0.15865525393145707),
      (-0.3, 0.3820885778110474), (0, 0.5), (0.7, 0.758036347776927),
      (1.959963984540054, 0.975), (3.3, 0.9995165758576162),
    ] as [(Double, Double)])
  func normalCumulative(x: Double, expected: Double) {
    expectClose(
      NormalDistribution.cumulative(x), expected, relative: 1e-12, "x = \(x)")
  }

  @Test(
    "the normal quantile",
    arguments: [
      (1e-300, -37.0470962993612), (1e-20, -9.262340089798409), (1e-06, -4.753424308822899),
      (0.01, -2.3263478740408408), (0.025, -1.9599639845400545), (0.3, -0.5244005127080409),
      (0.5, 0.0), (0.8, 0.8416212335729143), (0.975, 1.959963984540054),
      (0.9999, 3.719016485455709),
    ] as [(Double, Double)])
  func normalQuantile(p: Double, expected: Double) {
    expectClose(NormalDistribution.quantile(p), expected, relative: 1e-14, "p = \(p)")
  }

  @Test(
    "Student's quantile, whole and fractional degrees",
    arguments: [
      (0.975, 1, 12.706204736174694), (0.975, 2, 4.302652729749462),
      (0.975, 0.7, 36.611415031588656), (0.975, 2.37, 3.7189208397974567),
      (0.975, 27, 2.0518305164802846), (0.975, 41, 2.019540970441376),
      (0.995, 7, 3.4994832973504924), (0.9, 3.5, 1.5765766051364052),
      (0.975, 283, 1.968381923432295), (0.975, 6171, 1.9603484811659648),
      (0.975, 19999.5, 1.9600826081239007), (0.975, 20001, 1.9600825992270476),
      (0.975, 1e6, 1.959966356814107), (0.025, 10, -2.2281388519862753),
      (0.6, 4, 0.2707222947075976),
    ] as [(Double, Double, Double)])
  func studentQuantile(p: Double, degrees: Double, expected: Double) {
    expectClose(
      StudentDistribution.quantile(p, degrees: degrees), expected, relative: 1e-11,
      "p = \(p), \(degrees) degrees")
  }

  @Test(
    "Student's distribution function",
    arguments: [
      (1.3, 5, 0.8748496829146615), (-2.1, 27, 0.022604364259386545),
      (0.4, 1.5, 0.630639530998568), (4, 3000, 0.9999675639152054),
    ] as [(Double, Double, Double)])
  func studentCumulative(t: Double, degrees: Double, expected: Double) {
    expectClose(
      StudentDistribution.cumulative(t, degrees: degrees), expected, relative: 1e-12, "t = \(t)")
  }

  @Test(
    "log gamma",
    arguments: [
      (0.1, 2.252712651734206), (0.5, 0.5723649429247), (1, 0), (2, 0), (3.7, 1.428072326665388),
      (11, 15.104412573075516), (12, 17.502307845873887), (50.5, 146.51925549072064),
      (1e3, 5905.220423209181), (1e6, 12815504.569147611),
    ] as [(Double, Double)])
  func logGamma(x: Double, expected: Double) {
    expectClose(
      BetaFunction.logGamma(x), expected, relative: 1e-14, absolute: 1e-14, "x = \(x)")
  }

  @Test(
    "the regularized incomplete beta function",
    arguments: [
      (0.3, 2, 3, 0.34829999999999994), (0.9, 0.5, 13.5, 0.999999999999995),
      (0.01, 0.5, 0.5, 0.06376856085851985), (0.5, 100, 120, 0.9117960627949818),
      (0.99, 3000, 20, 0.019767894047843182),
    ] as [(Double, Double, Double, Double)])
  func beta(x: Double, a: Double, b: Double, expected: Double) {
    expectClose(BetaFunction.regularized(x, a, b), expected, relative: 1e-11, "\(x) \(a) \(b)")
  }

  @Test(
    "McNemar's exact p-value is twice the binomial tail",
    arguments: [
      (13, 16, 0.711071103811264), (123, 109, 0.3934338045986191), (0, 5, 0.0625), (1, 1, 1),
      (0, 0, 1), (3, 3, 1), (2000, 2200, 0.0021323556719912455),
      (400_000, 401_000, 0.2643285898160768), (60, 5, 4.869560700851427e-13),
    ] as [(Int, Int, Double)])
  func mcNemar(first: Int, second: Int, expected: Double) {
    let test = McNemarTest(firstOnly: first, secondOnly: second)
    // 2e-9: at 800,000 discordant rows the logarithm of the largest term is near 1e6.
    expectClose(test.exactP, expected, relative: 2e-9, "\(first) against \(second)")
  }

  @Test("arguments outside of the domain give NaN, the ends give infinities")
  func domain() {
    #expect(NormalDistribution.quantile(-0.1).isNaN)
    #expect(NormalDistribution.quantile(1) == .infinity)
    #expect(StudentDistribution.quantile(0.9, degrees: 0).isNaN)
    #expect(StudentDistribution.quantile(0, degrees: 3) == -.infinity)
    #expect(BetaFunction.logGamma(-1).isNaN)
    #expect(NormalDistribution.cumulative(.nan).isNaN)
  }

  @Test("Wilson's interval of 0 of 10 reaches from 0 to z²/(n + z²)")
  func wilsonZero() throws {
    // Closed form at p = 0: high = z² / (n + z²), z² = 3.8414588206941254.
    let interval = try #require(Proportion.wilson(successes: 0, trials: 10, confidence: 0.95))
    #expect(interval.low == 0)
    #expect(abs(interval.high - 3.8414588206941254 / 13.8414588206941254) < 1e-14)
    #expect(Proportion.wilson(successes: 0, trials: 0, confidence: 0.95) == nil)
  }
}
