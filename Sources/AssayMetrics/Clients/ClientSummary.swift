import AssayRuns
import AssayStatistics

/// How one metric of one arm spreads over clients.
///
/// The metric is `accuracy` and `log_loss`, or `mean_absolute_error` for regressions. A client's value
/// is its mean over seeds. Clients below a minimum, or without a value, take no part and are counted.
public struct ClientSummary: Hashable, Sendable {
  /// The metric's id.
  public var metric: String
  /// Clients that took part.
  public var clients: Int
  /// Clients that did not, for want of rows or labels.
  public var leftOut: Int
  /// Every measure with each client counting once, in the order of the reference; the count of all
  /// these estimates is clients.
  public var measures: [MetricResult]
  /// The measures that can be weighted, each client weighted by its labelled rows.
  public var weighted: [MetricResult]
  /// The worst client's name; the first of equals.
  public var worstClient: String?

  /// Mean over clients.
  public var mean: Estimate { measure("mean") }
  /// Standard deviation over clients, divisor `clients`.
  public var standardDeviation: Estimate { measure("standard_deviation") }
  /// 10th percentile of accuracies (90th of errors), linear between neighbours as in numpy.
  public var worstDecile: Estimate { measure("worst_decile") }
  /// Mean of the worst tenth of clients, at least one: `⌈0.1 K⌉`.
  public var worstTenthMean: Estimate { measure("worst_tenth_mean") }
  /// The worst client's value.
  public var worst: Estimate { measure("worst") }
  /// The best client's value.
  public var best: Estimate { measure("best") }

  /// The measure of that id, each client counting once.
  public func measure(_ id: String) -> Estimate {
    measures[id] ?? .undefined(reason: "not measured", count: clients)
  }

  /// The ids of the measures with their titles, in order.
  public static let titles: [(id: String, title: String)] = ClientMeasures.all(0...1).map {
    ($0.id, $0.title)
  }

  /// Intervals by resampling clients need at least this many.
  static let minimumResampled = 10

  /// What a client contributes.
  struct Entry {
    var name: String
    /// `nil` where it takes no part.
    var value: Double?
    /// Labelled rows.
    var rows: Int
  }

  init(
    metric: MetricDefinition, entries: [Entry], intervals: IntervalMaker, seed: UInt64,
    replicates: Int
  ) {
    self.metric = metric.id
    let named = entries.compactMap { entry in
      entry.value.map { (name: entry.name, value: $0, rows: Double(max(1, entry.rows))) }
    }.enumerated().sorted {
      $0.element.value == $1.element.value
        ? $0.offset < $1.offset : $0.element.value < $1.element.value
    }.map(\.element)
    clients = named.count
    leftOut = entries.count - named.count
    let lowerIsBetter = metric.direction == .lowerIsBetter
    let worst = (lowerIsBetter ? named.last : named.first)?.value
    worstClient = entries.first { $0.value != nil && $0.value == worst }?.name
    let maker = Maker(
      values: named.map(\.value), lowerIsBetter: lowerIsBetter, range: metric.range,
      intervals: intervals, seed: seed, replicates: replicates)
    measures = maker.results(weights: named.map { _ in 1 }, weighableOnly: false)
    weighted = maker.results(weights: named.map(\.rows), weighableOnly: true)
  }
}

/// Makes the measures with their intervals.
private struct Maker {
  let values: [Double]
  let lowerIsBetter: Bool
  let range: ClosedRange<Double>
  let intervals: IntervalMaker
  let seed: UInt64
  let replicates: Int

  /// Weight changes in all replicates together, so that many clients cost no more.
  private static let budget = 2_000_000

  func results(weights: [Double], weighableOnly: Bool) -> [MetricResult] {
    let count = values.count
    let measures = ClientMeasures.all(range).filter { !weighableOnly || $0.isWeighable }
    func undefined(_ id: String, _ reason: String) -> MetricResult {
      MetricResult(id: id, estimate: .undefined(reason: reason, count: count), perSeed: [])
    }
    if count == 0 { return measures.map { undefined($0.id, "no client with enough rows") } }
    let whole = ClientMeasures(values: values, weights: weights, lowerIsBetter: lowerIsBetter)
    let samples = resampled(weights, measures)
    return measures.enumerated().map { index, measure in
      let value = measure.value(whole)
      guard value.isFinite else {
        return undefined(
          measure.id, count < 2 ? "fewer than two clients" : "every client's value is 0")
      }
      var interval: Interval?
      if measure.isResampled, !samples[index].isEmpty {
        interval = intervals.percentile(
          value, replicates: samples[index], recentred: false,
          method: .clusteredBootstrap, range: measure.range, note: nil)
      }
      return MetricResult(
        id: measure.id, estimate: .defined(value: value, interval: interval, count: count),
        perSeed: [])
    }
  }

  /// Every measure when clients are drawn again, each with a Poisson(1) weight of its own; by
  /// measure, then replicate.
  private func resampled(
    _ weights: [Double], _ measures: [ClientMeasures.Measure]
  ) -> [[Double]] {
    let count = values.count
    var samples: [[Double]] = measures.map { _ in [] }
    guard count >= ClientSummary.minimumResampled, replicates >= 2 else { return samples }
    let affordable = min(replicates, max(50, Self.budget / count))
    let generator = CounterGenerator(seed: seed, stream: 3)
    for replicate in 0..<affordable {
      let start = UInt64(replicate) * UInt64(count)
      let drawn = ClientMeasures(
        values: values,
        weights: weights.indices.map { weights[$0] * generator.poissonOne(at: start + UInt64($0)) },
        lowerIsBetter: lowerIsBetter)
      for (index, measure) in measures.enumerated() where measure.isResampled {
        samples[index].append(measure.value(drawn))
      }
    }
    return samples
  }
}

extension ClientSummary {
  /// How accuracy and log loss, or the mean absolute error, spread over the groups of a client column.
  static func summaries(
    of clients: ColumnResult, task: PredictionTask, intervals: IntervalMaker, seed: UInt64,
    replicates: Int
  ) -> [ClientSummary] {
    let ids = task == .regression ? ["mean_absolute_error"] : ["accuracy", "log_loss"]
    return ids.compactMap(MetricCatalogue.metric).map { metric in
      ClientSummary(
        metric: metric,
        entries: clients.groups.map { group in
          let estimate = group.metrics[metric.id]
          return .init(name: group.name, value: estimate?.value, rows: estimate?.count ?? 0)
        }, intervals: intervals, seed: seed, replicates: replicates)
    }
  }
}
