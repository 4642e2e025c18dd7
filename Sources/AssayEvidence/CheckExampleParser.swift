import AssayDiagnostics
import AssayFiles
import AssayRuns
import AssayStatistics

extension CheckExample {
  /// Reads an example: `{evidence: {id: fact…}, statements: {…}, profile, as_of, verdict}`.
  init(_ node: YAMLNode, expected: Verdict, profile: Profile) throws(Diagnostic) {
    let key = expected == .met ? "passes" : "fails"
    let mapping = try node.mapping(
      key, keys: ["evidence", "statements", "profile", "as_of", "verdict"])
    self.init(evidence: [], profile: profile, verdict: expected)
    if let node = mapping["profile"] { self.profile = try node.choice("profile", Profile.self) }
    if let node = mapping["as_of"] {
      let day = try node.text("as_of")
      guard CalendarDate.isValid(day) else {
        throw node.diagnostic(
          .badValue(key: "as_of", found: day, expected: "a day written YYYY-MM-DD"))
      }
      asOf = day + "T00:00:00Z"
    }
    if let node = mapping["verdict"] {
      verdict = try node.choice("verdict", Verdict.self)
      if (verdict == .met) != (expected == .met) {
        throw node.diagnostic(
          .badValue(
            key: "verdict", found: verdict.rawValue,
            expected: expected == .met ? "met, or no verdict" : "any verdict but met"))
      }
    }
    if let node = mapping["statements"] { statements = try Statements.parse(node) }
    for member in try mapping["evidence"]?.openMapping("evidence").members ?? [] {
      guard member.name.utf8.count(where: { $0 == 0x2F }) == 2 else {
        throw member.key.diagnostic(
          .badValue(
            key: "evidence", found: member.name,
            expected: "an id of three parts, metric/arm/scope"))
      }
      evidence.append(try Self.fact(EvidenceID(member.name), member.value))
    }
  }

  private static func fact(_ id: EvidenceID, _ node: YAMLNode) throws(Diagnostic) -> Evidence {
    let isDifference = id.metric.hasSuffix("_difference")
    var unit: ValueUnit = isDifference ? .difference : .fraction
    let result: Evidence.Result
    switch node.content {
    case .scalar("true", false): result = .flag(true)
    case .scalar("false", false): result = .flag(false)
    case .scalar(let text, _):
      if let count = Int(text) {
        result = .count(count)
        unit = .count
      } else {
        result = .quantity(try node.number(id.description, allowInfinity: true))
      }
    default:
      result = try outcome(node)
      if case .guarantee = result { unit = .epsilon }
    }
    return Evidence(
      id: id, title: id.metric, unit: unit, result: result,
      source: .init(path: "example", how: "written by hand"))
  }

  private static func outcome(_ node: YAMLNode) throws(Diagnostic) -> Evidence.Result {
    let mapping = try node.mapping(
      "fact", keys: ["value", "low", "high", "count", "undefined", "missing", "epsilon", "delta"])
    if let reason = try mapping.text("missing") { return .missing(reason: reason) }
    if let reason = try mapping.text("undefined") {
      return .estimate(.undefined(reason: reason, count: try mapping.integer("count")))
    }
    if let node = mapping["epsilon"] {
      let epsilon = try node.number("epsilon", allowInfinity: true)
      return .guarantee(
        PrivacyGuarantee(
          epsilon: epsilon, epsilonLower: nil, delta: try mapping.require("delta").number("delta"),
          unit: .client, neighbouring: .addOrRemoveOne, accountant: "rdp", assumptions: [],
          epsilonWithoutAmplification: epsilon))
    }
    let value = try mapping.require("value").number("value")
    var interval: Interval?
    if let low = try mapping.number("low") {
      interval = Interval(
        low: low, high: try mapping.require("high").number("high"), method: .paired,
        confidence: 0.95)
    }
    return .estimate(
      .defined(value: value, interval: interval, count: try mapping.integer("count") ?? 1_000))
  }
}
