import AssayDiagnostics
import AssayFiles
import AssayRuns

/// Opacus: `accountant.state_dict()` as JSON, with the settings and log that users save beside it.
///
/// `{"history": [[noise_multiplier, sample_rate, steps], …], "mechanism": "rdp" | "prv" | "gdp"}`
/// holds neither δ, clip nor the data set's size; those come from `config….json`. The unit is one
/// example.
enum OpacusImporter: Importer {
  static let name = "opacus"
  static let title = "Opacus"
  static let recognises = "a JSON file with an accountant's history and mechanism"

  static func matches(_ source: ArtifactSource) -> Bool {
    guard let accountants = try? accountants(in: source) else { return false }
    return !accountants.isEmpty
  }

  static func read(_ source: ArtifactSource) throws -> [Run] {
    var accountants = try accountants(in: source)
    if accountants.isEmpty, let file = source.onlyFile { accountants = [file] }
    var runs: [Run] = []
    for file in accountants {
      runs.append(
        try OpacusRun(source: source, accountant: file).run(isAlone: accountants.count == 1))
    }
    return runs
  }

  /// JSON files of the folder whose content is an accountant's state.
  private static func accountants(in source: ArtifactSource) throws(Diagnostic) -> [String] {
    try source.entries().filter { entry in
      guard entry.kind == .file, entry.name.hasSuffix(".json"), entry.size <= 1 << 20,
        let bytes = try? source.peek(entry.name, limit: 1 << 20),
        let json = try? JSONValue.parse(bytes, path: entry.name)
      else { return false }
      return json["history"]?.array != nil && json["mechanism"]?.string != nil
    }.map(\.name)
  }
}

/// One accountant and the files that belong to it by name: `accountant_rdp.json` goes with
/// `config_rdp.json`, `train_log_rdp.json` and `predictions_rdp.csv`.
private struct OpacusRun {
  let source: ArtifactSource
  let accountant: String
  /// `_rdp`, or nothing.
  let suffix: String

  init(source: ArtifactSource, accountant: String) {
    self.source = source
    self.accountant = accountant
    let stem = String(accountant.dropLast(accountant.hasSuffix(".json") ? 5 : 0))
    suffix = stem.hasPrefix("accountant") ? String(stem.dropFirst("accountant".count)) : ""
  }

  func run(isAlone: Bool) throws(Diagnostic) -> Run {
    let part = suffix.drop { $0 == "_" || $0 == "-" || $0 == "." }
    let id = isAlone || part.isEmpty ? source.name : "\(source.name)/\(part)"
    var run = Run(
      id: id, name: part.isEmpty ? source.name : String(part), format: OpacusImporter.name,
      status: .unknown)
    let state = try read(accountant, &run)
    let config = try optional("config\(suffix).json", &run)
    let log = try optional("train_log\(suffix).json", &run)
    let history = try events(state, config, &run)
    readConfig(config, history, state, &run)
    readLog(log, &run)
    run.warnings.append("status and start not recorded")
    if let predictions = try source.predictions(named: ["predictions\(suffix).csv"], in: "") {
      run.details["predictions"] = predictions
    }
    if let files = try source.unopenedFiles(in: "", stemEnding: suffix) {
      run.details["not_opened"] = files
    }
    return run
  }

  private func read(_ file: String, _ run: inout Run) throws(Diagnostic) -> JSONValue {
    let bytes = try source.read(file, limit: ArtifactLimit.document, noting: &run.sources)
    return try JSONValue.parse(bytes, path: source.path(file))
  }

  private func optional(_ file: String, _ run: inout Run) throws(Diagnostic) -> JSONValue? {
    source.hasFile(file) ? try read(file, &run) : nil
  }

  private func events(
    _ state: JSONValue, _ config: JSONValue?, _ run: inout Run
  ) throws(Diagnostic) -> [PrivacyEvent] {
    guard let entries = state["history"]?.array else {
      throw Diagnostic(
        .missingKey(key: "history", inside: "the accountant's state"),
        at: source.location(accountant))
    }
    let isPoisson = config?["poisson_sampling"]?.bool
    if isPoisson == nil {
      run.warnings.append("poisson_sampling not recorded: the accountant's history assumes it")
    } else if isPoisson == false {
      run.warnings.append("batches are not Poisson samples: no amplification is counted")
    }
    var events: [PrivacyEvent] = []
    for (index, entry) in entries.enumerated() {
      let values = entry.array ?? []
      guard values.count == 3, let noise = values[0].double, noise >= 0, noise.isFinite,
        let rate = values[1].double, rate >= 0, rate <= 1, let steps = values[2].integer, steps >= 0
      else {
        throw Diagnostic(
          .badValue(
            key: "history[\(index)]", found: entry.serialized(pretty: false),
            expected: "[noise multiplier ≥ 0, sample rate in 0...1, steps ≥ 0]"),
          at: source.location(accountant, part: "history[\(index)]"))
      }
      events.append(
        PrivacyEvent(
          noiseMultiplier: noise, samplingRate: isPoisson == false ? 1 : rate,
          sampling: isPoisson == false ? PrivacyEvent.Sampling.none : .poisson, steps: steps))
    }
    return merged(events)
  }

  private func readConfig(
    _ config: JSONValue?, _ history: [PrivacyEvent], _ state: JSONValue, _ run: inout Run
  ) {
    let settings = config?.object ?? [:]
    if config == nil {
      run.warnings.append("config\(suffix).json not in the source: δ, clip and seed not recorded")
    }
    run.parameters = settings
    run.seed = KnownNames.first(KnownNames.seed, in: settings.members)?.value.integer
    if run.seed == nil { run.warnings.append("seed not recorded") }
    let keys = PrivacyKeys(settings)
    let accountant = state["mechanism"]?.string
    let isSecure = settings["secure_mode"]?.bool
    run.privacy = PrivacyRecord(
      history: history, delta: keys.delta, claimedAccountant: accountant, clip: keys.clip,
      unit: .example, neighbouring: settings["adjacency"]?.string.flatMap(neighbouringNamed),
      population: settings["dataset_size"]?.integer,
      noiseSource: isSecure == true ? .system : run.seed == nil ? .unknown : .seeded)
    if keys.delta == nil, config != nil { run.warnings.append("privacy: δ not recorded") }
    if isSecure == false {
      run.warnings.append("secure_mode is off: noise does not come from a cryptographic generator")
    }
    switch accountant {
    case "gdp":
      run.warnings.append("the gdp accountant approximates; its ε can be below the true one")
    case "prv":
      run.warnings.append("the prv accountant states an estimate of ε, not an upper bound")
    default: break
    }
    var details = JSONObject()
    if settings["poisson_sampling"]?.bool == false {
      details["accounted_sampling_rate"] = state["history"]?[0]?[1]
    }
    if !details.members.isEmpty { run.details["privacy"] = .object(details) }
    compare(settings, history, &run)
  }

  private func compare(_ settings: JSONObject, _ history: [PrivacyEvent], _ run: inout Run) {
    var total = 0
    for event in history { total = total.addingReportingOverflow(event.steps).partialValue }
    if let steps = settings["steps"]?.integer, steps != total {
      run.warnings.append("the config states \(steps) steps, the accountant's history \(total)")
    }
    let noises = history.map(\.noiseMultiplier)
    if let noise = settings["noise_multiplier"]?.double, noises.contains(where: { $0 != noise }) {
      let list = noises.map(\.description).joined(separator: ", ")
      run.warnings.append(
        "the config states noise multiplier \(noise), the accountant's history \(list)")
    }
  }

  /// Sizes of batches, where the log holds them for single steps: `batch_size` or a list `batch_sizes`.
  private func noteBatches(_ entries: [JSONValue], _ run: inout Run) {
    let sizes = entries.flatMap { entry -> [JSONValue] in
      entry["batch_sizes"]?.array ?? entry["batch_size"].map { [$0] } ?? []
    }
    guard !sizes.isEmpty, sizes.count <= ArtifactLimit.rows,
      sizes.allSatisfy({ $0.integer.map { $0 >= 0 } ?? false })
    else { return }
    var details = run.details["privacy"]?.object ?? [:]
    details["batch_sizes"] = .array(sizes)
    run.details["privacy"] = .object(details)
  }

  /// Last values of the training log; its ε is the run's claim.
  private func readLog(_ log: JSONValue?, _ run: inout Run) {
    let entries = log?["log"]?.array ?? log?.array ?? []
    run.details["epochs_logged"] = .integer(entries.count)
    noteBatches(entries, &run)
    for (key, value) in entries.last?.object?.members ?? [] where key != "epoch" {
      guard let number = value.double else { continue }
      if KnownNames.claimedEpsilon.contains(KnownNames.normalized(key)) {
        run.privacy?.claimedEpsilon = number
      } else if number.isFinite {
        run.metrics[key] = number
      } else {
        run.warnings.append("the last value of '\(key)' is not finite (\(spelled(number)))")
      }
    }
    if run.privacy?.claimedEpsilon == nil { run.warnings.append("no ε is claimed") }
  }
}
