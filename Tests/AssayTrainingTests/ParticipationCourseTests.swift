import Testing

@testable import AssayTraining

@Suite("A client's course through a round")
struct ParticipationCourseTests {
  private func course(
    start: Double = 0, work: ClientWork = World.work, _ change: (inout ParticipationPlan) -> Void
  ) -> ClientCourse {
    let plan = World.plan {
      $0.devices = [World.slow]
      change(&$0)
    }
    return World.model(plan).course(of: 3, round: 1, start: start, work: work)
  }

  @Test("receiving, training and sending take the time that the device needs")
  func time() {
    // By hand: 320 bytes at 32 a second, 100 examples at 10 a second, 320 bytes at 32 a second.
    let course = course(start: 5) { _ in }
    #expect(course.at == 25)
    let delivery = World.delivery(
      World.model(World.plan { $0.devices = [World.slow] }), 3, start: 5)
    #expect(delivery.at == 35)
  }

  @Test("a client that would miss the deadline is late, with the steps done by then counted")
  func late() {
    // By hand: it needs 30 s; at 24.5 s it is sending.
    let sending = course(start: 100) { $0.deadline = 24.5 }
    #expect(sending.cause == .late && sending.at == 124.5 && sending.steps == 10)
    // 4.5 s of sending at 32 bytes a second.
    #expect(sending.bytesCut == 144 && Delivery(ended: sending).bytesUp == 144)
    // At 14.5 s it has trained for 4.5 s.
    let training = course(start: 100) { $0.deadline = 14.5 }
    #expect(training.cause == .late && training.at == 114.5 && training.steps == 4)
    #expect(training.bytesCut == 0)
    // Exactly in time is in time.
    #expect(course { $0.deadline = 30 }.uploads)
  }

  @Test(
    "partial work is the whole steps that leave time to send",
    arguments: [
      // By hand: 10 s to receive, 1 s for a step, 10 s to send.
      (30.0, 10), (29.0, 9), (25.5, 5), (21.0, 1), (20.9, 0), (3.0, 0),
    ])
  func partialWork(deadline: Double, steps: Int) {
    let plan = World.plan {
      $0.devices = [World.slow]
      $0.deadline = deadline
      $0.stragglers.partialWork = true
    }
    let delivery = World.delivery(World.model(plan), 3)
    if steps == 0 {
      #expect(delivery.cause == .late && !delivery.course.uploads)
    } else {
      #expect(delivery.isAccepted && delivery.course.steps == steps)
      #expect(delivery.course.isPartial == (steps < 10))
      #expect(delivery.at == 20 + Double(steps))
    }
  }

  @Test("a slow-down makes partial work smaller: half the speed gives half the steps")
  func slowPartialWork() {
    let course = course {
      $0.deadline = 28
      $0.stragglers = Stragglers(share: 1, slowdown: 2, partialWork: true)
    }
    // By hand: 28 − 20 = 8 s of training at 2 s a step.
    #expect(course.steps == 4 && course.at == 18)
  }

  @Test("the worked example of the guide holds")
  func guide() {
    // By hand: 5,444 bytes at 500 kB/s and 50 kB/s, 800 examples at 200 a second in 26 steps.
    let phone = DeviceClass(
      name: "phone", share: 1, examplesPerSecond: 200, uplinkBytesPerSecond: 50_000,
      downlinkBytesPerSecond: 500_000)
    let work = ClientWork(rows: 400, plannedSteps: 26, examples: 800)
    func course(_ change: (inout ParticipationPlan) -> Void) -> ClientCourse {
      let plan = World.plan {
        $0.devices = [phone]
        change(&$0)
      }
      return ParticipationModel(
        plan, clientCount: 1, randomness: Randomness(seed: 1), bytesDown: 5_444, bytesUp: 5_444
      ).course(of: 0, round: 1, start: 0, work: work)
    }
    let usual = course { $0.deadline = 10 }
    #expect(usual.uploads && usual.steps == 26 && abs(usual.at - 4.010888) < 1e-12)
    let late = course {
      $0.deadline = 10
      $0.stragglers = Stragglers(share: 1, slowdown: 4)
    }
    #expect(late.cause == .late && late.at == 10)
    let partial = course {
      $0.deadline = 10
      $0.stragglers = Stragglers(share: 1, slowdown: 4, partialWork: true)
    }
    // 16 s / 26 is 0.6154 s a step; 10 − 0.0109 − 0.1089 = 9.8802 s hold 16 of them.
    #expect(partial.uploads && partial.steps == 16)
    #expect(abs(partial.at - (0.010888 + 16 * 16 / 26.0)) < 1e-12)
  }

  @Test("steps of a tenth of a second fit as often as a person would say")
  func rounding() {
    // 0.3 / 0.1 is 2.9999999999999996 in floating point.
    let plan = World.plan {
      $0.devices = [DeviceClass(name: "d", share: 1, examplesPerSecond: 100)]
      $0.deadline = 0.3
      $0.stragglers.partialWork = true
    }
    let delivery = World.delivery(World.model(plan), 3)
    #expect(delivery.isAccepted && delivery.course.steps == 3)
  }

  @Test("a client without rows fails, and in a private arm sends what it has")
  func noRows() {
    let work = ClientWork(rows: 0, plannedSteps: 0, examples: 0)
    let plan = ParticipationPlan()
    let open = World.model(plan).course(of: 1, round: 1, start: 0, work: work)
    #expect(open.cause == .noRows && open.cause?.count == .failed)
    let closed = World.model(plan, isPrivate: true).course(of: 1, round: 1, start: 0, work: work)
    #expect(closed.uploads && closed.steps == 0)
    // Also with a deadline: no steps of none are not partial work.
    let timed = World.plan {
      $0.deadline = 100
      $0.stragglers.partialWork = true
    }
    #expect(
      World.model(timed, isPrivate: true).course(of: 1, round: 1, start: 0, work: work).uploads)
  }

  @Test("a client that goes offline before its update has arrived never answers")
  func offline() {
    let trace = AvailabilityTrace(
      [
        ("a", .init(start: 0, end: 25)), ("b", .init(start: 0, end: 31)),
        ("c", .init(start: 0, end: 12)),
      ],
      period: 100)
    let plan = World.plan {
      $0.devices = [World.slow]
      $0.availability = .trace(trace)
    }
    let model = World.model(plan, clients: 3, names: ["a", "b", "c"])
    func course(_ client: Int, start: Double) -> ClientCourse {
      model.course(of: client, round: 1, start: start, work: World.work)
    }
    // By hand: it needs 30 s, and is online for 25, 31 and 12.
    #expect(course(0, start: 200).cause == .wentOffline && course(0, start: 200).at == 225)
    #expect(course(0, start: 200).steps == 10)
    #expect(course(1, start: 200).uploads)
    #expect(course(2, start: 200).cause == .wentOffline && course(2, start: 200).steps == 2)
    #expect(course(1, start: 202).cause == .wentOffline)
    // Asked although it is not there: it never answers.
    #expect(course(0, start: 250).cause == .wentOffline && course(0, start: 250).at == 250)
  }

  @Test("a trace is periodic, merges what touches, and goes on across the end of its period")
  func trace() {
    let trace = AvailabilityTrace(
      [
        ("x", .init(start: 80, end: 100)), ("x", .init(start: 0, end: 10)),
        ("x", .init(start: 5, end: 20)), ("x", .init(start: 20, end: 30)),
        ("phone", .init(start: 0, end: 100)), ("y", .init(start: 50, end: 60)),
      ], period: 100)
    #expect(trace.entries.map(\.name) == ["x", "phone", "y"])
    #expect(
      trace.entries[0].intervals == [.init(start: 0, end: 30), .init(start: 80, end: 100)])
    #expect(trace.end(0, at: 29.5) == 30)
    #expect(trace.end(0, at: 30) == nil)
    #expect(trace.end(0, at: 790) == 830)
    #expect(trace.end(1, at: 12_345) == .infinity)
    #expect(trace.end(2, at: 355) == 360)
    #expect(
      trace.unknownNames(clients: ["x"], devices: [DeviceClass(name: "phone", share: 1)]) == ["y"])
    // Without a period it ends once.
    let once = AvailabilityTrace([("x", .init(start: 10, end: 20))])
    #expect(once.end(0, at: 15) == 20 && once.end(0, at: 25) == nil && once.end(0, at: 0) == nil)
    // Own intervals before those of the class; without either never available.
    let model = World.model(
      World.plan {
        $0.devices = [DeviceClass(name: "phone", share: 1)]
        $0.availability = .trace(trace)
      }, clients: 3, names: ["x", "y", "z"])
    #expect(model.available(round: 1, at: 55) == [1, 2])
    let bare = World.model(
      World.plan { $0.availability = .trace(trace) }, clients: 3, names: ["x", "y", "z"])
    #expect(bare.available(round: 1, at: 55) == [1])
    #expect(bare.available(round: 1, at: 85) == [0])
  }
}
