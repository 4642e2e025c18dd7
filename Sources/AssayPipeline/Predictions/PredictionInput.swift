import AssayTables

/// How the files, columns and values of prediction tables are to be understood, beyond the names of
/// columns.
public struct PredictionInput: Sendable {
  /// What the numbers of a score column are, for arms that ``armScoreKinds`` does not name.
  public var scoreKind = ScoreKind.probability
  /// What the numbers of an arm's score columns are.
  public var armScoreKinds: [(arm: String, kind: ScoreKind)] = []
  /// The names of the classes in the order of the score columns; empty: from the labels.
  public var classes: [String] = []
  /// The label that counts as 1 in a binary task; `nil`: the label `1` or `True`.
  public var positive: String?
  /// Whether rows that lack a finite score or a prediction of some arm are left out for every arm;
  /// otherwise they are errors.
  public var excludesUnscored = false
  /// The decimal mark of text tables.
  var decimalMark = DecimalMark.automatic

  /// The names by which a decimal mark is chosen.
  public static let decimalMarks = DecimalMark.allCases.map(\.rawValue)

  /// Chooses a decimal mark by its name.
  public mutating func setDecimalMark(_ name: String) {
    if let mark = DecimalMark(rawValue: name) { decimalMark = mark }
  }

  /// Numbers are probabilities, classes are numbered.
  public init() {}

  /// What the score columns of an arm hold.
  func kind(of arm: String) -> ScoreKind {
    armScoreKinds.first { $0.arm == arm }?.kind ?? scoreKind
  }
}

/// What a score column holds.
public enum ScoreKind: String, Hashable, Sendable, CaseIterable {
  /// The probability of label 1, or of one class.
  case probability
  /// A number whose logistic function, or softmax with those of the other classes, is the
  /// probability.
  case logit
  /// The predicted class.
  case `class`
}

/// How rows of several files were matched.
public struct JoinReport: Hashable, Sendable {
  /// One file and the rows of it that not every other file has.
  public struct File: Hashable, Sendable {
    /// The path as the user gave it.
    public var path: String
    /// Rows without a match.
    public var unmatched: Int
  }

  /// Rows that every file has; these alone are evaluated.
  public var matched: Int
  /// The files in the order in which they were given.
  public var files: [File]

  /// The report in one sentence.
  var sentence: String {
    let left = files.filter { $0.unmatched > 0 }
    return "\(matched) rows are matched by id in all \(files.count) files and evaluated; "
      + (left.isEmpty
        ? "every row has its match"
        : "left out without a match: "
          + left.map { "\($0.unmatched) of \($0.path)" }.joined(separator: ", "))
  }
}
