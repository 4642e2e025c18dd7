import AssayEvidence
import AssayMetrics
import AssayPrivacy
import AssayRuns
import AssayTraining

/// Utility against privacy: which private arm is good enough, who pays for it, and what a smaller budget
/// would take.
///
/// A private arm is good enough when the interval of its difference to the arm without privacy lies
/// within the margin, and it is better than local-only. Only arms that promise the same, by unit and
/// neighbouring relation, are compared by ε; noise of a simulated cohort promises nothing. Budgets are
/// judged from the largest down: see ``BudgetSequence``.
struct FeasibilityStudy {
  /// The worsening tolerated where the pilot states none: the accuracy drop of check UT-3. The error of a
  /// numeric label has the label's unit, so there is no such default for it.
  static let defaultMargin = 0.03

  let plan: ResolvedPlan
  let arms: TrainedArms
  let table: ScoredTable
  let environment: PipelineEnvironment

  var metric: String { plan.data.headline }
  var higherIsBetter: Bool {
    MetricCatalogue.metric(metric)?.direction != .lowerIsBetter
  }

  /// All arms that clip, with or without noise.
  private var allPrivateArms: [TrainedArms.Arm] {
    arms.arms.filter { $0.plan.privacy != nil && !$0.runs.isEmpty }
  }

  /// Those that promise the same as the candidate, else as the first arm whose noise is a guarantee.
  var privateArms: [TrainedArms.Arm] {
    let real = allPrivateArms.filter { $0.plan.privacy?.simulatedCohort == nil }
    let noised = real.filter(\.plan.isGuaranteed)
    guard
      let first = noised.first(where: { $0.plan.name == plan.pilot.candidateArm }) ?? noised.first
    else { return real }
    return real.filter { Self.promise($0) == Self.promise(first) }
  }

  struct Promise: Hashable {
    var unit: PrivacyUnit
    var relation: NeighbouringRelation
  }

  static func promise(_ arm: TrainedArms.Arm) -> Promise? {
    arm.plan.privacy.map {
      Promise(unit: $0.mechanism.kind.unit, relation: $0.mechanism.kind.neighbouring)
    }
  }

  func conclude(_ builder: inout EvidenceBuilder) throws -> Feasibility {
    let reference = PilotEvaluation.federated(plan)
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
    let local = PilotEvaluation.local(plan)
    result.points = privateArms.map { point($0.plan.name, reference, local, margin, builder) }
      .sorted { epsilon($0, builder) > epsilon($1, builder) }
    for fact in SegmentPrice(
      metric: metric, higherIsBetter: higherIsBetter, reference: reference,
      arms: result.points.map(\.arm)
    ).facts(of: builder.evidence) { builder.add(fact) }
    try judge(&result, reference, local, &builder)
    let texts = FeasibilityTexts(study: self, reference: reference, local: local)
    if local == nil {
      result.explanation.append(
        "There is no local-only arm, so it is not known whether clients would do better alone.")
    }
    result.explanation += texts.seeds
    let leftOut = allPrivateArms.map(\.plan.name).filter { name in
      !privateArms.contains { $0.plan.name == name }
    }
    if !leftOut.isEmpty {
      result.explanation.append(
        "Left out here, because their noise is simulated or their ε is of another unit or "
          + "neighbouring relation: \(leftOut.joined(separator: ", ")).")
    }
    result.alternatives = texts.alternatives(result, builder)
    return result
  }

  /// The sequence of each setting: arms that differ in their noise alone.
  private func sequences(
    _ points: [Feasibility.Point], _ local: String?, _ builder: EvidenceBuilder
  )
    -> [BudgetSequence]
  {
    var settings: [FederatedPlan] = []
    var steps: [[BudgetSequence.Step]] = []
    for point in points where epsilon(point, builder).isFinite {
      guard case .federated(var setting)? = arms[point.arm]?.plan.plan else { continue }
      setting.privacy = setting.privacy?.withNoise(timesShare: 0)
      let step = BudgetSequence.Step(
        arm: point.arm, epsilon: epsilon(point, builder),
        isGood: point.isWithinMargin == true && (local == nil || point.isAboveLocal == true))
      if let known = settings.firstIndex(of: setting) {
        steps[known].append(step)
      } else {
        settings.append(setting)
        steps.append([step])
      }
    }
    return steps.map(BudgetSequence.init)
  }

  private func judge(
    _ result: inout Feasibility, _ reference: String, _ local: String?,
    _ builder: inout EvidenceBuilder
  ) throws {
    let sequences = sequences(result.points, local, builder)
    let texts = FeasibilityTexts(study: self, reference: reference, local: local)
    if let best = BudgetSequence.best(of: sequences), let chosen = best.smallest,
      let point = result.points.first(where: { $0.arm == chosen.arm })
    {
      result.recommended = point.arm
      if let failure = best.firstFailure,
        let failed = result.points.first(where: { $0.arm == failure.arm })
      {
        result.verdict = .onlyAbove
        result.sentence =
          "Only above ε = \(printed(failed, builder)): the least budget tried that is good "
          + "enough is ε = \(printed(point, builder))."
      } else {
        result.verdict = .feasible
        result.sentence = "Feasible at ε = \(printed(point, builder))."
      }
      result.explanation = texts.good(
        point, in: best, of: sequences.count, result.margin, result.points, builder)
      result.evidence = FrontierEvidence(
        records: records, isParticipationHidden: plan.isParticipationHidden,
        threads: environment.threadCount
      ).collect(result, into: &builder)
      result.explanation += texts.requirements(result.evidence, builder)
    } else {
      result.verdict = .notFeasible
      result.sentence =
        "Not feasible at \(plan.data.clients.count) \(texts.clientWord): no budget tried is both within "
        + "\(PrintedNumber.text(result.margin, .loss)) of '\(reference)'"
        + (local == nil ? "." : " and better than local-only training.")
      result.explanation = texts.tooLate(sequences, builder)
      try explainFailure(&result, reference, local, &builder)
    }
  }

  /// The recorded releases of every private arm.
  private var records: [String: PrivacyRecord] {
    Dictionary(
      privateArms.compactMap { arm in
        arm.runs.first?.run.privacy.map { (arm.plan.name, $0) }
      }, uniquingKeysWith: { first, _ in first })
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

  func epsilon(_ point: Feasibility.Point, _ builder: EvidenceBuilder) -> Double {
    builder.find(point.epsilon)?.value ?? .infinity
  }

  func printed(_ point: Feasibility.Point, _ builder: EvidenceBuilder) -> String {
    builder.find(point.epsilon)?.printedValue ?? "∞"
  }

  /// Finds how little noise would do by training with less, and from that what the budget would take.
  private func explainFailure(
    _ result: inout Feasibility, _ reference: String, _ local: String?,
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
    let noise = try noisePerCoordinate(
      noiseMultiplier: privacy.noiseMultiplier, clip: privacy.clip,
      samplingRate: federated.clientsPerRound.samplingRate(of: clients), population: clients)
    let probe = NoiseProbe(
      plan: plan, arms: arms, table: table, arm: candidate, reference: reference, local: local,
      metric: metric, higherIsBetter: higherIsBetter, margin: result.margin,
      environment: environment)
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
    result.evidence = [
      EvidenceID("least_clients", arm: candidate.name),
      EvidenceID("noise_per_coordinate", arm: candidate.name),
    ]
    guard let share = found.share else {
      builder.missing(
        "least_clients", candidate.name, "Least clients",
        "even without noise, clipping at \(PrintedNumber.text(privacy.clip, .number)) and equal weights "
          + "are not good enough", unit: .count, source: source)
      result.explanation.append(
        "More clients alone would not help: trained with the same clip, equal weights and no noise at "
          + "all, the arm is still not good enough. Try another clip, more rounds, or another learning "
          + "rate.")
      return
    }
    guard let epsilon = builder.find(EvidenceID("epsilon", arm: candidate.name))?.value else {
      return
    }
    let frontier = FrontierEvidence(
      records: records, isParticipationHidden: plan.isParticipationHidden,
      threads: environment.threadCount)
    let ids = frontier.requirements(
      candidate.name, epsilon: epsilon, noise: noise * share,
      origin: "which training again with less noise shows to be good enough", into: &builder)
    frontier.frontier(candidate.name, epsilon: epsilon, into: &builder)
    guard !ids.isEmpty else { return }
    result.evidence = ids + [EvidenceID("noise_per_coordinate", arm: candidate.name)]
    let texts = FeasibilityTexts(study: self, reference: reference, local: local)
    result.explanation.append(
      "The noise on each weight of the mean is noise multiplier × clip / (sampling rate × clients) = "
        + "\(PrintedNumber.text(noise, .number)). Trained again with less noise, '\(candidate.name)' becomes good "
        + "enough at \(PrintedNumber.text(share, .number)) of it.")
    result.explanation += texts.requirements(result.evidence, builder)
    result.explanation.append(texts.unitInWords)
  }
}
