import AssayDiagnostics
import AssayRuns
import AssayTables

/// Which class a label, or a predicted class, means.
///
/// Classes are numbered from 0, or named: by the user, or by score columns that end in their names.
/// Nothing else is guessed.
struct ClassNames: Sendable {
  /// How a text is told to be a class.
  enum Rule: Hashable, Sendable {
    /// Whole numbers from 0; `True` and `False` are 1 and 0.
    case numbers
    /// The names of the classes in their order.
    case names([String])
    /// The text that is class 1; any other is class 0.
    case positive(String)
  }

  var rule: Rule
  var classCount: Int

  /// The number that a text means; `true` and `false`, in any case, are 1 and 0.
  static func number(_ text: String) -> Double? {
    if let value = decimalNumber(text) { return value }
    switch text.lowercased() {
    case "true": return 1
    case "false": return 0
    default: return nil
    }
  }

  /// The class of each of these texts: −1 for the empty text, −2 for one that is no class.
  func codes(of texts: [String]) -> [Int32] {
    texts.map { text in text.isEmpty ? -1 : code(of: text) ?? -2 }
  }

  private func code(of text: String) -> Int32? {
    switch rule {
    case .numbers:
      guard let value = Self.number(text), let whole = Int32(exactly: value), whole >= 0,
        Int(whole) < classCount
      else { return nil }
      return whole
    case .names(let names):
      if let index = names.firstIndex(of: text) { return Int32(index) }
      // `1` named by the user is `1.0` where a file holds floating-point numbers.
      guard let value = Self.number(text) else { return nil }
      let numbers = names.map(Self.number)
      if let index = numbers.firstIndex(of: value) { return Int32(index) }
      // Labels may number classes whose names are texts.
      guard numbers.allSatisfy({ $0 == nil }), let whole = Int32(exactly: value), whole >= 0,
        Int(whole) < names.count
      else { return nil }
      return whole
    case .positive(let positive):
      if text == positive { return 1 }
      if let value = Self.number(text), value == Self.number(positive) { return 1 }
      return 0
    }
  }

  /// The names in the order of the classes; empty where classes are numbers.
  var list: [String] {
    switch rule {
    case .numbers: []
    case .names(let names): names
    case .positive(let positive): ["any other", positive]
    }
  }

  /// What is expected where a text is no class.
  var expected: String {
    switch rule {
    case .numbers: "0…\(classCount - 1)"
    case .names(let names):
      names.prefix(10).joined(separator: ", ") + (names.count > 10 ? " …" : "")
    case .positive(let positive): "two labels, '\(positive)' among them"
    }
  }

  /// How to mend a text that is no class.
  var help: String {
    switch rule {
    case .numbers:
      classCount == 2
        ? "number the classes from 0 without gaps, or name the label that counts as 1 with --positive"
        : "number the classes from 0 without gaps, or name them with --classes"
    case .names: "--classes names every class, in the order of the score columns"
    case .positive: "--positive names one of two labels"
    }
  }
}

/// Decides the task and what the classes are called, from the options, the labels and the names of the
/// score columns.
struct ClassDecision {
  let request: EvaluationRequest
  let arms: [ArmUse]
  let uses: [ColumnUse]
  /// The distinct texts of the label, and of columns with predicted classes.
  let labels: [String]
  let predicted: [String]
  let labelPath: String

  /// The task, the classes and, for each arm with several score columns, their order by class.
  func decide() throws -> (task: PredictionTask, classes: ClassNames, order: [String: [Int]]) {
    let width = try scoreWidth()
    let given = request.input.classes
    if let width, !given.isEmpty, given.count != width {
      throw Diagnostic(
        .other(
          found: "\(given.count) names after --classes",
          expected: "\(width), one for each score column"))
    }
    let present = labels.filter { !$0.isEmpty }
    if let positive = request.input.positive {
      return (.binary, try named(positive, present, width), [:])
    }
    if !given.isEmpty {
      let count = given.count
      let names = ClassNames(rule: .names(given), classCount: count)
      let isBinary =
        request.task == "binary" || (request.task == nil && count == 2 && width == nil)
      if isBinary, count != 2 {
        throw Diagnostic(
          .other(found: "\(count) names after --classes", expected: "two in a binary task"))
      }
      if !isBinary, width == nil, hasSingleScores {
        throw Diagnostic(
          .other(found: "\(count) names after --classes and --score", expected: "--scores"),
          help: "give one score column for each class with --scores")
      }
      try checkOrder(of: given)
      return (isBinary ? .binary : .multiclass(classCount: count), names, [:])
    }
    let numbers = present.compactMap(ClassNames.number)
    if numbers.count == present.count {
      let task = try numbered(numbers, width)
      return (task, ClassNames(rule: .numbers, classCount: max(2, task.classCount)), [:])
    }
    if width != nil, let (names, order) = columnNames(present) {
      return (
        .multiclass(classCount: names.count),
        ClassNames(rule: .names(names), classCount: names.count), order
      )
    }
    // Labels that are mostly numbers hold a wrong value; texts want names.
    if numbers.count > 1 {
      let task = try numbered(numbers, width)
      return (task, ClassNames(rule: .numbers, classCount: max(2, task.classCount)), [:])
    }
    throw unnamed(present, width)
  }

  private var hasSingleScores: Bool {
    arms.contains { $0.scores.count == 1 && $0.kind != .class }
  }

  /// The number of score columns of every arm that has several.
  private func scoreWidth() throws -> Int? {
    guard request.task != "binary", let first = request.scores.first else { return nil }
    func count(_ columns: String) -> Int { columns.split(separator: ",").count }
    let width = count(first.columns)
    if let other = request.scores.first(where: { count($0.columns) != width }) {
      throw Diagnostic(
        .other(
          found: "\(count(other.columns)) for the arm '\(other.arm)'",
          expected: "\(width) score columns for every arm"))
    }
    guard width >= 2 else {
      throw Diagnostic(
        .other(found: "\(width)", expected: "at least two columns after --scores"),
        help: "one column is given with --score")
    }
    if let mixed = request.score.first(where: { request.input.kind(of: $0.arm) != .class }) {
      throw Diagnostic(
        .conflict(
          first: "--score \(mixed.arm)=…", second: "--scores",
          why: "all arms predict the same classes"))
    }
    return width
  }

  /// Labels are whole numbers, or something is wrong with them.
  private func numbered(_ labels: [Double], _ width: Int?) throws -> PredictionTask {
    if let width { return .multiclass(classCount: width) }
    if request.task == "binary" { return .binary }
    let isWhole = labels.allSatisfy { $0 == $0.rounded() && $0 >= 0 }
    let classes = labels + predicted.compactMap(ClassNames.number)
    let largest = max(1, Int(classes.filter { $0 >= 0 && $0 < 1e6 }.max()?.rounded(.up) ?? 1))
    if request.task == "multiclass" { return .multiclass(classCount: largest + 1) }
    if !hasSingleScores, isWhole, largest > 1 { return .multiclass(classCount: largest + 1) }
    if !isWhole, hasSingleScores {
      throw Diagnostic(
        .other(found: "other numbers", expected: "labels 0 and 1 in column '\(request.label)'"),
        at: SourceLocation(path: labelPath, line: 1), help: "give --task regression for numbers")
    }
    return .binary
  }

  private func named(
    _ positive: String, _ labels: [String], _ width: Int?
  ) throws -> ClassNames {
    if width != nil || request.task == "multiclass" {
      throw Diagnostic(
        .conflict(
          first: "--positive", second: width == nil ? "--task multiclass" : "--scores",
          why: "one label counts as 1 in a binary task only"))
    }
    let names = ClassNames(rule: .positive(positive), classCount: 2)
    let codes = names.codes(of: labels)
    // A party may hold one class only: then nothing else is there that the name could be a slip of.
    guard codes.contains(1) || labels.count == 1 else {
      throw Diagnostic(
        .unknownName(what: "a label", name: positive, known: labels),
        at: SourceLocation(path: labelPath, line: 1), help: "--positive names one of the labels")
    }
    let others = zip(labels, codes).filter { $1 == 0 }.map(\.0)
    if others.count > 1 {
      throw Diagnostic(
        .other(
          found: others.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
            + (others.count > 3 ? " and \(others.count - 3) more" : ""),
          expected: "one other label beside '\(positive)' in column '\(request.label)'"),
        at: SourceLocation(path: labelPath, line: 1),
        help: "a task of several classes takes --scores with a column for each")
    }
    return names
  }

  /// Refuses names in another order than the score columns' own, such as `--classes dog,cat` beside
  /// `p_cat,p_dog`: one of the two is a slip.
  private func checkOrder(of names: [String]) throws {
    for arm in arms where arm.scores.count == names.count && names.count > 1 {
      let columns = arm.scores.map { uses[$0].name }
      guard let first = columns.first,
        let prefix = names.filter(first.hasSuffix).map({ first.dropLast($0.count) }).first(where: {
          prefix in
          columns.allSatisfy { $0.hasPrefix(prefix) }
            && Set(columns.map { String($0.dropFirst(prefix.count)) }) == Set(names)
        })
      else { continue }
      let own = columns.map { String($0.dropFirst(prefix.count)) }
      if own == names { continue }
      throw Diagnostic(
        .conflict(
          first: "--classes \(names.joined(separator: ","))",
          second: "--scores \(arm.name)=\(columns.joined(separator: ","))",
          why: "the columns are named after the classes in another order"),
        help: "--classes names the classes in the order of the score columns: "
          + own.joined(separator: ","))
    }
  }

  /// The classes as the score columns name them: a common beginning and then exactly a label.
  ///
  /// Every label must be named, by one reading only, and all arms must name the same classes.
  private func columnNames(_ labels: [String]) -> (names: [String], order: [String: [Int]])? {
    var names: [String] = []
    var order: [String: [Int]] = [:]
    for arm in arms where arm.scores.count > 1 {
      let columns = arm.scores.map { uses[$0].name }
      var found: [[String]] = []
      for label in labels {
        for column in columns where column.hasSuffix(label) {
          let prefix = String(column.dropLast(label.count))
          guard columns.allSatisfy({ $0.hasPrefix(prefix) }) else { continue }
          let endings = columns.map { String($0.dropFirst(prefix.count)) }
          if Set(labels).isSubset(of: endings), !endings.contains(""), !found.contains(endings) {
            found.append(endings)
          }
        }
      }
      guard found.count == 1, Set(found[0]).count == columns.count else { return nil }
      if names.isEmpty { names = found[0] }
      guard Set(names) == Set(found[0]) else { return nil }
      order[arm.name] = names.compactMap { found[0].firstIndex(of: $0) }
    }
    return names.isEmpty ? nil : (names, order)
  }

  private func unnamed(_ labels: [String], _ width: Int?) -> Diagnostic {
    let some =
      labels.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
      + (labels.count > 3 ? " and \(labels.count - 3) more" : "")
    let isBinary = width == nil && request.task != "multiclass" && labels.count <= 2
    return Diagnostic(
      .other(
        found: some,
        expected: isBinary
          ? "labels 0 and 1 in column '\(request.label)'"
          : "class numbers in column '\(request.label)', or names for them"),
      at: SourceLocation(path: labelPath, line: 1),
      help: isBinary
        ? "name the label that counts as 1 with --positive"
        : "name the classes in the order of the score columns with --classes A,B,C")
  }
}
