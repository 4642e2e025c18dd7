import AssayFiles
import AssayTestSupport
import Testing

@testable import AssayTraining

@Suite("The end of a round")
struct ParticipationRoundTests {
  /// A delivery that was accepted at a time, or ended for a cause.
  private func delivery(_ client: Int, at time: Double, _ cause: OutcomeCause? = nil) -> Delivery {
    let course = ClientCourse(
      client: client, round: 1, work: World.work, cause: nil, steps: 10, at: time, bytesDown: 0,
      uplink: .infinity, deadline: .infinity, offline: .infinity, vanishesAfterUpload: false)
    return Delivery(course: course, cause: cause, at: time, weight: 50, bytesUp: 320)
  }

  private func close(
    _ deliveries: [Delivery], goal: Int, isPrivate: Bool = false,
    _ change: (inout ParticipationPlan) -> Void = { _ in }
  ) -> RoundClosing {
    RoundClosing(
      deliveries, goal: goal, start: 100, plan: World.plan(change), isPrivate: isPrivate)
  }

  @Test("the first updates that are wanted close the round; equal times go by client")
  func firstOnes() {
    let deliveries = [
      delivery(2, at: 130), delivery(3, at: 110), delivery(5, at: 120), delivery(7, at: 120),
      delivery(9, at: 105, .nonFinite),
    ]
    let three = close(deliveries, goal: 3) { $0.deadline = 50 }
    // By hand: 3 at 110, then 5 and 7 at 120; client 2 comes too late.
    #expect(three.used == [1, 2, 3] && three.end == 120 && three.abandoned == nil)
    #expect(three.causes == [.surplus, nil, nil, nil, .nonFinite])
    let two = close(deliveries, goal: 2) { $0.deadline = 50 }
    #expect(two.used == [1, 2] && two.causes[3] == .surplus && two.end == 120)
    #expect(two.count(.completed) == 2 && two.count(.failed) == 3 && two.count(.noReply) == 0)
    #expect(two.causeCounts == ["surplus": 2, "non-finite update": 1])
  }

  @Test("without enough updates the round ends with the last answer, or at the deadline")
  func waiting() {
    let answered = [delivery(1, at: 110), delivery(2, at: 140, .wrongShape)]
    #expect(close(answered, goal: 2) { $0.deadline = 50 }.end == 140)
    let missing = answered + [delivery(3, at: 105, .dropoutBeforeTraining)]
    #expect(close(missing, goal: 3) { $0.deadline = 50 }.end == 150)
    #expect(close(missing, goal: 3).end == 140)
    // An upload that arrives behind the deadline does not hold the round up.
    let late = answered + [delivery(3, at: 190, .late)]
    #expect(close(late, goal: 3) { $0.deadline = 50 }.end == 150)
  }

  @Test(
    "below the quorum a round is abandoned, and its updates are not used",
    arguments: [(0.0, 1), (0.1, 1), (0.5, 5), (0.51, 6), (0.7, 7), (1.0, 10)])
  func quorum(share: Double, least: Int) {
    // By hand: ceil(share · 10); 0.7·10 is 7 and not a rounding error more.
    for count in 1...10 {
      let deliveries = (0..<10).map {
        $0 < count ? delivery($0, at: 101) : delivery($0, at: 100, .dropoutBeforeTraining)
      }
      let closing = close(deliveries, goal: 10) { $0.quorum = share }
      #expect((closing.abandoned == nil) == (count >= least))
      if count < least {
        #expect(closing.abandoned == .quorumMissed && closing.used.isEmpty)
        #expect(closing.causeCounts["round-abandoned"] == count && closing.count(.failed) == count)
      }
    }
  }

  @Test("a round without any update is abandoned")
  func noUpdate() {
    #expect(close([], goal: 3).abandoned == .noUpdate)
    #expect(close([delivery(1, at: 110, .nonFinite)], goal: 1).abandoned == .noUpdate)
  }

  @Test("a private round takes all that was accepted and is never abandoned")
  func privateRound() {
    let deliveries = (0..<4).map { delivery($0, at: 100 + Double($0)) }
    let closing = close(deliveries, goal: 2, isPrivate: true)
    #expect(closing.used == [0, 1, 2, 3] && closing.abandoned == nil)
    #expect(close([], goal: 2, isPrivate: true).abandoned == nil)
    let alone = close([delivery(1, at: 110, .late)], goal: 9, isPrivate: true) { $0.quorum = 1 }
    #expect(alone.abandoned == nil && alone.used.isEmpty && alone.count(.failed) == 1)
  }

  @Test("too few available clients skip a round before anyone is asked")
  func skipped() {
    let plan = World.plan {
      $0.availability = .probability(0.5)
      $0.minimumAvailable = 60
      $0.deadline = 30
    }
    let model = World.model(plan)
    let counts = (1...50).map { model.available(round: $0, at: 0).count }
    #expect(counts.contains { model.suffices(available: $0) })
    #expect(counts.contains { !model.suffices(available: $0) })
    #expect(!model.suffices(available: 59) && model.suffices(available: 60))
    #expect(!World.model(ParticipationPlan()).suffices(available: 0))
    let closing = RoundClosing(skippedAt: 100, plan: plan)
    #expect(closing.abandoned == .tooFewAvailable && closing.end == 130 && closing.causes.isEmpty)
  }

  @Test("over-selection asks for more, rounded up, and never for more than there are")
  func overSelection() {
    // By hand: 10 · 1.3 = 13, 10 · 1.1 = 11 and not a rounding error more, 3 · 1.5 = 4.5.
    for (factor, goal, available, count) in [
      (1.3, 10, 100, 13), (1.1, 10, 100, 11), (1.5, 3, 100, 5), (1.0, 10, 100, 10),
      (2.0, 10, 15, 15), (1.0, 10, 4, 4), (100, 1, 3, 3),
    ] {
      let plan = World.plan { $0.overSelection = factor }
      #expect(plan.selectionCount(goal: goal, available: available) == count)
    }
  }

  @Test("the log has a line for each upload and says once what a client counts as")
  func log() throws {
    let plan = World.plan {
      $0.faults.conflictingDuplicate = 1
      $0.dropout.afterUpload = 0.999
    }
    let model = World.model(plan)
    let deliveries = [World.delivery(model, 0), delivery(4, at: 0)]
    let closing = RoundClosing(deliveries, goal: 1, start: 0, plan: plan, isPrivate: false)
    let digest = try #require(deliveries[0].digest)
    let lines = RoundLogLine.clients(deliveries, closing).map {
      $0.json { "c\($0)" }.serialized(pretty: false)
    }
    let facts = #""steps":10,"planned_steps":10,"rows":50,"weight":50.0"#
    #expect(
      lines == [
        #"{"round":1,"client":"c0","attempt":1,"outcome":"accepted",\#(facts),"#
          + #""update_sha256":"\#(digest)","at":0.0,"bytes":320,"counts_as":"completed"}"#,
        #"{"round":1,"client":"c0","attempt":2,"outcome":"refused","#
          + #""cause":"conflicting-duplicate",\#(facts),"at":0.0,"bytes":320}"#,
        #"{"round":1,"client":"c0","attempt":1,"outcome":"vanished","#
          + #""cause":"dropout-after-upload",\#(facts),"at":0.0,"bytes":0}"#,
        #"{"round":1,"client":"c4","attempt":1,"outcome":"accepted",\#(facts),"at":0.0,"bytes":320}"#,
        #"{"round":1,"client":"c4","attempt":1,"outcome":"discarded","cause":"surplus",\#(facts),"#
          + #""at":0.0,"bytes":0,"counts_as":"failed"}"#,
      ])
    let end = RoundEnd(
      round: 1, deliveries, closing, start: 0, available: 100, goal: 1, divisor: 50,
      modelSHA256: "abc")
    #expect(
      RoundLogLine.end(end).json { "c\($0)" }.serialized(pretty: false)
        == #"{"round":1,"outcome":"completed","start":0.0,"at":0.0,"available":100,"goal":1,"#
        + #""selected":2,"completed":1,"failed":1,"no_reply":0,"accepted":["c0"],"#
        + #""weights":[50.0],"divisor":50.0,"model_sha256":"abc"}"#)
    let skipped = RoundEnd(
      round: 2, [], RoundClosing(skippedAt: 7, plan: plan), start: 7, available: 0, goal: 1,
      divisor: nil, modelSHA256: nil)
    #expect(
      RoundLogLine.end(skipped).json { "\($0)" }.serialized(pretty: false)
        == #"{"round":2,"outcome":"abandoned","reason":"too-few-available","start":7.0,"at":7.0,"#
        + #""available":0,"goal":1,"selected":0,"completed":0,"failed":0,"no_reply":0,"#
        + #""accepted":[],"weights":[]}"#)
  }

  @Test("the documentation of the log names every outcome, cause and reason")
  func documentation() throws {
    let text = try PackageTree.file("Docs/rounds-log.md").text
    let names =
      OutcomeCause.allCases.map(\.rawValue)
      + ClientOutcome.Outcome.allCases.map(\.rawValue)
      + AbandonReason.allCases.map(\.rawValue)
    for name in names { #expect(text.contains("`\(name)`"), "\(name)") }
  }

  @Test("every cause belongs to one count, and names are told apart")
  func causes() {
    #expect(Set(OutcomeCause.allCases.map(\.rawValue)).count == OutcomeCause.allCases.count)
    let silent: Set<OutcomeCause> = [
      .unavailable, .dropoutBeforeTraining, .dropoutBeforeUpload, .wentOffline, .uploadLost,
    ]
    for cause in OutcomeCause.allCases {
      let expected: OutcomeCause.Count =
        cause == .dropoutAfterUpload ? .completed : silent.contains(cause) ? .noReply : .failed
      #expect(cause.count == expected)
    }
  }
}
