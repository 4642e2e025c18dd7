import AssayDiagnostics
import AssayFiles
import AssayMetrics
import AssayRuns

/// What to evaluate from files of statistics, as the command line puts it. What the files state
/// themselves may be given too, and must then agree.
public struct StatisticsRequest: Sendable {
  /// Files of statistics; several are merged.
  public var paths: [String]
  /// How results are made; the threshold and the reference are the files'.
  public var request: EvaluationRequest
  /// The threshold, where it was given.
  public var threshold: Double?

  /// Creates a request.
  public init(paths: [String], request: EvaluationRequest, threshold: Double?) {
    self.paths = paths
    self.request = request
    self.threshold = threshold
  }

  /// Refuses options that contradict the files.
  func check(_ shape: StatisticsShape) throws {
    func conflict(_ flag: String, _ found: String) -> Diagnostic {
      Diagnostic(
        .conflict(first: flag, second: "'\(paths[0])'", why: "the statistics \(found)"),
        help: "leave the option out, or count the rows again with assay stats")
    }
    func listed(_ names: [String]) -> String {
      names.isEmpty ? "hold none" : "hold \(names.map { "'\($0)'" }.joined(separator: ", "))"
    }
    for (flag, given, held) in [
      ("--segment", request.segments, shape.segments.map(\.shown)),
      ("--sensitive", request.sensitive, shape.sensitive.map(\.shown)),
      ("--client", request.client.map { [$0] } ?? [], shape.client.map { [$0] } ?? []),
    ] {
      if !given.isEmpty, given != held {
        throw conflict("\(flag) \(given.joined(separator: " \(flag) "))", listed(held))
      }
    }
    if let reference = request.reference, reference != shape.arms[shape.reference].name {
      throw conflict(
        "--reference \(reference)",
        "compare with '\(shape.arms[shape.reference].name)'")
    }
    if let threshold, threshold != shape.threshold {
      throw conflict("--threshold \(threshold)", "count predictions at \(shape.threshold)")
    }
    if let task = request.task, task != shape.task.name {
      throw conflict("--task \(task)", "are of the task \(shape.task.name)")
    }
  }
}

extension PredictionTask {
  /// The task as `--task` names it.
  var name: String {
    switch self {
    case .binary: "binary"
    case .multiclass: "multiclass"
    case .regression: "regression"
    }
  }
}

/// Measures files of statistics as ``evaluatePredictions(_:output:judging:environment:)`` measures
/// tables.
public func evaluateStatistics(
  _ request: StatisticsRequest, output: String?, judging: JudgingChoice,
  environment: PipelineEnvironment
) throws -> EvaluationResult {
  let files = try StatisticsFiles(request.paths)
  let statistics: EvaluationStatistics
  switch try files.merged(allowDuplicates: false) {
  case .exact(let exact): statistics = exact
  case .noised(let noised):
    return try evaluateNoised(
      noised, files: files, request, output: output, judging: judging, environment: environment)
  }
  guard let shape = statistics.shape else {
    throw Diagnostic(.other(found: "none", expected: "a file of statistics"))
  }
  try request.check(shape)
  try checkSpellings(statistics, path: files.paths[0])
  let measured = MeasuredRows(statistics, shape: shape)
  let margins = try margins(request.request, measured)
  let evaluation = evaluate(
    statistics, options: request.request.options(environment, profile: judging.profile))
  return try finish(
    evaluation, measured, request.request, margins, output: output, judging: judging,
    environment: environment
  ) {
    try files.paths.map { SourceFile(path: $0, sha256: try SHA256.hexDigest(ofFile: $0)) }
  }
}

/// Refuses names of one column that Unicode holds to be the same and that are spelt in different
/// bytes: they would be one name in every document.
private func checkSpellings(_ statistics: EvaluationStatistics, path: String) throws {
  struct Place: Hashable {
    var column: Int
    var names: [String]
  }
  var seen = Set<Place>()
  for key in statistics.cells.keys.sorted() {
    if seen.insert(Place(column: key.column, names: key.groups.map(\.shown))).inserted { continue }
    throw Diagnostic(
      .other(
        found: "the group '\(key.shown)' in two spellings of Unicode",
        expected: "one spelling of every name in all files"), at: SourceLocation(path: path),
      help: "write names in one normal form, such as NFC, before assay stats")
  }
}
