import AssayDiagnostics
import AssayFiles
import AssayRuns

/// What a Flower run records about differential privacy.
///
/// Releases are counted, not rounds: a strategy with fixed clipping skips the aggregation when one
/// client fails, and then releases nothing. The first of these that is there decides: the
/// accountant's state, what it said was spent, the log.
struct FlowerPrivacy {
  private(set) var record: PrivacyRecord?
  private(set) var warnings: [String] = []
  private(set) var details = JSONObject()

  /// What is there to read.
  struct Sources {
    var accountant: JSONValue?
    var accountantPath = ""
    var spent: JSONValue?
    var settings: JSONObject
    var log: FlowerLog?
    var weights: ClosedRange<Double>?
    var weightRatio: Double?
  }

  init(_ sources: Sources) throws(Diagnostic) {
    let keys = PrivacyKeys(sources.settings)
    let log = sources.log
    let noise = log?.noiseMultiplier ?? keys.noiseMultiplier
    var history: [PrivacyEvent] = []
    if let accountant = sources.accountant {
      history = try Self.events(accountant, path: sources.accountantPath)
    } else {
      let releases =
        sources.spent?["num_releases"]?.integer ?? log?.accountedReleases
        ?? log.flatMap { $0.noiseLines > 0 ? $0.noiseLines : nil }
      if let releases, releases > 0 {
        guard let noise, noise > 0 else {
          warnings.append("\(releases) private releases, but no noise multiplier is recorded")
          return
        }
        history = [
          PrivacyEvent(
            noiseMultiplier: noise, samplingRate: 1, sampling: PrivacyEvent.Sampling.none,
            steps: releases)
        ]
        warnings.append(
          "sampling of the private releases not recorded: no amplification is counted")
      }
    }
    guard !history.isEmpty else {
      if let noise, noise > 0 {
        warnings.append(
          "a noise multiplier of \(noise) is configured, but no private release is recorded")
      }
      return
    }
    let config = sources.accountant?["config"]
    record = PrivacyRecord(
      history: history,
      delta: sources.spent?["delta"]?.double ?? config?["target_delta"]?.double ?? log?.delta
        ?? keys.delta,
      claimedEpsilon: sources.spent?["epsilon"]?.double ?? log?.epsilon,
      claimedAccountant: sources.spent?["accounting_method"]?.string
        ?? sources.accountant?["backend"]?.string,
      clip: log?.clip ?? keys.clip, unit: .client,
      neighbouring: (config?["neighboring_relation"]?.string).flatMap(neighbouringNamed)
        ?? keys.neighbouring,
      population: config?["population_size"]?.integer)
    check(sources, history)
  }

  private mutating func check(_ sources: Sources, _ history: [PrivacyEvent]) {
    var total = 0
    for event in history { total = total.addingReportingOverflow(event.steps).partialValue }
    if let spent = sources.spent?["num_releases"]?.integer, spent != total {
      warnings.append("the accountant's state holds \(total) releases, its summary \(spent)")
    }
    if let lines = sources.log?.noiseLines, lines > 0, lines != total {
      warnings.append(
        "the accountant counts \(total) releases, the log \(lines) additions of noise")
    }
    if let weights = sources.weights, weights.lowerBound != weights.upperBound {
      warnings.append(
        "clients had weights from \(weights.lowerBound) to \(weights.upperBound): the noise is set "
          + "for equal weights, so the guarantee may not hold")
    }
    if let strategy = sources.log?.strategy, strategy.contains("ClientSide") {
      warnings.append("clipping is left to the clients; that they clipped is not recorded")
    }
    if sources.accountant == nil { warnings.append("privacy: neighbouring relation not recorded") }
    if record?.clip == nil { warnings.append("privacy: the clipping bound is not recorded") }
    details["weight_ratio"] = sources.weightRatio.map { .double($0) }
    if let lines = sources.log?.noiseLines, lines > 0 {
      details["noise_additions"] = .integer(lines)
    }
    if let strategy = sources.log?.strategy, strategy.contains("ClientSide") {
      details["clipped_by_clients"] = .bool(true)
    }
    if let event = sources.accountant?["compositions"]?[0]?["event"] {
      details["sample_size"] = event["sample_size"]
      details["population_size"] = event["population_size"]
      details["sampling_method"] = sources.accountant?["config"]?["sampling_method"]
    }
  }

  /// The accountant's compositions; sampling is the one it accounts for.
  private static func events(
    _ accountant: JSONValue, path: String
  ) throws(Diagnostic) -> [PrivacyEvent] {
    func bad(_ place: String, _ expected: String) -> Diagnostic {
      Diagnostic(
        .wrongKind(key: place, found: "something else", expected: expected),
        at: SourceLocation(path: path, part: place))
    }
    guard let compositions = accountant["compositions"]?.array else {
      throw bad("compositions", "a list")
    }
    let method = accountant["config"]?["sampling_method"]?.string ?? ""
    guard let sampling = samplingNamed(method) else {
      throw bad("config.sampling_method", "a known sampling method")
    }
    var events: [PrivacyEvent] = []
    for (index, entry) in compositions.enumerated() {
      let place = "compositions[\(index)]"
      guard let noise = entry["event"]?["noise_multiplier"]?.double, noise.isFinite, noise >= 0,
        let count = entry["count"]?.integer, count >= 0
      else { throw bad(place, "an event with a noise multiplier and a count") }
      var rate = 1.0
      if sampling != .none {
        guard let sample = entry["event"]?["sample_size"]?.double,
          let population = entry["event"]?["population_size"]?.double, sample > 0,
          population >= sample
        else { throw bad(place, "a sample that is not larger than its population") }
        rate = sample / population
      }
      events.append(
        PrivacyEvent(noiseMultiplier: noise, samplingRate: rate, sampling: sampling, steps: count))
    }
    return merged(events)
  }
}
