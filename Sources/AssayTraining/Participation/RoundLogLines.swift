import AssayFiles

extension RoundLogLine {
  /// The lines of the clients of a round, ascending by client and then by upload.
  ///
  /// Exactly one line of each client carries the count that it belongs to.
  static func clients(_ deliveries: [Delivery], _ closing: RoundClosing) -> [RoundLogLine] {
    var lines: [RoundLogLine] = []
    lines.reserveCapacity(deliveries.count)
    for (index, delivery) in deliveries.enumerated() {
      append(delivery, closing.causes[index], endsAt: closing.end, to: &lines)
    }
    return lines
  }

  private static func append(
    _ delivery: Delivery, _ final: OutcomeCause?, endsAt end: Double, to lines: inout [RoundLogLine]
  ) {
    let course = delivery.course
    var line = ClientOutcome(
      round: course.round, client: course.client, attempt: 0, outcome: .accepted, cause: nil,
      steps: course.steps, plannedSteps: course.work.plannedSteps, rows: course.work.rows,
      weight: nil, updateSHA256: nil, modelVersion: nil, at: delivery.at, bytes: 0, countsAs: nil)
    if let cause = course.cause {
      line.outcome = ClientOutcome.Outcome(ending: cause)
      line.cause = cause
      line.countsAs = cause.count
      line.bytes = course.bytesCut
      line.attempt = course.bytesCut > 0 ? 1 : 0
      lines.append(.client(line))
      return
    }
    var uploads = delivery.uploads
    if uploads.isEmpty {
      uploads = [
        Delivery.Upload(
          outcome: .judged(.accepted), at: delivery.at, bytes: delivery.bytesUp,
          weight: delivery.weight)
      ]
    }
    let deciding =
      uploads.firstIndex { $0.outcome == .judged(.accepted) } ?? uploads.count - 1
    for (index, upload) in uploads.enumerated() {
      line.attempt = index + 1
      (line.outcome, line.cause) = upload.outcome.words
      line.at = upload.at
      line.bytes = upload.bytes
      line.weight = upload.weight
      line.updateSHA256 = line.outcome == .accepted ? delivery.digest : nil
      let isFinal = index == deciding && (delivery.cause != nil || final == nil)
      line.countsAs = isFinal ? delivery.cause?.count ?? .completed : nil
      lines.append(.client(line))
    }
    guard delivery.isAccepted else { return }
    line.attempt = deciding + 1
    line.weight = delivery.weight
    line.bytes = 0
    line.updateSHA256 = nil
    line.countsAs = nil
    if course.vanishesAfterUpload {
      line.outcome = .vanished
      line.cause = .dropoutAfterUpload
      line.at = delivery.at
      lines.append(.client(line))
    }
    if let final {
      line.outcome = .discarded
      line.cause = final
      line.at = max(end, delivery.at)
      line.countsAs = final.count
      lines.append(.client(line))
    }
  }
}

extension ClientOutcome.Outcome {
  /// The word for a course that ends without an upload.
  init(ending cause: OutcomeCause) {
    self = cause == .late ? .late : cause.count == .noReply ? .dropped : .declined
  }
}

extension Delivery.Upload.Outcome {
  /// The word and the cause of one upload.
  fileprivate var words: (ClientOutcome.Outcome, OutcomeCause?) {
    switch self {
    case .judged(.accepted): (.accepted, nil)
    case .judged(.duplicateAcknowledged): (.acknowledged, nil)
    case .judged(.refused(let cause)): (.refused, cause)
    case .lost: (.lost, .uploadLost)
    case .late: (.late, .late)
    case .brokenOff: (.dropped, .wentOffline)
    }
  }
}

extension RoundEnd {
  /// The last line of a round.
  /// - Parameters:
  ///   - deliveries: Those that the closing was made from.
  ///   - divisor: What the weighted sum was divided by.
  ///   - modelSHA256: Digest of the model behind the round, where digests are kept.
  init(
    round: Int, _ deliveries: [Delivery], _ closing: RoundClosing, start: Double, available: Int,
    goal: Int, divisor: Double?, modelSHA256: String?
  ) {
    self.init(
      round: round, abandoned: closing.abandoned, start: start, end: closing.end,
      available: available, goal: goal, selected: deliveries.count,
      completed: closing.count(.completed), failed: closing.count(.failed),
      noReply: closing.count(.noReply), accepted: closing.used.map { deliveries[$0].client },
      weights: closing.used.map { deliveries[$0].weight },
      divisor: closing.abandoned == nil ? divisor : nil, modelSHA256: modelSHA256)
  }
}

extension RoundLogLine {
  /// The line as a JSON object; what does not apply is left out.
  /// - Parameter name: The name of a client.
  public func json(name: (Int) -> String) -> JSONValue {
    switch self {
    case .client(let line): .object(line.json(name: name(line.client)))
    case .end(let line): .object(line.json(name: name))
    }
  }
}

extension ClientOutcome {
  fileprivate func json(name: String) -> JSONObject {
    var object: JSONObject = [
      "round": .integer(round), "client": .string(name), "attempt": .integer(attempt),
      "outcome": .string(outcome.rawValue),
    ]
    object["cause"] = cause.map { .string($0.rawValue) }
    object["steps"] = .integer(steps)
    object["planned_steps"] = .integer(plannedSteps)
    object["rows"] = .integer(rows)
    object["weight"] = weight.map { .number($0) }
    object["update_sha256"] = updateSHA256.map { .string($0) }
    object["model_version"] = modelVersion.map { .integer($0) }
    object["at"] = .double(at)
    object["bytes"] = .integer(bytes)
    object["counts_as"] = countsAs.map { .string($0.rawValue) }
    return object
  }
}

extension RoundEnd {
  fileprivate func json(name: (Int) -> String) -> JSONObject {
    var object: JSONObject = [
      "round": .integer(round), "outcome": .string(abandoned == nil ? "completed" : "abandoned"),
    ]
    object["reason"] = abandoned.map { .string($0.rawValue) }
    object["start"] = .double(start)
    object["at"] = .double(end)
    object["available"] = .integer(available)
    object["goal"] = .integer(goal)
    object["selected"] = .integer(selected)
    object["completed"] = .integer(completed)
    object["failed"] = .integer(failed)
    object["no_reply"] = .integer(noReply)
    object["accepted"] = .strings(accepted.map(name))
    object["weights"] = .array(weights.map { .number($0) })
    object["divisor"] = divisor.map { .number($0) }
    object["model_sha256"] = modelSHA256.map { .string($0) }
    return object
  }
}
