import AssayEvidence
import AssayStatistics

/// Who pays for privacy: the change of the headline metric in every group, at every budget, against the
/// arm without privacy.
///
/// With g groups and b budgets there are g·b comparisons, of which one in twenty excludes zero by chance.
/// What is said of the group that loses most, which was picked because it does, therefore allows for all
/// of them. Follows from other facts alone, so `assay verify` computes it again.
struct SegmentPrice {
  /// The level of every statement about all groups together.
  static let level = 0.05

  /// The metric that is compared.
  let metric: String
  let higherIsBetter: Bool
  /// The arm without privacy.
  let reference: String
  /// Private arms, by falling ε.
  let arms: [String]
  private let source = Evidence.Source(
    path: "evidence.json", how: "computed from the paired differences by group")

  init(metric: String, higherIsBetter: Bool, reference: String, arms: [String]) {
    self.metric = metric
    self.higherIsBetter = higherIsBetter
    self.reference = reference
    self.arms = arms
  }

  private struct Change {
    var name: String
    var estimate: Estimate
    var test: DifferenceTest
  }

  private struct Column {
    var pair: String
    var changes: [Change]
    var withheld: Int
    var overall: Estimate?
  }

  func facts(of evidence: [Evidence]) -> [Evidence] {
    let wanted = "\(metric)_difference"
    let columns = arms.compactMap { arm -> Column? in
      let pair = "\(arm)-vs-\(reference)"
      var column = Column(pair: pair, changes: [], withheld: 0)
      for fact in evidence where fact.id.metric == wanted && fact.id.arm == pair {
        guard case .estimate(let estimate) = fact.result else { continue }
        guard let group = fact.id.group else {
          if fact.id.scope == "overall" { column.overall = estimate }
          continue
        }
        if let test = DifferenceTest(estimate), estimate.interval != nil {
          column.changes.append(
            Change(name: "\(group.column) = \(group.group)", estimate: estimate, test: test))
        } else {
          column.withheld += 1
        }
      }
      return column.changes.isEmpty && column.withheld == 0 ? nil : column
    }
    let all = columns.flatMap(\.changes)
    let adjusted = MultipleTests.holm(all.map { $0.test.twoSidedP ?? 1 })
    var start = 0
    return columns.flatMap { column -> [Evidence] in
      defer { start += column.changes.count }
      let values = adjusted[start..<(start + column.changes.count)]
      return facts(of: column, adjusted: Array(values), family: all.count)
    }
  }

  private func facts(of column: Column, adjusted: [Double], family: Int) -> [Evidence] {
    var facts = [
      fact(
        "groups_compared", column, "Groups compared", .count, .count(column.changes.count),
        "\(family) comparisons in all, over groups and budgets"),
      fact(
        "groups_withheld", column, "Groups withheld or without an interval", .count,
        .count(column.withheld), nil),
    ]
    let losing = zip(column.changes, adjusted).filter { change, p in
      p <= Self.level && isLoss(change.test.difference)
    }.map(\.0)
    facts.append(
      fact(
        "groups_losing", column, "Groups that lose, allowing for all comparisons", .count,
        .count(losing.count),
        "\(names(losing)); Holm’s adjustment of \(family) comparisons, level 5 %"))
    guard let worst = column.changes.min(by: { harm($0) > harm($1) }) else { return facts }
    let picked =
      "worst of \(column.changes.count) groups; the interval allows for all \(family) "
      + "comparisons (Bonferroni)"
    facts.append(
      fact(
        "worst_group_difference", column, "Change in the group that loses most", .difference,
        .estimate(
          estimate(
            worst.test.difference, error: worst.test.standardError, degrees: worst.test.degrees,
            like: worst.estimate, family: family)),
        "\(worst.name) (n \(PrintedNumber.text(worst.estimate.count ?? 0))); \(picked)"))
    if let overall = column.overall, let whole = DifferenceTest(overall) {
      facts.append(
        fact(
          "worst_group_beyond_all", column, "That change beyond the one over all rows",
          .difference,
          .estimate(
            // The group is a part of the whole: whatever their correlation, errors add up at most.
            estimate(
              worst.test.difference - whole.difference,
              error: worst.test.standardError + whole.standardError,
              degrees: min(worst.test.degrees, whole.degrees), like: worst.estimate,
              family: family)),
          "\(worst.name) (n \(PrintedNumber.text(worst.estimate.count ?? 0))); \(picked); the two standard errors are added, since the group is a part of "
            + "all rows"))
    }
    return facts
  }

  /// The three that lose most, by name and count, and how many more there are.
  private func names(_ changes: [Change]) -> String {
    if changes.isEmpty { return "none" }
    let sorted = changes.enumerated().sorted { a, b in
      harm(a.element) == harm(b.element)
        ? a.offset < b.offset : harm(a.element) > harm(b.element)
    }.map(\.element)
    let named = sorted.prefix(3).map {
      "\($0.name) (n \(PrintedNumber.text($0.estimate.count ?? 0)))"
    }
    return named.joined(separator: ", ")
      + (sorted.count > 3 ? " and \(sorted.count - 3) more" : "")
  }

  private func isLoss(_ difference: Double) -> Bool {
    higherIsBetter ? difference < 0 : difference > 0
  }

  private func harm(_ change: Change) -> Double {
    higherIsBetter ? -change.test.difference : change.test.difference
  }

  private func estimate(
    _ value: Double, error: Double, degrees: Double, like estimate: Estimate, family: Int
  ) -> Estimate {
    let quantile = StudentDistribution.quantile(
      1 - Self.level / (2 * Double(max(1, family))), degrees: degrees)
    return .defined(
      value: value,
      // Arms that agree on every row of a group prove nothing about other rows.
      interval: error == 0
        ? nil
        : Interval(
          low: value - quantile * error, high: value + quantile * error,
          method: estimate.interval?.method ?? .seeds, confidence: 1 - Self.level,
          note: "simultaneous over \(family) comparisons", standardError: error, degrees: degrees),
      count: estimate.count ?? 0)
  }

  private func fact(
    _ metric: String, _ column: Column, _ title: String, _ unit: ValueUnit,
    _ result: Evidence.Result, _ note: String?
  ) -> Evidence {
    Evidence(
      id: EvidenceID(metric, arm: column.pair), title: title, unit: unit, result: result,
      source: source, note: note)
  }
}
