import AssayDiagnostics
import AssayDocuments
import AssayEvidence
import AssayFiles
import AssayTestSupport
import AssayXML
import Testing

/// What a program can read from a rendering: facts with their printed text, checks with their verdicts.
struct ReadBack {
  var printed: [String: Set<String>] = [:]
  var verdicts: [String: Set<String>] = [:]
  var anchors: [String] = []
  var elements: Set<String> = []
  var attributes: Set<String> = []
  var links: [String] = []

  /// Reads an HTML document as XML.
  init(html: String, path: String) throws {
    let root = try XMLDocument(Array(html.utf8), path: path).root()
    root.forEach { element in
      elements.insert(element.name)
      for attribute in element.attributes { attributes.insert("\(element.name)@\(attribute.name)") }
      if let id = element["id"] { anchors.append(id) }
      if let href = element["href"] { links.append(href) }
      if let id = element["data-evidence"] { printed[id, default: []].insert(element.text) }
      if let id = element["data-check"], let verdict = element["data-verdict"] {
        verdicts[id, default: []].insert(verdict)
      }
    }
  }
}

extension String {
  /// The text with the characters that no page shows replaced, as the renderings do.
  var shown: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.map { scalar in
          switch scalar.value {
          case 0x09, 0x0A: scalar
          case 0..<0x20, 0x7F..<0xA0, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF:
            "\u{FFFD}"
          default: scalar
          }
        }))
  }
}

/// The files of an assessment by name.
func rendered(_ assessment: Assessment) throws -> [String: String] {
  let files = try renderDocuments(assessment, templates: packageTemplates())
  return Dictionary(uniqueKeysWithValues: files.map { ($0.fileName, $0.content) })
}
