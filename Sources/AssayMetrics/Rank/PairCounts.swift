import AssayStatistics

/// What two arms did on the same rows of one cell, exactly.
struct PairSums: Sendable {
  /// Rows by `(label · 2 + predicted by the arm) · 2 + predicted by the reference`; without a label by
  /// `8 + …` of the two predictions.
  var joint = [Int](repeating: 0, count: 12)
  /// Sums over labelled rows of the squared difference of log loss and of squared error, units of
  /// 2⁻⁶⁴.
  var logLoss: UInt128 = 0
  var squaredError: UInt128 = 0

  static func += (sum: inout PairSums, other: PairSums) {
    for key in sum.joint.indices { sum.joint[key] += other.joint[key] }
    sum.logLoss += other.logLoss
    sum.squaredError += other.squaredError
  }
}

/// Counts two arms on the same rows, in one pass for all cells.
struct PairCounting: Sendable {
  let arm: RankInput
  let reference: RankInput
  let threads: Int

  /// By column, then group. Rows in any order and any number of threads give the same bits.
  func sums() -> [[PairSums]] {
    let rows = arm.scores.count
    let parts = max(1, min(threads, rows / 65536))
    let all = parallelMap(count: parts, threads: threads) { part in
      sums((rows * part / parts)..<(rows * (part + 1) / parts))
    }
    var total = all[0]
    for other in all.dropFirst() {
      for column in total.indices {
        for group in total[column].indices { total[column][group] += other[column][group] }
      }
    }
    return total
  }

  /// Rows whose values are worked out before they are added column by column.
  private static let blockSize = 1024

  private func sums(_ rows: Range<Int>) -> [[PairSums]] {
    var counts = arm.columns.map { [Int](repeating: 0, count: ($0.groupCount + 1) * 12) }
    var losses = arm.columns.map { [UInt128](repeating: 0, count: ($0.groupCount + 1) * 2) }
    var keys: [Int] = []
    var values: [(UInt128, UInt128)] = []
    var start = rows.lowerBound
    while start < rows.upperBound {
      let block = start..<min(rows.upperBound, start + Self.blockSize)
      keys.removeAll(keepingCapacity: true)
      values.removeAll(keepingCapacity: true)
      for row in block {
        let (key, value) = joint(row)
        keys.append(key)
        values.append(value)
      }
      for (place, column) in arm.columns.enumerated() {
        counts[place].withUnsafeMutableBufferPointer { counts in
          losses[place].withUnsafeMutableBufferPointer { losses in
            // A code is at most groupCount, and a key below 12.
            for row in block {
              let code = RankPacking.code(column, row)
              counts[code &* 12 &+ keys[row - start]] &+= 1
              losses[code &* 2] &+= values[row - start].0
              losses[code &* 2 &+ 1] &+= values[row - start].1
            }
          }
        }
      }
      start = block.upperBound
    }
    return arm.columns.enumerated().map { place, column in
      (0..<max(0, column.groupCount)).map { group in
        PairSums(
          joint: Array(counts[place][(group * 12)..<(group * 12 + 12)]),
          logLoss: losses[place][group * 2], squaredError: losses[place][group * 2 + 1])
      }
    }
  }

  private func joint(_ row: Int) -> (key: Int, value: (UInt128, UInt128)) {
    let predictions = Int(arm.prediction(row)) * 2 + Int(reference.prediction(row))
    let label = arm.labels[row]
    guard label == 0 || label == 1 else { return (8 + predictions, (0, 0)) }
    let (a, b) = (losses(arm.scores[row], label), losses(reference.scores[row], label))
    let logLoss = a.logLoss - b.logLoss
    let error = a.squaredError - b.squaredError
    return (
      Int(label) * 4 + predictions,
      (StepValues.units(of: logLoss * logLoss), StepValues.units(of: error * error))
    )
  }

  private func losses(_ score: Double, _ label: Int32) -> (logLoss: Double, squaredError: Double) {
    let error = label == 1 ? score - 1 : score
    return (StepValues.logLoss(label == 1 ? score : 1 - score), error * error)
  }
}
