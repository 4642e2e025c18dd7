import AssayDiagnostics

/// The rows that every arm is trained and judged on: raw features, classes or numbers to predict, and who
/// holds them.
public struct TrainingData: Hashable, Sendable {
  /// Number of features of a row.
  public let featureCount: Int
  /// Number of classes, 2 or more; 0 where the label is a number.
  public let classCount: Int
  /// Number of clients, with or without rows.
  public let clientCount: Int
  /// Raw features of the training rows, row-major; NaN where one is missing.
  public let trainFeatures: [Float]
  /// Class of every training row, `0..<classCount`; empty where the label is a number.
  public let trainLabels: [Int32]
  /// Number to predict of every training row, finite, in the label's own unit: it is learned unscaled.
  /// Empty where the label is a class.
  public let trainTargets: [Float]
  /// Client of every training row, `0..<clientCount`.
  public let trainClients: [Int32]
  /// Raw features of the test rows, row-major; NaN where one is missing.
  public let testFeatures: [Float]
  /// Class of every test row; empty where the label is a number.
  public let testLabels: [Int32]
  /// Number to predict of every test row; empty where the label is a class.
  public let testTargets: [Float]
  /// Client of every test row.
  public let testClients: [Int32]
  /// How features are scaled before training.
  public let scaling: FeatureScaling

  /// Whether the label is a number rather than a class.
  public var isRegression: Bool { classCount == 0 }
  /// Number of training rows.
  public var trainCount: Int { trainClients.count }
  /// Number of test rows.
  public var testCount: Int { testClients.count }

  /// Creates and checks data whose label is a class.
  /// - Throws: A diagnostic when counts do not fit, a label or client is out of range, or a feature
  ///   is infinite. Callers that know lines and columns check earlier and say more.
  public init(
    featureCount: Int, classCount: Int, clientCount: Int, trainFeatures: [Float],
    trainLabels: [Int32], trainClients: [Int32], testFeatures: [Float], testLabels: [Int32],
    testClients: [Int32], scaling: FeatureScaling = .none
  ) throws(Diagnostic) {
    guard 2...(1 << 20) ~= classCount else {
      throw Diagnostic(.other(found: "\(classCount)", expected: "2 to 2^20 classes"))
    }
    try self.init(
      featureCount: featureCount, classCount: classCount, clientCount: clientCount,
      trainFeatures: trainFeatures, trainLabels: trainLabels, trainTargets: [],
      trainClients: trainClients, testFeatures: testFeatures, testLabels: testLabels,
      testTargets: [], testClients: testClients, scaling: scaling)
  }

  /// Creates and checks data whose label is a number.
  /// - Throws: A diagnostic when counts do not fit, a client is out of range, a feature is infinite, or a
  ///   target is not finite.
  public init(
    featureCount: Int, clientCount: Int, trainFeatures: [Float], trainTargets: [Float],
    trainClients: [Int32], testFeatures: [Float], testTargets: [Float], testClients: [Int32],
    scaling: FeatureScaling = .none
  ) throws(Diagnostic) {
    try self.init(
      featureCount: featureCount, classCount: 0, clientCount: clientCount,
      trainFeatures: trainFeatures, trainLabels: [], trainTargets: trainTargets,
      trainClients: trainClients, testFeatures: testFeatures, testLabels: [],
      testTargets: testTargets, testClients: testClients, scaling: scaling)
  }

  private init(
    featureCount: Int, classCount: Int, clientCount: Int, trainFeatures: [Float],
    trainLabels: [Int32], trainTargets: [Float], trainClients: [Int32], testFeatures: [Float],
    testLabels: [Int32], testTargets: [Float], testClients: [Int32], scaling: FeatureScaling
  ) throws(Diagnostic) {
    func require(_ met: Bool, _ expected: String, found: String) throws(Diagnostic) {
      if !met { throw Diagnostic(.other(found: found, expected: expected)) }
    }
    let limit = Int(Int32.max)
    try require(1...(1 << 24) ~= featureCount, "1 to 2^24 features", found: "\(featureCount)")
    try require(1..<limit ~= clientCount, "at least one client", found: "\(clientCount)")
    for (name, features, labels, targets, clients) in [
      ("training", trainFeatures, trainLabels, trainTargets, trainClients),
      ("test", testFeatures, testLabels, testTargets, testClients),
    ] {
      let count = classCount == 0 ? targets.count : labels.count
      try require(count < limit, "fewer than 2^31 \(name) rows", found: "\(count)")
      try require(
        features.count == count * featureCount && clients.count == count,
        "\(featureCount) features, one label and one client for each \(name) row",
        found: "\(features.count) features, \(count) labels, \(clients.count) clients")
      try require(
        targets.allSatisfy(\.isFinite), "finite targets",
        found: "one that is not among the \(name) rows")
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
    try require(!trainClients.isEmpty, "at least one training row", found: "none")
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
    self.trainTargets = trainTargets
    self.trainClients = trainClients
    self.testFeatures = testFeatures
    self.testLabels = testLabels
    self.testTargets = testTargets
    self.testClients = testClients
    self.scaling = scaling
  }

  /// The same rows under another scaling.
  public func scaled(by scaling: FeatureScaling) throws(Diagnostic) -> TrainingData {
    try TrainingData(
      featureCount: featureCount, classCount: classCount, clientCount: clientCount,
      trainFeatures: trainFeatures, trainLabels: trainLabels, trainTargets: trainTargets,
      trainClients: trainClients, testFeatures: testFeatures, testLabels: testLabels,
      testTargets: testTargets, testClients: testClients, scaling: scaling)
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
