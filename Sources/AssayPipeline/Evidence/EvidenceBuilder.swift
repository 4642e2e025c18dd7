import AssayEvidence
import AssayStatistics

/// Collects facts in order; each id stands once.
struct EvidenceBuilder {
  private(set) var evidence: [Evidence] = []
  /// Curves that come with facts.
  var series: [Series] = []
  private var seen = Set<EvidenceID>()

  /// Adds a fact. A second fact of the same id would make one of them unreachable.
  mutating func add(_ item: Evidence) {
    precondition(seen.insert(item.id).inserted, "evidence id '\(item.id)' stands twice")
    evidence.append(item)
  }

  /// Whether a fact of that id was added.
  func contains(_ id: EvidenceID) -> Bool { seen.contains(id) }

  /// The fact of that id.
  func find(_ id: EvidenceID) -> Evidence? {
    contains(id) ? evidence.first { $0.id == id } : nil
  }

  /// Adds an exact count.
  mutating func count(
    _ metric: String, _ arm: String, _ title: String, _ value: Int, scope: String = "overall",
    source: Evidence.Source, note: String? = nil
  ) {
    add(
      Evidence(
        id: EvidenceID(metric, arm: arm, scope: scope), title: title, unit: .count,
        result: .count(value), source: source, note: note))
  }

  /// Adds a number that was set or counted.
  mutating func quantity(
    _ metric: String, _ arm: String, _ title: String, _ value: Double, _ unit: ValueUnit,
    source: Evidence.Source, note: String? = nil
  ) {
    add(
      Evidence(
        id: EvidenceID(metric, arm: arm), title: title, unit: unit, result: .quantity(value),
        source: source, note: note))
  }

  /// Adds a yes or no.
  mutating func flag(
    _ metric: String, _ arm: String, _ title: String, _ value: Bool, source: Evidence.Source,
    note: String? = nil
  ) {
    add(
      Evidence(
        id: EvidenceID(metric, arm: arm), title: title, unit: .text, result: .flag(value),
        source: source, note: note))
  }

  /// Adds words.
  mutating func text(
    _ metric: String, _ arm: String, _ title: String, _ value: String, source: Evidence.Source
  ) {
    add(
      Evidence(
        id: EvidenceID(metric, arm: arm), title: title, unit: .text, result: .text(value),
        source: source))
  }

  /// Adds a gap: a fact that somebody will look for and that is not there.
  mutating func missing(
    _ metric: String, _ arm: String, _ title: String, _ reason: String, unit: ValueUnit = .text,
    source: Evidence.Source
  ) {
    add(
      Evidence(
        id: EvidenceID(metric, arm: arm), title: title, unit: unit,
        result: .missing(reason: reason), source: source))
  }

  /// Adds a proportion with its Wilson interval.
  mutating func proportion(
    _ metric: String, _ arm: String, _ title: String, _ successes: Int, of count: Int,
    source: Evidence.Source, note: String? = nil
  ) {
    let estimate: Estimate
    if count > 0 {
      estimate = .defined(
        value: Double(successes) / Double(count),
        interval: Wilson.interval(successes: successes, count: count), count: count)
    } else {
      estimate = .undefined(reason: "nothing to count", count: 0)
    }
    add(
      Evidence(
        id: EvidenceID(metric, arm: arm), title: title, unit: .fraction,
        result: .estimate(estimate), source: source, note: note))
  }
}

/// The Wilson score interval at 95 %.
private enum Wilson {
  /// Source: Wilson 1927; z is the 97.5 % quantile of the normal distribution.
  static func interval(successes: Int, count: Int) -> Interval {
    let z = 1.959963984540054
    let n = Double(count)
    let p = Double(successes) / n
    let center = p + z * z / (2 * n)
    let half = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    let scale = 1 + z * z / n
    return Interval(
      low: max(0, (center - half) / scale), high: min(1, (center + half) / scale),
      method: .wilson, confidence: 0.95)
  }
}
