import AssayDiagnostics
import AssayFiles
import AssayRuns
import AssayTraining

extension ArmParser {
  private static let privacyKeys = [
    "unit", "mechanism", "clip", "noise_multiplier", "epsilon", "budgets", "delta", "noise",
    "sampling_rate", "simulated_cohort",
  ]

  /// Reads `privacy`: one specification, or one for each of `budgets` with what its name ends in.
  func privacySpecifications(
    _ node: YAMLNode
  ) throws(Diagnostic) -> [(suffix: String, plan: Pilot.PrivacySpecification)] {
    let mapping = try node.mapping("privacy", keys: Self.privacyKeys)
    var result = Pilot.PrivacySpecification(
      mechanism: try mechanism(mapping), clip: 1, amount: .noiseMultiplier(0),
      isSystemNoise: false, location: node.location)
    let clip = try mapping.require("clip")
    if case .mapping = clip.content {
      guard result.mechanism == .sum else {
        throw clip.diagnostic(
          .conflict(
            first: "a clip that adapts", second: "mechanism: \(result.mechanism.kind.rawValue)",
            why: "only the server of mechanism sum counts the updates within the clip"),
          help: "give the clip as a number")
      }
      result.adaptive = try adaptiveClip(clip)
      result.clip = result.adaptive?.initial ?? 1
    } else {
      result.clip = try bound(clip, "clip")
    }
    result.delta = try mapping["delta"].map { (value) throws(Diagnostic) in
      let given = try value.number("delta")
      guard given > 0, given < 1 else {
        throw value.diagnostic(
          .badValue(
            key: "delta", found: value.plainText, expected: "a probability strictly between 0 and 1"
          ))
      }
      return given
    }
    if let noise = mapping["noise"] {
      let name = try noise.text("noise")
      guard ["seeded", "system"].contains(name) else {
        throw noise.diagnostic(
          .unknownName(what: "a source of noise", name: name, known: ["seeded", "system"]))
      }
      result.isSystemNoise = name == "system"
    }
    let amounts = try self.amounts(mapping, node)
    result.simulatedCohort = try simulatedCohort(mapping, result, amounts.map(\.amount))
    try checkCountNoise(result.adaptive, amounts.map(\.amount))
    return amounts.map { suffix, amount in
      var plan = result
      plan.amount = amount
      return (suffix, plan)
    }
  }

  /// Who adds noise to what, from `unit`, `mechanism` and `sampling_rate`.
  private func mechanism(_ mapping: YAMLMapping) throws(Diagnostic) -> PrivateTraining.Mechanism {
    // What one client is stands under data: client_is; people and organisations are clients there.
    let unit = try name(
      mapping["unit"], "unit", "a unit of privacy", PrivacyUnit.self, among: [.client, .example])
    let kind = try name(
      mapping["mechanism"], "mechanism", "a mechanism of privacy", PrivacyMechanism.self)
    if let unit, let kind, kind.unit != unit, let node = mapping["mechanism"] {
      throw node.diagnostic(
        .conflict(
          first: "mechanism: \(kind.rawValue)", second: "unit: \(unit.rawValue)",
          why: "it protects one \(kind.unit == .client ? "client" : "row")"),
        help: unit == .example
          ? "leave mechanism out: for rows there is only DP-SGD inside clients"
          : "write unit: example to protect rows")
    }
    let rate = mapping["sampling_rate"]
    switch kind ?? (unit == .example ? .example : .sum) {
    case .example:
      guard let rate else {
        throw mapping.node.diagnostic(
          .missingKey(key: "sampling_rate", inside: "privacy with unit: example"),
          help: "sampling_rate is the probability with which a row joins a step of its client")
      }
      let value = try rate.number("sampling_rate")
      guard value > 0, value <= 1 else {
        throw rate.diagnostic(
          .badValue(
            key: "sampling_rate", found: rate.plainText,
            expected: "a probability above 0 and at most 1"))
      }
      return .example(samplingRate: value)
    case let other:
      if let rate {
        throw rate.diagnostic(
          .conflict(
            first: "'sampling_rate'", second: "unit: client",
            why: "clients are chosen by clients_per_round"),
          help: "sampling_rate is for unit: example")
      }
      return other == .tree ? .tree : other == .local ? .local : .sum
    }
  }

  private func name<Choice: CaseIterable & RawRepresentable<String>>(
    _ node: YAMLNode?, _ key: String, _ what: String, _ type: Choice.Type, among: [Choice]? = nil
  ) throws(Diagnostic) -> Choice? {
    let known = among ?? Array(Choice.allCases)
    guard let node else { return nil }
    let text = try node.text(key)
    if let found = known.first(where: { $0.rawValue == text }) { return found }
    throw node.diagnostic(
      .unknownName(what: what, name: text, known: known.map(\.rawValue).sorted()))
  }

  /// A finite number above 0.
  private func bound(_ node: YAMLNode, _ key: String) throws(Diagnostic) -> Double {
    let value = try node.number(key)
    guard value > 0 else {
      throw node.diagnostic(
        .badValue(key: key, found: node.plainText, expected: "a bound above 0"))
    }
    return value
  }

  /// `{initial: 0.1, quantile: 0.5, learning_rate: 0.2, count_noise: 5}`; what is left out is as in the
  /// paper of Andrew et al. 2021, section 3.
  private func adaptiveClip(
    _ node: YAMLNode
  ) throws(Diagnostic) -> Pilot.PrivacySpecification.AdaptiveClip {
    let mapping = try node.mapping(
      "clip", keys: ["initial", "quantile", "learning_rate", "count_noise"])
    var result = Pilot.PrivacySpecification.AdaptiveClip(
      initial: try bound(mapping.require("initial"), "initial"), location: node.location)
    if let value = mapping["quantile"] {
      result.quantile = try value.number("quantile")
      guard result.quantile > 0, result.quantile < 1 else {
        throw value.diagnostic(
          .badValue(
            key: "quantile", found: value.plainText, expected: "a share strictly between 0 and 1"))
      }
    }
    if let value = mapping["learning_rate"] {
      result.learningRate = try value.number("learning_rate")
      guard result.learningRate > 0 else {
        throw value.diagnostic(
          .badValue(
            key: "learning_rate", found: value.plainText, expected: "a number above 0"))
      }
    }
    if let value = mapping["count_noise"] {
      let noise = try value.number("count_noise")
      guard noise > 0 else {
        throw value.diagnostic(
          .badValue(key: "count_noise", found: value.plainText, expected: "a number above 0"))
      }
      result.countNoise = noise
      result.location = value.location
    }
    return result
  }

  private func checkCountNoise(
    _ adaptive: Pilot.PrivacySpecification.AdaptiveClip?,
    _ amounts: [Pilot.PrivacySpecification.Amount]
  ) throws(Diagnostic) {
    guard let adaptive, let noise = adaptive.countNoise else { return }
    for case .noiseMultiplier(let multiplier) in amounts where !(2 * noise > multiplier) {
      throw adaptive.refusal(noise, for: multiplier)
    }
  }

  /// How much noise, once for each budget.
  private func amounts(
    _ mapping: YAMLMapping, _ node: YAMLNode
  ) throws(Diagnostic) -> [(suffix: String, amount: Pilot.PrivacySpecification.Amount)] {
    let given = ["noise_multiplier", "epsilon", "budgets"].filter { mapping[$0] != nil }
    guard given.count == 1 else {
      let place = given.dropFirst().first.flatMap { mapping[$0] } ?? node
      throw place.diagnostic(
        .other(
          found: given.isEmpty ? "none" : given.joined(separator: " and "),
          expected: "exactly one of noise_multiplier, epsilon and budgets"))
    }
    if let noise = mapping["noise_multiplier"] {
      let value = try noise.number("noise_multiplier")
      guard value >= 0 else {
        throw noise.diagnostic(
          .badValue(key: "noise_multiplier", found: "\(value)", expected: "a number from 0"))
      }
      return [("", .noiseMultiplier(value))]
    }
    func budget(_ node: YAMLNode, _ key: String) throws(Diagnostic) -> Double {
      let value = try node.number(key, allowInfinity: true)
      guard value > 0 else {
        throw node.diagnostic(
          .badValue(key: key, found: "\(value)", expected: "an ε above 0, or inf"))
      }
      return value
    }
    if let epsilon = mapping["epsilon"] {
      return [("", .epsilon(try budget(epsilon, "epsilon")))]
    }
    guard let budgets = mapping["budgets"] else { return [] }
    var result: [(suffix: String, amount: Pilot.PrivacySpecification.Amount)] = []
    var seen: Set<Double> = []
    for item in try budgets.list("budgets") {
      let value = try budget(item, "budgets")
      let text = value.isFinite ? try item.text("budgets") : "inf"
      guard !seen.contains(value) else {
        throw item.diagnostic(
          .badValue(key: "budgets", found: "\(text) twice", expected: "each budget once"))
      }
      seen.insert(value)
      result.append(("-eps\(text)", .epsilon(value)))
    }
    guard !result.isEmpty else {
      throw budgets.diagnostic(
        .badValue(key: "budgets", found: "an empty list", expected: "at least one budget"))
    }
    return result
  }

  /// The noise of a larger cohort: it may be looked at, and no budget can be met by it.
  private func simulatedCohort(
    _ mapping: YAMLMapping, _ plan: Pilot.PrivacySpecification,
    _ amounts: [Pilot.PrivacySpecification.Amount]
  ) throws(Diagnostic) -> Pilot.PrivacySpecification.SimulatedCohort? {
    guard let node = mapping["simulated_cohort"] else { return nil }
    func conflict(_ second: String, _ why: String, help: String) -> Diagnostic {
      node.diagnostic(
        .conflict(first: "'simulated_cohort'", second: second, why: why), help: help)
    }
    guard plan.mechanism == .sum else {
      throw conflict(
        "mechanism: \(plan.mechanism.kind.rawValue)",
        "only noise on the mean of a cohort shrinks with the cohort",
        help: "simulated_cohort is for mechanism: sum")
    }
    for amount in amounts {
      switch amount {
      case .epsilon:
        throw conflict(
          mapping["budgets"] == nil ? "'epsilon'" : "'budgets'",
          "noise that is smaller than the cohort needs meets no budget",
          help: "give noise_multiplier, that of the simulated cohort")
      case .noiseMultiplier(0):
        throw conflict(
          "noise_multiplier: 0", "there is no noise to simulate",
          help: "give a noise_multiplier above 0")
      case .noiseMultiplier: break
      }
    }
    let value = try node.number("simulated_cohort")
    guard value >= 1 else {
      throw node.diagnostic(
        .badValue(
          key: "simulated_cohort", found: node.plainText, expected: "a number of clients from 1"))
    }
    return Pilot.PrivacySpecification.SimulatedCohort(clients: value, location: node.location)
  }
}

extension Pilot.PrivacySpecification.AdaptiveClip {
  /// The message that the noise on the count is too small for a noise multiplier.
  func refusal(
    _ noise: Double, for multiplier: Double, expectedCohort: Double? = nil
  ) -> Diagnostic {
    let least = multiplier / 2
    return Diagnostic(
      .badValue(
        key: "count_noise", found: "\(noise)",
        expected: "a number above half of the noise multiplier (\(least))"), at: location,
      help: expectedCohort.map {
        "the default is a twentieth of the expected cohort, here of \(AlgorithmParameter.text($0)) clients; write a larger "
          + "count_noise into clip"
      } ?? "part of the budget pays for the count of updates within the clip")
  }
}
