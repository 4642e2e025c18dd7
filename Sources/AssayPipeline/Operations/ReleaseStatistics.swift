import AssayDiagnostics
import AssayEvidence
import AssayFiles
import AssayMetrics
import AssayPrivacy
import AssayRuns

/// How statistics are to be noised and charged, as the command line puts it.
public struct NoiseChoice: Sendable {
  /// σ over the rows of one unit.
  public var noiseMultiplier: Double
  /// The most rows of one unit.
  public var rowsPerUnit: Int
  /// Failure probability.
  public var delta: Double
  /// Whom the noise protects.
  public var unit: PrivacyUnit
  /// The seed of simulated noise; `nil`: noise of the operating system.
  public var seed: Int?
  /// `COLUMN=a,b,c` for every column to be released.
  public var groups: [String]
  /// Bins of a histogram.
  public var bins: Int
  /// Whether rows of a unit beyond the most are left out instead of refused.
  public var leavesOutExcess: Bool
  /// The ledger, or plain list of releases, that is charged.
  public var ledger: String

  /// Creates a choice.
  public init(
    noiseMultiplier: Double, rowsPerUnit: Int, delta: Double, unit: PrivacyUnit, seed: Int?,
    groups: [String], bins: Int, leavesOutExcess: Bool, ledger: String
  ) {
    self.noiseMultiplier = noiseMultiplier
    self.rowsPerUnit = rowsPerUnit
    self.delta = delta
    self.unit = unit
    self.seed = seed
    self.groups = groups
    self.bins = bins
    self.leavesOutExcess = leavesOutExcess
    self.ledger = ledger
  }

  func request() throws(Diagnostic) -> NoiseRequest {
    guard
      let part = NoisePart(
        noiseMultiplier: noiseMultiplier, rowsPerUnit: rowsPerUnit,
        noise: seed == nil ? .system : .seeded)
    else {
      let limits = DiscreteGaussian.multipliers
      throw Diagnostic(
        .badValue(
          key: "--noise-multiplier and --rows-per-unit",
          found: "\(noiseMultiplier) and \(rowsPerUnit)",
          expected:
            "a multiplier from \(limits.lowerBound) on and 1 to \(DiscreteGaussian.rowLimit) "
            + "rows, their product at most \(Int(DiscreteGaussian.largestDeviation))"))
    }
    var request = NoiseRequest(
      part: part, unit: unit, delta: delta, seed: UInt64(bitPattern: Int64(seed ?? 0)))
    request.bins = bins
    request.leavesOutExcess = leavesOutExcess
    for text in groups {
      // A group's name may hold '=', such as '<=65'.
      guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
        throw Diagnostic(
          .badValue(key: "--groups", found: text, expected: "COLUMN=GROUP,GROUP,…"))
      }
      let names = text[text.index(after: equals)...].split(
        separator: ",", omittingEmptySubsequences: false
      ).map(String.init)
      guard !names.contains("") else {
        throw Diagnostic(
          .badValue(key: "--groups", found: text, expected: "a name for every group"),
          help: "empty fields are the group '\(GroupColumn.missingName)'")
      }
      request.groups.append(
        (
          column: String(text[..<equals]),
          names: names.map { $0 == GroupColumn.missingName ? nil : $0 }
        ))
    }
    return request
  }
}

/// Counts prediction tables, adds noise, charges the ledger, and then writes the statistics.
///
/// The ledger is written before the statistics appear anywhere: a crash in between charges for a release
/// that nobody saw, never the other way round.
/// - Parameter output: The file to write; `nil`: the result's JSON is the release.
public func releaseStatistics(
  _ request: EvaluationRequest, _ choice: NoiseChoice, output: String?,
  environment: PipelineEnvironment
) throws -> StatisticsResult {
  let noise = try choice.request()
  if let output {
    try checkOutput(output, inputs: request.paths)
    // What cannot be written is better found before it is charged.
    if let slash = output.lastIndex(of: "/"), slash > output.startIndex {
      _ = try InputFolder(String(output[..<slash]))
    }
  }
  for path in request.paths + [output].compactMap({ $0 }) where isSameFile(path, choice.ledger) {
    throw Diagnostic(
      .other(found: "'\(path)'", expected: "a file of its own for --ledger"))
  }
  let tables = try PredictionTables(request, threads: environment.threadCount)
  for note in tables.notes { environment.progress("note: \(note)") }
  let table = try tables.scoredTable()
  let statistics: NoisedStatistics
  let leftOut: Int
  do throws(StatisticsError) {
    // Names of classes that were found in the rows are not told.
    (statistics, leftOut) = try NoisedStatistics.release(
      table, classNames: request.input.classes.isEmpty ? [] : tables.classNames,
      options: request.options(environment, profile: nil), request: noise)
  } catch {
    throw error.diagnostic(path: request.paths.count == 1 ? request.paths[0] : nil)
  }
  if leftOut > 0 {
    environment.progress(
      "note: \(leftOut) rows beyond \(choice.rowsPerUnit) of their unit are left out; this number is "
        + "exact and no part of the release")
  }
  let name = output?.split(separator: "/").last.map(String.init) ?? "statistics"
  let entry = BudgetLedger.Entry(
    name: name, kind: .histogram, content: .events(statistics.events),
    at: environment.asOf.description,
    note: "score histograms, \(statistics.releases) of them; "
      + (statistics.isSimulation
        ? "simulation: noise from a seed hides nothing from whoever knows the seed"
        : "noise of the operating system's generator"))
  let ledger = try appendRelease(
    entry, unit: choice.unit, neighbouring: .addOrRemoveOne, to: choice.ledger
  ) { try checkBudget($0, choice) }
  var result: StatisticsResult
  do {
    result = try write(statistics, to: output)
  } catch var error as OutputError {
    error.diagnostic.help =
      "'\(choice.ledger)' is charged already with the release '\(name)', of which nothing was written"
    throw error
  }
  let joint = try ledger.stated(delta: choice.delta, in: choice.ledger)
  result.summary +=
    "charged to \(choice.ledger): ε ≤ \(PrintedNumber.text(joint.epsilon, .epsilon)) at δ = "
    + "\(PrintedNumber.text(choice.delta, .probability)) for its \(ledger.releases.count) "
    + "\(ledger.releases.count == 1 ? "entry" : "entries") together\n"
  if !ledger.unaccounted.isEmpty {
    result.summary += "\(ledger.completeness)\n"
  }
  result.summary = printable(result.summary)
  return result
}

/// Refuses a release that the ledger has no room for.
private func checkBudget(_ ledger: BudgetLedger, _ choice: NoiseChoice) throws {
  let location = SourceLocation(path: choice.ledger)
  if let population = ledger.population, choice.delta * Double(population) >= 1 {
    throw Diagnostic(
      .badValue(
        key: "--delta", found: "\(choice.delta)",
        expected: "less than 1/\(population), the share of one unit"), at: location)
  }
  _ = try ledger.stated(delta: choice.delta, in: choice.ledger)
  guard let budget = ledger.budget else { return }
  let total = try ledger.stated(delta: budget.delta, in: choice.ledger)
  if total.epsilon > budget.epsilon {
    throw Diagnostic(
      .overLimit(
        what: "as ε of all releases together at δ = \(budget.delta), the budget",
        found: "\(total.epsilon) with this one", limit: "\(budget.epsilon)"),
      at: location,
      help: "nothing was written; give more noise, fewer columns or arms, or raise the budget in "
        + "the ledger")
  }
}

extension BudgetLedger {
  /// The total; an accountant's refusal is a diagnostic.
  fileprivate func stated(
    delta: Double, in path: String
  ) throws(Diagnostic) -> PrivacyGuarantee {
    do throws(PrivacyError) {
      return try total(delta: delta)
    } catch {
      var diagnostic = error.diagnostic
      diagnostic.location = SourceLocation(path: path)
      throw diagnostic
    }
  }
}

/// Writes noised statistics, and says what they are.
func write(_ statistics: NoisedStatistics, to output: String?) throws -> StatisticsResult {
  let bytes = statistics.encoded()
  let statement = NoisedPrivacy(statistics)
  if let output { try OutputFile.writeAlone(bytes, to: output) }
  let arms = statistics.shape.arms.count
  let parts = [
    "\(statistics.keys.count) noised histograms for each of \(arms) \(arms == 1 ? "arm" : "arms")",
    "\(bytes.count) bytes",
  ]
  return StatisticsResult(
    json: NoisedStatisticsJSON(statistics: statistics, privacy: statement).json,
    summary: printable("\(output.map { "\($0): " } ?? "")\(parts.joined(separator: ", "))") + "\n"
      + printable(statement.sentence) + "\n")
}

/// Measures noised statistics.
func evaluateNoised(
  _ statistics: NoisedStatistics, files: StatisticsFiles, _ request: StatisticsRequest,
  output: String?, judging: JudgingChoice, environment: PipelineEnvironment
) throws -> EvaluationResult {
  try request.check(statistics.shape)
  let privacy = NoisedPrivacy(statistics)
  let measured = MeasuredRows(statistics, privacy: privacy.sentence)
  let margins = try margins(request.request, measured)
  let evaluation = evaluate(
    statistics, options: request.request.options(environment, profile: judging.profile))
  var result = try finish(
    evaluation, measured, request.request, margins, output: output, judging: judging,
    environment: environment
  ) {
    try files.paths.map { SourceFile(path: $0, sha256: try SHA256.hexDigest(ofFile: $0)) }
  }
  if var object = result.json.object {
    object["privacy"] = privacy.json
    result.json = .object(object)
  }
  result.summary += printable(privacy.sentence) + "\n"
  return result
}
