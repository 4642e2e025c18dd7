import AssayRuns
import CKernels

extension Trainer {
  /// One model from all rows: what a federation is compared with.
  func centralized(
    _ plan: LocalTraining, _ session: Session, _ observer: TrainingObserver
  ) -> TrainedArm {
    let rows = session.data.raw.trainLabels.count
    var arm = TrainedArm()
    var history = LossHistory()
    let model = Memory<Float>(repeating: 0, count: session.network.paddedCount)
    let before = Memory<Float>(repeating: 0, count: model.count)
    session.initial.withUnsafeBufferPointer { initial in
      if let start = initial.baseAddress { model.copy(from: start) }
    }
    arm.initialMetrics = history.add(session.evaluate(model.start))

    var epoch = plan
    epoch.epochs = 1
    var left = plan.steps(rows: rows)
    for number in 0..<plan.epochs where left > 0 {
      if observer.isCancelled() {
        arm.status = .killed
        break
      }
      before.copy(from: model.start)
      var descent = Session.Descent(plan: epoch, firstPass: number)
      descent.mostSteps = left
      let steps = session.training {
        session.descend(model.start, rows: 0..<Int32(rows), client: 0, descent, worker: 0)
      }
      left -= steps
      arm.gradientSteps += steps
      arm.examplesProcessed += epoch.examples(rows: rows, steps: steps)
      if !assay_all_finite(model.start, Int64(model.count)) {
        arm.nonFiniteCount = 1
        arm.fail(
          round: number + 1, history: history,
          cause: LossHistory.cause(
            "weights became NaN or infinite in epoch \(number + 1)",
            learningRate: plan.learningRate))
        model.copy(from: before.start)
        break
      }
      let metrics = history.add(session.evaluate(model.start))
      arm.rounds.append(Round(round: number + 1, metrics: metrics, aggregated: true))
      observer.progress("epoch \(number + 1) of \(plan.epochs)")
    }
    if arm.status == .completed {
      if history.isDiverged {
        arm.failDiverged(round: arm.rounds.count, history: history, plan.learningRate)
      } else if let suspicion = history.suspicion {
        arm.notes.append(suspicion)
      }
    }
    arm.countPooledClients(session.data)
    arm.finish(session, model: model)
    return arm
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
  mutating func failDiverged(round: Int, history: LossHistory, _ learningRate: Double) {
    let first = history.losses.first ?? .nan
    let last = history.losses.last ?? .nan
    fail(
      round: round, history: history,
      cause: LossHistory.cause(
        "training diverged: the test loss went from \(first) to \(last)",
        learningRate: learningRate))
  }

  /// Counts the clients of an arm that has all rows in one place.
  mutating func countPooledClients(_ data: ScaledData) {
    let counts = (0..<data.raw.clientCount).map { data.trainRows.count($0) }
    distinctClients = counts.count { $0 > 0 }
    largestClientShare = counts.max().map { Double($0) / Double(data.raw.trainLabels.count) }
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
