import AssayDiagnostics
import AssayFiles

extension Pilot {
  /// What counted work costs: declared by the pilot, so that a cost never depends on a clock.
  public struct Rates: Hashable, Sendable {
    /// The currency's name as written.
    public var currency: String
    /// Price of 10^9 bytes from clients.
    public var perGigabyteUp: Double
    /// Price of 10^9 bytes to clients.
    public var perGigabyteDown: Double
    /// Price of 10^6 gradient steps.
    public var perMillionSteps: Double
    /// Price of 10^6 examples processed.
    public var perMillionExamples: Double
  }

  static func parseRates(_ node: YAMLNode?) throws(Diagnostic) -> Rates? {
    guard let node else { return nil }
    let keys = [
      "per_gigabyte_up", "per_gigabyte_down", "per_million_steps", "per_million_examples",
    ]
    let mapping = try node.mapping("rates", keys: ["currency"] + keys)
    let currency = try mapping.require("currency")
    let name = try currency.text("currency")
    guard (1...16).contains(name.count) else {
      throw currency.diagnostic(
        .badValue(key: "currency", found: name, expected: "a name of 1 to 16 characters"))
    }
    var rates: [Double] = []
    var isAnyGiven = false
    for key in keys {
      guard let given = mapping[key] else {
        rates.append(0)
        continue
      }
      let rate = try given.number(key)
      guard rate >= 0, rate <= 1e12 else {
        throw given.diagnostic(
          .badValue(key: key, found: given.plainText, expected: "a price from 0 to 1e12"))
      }
      isAnyGiven = true
      rates.append(rate)
    }
    guard isAnyGiven else {
      throw node.diagnostic(.missingKey(key: keys[0], inside: "rates"))
    }
    return Rates(
      currency: name, perGigabyteUp: rates[0], perGigabyteDown: rates[1],
      perMillionSteps: rates[2], perMillionExamples: rates[3])
  }
}
