/// Training data with the scaling applied, once for all arms and seeds.
struct ScaledData: Sendable {
  let raw: TrainingData
  let train: [Float]
  let test: [Float]
  let trainRows: RowsByGroup
  let testRows: RowsByGroup

  init(_ data: TrainingData) {
    raw = data
    train = Self.scale(data.trainFeatures, data.trainClients, data)
    test = Self.scale(data.testFeatures, data.testClients, data)
    trainRows = RowsByGroup(data.trainClients, groupCount: data.clientCount)
    testRows = RowsByGroup(data.testClients, groupCount: data.clientCount)
  }

  /// All test rows as one client's model sees them: under `perClient` scaling, under its own.
  func testSeen(by client: Int) -> [Float] {
    guard case .perClient(let all) = raw.scaling else { return test }
    let everybody = [Int32](repeating: 0, count: raw.testCount)
    return Self.scale(
      raw.testFeatures, everybody, [all[client]], featureCount: raw.featureCount)
  }

  private static func scale(
    _ features: [Float], _ clients: [Int32], _ data: TrainingData
  ) -> [Float] {
    switch data.scaling {
    case .none:
      // Without missing values the raw numbers are shared, not copied.
      return features.contains(where: \.isNaN) ? features.map { $0.isNaN ? 0 : $0 } : features
    case .shared(let shared):
      let everybody = [Int32](repeating: 0, count: clients.count)
      return scale(features, everybody, [shared], featureCount: data.featureCount)
    case .perClient(let all):
      return scale(features, clients, all, featureCount: data.featureCount)
    }
  }

  private static func scale(
    _ features: [Float], _ groups: [Int32], _ scalings: [Standardization], featureCount: Int
  ) -> [Float] {
    [Float](unsafeUninitializedCapacity: features.count) { out, initialized in
      features.withUnsafeBufferPointer { features in
        var at = 0
        for group in groups {
          let scaling = scalings[Int(group)]
          scaling.shifts.withUnsafeBufferPointer { shifts in
            scaling.factors.withUnsafeBufferPointer { factors in
              for f in 0..<featureCount {
                let value = features[at + f]
                out[at + f] =
                  value.isNaN
                  ? Float(scaling.fills[f]) : Float((Double(value) - shifts[f]) * factors[f])
              }
            }
          }
          at += featureCount
        }
      }
      initialized = features.count
    }
  }
}
