import AssayEvidence
import AssayRuns

/// The sentences of a feasibility study, with the numbers of its facts.
struct FeasibilityTexts {
  let study: FeasibilityStudy
  let reference: String
  let local: String?

  private var plan: ResolvedPlan { study.plan }

  /// What stands behind a budget that is good enough.
  /// - Parameter settings: How many settings were tried, each with a sequence of budgets.
  func good(
    _ point: Feasibility.Point, in sequence: BudgetSequence, of settings: Int, _ margin: Double,
    _ points: [Feasibility.Point], _ builder: EvidenceBuilder
  ) -> [String] {
    var text: [String] = []
    if let conditions = conditions(point.arm, builder) { text.append(conditions) }
    let line = builder.find(point.difference)?.printedLine ?? "not measured"
    text.append(
      "Why this one: \(study.metric) of '\(point.arm)' minus that of '\(reference)' is \(line). The whole "
        + "interval lies within the tolerated \(PrintedNumber.text(margin, .loss))"
        + (local.map { ", and the arm is better than '\($0)' with its whole interval." } ?? "."))
    if let failure = sequence.firstFailure,
      let failed = points.first(where: { $0.arm == failure.arm })
    {
      text.append(whyNot(failed, margin, builder))
    }
    if sequence.steps.count > 1 {
      text.append(
        "The \(sequence.steps.count) finite budgets were judged from the largest down, until the first that is "
          + "not good enough. In that order the chance that any of them is wrongly called good enough is "
          + "at most 2.5 %"
          + (settings > 1 ? ", for each of the \(settings) settings that were tried." : "."))
    }
    text += tooLate([sequence], builder)
    text.append(
      "Its parameters were chosen by looking at test results of this pilot; confirm them on data that "
        + "was not looked at.")
    if study.epsilon(point, builder) > 10 {
      text.append(
        "ε above 10 bounds what anyone can learn only weakly; a limit of 10 is what the practice guide "
          + "How to DP-fy ML (2023, section 5.3) calls reasonable.")
    }
    return text
  }

  /// What ε must not be quoted without.
  private func conditions(_ arm: String, _ builder: EvidenceBuilder) -> String? {
    guard let fact = builder.find(EvidenceID("epsilon", arm: arm)),
      case .guarantee(let guarantee) = fact.result
    else { return nil }
    var text = "Quote it whole: \(fact.printedLine). \(unitInWords)"
    if let plain = builder.find(EvidenceID("epsilon_without_amplification", arm: arm)),
      let value = plain.value, value != guarantee.epsilon
    {
      text +=
        " Without amplification by sampling it is ε \(plain.printedValue), and that is what holds for "
        + "whoever can see who takes part."
    }
    return text
  }

  /// Why a budget is not good enough.
  private func whyNot(
    _ point: Feasibility.Point, _ margin: Double, _ builder: EvidenceBuilder
  ) -> String {
    let name = "ε = \(study.printed(point, builder))"
    let line = builder.find(point.difference)?.printedLine ?? "not measured"
    let tolerated = PrintedNumber.text(margin, .loss)
    switch point.isWithinMargin {
    case false?:
      return
        "\(name) is not good enough: it loses more than \(tolerated) with its whole interval, \(line)."
    case nil:
      return
        "\(name) is not shown to be good enough: its interval holds losses of less and of more than "
        + "\(tolerated), \(line). More test rows or seeds may decide it."
    case true?:
      return
        "\(name) is not good enough: it is within \(tolerated), and not shown to be better than "
        + "local-only training."
    }
  }

  /// Budgets that look good below one that does not.
  func tooLate(_ sequences: [BudgetSequence], _ builder: EvidenceBuilder) -> [String] {
    let late = sequences.flatMap(\.passedTooLate)
    guard !late.isEmpty else { return [] }
    let names = late.map { step in
      builder.find(EvidenceID("epsilon", arm: step.arm))?.printedValue ?? "\(step.epsilon)"
    }
    return [
      "ε = \(names.joined(separator: ", ")) would pass by itself, below a larger budget that does not. More "
        + "noise hardly ever helps, so that is taken for chance and not for a recommendation."
    ]
  }

  /// What smaller budgets would take, in sentences.
  func requirements(_ ids: [EvidenceID], _ builder: EvidenceBuilder) -> [String] {
    var seen: Set<String> = []
    let named = ids.map(\.arm).filter { seen.insert($0).inserted }
    return named.compactMap { arm -> String? in
      func count(_ metric: String) -> String? {
        guard let fact = builder.find(EvidenceID(metric, arm: arm)), fact.value != nil else {
          return nil
        }
        return fact.printedValue
      }
      var ways: [String] = []
      if let least = count("least_clients") {
        ways.append("about \(least) clients like these, instead of \(plan.data.clients.count)")
      }
      if let cohort = count("least_cohort") {
        ways.append("the same clients with \(cohort) of them in each round")
      }
      if let rounds = count("most_rounds") {
        ways.append("at most \(rounds) round\(rounds == "1" ? "" : "s") of training")
      }
      guard !ways.isEmpty, let epsilon = builder.find(EvidenceID("epsilon", arm: arm)) else {
        return nil
      }
      return "ε = \(epsilon.printedValue) with tolerable noise would take one of: "
        + ways.joined(separator: "; ")
        + ". Estimates from the noise that was good enough on the same test rows; nothing was trained "
        + "with them, and fewer rounds may cost utility of their own."
    }
  }

  /// How many seeds the verdict rests on.
  var seeds: [String] {
    let count = plan.pilot.seeds.count
    guard count < 3 else { return [] }
    return [
      count == 1
        ? "One seed: intervals cover the sampling of test rows only, and another seed may judge otherwise. "
          + "Five seeds show how much of a difference is chance of training and noise."
        : "Two seeds: how much results vary from seed to seed is hardly known. Five would show it."
    ]
  }

  var clientWord: String {
    switch plan.pilot.data.clientIs {
    case "person": "persons"
    case "device": "devices"
    default: "silos"
    }
  }

  var unitInWords: String {
    if study.privateArms.contains(where: { FeasibilityStudy.promise($0)?.unit == .example }) {
      return
        "The unit of privacy is one row; somebody with several rows is protected for each alone."
    }
    switch plan.pilot.data.clientIs {
    case "person":
      return
        "The unit of privacy is a person: the guarantee hides whether one person's rows were used at all."
    case "device":
      return
        "The unit of privacy is a device with all of its rows: the guarantee hides whether it took part "
        + "at all; a person with several devices is protected for each alone."
    default:
      return
        "The unit of privacy is a whole silo: the guarantee hides whether an organisation took part at all, "
        + "which is far more than hiding one record, and with few organisations it costs most of the "
        + "signal."
    }
  }

  func alternatives(_ result: Feasibility, _ builder: EvidenceBuilder) -> [String] {
    guard result.verdict != .feasible else { return [] }
    var list = [
      "Train fewer rounds with full participation: each release costs budget.",
      "Use secure aggregation without a claim of differential privacy: no party sees a single update, and "
        + "nothing is said about what the model gives away.",
    ]
    if !study.privateArms.contains(where: { FeasibilityStudy.promise($0)?.unit == .example }) {
      list.insert(
        "Protect records instead of whole clients: differentially private SGD inside each client, with "
          + "the record as the unit (unit: example). It is another promise, and has to be stated as such.",
        at: 0)
    }
    let moreWouldDo = result.evidence.contains {
      $0.metric == "least_clients" && builder.find($0)?.value != nil
    }
    if moreWouldDo {
      list.append("Find more clients: noise on the mean falls in proportion to their number.")
    }
    if result.verdict == .onlyAbove, let chosen = result.recommended {
      list.append(
        "Accept the budget of '\(chosen)', with a person who answers for it; it is a choice of people, not of "
          + "this report.")
    }
    return list
  }
}
