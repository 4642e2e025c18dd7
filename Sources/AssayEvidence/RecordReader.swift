import AssayDiagnostics
import AssayFiles

/// One value of a record that is being read, with the path that leads to it for messages.
struct RecordReader {
  let value: JSONValue
  let file: String
  /// Names and positions from the root, such as `evidence[3].value`.
  let place: String

  init(_ value: JSONValue, file: String, place: String = "") {
    self.value = value
    self.file = file
    self.place = place
  }

  func diagnostic(_ fact: Fact) -> Diagnostic {
    Diagnostic(
      fact, at: SourceLocation(path: file, part: place.isEmpty ? nil : place),
      help: "this file is written by assay; render or judge the folder that assay wrote")
  }

  private func child(_ key: String, _ value: JSONValue) -> RecordReader {
    RecordReader(value, file: file, place: place.isEmpty ? key : "\(place).\(key)")
  }

  func wrong(_ key: String, _ expected: String) -> Diagnostic {
    let found: String =
      switch value[key] {
      case nil: "nothing"
      case .null: "null"
      case .bool: "true or false"
      case .integer, .double: "a number"
      case .string(let text): "'\(text)'"
      case .array: "a list"
      case .object: "an object"
      }
    return diagnostic(.wrongKind(key: key, found: found, expected: expected))
  }

  /// Checks that this is an object.
  func requireObject() throws(Diagnostic) {
    if value.object == nil {
      throw diagnostic(
        .other(found: "something else", expected: "an object \(place.isEmpty ? "" : "here")"))
    }
  }

  /// A member that is there and not null.
  func optional(_ key: String) -> RecordReader? {
    guard let member = value[key], !member.isNull else { return nil }
    return child(key, member)
  }

  /// A member that must be there.
  func member(_ key: String) throws(Diagnostic) -> RecordReader {
    guard let member = value[key] else {
      let inside = place.isEmpty ? "the record" : place
      throw diagnostic(.missingKey(key: key, inside: inside))
    }
    return child(key, member)
  }

  func string(_ key: String) throws(Diagnostic) -> String {
    if let text = value[key]?.string { return text }
    throw wrong(key, "text")
  }

  func optionalString(_ key: String) throws(Diagnostic) -> String? {
    guard let member = value[key], !member.isNull else { return nil }
    guard let text = member.string else { throw wrong(key, "text or null") }
    return text
  }

  func integer(_ key: String) throws(Diagnostic) -> Int {
    if let number = value[key]?.integer { return number }
    throw wrong(key, "a whole number")
  }

  func optionalInteger(_ key: String) throws(Diagnostic) -> Int? {
    guard let member = value[key], !member.isNull else { return nil }
    guard let number = member.integer else { throw wrong(key, "a whole number or null") }
    return number
  }

  func number(_ key: String) throws(Diagnostic) -> Double {
    if let number = value[key]?.extendedDouble { return number }
    throw wrong(key, "a number")
  }

  func optionalNumber(_ key: String) throws(Diagnostic) -> Double? {
    guard let member = value[key], !member.isNull else { return nil }
    guard let number = member.extendedDouble else { throw wrong(key, "a number or null") }
    return number
  }

  func boolean(_ key: String) throws(Diagnostic) -> Bool {
    if let flag = value[key]?.bool { return flag }
    throw wrong(key, "true or false")
  }

  func optionalBoolean(_ key: String) throws(Diagnostic) -> Bool? {
    guard let member = value[key], !member.isNull else { return nil }
    guard let flag = member.bool else { throw wrong(key, "true, false or null") }
    return flag
  }

  /// The elements of a list that must be there.
  func list(_ key: String) throws(Diagnostic) -> [RecordReader] {
    guard let elements = value[key]?.array else { throw wrong(key, "a list") }
    return elements.enumerated().map { position, element in
      child("\(key)[\(position)]", element)
    }
  }

  /// The elements of a list; empty when it is absent.
  func optionalList(_ key: String) throws(Diagnostic) -> [RecordReader] {
    value[key] == nil || value[key] == .null ? [] : try list(key)
  }

  func strings(_ key: String) throws(Diagnostic) -> [String] {
    guard let elements = value[key]?.array else { throw wrong(key, "a list of texts") }
    let texts = elements.compactMap(\.string)
    guard texts.count == elements.count else { throw wrong(key, "a list of texts") }
    return texts
  }

  /// Numbers, or null where one is undefined; infinities as ``JSONValue/number(_:)`` writes them.
  func optionalNumbers(_ key: String) throws(Diagnostic) -> [Double?] {
    guard let elements = value[key]?.array else { throw wrong(key, "a list of numbers") }
    var numbers: [Double?] = []
    for element in elements {
      guard element.isNull || element.extendedDouble != nil else {
        throw wrong(key, "a list of numbers")
      }
      numbers.append(element.extendedDouble)
    }
    return numbers
  }

  func integers(_ key: String) throws(Diagnostic) -> [Int] {
    guard let elements = value[key]?.array else { throw wrong(key, "a list of whole numbers") }
    let numbers = elements.compactMap(\.integer)
    guard numbers.count == elements.count else { throw wrong(key, "a list of whole numbers") }
    return numbers
  }

  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, _ type: Choice.Type
  ) throws(Diagnostic) -> Choice where Choice.RawValue == String {
    let text = try string(key)
    if let value = Choice(rawValue: text) { return value }
    throw diagnostic(
      .unknownName(
        what: "a value for '\(key)'", name: text, known: Choice.allCases.map(\.rawValue)))
  }

  /// The id of a fact: three parts.
  func evidenceID(_ key: String) throws(Diagnostic) -> EvidenceID {
    try Self.evidenceID(try string(key), key, self)
  }

  func optionalEvidenceID(_ key: String) throws(Diagnostic) -> EvidenceID? {
    guard let text = try optionalString(key) else { return nil }
    return try Self.evidenceID(text, key, self)
  }

  func evidenceIDs(_ key: String) throws(Diagnostic) -> [EvidenceID] {
    var ids: [EvidenceID] = []
    for text in try strings(key) { ids.append(try Self.evidenceID(text, key, self)) }
    return ids
  }

  private static func evidenceID(
    _ text: String, _ key: String, _ reader: RecordReader
  ) throws(Diagnostic) -> EvidenceID {
    guard text.utf8.count(where: { $0 == 0x2F }) == 2 else {
      throw reader.diagnostic(
        .badValue(key: key, found: text, expected: "an id of three parts, metric/arm/scope"))
    }
    return EvidenceID(text)
  }
}
