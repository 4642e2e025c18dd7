import AssayDiagnostics
import AssayFiles
import AssayPrivacy
import AssayRuns

/// A file that says what was released: a ledger, a plain list of releases, or a run's own record.
enum ReleaseRecord {
  /// `assay.ledger/1`.
  case ledger(BudgetLedger)
  /// A list of releases.
  case events([PrivacyEvent])
  /// A run's `run.json`, with what it records of privacy.
  case run(PrivacyRecord)

  /// The schema of a ledger.
  static let ledgerSchema = "assay.ledger/1"
  /// The most bytes of such a file.
  static let sizeLimit = 64 << 20

  init(readingFrom path: String) throws(Diagnostic) {
    try self.init(
      JSONValue.parse(InputFile.read(path, limit: Self.sizeLimit), path: path), path: path)
  }

  init(_ json: JSONValue, path: String) throws(Diagnostic) {
    if let list = json.array {
      self = .events(try Self.events(list, path: path, part: "release"))
      return
    }
    switch json["schema"]?.string {
    case Self.ledgerSchema: self = .ledger(try BudgetLedger(json, path: path))
    case Run.fileSchema:
      let run = try Run(json: json, path: path)
      guard let privacy = run.privacy else {
        throw Diagnostic(
          .other(found: "a run that records no private release", expected: "'privacy.history'"),
          at: SourceLocation(path: path), help: "name the run.json of a private arm")
      }
      self = .run(privacy)
    default:
      throw Diagnostic(
        .other(
          found: json["schema"]?.string.map { "the schema '\($0)'" } ?? "another value",
          expected:
            "a list of releases, a ledger (\"schema\": \"\(Self.ledgerSchema)\") or a run.json"),
        at: SourceLocation(path: path, line: 1, column: 1))
    }
  }

  static func events(
    _ list: [JSONValue], path: String, part: String
  ) throws(Diagnostic) -> [PrivacyEvent] {
    var events: [PrivacyEvent] = []
    for (index, item) in list.enumerated() {
      events.append(
        try PrivacyEvent(item, at: SourceLocation(path: path, part: "\(part) \(index + 1)")))
    }
    return events
  }
}

/// Adds one release to a ledger, or to a plain list in its own form; a file that is not there becomes a
/// ledger. Other processes' releases are kept, and a crash loses none.
/// - Parameters:
///   - check: Looks at the ledger as it will be, before anything is written; a plain list comes as one
///     without a budget.
/// - Returns: The ledger as it is now.
@discardableResult
func appendRelease(
  _ entry: BudgetLedger.Entry, unit: PrivacyUnit, neighbouring: NeighbouringRelation,
  to path: String, check: (BudgetLedger) throws -> Void
) throws -> BudgetLedger {
  var result = BudgetLedger()
  try updateFile(path, limit: ReleaseRecord.sizeLimit) { bytes in
    guard let bytes else {
      result = BudgetLedger(unit: unit, neighbouring: neighbouring).withRelease(entry)
      try check(result)
      return Array(result.json.serialized().utf8)
    }
    let json = try JSONValue.parse(bytes, path: path)
    switch try ReleaseRecord(json, path: path) {
    case .run:
      throw Diagnostic(
        .other(found: "the record of one run", expected: "a ledger or a list of releases"),
        at: SourceLocation(path: path), help: "name a file of its own with --ledger")
    case .events(let events):
      result = BudgetLedger(
        unit: unit, neighbouring: neighbouring,
        releases: [.init(name: path, kind: .other, content: .events(events))]
      ).withRelease(entry)
      try check(result)
      return Array(JSONValue.array((json.array ?? []) + entry.events.map(\.json)).serialized().utf8)
    case .ledger(let ledger):
      try agree(ledger.unit?.rawValue, unit.rawValue, "unit", path)
      try agree(ledger.neighbouring.rawValue, neighbouring.rawValue, "neighbouring", path)
      result = ledger.withRelease(entry)
      try check(result)
      // What the file says stays as it stands; the release is put behind it.
      guard var object = json.object, let added = result.releases.last else { return bytes }
      object["releases"] = .array((json["releases"]?.array ?? []) + [added.json])
      return Array(JSONValue.object(object).serialized().utf8)
    }
  }
  return result
}

private func agree(
  _ mine: String?, _ theirs: String, _ key: String, _ path: String
) throws(Diagnostic) {
  guard let mine, mine != theirs else { return }
  throw Diagnostic(
    .conflict(
      first: "'\(path)'", second: "this release",
      why: "'\(key)' is \(mine) in the ledger and \(theirs) here; guarantees of different kinds do "
        + "not add up"),
    help: "keep a ledger for each, and state both")
}

// MARK: JSON

extension BudgetLedger {
  private static let keys = [
    "schema", "budget", "unit", "neighbouring", "population", "releases",
  ]

  /// `assay.ledger/1`.
  var json: JSONValue {
    .object([
      "schema": .string(ReleaseRecord.ledgerSchema),
      "budget": budget.map {
        .object(["epsilon": .double($0.epsilon), "delta": .double($0.delta)])
      } ?? .null,
      "unit": .optional(unit?.rawValue), "neighbouring": .string(neighbouring.rawValue),
      "population": .optional(population), "releases": .array(releases.map(\.json)),
    ])
  }

  /// Reads a ledger.
  /// - Throws: A diagnostic that names the part for an unknown key, a wrong kind or an impossible value.
  init(_ json: JSONValue, path: String) throws(Diagnostic) {
    let fields = try LedgerFields(json, keys: Self.keys, path: path, part: "the ledger")
    var budget: Budget?
    if let value = fields["budget"] {
      let inner = try LedgerFields(
        value, keys: ["epsilon", "delta"], path: path, part: "'budget'")
      let epsilon = try inner.number("epsilon")
      let delta = try inner.number("delta")
      guard epsilon > 0, epsilon.isFinite else {
        throw inner.wrong("epsilon", "a finite number above 0")
      }
      guard delta > 0, delta < 1 else {
        throw inner.wrong("delta", "a probability strictly between 0 and 1")
      }
      budget = Budget(epsilon: epsilon, delta: delta)
    }
    var population: Int?
    if let value = fields["population"] {
      guard let count = value.integer, count > 0 else {
        throw fields.wrong("population", "a whole number above 0")
      }
      population = count
    }
    guard let list = fields["releases"]?.array else {
      throw fields.wrong("releases", "a list of releases")
    }
    var releases: [Entry] = []
    for (index, item) in list.enumerated() {
      releases.append(try Entry(item, path: path, part: "release \(index + 1)"))
    }
    self.init(
      budget: budget, unit: try fields.choice("unit", PrivacyUnit.self),
      neighbouring: try fields.choice("neighbouring", NeighbouringRelation.self) ?? .addOrRemoveOne,
      population: population, releases: releases)
  }
}

extension BudgetLedger.Entry {
  private static let keys = ["name", "kind", "events", "unaccounted", "at", "note"]

  var json: JSONValue {
    var object: JSONObject = ["name": .string(name), "kind": .string(kind.rawValue)]
    switch content {
    case .events(let events): object["events"] = .array(events.map(\.json))
    case .unaccounted(let why): object["unaccounted"] = .string(why)
    }
    object["at"] = .optional(at)
    if let note { object["note"] = .string(note) }
    return .object(object)
  }

  init(_ json: JSONValue, path: String, part: String) throws(Diagnostic) {
    let fields = try LedgerFields(json, keys: Self.keys, path: path, part: part)
    guard let name = try fields.text("name"), !name.isEmpty else {
      throw fields.wrong("name", "a name")
    }
    guard let kind = try fields.choice("kind", Kind.self) else {
      throw fields.wrong("kind", "a kind of release")
    }
    let content: Content
    switch (fields["events"], try fields.text("unaccounted")) {
    case (nil, let why?) where !why.isEmpty: content = .unaccounted(why)
    case (let events?, nil):
      guard let list = events.array else { throw fields.wrong("events", "a list of releases") }
      content = .events(try ReleaseRecord.events(list, path: path, part: "\(part), event"))
    default:
      throw Diagnostic(
        .other(
          found: "'events' and 'unaccounted' together, or neither",
          expected: "either what was released, or why it is unaccounted for"),
        at: SourceLocation(path: path, part: part))
    }
    let at = try fields.text("at")
    if let at, Timestamp(at) == nil {
      throw fields.wrong("at", "a time such as 2026-01-31T08:00:00Z")
    }
    self.init(
      name: name, kind: kind, content: content, at: at, note: try fields.text("note"))
  }
}

/// The members of one object of a ledger.
private struct LedgerFields {
  let object: JSONObject
  let location: SourceLocation
  let part: String

  init(
    _ json: JSONValue, keys: [String], path: String, part: String
  ) throws(Diagnostic) {
    location = SourceLocation(path: path, part: part)
    self.part = part
    guard let object = json.object else {
      throw Diagnostic(
        .other(found: json.serialized(pretty: false), expected: "an object for \(part)"),
        at: location)
    }
    for key in object.keys where !keys.contains(key) {
      throw Diagnostic(.unknownKey(key: key, known: keys), at: location)
    }
    self.object = object
  }

  subscript(key: String) -> JSONValue? {
    object[key].flatMap { $0.isNull ? nil : $0 }
  }

  func wrong(_ key: String, _ expected: String) -> Diagnostic {
    Diagnostic(
      .badValue(
        key: key, found: object[key]?.serialized(pretty: false) ?? "nothing", expected: expected),
      at: location)
  }

  func text(_ key: String) throws(Diagnostic) -> String? {
    guard let value = self[key] else { return nil }
    guard let text = value.string else { throw wrong(key, "text") }
    return text
  }

  func number(_ key: String) throws(Diagnostic) -> Double {
    guard let value = self[key]?.double else { throw wrong(key, "a number") }
    return value
  }

  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, _ type: Choice.Type
  ) throws(Diagnostic) -> Choice? where Choice.RawValue == String {
    guard let name = try text(key) else { return nil }
    guard let choice = Choice(rawValue: name) else {
      throw wrong(key, Choice.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", "))
    }
    return choice
  }
}
