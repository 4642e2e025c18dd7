import AssayDiagnostics
import CLibXML2

/// One-time set-up of libxml2; a `static let` runs exactly once, on any thread.
enum LibXML {
  static let ready: Void = fx_init()
}

/// A parsed XML document whose content is not trusted; freed exactly once, never shared.
///
/// Goals in order: nothing outside of the given bytes is read, memory stays bounded, then
/// convenience. No network, no external subset, no entity declarations (a bare `<!DOCTYPE html>` is
/// fine), no entity substitution; at most 256 levels and ``sizeLimit`` bytes, so that memory is bounded by the size of the file.
public struct XMLDocument: ~Copyable {
  /// The most bytes that are parsed.
  public static let sizeLimit = 100_000_000

  private let raw: xmlDocPtr
  private let path: String

  deinit { xmlFreeDoc(raw) }

  /// Parses a whole document.
  /// - Parameters:
  ///   - bytes: The document, in UTF-8 unless it declares otherwise.
  ///   - path: Its path as the user gave it, for messages.
  ///   - limit: The most bytes that are parsed.
  /// - Throws: The first problem, with its line.
  public init(_ bytes: [UInt8], path: String, limit: Int = sizeLimit) throws(Diagnostic) {
    _ = LibXML.ready
    guard !bytes.isEmpty else { throw Diagnostic(.fileEmpty, at: SourceLocation(path: path)) }
    guard bytes.count <= min(limit, Int(Int32.max)) else {
      throw Diagnostic(
        .overLimit(what: "bytes of XML", found: "\(bytes.count)", limit: "\(limit)"),
        at: SourceLocation(path: path))
    }
    var error = fx_first_error()
    let document = bytes.withUnsafeBufferPointer { buffer in
      // The parser reads `count` bytes and keeps no pointer: xmlCtxtReadMemory copies what it keeps.
      buffer.withMemoryRebound(to: CChar.self) {
        fx_parse($0.baseAddress, Int32($0.count), &error)
      }
    }
    guard let document else {
      let message = String(cString: withUnsafePointer(to: &error) { fx_message($0) })
      let words = message.split(whereSeparator: \.isNewline).joined(separator: " ")
      throw Diagnostic(
        .syntax(format: "XML", problem: words.isEmpty ? "not well-formed" : words),
        at: SourceLocation(
          path: path, line: error.line > 0 ? Int(error.line) : nil,
          column: error.line > 0 && error.column > 0 ? Int(error.column) : nil))
    }
    raw = document
    self.path = path
  }

  /// The root element with everything below it, as plain values.
  /// - Throws: A diagnostic for a reference to an entity that nobody declared.
  public borrowing func root() throws(Diagnostic) -> XMLElement {
    guard let node = xmlDocGetRootElement(raw) else {
      throw Diagnostic(.fileEmpty, at: SourceLocation(path: path))
    }
    return try XMLElement(copying: node, path: path)
  }
}

/// An element as a value: name, attributes in order, content in order.
public struct XMLElement: Hashable, Sendable {
  /// The name without its prefix.
  public var name: String
  /// Attributes in document order.
  public var attributes: [Attribute]
  /// Text and elements in order; neighbouring texts are joined, comments are left out.
  public var content: [Content]
  /// The line on which it starts, from 1; libxml2 counts no further than 65,535 reliably.
  public var line: Int

  /// One attribute.
  public struct Attribute: Hashable, Sendable {
    /// The name without its prefix.
    public var name: String
    /// The value, references resolved.
    public var value: String
  }

  /// What stands inside an element.
  public enum Content: Hashable, Sendable {
    /// Text, references resolved.
    case text(String)
    /// An element.
    case element(XMLElement)
  }

  init(copying node: xmlNodePtr, path: String) throws(Diagnostic) {
    name = swiftString(node.pointee.name) ?? ""
    line = Int(xmlGetLineNo(node))
    attributes = []
    content = []
    var attribute = node.pointee.properties
    while let current = attribute {
      let value = current.withMemoryRebound(to: xmlNode.self, capacity: 1) { takenString($0) }
      attributes.append(
        Attribute(name: swiftString(current.pointee.name) ?? "", value: value))
      attribute = current.pointee.next
    }
    var text = ""
    var child = node.pointee.children
    while let current = child {
      switch current.pointee.type {
      case XML_ELEMENT_NODE:
        if !text.isEmpty { content.append(.text(text)) }
        text = ""
        // At most 256 levels deep, as limited by the parser.
        content.append(.element(try XMLElement(copying: current, path: path)))
      case XML_TEXT_NODE, XML_CDATA_SECTION_NODE:
        text += swiftString(current.pointee.content) ?? ""
      case XML_ENTITY_REF_NODE:
        throw Diagnostic(
          .refusedContent(what: "an entity reference", why: "entities are not resolved"),
          at: SourceLocation(path: path, line: line))
      default: break
      }
      child = current.pointee.next
    }
    if !text.isEmpty { content.append(.text(text)) }
  }

  /// The value of an attribute, `nil` when it is absent.
  public subscript(attribute: String) -> String? {
    attributes.first { $0.name == attribute }?.value
  }

  /// Child elements in order.
  public var children: [XMLElement] {
    content.compactMap { if case .element(let element) = $0 { element } else { nil } }
  }

  /// Child elements of one name.
  public func children(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

  /// All text inside, in order.
  public var text: String {
    content.map { part in
      switch part {
      case .text(let text): text
      case .element(let element): element.text
      }
    }.joined()
  }

  /// Visits the element and everything below it, in document order.
  public func forEach(_ visit: (XMLElement) throws -> Void) rethrows {
    try visit(self)
    for child in children { try child.forEach(visit) }
  }
}

private func swiftString(_ pointer: UnsafePointer<xmlChar>?) -> String? {
  // libxml2's strings are UTF-8 with a closing zero.
  pointer.map { String(cString: $0) }
}

private func takenString(_ node: UnsafeMutablePointer<xmlNode>) -> String {
  guard let content = xmlNodeGetContent(node) else { return "" }
  defer { fx_free(content) }
  return String(cString: content)
}
