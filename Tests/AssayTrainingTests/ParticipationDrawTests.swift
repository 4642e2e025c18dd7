import AssayStatistics
import Testing

@testable import AssayTraining

/// Shares are compared with their probability within five standard deviations of the binomial,
/// `5·√(p(1 − p)/n)`: seeds are fixed, so a share that lies inside once always does.
@Suite("Draws of participation")
struct ParticipationDrawTests {
  @Test(
    "nothing restricts the default plan: all are available, train everything and upload at once")
  func usual() {
    let plan = ParticipationPlan()
    #expect(plan.isDefault && plan.isSound)
    let model = World.model(plan)
    #expect(model.available(round: 3, at: 17) == Array(0..<100))
    let course = model.course(of: 7, round: 3, start: 17, work: World.work)
    #expect(course.uploads && course.steps == 10 && !course.isPartial)
    #expect(course.at == 17 && course.deadline == .infinity && course.offline == .infinity)
    #expect(course.bytesDown == 320)
    let delivery = World.delivery(model, 7, round: 3, start: 17)
    #expect(delivery.isAccepted && delivery.at == 17 && delivery.bytesUp == 320)
    #expect(delivery.uploads.isEmpty && delivery.digest == nil)
  }

  @Test(
    "a client is available with its probability, in each round anew", arguments: [0.1, 0.5, 0.9])
  func availability(p: Double) {
    let model = World.model(World.plan { $0.availability = .probability(p) }, clients: 500)
    let share = World.share(500, 40) { client, round in
      model.isAvailable(client, round: round, at: 0)
    }
    #expect(abs(share - p) < World.bound(p, 20_000))
    let first = model.available(round: 1, at: 0)
    #expect(first == first.sorted() && first != model.available(round: 2, at: 0))
    #expect(first == (0..<500).filter { model.isAvailable($0, round: 1, at: 0) })
  }

  @Test("the share that is available follows the time of day")
  func cycle() {
    // By hand: 0.4·(1 + 0.5·sin 2πt): 0.4 at midnight, 0.6 at a quarter, 0.2 at three quarters.
    let cycle = DailyCycle(base: 0.4, amplitude: 0.5, period: 100)
    let model = World.model(World.plan { $0.availability = .cycle(cycle) }, clients: 1_000)
    for (time, p) in [(0.0, 0.4), (25, 0.6), (50, 0.4), (75, 0.2), (125, 0.6)] {
      let share = World.share(1_000, 20) { client, round in
        model.isAvailable(client, round: round, at: time)
      }
      #expect(abs(share - p) < World.bound(p, 20_000))
    }
    // Clients all around the globe: the share hardly moves, yet each client has its own day.
    let global = World.model(
      World.plan {
        $0.availability = .cycle(
          DailyCycle(base: 0.4, amplitude: 1, period: 100, phaseSpread: 1))
      }, clients: 2_000)
    for time in [0.0, 25, 75] {
      let share = World.share(2_000, 10) { client, round in
        global.isAvailable(client, round: round, at: time)
      }
      // The phases themselves are drawn: 2,000 values of 0.4·sin with variance 0.08.
      #expect(abs(share - 0.4) < World.bound(0.4, 20_000) + 5 * (0.08 / 2_000).squareRoot())
    }
  }

  /// Origin: sines of whole twelfths of a turn.
  @Test("the sine of turns is exact at the quarters and right between them")
  func sine() {
    for (turns, value) in [(0.0, 0.0), (0.25, 1), (0.5, 0), (0.75, -1), (1, 0), (-0.25, -1)] {
      #expect(abs(sineOfTurns(turns) - value) < 4e-16)
    }
    let twelfth = [
      0.0, 0.5, 0.8660254037844386, 1, 0.8660254037844386, 0.5, 0, -0.5, -0.8660254037844386, -1,
      -0.8660254037844386, -0.5,
    ]
    for (index, value) in twelfth.enumerated() {
      // 4e-16: rounding of the angle and of the last product.
      #expect(abs(sineOfTurns(Double(index) / 12) - value) < 4e-16)
      #expect(abs(sineOfTurns(Double(index) / 12 - 7) - value) < 8e-15)
    }
  }

  @Test("devices are drawn once for a run, by share")
  func devices() {
    let classes = [
      DeviceClass(name: "a", share: 0.2), DeviceClass(name: "b", share: 0.5),
      DeviceClass(name: "c", share: 0.3),
    ]
    let model = World.model(World.plan { $0.devices = classes }, clients: 20_000)
    for (index, device) in classes.enumerated() {
      let share = World.share(20_000, 1) { client, _ in model.deviceIndex(of: client) == index }
      #expect(abs(share - device.share) < World.bound(device.share, 20_000))
    }
    let other = World.model(World.plan { $0.devices = classes }, clients: 20_000, seed: 2)
    #expect((0..<100).contains { model.deviceIndex(of: $0) != other.deviceIndex(of: $0) })
  }

  @Test("clients vanish before training, before upload and after it with their probabilities")
  func dropout() {
    let model = World.model(
      World.plan {
        $0.dropout = Dropout(beforeTraining: 0.2, beforeUpload: 0.1, afterUpload: 0.3)
      }, clients: 1_000)
    func share(_ test: (ClientCourse) -> Bool) -> Double {
      World.share(1_000, 20) { client, round in
        test(model.course(of: client, round: round, start: 0, work: World.work))
      }
    }
    // The draws are independent: the second is made by who passed the first.
    #expect(abs(share { $0.cause == .dropoutBeforeTraining } - 0.2) < World.bound(0.2, 20_000))
    #expect(abs(share { $0.cause == .dropoutBeforeUpload } - 0.08) < World.bound(0.08, 20_000))
    let vanishing = 0.8 * 0.9 * 0.3
    #expect(abs(share(\.vanishesAfterUpload) - vanishing) < World.bound(vanishing, 20_000))
  }

  @Test("dropout before training is drawn where plain dropout always was")
  func compatible() {
    let model = World.model(World.plan { $0.dropout.beforeTraining = 0.3 }, clients: 50)
    let draws = Randomness(seed: 1).uniforms(.dropout, round: 4, count: 50)
    for client in 0..<50 {
      let course = model.course(of: client, round: 4, start: 0, work: World.work)
      #expect((course.cause == .dropoutBeforeTraining) == (draws[client] < 0.3))
    }
  }

  /// Origin: the median of `4·exp(0.5·z)` is 4, and z lies below −1 with probability 0.158655.
  @Test("stragglers are as many and as slow as the plan says")
  func stragglers() {
    let plan = World.plan {
      $0.devices = [World.slow]
      $0.stragglers = Stragglers(share: 0.25, slowdown: 4, sigma: 0.5)
    }
    let model = World.model(plan, clients: 1_000)
    var factors: [Double] = []
    for round in 1...20 {
      for client in 0..<1_000 {
        let course = model.course(of: client, round: round, start: 0, work: World.work)
        let factor = (course.at - 10) / 10
        if factor != 1 { factors.append(factor) }
      }
    }
    #expect(abs(Double(factors.count) / 20_000 - 0.25) < World.bound(0.25, 20_000))
    let count = factors.count
    let below = Double(factors.count { $0 < 4 }) / Double(count)
    #expect(abs(below - 0.5) < World.bound(0.5, count))
    let far = Double(factors.count { $0 < 4 * PortableMath.exp(-0.5) }) / Double(count)
    #expect(abs(far - 0.158655) < World.bound(0.158655, count))
    #expect(factors.allSatisfy { $0 >= 1 })

    var fixed = plan
    fixed.stragglers = Stragglers(share: 1, slowdown: 3)
    let course = World.model(fixed).course(of: 0, round: 1, start: 0, work: World.work)
    #expect(course.at == 10 + 3 * 10)
  }

  @Test("each fault happens with its probability")
  func faults() {
    var faults = Faults()
    for (index, kind) in Faults.Kind.allCases.enumerated() {
      faults[kind] = 0.01 * Double(index + 1)
    }
    let exchange = World.exchange(World.model(World.plan { $0.faults = faults }))
    var counts: [Faults.Kind: Int] = [:]
    for client in 0..<20_000 {
      let course = ClientCourse(
        client: client, round: 1, work: World.work, cause: nil, steps: 10, at: 0, bytesDown: 0,
        uplink: .infinity, deadline: .infinity, offline: .infinity, vanishesAfterUpload: false)
      if let kind = faults.kind(at: exchange.draw(.fault, course, 1)) {
        counts[kind, default: 0] += 1
      }
    }
    for kind in Faults.Kind.allCases {
      let share = Double(counts[kind] ?? 0) / 20_000
      #expect(abs(share - faults[kind]) < World.bound(faults[kind], 20_000), "\(kind)")
    }
  }

  @Test("guardrails make as many clients decline as the ranges say, each for its reason")
  func guardrails() {
    func share(_ rails: Guardrails, _ cause: OutcomeCause) -> Double {
      let model = World.model(
        World.plan {
          $0.devices = [
            DeviceClass(
              name: "phone", share: 1, memoryBytes: 1_000, freeMemory: 0...0.5, busy: 0.2...1,
              battery: 0.1...0.9, meteredShare: 0.35)
          ]
          $0.guardrails = rails
        }, clients: 1_000)
      return World.share(1_000, 20) { client, round in
        let course = model.course(of: client, round: round, start: 0, work: World.work)
        if course.cause == cause { #expect(course.bytesDown == 0 && course.steps == 0) }
        return course.cause == cause
      }
    }
    // By hand from uniform ranges: (0.3 − 0.1)/0.8, 0.35, (1 − 0.8)/0.8, 200/500.
    let cases: [(Guardrails, OutcomeCause, Double)] = [
      (Guardrails(minimumBattery: 0.3), .declinedBattery, 0.25),
      (Guardrails(allowMetered: false), .declinedMetered, 0.35),
      (Guardrails(maximumBusy: 0.8), .declinedBusy, 0.25),
      (Guardrails(minimumFreeMemoryBytes: 200), .declinedMemory, 0.4),
    ]
    for (rails, cause, p) in cases {
      #expect(abs(share(rails, cause) - p) < World.bound(p, 20_000), "\(cause)")
    }
    // A device on mains power with memory enough never declines.
    let model = World.model(
      World.plan {
        $0.devices = [World.slow]
        $0.guardrails = Guardrails(
          minimumBattery: 1, allowMetered: false, maximumBusy: 0, minimumFreeMemoryBytes: 1e12)
      })
    #expect(model.course(of: 0, round: 1, start: 0, work: World.work).uploads)
  }
}
