import AssayDiagnostics
import AssayFiles
import AssayTraining

/// Participation of a federated arm as written. A trace is a file that is read once the clients are
/// known; see ``resolved(traceBytes:path:clients:)``.
public struct ParticipationSpecification: Sendable {
  /// A trace file and how it is used.
  public struct Trace: Sendable {
    /// Its path as written, relative to the pilot file.
    public var path: String
    /// Virtual seconds after which it begins anew.
    public var period: Double?
    /// Where the path was written.
    public var location: SourceLocation
    /// The line it stands on.
    public var sourceLine: String?
  }

  /// The plan; without availability where ``trace`` is given.
  public var plan: ParticipationPlan
  /// The trace that availability comes from.
  public var trace: Trace?
  /// Where `minimum_available` was written.
  public var minimumAvailableLocation: SourceLocation?
}

/// Reads `participation:` of a federated arm. Every key and range is checked, and so is that what is
/// written has an effect.
struct ParticipationParser {
  static let keys = [
    "availability", "minimum_available", "devices", "guardrails", "dropout", "stragglers",
    "deadline_seconds", "pause_seconds", "over_selection", "quorum", "retries", "faults",
  ]

  /// Reads the mapping.
  /// - Parameters:
  ///   - node: The value of `participation`; `nil` when the arm has none.
  ///   - dropout: The arm's own `dropout`, which is short for `participation: {dropout: …}`.
  ///   - privacy: The arm's `privacy`: a private round always releases, so it has neither
  ///     over-selection nor a quorum.
  ///   - clientsPerRound: The arm's `clients_per_round`; `nil` means all.
  static func parse(
    _ node: YAMLNode?, dropout: YAMLNode? = nil, privacy: YAMLNode? = nil,
    clientsPerRound: YAMLNode? = nil
  ) throws(Diagnostic) -> ParticipationSpecification {
    var result = ParticipationSpecification(plan: ParticipationPlan())
    if let dropout {
      result.plan.dropout.beforeTraining = try probability(dropout, "dropout", below: true)
    }
    guard let node, !node.isNull else { return result }
    let mapping = try node.mapping("participation", keys: keys)
    if let dropout, mapping["dropout"] != nil {
      throw dropout.diagnostic(
        .conflict(
          first: "'dropout'", second: "'participation.dropout'",
          why: "the first is short for participation.dropout.before_training"),
        help: "keep the one in participation")
    }
    try readAvailability(mapping["availability"], &result)
    if let value = mapping["minimum_available"] {
      result.minimumAvailableLocation = value.location
      result.plan.minimumAvailable = try whole(value, "minimum_available", 0...1_000_000_000)
    }
    if let devices = mapping["devices"] { result.plan.devices = try readDevices(devices) }
    if let value = mapping["guardrails"] { result.plan.guardrails = try readGuardrails(value) }
    if let value = mapping["dropout"] { result.plan.dropout = try readDropout(value) }
    if let value = mapping["stragglers"] { result.plan.stragglers = try readStragglers(value) }
    if let value = mapping["deadline_seconds"] {
      result.plan.deadline = try number(value, "deadline_seconds", above: 0, most: longest)
    }
    if let value = mapping["pause_seconds"] {
      result.plan.pause = try number(value, "pause_seconds", from: 0, most: longest)
    }
    if let value = mapping["over_selection"] {
      result.plan.overSelection = try number(value, "over_selection", from: 1, most: 100)
    }
    if let value = mapping["quorum"] {
      result.plan.quorum = try probability(value, "quorum")
    }
    if let value = mapping["retries"] { result.plan.retries = try readRetries(value) }
    if let value = mapping["faults"] { result.plan.faults = try readFaults(value) }
    if result.plan.overSelection > 1, clientsPerRound?.plainText ?? "all" == "all" {
      throw (mapping["over_selection"] ?? node).diagnostic(
        .conflict(
          first: "'over_selection'", second: "'clients_per_round: all'",
          why: "nobody is left to ask"), help: "give clients_per_round a count or a fraction")
    }
    try checkEffect(result, mapping, isPrivate: privacy != nil)
    return result
  }

  /// A little more than three years: the longest time that a key may name.
  static let longest = 1e8

  /// Refuses what has no effect, or contradicts what a private round promises.
  private static func checkEffect(
    _ result: ParticipationSpecification, _ mapping: YAMLMapping, isPrivate: Bool
  ) throws(Diagnostic) {
    let plan = result.plan
    func refuse(
      _ key: String, _ other: String, _ why: String, help: String
    ) throws(Diagnostic) {
      throw (mapping[key] ?? mapping.node).diagnostic(
        .conflict(first: "'\(key)'", second: other, why: why), help: help)
    }
    if isPrivate, plan.overSelection > 1 {
      try refuse(
        "over_selection", "'privacy'",
        "a private round divides by its expected cohort, whoever comes first",
        help: "ask more clients with clients_per_round")
    }
    if isPrivate, plan.quorum > 0 {
      try refuse(
        "quorum", "'privacy'",
        "a private round always releases, since stopping it would tell who reported",
        help: "use minimum_available, which is decided before anyone is drawn")
    }
    var followsTheClock = result.trace != nil
    if case .cycle = plan.availability { followsTheClock = true }
    if isPrivate, followsTheClock, plan.deadline == nil {
      try refuse(
        "availability", "'privacy' without 'deadline_seconds'",
        "how long clients take would decide who can be reached next",
        help: "add deadline_seconds: private rounds then all take as long")
    }
    let isTimed = plan.devices.contains { $0.examplesPerSecond.isFinite }
    if plan.stragglers.share > 0, !isTimed {
      try refuse(
        "stragglers", "devices without 'examples_per_second'",
        "training that takes no time cannot take longer",
        help: "give examples_per_second to the devices")
    }
    if plan.stragglers.partialWork, plan.deadline == nil {
      try refuse(
        "stragglers", "a round without 'deadline_seconds'",
        "partial_work is what a client sends at the deadline", help: "add deadline_seconds")
    }
    if plan.guardrails != Guardrails(), plan.devices.isEmpty {
      try refuse(
        "guardrails", "an arm without 'devices'", "a client has no battery, network, or load then",
        help: "describe the devices")
    }
    var followsTime = result.trace != nil
    if case .cycle = plan.availability { followsTime = true }
    if followsTime, !isTimed, plan.pause == 0, plan.deadline == nil {
      try refuse(
        "availability", "rounds that take no time", "all rounds would find the same moment",
        help: "add pause_seconds, or examples_per_second to the devices")
    }
  }

  private static func readAvailability(
    _ node: YAMLNode?, _ result: inout ParticipationSpecification
  ) throws(Diagnostic) {
    guard let node else { return }
    if case .scalar(let text, _) = node.content {
      if text == "always" { return }
      guard Double(text) != nil else {
        throw node.diagnostic(
          .badValue(
            key: "availability", found: text,
            expected: "always, a probability, or a mapping with base or trace"))
      }
      result.plan.availability = .probability(try probability(node, "availability", above: true))
      return
    }
    let mapping = try node.mapping(
      "availability", keys: ["base", "amplitude", "period_seconds", "phase_spread", "trace"])
    var period: Double?
    if let value = mapping["period_seconds"] {
      period = try number(value, "period_seconds", above: 0, most: longest)
    }
    if let trace = mapping["trace"] {
      for key in ["base", "amplitude", "phase_spread"] {
        if let other = mapping[key] {
          throw other.diagnostic(
            .conflict(first: "'\(key)'", second: "'trace'", why: "a trace says it all"))
        }
      }
      result.trace = ParticipationSpecification.Trace(
        path: try trace.text("trace"), period: period, location: trace.location,
        sourceLine: trace.sourceLine)
      return
    }
    var cycle = DailyCycle(
      base: try probability(mapping.require("base"), "base", above: true), amplitude: 0)
    let amplitude = try mapping.require("amplitude")
    cycle.amplitude = try probability(amplitude, "amplitude")
    if let period { cycle.period = period }
    if let value = mapping["phase_spread"] {
      cycle.phaseSpread = try probability(value, "phase_spread")
    }
    guard cycle.base * (1 + cycle.amplitude) <= 1 + 1e-12 else {
      throw amplitude.diagnostic(
        .badValue(
          key: "amplitude", found: amplitude.plainText,
          expected: "base · (1 + amplitude) of at most 1"),
        help: "the share that is available would exceed all clients at the best time of day")
    }
    result.plan.availability = .cycle(cycle)
  }

  private static func readDropout(_ node: YAMLNode) throws(Diagnostic) -> Dropout {
    if case .scalar = node.content {
      return Dropout(beforeTraining: try probability(node, "dropout", below: true))
    }
    let mapping = try node.mapping(
      "dropout", keys: ["before_training", "before_upload", "after_upload"])
    func read(_ key: String) throws(Diagnostic) -> Double {
      if let value = mapping[key] { try probability(value, key, below: true) } else { 0 }
    }
    return Dropout(
      beforeTraining: try read("before_training"), beforeUpload: try read("before_upload"),
      afterUpload: try read("after_upload"))
  }

  private static func readStragglers(_ node: YAMLNode) throws(Diagnostic) -> Stragglers {
    let mapping = try node.mapping(
      "stragglers", keys: ["share", "slowdown", "sigma", "partial_work"])
    var result = Stragglers(share: try probability(mapping.require("share"), "share"))
    if let value = mapping["slowdown"] {
      result.slowdown = try number(value, "slowdown", from: 1, most: 1e6)
    }
    if let value = mapping["sigma"] { result.sigma = try number(value, "sigma", from: 0, most: 5) }
    if mapping["slowdown"] == nil, mapping["sigma"] == nil {
      throw node.diagnostic(
        .missingKey(key: "slowdown", inside: "stragglers"),
        help: "slowdown is the factor on the training time, sigma spreads it")
    }
    result.partialWork = try mapping.boolean("partial_work") ?? false
    return result
  }

  private static func readRetries(_ node: YAMLNode) throws(Diagnostic) -> Retries {
    let mapping = try node.mapping("retries", keys: ["attempts", "base_seconds"])
    var result = Retries(
      attempts: try whole(mapping.require("attempts"), "attempts", 1...100))
    if let value = mapping["base_seconds"] {
      result.base = try number(value, "base_seconds", from: 0, most: longest)
    }
    return result
  }
}
