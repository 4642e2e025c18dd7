import ArgumentParser
import AssayDiagnostics
import AssayEvidence
import AssayPipeline

struct EvaluateCommand: AssayOperation {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Metrics of prediction tables: overall, per segment, fairness, comparison of arms.",
    discussion: """
      The first arm named is the reference unless --reference names another. With -o, or with \
      --checklist, a gate is judged (default: the installed evaluation.yaml), and the exit code is 1 \
      when it is not met.

      Examples:
        assay evaluate predictions.csv --label y --score baseline=p0 --score federated=p1 \\
          --segment region --sensitive sex --client hospital --json
        assay evaluate p.csv --label y --scores model=p_a,p_b,p_c -o report
        assay evaluate baseline.parquet federated.parquet --id record_id --label y \\
          --score baseline=score --score federated=score
        assay evaluate p.jsonl --label outcome --positive yes --score model=z --score-kind logit
        assay evaluate site-1.stats site-2.stats -o report
      """)

  @Argument(
    help: ArgumentHelp(
      "Tables with labels and scores: CSV, TSV, JSON, Parquet, Arrow or NumPy.",
      discussion: """
        Several files are parts of one table when each has every column named; otherwise they are joined on \
        --id, or side by side. Files of assay stats are merged; they know their columns.
        """))
  var predictions: [String]

  @OptionGroup var input: PredictionOptions

  @Option(name: .long, help: "Nominal coverage of intervals.")
  var confidence: Double = 0.95

  @Option(name: .customLong("minimum-count"), help: "Cells with fewer rows are withheld.")
  var minimumCount: Int = 20

  @Option(
    name: .customLong("minimum-clients"),
    help: "Cells with fewer clients are withheld; default: 1, or 5 with --profile cross-device.")
  var minimumClients: Int?

  @Flag(
    name: .customLong("suppress-numerators"),
    help: "Withhold every rate with fewer rows than --minimum-count in its numerator or beside it.")
  var suppressNumerators = false

  @Flag(
    name: .customLong("include-missing"), help: "Let rows with a missing group count for fairness.")
  var includeMissing = false

  @Option(
    name: .customLong("fairness-convention"),
    help: "defined: leave groups with an undefined rate out; fairlearn: count it as 0.")
  var fairnessConvention: String = "defined"

  @Option(
    name: .long,
    help: "METRIC=VALUE: how much worse than the reference is tolerated; tests non-inferiority.")
  var margin: [String] = []

  @Option(name: .long, help: "Seed of resampling.")
  var seed: Int = 0

  @Option(
    name: .long, help: "Replicates of the bootstrap; 0: no interval that needs one.")
  var replicates: Int = 1_000

  @Option(name: [.short, .long], help: "Folder for evaluation.html, evidence.json and gate.xml.")
  var output: String?

  @Flag(name: .long, help: "Print one JSON document to standard output.")
  var json = false

  @OptionGroup var weak: WeakSegmentFlags
  @OptionGroup var judging: JudgingOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if !(0...100_000).contains(replicates) || replicates == 1 {
      throw ValidationError("--replicates: expected 0, or 2 to 100000, found \(replicates)")
    }
    if predictions.isEmpty { throw ValidationError("expected a prediction table") }
    if !isOfStatistics { try input.check() }
    if !["defined", "fairlearn"].contains(fairnessConvention) {
      throw ValidationError(
        "--fairness-convention: expected defined or fairlearn, found '\(fairnessConvention)'")
    }
    // The quantile is taken at the upper end: nearer to 1 than this it is infinite.
    if !(confidence > 0 && 1 - (1 - confidence) / 2 < 1) {
      throw ValidationError("--confidence: expected a number between 0 and 1, found \(confidence)")
    }
    _ = try margins()
    if minimumCount < 1 || minimumClients ?? 1 < 1 {
      throw ValidationError("--minimum-count and --minimum-clients: expected a number from 1")
    }
  }

  /// The margins, each metric once and no value below 0.
  private func margins() throws -> [(metric: String, value: Double)] {
    var seen = Set<String>()
    return try margin.map { text in
      let (metric, number) = PredictionOptions.pair(text)
      guard let value = Double(number), value >= 0, value.isFinite, !metric.isEmpty else {
        throw ValidationError(
          "--margin: expected METRIC=VALUE with a number from 0 on, found '\(text)'")
      }
      if !seen.insert(metric).inserted {
        throw ValidationError("--margin: expected each metric once, found '\(metric)' again")
      }
      return (metric, value)
    }
  }

  func perform() throws -> ExitStatus {
    var request = input.request(predictions)
    request.confidence = confidence
    request.minimumCount = minimumCount
    request.minimumClients = minimumClients
    request.includeMissing = includeMissing
    request.suppressesNumerators = suppressNumerators
    request.fairlearnConvention = fairnessConvention == "fairlearn"
    request.seed = seed
    request.replicates = replicates
    request.margins = try margins()
    request.weakSegments = weak.request
    let environment = common.environment()
    let result =
      isOfStatistics
      ? try evaluateStatistics(
        StatisticsRequest(
          paths: predictions, request: request, threshold: input.threshold), output: output,
        judging: judging.choice, environment: environment)
      : try evaluatePredictions(
        request, output: output, judging: judging.choice, environment: environment)
    Terminal.out(json ? result.json.serialized() : common.quiet ? "" : result.summary)
    // Without -o and --checklist no gate is judged, so none can fail.
    return result.isGateMet ? .met : .notMet
  }

  /// Whether the inputs are files of statistics, which need no columns.
  private var isOfStatistics: Bool {
    input.namesNoColumns && predictions.allSatisfy(isStatisticsFile)
  }
}
