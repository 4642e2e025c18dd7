import AssayEvidence
import AssayMetrics
import AssayRuns
import AssayStatistics
import AssayTraining

/// Trains a private arm again with less and less noise, to find how much would be tolerable.
struct NoiseProbe {
  /// Shares of the noise that are tried in turn.
  static let shares: [(name: String, value: Double)] = [
    ("1/2", 1.0 / 2), ("1/4", 1.0 / 4), ("1/8", 1.0 / 8), ("1/16", 1.0 / 16),
    ("1/32", 1.0 / 32), ("1/64", 1.0 / 64), ("1/256", 1.0 / 256),
  ]

  let plan: ResolvedPlan
  let arms: TrainedArms
  let table: ScoredTable
  let arm: ResolvedPlan.ResolvedArm
  let reference: String
  let local: String?
  /// The metric that decides.
  let metric: String
  let higherIsBetter: Bool
  let margin: Double
  let environment: PipelineEnvironment

  /// One share that was tried.
  struct Trial {
    var name: String
    var difference: Estimate
  }

  /// The largest share of the noise with which the arm is good enough, to within a fifth; `nil` when it
  /// is not even without noise.
  func largestTolerableShare() throws -> (share: Double?, trials: [Trial]) {
    guard case .federated(let federated)? = arm.plan, let privacy = federated.privacy else {
      return (nil, [])
    }
    let trainer = Trainer(
      data: try plan.data.trainingData(plan.pilot.data.scaling, isLocal: false),
      model: plan.pilot.model, clientNames: plan.data.clients,
      threads: environment.threadCount)
    var trials: [Trial] = []
    func isGood(_ name: String, _ share: Double) -> Bool {
      environment.progress("probing \(arm.name) with \(name) of its noise")
      var lighter = federated
      var lessNoise = privacy.withNoise(timesShare: share)
      lessNoise.noise = .seeded
      lighter.privacy = lessNoise
      let seeds = plan.pilot.seeds.compactMap { seed -> ScoredArm.Seed? in
        let trained = trainer.train(.federated(lighter), seed: seed)
        return trained.status == .completed
          ? ScoredArm.Seed(seed: seed, scores: trained.scores) : nil
      }
      guard seeds.count == plan.pilot.seeds.count else { return false }
      let (isGood, difference) = judge(ScoredArm(name: "probe", seeds: seeds))
      trials.append(Trial(name: name, difference: difference))
      return isGood
    }
    // Without noise first: where that fails, no number of clients helps.
    guard isGood("0", 0) else { return (nil, trials) }
    var failing = 1.0
    for share in Self.shares {
      guard isGood(share.name, share.value) else {
        failing = share.value
        continue
      }
      // Halve the gap twice on a logarithmic scale.
      var passing = share.value
      for _ in 0..<2 {
        let middle = (passing * failing).squareRoot()
        if isGood(PrintedNumber.text(middle, .number), middle) {
          passing = middle
        } else {
          failing = middle
        }
      }
      return (passing, trials)
    }
    return (nil, trials)
  }

  private func judge(_ probe: ScoredArm) -> (Bool, Estimate) {
    var reduced = table
    reduced.segments = []
    reduced.sensitive = []
    reduced.arms = table.arms.filter { $0.name == reference || $0.name == local } + [probe]
    var options = EvaluationOptions()
    options.threads = environment.threadCount
    options.replicates = 0
    func difference(_ against: String) -> Estimate {
      compare(reduced, arm: "probe", against: against, options: options)?.overall[metric]
        ?? .undefined(reason: "not measured", count: nil)
    }
    let toReference = difference(reference)
    var isGood =
      toReference.interval.flatMap {
        Hypotheses.side(of: $0, margin: margin, higherIsBetter: higherIsBetter)
      } == true
    if isGood, let local, let interval = difference(local).interval?.deciding {
      isGood = higherIsBetter ? interval.low > 0 : interval.high < 0
    }
    return (isGood, toReference)
  }
}
