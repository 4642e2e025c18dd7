import AssayDiagnostics
import AssayTraining

extension PreparedData {
  /// What one arm trains on: the shared rows, scaled as the pilot says and as the arm could have done.
  ///
  /// Centralised arms use the statistics of all training rows; federated arms the same statistics, from
  /// sums that clients could share; local arms each client's own.
  func trainingData(
    _ scaling: Pilot.DataPlan.Scaling, isLocal: Bool
  ) throws(Diagnostic) -> TrainingData {
    TrainingData(
      featureCount: featureNames.count, classCount: classCount, trainFeatures: train.features,
      trainLabels: train.labels, trainClients: train.clients, testFeatures: test.features,
      testLabels: test.labels, testClients: test.clients, clientCount: clients.count,
      scaling: try featureScaling(scaling, isLocal: isLocal))
  }

  private func featureScaling(
    _ scaling: Pilot.DataPlan.Scaling, isLocal: Bool
  ) throws(Diagnostic) -> FeatureScaling {
    switch scaling {
    case .none: return .none
    case .ranges(let ranges):
      var low = [Double](repeating: 0, count: featureNames.count)
      var high = [Double](repeating: 1, count: featureNames.count)
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
        low[index] = range.low
        high[index] = range.high
      }
      return .shared(Standardization.ranges(low: low, high: high))
    case .standard:
      let isScaled = isNumeric
      if isLocal {
        return .perClient(
          Standardization.fitEachClient(
            features: train.features, clients: train.clients, clientCount: clients.count,
            featureCount: featureNames.count, isScaled: isScaled))
      }
      return .shared(
        Standardization.fit(
          features: train.features, clients: train.clients, clientCount: clients.count,
          featureCount: featureNames.count, isScaled: isScaled))
    }
  }
}
