/// Texts that stand where something has still to be written.
public enum Placeholder {
  /// Whether the whole text is a placeholder, such as `TBD` or `[More Information Needed]`.
  public static func isWhole(_ text: String) -> Bool {
    let plain = trimmed(text).lowercased()
    if plain.unicodeScalars.allSatisfy({ ".-–—_?…*#xX".unicodeScalars.contains($0) }) {
      return true
    }
    if plain.hasPrefix("<"), plain.hasSuffix(">") { return true }
    if whole.contains(plain) || plain.contains("more information needed") { return true }
    if plain.hasPrefix("lorem ipsum") { return true }
    return starts.contains { plain.hasPrefix($0) }
  }

  /// Whether the text holds a mark of unfinished work, or is a placeholder as a whole.
  public static func isUnfinished(_ text: String) -> Bool {
    if isWhole(text) || text.lowercased().contains("lorem ipsum") { return true }
    return text.split(whereSeparator: { !$0.isLetter }).contains { marks.contains($0) }
  }

  /// Without white space at both ends.
  static func trimmed(_ text: String) -> String {
    var rest = Substring(text)
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }

  private static let whole: Set<String> = [
    "tba", "fixme", "placeholder", "coming soon", "fill in", "fill me in", "lorem", "none yet",
    "not yet written", "not yet", "unknown yet",
  ]
  private static let starts = [
    "tbd", "todo", "to do:", "to be written", "to be defined", "to be determined",
    "to be completed", "to be confirmed", "to be added", "to be decided", "to be announced",
    "[to be", "[insert", "[fill", "[todo", "[tbd", "insert text", "write here",
  ]
  private static let marks: Set<Substring> = ["TBD", "TODO", "FIXME", "TBC", "XXX"]
}

extension Statements {
  /// The text of a field, unless it is absent or a placeholder.
  public func provided(_ key: String) -> Signed? {
    guard let signed = texts[key], !Placeholder.isWhole(signed.text) else { return nil }
    return signed
  }

  /// Mandatory fields that nobody has filled, or that hold a mark of unfinished work.
  public var unfilledFields: [StatementField] {
    StatementField.all.filter { field in
      field.isMandatory && provided(field.key).map { Placeholder.isUnfinished($0.text) } ?? true
    }
  }

  /// Whether nobody has stated anything: there is no statements file, or it is empty.
  public var isEmpty: Bool { self == Statements() }
}
