import AssayStatistics

/// Positives and negatives of one binary cell by score, in few groups, to be resampled.
struct ScoreGrid {
  /// Means over a group's rows of one label; the count is a Poisson mean.
  private struct Atom {
    var count = 0.0
    var logLoss = 0.0
    var squaredError = 0.0
  }

  /// From the highest scores down.
  private var groups: [(positive: Atom, negative: Atom)] = []
  /// What the groups lack of the squares of the losses.
  private var logLossVariance = 0.0
  private var squaredErrorVariance = 0.0

  /// Metrics by replicate.
  struct Replicates {
    var averagePrecision: [Double]
    var meanLogLoss: [Double]
    var meanSquaredError: [Double]
  }

  init(_ arm: ArmStatistics, bins: Int) {
    let losses = BinLosses.of(bins)
    var positives = 0.0
    var negatives = 0.0
    for (key, count) in zip(arm.scores.keys, arm.scores.counts) {
      if key & 1 == 1 { positives += Double(count) } else { negatives += Double(count) }
    }
    var group = (positive: Atom(), negative: Atom())
    var share = 0.0
    var place = arm.scores.keys.count
    while place > 0 {
      // Both labels of one bin belong to one group.
      let bin = arm.scores.keys[place - 1] >> 1
      while place > 0, arm.scores.keys[place - 1] >> 1 == bin {
        place -= 1
        let count = Double(arm.scores.counts[place])
        let isPositive = arm.scores.keys[place] & 1 == 1
        let p = Int(bin) < bins ? Int(bin) : bins - 1
        if isPositive {
          Self.add(count, losses.positive[p], to: &group.positive)
        } else {
          Self.add(count, losses.negative[p], to: &group.negative)
        }
        share += count / (isPositive ? positives : negatives)
      }
      if share >= 2.0 / Double(CellBootstrap.scoreGroups) || place == 0 {
        groups.append(group)
        group = (Atom(), Atom())
        share = 0
      }
    }
    scale(to: arm)
  }

  private static func add(
    _ count: Double, _ losses: (logLoss: Double, squaredError: Double), to atom: inout Atom
  ) {
    let total = atom.count + count
    atom.logLoss += (losses.logLoss - atom.logLoss) * (count / total)
    atom.squaredError += (losses.squaredError - atom.squaredError) * (count / total)
    atom.count = total
  }

  /// Brings the groups' losses to the exact sums, and finds what their squares lack.
  private mutating func scale(to arm: ArmStatistics) {
    func sum(_ value: (Atom) -> Double) -> Double {
      var sum = 0.0
      for group in groups {
        sum += group.positive.count * value(group.positive)
        sum += group.negative.count * value(group.negative)
      }
      return sum
    }
    let logLoss = sum { $0.logLoss }
    let error = sum { $0.squaredError }
    let factor = logLoss > 0 ? arm.sums[0].value / logLoss : 1
    let errorFactor = error > 0 ? arm.sums[1].value / error : 1
    for index in groups.indices {
      groups[index].positive.logLoss *= factor
      groups[index].negative.logLoss *= factor
      groups[index].positive.squaredError *= errorFactor
      groups[index].negative.squaredError *= errorFactor
    }
    logLossVariance = max(0, arm.squares[0].value - sum { $0.logLoss * $0.logLoss })
    squaredErrorVariance = max(0, arm.squares[1].value - sum { $0.squaredError * $0.squaredError })
  }

  /// The average precision of the groups themselves, rows of a group taken for ties.
  private var averagePrecision: Double {
    var (positives, rows, sum) = (0.0, 0.0, 0.0)
    for group in groups {
      positives += group.positive.count
      rows += group.positive.count + group.negative.count
      if group.positive.count > 0 { sum += group.positive.count * positives / rows }
    }
    return sum / positives
  }

  /// - Parameter exact: The average precision of the rows; NaN where undefined.
  func resample(
    _ generator: CounterGenerator, replicates count: Int, exact: Double
  ) -> Replicates {
    let empty = [Double](repeating: 0, count: count)
    var (positives, rows, precision) = (empty, empty, empty)
    var (logLoss, error) = (empty, empty)
    var (drawnPositives, drawnNegatives) = (empty, empty)
    for (place, group) in groups.enumerated() {
      let stream = CellBootstrap.scoreStream + 2 * UInt64(place)
      let (a, b) = (group.positive, group.negative)
      PoissonSampler(mean: a.count).fill(&drawnPositives, from: generator, stream: stream)
      PoissonSampler(mean: b.count).fill(&drawnNegatives, from: generator, stream: stream + 1)
      for index in 0..<count {
        let (p, q) = (drawnPositives[index], drawnNegatives[index])
        positives[index] += p
        rows[index] += p + q
        precision[index] += p > 0 ? p * positives[index] / rows[index] : 0
        logLoss[index] += p * a.logLoss + q * b.logLoss
        error[index] += p * a.squaredError + q * b.squaredError
      }
    }
    let shift = exact - averagePrecision
    let logLossDeviation = logLossVariance.squareRoot()
    let errorDeviation = squaredErrorVariance.squareRoot()
    for index in 0..<count {
      precision[index] = precision[index] / positives[index] + shift
      let further = logLossDeviation * Self.normal(generator, 0, index)
      logLoss[index] = max(0, (logLoss[index] + further) / rows[index])
      let furtherError = errorDeviation * Self.normal(generator, 1, index)
      error[index] = max(0, (error[index] + furtherError) / rows[index])
    }
    return Replicates(
      averagePrecision: precision, meanLogLoss: logLoss, meanSquaredError: error)
  }

  /// A standard normal deviate of a replicate.
  static func normal(_ generator: CounterGenerator, _ place: UInt64, _ replicate: Int) -> Double {
    let position = (CellBootstrap.normalStream + place) << 32 | UInt64(replicate) << 12
    // The middle of one of 2⁵² equal steps: never 0 or 1.
    let step = Double(generator.bits(at: position) >> 12) + 0.5
    return NormalDistribution.quantile(step * 0x1p-52)
  }
}

/// The losses of a row whose score is in the middle of a histogram bin, by label.
private struct BinLosses: Sendable {
  var positive: [(logLoss: Double, squaredError: Double)]
  var negative: [(logLoss: Double, squaredError: Double)]

  private static let usual = BinLosses(StatisticsShape.binaryBins)

  static func of(_ bins: Int) -> BinLosses {
    bins == StatisticsShape.binaryBins ? usual : BinLosses(bins)
  }

  init(_ bins: Int) {
    let middles = (0..<bins).map { (Double($0) + 0.5) / Double(bins) }
    positive = middles.map { (-PortableMath.log($0), (1 - $0) * (1 - $0)) }
    negative = middles.map { (-PortableMath.log(1 - $0), $0 * $0) }
  }
}
