import AssayFiles
import AssayTestSupport
import Foundation
import Testing

@Suite("Pilots with many clients, and what arms cost")
struct ManyClientsTests {
  private func facts(_ pilot: SmallPilot) throws -> [String: JSONValue] {
    let outcome = try Executable.run(["run", pilot.path, "-o", pilot.output] + RunTests.clock)
    #expect(outcome.status == 1, "\(outcome.errors)")
    let evidence = try RunTests.json(pilot.output + "/evidence.json")
    return Dictionary(
      (evidence["evidence"]?.array ?? []).map { ($0["id"]?.string ?? "", $0) },
      uniquingKeysWith: { first, _ in first })
  }

  @Test("more than a thousand clients are summarised, not listed")
  func manyClients() throws {
    let pilot = try SmallPilot(rows: 4_400)
    defer { pilot.remove() }
    try pilot.replace("client: site", by: "partition: {kind: iid, clients: 1100}")
    try pilot.replace("{column: split}", by: "{test_fraction: 0.9, by: row}")
    try pilot.replace("seeds: [1, 2]", by: "seeds: [1]")
    let facts = try facts(pilot)
    #expect(
      facts["client_values/run/overall"]?["value"]?.string?.hasPrefix(
        "not listed, as there are ") ?? false)
    #expect(!facts.keys.contains { $0.contains("/client=") })
    #expect(facts["accuracy_worst_decile_client/federated/overall"] != nil)
    let report = try String(contentsOfFile: pilot.output + "/evaluation.html", encoding: .utf8)
    #expect(report.contains("the predictions name the client of every row"))
    #expect(try Executable.run(["verify", pilot.output]).status == 0)
  }

  @Test("few clients are listed, and a pilot without rates has no cost")
  func few() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    let facts = try facts(pilot)
    #expect(facts["client_values/run/overall"] == nil)
    #expect(facts["accuracy/federated/site=site-4"] != nil)
    #expect(facts["cost/federated/overall"]?["value"]?.double == nil)
    #expect(facts["cost/federated/overall"] != nil)
  }

  @Test("rates turn counted bytes and steps into a cost, worked again from the counts")
  func cost() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    try pilot.replace(
      "seeds: [1, 2]",
      by: "rates: {currency: EUR, per_gigabyte_up: 500, per_gigabyte_down: 250, "
        + "per_million_steps: 2}\nseeds: [1, 2]")
    let facts = try facts(pilot)
    func value(_ id: String) -> Double { facts[id]?["value"]?.double ?? .nan }
    for arm in ["federated", "federated-dp"] {
      let expected =
        value("bytes_up/\(arm)/overall") / 1e9 * 500
        + value("bytes_down/\(arm)/overall") / 1e9 * 250
        + value("gradient_steps/\(arm)/overall") / 1e6 * 2
      #expect(expected > 0)
      #expect(abs(value("cost/\(arm)/overall") - expected) <= 1e-12 * expected)
    }
    // One place: nothing is sent.
    let steps = value("gradient_steps/baseline/overall")
    #expect(abs(value("cost/baseline/overall") - steps / 1e6 * 2) <= 1e-12)
    let report = try String(contentsOfFile: pilot.output + "/evaluation.html", encoding: .utf8)
    #expect(report.contains("Cost in EUR"))
    #expect(try Executable.run(["reproduce", pilot.output]).status == 0)
  }

  @Test(
    "slips in the rates are named with their place",
    arguments: [
      ("{per_gigabyte_up: 1}", "'currency'"), ("{currency: EUR}", "'per_gigabyte_up'"),
      ("{currency: EUR, per_million_steps: -1}", "a price from 0 to 1e12"),
      ("{currency: EUR, per_gb: 1}", "expected one of the keys 'currency'"),
      ("{currency: a currency of a long name, per_million_steps: 1}", "1 to 16 characters"),
    ])
  func slips(rates: String, message: String) throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    try pilot.replace("seeds: [1, 2]", by: "rates: \(rates)\nseeds: [1, 2]")
    let outcome = try Executable.run(["run", pilot.path, "-o", pilot.output] + RunTests.clock)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("pilot.yaml:11:"), "\(outcome.errors)")
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }

  @Test("a wrong field is pointed at far into a file, where it has been read in parts")
  func farAway() throws {
    let pilot = try SmallPilot(rows: 6_000)
    defer { pilot.remove() }
    // 6,000 rows are more than 64 KiB, the size of a part.
    let path = pilot.folder + "/data.csv"
    var lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    lines[5_500] = "site-1,train,north,F,forty,0.5,A,1"
    try pilot.write(lines.joined(separator: "\n"), to: "data.csv")
    let outcome = try Executable.run(["run", pilot.path, "-o", pilot.output] + RunTests.clock)
    #expect(outcome.status == 2)
    #expect(
      outcome.errors.contains(
        "data.csv:5501:22: error: expected a number in column 'age', found 'forty'"),
      "\(outcome.errors)")
    #expect(outcome.errors.contains("5501 | site-1,train,north,F,forty,0.5,A,1"))
  }
}
