import AssayFiles
import AssayRuns
import CKernels

extension FederatedTraining {
  /// Writes down a round that is over: its record, its lines of the log, the model's quality.
  ///
  /// Nothing here counts as training time.
  /// - Parameters:
  ///   - digests: SHA-256 of what the server read, by client.
  ///   - versions: Which model each client started from, in an asynchronous arm.
  ///   - round: What was added up; `nil` when nobody was asked.
  func close(
    _ closing: RoundClosing, _ deliveries: [Delivery], digests: [Int: String] = [:],
    versions: [Int: Int] = [:], start: Double, goal: Int, available: Int, _ round: OpenRound?
  ) {
    clock = max(clock, closing.end) + plan.participation.pause
    var record = Round(round: nextRound, selected: deliveries.count)
    record.completed = closing.count(.completed)
    record.noReply = closing.count(.noReply)
    record.failed = closing.count(.failed)
    record.causes = closing.causeCounts
    record.bytesDown = deliveries.reduce(0) { $0 + $1.course.bytesDown }
    record.bytesUp = deliveries.reduce(0) { $0 + $1.bytesUp }
    record.aggregated = closing.abandoned == nil
    if plan.clipsUpdates, let round, let completed = record.completed, completed > 0 {
      record.clippedFraction = Double(round.clipped) / Double(completed)
    }
    record.metrics = history.add(session.evaluate(server.model.start))
    arm.rounds.append(record)
    arm.bytesDown += record.bytesDown ?? 0
    arm.bytesUp += record.bytesUp ?? 0
    let bad = deliveries.filter { $0.cause == .nonFinite }.map(\.client)
    arm.nonFiniteCount += bad.count
    refused.formUnion(bad)
    let trained = deliveries.filter { $0.course.uploads && $0.course.work.rows > 0 }
    trainedUpdates += trained.count
    if algorithm.bufferSize == nil {
      for delivery in trained { tasksOfClient[delivery.client] += 1 }
    }
    arm.largestClippedNorm = max(arm.largestClippedNorm, round?.largestNorm ?? 0)
    writeLog(
      closing, deliveries, digests, versions: versions, start: start, goal: goal,
      available: available, round)
  }

  /// The arm with everything that follows from all rounds.
  func finished() -> TrainedArm {
    let total = weightOfClient.reduce(0, +)
    arm.distinctClients = weightOfClient.count { $0 > 0 }
    arm.largestClientShare = total > 0 ? weightOfClient.max().map { $0 / total } : nil
    arm.roundLog = log
    arm.virtualSeconds = clock
    recordReleases()
    notes()
    if arm.status == .completed { diagnose() }
    if algorithm.personalization != nil, arm.status == .completed {
      finishPersonally()
    } else {
      arm.finish(session, model: server.model)
    }
    return arm
  }

  private func notes() {
    let counts = (0..<session.data.raw.clientCount).map { session.data.trainRows.count($0) }
    let empty = counts.count { $0 == 0 }
    if empty > 0 {
      arm.notes.append(
        plan.sumsPrivately
          ? "\(empty) of \(counts.count) clients without training rows: they send zero updates"
          : "\(empty) of \(counts.count) clients without training rows: counted as failed when asked"
      )
    }
    let abandoned = arm.rounds.count { $0.aggregated == false }
    if abandoned > 0 {
      arm.notes.append(
        "\(abandoned) of \(arm.rounds.count) rounds abandoned: the model stayed as it was")
    }
    if arm.nonFiniteCount > 0 {
      arm.notes.append(
        "\(arm.nonFiniteCount) of \(trainedUpdates) updates refused: NaN or infinite")
    }
    if let weak = server.scalars[Self.weakRounds] {
      arm.notes.append(
        "\(Int(weak)) of \(arm.rounds.count) rounds had fewer updates than the 2f + 3 that "
          + "\(plan.algorithm.name) needs to withstand f liars")
    }
    if let adversaries = plan.adversaries {
      let count = ClientTraining.adversaries(plan, session).count
      arm.notes.append(
        "\(count) of \(counts.count) clients are adversaries (\(adversaries.attack.rawValue)): a what-if"
      )
    }
  }

  /// Marks the arm as failed when its result means nothing: most updates were refused, or the loss
  /// grew out of all proportion. A private arm fails only when every update was refused, or when
  /// its model or its loss is not finite: noise may well spoil a model, and that is its result; but
  /// a model that overflows gives no predictions.
  private func diagnose() {
    let last = arm.rounds.last?.round ?? 0
    let refusedMost =
      plan.privacy == nil
      ? 2 * arm.nonFiniteCount > trainedUpdates
      : trainedUpdates > 0 && arm.nonFiniteCount == trainedUpdates
    let isFinite = assay_all_finite(server.model.start, Int64(server.model.count))
    let hasLoss = history.losses.last?.isFinite ?? true
    if refusedMost || !isFinite || plan.privacy != nil && !hasLoss {
      let refusal = arm.rounds.first { $0.causes[OutcomeCause.nonFinite.rawValue] != nil }?.round
      // The model was broken before any client could send something that was refused.
      let broken = history.losses.dropFirst().firstIndex { !$0.isFinite }
      let isModelFirst = broken.map { $0 < refusal ?? .max } ?? false
      let what =
        !isFinite
        ? "the global model became NaN or infinite"
        : refusedMost
          ? "\(arm.nonFiniteCount) of \(trainedUpdates) updates were NaN or infinite"
          : "the test loss became NaN or infinite"
      arm.fail(
        round: isModelFirst ? broken ?? last : refusal ?? last,
        clients: isModelFirst ? [] : refused.sorted(), history: history, cause: likelyCause(what))
    } else if plan.privacy == nil {
      if history.isDiverged {
        arm.failDiverged(
          round: last, clients: clientsUsed(inRound: history.firstDiverged ?? last),
          history: history, local.learningRate, session.data.raw)
      } else if let suspicion = history.suspicion(session.data.raw) {
        arm.notes.append(suspicion)
      }
    }
  }

  /// The clients whose updates were added up in a round, as the log has it.
  private func clientsUsed(inRound number: Int) -> [Int] {
    for line in log.split(separator: 0x0A) {
      guard let json = try? JSONValue.parse(Array(line), path: "rounds.jsonl"),
        json["round"]?.integer == number, let accepted = json["accepted"]?.array
      else { continue }
      let names = Set(accepted.compactMap(\.string))
      return clientNames.indices.filter { names.contains(clientNames[$0]) }
    }
    return []
  }

  /// What happened, and what of the plan is likely behind it: first what the plan does to updates, then the
  /// learning rate.
  private func likelyCause(_ what: String) -> String {
    let faults = plan.participation.faults
    let rate = local.learningRate
    var suspect: String?
    if faults.notANumber + faults.infinity > 0, arm.nonFiniteCount > 0 {
      suspect = "the plan's faults, which make uploads NaN or infinite"
    } else if let adversaries = plan.adversaries, adversaries.attack != .labelFlip,
      abs(adversaries.factor) > 1e3
    {
      suspect =
        "what adversaries send (\(adversaries.attack.rawValue), factor \(adversaries.factor))"
    } else if let privacy = plan.privacy, let clip = server.scalars["clip"],
      !(privacy.sumNoiseMultiplier * clip < 1e6)
    {
      suspect = "the noise (multiplier \(privacy.noiseMultiplier), clip \(clip))"
    } else if algorithm.proximal * rate > 2 {
      suspect =
        "the proximal term (mu × learning rate is \(algorithm.proximal * rate), above 2)"
    }
    guard let suspect else {
      return LossHistory.cause(what, learningRate: rate, session.data.raw)
    }
    return
      "\(what); the likely cause is \(suspect), or else a learning rate (\(rate)) that is too large"
  }

  /// What was released, as the accountant reads it.
  private func recordReleases() {
    guard let privacy = plan.privacy,
      let releases = plan.releases(
        clients: server.clientCount, rounds: releasedRounds,
        participations: Int(tasksOfClient.max() ?? 0)), releases.steps > 0
    else { return }
    arm.releases = [releases.event(noiseMultiplier: privacy.noiseMultiplier)]
  }
}
