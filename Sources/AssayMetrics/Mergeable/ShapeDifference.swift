import AssayRuns

extension StatisticsShape {
  /// What keeps two shapes apart, the first of them in reading order; `nil` when they are equal.
  ///
  /// Names are compared by their bytes.
  public func difference(from other: StatisticsShape) -> StatisticsError? {
    func differ(_ what: String, _ first: String, _ second: String) -> StatisticsError {
      .differentShape(what: what, first: first, second: second)
    }
    func listed(_ names: [String]) -> String {
      names.isEmpty ? "none" : names.map { "'\($0)'" }.joined(separator: ", ")
    }
    func same(_ a: [String], _ b: [String]) -> Bool {
      a.count == b.count && zip(a, b).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
    }
    func list(_ what: String, _ mine: [String], _ theirs: [String]) -> StatisticsError? {
      same(mine, theirs) ? nil : differ(what, listed(mine), listed(theirs))
    }
    if task != other.task { return differ("the task", task.words, other.task.words) }
    if let found = list("the class names", classNames, other.classNames) { return found }
    if let found = list("the arms", arms.map(\.name), other.arms.map(\.name)) { return found }
    if let found = list(
      "the arms whose class a column states", arms.filter { $0.decision == .stated }.map(\.name),
      other.arms.filter { $0.decision == .stated }.map(\.name))
    {
      return found
    }
    if reference != other.reference {
      return differ(
        "the reference arm", "'\(arms[reference].name)'", "'\(other.arms[other.reference].name)'")
    }
    if segments != other.segments {
      return differ(
        "the segments", listed(segments.map(\.shown)), listed(other.segments.map(\.shown)))
    }
    if sensitive != other.sensitive {
      return differ(
        "the sensitive columns", listed(sensitive.map(\.shown)),
        listed(other.sensitive.map(\.shown)))
    }
    if let found = list(
      "the client column", client.map { [$0] } ?? [], other.client.map { [$0] } ?? [])
    {
      return found
    }
    if threshold.bitPattern != other.threshold.bitPattern {
      return differ("the threshold", "\(threshold)", "\(other.threshold)")
    }
    if bins != other.bins {
      return differ("the number of histogram bins", "\(bins)", "\(other.bins)")
    }
    return nil
  }
}

extension PredictionTask {
  /// The task in words.
  var words: String {
    switch self {
    case .binary: "binary"
    case .multiclass(let count): "\(count) classes"
    case .regression: "regression"
    }
  }
}
