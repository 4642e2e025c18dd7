import Testing

@testable import AssayDiagnostics

@Suite("Text from outside")
struct PrintableTests {
  @Test(
    "what a terminal would act on, or a reader would not see, becomes a replacement character",
    arguments: [
      0x1B, 0x07, 0x00, 0x0D, 0x08, 0x7F, 0x9B, 0x200B, 0x200D, 0x200F, 0x202E, 0x2066, 0x2028,
      0x61C, 0xFEFF, 0xE0041,
    ] as [UInt32])
  func control(_ value: UInt32) throws {
    let scalar = try #require(Unicode.Scalar(value))
    #expect(printable("a\(Character(scalar))b") == "a\u{FFFD}b")
  }

  @Test(
    "letters of any script, signs and emoji stay",
    arguments: ["Zürich", "北京", "ναι", "a<b & \"c\"", "😀", "ε ≤ 8", "−0.3"])
  func plain(_ text: String) {
    #expect(printable(text) == text)
  }

  @Test("line feeds and tabs stay, except where one line is wanted")
  func lines() {
    #expect(printable("a\n\tb") == "a\n\tb")
    #expect(printableLine("a\nb") == "a⏎b")
  }

  @Test("very long text is cut with a mark")
  func long() {
    let result = printable(String(repeating: "a", count: 5_000))
    #expect(result.count == 2_001)
    #expect(result.hasSuffix("…"))
    #expect(printable(String(repeating: "a", count: 2_000)).hasSuffix("a"))
  }

  @Test("a quoted name is flat and at most 120 characters long")
  func quotes() {
    #expect(quoted("a\nb") == "'a⏎b'")
    #expect(quoted(String(repeating: "x", count: 121)).count == 123)
    #expect(quoted("") == "''")
  }

  @Test("of many known names, 24 are listed and the rest are counted")
  func manyNames() {
    let known = (1...30).map { "column\($0)" }
    let sentence = Fact.unknownColumn(name: "x", known: known).sentence
    #expect(sentence.contains("'column24' and 6 more"))
    #expect(!sentence.contains("column25"))
  }
}

@Suite("The nearest valid name")
struct NearestTests {
  @Test(
    "a slip of the finger finds its name",
    arguments: [
      ("epoch", "epochs"), ("lerning_rate", "learning_rate"), ("Rounds", "rounds"),
      ("client_per_round", "clients_per_round"), ("sclaing", "scaling"),
    ])
  func slips(_ typed: String, _ meant: String) {
    let known = ["epochs", "learning_rate", "rounds", "clients_per_round", "scaling", "name"]
    #expect(nearest(to: typed, among: known) == meant)
  }

  @Test("a name that is far from all others gets no suggestion")
  func far() {
    #expect(nearest(to: "temperature", among: ["epochs", "rounds"]) == nil)
    #expect(nearest(to: "abc", among: ["xyz"]) == nil)
    #expect(nearest(to: "a", among: []) == nil)
  }

  @Test("of two equally near names the first known one is suggested")
  func tie() {
    #expect(nearest(to: "cat", among: ["bat", "hat"]) == "bat")
  }

  @Test("names of any length are compared without delay")
  func long() {
    let long = String(repeating: "a", count: 100_000)
    #expect(nearest(to: long, among: [long + "b"]) == nil)
    #expect(nearest(to: "", among: ["a"]) == "a")
  }
}
