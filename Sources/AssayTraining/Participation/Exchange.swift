/// The uploads of a round between clients and server.
///
/// Each attempt's frame is made from the client's real values, damaged as the plan draws it, and then
/// judged by the server's ``Inbox``, which knows nothing of the draw. Calls for different clients may
/// run at the same time: each touches its own payload alone.
struct Exchange {
  let model: ParticipationModel
  /// The round that is open.
  let round: Int
  /// The version of the model that was sent out.
  let modelVersion: Int
  /// Values of the model.
  let valueCount: Int
  /// Largest weight that the server takes for plausible, below 1e30.
  let weightLimit: Double
  /// Whether the accepted values' SHA-256 is wanted for the log.
  let recordsDigests: Bool
  private let hasFaults: Bool

  /// Opens a round.
  init(
    _ model: ParticipationModel, round: Int, modelVersion: Int, valueCount: Int,
    weightLimit: Double, recordsDigests: Bool = false
  ) {
    precondition(valueCount > 0 && weightLimit < 1e30, "a model, and a limit of weights below 1e30")
    self.model = model
    self.round = round
    self.modelVersion = modelVersion
    self.valueCount = valueCount
    self.weightLimit = weightLimit
    self.recordsDigests = recordsDigests
    hasFaults = model.plan.faults.total > 0
  }

  /// Sends a client's update until it is accepted, refused for good, or out of attempts or time.
  /// - Parameters:
  ///   - course: A course that uploads, of this round.
  ///   - payload: The update's values. They are changed while a fault is made, and are afterwards
  ///     what they were before.
  ///   - weight: Weight of the update in the mean.
  func deliver(
    _ course: ClientCourse, payload: UnsafeMutableBufferPointer<Float>, weight: Double
  ) -> Delivery {
    precondition(course.uploads && course.round == round, "a course of this round that uploads")
    precondition(payload.count == valueCount, "one payload value for each of the model")
    let faults = model.plan.faults
    var inbox = Inbox(
      round: round, modelVersion: modelVersion, valueCount: valueCount, weightLimit: weightLimit,
      keepsDigest: recordsDigests || faults.needsDigest)
    var delivery = Delivery(course: course, cause: nil, at: course.at, weight: weight, bytesUp: 0)
    var start = course.at
    for attempt in 1...model.plan.retries.attempts {
      let fault =
        hasFaults ? faults.kind(at: draw(.fault, course, attempt)) : nil
      var sender = Sender(
        exchange: self, course: course, payload: payload, weight: weight, attempt: attempt)
      let copies = fault == .duplicate || fault == .conflictingDuplicate ? 2 : 1
      var end = start
      for copy in 1...copies {
        let upload = sender.send(fault, copy: copy, from: end, to: &inbox)
        end = upload.at
        delivery.record(upload, attempt: attempt, copies: copies)
      }
      guard let cause = delivery.cause, cause.isTransient,
        attempt < model.plan.retries.attempts
      else { break }
      start = end + wait(course, attempt)
      if isLater(start, than: course.deadline) || isLater(start, than: course.offline) { break }
    }
    delivery.digest = inbox.acceptedDigest
    return delivery
  }

  /// The wait behind a failed attempt: uniform between 0 and `base · 2^(attempt − 1)`.
  private func wait(_ course: ClientCourse, _ attempt: Int) -> Double {
    let longest =
      model.plan.retries.base * Double(sign: .plus, exponent: attempt - 1, significand: 1)
    return longest * draw(.jitter, course, attempt)
  }

  /// What the words of an attempt are used for.
  enum Word: Int {
    case fault, place, variant, jitter
  }

  /// A number in `0..<1` for an attempt.
  func draw(_ word: Word, _ course: ClientCourse, _ attempt: Int) -> Double {
    model.randomness.uniform(
      .upload, client: course.client, round: round, at: 4 * attempt + word.rawValue)
  }
}

extension Delivery {
  /// Takes one upload into account. The first acceptance decides; until then the last answer does.
  fileprivate mutating func record(_ upload: Upload, attempt: Int, copies: Int) {
    bytesUp += upload.bytes
    let wasAccepted = uploads.contains { $0.outcome == .judged(.accepted) }
    if !wasAccepted {
      at = upload.at
      switch upload.outcome {
      case .judged(.refused(let reason)): cause = reason
      case .judged: cause = nil
      case .lost: cause = .uploadLost
      case .late: cause = .late
      case .brokenOff: cause = .wentOffline
      }
    }
    let isPlain =
      attempt == 1 && copies == 1 && upload.outcome == .judged(.accepted)
    if !isPlain { uploads.append(upload) }
  }
}
