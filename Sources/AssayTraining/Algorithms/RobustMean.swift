/// The median of every coordinate over the clients' models; of an even number the mean of the middle
/// two. Weights do not count.
/// - Note: Source: Yin et al. 2018, arXiv:1803.01498, algorithm 1, option I.
struct CoordinateMedian: FederatedAlgorithm {
  static let entry = AlgorithmEntry(
    name: "median", summary: "robust: the median of every coordinate (Yin et al. 2018)",
    parameters: []
  ) { _ in CoordinateMedian() }

  var needsAllUpdates: Bool { true }
  func weight(of contribution: Contribution, in server: ServerState) -> Double { 1 }

  func advance(_ server: ServerState, by round: RoundUpdates) {
    let count = round.models.count
    round.setFromSortedCoordinates(server) { sorted in
      count % 2 == 1
        ? Double(sorted[count / 2])
        : (Double(sorted[count / 2 - 1]) + Double(sorted[count / 2])) / 2
    }
  }
}

/// The mean of every coordinate without the largest and the smallest share of values. Weights do not
/// count. With a share of 0 it is the uniform mean.
/// - Note: Source: Yin et al. 2018, arXiv:1803.01498, algorithm 1, option II.
struct TrimmedMean: FederatedAlgorithm {
  static let entry = AlgorithmEntry(
    name: "trimmed-mean",
    summary: "robust: the mean of every coordinate without its extremes (Yin et al. 2018)",
    parameters: [
      AlgorithmParameter(
        "trimmed_share", "share cut off at either end, rounded down to clients", standard: 0.2,
        0...0.499)
    ]
  ) { TrimmedMean(share: $0["trimmed_share"]) }

  let share: Double
  var needsAllUpdates: Bool { true }
  func weight(of contribution: Contribution, in server: ServerState) -> Double { 1 }

  func advance(_ server: ServerState, by round: RoundUpdates) {
    let count = round.models.count
    let cut = Self.cut(share, of: count)
    if cut == 0 {
      // Nothing is cut: the mean in the order of clients, as FedAvg sums it.
      server.setParameters { i in
        var sum = 0.0
        for model in round.models { sum += Double(model[i]) }
        return sum / Double(count)
      }
      return
    }
    round.setFromSortedCoordinates(server) { sorted in
      var sum = 0.0
      for value in sorted[cut..<(count - cut)] { sum += Double(value) }
      return sum / Double(count - 2 * cut)
    }
  }

  /// How many are cut off at either end: 0.29 of 100 are 29, though the product in double is less.
  static func cut(_ share: Double, of count: Int) -> Int { Int(share * Double(count) + 1e-9) }
}

extension RoundUpdates {
  /// Sets every parameter to a value of the sorted values that clients sent for it.
  func setFromSortedCoordinates(
    _ server: ServerState, _ value: (UnsafeMutableBufferPointer<Float>) -> Double
  ) {
    let size = global.count
    let block = 1_024
    pool.run((size + block - 1) / block) { index, _ in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: models.count) { column in
        var column = column
        for i in (index * block)..<min(size, (index + 1) * block) {
          for (position, model) in models.enumerated() { column[position] = model[i] }
          column.sort()
          server.model[i] = Float(value(column))
        }
      }
    }
  }
}
