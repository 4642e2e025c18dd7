import AssayDiagnostics
import AssayFiles
import AssayTraining

extension ArmParser {
  private static let privacyKeys = [
    "unit", "clip", "noise_multiplier", "epsilon", "budgets", "delta", "noise",
  ]

  func privacySpecifications(
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
