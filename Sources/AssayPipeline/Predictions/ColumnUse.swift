import AssayRuns
import AssayTables

/// A column that an evaluation needs, as the command line names it.
struct ColumnUse: Sendable {
  /// What the column is for.
  enum Purpose: Hashable, Sendable {
    case label
    case identifier
    case client
    case segment
    case sensitive
    /// Only searched for weak segments.
    case explored
    case score(arm: String)
    case prediction(arm: String)

    /// Whether files may repeat the column when they are joined; its values must then agree.
    var isShared: Bool {
      switch self {
      case .label, .client, .segment, .sensitive, .explored: true
      case .identifier, .score, .prediction: false
      }
    }
  }

  var purpose: Purpose
  /// The flag that named it, for messages.
  var flag: String
  /// The column's name.
  var name: String
  /// Position of the file where the user wrote `FILE:COLUMN`.
  var file: Int?
  /// How its values are read.
  var role: ColumnRequest.Role
  /// The crossed column that this one is a part of, such as `region+sex`; parts stand together.
  var crossed: String?

  /// Reads `FILE:COLUMN`, where FILE is one of the paths as given or its last part, or `COLUMN`.
  static func split(_ text: String, paths: [String]) -> (file: Int?, name: String) {
    for (index, path) in paths.enumerated() {
      let last = path.split(separator: "/").last.map(String.init) ?? path
      for prefix in [path, last] where text.hasPrefix(prefix + ":") {
        // The last part of two paths may be the same: then only the whole path tells.
        let same = paths.filter { $0 == prefix || $0.hasSuffix("/" + prefix) }.count
        if same == 1 || prefix == path {
          return (index, String(text.dropFirst(prefix.count + 1)))
        }
      }
    }
    return (nil, text)
  }
}

/// Where the columns of one arm stand.
struct ArmUse: Sendable {
  var name: String
  /// Positions of its score columns among all uses.
  var scores: [Int]
  /// Position of the column with its predicted classes.
  var prediction: Int?
  var kind: ScoreKind
}

extension EvaluationRequest {
  /// Every column that is needed, and the arms in the order in which they were named.
  ///
  /// - Parameters:
  ///   - isRegression: Then the label and all scores are numbers.
  ///   - columns: The columns of all files; a name such as `region+sex` that is none of them crosses
  ///     the columns it joins.
  func uses(isRegression: Bool, columns: [String]) -> (uses: [ColumnUse], arms: [ArmUse]) {
    var uses: [ColumnUse] = []
    func add(
      _ text: String, _ purpose: ColumnUse.Purpose, _ flag: String, _ role: ColumnRequest.Role
    ) -> Int {
      let (file, name) = ColumnUse.split(text, paths: paths)
      uses.append(
        ColumnUse(purpose: purpose, flag: flag, name: name, file: file, role: role))
      return uses.count - 1
    }
    _ = add(label, .label, "--label", isRegression ? .number(allowMissing: true) : .text)
    func addGroups(_ names: [String], _ purpose: ColumnUse.Purpose, _ flag: String) {
      for name in names {
        guard let crossed = CrossedColumn(name, columns: columns) else {
          _ = add(name, purpose, flag, .text)
          continue
        }
        for part in crossed.parts {
          uses[add(part, purpose, "\(flag) \(name)", .text)].crossed = name
        }
      }
    }
    addGroups(segments, .segment, "--segment")
    addGroups(sensitive, .sensitive, "--sensitive")
    if let client { _ = add(client, .client, "--client", .text) }
    if let identifier { _ = add(identifier, .identifier, "--id", .text) }
    var names: [String] = []
    for (arm, _) in score + scores + prediction where !names.contains(arm) { names.append(arm) }
    let arms = names.map { name in
      let kind = isRegression ? ScoreKind.probability : input.kind(of: name)
      let wide = scores.first { $0.arm == name }?.columns.split(separator: ",").map(String.init)
      let columns = wide ?? score.first { $0.arm == name }.map { [$0.columns] } ?? []
      // A text may be missing or infinite, which numbers of a table may not.
      let role: ColumnRequest.Role =
        kind == .class || input.excludesUnscored ? .text : .number(allowMissing: false)
      return ArmUse(
        name: name,
        scores: columns.map {
          add($0, .score(arm: name), wide == nil ? "--score" : "--scores", role)
        },
        prediction: prediction.first { $0.arm == name }.map {
          add($0.columns, .prediction(arm: name), "--prediction", .text)
        }, kind: kind)
    }
    for name in weakSegments?.explored ?? [] { _ = add(name, .explored, "--explore", .text) }
    return (uses, arms)
  }
}
