import AssayEvidence
import AssayMetrics
import AssayPrivacy
import AssayRuns
import AssayTraining

/// Utility against privacy: which private arm is good enough, and if none is, how many clients
/// it would take.
///
/// A private arm is good enough when the interval of its difference to the arm without privacy lies
/// within the margin, and it is better than local-only. Only arms that promise the same, by unit and
/// neighbouring relation, are compared by ε; noise of a simulated cohort promises nothing.
struct FeasibilityStudy {
  /// The worsening tolerated where the pilot states none: the accuracy drop of check UT-3. The error of a
  /// numeric label has the label's unit, so there is no such default for it.
  static let defaultMargin = 0.03

  let plan: ResolvedPlan
  let arms: TrainedArms
  let table: ScoredTable
  let environment: PipelineEnvironment

  private var metric: String { plan.data.headline }
  private var higherIsBetter: Bool {
    MetricCatalogue.metric(metric)?.direction != .lowerIsBetter
  }

  /// All arms that clip, with or without noise.
  private var allPrivateArms: [TrainedArms.Arm] {
    arms.arms.filter { $0.plan.privacy != nil && !$0.runs.isEmpty }
  }

  /// Those that promise the same as the candidate, else as the first arm whose noise is a guarantee.
  private var privateArms: [TrainedArms.Arm] {
    let real = allPrivateArms.filter { $0.plan.privacy?.simulatedCohort == nil }
    let noised = real.filter(\.plan.isGuaranteed)
    guard
      let first = noised.first(where: { $0.plan.name == plan.pilot.candidateArm }) ?? noised.first
    else { return real }
    return real.filter { Self.promise($0) == Self.promise(first) }
  }

  private struct Promise: Hashable {
    var unit: PrivacyUnit
    var relation: NeighbouringRelation
  }

  private static func promise(_ arm: TrainedArms.Arm) -> Promise? {
    arm.plan.privacy.map {
      Promise(unit: $0.mechanism.kind.unit, relation: $0.mechanism.kind.neighbouring)
    }
  }

  func conclude(_ builder: inout EvidenceBuilder) throws -> Feasibility {
    let reference = PilotEvaluation.federated(plan)
    let local = PilotEvaluation.local(plan)
    let stated = margin(reference)
    let (margin, origin) = stated ?? (0, "as none is stated")
    var result = Feasibility(
      verdict: .notAssessed, sentence: "Not assessed: no arm adds noise for differential privacy.",
      explanation: [], alternatives: [], margin: margin, marginOrigin: origin, points: [],
      reference: reference, recommended: nil, evidence: [])
    guard privateArms.contains(where: \.plan.isGuaranteed) else {
      if allPrivateArms.contains(where: \.plan.isPrivate) {
        result.sentence =
          "Not assessed: the only noise is that of a simulated cohort, which is not a guarantee."
      }
      return result
    }
    guard let reference else {
      result.sentence = "Not assessed: no federated arm without privacy to compare with."
      return result
    }
    guard stated != nil else {
      result.sentence =
        "Not assessed: the pilot file states no worsening of \(metric) that is tolerated."
      result.explanation = [
        "The error of a numeric label has the label's own unit, so no margin is usual. State one under "
          + "success: with arm, against: \(reference), metric: \(metric) and margin."
      ]
      return result
    }
    result.points = privateArms.map { point($0.plan.name, reference, local, margin, builder) }
      .sorted { epsilon($0, builder) > epsilon($1, builder) }
    let finite = result.points.filter { epsilon($0, builder).isFinite }
    func isGood(_ point: Feasibility.Point) -> Bool {
      point.isWithinMargin == true && (local == nil || point.isAboveLocal == true)
    }
    let good = finite.filter(isGood)
    if let best = good.last {
      let value = epsilon(best, builder)
      let below = finite.filter { epsilon($0, builder) < value }
      result.recommended = best.arm
      if let largestFailing = below.first {
        result.verdict = .onlyAbove
        result.sentence =
          "Only above ε = \(printed(largestFailing, builder)): the least budget tried that is good "
          + "enough is ε = \(printed(best, builder))."
      } else {
        result.verdict = .feasible
        result.sentence = "Feasible at ε = \(printed(best, builder))."
      }
      result.explanation = explainGood(best, reference, local, margin, value)
    } else {
      result.verdict = .notFeasible
      result.sentence =
        "Not feasible at \(plan.data.clients.count) \(clientWord): no budget tried is both within "
        + "\(PrintedNumber.text(margin, .loss)) of '\(reference)'"
        + (local == nil ? "." : " and better than local-only training.")
      try explainFailure(&result, reference, local, margin, &builder)
    }
    if local == nil {
      result.explanation.append(
        "There is no local-only arm, so it is not known whether clients would do better alone.")
    }
    let leftOut = allPrivateArms.map(\.plan.name).filter { name in
      !privateArms.contains { $0.plan.name == name }
    }
    if !leftOut.isEmpty {
      result.explanation.append(
        "Left out here, because their noise is simulated or their ε is of another unit or "
          + "neighbouring relation: \(leftOut.joined(separator: ", ")).")
    }
    result.alternatives = alternatives(result, builder)
    return result
  }

  /// The margin of the pilot's own hypothesis about a private arm, else the project's default; `nil` for a
  /// numeric label without such a hypothesis.
  private func margin(_ reference: String?) -> (Double, String)? {
    let names = Set(privateArms.map(\.plan.name))
    let stated =
      plan.pilot.success.first {
        names.contains($0.arm) && $0.metric == metric && $0.against == reference
      } ?? plan.pilot.success.first { names.contains($0.arm) && $0.metric == metric }
    if let stated { return (stated.margin, "stated in the pilot file") }
    if plan.data.isRegression { return nil }
    return (Self.defaultMargin, "project default, not a standard")
  }

  private func point(
    _ arm: String, _ reference: String, _ local: String?, _ margin: Double,
    _ builder: EvidenceBuilder
  ) -> Feasibility.Point {
    let difference = EvidenceID(metric, arm: arm, against: reference)
    let toLocal = local.map { EvidenceID(metric, arm: arm, against: $0) }
    let within = builder.find(difference)?.interval.flatMap {
      Hypotheses.side(of: $0, margin: margin, higherIsBetter: higherIsBetter)
    }
    var above: Bool?
    if let interval = toLocal.flatMap({ builder.find($0) })?.interval?.deciding {
      above =
        higherIsBetter
        ? interval.low > 0 ? true : interval.high <= 0 ? false : nil
        : interval.high < 0 ? true : interval.low >= 0 ? false : nil
    }
    return Feasibility.Point(
      arm: arm, epsilon: EvidenceID("epsilon", arm: arm), utility: EvidenceID(metric, arm: arm),
      difference: difference, differenceToLocal: toLocal, isWithinMargin: within,
      isAboveLocal: above)
  }

  private func epsilon(_ point: Feasibility.Point, _ builder: EvidenceBuilder) -> Double {
    builder.find(point.epsilon)?.value ?? .infinity
  }

  private func printed(_ point: Feasibility.Point, _ builder: EvidenceBuilder) -> String {
    builder.find(point.epsilon)?.printedValue ?? "∞"
  }

  private var clientWord: String {
    switch plan.pilot.data.clientIs {
    case "person": "persons"
    case "device": "devices"
    default: "silos"
    }
  }

  private func explainGood(
    _ point: Feasibility.Point, _ reference: String, _ local: String?, _ margin: Double,
    _ epsilon: Double
  ) -> [String] {
    var text = [
      "The arm '\(point.arm)' stays within \(PrintedNumber.text(margin, .loss)) of '\(reference)'"
        + (local == nil ? "." : " and is better than '\(local ?? "")'."),
      "Its parameters were chosen by looking at test results of this pilot; confirm them on data that "
        + "was not looked at.",
    ]
    if epsilon > 10 {
      text.append(
        "ε above 10 bounds what anyone can learn only weakly; a limit of 10 is what the practice guide "
          + "How to DP-fy ML (2023, section 5.3) calls reasonable.")
    }
    return text
  }

  /// Finds how little noise would do, and so how many clients, by training with less noise.
  private func explainFailure(
    _ result: inout Feasibility, _ reference: String, _ local: String?, _ margin: Double,
    _ builder: inout EvidenceBuilder
  ) throws {
    let noised = privateArms.map(\.plan).filter(\.isGuaranteed)
    let candidate = noised.first { $0.name == plan.pilot.candidateArm } ?? noised.first
    if let privacy = candidate?.privacy, privacy.mechanism != .sum || privacy.adaptive != nil {
      result.explanation.append(
        "How many clients would do is estimated for mechanism sum with a fixed clip only.")
      return
    }
    guard let candidate, case .federated(let federated)? = candidate.plan,
      let privacy = federated.privacy, !candidate.isSystemNoise
    else {
      result.explanation.append(
        "How many clients would do is not estimated, because the arm's noise cannot be repeated.")
      return
    }
    let clients = plan.data.clients.count
    let rate = federated.clientsPerRound.samplingRate(of: clients)
    let noise = try noisePerCoordinate(
      noiseMultiplier: privacy.noiseMultiplier, clip: privacy.clip, samplingRate: rate,
      population: clients)
    let probe = NoiseProbe(
      plan: plan, arms: arms, table: table, arm: candidate, reference: reference, local: local,
      metric: metric, higherIsBetter: higherIsBetter, margin: margin, environment: environment)
    let found = try probe.largestTolerableShare()
    let source = Evidence.Source(
      path: "pilot.yaml", how: "trained again with less noise, same seeds and rows")
    for trial in found.trials {
      builder.add(
        Evidence(
          id: EvidenceID(
            "probe_\(metric)_difference", arm: candidate.name, column: "noise share",
            group: trial.name),
          title: "\(EvaluationEvidence.title(metric)) minus \(reference), noise × \(trial.name)",
          unit: .difference,
          result: .estimate(trial.difference), source: source))
    }
    let id = EvidenceID("least_clients", arm: candidate.name)
    result.evidence = [id, EvidenceID("noise_per_coordinate", arm: candidate.name)]
    guard let share = found.share else {
      builder.missing(
        "least_clients", candidate.name, "Least clients for tolerable noise",
        "even without noise, clipping at \(PrintedNumber.text(privacy.clip, .number)) and equal weights "
          + "are not good enough", unit: .count, source: source)
      result.explanation.append(
        "More clients alone would not help: trained with the same clip, equal weights and no noise at "
          + "all, the arm is still not good enough. Try another clip, more rounds, or another learning "
          + "rate.")
      return
    }
    guard let guarantee = builder.find(EvidenceID("epsilon", arm: candidate.name)),
      let epsilon = guarantee.value, epsilon.isFinite,
      // Where participation can be seen, sampling does not count for ε, and still divides the mean:
      // z·clip / (q·N) ≤ t is z·clip / N ≤ q·t.
      let needed = try leastPopulation(
        targetEpsilon: epsilon,
        tolerableNoise: plan.isParticipationHidden ? noise * share : noise * share * rate,
        clip: privacy.clip, samplingRate: plan.isParticipationHidden ? rate : 1,
        steps: federated.rounds)
    else { return }
    let least = needed.population
    builder.count(
      "least_clients", candidate.name, "Least clients for tolerable noise", least, source: source,
      note:
        "least N with noise multiplier(ε, δ(N)) × clip / (sampling rate × N) tolerable, for clients "
        + "like these, the same ε and δ = min(1e−5, 1/N^1.1)")
    result.explanation += [
      "The noise on each weight of the mean is noise multiplier × clip / (sampling rate × clients) = "
        + "\(PrintedNumber.text(noise, .number)). Trained again with less noise, the arm becomes good "
        + "enough at \(PrintedNumber.text(share, .number)) of it.",
      "So about \(PrintedNumber.text(least)) clients like these, instead of \(clients), would carry the "
        + "same ε with tolerable noise. This is an estimate from the same test rows, not a promise.",
      unitInWords,
    ]
  }

  private var unitInWords: String {
    switch plan.pilot.data.clientIs {
    case "person":
      "The unit of privacy is a person: the guarantee hides whether one person's rows were used at all."
    case "device":
      "The unit of privacy is a device; a person with several devices is protected for each alone."
    default:
      "The unit of privacy is a whole silo: the guarantee hides whether an organisation took part at all, "
        + "which is far more than hiding one record, and with few organisations it costs most of the "
        + "signal."
    }
  }

  private func alternatives(_ result: Feasibility, _ builder: EvidenceBuilder) -> [String] {
    guard result.verdict != .feasible else { return [] }
    var list = [
      "Train fewer rounds with full participation: each release costs budget.",
      "Use secure aggregation without a claim of differential privacy: no party sees a single update, and "
        + "nothing is said about what the model gives away.",
    ]
    if !privateArms.contains(where: { Self.promise($0)?.unit == .example }) {
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
    return list
  }
}
