import AssayRuns
import AssayStatistics

/// Fairness of one arm over the groups of one column, from noised counts.
///
/// Every rate of every group has an interval that holds it together with all others (Bonferroni), and a
/// disparity lies between the least and the most that these intervals allow. So the interval covers at
/// least as often as it says, whatever the number of groups; it is wide.
struct NoisedFairness {
  let evaluator: NoisedEvaluator
  let column: StatisticsShape.Column
  let arm: Int
  let suppressed: [String?]

  /// One group's rate.
  private struct Rate {
    var name: String
    var value: Double
    var low: Double
    var high: Double
    var count: Int
  }

  func measure() -> ColumnFairness {
    let places = evaluator.places(of: column).filter {
      evaluator.options.includeMissing || evaluator.keys[$0].groups != [.missing]
    }
    return ColumnFairness(
      column: column.shown, missingRows: nil,
      metrics: FairnessMetric.all.filter { $0.tasks.contains(.binary) }.map {
        self.metric($0, places)
      }, selectionRateTest: nil)
  }

  private func metric(_ metric: FairnessMetric, _ places: [Int]) -> FairnessResult {
    func undefined(_ reason: String, _ leftOut: [FairnessResult.LeftOut] = []) -> FairnessResult {
      FairnessResult(
        id: metric.id, estimate: .undefined(reason: reason, count: nil), perSeed: [nil],
        leftOut: leftOut)
    }
    switch metric.kind {
    case .differenceToOverall, .ratioToOverall, .inequality:
      return undefined(NoisedEvaluator.needsGroups)
    default: break
    }
    let definitions = metric.rates.compactMap { MetricCatalogue.metric($0) }
    guard definitions.count == metric.rates.count else {
      return undefined(NoisedEvaluator.needsGroups)
    }
    var leftOut: [FairnessResult.LeftOut] = []
    var rates: [[Rate]] = definitions.map { _ in [] }
    let options = evaluator.options
    let share = (1 - options.safeConfidence) / Double(max(1, places.count * definitions.count))
    let quantile = NormalDistribution.quantile(1 - share / 2)
    for place in places {
      let name = evaluator.keys[place].shown
      if let reason = suppressed[place] {
        leftOut.append(.init(group: name, reason: reason))
        continue
      }
      let cell = evaluator.cell(arm: arm, place: place, confidence: 1 - share)
      for (index, definition) in definitions.enumerated() {
        let figure = evaluator.figure(definition, cell)
        if let reason = figure.reason {
          if !leftOut.contains(where: { $0.group == name }) {
            leftOut.append(.init(group: name, reason: reason))
          }
          continue
        }
        let ends = figure.ends(quantile, definition.range)
        rates[index].append(
          Rate(
            name: name, value: figure.value(definition.range), low: ends.low, high: ends.high,
            count: figure.count ?? 0))
      }
    }
    guard rates.allSatisfy({ $0.count >= 2 }) else {
      return undefined("fewer than two groups with a rate", leftOut)
    }
    return result(metric, rates, leftOut)
  }

  private func result(
    _ metric: FairnessMetric, _ rates: [[Rate]], _ leftOut: [FairnessResult.LeftOut]
  ) -> FairnessResult {
    let extremes = rates.map { list in
      (highest: list.map(\.value).max() ?? .nan, lowest: list.map(\.value).min() ?? .nan)
    }
    let value = metric.value(extremes, isFairlearn: false)
    guard value.isFinite else {
      return FairnessResult(
        id: metric.id, estimate: .undefined(reason: "the highest rate is 0", count: nil),
        perSeed: [nil], leftOut: leftOut)
    }
    let ends = rates.map { Self.ends(metric.kind, $0) }
    let (low, high) = Self.joined(metric.kind, ends)
    let ruling =
      rates.indices.max { a, b in
        extremes[a].highest - extremes[a].lowest < extremes[b].highest - extremes[b].lowest
      } ?? 0
    let list = rates[ruling]
    return FairnessResult(
      id: metric.id,
      estimate: .defined(
        value: value,
        interval: Interval(
          low: max(metric.range.lowerBound, min(low, value)),
          high: min(metric.range.upperBound, max(high, value)), method: .noised,
          confidence: evaluator.options.safeConfidence,
          note: "\(NoisedEvaluator.note); simultaneous over groups (Bonferroni)"),
        count: list.reduce(0) { $0 + $1.count }), perSeed: [value], leftOut: leftOut,
      highest: list.max { $0.value < $1.value }?.name,
      lowest: list.min { $0.value < $1.value }?.name, rate: metric.rates[ruling])
  }

  /// The least and the most that the groups' intervals allow.
  private static func ends(
    _ kind: FairnessMetric.Kind, _ list: [Rate]
  ) -> (low: Double, high: Double) {
    switch kind {
    case .lowest:
      return (list.map(\.low).min() ?? .nan, list.map(\.high).min() ?? .nan)
    case .highest:
      return (list.map(\.low).max() ?? .nan, list.map(\.high).max() ?? .nan)
    case .ratio, .ratioToOverall:
      var (low, high) = (1.0, 1.0)
      for (i, a) in list.enumerated() {
        for (j, b) in list.enumerated() where i != j {
          if b.high > 0 { low = min(low, a.low / b.high) } else { low = 0 }
          if b.low > 0 { high = min(high, a.high / b.low) }
        }
      }
      return (low, high)
    case .difference, .meanDifference, .differenceToOverall, .inequality:
      var (low, high) = (0.0, 0.0)
      for (i, a) in list.enumerated() {
        for (j, b) in list.enumerated() where i != j {
          low = max(low, a.low - b.high)
          high = max(high, a.high - b.low)
        }
      }
      return (low, high)
    }
  }

  private static func joined(
    _ kind: FairnessMetric.Kind, _ ends: [(low: Double, high: Double)]
  ) -> (low: Double, high: Double) {
    let lows = ends.map(\.low)
    let highs = ends.map(\.high)
    switch kind {
    case .meanDifference:
      return (
        lows.reduce(0, +) / Double(lows.count), highs.reduce(0, +) / Double(highs.count)
      )
    case .ratio, .ratioToOverall: return (lows.min() ?? .nan, highs.min() ?? .nan)
    default: return (lows.max() ?? .nan, highs.max() ?? .nan)
    }
  }
}
