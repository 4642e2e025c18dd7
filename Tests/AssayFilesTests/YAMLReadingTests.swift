import AssayDiagnostics
import AssayFiles
import AssayTestSupport
import Testing

@Suite("Reading YAML")
struct YAMLReadingTests {
  private func parse(_ text: String) throws -> YAMLNode {
    try YAMLNode.parse(Array(text.utf8), path: "p.yaml")
  }

  private func mapping(_ text: String) throws -> YAMLMapping {
    try parse(text).openMapping("the file")
  }

  private func refusal(_ text: String) -> Diagnostic? {
    #expect(throws: Diagnostic.self) { try parse(text) }
  }

  @Test("values are read by the kind that is asked for")
  func kinds() throws {
    let file = try mapping(
      """
      text: some words
      quoted: "1"
      whole: -3
      number: 2.5e-3
      big: .inf
      flag: true
      none: ~
      list: [a, b]
      """)
    #expect(try file.text("text") == "some words")
    #expect(try file.text("quoted") == "1")
    #expect(try file.integer("whole") == -3)
    #expect(try file.number("number") == 2.5e-3)
    #expect(try file.number("whole") == -3)
    #expect(try file.require("big").number("big", allowInfinity: true) == .infinity)
    #expect(try file.boolean("flag") == true)
    #expect(file["none"] == nil)
    #expect(try file.texts("list") == ["a", "b"])
    #expect(try file.texts("text") == ["some words"])
    #expect(try file.texts("none") == [])
    #expect(file["absent"] == nil)
  }

  @Test(
    "a value of another kind names the key and what was found",
    arguments: [
      ("a: x", "'a', found 'x'"), ("a: \"1\"", "found '1'"), ("a: 1.5", "found '1.5'"),
      ("a: [1]", "found a list"), ("a: {b: 1}", "found a mapping"), ("a: 0x10", "found '0x10'"),
      ("a: 99999999999999999999", "found '99999999999999999999'"),
    ])
  func wrongKind(_ text: String, _ says: String) throws {
    let file = try mapping(text)
    let error = #expect(throws: Diagnostic.self) { try file.integer("a") }
    #expect(error?.fact.sentence.contains(says) == true)
    #expect(error?.location == SourceLocation(path: "p.yaml", line: 1, column: 4))
  }

  @Test("NaN, infinity and hexadecimal are no numbers unless asked for")
  func numbers() throws {
    for text in ["a: .nan", "a: nan", "a: .inf", "a: inf", "a: 1e999", "a: 0x1p3", "a: '1'"] {
      let file = try mapping(text)
      #expect(throws: Diagnostic.self) { try file.number("a") }
    }
  }

  @Test("yes, no, on and off are text, not booleans")
  func booleans() throws {
    for word in ["yes", "no", "on", "off", "True", "\"true\""] {
      let file = try mapping("a: \(word)")
      #expect(throws: Diagnostic.self) { try file.boolean("a") }
      #expect(try file.text("a") == word.replacing("\"", with: ""))
    }
  }

  @Test("an empty file is an empty mapping")
  func empty() throws {
    #expect(try mapping("").members.isEmpty)
    #expect(try mapping("# only a comment\n").members.isEmpty)
  }

  @Test("an unknown key is refused at its place with the nearest valid name")
  func unknownKey() throws {
    let node = try parse("name: a\nepoch: 3\n")
    let error = #expect(throws: Diagnostic.self) {
      try node.mapping("the arm", keys: ["name", "epochs"])
    }
    #expect(error?.location == SourceLocation(path: "p.yaml", line: 2, column: 1))
    #expect(error?.rendered.contains("did you mean 'epochs'?") == true)
    #expect(error?.rendered.contains("2 | epoch: 3\n    | ^~~~~") == true)
  }

  @Test("a missing key names the mapping that lacks it")
  func missingKey() throws {
    let file = try mapping("a: 1")
    let error = #expect(throws: Diagnostic.self) { try file.require("label") }
    #expect(
      error?.fact.sentence == "expected the key 'label' in the file, found none")
  }

  @Test("a choice outside of its values suggests one")
  func choice() throws {
    enum Kind: String, CaseIterable { case silo, person, device }
    let node = try parse("silos")
    let error = #expect(throws: Diagnostic.self) { try node.choice("client_is", Kind.self) }
    #expect(error?.rendered.contains("did you mean 'silo'?") == true)
    #expect(try parse("person").choice("client_is", Kind.self) == .person)
  }

  @Test("carriage returns before line feeds do not disturb places")
  func windowsLines() throws {
    // Went wrong once: Swift takes CR LF for one character, so the file had one line.
    let error = #expect(throws: Diagnostic.self) {
      try parse("name: a\r\narms:\r\n  - b\r\nepoch: 3\r\n").mapping("it", keys: ["name", "arms"])
    }
    #expect(error?.location?.line == 4)
    #expect(error?.sourceLine == "epoch: 3")
  }

  @Test("a key given twice is refused where it stands the second time")
  func duplicates() {
    let cases: [(text: String, line: Int, column: Int)] = [
      ("a: 1\nb: 2\na: 3\n", 3, 1), ("x:\n  a: 1\n  a: 2\n", 3, 3),
      ("a:\n  a: 1\nb: 1\na: 2\n", 4, 1), ("- a: 1\n  a: 2\n", 2, 3),
      ("- {a: 1, a: 2}\n", 1, 10), ("a: 1\n\"a\": 2\n", 2, 1),
    ]
    for (text, line, column) in cases {
      let error = refusal(text)
      #expect(error?.fact == .duplicateKey(key: "a"), "\(text)")
      #expect(
        error?.location == SourceLocation(path: "p.yaml", line: line, column: column), "\(text)")
    }
  }

  @Test("a tab in the indentation is named with its place")
  func tabs() {
    let error = refusal("data:\n\tpath: x\n")
    #expect(error?.fact.sentence.contains("found a tab") == true)
    #expect(error?.location == SourceLocation(path: "p.yaml", line: 2, column: 1))
    #expect(error?.help == "replace the tab with spaces")
  }

  @Test("a tab inside of a block of text is text")
  func tabInText() throws {
    // Went wrong once: every tab at the start of a line was refused.
    #expect(try mapping("a: |\n  x\n  \ty\n").text("a") == "x\n\ty\n")
  }

  /// Broken files, the line of the fault, and a word of the message.
  static let broken: [(text: String, line: Int)] = [
    ("a: [1, 2\n", 2), ("a: {b: 1\n", 2), ("a: \"x\n", 2), ("a: b: c\n", 1), ("a: 1\n b: 2\n", 2),
    ("- a\nb: 1\n", 2), ("a: 1\n---\nb: 2\n", 2), ("a: *missing\n", 1),
    ("%YAML 9.9\n---\na: 1\n", 1),
    ("a: @x\n", 1), ("a: `x`\n", 1), ("]\n", 1), ("a: !<x\n", 1), ("a: \"\\q\"\n", 1),
    ("a: 1\nb: \u{0}\n", 2), ("ok: 1\nbad: \u{7}\n", 2), ("[a, b]: 1\n", 1), ("? {a: 1}\n: 2\n", 1),
  ]

  @Test("each broken file is refused with a line, never trapped", arguments: Self.broken)
  func refused(_ broken: (text: String, line: Int)) {
    let error = refusal(broken.text)
    #expect(error?.location?.line == broken.line, "\(error?.rendered ?? "")")
  }

  @Test("tags that build objects are refused, plain ones are not")
  func tags() throws {
    for tag in [
      "!!python/object/apply:os.system [ls]", "!custom x", "!<tag:example.org,2000:x> y",
      "!!python/name:os.system",
    ] {
      #expect(refusal("a: \(tag)\n")?.fact.sentence.contains("tag") == true)
    }
    #expect(try mapping("a: !!str 12\n").text("a") == "12")
    #expect(try mapping("a: ! 12\n").text("a") == "12")
  }

  @Test("bytes that are not UTF-8 are named with line, column and value")
  func encoding() {
    let bytes = Array("a: 1\nb: caf".utf8) + [0xE9, 0x0A]
    let error = #expect(throws: Diagnostic.self) { try YAMLNode.parse(bytes, path: "p") }
    #expect(error?.fact == .notUTF8(byte: 0xE9))
    #expect(error?.location == SourceLocation(path: "p", line: 2, column: 7))
    for mark: [UInt8] in [[0xFF, 0xFE, 0x61, 0x00], [0xFE, 0xFF, 0x00, 0x61]] {
      let utf16 = #expect(throws: Diagnostic.self) { try YAMLNode.parse(mark, path: "p") }
      #expect(utf16?.fact.sentence.contains("UTF-16") == true)
      #expect(utf16?.help?.contains("iconv") == true)
    }
  }

  @Test("a byte-order mark is skipped")
  func byteOrderMark() throws {
    let node = try YAMLNode.parse([0xEF, 0xBB, 0xBF] + Array("a: 1".utf8), path: "p")
    #expect(try node.openMapping("it").integer("a") == 1)
  }
}
