/// A client's side of one attempt: makes the frame, sound or damaged, and sends it.
struct Sender {
  let exchange: Exchange
  let course: ClientCourse
  let payload: UnsafeMutableBufferPointer<Float>
  let weight: Double
  let attempt: Int

  /// Sends once.
  /// - Parameter copy: 2 for the second sending of a duplicate.
  mutating func send(
    _ fault: Faults.Kind?, copy: Int, from start: Double, to inbox: inout Inbox
  ) -> Delivery.Upload {
    let bytes = exchange.model.bytesUp
    var frame = Frame(
      client: course.client, round: exchange.round, modelVersion: exchange.modelVersion,
      valueCount: payload.count, values: UnsafeBufferPointer(payload), weight: weight)
    var sent = bytes
    switch fault {
    case .truncated:
      // At least the last value is missing.
      let arrived = place(payload.count)
      frame.values = UnsafeBufferPointer(rebasing: payload[..<arrived])
      sent = Int(Double(bytes) * Double(arrived) / Double(payload.count))
    case .wrongShape:
      frame.valueCount -= 1
      frame.values = UnsafeBufferPointer(rebasing: payload.dropLast())
    case .wrongVersion: frame.modelVersion -= 1
    case .absurdWeight: frame.weight = absurdWeight()
    default: break
    }
    let duration = Double(sent) / course.uplink
    let arrival = start + duration
    let carried = frame.weight.isNaN ? nil : frame.weight
    if let upload = cutShort(start: start, arrival: arrival, bytes: sent, carried) {
      return upload
    }
    if fault == .lost {
      return Delivery.Upload(outcome: .lost, at: arrival, bytes: sent, weight: carried)
    }
    let verdict =
      exchange.model.plan.faults.needsDigest || fault != nil
      ? receive(frame, fault, copy, &inbox) : inbox.receive(frame)
    return Delivery.Upload(
      outcome: .judged(verdict), at: arrival, bytes: sent, weight: carried)
  }

  /// The upload that is cut by the deadline, or by its client going offline.
  private func cutShort(
    start: Double, arrival: Double, bytes: Int, _ weight: Double?
  ) -> Delivery.Upload? {
    let limit = min(course.deadline, course.offline)
    guard isLater(arrival, than: limit) else { return nil }
    let share = arrival > start ? max(0, (limit - start) / (arrival - start)) : 0
    return Delivery.Upload(
      outcome: course.deadline <= course.offline ? .late : .brokenOff, at: max(start, limit),
      bytes: Int(Double(bytes) * share), weight: weight)
  }

  /// Damages the values in place, lets the server judge them, and mends them.
  private func receive(
    _ sound: Frame, _ fault: Faults.Kind?, _ copy: Int, _ inbox: inout Inbox
  ) -> Verdict {
    var frame = sound
    let index = place(payload.count)
    let bits = payload[index].bitPattern
    switch fault {
    case .notANumber: payload[index] = .nan
    case .infinity:
      payload[index] =
        exchange.draw(.variant, course, attempt) < 0.5
        ? .infinity : -.infinity
    case .conflictingDuplicate where copy == 2: payload[index] = Float(bitPattern: bits ^ 1)
    default: break
    }
    if exchange.model.plan.faults.needsDigest { frame.checksum = Frame.digest(frame.values) }
    if fault == .bitFlip {
      let bit = UInt32(exchange.draw(.variant, course, attempt) * 32)
      payload[index] = Float(bitPattern: bits ^ (1 << bit))
    }
    let verdict = inbox.receive(frame)
    payload[index] = Float(bitPattern: bits)
    return verdict
  }

  private func place(_ count: Int) -> Int {
    min(count - 1, Int(exchange.draw(.place, course, attempt) * Double(count)))
  }

  private func absurdWeight() -> Double {
    switch exchange.draw(.variant, course, attempt) {
    case ..<0.25: -1 - abs(weight)
    case ..<0.5: 1e30 * max(1, abs(weight))
    case ..<0.75: .infinity
    default: .nan
    }
  }
}
