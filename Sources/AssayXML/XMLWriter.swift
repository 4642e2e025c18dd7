import CLibXML2

/// Writes XML to memory through libxml2, indented by one space, UTF-8 without byte-order mark.
///
/// Every text and attribute is sanitised first: libxml2 escapes markup, but writes code points that
/// XML 1.0 cannot carry without complaint.
public struct XMLWriter: ~Copyable {
  /// libxml2 refused to write; only a lack of memory makes it do so.
  public struct Failure: Error {
    /// What was being written.
    public var what: String
  }

  private let buffer: xmlBufferPtr
  private let writer: xmlTextWriterPtr

  deinit {
    xmlFreeTextWriter(writer)
    xmlBufferFree(buffer)
  }

  /// Starts a document.
  public init() throws(Failure) {
    _ = LibXML.ready
    guard let buffer = xmlBufferCreate() else { throw Failure(what: "a buffer") }
    guard let writer = xmlNewTextWriterMemory(buffer, 0) else {
      xmlBufferFree(buffer)
      throw Failure(what: "a writer")
    }
    xmlTextWriterSetIndent(writer, 1)
    if xmlTextWriterStartDocument(writer, nil, "UTF-8", nil) < 0 {
      xmlFreeTextWriter(writer)
      xmlBufferFree(buffer)
      throw Failure(what: "the head")
    }
    self.buffer = buffer
    self.writer = writer
  }

  /// Writes an element with its attributes, and what `body` writes inside it.
  public func element(
    _ name: String, _ attributes: [(name: String, value: String)] = [],
    _ body: () throws -> Void = {}
  ) throws {
    try check(xmlTextWriterStartElement(writer, name), name)
    for (attribute, value) in attributes {
      try check(
        xmlTextWriterWriteAttribute(writer, attribute, XMLText.sanitized(value)), attribute)
    }
    try body()
    try check(xmlTextWriterEndElement(writer), name)
  }

  /// Writes text inside the current element.
  public func text(_ text: String) throws {
    try check(xmlTextWriterWriteString(writer, XMLText.sanitized(text)), "text")
  }

  /// Ends the document and hands its bytes over.
  public consuming func finish() throws -> [UInt8] {
    try check(xmlTextWriterEndDocument(writer), "the end")
    try check(xmlTextWriterFlush(writer), "the end")
    guard let content = xmlBufferContent(buffer) else { throw Failure(what: "the content") }
    // The buffer holds exactly `xmlBufferLength` bytes until it is freed.
    return Array(UnsafeBufferPointer(start: content, count: Int(xmlBufferLength(buffer))))
  }

  private func check(_ status: Int32, _ what: String) throws(Failure) {
    if status < 0 { throw Failure(what: what) }
  }
}
