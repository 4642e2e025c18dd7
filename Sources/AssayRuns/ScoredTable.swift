/// Labels, scores of every arm and groups of the same rows: what an evaluation reads.
///
/// Trained arms and prediction files both become this table, so both are measured alike.
public struct ScoredTable: Hashable, Sendable {
  /// What is predicted.
  public var task: PredictionTask
  /// Class of every row, `0..<classCount`; −1 where the label is missing. Empty for regression.
  public var labels: [Int32]
  /// Target of every row for regression, NaN where missing; empty otherwise.
  public var targets: [Double]
  /// The arms in the order they were named; the first is the reference unless another is named.
  public var arms: [ScoredArm]
  /// Columns whose values are evaluated one by one.
  public var segments: [GroupColumn]
  /// Columns for fairness.
  public var sensitive: [GroupColumn]
  /// Which client holds each row; `nil` when not known.
  public var client: GroupColumn?
  /// Which file each row came from, where there are several; for drift alone.
  public var files: GroupColumn?

  /// Creates a table; all columns have one value per row.
  public init(
    task: PredictionTask, labels: [Int32], targets: [Double] = [], arms: [ScoredArm],
    segments: [GroupColumn] = [], sensitive: [GroupColumn] = [], client: GroupColumn? = nil,
    files: GroupColumn? = nil
  ) {
    self.task = task
    self.labels = labels
    self.targets = targets
    self.arms = arms
    self.segments = segments
    self.sensitive = sensitive
    self.client = client
    self.files = files
  }

  /// Number of rows.
  public var rowCount: Int { task == .regression ? targets.count : labels.count }
}

/// What is predicted.
public enum PredictionTask: Hashable, Sendable {
  /// Label 0 or 1 and the probability of 1.
  case binary
  /// One of `classCount` classes and one probability for each.
  case multiclass(classCount: Int)
  /// A number.
  case regression

  /// Number of classes; 2 for binary, 0 for regression.
  public var classCount: Int {
    switch self {
    case .binary: 2
    case .multiclass(let count): count
    case .regression: 0
    }
  }

  /// Scores of one row in ``ScoredArm/Seed/scores``.
  public var scoresPerRow: Int {
    if case .multiclass(let count) = self { count } else { 1 }
  }
}

/// The scores of one arm: one set for every seed it was trained with.
public struct ScoredArm: Hashable, Sendable {
  /// One trained model's scores.
  public struct Seed: Hashable, Sendable {
    /// The seed; `nil` when scores come from a file.
    public var seed: Int?
    /// Row-major: probability of class 1 (binary), of each class (multiclass), or the prediction
    /// (regression).
    public var scores: [Double]
    /// Predicted classes where a file states them; otherwise they follow from the scores.
    public var predictions: [Int32]?

    /// Creates one seed's scores.
    public init(seed: Int?, scores: [Double], predictions: [Int32]? = nil) {
      self.seed = seed
      self.scores = scores
      self.predictions = predictions
    }
  }

  /// The arm's name.
  public var name: String
  /// One entry for each seed, at least one.
  public var seeds: [Seed]

  /// Creates an arm.
  public init(name: String, seeds: [Seed]) {
    self.name = name
    self.seeds = seeds
  }
}

/// A column of group names: codes into a list of names sorted by code point.
public struct GroupColumn: Hashable, Sendable {
  /// The name shown for an empty field.
  public static let missingName = "(missing)"

  /// The column's name.
  public var name: String
  /// Distinct names in order; the missing group, if any, is last and called `(missing)`.
  public var groups: [String]
  /// Index into ``groups`` of every row.
  public var codes: [Int32]
  /// Whether the last group stands for empty fields.
  public var hasMissing: Bool

  /// Builds the column from one text per row; an empty text is missing.
  public init(name: String, values: [String]) {
    var codes: [Int32] = []
    codes.reserveCapacity(values.count)
    var texts: [String] = []
    var known: [String: Int32] = [:]
    for value in values {
      if let code = known[value] {
        // Of several spellings of one text the first in order stands for all, wherever its row is.
        if Self.precedes(value, texts[Int(code)]) { texts[Int(code)] = value }
        codes.append(code)
        continue
      }
      let code = Int32(texts.count)
      known[value] = code
      texts.append(value)
      codes.append(code)
    }
    self.init(name: name, texts: texts, codes: codes)
  }

  /// Builds the column from distinct texts and an index into them for every row; texts that no row
  /// has are left out, and an empty text is missing.
  ///
  /// Texts that Unicode holds to be the same (`é` as one scalar or as two) are one group.
  public init(name: String, texts: [String], codes given: [Int32]) {
    var isUsed = [Bool](repeating: false, count: texts.count)
    for code in given { isUsed[Int(code)] = true }
    let used = texts.indices.filter { isUsed[$0] }
    let order = used.filter { !texts[$0].isEmpty }.sorted { Self.precedes(texts[$0], texts[$1]) }
    var code = [Int32](repeating: 0, count: texts.count)
    var known: [String: Int32] = [:]
    self.name = name
    groups = []
    for text in order {
      if let same = known[texts[text]] {
        code[text] = same
        continue
      }
      code[text] = Int32(groups.count)
      known[texts[text]] = Int32(groups.count)
      groups.append(Self.shown(texts[text]))
    }
    let missing = used.first { texts[$0].isEmpty }
    hasMissing = missing != nil
    if let missing {
      code[missing] = Int32(groups.count)
      groups.append(Self.missingName)
    }
    codes = given.map { code[Int($0)] }
  }

  /// The name under which a text is shown: the text itself, in quotation marks where it would be taken
  /// for the group of empty fields.
  public static func shown(_ text: String) -> String {
    var inner = text[...]
    while inner.count > 1, inner.first == "\"", inner.last == "\"" {
      inner = inner.dropFirst().dropLast()
    }
    return inner == missingName ? "\"\(text)\"" : text
  }

  private static func precedes(_ a: String, _ b: String) -> Bool {
    a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars)
  }
}
