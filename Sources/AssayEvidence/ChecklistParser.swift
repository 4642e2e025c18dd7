import AssayDiagnostics
import AssayFiles

extension Checklist {
  /// The most checks of one list.
  public static let checkLimit = 1_000

  /// Reads a checklist file.
  /// - Throws: The first problem, with line, column and the nearest valid name.
  public static func parse(bytes: [UInt8], path: String) throws(Diagnostic) -> Checklist {
    let root = try YAMLNode.parse(bytes, path: path)
    let file = try root.mapping("the checklist", keys: ["assay", "name", "version", "checks"])
    let format = try file.require("assay")
    guard try format.integer("assay") == 1 else {
      throw format.diagnostic(
        .badValue(key: "assay", found: format.plainText, expected: "the version 1"))
    }
    var list = Checklist(
      name: try file.require("name").text("name"),
      version: try file.require("version").text("version"),
      digest: SHA256.hexDigest(bytes), checks: [])
    let node = try file.require("checks")
    guard case .sequence(let items) = node.content, !items.isEmpty else {
      throw node.diagnostic(
        .wrongKind(key: "checks", found: node.kindName, expected: "a list of checks"))
    }
    guard items.count <= checkLimit else {
      throw node.diagnostic(
        .overLimit(what: "checks", found: "\(items.count)", limit: "\(checkLimit)"))
    }
    var firstLine: [String: Int] = [:]
    for item in items {
      let check = try Check(item)
      if let line = firstLine[check.id] {
        let id = try item.openMapping("check").require("id")
        throw id.diagnostic(
          .badValue(
            key: "id", found: check.id, expected: "each id once (first in line \(line))"))
      }
      firstLine[check.id] = item.location.line ?? 0
      list.checks.append(check)
    }
    return list
  }
}

extension Check {
  private static let keys = [
    "id", "group", "title", "requirement", "rationale", "remedy", "owner", "origin", "applies_to",
    "severity", "no_waiver", "rule", "passes", "fails",
  ]

  init(_ node: YAMLNode) throws(Diagnostic) {
    let check = try node.mapping("check", keys: Self.keys)
    func text(_ key: String) throws(Diagnostic) -> String {
      let node = try check.require(key)
      let text = Placeholder.trimmed(try node.text(key))
      if Placeholder.isWhole(text) {
        throw node.diagnostic(.badValue(key: key, found: text, expected: "more than a placeholder"))
      }
      return text
    }
    let idNode = try check.require("id")
    let id = try idNode.text("id")
    guard Self.isValidID(id) else {
      throw idNode.diagnostic(
        .badValue(
          key: "id", found: id, expected: "two to four capital letters and a number, such as DP-2"))
    }
    let ruleNode = try check.require("rule")
    self.init(
      id: id, group: try text("group"), title: try text("title"),
      requirement: try text("requirement"), rationale: try text("rationale"),
      remedy: try text("remedy"), owner: try text("owner"), origin: try text("origin"),
      rule: try Rule(ruleNode), severity: try Self.severity(try check.require("severity")))
    if let node = check["applies_to"] {
      appliesTo = try node.choice("applies_to", Applicability.self)
    }
    for item in try check["no_waiver"]?.list("no_waiver") ?? [] {
      notWaivableIn.insert(try item.choice("no_waiver", Profile.self))
    }
    if let gap = rule.firstGap(in: severity.filter { $0.value != .notApplicable }.keys.sorted()) {
      throw ruleNode.diagnostic(
        .missingKey(key: gap.rawValue, inside: "the limits of \(id)"),
        help: "give a limit for every profile that asks for the check")
    }
    for (key, verdict) in [("passes", Verdict.met), ("fails", .notMet)] {
      for item in try check[key]?.list(key) ?? [] {
        examples.append(try CheckExample(item, expected: verdict, profile: exampleProfile))
      }
    }
  }

  /// The profile in which an example is judged that names none.
  private var exampleProfile: Profile {
    let order: [Profile] = [.crossSilo, .crossDevice, .regulated]
    return order.first { severity[$0] != .notApplicable } ?? .crossSilo
  }

  /// One word for all profiles, or one for each.
  private static func severity(_ node: YAMLNode) throws(Diagnostic) -> [Profile: Severity] {
    var severity: [Profile: Severity] = [:]
    if case .scalar = node.content {
      let one = try node.choice("severity", Severity.self)
      for profile in Profile.allCases { severity[profile] = one }
      return severity
    }
    let mapping = try node.mapping("severity", keys: Profile.allCases.map(\.rawValue))
    for profile in Profile.allCases {
      severity[profile] = try mapping.require(profile.rawValue).choice(
        profile.rawValue, Severity.self)
    }
    return severity
  }
}

extension Profile: Comparable {
  /// By name, for messages in a fixed order.
  public static func < (a: Profile, b: Profile) -> Bool { a.rawValue < b.rawValue }
}

extension Rule {
  /// The first profile for which a limit is missing.
  func firstGap(in profiles: [Profile]) -> Profile? {
    switch self {
    case .perProfile(let rules): profiles.first { rules[$0] == nil }
    case .all(let rules): rules.lazy.compactMap { $0.firstGap(in: profiles) }.first
    case .enough(let rule): rule.firstGap(in: profiles)
    default: nil
    }
  }

  private static let kinds = [
    "compare", "holds", "present", "stated", "attestation", "citations", "all",
  ]

  init(_ node: YAMLNode, depth: Int = 0) throws(Diagnostic) {
    let mapping = try node.mapping("rule", keys: Self.kinds)
    guard let member = mapping.members.first, mapping.members.count == 1 else {
      throw node.diagnostic(
        .other(
          found: "\(mapping.members.count) kinds of rule",
          expected: "exactly one of \(Self.kinds.joined(separator: ", "))"),
        help: "join several rules with 'all'")
    }
    let value = member.value
    switch member.name {
    case "compare": self = try Self.comparison(value)
    case "holds": self = .holds(select: try Self.pattern(value, "holds"))
    case "present":
      var patterns: [EvidencePattern] = []
      for item in try Self.items(value, "present") {
        patterns.append(try Self.pattern(item, "present"))
      }
      self = .present(select: patterns)
    case "stated": self = try Self.statement(value)
    case "attestation": self = try Self.signature(value)
    case "citations":
      guard try value.text("citations") == "met" else {
        throw value.diagnostic(
          .badValue(key: "citations", found: value.plainText, expected: "the word met"))
      }
      self = .citations
    default:
      guard depth < 4 else {
        throw value.diagnostic(.overLimit(what: "levels of rules", found: "more", limit: "4"))
      }
      var rules: [Rule] = []
      for item in try Self.items(value, "all") { rules.append(try Rule(item, depth: depth + 1)) }
      self = .all(rules)
    }
  }

  private static func items(_ node: YAMLNode, _ key: String) throws(Diagnostic) -> [YAMLNode] {
    let items = try node.list(key)
    if items.isEmpty {
      throw node.diagnostic(
        .wrongKind(key: key, found: "an empty list", expected: "at least one item"))
    }
    return items
  }

  private static func pattern(
    _ node: YAMLNode, _ key: String
  ) throws(Diagnostic) -> EvidencePattern {
    let pattern = EvidencePattern(try node.text(key))
    if let problem = pattern.problem {
      throw node.diagnostic(
        .badValue(key: key, found: problem.found, expected: problem.expected),
        help: "the names of all facts stand in Docs/Evidence.md")
    }
    return pattern
  }

  private static func comparison(_ node: YAMLNode) throws(Diagnostic) -> Rule {
    let mapping = try node.mapping(
      "compare", keys: ["select", "relative_to", "bound", "relation", "limit", "shortfall"])
    let select = try pattern(try mapping.require("select"), "select")
    let bound = try mapping["bound"]?.choice("bound", Bound.self) ?? .value
    let relation = try mapping.require("relation").choice("relation", Relation.self)
    let other = try mapping["relative_to"].map { node throws(Diagnostic) in
      try pattern(node, "relative_to")
    }
    func rule(_ limit: Double) -> Rule {
      if let other {
        return .relative(
          select: select, to: other, bound: bound, relation: relation, limit: limit)
      }
      return .compare(select: select, bound: bound, relation: relation, limit: limit)
    }
    let limit = try mapping.require("limit")
    var result: Rule
    if case .mapping = limit.content {
      let limits = try limit.mapping("limit", keys: Profile.allCases.map(\.rawValue))
      var rules: [Profile: Rule] = [:]
      for profile in Profile.allCases {
        guard let node = limits[profile.rawValue] else { continue }
        rules[profile] = rule(try node.number(profile.rawValue))
      }
      result = .perProfile(rules)
    } else {
      result = rule(try limit.number("limit"))
    }
    if let node = mapping["shortfall"] {
      let word = try node.text("shortfall")
      switch word {
      case "insufficient": result = .enough(result)
      case "not-met": break
      default:
        throw node.diagnostic(
          .unknownName(
            what: "a value for 'shortfall'", name: word, known: ["not-met", "insufficient"]))
      }
    }
    return result
  }

  private static func fields(_ node: YAMLNode, _ key: String) throws(Diagnostic) -> [String] {
    var fields: [String] = []
    let known = StatementField.all.map(\.key)
    for item in try items(node, key) {
      let field = try item.text(key)
      guard known.contains(field) else {
        throw item.diagnostic(
          .unknownName(what: "a field of the statements", name: field, known: known))
      }
      fields.append(field)
    }
    return fields
  }

  private static func statement(_ node: YAMLNode) throws(Diagnostic) -> Rule {
    guard case .mapping = node.content else { return .stated(fields: try fields(node, "stated")) }
    let mapping = try node.mapping("stated", keys: ["fields", "signed"])
    let names = try fields(try mapping.require("fields"), "fields")
    return try mapping.boolean("signed") == true ? .signed(fields: names) : .stated(fields: names)
  }

  private static func signature(_ node: YAMLNode) throws(Diagnostic) -> Rule {
    guard case .mapping = node.content else {
      return .attestation(role: try node.text("attestation"))
    }
    let mapping = try node.mapping("attestation", keys: ["role", "independent_of"])
    let role = try mapping.require("role").text("role")
    guard let other = mapping["independent_of"] else { return .attestation(role: role) }
    return .approval(role: role, independentOf: try fields(other, "independent_of"))
  }
}
