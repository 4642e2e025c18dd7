import ArgumentParser
import AssayPipeline

/// Flags that say how prediction tables are to be understood.
struct PredictionInputOptions: ParsableArguments {
  @Option(
    name: .customLong("score-kind"),
    help: ArgumentHelp(
      "What scores are: probability, logit or class; ARM=KIND for one arm. Default: probability.",
      valueName: "kind"))
  var scoreKind: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Names of the classes in the order of the score columns, where labels are texts: A,B,C.",
      valueName: "names"))
  var classes: String?

  @Option(
    name: .long, help: "The label that counts as 1, where labels are texts such as yes and no.")
  var positive: String?

  @Option(
    name: .customLong("decimal"),
    help: ArgumentHelp(
      "Decimal mark of text tables: point, comma, or auto: a comma only where nothing else can be meant.",
      valueName: "mark"))
  var decimalMark: String = "auto"

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Rows without a finite score of every arm: refuse them, or exclude them for all arms.",
      valueName: "what"))
  var unscored: String = "refuse"

  func validate() throws {
    if !["refuse", "exclude"].contains(unscored) {
      throw ValidationError("--unscored: expected refuse or exclude, found '\(unscored)'")
    }
    for text in scoreKind {
      let (arm, kind) = Self.pair(text)
      if ScoreKind(rawValue: kind) == nil || arm == "" {
        throw ValidationError(
          "--score-kind: expected probability, logit or class, or ARM=KIND, found '\(text)'")
      }
    }
    let arms = scoreKind.map { Self.pair($0).arm ?? "" }
    if Set(arms).count != arms.count {
      throw ValidationError("--score-kind: expected each arm once")
    }
    if !PredictionInput.decimalMarks.contains(decimalMark) {
      throw ValidationError("--decimal: expected auto, point or comma, found '\(decimalMark)'")
    }
    let names = classNames
    if classes != nil, names.count < 2 || names.contains("") || Set(names).count != names.count {
      throw ValidationError(
        "--classes: expected two names or more, each once, found '\(classes ?? "")'")
    }
    if positive == "" { throw ValidationError("--positive: expected a label, found none") }
  }

  private var classNames: [String] {
    classes?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? []
  }

  /// An arm's name may hold `=`; a kind does not.
  private static func pair(_ text: String) -> (arm: String?, kind: String) {
    guard let equals = text.lastIndex(of: "=") else { return (nil, text) }
    return (String(text[..<equals]), String(text[text.index(after: equals)...]))
  }

  /// The choices for the pipeline.
  var input: PredictionInput {
    var input = PredictionInput()
    for text in scoreKind {
      let (arm, name) = Self.pair(text)
      guard let kind = ScoreKind(rawValue: name) else { continue }
      if let arm { input.armScoreKinds.append((arm, kind)) } else { input.scoreKind = kind }
    }
    input.classes = classNames
    input.positive = positive
    input.excludesUnscored = unscored == "exclude"
    input.setDecimalMark(decimalMark)
    return input
  }
}
