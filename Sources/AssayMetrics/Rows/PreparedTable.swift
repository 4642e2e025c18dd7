import AssayFiles
import AssayRuns
import AssayStatistics

/// A table with predictions, losses and score ranks worked out once for every arm and seed.
struct PreparedTable: Sendable {
  let task: PredictionTask
  let layout: TotalsLayout
  let rowCount: Int
  /// Label of every row, −1 where missing; for regression 0 and −1.
  let labels: [Int32]
  let targets: [Double]
  /// Mean target, from which sums of targets are taken.
  let targetOrigin: Double
  let arms: [PreparedArm]

  var isRegression: Bool { task == .regression }

  /// Whether all columns have one value per row; otherwise nothing can be measured.
  static func isConsistent(_ table: ScoredTable) -> Bool {
    let rows = table.rowCount
    let columns = table.segments + table.sensitive + (table.client.map { [$0] } ?? [])
    return columns.allSatisfy { $0.codes.count == rows }
      && table.arms.allSatisfy { arm in
        !arm.seeds.isEmpty
          && arm.seeds.allSatisfy { seed in
            seed.scores.count == rows * table.task.scoresPerRow
              && (seed.predictions.map { $0.count == rows } ?? true)
          }
      } && (table.task == .regression || table.task.classCount >= 2)
  }

  /// - Parameter isRanked: Whether scores are ranked; counting needs no ranks.
  init(_ table: ScoredTable, options: EvaluationOptions, isRanked: Bool = true) {
    task = table.task
    let task = table.task
    rowCount = table.rowCount
    let isRegression = table.task == .regression
    layout = TotalsLayout(
      classes: isRegression ? 1 : table.task.classCount, isRegression: isRegression)
    targets = isRegression ? table.targets : []
    targetOrigin = Moments(targets.lazy.filter { $0.isFinite }).mean
    let labels =
      isRegression
      ? table.targets.map { $0.isNaN ? Int32(-1) : 0 }
      : table.labels.map { $0 < Int32(clamping: task.classCount) ? max(-1, $0) : -1 }
    self.labels = labels
    let jobs = table.arms.enumerated().flatMap { arm, value in
      value.seeds.indices.map { (arm, $0) }
    }
    let seeds = OrderedJobs.results(count: jobs.count, threads: options.threads) { index in
      PreparedSeed(
        table.arms[jobs[index].0].seeds[jobs[index].1], labels: labels, task: task,
        threshold: options.threshold, isRanked: isRanked)
    }
    arms = table.arms.enumerated().map { arm, value in
      PreparedArm(
        name: value.name, seedNumbers: value.seeds.map(\.seed),
        seeds: zip(jobs, seeds).filter { $0.0.0 == arm }.map(\.1))
    }
  }
}

/// One arm, prepared.
struct PreparedArm: Sendable {
  let name: String
  let seedNumbers: [Int?]
  let seeds: [PreparedSeed]
}

/// One seed's scores, prepared.
struct PreparedSeed: Sendable {
  /// Predictions and losses of a classifier.
  let rows: ClassifiedRows
  /// Predictions of a regression.
  let predictions: [Double]
  /// Rank of every row's score, equal scores alike: one list (binary), one per class (multiclass),
  /// of the absolute error (regression).
  let ranks: [[UInt32]]

  /// Log loss sees no probability below this.
  static let leastProbability = 2.220446049250313e-16

  init(
    _ seed: ScoredArm.Seed, labels: [Int32], task: PredictionTask, threshold: Double,
    isRanked: Bool = true
  ) {
    switch task {
    case .regression:
      rows = ClassifiedRows(classCount: 1)
      predictions = seed.scores
      ranks = []
    case .binary:
      predictions = []
      rows = Self.binary(seed, labels: labels, threshold: threshold)
      ranks = isRanked ? [ScoreRanks.ranks(of: seed.scores)] : []
    case .multiclass(let classes):
      predictions = []
      rows = Self.multiclass(seed, labels: labels, classes: classes)
      ranks = (0..<(isRanked ? classes : 0)).map { k in
        ScoreRanks.ranks(of: labels.indices.map { seed.scores[$0 * classes + k] })
      }
    }
  }

  /// `−ln p`, `p` clipped.
  private static func logLoss(_ probability: Double) -> Double {
    -PortableMath.log(max(leastProbability, min(1 - leastProbability, probability)))
  }

  static func bin(_ score: Double, of bins: Int) -> Int {
    let position = score * Double(bins)
    return position >= 0 ? (position >= Double(bins) ? bins - 1 : Int(position)) : 0
  }

  private static func binary(
    _ seed: ScoredArm.Seed, labels: [Int32], threshold: Double
  ) -> ClassifiedRows {
    var rows = ClassifiedRows(classCount: 2)
    rows.reserve(labels.count)
    for (row, label) in labels.enumerated() {
      let score = seed.scores[row]
      var prediction = score >= threshold ? 1 : 0
      if let stated = seed.predictions?[row], stated == 0 || stated == 1 {
        prediction = Int(stated)
      }
      let ofTruth = label == 1 ? score : 1 - score
      let error = score - (label == 1 ? 1 : 0)
      var flags: ClassifiedRows.Flags = [.topTwo]
      if label == 1 { flags.insert(.outcome) }
      if ofTruth < leastProbability { flags.insert(.clipped) }
      rows.append(
        label: Int(label), prediction: prediction, logLoss: label < 0 ? 0 : logLoss(ofTruth),
        squaredError: error * error, bin: bin(score, of: CalibrationError.binaryBins),
        score: score, flags: flags)
    }
    return rows
  }

  private static func multiclass(
    _ seed: ScoredArm.Seed, labels: [Int32], classes: Int
  ) -> ClassifiedRows {
    var rows = ClassifiedRows(classCount: classes)
    rows.reserve(labels.count)
    for (row, label) in labels.enumerated() {
      let base = row * classes
      var top = 0
      for k in 1..<classes where seed.scores[base + k] > seed.scores[base + top] { top = k }
      var prediction = top
      if let stated = seed.predictions?[row], stated >= 0, Int(stated) < classes {
        prediction = Int(stated)
      }
      let highest = seed.scores[base + top]
      var flags: ClassifiedRows.Flags = []
      var error = 0.0
      var loss = 0.0
      if label >= 0 {
        let truth = Int(label)
        let ofTruth = seed.scores[base + truth]
        var ahead = 0
        for k in 0..<classes {
          let score = seed.scores[base + k]
          if score > ofTruth || (score == ofTruth && k > truth) { ahead += 1 }
          let difference = score - (k == truth ? 1 : 0)
          error += difference * difference
        }
        for (k, flag) in ClassifiedRows.Flags.top.enumerated() where ahead <= k {
          flags.insert(flag)
        }
        if ofTruth < leastProbability { flags.insert(.clipped) }
        if prediction == truth { flags.insert(.outcome) }
        loss = logLoss(ofTruth)
      }
      rows.append(
        label: Int(label), prediction: prediction, logLoss: loss, squaredError: error,
        bin: bin(highest, of: CalibrationError.multiclassBins), score: highest, flags: flags)
    }
    return rows
  }
}
