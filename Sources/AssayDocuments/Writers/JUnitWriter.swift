import AssayDiagnostics
import AssayEvidence
import AssayFiles
import AssayXML

/// Writes the gate as JUnit XML in the strict dialect that every consumer reads alike.
///
/// One level of suites, no attributes on the root, every attribute on a suite, UTC time without zone, at
/// most one of failure, error and skipped in a case, (classname, name) unique in the file, and no name
/// with an observed value in it. The file is read back and its counters are counted again before it is
/// handed over.
struct JUnitWriter {
  private let assessment: Assessment
  private var usedNames: Set<String> = []

  /// The most bytes in one text node; some consumers refuse larger ones.
  static let textLimit = 64_000
  /// The most characters in a name.
  static let nameLimit = 200

  /// One case of a suite.
  struct Case {
    var name: String
    var className: String
    var outcome: GateOutcome
    var type: String
    var message: String
    var text: String
  }

  /// One suite.
  struct Suite {
    var name: String
    var properties: [(name: String, value: String)]
    var cases: [Case]

    func count(_ outcome: GateOutcome) -> Int { cases.count { $0.outcome == outcome } }
  }

  private init(_ assessment: Assessment) { self.assessment = assessment }

  /// The finished file.
  /// - Throws: A diagnostic when the written file does not read back as it was meant: a bug of Assay.
  static func text(of assessment: Assessment) throws -> String {
    var writer = JUnitWriter(assessment)
    return try text(of: writer.suites(), asOf: assessment.record.asOf)
  }

  /// The finished file of any suites.
  static func text(of suites: [Suite], asOf: String) throws -> String {
    let bytes = try write(suites, timestamp: timestamp(asOf))
    try check(bytes, against: suites)
    return String(decoding: bytes, as: UTF8.self)
  }

  // MARK: - What stands in the file

  mutating func suites() -> [Suite] {
    var order: [String] = []
    var members: [String: [Finding]] = [:]
    for finding in assessment.findings where finding.outcome(at: assessment.stage) != .omitted {
      if members[finding.check.group] == nil { order.append(finding.check.group) }
      members[finding.check.group, default: []].append(finding)
    }
    var suites = order.map { group in suite(group, members[group] ?? []) }
    if let hypotheses = hypotheses() { suites.append(hypotheses) }
    let isRed = suites.contains { $0.count(.failure) + $0.count(.error) > 0 }
    // A gate that judged nothing must not look green.
    if suites.isEmpty || (!assessment.isGateMet && !isRed) { suites.append(nothingJudged()) }
    return suites
  }

  private mutating func suite(_ group: String, _ findings: [Finding]) -> Suite {
    let name = Self.name(group)
    let cases = findings.map { finding -> Case in
      let (type, message) = summary(finding)
      return Case(
        name: unique("\(finding.check.id) \(finding.check.title)", in: name), className: name,
        outcome: finding.outcome(at: assessment.stage), type: type, message: Self.oneLine(message),
        text: body(finding, message: message))
    }
    return Suite(
      name: name, properties: properties(evidence: findings.flatMap(\.evidence)), cases: cases)
  }

  /// What the first line says, and the element's type.
  private func summary(_ finding: Finding) -> (type: String, message: String) {
    let type = finding.verdict.rawValue
    switch finding.verdict {
    case .notMet where !finding.isRequired: return (type, "ADVISORY not met: \(finding.reason)")
    case .waived:
      let waiver = assessment.statements.waivers.first { $0.check == finding.check.id }
      let by = waiver.map { " by \($0.owner) until \($0.expires): \($0.reason)" } ?? ""
      return (type, "WAIVED\(by). \(finding.reason)")
    case .attestationPending where finding.outcome(at: assessment.stage) == .skipped:
      let trial = assessment.stage == .trial ? "trial, " : ""
      return (type, "attestation pending (\(trial)does not block): \(finding.reason)")
    case .attestationPending: return (type, "attestation pending: \(finding.reason)")
    case .notAssessed: return (type, "not assessed: \(finding.reason)")
    case .insufficient: return (type, "insufficient evidence: \(finding.reason)")
    case .met, .notMet, .notApplicable: return (type, finding.reason)
    }
  }

  private func body(_ finding: Finding, message: String) -> String {
    let check = finding.check
    var lines = [
      message, "", "Requirement: \(check.requirement)", "Why: \(check.rationale)",
      "To do: \(check.remedy)", "Owner: \(check.owner)", "Threshold: \(check.origin)",
    ]
    for id in finding.evidence {
      lines.append(
        "Evidence: \(id): \(assessment.evidence(id)?.printedLine ?? "not in this record")")
    }
    return lines.joined(separator: "\n")
  }

  /// The plan's hypotheses; advisory, so nothing here fails a build.
  private mutating func hypotheses() -> Suite? {
    let judgements = assessment.record.judgements
    guard !judgements.isEmpty else { return nil }
    let cases = judgements.enumerated().map { position, judgement in
      let word =
        switch judgement.outcome {
        case .supported: "supported"
        case .notSupported: "not supported"
        case .inconclusive: "inconclusive"
        }
      let message = "ADVISORY \(word): \(judgement.reason)"
      let line = assessment.evidence(judgement.evidence)?.printedLine ?? "not in this record"
      return Case(
        name: unique(
          "H\(position + 1) \(judgement.arm) against \(judgement.against): \(judgement.metric)",
          in: "Hypotheses"),
        className: "Hypotheses", outcome: judgement.outcome == .supported ? .pass : .skipped,
        type: judgement.outcome.rawValue, message: Self.oneLine(message),
        text: "\(message)\n\nEvidence: \(judgement.evidence): \(line)")
    }
    return Suite(
      name: "Hypotheses", properties: properties(evidence: judgements.map(\.evidence)), cases: cases
    )
  }

  private mutating func nothingJudged() -> Suite {
    let message =
      "no blocking check of profile \(assessment.profile.rawValue) was judged, so the gate cannot be met"
    return Suite(
      name: "Gate", properties: properties(evidence: []),
      cases: [
        Case(
          name: unique("GATE A blocking check was judged", in: "Gate"), className: "Gate",
          outcome: .error, type: Verdict.notAssessed.rawValue, message: message,
          text:
            "\(message)\n\nTo do: choose a profile and a checklist with blocking checks that apply to "
            + "this pilot.")
      ])
  }

  private func properties(evidence: [EvidenceID]) -> [(name: String, value: String)] {
    let record = assessment.record
    var properties = [
      (name: "run.name", value: record.subject.name),
      (name: "run.digest", value: record.subject.pilotDigest ?? "none"),
      (name: "policy.id", value: assessment.checklist.name),
      (name: "policy.version", value: assessment.checklist.version),
      (name: "policy.digest", value: assessment.checklist.digest),
      (name: "profile", value: assessment.profile.rawValue),
      (name: "stage", value: assessment.stage.rawValue),
      (name: "tool.version", value: record.toolVersion),
    ]
    if let trial = Phrases.trial(assessment) { properties.append((name: "trial", value: trial)) }
    var seen: Set<EvidenceID> = []
    for id in evidence where seen.insert(id).inserted {
      guard let fact = assessment.evidence(id) else { continue }
      properties.append((name: Self.name(id.description), value: fact.printedLine))
    }
    return properties.map { ($0.name, XMLText.limited($0.value, bytes: Self.textLimit)) }
  }

  // MARK: - Names

  /// A name on one line, neither empty nor longer than the limit; a cut name ends in its digest.
  static func name(_ text: String) -> String {
    let flat = XMLText.sanitized(text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    if flat.isEmpty { return "unnamed" }
    let scalars = flat.unicodeScalars
    guard scalars.count > nameLimit else { return flat }
    return String(String.UnicodeScalarView(scalars.prefix(nameLimit - 9))) + "~"
      + SHA256.hexDigest(text).prefix(8)
  }

  private mutating func unique(_ text: String, in className: String) -> String {
    let first = Self.name(text)
    var name = first
    var number = 2
    while !usedNames.insert("\(className)\u{0}\(name)").inserted {
      let suffix = " (\(number))"
      let room = Self.nameLimit - suffix.count
      name = String(String.UnicodeScalarView(first.unicodeScalars.prefix(room))) + suffix
      number += 1
    }
    return name
  }

  /// A message: one line, at most 500 characters.
  static func oneLine(_ text: String) -> String {
    let flat = XMLText.sanitized(text).split(whereSeparator: \.isNewline).joined(separator: " ")
    return flat.count > 500 ? flat.prefix(499) + "…" : flat
  }

  /// `2026-01-01T00:00:00` from a moment in UTC; the start of 1970 where it cannot be read.
  static func timestamp(_ asOf: String) -> String {
    let text = asOf.hasSuffix("Z") ? String(asOf.dropLast()) : asOf
    let pattern = "0000-00-00T00:00:00"
    let fits =
      text.utf8.count == pattern.utf8.count
      && zip(text.utf8, pattern.utf8).allSatisfy { character, model in
        model == UInt8(ascii: "0") ? (0x30...0x39).contains(character) : character == model
      }
    return fits ? text : "1970-01-01T00:00:00"
  }

  // MARK: - Writing and reading back

  private static func write(_ suites: [Suite], timestamp: String) throws -> [UInt8] {
    let writer = try XMLWriter()
    try writer.element("testsuites") {
      for (position, suite) in suites.enumerated() {
        let attributes = [
          ("name", suite.name), ("tests", "\(suite.cases.count)"),
          ("failures", "\(suite.count(.failure))"),
          ("errors", "\(suite.count(.error))"), ("skipped", "\(suite.count(.skipped))"),
          ("time", "0.000"),
          ("timestamp", timestamp), ("hostname", "localhost"), ("id", "\(position)"),
          ("package", "assay"),
        ]
        try writer.element("testsuite", attributes) {
          try writer.element("properties") {
            for (name, value) in suite.properties {
              try writer.element("property", [("name", name), ("value", value)])
            }
          }
          for item in suite.cases { try write(item, with: writer) }
          try writer.element("system-out")
          try writer.element("system-err")
        }
      }
    }
    return try writer.finish()
  }

  private static func write(_ item: Case, with writer: borrowing XMLWriter) throws {
    let text = XMLText.limited(item.text, bytes: textLimit)
    try writer.element(
      "testcase", [("name", item.name), ("classname", item.className), ("time", "0.000")]
    ) {
      switch item.outcome {
      case .pass, .omitted: break
      case .failure:
        try writer.element("failure", [("type", item.type), ("message", item.message)]) {
          try writer.text(text)
        }
      case .error:
        try writer.element("error", [("type", item.type), ("message", item.message)]) {
          try writer.text(text)
        }
      case .skipped:
        try writer.element("skipped", [("message", item.message)]) { try writer.text(text) }
      }
    }
  }

  /// Reads the file back and counts again.
  static func check(_ bytes: [UInt8], against suites: [Suite]) throws {
    let root = try XMLDocument(bytes, path: "gate.xml").root()
    func fail(_ what: String) -> Diagnostic {
      Diagnostic(
        .other(found: what, expected: "a gate file that reads back as it was written"),
        at: SourceLocation(path: "gate.xml"), help: "this is a bug of assay, please report it")
    }
    let written = root.children("testsuite")
    guard root.name == "testsuites", root.attributes.isEmpty, written.count == suites.count,
      !written.isEmpty
    else { throw fail("\(written.count) suites") }
    for (element, suite) in zip(written, suites) {
      let cases = element.children("testcase")
      func counted(_ name: String) -> Int { cases.count { !$0.children(name).isEmpty } }
      let counters = [
        ("tests", cases.count), ("failures", counted("failure")), ("errors", counted("error")),
        ("skipped", counted("skipped")),
      ]
      for (name, count) in counters where element[name] != "\(count)" {
        throw fail("\(name)=\(element[name] ?? "none") for \(count) in suite \(suite.name)")
      }
      guard cases.count == suite.cases.count, !cases.isEmpty else {
        throw fail("\(cases.count) cases in suite \(suite.name)")
      }
    }
  }
}
