import AssayDiagnostics
import AssayEvidence
import AssayFiles
import AssayPrivacy
import AssayRuns

/// What `assay account` looks for, beyond ε of given releases and noise for a target ε.
public enum AccountQuestion: Sendable, Hashable {
  /// The most releases at a given noise and rate.
  case steps(targetEpsilon: Double)
  /// The largest sampling rate at a given noise and number of releases.
  case rate(targetEpsilon: Double)
  /// The largest whole expected number of participants.
  case cohort(targetEpsilon: Double, population: Int)
  /// Noise for every pair of a cohort and a number of rounds. Empty lists: a default grid.
  case frontier(
    targetEpsilon: Double, population: Int, clip: Double, cohorts: [Int], rounds: [Int])
  /// The least noise at which no attack has a larger TPR − FPR.
  case advantage(atMost: Double)
  /// The least noise at which no attack has a larger TPR at an FPR.
  case truePositiveRate(atMost: Double, falsePositiveRate: Double)
}

/// Answers a question about equal releases; noise multiplier, rate and steps of the request are used where the
/// question does not look for them.
public func searchPrivacy(
  _ question: AccountQuestion, _ request: AccountRequest
) throws -> AccountResult {
  let accountant = try request.knownAccountant()
  var sampling = request.sampling ?? (request.release.samplingRate < 1 ? .poisson : .none)
  switch question {
  case .rate, .cohort, .frontier: sampling = request.sampling ?? .poisson
  case .steps, .advantage, .truePositiveRate: break
  }
  let search = PrivacySearch(
    event: request.event(sampling: sampling),
    delta: request.delta, neighbouring: request.neighbouring, accountant: accountant)
  do throws(PrivacyError) {
    switch question {
    case .steps(let target):
      return try solved("steps", try search.mostSteps(targetEpsilon: target))
    case .rate(let target):
      return try solved("rate", try search.largestRate(targetEpsilon: target))
    case .cohort(let target, let population):
      return try solved(
        "cohort", try search.largestCohort(targetEpsilon: target, population: population),
        population: population)
    case .frontier(let target, let population, let clip, let cohorts, let rounds):
      let grid = PrivacyFrontier.defaultGrid(population: population)
      return FrontierOutput(
        frontier: try PrivacyFrontier(
          targetEpsilon: target, search: search, population: population, clip: clip,
          cohorts: cohorts.isEmpty ? grid.cohorts : cohorts,
          rounds: rounds.isEmpty ? grid.rounds : rounds),
        search: search
      ).result
    case .advantage(let most): return try attacked(try search.leastNoise(.advantage(atMost: most)))
    case .truePositiveRate(let most, let rate):
      return try attacked(
        try search.leastNoise(.truePositiveRate(atMost: most, falsePositiveRate: rate)))
    }
  } catch {
    throw error.diagnostic
  }
}

private func solved(
  _ name: String, _ found: SearchResult, population: Int? = nil
) throws(PrivacyError) -> AccountResult {
  let event = found.event
  var extra: [(String, JSONValue)] = [
    ("solved", .string(name)), ("steps", .integer(event.steps)),
    ("sampling_rate", .number(event.samplingRate)), ("at_limit", .bool(found.isAtLimit)),
  ]
  var words: String
  switch name {
  case "steps": words = "at most \(event.steps) releases"
  case "rate": words = "sampling rate at most \(event.samplingRate)"
  default:
    let population = population ?? 1
    let cohort = Int((event.samplingRate * Double(population)).rounded())
    extra += [("cohort", .integer(cohort)), ("population", .integer(population))]
    words = "at most \(cohort) of \(population) expected to take part"
  }
  if found.isAtLimit { words += " (the largest that is looked at; more may be possible)" }
  return try AccountResult(
    guarantee: found.guarantee, event: event, extra: extra, words: words)
}

private func attacked(_ found: AttackCalibration) throws(PrivacyError) -> AccountResult {
  var attack: JSONObject = [:]
  let words: String
  let reached = PrintedNumber.text(found.reached, .probability)
  switch found.target {
  case .advantage(let most):
    attack["quantity"] = .string("advantage")
    attack["at_most"] = .number(most)
    words = "no attack on membership has TPR − FPR above \(reached)"
  case .truePositiveRate(let most, let rate):
    attack["quantity"] = .string("true_positive_rate")
    attack["at_most"] = .number(most)
    attack["false_positive_rate"] = .number(rate)
    words =
      "no attack on membership has a TPR above \(reached) at FPR "
      + PrintedNumber.text(rate, .probability)
  }
  attack["reached"] = .number(found.reached)
  return try AccountResult(
    guarantee: found.guarantee, event: found.event,
    extra: [("attack", .object(attack))], words: words)
}

extension AccountResult {
  /// The usual answer, with members after the usual ones and a sentence before the usual words.
  fileprivate init(
    guarantee: PrivacyGuarantee, event: PrivacyEvent, extra: [(String, JSONValue)], words: String
  ) throws(PrivacyError) {
    let answer = try AccountAnswer(
      guarantee: guarantee, history: [event], noise: event.noiseMultiplier, hasCurves: false)
    var object = answer.object
    for (key, value) in extra { object[key] = value }
    self.init(json: .object(object), summary: words + "\n" + answer.summary)
  }
}

/// A frontier as `assay.frontier/1` and as a table.
private struct FrontierOutput {
  var frontier: PrivacyFrontier
  var search: PrivacySearch

  var result: AccountResult { AccountResult(json: json, summary: table) }

  private var json: JSONValue {
    .object([
      "schema": .string("assay.frontier/1"),
      "target_epsilon": .number(frontier.targetEpsilon), "delta": .double(search.delta),
      "neighbouring": .string(search.neighbouring.rawValue),
      "population": .integer(frontier.population), "clip": .number(frontier.clip),
      "points": .array(frontier.points.map(json)),
    ])
  }

  private func json(_ point: PrivacyFrontier.Point) -> JSONValue {
    var object: JSONObject = [
      "cohort": .integer(point.cohort), "sampling_rate": .number(point.samplingRate),
      "rounds": .integer(point.rounds), "pareto_optimal": .bool(point.isOptimal),
    ]
    switch point.noise {
    case .success(let noise):
      object["noise_multiplier"] = .number(noise.multiplier)
      object["noise_per_coordinate"] = .number(noise.perCoordinate)
      object["epsilon"] = .number(noise.guarantee.epsilon)
      object["epsilon_lower"] = .number(noise.guarantee.epsilonLower)
      object["accountant"] = .string(noise.guarantee.accountant)
    case .failure(let error):
      object["noise_multiplier"] = .null
      object["undefined"] = .string(error.fact.sentence)
    }
    return .object(object)
  }

  private var table: String {
    let header = [
      "cohort", "rounds", "noise multiplier", "noise per coordinate of the mean", "Pareto",
    ]
    var rows = [header]
    for point in frontier.points {
      var row = ["\(point.cohort)", "\(point.rounds)"]
      switch point.noise {
      case .success(let noise):
        row += ["\(noise.multiplier)", PrintedNumber.text(noise.perCoordinate, .number)]
      case .failure: row += ["out of reach", ""]
      }
      rows.append(row + [point.isOptimal ? "*" : ""])
    }
    let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    var lines = [
      "ε ≤ \(PrintedNumber.text(frontier.targetEpsilon, .epsilon)) at δ = "
        + "\(PrintedNumber.text(search.delta, .probability)), \(search.neighbouring.rawValue), population "
        + "\(frontier.population), clip \(PrintedNumber.text(frontier.clip, .number))"
    ]
    for row in rows {
      lines.append(
        zip(row, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }
          .joined(separator: "  "))
    }
    lines.append(
      "*: no other point has as little noise, as few rounds and as small a cohort, and less of one."
    )
    return lines.joined(separator: "\n") + "\n"
  }
}

extension PrivacyFrontier {
  /// Five cohorts from 1 % of the population to all of it, and five numbers of rounds from 10 to 1,000.
  static func defaultGrid(population: Int) -> (cohorts: [Int], rounds: [Int]) {
    let shares = [0.01, 0.03, 0.1, 0.3, 1]
    return (
      shares.map { max(1, Int((Double(population) * $0).rounded())) }, [10, 30, 100, 300, 1_000]
    )
  }
}
