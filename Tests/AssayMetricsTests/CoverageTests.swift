import AssayMetrics
import AssayRuns
import AssayStatistics
import Testing

/// Small versions of the simulations behind the table in Docs/Metrics.md, with limits wide enough for
/// chance and narrow enough for a broken interval.
@Suite("Intervals cover the truth in simulated worlds")
struct CoverageTests {
  private static func options(_ world: Int, replicates: Int = 200) -> EvaluationOptions {
    var options = EvaluationOptions()
    options.minimumCount = 1
    options.replicates = replicates
    options.seed = UInt64(world)
    return options
  }

  /// Covered intervals by metric and method, and how many there were.
  private func count(
    worlds: Int, table: (Int) -> ScoredTable,
    _ truths: (first: [String: Double], second: [String: Double])
  ) -> [String: (covered: Int, total: Int)] {
    var counts: [String: (covered: Int, total: Int)] = [:]
    func add(_ key: String, _ low: Double, _ high: Double, _ truth: Double) {
      var entry = counts[key] ?? (0, 0)
      if low <= truth, truth <= high { entry.covered += 1 }
      entry.total += 1
      counts[key] = entry
    }
    for world in 0..<worlds {
      let evaluation = evaluate(table(world), options: Self.options(world))
      for result in evaluation.arms[0].overall {
        guard let truth = truths.first[result.id], let interval = result.estimate.interval else {
          continue
        }
        add("\(result.id) \(interval.method.rawValue)", interval.low, interval.high, truth)
        if let adjusted = interval.adjusted {
          add("\(result.id) adjusted", adjusted.low, adjusted.high, truth)
        }
      }
      for result in evaluation.comparisons[0].overall {
        guard let a = truths.first[result.id], let b = truths.second[result.id],
          let interval = result.estimate.interval
        else { continue }
        add(
          "\(result.id) \(interval.method.rawValue) difference", interval.low, interval.high, b - a)
      }
    }
    return counts
  }

  // Of 60 at 95 %: mean 57, standard deviation 1.7. Four of them below: 50.
  @Test("independent rows: Wilson, DeLong, bootstrap and paired differences")
  func rows() {
    let world = BinaryWorld(base: 0.3, rows: 300)
    let counts = count(worlds: 60, table: { world.table(world: $0) }, world.truths)
    for key in [
      "accuracy wilson", "recall wilson", "precision wilson", "roc_auc delong",
      "f1 wilson", "balanced_accuracy wilson", "log_loss bootstrap", "brier_score bootstrap",
      "average_precision bootstrap", "recall paired-score difference", "roc_auc delong difference",
      "log_loss paired difference", "f1 paired-smoothed difference", "roc_auc adjusted",
    ] {
      let found = counts[key]
      #expect((found?.covered ?? 0) >= 50, "\(key): \(found?.covered ?? 0) of 60")
      #expect(found?.total == 60, "\(key)")
    }
    // Intervals that hold everything would be no use: all of 60 for every metric is no chance.
    #expect(counts.values.contains { $0.covered < 60 })
  }

  @Test("42 unequal clients: the clustered interval, and the adjusted one that covers better")
  func clients() {
    let world = BinaryWorld(
      base: 0.3, clientVariance: 0.2, clients: .unequal(42, meanRows: 25))
    let counts = count(worlds: 60, table: { world.table(world: $0) }, world.truths)
    for key in [
      "accuracy clustered", "roc_auc clustered", "log_loss clustered",
      "accuracy clustered difference",
    ] {
      #expect((counts[key]?.covered ?? 0) >= 45, "\(key): \(counts[key]?.covered ?? 0) of 60")
    }
    for key in ["accuracy adjusted", "recall adjusted", "roc_auc adjusted", "f1 adjusted"] {
      #expect((counts[key]?.covered ?? 0) >= 50, "\(key): \(counts[key]?.covered ?? 0) of 60")
    }
  }

  @Test("numbers: bootstrap and paired differences of errors")
  func numbers() {
    let world = OtherWorld(rows: 250)
    let counts = count(
      worlds: 60, table: { world.regression(world: $0) }, world.regressionTruths)
    for (key, entry) in counts {
      #expect(entry.covered >= 49, "\(key): \(entry.covered) of \(entry.total)")
    }
    #expect(counts.count >= 10)
  }

  // Recentred percentiles of the maximum covered 8 of 150 such worlds.
  @Test(
    "the largest gap over groups, when all are equal and when one is apart",
    arguments: [0.3, 0.6])
  func groups(first: Double) {
    let world = GroupWorld(
      groups: (0..<8).map { (rate: $0 == 0 ? first : 0.3, rows: 60) })
    var covered = (0, 0)
    var bias = (0.0, 0.0)
    for index in 0..<50 {
      let column = evaluate(world.table(world: index), options: Self.options(index)).arms[0]
        .fairness[0]
      guard let metric = column.metric("demographic_parity_difference"),
        let ratio = column.metric("demographic_parity_ratio"), let value = metric.estimate.value,
        let interval = metric.estimate.interval, let corrected = metric.biasCorrected,
        let ratioInterval = ratio.estimate.interval
      else {
        Issue.record("no interval")
        return
      }
      if interval.low <= world.difference, world.difference <= interval.high { covered.0 += 1 }
      if ratioInterval.low <= world.ratio, world.ratio <= ratioInterval.high { covered.1 += 1 }
      bias.0 += (value - world.difference) / 50
      bias.1 += (corrected - world.difference) / 50
      #expect((metric.highest == "g0") == true || first == 0.3 || value < 0.5)
      #expect(first == 0.6 || interval.note?.contains("bias_corrected") == true)
    }
    #expect(covered.0 >= 42 && covered.1 >= 42, "\(covered) of 50")
    #expect(bias.0 > 0 && abs(bias.1) < bias.0, "\(bias)")
  }

  @Test(
    "tests against a margin are seldom wrong at the margin, and mostly right without a difference")
  func margins() {
    let margin = Margin(metric: "accuracy", value: 0.04, chosenBy: "a simulation")
    func share(_ difference: Double) -> (interval: Int, score: Int) {
      let world = MarginWorld(difference: difference, rows: 600)
      var counts = (0, 0)
      for index in 0..<150 {
        let evaluation = evaluate(
          world.table(world: index), options: Self.options(index, replicates: 0))
        guard
          let test = hypothesisTests(of: evaluation, margins: [margin]).first?.overall.margins.first
        else { continue }
        if test.verdict == .nonInferior { counts.0 += 1 }
        if (test.nonInferiorityP?.value ?? 1) <= 0.025 { counts.1 += 1 }
      }
      return counts
    }
    // 2.5 % of 150: mean 4, standard deviation 1.9. Power by the normal approximation 87 %.
    let wrong = share(-0.04)
    #expect(wrong.interval <= 12 && wrong.score <= 12, "\(wrong) of 150")
    let right = share(0)
    #expect(right.interval >= 115 && right.score >= 112, "\(right) of 150")
  }
}
