import AssayDiagnostics
import Yams

/// A YAML document as plain data with a position for every node.
///
/// Read through Yams; tags other than the core schema's, duplicate keys and expansions beyond the
/// limits are refused, so a hostile file costs a message and nothing else.
public struct YAMLNode: Sendable {
  /// What a node holds.
  public indirect enum Content: Sendable {
    /// Plain or quoted text; `isQuoted` tells `"1"` from `1`.
    case scalar(String, isQuoted: Bool)
    /// A list.
    case sequence([YAMLNode])
    /// Keys and values in order; keys are scalars, each once.
    case mapping([(key: YAMLNode, value: YAMLNode)])
  }

  /// The most bytes of a YAML file that are read.
  public static let sizeLimit = 16 << 20
  /// The most nodes after expanding aliases.
  public static let nodeLimit = 200_000
  /// The deepest nesting.
  public static let nestingLimit = 64

  /// What the node holds.
  public var content: Content
  /// Where it starts.
  public var location: SourceLocation
  /// The line it stands on, for messages.
  public var sourceLine: String?

  /// Reads one document; an empty one is an empty mapping.
  public static func parse(_ bytes: [UInt8], path: String) throws(Diagnostic) -> YAMLNode {
    guard bytes.count <= sizeLimit else {
      throw Diagnostic(
        .overLimit(what: "bytes of YAML", found: "\(bytes.count)", limit: "\(sizeLimit)"),
        at: SourceLocation(path: path))
    }
    let text = try UTF8Text.decode(bytes, path: path)
    let lines = UTF8Text.lines(text)
    let whole = SourceLocation(path: path, line: 1, column: 1)
    var converter = YAMLConverter(path: path, lines: lines)
    if let alias = YAMLAliasGuard(lines: lines, path: path).violation() { throw alias }
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw converter.tabIndentation() ?? converter.diagnostic(for: error)
    } catch {
      throw Diagnostic(.syntax(format: "YAML", problem: "\(error)"), at: whole)
    }
    guard let root else { return YAMLNode(content: .mapping([]), location: whole) }
    return try converter.convert(root, depth: 0)
  }
}

/// Turns Yams' nodes into ours and its errors into diagnostics, counting what it expands.
private struct YAMLConverter {
  let path: String
  let lines: [String]
  var count = 0

  init(path: String, lines: [String]) {
    self.path = path
    self.lines = lines
  }

  func location(_ mark: Mark?) -> SourceLocation {
    SourceLocation(path: path, line: mark?.line ?? 1, column: mark?.column ?? 1)
  }

  func line(_ mark: Mark?) -> String? { mark.flatMap { line(at: location($0)) } }

  func line(at place: SourceLocation) -> String? {
    guard let line = place.line, lines.indices.contains(line - 1) else { return nil }
    return lines[line - 1]
  }

  /// A tab in indentation is the commonest slip; libyaml's own message for it is hard to read.
  /// Asked only when reading failed: inside of a block of text a tab is allowed.
  func tabIndentation() -> Diagnostic? {
    for (index, line) in lines.enumerated() {
      let indent = line.prefix { $0 == " " || $0 == "\t" }
      guard let tab = indent.firstIndex(of: "\t"), indent.count < line.count,
        !line.dropFirst(indent.count).hasPrefix("#")
      else { continue }
      let column = line.distance(from: line.startIndex, to: tab) + 1
      return Diagnostic(
        .syntax(format: "YAML", problem: "indentation is made of spaces, found a tab"),
        at: SourceLocation(path: path, line: index + 1, column: column),
        help: "replace the tab with spaces", sourceLine: line)
    }
    return nil
  }

  func diagnostic(for error: YamlError) -> Diagnostic {
    func make(_ problem: String, _ place: SourceLocation) -> Diagnostic {
      Diagnostic(
        .syntax(format: "YAML", problem: problem), at: place,
        help: "check the indentation and the colons of this line and the one before",
        sourceLine: line(at: place))
    }
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return make(problem, location(mark))
    case .duplicatedKeysInMapping(let duplicates, let context):
      let name = duplicates.first ?? "a key"
      let place = secondPlace(of: name, after: context.mark) ?? location(context.mark)
      return Diagnostic(
        .duplicateKey(key: name), at: place, help: "keep one of the two",
        sourceLine: line(at: place), width: name.count)
    case .reader(let problem, let offset, _, let yaml):
      let before = UTF8Text.lines(String(yaml.prefix(offset ?? 0)))
      let column = (before.last?.count ?? 0) + 1
      return make(problem, SourceLocation(path: path, line: before.count, column: column))
    default: return make("\(error)", location(nil))
    }
  }

  /// Where a key stands for the second time, given its first place; Yams tells only that one.
  private func secondPlace(of key: String, after first: Mark) -> SourceLocation? {
    let indent = first.column - 1
    for (index, line) in lines.enumerated().dropFirst(first.line - 1) {
      let characters = Array(line)
      if index == first.line - 1 {
        // In braces the second one may stand on the same line.
        let rest = String(characters.dropFirst(indent + key.count))
        for separator in [", ", ","] {
          guard let found = rest.firstRange(of: separator + key + ":") else { continue }
          let skipped = rest.distance(from: rest.startIndex, to: found.lowerBound)
          return SourceLocation(
            path: path, line: index + 1,
            column: indent + key.count + skipped + separator.count + 1)
        }
        continue
      }
      let spaces = characters.prefix { $0 == " " }.count
      if spaces == characters.count || characters[spaces] == "#" || spaces > indent { continue }
      if spaces < indent { return nil }
      let rest = String(characters.dropFirst(indent))
      if ["", "\"", "'"].contains(where: { rest.hasPrefix($0 + key + $0 + ":") }) {
        return SourceLocation(path: path, line: index + 1, column: first.column)
      }
    }
    return nil
  }

  mutating func convert(_ node: Node, depth: Int) throws(Diagnostic) -> YAMLNode {
    count += 1
    let place = location(node.mark)
    guard count <= YAMLNode.nodeLimit else {
      throw Diagnostic(
        .overLimit(
          what: "YAML nodes after expanding aliases", found: "more",
          limit: "\(YAMLNode.nodeLimit)"), at: place)
    }
    guard depth <= YAMLNode.nestingLimit else {
      throw Diagnostic(
        .overLimit(
          what: "levels of nesting", found: "more", limit: "\(YAMLNode.nestingLimit)"), at: place)
    }
    let tag = node.tag.rawValue
    if !tag.isEmpty, tag != "!", !tag.hasPrefix("tag:yaml.org,2002:") || tag.contains("python") {
      throw Diagnostic(
        .refusedContent(what: "the YAML tag '\(tag)'", why: "only plain data is read"), at: place,
        sourceLine: line(node.mark))
    }
    var content: YAMLNode.Content
    switch node {
    case .scalar(let scalar):
      content = .scalar(
        scalar.string, isQuoted: scalar.style == .singleQuoted || scalar.style == .doubleQuoted)
    case .sequence(let sequence):
      var items: [YAMLNode] = []
      for item in sequence { items.append(try convert(item, depth: depth + 1)) }
      content = .sequence(items)
    case .mapping(let mapping):
      var members: [(key: YAMLNode, value: YAMLNode)] = []
      for (key, value) in mapping {
        let name = try convert(key, depth: depth + 1)
        guard case .scalar = name.content else {
          throw Diagnostic(
            .syntax(format: "YAML", problem: "a key is plain text"), at: name.location)
        }
        members.append((name, try convert(value, depth: depth + 1)))
      }
      content = .mapping(members)
    case .alias:
      throw Diagnostic(
        .refusedContent(what: "a YAML alias", why: "it refers to nothing known"), at: place)
    }
    return YAMLNode(content: content, location: place, sourceLine: line(node.mark))
  }
}

/// Decoding text files.
public enum UTF8Text {
  /// The lines of a text without their ends, LF or CR LF; a text without any has one empty line.
  public static func lines(_ text: String) -> [String] {
    // Swift takes CR LF for one character, so lines are cut between bytes.
    text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
      String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
    }
  }

  /// The text of UTF-8 bytes without a byte-order mark.
  /// - Throws: A diagnostic naming line and column of the first byte that is not UTF-8; UTF-16 is named.
  public static func decode(_ bytes: [UInt8], path: String) throws(Diagnostic) -> String {
    let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    if let text = String(validating: body, as: UTF8.self) { return text }
    throw invalid(body, path: path)
  }

  /// Finds the first byte that is not UTF-8.
  public static func invalid(_ bytes: [UInt8], path: String) -> Diagnostic {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      return Diagnostic(
        .syntax(format: "UTF-8 text", problem: "this file is UTF-16"),
        at: SourceLocation(path: path, line: 1, column: 1),
        help: "save the file as UTF-8, for example with: iconv -f UTF-16 -t UTF-8")
    }
    var line = 1
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      let slice = bytes[start..<end]
      if String(validating: slice, as: UTF8.self) == nil {
        var good = 0
        while good < slice.count,
          String(validating: slice.prefix(good + 1), as: UTF8.self) != nil
            || (1...3).contains(where: {
              good + 1 + $0 <= slice.count
                && String(validating: slice.prefix(good + 1 + $0), as: UTF8.self) != nil
            })
        { good += 1 }
        let column = String(decoding: slice.prefix(good), as: UTF8.self).count + 1
        return Diagnostic(
          .notUTF8(byte: slice[slice.startIndex + min(good, slice.count - 1)]),
          at: SourceLocation(path: path, line: line, column: column),
          sourceLine: String(decoding: slice.prefix(512), as: UTF8.self))
      }
      line += 1
      start = end + 1
    }
    return Diagnostic(.notUTF8(byte: 0), at: SourceLocation(path: path))
  }
}
