import AssayTestSupport

@testable import AssayTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A plain linear congruential generator, so that test data does not come from the engine.
struct TestNumbers {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed &* 2 &+ 1 }

  /// Uniform in `0..<1`.
  mutating func next() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) * 0x1p-53
  }
}

enum Example {
  /// Gaussian-like clusters, one for each class, spread over clients of the given sizes.
  static func clusters(
    clientRows: [Int], testRows: Int = 60, features: Int = 6, classes: Int = 3, seed: UInt64 = 1,
    scaling: FeatureScaling = .none
  ) throws -> TrainingData {
    var numbers = TestNumbers(seed)
    var centres: [[Double]] = []
    for _ in 0..<classes { centres.append((0..<features).map { _ in numbers.next() * 4 - 2 }) }
    func row(_ features: inout [Float], _ labels: inout [Int32]) {
      let label = Int(numbers.next() * Double(classes))
      labels.append(Int32(label))
      for centre in centres[label] {
        let noise = numbers.next() + numbers.next() + numbers.next() - 1.5
        features.append(Float(centre + noise * 2))
      }
    }
    var (train, trainLabels, trainClients) = ([Float](), [Int32](), [Int32]())
    for (client, count) in clientRows.enumerated() {
      for _ in 0..<count {
        row(&train, &trainLabels)
        trainClients.append(Int32(client))
      }
    }
    var (test, testLabels, testClients) = ([Float](), [Int32](), [Int32]())
    for index in 0..<testRows {
      row(&test, &testLabels)
      testClients.append(Int32(index % clientRows.count))
    }
    return try TrainingData(
      featureCount: features, classCount: classes, clientCount: clientRows.count,
      trainFeatures: train, trainLabels: trainLabels, trainClients: trainClients,
      testFeatures: test, testLabels: testLabels, testClients: testClients, scaling: scaling)
  }

  /// Reads a table without quotes: numbers as they are, texts one-hot, in the order of the columns.
  static func table(
    _ path: String, label: String, features: (String) -> Bool
  ) throws -> TrainingData {
    let text = try String(decoding: contents(path), as: UTF8.self)
    let lines = text.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    let header = lines[0].map(String.init)
    func column(_ name: String) throws -> Int {
      guard let at = header.firstIndex(of: name) else { throw TableError.noColumn(name) }
      return at
    }
    let (client, split, target) = (try column("client_id"), try column("split"), try column(label))
    let rows = lines.dropFirst()
    var encoders: [(Substring) -> [Float]] = []
    var width = 0
    for (at, name) in header.enumerated() where features(name) {
      if rows.allSatisfy({ Float($0[at]) != nil }) {
        encoders.append { [Float($0) ?? .nan] }
        width += 1
      } else {
        let values = Set(rows.map { $0[at] }).sorted()
        encoders.append { text in values.map { $0 == text ? 1 : 0 } }
        width += values.count
      }
    }
    let chosen = header.indices.filter { features(header[$0]) }
    let clients = Set(rows.map { $0[client] }).sorted()
    let number = Dictionary(
      uniqueKeysWithValues: clients.enumerated().map { ($0.element, Int32($0.offset)) })
    var (train, trainLabels, trainClients) = ([Float](), [Int32](), [Int32]())
    var (test, testLabels, testClients) = ([Float](), [Int32](), [Int32]())
    for row in rows {
      let values = zip(chosen, encoders).flatMap { $1(row[$0]) }
      let (label, party) = (Int32(row[target]) ?? -1, number[row[client]] ?? -1)
      if row[split] == "train" {
        train += values
        trainLabels.append(label)
        trainClients.append(party)
      } else {
        test += values
        testLabels.append(label)
        testClients.append(party)
      }
    }
    let classes = Int(trainLabels.max() ?? 0) + 1
    return try TrainingData(
      featureCount: width, classCount: classes, clientCount: clients.count, trainFeatures: train,
      trainLabels: trainLabels, trainClients: trainClients, testFeatures: test,
      testLabels: testLabels, testClients: testClients)
  }

  enum TableError: Error {
    case noColumn(String)
    case unreadable(String)
  }

  private static func contents(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "rb") else { throw TableError.unreadable(path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&part, 1, part.count, file)
      if count == 0 { return bytes }
      bytes += part[..<count]
    }
  }
}

extension TrainedArm {
  /// The arm without its wall times, the only part that may differ between two runs.
  var timeless: TrainedArm {
    var copy = self
    copy.trainSeconds = 0
    copy.trainProcessorSeconds = 0
    copy.evaluateSeconds = 0
    return copy
  }

  /// Fraction of test rows whose most probable class is right.
  func accuracy(_ data: TrainingData) -> Double {
    let outputs = data.classCount == 2 ? 1 : data.classCount
    var right = 0
    for (row, label) in data.testLabels.enumerated() {
      let part = scores[(row * outputs)..<((row + 1) * outputs)]
      let predicted =
        outputs == 1
        ? (part[part.startIndex] >= 0.5 ? 1 : 0)
        : part.indices.reduce(part.startIndex) { part[$1] > part[$0] ? $1 : $0 } - part.startIndex
      if predicted == Int(label) { right += 1 }
    }
    return Double(right) / Double(data.testLabels.count)
  }

  /// All weights and biases in one list.
  var allValues: [Float] { weights.flatMap(\.values) }
}

extension ParticipationPlan {
  /// Every client that is asked never answers with this probability.
  static func dropping(_ probability: Double) -> ParticipationPlan {
    var plan = ParticipationPlan()
    plan.dropout.beforeTraining = probability
    return plan
  }
}
