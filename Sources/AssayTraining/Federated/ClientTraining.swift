import AssayRuns
import CKernels

/// One client's work in a round.
struct ClientJob {
  /// What becomes of the client until its first upload.
  var course: ClientCourse
  /// The model that it starts from.
  var base: Memory<Float>
  /// Which version of the global model that is.
  var modelVersion: Int
  /// How many versions older than the global model it is when it is used.
  var staleness = 0
  /// The number of the client's first pass over its rows.
  var firstPass: Int

  var client: Int { course.client }
}

/// What came of a job: the update lies in the job's slot.
struct ClientResult {
  /// Steps taken.
  var steps = 0
  /// Rows seen, each epoch counted.
  var examples = 0
  /// Steps and rows of a personal model beside the global one.
  var personalSteps = 0
  var personalExamples = 0
  /// Mean loss of the base model on the client's rows.
  var loss = 0.0
  /// L2 norm of what the server reads, minus the base.
  var norm = 0.0
  /// Rows whose gradient was clipped, for example-level privacy.
  var clippedRows = 0
  /// What clipping found, where the client adds noise to its own update.
  var clippedUpdate: (norm: Double, isClipped: Bool)?
  /// What the server got.
  var delivery: Delivery

  /// The result of a job that has not begun.
  init(_ job: ClientJob) {
    delivery = Delivery(course: job.course, cause: nil, at: job.course.at, weight: 0, bytesUp: 0)
  }
}

/// Trains clients, each into a slot of its own, as workers of the pool find time.
final class ClientTraining {
  /// Values of one slot.
  let size: Int
  /// How many clients fit at the same time.
  let slots: Int
  /// The models that clients send, slot by slot.
  let models: Memory<Float>
  /// New control variates, slot by slot, until the server accepts.
  private let variates: Memory<Float>
  /// What compression leaves out, slot by slot, until the server accepts.
  private let residuals: Memory<Float>
  private let plan: FederatedPlan
  private let local: LocalTraining
  private let algorithm: any FederatedAlgorithm
  private let session: Session
  private let server: ServerState
  private let sampling: Randomness
  private let compressor: UpdateCompressor
  private let participation: ParticipationModel
  private let weightLimit: Double
  private let adversaries: Set<Int>
  private let scratch: [Scratch]

  /// Memory of one worker.
  private final class Scratch {
    let compression: UpdateCompressor.Scratch
    let correction: Memory<Float>
    let noise: Memory<Double>
    let paddedNoise: Memory<Float>

    init(_ network: Network, _ plan: FederatedPlan, usesVariates: Bool) {
      compression = UpdateCompressor.Scratch(network, plan.compression)
      correction = Memory(repeating: 0, count: usesVariates ? network.paddedCount : 0)
      var needsNoise = plan.adversaries?.attack == .noise
      var needsPadded = false
      switch plan.privacy?.mechanism {
      case .local: needsNoise = true
      case .example: (needsNoise, needsPadded) = (true, true)
      default: break
      }
      noise = Memory(repeating: 0, count: needsNoise ? network.liveCount : 0)
      paddedNoise = Memory(repeating: 0, count: needsPadded ? network.paddedCount : 0)
    }
  }

  /// - Parameters:
  ///   - holding: How many updates the server must hold at the same time, at least.
  ///   - cohort: How many clients train in a round, roughly.
  init(
    _ plan: FederatedPlan, _ session: Session, _ server: ServerState, sampling: Randomness,
    participation: ParticipationModel, holding: Int, cohort: Int
  ) {
    self.plan = plan
    self.session = session
    self.server = server
    self.sampling = sampling
    self.participation = participation
    weightLimit = Double(max(1, session.data.raw.trainCount))
    algorithm = plan.algorithm.make()
    local = algorithm.localTraining(plan.local)
    size = session.network.paddedCount
    // As many clients at a time as fit 64 MiB, and enough to keep all workers busy. How many there are
    // does not show in any result.
    let clients = session.data.raw.clientCount
    let fitting = min(2 * cohort + 16, (64 << 20) / (4 * size))
    slots = min(clients, max(holding, 4 * session.pool.workers, fitting))
    models = Memory(repeating: 0, count: slots * size)
    variates = Memory(
      repeating: 0, count: algorithm.usesControlVariates ? slots * size : 0)
    var keepsRest = false
    if case .topShare = plan.compression { keepsRest = true }
    residuals = Memory(repeating: 0, count: keepsRest ? slots * size : 0)
    compressor = UpdateCompressor(
      compression: plan.compression, network: session.network, randomness: session.randomness)
    adversaries = Self.adversaries(plan, session)
    if plan.adversaries?.attack == .labelFlip { session.prepareTurnedLabels() }
    let usesVariates = algorithm.usesControlVariates
    scratch = (0..<session.pool.workers).map { _ in
      Scratch(session.network, plan, usesVariates: usesVariates)
    }
  }

  /// Clients that attack, the same for a seed whatever else the plan says.
  static func adversaries(_ plan: FederatedPlan, _ session: Session) -> Set<Int> {
    guard let adversaries = plan.adversaries else { return [] }
    let clients = session.data.raw.clientCount
    let count = Int((adversaries.share * Double(clients)).rounded())
    var order = Array(0..<Int32(clients))
    order.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress {
        session.randomness.shuffle(base, count: clients, .adversaries, round: 0)
      }
    }
    return Set(order.prefix(count).map { Int($0) })
  }

  /// Trains the jobs, at most as many as there are slots; job `i` leaves its model in slot `i`.
  func train(_ jobs: [ClientJob], round: Int) -> [ClientResult] {
    prepare(jobs)
    var results = [ClientResult?](repeating: nil, count: jobs.count)
    // The longest first, so that no worker is left with a large client at the end.
    let schedule = jobs.indices.sorted {
      (jobs[$0].course.work.examples, $1) > (jobs[$1].course.work.examples, $0)
    }
    results.withUnsafeMutableBufferPointer { results in
      let results = results
      session.pool.run(jobs.count) { index, worker in
        let slot = schedule[index]
        results[slot] = train(jobs[slot], slot: slot, round: round, worker: worker)
      }
    }
    return results.compactMap { $0 }
  }

  /// Makes the memory that a client keeps between rounds, before workers run side by side.
  private func prepare(_ jobs: [ClientJob]) {
    for job in jobs {
      if algorithm.usesControlVariates {
        _ = server.vector(ControlVariates.name, ofClient: job.client)
      }
      if residuals.count > 0 { _ = server.vector("left out", ofClient: job.client) }
      if case .alongside? = algorithm.personalization {
        session.initial.withUnsafeBufferPointer { initial in
          _ = server.vector(
            PersonalModels.name, ofClient: job.client, initially: initial.baseAddress)
        }
      }
    }
    if algorithm.usesControlVariates { _ = server.vector(ControlVariates.name) }
  }

  /// The model in a slot.
  func model(_ slot: Int) -> UnsafePointer<Float> { UnsafePointer(models.start + slot * size) }

  /// The new control variate in a slot.
  func variate(_ slot: Int) -> UnsafePointer<Float> {
    UnsafePointer(variates.start + slot * size)
  }

  /// Lets a client keep what it computed, now that the server has its update.
  func commit(_ job: ClientJob, slot: Int) {
    if algorithm.usesControlVariates {
      server.vector(ControlVariates.name, ofClient: job.client).copy(from: variate(slot))
    }
    if residuals.count > 0 {
      server.vector("left out", ofClient: job.client)
        .copy(from: UnsafePointer(residuals.start + slot * size))
    }
  }

  private func train(
    _ job: ClientJob, slot: Int, round: Int, worker: Int
  ) -> ClientResult {
    let model = models.start + slot * size
    let base = UnsafePointer(job.base.start)
    let own = scratch[worker]
    let rows = session.data.trainRows[job.client]
    model.update(from: base, count: size)
    var result = ClientResult(job)
    if algorithm.needsLoss {
      result.loss = session.trainingLoss(base, rows: rows, worker: worker)
    }
    let attack = plan.adversaries.flatMap { adversaries.contains(job.client) ? $0 : nil }
    var descent = Session.Descent(plan: local, firstPass: job.firstPass)
    descent.mostSteps = job.course.steps
    descent.turnsLabels = attack?.attack == .labelFlip
    if algorithm.proximal > 0 {
      descent.proximal = algorithm.proximal
      descent.anchor = base
    }
    if algorithm.usesControlVariates {
      ControlVariates.correction(
        of: server, client: job.client, into: own.correction)
      descent.correction = UnsafePointer(own.correction.start)
    }
    if case .example(let rate)? = plan.privacy?.mechanism, let privacy = plan.privacy {
      let step = ExampleStep(
        rate: rate, clip: privacy.clip, deviation: privacy.noiseMultiplier * privacy.clip,
        randomness: sampling)
      (result.steps, result.examples, result.clippedRows) = session.descendPrivately(
        model, rows: rows, client: job.client, descent, step, noise: own.noise,
        paddedNoise: own.paddedNoise, worker: worker)
    } else {
      result.steps = session.descend(
        model, rows: rows, client: job.client, descent, worker: worker)
      result.examples = local.examples(rows: rows.count, steps: result.steps)
    }
    if algorithm.usesControlVariates, result.steps > 0 {
      ControlVariates.renew(
        of: server, client: job.client, model: model, base: base,
        scale: 1 / (Double(result.steps) * local.learningRate),
        into: variates.start + slot * size, count: size)
    } else if algorithm.usesControlVariates {
      (variates.start + slot * size).update(
        from: server.vector(ControlVariates.name, ofClient: job.client).start, count: size)
    }
    if case .alongside(let lambda)? = algorithm.personalization {
      var personal = Session.Descent(plan: local, firstPass: job.firstPass)
      personal.mostSteps = job.course.steps
      personal.proximal = lambda
      personal.anchor = base
      let personalModel = server.vector(PersonalModels.name, ofClient: job.client)
      result.personalSteps = session.descend(
        personalModel.start, rows: rows, client: job.client, personal, worker: worker)
      result.personalExamples = local.examples(rows: rows.count, steps: result.personalSteps)
    }
    if case .local? = plan.privacy?.mechanism, let privacy = plan.privacy {
      result.clippedUpdate = LocalNoise.apply(
        to: model, base: base, privacy: privacy, network: session.network, client: job.client,
        round: round, randomness: sampling, noise: own.noise)
    }
    if let attack {
      attack.apply(
        to: model, base: base, network: session.network, client: job.client, round: round,
        randomness: session.randomness, noise: own.noise)
    }
    compressor.apply(
      model, from: base, client: job.client, round: round,
      residual: residuals.count > 0
        ? UnsafePointer(server.vector("left out", ofClient: job.client).start) : nil,
      rest: residuals.count > 0 ? residuals.start + slot * size : nil,
      scratch: own.compression)
    let weight =
      plan.weighsByRows ? Double(rows.count) : 1
    let exchange = Exchange(
      participation, round: job.course.round, modelVersion: job.modelVersion, valueCount: size,
      weightLimit: weightLimit)
    result.delivery = exchange.deliver(
      job.course, payload: UnsafeMutableBufferPointer(start: model, count: size), weight: weight)
    if plan.privacy != nil || algorithm.needsNorm {
      result.norm = assay_update_norm(model, base, Int64(size))
    }
    return result
  }
}

/// Control variates of SCAFFOLD: one of the server, in double, one of every client, in float32.
enum ControlVariates {
  static let name = "control variate"

  /// `c − c_k`, rounded to float32.
  static func correction(of server: ServerState, client: Int, into out: Memory<Float>) {
    guard let c = server.vectors[name], let own = server.knownVector(name, ofClient: client) else {
      return
    }
    for i in 0..<out.count { out[i] = Float(c[i] - Double(own[i])) }
  }

  /// `c_k⁺ = c_k − c + (w_t − y)·scale` with `scale = 1/(K·η)`.
  static func renew(
    of server: ServerState, client: Int, model: UnsafePointer<Float>, base: UnsafePointer<Float>,
    scale: Double, into out: UnsafeMutablePointer<Float>, count: Int
  ) {
    guard let c = server.vectors[name], let own = server.knownVector(name, ofClient: client) else {
      return
    }
    for i in 0..<count {
      out[i] = Float(
        Double(own[i]) - c[i] + (Double(base[i]) - Double(model[i])) * scale)
    }
  }
}

extension Adversaries {
  /// Replaces an honest model by what an adversary sends; label flipping has happened before.
  func apply(
    to model: UnsafeMutablePointer<Float>, base: UnsafePointer<Float>, network: Network,
    client: Int, round: Int, randomness: Randomness, noise: Memory<Double>
  ) {
    let sign: Double
    switch attack {
    case .labelFlip: return
    case .signFlip: sign = -1
    case .scale: sign = 1
    case .noise:
      let norm = assay_update_norm(model, base, Int64(network.paddedCount))
      let deviation = factor * norm / Double(network.liveCount).squareRoot()
      randomness.normals(
        .attack, client: client, round: round, into: noise.start, count: noise.count)
      var next = noise.start
      for run in network.liveRuns {
        for i in 0..<run.count {
          model[run.start + i] = Float(Double(base[run.start + i]) + next[i] * deviation)
        }
        next += run.count
      }
      return
    }
    for i in 0..<network.paddedCount {
      let update = Double(model[i]) - Double(base[i])
      model[i] = Float(Double(base[i]) + sign * factor * update)
    }
  }
}
