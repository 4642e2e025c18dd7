import AssayDiagnostics

/// Refuses aliases that would make comparing keys expensive.
///
/// Aliases share their target while a file is read, so ten lines may stand for billions of nodes.
/// As a value that costs nothing until it is expanded, and expansion is counted. As a key, or inside
/// of one, it is hashed in full before anybody can count. So in a file that defines anchors an alias
/// must be a whole value, `name: *alias` or `- *alias`, and no key may be introduced by `?`: then no
/// key can hold an alias. The check reads text, not YAML, and errs on the side of refusing.
struct YAMLAliasGuard {
  let lines: [String]
  let path: String

  /// The first alias that stands where none may, `nil` when all is well.
  func violation() -> Diagnostic? {
    let anchors = Set(lines.flatMap { Self.names(after: UInt8(ascii: "&"), in: Array($0.utf8)) })
    guard !anchors.isEmpty else { return nil }
    var firstAlias = false
    var explicitKey: Diagnostic?
    for (index, line) in lines.enumerated() {
      let bytes = Array(line.utf8)
      if explicitKey == nil, let at = Self.explicitKey(in: bytes) {
        explicitKey = refusal("a key introduced by '?'", line: index, byte: at)
      }
      for at in bytes.indices where bytes[at] == UInt8(ascii: "*") {
        let name = Self.name(from: at + 1, in: bytes)
        guard anchors.contains(name) else { continue }
        firstAlias = true
        if !Self.isWholeValue(bytes, from: at, to: at + 1 + name.utf8.count) {
          return refusal("the YAML alias '*\(name)'", line: index, byte: at)
        }
      }
    }
    return firstAlias ? explicitKey : nil
  }

  private func refusal(_ what: String, line: Int, byte: Int) -> Diagnostic {
    let column = String(decoding: lines[line].utf8.prefix(byte), as: UTF8.self).count + 1
    return Diagnostic(
      .refusedContent(
        what: what, why: "where anchors are used, an alias stands only as a whole value"),
      at: SourceLocation(path: path, line: line + 1, column: column),
      help: "write 'name: *alias' or '- *alias' on a line of its own, or repeat the value",
      sourceLine: lines[line])
  }

  /// Whether a lone `?` introduces a key, on its line or inside of braces.
  private static func explicitKey(in bytes: [UInt8]) -> Int? {
    bytes.indices.first { at in
      bytes[at] == UInt8(ascii: "?")
        && (at + 1 == bytes.count || isSpace(bytes[at + 1]))
        && (at == 0 || isSpace(bytes[at - 1]) || "[{,".utf8.contains(bytes[at - 1]))
    }
  }

  /// Whether an alias follows `:` or `-` and a space, and nothing but a comment follows it.
  private static func isWholeValue(_ bytes: [UInt8], from start: Int, to end: Int) -> Bool {
    var before = start
    while before > 0, isSpace(bytes[before - 1]) { before -= 1 }
    guard before < start, before > 0, ":-".utf8.contains(bytes[before - 1]) else { return false }
    var after = end
    while after < bytes.count, isSpace(bytes[after]) { after += 1 }
    return after == bytes.count || (after > end && bytes[after] == UInt8(ascii: "#"))
  }

  private static func names(after mark: UInt8, in bytes: [UInt8]) -> [String] {
    bytes.indices.compactMap { at in
      guard bytes[at] == mark else { return nil }
      let name = name(from: at + 1, in: bytes)
      return name.isEmpty ? nil : name
    }
  }

  /// The longest name of letters, digits, `_` and `-`: what libyaml takes for an anchor's name.
  private static func name(from start: Int, in bytes: [UInt8]) -> String {
    let rest = bytes[start...].prefix { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    return String(decoding: rest, as: UTF8.self)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
