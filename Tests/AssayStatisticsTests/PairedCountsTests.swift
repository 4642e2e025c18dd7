import AssayStatistics
import Testing

/// Expected values: the likelihood maximised numerically (scipy 1.17.1 `minimize_scalar`), the ends by
/// `brentq`; its stopping rule leaves about eight digits.
@Suite("Score intervals of paired proportions")
struct PairedCountsTests {
  private func counts(_ b: Int, _ c: Int, _ n: Int) throws -> PairedCounts {
    try #require(PairedCounts(firstOnly: b, secondOnly: c, trials: n))
  }

  @Test(
    "intervals and levels are those of the maximised likelihood",
    arguments: [
      (12, 4, 100, 0.001782776, 0.165588148, 0.001283769),
      (0, 0, 50, -0.071347599, 0.071347599, 0.052378745),
      (5, 0, 40, 0.026425697, 0.261121198, 0.003318960),
      (1, 30, 200, -0.201841168, -0.099419346, 0.999958250),
      (0, 40, 40, -1, -0.824756813, 0.999999999),
    ] as [(Int, Int, Int, Double, Double, Double)])
  func reference(b: Int, c: Int, n: Int, low: Double, high: Double, p: Double) throws {
    let pair = try counts(b, c, n)
    let interval = pair.interval(confidence: 0.95)
    #expect(abs(interval.low - low) < 2e-8 && abs(interval.high - high) < 2e-8, "\(interval)")
    let found = try #require(pair.nonInferiorityP(margin: 0.05, higherIsBetter: true))
    #expect(abs(found - p) < 2e-8, "\(found)")
  }

  // Without discordant rows the ends are ± z² / (n + z²), by hand from the statistic.
  @Test("arms that agree on every row: as wide as the rule of three says, about")
  func noDiscordance() throws {
    let square = 1.959963984540054 * 1.959963984540054
    for n in [1, 20, 1_000] {
      let interval = try counts(0, 0, n).interval(confidence: 0.95)
      #expect(abs(interval.high - square / (Double(n) + square)) < 1e-12)
      // The two bisections may end a last bit apart.
      #expect(abs(interval.low + interval.high) < 1e-15)
    }
    let none = try counts(0, 0, 30)
    #expect(none.twoSidedP == nil && none.standardError == 0)
  }

  @Test("swapping the arms mirrors the interval; what is bad counts the other way")
  func mirrored() throws {
    let (one, other) = (try counts(9, 3, 120), try counts(3, 9, 120))
    let (a, b) = (one.interval(confidence: 0.9), other.interval(confidence: 0.9))
    #expect(abs(a.low + b.high) < 1e-13 && abs(a.high + b.low) < 1e-13)
    let p = try #require(one.nonInferiorityP(margin: 0.02, higherIsBetter: false))
    let mirrored = try #require(other.nonInferiorityP(margin: 0.02, higherIsBetter: true))
    #expect(abs(p - mirrored) < 1e-13)
    // McNemar without correction: (9 − 3) / √12.
    #expect(abs((one.statistic(against: 0) ?? 0) - 6 / (12.0).squareRoot()) < 1e-13)
  }

  @Test("an interval and a test say the same")
  func agreement() throws {
    for (b, c) in [(0, 0), (1, 0), (0, 3), (7, 7), (20, 2)] {
      let pair = try counts(b, c, 90)
      let low = pair.interval(confidence: 0.95).low
      let p = try #require(pair.nonInferiorityP(margin: -low, higherIsBetter: true))
      if low < 0 { #expect(abs(p - 0.025) < 1e-9, "\(b) \(c): \(p)") }
      #expect(low <= pair.difference)
    }
  }

  @Test("correlated rows: the quantile grows by the root of the design effect")
  func designEffect() throws {
    let plain = try counts(12, 30, 400)
    let share = 18.0 / 400
    let variance = (42.0 / 400 - share * share) / 400
    // The same variance and normal degrees: the same interval.
    let same = try #require(plain.clustered(variance: variance, degrees: .infinity))
    #expect(abs(same.interval(confidence: 0.95).low - plain.interval(confidence: 0.95).low) < 1e-12)
    // Four times the variance: 1.96 · 2 = 3.92 is the quantile of a confidence of 0.99991146.
    let wide = try #require(plain.clustered(variance: 4 * variance, degrees: .infinity))
    let other = plain.interval(confidence: 0.9999114207)
    #expect(abs(wide.interval(confidence: 0.95).low - other.low) < 1e-6)
    let few = try #require(plain.clustered(variance: 4 * variance, degrees: 6))
    #expect(few.interval(confidence: 0.95).low < wide.interval(confidence: 0.95).low)
    let low = few.interval(confidence: 0.95).low
    let p = try #require(few.nonInferiorityP(margin: -low, higherIsBetter: true))
    #expect(abs(p - 0.025) < 1e-9, "\(p)")
    #expect(plain.clustered(variance: 0, degrees: 6) == nil)
    #expect(try counts(0, 0, 9).clustered(variance: 1, degrees: 6) == nil)
  }

  @Test("counts that do not fit are refused")
  func refused() {
    #expect(PairedCounts(firstOnly: -1, secondOnly: 0, trials: 5) == nil)
    #expect(PairedCounts(firstOnly: 3, secondOnly: 3, trials: 5) == nil)
    #expect(PairedCounts(firstOnly: 0, secondOnly: 0, trials: 0) == nil)
    #expect(PairedCounts(firstOnly: .max, secondOnly: .max, trials: .max) == nil)
  }
}
