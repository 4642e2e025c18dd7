import Testing

@testable import AssayTables

@Suite("Distinct texts by their bytes")
struct TextInternerTests {
  @Test("codes are given in the order of first appearance, however many there are")
  func order() {
    var interner = TextInterner()
    let texts = (0..<5_000).map { "text \($0 % 1_700)" }
    let codes = texts.map { interner.code($0) }
    #expect(codes == (0..<5_000).map { Int32($0 % 1_700) })
    #expect(interner.texts == Array(texts.prefix(1_700)))
  }

  @Test("texts that Unicode takes for equal are two; what is no UTF-8 has no code")
  func bytes() {
    var interner = TextInterner()
    #expect(interner.code("é") == 0)
    #expect(interner.code("e\u{301}") == 1)
    #expect(interner.code("") == 2)
    #expect(interner.code("é") == 0)
    let broken: [UInt8] = [0xC3]
    #expect(broken.withUnsafeBytes { interner.code($0) } == nil)
    #expect(interner.texts.count == 3)
  }
}

@Suite("Parts of typed columns")
struct TypedValuesPartsTests {
  @Test("parts that follow one another are joined, with what is missing in any of them")
  func joined() {
    let parts: [TypedValues] = [
      .texts(codes: [0, 0], texts: ["a"], missing: nil),
      .texts(codes: [0, 1], texts: ["b", "a"], missing: [true, false]),
    ]
    guard case .texts(let codes, let texts, let missing) = TypedValues.joined(parts) else {
      Issue.record("no texts")
      return
    }
    #expect(codes.map { texts[Int($0)] } == ["a", "a", "b", "a"])
    #expect(missing == [false, false, true, false])
    #expect(TypedValues.joined([])?.count == nil)
  }

  @Test("values at positions; of a large dictionary only what is used")
  func gathered() {
    let texts = (0..<100).map { "t\($0)" }
    let all = TypedValues.texts(codes: (0..<100).map { Int32($0) }, texts: texts, missing: nil)
    guard
      case .texts(let codes, let used, let missing) = all.gathered(
        [7, 0, 7], missing: [false, true, false])
    else { return }
    #expect(used == ["t7", "t0"])
    #expect(codes == [0, 1, 0])
    #expect(missing == [false, true, false])
    let holes = TypedValues.integers([5, 6], missing: [false, true]).gathered([1, 0], missing: nil)
    #expect(holes.missing == [true, false])
  }

  @Test("unsigned integers keep all digits where they do not fit")
  func unsigned() {
    if case .integers(let values, _) = TypedValues.unsigned([7, 1 << 62], missing: nil) {
      #expect(values == [7, 1 << 62])
    } else {
      Issue.record("no integers")
    }
    if case .texts(let codes, let texts, _) = TypedValues.unsigned([7, .max], missing: nil) {
      #expect(codes.map { texts[Int($0)] } == ["7", "18446744073709551615"])
    } else {
      Issue.record("no texts")
    }
  }
}
