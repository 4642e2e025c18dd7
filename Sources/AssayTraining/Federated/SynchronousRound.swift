import CKernels

extension FederatedTraining {
  /// One round: choose a cohort, let it train, take what arrives in time, move the model, write it down.
  func runSynchronously() {
    let number = nextRound
    let start = clock
    let available = Available(participation, round: number, at: start)
    guard participation.suffices(available: available.count) else {
      let closing = RoundClosing(skippedAt: start, plan: plan.participation)
      return close(closing, [], start: start, goal: 0, available: available.count, nil)
    }
    let goal = min(plan.clientsPerRound.count(of: server.clientCount), available.count)
    let selected = select(goal: goal, among: available, round: number)
    let courses = selected.map {
      participation.course(of: $0, round: number, start: start, work: work(of: $0))
    }
    let jobs = courses.filter { $0.uploads && $0.work.rows > 0 }.map {
      ClientJob(
        course: $0, base: server.model, modelVersion: modelVersion,
        firstPass: (number - 1) * local.epochs)
    }

    let round = OpenRound(sum: sum, variateSum: variateSum)
    var deliveries = Deliveries(courses, bytesUp: participation.bytesUp)
    round.zeroUpdates = deliveries.zeroUpdates
    var closing: RoundClosing?
    var digests: [Int: String] = [:]
    for first in stride(from: 0, to: jobs.count, by: clientTraining.slots) {
      let part = Array(jobs[first..<min(jobs.count, first + clientTraining.slots)])
      let results = session.training { clientTraining.train(part, round: number) }
      deliveries.add(part, results)
      addDigests(of: part, to: &digests)
      var isUsed = results.map(\.delivery.isAccepted)
      if part.count == jobs.count {
        // All are here: the order of arrival may decide which of them count.
        let end = close(deliveries, goal: goal, start: start)
        let used = Set(end.used.map { deliveries.all[$0].client })
        isUsed = part.map { used.contains($0.client) }
        closing = end
      }
      session.training { add(part, results, isUsed: isUsed, to: round) }
    }
    let end = closing ?? close(deliveries, goal: goal, start: start)
    if end.abandoned == nil {
      session.training { apply(round) }
      modelVersion += 1
    }
    close(
      end, deliveries.all, digests: digests, start: start, goal: goal,
      available: available.count, round)
  }

  private func close(_ deliveries: Deliveries, goal: Int, start: Double) -> RoundClosing {
    RoundClosing(
      deliveries.all, goal: goal, start: start, plan: plan.participation,
      isPrivate: plan.sumsPrivately, isTimingHidden: plan.privacy != nil)
  }

  /// The cohort: fixed size without replacement; by independent draws, or in a fixed cycle, where
  /// privacy rests on it.
  private func select(goal: Int, among available: Available, round: Int) -> [Int] {
    if let replay = session.replay, replay.cohorts.indices.contains(round - 1) {
      return replay.cohorts[round - 1].sorted()
    }
    switch plan.privacy?.mechanism {
    case .sum:
      return Cohort.poisson(
        rate: plan.clientsPerRound.samplingRate(of: server.clientCount),
        clientCount: server.clientCount, randomness: sampling, round: round)
    case .tree:
      return Cohort.cyclic(
        releasedRounds, size: plan.clientsPerRound.count(of: server.clientCount), of: cycle)
    case .local, .example, nil:
      let count = plan.participation.selectionCount(goal: goal, available: available.count)
      return Cohort.fixed(
        count, of: available.list, clientCount: server.clientCount,
        randomness: session.randomness, round: round)
    }
  }
}

/// The clients that can be asked in a round; all of them are not listed one by one.
struct Available {
  /// How many there are.
  let count: Int
  /// Which, ascending; `nil` for all.
  let list: [Int]?

  init(_ model: ParticipationModel, round: Int, at time: Double) {
    if case .always = model.plan.availability {
      count = model.clientCount
      list = nil
      return
    }
    let found = model.available(round: round, at: time)
    count = found.count
    list = found
  }
}

/// What became of every client that was asked, ascending by client.
struct Deliveries {
  /// One for each client that was asked; those under way stand as if nothing had arrived.
  private(set) var all: [Delivery]
  /// Members without training rows that send a zero update: they count, and add nothing.
  private(set) var zeroUpdates = 0
  private var position: [Int: Int] = [:]

  init(_ courses: [ClientCourse], bytesUp: Int) {
    all = courses.map { course in
      if !course.uploads { return Delivery(ended: course) }
      return Delivery(course: course, cause: nil, at: course.at, weight: 1, bytesUp: bytesUp)
    }
    for (index, course) in courses.enumerated() where course.uploads {
      if course.work.rows == 0 { zeroUpdates += 1 } else { position[course.client] = index }
    }
  }

  mutating func add(_ jobs: [ClientJob], _ results: [ClientResult]) {
    for (job, result) in zip(jobs, results) {
      if let index = position[job.client] { all[index] = result.delivery }
    }
  }
}
