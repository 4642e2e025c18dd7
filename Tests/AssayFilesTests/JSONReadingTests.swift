import AssayDiagnostics
import AssayFiles
import AssayTestSupport
import Testing

@Suite("Reading JSON")
struct JSONReadingTests {
  private func parse(_ text: String) throws -> JSONValue {
    try JSONValue.parse(Array(text.utf8), path: "f.json")
  }

  @Test("all kinds of values are read, and members keep their order")
  func kinds() throws {
    let value = try parse(
      #" { "z": [1, -2, 2.5, 1e3, true, false, null], "a": {"text": "x"}, "e": {}, "l": [] } "#)
    let expected: JSONValue = .object([
      "z": .array([
        .integer(1), .integer(-2), .double(2.5), .double(1000), .bool(true), .bool(false), .null,
      ]),
      "a": .object(["text": .string("x")]), "e": .object([:]), "l": .array([]),
    ])
    #expect(value == expected)
    #expect(value.object?.keys == ["z", "a", "e", "l"])
  }

  @Test("a byte-order mark is skipped")
  func byteOrderMark() throws {
    #expect(try JSONValue.parse([0xEF, 0xBB, 0xBF] + Array("1".utf8), path: "f") == .integer(1))
  }

  @Test("NaN and infinities as Python writes them are read")
  func notFinite() throws {
    let items = try #require(try parse("[NaN, Infinity, -Infinity]").array)
    #expect(items[0].double?.isNaN == true)
    #expect(items[1].double == .infinity)
    #expect(items[2].double == -.infinity)
  }

  @Test("whole numbers are exact up to 64 bits and doubles beyond")
  func wholeNumbers() throws {
    #expect(try parse("9223372036854775807") == .integer(.max))
    #expect(try parse("-9223372036854775808") == .integer(.min))
    #expect(try parse("9223372036854775808") == .double(0x1p63))
    #expect(try parse("3.0").integer == 3)
    #expect(try parse("3.5").integer == nil)
    #expect(try parse("1e300").integer == nil)
  }

  @Test(
    "doubles are read to the nearest value",
    arguments: [
      // Bit patterns by Python 3.11 float.hex().
      ("0.1", 0x1.999999999999ap-4), ("5e-324", .leastNonzeroMagnitude),
      ("1.7976931348623157e308", 0x1.fffffffffffffp+1023), ("-2.5E-3", -0x1.47ae147ae147bp-9),
      ("123456789012345678901234567890", 0x1.8ee90ff6c373ep+96),
    ])
  func doubles(_ text: String, _ value: Double) throws {
    #expect(try parse(text).double == value)
  }

  @Test("escapes are read, surrogate pairs too; half a pair becomes a replacement character")
  func escapes() throws {
    #expect(
      try parse(#""\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\ude00""#)
        == .string("\"\\/\u{8}\u{C}\n\r\té€😀"))
    #expect(try parse(#""a\ud83db""#) == .string("a\u{FFFD}b"))
    #expect(try parse(#""\ud83d\u0041""#) == .string("\u{FFFD}A"))
    #expect(try parse(#""\ude00""#) == .string("\u{FFFD}"))
  }

  @Test("64 levels are read and 100,000 are refused without a crash")
  func depth() throws {
    func nested(_ count: Int) -> String {
      String(repeating: "[", count: count) + String(repeating: "]", count: count)
    }
    _ = try parse(nested(64))
    for text in [
      nested(66), nested(100_000), String(repeating: #"{"a":"#, count: 100_000),
      String(repeating: "[", count: 1_000_000),
    ] {
      let error = #expect(throws: Diagnostic.self) { try parse(text) }
      #expect(error?.fact.sentence.contains("nesting") == true)
    }
  }

  @Test("the place of a fault is line and column in characters, both from 1")
  func places() throws {
    let error = #expect(throws: Diagnostic.self) {
      try parse("{\n  \"größe\": 1,\n  \"größe\": 2\n}")
    }
    #expect(error?.location == SourceLocation(path: "f.json", line: 3, column: 3))
    #expect(error?.sourceLine == "  \"größe\": 2")
    #expect(error?.fact.sentence.contains("the name 'größe' stands twice") == true)
    let behind = #expect(throws: Diagnostic.self) { try parse("[\"ä\", x]") }
    #expect(behind?.location?.column == 7)
  }

  /// Each fault with the line and column where it is, and a word of its message.
  static let faults: [(text: String, line: Int, column: Int, says: String)] = [
    ("", 1, 1, "end of the file"), ("   \n ", 2, 2, "end of the file"),
    ("{", 1, 2, "name in quotes"), ("[", 1, 2, "end of the file"), ("[1", 1, 3, "',' or ']'"),
    ("[1 2]", 1, 4, "',' or ']'"), ("[1,]", 1, 4, "a value"), ("[,1]", 1, 2, "a value"),
    ("[1,,2]", 1, 4, "a value"), ("{,}", 1, 2, "name in quotes"),
    ("{\"a\":1,}", 1, 8, "name in quotes"), ("{\"a\" 1}", 1, 6, "':'"),
    ("{\"a\":}", 1, 6, "a value"), ("{a:1}", 1, 2, "name in quotes"),
    ("{'a':1}", 1, 2, "name in quotes"), ("{\"a\":1 \"b\":2}", 1, 8, "',' or '}'"),
    ("{\"a\":1,\"a\":2}", 1, 8, "twice"), ("{\"a\":1]", 1, 7, "',' or '}'"),
    ("1 2", 1, 3, "end of the file"), ("{} {}", 1, 4, "end of the file"),
    ("01", 1, 1, "start with 0"), ("-", 1, 1, "digit"), ("-x", 1, 1, "digit"),
    ("+1", 1, 1, "value"),
    (".5", 1, 1, "value"), ("1.", 1, 1, "after the point"), ("1.e5", 1, 1, "after the point"),
    ("1e", 1, 1, "exponent"), ("1e+", 1, 1, "exponent"), ("1e999", 1, 1, "too large"),
    ("-1e999", 1, 1, "too large"), ("0x10", 1, 2, "end of the file"), ("tru", 1, 1, "value"),
    ("True", 1, 1, "value"), ("nan", 1, 1, "value"), ("+Infinity", 1, 1, "value"),
    ("Infinit", 1, 1, "value"), ("undefined", 1, 1, "value"), ("\"abc", 1, 1, "without an end"),
    ("\"a\nb\"", 1, 3, "control character"), ("\"a\u{0}b\"", 1, 3, "control character"),
    ("\"\\x41\"", 1, 3, "escape"), ("\"\\u12\"", 1, 4, "escape"),
    ("\"\\u12G4\"", 1, 4, "hexadecimal"),
    ("\"\\", 1, 3, "without an end"), ("// x\n1", 1, 1, "value"), ("/* x */1", 1, 1, "value"),
    ("[1]\n]", 2, 1, "end of the file"), ("\u{1}", 1, 1, "value"), ("\u{A0}1", 1, 1, "value"),
  ]

  @Test("each fault is refused at its place, never trapped", arguments: Self.faults)
  func refused(_ fault: (text: String, line: Int, column: Int, says: String)) {
    let error = #expect(throws: Diagnostic.self) { try parse(fault.text) }
    #expect(error?.location?.line == fault.line)
    #expect(error?.location?.column == fault.column)
    #expect(error?.fact.sentence.contains(fault.says) == true, "\(error?.rendered ?? "")")
  }

  @Test("text that is not UTF-8 is refused, and UTF-16 is named")
  func encodings() throws {
    for bytes: [UInt8] in [
      [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0xC3],
    ] {
      #expect(throws: Diagnostic.self) { try JSONValue.parse(bytes, path: "f") }
    }
    let error = #expect(throws: Diagnostic.self) {
      try JSONValue.parse([0xFF, 0xFE, 0x31, 0x00], path: "f")
    }
    #expect(error?.fact.sentence.contains("UTF-16") == true)
  }

  @Test("every cut of a document is a diagnostic or a value, never a crash")
  func truncation() throws {
    let whole = Array(#"{"a": [1.5e3, "\u00e9\n", true, null, -Infinity], "b": {"c": "ü"}}"#.utf8)
    for end in whole.indices {
      #expect(throws: Diagnostic.self) { try JSONValue.parse(Array(whole[..<end]), path: "f") }
    }
    for at in whole.indices {
      for byte: UInt8 in [0x00, 0x22, 0x5C, 0x7B, 0x7D, 0xFF] {
        var changed = whole
        changed[at] = byte
        _ = try? JSONValue.parse(changed, path: "f")
      }
    }
  }

  @Test("a hostile file of deep nesting is refused", .enabled(if: TestData.external != nil))
  func hostile() throws {
    let folder = try InputFolder(try #require(TestData.external))
    let bytes = try folder.read("artifacts/hostile/deep.json")
    #expect(throws: Diagnostic.self) { try JSONValue.parse(bytes, path: "deep.json") }
  }
}
