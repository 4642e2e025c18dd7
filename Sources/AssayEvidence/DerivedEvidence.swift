import AssayStatistics

extension EvidenceRecord {
  /// The record with the facts that follow from the statements and from the record itself.
  ///
  /// They are computed again each time, so other statements give other facts: `claim_violations`
  /// and `unfilled_fields` of the statements, and `small_cells` of the record.
  public func withDerivedEvidence(_ statements: Statements) -> EvidenceRecord {
    let derived = [
      Self.claimViolations(statements), Self.unfilledFields(statements), smallCells,
    ]
    let ids = Set(derived.map(\.id))
    var record = self
    record.evidence.removeAll { ids.contains($0.id) }
    record.evidence += derived
    return record
  }

  private static let nothingStated = Evidence.Result.missing(reason: "no statements were given")

  private static func claimViolations(_ statements: Statements) -> Evidence {
    let found = ClaimsLinter.violations(in: statements).filter { $0.rule.level == .error }
    let shown = found.prefix(5).map { "\($0.rule.id) in \($0.field): '\($0.matched)'" }
    let rest = found.count > 5 ? " and \(found.count - 5) more" : ""
    return Evidence(
      id: EvidenceID("claim_violations", arm: "statements"),
      title: "Claims that nothing supports", unit: .count,
      result: statements.texts.isEmpty ? nothingStated : .count(found.count),
      source: .init(path: "statements.yaml", how: "found by the claims linter"),
      note: found.isEmpty ? nil : shown.joined(separator: "; ") + rest)
  }

  private static func unfilledFields(_ statements: Statements) -> Evidence {
    let open = statements.unfilledFields
    let shown = open.map { "\($0.key) (\($0.role))" }.joined(separator: ", ")
    return Evidence(
      id: EvidenceID("unfilled_fields", arm: "statements"),
      title: "Mandatory fields not filled", unit: .count,
      result: statements.isEmpty ? nothingStated : .count(open.count),
      source: .init(path: "statements.yaml", how: "counted"),
      note: open.isEmpty ? nil : "not provided: \(shown)")
  }

  /// Groups with fewer rows than this are small: nothing is shown of them. A project default.
  public static let smallCell = 20

  /// How many groups the record shows a number of although they hold fewer than ``smallCell`` rows;
  /// empty groups hold nobody and do not count.
  private var smallCells: Evidence {
    // A rate rests on fewer rows than its group holds; the group's size is the largest count shown.
    var sizes: [String: Int] = [:]
    var order: [String] = []
    for fact in evidence where fact.id.group != nil {
      let count: Int?
      switch fact.result {
      case .estimate(let estimate): count = estimate.count
      case .count(let rows) where fact.id.metric == "rows": count = rows
      default: count = nil
      }
      guard let count, count > 0 else { continue }
      if sizes[fact.id.scope] == nil { order.append(fact.id.scope) }
      sizes[fact.id.scope] = max(sizes[fact.id.scope] ?? 0, count)
    }
    let groups = order.filter { sizes[$0] ?? 0 < Self.smallCell }
    let rest = groups.count > 5 ? " and \(groups.count - 5) more" : ""
    return Evidence(
      id: EvidenceID("small_cells", arm: "record"),
      title: "Small groups of which a number is shown", unit: .count,
      result: .count(groups.count),
      source: .init(path: "evidence.json", how: "counted over all groups shown"),
      note: groups.isEmpty ? nil : "shown: " + groups.prefix(5).joined(separator: ", ") + rest)
  }
}
