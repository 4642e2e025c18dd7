import Testing

@testable import AssayTraining

/// The central optimum against an independent solver.
@Suite struct OptimumTests {
  /// Origin: scikit-learn 1.9.1 on the same rows, `LogisticRegression(C=inf, tol=1e-12)` with solvers
  /// lbfgs and newton-cg, whose mean log losses agree in 15 digits.
  @Test(
    "the search finds scikit-learn's optimum",
    arguments: [(2, 0.1101369987270866), (3, 0.4229314611876054)])
  func golden(classes: Int, expected: Double) throws {
    let data = try Example.clusters(
      clientRows: [240], testRows: 10, features: 3, classes: classes, seed: 6)
    let arm = Trainer(data: data, model: .softmax, threads: 3).train(
      .optimum(OptimumSearch()), seed: 4)
    let report = try #require(arm.optimum)
    #expect(report.hasConverged)
    #expect(report.gradient <= 1e-7)
    #expect(report.iterations < 100)
    #expect(arm.notes.isEmpty)
    let found = try #require(arm.trainingLoss)
    #expect(abs(found - expected) < 1e-6)
    // Gradient descent on the same loss comes close from above.
    let descent = Trainer(data: data, model: .softmax, threads: 1).train(
      .centralized(
        LocalTraining(epochs: 300, batchSize: LocalTraining.fullBatch, learningRate: 0.5)),
      seed: 4)
    let loss = try #require(descent.trainingLoss)
    #expect(loss > expected - 1e-6)
    #expect(loss < expected + 0.05)
  }

  @Test("the search gives the same bits on any number of threads")
  func threads() throws {
    let data = try Example.clusters(clientRows: [50, 70, 9], features: 4)
    let arms = [1, 2, 8].map {
      Trainer(data: data, model: .softmax, threads: $0).train(
        .optimum(OptimumSearch(iterations: 30)), seed: 1
      ).timeless
    }
    #expect(arms[0] == arms[1])
    #expect(arms[0] == arms[2])
  }

  /// Two rows that a line separates: the loss falls for ever as the weights grow.
  @Test("a search that did not converge says so and calls its loss an upper bound")
  func separable() throws {
    let data = try TrainingData(
      featureCount: 1, classCount: 2, clientCount: 1, trainFeatures: [-1, 1], trainLabels: [0, 1],
      trainClients: [0, 0], testFeatures: [], testLabels: [], testClients: [])
    let arm = Trainer(data: data, model: .softmax, threads: 1).train(
      .optimum(OptimumSearch(iterations: 5, tolerance: 1e-12)), seed: 1)
    #expect(try #require(arm.optimum).hasConverged == false)
    #expect(arm.notes.contains { $0.contains("upper bound") })
  }
}
