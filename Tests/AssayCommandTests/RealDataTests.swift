import AssayFiles
import AssayTestSupport
import Foundation
import Testing

/// Pilots on real data. The bounds are what logistic and softmax regression of scikit-learn 1.9.1 reach
/// on the same split, less a margin: about 0.85 (Adult) and 0.96 (digits).
@Suite(
  "Pilots on real data",
  .enabled(if: TestData.external != nil, "\(TestData.externalReason)"), .serialized)
struct RealDataTests {
  private func accuracies(_ pilot: String) throws -> [String: Double] {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try pilot.write(toFile: folder + "/pilot.yaml", atomically: true, encoding: .utf8)
    let outcome = try Executable.run(
      ["run", folder + "/pilot.yaml", "-o", folder + "/out"] + RunTests.clock)
    #expect(outcome.status == 1, "\(outcome.errors)")
    let json = try RunTests.json(folder + "/out/evidence.json")
    var result: [String: Double] = [:]
    for item in json["evidence"]?.array ?? [] {
      let parts = (item["id"]?.string ?? "").split(separator: "/").map(String.init)
      if parts.count == 3, parts[0] == "accuracy", parts[2] == "overall" {
        result[parts[1]] = item["value"]?.double
      }
    }
    return result
  }

  private func pilot(_ name: String, _ data: String, rate: String, epochs: Int) -> String {
    let external = TestData.external ?? ""
    return """
      assay: 1
      name: \(name)
      data: {path: \(external)/data/\(name).csv, client: client_id, split: {column: split}, \(data)}
      seeds: [1, 2, 3]
      arms:
        - {name: baseline, kind: centralized, epochs: \(epochs), batch_size: 32, learning_rate: \(rate)}
        - {name: local, kind: local, epochs: \(epochs), batch_size: 32, learning_rate: \(rate)}
        - name: federated
          kind: federated
          rounds: 20
          clients_per_round: 10
          local: {epochs: 1, batch_size: 32, learning_rate: \(rate)}
          dropout: 0.1
        - name: federated-dp
          extends: federated
          privacy: {unit: client, clip: 1.0, noise_multiplier: 1.0}

      """
  }

  @Test("Adult: the baseline reaches 0.84")
  func adult() throws {
    let found = try accuracies(
      pilot(
        "adult", "label: income_over_50k, segments: [region, age_band], sensitive: [sex, race]",
        rate: "0.1", epochs: 5))
    #expect(try #require(found["baseline"]) >= 0.84)
    #expect(found.count == 4)
  }

  @Test("digits: baseline 0.94, federated within 0.05 of it and above local-only")
  func digits() throws {
    let found = try accuracies(
      pilot("digits", "label: label, segments: [ink]", rate: "0.5", epochs: 20))
    let baseline = try #require(found["baseline"])
    let federated = try #require(found["federated"])
    #expect(baseline >= 0.94)
    #expect(federated >= baseline - 0.05)
    #expect(federated > (found["local"] ?? 1))
  }
}
