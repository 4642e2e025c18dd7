import AssayFiles
import AssayTestSupport
import Foundation
import Testing

/// The gap to the central optimum, from a pilot to its documents.
@Suite struct OptimumEvidenceTests {
  private static let clock = ["--as-of", "2026-01-31T08:00:00Z", "--quiet"]

  @Test("arms with a global model say how far they are from the central optimum")
  func gap() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    try pilot.replace(
      "  - {name: local,", by: "  - {name: best, kind: optimum}\n  - {name: local,")
    let run = try Executable.run(["run", pilot.path, "-o", pilot.output] + Self.clock)
    #expect(run.status == 0 || run.status == 1, "\(run.errors)")
    let evidence = try Self.evidence(pilot)
    func value(_ id: String) -> Double? { evidence[id]?["value"]?.double }
    for arm in ["baseline", "federated", "federated-dp"] {
      let gap = try #require(value("optimum_gap/\(arm)/overall"), "\(arm)")
      // Float32 rounding of the loss.
      #expect(gap > -1e-6)
      let loss = try #require(value("training_loss/\(arm)/overall"))
      let least = try #require(value("training_loss/best/overall"))
      // By definition; the means are over the same two seeds.
      #expect(abs(loss - least - gap) < 1e-12)
      #expect(evidence["optimum_gap/\(arm)/overall"]?["seeds"]?.array?.count == 2)
      // Three rows in four train.
      #expect(evidence["training_loss/\(arm)/overall"]?["count"]?.integer == 180)
    }
    #expect(evidence["optimum_gap/best/overall"] == nil)
    #expect(evidence["training_loss/local/overall"] == nil)
    let report = try String(contentsOfFile: pilot.output + "/evaluation.html", encoding: .utf8)
    #expect(report.contains("above the optimum"))
    #expect(try Executable.run(["verify", pilot.output, "--quiet"]).status == 0)
  }

  @Test("a search that did not converge is a note at every gap")
  func openSearch() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    try pilot.replace(
      "  - {name: local,",
      by: "  - {name: best, kind: optimum, iterations: 1, tolerance: 1e-12}\n  - {name: local,")
    _ = try Executable.run(["run", pilot.path, "-o", pilot.output] + Self.clock)
    let note = try Self.evidence(pilot)["optimum_gap/federated/overall"]?["note"]?.string
    #expect(note?.contains("did not converge in 2 of 2 runs") == true)
  }

  @Test("without an optimum there is neither fact")
  func absent() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    _ = try Executable.run(["run", pilot.path, "-o", pilot.output] + Self.clock)
    let ids = try Self.evidence(pilot).keys
    #expect(!ids.contains { $0.hasPrefix("optimum_gap") || $0.hasPrefix("training_loss") })
  }

  @Test("a buffer larger than the number of clients is refused")
  func buffer() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    try pilot.replace(
      "success:\n",
      by:
        "  - {name: buffered, extends: federated, algorithm: {name: fedbuff, buffer: 9}}\nsuccess:\n"
    )
    let run = try Executable.run(["run", pilot.path, "-o", pilot.output] + Self.clock)
    #expect(run.status == 2)
    #expect(run.errors.contains("at most the 8 clients"), "\(run.errors)")
  }

  private static func evidence(_ pilot: SmallPilot) throws -> [String: JSONValue] {
    let path = pilot.output + "/evidence.json"
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let list = try JSONValue.parse(bytes, path: path)["evidence"]?.array ?? []
    return Dictionary(
      list.compactMap { item in item["id"]?.string.map { ($0, item) } },
      uniquingKeysWith: { first, _ in first })
  }
}
