import AssayPrivacy
import AssayRuns
import AssayTestSupport
import FoundationEssentials
import Testing

/// One configuration of `Golden/dp_accounting.csv` with the values of its accountants.
struct GoldenConfiguration: CustomTestStringConvertible, Sendable {
  var id: String
  var history: [PrivacyEvent]
  var delta: Double
  var neighbouring: NeighbouringRelation
  var lower: Double?
  var upper: Double?
  var accountants: [String: Double]

  var testDescription: String { id }
  var isFixed: Bool { history.contains { $0.sampling == .fixed } }

  /// All configurations of mechanisms that the package accounts, in the order of the file.
  static let all: [GoldenConfiguration] = {
    var found: [GoldenConfiguration] = []
    for row in table("dp_accounting.csv") {
      guard let id = row["id"]?.split(separator: "-").first.map(String.init),
        let name = row["accountant"], let epsilon = row["epsilon"].flatMap(Double.init)
      else { continue }
      if found.last?.id != id {
        guard let next = configuration(row, id) else { continue }
        found.append(next)
      }
      found[found.count - 1].accountants[name] = epsilon
    }
    return found
  }()

  private static func configuration(_ row: [String: String], _ id: String) -> GoldenConfiguration? {
    let history: [PrivacyEvent?]
    switch row["mechanism"] {
    case "gaussian", "laplace": history = [event(row)]
    case "discrete_laplace", "randomized_response", "tree_aggregation": history = [discrete(row)]
    case "composed":
      history = (row["composition_json"] ?? "").split(separator: "}").compactMap { segment in
        let body = segment.drop { $0 != "{" }.dropFirst()
        if body.isEmpty { return nil }
        var fields: [String: String] = [:]
        for pair in body.split(separator: ",") {
          let parts = pair.split(separator: ":").map { $0.filter { $0 != "\"" && $0 != " " } }
          fields[parts[0]] = parts[1]
        }
        return .some(event(fields))
      }
    default: return nil
    }
    guard let delta = row["delta"].flatMap(Double.init),
      let relation = [
        "add_remove": NeighbouringRelation.addOrRemoveOne, "replace": .replaceOne,
        "zero_out": .zeroOut,
      ][
        row["neighbouring"] ?? ""]
    else { return nil }
    return GoldenConfiguration(
      id: id, history: history.compactMap { $0 }, delta: delta, neighbouring: relation,
      lower: row["epsilon_lower"].flatMap(Double.init),
      upper: row["epsilon_upper"].flatMap(Double.init), accountants: [:])
  }

  static func event(_ fields: [String: String]) -> PrivacyEvent? {
    guard let mechanism = PrivacyEvent.Mechanism(rawValue: fields["mechanism"] ?? ""),
      let noise = fields["noise_multiplier"].flatMap(Double.init),
      let rate = fields["q"].flatMap(Double.init), let steps = fields["steps"].flatMap(Int.init),
      let sampling = PrivacyEvent.Sampling(rawValue: fields["sampling"] ?? "")
    else { return nil }
    return PrivacyEvent(
      mechanism: mechanism, noiseMultiplier: noise, samplingRate: rate, sampling: sampling,
      steps: steps)
  }

  /// Rows whose `noise_multiplier` and `note` mean something else; see `Golden/README.md`.
  static func discrete(_ fields: [String: String]) -> PrivacyEvent? {
    guard let noise = fields["noise_multiplier"].flatMap(Double.init),
      let steps = fields["steps"].flatMap(Int.init)
    else { return nil }
    let note = fields["note"].flatMap { Int($0.drop { $0 != "=" }.dropFirst()) }
    switch fields["mechanism"] {
    case "discrete_laplace":
      return PrivacyEvent(mechanism: .discreteLaplace, noiseMultiplier: 1 / noise, steps: steps)
    case "randomized_response":
      return PrivacyEvent(
        mechanism: .randomizedResponse, steps: steps, buckets: note, probability: noise)
    case "tree_aggregation":
      return PrivacyEvent(
        mechanism: .treeAggregation, noiseMultiplier: noise, steps: note ?? 1, leaves: steps)
    default: return nil
    }
  }

  /// The rows of a CSV file beside this one, by column name.
  static func table(_ name: String) -> [[String: String]] {
    let path = TestData.packageRoot + "/Tests/AssayPrivacyTests/Golden/" + name
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
    let lines = text.split(whereSeparator: \.isNewline).map { fields(String($0)) }
    guard let header = lines.first else { return [] }
    return lines.dropFirst().map { Dictionary(zip(header, $0)) { first, _ in first } }
  }

  /// Splits a line at commas outside of quotation marks; a doubled mark inside stands for one.
  private static func fields(_ line: String) -> [String] {
    var fields = [""]
    var isQuoted = false
    var previous: Character = " "
    for character in line {
      switch character {
      case "\"":
        if !isQuoted, previous == "\"" { fields[fields.count - 1].append("\"") }
        isQuoted.toggle()
      case "," where !isQuoted: fields.append("")
      default: fields[fields.count - 1].append(character)
      }
      previous = character
    }
    return fields
  }
}

/// A seeded generator (SplitMix64) for laws over random configurations.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
