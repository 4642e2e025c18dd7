/// How clients of federated training behave on a virtual clock: when they can be reached, how fast
/// they are, how they fail, and what the server does about it.
///
/// The default is the simplest world: every client is always available, instantaneous and reliable.
/// All times are virtual seconds; nothing waits, and no clock of the machine is read. Every draw is a
/// function of the seed, the round, the client and the attempt alone.
/// - Note: Source of the round's shape (goal, over-selection, deadline, least fraction, late reports
///   dropped): Bonawitz et al. 2019, "Towards federated learning at scale", arXiv:1902.01046, §2–4, 9.
public struct ParticipationPlan: Hashable, Sendable {
  /// When a client can be asked.
  public var availability: Availability = .always
  /// Kinds of devices; empty means one kind that takes no time.
  public var devices: [DeviceClass] = []
  /// Clients that vanish.
  public var dropout = Dropout()
  /// Clients that are slower than their device.
  public var stragglers = Stragglers()
  /// Virtual seconds from the start of a round after which nothing is accepted; `nil` for no limit.
  public var deadline: Double?
  /// Clients asked for each one wanted, 1 or more; the first ones wanted close the round.
  public var overSelection = 1.0
  /// Least share of the wanted clients that must report, in `0...1`; below it the round is abandoned.
  public var quorum = 0.0
  /// Least number of clients that must be available before anyone is asked; with fewer the round is
  /// skipped, and nothing is released.
  public var minimumAvailable = 0
  /// Virtual seconds between the end of a round and the start of the next one, 0 or more.
  public var pause = 0.0
  /// What a client does when an upload fails on the way.
  public var retries = Retries()
  /// What goes wrong with uploads.
  public var faults = Faults()
  /// When a client declines.
  public var guardrails = Guardrails()

  /// Creates the plan in which nothing goes wrong.
  public init() {}

  /// Whether this is the plan in which nothing goes wrong and nothing takes time.
  public var isDefault: Bool { self == ParticipationPlan() }

  /// Whether every value lies in its range, so that no time becomes infinite or NaN.
  public var isSound: Bool {
    func isShare(_ value: Double) -> Bool { (0...1).contains(value) }
    func isDuration(_ value: Double) -> Bool { (0...1e8).contains(value) }
    let isAvailabilitySound =
      switch availability {
      case .always, .trace: true
      case .probability(let probability): isShare(probability)
      case .cycle(let cycle):
        isShare(cycle.base) && isShare(cycle.amplitude) && isShare(cycle.phaseSpread)
          && cycle.period > 0 && isDuration(cycle.period)
      }
    let isStragglersSound =
      isShare(stragglers.share) && (1...1e6).contains(stragglers.slowdown)
      && (0...5).contains(stragglers.sigma)
    return isAvailabilitySound && isStragglersSound && devices.allSatisfy(\.isSound)
      && isShare(dropout.beforeTraining) && isShare(dropout.beforeUpload)
      && isShare(dropout.afterUpload) && isDuration(deadline ?? 0) && isDuration(pause)
      && (1...100).contains(overSelection) && isShare(quorum) && minimumAvailable >= 0
      && (1...100).contains(retries.attempts) && isDuration(retries.base)
      && Faults.Kind.allCases.allSatisfy { isShare(faults[$0]) } && faults.total <= 1 + 1e-9
  }

  /// Clients to ask when so many are wanted: `ceil(goal · overSelection)`, at most those available.
  public func selectionCount(goal: Int, available: Int) -> Int {
    // A product such as 10 · 1.1 may lie a rounding error above the whole number that is meant.
    let wanted = (Double(goal) * overSelection - 1e-9).rounded(.up)
    return wanted >= Double(available) ? available : max(min(goal, available), Int(wanted))
  }

  /// Least number of accepted updates: `ceil(quorum · goal)`, and never none.
  public func quorumCount(goal: Int) -> Int {
    max(1, Int((Double(goal) * quorum - 1e-9).rounded(.up)))
  }
}

/// When a client can be asked.
public enum Availability: Hashable, Sendable {
  /// At any time.
  case always
  /// In each round with this probability, in `0...1`, independently of all else.
  case probability(Double)
  /// In each round with a probability that follows the time of day.
  case cycle(DailyCycle)
  /// In recorded intervals.
  case trace(AvailabilityTrace)
}

/// A probability that rises and falls with the time of day.
///
/// `p(t) = base · (1 + amplitude · sin(2π · (t / period + phase)))`, where the phase of a client, in
/// days, is uniform in `0..<phaseSpread` and fixed by the seed.
public struct DailyCycle: Hashable, Sendable {
  /// Mean probability, in `0...1`.
  public var base: Double
  /// Swing around it, in `0...1`; `base · (1 + amplitude)` is at most 1.
  public var amplitude: Double
  /// Virtual seconds of a day, above 0.
  public var period: Double
  /// How far the clients' days lie apart, in `0...1` days: 0 when all have the same time of day, 1
  /// when they live all around the globe, so that the share that is available hardly changes.
  public var phaseSpread: Double

  /// Creates a cycle.
  public init(base: Double, amplitude: Double, period: Double = 86_400, phaseSpread: Double = 0) {
    self.base = base
    self.amplitude = amplitude
    self.period = period
    self.phaseSpread = phaseSpread
  }
}

/// Clients that vanish; three independent draws for each client and round.
public struct Dropout: Hashable, Sendable {
  /// Probability that a client which was asked never answers, in `0..<1`.
  public var beforeTraining: Double
  /// Probability that it trains and vanishes before it sends anything, in `0..<1`.
  public var beforeUpload: Double
  /// Probability that it vanishes once its update has arrived, in `0..<1`. The update counts; the
  /// client never learns that it does, so state that it keeps between rounds stays as it was.
  public var afterUpload: Double

  /// Creates probabilities.
  public init(beforeTraining: Double = 0, beforeUpload: Double = 0, afterUpload: Double = 0) {
    self.beforeTraining = beforeTraining
    self.beforeUpload = beforeUpload
    self.afterUpload = afterUpload
  }
}

/// Clients whose training takes longer than their device needs.
public struct Stragglers: Hashable, Sendable {
  /// Probability that a client is a straggler in a round, in `0...1`.
  public var share: Double
  /// Factor on the training time, 1 or more; the median of the factors where ``sigma`` is above 0.
  public var slowdown: Double
  /// Spread of the factor, 0 or more: `max(1, slowdown · exp(sigma · z))` with a standard normal z.
  public var sigma: Double
  /// Whether a client that would miss the deadline stops early and sends the steps done so far
  /// (Li et al. 2020, FedProx, arXiv:1812.06127, §3.2); otherwise it is late.
  public var partialWork: Bool

  /// Creates stragglers.
  public init(
    share: Double = 0, slowdown: Double = 1, sigma: Double = 0, partialWork: Bool = false
  ) {
    self.share = share
    self.slowdown = slowdown
    self.sigma = sigma
    self.partialWork = partialWork
  }
}

/// Repeated uploads after a fault on the way: an upload that was lost, cut off or damaged. An update
/// that was refused for what it says is never sent again.
public struct Retries: Hashable, Sendable {
  /// Uploads of one client in a round, the first one included, `1...100`.
  public var attempts: Int
  /// Upper end of the wait before the second upload, in virtual seconds, 0 or more; it doubles with
  /// each further one. The wait is uniform between 0 and that end ("full jitter").
  public var base: Double

  /// Creates retries; one attempt means none.
  public init(attempts: Int = 1, base: Double = 0) {
    self.attempts = attempts
    self.base = base
  }
}
