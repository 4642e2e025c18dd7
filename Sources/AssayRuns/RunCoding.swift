import AssayDiagnostics
import AssayFiles

extension Run {
  /// Name of the schema in a run's own file, `run.json`.
  public static let fileSchema = "assay.run/1"
  /// Name of the schema of a list of runs, as `assay ingest --json` prints it.
  public static let listSchema = "assay.runs/1"

  /// The run as one entry of `runs`: every field of the interface, then the extra ones.
  ///
  /// A fact that is not known is `null` (or an empty list or object where several could stand), so
  /// readers need no default of their own. Names of metrics and causes are sorted by code point;
  /// values that are not finite never stand in `metrics` and would be written as `null`.
  public var json: JSONValue {
    .object([
      "id": .string(id), "name": .string(name), "parent": .optional(parent),
      "format": .string(format), "status": .string(status.rawValue), "seed": .optional(seed),
      "started": .optional(started), "parameters": .object(parameters),
      "metrics": Run.numbers(metrics), "rounds": .array(rounds.map(\.json)),
      "privacy": privacy?.json ?? .null,
      "sources": .array(
        sources.map { .object(["path": .string($0.path), "sha256": .string($0.sha256)]) }),
      "warnings": .strings(warnings), "details": .object(details),
    ])
  }

  /// The run as the content of `run.json`: ``json`` with the schema in front.
  public var fileJSON: JSONValue {
    var object: JSONObject = ["schema": .string(Run.fileSchema)]
    for (key, value) in json.object?.members ?? [] { object[key] = value }
    return .object(object)
  }

  /// A list of runs as `assay ingest --json` prints it.
  public static func listJSON(_ runs: [Run]) -> JSONValue {
    .object(["schema": .string(listSchema), "runs": .array(runs.map(\.json))])
  }

  /// Reads what ``json`` or ``fileJSON`` wrote.
  ///
  /// Members that are not known are passed over, so files of later versions stay readable; absent
  /// members count as not recorded, except `id`, `format` and `status`.
  /// - Parameters:
  ///   - json: The value.
  ///   - path: The file it came from, for messages.
  /// - Throws: A diagnostic that names the member, such as `rounds[3].selected`.
  public init(json: JSONValue, path: String) throws(Diagnostic) {
    let fields = try RunFields(json, path: path, place: "")
    if let schema = fields["schema"], schema != .string(Run.fileSchema) {
      throw fields.diagnostic(
        "schema", .badValue(key: "schema", found: schema.inWords, expected: Run.fileSchema))
    }
    let id = try fields.requiredText("id")
    self.init(
      id: id, name: try fields.text("name") ?? id, parent: try fields.text("parent"),
      format: try fields.requiredText("format"),
      status: try fields.requiredChoice("status", RunStatus.self),
      seed: try fields.integer("seed"), started: try fields.text("started"),
      parameters: try fields.object("parameters") ?? [:], metrics: try fields.numbers("metrics"),
      rounds: try fields.list("rounds").map { (fields) throws(Diagnostic) in
        try Round(fields)
      },
      privacy: try fields.nested("privacy").map { (fields) throws(Diagnostic) in
        try PrivacyRecord(fields)
      },
      sources: try fields.list("sources").map { (fields) throws(Diagnostic) in
        SourceFile(
          path: try fields.requiredText("path"), sha256: try fields.requiredText("sha256"))
      },
      warnings: try fields.texts("warnings"), details: try fields.object("details") ?? [:])
  }

  /// Reads a list of runs, as ``listJSON(_:)`` wrote it.
  public static func list(json: JSONValue, path: String) throws(Diagnostic) -> [Run] {
    let fields = try RunFields(json, path: path, place: "")
    guard fields["schema"] == .string(listSchema) else {
      throw fields.diagnostic(
        "schema",
        .badValue(
          key: "schema", found: fields["schema"]?.inWords ?? "nothing", expected: listSchema))
    }
    var runs: [Run] = []
    for entry in try fields.list("runs") {
      runs.append(try Run(json: .object(entry.object), path: path))
    }
    return runs
  }

  fileprivate static func numbers(_ values: [String: Double]) -> JSONValue {
    var object = JSONObject()
    for key in values.keys.sorted(by: precedes) { object[key] = .number(values[key]) }
    return .object(object)
  }

  fileprivate static func precedes(_ a: String, _ b: String) -> Bool {
    a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars)
  }
}

extension Round {
  fileprivate var json: JSONValue {
    var counted = JSONObject()
    for cause in causes.keys.sorted(by: Run.precedes) {
      counted[cause] = .optional(causes[cause])
    }
    return .object([
      "round": .integer(round), "selected": .optional(selected), "completed": .optional(completed),
      "failed": .optional(failed), "no_reply": .optional(noReply), "bytes_up": .optional(bytesUp),
      "bytes_down": .optional(bytesDown), "seconds": .number(seconds),
      "metrics": Run.numbers(metrics), "causes": .object(counted),
      "aggregated": aggregated.map { .bool($0) } ?? .null,
      "clipped_fraction": .number(clippedFraction),
    ])
  }

  fileprivate init(_ fields: RunFields) throws(Diagnostic) {
    var causes: [String: Int] = [:]
    for (cause, count) in try fields.object("causes")?.members ?? [] {
      guard let count = count.integer else {
        throw fields.diagnostic(
          "causes",
          .wrongKind(key: cause, found: count.inWords, expected: "a whole number"))
      }
      causes[cause] = count
    }
    self.init(
      round: try fields.requiredInteger("round"), selected: try fields.integer("selected"),
      completed: try fields.integer("completed"), failed: try fields.integer("failed"),
      noReply: try fields.integer("no_reply"), causes: causes,
      bytesUp: try fields.integer("bytes_up"), bytesDown: try fields.integer("bytes_down"),
      seconds: try fields.number("seconds"), metrics: try fields.numbers("metrics"),
      aggregated: try fields.boolean("aggregated"),
      clippedFraction: try fields.number("clipped_fraction"))
  }
}

extension PrivacyRecord {
  fileprivate var json: JSONValue {
    .object([
      "history": .array(history.map(\.json)),
      "delta": .number(delta), "claimed_epsilon": .number(claimedEpsilon),
      "claimed_accountant": .optional(claimedAccountant), "clip": .number(clip),
      "unit": .optional(unit?.rawValue), "neighbouring": .optional(neighbouring?.rawValue),
      "population": .optional(population), "noise_source": .string(noiseSource.rawValue),
      "mechanism": .optional(mechanism?.rawValue), "clip_quantile": .number(clipQuantile),
      "simulated_cohort": .number(simulatedCohort), "trained_cohort": .number(trainedCohort),
    ])
  }

  fileprivate init(_ fields: RunFields) throws(Diagnostic) {
    var history: [PrivacyEvent] = []
    for event in try fields.list("history") {
      history.append(
        try PrivacyEvent(
          .object(event.object), at: SourceLocation(path: event.path, part: event.place)))
    }
    self.init(
      history: history, delta: try fields.number("delta"),
      claimedEpsilon: try fields.number("claimed_epsilon"),
      claimedAccountant: try fields.text("claimed_accountant"), clip: try fields.number("clip"),
      unit: try fields.choice("unit", PrivacyUnit.self),
      neighbouring: try fields.choice("neighbouring", NeighbouringRelation.self),
      population: try fields.integer("population"),
      noiseSource: try fields.choice("noise_source", NoiseSource.self) ?? .unknown,
      mechanism: try fields.choice("mechanism", PrivacyMechanism.self),
      clipQuantile: try fields.number("clip_quantile"),
      simulatedCohort: try fields.number("simulated_cohort"),
      trainedCohort: try fields.number("trained_cohort"))
  }
}
