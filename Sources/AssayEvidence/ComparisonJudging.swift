import AssayStatistics

extension Judge {
  /// Compares every selected fact with a limit, after subtracting the value of another fact if one
  /// is given.
  func compare(
    _ pattern: EvidencePattern, to other: EvidencePattern?, _ bound: Rule.Bound,
    _ relation: Rule.Relation, _ limit: Double
  ) -> Ruling {
    if relation.wantsMore, pattern.text.contains("{headline}"),
      Subject.lowerIsBetter.contains(record.subject.headline)
    {
      return Ruling(
        verdict: .notAssessed,
        reason: "The limit is meant for a metric of which more is better; of the headline metric "
          + "\(record.subject.headline), less is. The plan's own hypotheses judge it.")
    }
    let facts: [Evidence]
    switch select(pattern) {
    case .nothing(let reason): return Ruling(verdict: .notAssessed, reason: reason)
    case .found(let found): facts = found
    }
    var reference: Evidence?
    if let other {
      switch select(other) {
      case .nothing(let reason): return Ruling(verdict: .notAssessed, reason: reason)
      case .found(let found): reference = found.first
      }
      if let fact = reference, fact.value == nil { return withoutValue(fact, wanted: "a number") }
    }
    let comparison = Comparison(
      bound: bound, relation: relation, limit: limit, reference: reference)
    return summary(facts.map { fact in (fact, comparison.ruling(of: fact, in: self)) }, comparison)
  }

  /// One ruling for many facts: the three worst are named, and how many were judged.
  private func summary(
    _ rulings: [(fact: Evidence, ruling: Ruling)], _ comparison: Comparison
  ) -> Ruling {
    if let only = rulings.first, rulings.count == 1 { return only.ruling }
    let order: [Verdict] = [.notMet, .notAssessed, .insufficient, .met]
    guard let verdict = order.first(where: { v in rulings.contains { $0.ruling.verdict == v } })
    else { return Ruling(verdict: .notAssessed, reason: "There is nothing to compare.") }
    let sign = comparison.relation.wantsMore ? 1.0 : -1.0
    var decisive = rulings.filter { $0.ruling.verdict == verdict }
    decisive.sort { sign * ($0.fact.value ?? 0) < sign * ($1.fact.value ?? 0) }
    // The facts that decided come first.
    var seen: Set<EvidenceID> = []
    let ids = (decisive + rulings).flatMap(\.ruling.evidence).filter { seen.insert($0).inserted }
    if verdict == .met {
      let nearest = decisive[0].ruling.reason
      return Ruling(
        verdict: .met, reason: "All \(rulings.count) hold. Nearest to the limit: \(nearest)",
        evidence: ids)
    }
    let shown = decisive.prefix(3).map(\.ruling.reason).joined(separator: " ")
    let words: String =
      switch verdict {
      case .notMet: "miss the limit"
      case .insufficient: "are too thin to judge"
      default: "are not known"
      }
    let more = decisive.count > 3 ? " The first three: " : " "
    return Ruling(
      verdict: verdict,
      reason: "\(decisive.count) of \(rulings.count) \(words).\(more)\(shown)", evidence: ids)
  }
}

/// A comparison with a limit.
struct Comparison {
  var bound: Rule.Bound
  var relation: Rule.Relation
  var limit: Double
  /// What is subtracted first.
  var reference: Evidence?

  /// Judges one fact.
  func ruling(of fact: Evidence, in judge: Judge) -> Ruling {
    guard let value = fact.value, !value.isNaN else {
      return judge.withoutValue(fact, wanted: "a number")
    }
    let offset = reference?.value ?? 0
    let name = fact.id.phrase
    let ids = [fact.id] + (reference.map { [$0.id] } ?? [])
    let ends = ends(of: fact, value)
    guard let ends else {
      return Ruling(
        verdict: .insufficient,
        reason: "\(name): \(fact.printedLine), which states no interval; required: "
          + "\(required(fact, exactly: nil)).", evidence: ids)
    }
    let compared = bound == .low ? ends.low : bound == .high ? ends.high : value
    let holds = relation.holds(compared - offset, limit)
    var verdict: Verdict = holds ? .met : .notMet
    var tail = ""
    if !holds, bound != .value {
      // Some of the interval is on the right side: the data cannot tell.
      let best = relation.wantsMore ? ends.high : ends.low
      if relation.holds(best - offset, limit) {
        verdict = .insufficient
        tail = " The interval holds the limit, so the data cannot tell."
      }
    }
    if bound != .value, let headline = fact.interval, headline.adjusted != nil {
      let end = bound == .low ? headline.low : headline.high
      if relation.holds(end - offset, limit) != holds {
        tail +=
          " Decided by the interval that holds its level, \(PrintedNumber.text(ends.low, fact.unit)) to "
          + "\(PrintedNumber.text(ends.high, fact.unit))."
      }
    }
    if !fact.leftOut.isEmpty { tail += " Left out: \(fact.leftOut.joined(separator: ", "))." }
    if !holds { tail += fact.noteText }
    let against = reference.map { ", against \($0.id.phrase) \($0.printedValue)" } ?? ""
    return Ruling(
      verdict: verdict,
      reason: "\(name): \(fact.printedLine)\(against); required: "
        + "\(required(fact, exactly: holds ? nil : compared - offset)).\(tail)", evidence: ids)
  }

  /// Both ends of what is known about a value; `nil` when an end is asked for and none is stated.
  private func ends(of fact: Evidence, _ value: Double) -> (low: Double, high: Double)? {
    if bound == .value { return (value, value) }
    // A decision rests on the interval that holds its level, where the headline has such a companion.
    if let interval = fact.interval?.deciding { return (interval.low, interval.high) }
    // ε is itself an upper bound.
    if case .guarantee(let guarantee) = fact.result, let lower = guarantee.epsilonLower {
      return (lower, guarantee.epsilon)
    }
    return nil
  }

  /// The requirement in words; a value that prints like the limit and still misses it is given
  /// exactly.
  private func required(_ fact: Evidence, exactly missed: Double?) -> String {
    let end = bound == .low ? "lower end " : bound == .high ? "upper end " : ""
    let unit: ValueUnit = reference == nil ? fact.unit : .difference
    let printed = PrintedNumber.text(limit, unit)
    var text = "\(reference == nil ? "" : "difference, ")\(end)\(relation.words) \(printed)"
    if let missed, PrintedNumber.text(missed, unit) == printed, missed != limit {
      text += " (it is \(missed), before rounding)"
    }
    return text
  }
}

extension Evidence {
  /// The note as a further sentence, empty without one.
  var noteText: String {
    guard let note, !note.isEmpty else { return "" }
    return " " + (note.first.map { $0.uppercased() } ?? "") + note.dropFirst()
      + (note.hasSuffix(".") ? "" : ".")
  }
}

extension EvidenceID {
  /// What the id names, in words: `accuracy difference of federated against baseline,
  /// region=north`.
  var phrase: String {
    var text = String(metric.map { $0 == "_" ? " " : $0 })
    let arm = arm
    if !["run", "data", "statements", "record"].contains(arm) {
      let bytes = Array(arm)
      let joint = Array("-vs-")
      let at = bytes.indices.first { bytes[$0...].starts(with: joint) }
      if let at, metric.hasSuffix("_difference") {
        text += " of \(String(bytes[..<at])) against \(String(bytes[(at + joint.count)...]))"
      } else {
        text += " of \(arm)"
      }
    }
    if let group { return text + ", \(group.column)=\(group.group)" }
    return scope == "overall" || scope.isEmpty ? text : text + ", \(Self.unescape(scope))"
  }
}
