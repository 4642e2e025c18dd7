import AssayRuns
import CKernels

extension Trainer {
  /// One model from all rows: what a federation is compared with.
  func centralized(
    _ plan: LocalTraining, _ session: Session, _ observer: TrainingObserver
  ) -> TrainedArm {
    let rows = session.data.raw.trainCount
    var state = CentralizedState(stepsLeft: plan.steps(rows: rows))
    let model = Memory<Float>(repeating: 0, count: session.network.paddedCount)
    session.initial.withUnsafeBufferPointer { initial in
      if let start = initial.baseAddress { model.copy(from: start) }
    }
    let saved = observer.resume(CentralizedState.kind) { source throws(CheckpointError) in
      try CentralizedState(from: &source, model: model, plan: plan)
    }
    if let saved {
      state = saved
      observer.checkpoints?.report("going on behind epoch \(saved.epochs) of \(plan.epochs)")
    } else {
      state.arm.initialMetrics = state.history.add(session.evaluate(model.start))
    }
    descend(plan, &state, model, session, observer)

    var arm = state.arm
    if arm.status == .completed {
      if state.history.isDiverged {
        arm.failDiverged(
          round: arm.rounds.count, history: state.history, plan.learningRate, session.data.raw)
      } else if let suspicion = state.history.suspicion(session.data.raw) {
        arm.notes.append(suspicion)
      }
    }
    arm.countPooledClients(session.data)
    arm.finish(session, model: model)
    arm.add(state.earlier)
    return arm
  }

  /// The epochs that are left.
  private func descend(
    _ plan: LocalTraining, _ state: inout CentralizedState, _ model: Memory<Float>,
    _ session: Session, _ observer: TrainingObserver
  ) {
    let rows = session.data.raw.trainCount
    let before = Memory<Float>(repeating: 0, count: model.count)
    var epoch = plan
    epoch.epochs = 1
    for number in state.epochs..<plan.epochs where state.stepsLeft > 0 {
      if observer.isCancelled() {
        state.arm.status = .killed
        break
      }
      before.copy(from: model.start)
      var descent = Session.Descent(plan: epoch, firstPass: number)
      descent.mostSteps = state.stepsLeft
      let steps = session.training {
        session.descend(model.start, rows: 0..<Int32(rows), client: 0, descent, worker: 0)
      }
      state.stepsLeft -= steps
      state.arm.gradientSteps += steps
      state.arm.examplesProcessed += epoch.examples(rows: rows, steps: steps)
      if !assay_all_finite(model.start, Int64(model.count)) {
        state.arm.nonFiniteCount = 1
        state.arm.fail(
          round: number + 1, history: state.history,
          cause: LossHistory.cause(
            "weights became NaN or infinite in epoch \(number + 1)",
            learningRate: plan.learningRate, session.data.raw))
        model.copy(from: before.start)
        break
      }
      let metrics = state.history.add(session.evaluate(model.start))
      state.arm.rounds.append(Round(round: number + 1, metrics: metrics, aggregated: true))
      state.epochs = number + 1
      observer.keep(CentralizedState.kind) { state.write(to: &$0, model: model, session) }
      observer.progress("epoch \(number + 1) of \(plan.epochs)")
    }
  }
}

extension TrainedArm {
  /// Marks the arm as failed.
  mutating func fail(round: Int?, clients: [Int] = [], history: LossHistory, cause: String) {
    status = .failed
    failure = TrainingFailure(
      round: round, clients: Array(clients.prefix(20)), lossHistory: history.losses, cause: cause)
  }

  /// Marks the arm as failed because its loss grew out of all proportion.
  mutating func failDiverged(
    round: Int, clients: [Int] = [], history: LossHistory, _ learningRate: Double,
    _ data: TrainingData
  ) {
    let first = history.losses.first ?? .nan
    let last = history.losses.last ?? .nan
    fail(
      round: history.firstDiverged ?? round, clients: clients, history: history,
      cause: LossHistory.cause(
        "training diverged: the test loss went from \(first) to \(last)",
        learningRate: learningRate, data))
  }

  /// Counts the clients of an arm that has all rows in one place.
  mutating func countPooledClients(_ data: ScaledData) {
    let counts = (0..<data.raw.clientCount).map { data.trainRows.count($0) }
    distinctClients = counts.count { $0 > 0 }
    largestClientShare = counts.max().map { Double($0) / Double(data.raw.trainCount) }
  }

  /// Adds what follows from one final model.
  mutating func finish(_ session: Session, model: Memory<Float>) {
    weights = session.network.tensors([model.array], stacked: false)
    if status == .completed {
      scores = session.scores(model.start)
      trainingLoss = session.pooledTrainingLoss(model.start)
    }
    trainSeconds = session.trainTime.seconds
    trainProcessorSeconds = session.trainProcessorTime
    evaluateSeconds = session.evaluateTime.seconds
  }
}
