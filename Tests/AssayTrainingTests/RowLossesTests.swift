import AssayStatistics
import Testing

@testable import AssayTraining

@Suite struct RowLossesTests {
  /// Origin: the engine's kernels, which sum losses in another code and in float32.
  @Test(
    "the mean losses are the engine's",
    arguments: [ModelSpecification.softmax, .mlp(hidden: [7, 5])])
  func engine(model: ModelSpecification) throws {
    for classes in [2, 3] {
      let data = try Example.clusters(clientRows: [20, 31], classes: classes)
      let plan = FederatedPlan(
        rounds: 4, local: LocalTraining(epochs: 2, batchSize: 8, learningRate: 0.2))
      let arm = Trainer(data: data, model: model, threads: 1).train(.federated(plan), seed: 3)
      let found = try RowLosses(tensors: arm.weights, model: model, data: data)
      #expect(found.train.count == 51 && found.test.count == 60)
      func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
      #expect(abs(mean(found.train) - (try #require(arm.trainingLoss))) < 1e-5)
      #expect(abs(mean(found.test) - (try #require(arm.rounds.last?.metrics["loss"]))) < 1e-5)
    }
  }

  /// Origin: by hand. z = 2·3 − 1 = 5; −log σ(5) = log(1 + e⁻⁵), and 5 more for the other class.
  @Test("one row by hand")
  func byHand() throws {
    let tensors = [
      NamedTensor(name: "layer1.weight", shape: [1, 1], values: [2]),
      NamedTensor(name: "layer1.bias", shape: [1], values: [-1]),
    ]
    let data = try TrainingData(
      featureCount: 1, classCount: 2, clientCount: 1, trainFeatures: [3], trainLabels: [1],
      trainClients: [0], testFeatures: [3], testLabels: [0], testClients: [0])
    let found = try RowLosses(tensors: tensors, model: .softmax, data: data)
    #expect(abs(found.train[0] - 0.006715348489118068) < 1e-15)
    #expect(abs(found.test[0] - 5.006715348489118) < 1e-14)
    let numbers = try TrainingData(
      featureCount: 1, clientCount: 1, trainFeatures: [3], trainTargets: [1], trainClients: [0],
      testFeatures: [], testTargets: [], testClients: [])
    let squared = try RowLosses(tensors: tensors, model: .linear, data: numbers)
    #expect(squared.train == [8] && squared.test.isEmpty)
  }

  @Test("tensors of another model are refused")
  func otherModel() throws {
    let data = try Example.clusters(clientRows: [5])
    #expect(throws: (any Error).self) {
      try RowLosses(tensors: [], model: .softmax, data: data)
    }
    let other = [
      NamedTensor(name: "layer1.weight", shape: [1, 1], values: [2]),
      NamedTensor(name: "layer1.bias", shape: [1], values: [-1]),
    ]
    #expect(throws: (any Error).self) {
      try RowLosses(tensors: other, model: .softmax, data: data)
    }
  }
}
