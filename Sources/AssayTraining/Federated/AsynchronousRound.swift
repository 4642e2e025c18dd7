/// Clients that train at the moment, each from the model that was current when it started.
struct Underway {
  /// One client's task.
  struct Task {
    /// What becomes of the client; `course.round` is the number of the task.
    var course: ClientCourse
    /// The version of the model that it started from.
    var modelVersion: Int
    /// The number of the client's first pass over its rows.
    var firstPass: Int
    /// When it is over: the update is there, or the client is gone.
    var end: Double
  }
  /// Tasks in the order in which they were started.
  var tasks: [Task] = []
  /// How many tasks were started so far.
  var started = 0
  /// Models that some task started from, by version.
  var models: [Int: Memory<Float>] = [:]
}

extension FederatedTraining {
  /// One step of an asynchronous server: waits on the virtual clock until its buffer is full.
  ///
  /// When a task ends, the next client starts at once from the current model. Which tasks end when does
  /// not depend on what they learn, so the tasks of one buffer are trained together.
  func runAsynchronously(buffer: Int) {
    let number = nextRound
    let start = clock
    let concurrency = plan.clientsPerRound.count(of: server.clientCount)
    var ended: [Underway.Task] = []
    var uploads = 0
    // A buffer that nothing fills ends: as many tasks in vain as a hundred buffers would hold.
    let most = 100 * (buffer + concurrency)
    // Who trains, or waits in the buffer.
    var busy = Set(underway.tasks.map(\.course.client))
    while uploads < buffer, ended.count < most {
      fill(to: concurrency, busy: &busy)
      guard
        let next = underway.tasks.indices.min(by: {
          (underway.tasks[$0].end, $0) < (underway.tasks[$1].end, $1)
        })
      else { break }
      let task = underway.tasks.remove(at: next)
      clock = max(clock, task.end)
      if task.course.uploads { uploads += 1 }
      ended.append(task)
    }
    ended.sort { ($0.course.client, $0.course.round) < ($1.course.client, $1.course.round) }
    let jobs = ended.filter(\.course.uploads).compactMap { task -> ClientJob? in
      guard let base = underway.models[task.modelVersion] else { return nil }
      return ClientJob(
        course: task.course, base: base, modelVersion: task.modelVersion,
        staleness: modelVersion - task.modelVersion, firstPass: task.firstPass)
    }
    var deliveries = Deliveries(ended.map(\.course), bytesUp: participation.bytesUp)
    let round = OpenRound(sum: sum, variateSum: variateSum)
    let results = session.training { clientTraining.train(jobs, round: number) }
    deliveries.add(jobs, results)
    var digests: [Int: String] = [:]
    addDigests(of: jobs, to: &digests)
    session.training {
      add(jobs, results, isUsed: results.map(\.delivery.isAccepted), to: round)
    }
    let closing = RoundClosing(bufferOf: deliveries.all, end: clock)
    if closing.abandoned == nil {
      session.training { apply(round) }
      modelVersion += 1
    }
    // A client ends one task in a buffer at the most.
    let versions = Dictionary(
      ended.map { ($0.course.client, $0.modelVersion) }, uniquingKeysWith: { first, _ in first })
    let still = Set(underway.tasks.map(\.modelVersion))
    underway.models = underway.models.filter { still.contains($0.key) }
    close(
      closing, deliveries.all, digests: digests, versions: versions, start: start, goal: buffer,
      available: server.clientCount, round)
  }

  /// Starts tasks until so many are under way, as far as clients can be reached.
  private func fill(to concurrency: Int, busy: inout Set<Int>) {
    while underway.tasks.count < concurrency {
      let number = underway.started + 1
      let available = Available(participation, round: number, at: clock)
      guard
        let client = Cohort.next(
          of: available, clientCount: server.clientCount, busy: busy,
          randomness: session.randomness, task: number)
      else { return }
      underway.started = number
      let course = participation.course(
        of: client, round: number, start: clock, work: work(of: client))
      if underway.models[modelVersion] == nil {
        let copy = Memory<Float>(repeating: 0, count: server.model.count)
        copy.copy(from: server.model.start)
        underway.models[modelVersion] = copy
      }
      underway.tasks.append(
        Underway.Task(
          course: course, modelVersion: modelVersion,
          firstPass: Int(tasksOfClient[client]) * local.epochs,
          end: course.uploads
            ? course.at + Double(participation.bytesUp) / course.uplink : course.at))
      tasksOfClient[client] += 1
      busy.insert(client)
    }
  }
}

extension Cohort {
  /// One client of those that are not busy, each equally likely; `nil` when all are.
  static func next(
    of available: Available, clientCount: Int, busy: Set<Int>, randomness: Randomness, task: Int
  ) -> Int? {
    if available.list == nil, busy.count * 2 < clientCount {
      // Draws until one is free: two on average, at the most.
      var draw = 0
      while true {
        let word = randomness.word(.sampling, round: task, at: draw)
        let client = Int(word.multipliedFullWidth(by: UInt64(clientCount)).high)
        if !busy.contains(client) { return client }
        draw += 1
      }
    }
    let free = (available.list ?? Array(0..<clientCount)).filter { !busy.contains($0) }
    guard !free.isEmpty else { return nil }
    let word = randomness.word(.sampling, round: task, at: 0)
    return free[Int(word.multipliedFullWidth(by: UInt64(free.count)).high)]
  }
}

extension RoundClosing {
  /// The end of a buffer: everything that was accepted is used.
  init(bufferOf deliveries: [Delivery], end: Double) {
    causes = deliveries.map(\.cause)
    used = deliveries.indices.filter { deliveries[$0].isAccepted }
    self.end = end
    abandoned = used.isEmpty ? .noUpdate : nil
  }
}
