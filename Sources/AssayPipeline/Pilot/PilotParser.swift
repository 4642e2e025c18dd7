import AssayDiagnostics
import AssayEvidence
import AssayFiles
import AssayTraining

extension Pilot {
  /// Reads a pilot file; every key is checked, and a slip of the finger is named.
  public static func read(path: String) throws(Diagnostic) -> Pilot {
    try parse(InputFile.read(path, limit: YAMLNode.sizeLimit), path: path)
  }

  /// Reads a pilot from bytes; `path` tells where relative paths start.
  public static func parse(_ bytes: [UInt8], path: String) throws(Diagnostic) -> Pilot {
    if bytes.allSatisfy({ $0 == 0x0A || $0 == 0x20 || $0 == 0x0D }) {
      throw Diagnostic(.fileEmpty, at: SourceLocation(path: path))
    }
    let root = try YAMLNode.parse(bytes, path: path)
    let top = try root.mapping(
      "the pilot file",
      keys: [
        "assay", "name", "data", "model", "seeds", "arms", "success", "candidate", "checklist",
        "statements", "rates",
      ])
    let version = try top.require("assay")
    guard try version.integer("assay") == 1 else {
      throw version.diagnostic(
        .badValue(key: "assay", found: version.plainText, expected: "the schema version 1"))
    }
    let name = try top.require("name")
    let arms = try ArmParser(top.require("arms")).arms()
    let names = arms.map(\.name)
    let (checklist, profile) = try parseChecklist(top["checklist"])
    var candidate: String?
    if let node = top["candidate"] {
      candidate = try knownArm(node, "candidate", names)
    }
    var statementsNode: SourceLocation?
    if let node = top["statements"] { statementsNode = node.location }
    return Pilot(
      name: try name.text("name"), path: path, bytes: bytes, digest: SHA256.hexDigest(bytes),
      data: try parseData(top.require("data")), model: try parseModel(top["model"]),
      seeds: try parseSeeds(top["seeds"]), arms: arms,
      success: try parseSuccess(top["success"], arms: names),
      rates: try parseRates(top["rates"]), candidate: candidate,
      checklist: checklist?.path, checklistNode: checklist?.location, profile: profile,
      statements: try top.text("statements"), statementsNode: statementsNode)
  }

  private static func parseSeeds(_ node: YAMLNode?) throws(Diagnostic) -> [Int] {
    guard let node else { return [1] }
    var seeds: [Int] = []
    for item in try node.list("seeds") {
      let seed = try item.integer("seeds")
      guard seed >= 0 else {
        throw item.diagnostic(
          .badValue(key: "seeds", found: "\(seed)", expected: "a whole number from 0"))
      }
      guard !seeds.contains(seed) else {
        throw item.diagnostic(
          .badValue(key: "seeds", found: "\(seed) twice", expected: "each seed once"))
      }
      seeds.append(seed)
    }
    guard !seeds.isEmpty, seeds.count <= 1000 else {
      throw node.diagnostic(
        .badValue(key: "seeds", found: "\(seeds.count) seeds", expected: "1 to 1000 seeds"))
    }
    return seeds
  }

  private static func parseModel(_ node: YAMLNode?) throws(Diagnostic) -> ModelSpecification {
    guard let node else { return .softmax }
    let mapping = try node.mapping("model", keys: ["kind", "hidden", "loss"])
    let kind = try mapping.require("kind")
    let name = try kind.text("kind")
    switch name {
    case "softmax", "linear":
      if let hidden = mapping["hidden"] {
        throw hidden.diagnostic(
          .conflict(
            first: "'hidden'", second: "kind: \(name)", why: "\(name) has no hidden layers"),
          help: "write kind: mlp" + (name == "linear" ? " and loss: squared" : ""))
      }
      if let loss = mapping["loss"] {
        throw loss.diagnostic(
          .conflict(
            first: "'loss'", second: "kind: \(name)",
            why: name == "linear"
              ? "linear always has the squared error" : "softmax always has the cross-entropy"),
          help: name == "linear"
            ? "leave it out" : "write kind: linear for a label that is a number")
      }
      return name == "linear" ? .linear : .softmax
    case "mlp":
      let list = try mapping.require("hidden")
      var sizes: [Int] = []
      for item in try list.list("hidden") {
        let size = try item.integer("hidden")
        guard (1...65_536).contains(size) else {
          throw item.diagnostic(
            .badValue(key: "hidden", found: "\(size)", expected: "a layer size from 1 to 65536"))
        }
        sizes.append(size)
      }
      guard !sizes.isEmpty, sizes.count <= 16 else {
        throw list.diagnostic(
          .badValue(key: "hidden", found: "\(sizes.count) layers", expected: "1 to 16 layers"))
      }
      let loss = try mapping["loss"]?.choice("loss", ModelSpecification.Loss.self)
      return .mlp(hidden: sizes, loss: loss ?? .crossEntropy)
    case let other:
      throw kind.diagnostic(
        .unknownName(what: "a model", name: other, known: ["softmax", "linear", "mlp"]))
    }
  }

  private static func parseChecklist(
    _ node: YAMLNode?
  ) throws(Diagnostic) -> ((path: String, location: SourceLocation)?, Profile) {
    guard let node else { return (nil, .crossSilo) }
    if case .scalar = node.content {
      return ((try node.text("checklist"), node.location), .crossSilo)
    }
    let mapping = try node.mapping("checklist", keys: ["file", "profile"])
    let profile = try mapping["profile"]?.choice("profile", Profile.self) ?? .crossSilo
    guard let file = mapping["file"] else { return (nil, profile) }
    return ((try file.text("file"), file.location), profile)
  }

  private static func parseSuccess(
    _ node: YAMLNode?, arms: [String]
  ) throws(Diagnostic) -> [Hypothesis] {
    guard let node else { return [] }
    var result: [Hypothesis] = []
    for item in try node.list("success") {
      let mapping = try item.mapping(
        "a hypothesis", keys: ["arm", "against", "metric", "margin"])
      let margin = try mapping.require("margin")
      let value = try margin.number("margin")
      guard value >= 0 else {
        throw margin.diagnostic(
          .badValue(key: "margin", found: "\(value)", expected: "a tolerated worsening, 0 or more"))
      }
      result.append(
        Hypothesis(
          arm: try knownArm(mapping.require("arm"), "arm", arms),
          against: try knownArm(mapping.require("against"), "against", arms),
          metric: try mapping.require("metric").text("metric"), margin: value,
          location: item.location))
    }
    return result
  }

  private static func knownArm(
    _ node: YAMLNode, _ key: String, _ arms: [String]
  ) throws(Diagnostic) -> String {
    let name = try node.text(key)
    guard arms.contains(name) else {
      throw node.diagnostic(.unknownName(what: "an arm", name: name, known: arms))
    }
    return name
  }
}
