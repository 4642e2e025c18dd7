import AssayFiles
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
  /// The same of outcome minus score.
  var gap: UInt128 = 0
  /// Labelled rows by both arms' calibration bins; empty where not wanted.
  var calibration = JointCalibrationSums()

  static func += (sum: inout PairSums, other: PairSums) {
    for key in sum.joint.indices { sum.joint[key] += other.joint[key] }
    sum.logLoss += other.logLoss
    sum.squaredError += other.squaredError
    sum.gap += other.gap
    sum.calibration += other.calibration
  }
}

/// Labelled rows by `(bin of the arm · 10 + bin of the reference) · 2 + label`.
struct JointCalibrationSums: Sendable {
  static let keys = CalibrationError.binaryBins * CalibrationError.binaryBins * 2

  var counts: [Int] = []
  /// Sums of both arms' scores, units of 2⁻⁶⁴.
  var first: [UInt128] = []
  var second: [UInt128] = []

  static func += (sum: inout JointCalibrationSums, other: JointCalibrationSums) {
    for key in sum.counts.indices {
      sum.counts[key] += other.counts[key]
      sum.first[key] += other.first[key]
      sum.second[key] += other.second[key]
    }
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
    let all = OrderedJobs.results(count: parts, threads: threads) { part in
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
    var losses = arm.columns.map { [UInt128](repeating: 0, count: ($0.groupCount + 1) * 3) }
    var joints = arm.columns.map { JointTable(groups: $0.wantsJoint ? $0.groupCount + 1 : 0) }
    var keys: [Int] = []
    var values: [(UInt128, UInt128, UInt128)] = []
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
              losses[code &* 3] &+= values[row - start].0
              losses[code &* 3 &+ 1] &+= values[row - start].1
              losses[code &* 3 &+ 2] &+= values[row - start].2
            }
          }
        }
      }
      for (place, column) in arm.columns.enumerated() where column.wantsJoint {
        for row in block where arm.labels[row] == 0 || arm.labels[row] == 1 {
          joints[place].add(
            RankPacking.code(column, row), Int(arm.labels[row]), arm.scores[row],
            reference.scores[row])
        }
      }
      start = block.upperBound
    }
    return arm.columns.enumerated().map { place, column in
      (0..<max(0, column.groupCount)).map { group in
        PairSums(
          joint: Array(counts[place][(group * 12)..<(group * 12 + 12)]),
          logLoss: losses[place][group * 3], squaredError: losses[place][group * 3 + 1],
          gap: losses[place][group * 3 + 2],
          calibration: column.wantsJoint ? joints[place].sums(group) : JointCalibrationSums())
      }
    }
  }

  private func joint(_ row: Int) -> (key: Int, value: (UInt128, UInt128, UInt128)) {
    let predictions = Int(arm.prediction(row)) * 2 + Int(reference.prediction(row))
    let label = arm.labels[row]
    guard label == 0 || label == 1 else { return (8 + predictions, (0, 0, 0)) }
    let (a, b) = (losses(arm.scores[row], label), losses(reference.scores[row], label))
    let logLoss = a.logLoss - b.logLoss
    let error = a.squaredError - b.squaredError
    let outcome = Double(label)
    let gap = (outcome - arm.scores[row]) - (outcome - reference.scores[row])
    return (
      Int(label) * 4 + predictions,
      (
        StepValues.units(of: logLoss * logLoss), StepValues.units(of: error * error),
        StepValues.units(of: gap * gap)
      )
    )
  }

  private func losses(_ score: Double, _ label: Int32) -> (logLoss: Double, squaredError: Double) {
    let error = label == 1 ? score - 1 : score
    return (StepValues.logLoss(label == 1 ? score : 1 - score), error * error)
  }
}

/// Joint calibration of all groups of a column.
private struct JointTable {
  private var counts: [Int]
  private var first: [UInt128]
  private var second: [UInt128]

  init(groups: Int) {
    counts = [Int](repeating: 0, count: groups * JointCalibrationSums.keys)
    first = [UInt128](repeating: 0, count: counts.count)
    second = first
  }

  @inline(__always)
  mutating func add(_ group: Int, _ label: Int, _ a: Double, _ b: Double) {
    let bins = CalibrationError.binaryBins
    let key = (PreparedSeed.bin(a, of: bins) * bins + PreparedSeed.bin(b, of: bins)) * 2 + label
    let index = group * JointCalibrationSums.keys + key
    counts[index] += 1
    first[index] += StepValues.units(of: a)
    second[index] += StepValues.units(of: b)
  }

  func sums(_ group: Int) -> JointCalibrationSums {
    let keys = JointCalibrationSums.keys
    let range = (group * keys)..<((group + 1) * keys)
    return JointCalibrationSums(
      counts: Array(counts[range]), first: Array(first[range]), second: Array(second[range]))
  }
}

extension JointCalibration {
  /// The rows of one cell.
  init(_ sums: JointCalibrationSums) {
    self.init(bins: CalibrationError.binaryBins)
    for key in sums.counts.indices where sums.counts[key] > 0 {
      let label = Double(key & 1)
      let count = Double(sums.counts[key])
      cells.append(
        Cell(
          firstBin: key / 2 / bins, secondBin: key / 2 % bins, count: count,
          firstGap: label - Double(sums.first[key]) * 0x1p-64 / count,
          secondGap: label - Double(sums.second[key]) * 0x1p-64 / count))
    }
  }
}
