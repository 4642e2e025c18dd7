import AssayDiagnostics

/// The rows that every arm is trained and judged on: raw features, classes, and who holds them.
public struct TrainingData: Hashable, Sendable {
  /// Number of features of a row.
  public let featureCount: Int
  /// Number of classes, 2 or more.
  public let classCount: Int
  /// Number of clients, with or without rows.
  public let clientCount: Int
  /// Raw features of the training rows, row-major; NaN where one is missing.
  public let trainFeatures: [Float]
  /// Class of every training row, `0..<classCount`.
  public let trainLabels: [Int32]
  /// Client of every training row, `0..<clientCount`.
  public let trainClients: [Int32]
  /// Raw features of the test rows, row-major; NaN where one is missing.
  public let testFeatures: [Float]
  /// Class of every test row.
  public let testLabels: [Int32]
  /// Client of every test row.
  public let testClients: [Int32]
  /// How features are scaled before training.
  public let scaling: FeatureScaling

  /// Creates and checks the data.
  /// - Throws: A diagnostic when counts do not fit, a label or client is out of range, or a feature
  ///   is infinite. Callers that know lines and columns check earlier and say more.
  public init(
    featureCount: Int, classCount: Int, clientCount: Int, trainFeatures: [Float],
    trainLabels: [Int32], trainClients: [Int32], testFeatures: [Float], testLabels: [Int32],
    testClients: [Int32], scaling: FeatureScaling = .none
  ) throws(Diagnostic) {
    func require(_ met: Bool, _ expected: String, found: String) throws(Diagnostic) {
      if !met { throw Diagnostic(.other(found: found, expected: expected)) }
    }
    let limit = Int(Int32.max)
    try require(1...(1 << 24) ~= featureCount, "1 to 2^24 features", found: "\(featureCount)")
    try require(2...(1 << 20) ~= classCount, "2 to 2^20 classes", found: "\(classCount)")
    try require(1..<limit ~= clientCount, "at least one client", found: "\(clientCount)")
    for (name, features, labels, clients) in [
      ("training", trainFeatures, trainLabels, trainClients),
      ("test", testFeatures, testLabels, testClients),
    ] {
      try require(labels.count < limit, "fewer than 2^31 \(name) rows", found: "\(labels.count)")
      try require(
        features.count == labels.count * featureCount && clients.count == labels.count,
        "\(featureCount) features, one label and one client for each \(name) row",
        found: "\(features.count) features, \(labels.count) labels, \(clients.count) clients")
      try require(
        labels.allSatisfy { 0 <= $0 && $0 < classCount }, "labels in 0..<\(classCount)",
        found: "another label among the \(name) rows")
      try require(
        clients.allSatisfy { 0 <= $0 && $0 < clientCount }, "clients in 0..<\(clientCount)",
        found: "another client among the \(name) rows")
      try require(
        features.allSatisfy { !$0.isInfinite }, "finite features, or NaN where one is missing",
        found: "an infinity among the \(name) rows")
    }
    try require(!trainLabels.isEmpty, "at least one training row", found: "none")
    switch scaling {
    case .none: break
    case .shared(let shared):
      try require(
        shared.shifts.count == featureCount, "a scaling for \(featureCount) features",
        found: "one for \(shared.shifts.count)")
    case .perClient(let all):
      try require(
        all.count == clientCount && all.allSatisfy { $0.shifts.count == featureCount },
        "a scaling of \(featureCount) features for each of \(clientCount) clients",
        found: "\(all.count) scalings")
    }
    self.featureCount = featureCount
    self.classCount = classCount
    self.clientCount = clientCount
    self.trainFeatures = trainFeatures
    self.trainLabels = trainLabels
    self.trainClients = trainClients
    self.testFeatures = testFeatures
    self.testLabels = testLabels
    self.testClients = testClients
    self.scaling = scaling
  }

  /// The same rows under another scaling.
  public func scaled(by scaling: FeatureScaling) throws(Diagnostic) -> TrainingData {
    try TrainingData(
      featureCount: featureCount, classCount: classCount, clientCount: clientCount,
      trainFeatures: trainFeatures, trainLabels: trainLabels, trainClients: trainClients,
      testFeatures: testFeatures, testLabels: testLabels, testClients: testClients,
      scaling: scaling)
  }

  /// Moments of every client's training rows, each computed from its own rows alone; merge them in
  /// this order for a shared scaling.
  public func clientMoments() -> [FeatureMoments] {
    var all: [FeatureMoments] = []
    all.reserveCapacity(clientCount)
    forEachClientMoments { all.append($0) }
    return all
  }

  /// Moments of one client after the other, so that those of all need not be held together.
  private func forEachClientMoments(_ body: (FeatureMoments) -> Void) {
    let rows = RowsByGroup(trainClients, groupCount: clientCount)
    for client in 0..<clientCount {
      body(
        FeatureMoments(
          features: trainFeatures, featureCount: featureCount,
          rows: rows[client].map { Int($0) }))
    }
  }

  /// The scaling from the training rows of all clients together.
  public func sharedStandardization() -> Standardization {
    var total = FeatureMoments(featureCount: featureCount)
    forEachClientMoments { total.merge($0) }
    return .fit(total)
  }

  /// One scaling for each client from its own training rows; one without rows leaves values alone.
  public func clientStandardizations() -> [Standardization] {
    var all: [Standardization] = []
    all.reserveCapacity(clientCount)
    forEachClientMoments { all.append(.fit($0)) }
    return all
  }
}

/// Row numbers of every client, ascending.
struct RowsByGroup: Sendable {
  private let rows: [Int32]
  private let starts: [Int]

  init(_ groups: [Int32], groupCount: Int) {
    var starts = [Int](repeating: 0, count: groupCount + 1)
    for group in groups { starts[Int(group) + 1] += 1 }
    for group in 0..<groupCount { starts[group + 1] += starts[group] }
    var next = starts
    var rows = [Int32](repeating: 0, count: groups.count)
    for (row, group) in groups.enumerated() {
      rows[next[Int(group)]] = Int32(row)
      next[Int(group)] += 1
    }
    self.rows = rows
    self.starts = starts
  }

  subscript(group: Int) -> ArraySlice<Int32> { rows[starts[group]..<starts[group + 1]] }

  func count(_ group: Int) -> Int { starts[group + 1] - starts[group] }
}
