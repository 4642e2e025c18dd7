import AssayFiles
import CKernels

extension FederatedTraining {
  /// Appends the lines of a round to the log.
  ///
  /// Digests of updates that were used are computed here, outside of training time. An aggregate can
  /// be computed again from the log: the clients in the order of the last line, each trained from the
  /// model before (in an asynchronous arm, from that of its line) for the steps of its line, summed with
  /// the weights and divided by the divisor.
  func writeLog(
    _ closing: RoundClosing, _ deliveries: [Delivery], _ digests: [Int: String],
    versions: [Int: Int], start: Double, goal: Int, available: Int, _ round: OpenRound?
  ) {
    var deliveries = deliveries
    for index in deliveries.indices {
      deliveries[index].course.round = nextRound
      if deliveries[index].isAccepted, let digest = digests[deliveries[index].client] {
        deliveries[index].digest = digest
      }
    }
    for line in RoundLogLine.clients(deliveries, closing) {
      guard case .client(var outcome) = line else { continue }
      outcome.modelVersion = versions[outcome.client]
      append(.client(outcome))
    }
    var end = RoundEnd(
      round: nextRound, deliveries, closing, start: start, available: available, goal: goal,
      divisor: round?.divisor,
      modelSHA256: SHA256.hexDigest(
        Safetensors.encode(session.network.tensors([server.model.array], stacked: false))))
    if let round, closing.abandoned == nil {
      // A member without training rows sends a zero update: it is in the list, and adds nothing.
      let weights = Dictionary(
        zip(round.contributions.map(\.client), round.weights),
        uniquingKeysWith: { first, _ in first })
      end.accepted = closing.used.map { deliveries[$0].client }
      end.weights = end.accepted.map { weights[$0] ?? 1 }
    }
    append(.end(end))
  }

  private func append(_ line: RoundLogLine) {
    var bytes = Array(line.json { clientNames[$0] }.serialized(pretty: false).utf8)
    while bytes.last == 0x0A { bytes.removeLast() }
    log.append(contentsOf: bytes)
    log.append(0x0A)
  }

  /// Adds the SHA-256 of what the server read from each client, while the slots hold it. Like all writing
  /// of logs this is outside of training time.
  func addDigests(of jobs: [ClientJob], to digests: inout [Int: String]) {
    var found = [String](repeating: "", count: jobs.count)
    let training = clientTraining
    found.withUnsafeMutableBufferPointer { found in
      let found = found
      session.pool.run(jobs.count) { slot, _ in
        found[slot] = Frame.digest(
          UnsafeBufferPointer(start: training.model(slot), count: training.size))
      }
    }
    for (slot, job) in jobs.enumerated() { digests[job.client] = found[slot] }
  }
}
