import AssayRuns
import Testing

@testable import AssayTraining

@Suite("Divergence")
struct DivergenceTests {
  private static let rates = [10.0, 1e4, 1e18, 1e30, 1e38, 1e300]

  private static func plans(_ entry: AlgorithmEntry, _ rate: Double) -> [FederatedPlan] {
    let plain = FederatedPlan(
      algorithm: AlgorithmChoice(entry.name, entry.name == "fedbuff" ? ["buffer": 3] : [:]),
      rounds: 4, clientsPerRound: .count(5),
      local: LocalTraining(epochs: 2, batchSize: 4, learningRate: rate))
    var plans = [plain]
    func add(_ change: (inout FederatedPlan) -> Void) {
      var plan = plain
      change(&plan)
      plans.append(plan)
    }
    add { $0.compression = .topShare(0.3) }
    add { $0.compression = .quantized(bits: 1) }
    for attack in Adversaries.Attack.allCases {
      add { $0.adversaries = Adversaries(attack: attack, share: 0.4, factor: 1e30) }
    }
    add { $0.privacy = PrivateTraining(mechanism: .local, clip: 1e30, noiseMultiplier: 1e8) }
    add {
      $0.privacy = PrivateTraining(
        mechanism: .example(samplingRate: 0.5), clip: 1e30, noiseMultiplier: 1)
    }
    if entry.allowsPrivacy {
      for clip in [1, 1e38] {
        add { $0.privacy = PrivateTraining(clip: clip, noiseMultiplier: 1) }
        add { $0.privacy = PrivateTraining(mechanism: .tree, clip: clip, noiseMultiplier: 1) }
        add {
          $0.privacy = PrivateTraining(
            clip: clip, noiseMultiplier: 1,
            adaptive: PrivateTraining.AdaptiveClip(
              quantile: 0.5, learningRate: 1e3, countNoise: 2))
        }
      }
    }
    return plans
  }

  @Test(
    "no algorithm traps on a learning rate out of all proportion, and a failed arm says why",
    arguments: AlgorithmEntry.catalogue.map(\.name))
  func algorithms(_ name: String) throws {
    let data = try Example.clusters(clientRows: [9, 4, 7, 0, 5, 12], testRows: 20, features: 3)
    let entry = try #require(AlgorithmEntry.named(name))
    var failures = 0
    for model in [ModelSpecification.softmax, .mlp(hidden: [4])] {
      let trainer = Trainer(data: data, model: model, threads: 2)
      for rate in Self.rates {
        for plan in Self.plans(entry, rate) {
          let arm = trainer.train(.federated(plan), seed: 1)
          #expect(arm.rounds.count == 4)
          #expect(arm.rounds.allSatisfy { $0.metrics.values.allSatisfy(\.isFinite) })
          guard arm.status == .failed else {
            #expect(arm.status == .completed)
            #expect(arm.scores.allSatisfy { $0 >= 0 && $0 <= 1 }, "\(name) at \(rate)")
            continue
          }
          failures += 1
          let failure = try #require(arm.failure)
          #expect(failure.round != nil)
          #expect(failure.lossHistory.count == 5)
          #expect(failure.cause.contains("learning rate (\(rate))"))
          #expect(failure.clients.allSatisfy { $0 < data.clientCount })
          #expect(arm.scores.isEmpty)
        }
      }
    }
    #expect(failures > 0)
  }

  @Test("neither do the other arms", arguments: rates)
  func others(_ rate: Double) throws {
    let data = try Example.clusters(clientRows: [9, 4, 7, 0, 5, 12], testRows: 20, features: 3)
    let training = LocalTraining(epochs: 3, batchSize: 4, learningRate: rate)
    for model in [ModelSpecification.softmax, .mlp(hidden: [4])] {
      let trainer = Trainer(data: data, model: model, threads: 2)
      for plan in [ArmPlan.centralized(training), .local(training)] {
        let arm = trainer.train(plan, seed: 1)
        // A softmax model whose first steps go far is certain of everything, and stays there.
        if case .centralized = plan, rate >= 1e30 { #expect(arm.status == .failed) }
        #expect(arm.scores.allSatisfy { $0 >= 0 && $0 <= 1 })
      }
    }
  }
}
