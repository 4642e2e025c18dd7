import AssayRuns
import AssayStatistics

/// What every row costs each arm, and in which half it is.
struct WeakSegmentRows: Sendable {
  /// An arm and a metric to lose on.
  struct Target: Hashable, Sendable {
    var arm: Int
    var reference: Int?
    var metric: String
    /// Whether losses are 0 and 1 (or, against a reference, −1, 0 and 1), so that exact tests hold.
    var isCount: Bool
  }

  let targets: [Target]
  /// By target, then row: the loss, or the loss minus the reference's.
  let losses: [[Double]]
  /// 0 for the search, 1 for the confirmation, −1 for rows without a label.
  let half: [Int8]
  /// The client of every row where clients are the sampled units.
  let units: [Int32]?
  let unitCount: Int

  init(
    _ prepared: PreparedTable, reference: Int, metrics: [String], client: GroupColumn?,
    identifiers: [String]?, options: WeakSegmentOptions, minimumClusters: Int
  ) {
    let arms = prepared.arms
    var targets: [Target] = []
    var losses: [[Double]] = []
    for arm in arms.indices where arms.count == 1 || arm != reference {
      for metric in metrics {
        let pair = arms.count == 1 ? [arm] : [arm, reference]
        targets.append(
          Target(
            arm: arm, reference: arms.count == 1 ? nil : reference, metric: metric,
            isCount: metric == "accuracy" && pair.allSatisfy { arms[$0].seeds.count == 1 }))
        let own = Self.losses(prepared, arms[arm], metric)
        if arms.count == 1 {
          losses.append(own)
        } else {
          let other = Self.losses(prepared, arms[reference], metric)
          losses.append(zip(own, other).map { $0 - $1 })
        }
      }
    }
    self.targets = targets
    self.losses = losses
    let isClustered = client.map { Set($0.codes).count >= max(2, minimumClusters) } ?? false
    let generator = CounterGenerator(seed: options.seed, stream: 0x5745_414B)
    func side(_ key: UInt64) -> Int8 { Int8(generator.bits(at: key) >> 63) }
    let sides: [Int8]
    if isClustered, let client {
      let byClient = client.groups.map { side(Self.hash($0)) }
      sides = client.codes.map { byClient[Int($0)] }
      units = client.codes
      unitCount = client.groups.count
    } else {
      units = nil
      unitCount = 0
      if let identifiers, identifiers.count == prepared.rowCount {
        sides = identifiers.map { side(Self.hash($0)) }
      } else {
        sides = (0..<prepared.rowCount).map { side(UInt64($0)) }
      }
    }
    half = zip(sides, prepared.labels).enumerated().map { row, pair in
      pair.1 < 0 || losses.contains { !$0[row].isFinite } ? -1 : pair.0
    }
  }

  /// FNV-1a of the text's bytes.
  private static func hash(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    return hash
  }

  /// Losses of an arm, averaged over its seeds; larger is worse.
  private static func losses(
    _ prepared: PreparedTable, _ arm: PreparedArm, _ metric: String
  ) -> [Double] {
    var sums = Array(repeating: 0.0, count: prepared.rowCount)
    let classes = UInt32(clamping: prepared.layout.classes)
    for seed in arm.seeds {
      switch metric {
      case "accuracy":
        for (row, cell) in seed.rows.cells.enumerated() {
          sums[row] += cell % (classes + 1) == 0 ? 0 : 1
        }
      case "log_loss": for (row, loss) in seed.rows.logLosses.enumerated() { sums[row] += loss }
      case "brier_score":
        for (row, error) in seed.rows.squaredErrors.enumerated() { sums[row] += error }
      default:
        for (row, prediction) in seed.predictions.enumerated() {
          let error = prediction - prepared.targets[row]
          sums[row] += metric == "mean_absolute_error" ? abs(error) : error * error
        }
      }
    }
    let count = Double(arm.seeds.count)
    return count == 1 ? sums : sums.map { $0 / count }
  }
}

/// Count, sum and sum of squares of losses.
struct LossSums: Hashable, Sendable {
  var count = 0.0
  var sum = 0.0
  var squares = 0.0

  var mean: Double { sum / count }
  /// Variance with divisor `count − 1`.
  var variance: Double { max(0, squares - sum * sum / count) / max(1, count - 1) }

  mutating func add(_ loss: Double) {
    count += 1
    sum += loss
    squares += loss * loss
  }

  static func - (a: LossSums, b: LossSums) -> LossSums {
    LossSums(count: a.count - b.count, sum: a.sum - b.sum, squares: a.squares - b.squares)
  }

  static func + (a: LossSums, b: LossSums) -> LossSums {
    LossSums(count: a.count + b.count, sum: a.sum + b.sum, squares: a.squares + b.squares)
  }

  /// Standard error of `mean − rest.mean`: the larger of the one with a common variance, which holds
  /// where segments do not differ, and of Welch's.
  func standardError(against rest: LossSums) -> Double {
    let both = self + rest
    let common = both.variance * (1 / count + 1 / rest.count)
    let own = variance / count + rest.variance / rest.count
    return max(common, own).squareRoot()
  }

  /// `sum / √squares`: the score statistic of a mean of 0, McNemar's for losses of −1, 0 and 1.
  var scoreAgainstZero: Double { squares > 0 ? sum / squares.squareRoot() : 0 }

  /// By how many standard errors the segment loses: against the rest, and where `isDifference`,
  /// against 0 as well, whichever is less.
  func strength(against rest: LossSums, isDifference: Bool) -> Double {
    let error = standardError(against: rest)
    guard error > 0 else { return 0 }
    let contrast = (mean - rest.mean) / error
    return isDifference ? min(contrast, scoreAgainstZero) : contrast
  }
}
