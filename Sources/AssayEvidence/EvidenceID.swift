/// The stable name of one piece of evidence: `metric/arm/scope`, such as `recall/federated/age=65+`.
///
/// The same text is the HTML anchor, the JUnit property and the JSON key. `%`, `/` and `=` inside a
/// part are percent-encoded, so the three parts can always be told apart.
public struct EvidenceID: Hashable, Sendable, CustomStringConvertible {
  /// The id as written everywhere.
  public let description: String

  /// Reads an id as written in a file.
  public init(_ text: String) { description = text }

  /// Builds an id whose scope is the whole test set, or another plain word such as a column.
  public init(_ metric: String, arm: String, scope: String = "overall") {
    description = "\(Self.escape(metric))/\(Self.escape(arm))/\(Self.escape(scope))"
  }

  /// Builds an id whose scope is one group of one column.
  public init(_ metric: String, arm: String, column: String, group: String) {
    description =
      "\(Self.escape(metric))/\(Self.escape(arm))/\(Self.escape(column))=\(Self.escape(group))"
  }

  /// The id of a comparison of two arms: `accuracy_difference/federated-vs-baseline/overall`.
  public init(_ metric: String, arm: String, against reference: String, scope: String = "overall") {
    self.init("\(metric)_difference", arm: "\(arm)-vs-\(reference)", scope: scope)
  }

  /// The metric, decoded.
  public var metric: String { part(0) }
  /// The arm, or `a-vs-b` for a comparison, decoded.
  public var arm: String { part(1) }
  /// The scope as written: `overall`, `sex`, or `column=group` with its parts still encoded.
  public var scope: String {
    let parts = description.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count > 2 ? String(parts[2]) : ""
  }
  /// Column and group of a scope `column=group`, decoded.
  public var group: (column: String, group: String)? {
    let halves = scope.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard halves.count == 2 else { return nil }
    return (Self.unescape(String(halves[0])), Self.unescape(String(halves[1])))
  }

  private func part(_ index: Int) -> String {
    let parts = description.split(separator: "/", omittingEmptySubsequences: false)
    return index < parts.count ? Self.unescape(String(parts[index])) : ""
  }

  static func escape(_ part: String) -> String {
    var result = ""
    for character in part.unicodeScalars {
      switch character {
      case "%": result += "%25"
      case "/": result += "%2F"
      case "=": result += "%3D"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }

  static func unescape(_ part: String) -> String {
    var result = ""
    var rest = Substring(part)
    while let percent = rest.firstIndex(of: "%") {
      result += rest[..<percent]
      let code = rest[percent...].prefix(3)
      switch code {
      case "%25": result += "%"
      case "%2F": result += "/"
      case "%3D": result += "="
      default: result += code
      }
      rest = rest[percent...].dropFirst(code.count)
    }
    return result + rest
  }
}
