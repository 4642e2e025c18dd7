import AssayDiagnostics
import AssayFiles
import AssayRuns
import AssayTables

/// What to evaluate, as the command line puts it.
public struct EvaluationRequest: Sendable {
  /// An arm and its column, or columns separated by commas.
  public typealias ArmColumns = (arm: String, columns: String)

  var paths: [String]
  var label: String
  var score: [ArmColumns]
  var scores: [ArmColumns]
  var prediction: [ArmColumns]
  var segments: [String]
  var sensitive: [String]
  var client: String?
  var identifier: String?
  var reference: String?
  var task: String?
  var threshold: Double
  var confidence: Double
  var minimumCount: Int
  /// `nil`: by the profile.
  var minimumClients: Int?
  var includeMissing: Bool
  var fairlearnConvention: Bool
  var seed: Int
  /// What is tolerated, as metric and worsening; judged for every comparison.
  public var margins: [(metric: String, value: Double)] = []

  /// Creates a request.
  public init(
    paths: [String], label: String, score: [ArmColumns], scores: [ArmColumns],
    prediction: [ArmColumns], segments: [String], sensitive: [String], client: String?,
    identifier: String?, reference: String?, task: String?, threshold: Double,
    confidence: Double, minimumCount: Int, minimumClients: Int?, includeMissing: Bool,
    fairlearnConvention: Bool, seed: Int
  ) {
    self.paths = paths
    self.label = label
    self.score = score
    self.scores = scores
    self.prediction = prediction
    self.segments = segments
    self.sensitive = sensitive
    self.client = client
    self.identifier = identifier
    self.reference = reference
    self.task = task
    self.threshold = threshold
    self.confidence = confidence
    self.minimumCount = minimumCount
    self.minimumClients = minimumClients
    self.includeMissing = includeMissing
    self.fairlearnConvention = fairlearnConvention
    self.seed = seed
  }
}

/// Reads prediction tables into one table of scores.
struct PredictionTables {
  let request: EvaluationRequest
  let tables: [Table]

  init(_ request: EvaluationRequest) throws {
    self.request = request
    tables = try request.paths.map { try CSVReader.read(path: $0) }
  }

  var sources: [SourceFile] {
    zip(request.paths, tables).map { SourceFile(path: $0, sha256: $1.sha256) }
  }

  func scoredTable() throws -> ScoredTable {
    let task = try decideTask()
    var labels: [Int32] = []
    var targets: [Double] = []
    for table in tables {
      let column = try index(request.label, in: table, flag: "--label")
      if task == .regression {
        targets += try table.numbers(column)
      } else {
        labels += try table.labels(column, classCount: task.classCount).labels
      }
    }
    if task != .regression, tables.count == 1, labels.allSatisfy({ $0 < 0 }), labels.isEmpty {
      throw Diagnostic(.noRows, at: SourceLocation(path: tables[0].path))
    }
    try checkIdentifiers()
    return ScoredTable(
      task: task, labels: labels, targets: targets, arms: try arms(task),
      segments: try request.segments.map { try group($0, flag: "--segment") },
      sensitive: try request.sensitive.map { try group($0, flag: "--sensitive") },
      client: try request.client.map { try group($0, flag: "--client") })
  }

  private func index(_ name: String, in table: Table, flag: String) throws(Diagnostic) -> Int {
    do { return try table.index(of: name) } catch {
      var named = error
      if let advice = error.fact.advice {
        named.help = "\(flag) names this column; \(advice)"
      } else {
        named.help = "\(flag) names this column"
      }
      throw named
    }
  }

  private func group(_ name: String, flag: String) throws -> GroupColumn {
    var values: [String] = []
    for table in tables { values += table.texts(try index(name, in: table, flag: flag)) }
    return GroupColumn(name: name, values: values)
  }

  private func decideTask() throws -> PredictionTask {
    let widths = request.scores.map { $0.columns.split(separator: ",").count }
    switch request.task {
    case "regression": return .regression
    case "binary": return .binary
    default: break
    }
    if let width = widths.first {
      if let other = request.scores.first(where: {
        $0.columns.split(separator: ",").count != width
      }) {
        throw Diagnostic(
          .other(
            found: "\(other.columns.split(separator: ",").count) for the arm '\(other.arm)'",
            expected: "\(width) score columns for every arm"))
      }
      guard width >= 2 else {
        throw Diagnostic(
          .other(found: "\(width)", expected: "at least two columns after --scores"),
          help: "one column is given with --score")
      }
      if let mixed = request.score.first {
        throw Diagnostic(
          .conflict(
            first: "--score \(mixed.arm)=…", second: "--scores",
            why: "all arms predict the same classes"))
      }
      return .multiclass(classCount: width)
    }
    let column = try index(request.label, in: tables[0], flag: "--label")
    var largest = 1
    var isWhole = true
    for table in tables {
      let place = try index(request.label, in: table, flag: "--label")
      guard table.kind(place) == .number else { continue }
      for value in try table.numbers(place) where !value.isNaN {
        if value != value.rounded() || value < 0 { isWhole = false }
        if value < 1e6 { largest = max(largest, Int(value.rounded(.up))) }
      }
    }
    if request.task == "multiclass" { return .multiclass(classCount: max(2, largest + 1)) }
    if request.score.isEmpty, isWhole, largest > 1 {
      return .multiclass(classCount: largest + 1)
    }
    if !isWhole, tables[0].kind(column) == .number, request.task == nil, !request.score.isEmpty {
      throw Diagnostic(
        .other(found: "other numbers", expected: "labels 0 and 1 in column '\(request.label)'"),
        at: SourceLocation(path: tables[0].path, line: 1),
        help: "give --task regression for numbers")
    }
    return .binary
  }

  private func arms(_ task: PredictionTask) throws -> [ScoredArm] {
    var names: [String] = []
    for (arm, _) in request.score + request.scores + request.prediction where !names.contains(arm) {
      names.append(arm)
    }
    if let reference = request.reference, !names.contains(reference) {
      throw Diagnostic(.unknownName(what: "an arm", name: reference, known: names))
    }
    return try names.map { name in
      let columns =
        request.scores.first { $0.arm == name }?.columns.split(separator: ",").map(String.init)
        ?? request.score.first { $0.arm == name }.map { [$0.columns] } ?? []
      let predicted = request.prediction.first { $0.arm == name }?.columns
      var scores: [Double] = []
      var predictions: [Int32]?
      if let predicted {
        var classes: [Int32] = []
        for table in tables {
          let place = try index(predicted, in: table, flag: "--prediction")
          classes += try self.classes(table, place, task)
        }
        predictions = classes
      }
      if columns.isEmpty {
        // Only classes are known: rates can be measured, scores are certain.
        scores = Self.certain(predictions ?? [], task)
      } else {
        for table in tables { scores += try read(columns, from: table, task) }
      }
      return ScoredArm(
        name: name, seeds: [ScoredArm.Seed(seed: nil, scores: scores, predictions: predictions)])
    }
  }

  private func classes(
    _ table: Table, _ column: Int, _ task: PredictionTask
  ) throws -> [Int32] {
    let classes = try table.labels(column, classCount: max(2, task.classCount)).labels
    if let row = classes.firstIndex(where: { $0 < 0 }) {
      throw DiagnosticList([
        table.diagnostic(.missingValue(column: table.columns[column]), row: row, column: column)
      ])
    }
    return classes
  }

  private static func certain(_ classes: [Int32], _ task: PredictionTask) -> [Double] {
    guard case .multiclass(let count) = task else { return classes.map { Double($0) } }
    return classes.flatMap { label in (0..<count).map { $0 == Int(label) ? 1.0 : 0.0 } }
  }

  private func read(
    _ columns: [String], from table: Table, _ task: PredictionTask
  ) throws -> [Double] {
    let flag = columns.count > 1 ? "--scores" : "--score"
    let places = try columns.map { try index($0, in: table, flag: flag) }
    let parts = try places.map { try table.numbers($0, allowMissing: false) }
    if task != .regression {
      var problems = DiagnosticList()
      for (part, place) in zip(parts, places) {
        for (row, value) in part.enumerated() where value < 0 || value > 1 {
          problems.append(
            table.diagnostic(
              .outOfRange(
                column: table.columns[place], found: table.text(row, place),
                expected: "a probability in 0...1"), row: row, column: place,
              help: "scores are probabilities; turn logits into probabilities first"))
        }
      }
      try problems.throwIfNotEmpty()
    }
    if parts.count == 1 { return parts[0] }
    var scores = [Double](repeating: 0, count: table.rowCount * parts.count)
    for (column, part) in parts.enumerated() {
      for (row, value) in part.enumerated() { scores[row * parts.count + column] = value }
    }
    return scores
  }

  private func checkIdentifiers() throws {
    guard let name = request.identifier else { return }
    var seen: [String: Int] = [:]
    var problems = DiagnosticList()
    for table in tables {
      let column = try index(name, in: table, flag: "--id")
      for (row, value) in table.texts(column).enumerated() {
        if let first = seen[value] {
          problems.append(
            table.diagnostic(
              .duplicateIdentifier(column: name, value: value, firstLine: first), row: row,
              column: column))
        } else {
          seen[value] = table.line(of: row)
        }
      }
    }
    try problems.throwIfNotEmpty()
  }
}
