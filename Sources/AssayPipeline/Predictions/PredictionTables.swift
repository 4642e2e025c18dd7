import AssayDiagnostics
import AssayMetrics
import AssayRuns
import AssayTables

/// Prediction tables of any format, read into one table of scores.
///
/// Only the columns that are named are read.
struct PredictionTables {
  let request: EvaluationRequest
  /// The files with their digests.
  let sources: [SourceFile]
  /// How rows were matched, where files were joined by ids.
  let join: JoinReport?
  /// Rows that were left out because an arm has no score for them; `nil` where none may lack one.
  private(set) var unscoredRows: Int?
  /// What the user should know about how the input was understood.
  private(set) var notes: [String] = []

  /// What the classes are called, in their order; empty where they are numbers.
  private(set) var classNames: [String] = []

  private let table: ScoredTable
  /// Columns that are only searched for weak segments.
  let explored: [WeakSegmentColumn]

  init(_ request: EvaluationRequest, threads: Int = 1) throws {
    self.request = request
    let isRegression = request.task == "regression"
    let opened = try request.paths.map {
      try openTable($0, decimalMark: request.input.decimalMark)
    }
    let (uses, arms) = request.uses(
      isRegression: isRegression, columns: opened.flatMap(\.columnNames))
    try Self.check(request, arms)
    var columns: PredictionColumns
    do { columns = try PredictionColumns(uses, opened, threads: threads) } catch let problems
      as DiagnosticList
    { throw Self.advised(problems, uses) }
    sources = zip(request.paths, columns.digests).map { SourceFile(path: $0, sha256: $1) }
    join = columns.report
    if let join { notes.append(join.sentence) }
    if columns.layout.arrangement == .sideBySide {
      notes.append("rows of \(opened.count) files are taken side by side, in their order")
    }
    let groups = try Self.groups(&columns)
    var labels: [Int32] = []
    var targets: [Double] = []
    var task = PredictionTask.regression
    var names = ClassNames(rule: .numbers, classCount: 2)
    var order: [String: [Int]] = [:]
    if isRegression {
      targets = columns.takeNumbers(0)
    } else {
      (task, names, order) = try ClassDecision(
        request: request, arms: arms, uses: uses, labels: columns.distinctTexts(0),
        predicted: arms.flatMap { $0.prediction.map { columns.distinctTexts($0) } ?? [] },
        labelPath: opened[columns.layout.files[0][0]].path
      ).decide()
      labels = try PredictedScores.classes(&columns, 0, names, mayMiss: true)
      classNames = names.list
    }
    var scored: [ScoredArm] = []
    for arm in arms {
      let scores = PredictedScores(
        arm: arm, task: task, names: names, order: order[arm.name],
        keepsUnscored: request.input.excludesUnscored)
      let seed = try scores.read(&columns, notes: &notes)
      scored.append(ScoredArm(name: arm.name, seeds: [seed]))
    }
    notes += Self.twins(scored, sources)
    explored = columns.uses.indices.filter { columns.uses[$0].purpose == .explored }.map { index in
      let (codes, texts) = columns.takeTexts(index)
      return WeakSegmentColumn(name: columns.uses[index].name, texts: texts, codes: codes)
    }
    let whole = ScoredTable(
      task: task, labels: labels, targets: targets, arms: scored, segments: groups.segments,
      sensitive: groups.sensitive, client: groups.client, files: columns.files)
    guard request.input.excludesUnscored else {
      table = whole
      return
    }
    let kept = UnscoredRows.kept(whole)
    unscoredRows = whole.rowCount - kept.count
    notes.append(
      "\(whole.rowCount - kept.count) of \(whole.rowCount) rows lack a score of some arm and are left out "
        + "for every arm")
    table = UnscoredRows.selecting(kept, of: whole)
  }

  /// What looks like one model compared with itself: a file given twice, or arms that agree on every score.
  private static func twins(_ arms: [ScoredArm], _ sources: [SourceFile]) -> [String] {
    var notes: [String] = []
    for (place, source) in sources.enumerated() {
      guard let twin = sources[..<place].first(where: { $0.sha256 == source.sha256 }) else {
        continue
      }
      notes.append("\(source.path) holds the same bytes as \(twin.path)")
    }
    for (place, arm) in arms.enumerated() {
      guard
        let twin = arms[..<place].first(where: { $0.seeds.map(\.scores) == arm.seeds.map(\.scores) }
        )
      else { continue }
      notes.append(
        "the arms '\(twin.name)' and '\(arm.name)' have the same score on every row: a comparison of them "
          + "says nothing")
    }
    return notes
  }

  /// Problems with scores that are missing or infinite, with how to go on without such rows.
  private static func advised(_ problems: DiagnosticList, _ uses: [ColumnUse]) -> DiagnosticList {
    let scores = Set(
      uses.compactMap { use in
        if case .score = use.purpose { use.name } else { nil }
      })
    return DiagnosticList(
      problems.diagnostics.map { problem in
        var advised = problem
        switch problem.fact {
        case .missingValue(let column), .notFinite(let column, _):
          guard scores.contains(column) else { return problem }
          advised.help = "mend the score, or leave such rows out for every arm: --unscored exclude"
        default: break
        }
        return advised
      }, omitted: problems.omitted)
  }

  /// The table of scores.
  func scoredTable() throws -> ScoredTable { table }

  /// Refuses options that contradict one another or name an arm that is none.
  private static func check(_ request: EvaluationRequest, _ arms: [ArmUse]) throws {
    let names = arms.map(\.name)
    if let reference = request.reference, !names.contains(reference) {
      throw Diagnostic(.unknownName(what: "an arm", name: reference, known: names))
    }
    for (arm, _) in request.input.armScoreKinds where !names.contains(arm) {
      throw Diagnostic(
        .unknownName(what: "an arm", name: arm, known: names),
        help: "--score-kind names an arm of --score or --scores")
    }
    for arm in arms where arm.kind == .class {
      if arm.scores.count > 1 {
        throw Diagnostic(
          .conflict(
            first: "--score-kind class", second: "--scores \(arm.name)=…",
            why: "a predicted class is one column"), help: "give it with --score or --prediction")
      }
      if arm.prediction != nil, !arm.scores.isEmpty {
        throw Diagnostic(
          .conflict(
            first: "--score-kind class", second: "--prediction \(arm.name)=…",
            why: "both name the predicted class"))
      }
    }
    if request.task == "regression" {
      if request.input.scoreKind != .probability || !request.input.armScoreKinds.isEmpty {
        throw Diagnostic(
          .conflict(
            first: "--score-kind", second: "--task regression",
            why: "the scores of a regression are its predictions"))
      }
      if !request.input.classes.isEmpty || request.input.positive != nil {
        throw Diagnostic(
          .conflict(
            first: request.input.positive == nil ? "--classes" : "--positive",
            second: "--task regression", why: "a regression has no classes"))
      }
    }
    if !request.input.classes.isEmpty, request.input.positive != nil {
      throw Diagnostic(
        .conflict(
          first: "--classes", second: "--positive", why: "both name the classes"),
        help: "--classes A,B makes B the label that counts as 1")
    }
  }

  private static func groups(
    _ columns: inout PredictionColumns
  ) throws -> (segments: [GroupColumn], sensitive: [GroupColumn], client: GroupColumn?) {
    var segments: [GroupColumn] = []
    var sensitive: [GroupColumn] = []
    var client: GroupColumn?
    /// Parts of the crossed column that is being read.
    var parts: [GroupColumn] = []
    let uses = columns.uses
    for (index, use) in uses.enumerated() {
      guard [.segment, .sensitive, .client].contains(use.purpose) else { continue }
      let (codes, texts) = columns.takeTexts(index)
      var group = GroupColumn(name: use.name, texts: texts, codes: codes)
      if let crossed = use.crossed {
        parts.append(group)
        let next = index + 1 < uses.count ? uses[index + 1] : nil
        if next?.crossed == crossed, next?.purpose == use.purpose { continue }
        group = try GroupColumn(crossing: parts, name: crossed)
        parts = []
      }
      switch use.purpose {
      case .segment: segments.append(group)
      case .sensitive: sensitive.append(group)
      default: client = group
      }
    }
    return (segments, sensitive, client)
  }
}
