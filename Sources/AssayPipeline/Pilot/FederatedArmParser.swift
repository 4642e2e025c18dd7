import AssayDiagnostics
import AssayFiles
import AssayTraining

extension ArmParser {
  func federated(
    _ name: String, _ values: [String: YAMLNode], _ node: YAMLNode
  ) throws(Diagnostic) -> [Arm] {
    for key in Self.localKeys {
      if let misplaced = values[key] {
        throw misplaced.diagnostic(
          .unknownKey(key: key, known: Self.armKeys),
          help: "a federated arm says what a client does beneath 'local:'")
      }
    }
    guard let rounds = values["rounds"] else {
      throw node.diagnostic(.missingKey(key: "rounds", inside: "the arm '\(name)'"))
    }
    guard let local = values["local"] else {
      throw node.diagnostic(.missingKey(key: "local", inside: "the arm '\(name)'"))
    }
    let localMapping = try local.mapping("local", keys: Self.localKeys)
    var localValues: [String: YAMLNode] = [:]
    for member in localMapping.members { localValues[member.name] = member.value }
    var specification = Pilot.FederatedSpecification(
      algorithm: try values["algorithm"].map(algorithm) ?? .fedavg,
      algorithmLocation: values["algorithm"]?.location ?? node.location,
      weighting: try values["weighting"]?.choice(
        "weighting", FederatedPlan.Weighting.self) ?? .rows,
      rounds: try positive(rounds, "rounds", most: 1_000_000),
      clientsPerRound: try clientsPerRound(values["clients_per_round"]),
      clientsPerRoundLocation: values["clients_per_round"]?.location ?? node.location,
      local: try localTraining(localValues, owner: local, what: "local"),
      participation: try ParticipationParser.parse(
        values["participation"], dropout: values["dropout"], privacy: values["privacy"],
        clientsPerRound: values["clients_per_round"]),
      compression: try values["compression"].map(compression) ?? .none,
      adversaries: try values["adversaries"].map(adversaries), privacy: nil)
    try checkAsynchronous(specification, values)
    guard let privacy = values["privacy"] else {
      return [Arm(name: name, kind: .federated(specification), location: node.location)]
    }
    try checkPrivate(specification, values, privacy)
    var arms: [Arm] = []
    for (suffix, plan) in try privacySpecifications(privacy) {
      specification.privacy = plan
      if case .example(let rate) = plan.mechanism {
        try checkExample(specification, values, privacy)
        try checkSteps(specification, rate: rate, privacy)
      } else if let node = values["weighting"], specification.weighting == .rows {
        throw node.diagnostic(
          .conflict(
            first: "weighting: rows", second: "'privacy'",
            why: "where a client is protected, every client has weight 1"))
      }
      let full = name + suffix
      try checkName(full, privacy)
      arms.append(Arm(name: full, kind: .federated(specification), location: node.location))
    }
    return arms
  }

  /// `fedadam`, or `{name: fedadam, server_learning_rate: 0.01}`.
  private func algorithm(_ node: YAMLNode) throws(Diagnostic) -> AlgorithmChoice {
    var nameNode = node
    var members: [(name: String, key: YAMLNode, value: YAMLNode)] = []
    if case .mapping = node.content {
      let open = try node.openMapping("algorithm")
      nameNode = try open.require("name")
      members = open.members.filter { $0.name != "name" }
    }
    let name = try nameNode.text("algorithm")
    guard let entry = AlgorithmEntry.named(name) else {
      throw nameNode.diagnostic(
        .unknownName(
          what: "an algorithm", name: name, known: AlgorithmEntry.catalogue.map(\.name)))
    }
    var values: [String: Double] = [:]
    for (key, keyNode, value) in members {
      guard let parameter = entry.parameters.first(where: { $0.name == key }) else {
        throw keyNode.diagnostic(
          .unknownKey(key: key, known: ["name"] + entry.parameters.map(\.name)))
      }
      let number = try value.number(key)
      guard parameter.allows(number) else {
        throw value.diagnostic(
          .badValue(key: key, found: value.plainText, expected: parameter.expectation))
      }
      values[key] = number
    }
    return AlgorithmChoice(name, values)
  }

  /// `none`, `{quantize: 8}` or `{top: 0.01}`.
  private func compression(_ node: YAMLNode) throws(Diagnostic) -> Compression {
    if case .scalar = node.content {
      let text = try node.text("compression")
      if text == "none" { return .none }
      throw node.diagnostic(
        .badValue(
          key: "compression", found: text, expected: "none, {quantize: 8} or {top: 0.01}"))
    }
    let mapping = try node.mapping("compression", keys: ["quantize", "top"])
    if let quantize = mapping["quantize"] {
      if let top = mapping["top"] {
        throw top.diagnostic(
          .conflict(first: "'top'", second: "'quantize'", why: "an update is shortened one way"))
      }
      let bits = try quantize.integer("quantize")
      guard [8, 4, 1].contains(bits) else {
        throw quantize.diagnostic(
          .badValue(key: "quantize", found: "\(bits)", expected: "8, 4 or 1 bits"))
      }
      return .quantized(bits: bits)
    }
    let top = try mapping.require("top")
    let share = try top.number("top")
    guard share > 0, share <= 1 else {
      throw top.diagnostic(
        .badValue(
          key: "top", found: top.plainText, expected: "a share above 0 and at most 1"))
    }
    return .topShare(share)
  }

  /// `{attack: sign-flip, share: 0.2, factor: 1}`.
  private func adversaries(_ node: YAMLNode) throws(Diagnostic) -> Adversaries {
    let mapping = try node.mapping("adversaries", keys: ["attack", "share", "factor"])
    let attack = try mapping.require("attack").choice("attack", Adversaries.Attack.self)
    let shareNode = try mapping.require("share")
    let share = try shareNode.number("share")
    guard share >= 0, share <= 1 else {
      throw shareNode.diagnostic(
        .badValue(key: "share", found: shareNode.plainText, expected: "a number from 0 to 1"))
    }
    let factor = try mapping["factor"]?.number("factor") ?? 1
    return Adversaries(attack: attack, share: share, factor: factor)
  }

  private func clientsPerRound(_ node: YAMLNode?) throws(Diagnostic) -> ClientsPerRound {
    guard let node else { return .all }
    let expected = "all, a count from 1, or a fraction strictly between 0 and 1"
    let text = try node.text("clients_per_round")
    if text == "all" { return .all }
    if let count = Int(text), count >= 1 { return .count(count) }
    if let fraction = Double(text), fraction > 0, fraction < 1 { return .fraction(fraction) }
    throw node.diagnostic(.badValue(key: "clients_per_round", found: text, expected: expected))
  }

  /// Refuses what an asynchronous server has no use for.
  private func checkAsynchronous(
    _ plan: Pilot.FederatedSpecification, _ values: [String: YAMLNode]
  ) throws(Diagnostic) {
    let participation = plan.participation.plan
    guard plan.algorithm.entry.isAsynchronous, let node = values["participation"],
      participation.overSelection > 1 || participation.quorum > 0
        || participation.minimumAvailable > 0
    else { return }
    throw node.diagnostic(
      .conflict(
        first: "over_selection, quorum or minimum_available",
        second: "algorithm: \(plan.algorithm.name)",
        why: "its server waits for a buffer, not for a cohort"),
      help: "leave them out; 'buffer' of the algorithm says how many updates make a step")
  }

  /// Refuses what a private sum cannot be combined with.
  private func checkPrivate(
    _ plan: Pilot.FederatedSpecification, _ values: [String: YAMLNode], _ privacy: YAMLNode
  ) throws(Diagnostic) {
    let entry = plan.algorithm.entry
    if !entry.allowsPrivacy, let node = values["algorithm"] {
      throw node.diagnostic(
        .conflict(
          first: "algorithm: \(entry.name)", second: "'privacy'",
          why: "its server needs more than the private mean of updates"),
        help: "private arms take "
          + AlgorithmEntry.catalogue.filter(\.allowsPrivacy).map(\.name).joined(separator: ", "))
    }
  }

  /// Refuses more steps of one client than have noise of their own: 2^32 addresses.
  private func checkSteps(
    _ plan: Pilot.FederatedSpecification, rate: Double, _ privacy: YAMLNode
  ) throws(Diagnostic) {
    let steps = Double(plan.rounds) * Double(plan.local.epochs) * max(1, (1 / rate).rounded())
    guard steps < 0x1p32 else {
      throw privacy.diagnostic(
        .overLimit(
          what: "steps of one client, rounds × epochs / sampling_rate", found: "\(steps)",
          limit: "2^32"), help: "choose a larger sampling_rate, or fewer rounds or epochs")
    }
  }

  /// Refuses algorithms whose clients do more than plain steps of DP-SGD.
  private func checkExample(
    _ plan: Pilot.FederatedSpecification, _ values: [String: YAMLNode], _ privacy: YAMLNode
  ) throws(Diagnostic) {
    let entry = plan.algorithm.entry
    guard !entry.allowsExamplePrivacy else { return }
    throw (values["algorithm"] ?? privacy).diagnostic(
      .conflict(
        first: "algorithm: \(entry.name)", second: "unit: example",
        why: "a client that protects its rows takes plain steps of DP-SGD"),
      help: "arms with unit: example take "
        + AlgorithmEntry.catalogue.filter(\.allowsExamplePrivacy).map(\.name)
        .joined(separator: ", "))
  }
}
