import AssayDiagnostics

extension YAMLNode {
  /// What kind of node this is, in words.
  public var kindName: String {
    switch content {
    case .scalar(let text, _): text.isEmpty ? "nothing" : "'\(text)'"
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }

  /// The text of a scalar as written, and what kind of node anything else is: for messages that put
  /// what was found in quotation marks themselves.
  public var plainText: String {
    if case .scalar(let text, _) = content { text } else { kindName }
  }

  /// Whether the node is `null`, `~` or empty.
  public var isNull: Bool {
    if case .scalar(let text, false) = content {
      ["", "~", "null", "Null", "NULL"].contains(text)
    } else {
      false
    }
  }

  /// A diagnostic at this node.
  public func diagnostic(_ fact: Fact, help: String? = nil) -> Diagnostic {
    var width = 1
    if case .scalar(let text, let isQuoted) = content { width = text.count + (isQuoted ? 2 : 0) }
    return Diagnostic(fact, at: location, help: help, sourceLine: sourceLine, width: width)
  }

  /// The text of a scalar.
  public func text(_ key: String) throws(Diagnostic) -> String {
    if case .scalar(let text, _) = content, !isNull { return text }
    throw diagnostic(.wrongKind(key: key, found: kindName, expected: "text"))
  }

  /// A whole number.
  public func integer(_ key: String) throws(Diagnostic) -> Int {
    if case .scalar(let text, false) = content, let value = Int(text) { return value }
    throw diagnostic(.wrongKind(key: key, found: kindName, expected: "a whole number"))
  }

  /// A finite number; `inf` only where `allowInfinity`.
  public func number(_ key: String, allowInfinity: Bool = false) throws(Diagnostic) -> Double {
    if case .scalar(let text, false) = content {
      if allowInfinity, ["inf", ".inf", "infinity", "+.inf"].contains(text.lowercased()) {
        return .infinity
      }
      if !text.lowercased().hasPrefix("0x"), let value = Double(text), value.isFinite {
        return value
      }
    }
    throw diagnostic(.wrongKind(key: key, found: kindName, expected: "a number"))
  }

  /// `true` or `false`.
  public func boolean(_ key: String) throws(Diagnostic) -> Bool {
    if case .scalar(let text, false) = content {
      if text == "true" { return true }
      if text == "false" { return false }
    }
    throw diagnostic(.wrongKind(key: key, found: kindName, expected: "true or false"))
  }

  /// The items of a list; a single scalar counts as a list of one.
  public func list(_ key: String) throws(Diagnostic) -> [YAMLNode] {
    switch content {
    case .sequence(let items): return items
    case .scalar where !isNull: return [self]
    case .scalar: return []
    case .mapping: throw diagnostic(.wrongKind(key: key, found: kindName, expected: "a list"))
    }
  }

  /// A list of texts.
  public func texts(_ key: String) throws(Diagnostic) -> [String] {
    var result: [String] = []
    for item in try list(key) { result.append(try item.text(key)) }
    return result
  }

  /// One of the raw values of an enumeration.
  public func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, _ type: Choice.Type
  ) throws(Diagnostic) -> Choice where Choice.RawValue == String {
    let text = try text(key)
    if let value = Choice(rawValue: text) { return value }
    throw diagnostic(
      .unknownName(what: "a value for '\(key)'", name: text, known: Choice.allCases.map(\.rawValue))
    )
  }

  /// The node as a mapping whose keys are all known.
  public func mapping(
    _ key: String, keys known: [String]
  ) throws(Diagnostic) -> YAMLMapping {
    let mapping = try openMapping(key)
    for member in mapping.members where !known.contains(member.name) {
      throw member.key.diagnostic(.unknownKey(key: member.name, known: known))
    }
    return mapping
  }

  /// The node as a mapping with any keys.
  public func openMapping(_ key: String) throws(Diagnostic) -> YAMLMapping {
    guard case .mapping(let members) = content else {
      if isNull { return YAMLMapping(node: self, what: key, members: []) }
      throw diagnostic(.wrongKind(key: key, found: kindName, expected: "a mapping"))
    }
    let named = members.map { member in
      var name = ""
      if case .scalar(let text, _) = member.key.content { name = text }
      return (name: name, key: member.key, value: member.value)
    }
    return YAMLMapping(node: self, what: key, members: named)
  }
}

/// A mapping whose keys were checked.
public struct YAMLMapping: Sendable {
  /// The node itself, for messages.
  public let node: YAMLNode
  /// What the mapping is called in messages.
  public let what: String
  /// Names, key nodes and values in order.
  public let members: [(name: String, key: YAMLNode, value: YAMLNode)]

  /// The value of a key; `nil` when absent or null.
  public subscript(key: String) -> YAMLNode? {
    members.first { $0.name == key }.flatMap { $0.value.isNull ? nil : $0.value }
  }

  /// The value of a key that must be there.
  public func require(_ key: String) throws(Diagnostic) -> YAMLNode {
    if let value = self[key] { return value }
    throw node.diagnostic(.missingKey(key: key, inside: what))
  }

  /// The text of a key, `nil` when absent.
  public func text(_ key: String) throws(Diagnostic) -> String? { try self[key]?.text(key) }
  /// The whole number of a key, `nil` when absent.
  public func integer(_ key: String) throws(Diagnostic) -> Int? { try self[key]?.integer(key) }
  /// The number of a key, `nil` when absent.
  public func number(_ key: String) throws(Diagnostic) -> Double? { try self[key]?.number(key) }
  /// The boolean of a key, `nil` when absent.
  public func boolean(_ key: String) throws(Diagnostic) -> Bool? { try self[key]?.boolean(key) }
  /// The texts of a key, empty when absent.
  public func texts(_ key: String) throws(Diagnostic) -> [String] {
    try self[key]?.texts(key) ?? []
  }
}
