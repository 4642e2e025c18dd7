import AssayRuns

/// One logged value.
struct MetricPoint: Hashable, Sendable {
  var step: Int
  var timestamp: Int
  var value: Double

  /// MLflow's order of "latest": step, then time, then value; NaN is below all values.
  static func precedes(_ a: MetricPoint, _ b: MetricPoint) -> Bool {
    if a.step != b.step { return a.step < b.step }
    if a.timestamp != b.timestamp { return a.timestamp < b.timestamp }
    if a.value.isNaN || b.value.isNaN { return a.value.isNaN && !b.value.isNaN }
    return a.value < b.value
  }
}

/// The values that a run logged, by metric, and what follows from them: last values and rounds.
struct MetricHistory: Sendable {
  /// Last values, finite only.
  private(set) var last: [String: Double] = [:]
  /// Rounds in order.
  private(set) var rounds: [Round] = []
  /// What is odd.
  private(set) var warnings: [String] = []
  /// The last step of any metric that has more than one.
  private(set) var lastStep: Int?

  private var series: [(key: String, points: [MetricPoint])] = []
  private var keys: [RoundField: String] = [:]
  private var complained: Set<String> = []

  /// Reads the points of one run; `points` need no order.
  init(_ points: [String: [MetricPoint]]) {
    series = points.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { key in
      (key, (points[key] ?? []).sorted(by: MetricPoint.precedes))
    }
    noteLastValues()
    numberByTimeIfNeeded()
    findRoundFields()
    buildRounds()
  }

  private mutating func noteLastValues() {
    for (key, points) in series {
      guard let final = points.last else { continue }
      if final.value.isFinite { last[key] = final.value }
      guard let first = points.first(where: { !$0.value.isFinite }) else { continue }
      let count = points.count { !$0.value.isFinite }
      var text = "\(count) of \(points.count) values of '\(key)' "
      text += count == 1 ? "is not finite" : "are not finite"
      text += " (\(spelled(first.value)), first at step \(first.step))"
      if !final.value.isFinite { text += "; the last one too, so it has no final value" }
      warnings.append(text)
    }
  }

  /// Who forgets `step=` logs every value at step 0; then the order of time numbers them.
  private mutating func numberByTimeIfNeeded() {
    guard series.allSatisfy({ $0.points.allSatisfy { $0.step == 0 } }),
      series.contains(where: { $0.points.count > 1 })
    else { return }
    for index in series.indices {
      for position in series[index].points.indices {
        series[index].points[position].step = position + 1
      }
    }
    warnings.append("no step was logged: values are numbered from 1 in the order of time")
  }

  private mutating func findRoundFields() {
    for (field, names) in KnownNames.roundFields {
      let found = names.compactMap { name in
        series.first { KnownNames.normalized($0.key) == name }?.key
      }
      keys[field] = found.first
      if let used = found.first, let other = found.first(where: { $0 != used }) {
        warnings.append("'\(used)' and '\(other)' record the same fact; '\(used)' is used")
      }
    }
  }

  /// Steps at which a round happened: those of the counts where there are any. Otherwise every step
  /// above 0, and step 0 where one metric continues from it; a metric logged once at step 0 is a
  /// final value and makes no round.
  private func roundSteps() -> [Int] {
    let counted = Set(keys.values)
    let relevant = counted.isEmpty ? series : series.filter { counted.contains($0.key) }
    var steps: Set<Int> = []
    for (_, points) in relevant {
      for point in points
      where !counted.isEmpty || point.step != 0 || point.step != points.last?.step {
        steps.insert(point.step)
      }
    }
    return steps.sorted()
  }

  private mutating func buildRounds() {
    let steps = roundSteps()
    lastStep = steps.last
    let position = Dictionary(uniqueKeysWithValues: steps.enumerated().map { ($1, $0) })
    rounds = steps.map { Round(round: $0) }
    let fields = Dictionary(uniqueKeysWithValues: keys.map { ($1, $0) })
    for (key, points) in series {
      var repeated = 0
      var previous: Int?
      var counted: Int?
      for point in points {
        if point.step == previous, point.step != counted { repeated += 1; counted = point.step }
        previous = point.step
        guard let index = position[point.step] else { continue }
        if let field = fields[key] {
          set(field, of: index, to: point.value, key: key)
        } else {
          rounds[index].metrics[key] = point.value.isFinite ? point.value : nil
        }
      }
      if repeated > 0 {
        warnings.append(
          "'\(key)' has several values at \(repeated) of its steps; the latest is used")
      }
    }
    completeRounds()
  }

  private mutating func set(_ field: RoundField, of index: Int, to value: Double, key: String) {
    if field == .seconds {
      rounds[index].seconds = value.isFinite && value >= 0 ? value : nil
      return
    }
    let count = Int(exactly: value).flatMap { $0 >= 0 ? $0 : nil }
    if count == nil, value.isFinite, complained.insert(key).inserted {
      warnings.append("'\(key)' is no count in round \(rounds[index].round): \(value)")
    }
    switch field {
    case .selected: rounds[index].selected = count
    case .completed: rounds[index].completed = count
    case .failed: rounds[index].failed = count
    case .noReply: rounds[index].noReply = count
    case .bytesUp: rounds[index].bytesUp = count
    case .bytesDown: rounds[index].bytesDown = count
    case .seconds: break
    }
  }

  /// `selected = completed + failed + no_reply` gives the one that is not logged.
  private mutating func completeRounds() {
    for index in rounds.indices {
      if let problem = completeCounts(&rounds[index]) { warnings.append(problem) }
      if rounds[index].completed == 0 { rounds[index].aggregated = false }
    }
  }
}

/// Derives the clients without a reply from the other counts, and checks the sum.
/// - Returns: What contradicts.
func completeCounts(_ round: inout Round) -> String? {
  guard let selected = round.selected, let completed = round.completed, let failed = round.failed
  else { return nil }
  let (answered, overflow) = completed.addingReportingOverflow(failed)
  if round.noReply == nil, !overflow, selected >= answered {
    round.noReply = selected - answered
    return nil
  }
  let (sum, second) = answered.addingReportingOverflow(round.noReply ?? 0)
  if overflow || second || sum != selected {
    return "round \(round.round): \(selected) clients selected, but \(completed) completed, "
      + "\(failed) failed" + (round.noReply.map { " and \($0) without a reply" } ?? "")
  }
  return nil
}

/// `NaN`, `inf` or `-inf`.
func spelled(_ value: Double) -> String { value.isNaN ? "NaN" : value < 0 ? "-inf" : "inf" }
