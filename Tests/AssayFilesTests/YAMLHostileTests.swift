import AssayDiagnostics
import AssayFiles
import Testing

@Suite("Hostile YAML")
struct YAMLHostileTests {
  private func refusal(_ text: String) -> Diagnostic? {
    #expect(throws: Diagnostic.self) { try YAMLNode.parse(Array(text.utf8), path: "p.yaml") }
  }

  /// Ten levels, each nine times the one before: 9^10 nodes when expanded.
  private func laughs(last: String) -> String {
    var text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
    for level in 1...10 {
      let items = String(repeating: "\n  - *a\(level - 1)", count: 9)
      text += "a\(level): &a\(level)\(items)\n"
    }
    return text + last
  }

  /// Fast means: the expansion is never carried out. Nine to the power ten nodes would take hours.
  private func expectFast(_ body: () -> Void) {
    let took = ContinuousClock().measure(body)
    #expect(took < .seconds(10), "took \(took)")
  }

  @Test("a thousand million laughs are refused fast")
  func values() {
    expectFast {
      #expect(refusal(laughs(last: ""))?.fact.sentence.contains("nodes") == true)
    }
  }

  @Test(
    "laughs as a key are refused before they are compared",
    arguments: [
      "? *a10\n: 1\n", "*a10 : 1\n", "x: {*a10 : 1}\n", "x: {*a10, y}\n", "? [*a10]\n: 1\n",
      "x: {[*a10]: 1}\n", "? - *a10\n: 1\n", "x:\n  ? k: *a10\n  : 1\n", "x: [? *a10 : 1]\n",
      "{x: *a10}: 1\n", "- *a10 : 1\n", "x: {y,\n  *a10\n}\n",
    ])
  func keys(_ last: String) {
    // Went wrong once: Yams hashes a key in full while it looks for duplicates.
    expectFast { _ = refusal(laughs(last: last)) }
  }

  @Test("an alias that is a whole value is read")
  func plainAlias() throws {
    let text = """
      base: &base {epochs: 5}
      arms:
        - *base
        - use: *base   # again
      """
    let node = try YAMLNode.parse(Array(text.utf8), path: "p")
    let arms = try #require(try node.openMapping("it")["arms"]).list("arms")
    #expect(try arms[0].openMapping("arm").integer("epochs") == 5)
    #expect(try arms[1].openMapping("arm")["use"]?.openMapping("use").integer("epochs") == 5)
  }

  @Test("stars, ampersands and question marks in prose are no aliases")
  func prose() throws {
    let text = """
      text: |
        *Important*: research & development, R&D? * a list
        ? not a key
      glob: "*.csv"
      """
    #expect(throws: Never.self) { try YAMLNode.parse(Array(text.utf8), path: "p") }
  }

  @Test("a refused alias names its place and the mend")
  func aliasMessage() {
    let error = refusal("a: &x 1\nb: [*x, 2]\n")
    #expect(error?.location == SourceLocation(path: "p.yaml", line: 2, column: 5))
    #expect(error?.help?.contains("'name: *alias'") == true)
  }

  @Test("an anchor inside of itself is refused")
  func recursive() {
    expectFast { _ = refusal("a: &a\n  - *a\n") }
  }

  @Test("64 levels are read, deeper nesting is refused without a crash")
  func depth() throws {
    func nested(_ count: Int) -> String {
      String(repeating: "[", count: count) + String(repeating: "]", count: count)
    }
    #expect(throws: Never.self) { try YAMLNode.parse(Array(nested(64).utf8), path: "p") }
    for text in [
      nested(66), nested(100_000), String(repeating: "[", count: 100_000),
      String(repeating: "- ", count: 50_000) + "x", String(repeating: "{a: ", count: 10_000),
      String(repeating: "? ", count: 10_000) + "x",
    ] {
      expectFast { _ = refusal(text) }
    }
  }

  @Test("more bytes than the limit are refused unread")
  func size() {
    let bytes = [UInt8](repeating: 0x20, count: YAMLNode.sizeLimit + 1)
    let error = #expect(throws: Diagnostic.self) { try YAMLNode.parse(bytes, path: "p") }
    #expect(error?.fact.sentence.contains("bytes of YAML") == true)
  }

  @Test("more plain nodes than the limit are refused")
  func nodes() {
    let text = String(repeating: "- x\n", count: YAMLNode.nodeLimit + 1)
    #expect(refusal(text)?.fact.sentence.contains("nodes") == true)
  }

  @Test("every cut and every changed byte is a diagnostic or a value, never a crash")
  func mutations() throws {
    let whole = Array("a: &x [1, 'b', \"c\\n\"]\nd: {e: *x}\nf: |\n  g\n- h: ~\n".utf8)
    for at in whole.indices {
      _ = try? YAMLNode.parse(Array(whole[..<at]), path: "p")
      for byte: UInt8 in [0x00, 0x09, 0x22, 0x2A, 0x3A, 0x5B, 0x7B, 0x7C, 0xFF] {
        var changed = whole
        changed[at] = byte
        _ = try? YAMLNode.parse(changed, path: "p")
      }
    }
  }
}
