import AssayDiagnostics
import AssayFiles

/// The metrics of a run by round, from `Result` or `History`, under the names that the app gave.
struct FlowerMetrics {
  /// Sections of a `Result`, the server's own evaluation first.
  static let resultSections = [
    "evaluate_metrics_serverapp", "evaluate_metrics_clientapp", "train_metrics_clientapp",
  ]

  /// Finite values by round and name; round 0 is the evaluation before training.
  private(set) var rounds: [Int: [String: Double]] = [:]
  /// The last recorded value of each name, finite only.
  private(set) var last: [String: Double] = [:]
  /// Rounds for which clients' training metrics were aggregated; `nil` where none are kept at all.
  private(set) var trained: Set<Int>?
  /// Whether any client's metric was aggregated, of training or evaluation.
  private(set) var hasClientMetrics = false
  /// What is odd.
  private(set) var warnings: [String] = []

  private var identifiers: Set<String> = []

  /// No metrics: the folder holds neither file.
  init() {}

  /// One section: values by name and round.
  private struct Section {
    var name: String
    var values: [String: [Int: Double]] = [:]
    var fromClients: Bool
  }

  /// Reads the dictionaries of a `Result`: round (as text) to a record of numbers.
  init(result json: JSONValue, path: String) throws(Diagnostic) {
    var sections: [Section] = []
    for name in Self.resultSections {
      guard let object = json[name] else { continue }
      var section = Section(name: name, fromClients: name.hasSuffix("clientapp"))
      guard let members = object.object?.members else {
        throw Self.wrong(name, "a mapping from round to metrics", path)
      }
      var present: Set<Int> = []
      for (key, record) in members {
        guard let round = Self.round(key), let record = record.object else {
          throw Self.wrong("\(name).\(key)", "a round's metrics", path)
        }
        present.insert(round)
        for (metric, value) in record.members {
          try note(value, metric, round, "\(name).\(key).\(metric)", path, &section)
        }
      }
      if name == "train_metrics_clientapp", !present.isEmpty { trained = present }
      sections.append(section)
    }
    merge(sections)
  }

  /// Reads `History`: losses as pairs of round and value, metrics as such pairs by name.
  init(history json: JSONValue, path: String) throws(Diagnostic) {
    var central = Section(name: "metrics_centralized", fromClients: false)
    var distributed = Section(name: "metrics_distributed", fromClients: true)
    var fit = Section(name: "metrics_distributed_fit", fromClients: true)
    try pairs(json["losses_centralized"], "loss", "losses_centralized", path, &central)
    try pairs(
      json["losses_distributed"], "losses_distributed", "losses_distributed", path, &distributed)
    try metrics(json, path, &central)
    try metrics(json, path, &distributed)
    try metrics(json, path, &fit)
    let fitted = fit.values.values.flatMap(\.keys)
    if !fitted.isEmpty { trained = Set(fitted) }
    merge([central, distributed, fit])
  }

  private mutating func metrics(
    _ json: JSONValue, _ path: String, _ section: inout Section
  ) throws(Diagnostic) {
    guard let object = json[section.name] else { return }
    guard let members = object.object?.members else {
      throw Self.wrong(section.name, "a mapping from name to values", path)
    }
    for (metric, values) in members {
      try pairs(values, metric, "\(section.name).\(metric)", path, &section)
    }
  }

  private mutating func pairs(
    _ list: JSONValue?, _ metric: String, _ place: String, _ path: String,
    _ section: inout Section
  ) throws(Diagnostic) {
    guard let list else { return }
    guard let items = list.array else { throw Self.wrong(place, "a list of pairs", path) }
    for (index, item) in items.enumerated() {
      guard let round = item[0]?.integer, Self.isRound(round), let value = item[1] else {
        throw Self.wrong("\(place)[\(index)]", "a pair of round and value", path)
      }
      try note(value, metric, round, "\(place)[\(index)]", path, &section)
    }
  }

  /// Notes one value; identifiers that were averaged along are left out, lists too.
  private mutating func note(
    _ value: JSONValue, _ metric: String, _ round: Int, _ place: String, _ path: String,
    _ section: inout Section
  ) throws(Diagnostic) {
    if section.fromClients, round > 0 { hasClientMetrics = true }
    if KnownNames.identifiers.contains(KnownNames.normalized(metric)) {
      identifiers.insert(metric)
      return
    }
    if value.array != nil || value.isNull { return }
    guard let number = value.double else { throw Self.wrong(place, "a number", path) }
    section.values[metric, default: [:]][round] = number
  }

  /// Joins the sections: the first that uses a name keeps it, in the others it is `section/name`.
  private mutating func merge(_ sections: [Section]) {
    var owner: [String: String] = [:]
    for section in sections {
      for metric in section.values.keys.sorted() {
        var name = metric
        if let other = owner[metric] {
          name = "\(section.name)/\(metric)"
          warnings.append(
            "'\(metric)' stands in \(other) and \(section.name); the latter is '\(name)'")
        } else {
          owner[metric] = section.name
        }
        add(section.values[metric] ?? [:], as: name)
      }
    }
    if !identifiers.isEmpty {
      let names = identifiers.sorted().map { "'\($0)'" }.joined(separator: ", ")
      warnings.append("left out, as averages of identifiers or weights say nothing: \(names)")
    }
  }

  private mutating func add(_ values: [Int: Double], as name: String) {
    var bad: [Int] = []
    for round in values.keys.sorted() {
      guard let value = values[round] else { continue }
      if value.isFinite { rounds[round, default: [:]][name] = value } else { bad.append(round) }
    }
    guard let final = values.keys.max(), let value = values[final] else { return }
    if value.isFinite { last[name] = value }
    guard let first = bad.first else { return }
    warnings.append(
      "\(bad.count) of \(values.count) values of '\(name)' \(bad.count == 1 ? "is" : "are") not "
        + "finite (\(spelled(values[first] ?? .nan)), first in round \(first))"
        + (value.isFinite ? "" : "; the last one too, so it has no final value"))
  }

  /// Rounds are small numbers; a larger one is a mistake, not a round.
  static func isRound(_ number: Int) -> Bool { (0...10_000_000).contains(number) }

  private static func round(_ key: String) -> Int? {
    Int(key).flatMap { isRound($0) ? $0 : nil }
  }

  private static func wrong(_ place: String, _ expected: String, _ path: String) -> Diagnostic {
    Diagnostic(
      .wrongKind(key: place, found: "something else", expected: expected),
      at: SourceLocation(path: path, part: place))
  }
}
