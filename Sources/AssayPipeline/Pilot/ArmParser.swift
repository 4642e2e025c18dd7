import AssayDiagnostics
import AssayFiles
import AssayTraining

/// Reads the arms of a pilot: `extends` is resolved key by key, `budgets` becomes one arm for each.
struct ArmParser {
  typealias Arm = Pilot.ArmSpecification

  static let localKeys = ["epochs", "batch_size", "learning_rate"]
  static let federatedKeys = [
    "algorithm", "weighting", "rounds", "clients_per_round", "local", "dropout", "participation",
    "compression", "adversaries", "privacy",
  ]
  static let armKeys =
    ["name", "extends", "kind", "from", "match", "iterations", "tolerance"] + federatedKeys
    + localKeys

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
    try checkMatches(result)
    return result
  }

  /// An arm that matches a budget names a federated arm of this pilot.
  private func checkMatches(_ arms: [Arm]) throws(Diagnostic) {
    let federated = arms.filter { if case .federated = $0.kind { true } else { false } }
      .map(\.name)
    for arm in arms {
      guard case .matched(_, let match) = arm.kind, !federated.contains(match.arm) else { continue }
      throw Diagnostic(
        .unknownName(what: "a federated arm", name: match.arm, known: federated),
        at: match.location, sourceLine: match.sourceLine, width: match.arm.count)
    }
  }

  func checkName(_ name: String, _ node: YAMLNode) throws(Diagnostic) {
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
    let kind = try kindNode.text("kind")
    func refuse(_ keys: [String], _ why: String) throws(Diagnostic) {
      for key in keys {
        if let other = values[key] {
          throw other.diagnostic(.conflict(first: "'\(key)'", second: "kind: \(kind)", why: why))
        }
      }
    }
    func arm(_ kind: Arm.Kind) -> [Arm] { [Arm(name: name, kind: kind, location: node.location)] }
    if kind != "federated", kinds.contains(kind) {
      try refuse(Self.federatedKeys, "only a federated arm has it")
    }
    if kind != "optimum" { try refuse(["iterations", "tolerance"], "only kind: optimum has it") }
    if kind != "centralized" { try refuse(["match"], "only kind: centralized has it") }
    switch kind {
    case "trivial":
      try refuse(Self.localKeys, "it is not trained")
      return arm(.trivial)
    case "optimum":
      try refuse(Self.localKeys, "it is found by full-batch optimisation")
      return arm(.optimum(try optimum(values)))
    case "centralized":
      if let match = values["match"] {
        try refuse(["epochs"], "its budget is that of the arm it matches")
        return arm(try matched(match, values, node, name))
      }
      return arm(.centralized(try localTraining(values, owner: node, what: "the arm '\(name)'")))
    case "local":
      return arm(.local(try localTraining(values, owner: node, what: "the arm '\(name)'")))
    case "federated": return try federated(name, values, node)
    case let other:
      throw kindNode.diagnostic(.unknownName(what: "a kind of arm", name: other, known: kinds))
    }
  }

  private var kinds: [String] { ["trivial", "centralized", "optimum", "local", "federated"] }

  private func optimum(_ values: [String: YAMLNode]) throws(Diagnostic) -> OptimumSearch {
    var search = OptimumSearch()
    if let node = values["iterations"] {
      search.iterations = try positive(node, "iterations", most: 1_000_000)
    }
    if let node = values["tolerance"] {
      search.tolerance = try node.number("tolerance")
      guard search.tolerance > 0 else {
        throw node.diagnostic(
          .badValue(key: "tolerance", found: node.plainText, expected: "a number above 0"))
      }
    }
    return search
  }

  /// A centralised arm with the budget of a federated one.
  private func matched(
    _ match: YAMLNode, _ values: [String: YAMLNode], _ node: YAMLNode, _ name: String
  ) throws(Diagnostic) -> Arm.Kind {
    let mapping = try match.mapping("match", keys: ["arm", "by"])
    let armNode = try mapping.require("arm")
    let by = try mapping.require("by").choice("by", Pilot.BudgetMatch.Measure.self)
    var withoutEpochs = values
    withoutEpochs["epochs"] = nil
    let training = try localTraining(
      withoutEpochs, owner: node, what: "the arm '\(name)'", epochs: 1)
    return .matched(
      training,
      Pilot.BudgetMatch(
        arm: try armNode.text("arm"), measure: by, location: armNode.location,
        sourceLine: armNode.sourceLine))
  }

  func positive(_ node: YAMLNode, _ key: String, most: Int) throws(Diagnostic) -> Int {
    let value = try node.integer(key)
    guard (1...most).contains(value) else {
      throw node.diagnostic(
        .badValue(key: key, found: "\(value)", expected: "a whole number from 1 to \(most)"))
    }
    return value
  }

  func localTraining(
    _ values: [String: YAMLNode], owner: YAMLNode, what: String, epochs: Int? = nil
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
    var passes = epochs ?? 1
    if epochs == nil { passes = try positive(require("epochs"), "epochs", most: 100_000) }
    return LocalTraining(
      epochs: passes,
      batchSize: try positive(require("batch_size"), "batch_size", most: 1 << 30),
      learningRate: learningRate)
  }
}
