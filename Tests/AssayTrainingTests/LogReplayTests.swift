import AssayFiles
import AssayRuns
import Testing

@testable import AssayTraining

@Suite("The log is the truth")
struct LogReplayTests {
  private static let algorithms = [
    "fedavg", "fedsgd", "fedprox", "fine-tuning", "ditto", "afl",
    "fedbuff",
  ]

  /// A plan in which everything may go wrong.
  private static func plan(_ numbers: inout TestNumbers, clients: Int) -> FederatedPlan {
    func draw(_ count: Int) -> Int { Int(numbers.next() * Double(count)) }
    func sometimes(_ greatest: Double) -> Double {
      numbers.next() < 0.5 ? 0 : numbers.next() * greatest
    }
    var plan = ParticipationPlan()
    switch draw(4) {
    case 0: plan.availability = .probability(0.3 + 0.7 * numbers.next())
    case 1:
      plan.availability = .cycle(
        DailyCycle(base: 0.6, amplitude: 0.6, period: 100, phaseSpread: numbers.next()))
    default: break
    }
    if draw(3) > 0 {
      plan.devices = [
        DeviceClass(
          name: "a", share: 0.4, examplesPerSecond: 1 + 9 * numbers.next(),
          uplinkBytesPerSecond: 10 + 90 * numbers.next(), busy: 0...1, battery: 0.2...1,
          meteredShare: 0.3),
        DeviceClass(name: "b", share: 0.6, examplesPerSecond: 50, downlinkBytesPerSecond: 500),
      ]
    }
    if draw(4) == 0 {
      plan.guardrails = Guardrails(minimumBattery: 0.4, allowMetered: false, maximumBusy: 0.8)
    }
    plan.dropout = Dropout(
      beforeTraining: sometimes(0.4), beforeUpload: sometimes(0.3), afterUpload: sometimes(0.4))
    plan.stragglers = Stragglers(
      share: sometimes(0.8), slowdown: 1 + 9 * numbers.next(), sigma: sometimes(1),
      partialWork: draw(2) == 0)
    if draw(3) > 0 { plan.deadline = 2 + 20 * numbers.next() }
    plan.overSelection = 1 + sometimes(1)
    plan.quorum = sometimes(0.9)
    plan.minimumAvailable = draw(3) == 0 ? draw(clients) : 0
    plan.pause = sometimes(40)
    plan.retries = Retries(attempts: 1 + draw(3), base: sometimes(2))
    if draw(3) > 0 {
      for kind in Faults.Kind.allCases { plan.faults[kind] = sometimes(0.1) }
    }
    let name = algorithms[draw(algorithms.count)]
    return FederatedPlan(
      algorithm: AlgorithmChoice(
        name,
        name == "fedbuff"
          ? ["buffer": Double(1 + draw(4)), "server_learning_rate": 0.5 + numbers.next()] : [:]),
      weighting: draw(2) == 0 ? .rows : .uniform, rounds: 3 + draw(4),
      clientsPerRound: draw(3) == 0 ? .all : .count(1 + draw(clients)),
      local: LocalTraining(epochs: 1 + draw(2), batchSize: 2 + draw(5), learningRate: 0.1),
      participation: plan)
  }

  @Test("a thousand runs in which anything goes wrong end, and each aggregate follows from its log")
  func thousandRuns() throws {
    var numbers = TestNumbers(2)
    var totals = RoundReplay.Totals()
    for set in 0..<20 {
      let rows = (0..<(3 + set % 7)).map { _ in
        numbers.next() < 0.1 ? 0 : 1 + Int(numbers.next() * 9)
      }
      let data = try Example.clusters(
        clientRows: rows.contains { $0 > 0 } ? rows : [3] + rows, testRows: 2, features: 2,
        classes: 2 + set % 2, seed: UInt64(set))
      let model = set % 5 == 0 ? ModelSpecification.mlp(hidden: [3]) : .softmax
      let trainer = Trainer(data: data, model: model, threads: 1 + set % 3)
      for run in 0..<50 {
        let plan = Self.plan(&numbers, clients: data.clientCount)
        let arm = trainer.train(.federated(plan), seed: run)
        var replay = RoundReplay(plan, data: data, model: model, seed: run)
        do {
          try replay.run(arm)
        } catch {
          Issue.record("data \(set), run \(run): \(error)")
        }
        totals.completed += replay.totals.completed
        totals.accepted += replay.totals.accepted
        totals.notUsed += replay.totals.notUsed
        totals.abandoned.merge(replay.totals.abandoned, uniquingKeysWith: +)
      }
    }
    // Every way in which a round can end was met many times.
    #expect(totals.completed > 1_000)
    #expect(totals.accepted > 2_000)
    #expect(totals.notUsed > 100)
    for reason in ["quorum-missed", "too-few-available", "no-update"] {
      #expect(totals.abandoned[reason, default: 0] > 50, "\(reason)")
    }
  }

  @Test("a log that was changed in any number, digest or name is found out")
  func forged() throws {
    let data = try Example.clusters(clientRows: [5, 4, 6], testRows: 3, features: 2)
    let plan = FederatedPlan(
      rounds: 2, local: LocalTraining(epochs: 1, batchSize: 2, learningRate: 0.1))
    let arm = Trainer(data: data, model: .softmax, threads: 1).train(.federated(plan), seed: 1)
    func passes(_ change: (String) -> String) -> Bool {
      var forged = arm
      forged.roundLog = Array(change(String(decoding: arm.roundLog, as: UTF8.self)).utf8)
      var replay = RoundReplay(plan, data: data, model: .softmax, seed: 1)
      return (try? replay.run(forged)) != nil
    }
    func replacing(_ old: String, _ new: String) -> (String) -> String {
      { text in
        guard let range = text.firstRange(of: old) else { return text }
        return text[..<range.lowerBound] + new + text[range.upperBound...]
      }
    }
    #expect(passes { $0 })
    #expect(!passes(replacing("\"steps\":2", "\"steps\":1")))
    #expect(!passes(replacing("\"weights\":[5.0", "\"weights\":[6.0")))
    #expect(!passes(replacing("\"update_sha256\":\"", "\"update_sha256\":\"0")))
    #expect(!passes(replacing("\"model_sha256\":\"", "\"model_sha256\":\"0")))
    #expect(!passes(replacing("\"accepted\":[\"0\",\"1\"", "\"accepted\":[\"0\",\"0\"")))
    #expect(!passes(replacing("\"counts_as\":\"completed\"", "\"counts_as\":\"failed\"")))
    #expect(!passes(replacing("\"divisor\":", "\"divisor\":1")))
  }
}

@Suite("Abandoned rounds")
struct AbandonedRoundTests {
  private let local = LocalTraining(epochs: 1, batchSize: 4, learningRate: 0.1)

  private func ends(_ arm: TrainedArm) throws -> [JSONValue] {
    try arm.roundLog.split(separator: 0x0A)
      .map { try JSONValue.parse(Array($0), path: "rounds.jsonl") }.filter { $0["client"] == nil }
  }

  /// Trains, and checks that every abandoned round says why and leaves the model as it was.
  private func abandoned(
    _ plan: FederatedPlan, reason: String
  ) throws -> (arm: TrainedArm, count: Int) {
    let data = try Example.clusters(clientRows: [6, 5, 4, 7, 3, 8])
    let arm = Trainer(data: data, model: .softmax, threads: 2).train(.federated(plan), seed: 4)
    let network = Network(.softmax, features: 6, classCount: 3)
    var digest = SHA256.hexDigest(
      Safetensors.encode(
        network.tensors([network.initialParameters(Randomness(seed: 4))], stacked: false)))
    var count = 0
    for (end, round) in zip(try ends(arm), arm.rounds) {
      if end["outcome"]?.string == "abandoned" {
        #expect(end["reason"]?.string == reason)
        #expect(end["model_sha256"]?.string == digest)
        #expect(end["divisor"] == nil)
        #expect(end["accepted"]?.array == [])
        #expect(round.completed == 0)
        #expect(round.aggregated == false)
        count += 1
      } else {
        #expect(round.aggregated == true)
        #expect(end["model_sha256"]?.string != digest)
      }
      digest = end["model_sha256"]?.string ?? ""
    }
    #expect(arm.rounds.count == plan.rounds)
    #expect(SHA256.hexDigest(Safetensors.encode(arm.weights)) == digest)
    #expect(arm.notes.contains { $0.hasPrefix("\(count) of \(plan.rounds) rounds abandoned") })
    return (arm, count)
  }

  @Test("with fewer updates than the quorum, valid updates are dropped and named so")
  func quorum() throws {
    var participation = ParticipationPlan.dropping(0.25)
    participation.quorum = 0.8
    let (arm, count) = try abandoned(
      FederatedPlan(rounds: 30, local: local, participation: participation),
      reason: "quorum-missed")
    #expect(count > 5 && count < 30)
    #expect(arm.rounds.contains { ($0.causes["round-abandoned"] ?? 0) > 0 })
  }

  @Test("with fewer clients within reach than needed, nobody is asked")
  func tooFew() throws {
    var participation = ParticipationPlan()
    participation.availability = .probability(0.5)
    participation.minimumAvailable = 4
    participation.deadline = 10
    let (arm, count) = try abandoned(
      FederatedPlan(rounds: 30, local: local, participation: participation),
      reason: "too-few-available")
    #expect(count > 5 && count < 30)
    for round in arm.rounds where round.aggregated == false { #expect(round.selected == 0) }
    // Each skipped round waits for one deadline.
    #expect(arm.virtualSeconds == 10 * Double(count))
  }

  @Test("without any update the model stays, with a cohort and with a buffer")
  func noUpdate() throws {
    let (_, count) = try abandoned(
      FederatedPlan(
        rounds: 30, clientsPerRound: .count(2), local: local, participation: .dropping(0.6)),
      reason: "no-update")
    #expect(count > 5 && count < 30)
    let (buffer, all) = try abandoned(
      FederatedPlan(
        algorithm: AlgorithmChoice("fedbuff", ["buffer": 2]), rounds: 3, clientsPerRound: .count(2),
        local: local, participation: .dropping(1)), reason: "no-update")
    #expect(all == 3)
    #expect(buffer.gradientSteps == 0)
  }

  @Test("a private round that is skipped before sampling is no release")
  func privateSkip() throws {
    var participation = ParticipationPlan()
    participation.availability = .probability(0.5)
    participation.minimumAvailable = 4
    for mechanism in [PrivateTraining.Mechanism.sum, .tree] {
      let plan = FederatedPlan(
        rounds: 30, clientsPerRound: .count(2), local: local, participation: participation,
        privacy: PrivateTraining(mechanism: mechanism, clip: 1, noiseMultiplier: 1))
      let (arm, count) = try abandoned(plan, reason: "too-few-available")
      #expect(count > 5 && count < 30)
      if mechanism == .sum { #expect(arm.releases.map(\.steps) == [30 - count]) }
    }
    participation.minimumAvailable = 7
    let (arm, count) = try abandoned(
      FederatedPlan(
        rounds: 5, clientsPerRound: .count(2), local: local, participation: participation,
        privacy: PrivateTraining(clip: 1, noiseMultiplier: 1)), reason: "too-few-available")
    #expect(count == 5)
    #expect(arm.releases.isEmpty)
  }

  @Test("a private round whose members all vanish releases noise and is none that was abandoned")
  func privateDropout() throws {
    let (arm, count) = try {
      let data = try Example.clusters(clientRows: [6, 5, 4])
      let plan = FederatedPlan(
        rounds: 4, local: local, participation: .dropping(1),
        privacy: PrivateTraining(clip: 1, noiseMultiplier: 1))
      let arm = Trainer(data: data, model: .softmax, threads: 1).train(.federated(plan), seed: 1)
      return (arm, arm.rounds.count { $0.aggregated == false })
    }()
    #expect(count == 0)
    #expect(arm.releases.map(\.steps) == [4])
    #expect(Set(try ends(arm).compactMap { $0["model_sha256"]?.string }).count == 4)
  }
}
