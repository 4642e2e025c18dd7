import AssayStatistics
import CKernels

/// What the server adds up while a round is open.
final class OpenRound {
  /// Weighted models or updates, in double.
  let sum: Memory<Double>
  /// Changes of control variates.
  let variateSum: Memory<Double>
  /// The updates that count, ascending by client.
  var contributions: [Contribution] = []
  /// Their weights in the sum.
  var weights: [Double] = []
  /// The models that clients sent, where the algorithm needs all of them.
  var models: [UnsafePointer<Float>] = []
  /// Members that sent nothing but zeros.
  var zeroUpdates = 0
  /// Updates whose norm was above the clip.
  var clipped = 0
  /// The largest norm of an update behind its clip, before noise.
  var largestNorm = 0.0
  /// What the sum was divided by, once it was.
  var divisor: Double?

  init(sum: Memory<Double>, variateSum: Memory<Double>) {
    self.sum = sum
    self.variateSum = variateSum
    sum.start.update(repeating: 0, count: sum.count)
    variateSum.start.update(repeating: 0, count: variateSum.count)
  }
}

extension FederatedTraining {
  /// Adds the updates that count to the sum, in the order of the jobs; workers share the parameters, not
  /// the clients, so that every parameter is summed in that order.
  func add(
    _ jobs: [ClientJob], _ results: [ClientResult], isUsed: [Bool], to round: OpenRound
  ) {
    let clip = server.scalars["clip"] ?? .infinity
    var used: [(slot: Int, factor: Double)] = []
    for (slot, (job, result)) in zip(jobs, results).enumerated() {
      arm.gradientSteps += result.steps + result.personalSteps
      arm.examplesProcessed += result.examples + result.personalExamples
      arm.clippedRows += result.clippedRows
      guard isUsed[slot] else { continue }
      let rows = job.course.work.rows
      let contribution = Contribution(
        client: job.client, rows: rows, steps: result.steps,
        weight: plan.weighsByRows ? Double(rows) : 1,
        loss: result.loss, norm: result.norm, staleness: job.staleness)
      var factor: Double
      if plan.sumsPrivately {
        factor = ClippedSum.factor(
          norm: result.norm, clip: clip, count: session.network.liveCount)
        if result.norm > clip { round.clipped += 1 }
        round.largestNorm = max(round.largestNorm, factor * result.norm)
        round.weights.append(1)
      } else {
        factor = algorithm.weight(of: contribution, in: server)
        round.weights.append(factor)
        if let own = result.clippedUpdate {
          if own.isClipped { round.clipped += 1 }
          round.largestNorm = max(round.largestNorm, own.norm)
        }
      }
      round.contributions.append(contribution)
      if algorithm.needsAllUpdates { round.models.append(clientTraining.model(slot)) }
      weightOfClient[job.client] += plan.sumsPrivately ? 1 : factor
      used.append((slot, factor))
    }
    let holdsModels = holdsModels
    let size = sum.count
    let block = 16_384
    let (sum, training, variates) = (round.sum, clientTraining, round.variateSum)
    session.pool.run((size + block - 1) / block) { index, _ in
      let first = index * block
      let length = Int64(min(block, size - first))
      for (slot, factor) in used {
        let values = training.model(slot) + first
        if holdsModels {
          assay_add_scaled(sum.start + first, values, factor, length)
        } else {
          assay_add_update(
            sum.start + first, values, jobs[slot].base.start + first, factor, length)
        }
        if variates.count > 0 {
          let known = self.server.knownVector(ControlVariates.name, ofClient: jobs[slot].client)
          if let known {
            assay_add_update(
              variates.start + first, training.variate(slot) + first, known.start + first, 1,
              length)
          }
        }
      }
    }
    // A client that vanished after its upload never learns that it counts, and keeps what it had.
    for (slot, _) in used where !jobs[slot].course.vanishesAfterUpload {
      clientTraining.commit(jobs[slot], slot: slot)
    }
  }

  /// Whether sums are of models: then a mean over one client is that client's model to the bit.
  private var holdsModels: Bool { !plan.sumsPrivately && algorithm.bufferSize == nil }

  /// The scalar that counts rounds with too few updates for what the algorithm promises.
  static let weakRounds = "rounds with too few updates"

  /// Turns the sum into the next global model.
  ///
  /// In a private round noise is added whoever reported, and the divisor is fixed.
  func apply(_ round: OpenRound) {
    var total = round.weights.reduce(0, +)
    if plan.sumsPrivately, let privacy = plan.privacy {
      total = addNoise(privacy, to: round)
    }
    round.divisor = total
    if !algorithm.withstands(round.contributions.count) {
      server.scalars[Self.weakRounds, default: 0] += 1
    }
    algorithm.advance(
      server,
      by: RoundUpdates(
        contributions: round.contributions, totalWeight: total, holdsModels: holdsModels,
        sum: round.sum, global: server.model,
        variateSum: round.variateSum.count > 0 ? round.variateSum : nil, models: round.models,
        pool: session.pool))
  }

  /// Adds the noise of a private round, records the release, and returns the fixed divisor.
  private func addNoise(_ privacy: PrivateTraining, to round: OpenRound) -> Double {
    let clients = server.clientCount
    let clip = server.scalars["clip"] ?? privacy.clip
    releasedRounds += 1
    guard privacy.mechanism == .sum else {
      let size = plan.clientsPerRound.count(of: clients)
      TreeNoise.addIncrement(
        to: round.sum.start, term: releasedRounds, network: session.network,
        deviation: privacy.noiseMultiplier * clip, randomness: sampling)
      return Double(size)
    }
    let rate = plan.clientsPerRound.samplingRate(of: clients)
    let expected = rate * Double(clients)
    let scale = privacy.simulatedCohort.map { expected / $0 } ?? 1
    ClippedSum.addNoise(
      to: round.sum.start, network: session.network,
      deviation: privacy.sumNoiseMultiplier * clip * scale, randomness: sampling,
      round: nextRound, pool: session.pool)
    arm.clips.append(clip)
    if let adaptive = privacy.adaptive {
      renewClip(adaptive, round, expected: expected, scale: scale)
    }
    return expected
  }

  /// `C ← C·exp(−η_C·(b̃ − γ))` with the noisy share b̃ of updates within the clip.
  ///
  /// Every member adds 1/2 or −1/2 to the noisy sum, so the sensitivity is 1/2.
  private func renewClip(
    _ adaptive: PrivateTraining.AdaptiveClip, _ round: OpenRound, expected: Double, scale: Double
  ) {
    let reporting = round.contributions.count + round.zeroUpdates
    let within = Double(reporting - round.clipped) - Double(reporting) / 2
    var noise = 0.0
    if adaptive.countNoise > 0 {
      noise = sampling.normal(.countNoise, round: nextRound, pair: 0) * adaptive.countNoise * scale
    }
    let share = (within + noise) / expected + 0.5
    let clip = server.scalars["clip"] ?? .nan
    server.scalars["clip"] =
      clip * PortableMath.exp(-adaptive.learningRate * (share - adaptive.quantile))
  }
}
