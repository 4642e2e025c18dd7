import AssayTestSupport
import Testing

@testable import AssayTraining

/// Results on public data sets, against what other implementations reach on the same files.
@Suite(
  .enabled(
    if: TestData.external != nil,
    "needs reference data that is not part of the package; set ASSAY_TEST_DATA to its folder"))
struct ReferenceDataTests {
  /// Origin: the same softmax regression in NumPy 2 (float64, its own order of rows) reaches 0.953
  /// after 20 epochs with batch size 32 and learning rate 0.5.
  @Test("digits: the federation comes close to the baseline and beats training alone")
  func digits() throws {
    let folder = try #require(TestData.external)
    let data = try Example.table(
      folder + "/data/digits.csv", label: "label", features: { $0.hasPrefix("f") })
    #expect(data.featureCount == 64)
    #expect(data.clientCount == 20)
    let trainer = Trainer(data: data, model: .softmax, threads: 2)
    let central = trainer.train(
      .centralized(LocalTraining(epochs: 20, batchSize: 32, learningRate: 0.5)), seed: 1)
    let local = trainer.train(
      .local(LocalTraining(epochs: 20, batchSize: 32, learningRate: 0.5)), seed: 1)
    let plan = FederatedPlan(
      rounds: 20, local: LocalTraining(epochs: 1, batchSize: 10, learningRate: 0.5))
    let federated = trainer.train(.federated(plan), seed: 1)
    #expect(central.accuracy(data) >= 0.94)
    #expect(abs(central.accuracy(data) - 0.953) < 0.015)
    #expect(federated.accuracy(data) >= central.accuracy(data) - 0.05)
    #expect(federated.accuracy(data) > local.accuracy(data))
    print(
      "digits: centralized \(central.accuracy(data)), federated \(federated.accuracy(data)) in "
        + "\(federated.trainSeconds) s, local \(local.accuracy(data))")
  }

  /// Origin: the data's README; logistic regression trained centrally reaches about 0.85.
  @Test("adult: the baseline reaches its known accuracy, the federation comes close")
  func adult() throws {
    let folder = try #require(TestData.external)
    let columns = [
      "age", "education_num", "capital_gain", "capital_loss", "hours_per_week", "marital",
      "occupation",
    ]
    let raw = try Example.table(
      folder + "/data/adult.csv", label: "income_over_50k", features: { columns.contains($0) })
    #expect(raw.trainLabels.count == 32_561)
    #expect(raw.clientCount == 45)
    let data = try raw.scaled(by: .shared(raw.sharedStandardization()))
    let trainer = Trainer(data: data, model: .softmax, threads: 2)
    let training = LocalTraining(epochs: 5, batchSize: 32, learningRate: 0.1)
    let central = trainer.train(.centralized(training), seed: 1)
    #expect(central.accuracy(data) >= 0.84)
    let plan = FederatedPlan(
      rounds: 10, clientsPerRound: .count(10),
      local: LocalTraining(epochs: 1, batchSize: 32, learningRate: 0.1),
      participation: .dropping(0.1))
    let federated = trainer.train(.federated(plan), seed: 1)
    #expect(federated.accuracy(data) >= 0.82)
    let local = trainer.train(.local(training), seed: 1)
    #expect(local.notes.count == 2)
    #expect(local.localModels.filter { $0.trainRows == 0 }.count == 1)
    print(
      "adult: centralized \(central.accuracy(data)) in \(central.trainSeconds) s, federated "
        + "\(federated.accuracy(data)) in \(federated.trainSeconds) s, "
        + "local \(local.accuracy(data)) in \(local.trainSeconds) s")
  }
}
