import AssayDiagnostics

/// Data for checks, made by a plain generator of its own so that nothing of the engine is in it.
enum SelfTestData {
  /// A linear congruential generator, uniform in `0..<1` (multiplier of Knuth's MMIX).
  struct Numbers {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 2 &+ 1 }
    mutating func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) * 0x1p-53
    }
  }

  /// Clusters around a centre for each class, dealt to clients of these sizes. Every client with as many
  /// rows as classes has all of them.
  static func clusters(
    _ clientRows: [Int], features: Int = 6, classes: Int = 3, testRows: Int = 30, seed: UInt64 = 1
  ) -> TrainingData {
    var numbers = Numbers(seed)
    let centres = (0..<classes).map { _ in (0..<features).map { _ in numbers.next() * 4 - 2 } }
    var rows = (features: [Float](), labels: [Int32](), clients: [Int32]())
    func add(_ label: Int, _ client: Int) {
      rows.labels.append(Int32(label))
      rows.clients.append(Int32(client))
      for centre in centres[label] {
        rows.features.append(
          Float(centre + (numbers.next() + numbers.next() + numbers.next() - 1.5) * 2))
      }
    }
    for (client, count) in clientRows.enumerated() {
      for row in 0..<count {
        add(row < classes ? row : Int(numbers.next() * Double(classes)), client)
      }
    }
    let train = rows
    rows = ([], [], [])
    for row in 0..<testRows {
      add(Int(numbers.next() * Double(classes)), row % clientRows.count)
    }
    do {
      return try TrainingData(
        featureCount: features, classCount: classes, clientCount: clientRows.count,
        trainFeatures: train.features, trainLabels: train.labels, trainClients: train.clients,
        testFeatures: rows.features, testLabels: rows.labels, testClients: rows.clients)
    } catch {
      preconditionFailure("data of checks is well formed: \(error.rendered)")
    }
  }

  /// Features uniform in ±1 and a number to predict: a plane through them plus noise.
  static func plane(
    _ clientRows: [Int], features: Int = 6, testRows: Int = 30, seed: UInt64 = 1
  ) -> TrainingData {
    var numbers = Numbers(seed)
    let slopes = (0..<features).map { _ in numbers.next() * 2 - 1 }
    func rows(_ count: Int) -> (features: [Float], targets: [Float]) {
      var result = (features: [Float](), targets: [Float]())
      for _ in 0..<count {
        var target = 0.5 + (numbers.next() - 0.5) / 2
        for slope in slopes {
          let value = numbers.next() * 2 - 1
          result.features.append(Float(value))
          target += slope * value
        }
        result.targets.append(Float(target))
      }
      return result
    }
    let train = rows(clientRows.reduce(0, +))
    let test = rows(testRows)
    do {
      return try TrainingData(
        featureCount: features, clientCount: clientRows.count, trainFeatures: train.features,
        trainTargets: train.targets,
        trainClients: clientRows.enumerated().flatMap { client, count in
          [Int32](repeating: Int32(client), count: count)
        }, testFeatures: test.features, testTargets: test.targets,
        testClients: (0..<testRows).map { Int32($0 % clientRows.count) })
    } catch {
      preconditionFailure("data of checks is well formed: \(error.rendered)")
    }
  }
}
