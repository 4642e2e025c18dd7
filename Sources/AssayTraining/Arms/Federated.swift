import AssayRuns
import CKernels

extension Trainer {
  /// One model that clients train together, round by round.
  func federated(
    _ plan: FederatedPlan, _ session: Session, _ progress: (String) -> Void,
    _ isCancelled: () -> Bool
  ) -> TrainedArm {
    var training = FederatedTraining(plan, session)
    for number in 1...plan.rounds {
      if isCancelled() {
        training.arm.status = .killed
        break
      }
      training.run(round: number)
      progress("round \(number) of \(plan.rounds)")
    }
    return training.finished()
  }
}

/// Why a client that was asked is not part of a round.
enum ParticipationCause: String {
  /// It was asked and never answered.
  case dropout = "dropout-before-training"
  /// It has nothing to train on; in a private arm it sends a zero update instead.
  case noRows = "no training rows"
  /// It sent NaN or an infinity, which the server refuses.
  case nonFinite = "non-finite update"
}

/// The state of a federated arm between rounds.
struct FederatedTraining {
  var arm = TrainedArm()
  private let plan: FederatedPlan
  private let local: LocalTraining
  private let session: Session
  private let sampling: Randomness
  private let global: Memory<Float>
  private let sum: Memory<Double>
  private let models: Memory<Float>
  private let slots: Int
  private var history = LossHistory()
  private var weightOfClient: [Double]
  private var trainedUpdates = 0
  private var refused: Set<Int> = []

  init(_ plan: FederatedPlan, _ session: Session) {
    self.plan = plan
    self.session = session
    local = plan.algorithm.localTraining(plan.local)
    sampling = plan.privacy?.noise == .system ? .system() : session.randomness
    let size = session.network.paddedCount
    global = Memory(repeating: 0, count: size)
    global.copy(from: session.initial)
    sum = Memory(repeating: 0, count: size)
    // As many clients at a time as fit 64 MiB, and enough to keep all workers busy.
    let clients = session.data.raw.clientCount
    slots = min(clients, max(4 * session.pool.workers, (64 << 20) / (4 * size)))
    models = Memory(repeating: 0, count: slots * size)
    weightOfClient = Array(repeating: 0, count: clients)
    arm.initialMetrics = history.add(session.evaluate(global.start))
    arm.noiseSource = plan.privacy.map { $0.noise == .system ? .system : .seeded }
  }

  /// Asks a cohort, trains, aggregates and measures.
  mutating func run(round number: Int) {
    let session = session
    let clients = session.data.raw.clientCount
    let cohort = Cohort(
      plan, clients: clients, round: number, seeded: session.randomness, sampling: sampling)
    let answering = cohort.selected.filter { !cohort.dropped.contains($0) }
    let trainable = answering.filter { session.data.trainRows.count($0) > 0 }
    let empty = answering.count - trainable.count

    var tally = Tally()
    session.training {
      sum.start.update(repeating: 0, count: sum.count)
      for start in stride(from: 0, to: trainable.count, by: slots) {
        let part = Array(trainable[start..<min(trainable.count, start + slots)])
        let updates = train(part, round: number)
        add(updates, of: part, to: &tally)
      }
      apply(tally, round: number)
    }

    var record = Round(round: number, selected: cohort.selected.count)
    record.completed = tally.accepted + (plan.privacy == nil ? 0 : empty)
    record.noReply = cohort.dropped.count
    record.failed = tally.refused.count + (plan.privacy == nil ? empty : 0)
    record.causes = [
      ParticipationCause.dropout.rawValue: cohort.dropped.count,
      ParticipationCause.noRows.rawValue: plan.privacy == nil ? empty : 0,
      ParticipationCause.nonFinite.rawValue: tally.refused.count,
    ].filter { $0.value > 0 }
    let bytes = session.network.modelBytes
    let sent = trainable.count + (plan.privacy == nil ? 0 : empty)
    record.bytesDown = bytes * cohort.selected.count
    record.bytesUp = bytes * sent
    record.aggregated = plan.privacy != nil || tally.accepted > 0
    if plan.privacy != nil, let completed = record.completed, completed > 0 {
      record.clippedFraction = Double(tally.clipped) / Double(completed)
    }
    record.metrics = history.add(session.evaluate(global.start))
    arm.rounds.append(record)
    arm.bytesDown += record.bytesDown ?? 0
    arm.bytesUp += record.bytesUp ?? 0
    arm.nonFiniteCount += tally.refused.count
    refused.formUnion(tally.refused)
    trainedUpdates += trainable.count
    for client in trainable {
      let rows = session.data.trainRows.count(client)
      arm.gradientSteps += local.steps(rows: rows)
      arm.examplesProcessed += rows * local.epochs
    }
  }

  /// What the server has received in a round.
  private struct Tally {
    var weight = 0.0
    var accepted = 0
    var clipped = 0
    var refused: [Int] = []
  }

  /// One client's result: whether it is finite, and its norm where that counts.
  private struct Update: BitwiseCopyable {
    var isFinite = false
    var norm = 0.0
  }

  /// Trains some clients from the global model, each into its own slot.
  private func train(_ clients: [Int], round: Int) -> Memory<Update> {
    let session = session
    let updates = Memory(repeating: Update(), count: clients.count)
    let rows = clients.map { session.data.trainRows.count($0) }
    let schedule = clients.indices.sorted { (rows[$0], $1) > (rows[$1], $0) }
    let size = global.count
    session.pool.run(clients.count) { index, worker in
      let slot = schedule[index]
      let client = clients[slot]
      let model = models.start + slot * size
      model.update(from: global.start, count: size)
      session.descend(
        model, rows: session.data.trainRows[client], client: client,
        firstPass: (round - 1) * local.epochs, plan: local, worker: worker)
      updates.start[slot].isFinite = assay_all_finite(model, Int64(size))
      if plan.privacy != nil {
        updates.start[slot].norm = assay_update_norm(model, global.start, Int64(size))
      }
    }
    return updates
  }

  /// Adds updates to the sum in the order of clients; workers share the coordinates, not the clients.
  private mutating func add(_ updates: Memory<Update>, of clients: [Int], to tally: inout Tally) {
    let count = session.network.liveCount
    var factors: [Double?] = []
    for (slot, client) in clients.enumerated() {
      guard updates.start[slot].isFinite else {
        tally.refused.append(client)
        factors.append(nil)
        continue
      }
      tally.accepted += 1
      if let privacy = plan.privacy {
        let norm = updates.start[slot].norm
        factors.append(ClippedSum.factor(norm: norm, clip: privacy.clip, count: count))
        if norm > privacy.clip { tally.clipped += 1 }
        weightOfClient[client] += 1
      } else {
        let rows = Double(session.data.trainRows.count(client))
        factors.append(rows)
        tally.weight += rows
        weightOfClient[client] += rows
      }
    }
    let size = sum.count
    let block = 16_384
    let isPrivate = plan.privacy != nil
    let (sum, models, global) = (sum, models, global)
    session.pool.run((size + block - 1) / block) { index, _ in
      let first = index * block
      let length = Int64(min(block, size - first))
      for (slot, factor) in factors.enumerated() {
        guard let factor else { continue }
        let values = models.start + slot * size + first
        if isPrivate {
          assay_add_update(sum.start + first, values, global.start + first, factor, length)
        } else {
          assay_add_scaled(sum.start + first, values, factor, length)
        }
      }
    }
  }

  /// Turns the sum into the next global model.
  ///
  /// Without privacy the mean, or no change when nobody's update was accepted. With privacy noise is
  /// added whoever reported, and the divisor is the fixed expected cohort `q·N`.
  private mutating func apply(_ tally: Tally, round: Int) {
    let global = global
    let sum = sum
    guard let privacy = plan.privacy else {
      guard tally.weight > 0 else { return }
      for i in 0..<sum.count { global.start[i] = Float(sum.start[i] / tally.weight) }
      return
    }
    let clients = session.data.raw.clientCount
    let rate = plan.clientsPerRound.samplingRate(of: clients)
    if privacy.noiseMultiplier > 0 {
      ClippedSum.addNoise(
        to: sum.start, network: session.network,
        deviation: privacy.noiseMultiplier * privacy.clip, randomness: sampling, round: round,
        pool: session.pool)
    }
    let expected = rate * Double(clients)
    for i in 0..<sum.count {
      global.start[i] = Float(Double(global.start[i]) + sum.start[i] / expected)
    }
    if arm.releases.isEmpty {
      arm.releases = [
        PrivacyEvent(
          noiseMultiplier: privacy.noiseMultiplier, samplingRate: min(1, rate),
          sampling: rate < 1 ? .poisson : PrivacyEvent.Sampling.none, steps: 0)
      ]
    }
    arm.releases[0].steps += 1
  }

  /// The arm with everything that follows from all rounds.
  mutating func finished() -> TrainedArm {
    let total = weightOfClient.reduce(0, +)
    arm.distinctClients = weightOfClient.filter { $0 > 0 }.count
    arm.largestClientShare = total > 0 ? weightOfClient.max().map { $0 / total } : nil
    let counts = (0..<session.data.raw.clientCount).map { session.data.trainRows.count($0) }
    let empty = counts.filter { $0 == 0 }.count
    if empty > 0 {
      arm.notes.append(
        plan.privacy == nil
          ? "\(empty) of \(counts.count) clients without training rows: counted as failed when asked"
          : "\(empty) of \(counts.count) clients without training rows: they send zero updates")
    }
    let abandoned = arm.rounds.filter { $0.aggregated == false }.count
    if abandoned > 0 {
      arm.notes.append(
        "\(abandoned) of \(arm.rounds.count) rounds abandoned: no update arrived, model unchanged")
    }
    if arm.nonFiniteCount > 0 {
      arm.notes.append(
        "\(arm.nonFiniteCount) of \(trainedUpdates) updates refused: NaN or infinite")
    }
    if arm.status == .completed { diagnose() }
    arm.finish(session, model: global)
    return arm
  }

  /// Marks the arm as failed when its result means nothing: most updates were refused, or the loss
  /// grew out of all proportion. A private arm fails only when every update was refused, or when
  /// its model is not finite: noise may well spoil a model, and that is its result.
  private mutating func diagnose() {
    let last = arm.rounds.last?.round ?? 0
    let refusedMost =
      plan.privacy == nil
      ? 2 * arm.nonFiniteCount > trainedUpdates
      : trainedUpdates > 0 && arm.nonFiniteCount == trainedUpdates
    let isFinite = assay_all_finite(global.start, Int64(global.count))
    if refusedMost || !isFinite {
      let first = arm.rounds.first { $0.causes[ParticipationCause.nonFinite.rawValue] != nil }
      let what =
        isFinite
        ? "\(arm.nonFiniteCount) of \(trainedUpdates) updates were NaN or infinite"
        : "the global model became infinite"
      arm.fail(
        round: first?.round ?? last, clients: refused.sorted(), history: history,
        cause: LossHistory.cause(what, learningRate: local.learningRate))
    } else if plan.privacy == nil {
      if history.isDiverged {
        arm.failDiverged(round: last, history: history, local.learningRate)
      } else if let suspicion = history.suspicion {
        arm.notes.append(suspicion)
      }
    }
  }
}
