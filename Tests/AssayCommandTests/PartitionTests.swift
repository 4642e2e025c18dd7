import AssayFiles
import AssayTestSupport
import Foundation
import Testing

@Suite("Pilots on pooled data")
struct PartitionTests {
  static let clock = RunTests.clock

  private func pilot(_ partition: String) throws -> SmallPilot {
    let pilot = try SmallPilot()
    try pilot.replace("client: site", by: "partition: \(partition)\n  features: [age, dose]")
    return pilot
  }

  @Test("a Dirichlet partition runs, names its clients and reproduces")
  func dirichlet() throws {
    let pilot = try pilot("{kind: dirichlet, clients: 12, alpha: 0.3, seed: 4, minimum_rows: 15}")
    defer { pilot.remove() }
    let outcome = try Executable.run(["run", pilot.path, "-o", pilot.output] + Self.clock)
    #expect(outcome.status == 1, "\(outcome.errors)")
    let evidence = try RunTests.json(pilot.output + "/evidence.json")
    let facts = Dictionary(
      (evidence["evidence"]?.array ?? []).map { ($0["id"]?.string ?? "", $0) },
      uniquingKeysWith: { first, _ in first })
    #expect(facts["accuracy/federated/client=client-00"] != nil)
    #expect(facts["accuracy/federated/client=client-11"] != nil)
    #expect(facts["label_divergence_mean/data/overall"]?["count"]?.integer == 12)
    #expect((facts["client_rows_smallest/data/overall"]?["value"]?.double ?? 0) >= 15)
    let report = try String(contentsOfFile: pilot.output + "/evaluation.html", encoding: .utf8)
    #expect(report.contains("dealt to 12 clients by label"))
    #expect(report.contains("Inequality of client sizes"))
    let predictions = try String(
      contentsOfFile: pilot.output + "/runs/federated-seed1/predictions.csv", encoding: .utf8)
    #expect(predictions.hasPrefix("row,client,region,label,score\n"))
    let again = try Executable.run(["reproduce", pilot.output])
    #expect(again.status == 0, "\(again.output)\(again.errors)")
    let verified = try Executable.run(["verify", pilot.output])
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
  }

  @Test("a natural partition is the same as a client column", arguments: ["by: client", "by: row"])
  func natural(split: String) throws {
    let named = try SmallPilot()
    let natural = try SmallPilot()
    defer {
      named.remove()
      natural.remove()
    }
    for pilot in [named, natural] {
      try pilot.replace("split: {column: split}", by: "split: {test_fraction: 0.25, \(split)}")
      try pilot.replace("segments: [region]", by: "features: [age, dose, ward]")
    }
    try natural.replace("client: site", by: "partition: {kind: natural, column: site}")
    for pilot in [named, natural] {
      _ = try Executable.run(["run", pilot.path, "-o", pilot.output] + Self.clock)
    }
    for run in ["federated-seed1", "baseline-seed2"] {
      let path = "/out/runs/\(run)/predictions.csv"
      #expect(
        try Data(contentsOf: URL(fileURLWithPath: named.folder + path))
          == Data(contentsOf: URL(fileURLWithPath: natural.folder + path)))
    }
  }

  @Test(
    "slips in a partition are named with their place",
    arguments: [
      ("{kind: shard, clients: 3}", ":5:21: error: expected a partition, one of"),
      ("{kind: iid, clients: 3, alpha: 1}", ":5:38: error: expected one of the keys"),
      ("{kind: iid, clients: 0}", ":5:35: error: expected a whole number from 1 to 16777216"),
      ("{kind: dirichlet, clients: 3}", ":5:14: error: "),
      (
        "{kind: dirichlet, clients: 3, alpha: 0}",
        ":5:51: error: expected a number from 1e-6 to 1e9"
      ),
      ("{kind: iid, clients: 500}", ":5:14: error: "),
      ("{kind: shards, clients: 200, shards_per_client: 2}", ":5:14: error: "),
      ("{kind: natural, column: sites}", ":5:38: error: "),
      ("{kind: iid, clients: 3, minimum_rows: 0}", ":5:52: error: "),
    ])
  func slips(partition: String, message: String) throws {
    let pilot = try pilot(partition)
    defer { pilot.remove() }
    let outcome = try Executable.run(["run", pilot.path, "-o", pilot.output] + Self.clock)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: pilot.output))
  }

  @Test("client and partition together, neither of them, and a taken column name are refused")
  func conflicts() throws {
    let both = try SmallPilot()
    let neither = try SmallPilot()
    let taken = try SmallPilot()
    defer { for pilot in [both, neither, taken] { pilot.remove() } }
    try both.replace("client: site", by: "client: site\n  partition: {kind: iid, clients: 2}")
    var outcome = try Executable.run(["run", both.path, "-o", both.output] + Self.clock)
    #expect(outcome.status == 2 && outcome.errors.contains("'partition' and 'client'"))
    try neither.replace("  client: site\n", by: "")
    outcome = try Executable.run(["run", neither.path, "-o", neither.output] + Self.clock)
    #expect(outcome.status == 2 && outcome.errors.contains("'client'"))
    #expect(outcome.errors.contains("partition: {kind: dirichlet"))
    try taken.replace("client: site", by: "partition: {kind: iid, clients: 2}")
    try taken.replace("region", by: "client")
    try taken.replace("region", by: "client", in: "data.csv")
    outcome = try Executable.run(["run", taken.path, "-o", taken.output] + Self.clock)
    #expect(
      outcome.status == 2 && outcome.errors.contains("the column 'client'"), "\(outcome.errors)")
  }
}
