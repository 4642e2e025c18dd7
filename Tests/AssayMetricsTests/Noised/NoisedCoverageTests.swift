import AssayRuns
import AssayStatistics
import Testing

@testable import AssayMetrics

/// How often intervals from noised counts hold the truth, in worlds whose truth is known.
///
/// Scores are whole 1/64 plus a half, so that bins and rows agree; a label is 1 with probability equal to
/// the score, or to a bent function of it. The truth of every metric is that of the law, computed from it
/// directly. The seed is fixed; 200 draws of rows and noise.
@Suite("Coverage of intervals from noised counts")
struct NoisedCoverageTests {
  struct World {
    /// Probability of each of 64 scores.
    var scores: [Double]
    /// Probability of label 1 at each.
    var labels: [Double]

    static let even = World(
      scores: Array(repeating: 1 / 64, count: 64), labels: (0..<64).map { (Double($0) + 0.5) / 64 })
    /// Few positives and a good model.
    static let rare = World(
      scores: (0..<64).map { $0 < 32 ? 0.9 / 32 : 0.1 / 32 },
      labels: (0..<64).map { $0 < 32 ? 0.01 : 0.7 })

    /// Expected rows of a key, of one.
    func share(_ bin: Int, _ label: Int) -> Double {
      scores[bin] * (label == 1 ? labels[bin] : 1 - labels[bin])
    }

    /// The truth of a metric, from the definition.
    func truth(_ id: String) -> Double {
      var t = [0.0, 0.0, 0.0, 0.0]
      for bin in 0..<64 {
        for label in 0..<2 { t[2 * label + (bin >= 32 ? 1 : 0)] += share(bin, label) }
      }
      let (tn, fp, fn, tp) = (t[0], t[1], t[2], t[3])
      switch id {
      case "accuracy": return tp + tn
      case "balanced_accuracy": return (tp / (tp + fn) + tn / (tn + fp)) / 2
      case "precision": return tp / (tp + fp)
      case "recall": return tp / (tp + fn)
      case "specificity": return tn / (tn + fp)
      case "f1": return 2 * tp / (2 * tp + fp + fn)
      case "selection_rate": return tp + fp
      case "base_rate": return tp + fn
      case "matthews_corrcoef":
        return (tp * tn - fp * fn) / ((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)).squareRoot()
      case "cohen_kappa":
        let chance = (tp + fp) * (tp + fn) + (tn + fp) * (tn + fn)
        return (tp + tn - chance) / (1 - chance)
      case "roc_auc":
        var (area, below) = (0.0, 0.0)
        for bin in 0..<64 {
          area += share(bin, 1) * (below + share(bin, 0) / 2)
          below += share(bin, 0)
        }
        return area / ((tp + fn) * (tn + fp))
      case "brier_score":
        return (0..<64).reduce(0.0) { sum, bin in
          let s = (Double(bin) + 0.5) / 64
          return sum + share(bin, 1) * (1 - s) * (1 - s) + share(bin, 0) * s * s
        }
      case "mean_score":
        return (0..<64).reduce(0.0) { $0 + scores[$1] * (Double($1) + 0.5) / 64 }
      default: return .nan
      }
    }

    /// A table of rows, in one group of two.
    func table(rows: Int, key: UInt64) -> ScoredTable {
      let generator = CounterGenerator(seed: key, stream: 77)
      var scores: [Double] = []
      var labels: [Int32] = []
      for row in 0..<rows {
        var u = generator.uniform(at: UInt64(3 * row))
        var bin = 0
        while bin < 63, u >= self.scores[bin] {
          u -= self.scores[bin]
          bin += 1
        }
        scores.append((Double(bin) + 0.5) / 64)
        labels.append(generator.uniform(at: UInt64(3 * row + 1)) < self.labels[bin] ? 1 : 0)
      }
      let group = GroupColumn(
        name: "g",
        values: (0..<rows).map { generator.uniform(at: UInt64(3 * $0 + 2)) < 0.4 ? "a" : "b" })
      // The second arm shifts every score by two bins: it shares the labels.
      return ScoredTable(
        task: .binary, labels: labels,
        arms: [
          ScoredArm(name: "one", seeds: [.init(seed: nil, scores: scores)]),
          ScoredArm(
            name: "two",
            seeds: [.init(seed: nil, scores: scores.map { min(63.5 / 64, $0 + 2 / 64) })]),
        ], sensitive: [group])
    }
  }

  static let metrics = [
    "accuracy", "balanced_accuracy", "precision", "recall", "specificity", "f1", "selection_rate",
    "base_rate", "matthews_corrcoef", "cohen_kappa", "roc_auc", "brier_score", "mean_score",
  ]

  @Test(
    "intervals hold the truth at least as often as they say",
    arguments: [(0, 2_000, 2.0), (0, 600, 1.0), (0, 5_000, 8.0), (1, 2_000, 1.0), (1, 8_000, 4.0)])
  func coverage(world: Int, rows: Int, multiplier: Double) throws {
    let law = world == 0 ? World.even : World.rare
    var options = EvaluationOptions()
    options.minimumCount = 1
    let draws = 200
    var held: [String: (hits: Int, total: Int)] = [:]
    func note(_ id: String, _ interval: Interval?, _ truth: Double) {
      guard let interval else { return }
      held[id, default: (0, 0)].total += 1
      if interval.low <= truth, truth <= interval.high { held[id, default: (0, 0)].hits += 1 }
    }
    for draw in 0..<draws {
      var request = try NoisedWorld.request(multiplier, seed: UInt64(draw))
      request.groups = [(column: "g", names: ["a", "b"])]
      let statistics = try NoisedWorld.release(
        law.table(rows: rows, key: UInt64(1_000 * world + draw)), request)
      let result = evaluate(statistics, options: options)
      for metric in result.arms[0].overall {
        note(metric.id, metric.estimate.interval, law.truth(metric.id))
      }
      // Labels do not depend on the group: every disparity is 0.
      for metric in result.arms[0].fairness[0].metrics
      where metric.id == "demographic_parity_difference" || metric.id == "equalized_odds_difference"
      {
        note(metric.id, metric.estimate.interval, 0)
      }
      // The second arm's base rate and labels are the first's; its selection rate has two bins more.
      for metric in result.comparisons[0].overall where metric.id == "selection_rate" {
        note("difference", metric.estimate.interval, law.scores[30] + law.scores[31])
      }
    }
    // 0.95 less 3 standard errors of a share of 200 draws: 0.904.
    for id in Self.metrics + ["difference", "demographic_parity_difference"] {
      guard let (hits, total) = held[id] else {
        // Only what the noise hides may be without a value.
        #expect(world == 1 || id == "demographic_parity_difference", "\(id) is never defined")
        continue
      }
      if total < 100 { continue }
      let share = Double(hits) / Double(total)
      #expect(share >= 0.95 - 3 * (0.95 * 0.05 / Double(total)).squareRoot(), "\(id): \(share)")
    }
  }

  @Test("without much noise, values are those of the rows and intervals are no narrower")
  func little() throws {
    let table = World.even.table(rows: 3_000, key: 5)
    var request = try NoisedWorld.request(0.05)
    request.groups = [(column: "g", names: ["a", "b"])]
    let noised = evaluate(
      try NoisedWorld.release(table, request), options: EvaluationOptions())
    let exact = evaluate(table, options: EvaluationOptions())
    for id in Self.metrics {
      let ours = try #require(noised.arms[0].overall[id])
      let theirs = try #require(exact.arms[0].overall[id])
      let (a, b) = (try #require(ours.value), try #require(theirs.value))
      // Noise of σ = 0.05 is 0 in every count; scores stand in the middle of their bins.
      #expect(abs(a - b) < 1e-12, "\(id)")
      let (mine, rows) = (try #require(ours.interval), try #require(theirs.interval))
      if id == "matthews_corrcoef" || id == "cohen_kappa" { continue }  // rows: bootstrap
      #expect(mine.low <= rows.low + 1e-9 && mine.high >= rows.high - 1e-9, "\(id)")
    }
    for id in ["log_loss", "average_precision", "ks_statistic", "expected_calibration_error"] {
      #expect(noised.arms[0].overall[id]?.reason?.isEmpty == false, "\(id)")
      #expect(noised.arms[0].overall[id]?.value == nil, "\(id)")
    }
    // Fairness is that of the rows, within an interval that holds it.
    for metric in noised.arms[0].fairness[0].metrics {
      guard let value = metric.estimate.value else { continue }
      let theirs = exact.arms[0].fairness[0].metric(metric.id)?.estimate.value
      #expect(abs(value - (theirs ?? .nan)) < 1e-12, "\(metric.id)")
    }
    #expect(noised.arms[0].fairness[0].metric("equalized_odds_difference")?.highest != nil)
    #expect(noised.comparisons[0].mcNemarP == nil)
  }

  @Test("what noise hides is undefined with the reason, and small noised cells are suppressed")
  func hidden() throws {
    let table = World.even.table(rows: 60, key: 9)
    var request = try NoisedWorld.request(20)
    request.groups = [(column: "g", names: ["a", "b", "nobody"])]
    let result = evaluate(
      try NoisedWorld.release(table, request), options: EvaluationOptions())
    for metric in result.arms[0].overall {
      #expect(metric.estimate.value == nil, "\(metric.id)")
      let reason = metric.estimate.reason ?? ""
      #expect(
        reason.contains("noise") || reason.contains("suppressed") || reason.contains("sums"),
        "\(metric.id): \(reason)")
    }
    // A group without rows has noise of about 0 rows: below 20 it is suppressed, else the noise hides it.
    var little = try NoisedWorld.request(1)
    little.groups = request.groups
    let other = evaluate(
      try NoisedWorld.release(World.even.table(rows: 2_000, key: 9), little),
      options: EvaluationOptions())
    let nobody = try #require(other.arms[0].sensitive[0].group("nobody"))
    #expect(nobody.metrics["accuracy"]?.value == nil)
    #expect(other.arms[0].fairness[0].metrics[0].leftOut.map(\.group) == ["nobody"])
    #expect(other.arms[0].fairness[0].metrics[0].estimate.value != nil)
  }
}
