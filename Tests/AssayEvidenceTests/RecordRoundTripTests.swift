import AssayDiagnostics
import AssayEvidence
import AssayFiles
import AssayRuns
import AssayStatistics
import Testing

/// SplitMix64: a small seeded generator, so that a failing record can be made again.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Draws records with every kind of fact, odd texts and extreme numbers.
private final class RecordGenerator {
  private var generator: SplitMix

  init(seed: Int) { generator = SplitMix(state: UInt64(seed)) }

  func coin() -> Bool { Bool.random(using: &generator) }
  func some<T>(_ value: @autoclosure () -> T) -> T? { coin() ? value() : nil }

  func text() -> String {
    let pool = [
      "", "plain", "ε ≤ 10, δ", "quote \" and \\", "line\nbreak\ttab", "<b>&amp;</b>",
      "\u{1}\u{7f}",
      "\u{202E}right", "😀 e\u{301}", "null", "infinity",
    ]
    return pool.randomElement(using: &generator) ?? ""
  }

  func number() -> Double {
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: return .infinity
    case 1: return 0
    case 2: return -1
    case 3: return Double.random(in: -1e300...1e300, using: &generator)
    case 4: return .leastNonzeroMagnitude
    case 5:
      return Double(
        Int.random(in: -9_007_199_254_740_993...9_007_199_254_740_993, using: &generator))
    default: return Double.random(in: -1...1, using: &generator)
    }
  }

  func id() -> EvidenceID {
    coin()
      ? EvidenceID(text(), arm: text(), scope: text())
      : EvidenceID(text(), arm: text(), column: text(), group: text())
  }

  func result() -> Evidence.Result {
    switch Int.random(in: 0..<9, using: &generator) {
    case 0:
      let hasError = Bool.random(using: &generator)
      let interval = Interval(
        low: number(), high: number(),
        method: IntervalMethod.allCases.randomElement(using: &generator) ?? .wilson,
        confidence: 0.95, note: some(text()), standardError: hasError ? number() : nil,
        degrees: hasError ? [19, 41.5, .infinity].randomElement(using: &generator) : nil,
        adjusted: Bool.random(using: &generator)
          ? Interval.Adjusted(
            low: number(), high: number(), standardError: number(), degrees: 4.5, scale: .logit)
          : nil)
      return .estimate(
        .defined(
          value: number(), interval: some(interval),
          count: Int.random(in: 0...Int.max, using: &generator)))
    case 1: return .estimate(.undefined(reason: text(), count: some(7)))
    case 2:
      return .guarantee(
        PrivacyGuarantee(
          epsilon: number(), epsilonLower: some(number()), delta: number(),
          unit: PrivacyUnit.allCases.randomElement(using: &generator).flatMap { some($0) },
          neighbouring: NeighbouringRelation.allCases.randomElement(using: &generator) ?? .zeroOut,
          accountant: text(), order: some(number()), mu: some(number()),
          errors: coin() ? [] : ErrorTerm.Kind.allCases.map { ErrorTerm($0, number()) },
          assumptions: [text(), text()], epsilonWithoutAmplification: number()))
    case 3: return .count(Int.random(in: Int.min...Int.max, using: &generator))
    case 4: return .quantity(number())
    case 5: return .flag(coin())
    case 6: return .text(text())
    default: return .missing(reason: text())
    }
  }

  func fact(_ number: Int) -> Evidence {
    var fact = Evidence(
      id: number == 0 ? id() : EvidenceID("m\(number)", arm: text(), scope: text()),
      title: text(),
      unit: ValueUnit.allCases.randomElement(using: &generator) ?? .number, result: result(),
      source: .init(path: text(), sha256: some(text()), how: text()), note: some(text()))
    if coin() { fact.leftOut = [text(), text()] }
    if coin() {
      fact.seeds = [.init(seed: 1, value: some(self.number())), .init(seed: -2, value: 0)]
    }
    return fact
  }

  func subject() -> Subject {
    var subject = Subject(
      name: text(), kind: Subject.Kind.allCases.randomElement(using: &generator) ?? .pilot,
      pilotDigest: some(text()), task: text(), label: text(), features: [text()],
      segments: [text(), text()], sensitive: [text()], client: some(text()), clientIs: text(),
      clientCount: some(20), partition: some(text()), trainingRows: some(1), testRows: some(2),
      split: text(),
      scaling: text(), model: text(), seeds: [1, -2], candidate: some(text()),
      baseline: some(text()), local: some(text()), headline: text(),
      sources: [SourceFile(path: text(), sha256: text())], notes: [text()])
    subject.arms = ArmSummary.Kind.allCases.map { kind in
      ArmSummary(
        name: text(), kind: kind, isPrivate: coin(), parameters: [.init(text(), text())],
        runs: RunStatus.allCases.map { .init(folder: text(), status: $0, reason: some(text())) })
    }
    return subject
  }

  func record() -> EvidenceRecord {
    var record = EvidenceRecord(
      asOf: "2026-06-15T00:00:00Z", toolVersion: text(), subject: subject())
    record.evidence = (0..<12).map { fact($0) }
    record.series = Series.Kind.allCases.map { kind in
      Series(
        kind: kind, arm: text(),
        lines: [
          .init(
            name: text(), x: [number(), number()], y: [some(number()), number()],
            counts: coin() ? [1, 2] : [])
        ])
    }
    record.judgements = Judgement.Outcome.allCases.map { outcome in
      Judgement(
        arm: text(), against: text(), metric: text(), margin: number(), outcome: outcome,
        evidence: id(), reason: text())
    }
    let point = Feasibility.Point(
      arm: text(), epsilon: id(), utility: id(), difference: id(), differenceToLocal: some(id()),
      isWithinMargin: some(coin()), isAboveLocal: some(coin()))
    record.feasibility = some(
      Feasibility(
        verdict: .onlyAbove, sentence: "s", explanation: ["e"], alternatives: ["a", "b"],
        margin: 0.01, marginOrigin: "o", points: [point], reference: "r", recommended: nil,
        evidence: [EvidenceID("a/b/c")]))
    record.assumptions = Assumption.State.allCases.map { state in
      Assumption(
        arm: text(), name: text(), statement: text(), state: state, reason: text(),
        evidence: coin() ? [] : [id()], epsilonIfFails: some(id()))
    }
    record.ledger = [
      LedgerEntry(
        release: text(), arm: some(text()), isCovered: coin(), epsilon: some(id()), reason: text())
    ]
    return record
  }
}

@Suite("evidence.json")
struct RecordRoundTripTests {
  @Test("a record is read back exactly, through JSON text", arguments: 0..<200)
  func roundTrip(seed: Int) throws {
    let record = RecordGenerator(seed: seed).record()
    let text = record.encode().serialized()
    let json = try JSONValue.parse(Array(text.utf8), path: "evidence.json")
    #expect(try EvidenceRecord(json: json, path: "evidence.json") == record)
    #expect(record.encode().serialized() == text)
  }

  @Test("the fields are those of the interface")
  func fields() throws {
    var accuracy = estimate("accuracy/federated/overall", 0.85, 0.84, 0.86)
    accuracy.seeds = [.init(seed: 1, value: 0.84), .init(seed: 2, value: nil)]
    let epsilon = fact(
      "epsilon/federated-dp/overall",
      .guarantee(
        PrivacyGuarantee(
          epsilon: .infinity, epsilonLower: nil, delta: 1e-6, unit: .client,
          neighbouring: .addOrRemoveOne, accountant: "rdp", assumptions: ["a"],
          epsilonWithoutAmplification: .infinity)), unit: .epsilon)
    let none = fact("recall/federated/overall", .estimate(.undefined(reason: "0/0", count: 0)))
    let list = checklist(check(.holds(select: EvidencePattern("a/b/c")), id: "XX-1"))
    let assessment = Assessment.make(
      record: record([accuracy, epsilon, none]), statements: Statements(), checklist: list,
      profile: .regulated, stage: .trial)
    let json = assessment.encode()
    #expect(json["schema"]?.string == "assay.evidence/1")
    #expect(json["as_of"]?.string == "2026-06-15T12:00:00Z")
    #expect(json["profile"]?.string == "regulated")
    #expect(json["stage"]?.string == "trial")
    #expect(json["readiness"]?.string == "CANNOT JUDGE")
    let first = try #require(json["evidence"]?[0])
    #expect(
      first.serialized(pretty: false)
        == #"{"id":"accuracy/federated/overall","title":"Title","unit":"fraction","kind":"#
        + #""estimate","value":0.85,"low":0.84,"high":0.86,"count":6172,"interval":"paired","#
        + #""confidence":0.95,"seeds":[0.84,null],"seed_ids":[1,2],"#
        + #""source":{"path":"runs","sha256":null,"how":"measured"}}"#)
    #expect(json["evidence"]?[1]?["value"] == .string("infinity"))
    #expect(json["evidence"]?[1]?["delta"]?.double == 1e-6)
    #expect(json["evidence"]?[2]?["value"] == .null)
    #expect(json["evidence"]?[2]?["undefined"]?.string == "0/0")
    #expect(json["evidence"]?[2]?["count"]?.integer == 0)
    #expect(
      json["findings"]?[0]?.serialized(pretty: false)
        == #"{"check":"XX-1","title":"Title","group":"Group","verdict":"not-assessed","#
        + #""required":true,"reason":"No evidence was found; looked for a/b/c.","evidence":[]}"#)
    // Read back, the record is the one that was judged; findings are judged again.
    let again = try EvidenceRecord(json: json, path: "evidence.json")
    #expect(again == assessment.record)
    #expect(again.withDerivedEvidence(Statements()) == again)
  }

  @Test("a value that is not a number is written as undefined")
  func notANumber() throws {
    let facts = [
      fact("a/b/c", .estimate(.defined(value: .nan, interval: nil, count: 3))),
      fact("d/e/f", .quantity(.nan)), estimate("g/h/i", 1, .nan, 1),
    ]
    let json = record(facts).encode()
    let back = try EvidenceRecord(json: json, path: "evidence.json").evidence
    let reason = "the value is not a number"
    #expect(back[0].result == .estimate(.undefined(reason: reason, count: 3)))
    #expect(back[1].result == .missing(reason: reason))
    #expect(back[2].interval == nil)
  }

  private func message(_ edit: (inout JSONObject) -> Void) throws -> String {
    var object = try #require(record([estimate("a/b/c", 1, 1, 1)]).encode().object)
    edit(&object)
    let json = JSONValue.object(object)
    return try diagnostic { _ = try EvidenceRecord(json: json, path: "e.json") }.rendered
  }

  @Test("a broken record is refused with the place in it")
  func broken() throws {
    let help =
      "\n  help: this file is written by assay; render or judge the folder that assay wrote"
    func entry(_ key: String, _ value: JSONValue?) throws -> String {
      try message { object in
        var fact = object["evidence"]?[0]?.object ?? [:]
        fact[key] = value
        object["evidence"] = .array([.object(fact)])
      }
    }
    #expect(
      try message { $0["schema"] = .string("assay.evidence/2") }
        == "e.json: error: expected 'assay.evidence/1' for 'schema', found 'assay.evidence/2'"
        + help)
    #expect(
      try message { $0["as_of"] = .string("today") }
        == "e.json: error: expected a time such as 2026-01-01T00:00:00Z for 'as_of', found 'today'"
        + help)
    #expect(
      try message { $0["subject"] = nil }
        == "e.json: error: expected the key 'subject' in the record, found none" + help)
    #expect(
      try message { $0["evidence"] = .null }
        == "e.json: error: expected a list for 'evidence', found null" + help)
    #expect(
      try entry("id", .string("a/b"))
        == "e.json (evidence[0]): error: expected an id of three parts, metric/arm/scope for 'id', "
        + "found 'a/b'" + help)
    #expect(
      try entry("value", .string("high"))
        == "e.json (evidence[0]): error: expected a number for 'value', found 'high'" + help)
    #expect(
      try entry("unit", .string("fractions"))
        == "e.json (evidence[0]): error: expected a value for 'unit', one of 'fraction', "
        + "'difference', 'ratio', 'loss', 'epsilon', 'bound', 'probability', 'count', 'bytes', "
        + "'number', 'text', found 'fractions'" + help)
    #expect(
      try message { object in
        let fact = object["evidence"]?[0] ?? .null
        object["evidence"] = .array([fact, fact])
      }
        == "e.json (evidence[1]): error: expected each id once for 'id', found 'a/b/c'" + help)
    #expect(
      try message { object in
        let line: JSONObject = [
          "name": .string("n"), "x": .array([.double(1)]), "y": .array([]), "counts": .array([]),
        ]
        object["series"] = .array([
          .object([
            "kind": .string("participation"), "arm": .string("a"), "lines": .array([.object(line)]),
          ])
        ])
      }.hasPrefix("e.json (series[0].lines[0]): error: expected one number in 'x'"))
    for bad in [JSONValue.null, .array([]), .string("x")] {
      _ = try diagnostic { _ = try EvidenceRecord(json: bad, path: "e.json") }
    }
  }
}
