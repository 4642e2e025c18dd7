import AssayFiles
import Testing

@Suite("Writing JSON")
struct JSONWritingTests {
  private func reread(_ value: JSONValue, pretty: Bool = true) throws -> JSONValue {
    try JSONValue.parse(Array(value.serialized(pretty: pretty).utf8), path: "f")
  }

  @Test("text is strict JSON with two spaces a level, small lists on one line")
  func layout() {
    let value: JSONValue = .object([
      "schema": .string("x/1"), "list": .array([.integer(1), .double(0.5)]),
      "arms": .object(["a": .object(["value": .null, "rows": .integer(3)])]),
      "empty": .array([]),
    ])
    #expect(
      value.serialized() == """
        {
          "schema": "x/1",
          "list": [1, 0.5],
          "arms": {
            "a": {"value": null, "rows": 3}
          },
          "empty": []
        }

        """)
    #expect(
      value.serialized(pretty: false)
        == #"{"schema":"x/1","list":[1,0.5],"arms":{"a":{"value":null,"rows":3}},"empty":[]}"#)
  }

  @Test(
    "a double reads back to the same bits",
    arguments: [
      0.1, 1.0 / 3, .leastNonzeroMagnitude, 1.7976931348623157e308, -2.5e-3, 1e16, 1e21,
      123_456_789.0, 1e-7, 0,
    ])
  func doubles(_ value: Double) throws {
    let back = try reread(.array([.double(value)]))[0]?.double
    #expect(back?.bitPattern == value.bitPattern)
  }

  @Test("zero has one spelling, and a whole double stays a double")
  func spellings() throws {
    #expect(JSONValue.double(-0.0).serialized(pretty: false) == "0.0")
    #expect(JSONValue.double(3).serialized(pretty: false) == "3.0")
    #expect(try reread(.double(3)) == .double(3))
  }

  @Test("what strict JSON has no words for is null or a named string")
  func notFinite() {
    let value: JSONValue = .array([.double(.nan), .double(.infinity), .double(-.infinity)])
    #expect(value.serialized(pretty: false) == #"[null,"infinity","-infinity"]"#)
    #expect(JSONValue.number(.infinity).extendedDouble == .infinity)
    #expect(JSONValue.number(-.infinity).extendedDouble == -.infinity)
    #expect(JSONValue.number(.nan) == .null)
    #expect(JSONValue.number(nil) == .null)
    #expect(JSONValue.string("x").extendedDouble == nil)
  }

  @Test(
    "any text reads back unchanged",
    arguments: [
      "", "a\"b\\c/d", "\n\r\t", "\u{0}\u{1F}\u{7F}", "é€😀", "\u{2028}\u{202E}", "</script>",
      "a\u{301}",
    ])
  func texts(_ text: String) throws {
    #expect(try reread(.string(text)).string == text)
    let object: JSONValue = .object(JSONObject(dictionaryLiteral: (text, .string(text))))
    #expect(try reread(object) == object)
    #expect(try reread(object, pretty: false) == object)
  }

  @Test("characters that break lines or turn direction are written as escapes")
  func escapes() {
    let text = JSONValue.string("\u{0}\u{2028}\u{202E}\u{7F}").serialized(pretty: false)
    #expect(text == #""\u0000\u2028\u202e\u007f""#)
  }

  @Test("the same value gives the same bytes, however its object was made")
  func canonical() {
    var object: JSONObject = ["a": .integer(1), "b": .integer(2), "c": .integer(3)]
    object["b"] = nil
    object["d"] = .integer(4)
    object["a"] = .integer(5)
    #expect(JSONValue.object(object).serialized(pretty: false) == #"{"a":5,"c":3,"d":4}"#)
    #expect(object == ["a": .integer(5), "c": .integer(3), "d": .integer(4)])
    #expect(object != ["c": .integer(3), "a": .integer(5), "d": .integer(4)])
    #expect(object["b"] == nil)
    #expect(Set([object, object]).count == 1)
  }

  @Test("a value answers for its own kind only")
  func access() {
    let value: JSONValue = .object(["a": .array([.bool(true), .string("x")])])
    #expect(value["a"]?[1]?.string == "x")
    #expect(value["a"]?[2] == nil)
    #expect(value["a"]?[-1] == nil)
    #expect(value["b"] == nil)
    #expect(value["a"]?["b"] == nil)
    #expect(value[0] == nil)
    #expect(value["a"]?[0]?.bool == true)
    #expect(value["a"]?[0]?.integer == nil)
    #expect(JSONValue.integer(3).double == 3)
    #expect(JSONValue.null.isNull)
    #expect(JSONValue.optional(nil as String?) == .null)
    #expect(JSONValue.optional(3 as Int?) == .integer(3))
    #expect(JSONValue.strings(["a"]) == .array([.string("a")]))
  }
}
