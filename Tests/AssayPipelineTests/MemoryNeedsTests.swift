import AssayDiagnostics
import AssayTraining
import Testing

@testable import AssayPipeline

@Suite("Memory of an arm is known before it is trained") struct MemoryNeedsTests {
  private func refusal(_ arm: String, hidden: Int) throws -> String? {
    let pilot = try PrivatePilot("{clip: 1, noise_multiplier: 1}")
    let read = try Pilot.parse(
      Array(
        """
        assay: 1
        name: memory
        data: {path: data.csv, client: site, label: y, split: {column: split}}
        arms:
        \(arm)

        """.utf8), path: "pilot.yaml")
    let small = try Pilot.read(path: pilot.path)
    var data = try DataPreparation(plan: small.data, pilotPath: pilot.path, override: nil)
      .prepare()
    data.clients = (0..<100_000).map { "c\($0)" }
    let specification = try #require(read.arms.first)
    let plan: ArmPlan
    switch specification.kind {
    case .local(let training): plan = .local(training)
    case .federated(let federated):
      plan = .federated(
        FederatedPlan(
          algorithm: federated.algorithm, rounds: 1, clientsPerRound: federated.clientsPerRound,
          local: federated.local, compression: federated.compression))
    default: return nil
    }
    do {
      try MemoryNeeds(model: .mlp(hidden: [hidden]), data: data).check(plan, specification)
      return nil
    } catch { return error.rendered }
  }

  private static let rest = "rounds: 1, local: {epochs: 1, batch_size: 4, learning_rate: 0.1}"

  /// By hand: 100,000 clients; a hidden layer of 10,000 takes more than 16 · 10,000 · 4 bytes each.
  @Test(
    "what is kept for every client is refused beyond 16 GiB",
    arguments: [
      ("{name: a, kind: local, epochs: 1, batch_size: 4, learning_rate: 0.1}", "one model"),
      ("{name: a, kind: federated, algorithm: ditto, \(rest)}", "one model"),
      ("{name: a, kind: federated, algorithm: scaffold, \(rest)}", "control variate"),
      ("{name: a, kind: federated, compression: {top: 0.1}, \(rest)}", "compression leaves out"),
      ("{name: a, kind: federated, algorithm: median, \(rest)}", "all updates of a round"),
    ])
  func perClient(_ arm: String, _ says: String) throws {
    let message = try #require(try refusal("- " + arm, hidden: 10_000), "nothing was refused")
    #expect(message.hasPrefix("pilot.yaml:5:"), "\(message)")
    #expect(message.contains(says), "\(message)")
    #expect(try refusal("- " + arm, hidden: 16) == nil)
  }

  /// 100,000² · 8 bytes are 80 GB, whatever the model.
  @Test("distances between all updates are refused beyond 16 GiB")
  func distances() throws {
    let krum = "- {name: a, kind: federated, algorithm: krum, \(Self.rest)}"
    #expect(try refusal(krum, hidden: 16)?.contains("the distances between all updates") == true)
    let fedavg = "- {name: a, kind: federated, \(Self.rest)}"
    #expect(try refusal(fedavg, hidden: 10_000) == nil)
  }
}
