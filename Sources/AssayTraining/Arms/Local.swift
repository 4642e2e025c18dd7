import AssayRuns
import CKernels

extension Trainer {
  /// One model for each client from its own rows: what a client has without a federation.
  ///
  /// Scores are each client's model on that client's own test rows. A client without training rows
  /// keeps the initial model; one with a single class predicts it with probability 1 (a numeric label has
  /// no such rule).
  func local(
    _ plan: LocalTraining, _ session: Session, _ observer: TrainingObserver
  ) -> TrainedArm {
    let raw = session.data.raw
    let clients = raw.clientCount
    let counts = (0..<clients).map { session.data.trainRows.count($0) }
    let constants = (0..<clients).map { session.onlyClass(of: $0) }
    let size = session.network.paddedCount
    let models = Memory<Float>(repeating: 0, count: clients * size)
    let diverged = Memory<Bool>(repeating: false, count: clients)
    var arm = TrainedArm()
    if observer.isCancelled() {
      arm.status = .killed
      return arm
    }

    // The longest first, so that no worker is left with a large client at the end.
    let schedule = (0..<clients).sorted { (counts[$0], $1) > (counts[$1], $0) }
    session.training {
      session.pool.run(clients) { index, worker in
        let client = schedule[index]
        let model = models.start + client * size
        session.initial.withUnsafeBufferPointer { initial in
          guard let initial = initial.baseAddress else { return }
          model.update(from: initial, count: size)
          guard counts[client] > 0, constants[client] == nil else { return }
          session.descend(
            model, rows: session.data.trainRows[client], client: client,
            Session.Descent(plan: plan, firstPass: 0), worker: worker)
          if !session.isUsable(model, by: client, worker: worker) {
            diverged.start[client] = true
            model.update(from: initial, count: size)
          }
        }
      }
    }
    observer.progress("\(clients) local models trained")

    for client in 0..<clients where counts[client] > 0 && constants[client] == nil {
      arm.gradientSteps += plan.steps(rows: counts[client])
      arm.examplesProcessed += plan.examples(
        rows: counts[client], steps: plan.steps(rows: counts[client]))
    }
    arm.distinctClients = counts.filter { $0 > 0 }.count
    arm.largestClientShare = counts.max().map { Double($0) / Double(raw.trainCount) }
    arm.nonFiniteCount = diverged.array.filter { $0 }.count
    let trained = (0..<clients).filter { counts[$0] > 0 && constants[$0] == nil }
    if 2 * arm.nonFiniteCount > trained.count {
      arm.fail(
        round: nil, clients: trained.filter { diverged.start[$0] }, history: LossHistory(),
        cause: LossHistory.cause(
          "\(arm.nonFiniteCount) of \(trained.count) local models became NaN or infinite",
          learningRate: plan.learningRate, raw))
    }
    arm.notes = localNotes(counts, constants, arm.nonFiniteCount)
    session.judge(
      &arm, models: models, counts: counts, constants: constants, diverged: diverged,
      seesOwnScaling: true)
    let all = (0..<clients).map { client in
      Array(UnsafeBufferPointer(start: models.start + client * size, count: size))
    }
    arm.weights = session.network.tensors(all, stacked: true)
    if !raw.isRegression {
      arm.weights.append(
        NamedTensor(
          name: "constant_class", shape: [clients], values: constants.map { Float($0 ?? -1) }))
    }
    arm.trainSeconds = session.trainTime.seconds
    arm.trainProcessorSeconds = session.trainProcessorTime
    arm.evaluateSeconds = session.evaluateTime.seconds
    return arm
  }

  private func localNotes(_ counts: [Int], _ constants: [Int?], _ diverged: Int) -> [String] {
    let empty = counts.filter { $0 == 0 }.count
    let oneClass = constants.filter { $0 != nil }.count
    var notes: [String] = []
    if empty > 0 {
      notes.append("\(empty) of \(counts.count) clients without training rows: initial model kept")
    }
    if oneClass > 0 {
      notes.append("\(oneClass) of \(counts.count) clients with one class: its constant predicted")
    }
    if diverged > 0 {
      notes.append("\(diverged) of \(counts.count) local models diverged: initial model kept")
    }
    return notes
  }
}

extension Session {
  /// The class of a client's training rows when there is but one; `nil` where the label is a number.
  fileprivate func onlyClass(of client: Int) -> Int? {
    if data.raw.isRegression { return nil }
    let rows = data.trainRows[client]
    guard let first = rows.first else { return nil }
    let label = data.raw.trainLabels[Int(first)]
    return rows.allSatisfy { data.raw.trainLabels[Int($0)] == label } ? Int(label) : nil
  }

  /// Whether a client's model is finite and gives finite logits for the client's own test rows: finite
  /// weights may be so large that their products are not.
  func isUsable(_ parameters: UnsafePointer<Float>, by client: Int, worker: Int) -> Bool {
    guard assay_all_finite(parameters, Int64(network.paddedCount)) else { return false }
    let own = data.testRows[client]
    let (arena, width) = (arenas[worker], data.raw.featureCount)
    let block = arena.gatheredLabels.count
    let logits = Memory<Float>(repeating: 0, count: min(block, own.count) * network.outputs)
    return data.test.withUnsafeBufferPointer { features in
      guard let features = features.baseAddress else { return true }
      var filled = 0
      var isFinite = true
      func judge() {
        withUnsafePointer(to: network.description) { network in
          assay_logits(
            network, parameters, arena.workspace.start, arena.gathered.start, Int32(filled),
            logits.start)
        }
        let count = Int64(filled * network.outputs)
        isFinite = isFinite && assay_all_finite(logits.start, count)
        filled = 0
      }
      for row in own {
        (arena.gathered.start + filled * width)
          .update(from: features + Int(row) * width, count: width)
        filled += 1
        if filled == block { judge() }
      }
      if filled > 0 { judge() }
      return isFinite
    }
  }

  /// The most clients whose models are judged on all test rows as well.
  static let mostModelsOnAllRows = 1_000

  /// Scores every client's own test rows and counts what its model gets right everywhere (adds up its
  /// squared errors, for a numeric label).
  /// - Parameter seesOwnScaling: Whether a model sees all test rows under its own client's scaling.
  func judge(
    _ arm: inout TrainedArm, models: Memory<Float>, counts: [Int], constants: [Int?],
    diverged: Memory<Bool>, seesOwnScaling: Bool
  ) {
    let clients = data.raw.clientCount
    let outputs = network.outputs
    let size = network.paddedCount
    let testLabels = data.raw.testLabels
    let testCount = data.raw.testCount
    let isRegression = data.raw.isRegression
    let scores = Memory<Double>(repeating: 0, count: testCount * outputs)
    let correct = Memory<Int>(repeating: 0, count: clients)
    let losses = Memory<Double>(repeating: 0, count: clients)
    // Every model on all rows costs clients × rows; beyond a thousand clients nobody reads that list.
    let judgesAll = clients <= Self.mostModelsOnAllRows
    timedEvaluation {
      pool.run(clients) { client, worker in
        let own = data.testRows[client]
        let model = models.start + client * size
        if let constant = constants[client] {
          for row in own {
            let at = scores.start + Int(row) * outputs
            if outputs == 1 { at[0] = Double(constant) } else { at[constant] = 1 }
          }
          if judgesAll {
            correct.start[client] = testLabels.filter { Int($0) == constant }.count
          }
        } else {
          score(model, rows: Array(own), of: data.test, into: scores.start, worker: worker)
          guard judgesAll else { return }
          let sums = testSums(
            model, test: seesOwnScaling ? data.testSeen(by: client) : data.test, worker: worker)
          correct.start[client] = sums.correct
          losses.start[client] = sums.loss
        }
      }
    }
    for client in 0..<clients {
      let own = data.testRows[client]
      let right = own.filter { row in
        !isRegression
          && predictedClass(scores.start + Int(row) * outputs) == Int(testLabels[Int(row)])
      }
      arm.localModels.append(
        LocalModel(
          client: client, trainRows: counts[client], constantClass: constants[client],
          diverged: diverged.start[client], ownTestRows: own.count,
          correctOnOwnTestRows: right.count,
          correctOnAllTestRows: judgesAll ? correct.start[client] : nil,
          squaredErrorOnAllTestRows: isRegression && testCount > 0 && judgesAll
            ? 2 * losses.start[client] / Double(testCount) : nil))
    }
    if arm.status == .completed { arm.scores = scores.array }
  }

  /// The class that scores stand for: 1 from one half on; of equal ones the lowest.
  private func predictedClass(_ scores: UnsafePointer<Double>) -> Int {
    guard network.outputs > 1 else { return scores[0] >= 0.5 ? 1 : 0 }
    var best = 0
    for index in 1..<network.outputs where scores[index] > scores[best] { best = index }
    return best
  }
}
