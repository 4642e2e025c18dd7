import AssayRuns

// The parts of a trained arm, field by field. A field that is added to one of these types must be added
// here; `CheckpointTests` compares the lists.

extension Round: CheckpointValue {
  func write(to out: inout CheckpointWriter) {
    out.put(round)
    out.put(selected)
    out.put(completed)
    out.put(failed)
    out.put(noReply)
    out.put(causes)
    out.put(bytesUp)
    out.put(bytesDown)
    out.put(seconds)
    out.put(metrics)
    out.put(aggregated)
    out.put(clippedFraction)
  }

  init(from source: inout CheckpointReader) throws(CheckpointError) {
    self.init(
      round: try source.integer(), selected: try source.optional(),
      completed: try source.optional(), failed: try source.optional(),
      noReply: try source.optional(), causes: try source.dictionary(),
      bytesUp: try source.optional(), bytesDown: try source.optional(),
      seconds: try source.optional(), metrics: try source.dictionary(),
      aggregated: try source.optional(), clippedFraction: try source.optional())
  }
}

extension PrivacyEvent: CheckpointValue {
  func write(to out: inout CheckpointWriter) {
    out.put(word: mechanism)
    out.put(noiseMultiplier)
    out.put(samplingRate)
    out.put(word: sampling)
    out.put(steps)
    for whole in [sensitivity, buckets, leaves, participations] {
      out.put(whole != nil)
      out.put(whole ?? 0)
    }
    for number in [probability, columnNorm, epsilon, delta] {
      out.put(number != nil)
      out.put(number ?? 0)
    }
  }

  init(from source: inout CheckpointReader) throws(CheckpointError) {
    self.init(
      mechanism: try source.word(), noiseMultiplier: try source.double(),
      samplingRate: try source.double(), sampling: try source.word(Sampling.self),
      steps: try source.integer())
    func whole() throws(CheckpointError) -> Int? {
      let isGiven = try source.bool()
      let value = try source.integer()
      return isGiven ? value : nil
    }
    func number() throws(CheckpointError) -> Double? {
      let isGiven = try source.bool()
      let value = try source.double()
      return isGiven ? value : nil
    }
    sensitivity = try whole()
    buckets = try whole()
    leaves = try whole()
    participations = try whole()
    probability = try number()
    columnNorm = try number()
    epsilon = try number()
    delta = try number()
  }
}

extension NamedTensor: CheckpointValue {
  func write(to out: inout CheckpointWriter) {
    out.put(name)
    out.put(numbers: shape)
    out.put(numbers: values)
  }

  init(from source: inout CheckpointReader) throws(CheckpointError) {
    self.init(name: try source.text(), shape: try source.numbers(), values: try source.numbers())
    var count = 1
    for extent in shape {
      let product = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !product.overflow else { throw CheckpointError("a bad shape") }
      count = product.partialValue
    }
    guard count == values.count else { throw CheckpointError("a shape unlike its values") }
  }
}

extension TrainingFailure: CheckpointValue {
  func write(to out: inout CheckpointWriter) {
    out.put(round)
    out.put(numbers: clients)
    out.put(numbers: lossHistory)
    out.put(cause)
  }

  init(from source: inout CheckpointReader) throws(CheckpointError) {
    self.init(
      round: try source.optional(), clients: try source.numbers(),
      lossHistory: try source.numbers(), cause: try source.text())
  }
}

extension OptimumReport: CheckpointValue {
  func write(to out: inout CheckpointWriter) {
    out.put(iterations)
    out.put(gradient)
    out.put(hasConverged)
  }

  init(from source: inout CheckpointReader) throws(CheckpointError) {
    self.init(
      iterations: try source.integer(), gradient: try source.double(),
      hasConverged: try source.bool())
  }
}

extension LocalModel: CheckpointValue {
  func write(to out: inout CheckpointWriter) {
    out.put(client)
    out.put(trainRows)
    out.put(constantClass)
    out.put(diverged)
    out.put(ownTestRows)
    out.put(correctOnOwnTestRows)
    out.put(correctOnAllTestRows)
    out.put(squaredErrorOnAllTestRows)
  }

  init(from source: inout CheckpointReader) throws(CheckpointError) {
    self.init(
      client: try source.integer(), trainRows: try source.integer(),
      constantClass: try source.optional(), diverged: try source.bool(),
      ownTestRows: try source.integer(), correctOnOwnTestRows: try source.integer(),
      correctOnAllTestRows: try source.optional(),
      squaredErrorOnAllTestRows: try source.optional())
  }
}

extension TrainedArm: CheckpointValue {
  func write(to out: inout CheckpointWriter) {
    out.put(word: status)
    out.put(failure)
    out.put(rounds)
    out.put(initialMetrics)
    out.put(numbers: scores)
    out.put(weights)
    out.put(releases)
    out.put(noiseSource?.rawValue)
    out.put(gradientSteps)
    out.put(examplesProcessed)
    out.put(bytesUp)
    out.put(bytesDown)
    out.put(distinctClients)
    out.put(largestClientShare)
    out.put(nonFiniteCount)
    out.put(notes)
    out.put(localModels)
    out.put(trainingLoss)
    out.put(numbers: roundLog)
    out.put(virtualSeconds)
    out.put(numbers: clips)
    out.put(largestClippedNorm)
    out.put(clippedRows)
    out.put(optimum)
    out.put(trainProcessorSeconds)
    out.put(trainSeconds)
    out.put(evaluateSeconds)
  }

  init(from source: inout CheckpointReader) throws(CheckpointError) {
    self.init()
    status = try source.word()
    failure = try source.optional()
    rounds = try source.list()
    initialMetrics = try source.dictionary()
    scores = try source.numbers()
    weights = try source.list()
    releases = try source.list()
    if let name = try source.optional(String.self) {
      guard let known = NoiseSource(rawValue: name) else {
        throw CheckpointError("the unknown word '\(name)'")
      }
      noiseSource = known
    }
    gradientSteps = try source.integer()
    examplesProcessed = try source.integer()
    bytesUp = try source.integer()
    bytesDown = try source.integer()
    distinctClients = try source.integer()
    largestClientShare = try source.optional()
    nonFiniteCount = try source.integer()
    notes = try source.list()
    localModels = try source.list()
    trainingLoss = try source.optional()
    roundLog = try source.numbers()
    virtualSeconds = try source.double()
    clips = try source.numbers()
    largestClippedNorm = try source.double()
    clippedRows = try source.integer()
    optimum = try source.optional()
    trainProcessorSeconds = try source.double()
    trainSeconds = try source.double()
    evaluateSeconds = try source.double()
  }
}

extension TrainedArm {
  private static let kind = "finished arm"

  /// The bytes of a finished arm, which ``init(checkpoint:key:)`` reads.
  /// - Parameter key: Whom they belong to; only who names the same key reads them.
  public func checkpoint(key: String) -> [UInt8] {
    var out = CheckpointWriter(key: key, kind: Self.kind)
    out.section("arm") { $0.put(self) }
    return out.sealed()
  }

  /// Reads a finished arm.
  /// - Throws: When the bytes are damaged, or were written for another key or by another version.
  public init(checkpoint bytes: [UInt8], key: String) throws(CheckpointError) {
    var source = try CheckpointReader(bytes, key: key, kind: Self.kind)
    self = try source.section("arm") { part throws(CheckpointError) in try part.value() }
    try source.finish()
  }
}

extension ClientWork: CheckpointValue {
  func write(to out: inout CheckpointWriter) {
    out.put(rows)
    out.put(plannedSteps)
    out.put(examples)
  }

  init(from source: inout CheckpointReader) throws(CheckpointError) {
    self.init(
      rows: try source.integer(), plannedSteps: try source.integer(),
      examples: try source.integer())
  }
}

extension ClientCourse: CheckpointValue {
  func write(to out: inout CheckpointWriter) {
    out.put(client)
    out.put(round)
    out.put(work)
    out.put(cause?.rawValue)
    out.put(steps)
    out.put(at)
    out.put(bytesDown)
    out.put(uplink)
    out.put(deadline)
    out.put(offline)
    out.put(vanishesAfterUpload)
    out.put(bytesCut)
  }

  init(from source: inout CheckpointReader) throws(CheckpointError) {
    let (client, round) = (try source.integer(), try source.integer())
    let work: ClientWork = try source.value()
    var cause: OutcomeCause?
    if let name = try source.optional(String.self) {
      guard let known = OutcomeCause(rawValue: name) else {
        throw CheckpointError("the unknown word '\(name)'")
      }
      cause = known
    }
    self.init(
      client: client, round: round, work: work, cause: cause, steps: try source.integer(),
      at: try source.double(), bytesDown: try source.integer(), uplink: try source.double(),
      deadline: try source.double(), offline: try source.double(),
      vanishesAfterUpload: try source.bool())
    bytesCut = try source.integer()
  }
}

extension Underway.Task: CheckpointValue {
  func write(to out: inout CheckpointWriter) {
    out.put(course)
    out.put(modelVersion)
    out.put(firstPass)
    out.put(end)
  }

  init(from source: inout CheckpointReader) throws(CheckpointError) {
    self.init(
      course: try source.value(), modelVersion: try source.integer(),
      firstPass: try source.integer(), end: try source.double())
  }
}
