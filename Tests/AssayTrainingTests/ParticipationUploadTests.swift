import AssayFiles
import Testing

@testable import AssayTraining

@Suite("Uploads and their faults")
struct ParticipationUploadTests {
  private func delivery(
    _ kind: Faults.Kind?, attempts: Int = 1, client: Int = 5,
    _ change: (inout ParticipationPlan) -> Void = { _ in }
  ) -> Delivery {
    let plan = World.plan {
      if let kind { $0.faults[kind] = 1 }
      $0.retries = Retries(attempts: attempts)
      change(&$0)
    }
    return World.delivery(World.model(plan), client)
  }

  /// What became of each upload.
  private func outcomes(_ delivery: Delivery) -> [Delivery.Upload.Outcome] {
    delivery.uploads.map(\.outcome)
  }

  @Test(
    "every fault is found by what is in the frame",
    arguments: [
      (Faults.Kind.truncated, OutcomeCause.truncated), (.bitFlip, .checksum),
      (.notANumber, .nonFinite), (.infinity, .nonFinite), (.wrongShape, .wrongShape),
      (.wrongVersion, .wrongVersion), (.absurdWeight, .absurdWeight),
    ])
  func refused(kind: Faults.Kind, cause: OutcomeCause) {
    // Different clients damage different places, bits and weights.
    for client in 0..<200 {
      let delivery = delivery(kind, client: client)
      #expect(delivery.cause == cause)
      #expect(outcomes(delivery) == [.judged(.refused(cause))])
      #expect(cause.count == .failed)
    }
  }

  @Test("an update that is already NaN or infinite is refused without any fault")
  func diverged() {
    let model = World.model(ParticipationPlan())
    for value in [Float.nan, .infinity, -.infinity] {
      for place in 0..<World.valueCount {
        var payload = World.values(1)
        payload[place] = value
        let course = model.course(of: 1, round: 1, start: 0, work: World.work)
        let delivery = payload.withUnsafeMutableBufferPointer {
          World.exchange(model).deliver(course, payload: $0, weight: 50)
        }
        #expect(delivery.cause == .nonFinite && delivery.uploads.count == 1)
      }
    }
  }

  @Test("a lost upload never reaches the server")
  func lost() {
    let delivery = delivery(.lost)
    #expect(delivery.cause == .uploadLost && delivery.cause?.count == .noReply)
    #expect(outcomes(delivery) == [.lost] && delivery.bytesUp == 320)
  }

  @Test("a truncated upload counts the bytes up to its cut")
  func truncatedBytes() {
    var seen: Set<Int> = []
    for client in 0..<200 {
      let delivery = delivery(.truncated, client: client)
      // By hand: 320 bytes carry eight values, 0 to 7 of which arrive.
      #expect(delivery.bytesUp % 40 == 0 && (0...280).contains(delivery.bytesUp))
      seen.insert(delivery.bytesUp)
    }
    #expect(seen.count == 8)
  }

  @Test("an equal duplicate is acknowledged and counted once")
  func duplicate() {
    let delivery = delivery(.duplicate)
    #expect(delivery.isAccepted && delivery.bytesUp == 640)
    #expect(outcomes(delivery) == [.judged(.accepted), .judged(.duplicateAcknowledged)])
    // By definition: SHA-256 of the eight floats as they lie in memory.
    let bytes = World.values(5).withUnsafeBytes { Array($0) }
    #expect(delivery.digest == SHA256.hexDigest(bytes))
  }

  @Test("an unequal second update is refused, and the first one stays")
  func conflict() {
    let delivery = delivery(.conflictingDuplicate)
    #expect(delivery.isAccepted)
    #expect(
      outcomes(delivery) == [.judged(.accepted), .judged(.refused(.conflictingDuplicate))])
    let bytes = World.values(5).withUnsafeBytes { Array($0) }
    #expect(delivery.digest == SHA256.hexDigest(bytes))
  }

  @Test("the server's desk judges frames by themselves, each reason in its turn")
  func desk() {
    let values = World.values(1)
    values.withUnsafeBufferPointer { buffer in
      var inbox = Inbox(
        round: 4, modelVersion: 9, valueCount: 8, weightLimit: 100, keepsDigest: true)
      func frame(_ change: (inout Frame) -> Void = { _ in }) -> Frame {
        var frame = Frame(
          client: 1, round: 4, modelVersion: 9, valueCount: 8, values: buffer, weight: 3,
          checksum: Frame.digest(buffer))
        change(&frame)
        return frame
      }
      #expect(inbox.receive(frame { $0.round = 3 }) == .refused(.wrongVersion))
      #expect(inbox.receive(frame { $0.modelVersion = 8 }) == .refused(.wrongVersion))
      #expect(
        inbox.receive(frame { $0.values = .init(rebasing: buffer.dropLast()) })
          == .refused(.truncated))
      #expect(inbox.receive(frame { $0.valueCount = 7 }) == .refused(.wrongShape))
      #expect(
        inbox.receive(frame { $0.checksum = "0" }) == .refused(.checksum))
      for weight in [-1, .nan, .infinity, 100.5, -.infinity] {
        #expect(inbox.receive(frame { $0.weight = weight }) == .refused(.absurdWeight))
      }
      #expect(!inbox.hasAccepted)
      #expect(inbox.receive(frame { $0.weight = 100 }) == .accepted)
      #expect(inbox.receive(frame()) == .duplicateAcknowledged)
      // The values decide, whether a checksum came along or not.
      #expect(inbox.receive(frame { $0.checksum = nil }) == .duplicateAcknowledged)
      let other = World.values(2)
      other.withUnsafeBufferPointer { second in
        let unequal = frame {
          $0.values = second
          $0.checksum = nil
        }
        #expect(inbox.receive(unequal) == .refused(.conflictingDuplicate))
      }
      #expect(inbox.acceptedDigest == Frame.digest(buffer))
    }
  }

  @Test("only faults on the way are tried again, as often as the plan says")
  func retries() {
    for kind in Faults.Kind.allCases {
      let delivery = delivery(kind, attempts: 4)
      switch kind {
      case .lost, .truncated, .bitFlip: #expect(delivery.uploads.count == 4, "\(kind)")
      case .duplicate, .conflictingDuplicate: #expect(delivery.uploads.count == 2, "\(kind)")
      default: #expect(delivery.uploads.count == 1, "\(kind)")
      }
    }
    #expect(delivery(.lost, attempts: 4).bytesUp == 4 * 320)
  }

  @Test("an update that arrives at a later attempt is accepted once")
  func laterAttempt() {
    let plan = World.plan {
      $0.faults.lost = 0.5
      $0.retries = Retries(attempts: 3)
    }
    let model = World.model(plan, clients: 8_000)
    var lost = 0
    for client in 0..<8_000 {
      let delivery = World.delivery(model, client)
      if delivery.cause == .uploadLost {
        lost += 1
        #expect(delivery.uploads.count == 3)
      } else {
        #expect(delivery.isAccepted)
        #expect(delivery.uploads.dropLast().allSatisfy { $0.outcome == .lost })
        #expect(delivery.uploads.last?.outcome ?? .judged(.accepted) == .judged(.accepted))
      }
    }
    // Three losses in a row: 0.5³.
    #expect(abs(Double(lost) / 8_000 - 0.125) < World.bound(0.125, 8_000))
  }

  /// Origin: a uniform wait up to `base · 2^(k − 1)` has the mean `base · 2^(k − 2)`; 3 and 6 s here,
  /// with standard deviations 6/√12 and 12/√12.
  @Test("waits double and are spread over their whole range")
  func jitter() {
    let plan = World.plan {
      $0.faults.lost = 1
      $0.retries = Retries(attempts: 3, base: 6)
    }
    let model = World.model(plan, clients: 4_000)
    var waits: [[Double]] = [[], []]
    for client in 0..<4_000 {
      let at = World.delivery(model, client).uploads.map(\.at)
      for index in 0..<2 { waits[index].append(at[index + 1] - at[index]) }
    }
    for (index, most) in [(0, 6.0), (1, 12.0)] {
      #expect(waits[index].allSatisfy { (0...most).contains($0) })
      let mean = waits[index].reduce(0, +) / 4_000
      #expect(abs(mean - most / 2) < 5 * most / 12.0.squareRoot() / 4_000.0.squareRoot())
    }
  }

  @Test("retries stop at the deadline, and what arrives behind it is late")
  func deadline() {
    // By hand: ready to send at 20 s, 10 s for each upload. Without waits a second one ends at 40 s.
    func delivery(_ deadline: Double, base: Double = 0) -> Delivery {
      let plan = World.plan {
        $0.devices = [World.slow]
        $0.deadline = deadline
        $0.faults.lost = 1
        $0.retries = Retries(attempts: 100, base: base)
      }
      return World.delivery(World.model(plan), 5)
    }
    let two = delivery(40)
    #expect(outcomes(two) == [.lost, .lost, .late] && two.cause == .late && two.bytesUp == 640)
    let some = delivery(35)
    // 5 s of the second upload send 160 of 320 bytes.
    #expect(outcomes(some) == [.lost, .late] && some.at == 35 && some.bytesUp == 320 + 160)
    // A wait that leads behind the deadline ends it: the server never heard of the client.
    let patient = delivery(31, base: 1e6)
    #expect(outcomes(patient) == [.lost] && patient.cause == .uploadLost)
    // A hundred attempts, and no more.
    let plan = World.plan {
      $0.faults.bitFlip = 1
      $0.retries = Retries(attempts: 100, base: 1e8)
    }
    let long = World.delivery(World.model(plan), 5)
    #expect(long.uploads.count == 100 && long.at.isFinite)
  }

  @Test("a client that goes offline while it tries again breaks off, with the bytes sent by then")
  func brokenOff() {
    let plan = World.plan {
      $0.devices = [World.slow]
      $0.availability = .trace(
        AvailabilityTrace([("slow", .init(start: 0, end: 34))]))
      $0.faults.lost = 1
      $0.retries = Retries(attempts: 5)
    }
    let delivery = World.delivery(World.model(plan, clients: 1, names: ["a"]), 0)
    // By hand: the second upload runs from 30 s on; 4 s of it send 128 of 320 bytes.
    #expect(outcomes(delivery) == [.lost, .brokenOff] && delivery.cause == .wentOffline)
    #expect(delivery.at == 34 && delivery.bytesUp == 320 + 128)
  }
}
