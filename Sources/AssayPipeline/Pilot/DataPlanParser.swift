import AssayDiagnostics
import AssayFiles

extension Pilot {
  static func parseData(_ node: YAMLNode) throws(Diagnostic) -> DataPlan {
    let mapping = try node.mapping(
      "data",
      keys: [
        "path", "test_path", "client", "partition", "client_is", "label", "id", "features",
        "scaling",
        "segments", "sensitive", "split",
      ])
    let path = try mapping.require("path")
    let testPath = try mapping.text("test_path")
    var clientIs = "silo"
    if let kind = mapping["client_is"] {
      clientIs = try kind.text("client_is")
      let known = ["silo", "person", "device"]
      guard known.contains(clientIs) else {
        throw kind.diagnostic(
          .unknownName(what: "what a client is", name: clientIs, known: known))
      }
    }
    var features: [DataPlan.Named]?
    if let list = mapping["features"] { features = try names(list, "features") }
    var identifier: DataPlan.Named?
    if let id = mapping["id"] { identifier = try named(id, "id") }
    let split: DataPlan.Split
    switch (mapping["split"], testPath) {
    case (nil, .some): split = .testFile
    case (let given?, .some):
      throw given.diagnostic(
        .conflict(
          first: "'split'", second: "'test_path'", why: "the test rows stand in a file of their own"
        ),
        help: "remove one of the two")
    case (let given?, nil): split = try parseSplit(given)
    case (nil, nil):
      throw node.diagnostic(
        .missingKey(key: "split", inside: "data"),
        help: "write split: {column: NAME} or split: {test_fraction: 0.2, by: row}")
    }
    return DataPlan(
      path: try path.text("path"), location: path.location, testPath: testPath,
      clients: try ClientSourceParser.parse(mapping), clientIs: clientIs,
      label: try named(mapping.require("label"), "label"), identifier: identifier,
      features: features, scaling: try parseScaling(mapping["scaling"]),
      segments: try names(mapping["segments"], "segments"),
      sensitive: try names(mapping["sensitive"], "sensitive"), split: split)
  }

  private static func named(_ node: YAMLNode, _ key: String) throws(Diagnostic) -> DataPlan.Named {
    DataPlan.Named(
      name: try node.text(key), location: node.location, sourceLine: node.sourceLine)
  }

  private static func names(
    _ node: YAMLNode?, _ key: String
  ) throws(Diagnostic) -> [DataPlan.Named] {
    guard let node else { return [] }
    var result: [DataPlan.Named] = []
    for item in try node.list(key) {
      let name = try named(item, key)
      if result.contains(where: { $0.name == name.name }) {
        throw item.diagnostic(
          .badValue(key: key, found: name.name, expected: "each column once"))
      }
      result.append(name)
    }
    return result
  }

  private static func parseSplit(_ node: YAMLNode) throws(Diagnostic) -> DataPlan.Split {
    let mapping = try node.mapping("split", keys: ["column", "test_fraction", "by", "seed"])
    if let column = mapping["column"] {
      for other in ["test_fraction", "by", "seed"] {
        if let given = mapping[other] {
          throw given.diagnostic(
            .conflict(
              first: "'\(other)'", second: "'column'",
              why: "the column already says which rows test"))
        }
      }
      return .column(try named(column, "column"))
    }
    let fraction = try mapping.require("test_fraction")
    let value = try fraction.number("test_fraction")
    guard value > 0, value < 1 else {
      throw fraction.diagnostic(
        .badValue(
          key: "test_fraction", found: fraction.plainText,
          expected: "a share strictly between 0 and 1"))
    }
    var byClient = false
    if let by = mapping["by"] {
      switch try by.text("by") {
      case "row": break
      case "client": byClient = true
      case let other:
        throw by.diagnostic(
          .unknownName(what: "how to split", name: other, known: ["row", "client"]))
      }
    }
    return .fraction(value, byClient: byClient, seed: try mapping.integer("seed") ?? 0)
  }

  private static func parseScaling(_ node: YAMLNode?) throws(Diagnostic) -> DataPlan.Scaling {
    guard let node else { return .standard }
    if case .scalar = node.content {
      switch try node.text("scaling") {
      case "standard": return .standard
      case "none": return .none
      case let other:
        throw node.diagnostic(
          .unknownName(what: "a scaling", name: other, known: ["standard", "none"]),
          help: "or declare ranges: {age: [0, 100]}")
      }
    }
    var ranges: [(column: DataPlan.Named, low: Double, high: Double)] = []
    for member in try node.openMapping("scaling").members {
      let ends = try member.value.list(member.name)
      guard ends.count == 2 else {
        throw member.value.diagnostic(
          .wrongKind(
            key: member.name, found: member.value.kindName, expected: "a range [low, high]"))
      }
      let low = try ends[0].number(member.name)
      let high = try ends[1].number(member.name)
      guard low < high else {
        throw member.value.diagnostic(
          .badValue(
            key: member.name, found: "[\(low), \(high)]", expected: "a range with low below high"))
      }
      ranges.append((try named(member.key, "scaling"), low, high))
    }
    return .ranges(ranges)
  }
}
