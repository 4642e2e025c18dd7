import AssayDiagnostics
import AssayFiles
import AssayRuns

/// The lines of a recording grid: one JSON object for each exchange between server and clients.
struct FlowerExchanges {
  /// One exchange.
  struct Exchange {
    var round: Int
    var selected: Int?
    var completed: Int?
    var failed: Int?
    var noReply: Int?
    var bytesUp: Int?
    var bytesDown: Int?
    var seconds: Double?
    var started: Double?
    var causes: [String: Int] = [:]
  }

  /// What one client did over all training exchanges.
  struct Client {
    var completed = 0
    var failed = 0
    /// `num-examples` of its last update; an app may set it to 1 for equal weights.
    var weight: Double?
  }

  private(set) var train: [Exchange] = []
  private(set) var evaluate: [Exchange] = []
  private(set) var clients: [String: Client] = [:]
  /// Least and most `num-examples` of one update, where recorded.
  private(set) var weights: ClosedRange<Double>?
  /// Largest `num-examples` of an exchange over their mean, the worst exchange: how much further than with
  /// equal weights one client moved the mean.
  private(set) var weightRatio: Double?
  private(set) var warnings: [String] = []

  init(_ bytes: [UInt8], path: String) throws(Diagnostic) {
    var number = 0
    var start = 0
    var others: [String: Int] = [:]
    while start < bytes.count {
      number += 1
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
      let line = Array(bytes[start..<(end ?? bytes.count)])
      start = (end ?? bytes.count) + 1
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
      if number > ArtifactLimit.rows {
        throw Diagnostic(
          .overLimit(what: "lines", found: "more", limit: "\(ArtifactLimit.rows)"),
          at: SourceLocation(path: path))
      }
      var json: JSONValue
      do {
        json = try JSONValue.parse(line, path: path)
      } catch {
        if end == nil {
          warnings.append("the last line of \(lastComponent(path)) is cut off; it is left out")
          break
        }
        var problem = error
        problem.location?.line = number
        throw problem
      }
      guard let phase = json["phase"]?.string, let round = json["round"]?.integer,
        FlowerMetrics.isRound(round)
      else {
        throw Diagnostic(
          .missingKey(key: json["phase"]?.string == nil ? "phase" : "round", inside: "an exchange"),
          at: SourceLocation(path: path, line: number, column: 1),
          sourceLine: String(decoding: line.prefix(512), as: UTF8.self))
      }
      let exchange = try exchange(json, round, SourceLocation(path: path, line: number))
      switch phase {
      case "train", "fit":
        train.append(exchange)
        noteClients(json)
      case "evaluate": evaluate.append(exchange)
      default: others[phase, default: 0] += 1
      }
    }
    for phase in others.keys.sorted() {
      warnings.append("\(others[phase] ?? 0) exchanges of the phase '\(phase)' are left out")
    }
    keepLatest()
  }

  private func exchange(
    _ json: JSONValue, _ round: Int, _ location: SourceLocation
  ) throws(Diagnostic) -> Exchange {
    func count(_ key: String) throws(Diagnostic) -> Int? {
      guard let value = json[key], !value.isNull else { return nil }
      guard let count = value.integer, count >= 0 else {
        throw Diagnostic(
          .badValue(
            key: key, found: value.serialized(pretty: false), expected: "a count of 0 or more"),
          at: location)
      }
      return count
    }
    var exchange = Exchange(round: round)
    exchange.selected = try count("selected")
    exchange.completed = try count("completed")
    exchange.failed = try count("failed")
    exchange.noReply = try count("no_reply")
    exchange.bytesUp = try count("bytes_up")
    exchange.bytesDown = try count("bytes_down")
    exchange.seconds = json["seconds"]?.double.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
    exchange.started = json["started"]?.double
    for client in json["clients"]?.array ?? [] {
      guard let code = client["error_code"]?.integer else { continue }
      exchange.causes[Self.cause(code), default: 0] += 1
    }
    if let silent = exchange.noReply, silent > 0 { exchange.causes["no reply"] = silent }
    return exchange
  }

  /// flwr's `ErrorCode`.
  private static func cause(_ code: Int) -> String {
    switch code {
    case 1: "client app could not be loaded"
    case 2: "client app raised an exception"
    case 3: "message unavailable"
    case 4: "reply unavailable"
    case 5: "node unavailable"
    case 6: "mod precondition failed"
    default: "error code \(code)"
    }
  }

  private mutating func noteClients(_ json: JSONValue) {
    var cohort: [Double] = []
    for entry in json["clients"]?.array ?? [] {
      guard let id = entry["node_id"]?.string ?? entry["node_id"]?.integer.map(String.init) else {
        continue
      }
      var client = clients[id] ?? Client()
      if entry["error_code"] == nil {
        client.completed += 1
        if let examples = entry["num-examples"]?.double, examples.isFinite, examples >= 0 {
          client.weight = examples
          cohort.append(examples)
          weights =
            min(
              weights?.lowerBound ?? examples, examples)...max(
              weights?.upperBound ?? examples, examples)
        }
      } else {
        client.failed += 1
      }
      clients[id] = client
    }
    let sum = cohort.reduce(0, +)
    if let largest = cohort.max(), sum > 0 {
      weightRatio = max(weightRatio ?? 1, largest * Double(cohort.count) / sum)
    }
  }

  /// A recorder appends: a second run into the same folder repeats the rounds.
  private mutating func keepLatest() {
    var latest: [Int: Int] = [:]
    var repeated: Set<Int> = []
    for (index, exchange) in train.enumerated() {
      if latest.updateValue(index, forKey: exchange.round) != nil {
        repeated.insert(exchange.round)
      }
    }
    if !repeated.isEmpty {
      let first = repeated.min() ?? 0
      warnings.append(
        "\(repeated.count) rounds stand more than once (first: round \(first)), as if two runs "
          + "wrote one file; the latest counts")
      train = latest.values.sorted().map { train[$0] }
    }
    train.sort { $0.round < $1.round }
  }
}
