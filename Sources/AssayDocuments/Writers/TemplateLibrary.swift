import AssayDiagnostics
import AssayFiles
import Mustache

/// The templates, the stylesheet and the shapes of the HTML documents, read from one folder.
///
/// Templates hold no logic beyond sections; every value is escaped unless it is one of the finished
/// parts that this module makes itself (stylesheet, shapes, drawings, page head).
public struct TemplateLibrary: Sendable {
  private let library: MustacheLibrary
  let stylesheet: String
  let sprite: String

  /// The templates that must be there.
  static let names = [
    "document", "headline", "inline", "paragraph", "note", "heading", "list", "box", "table",
    "figure", "quote", "protections", "checks", "definitions", "evidence",
  ]

  /// Reads the folder.
  /// - Parameter folder: The folder that holds `document.mustache`, `assay.css` and the rest.
  /// - Throws: A diagnostic for a missing, unreadable or broken file.
  public init(folder: String) throws(Diagnostic) {
    MustacheContentTypes.register(EscapedText(), named: "ASSAY")
    var library = MustacheLibrary()
    for name in Self.names {
      let path = "\(folder)/\(name).mustache"
      var text = try Self.text(path)
      if text.hasSuffix("\n") { text.removeLast() }
      do {
        // The pragma selects this module's escaping in every template, partials included.
        try library.register("{{% CONTENT_TYPE: ASSAY}}\(text)", named: name)
      } catch {
        throw Diagnostic(
          .syntax(format: "Mustache", problem: "\(error)"), at: SourceLocation(path: path))
      }
    }
    self.library = library
    stylesheet = try Self.text("\(folder)/assay.css")
    sprite = try Self.text("\(folder)/sprite.svg")
  }

  func render(_ context: [String: Any]) throws(Diagnostic) -> String {
    guard let text = library.render(context, withTemplate: "document") else {
      throw Diagnostic(.other(found: "no template 'document'", expected: "a template library"))
    }
    return text + "\n"
  }

  private static func text(_ path: String) throws(Diagnostic) -> String {
    let bytes = try InputFile.read(path, limit: 1 << 20)
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Escapes code point by code point; the library's own escaping goes by characters, and a combining mark
/// after a quotation mark would hide it.
private struct EscapedText: MustacheContentType {
  func escapeText(_ text: String) -> String { DisplayText.escaped(text) }
}
