import AssayEvidence
import AssayMetrics
import AssayPrivacy
import AssayRuns

/// The trained arms of a pilot, measured on the same test rows.
struct PilotEvaluation {
  let plan: ResolvedPlan
  let arms: TrainedArms
  let evaluation: Evaluation
  let table: ScoredTable

  init(
    plan: ResolvedPlan, arms: TrainedArms, _ environment: PipelineEnvironment,
    _ stopwatch: inout Stopwatch
  ) throws {
    environment.progress("evaluating \(plan.data.test.rows.count) test rows")
    self.plan = plan
    self.arms = arms
    table = Self.table(plan, arms)
    var options = EvaluationOptions()
    options.threads = environment.threadCount
    options.reference = Self.baseline(plan)
    options.furtherPairs = Self.pairs(plan)
    options.minimumClients = EvaluationOptions.minimumClients(of: plan.pilot.profile)
    let start = Stopwatch.wall()
    evaluation = evaluate(table, options: options)
    stopwatch.evaluated(seconds: Stopwatch.wall() - start)
  }

  /// Test rows with the scores of every run that completed.
  private static func table(_ plan: ResolvedPlan, _ arms: TrainedArms) -> ScoredTable {
    let data = plan.data
    let scored = arms.arms.compactMap { arm -> ScoredArm? in
      let seeds = arm.runs.compactMap { run in
        run.scores.map { ScoredArm.Seed(seed: run.run.seed, scores: $0) }
      }
      return seeds.isEmpty ? nil : ScoredArm(name: arm.plan.name, seeds: seeds)
    }
    return ScoredTable(
      task: data.task, labels: data.test.labels, targets: data.test.targets, arms: scored,
      segments: data.segments, sensitive: data.sensitive, client: data.clientColumn)
  }

  /// The first centralised arm.
  static func baseline(_ plan: ResolvedPlan) -> String? {
    plan.arms.first { if case .centralized = $0.specification.kind { true } else { false } }?.name
  }

  /// The first local-only arm.
  static func local(_ plan: ResolvedPlan) -> String? { plan.arms.first(where: \.isLocal)?.name }

  /// The first federated arm without noise.
  static func federated(_ plan: ResolvedPlan) -> String? {
    plan.arms.first { arm in
      if case .federated(let federated)? = arm.plan { federated.privacy == nil } else { false }
    }?.name
  }

  /// Comparisons besides every arm against the baseline: federated arms against local-only, private
  /// arms against the arm without privacy, and whatever a hypothesis names.
  private static func pairs(_ plan: ResolvedPlan) -> [EvaluationOptions.Pair] {
    var pairs: [EvaluationOptions.Pair] = []
    func add(_ arm: String, _ reference: String?) {
      guard let reference, arm != reference, reference != baseline(plan) else { return }
      let pair = EvaluationOptions.Pair(arm: arm, reference: reference)
      if !pairs.contains(pair) { pairs.append(pair) }
    }
    for arm in plan.arms {
      guard case .federated? = arm.plan else { continue }
      add(arm.name, local(plan))
      if arm.privacy != nil { add(arm.name, federated(plan)) }
    }
    for hypothesis in plan.pilot.success { add(hypothesis.arm, hypothesis.against) }
    return pairs
  }

  /// Everything measured, as evidence.
  func record(
    _ environment: PipelineEnvironment, _ stopwatch: inout Stopwatch
  ) throws -> EvidenceRecord {
    var builder = EvidenceBuilder()
    var assumptions: [Assumption] = []
    var ledger: [LedgerEntry] = []
    EvaluationEvidence(
      evaluation: evaluation, clientColumn: plan.data.clientColumn.name, source: source
    ).collect(into: &builder)
    localModels(&builder)
    let together = WholeRunEvidence.together(plan, arms)
    for arm in arms.arms {
      try collect(arm, together, &builder, &assumptions, &ledger)
    }
    DataEvidence(
      data: plan.data, plan: plan.pilot.data, suppression: evaluation.suppression
    ).collect(into: &builder)
    WholeRunEvidence(plan: plan, arms: arms, together: together)
      .collect(into: &builder, ledger: &ledger)
    let judgements = Hypotheses.judge(plan.pilot.success, evidence: builder)
    let feasibility = try FeasibilityStudy(
      plan: plan, arms: arms, table: table, environment: environment
    ).conclude(&builder)
    return EvidenceRecord(
      asOf: environment.asOf.description, toolVersion: AssayVersion.current,
      subject: SubjectBuilder(plan: plan, arms: arms).subject, evidence: builder.evidence,
      series: SeriesBuilder(arms: arms, evaluation: evaluation).series + builder.series,
      judgements: judgements,
      feasibility: feasibility, assumptions: assumptions, ledger: ledger)
  }

  private func collect(
    _ arm: TrainedArms.Arm, _ together: PrivacyObservations.RunsTogether?,
    _ builder: inout EvidenceBuilder, _ assumptions: inout [Assumption],
    _ ledger: inout [LedgerEntry]
  ) throws {
    guard !arm.runs.isEmpty else { return }
    let runs = arm.runs.map { (folder: $0.folder, run: $0.run) }
    if arm.plan.isIngested {
      try ArtifactEvidence(
        arm: arm.plan.name, runs: runs,
        together: WholeRunEvidence.withArtifacts(plan, arms, together)
      ).collect(
        into: &builder, assumptions: &assumptions, ledger: &ledger)
      CostEvidence(arm: arm.plan.name, isFederated: true, rates: plan.pilot.rates)
        .collect(into: &builder)
      return
    }
    var cohort: Int?
    var isFederated = false
    if case .federated(let federated)? = arm.plan.plan {
      isFederated = true
      cohort = federated.clientsPerRound.count(of: plan.data.clients.count)
    }
    RunEvidence(
      arm: arm.plan.name, runs: runs, isFederated: isFederated, plannedCohort: cohort,
      isRegression: plan.data.isRegression
    ).collect(into: &builder)
    optimumGap(arm.plan, runs, &builder)
    CostEvidence(arm: arm.plan.name, isFederated: isFederated, rates: plan.pilot.rates)
      .collect(into: &builder)
    guard let record = runs.first?.run.privacy, arm.plan.privacy != nil else { return }
    try PrivacyEvidence(
      arm: arm.plan.name, runs: runs, record: record,
      isParticipationHidden: plan.isParticipationHidden, clientIs: plan.pilot.data.clientIs,
      isPreprocessingCovered: plan.isPreprocessingDeclared, isEngine: true, together: together,
      rowsPerPerson: plan.pilot.data.clientIs == "person" ? plan.data.mostTrainingRows : nil
    ).collect(into: &builder, assumptions: &assumptions, ledger: &ledger)
  }

  /// How far an arm with a global model is from the central optimum, where the pilot has that arm.
  private func optimumGap(
    _ arm: ResolvedPlan.ResolvedArm, _ runs: [(folder: String, run: Run)],
    _ builder: inout EvidenceBuilder
  ) {
    let optimum = arms.arms.first { if case .optimum? = $0.plan.plan { true } else { false } }
    guard let optimum, !arm.isLocal else { return }
    RunEvidence(arm: arm.name, runs: runs, isFederated: false, plannedCohort: nil).optimumGap(
      from: optimum.runs.map { (folder: $0.folder, run: $0.run) }, arm: optimum.plan.name,
      rows: plan.data.train.rows.count, into: &builder)
  }

  /// Each local model on all test rows, as the mean over seeds.
  private func localModels(_ builder: inout EvidenceBuilder) {
    guard plan.data.clients.count <= EvaluationEvidence.clientLimit else { return }
    for arm in arms.arms {
      let models = arm.runs.filter { !$0.localModels.isEmpty }
      guard let first = models.first else { continue }
      let rows = plan.data.test.rows.count
      for (index, model) in first.localModels.enumerated() {
        let isRegression = plan.data.isRegression
        let id = EvidenceID(
          isRegression ? "mean_squared_error_all_rows" : "accuracy_all_rows", arm: arm.plan.name,
          column: plan.data.clientColumn.name, group: plan.data.clients[model.client])
        let metric = isRegression ? "Mean squared error" : "Accuracy"
        let title = "\(metric) on all test rows, model of \(plan.data.clients[model.client])"
        let values = models.map { run in
          let own = run.localModels[index]
          return own.squaredErrorOnAllTestRows
            ?? Double(own.correctOnAllTestRows ?? 0) / Double(max(1, rows))
        }
        let mean = values.reduce(0, +) / Double(values.count)
        builder.add(
          Evidence(
            id: id, title: title, unit: isRegression ? .loss : .fraction,
            result: .estimate(
              rows > 0 && mean.isFinite
                ? .defined(value: mean, interval: nil, count: rows)
                : .undefined(
                  reason: rows > 0 ? "the predictions overflow" : "no test rows", count: 0)),
            seeds: zip(models, values).compactMap { run, value in
              run.run.seed.map { Evidence.SeedValue(seed: $0, value: value) }
            }, source: source(arm.plan.name),
            note: model.trainRows == 0
              ? "no training rows: the initial model"
              : model.constantClass.map { "one class in training: always \($0)" }))
      }
    }
  }

  func source(_ arm: String) -> Evidence.Source {
    let folders = arms[arm]?.runs.filter { $0.scores != nil }.map(\.folder) ?? []
    return Evidence.Source(
      path: folders.count == 1 ? "runs/\(folders[0])/predictions.csv" : "runs/",
      how: "measured on \(folders.count) prediction \(folders.count == 1 ? "file" : "files")")
  }
}

extension PreparedData {
  /// Training rows of the client that has most.
  var mostTrainingRows: Int {
    var counts = [Int](repeating: 0, count: clients.count)
    for client in train.clients { counts[Int(client)] += 1 }
    return counts.max() ?? 0
  }
}

extension ResolvedPlan {
  /// Whether scaling and categories were declared in the pilot rather than learned from the data.
  var isPreprocessingDeclared: Bool {
    if case .standard = pilot.data.scaling { return false }
    return !data.facts.hasLearnedCategories
  }
}
