import AssayStatistics

/// How one metric of one arm spreads over clients, each client counting once.
///
/// The metric is `accuracy`, or `mean_absolute_error` for regressions. A client's value is its mean
/// over seeds. Clients below a minimum, or without a value, take no part and are counted.
public struct ClientSummary: Hashable, Sendable {
  /// The metric's id.
  public var metric: String
  /// Clients that took part.
  public var clients: Int
  /// Clients that did not, for want of rows or labels.
  public var leftOut: Int
  /// Mean over clients; the count of all these estimates is clients.
  public var mean: Estimate
  /// Standard deviation over clients, divisor `clients`.
  public var standardDeviation: Estimate
  /// 10th percentile of accuracies (90th of errors), linear between neighbours as in numpy.
  public var worstDecile: Estimate
  /// Mean of the worst tenth of clients, at least one: `⌈0.1 K⌉`.
  public var worstTenthMean: Estimate
  /// The worst client's value.
  public var worst: Estimate
  /// The best client's value.
  public var best: Estimate
  /// The worst client's name; the first of equals.
  public var worstClient: String?

  /// - Parameter values: Name and value of every client; `nil` where it takes no part.
  init(metric: String, values: [(name: String, value: Double?)], lowerIsBetter: Bool) {
    self.metric = metric
    let named = values.compactMap { entry in entry.value.map { (name: entry.name, value: $0) } }
    let count = named.count
    clients = count
    leftOut = values.count - count
    let sorted = named.map(\.value).sorted()
    func estimate(_ value: Double) -> Estimate {
      count == 0
        ? .undefined(reason: "no client with enough rows", count: 0)
        : .defined(value: value, interval: nil, count: count)
    }
    let moments = Moments(sorted)
    mean = estimate(moments.mean)
    standardDeviation = estimate(
      (moments.squaredDeviations / Double(max(1, count))).squareRoot())
    worstDecile = estimate(RankMetrics.quantile(lowerIsBetter ? 0.9 : 0.1, of: sorted))
    let tenth = (count + 9) / 10
    let tail = lowerIsBetter ? Array(sorted.suffix(tenth)) : Array(sorted.prefix(tenth))
    worstTenthMean = estimate(Moments(tail).mean)
    let worstValue = (lowerIsBetter ? sorted.last : sorted.first) ?? .nan
    worst = estimate(worstValue)
    best = estimate((lowerIsBetter ? sorted.first : sorted.last) ?? .nan)
    worstClient = named.first { $0.value == worstValue }?.name
  }
}
