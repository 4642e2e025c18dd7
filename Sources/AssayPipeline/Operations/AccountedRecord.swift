import AssayDiagnostics
import AssayEvidence
import AssayFiles
import AssayPrivacy
import AssayRuns

/// A file of releases with the accountant's answer: a plain list, a run's record, or a ledger with its
/// budget, its releases one by one and what is missing in the total.
struct AccountedRecord {
  private let path: String
  let history: [PrivacyEvent]
  let neighbouring: NeighbouringRelation
  private var unit: PrivacyUnit?
  private var ledger: BudgetLedger?
  /// What must be said beside the accountant's assumptions.
  private var further: [String] = []

  /// - Parameter neighbouring: The relation asked for. Where the file states another, the default
  ///   gives way and any other choice is refused.
  init(_ path: String, neighbouring asked: NeighbouringRelation) throws(Diagnostic) {
    self.path = path
    let stated: NeighbouringRelation?
    switch try ReleaseRecord(readingFrom: path) {
    case .events(let events):
      history = events
      stated = nil
    case .ledger(let ledger):
      history = ledger.history
      stated = ledger.neighbouring
      unit = ledger.unit
      self.ledger = ledger
    case .run(let record):
      history = record.history
      stated = record.neighbouring
      unit = record.unit
      further = Self.sentences(record)
    }
    if let stated, stated != asked, asked != .addOrRemoveOne {
      throw Diagnostic(
        .conflict(
          first: "--neighbouring \(asked.rawValue)", second: "'\(path)'",
          why: "the file is of the relation \(stated.rawValue)"), help: "leave the option out")
    }
    neighbouring = stated ?? asked
  }

  private static func sentences(_ record: PrivacyRecord) -> [String] {
    var sentences: [String] = []
    if record.noiseSource == .seeded {
      sentences.append(
        "The run was a simulation: noise from a recorded seed can be subtracted, so that ε describes "
          + "the mechanism and not these weights.")
    }
    if let cohort = record.simulatedCohort {
      sentences.append(
        "The noise is that of a simulated cohort of \(cohort), less than the cohort that trained needs: "
          + "ε describes the simulated training and not these weights.")
    }
    return sentences
  }

  func account(
    _ request: AccountRequest, accountant: Accountant
  ) throws(Diagnostic) -> AccountResult {
    let delta = request.delta
    do throws(PrivacyError) {
      var guarantee = try AssayPrivacy.guarantee(
        history: history, delta: delta, neighbouring: neighbouring, unit: unit,
        accountant: accountant, tolerance: request.tolerance ?? quotedTolerance)
      guarantee.assumptions += further
      let multipliers = Set(history.map(\.noiseMultiplier))
      let noise = multipliers.count == 1 ? multipliers.first : nil
      let answer = try AccountAnswer(
        guarantee: guarantee, history: history, noise: noise, hasCurves: request.hasCurves)
      var object = answer.object
      var text = answer.summary
      if let unit { object["unit"] = .string(unit.rawValue) }
      if let ledger {
        let report = try LedgerReport(ledger, delta: delta, accountant: accountant)
        object["ledger"] = report.json
        text += report.summary
      }
      return AccountResult(json: .object(object), summary: text)
    } catch {
      var diagnostic = error.diagnostic
      if diagnostic.location == nil { diagnostic.location = SourceLocation(path: path) }
      throw diagnostic
    }
  }
}

/// What a ledger says beyond its total.
struct LedgerReport {
  let ledger: BudgetLedger
  /// ε of every release alone; `nil` where it is unaccounted for.
  let alone: [PrivacyGuarantee?]
  let remaining: RemainingBudget?
  private let delta: Double

  init(
    _ ledger: BudgetLedger, delta: Double, accountant: Accountant = .best
  ) throws(PrivacyError) {
    self.ledger = ledger
    self.delta = delta
    // Equal releases have one answer.
    var known: [[PrivacyEvent]: PrivacyGuarantee] = [:]
    var alone: [PrivacyGuarantee?] = []
    for entry in ledger.releases {
      if let found = known[entry.events], entry.whyUnaccounted == nil {
        alone.append(found)
        continue
      }
      let found = try ledger.alone(entry, delta: delta, accountant: accountant)
      known[entry.events] = found
      alone.append(found)
    }
    self.alone = alone
    remaining = try ledger.remaining(accountant: accountant)
  }

  private static func epsilon(_ value: Double) -> String { PrintedNumber.text(value, .epsilon) }

  /// The budget in one sentence; `nil` without one.
  var budgetStatement: String? {
    guard let remaining else { return nil }
    let budget = remaining.budget
    let limit =
      "the budget ε = \(budget.epsilon) at δ = \(PrintedNumber.text(budget.delta, .probability))"
    let spent = "ε ≤ \(Self.epsilon(remaining.total.epsilon))"
    let others = ledger.unaccounted.isEmpty ? "" : ", without what is unaccounted"
    switch remaining.verdict {
    case .exceeded: return "\(limit) is exceeded: \(spent), and certainly more than it\(others)"
    case .notShown: return "\(limit) is not shown to be kept: \(spent)\(others)"
    case .within:
      var text = "\(limit) is kept: \(spent)\(others)"
      if let count = remaining.releasesLikeLast, let last = remaining.last {
        text +=
          "; room for \(remaining.isSearchCutShort ? "at least " : "")\(count) more "
          + "\(count == 1 ? "release" : "releases") like '\(last)'"
      }
      return text
    }
  }

  /// What to say of δ; `nil` where it is small enough or the population is not recorded.
  var deltaStatement: String? {
    guard let population = ledger.population, delta * Double(population) >= 1 else { return nil }
    return
      "δ = \(PrintedNumber.text(delta, .probability)) is not below 1/\(population), the share of "
      + "one unit: a mechanism that publishes one unit's data satisfies it"
  }

  var json: JSONValue {
    var object: JSONObject = [
      "budget": ledger.budget.map {
        .object(["epsilon": .double($0.epsilon), "delta": .double($0.delta)])
      } ?? .null,
      "population": .optional(ledger.population),
      "complete": .bool(ledger.unaccounted.isEmpty), "statement": .string(ledger.completeness),
      "unaccounted": .array(
        ledger.releases.compactMap { entry in
          entry.whyUnaccounted.map {
            .object(["name": .string(entry.name), "why": .string($0)])
          }
        }),
      "releases": .array(
        zip(ledger.releases, alone).map { entry, guarantee in
          var item: JSONObject = [
            "name": .string(entry.name), "kind": .string(entry.kind.rawValue),
            "epsilon": .number(guarantee?.epsilon),
            "epsilon_lower": .number(guarantee?.epsilonLower),
            "accountant": .optional(guarantee?.accountant), "at": .optional(entry.at),
          ]
          if let why = entry.whyUnaccounted { item["unaccounted"] = .string(why) }
          if let note = entry.note { item["note"] = .string(note) }
          return .object(item)
        }),
    ]
    if let deltaStatement { object["delta_statement"] = .string(deltaStatement) }
    guard let remaining, let budgetStatement else { return .object(object) }
    object["budget_exceeded"] = .bool(remaining.verdict == .exceeded)
    object["remaining"] = .object([
      "verdict": .string(remaining.verdict.rawValue), "statement": .string(budgetStatement),
      "epsilon": .number(remaining.total.epsilon),
      "epsilon_lower": .number(remaining.total.epsilonLower),
      "delta": .double(remaining.budget.delta), "difference": .number(remaining.difference),
      "releases_like_last": .optional(remaining.releasesLikeLast),
      "search_cut_short": .bool(remaining.isSearchCutShort),
      "last": .optional(remaining.last),
    ])
    return .object(object)
  }

  var summary: String {
    var lines = ["releases:"]
    for (entry, guarantee) in zip(ledger.releases, alone) {
      let what = guarantee.map { "ε ≤ \(Self.epsilon($0.epsilon)) alone" } ?? "unaccounted"
      let why = entry.whyUnaccounted.map { ": \($0)" } ?? ""
      lines.append("  - \(entry.name) (\(entry.kind.rawValue)): \(what)\(why)")
    }
    lines.append(ledger.completeness)
    if let deltaStatement { lines.append(deltaStatement) }
    if let budgetStatement { lines.append(budgetStatement) }
    return lines.map(printable).joined(separator: "\n") + "\n"
  }
}

extension BudgetLedger {
  /// Whether the total may be quoted as the whole, in words.
  var completeness: String {
    let missing = unaccounted
    if missing.isEmpty { return "complete: every release listed is accounted for" }
    return
      "incomplete: \(missing.count) \(missing.count == 1 ? "release" : "releases") unaccounted "
      + "(\(missing.joined(separator: ", "))); ε is that of the others and must not be quoted as "
      + "the whole"
  }
}
