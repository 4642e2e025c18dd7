import AssayDiagnostics
import AssayXML
import Testing

@Suite("Reading XML that is not trusted")
struct XMLTests {
  private func root(_ text: String) throws -> XMLElement {
    try XMLDocument(Array(text.utf8), path: "in.xml").root()
  }

  @Test("elements, attributes, text and lines are read")
  func reads() throws {
    let root = try root(
      "<?xml version=\"1.0\"?>\n<a x=\"1 &lt; 2\">\n<b>t&amp;<![CDATA[<u>]]></b><!-- c --><b/></a>")
    #expect(root.name == "a")
    #expect(root["x"] == "1 < 2")
    #expect(root.children.map(\.name) == ["b", "b"])
    #expect(root.children[0].text == "t&<u>")
    #expect(root.children[0].line == 3)
    #expect(root["y"] == nil)
  }

  @Test(
    "entities, external subsets and declarations are refused",
    arguments: [
      "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><r>&x;</r>",
      "<!DOCTYPE r [<!ENTITY % p SYSTEM \"file:///etc/hostname\"> %p;]><r/>",
      "<!DOCTYPE r [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><r>&b;</r>",
      "<!DOCTYPE r [<!ATTLIST r x CDATA \"y\">]><r/>", "<!DOCTYPE r [<!ELEMENT r ANY>]><r/>",
      "<!DOCTYPE r SYSTEM \"http://127.0.0.1:9/x.dtd\"><r>&x;</r>", "<r>&x;</r>",
    ])
  func refuses(text: String) {
    #expect(throws: Diagnostic.self) { try root(text) }
  }

  @Test("a bare document type is allowed")
  func bareDoctype() throws {
    #expect(try root("<!DOCTYPE html>\n<html/>").name == "html")
    #expect(try root("<!DOCTYPE r SYSTEM \"http://127.0.0.1:9/x.dtd\"><r>t</r>").text == "t")
  }

  @Test("the first problem is reported with its line, not a consequence of it")
  func firstError() throws {
    let problem = #expect(throws: Diagnostic.self) { try root("<a>\n<b>\n</a>\n</b>") }
    #expect(problem?.location?.line == 3)
    #expect(problem?.fact.sentence.contains("mismatch") == true)
  }

  @Test("depth, size and emptiness are bounded")
  func bounds() throws {
    let deep = String(repeating: "<a>", count: 100_000)
    #expect(throws: Diagnostic.self) { try root(deep) }
    let level = String(repeating: "<a>", count: 255) + String(repeating: "</a>", count: 255)
    #expect(try root(level).name == "a")
    #expect(throws: Diagnostic.self) { _ = try XMLDocument([], path: "in.xml") }
    #expect(throws: Diagnostic.self) {
      _ = try XMLDocument(Array("<a/>".utf8), path: "in.xml", limit: 3)
    }
    #expect(throws: Diagnostic.self) {
      _ = try XMLDocument([0x3C, 0x61, 0x3E, 0, 0x3C], path: "in.xml")
    }
  }

  @Test("what is written reads back, and what XML cannot carry becomes U+FFFD")
  func writes() throws {
    let writer = try XMLWriter()
    try writer.element("r", [("a", "\"<&>\n\u{1}")]) {
      try writer.text("]]> \u{1B}[31mred\u{1B}[0m \u{FFFE}\u{8}")
      try writer.element("b")
    }
    let bytes = try writer.finish()
    let root = try XMLDocument(bytes, path: "out.xml").root()
    #expect(root["a"] == "\"<&>\n\u{FFFD}")
    #expect(root.text.hasPrefix("]]> red \u{FFFD}\u{FFFD}"))
    #expect(root.children.map(\.name) == ["b"])
  }

  @Test("text is cut at a code point and says so")
  func limited() {
    #expect(XMLText.limited("éé", bytes: 4) == "éé")
    let cut = XMLText.limited(String(repeating: "é", count: 100), bytes: 41)
    #expect(cut.utf8.count <= 41)
    #expect(cut.hasSuffix(" … (cut)"))
  }

  @Test("many threads may read at once")
  func threads() async throws {
    let counts = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 1...32 {
        group.addTask {
          let text = "<r>" + String(repeating: "<c/>", count: number) + "</r>"
          return try XMLDocument(Array(text.utf8), path: "t").root().children.count
        }
      }
      return try await group.reduce(into: [Int]()) { $0.append($1) }
    }
    #expect(counts.sorted() == Array(1...32))
  }
}
