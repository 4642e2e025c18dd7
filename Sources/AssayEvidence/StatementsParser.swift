import AssayDiagnostics
import AssayFiles

extension Statements {
  /// The most characters of one text.
  public static let textLimit = 20_000
  /// The most characters of a name, a role or a document's name.
  public static let nameLimit = 500
  /// The most attestations, and the most waivers.
  public static let entryLimit = 1_000

  /// Reads `statements.yaml`.
  ///
  /// A text is plain text or `{text, by, role, date}`; `signed: {by, role, date}` fills in for
  /// every text that names nobody. A text that is nothing but a placeholder counts as absent.
  /// - Throws: The first problem, with line, column and the nearest valid name.
  public static func parse(bytes: [UInt8], path: String) throws(Diagnostic) -> Statements {
    try parse(try YAMLNode.parse(bytes, path: path))
  }

  /// Reads statements from a node, as in the examples of a checklist.
  static func parse(_ root: YAMLNode) throws(Diagnostic) -> Statements {
    var blocks: [String] = []
    for field in StatementField.all {
      let block = String(field.key.prefix { $0 != "." })
      if !blocks.contains(block) { blocks.append(block) }
    }
    let known =
      ["assay", "signed"] + blocks
      + ["secure_aggregation", "participation", "attestations", "waivers"]
    let file = try root.mapping("statements", keys: known)
    if let version = file["assay"], try version.integer("assay") != 1 {
      throw version.diagnostic(
        .badValue(key: "assay", found: version.plainText, expected: "the version 1"))
    }
    var statements = Statements()
    let fallback = try file["signed"].map { node throws(Diagnostic) in try signature(node) }
    for block in blocks {
      guard let node = file[block] else { continue }
      try readBlock(block, node, fallback: fallback, into: &statements)
    }
    if let node = file["secure_aggregation"] {
      let claim = try node.mapping("secure_aggregation", keys: ["claimed"])
      statements.claimsSecureAggregation = try claim.require("claimed").boolean("claimed")
    }
    if let node = file["participation"] {
      let hidden = try node.mapping("participation", keys: ["hidden"])
      statements.participationIsHidden = try hidden.require("hidden").boolean("hidden")
    }
    for item in try entries(file, "attestations") {
      statements.attestations.append(try attestation(item))
    }
    for item in try entries(file, "waivers") {
      let waiver = try waiver(item)
      guard !statements.waivers.contains(where: { $0.check == waiver.check }) else {
        throw item.diagnostic(
          .badValue(key: "check", found: waiver.check, expected: "one waiver for each check"))
      }
      statements.waivers.append(waiver)
    }
    return statements
  }

  private static func readBlock(
    _ block: String, _ node: YAMLNode, fallback: Signed?, into statements: inout Statements
  ) throws(Diagnostic) {
    let fields = StatementField.all.filter { $0.key.hasPrefix(block + ".") }
    if fields.isEmpty {
      statements.texts[block] = try signedText(block, node, fallback: fallback)
      return
    }
    let keys = fields.map { String($0.key.dropFirst(block.count + 1)) }
    let mapping = try node.mapping(block, keys: keys)
    for key in keys {
      guard let value = mapping[key] else { continue }
      statements.texts["\(block).\(key)"] =
        try signedText("\(block).\(key)", value, fallback: fallback)
    }
  }

  private static func signedText(
    _ key: String, _ node: YAMLNode, fallback: Signed?
  ) throws(Diagnostic) -> Signed? {
    var signed: Signed
    switch node.content {
    case .scalar: signed = Signed(text: try limited(node, key, textLimit))
    case .mapping:
      let mapping = try node.mapping(key, keys: ["text", "by", "role", "date"])
      signed = try signature(node, keys: ["text", "by", "role", "date"])
      guard let text = mapping["text"] else { return nil }
      signed.text = try limited(text, "text", textLimit)
    case .sequence:
      throw node.diagnostic(
        .wrongKind(
          key: key, found: node.kindName, expected: "text, or a mapping with text, by, role, date"),
        help: "write several points as one text; '|' keeps the lines of the paragraph below it")
    }
    if Placeholder.isWhole(signed.text) { return nil }
    if signed.by == nil, let fallback {
      signed.by = fallback.by
      signed.role = signed.role ?? fallback.role
      signed.date = signed.date ?? fallback.date
    }
    return signed
  }

  private static func signature(
    _ node: YAMLNode, keys: [String] = ["by", "role", "date"]
  ) throws(Diagnostic) -> Signed {
    let mapping = try node.mapping("signed", keys: keys)
    return Signed(
      text: "", by: try optionalName(mapping, "by"), role: try optionalName(mapping, "role"),
      date: try mapping["date"].map { node throws(Diagnostic) in try date(node, "date") })
  }

  private static func attestation(_ item: YAMLNode) throws(Diagnostic) -> Attestation {
    let mapping = try item.mapping(
      "attestation", keys: ["check", "by", "role", "date", "expires", "evidence", "digest"])
    let signed = try date(try mapping.require("date"), "date")
    let expiry = try mapping.require("expires")
    let expires = try date(expiry, "expires")
    guard expires >= signed else {
      throw expiry.diagnostic(
        .badValue(key: "expires", found: expires, expected: "a day on or after \(signed)"))
    }
    var digest: String?
    if let node = mapping["digest"] {
      let text = try node.text("digest")
      guard text.utf8.count == 64, text.allSatisfy({ "0123456789abcdef".contains($0) }) else {
        throw node.diagnostic(
          .badValue(
            key: "digest", found: text, expected: "a SHA-256 of 64 lower-case hexadecimal digits"),
          help: "sha256sum FILE prints it")
      }
      digest = text
    }
    return Attestation(
      check: try checkID(mapping), by: try name(mapping, "by"), role: try name(mapping, "role"),
      date: signed, expires: expires, evidence: try name(mapping, "evidence"), digest: digest)
  }

  private static func waiver(_ item: YAMLNode) throws(Diagnostic) -> Waiver {
    let mapping = try item.mapping("waiver", keys: ["check", "owner", "reason", "expires"])
    return Waiver(
      check: try checkID(mapping), owner: try name(mapping, "owner"),
      reason: try name(mapping, "reason", limit: textLimit),
      expires: try date(try mapping.require("expires"), "expires"))
  }

  private static func entries(
    _ file: YAMLMapping, _ key: String
  ) throws(Diagnostic) -> [YAMLNode] {
    guard let node = file[key] else { return [] }
    guard case .sequence(let items) = node.content else {
      throw node.diagnostic(.wrongKind(key: key, found: node.kindName, expected: "a list"))
    }
    guard items.count <= entryLimit else {
      throw node.diagnostic(
        .overLimit(what: "entries in '\(key)'", found: "\(items.count)", limit: "\(entryLimit)"))
    }
    return items
  }

  private static func checkID(_ mapping: YAMLMapping) throws(Diagnostic) -> String {
    let node = try mapping.require("check")
    let text = try node.text("check")
    guard Check.isValidID(text) else {
      throw node.diagnostic(
        .badValue(key: "check", found: text, expected: "the id of a check, such as DP-2"))
    }
    return text
  }

  private static func name(
    _ mapping: YAMLMapping, _ key: String, limit: Int = nameLimit
  ) throws(Diagnostic) -> String {
    let node = try mapping.require(key)
    let text = try limited(node, key, limit)
    guard !Placeholder.isWhole(text) else {
      throw node.diagnostic(.badValue(key: key, found: text, expected: "more than a placeholder"))
    }
    return text
  }

  private static func optionalName(
    _ mapping: YAMLMapping, _ key: String
  ) throws(Diagnostic) -> String? {
    guard let node = mapping[key] else { return nil }
    let text = try limited(node, key, nameLimit)
    return Placeholder.isWhole(text) ? nil : text
  }

  private static func limited(
    _ node: YAMLNode, _ key: String, _ limit: Int
  ) throws(Diagnostic) -> String {
    let text = try node.text(key)
    guard text.unicodeScalars.count <= limit else {
      throw node.diagnostic(
        .overLimit(
          what: "characters in '\(key)'", found: "\(text.unicodeScalars.count)",
          limit: "\(limit)"))
    }
    return Placeholder.trimmed(text)
  }

  private static func date(_ node: YAMLNode, _ key: String) throws(Diagnostic) -> String {
    let text = try node.text(key)
    guard CalendarDate.isValid(text) else {
      throw node.diagnostic(
        .badValue(key: key, found: text, expected: "a day written YYYY-MM-DD"))
    }
    return text
  }
}
