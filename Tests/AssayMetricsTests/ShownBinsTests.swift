import Testing

@testable import AssayMetrics

@Suite("Bins of reliability that are shown")
struct ShownBinsTests {
  @Test("a small bin takes another with it, so that the total does not tell it; worked by hand")
  func complements() {
    #expect(ShownBins.hidden(counts: [30, 0, 50], least: 20) == [false, false, false])
    // 3 = 153 − 50 − 100: with 50 hidden as well, 53 is left, and the small bin may be 1 to 19.
    #expect(ShownBins.hidden(counts: [3, 50, 100], least: 20) == [true, true, false])
    // With 20 hidden beside it, 23 would be left, of which 20 or more are the other's: the small one
    // would be 3 at most. So the bin of 100 goes.
    #expect(ShownBins.hidden(counts: [3, 20, 100], least: 20) == [true, false, true])
    // A table below the minimum has no bins at all.
    #expect(ShownBins.hidden(counts: [3, 9], least: 20) == [true, true])
  }

  @Test("what is left hidden has more than one solution, whatever the counts")
  func laws() {
    for seed in 0..<200 {
      let counts = (0..<6).map { (seed * 7919 + $0 * 104_729) % 61 }
      let hidden = ShownBins.hidden(counts: counts, least: 20)
      let small = counts.indices.filter { counts[$0] > 0 && counts[$0] < 20 }
      #expect(small.allSatisfy { hidden[$0] })
      if small.isEmpty || counts.reduce(0, +) < 20 { continue }
      // One more row in a small bin is possible only if another hidden bin can give one.
      #expect(hidden.filter { $0 }.count >= 2, "\(counts)")
    }
  }
}
