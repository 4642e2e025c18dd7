/// Draws who can be asked in a round and what becomes of each client, from a plan and a seed.
///
/// Every answer is a pure function of plan, seed, round and client (and the time at which the round
/// starts), so clients may be asked about in any order and from any thread.
struct ParticipationModel: Sendable {
  let plan: ParticipationPlan
  /// Number of clients.
  let clientCount: Int
  /// Bytes of the model that a client receives.
  let bytesDown: Int
  /// Bytes of an update that a client sends.
  let bytesUp: Int
  /// Whether the arm is private: a client without rows then sends a zero update.
  let isPrivate: Bool
  let randomness: Randomness
  /// For a trace: each client's entry in it, −1 for none.
  private let traceEntries: [Int32]
  /// Where each device class ends on the unit interval.
  private let classEnds: [Double]
  /// Whether nothing of the plan touches a client's course.
  private let isPlain: Bool

  /// Creates the model of one arm and seed.
  /// - Parameter names: The clients' names, for a trace; may be empty without one.
  init(
    _ plan: ParticipationPlan, clientCount: Int, names: [String] = [], randomness: Randomness,
    bytesDown: Int, bytesUp: Int, isPrivate: Bool = false
  ) {
    precondition(plan.isSound, "a plan whose values lie in their ranges")
    self.plan = plan
    self.clientCount = clientCount
    self.randomness = randomness
    self.bytesDown = bytesDown
    self.bytesUp = bytesUp
    self.isPrivate = isPrivate
    isPlain = plan.isDefault
    var end = 0.0
    let ends = plan.devices.map {
      end += $0.share
      return end
    }
    classEnds = ends
    var entries: [Int32] = []
    if case .trace(let trace) = plan.availability {
      precondition(names.count == clientCount, "a trace needs the clients' names")
      var positions: [String: Int32] = [:]
      for (index, entry) in trace.entries.enumerated() { positions[entry.name] = Int32(index) }
      entries = names.indices.map { client in
        if let own = positions[names[client]] { return own }
        guard let device = Self.deviceIndex(client, ends: ends, randomness) else { return -1 }
        return positions[plan.devices[device].name] ?? -1
      }
    }
    traceEntries = entries
  }

  /// The class of a client's device, `nil` in a plan without devices.
  func deviceIndex(of client: Int) -> Int? {
    Self.deviceIndex(client, ends: classEnds, randomness)
  }

  private static func deviceIndex(
    _ client: Int, ends: [Double], _ randomness: Randomness
  ) -> Int? {
    if ends.count < 2 { return ends.isEmpty ? nil : 0 }
    let draw = randomness.uniform(.device, client: client, round: 0, at: 0)
    // Rounded shares may add up to slightly less than 1: the last class takes the rest.
    return ends.firstIndex { draw < $0 } ?? ends.count - 1
  }

  /// The clients that can be asked in a round, ascending; all of them when nothing restricts it.
  /// - Parameter time: When the round starts, in virtual seconds.
  /// - Complexity: O(clients); a draw for each only where the plan restricts availability.
  func available(round: Int, at time: Double) -> [Int] {
    if case .always = plan.availability { return Array(0..<clientCount) }
    return (0..<clientCount).filter { isAvailable($0, round: round, at: time) }
  }

  /// Whether one client can be asked in a round.
  func isAvailable(_ client: Int, round: Int, at time: Double) -> Bool {
    switch plan.availability {
    case .always: return true
    case .probability(let probability):
      return randomness.uniform(.availability, client: client, round: round, at: 0) < probability
    case .cycle(let cycle):
      let phase =
        cycle.phaseSpread == 0
        ? 0 : cycle.phaseSpread * randomness.uniform(.device, client: client, round: 0, at: 1)
      let probability = cycle.probability(at: time, phase: phase)
      return randomness.uniform(.availability, client: client, round: round, at: 0) < probability
    case .trace(let trace):
      let entry = Int(traceEntries[client])
      return entry >= 0 && trace.end(entry, at: time) != nil
    }
  }

  /// Whether enough clients are available for a round to be held at all.
  func suffices(available: Int) -> Bool { available >= max(1, plan.minimumAvailable) }

  /// What becomes of a client that is asked.
  /// - Parameter start: When the round starts, in virtual seconds.
  func course(of client: Int, round: Int, start: Double, work: ClientWork) -> ClientCourse {
    var course = ClientCourse(
      client: client, round: round, work: work, cause: nil, steps: work.plannedSteps, at: start,
      bytesDown: bytesDown, uplink: .infinity, deadline: .infinity, offline: .infinity,
      vanishesAfterUpload: false)
    if isPlain && (work.rows > 0 || isPrivate) { return course }
    if isPrivate, !isAvailable(client, round: round, at: start) {
      // A private cohort is drawn from all clients, so that the draw says nothing of who is there.
      course.bytesDown = 0
      course.end(.unavailable, at: start, steps: 0)
      return course
    }
    if let deadline = plan.deadline { course.deadline = start + deadline }
    if case .trace(let trace) = plan.availability {
      let entry = Int(traceEntries[client])
      course.offline = entry < 0 ? start : trace.end(entry, at: start) ?? start
    }
    decide(&course, start: start)
    return course
  }
}
