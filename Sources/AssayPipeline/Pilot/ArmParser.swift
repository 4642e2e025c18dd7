import AssayDiagnostics
import AssayFiles
import AssayTraining

/// Reads the arms of a pilot: `extends` is resolved key by key, `budgets` becomes one arm for each.
struct ArmParser {
  typealias Arm = Pilot.ArmSpecification

  private static let armKeys = [
    "name", "extends", "kind", "from", "algorithm", "rounds", "clients_per_round", "local",
    "dropout", "privacy", "epochs", "batch_size", "learning_rate",
  ]
  private static let localKeys = ["epochs", "batch_size", "learning_rate"]
  private static let privacyKeys = [
    "unit", "clip", "noise_multiplier", "epsilon", "budgets", "delta", "noise",
  ]

  private let nodes: [YAMLNode]
  private let list: YAMLNode

  init(_ node: YAMLNode) throws(Diagnostic) {
    list = node
    nodes = try node.list("arms")
  }

  func arms() throws(Diagnostic) -> [Arm] {
    var byName: [String: [String: YAMLNode]] = [:]
    var order: [String] = []
    var result: [Arm] = []
    for node in nodes {
      let mapping = try node.mapping("an arm", keys: Self.armKeys)
      let nameNode = try mapping.require("name")
      let name = try nameNode.text("name")
      try checkName(name, nameNode)
      guard byName[name] == nil, !result.contains(where: { $0.name == name }) else {
        throw nameNode.diagnostic(
          .badValue(key: "name", found: name, expected: "a name that no other arm has"))
      }
      var values: [String: YAMLNode] = [:]
      if let base = mapping["extends"] {
        let baseName = try base.text("extends")
        guard let inherited = byName[baseName] else {
          throw base.diagnostic(
            .unknownName(what: "an arm that stands above", name: baseName, known: order))
        }
        values = inherited
      }
      for member in mapping.members where member.name != "extends" && !member.value.isNull {
        values[member.name] = member.value
      }
      byName[name] = values
      order.append(name)
      result += try expand(name, values, node)
    }
    guard !result.isEmpty else {
      throw list.diagnostic(
        .badValue(key: "arms", found: "an empty list", expected: "at least one arm"))
    }
    return result
  }

  private func checkName(_ name: String, _ node: YAMLNode) throws(Diagnostic) {
    let scalars = Array(name.utf8)
    func isAlphanumeric(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
    let fits =
      (1...64).contains(scalars.count) && isAlphanumeric(scalars[0])
      && scalars.allSatisfy { isAlphanumeric($0) || [0x2E, 0x5F, 0x2D].contains($0) }
    if !fits || name == "data" || name == "run" {
      throw node.diagnostic(
        .badValue(
          key: "name", found: name,
          expected: "1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or digit, "
            + "other than 'data' and 'run'"))
    }
  }

  private func expand(
    _ name: String, _ values: [String: YAMLNode], _ node: YAMLNode
  ) throws(Diagnostic) -> [Arm] {
    if let from = values["from"] {
      for key in Self.armKeys where key != "name" && key != "from" {
        if let other = values[key] {
          throw other.diagnostic(
            .conflict(
              first: "'\(key)'", second: "'from'", why: "an ingested run is already trained"))
        }
      }
      return [
        Arm(name: name, kind: .ingested(path: try from.text("from")), location: node.location)
      ]
    }
    guard let kindNode = values["kind"] else {
      throw node.diagnostic(.missingKey(key: "kind", inside: "the arm '\(name)'"))
    }
    let kinds = ["centralized", "local", "federated"]
    switch try kindNode.text("kind") {
    case "centralized", "local":
      let isLocal = try kindNode.text("kind") == "local"
      for key in ["algorithm", "rounds", "clients_per_round", "local", "dropout", "privacy"] {
        if let other = values[key] {
          throw other.diagnostic(
            .conflict(
              first: "'\(key)'", second: "kind: \(try kindNode.text("kind"))",
              why: "only a federated arm has it"))
        }
      }
      let training = try localTraining(values, owner: node, what: "the arm '\(name)'")
      return [
        Arm(
          name: name, kind: isLocal ? .local(training) : .centralized(training),
          location: node.location)
      ]
    case "federated": return try federated(name, values, node)
    case let other:
      throw kindNode.diagnostic(.unknownName(what: "a kind of arm", name: other, known: kinds))
    }
  }

  private func federated(
    _ name: String, _ values: [String: YAMLNode], _ node: YAMLNode
  ) throws(Diagnostic) -> [Arm] {
    for key in Self.localKeys {
      if let misplaced = values[key] {
        throw misplaced.diagnostic(
          .unknownKey(key: key, known: Self.armKeys),
          help: "a federated arm says what a client does beneath 'local:'")
      }
    }
    let algorithm = try values["algorithm"]?.text("algorithm") ?? "fedavg"
    let known = FederatedAlgorithm.catalogue.map(\.name)
    if !known.contains(algorithm), let place = values["algorithm"] {
      throw place.diagnostic(.unknownName(what: "an algorithm", name: algorithm, known: known))
    }
    guard let rounds = values["rounds"] else {
      throw node.diagnostic(.missingKey(key: "rounds", inside: "the arm '\(name)'"))
    }
    let clients = try clientsPerRound(values["clients_per_round"])
    guard let local = values["local"] else {
      throw node.diagnostic(.missingKey(key: "local", inside: "the arm '\(name)'"))
    }
    let localMapping = try local.mapping("local", keys: Self.localKeys)
    var localValues: [String: YAMLNode] = [:]
    for member in localMapping.members { localValues[member.name] = member.value }
    var dropout = 0.0
    if let value = values["dropout"] {
      dropout = try value.number("dropout")
      guard dropout >= 0, dropout < 1 else {
        throw value.diagnostic(
          .badValue(key: "dropout", found: value.plainText, expected: "a probability below 1"))
      }
    }
    var specification = Pilot.FederatedSpecification(
      algorithm: algorithm, rounds: try positive(rounds, "rounds", most: 1_000_000),
      clientsPerRound: clients,
      clientsPerRoundLocation: values["clients_per_round"]?.location ?? node.location,
      local: try localTraining(localValues, owner: local, what: "local"), dropout: dropout,
      privacy: nil)
    guard let privacy = values["privacy"] else {
      return [Arm(name: name, kind: .federated(specification), location: node.location)]
    }
    var arms: [Arm] = []
    for (suffix, plan) in try privacySpecifications(privacy) {
      specification.privacy = plan
      let full = name + suffix
      try checkName(full, privacy)
      arms.append(Arm(name: full, kind: .federated(specification), location: node.location))
    }
    return arms
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

  private func positive(
    _ node: YAMLNode, _ key: String, most: Int
  ) throws(Diagnostic) -> Int {
    let value = try node.integer(key)
    guard (1...most).contains(value) else {
      throw node.diagnostic(
        .badValue(key: key, found: "\(value)", expected: "a whole number from 1 to \(most)"))
    }
    return value
  }

  private func localTraining(
    _ values: [String: YAMLNode], owner: YAMLNode, what: String
  ) throws(Diagnostic) -> LocalTraining {
    func require(_ key: String) throws(Diagnostic) -> YAMLNode {
      if let node = values[key] { return node }
      throw owner.diagnostic(.missingKey(key: key, inside: what))
    }
    let rate = try require("learning_rate")
    let learningRate = try rate.number("learning_rate")
    guard learningRate > 0 else {
      throw rate.diagnostic(
        .badValue(key: "learning_rate", found: "\(learningRate)", expected: "a number above 0"))
    }
    return LocalTraining(
      epochs: try positive(require("epochs"), "epochs", most: 100_000),
      batchSize: try positive(require("batch_size"), "batch_size", most: 1 << 30),
      learningRate: learningRate)
  }

  private func privacySpecifications(
    _ node: YAMLNode
  ) throws(Diagnostic) -> [(suffix: String, plan: Pilot.PrivacySpecification)] {
    let mapping = try node.mapping("privacy", keys: Self.privacyKeys)
    if let unit = mapping["unit"] {
      let name = try unit.text("unit")
      guard name == "client" else {
        throw unit.diagnostic(
          .unknownName(what: "a unit of privacy", name: name, known: ["client"]),
          help: "client-level differential privacy is what the engine offers")
      }
    }
    let clipNode = try mapping.require("clip")
    let clip = try clipNode.number("clip")
    guard clip > 0 else {
      throw clipNode.diagnostic(
        .badValue(key: "clip", found: "\(clip)", expected: "a bound above 0"))
    }
    var delta: Double?
    if let value = mapping["delta"] {
      let given = try value.number("delta")
      guard given > 0, given < 1 else {
        throw value.diagnostic(
          .badValue(
            key: "delta", found: value.plainText, expected: "a probability strictly between 0 and 1"
          ))
      }
      delta = given
    }
    var isSystem = false
    if let noise = mapping["noise"] {
      let name = try noise.text("noise")
      guard ["seeded", "system"].contains(name) else {
        throw noise.diagnostic(
          .unknownName(what: "a source of noise", name: name, known: ["seeded", "system"]))
      }
      isSystem = name == "system"
    }
    func plan(_ amount: Pilot.PrivacySpecification.Amount) -> Pilot.PrivacySpecification {
      Pilot.PrivacySpecification(
        clip: clip, amount: amount, delta: delta, isSystemNoise: isSystem, location: node.location)
    }
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
      return [("", plan(.noiseMultiplier(value)))]
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
      return [("", plan(.epsilon(try budget(epsilon, "epsilon"))))]
    }
    guard let budgets = mapping["budgets"] else { return [] }
    var result: [(suffix: String, plan: Pilot.PrivacySpecification)] = []
    for item in try budgets.list("budgets") {
      let value = try budget(item, "budgets")
      let text = value.isFinite ? try item.text("budgets") : "inf"
      guard !result.contains(where: { $0.suffix == "-eps\(text)" }) else {
        throw item.diagnostic(
          .badValue(key: "budgets", found: text, expected: "each budget once"))
      }
      result.append(("-eps\(text)", plan(.epsilon(value))))
    }
    return result
  }
}
