import AssayStatistics

extension ParticipationModel {
  /// Words of a client's `course` stream in a round.
  private enum Word {
    static let beforeUpload = 0
    static let afterUpload = 1
    static let straggler = 2
    /// Two words, at an even place.
    static let slowdown = 4
    static let battery = 6
    static let metered = 7
    static let busy = 8
    static let memory = 9
  }

  private func draw(_ word: Int, _ course: ClientCourse) -> Double {
    randomness.uniform(.course, client: course.client, round: course.round, at: word)
  }

  /// Decides a course: whether the client answers, whether it declines, how long it trains, and what
  /// of deadline, vanishing and going offline comes first.
  func decide(_ course: inout ClientCourse, start: Double) {
    let dropout = plan.dropout
    if dropout.beforeTraining > 0,
      randomness.uniform(.dropout, round: course.round, at: course.client) < dropout.beforeTraining
    {
      return course.end(.dropoutBeforeTraining, at: start, steps: 0)
    }
    if course.offline <= start { return course.end(.wentOffline, at: start, steps: 0) }
    let device = deviceIndex(of: course.client).map { plan.devices[$0] } ?? .unlimited
    if let reason = refusal(of: device, course) {
      course.bytesDown = 0
      return course.end(reason, at: start, steps: 0)
    }
    if course.work.rows == 0 && !isPrivate { return course.end(.noRows, at: start, steps: 0) }

    course.uplink = device.uplinkBytesPerSecond
    let training = Training(
      start: start + Double(course.bytesDown) / device.downlinkBytesPerSecond,
      seconds: Double(course.work.examples) / device.examplesPerSecond * slowdown(course),
      steps: course.work.plannedSteps)
    let up = Double(bytesUp) / course.uplink
    let latest = course.deadline - up
    var steps = training.steps
    if plan.stragglers.partialWork, isLater(training.end(of: steps), than: latest) {
      steps = training.steps(until: latest)
    }
    let end = training.end(of: steps)
    let isLate = isLater(end, than: latest) || steps == 0 && training.steps > 0

    if dropout.beforeUpload > 0, draw(Word.beforeUpload, course) < dropout.beforeUpload {
      let moment = min(end, course.deadline, course.offline)
      return course.end(
        end > course.offline ? .wentOffline : .dropoutBeforeUpload, at: moment,
        steps: min(steps, training.steps(until: moment)))
    }
    if isLate || isLater(end + up, than: course.offline) {
      let moment = min(course.deadline, course.offline)
      if up > 0, moment > end {
        course.bytesCut = Int(Double(bytesUp) * min(1, (moment - end) / up))
      }
      return course.end(
        isLate && course.deadline <= course.offline ? .late : .wentOffline, at: moment,
        steps: min(training.steps, training.steps(until: moment)))
    }
    course.steps = steps
    course.at = end
    course.vanishesAfterUpload =
      dropout.afterUpload > 0 && draw(Word.afterUpload, course) < dropout.afterUpload
  }

  /// The guardrail that makes a client decline, in the order battery, network, processor, memory.
  private func refusal(of device: DeviceClass, _ course: ClientCourse) -> OutcomeCause? {
    let rails = plan.guardrails
    if rails == Guardrails() { return nil }
    func level(_ range: ClosedRange<Double>, _ word: Int) -> Double {
      range.lowerBound == range.upperBound
        ? range.lowerBound
        : range.lowerBound + (range.upperBound - range.lowerBound) * draw(word, course)
    }
    if level(device.battery, Word.battery) < rails.minimumBattery { return .declinedBattery }
    if !rails.allowMetered, draw(Word.metered, course) < device.meteredShare {
      return .declinedMetered
    }
    if level(device.busy, Word.busy) > rails.maximumBusy { return .declinedBusy }
    if device.memoryBytes.isFinite,
      device.memoryBytes * level(device.freeMemory, Word.memory) < rails.minimumFreeMemoryBytes
    {
      return .declinedMemory
    }
    return nil
  }

  /// The factor on the training time: 1 for a client that is no straggler.
  func slowdown(_ course: ClientCourse) -> Double {
    let stragglers = plan.stragglers
    guard stragglers.share > 0, draw(Word.straggler, course) < stragglers.share else { return 1 }
    if stragglers.sigma == 0 { return stragglers.slowdown }
    let normal = randomness.normal(
      .course, client: course.client, round: course.round, pair: Word.slowdown / 2)
    return max(1, stragglers.slowdown * PortableMath.exp(stragglers.sigma * normal))
  }
}

extension ClientCourse {
  /// Ends the course without an upload.
  mutating func end(_ cause: OutcomeCause, at time: Double, steps: Int) {
    self.cause = cause
    self.at = time
    self.steps = steps
  }
}

/// Steps of equal length, one after the other.
private struct Training {
  var start: Double
  /// Time of all steps.
  var seconds: Double
  var steps: Int

  /// When so many steps are done.
  func end(of count: Int) -> Double {
    count == steps ? start + seconds : start + seconds * (Double(count) / Double(steps))
  }

  /// Steps that are done at a moment.
  func steps(until moment: Double) -> Int {
    if moment < start || steps == 0 { return 0 }
    let share = seconds == 0 ? 1 : (moment - start) / seconds
    // The slack of a billionth keeps three steps of 0.1 s within 0.3 s.
    return share >= 1 ? steps : min(steps, Int(share * Double(steps) + 1e-9))
  }
}

/// Whether a moment lies behind a limit by more than rounding: one part in 10^9.
func isLater(_ moment: Double, than limit: Double) -> Bool {
  moment > limit + 1e-9 * max(1, abs(limit))
}

extension DailyCycle {
  /// The probability at a time, for a client whose day starts `phase` days earlier.
  func probability(at time: Double, phase: Double) -> Double {
    base * (1 + amplitude * sineOfTurns(time / period + phase))
  }
}

/// `sin(2π·x)`: the sine of `x` whole turns, the same bits everywhere; within 4e-16 for `|x| < 1`.
///
/// The turn is reduced to a quarter exactly, then the series of sine to `x^21`.
func sineOfTurns(_ x: Double) -> Double {
  var turn = x - x.rounded(.down)
  var sign = 1.0
  if turn >= 0.5 {
    turn -= 0.5
    sign = -1
  }
  if turn > 0.25 { turn = 0.5 - turn }
  let angle = turn * 6.283185307179586
  let square = angle * angle
  var series = 1.0
  for n in stride(from: 20.0, through: 2.0, by: -2.0) {
    series = 1 - square / (n * (n + 1)) * series
  }
  return sign * angle * series
}
