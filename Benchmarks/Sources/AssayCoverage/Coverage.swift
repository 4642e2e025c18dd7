import AssayMetrics
import AssayRuns
import AssayStatistics
import Dispatch
import Synchronization

/// How often intervals held the truth.
struct Coverage {
  /// By what was measured, then by kind of interval.
  private(set) var counts: [Key: (covered: Int, total: Int, width: Double)] = [:]

  struct Key: Hashable {
    var metric: String
    var method: String
  }

  mutating func add(_ metric: String, _ method: String, low: Double, high: Double, truth: Double) {
    var entry = counts[Key(metric: metric, method: method)] ?? (0, 0, 0)
    if low <= truth, truth <= high { entry.covered += 1 }
    entry.total += 1
    entry.width += high - low
    counts[Key(metric: metric, method: method)] = entry
  }

  mutating func add(_ metric: String, _ interval: Interval?, truth: Double, suffix: String = "") {
    guard let interval else { return }
    add(
      metric, interval.method.rawValue + suffix, low: interval.low, high: interval.high,
      truth: truth)
    if let adjusted = interval.adjusted {
      add(
        metric, "adjusted" + suffix, low: adjusted.low, high: adjusted.high, truth: truth)
    }
    // Whatever was used: which method it is may depend on the rows.
    add(metric, "headline" + suffix, low: interval.low, high: interval.high, truth: truth)
    let deciding = interval.deciding
    add(metric, "deciding" + suffix, low: deciding.low, high: deciding.high, truth: truth)
  }

  /// Folds in both arms' metrics and their difference.
  mutating func add(
    _ evaluation: Evaluation, _ truths: (first: [String: Double], second: [String: Double])
  ) {
    for result in evaluation.arms.first?.overall ?? [] {
      if let truth = truths.first[result.id] {
        add(result.id, result.estimate.interval, truth: truth)
      }
    }
    for result in evaluation.comparisons.first?.overall ?? [] {
      guard let first = truths.first[result.id], let second = truths.second[result.id] else {
        continue
      }
      add(result.id, result.estimate.interval, truth: second - first, suffix: " difference")
    }
  }

  mutating func merge(_ other: Coverage) {
    for (key, entry) in other.counts {
      let own = counts[key] ?? (0, 0, 0)
      counts[key] = (
        own.covered + entry.covered, own.total + entry.total, own.width + entry.width
      )
    }
  }

  /// Lines `| what | method | metric coverage … |`, grouped by method.
  func lines(_ what: String) -> [String] {
    let methods = Set(counts.keys.map(\.method)).sorted()
    return methods.map { method in
      let cells = counts.filter { $0.key.method == method }.sorted { $0.key.metric < $1.key.metric }
      let text = cells.map { key, entry in
        "\(key.metric) \(Coverage.percent(entry.covered, entry.total))"
      }
      return "| \(what) | `\(method)` | \(text.joined(separator: ", ")) |"
    }
  }

  static func percent(_ part: Int, _ whole: Int) -> String {
    let tenths = (Double(part) / Double(max(1, whole)) * 1000).rounded()
    return "\(Int(tenths) / 10).\(Int(tenths) % 10)"
  }
}

/// Runs worlds on some threads; the result does not depend on how many.
func simulate(
  runs: Int, threads: Int, _ world: @escaping @Sendable (Int, inout Coverage) -> Void
) -> Coverage {
  let next = Atomic(0)
  let total = Mutex(Coverage())
  DispatchQueue.concurrentPerform(iterations: max(1, threads)) { _ in
    var own = Coverage()
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      if index >= runs { break }
      world(index, &own)
    }
    total.withLock { $0.merge(own) }
  }
  return total.withLock { $0 }
}
