import ArgumentParser
import AssayPipeline

/// Which columns of a prediction table mean what; shared by everything that reads such tables.
struct PredictionOptions: ParsableArguments {
  @Option(name: .long, help: "Column with the label.")
  var label: String?

  @Option(
    name: .long,
    help: """
      ARM=COLUMN with the probability of label 1, or the prediction of a regression; FILE:COLUMN where \
      several files have the column.
      """)
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

  @Option(name: .long, help: "Column with record ids; each may stand once. Joins several files.")
  var id: String?

  @Option(name: .long, help: "The arm that the others are compared with.")
  var reference: String?

  @Option(
    name: .long, help: "binary, multiclass or regression; default: from the options and labels.")
  var task: String?

  @Option(name: .long, help: "Predicted positive from this score on; default: 0.5.")
  var threshold: Double?

  @OptionGroup var reading: PredictionInputOptions

  /// Whether no option names what only a table has.
  var namesNoColumns: Bool {
    label == nil && id == nil && score.isEmpty && scores.isEmpty && prediction.isEmpty
  }

  /// Refuses options that a table cannot be read with.
  func check() throws {
    if label == nil { throw ValidationError("expected --label, the column with the label") }
    for pair in score + scores + prediction where !pair.contains("=") {
      throw ValidationError("expected ARM=COLUMN, found '\(pair)'")
    }
    if score.isEmpty && scores.isEmpty && prediction.isEmpty {
      throw ValidationError("expected at least one of --score, --scores and --prediction")
    }
    try checkArms()
    if let task, !["binary", "multiclass", "regression"].contains(task) {
      throw ValidationError("--task: expected binary, multiclass or regression, found '\(task)'")
    }
    if let threshold, threshold.isNaN {
      throw ValidationError("--threshold: expected a number, found nan")
    }
  }

  /// The request with what other options say left at its default.
  func request(_ paths: [String]) -> EvaluationRequest {
    var request = EvaluationRequest(
      paths: paths, label: label ?? "", score: score.map(Self.pair),
      scores: scores.map(Self.pair), prediction: prediction.map(Self.pair), segments: segment,
      sensitive: sensitive, client: client, identifier: id, reference: reference, task: task,
      threshold: threshold ?? 0.5, confidence: 0.95, minimumCount: 20, minimumClients: 1,
      includeMissing: false, fairlearnConvention: false, seed: 0)
    request.input = reading.input
    return request
  }

  /// Refuses arms that would silently lose a column or a score.
  private func checkArms() throws {
    for (flag, pairs) in [("--score", score + scores), ("--prediction", prediction)] {
      var seen = Set<String>()
      for text in pairs {
        let (arm, columns) = Self.pair(text)
        if arm.isEmpty || columns.isEmpty {
          throw ValidationError("\(flag): expected ARM=COLUMN, found '\(text)'")
        }
        if !seen.insert(arm).inserted {
          throw ValidationError("\(flag): expected each arm once, found '\(arm)' again")
        }
      }
    }
    for text in scores {
      let columns = Self.pair(text).columns.split(separator: ",", omittingEmptySubsequences: false)
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

  /// The two sides of `ARM=COLUMN`.
  static func pair(_ text: String) -> (arm: String, columns: String) {
    let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    return (String(halves[0]), halves.count > 1 ? String(halves[1]) : "")
  }
}
