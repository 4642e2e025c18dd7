import AssayFiles
import AssayTestSupport
import Testing

@testable import AssayTraining

/// The engine repeats runs of federated averaging that NumPy made: the same cohorts, the same order of rows,
/// the same start. What is left is rounding in float32.
@Suite struct ReplayTests {
  /// What another program wrote down of a run.
  private struct Script {
    var replay = Replay(cohorts: [], orders: [])
    var facts: [String: Double] = [:]

    init(_ path: String) throws {
      for line in UTF8Text.lines(String(decoding: try InputFile.read(path), as: UTF8.self)) {
        let words = line.split(separator: " ")
        guard let name = words.first else { continue }
        let numbers = words.dropFirst().compactMap { Double($0) }
        switch name {
        case "round": replay.cohorts.append(numbers.map { Int($0) })
        case "pass":
          let pass = Int(numbers[0])
          while replay.orders.count <= pass { replay.orders.append([:]) }
          replay.orders[pass][Int(numbers[1])] = numbers.dropFirst(2).map { Int32($0) }
        default: facts[String(name)] = numbers.first
        }
      }
    }
  }

  private static func norm(_ arm: TrainedArm) -> Double {
    arm.allValues.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  /// Origin: Fixtures/replay/make.py with NumPy 2.4.6.
  @Test("a run of NumPy is repeated from its cohorts and orders of rows")
  func small() throws {
    let script = try Script(
      TestData.packageRoot + "/Tests/AssayTrainingTests/Fixtures/replay/replay.txt")
    let data = try Example.clusters(
      clientRows: (0..<40).map { 12 + 5 * $0 % 37 }, testRows: 500, features: 4, classes: 5,
      seed: 9)
    var trainer = Trainer(data: data, model: .softmax, threads: 2)
    trainer.replay = script.replay
    var plan = FederatedPlan(
      rounds: script.replay.cohorts.count, clientsPerRound: .count(10),
      local: LocalTraining(epochs: 2, batchSize: 10, learningRate: 0.005))
    let arm = trainer.train(.federated(plan), seed: 1)
    let accuracy = try #require(script.facts["accuracy"])
    let length = try #require(script.facts["weight_l2"])
    #expect(abs(arm.accuracy(data) - accuracy) <= 0.002)
    #expect(abs(Self.norm(arm) - length) <= 1e-3 * length)
    // The comparison can fail: with one epoch less it does.
    plan.local.epochs = 1
    #expect(abs(Self.norm(trainer.train(.federated(plan), seed: 1)) - length) > 1e-3 * length)
  }

  /// Origin: Scripts/goldens/replay.py, which makes the data and runs NumPy; `ASSAY_REPLAY` names the
  /// folder that it wrote.
  @Test(
    "a run of NumPy with a thousand clients is repeated",
    .enabled(if: TestData.replay != nil, "needs the folder that Scripts/goldens/replay.py writes"))
  func large() throws {
    let folder = try #require(TestData.replay)
    let script = try Script(folder + "/replay.txt")
    func value(_ name: String) throws -> Double { try #require(script.facts[name]) }
    func words(_ name: String) throws -> [UInt32] {
      let bytes = try InputFile.read("\(folder)/\(name)", limit: 1 << 30)
      return stride(from: 0, to: bytes.count, by: 4).map { at in
        (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << (8 * UInt32($1)) }
      }
    }
    let data = try TrainingData(
      featureCount: Int(value("features")), classCount: Int(value("classes")),
      clientCount: Int(value("clients")),
      trainFeatures: words("train-features").map { Float(bitPattern: $0) },
      trainLabels: words("train-labels").map { Int32($0) },
      trainClients: words("train-clients").map { Int32($0) },
      testFeatures: words("test-features").map { Float(bitPattern: $0) },
      testLabels: words("test-labels").map { Int32($0) },
      testClients: words("test-clients").map { Int32($0) })
    var trainer = Trainer(data: data, model: .softmax, threads: 2)
    trainer.replay = script.replay
    let plan = FederatedPlan(
      rounds: script.replay.cohorts.count, clientsPerRound: .count(script.replay.cohorts[0].count),
      local: LocalTraining(
        epochs: 1, batchSize: 10, learningRate: try value("rate")))
    let arm = trainer.train(.federated(plan), seed: 1)
    let length = try value("weight_l2")
    print("replay: accuracy \(arm.accuracy(data)), weight_l2 \(Self.norm(arm))")
    let accuracy = try value("accuracy")
    #expect(abs(arm.accuracy(data) - accuracy) <= 0.002)
    #expect(abs(Self.norm(arm) - length) <= 1e-3 * length)
  }
}
