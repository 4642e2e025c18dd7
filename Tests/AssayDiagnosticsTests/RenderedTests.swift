import Testing

@testable import AssayDiagnostics

@Suite("Rendered diagnostics")
struct RenderedTests {
  @Test("a diagnostic names place, expectation, finding, line, caret and mend")
  func wholeMessage() {
    let diagnostic = Diagnostic(
      .outOfRange(column: "score", found: "1.7", expected: "a probability in 0...1"),
      at: SourceLocation(path: "predictions.csv", line: 118, column: 8),
      help: "if this column holds logits, import with --score-kind logit",
      sourceLine: "4021,1,1.7,65+", width: 3)
    #expect(
      diagnostic.rendered == """
        predictions.csv:118:8: error: expected a probability in 0...1 in column 'score', found '1.7'
          118 | 4021,1,1.7,65+
              |        ^~~
          help: if this column holds logits, import with --score-kind logit
        """)
  }

  @Test("severity is printed, and a diagnostic without a place starts with it")
  func severities() {
    let fact = Fact.other(found: "b", expected: "a")
    #expect(
      Diagnostic(fact, severity: .warning).rendered == "warning: expected a, found b")
    #expect(Diagnostic(fact, severity: .note).rendered == "note: expected a, found b")
  }

  @Test("a location prints as path, line, column and part, each only when known")
  func locations() {
    #expect(SourceLocation(path: "a").description == "a")
    #expect(SourceLocation(path: "a", line: 3).description == "a:3")
    #expect(SourceLocation(path: "a", line: 3, column: 4).description == "a:3:4")
    #expect(SourceLocation(path: "a", column: 4).description == "a")
    #expect(SourceLocation(path: "a", part: "row 2").description == "a (row 2)")
  }

  @Test("the caret of a long line stays under what it points at")
  func longLine() {
    let line = String(repeating: "x", count: 300) + "BAD" + String(repeating: "y", count: 300)
    let rendered = Diagnostic(
      .strayQuote, at: SourceLocation(path: "f", line: 1, column: 301), sourceLine: line, width: 3
    ).rendered
    let rows = rendered.split(separator: "\n")
    let caret = Array(rows[2]).firstIndex(of: "^") ?? 0
    #expect(String(Array(rows[1])[caret..<caret + 3]) == "BAD")
    #expect(rows[1].count < 120)
  }

  @Test("a caret behind the end of a line does not trap")
  func caretBehindTheEnd() {
    let rendered = Diagnostic(
      .unterminatedQuote, at: SourceLocation(path: "f", line: 1, column: 99), sourceLine: "ab",
      width: 50
    ).rendered
    #expect(rendered.contains("  1 | ab\n"))
  }

  @Test("a tab in the source line does not move the caret")
  func tabInLine() {
    let rendered = Diagnostic(
      .strayQuote, at: SourceLocation(path: "f", line: 1, column: 3), sourceLine: "\t\tx"
    ).rendered
    #expect(rendered.contains("  1 |   x\n    |   ^"))
  }

  @Test("a line feed in a name cannot pass for a message of its own")
  func forgedMessage() {
    // Went wrong once: the path was printed with its line feed.
    let rendered = Diagnostic(
      .wrongKind(key: "a", found: "x\nerror: forged", expected: "text"),
      at: SourceLocation(path: "a\nerror: forged", line: 1, column: 1),
      help: "x\nerror: forged", sourceLine: "x\nerror: forged"
    ).rendered
    #expect(!rendered.split(separator: "\n").contains { $0.hasPrefix("error:") })
  }

  @Test("every fact has a sentence that says what was found", arguments: Fact.examples)
  func sentences(_ fact: Fact) {
    #expect(!fact.sentence.isEmpty)
    #expect(!fact.sentence.hasSuffix("."))
    #expect(!fact.sentence.contains("\n"))
  }

  @Test("only facts with a general mend carry advice")
  func advice() {
    #expect(Fact.fileMissing.advice != nil)
    #expect(Fact.notUTF8(byte: 0xE9).advice?.contains("iconv") == true)
    #expect(Fact.noRows.advice == nil)
    #expect(
      Fact.unknownKey(key: "epoch", known: ["epochs", "name"]).advice == "did you mean 'epochs'?")
    #expect(Fact.unknownKey(key: "zzzzzz", known: ["epochs"]).advice == nil)
  }

  @Test("a help sentence of its own wins over the general one")
  func ownHelp() {
    let rendered = Diagnostic(.fileMissing, help: "look elsewhere").rendered
    #expect(rendered.hasSuffix("help: look elsewhere"))
  }
}

@Suite("Lists of diagnostics")
struct DiagnosticListTests {
  private static func list(_ count: Int) -> DiagnosticList {
    var list = DiagnosticList()
    for line in 1...count {
      list.append(Diagnostic(.strayQuote, at: SourceLocation(path: "f", line: line)))
    }
    return list
  }

  @Test("the first twenty problems are printed, and the rest are counted")
  func limit() {
    let list = Self.list(332)
    #expect(list.diagnostics.count == 20)
    #expect(list.omitted == 312)
    #expect(list.rendered.hasSuffix("\nand 312 more"))
    #expect(list.rendered.contains("f:20: error"))
    #expect(!list.rendered.contains("f:21: error"))
  }

  @Test("twenty problems leave nothing out, twenty-one leave one")
  func boundary() {
    #expect(Self.list(20).omitted == 0)
    #expect(!Self.list(20).rendered.contains("more"))
    #expect(Self.list(21).omitted == 1)
  }

  @Test("a list made from an array counts as one that grew")
  func fromArray() {
    let many = (1...25).map { Diagnostic(.strayQuote, at: SourceLocation(path: "f", line: $0)) }
    #expect(DiagnosticList(many) == Self.list(25))
    #expect(DiagnosticList(many, omitted: 3).omitted == 8)
  }

  @Test("an empty list does not throw, any other does")
  func throwing() {
    #expect(throws: Never.self) { try DiagnosticList().throwIfNotEmpty() }
    #expect(throws: DiagnosticList.self) { try Self.list(1).throwIfNotEmpty() }
    #expect(throws: DiagnosticList.self) { try DiagnosticList([], omitted: 1).throwIfNotEmpty() }
  }
}

@Suite("Exit codes")
struct ExitStatusTests {
  @Test("the codes are the ones that scripts rely on")
  func codes() {
    let codes: [AssayDiagnostics.ExitStatus] = [
      .met, .notMet, .invalidInput, .misuse, .internalError, .outputFailed, .interrupted,
      .terminated,
    ]
    // README.md, "Exit codes".
    #expect(codes.map(\.rawValue) == [0, 1, 2, 64, 70, 74, 130, 143])
  }

  @Test("a failed output keeps the system's words and the path")
  func outputError() {
    let error = OutputError(path: "out/a.html", reason: "No space left on device")
    #expect(
      error.diagnostic.rendered
        == "out/a.html: error: the output could not be written: No space left on device")
  }
}

extension Fact {
  /// One of each kind, with names that want escaping.
  static let examples: [Fact] = [
    .fileMissing, .isDirectory, .isNotDirectory, .notRegularFile, .unreadable(reason: "no"),
    .fileEmpty, .noRows, .overLimit(what: "bytes", found: "9", limit: "8"),
    .unsafePath(path: "../x", why: "leaves the folder"),
    .refusedContent(what: "a tag", why: "plain data only"), .unwritable(reason: "full"),
    .outputOccupied(found: "thesis.docx"), .unrecognisedSource(lookedFor: ["a", "b"]),
    .notUTF8(byte: 0xFF), .syntax(format: "JSON", problem: "expected a value"),
    .raggedRow(expected: 3, found: 2), .unterminatedQuote, .strayQuote,
    .duplicateColumn(name: "a\nb", first: 2), .unknownColumn(name: "x", known: ["y"]),
    .wrongType(column: "c", found: "x", expected: "a number"),
    .outOfRange(column: "c", found: "2", expected: "0 or 1"),
    .notFinite(column: "c", found: "nan"), .missingValue(column: "c"),
    .labelOutsideClasses(column: "c", found: "9", classes: "0...2"),
    .singleClass(column: "c", label: "1"),
    .duplicateIdentifier(column: "c", value: "7", firstLine: 2),
    .unknownKey(key: "k", known: ["j"]), .missingKey(key: "k", inside: "the pilot"),
    .duplicateKey(key: "k"), .wrongKind(key: "k", found: "a list", expected: "text"),
    .badValue(key: "k", found: "-1", expected: "a count"),
    .unknownName(what: "an arm", name: "x", known: ["y"]),
    .conflict(first: "a", second: "b", why: "both set the noise"),
    .other(found: "b", expected: "a"),
  ]
}
