import AssayFiles
import AssayRuns
import Testing

@testable import AssayTraining

/// Computes every aggregate of a federated arm again from its log, the data and the seed, with nothing of
/// the engine's rounds: clients are trained one by one, sums are plain loops.
///
/// It knows algorithms whose step is a weighted mean of models, and FedBuff, whose step is a weighted sum of
/// updates from older models; without privacy, compression or adversaries.
struct RoundReplay {
  /// What was counted over all rounds.
  struct Totals {
    var completed = 0
    var abandoned: [String: Int] = [:]
    var accepted = 0
    var notUsed = 0
  }

  enum Problem: Error {
    case log(String)
  }

  private let plan: FederatedPlan
  private let session: Session
  private let local: LocalTraining
  private let proximal: Double
  private var model: [Float]
  /// Models of an asynchronous server by version, and how often each client has trained.
  private var models: [[Float]] = []
  private var tasks: [Int: Int] = [:]
  private var digest: String
  private(set) var totals = Totals()

  init(_ plan: FederatedPlan, data: TrainingData, model: ModelSpecification, seed: Int) {
    self.plan = plan
    local = plan.algorithm.make().localTraining(plan.local)
    proximal = plan.algorithm.make().proximal
    let largest = (0..<data.clientCount).map { client in
      data.trainClients.count { Int($0) == client }
    }
    session = Session(
      data: ScaledData(data), model: model, seed: seed, threads: 1, local: local,
      largest: largest.max() ?? 0, trainers: 1)
    self.model = session.initial
    models = [session.initial]
    digest = ""
    digest = fileDigest()
  }

  /// SHA-256 of the model as a file, which the last line of a round states.
  private func fileDigest() -> String {
    SHA256.hexDigest(Safetensors.encode(session.network.tensors([model], stacked: false)))
  }

  /// Checks all rounds of an arm.
  mutating func run(_ arm: TrainedArm) throws {
    var lines: [JSONValue] = []
    var rounds = 0
    for text in arm.roundLog.split(separator: 0x0A) {
      let line = try JSONValue.parse(Array(text), path: "rounds.jsonl")
      guard line["client"] == nil else {
        lines.append(line)
        continue
      }
      rounds += 1
      try check(line, lines, round: rounds, record: arm.rounds[rounds - 1])
      lines = []
    }
    guard lines.isEmpty, rounds == arm.rounds.count else { throw Problem.log("cut short") }
    let written = Safetensors.encode(session.network.tensors([model], stacked: false))
    let global = arm.weights.filter { !$0.name.hasPrefix("personal.") }
    guard Safetensors.encode(global) == written else { throw Problem.log("another final model") }
  }

  private var isBuffered: Bool { plan.algorithm.name == "fedbuff" }

  private mutating func check(
    _ end: JSONValue, _ lines: [JSONValue], round: Int, record: AssayRuns.Round
  ) throws {
    func require(_ condition: Bool, _ what: @autoclosure () -> String) throws {
      guard condition else { throw Problem.log("round \(round): \(what())") }
    }
    defer {
      for client in Set(lines.compactMap { $0["client"]?.string }) {
        tasks[Int(client) ?? -1, default: 0] += 1
      }
    }
    let (selected, completed) = (end["selected"]?.integer, end["completed"]?.integer)
    let (failed, noReply) = (end["failed"]?.integer, end["no_reply"]?.integer)
    try require(
      end["round"]?.integer == round && lines.allSatisfy { $0["round"]?.integer == round },
      "lines of another round")
    let counting = lines.filter { $0["counts_as"] != nil }
    let clients = counting.compactMap { $0["client"]?.string.flatMap { Int($0) } }
    try require(clients == Set(clients).sorted(), "a client that counts twice, or out of order")
    try require(
      Set(lines.compactMap { $0["client"]?.string }).count == clients.count,
      "a client that does not count")
    try require(clients.count == selected, "\(clients.count) clients of \(selected ?? -1) selected")
    func count(_ word: String) -> Int { counting.count { $0["counts_as"]?.string == word } }
    try require(
      count("completed") == completed && count("failed") == failed && count("no_reply") == noReply
        && (completed ?? 0) + (failed ?? 0) + (noReply ?? 0) == selected,
      "counts that do not add up")
    try require(
      record.selected == selected && record.completed == completed && record.failed == failed
        && record.noReply == noReply, "a record unlike the log")

    let accepted = (end["accepted"]?.array ?? []).compactMap { $0.string.flatMap { Int($0) } }
    let weights = (end["weights"]?.array ?? []).compactMap(\.double)
    try require(accepted == Set(accepted).sorted(), "an update that was counted twice")
    try require(accepted.count == weights.count, "a weight for each update")
    let valid = lines.filter { $0["outcome"]?.string == "accepted" }
    try require(
      Set(valid.compactMap { $0["client"]?.string }).count == valid.count,
      "two accepted updates of one client")
    let used = counting.filter { $0["counts_as"]?.string == "completed" }
      .compactMap { $0["client"]?.string.flatMap { Int($0) } }
    try require(used == accepted, "an update that was lost")
    for line in valid where !used.contains(line["client"]?.string.flatMap { Int($0) } ?? -1) {
      try require(
        lines.contains {
          $0["client"] == line["client"] && $0["outcome"]?.string == "discarded"
        }, "a valid update that vanished")
      totals.notUsed += 1
    }
    guard end["outcome"]?.string == "completed" else {
      try require(accepted.isEmpty && end["divisor"] == nil, "a sum in an abandoned round")
      try require(end["model_sha256"]?.string == digest, "a model that an abandoned round changed")
      try require(record.aggregated == false, "a record of an aggregate")
      totals.abandoned[end["reason"]?.string ?? "", default: 0] += 1
      return
    }
    totals.completed += 1
    totals.accepted += accepted.count
    try require(!accepted.isEmpty && record.aggregated == true, "an aggregate of nothing")
    var sum = [Double](repeating: 0, count: model.count)
    var total = 0.0
    for (client, weight) in zip(accepted, weights) {
      let line = valid.first { $0["client"]?.string == "\(client)" }
      let version = line?["model_version"]?.integer
      try require((version != nil) == isBuffered, "a version where there is but one")
      let base = version.map { models[$0] } ?? model
      let pass = isBuffered ? tasks[client, default: 0] : round - 1
      let own = train(client, from: base, pass: pass, steps: line?["steps"]?.integer ?? -1)
      let ownDigest = own.withUnsafeBytes { SHA256.hexDigest($0) }
      try require(
        line?["update_sha256"]?.string == ownDigest, "another update of client \(client)")
      for i in sum.indices {
        sum[i] += weight * (isBuffered ? Double(own[i]) - Double(base[i]) : Double(own[i]))
      }
      total += weight
    }
    try require(end["divisor"]?.double == total, "another divisor")
    // Agnostic federated learning may give no weight to any of the clients that answered.
    if isBuffered {
      let scale =
        (plan.algorithm.values["server_learning_rate"] ?? 1) * total
        / Double(accepted.count)
      for i in sum.indices {
        // `(1 − s)·w + s·(w + Δ)`, as the engine rounds it.
        let before = Double(model[i])
        model[i] = Float((1 - scale) * before + scale * (before + sum[i] / total))
      }
      models.append(model)
    } else if total > 0 || plan.algorithm.name != "afl" {
      for i in sum.indices { model[i] = Float(sum[i] / total) }
    }
    digest = fileDigest()
    try require(end["model_sha256"]?.string == digest, "another aggregate")
  }

  /// One client's model: so many steps from the one that it was sent.
  private func train(_ client: Int, from base: [Float], pass: Int, steps: Int) -> [Float] {
    var own = base
    base.withUnsafeBufferPointer { base in
      own.withUnsafeMutableBufferPointer { own in
        guard let parameters = own.baseAddress else { return }
        var descent = Session.Descent(plan: local, firstPass: pass * local.epochs)
        descent.mostSteps = steps
        if proximal > 0 {
          descent.proximal = proximal
          descent.anchor = base.baseAddress
        }
        session.descend(
          parameters, rows: session.data.trainRows[client], client: client, descent, worker: 0)
      }
    }
    return own
  }
}
