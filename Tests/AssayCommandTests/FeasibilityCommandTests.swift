import AssayFiles
import AssayTestSupport
import Foundation
import Testing

@Suite("Feasibility from the command line") struct FeasibilityCommandTests {
  private func budgets() throws -> SmallPilot {
    let pilot = try SmallPilot()
    try pilot.replace("noise_multiplier: 1.0", by: "budgets: [20, 200, inf]")
    return pilot
  }

  private func facts(_ json: JSONValue) -> [String: JSONValue] {
    Dictionary(
      (json["evidence"]?.array ?? []).compactMap { item in
        (item["id"]?.string).map { ($0, item) }
      }, uniquingKeysWith: { first, _ in first })
  }

  @Test("budgets, groups and attack bounds become facts, and verify finds them again")
  func verified() throws {
    let pilot = try budgets()
    defer { pilot.remove() }
    let run = try Executable.run(["run", pilot.path, "-o", pilot.output] + RunTests.clock)
    #expect(run.status == 1, "\(run.errors)")
    let json = try RunTests.json(pilot.output + "/evidence.json")
    let found = facts(json)
    let pair = "federated-dp-eps200-vs-federated"
    #expect(found["groups_compared/\(pair)/overall"]?["value"]?.integer != nil)
    #expect(found["worst_group_difference/\(pair)/overall"]?["value"]?.double != nil)
    #expect(
      found["attack_detection_bound/federated-dp-eps20/false-positive rate=0.01"]?["value"]?.double
        != nil)
    #expect(
      found["frontier_noise_multiplier/federated-dp-eps200/cohort × rounds=8 × 4"] != nil
        || found["frontier_noise_multiplier/federated-dp-eps20/cohort × rounds=8 × 4"] != nil
        || json["feasibility"]?["verdict"]?.string == "not-feasible")
    let verified = try Executable.run(["verify", pilot.output])
    #expect(verified.status == 0, "\(verified.output)")
  }

  @Test("a changed detection bound is found by verify")
  func changed() throws {
    let pilot = try budgets()
    defer { pilot.remove() }
    _ = try Executable.run(["run", pilot.path, "-o", pilot.output] + RunTests.clock)
    let path = pilot.output + "/evidence.json"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let id = "membership_advantage/federated-dp-eps20/overall"
    let value = try #require(facts(try RunTests.json(path))[id]?["value"]?.double)
    let start = try #require(text.range(of: "\"\(id)\""))
    let place = try #require(text.range(of: "\(value)", range: start.upperBound..<text.endIndex))
    try text.replacingCharacters(in: place, with: "0.5").write(
      toFile: path, atomically: true, encoding: .utf8)
    let verified = try Executable.run(["verify", pilot.output])
    #expect(verified.status == 1)
    #expect(verified.output.contains("\(id): the evidence says 0.500"), "\(verified.output)")
  }

  @Test("--data takes the place of the pilot's data file, with the same bytes")
  func data() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    _ = try Executable.run(["run", pilot.path, "-o", pilot.output] + RunTests.clock)
    try FileManager.default.createDirectory(
      atPath: pilot.folder + "/elsewhere", withIntermediateDirectories: false)
    try FileManager.default.moveItem(
      atPath: pilot.folder + "/data.csv", toPath: pilot.folder + "/elsewhere/rows.csv")
    let other = pilot.folder + "/other"
    let run = try Executable.run(
      ["run", pilot.path, "--data", pilot.folder + "/elsewhere/rows.csv", "-o", other]
        + RunTests.clock)
    #expect(run.status == 1, "\(run.errors)")
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: other + "/evidence.json"))
        == Data(contentsOf: URL(fileURLWithPath: pilot.output + "/evidence.json")))
    let missing = try Executable.run(
      ["run", pilot.path, "--data", pilot.folder + "/none.csv", "-o", other + "2"] + RunTests.clock)
    #expect(missing.status == 2)
    #expect(missing.errors.contains("none.csv"), "\(missing.errors)")
  }
}
