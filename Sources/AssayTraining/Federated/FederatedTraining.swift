import AssayRuns
import CKernels

extension Trainer {
  /// One model that clients train together, round by round.
  func federated(
    _ plan: FederatedPlan, _ session: Session, _ observer: TrainingObserver
  ) -> TrainedArm {
    let training = FederatedTraining(plan, session, clientNames: clientNames)
    // The noise of a tree hangs together over rounds by a key that nobody records.
    let isKept = plan.privacy?.mechanism != .tree || plan.privacy?.noise != .system
    let saved =
      !isKept
      ? nil
      : observer.resume(FederatedCheckpoint.kind) {
        source throws(CheckpointError) in try training.read(&source)
      }
    if let saved {
      training.restore(saved)
      observer.checkpoints?.report("going on behind round \(saved.nextRound - 1) of \(plan.rounds)")
    }
    while training.nextRound <= plan.rounds {
      if observer.isCancelled() {
        training.arm.status = .killed
        break
      }
      training.runRound()
      if isKept { observer.keep(FederatedCheckpoint.kind) { training.write(to: &$0) } }
      observer.progress("round \(training.nextRound - 1) of \(plan.rounds)")
    }
    var arm = training.finished()
    arm.add(training.earlier)
    return arm
  }
}

/// The state of a federated arm between rounds; `SynchronousRound.swift` and `AsynchronousRound.swift`
/// say what a round does.
///
/// Everything that changes from round to round is in a checkpoint; `FederatedCheckpoint.swift` lists it.
final class FederatedTraining {
  var arm = TrainedArm()
  /// The round that comes next, from 1.
  var nextRound = 1
  /// Virtual seconds at which it starts.
  var clock = 0.0
  /// How many models the server has made.
  var modelVersion = 0
  /// Rounds that released something under differential privacy; also the next cohort of a cycle.
  var releasedRounds = 0
  var history = LossHistory()
  /// How much weight each client's updates had, all rounds.
  var weightOfClient: [Double]
  /// How often each client has trained.
  var tasksOfClient: [Int32]
  /// Updates that were trained and sent.
  var trainedUpdates = 0
  /// Clients whose update was refused for what it held.
  var refused: Set<Int> = []
  /// Clients that train at the moment in an asynchronous arm.
  var underway = Underway()
  /// What happened, one JSON line for each outcome.
  var log: [UInt8] = []
  /// How long the arm trained before an interruption.
  var earlier = EarlierTimes()

  let plan: FederatedPlan
  let algorithm: any FederatedAlgorithm
  let local: LocalTraining
  let session: Session
  let server: ServerState
  /// Where a private arm's sampling and noise come from.
  let sampling: Randomness
  let participation: ParticipationModel
  let clientTraining: ClientTraining
  let clientNames: [String]
  /// The order in which clients come where there is no sampling.
  private(set) lazy var cycle = Cohort.cycle(
    clientCount: server.clientCount, randomness: session.randomness)
  let sum: Memory<Double>
  let variateSum: Memory<Double>

  init(_ plan: FederatedPlan, _ session: Session, clientNames: [String]) {
    self.plan = plan
    self.session = session
    self.clientNames = clientNames
    algorithm = plan.algorithm.make()
    local = algorithm.localTraining(plan.local)
    sampling = plan.privacy?.noise == .system ? .system() : session.randomness
    let clients = session.data.raw.clientCount
    let network = session.network
    server = ServerState(initial: session.initial, clientCount: clients, pool: session.pool)
    server.scalars["learning rate"] = local.learningRate
    if let privacy = plan.privacy { server.scalars["clip"] = privacy.clip }
    let compressor = UpdateCompressor(
      compression: plan.compression, network: network, randomness: session.randomness)
    let variateBytes = algorithm.usesControlVariates ? network.modelBytes : 0
    participation = ParticipationModel(
      plan.participation, clientCount: clients, names: clientNames,
      randomness: session.randomness, bytesDown: network.modelBytes + variateBytes,
      bytesUp: compressor.bytes + variateBytes, isPrivate: plan.sumsPrivately)
    let asked = plan.participation.selectionCount(
      goal: plan.clientsPerRound.count(of: clients), available: clients)
    // What counts is known only when all updates of a round are there, where the order of arrival or
    // their number decides.
    let mustHold =
      algorithm.needsAllUpdates || plan.participation.overSelection > 1
      || plan.participation.quorum > 0
    clientTraining = ClientTraining(
      plan, session, server, sampling: sampling, participation: participation,
      holding: algorithm.bufferSize ?? (mustHold ? asked : 1),
      cohort: algorithm.bufferSize ?? asked)
    sum = Memory(repeating: 0, count: network.paddedCount)
    variateSum = Memory(
      repeating: 0, count: algorithm.usesControlVariates ? network.paddedCount : 0)
    weightOfClient = Array(repeating: 0, count: clients)
    tasksOfClient = Array(repeating: 0, count: clients)
    arm.initialMetrics = history.add(session.evaluate(server.model.start))
    arm.noiseSource = plan.privacy.map { $0.noise == .system ? .system : .seeded }
  }

  /// Runs the next round.
  func runRound() {
    if let buffer = algorithm.bufferSize {
      runAsynchronously(buffer: buffer)
    } else {
      runSynchronously()
    }
    nextRound += 1
  }

  /// What a client is asked to do.
  func work(of client: Int) -> ClientWork {
    let rows = session.data.trainRows.count(client)
    if case .example(let rate)? = plan.privacy?.mechanism {
      let steps = rows > 0 ? local.epochs * ExampleStep.stepsOfEpoch(rate: rate) : 0
      return ClientWork(rows: rows, plannedSteps: steps, examples: rows * local.epochs)
    }
    let steps = local.steps(rows: rows)
    return ClientWork(
      rows: rows, plannedSteps: steps, examples: local.examples(rows: rows, steps: steps))
  }
}

extension FederatedPlan {
  /// Whether an update weighs by its client's rows: where the plan says so and the number of rows is no
  /// secret. With client-level privacy every client has weight 1; example-level privacy hides which rows a
  /// client has, not how many.
  var weighsByRows: Bool {
    switch privacy?.mechanism {
    case .sum, .tree, .local: false
    case .example, nil: weighting == .rows
    }
  }

  /// Whether the server sums clipped updates and adds noise, so that every member counts the same.
  var sumsPrivately: Bool {
    switch privacy?.mechanism {
    case .sum, .tree: true
    case .local, .example, nil: false
    }
  }

  /// Whether whole updates are clipped, by the server or by the clients themselves.
  var clipsUpdates: Bool {
    switch privacy?.mechanism {
    case .sum, .tree, .local: true
    case .example, nil: false
    }
  }
}
