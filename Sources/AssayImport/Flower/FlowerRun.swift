import AssayDiagnostics
import AssayFiles
import AssayRuns

/// Puts together one run from the files of its folder.
struct FlowerRun {
  private let source: ArtifactSource
  private let files: FlowerFiles
  private var run: Run
  private var metrics = FlowerMetrics()
  private var exchanges: FlowerExchanges?
  private var log: FlowerLog?

  /// Reads the run.
  static func read(_ source: ArtifactSource, _ files: FlowerFiles) throws(Diagnostic) -> Run {
    var reader = FlowerRun(source, files)
    try reader.readFiles()
    reader.buildRounds()
    try reader.readPrivacy()
    reader.nameAndStatus()
    reader.check()
    return reader.run
  }

  private init(_ source: ArtifactSource, _ files: FlowerFiles) {
    self.source = source
    self.files = files
    let name = source.folderName(files.folder)
    run = Run(id: name, name: name, format: FlowerImporter.name, status: .unknown)
  }

  // MARK: - Files

  private mutating func json(
    _ kind: FlowerFiles.Kind
  ) throws(Diagnostic) -> (value: JSONValue, path: String)? {
    guard let path = files.paths[kind] else { return nil }
    let bytes = try source.read(path, limit: ArtifactLimit.document, noting: &run.sources)
    return (try JSONValue.parse(bytes, path: source.path(path)), source.path(path))
  }

  private mutating func readFiles() throws(Diagnostic) {
    if let (value, path) = try json(.result) {
      metrics = try FlowerMetrics(result: value, path: path)
    } else if let (value, path) = try json(.history) {
      metrics = try FlowerMetrics(history: value, path: path)
    } else {
      run.warnings.append("neither a Result nor a History is in the source: no metrics")
    }
    if let path = files.paths[.exchanges] {
      let bytes = try source.read(path, limit: ArtifactLimit.log, noting: &run.sources)
      exchanges = try FlowerExchanges(bytes, path: source.path(path))
    }
    if let (value, path) = try json(.configuration) {
      guard let settings = value.object else {
        throw Diagnostic(
          .wrongKind(key: "run_config", found: "something else", expected: "an object"),
          at: SourceLocation(path: path))
      }
      run.parameters = settings
    }
    if let path = files.paths[.log] {
      log = FlowerLog(try source.read(path, limit: ArtifactLimit.log, noting: &run.sources))
    }
    run.metrics = metrics.last
    run.warnings += metrics.warnings + (exchanges?.warnings ?? [])
    run.details["strategy"] = log?.strategy.map { .string($0) }
    let tables = ["predictions.csv", "predictions.parquet", "predictions.jsonl"]
    run.details["predictions"] = try source.predictions(named: tables, in: files.folder)
    run.details["not_opened"] = try source.unopenedFiles(in: files.folder)
  }

  // MARK: - Rounds

  /// Every round that any file knows; 0 is the evaluation before training and no round.
  private mutating func buildRounds() {
    let exchanged = Dictionary(
      (exchanges?.train ?? []).map { ($0.round, $0) }, uniquingKeysWith: { $1 })
    let logged = Dictionary((log?.rounds ?? []).map { ($0.number, $0) }, uniquingKeysWith: { $1 })
    let numbers = Set(exchanged.keys).union(logged.keys).union(metrics.rounds.keys)
    for number in numbers.sorted() where number > 0 {
      var round = Round(round: number, metrics: metrics.rounds[number] ?? [:])
      if let exchange = exchanged[number] {
        take(exchange, &round)
      } else if let line = logged[number] {
        take(line, &round)
      }
      if let problem = completeCounts(&round) { run.warnings.append(problem) }
      round.aggregated = aggregated(round, logged[number])
      run.rounds.append(round)
    }
    if let before = metrics.rounds[0] {
      var object = JSONObject()
      for key in before.keys.sorted() { object[key] = .number(before[key]) }
      run.details["before_training"] = .object(object)
    }
    noteEvaluation()
    noteClients()
  }

  private func take(_ exchange: FlowerExchanges.Exchange, _ round: inout Round) {
    round.selected = exchange.selected
    round.completed = exchange.completed
    round.failed = exchange.failed
    round.noReply = exchange.noReply
    round.bytesUp = bytes(\.bytesUp, of: exchange)
    round.bytesDown = bytes(\.bytesDown, of: exchange)
    round.seconds = exchange.seconds
    round.causes = exchange.causes
  }

  /// Bytes of a whole round: clients are counted in its training exchange alone, but the network also
  /// carries its evaluation.
  private func bytes(
    _ path: KeyPath<FlowerExchanges.Exchange, Int?>, of exchange: FlowerExchanges.Exchange
  ) -> Int? {
    guard var sum = exchange[keyPath: path] else { return nil }
    for evaluation in exchanges?.evaluate ?? [] where evaluation.round == exchange.round {
      sum = sum.addingReportingOverflow(evaluation[keyPath: path] ?? 0).partialValue
    }
    return sum
  }

  /// The log prints no line for a round in which nobody replied, and none with the sum for a round
  /// that a privacy strategy skipped.
  private func take(_ line: FlowerLog.Round, _ round: inout Round) {
    round.selected = line.selected
    if line.completed != nil || line.failed != nil {
      round.completed = line.completed
      round.failed = line.failed
    } else if line.isSkipped {
      round.failed = line.errors > 0 ? line.errors : nil
    } else if line.isOver, let selected = line.selected {
      round.completed = 0
      round.failed = 0
      round.noReply = selected
    }
  }

  private func aggregated(_ round: Round, _ line: FlowerLog.Round?) -> Bool? {
    if let trained = metrics.trained { return trained.contains(round.round) }
    if line?.isSkipped == true || round.completed == 0 { return false }
    if line?.isAggregated == true { return true }
    return nil
  }

  /// The evaluation exchanges are counted apart: rounds show the clients of the training exchange alone.
  private mutating func noteEvaluation() {
    guard let evaluate = exchanges?.evaluate, !evaluate.isEmpty else { return }
    func total(_ path: KeyPath<FlowerExchanges.Exchange, Int?>) -> JSONValue {
      var sum = 0
      for exchange in evaluate {
        sum = sum.addingReportingOverflow(exchange[keyPath: path] ?? 0).partialValue
      }
      return .integer(sum)
    }
    run.details["evaluation_exchanges"] = .object([
      "exchanges": .integer(evaluate.count), "selected": total(\.selected),
      "completed": total(\.completed), "failed": total(\.failed), "no_reply": total(\.noReply),
      "bytes_up": total(\.bytesUp), "bytes_down": total(\.bytesDown),
    ])
  }

  private mutating func noteClients() {
    guard let clients = exchanges?.clients, !clients.isEmpty else { return }
    run.details["clients"] = .array(
      clients.keys.sorted().map { id in
        .object([
          "client": .string(id), "completed": .optional(clients[id]?.completed),
          "failed": .optional(clients[id]?.failed), "weight": .number(clients[id]?.weight),
        ])
      })
  }

  // MARK: - Privacy, name and status

  private mutating func readPrivacy() throws(Diagnostic) {
    let accountant = try json(.accountant)
    let privacy = try FlowerPrivacy(
      FlowerPrivacy.Sources(
        accountant: accountant?.value, accountantPath: accountant?.path ?? "",
        spent: try json(.privacySpent)?.value, settings: run.parameters, log: log,
        weights: exchanges?.weights, weightRatio: exchanges?.weightRatio))
    run.privacy = privacy.record
    run.warnings += privacy.warnings
    if !privacy.details.members.isEmpty { run.details["privacy"] = .object(privacy.details) }
  }

  private mutating func nameAndStatus() {
    if let id = log?.runID { run.id = id }
    if let log {
      run.status = log.isFailed ? .failed : log.isFinished ? .completed : .unknown
      if log.isFailed { run.details["error"] = log.error.map { .string($0) } }
    } else if files.paths[.result] != nil || files.paths[.history] != nil {
      // Both are written after the strategy has returned.
      run.status = .completed
    }
    readRunList()
    if run.started == nil, let first = exchanges?.train.first?.started,
      let text = Timestamp.text(seconds: first)
    {
      run.started = text
      run.details["started_from"] = .string("the first recorded exchange")
    }
    if run.started == nil { run.warnings.append("start not recorded") }
    if run.status == .unknown { run.warnings.append("status not recorded") }
    run.seed = KnownNames.first(KnownNames.seed, in: run.parameters.members)?.value.integer
    if run.seed == nil { run.warnings.append("seed not recorded") }
  }

  /// `flwr list` beside the run or in a folder above it, inside the source.
  private mutating func readRunList() {
    guard let id = log?.runID else { return }
    var folder: String? = files.folder
    while let current = folder {
      let path = joined(current, FlowerFiles.Kind.runList.rawValue)
      if source.hasFile(path) {
        var sources: [SourceFile] = []
        if let bytes = try? source.read(path, limit: ArtifactLimit.document, noting: &sources),
          let json = try? JSONValue.parse(bytes, path: path),
          let entry = json["runs"]?.array?.first(where: { $0["run-id"]?.string == id })
        {
          run.sources += sources
          take(entry)
        } else {
          run.warnings.append("\(path) does not name this run, or is no list of runs")
        }
        return
      }
      folder =
        current.isEmpty
        ? nil : current.lastIndex(of: "/").map { String(current[..<$0]) } ?? ""
    }
  }

  private mutating func take(_ entry: JSONValue) {
    switch entry["status"]?.string {
    case "finished:completed": run.status = .completed
    case "finished:failed": run.status = .failed
    case "finished:stopped": run.status = .killed
    case "running", "starting": run.status = .running
    default: break
    }
    run.started = (entry["running-at"]?.string).flatMap(Timestamp.text(flower:))
    run.details["app"] = entry["fab-id"]
    run.details["app_digest"] = entry["fab-hash"]
  }

  // MARK: - What is odd

  private mutating func check() {
    let planned =
      KnownNames.first(KnownNames.plannedRounds, in: run.parameters.members)?.value.integer
      ?? log?.plannedRounds
    if let planned, planned != run.rounds.last?.round ?? 0 {
      run.warnings.append("\(planned) rounds planned, \(run.rounds.last?.round ?? 0) recorded")
    }
    if exchanges == nil, log == nil {
      run.warnings.append("client counts and bytes not recorded: neither exchanges nor log")
    } else if exchanges == nil, !run.rounds.isEmpty {
      run.warnings.append("bytes and seconds not recorded: client counts come from the log")
    }
    for round in run.rounds {
      if let selected = round.selected, round.noReply == selected, selected > 0 {
        run.warnings.append(
          "round \(round.round): none of the \(selected) selected clients replied")
      } else if round.aggregated == false, let completed = round.completed, completed > 0 {
        run.warnings.append(
          "round \(round.round): \(completed) updates arrived and nothing was aggregated")
      } else if exchanges == nil, round.selected != nil, round.completed == nil {
        run.warnings.append("round \(round.round): completed clients not recorded in the log")
      }
    }
    if nothingAggregated {
      run.warnings.append("no round was aggregated; not evidence of federated training")
    }
  }

  /// Every round is known not to have changed the model, or nothing of any client was kept and the
  /// server's own metrics never move.
  private var nothingAggregated: Bool {
    if run.rounds.isEmpty { return false }
    if run.rounds.allSatisfy({ $0.aggregated == false }) { return true }
    guard exchanges == nil, log == nil, !metrics.hasClientMetrics else { return false }
    return run.rounds.count > 1 && run.rounds.allSatisfy { $0.metrics == run.rounds[0].metrics }
  }
}
