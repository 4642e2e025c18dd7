import AssayStatistics

/// The interval of a fairness metric, and the value less what chance adds to it.
///
/// Both evaluators use it, whatever their replicates come from.
struct FairnessInterval {
  /// One rate in every group.
  struct Rate {
    /// By group; NaN where undefined.
    var values: [Double]
    /// Groups that take part.
    var defined: [Bool]
    /// The rate's denominator by group.
    var trials: [Double]
    /// Whether it is a share of its denominator.
    var isProportion: Bool
    /// By group, then replicate; NaN where undefined, empty for groups that take no part.
    var replicates: [[Double]]
  }

  /// The kinds of metrics that are extremes over groups alone; others take another interval.
  static let kinds: Set<FairnessMetric.Kind> = [.difference, .ratio, .lowest, .highest]

  let metric: FairnessMetric
  let rates: [Rate]
  let isFairlearn: Bool
  /// Clients, where they are the sampled units; `nil` for rows.
  let clusterCount: Int?
  let sampleSize: Int
  let maker: IntervalMaker

  /// The text beside an interval whose extremes are not clear.
  static let unclear =
    "several groups are about as extreme, so chance makes the value too extreme; bias_corrected "
    + "takes some of that away"

  /// The interval; `nil` without replicates.
  func interval(_ value: Double, note: String?) -> Interval? {
    guard let ends = ends(), value.isFinite else { return nil }
    var note = note
    if ends.contenders > 1 { note = note.map { "\($0); \(Self.unclear)" } ?? Self.unclear }
    return Interval(
      low: max(metric.range.lowerBound, min(ends.low, value)),
      high: min(metric.range.upperBound, max(ends.high, value)),
      method: clusterCount == nil ? .bootstrap : .clusteredBootstrap,
      confidence: maker.confidence, note: note)
  }

  /// Twice the value minus the mean replicate, within the metric's range.
  ///
  /// Each replicate adds chance once more, so the mean replicate is about as far above the value as the
  /// value is above the truth. Some upward bias remains when many groups are alike.
  func biasCorrected(_ value: Double) -> Double? {
    let finite = metricReplicates.filter(\.isFinite)
    guard finite.count >= 2, value.isFinite else { return nil }
    let corrected = 2 * value - Moments(finite).mean
    return max(metric.range.lowerBound, min(metric.range.upperBound, corrected))
  }

  /// The metric in every replicate.
  var metricReplicates: [Double] {
    let count = rates.first.map(Self.replicateCount) ?? 0
    let extremes = rates.map { Self.extremes($0, count: count) }
    return (0..<count).map { replicate in
      metric.value(extremes.map { $0[replicate] }, isFairlearn: isFairlearn)
    }
  }

  private static func replicateCount(_ rate: Rate) -> Int {
    zip(rate.replicates, rate.defined).filter(\.1).map(\.0.count).min() ?? 0
  }

  private static func extremes(_ rate: Rate, count: Int) -> [(highest: Double, lowest: Double)] {
    var result = Array(
      repeating: (highest: -Double.infinity, lowest: Double.infinity), count: count)
    for (group, replicates) in rate.replicates.enumerated() where rate.defined[group] {
      for replicate in 0..<count where !replicates[replicate].isNaN {
        result[replicate].highest = max(result[replicate].highest, replicates[replicate])
        result[replicate].lowest = min(result[replicate].lowest, replicates[replicate])
      }
    }
    return result
  }

  // MARK: Ends

  private func ends() -> (low: Double, high: Double, contenders: Int)? {
    var estimates: [GroupEstimate] = []
    var candidates: [ExtremeCandidate] = []
    for rate in rates {
      let first = estimates.count
      for group in rate.values.indices where rate.defined[group] {
        guard let estimate = estimate(rate, group) else { return nil }
        estimates.append(estimate)
      }
      let members = first..<estimates.count
      if metric.kind == .lowest || metric.kind == .highest {
        candidates += members.map { ExtremeCandidate(plus: $0, minus: nil) }
      } else {
        for plus in members {
          for minus in members where plus != minus {
            candidates.append(ExtremeCandidate(plus: plus, minus: minus))
          }
        }
      }
    }
    let degrees = clusterCount.map { Double(max(1, $0 - 1)) } ?? .infinity
    guard
      let found = ExtremeInterval(
        estimates: estimates, candidates: candidates, sampleSize: clusterCount ?? sampleSize,
        degrees: degrees, isDependent: clusterCount != nil, tail: 1 - maker.upper
      ).ends
    else { return nil }
    switch metric.kind {
    case .difference: return found
    case .ratio:
      return (PortableMath.exp(-found.high), PortableMath.exp(-found.low), found.contenders)
    case .lowest: return (-found.high, -found.low, found.contenders)
    default: return found
    }
  }

  /// A group's rate on the scale on which gaps are differences: its logarithm for ratios, its negative
  /// where the lowest is the worst.
  private func estimate(_ rate: Rate, _ group: Int) -> GroupEstimate? {
    let value = rate.values[group]
    let replicates = rate.replicates[group]
    guard replicates.count >= 2, value.isFinite else { return nil }
    var deviations = replicates.map { $0.isNaN ? 0 : $0 - value }
    var replicated = 0.0
    for deviation in deviations { replicated += deviation * deviation }
    replicated /= Double(replicates.count - 1)
    let trials = rate.trials[group]
    var variance = replicated
    if let clusterCount, clusterCount > 1 {
      let stretch = Double(clusterCount) / Double(clusterCount - 1)
      variance *= stretch
      let root = stretch.squareRoot()
      for index in deviations.indices { deviations[index] *= root }
    }
    if rate.isProportion, trials > 0 {
      // One success and one failure more, so that 0 of 20 is not taken for certain (Agresti and Caffo
      // 2000, The American Statistician 54, 280–288). Clients can only add to it.
      let share = (value * trials + 1) / (trials + 2)
      let binomial = share * (1 - share) / (trials + 2)
      variance = clusterCount == nil ? binomial : max(variance, binomial)
    }
    if metric.kind == .ratio {
      // Half a success more: the logarithm of no success exists.
      let share = rate.isProportion ? (value * trials + 0.5) / (trials + 0.5) : value
      let kept = trials > 0 && share > 0 ? share : 1e-12
      for index in deviations.indices { deviations[index] /= kept }
      return GroupEstimate(
        value: PortableMath.log(kept), variance: variance / (kept * kept), deviations: deviations)
    }
    if metric.kind == .lowest {
      return GroupEstimate(value: -value, variance: variance, deviations: deviations.map { -$0 })
    }
    return GroupEstimate(value: value, variance: variance, deviations: deviations)
  }
}
