import AssayDiagnostics
import AssayFiles

/// The members of one JSON object, read by kind; a wrong kind names the file and the member.
struct RunFields {
  let object: JSONObject
  let path: String
  let place: String

  init(_ value: JSONValue, path: String, place: String) throws(Diagnostic) {
    guard let object = value.object else {
      throw Diagnostic(
        .wrongKind(
          key: place.isEmpty ? "run" : place, found: value.inWords, expected: "an object"),
        at: SourceLocation(path: path, part: place.isEmpty ? nil : place))
    }
    self.object = object
    self.path = path
    self.place = place
  }

  /// The member's value; `nil` when absent or null.
  subscript(key: String) -> JSONValue? {
    guard let value = object[key], !value.isNull else { return nil }
    return value
  }

  func diagnostic(_ key: String, _ fact: Fact) -> Diagnostic {
    Diagnostic(fact, at: SourceLocation(path: path, part: member(key)))
  }

  private func member(_ key: String) -> String { place.isEmpty ? key : "\(place).\(key)" }

  private func wrong(_ key: String, _ found: JSONValue, _ expected: String) -> Diagnostic {
    diagnostic(key, .wrongKind(key: key, found: found.inWords, expected: expected))
  }

  private func required<Value>(_ key: String, _ value: Value?) throws(Diagnostic) -> Value {
    if let value { return value }
    throw diagnostic(key, .missingKey(key: key, inside: place.isEmpty ? "the run" : place))
  }

  func text(_ key: String) throws(Diagnostic) -> String? {
    guard let value = self[key] else { return nil }
    guard let text = value.string else { throw wrong(key, value, "text") }
    return text
  }

  func requiredText(_ key: String) throws(Diagnostic) -> String {
    try required(key, try text(key))
  }

  func integer(_ key: String) throws(Diagnostic) -> Int? {
    guard let value = self[key] else { return nil }
    guard let integer = value.integer else { throw wrong(key, value, "a whole number") }
    return integer
  }

  func requiredInteger(_ key: String) throws(Diagnostic) -> Int {
    try required(key, try integer(key))
  }

  func number(_ key: String) throws(Diagnostic) -> Double? {
    guard let value = self[key] else { return nil }
    guard let number = value.extendedDouble else { throw wrong(key, value, "a number") }
    return number
  }

  func requiredNumber(_ key: String) throws(Diagnostic) -> Double {
    try required(key, try number(key))
  }

  func boolean(_ key: String) throws(Diagnostic) -> Bool? {
    guard let value = self[key] else { return nil }
    guard let flag = value.bool else { throw wrong(key, value, "true or false") }
    return flag
  }

  func choice<Choice: RawRepresentable>(
    _ key: String, _ type: Choice.Type
  ) throws(Diagnostic) -> Choice? where Choice.RawValue == String {
    guard let name = try text(key) else { return nil }
    guard let choice = Choice(rawValue: name) else {
      throw diagnostic(key, .badValue(key: key, found: name, expected: "a known word"))
    }
    return choice
  }

  func requiredChoice<Choice: RawRepresentable>(
    _ key: String, _ type: Choice.Type
  ) throws(Diagnostic) -> Choice where Choice.RawValue == String {
    try required(key, try choice(key, type))
  }

  func object(_ key: String) throws(Diagnostic) -> JSONObject? {
    guard let value = self[key] else { return nil }
    guard let object = value.object else { throw wrong(key, value, "an object") }
    return object
  }

  func nested(_ key: String) throws(Diagnostic) -> RunFields? {
    guard let value = self[key] else { return nil }
    return try RunFields(value, path: path, place: member(key))
  }

  /// Numbers by name; null (a value that was not finite) is left out.
  func numbers(_ key: String) throws(Diagnostic) -> [String: Double] {
    var numbers: [String: Double] = [:]
    for (name, value) in try object(key)?.members ?? [] where !value.isNull {
      guard let number = value.double else { throw wrong("\(key).\(name)", value, "a number") }
      numbers[name] = number
    }
    return numbers
  }

  func texts(_ key: String) throws(Diagnostic) -> [String] {
    guard let value = self[key] else { return [] }
    guard let items = value.array else { throw wrong(key, value, "a list") }
    var texts: [String] = []
    for item in items {
      guard let text = item.string else { throw wrong(key, item, "a list of texts") }
      texts.append(text)
    }
    return texts
  }

  func list(_ key: String) throws(Diagnostic) -> [RunFields] {
    guard let value = self[key] else { return [] }
    guard let items = value.array else { throw wrong(key, value, "a list") }
    var list: [RunFields] = []
    for (position, item) in items.enumerated() {
      list.append(try RunFields(item, path: path, place: "\(member(key))[\(position)]"))
    }
    return list
  }
}

extension JSONValue {
  /// What the value is, for a message.
  var inWords: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): "\(value)"
    case .double(let value): "\(value)"
    case .string(let text): "'\(text.prefix(60))'"
    case .array: "a list"
    case .object: "an object"
    }
  }
}
