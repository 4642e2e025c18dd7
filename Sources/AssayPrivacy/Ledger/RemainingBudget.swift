import AssayRuns

/// What a ledger leaves of its budget, at the budget's own δ.
public struct RemainingBudget: Hashable, Sendable {
  /// Whether the budget is kept.
  public enum Verdict: String, Hashable, Sendable {
    /// The certified upper bound is within it.
    case within
    /// Even the certified lower bound is above it.
    case exceeded
    /// The budget lies between both bounds, or there is no lower one: it is not shown to be kept.
    case notShown = "not-shown"
  }

  /// The budget.
  public var budget: BudgetLedger.Budget
  /// ε of what was released, at the budget's δ.
  public var total: PrivacyGuarantee
  /// Whether the budget is kept by what is accounted for.
  public var verdict: Verdict
  /// `budget − total`, at least 0. Not what a further release may have: two releases of ε₁ and ε₂ have less
  /// than ε₁ + ε₂ together.
  public var difference: Double
  /// How many more releases like the last accounted one keep the budget; `nil` where none is accounted for.
  public var releasesLikeLast: Int?
  /// Whether there may be more than that: the search ended there.
  public var isSearchCutShort: Bool
  /// The name of that last release.
  public var last: String?
}

extension BudgetLedger {
  /// Up to how many further releases are looked for.
  public static let searchLimit = 1 << 20

  /// What is left of the budget.
  ///
  /// Room for more is found with the accountant: further releases are composed with all that there were, and
  /// the most that stay within the budget is looked for by halving.
  /// - Returns: `nil` without a budget.
  /// - Throws: ``PrivacyError`` for a history or a budget that the accountant refuses.
  public func remaining(
    accountant: Accountant = .best
  ) throws(PrivacyError) -> RemainingBudget? {
    guard let budget else { return nil }
    if !(budget.epsilon > 0) || !budget.epsilon.isFinite {
      throw .parameterOutOfRange(
        name: "budget.epsilon", found: "\(budget.epsilon)", expected: "a finite number above 0")
    }
    let total = try total(delta: budget.delta, accountant: accountant)
    let verdict: RemainingBudget.Verdict =
      total.epsilon <= budget.epsilon
      ? .within : (total.epsilonLower ?? 0) > budget.epsilon ? .exceeded : .notShown
    var result = RemainingBudget(
      budget: budget, total: total, verdict: verdict,
      difference: max(0, budget.epsilon - total.epsilon), releasesLikeLast: nil,
      isSearchCutShort: false, last: nil)
    guard let last = releases.last(where: { $0.events.contains { $0.steps > 0 } }) else {
      return result
    }
    result.last = last.name
    if verdict != .within {
      result.releasesLikeLast = 0
      return result
    }
    var fits = 0
    var fails = Self.searchLimit + 1
    var next = 1
    while fits + 1 < fails {
      if try keepsBudget(budget, with: next, of: last.events, accountant) {
        fits = next
        next = fails > Self.searchLimit ? min(Self.searchLimit, 2 * fits) : (fits + fails) / 2
        if fits == Self.searchLimit { break }
      } else {
        fails = next
        next = (fits + fails) / 2
      }
    }
    result.releasesLikeLast = fits
    result.isSearchCutShort = fits == Self.searchLimit
    return result
  }

  private func keepsBudget(
    _ budget: Budget, with count: Int, of events: [PrivacyEvent], _ accountant: Accountant
  ) throws(PrivacyError) -> Bool {
    var more = history
    for var event in events {
      let (steps, isOver) = event.steps.multipliedReportingOverflow(by: count)
      // More than the accountant counts: more than any budget.
      if isOver || steps > ReleaseLedger.stepLimit { return false }
      event.steps = steps
      more.append(event)
    }
    do {
      return try guarantee(
        history: more, delta: budget.delta, neighbouring: neighbouring, unit: unit,
        accountant: accountant
      ).epsilon <= budget.epsilon
    } catch .stepsOutOfRange {
      return false
    }
  }
}
