import AssayDiagnostics
import Testing

@testable import AssayTables

@Suite("Typed values in a role")
struct TypedValuesTests {
  private func read(
    _ values: TypedValues, as role: ColumnRequest.Role
  ) -> (values: ColumnTable.Values, problems: DiagnosticList) {
    var reader = TypedValuesReader(column: "x", role: role, firstRow: 10) { fact, row, help in
      Diagnostic(fact, at: SourceLocation(path: "t", part: "row \(row + 1)"), help: help)
    }
    let read = reader.read(values)
    return (read, reader.problems)
  }

  private func texts(_ values: TypedValues) -> [String] {
    guard case .texts(let codes, let texts) = read(values, as: .text).values else { return [] }
    return codes.map { texts[Int($0)] }
  }

  private func numbers(_ values: TypedValues) -> [Double] {
    guard case .numbers(let numbers) = read(values, as: .number(allowMissing: true)).values else {
      return []
    }
    return numbers
  }

  /// Expected: Python's `repr`, which is what pandas' CSV has.
  @Test("floating-point numbers have the fewest digits that mean them")
  func shortest() {
    for (value, text) in [
      (1.0, "1.0"), (0.1, "0.1"), (-0.0, "-0.0"), (1e16, "1e+16"),
      (9_999_999_999_999_998, "9999999999999998.0"),
      (12_345_678_901_234_568, "1.2345678901234568e+16"), (0.0001, "0.0001"), (0.00001, "1e-05"),
      (0.000123, "0.000123"), (1.5e300, "1.5e+300"), (.leastNonzeroMagnitude, "5e-324"),
      (123_456.789, "123456.789"),
      (-2.5e-7, "-2.5e-07"), (.infinity, "inf"), (-.infinity, "-inf"), (100, "100.0"),
    ] as [(Double, String)] { #expect(ShortestText.of(value) == text) }
    #expect(ShortestText.of(Float(0.1)) == "0.1")
    #expect(ShortestText.of(Float(16_777_216)) == "16777216.0")
    #expect(ShortestText.of(Float(5.5461674e-05)) == "5.5461674e-05")
  }

  @Test("texts are those of pandas' CSV")
  func asTexts() {
    #expect(
      texts(.doubles([1, .nan, .infinity, 5], missing: [false, false, false, true])) == [
        "1.0", "", "inf", "",
      ])
    #expect(texts(.integers([3, -1, 3], missing: nil)) == ["3", "-1", "3"])
    #expect(texts(.booleans([true, false], missing: nil)) == ["True", "False"])
    #expect(texts(.singles([0.1, 2], missing: nil)) == ["0.1", "2.0"])
    // Equal texts become one, unused ones none, and two spellings of é stay two.
    let coded = TypedValues.texts(
      codes: [3, 1, 2, 0, 1], texts: ["a", "\u{E9}", "e\u{301}", "a", "unused"],
      missing: [false, false, false, false, true])
    guard case .texts(let codes, let texts) = read(coded, as: .text).values else { return }
    #expect(codes == [0, 1, 2, 0, 3])
    #expect(texts.map { Array($0.utf8) } == ["a", "\u{E9}", "e\u{301}", ""].map { Array($0.utf8) })
  }

  @Test("numbers are exact, or a problem in the row where they are not")
  func asNumbers() {
    #expect(numbers(.singles([0.1], missing: nil)) == [Double(Float(0.1))])
    #expect(numbers(.booleans([true, false], missing: nil)) == [1, 0])
    #expect(numbers(.integers([1 << 53, 1 << 62], missing: nil)) == [0x1p53, 0x1p62])
    #expect(
      numbers(.texts(codes: [0, 1], texts: ["0.5", "9223372036854775808"], missing: nil)) == [
        0.5, 0x1p63,
      ])
    for (values, sentence): (TypedValues, String) in [
      (.integers([0, 1 << 53 + 1], missing: nil), "found '9007199254740993'"),
      (.doubles([0, .nan], missing: nil), "expected a finite number in column 'x', found 'nan'"),
      (.singles([0, -.infinity], missing: nil), "found '-inf'"),
      (
        .texts(codes: [0, 1], texts: ["1", "a"], missing: nil),
        "expected a number in column 'x', found 'a'"
      ),
      (.texts(codes: [0, 1], texts: ["1", "9007199254740993"], missing: nil), "exactly"),
    ] {
      let problems = read(values, as: .number(allowMissing: true)).problems
      #expect(problems.diagnostics.count == 1)
      #expect(problems.diagnostics.first?.location?.part == "row 12")
      #expect(problems.rendered.contains(sentence), "\(problems.rendered)")
    }
    let missing = TypedValues.integers([1, 2], missing: [false, true])
    #expect(numbers(missing).map(\.isNaN) == [false, true])
    #expect(
      read(missing, as: .number(allowMissing: false)).problems.diagnostics.map(\.fact) == [
        .missingValue(column: "x")
      ])
  }

  /// Expected: pandas 3.1.1's CSV of such columns.
  @Test("timestamps of a column have the same digits behind the seconds")
  func timestamps() {
    func column(_ ticks: [Int64], _ unit: TemporalText.Unit, isUTC: Bool) -> [String] {
      TemporalText.settled(
        ticks.map { TemporalText.timestamp($0, in: unit, isUTC: isUTC) }, isUTC: isUTC)
    }
    #expect(column([1_790_000_000], .seconds, isUTC: true) == ["2026-09-21 14:13:20+00:00"])
    #expect(column([0, 86_400], .seconds, isUTC: false) == ["1970-01-01", "1970-01-02"])
    #expect(
      column([500, 0], .milliseconds, isUTC: true)
        == ["1970-01-01 00:00:00.500+00:00", "1970-01-01 00:00:00.000+00:00"])
    #expect(
      column([-1, 1_000_000], .microseconds, isUTC: false)
        == ["1969-12-31 23:59:59.999999", "1970-01-01 00:00:01.000000"])
    #expect(column([-1], .nanoseconds, isUTC: false) == ["1969-12-31 23:59:59.999999999"])
    #expect(TemporalText.settled(["", "1970-01-01 00:00:00"], isUTC: false) == ["", "1970-01-01"])
  }

  /// Expected: Python's `datetime`.
  @Test("dates and times of day")
  func dates() {
    #expect(TemporalText.date(days: 0) == "1970-01-01")
    #expect(TemporalText.date(days: -719_162) == "0001-01-01")
    #expect(TemporalText.date(days: 2_932_896) == "9999-12-31")
    #expect(TemporalText.date(days: 11_016) == "2000-02-29")
    #expect(TemporalText.time(51_200, in: .seconds) == "14:13:20")
    #expect(TemporalText.time(1, in: .microseconds) == "00:00:00.000001")
    #expect(TemporalText.time(1, in: .nanoseconds) == "00:00:00.000000001")
    #expect(TemporalText.time(86_400_000, in: .milliseconds) == nil)
    #expect(TemporalText.time(-1, in: .seconds) == nil)
  }
}
