@testable import AssayTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Data on which algorithms are known to differ; made without the engine.
enum BehaviourData {
  /// Collects rows and deals every fifth one of a client to the test rows.
  struct Rows {
    var features: [[Float]] = []
    var labels: [Int32] = []
    var clients: [Int32] = []

    mutating func add(_ row: [Float], _ label: Int, client: Int) {
      features.append(row)
      labels.append(Int32(label))
      clients.append(Int32(client))
    }

    func data(classes: Int, clients count: Int) throws -> TrainingData {
      let test = Set(labels.indices.filter { $0 % 5 == 4 })
      func pick(_ wanted: Bool) -> [Int] {
        labels.indices.filter { test.contains($0) == wanted }
      }
      let (train, held) = (pick(false), pick(true))
      return try TrainingData(
        featureCount: features[0].count, classCount: classes, clientCount: count,
        trainFeatures: train.flatMap { features[$0] }, trainLabels: train.map { labels[$0] },
        trainClients: train.map { clients[$0] }, testFeatures: held.flatMap { features[$0] },
        testLabels: held.map { labels[$0] }, testClients: held.map { clients[$0] })
    }
  }

  /// Roughly normal: the sum of twelve uniforms.
  static func normal(_ numbers: inout TestNumbers) -> Double {
    (0..<12).reduce(-6) { sum, _ in sum + numbers.next() }
  }

  /// Clusters of five classes; a client holds two of them only.
  static func labelSkew(sizes: [Int], spread: Double = 1, seed: UInt64 = 1) throws -> TrainingData {
    var numbers = TestNumbers(seed)
    let centres = (0..<5).map { _ in (0..<8).map { _ in normal(&numbers) } }
    var rows = Rows()
    for (client, size) in sizes.enumerated() {
      for row in 0..<size {
        let label = (client + (row / 2) % 2) % 5
        let values = centres[label].map { Float($0 + spread * normal(&numbers)) }
        rows.add(values, label, client: client)
      }
    }
    return try rows.data(classes: 5, clients: sizes.count)
  }

  /// Every client calls the classes by other numbers, so that no global model serves two of them.
  static func conflictingLabels() throws -> TrainingData {
    var numbers = TestNumbers(2)
    let centres = (0..<4).map { _ in (0..<6).map { _ in 1.5 * normal(&numbers) } }
    var rows = Rows()
    for client in 0..<8 {
      for _ in 0..<50 {
        let cluster = Int(numbers.next() * 4)
        let values = centres[cluster].map { Float($0 + normal(&numbers)) }
        rows.add(values, (cluster + client) % 4, client: client)
      }
    }
    return try rows.data(classes: 4, clients: 8)
  }

  /// Rows of common noise and of two rare features that decide the label, as in bags of words.
  static func sparse() throws -> TrainingData {
    var numbers = TestNumbers(3)
    let (common, rare) = (4, 80)
    let signs = (0..<rare).map { _ in numbers.next() < 0.5 ? -1.0 : 1.0 }
    var rows = Rows()
    for client in 0..<20 {
      for _ in 0..<50 {
        var values = (0..<common).map { _ in Float(3 * normal(&numbers)) }
        values += [Float](repeating: 0, count: rare)
        let first = Int(numbers.next() * Double(rare))
        let second = Int(numbers.next() * Double(rare))
        for index in [first, second] { values[common + index] = 1 }
        let score = signs[first] + signs[second] * 0.5
        rows.add(values, score > 0 ? 1 : 0, client: client)
      }
    }
    return try rows.data(classes: 2, clients: 20)
  }

  /// Eighteen clients whose label is the sign of the first feature, and two for whom it is that of the second:
  /// one linear model must weigh the ones against the others.
  static func minority() throws -> TrainingData {
    var numbers = TestNumbers(8)
    var rows = Rows()
    for client in 0..<20 {
      for _ in 0..<100 {
        let x = [normal(&numbers), normal(&numbers)]
        let label = x[client < 18 ? 0 : 1] > 0 ? 1 : 0
        rows.add(x.map { Float($0) }, label, client: client)
      }
    }
    return try rows.data(classes: 2, clients: 20)
  }

  /// LEAF's synthetic(alpha, beta) in small: every client has a model and features of its own.
  /// Source: Li et al. 2020, arXiv:1812.06127, section 5.1.
  static func leaf(alpha: Double, beta: Double, clients: Int = 20) throws -> TrainingData {
    var numbers = TestNumbers(4)
    let (width, classes) = (12, 5)
    var rows = Rows()
    for client in 0..<clients {
      let u = alpha * normal(&numbers)
      let middle = beta * normal(&numbers)
      let weights = (0..<width).map { _ in (0..<classes).map { _ in u + normal(&numbers) } }
      let biases = (0..<classes).map { _ in u + normal(&numbers) }
      let v = (0..<width).map { _ in middle + normal(&numbers) }
      let scale = (1...width).map { 1 / Double($0).squareRoot() }
      for _ in 0..<(client < clients * 3 / 4 ? 150 : 75) {
        let x = zip(v, scale).map { $0 + normal(&numbers) * $1 }
        let scores = (0..<classes).map { j in
          zip(x, weights).reduce(biases[j]) { $0 + $1.0 * $1.1[j] }
        }
        let label = scores.indices.reduce(0) { scores[$1] > scores[$0] ? $1 : $0 }
        rows.add(x.map { Float($0) }, label, client: client)
      }
    }
    return try rows.data(classes: classes, clients: clients)
  }
}

extension TrainedArm {
  /// Accuracy of each client's test rows, ascending.
  func clientAccuracies(_ data: TrainingData) -> [Double] {
    let outputs = data.classCount == 2 ? 1 : data.classCount
    var right = [Int](repeating: 0, count: data.clientCount)
    var all = right
    for (row, label) in data.testLabels.enumerated() {
      let part = Array(scores[(row * outputs)..<((row + 1) * outputs)])
      let predicted =
        outputs == 1
        ? (part[0] >= 0.5 ? 1 : 0) : part.indices.reduce(0) { part[$1] > part[$0] ? $1 : $0 }
      let client = Int(data.testClients[row])
      all[client] += 1
      if predicted == Int(label) { right[client] += 1 }
    }
    return zip(right, all).filter { $0.1 > 0 }.map { Double($0) / Double($1) }.sorted()
  }

  /// Mean accuracy of the worst tenth of clients.
  func worstTenth(_ data: TrainingData) -> Double {
    let all = clientAccuracies(data)
    let tenth = all.prefix(max(1, all.count / 10))
    return tenth.reduce(0, +) / Double(tenth.count)
  }

  /// Mean cross-entropy of each client's test rows, ascending; for more than two classes.
  func clientLosses(_ data: TrainingData) -> [Double] {
    var sums = [Double](repeating: 0, count: data.clientCount)
    var counts = [Int](repeating: 0, count: data.clientCount)
    for (row, label) in data.testLabels.enumerated() {
      let client = Int(data.testClients[row])
      sums[client] -= log(max(1e-12, scores[row * data.classCount + Int(label)]))
      counts[client] += 1
    }
    return zip(sums, counts).filter { $0.1 > 0 }.map { $0 / Double($1) }.sorted()
  }

  /// The first round after which the test loss is at most this, `nil` when none.
  func firstRound(lossAtMost target: Double) -> Int? {
    rounds.first { ($0.metrics["loss"] ?? .infinity) <= target }?.round
  }
}
