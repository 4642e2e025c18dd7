import Testing

@testable import AssayImport

@Suite("Moments in time") struct TimestampTests {
  /// Expected texts by GNU date 9.1: `date -u -d @… +%FT%T.%3NZ`.
  @Test(
    "milliseconds become RFC 3339 in UTC",
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999Z"),
      (951_782_400_000, "2000-02-29T00:00:00Z"), (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
      (1_795_471_998_827, "2026-11-23T22:13:18.827Z"),
      (253_402_300_799_000, "9999-12-31T23:59:59Z"), (-62_135_596_800_000, "0001-01-01T00:00:00Z"),
    ])
  func milliseconds(value: Int, text: String) {
    #expect(Timestamp.text(milliseconds: value) == text)
  }

  @Test("times outside of the calendar are not recorded")
  func outside() {
    #expect(Timestamp.text(milliseconds: .max) == nil)
    #expect(Timestamp.text(milliseconds: .min) == nil)
    #expect(Timestamp.text(milliseconds: 253_402_300_800_000) == nil)
    #expect(Timestamp.text(seconds: .nan) == nil)
    #expect(Timestamp.text(seconds: 1e300) == nil)
  }

  @Test("Flower's spelling is recognised and no other")
  func flower() {
    #expect(Timestamp.text(flower: "2026-11-23 22:26:37Z") == "2026-11-23T22:26:37Z")
    #expect(Timestamp.text(flower: "2026-11-23T22:26:37Z") == nil)
    #expect(Timestamp.text(flower: "N/A") == nil)
  }
}
