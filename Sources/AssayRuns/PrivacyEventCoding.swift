import AssayDiagnostics
import AssayFiles

extension PrivacyEvent {
  /// The keys of an event in a history file, a ledger and `run.json`.
  public static let keys = [
    "mechanism", "noise_multiplier", "sampling_rate", "steps", "sampling", "sensitivity", "buckets",
    "probability", "leaves", "column_norm", "participations", "epsilon", "delta",
  ]

  /// The event with the keys of ``keys``; what it does not use is left out.
  public var json: JSONValue {
    var object: JSONObject = [
      "noise_multiplier": .number(noiseMultiplier), "sampling_rate": .number(samplingRate),
      "steps": .integer(steps), "mechanism": .string(mechanism.rawValue),
      "sampling": .string(sampling.rawValue),
    ]
    let integers = [
      ("sensitivity", sensitivity), ("buckets", buckets), ("leaves", leaves),
      ("participations", participations),
    ]
    for case (let key, let value?) in integers { object[key] = .integer(value) }
    let numbers = [
      ("probability", probability), ("column_norm", columnNorm), ("epsilon", epsilon),
      ("delta", delta),
    ]
    for case (let key, let value?) in numbers { object[key] = .number(value) }
    return .object(object)
  }

  /// Reads an event.
  ///
  /// `noise_multiplier` is required by every mechanism that has one; the rest defaults as in
  /// ``init(mechanism:noiseMultiplier:samplingRate:sampling:steps:sensitivity:buckets:probability:leaves:columnNorm:participations:epsilon:delta:)``.
  /// Names of mechanisms may be written with `_` for `-`. Ranges are the accountant's to check.
  /// - Throws: A diagnostic at `location` for another shape, an unknown key, or a value of a wrong kind.
  public init(_ json: JSONValue, at location: SourceLocation) throws(Diagnostic) {
    func wrong(_ expected: String, _ found: JSONValue?) -> Diagnostic {
      Diagnostic(
        .other(found: found.map { $0.serialized(pretty: false) } ?? "nothing", expected: expected),
        at: location)
    }
    guard let object = json.object else { throw wrong("a release as an object", json) }
    for key in object.keys where !Self.keys.contains(key) {
      throw Diagnostic(.unknownKey(key: key, known: Self.keys), at: location)
    }
    func number(_ key: String) throws(Diagnostic) -> Double? {
      guard let value = object[key], !value.isNull else { return nil }
      guard let number = value.extendedDouble else { throw wrong("a number for '\(key)'", value) }
      return number
    }
    func integer(_ key: String) throws(Diagnostic) -> Int? {
      guard let value = object[key], !value.isNull else { return nil }
      guard let number = value.integer else { throw wrong("a whole number for '\(key)'", value) }
      return number
    }
    var mechanism = Mechanism.gaussian
    if let name = object["mechanism"], !name.isNull {
      let text = name.string.map { String($0.map { $0 == "_" ? "-" : $0 }) }
      guard let known = text.flatMap(Mechanism.init(rawValue:)) else {
        let all = Mechanism.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        throw wrong("one of \(all) for 'mechanism'", name)
      }
      mechanism = known
    }
    var sampling: Sampling?
    if let name = object["sampling"], !name.isNull {
      guard let known = name.string.flatMap(Sampling.init(rawValue:)) else {
        throw wrong("'poisson', 'none' or 'fixed' for 'sampling'", name)
      }
      sampling = known
    }
    let noise = try number("noise_multiplier")
    if noise == nil, mechanism != .randomizedResponse, mechanism != .opaque {
      throw wrong("a number for 'noise_multiplier'", object["noise_multiplier"])
    }
    self.init(
      mechanism: mechanism, noiseMultiplier: noise ?? 1,
      samplingRate: try number("sampling_rate") ?? 1, sampling: sampling,
      steps: try integer("steps") ?? 1, sensitivity: try integer("sensitivity"),
      buckets: try integer("buckets"), probability: try number("probability"),
      leaves: try integer("leaves"), columnNorm: try number("column_norm"),
      participations: try integer("participations"), epsilon: try number("epsilon"),
      delta: try number("delta"))
  }
}
