import AssayRuns

/// A model of every client's own, beside the global one.
enum PersonalModels {
  /// The name of a client's vector in the server's state.
  static let name = "personal model"
}

extension FederatedTraining {
  /// Ends an arm whose clients have models of their own: each is scored on its client's own test rows.
  func finishPersonally() {
    let clients = session.data.raw.clientCount
    let size = session.network.paddedCount
    let models = Memory<Float>(repeating: 0, count: clients * size)
    let diverged = Memory<Bool>(repeating: false, count: clients)
    let counts = (0..<clients).map { session.data.trainRows.count($0) }
    var untrained = 0
    switch algorithm.personalization {
    case .alongside:
      for client in 0..<clients {
        let own = server.knownVector(PersonalModels.name, ofClient: client)
        let source = UnsafePointer((own?.start ?? server.model.start))
        if own == nil { untrained += 1 }
        (models.start + client * size).update(from: source, count: size)
      }
    case .afterwards(let epochs, let learningRate):
      let plan = LocalTraining(
        epochs: epochs, batchSize: local.batchSize,
        learningRate: learningRate ?? local.learningRate)
      untrained = counts.count { $0 == 0 }
      let steps = Memory<Int>(repeating: 0, count: clients)
      let schedule = (0..<clients).sorted { (counts[$0], $1) > (counts[$1], $0) }
      session.training {
        session.pool.run(clients) { index, worker in
          let client = schedule[index]
          let model = models.start + client * size
          model.update(from: server.model.start, count: size)
          // Passes behind those of all rounds, so that no order of rows comes twice.
          steps[client] = session.descend(
            model, rows: session.data.trainRows[client], client: client,
            Session.Descent(plan: plan, firstPass: self.plan.rounds * local.epochs),
            worker: worker)
        }
      }
      for client in 0..<clients {
        arm.gradientSteps += steps[client]
        arm.examplesProcessed += plan.examples(rows: counts[client], steps: steps[client])
      }
    case nil: preconditionFailure("an arm with personal models")
    }
    for client in 0..<clients
    where !session.isUsable(models.start + client * size, by: client, worker: 0) {
      diverged[client] = true
      (models.start + client * size).update(from: server.model.start, count: size)
    }
    if untrained > 0 {
      arm.notes.append(
        "\(untrained) of \(clients) clients never trained a model of their own: they use the global one"
      )
    }
    let failures = diverged.array.count { $0 }
    if failures > 0 {
      arm.notes.append(
        "\(failures) of \(clients) personal models diverged: those clients use the global one")
      arm.nonFiniteCount += failures
    }
    session.judge(
      &arm, models: models, counts: counts,
      constants: [Int?](repeating: nil, count: clients), diverged: diverged, seesOwnScaling: false)
    let all = (0..<clients).map { client in
      Array(UnsafeBufferPointer(start: models.start + client * size, count: size))
    }
    arm.weights = session.network.tensors([server.model.array], stacked: false)
    arm.weights += session.network.tensors(all, stacked: true).map {
      NamedTensor(name: "personal.\($0.name)", shape: $0.shape, values: $0.values)
    }
    arm.trainingLoss = session.pooledTrainingLoss(server.model.start)
    arm.trainSeconds = session.trainTime.seconds
    arm.trainProcessorSeconds = session.trainProcessorTime
    arm.evaluateSeconds = session.evaluateTime.seconds
  }
}
