import AssayDiagnostics
import AssayEvidence
import AssayFiles
import AssayMetrics
import AssayRuns
import AssayStatistics

/// What `evaluate` found.
public struct EvaluationResult: Sendable {
  /// `assay.evaluation/1`.
  public var json: JSONValue
  /// In words.
  public var summary: String
  /// Whether the gate holds no failure and no error; true when none was judged.
  public var isGateMet: Bool
}

/// Measures prediction tables; writes a report, evidence and a gate where a folder is named.
public func evaluatePredictions(
  _ request: EvaluationRequest, output: String?, judging: JudgingChoice,
  environment: PipelineEnvironment
) throws -> EvaluationResult {
  let tables = try PredictionTables(request, threads: environment.threadCount)
  for note in tables.notes { environment.progress("note: \(note)") }
  let table = try tables.scoredTable()
  let options = request.options(environment, profile: judging.profile)
  var measured = MeasuredRows(table, request: request)
  measured.join = tables.join
  measured.unscoredRows = tables.unscoredRows
  let margins = try margins(request, measured)
  let evaluation = evaluate(table, options: options)
  measured.weak = try request.weakSegments.map {
    try $0.search(table, explored: tables.explored, evaluation: evaluation, options: options)
  }
  return try finish(
    evaluation, measured, request, margins, output: output, judging: judging,
    environment: environment
  ) { tables.sources }
}

extension EvaluationRequest {
  /// How results are made.
  func options(_ environment: PipelineEnvironment, profile: Profile?) -> EvaluationOptions {
    var options = EvaluationOptions()
    options.threshold = threshold
    options.confidence = confidence
    options.minimumCount = minimumCount
    options.minimumClients = minimumClients ?? EvaluationOptions.minimumClients(of: profile)
    options.suppressesNumerators = suppressesNumerators
    options.includeMissing = includeMissing
    options.fairnessConvention = fairlearnConvention ? .fairlearn : .defined
    options.reference = reference
    options.seed = UInt64(bitPattern: Int64(seed))
    options.replicates = replicates
    options.threads = environment.threadCount
    return options
  }
}

/// Judges an evaluation and writes its documents where they are asked for.
/// - Parameter sources: The inputs with their digests; asked for only when documents are made.
func finish(
  _ evaluation: Evaluation, _ measured: MeasuredRows, _ request: EvaluationRequest,
  _ margins: [Margin], output: String?, judging: JudgingChoice,
  environment: PipelineEnvironment, sources: () throws -> [SourceFile]
) throws -> EvaluationResult {
  var isGateMet = true
  if output != nil || judging.checklist != nil {
    let record = predictionRecord(
      request, try sources(), measured, evaluation, margins, environment)
    let inputs = try JudgingInputs(
      checklistPath: judging.checklist ?? InstalledData().checklist("evaluation"),
      statementsPath: judging.statements,
      profile: judging.profile ?? .crossSilo, stage: judging.stage ?? .release)
    let assessment = inputs.judge(record)
    isGateMet = assessment.isGateMet
    if let output {
      let wanted: Set<String> = ["evaluation.html", "evidence.json", "gate.xml"]
      var files = try documentFiles(assessment, environment: environment).filter {
        wanted.contains($0.path)
      }
      files.append(OutputFile("checklist.yaml", inputs.checklistBytes))
      files.append(OutputFile("statements.yaml", inputs.statementsBytes))
      try write(files, timings: nil, to: OutputFolder(output))
    }
  }
  var json = EvaluationJSON(evaluation, margins: margins, confidence: request.confidence).json
  if let weak = measured.weak { json = json.adding(weak) }
  return EvaluationResult(
    json: json.adding(measured.join, unscoredRows: measured.unscoredRows),
    summary: (measured.weak?.text ?? "") + EvaluationSummary(evaluation, output).text,
    isGateMet: isGateMet)
}

/// The margins of a request; a metric that cannot be judged is refused.
func margins(_ request: EvaluationRequest, _ table: MeasuredRows) throws -> [Margin] {
  let known = MetricCatalogue.performance(for: table.task).filter { $0.direction != .none }
  if !request.margins.isEmpty, table.arms.count < 2 {
    throw Diagnostic(
      .other(found: "one arm", expected: "two arms or more with --margin"),
      help: "a margin says how much worse one arm may be than another")
  }
  return try request.margins.map { metric, value in
    guard known.contains(where: { $0.id == metric }) else {
      throw Diagnostic(
        .unknownName(
          what: "a metric of this task that has a direction", name: metric, known: known.map(\.id)))
    }
    return Margin(metric: metric, value: value, chosenBy: "--margin")
  }
}

private func predictionRecord(
  _ request: EvaluationRequest, _ sources: [SourceFile], _ table: MeasuredRows,
  _ evaluation: Evaluation, _ margins: [Margin], _ environment: PipelineEnvironment
) -> EvidenceRecord {
  var builder = EvidenceBuilder()
  let source = Evidence.Source(
    path: sources.count == 1 ? sources[0].path : "\(sources.count) \(table.inputs)",
    sha256: sources.count == 1 ? sources[0].sha256 : nil, how: table.how)
  EvaluationEvidence(
    evaluation: evaluation, clientColumn: table.client, source: { _ in source }
  ).collect(into: &builder)
  let tests = hypothesisTests(of: evaluation, margins: margins)
  TestEvidence(tests: tests, confidence: request.confidence, source: { _ in source }).collect(
    into: &builder)
  if let weak = table.weak {
    WeakSegmentEvidence(report: weak, source: source).collect(into: &builder)
  }
  builder.flag("inputs_pinned", "run", "Every input has a digest", true, source: source)
  if let privacy = table.privacy {
    builder.text(
      "noised_counts", "run", "What noise on the counts guarantees", privacy, source: source)
  }
  if let join = table.join {
    builder.count(
      "matched_rows", "run", "Rows matched by id in every file", join.matched, source: source,
      note: join.sentence)
  }
  if let unscored = table.unscoredRows {
    builder.count(
      "unscored_rows", "run", "Rows left out because an arm has no score for them", unscored,
      source: source)
  }
  for column in table.columns {
    for (index, entry) in column.groups.enumerated() {
      builder.add(
        DataEvidence.rows(
          entry.rows, column: column.name, group: entry.name,
          hidden: evaluation.suppression.cell(column: column.name, group: index).all, source: source
        ))
    }
  }
  let names = table.arms
  let reference = table.reference ?? names.first
  let task: String =
    switch table.task {
    case .binary: "binary"
    case .multiclass(let count): "\(count) classes"
    case .regression: "regression"
    }
  let series = evaluation.arms.flatMap { CurveSeries(arm: $0).series }
  return EvidenceRecord(
    asOf: environment.asOf.description, toolVersion: AssayVersion.current,
    subject: Subject(
      name: sources.map { $0.path.split(separator: "/").last.map(String.init) ?? $0.path }
        .joined(separator: ", "), kind: .predictions, task: task, label: table.label,
      segments: table.segments, sensitive: table.sensitive, client: table.client,
      clientCount: table.clientCount, testRows: table.rows,
      arms: names.map { ArmSummary(name: $0, kind: .scores) },
      candidate: names.first { $0 != reference } ?? names.first, baseline: reference,
      headline: table.task == .regression ? "mean_absolute_error" : "accuracy", sources: sources),
    evidence: builder.evidence, series: series,
    judgements: Hypotheses.judge(tests, evidence: builder))
}
