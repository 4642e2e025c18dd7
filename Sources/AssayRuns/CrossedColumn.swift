import AssayDiagnostics

/// A column made by crossing others: `region+sex` has the groups `north + female`, ….
public struct CrossedColumn: Hashable, Sendable {
  /// The name as it was given.
  public let name: String
  /// Names of the columns that are crossed, two or more.
  public let parts: [String]

  /// Most groups of a crossed column.
  public static let groupLimit = 1_000
  /// What stands between the parts of a group's name.
  private static let separator = " + "

  /// A name that stands for several columns: parts joined by `+`, spaces around it allowed.
  /// - Parameter columns: The names that exist; a column of exactly that name is not crossed.
  /// - Returns: `nil` where the name is a column, or holds no `+` between two parts.
  public init?(_ name: String, columns: [String]) {
    if columns.contains(name) || !name.contains("+") { return nil }
    let parts = name.split(separator: "+", omittingEmptySubsequences: false).map {
      String(Self.trimmed($0))
    }
    guard parts.count > 1, !parts.contains("") else { return nil }
    self.name = name
    self.parts = parts
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return text
  }

  /// The name of one combination; empty, which means missing, when a part is.
  ///
  /// A part that holds the separator or opens with a quotation mark is quoted, so that two
  /// combinations never share a name.
  public static func group(_ parts: [String]) -> String {
    if parts.contains("") { return "" }
    return parts.map { part in
      guard part.contains(separator) || part.first == "\"" else { return part }
      return "\""
        + part.split(separator: "\"", omittingEmptySubsequences: false)
        .joined(separator: "\"\"") + "\""
    }.joined(separator: separator)
  }

  /// The error of a crossed column with too many groups; `nil` when it has not.
  public static func excess(_ name: String, groups: Int) -> Diagnostic? {
    guard groups > groupLimit else { return nil }
    return Diagnostic(
      .overLimit(
        what: "groups of the crossed column '\(name)'", found: "\(groups)", limit: "\(groupLimit)"),
      help: "cross columns with fewer values, or make a coarser column")
  }
}

extension GroupColumn {
  /// The combinations that rows have of the groups of several columns, each a group; a row with a
  /// missing part is missing. Named after the columns, joined by `+`.
  /// - Throws: When there are more than ``CrossedColumn/groupLimit`` combinations.
  public init(crossing parts: [GroupColumn], name: String? = nil) throws(Diagnostic) {
    let name = name ?? parts.map(\.name).joined(separator: "+")
    let rows = parts.map(\.codes.count).min() ?? 0
    var codes = Array(parts.first?.codes.prefix(rows) ?? [])
    var combinations = (parts.first?.groups ?? []).indices.map { [Int32($0)] }
    for part in parts.dropFirst() {
      // Both factors are below 2³¹, so the key fits.
      var known: [Int: Int32] = [:]
      var found: [[Int32]] = []
      for row in 0..<rows {
        let key = Int(codes[row]) * part.groups.count + Int(part.codes[row])
        if let code = known[key] {
          codes[row] = code
          continue
        }
        let code = Int32(found.count)
        known[key] = code
        found.append(combinations[Int(codes[row])] + [part.codes[row]])
        codes[row] = code
      }
      combinations = found
    }
    let texts = combinations.map { combination in
      CrossedColumn.group(
        zip(parts, combination).map { part, code in
          part.hasMissing && Int(code) == part.groups.count - 1 ? "" : part.groups[Int(code)]
        })
    }
    if let excess = CrossedColumn.excess(name, groups: Set(texts).count) { throw excess }
    // Several combinations are missing together.
    var first: [String: Int32] = [:]
    let unique = texts.enumerated().map { code, text -> Int32 in
      if let known = first[text] { return known }
      first[text] = Int32(code)
      return Int32(code)
    }
    self.init(name: name, texts: texts, codes: codes.map { unique[Int($0)] })
  }
}
