import AssayDiagnostics
import AssayTraining

extension PreparedData {
  /// What one arm trains on: the shared rows, scaled as the pilot says and as the arm could have done.
  ///
  /// Centralised arms use the statistics of all training rows; federated arms the same statistics,
  /// merged from what clients could share; local arms each client's own. Categories stay 0 and 1.
  func trainingData(
    _ scaling: Pilot.DataPlan.Scaling, isLocal: Bool
  ) throws(Diagnostic) -> TrainingData {
    let raw = try unscaled()
    switch scaling {
    case .none: return raw
    case .ranges(let ranges):
      return try raw.scaled(by: .shared(.ranges(try declared(ranges))))
    case .standard:
      if isLocal {
        return try raw.scaled(by: .perClient(raw.clientStandardizations().map(numbersOnly)))
      }
      return try raw.scaled(by: .shared(numbersOnly(raw.sharedStandardization())))
    }
  }

  /// The rows as they are; numeric labels are rounded to float32.
  private func unscaled() throws(Diagnostic) -> TrainingData {
    if isRegression {
      return try TrainingData(
        featureCount: featureNames.count, clientCount: clients.count,
        trainFeatures: train.features, trainTargets: train.targets.map { Float($0) },
        trainClients: train.clients, testFeatures: test.features,
        testTargets: test.targets.map { Float($0) }, testClients: test.clients)
    }
    return try TrainingData(
      featureCount: featureNames.count, classCount: classCount, clientCount: clients.count,
      trainFeatures: train.features, trainLabels: train.labels, trainClients: train.clients,
      testFeatures: test.features, testLabels: test.labels, testClients: test.clients)
  }

  private func numbersOnly(_ fitted: Standardization) -> Standardization {
    Standardization(
      shifts: zip(fitted.shifts, isNumeric).map { $1 ? $0 : 0 },
      factors: zip(fitted.factors, isNumeric).map { $1 ? $0 : 1 })
  }

  private func declared(
    _ ranges: [(column: Pilot.DataPlan.Named, low: Double, high: Double)]
  ) throws(Diagnostic) -> [ClosedRange<Double>?] {
    var result = [ClosedRange<Double>?](repeating: nil, count: featureNames.count)
    for range in ranges {
      guard
        let index = featureNames.indices.first(where: {
          featureNames[$0] == range.column.name && isNumeric[$0]
        })
      else {
        throw Diagnostic(
          .unknownName(
            what: "a numeric input", name: range.column.name,
            known: zip(featureNames, isNumeric).filter(\.1).map(\.0)),
          at: range.column.location, sourceLine: range.column.sourceLine,
          width: range.column.name.count)
      }
      result[index] = range.low...range.high
    }
    return result
  }
}
