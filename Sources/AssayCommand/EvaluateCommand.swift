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
      """)

  @Argument(help: "Tables with labels and scores; several are read as one, columns by name.")
  var predictions: [String]

  @Option(name: .long, help: "Column with the label.")
  var label: String

  @Option(
    name: .long,
    help: "ARM=COLUMN with the probability of label 1, or the prediction of a regression.")
  var score: [String] = []

  @Option(name: .long, help: "ARM=COLUMN0,COLUMN1,… with one probability for each class.")
  var scores: [String] = []

  @Option(name: .long, help: "ARM=COLUMN with the predicted class; default: from the scores.")
  var prediction: [String] = []

  @Option(name: .long, help: "Column whose values are evaluated one by one.")
  var segment: [String] = []

  @Option(name: .long, help: "Column for fairness metrics.")
  var sensitive: [String] = []

  @Option(name: .long, help: "Column that names the client; intervals then respect clients.")
  var client: String?

  @Option(name: .long, help: "Column with record ids; each may stand once.")
  var id: String?

  @Option(name: .long, help: "The arm that the others are compared with.")
  var reference: String?

  @Option(
    name: .long, help: "binary, multiclass or regression; default: from the options and labels.")
  var task: String?

  @Option(name: .long, help: "Predicted positive from this score on.")
  var threshold: Double = 0.5

  @Option(name: .long, help: "Nominal coverage of intervals.")
  var confidence: Double = 0.95

  @Option(name: .customLong("minimum-count"), help: "Cells with fewer rows are withheld.")
  var minimumCount: Int = 20

  @Option(
    name: .customLong("minimum-clients"),
    help: "Cells with fewer clients are withheld; default: 1, or 5 with --profile cross-device.")
  var minimumClients: Int?

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

  @Option(name: [.short, .long], help: "Folder for evaluation.html, evidence.json and gate.xml.")
  var output: String?

  @Flag(name: .long, help: "Print one JSON document to standard output.")
  var json = false

  @OptionGroup var weak: WeakSegmentFlags
  @OptionGroup var input: PredictionInputOptions
  @OptionGroup var judging: JudgingOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    for pair in score + scores + prediction where !pair.contains("=") {
      throw ValidationError("expected ARM=COLUMN, found '\(pair)'")
    }
    if score.isEmpty && scores.isEmpty && prediction.isEmpty {
      throw ValidationError("expected at least one of --score, --scores and --prediction")
    }
    if predictions.isEmpty { throw ValidationError("expected a prediction table") }
    try checkArms()
    if let task, !["binary", "multiclass", "regression"].contains(task) {
      throw ValidationError("--task: expected binary, multiclass or regression, found '\(task)'")
    }
    if !["defined", "fairlearn"].contains(fairnessConvention) {
      throw ValidationError(
        "--fairness-convention: expected defined or fairlearn, found '\(fairnessConvention)'")
    }
    // The quantile is taken at the upper end: nearer to 1 than this it is infinite.
    if !(confidence > 0 && 1 - (1 - confidence) / 2 < 1) {
      throw ValidationError("--confidence: expected a number between 0 and 1, found \(confidence)")
    }
    if threshold.isNaN { throw ValidationError("--threshold: expected a number, found nan") }
    _ = try margins()
    if minimumCount < 1 || minimumClients ?? 1 < 1 {
      throw ValidationError("--minimum-count and --minimum-clients: expected a number from 1")
    }
  }

  /// The margins, each metric once and no value below 0.
  private func margins() throws -> [(metric: String, value: Double)] {
    var seen = Set<String>()
    return try margin.map { text in
      let (metric, number) = pair(text)
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

  /// Refuses arms that would silently lose a column or a score.
  private func checkArms() throws {
    for (flag, pairs) in [("--score", score + scores), ("--prediction", prediction)] {
      var seen = Set<String>()
      for text in pairs {
        let (arm, columns) = pair(text)
        if arm.isEmpty || columns.isEmpty {
          throw ValidationError("\(flag): expected ARM=COLUMN, found '\(text)'")
        }
        if !seen.insert(arm).inserted {
          throw ValidationError("\(flag): expected each arm once, found '\(arm)' again")
        }
      }
    }
    for text in scores {
      let columns = pair(text).columns.split(separator: ",", omittingEmptySubsequences: false)
      if columns.contains("") || Set(columns).count != columns.count {
        throw ValidationError("--scores: expected a column for each class, found '\(text)'")
      }
    }
    let isMulticlass = task == "multiclass"
    if let task, let wrong = (isMulticlass ? score : scores).first {
      throw ValidationError(
        "--task \(task): expected \(isMulticlass ? "--scores" : "--score"), found '\(wrong)'")
    }
    if task == "regression", let wrong = prediction.first {
      throw ValidationError("--task regression: expected --score, found --prediction '\(wrong)'")
    }
  }

  func perform() throws -> ExitStatus {
    var request = EvaluationRequest(
      paths: predictions, label: label, score: score.map(pair), scores: scores.map(pair),
      prediction: prediction.map(pair), segments: segment, sensitive: sensitive, client: client,
      identifier: id, reference: reference, task: task, threshold: threshold,
      confidence: confidence, minimumCount: minimumCount, minimumClients: minimumClients,
      includeMissing: includeMissing, fairlearnConvention: fairnessConvention == "fairlearn",
      seed: seed)
    request.margins = try margins()
    request.weakSegments = weak.request
    request.input = input.input
    let result = try evaluatePredictions(
      request, output: output, judging: judging.choice, environment: common.environment())
    Terminal.out(json ? result.json.serialized() : common.quiet ? "" : result.summary)
    // Without -o and --checklist no gate is judged, so none can fail.
    return result.isGateMet ? .met : .notMet
  }

  private func pair(_ text: String) -> (arm: String, columns: String) {
    let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    return (String(halves[0]), halves.count > 1 ? String(halves[1]) : "")
  }
}
