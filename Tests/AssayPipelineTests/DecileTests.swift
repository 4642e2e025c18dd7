import Testing

@testable import AssayPipeline

@Suite("Deciles")
struct DecileTests {
  /// By hand: of twenty different values two stand in each decile.
  @Test("different values stand in equal parts, in any order")
  func different() {
    let values = (0..<20).map { Double(($0 * 7) % 20) }
    #expect(Deciles.of(values) == values.map { Int32($0) / 2 })
  }

  /// By hand: nothing lies below 1, two values below 2, nine below 5: ⌊10·0/10⌋, ⌊10·2/10⌋, ⌊10·9/10⌋.
  @Test("equal values stand in one decile")
  func equal() {
    #expect(Deciles.of([2, 1, 2, 2, 2, 1, 2, 2, 2, 5]) == [2, 0, 2, 2, 2, 0, 2, 2, 2, 9])
    #expect(Deciles.of([3, 3, 3]) == [0, 0, 0])
    #expect(Deciles.of([]).isEmpty)
  }
}
