import AssayStatistics
import Testing

@testable import AssayTraining

/// Laws that hold for every plan, shown on plans drawn from seeds.
@Suite("Laws of participation")
struct ParticipationLawTests {
  /// A plan with everything in it, drawn from a seed.
  private func plan(_ seed: Int) -> ParticipationPlan {
    let generator = CounterGenerator(seed: UInt64(seed))
    var position: UInt64 = 0
    func draw() -> Double {
      position += 1
      return generator.uniform(at: position)
    }
    /// A value that is 0 half the time, else below `most`.
    func some(_ most: Double) -> Double {
      let (is0, value) = (draw() < 0.5, draw())
      return is0 ? 0 : value * most
    }
    return World.plan {
      switch Int(draw() * 4) {
      case 0: break
      case 1: $0.availability = .probability(draw())
      case 2:
        $0.availability = .cycle(
          DailyCycle(
            base: draw() / 2, amplitude: draw(), period: 1 + 1e3 * draw(), phaseSpread: draw()))
      default:
        $0.availability = .trace(
          AvailabilityTrace(
            (0..<20).map { index in
              let start = 90 * draw()
              return ("c\(index)", .init(start: start, end: start + 0.1 + 9 * draw()))
            } + [("phone", .init(start: 0, end: 50))], period: draw() < 0.5 ? 100 : nil))
      }
      if draw() < 0.7 {
        let first = draw()
        $0.devices = [
          DeviceClass(
            name: "phone", share: first, examplesPerSecond: 1 + 100 * draw(),
            uplinkBytesPerSecond: 1 + 1_000 * draw(), downlinkBytesPerSecond: 1 + 1_000 * draw(),
            memoryBytes: 1_000, freeMemory: 0...draw(), busy: 0...draw(), battery: 0...1,
            meteredShare: draw()),
          DeviceClass(name: "server", share: 1 - first),
        ]
        $0.guardrails = Guardrails(
          minimumBattery: some(0.5), allowMetered: draw() < 0.7, maximumBusy: draw(),
          minimumFreeMemoryBytes: some(500))
        $0.stragglers = Stragglers(
          share: some(1), slowdown: 1 + some(20), sigma: some(2), partialWork: draw() < 0.5)
      }
      $0.dropout = Dropout(
        beforeTraining: some(0.5), beforeUpload: some(0.5), afterUpload: some(0.5))
      if draw() < 0.6 { $0.deadline = 100 * draw() }
      $0.overSelection = 1 + some(2)
      $0.quorum = some(1)
      $0.minimumAvailable = Int(some(12))
      $0.pause = some(50)
      $0.retries = Retries(attempts: 1 + Int(5 * draw()), base: some(10))
      for kind in Faults.Kind.allCases { $0.faults[kind] = some(0.09) }
    }
  }

  private static let names = (0..<30).map { "c\($0)" }

  /// A run of three rounds as the server holds it: everything that it logs.
  private func run(_ seed: Int, order: ([Int]) -> [Int] = { $0 }) -> [RoundLogLine] {
    let plan = plan(seed)
    let model = World.model(plan, clients: 30, names: Self.names, seed: seed)
    var lines: [RoundLogLine] = []
    var time = 0.0
    for round in 1...3 {
      let available = model.available(round: round, at: time)
      guard model.suffices(available: available.count) else {
        let closing = RoundClosing(skippedAt: time, plan: plan)
        lines.append(
          .end(
            RoundEnd(
              round: round, [], closing, start: time, available: available.count, goal: 8,
              divisor: nil, modelSHA256: nil)))
        time = closing.end + plan.pause
        continue
      }
      let goal = min(8, available.count)
      let selected = available.prefix(plan.selectionCount(goal: goal, available: available.count))
      var deliveries: [Int: Delivery] = [:]
      for client in order(Array(selected)) {
        let work = ClientWork(
          rows: client % 7 == 0 ? 0 : 50, plannedSteps: client % 7 == 0 ? 0 : 10, examples: 100)
        deliveries[client] = World.delivery(
          model, client, round: round, start: time, work: work, recordsDigests: seed % 3 == 0)
      }
      let ordered = selected.compactMap { deliveries[$0] }
      let closing = RoundClosing(ordered, goal: goal, start: time, plan: plan, isPrivate: false)
      lines += RoundLogLine.clients(ordered, closing)
      lines.append(
        .end(
          RoundEnd(
            round: round, ordered, closing, start: time, available: available.count, goal: goal,
            divisor: 1, modelSHA256: nil)))
      #expect(closing.end >= time && closing.end.isFinite)
      time = closing.end + plan.pause
    }
    return lines
  }

  @Test("in a thousand plans every client that is asked ends in exactly one count")
  func conservation() {
    var completed = 0
    var abandoned: Set<AbandonReason> = []
    var causes: Set<OutcomeCause> = []
    for seed in 1...1_000 {
      var counted: [OutcomeCause.Count: [Int]] = [:]
      var accepted: Set<Int> = []
      for line in run(seed) {
        switch line {
        case .client(let outcome):
          if let count = outcome.countsAs { counted[count, default: []].append(outcome.client) }
          if outcome.outcome == .accepted {
            // No update is accepted twice.
            #expect(accepted.insert(outcome.client).inserted)
          }
          if let cause = outcome.cause { causes.insert(cause) }
          #expect(outcome.at.isFinite && outcome.bytes >= 0)
          #expect((0...outcome.plannedSteps).contains(outcome.steps))
        case .end(let end):
          #expect(end.selected == end.completed + end.failed + end.noReply)
          #expect(counted[.completed, default: []] == end.accepted)
          #expect(counted[.failed, default: []].count == end.failed)
          #expect(counted[.noReply, default: []].count == end.noReply)
          #expect(end.accepted == end.accepted.sorted() && end.accepted.count <= end.goal)
          #expect(end.weights.count == end.accepted.count && end.completed == end.accepted.count)
          #expect((end.abandoned == nil) == !end.accepted.isEmpty)
          if let reason = end.abandoned { abandoned.insert(reason) }
          completed += end.completed
          counted = [:]
          accepted = []
        }
      }
    }
    // The plans reach everything that can happen.
    #expect(completed > 1_000)
    #expect(abandoned == [.tooFewAvailable, .quorumMissed, .noUpdate])
    // Nobody who cannot be reached is asked, but in a private round.
    #expect(causes == Set(OutcomeCause.allCases).subtracting([.unavailable]))
  }

  @Test("a private cohort is drawn from all clients, and who cannot be reached does not answer")
  func unavailable() {
    var plan = ParticipationPlan()
    plan.availability = .probability(0.5)
    let model = ParticipationModel(
      plan, clientCount: 200, randomness: Randomness(seed: 3), bytesDown: 8, bytesUp: 8,
      isPrivate: true)
    let work = ClientWork(rows: 3, plannedSteps: 1, examples: 3)
    for client in 0..<200 {
      let course = model.course(of: client, round: 1, start: 7, work: work)
      let isThere = model.isAvailable(client, round: 1, at: 7)
      #expect(course.cause == (isThere ? nil : .unavailable))
      #expect(course.bytesDown == (isThere ? 8 : 0))
    }
    #expect((60...140).contains(model.available(round: 1, at: 7).count))
  }

  @Test("the order in which clients are simulated does not show")
  func order() {
    for seed in 1...200 { #expect(run(seed) == run(seed) { $0.reversed() }) }
  }

  @Test("threads do not show")
  func threads() {
    let plan = plan(6)
    let model = World.model(plan, clients: 30, names: Self.names)
    func deliveries(_ threads: Int) -> [Delivery?] {
      var result = [Delivery?](repeating: nil, count: 30)
      result.withUnsafeMutableBufferPointer { slots in
        let start = slots.baseAddress
        WorkerPool(threads: threads).run(30) { index, _ in
          start?[index] = World.delivery(model, index, round: 2, start: 3)
        }
      }
      return result
    }
    let one = deliveries(1)
    #expect(one.allSatisfy { $0 != nil })
    for threads in [2, 4, 8] { #expect(deliveries(threads) == one) }
  }

  @Test("another seed gives another course of things, the same seed the same")
  func seeds() {
    let plan = World.plan {
      $0.dropout.beforeTraining = 0.5
      $0.faults.lost = 0.5
    }
    func causes(_ seed: Int) -> [OutcomeCause?] {
      (0..<100).map { World.delivery(World.model(plan, seed: seed), $0).cause }
    }
    #expect(causes(1) == causes(1) && causes(1) != causes(2))
  }
}
