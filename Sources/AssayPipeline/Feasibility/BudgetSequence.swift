/// Which budget is good enough, when several were tried: judged from the largest ε down, ended by the first
/// that is not.
///
/// Why a sequence: of five budgets that are all too small, each judged at 2.5 %, one in ten times some would
/// pass by chance. Judged in an order that is fixed beforehand, where every judgement waits for the one
/// before, the chance that any budget passes wrongly stays 2.5 %. The order costs nothing here: more noise
/// hardly ever helps, so a pass below a failure is more likely luck than use.
/// - Note: Source: Maurer, Hothorn, Lehmacher 1995, "Multiple comparisons in drug clinical trials and
///   preclinical assays: a-priori ordered hypotheses"; Westfall, Krishen 2001, Journal of Statistical
///   Planning and Inference 99, 25–40.
struct BudgetSequence: Equatable {
  /// One budget of a sequence.
  struct Step: Equatable {
    var arm: String
    /// Finite; steps of one ε keep their order.
    var epsilon: Double
    /// Whether it is within the margin and better than local-only.
    var isGood: Bool
  }

  /// By falling ε.
  let steps: [Step]

  init(_ steps: [Step]) {
    self.steps = steps.enumerated().sorted { a, b in
      a.element.epsilon == b.element.epsilon
        ? a.offset < b.offset : a.element.epsilon > b.element.epsilon
    }.map(\.element)
  }

  /// The steps that passed before the first that did not.
  var passed: ArraySlice<Step> { steps.prefix(while: \.isGood) }
  /// The smallest budget that passed.
  var smallest: Step? { passed.last }
  /// The step that ended the sequence; `nil` when all passed.
  var firstFailure: Step? { steps.first { !$0.isGood } }
  /// Steps that are good by themselves and stand below a failure, where they do not count.
  var passedTooLate: [Step] { steps.dropFirst(passed.count).filter(\.isGood) }

  /// The sequence whose smallest passing ε is the least; of equals the first. `nil` where none passes.
  static func best(of sequences: [BudgetSequence]) -> BudgetSequence? {
    var best: BudgetSequence?
    for sequence in sequences {
      guard let found = sequence.smallest else { continue }
      if let least = best?.smallest, least.epsilon <= found.epsilon { continue }
      best = sequence
    }
    return best
  }
}
