/// Everything that a federated arm holds between two rounds.
struct FederatedCheckpoint {
  static let kind = "federated arm"

  var arm: TrainedArm
  var nextRound: Int
  var clock: Double
  var modelVersion: Int
  var releasedRounds: Int
  var trainedUpdates: Int
  var earlier: EarlierTimes
  var losses: [Double]
  var weightOfClient: [Double]
  var tasksOfClient: [Int32]
  var refused: [Int]
  var log: [UInt8]
  var model: [Float]
  var vectors: [String: [Double]]
  var scalars: [String: Double]
  var clientVectors: [String: [Int: [Float]]]
  var tasks: [Underway.Task]
  var started: Int
  var models: [Int: [Float]]
}

extension FederatedTraining {
  /// Writes everything that the rounds behind depend on.
  func write(to out: inout CheckpointWriter) {
    out.section("arm") { $0.put(arm) }
    out.section("progress") { part in
      part.put(nextRound)
      part.put(clock)
      part.put(modelVersion)
      part.put(releasedRounds)
      part.put(trainedUpdates)
      part.put(EarlierTimes(session, after: earlier))
      part.put(numbers: history.losses)
    }
    out.section("clients") { part in
      part.put(numbers: weightOfClient)
      part.put(numbers: tasksOfClient)
      part.put(numbers: refused.sorted())
    }
    out.section("log") { $0.put(numbers: log) }
    out.section("server") { part in
      part.put(server.model)
      part.put(server.scalars)
      part.put(server.vectors.count)
      for (name, vector) in server.vectors.sorted(by: { $0.key < $1.key }) {
        part.put(name)
        part.put(vector)
      }
    }
    out.section("vectors of clients") { part in
      part.put(server.clientVectors.count)
      for (name, vectors) in server.clientVectors.sorted(by: { $0.key < $1.key }) {
        part.put(name)
        part.put(vectors)
      }
    }
    out.section("under way") { part in
      part.put(underway.tasks)
      part.put(underway.started)
      part.put(underway.models)
    }
  }

  /// Goes on from a checkpoint.
  func restore(_ saved: FederatedCheckpoint) {
    arm = saved.arm
    nextRound = saved.nextRound
    clock = saved.clock
    modelVersion = saved.modelVersion
    releasedRounds = saved.releasedRounds
    trainedUpdates = saved.trainedUpdates
    earlier = saved.earlier
    history = LossHistory(losses: saved.losses)
    weightOfClient = saved.weightOfClient
    tasksOfClient = saved.tasksOfClient
    refused = Set(saved.refused)
    log = saved.log
    server.restore(
      model: saved.model, vectors: saved.vectors, scalars: saved.scalars,
      clientVectors: saved.clientVectors)
    underway = Underway(
      tasks: saved.tasks, started: saved.started, models: saved.models.mapValues { Memory($0) })
  }

  /// Reads a checkpoint and checks that it fits this arm.
  func read(_ source: inout CheckpointReader) throws(CheckpointError) -> FederatedCheckpoint {
    let saved = try FederatedCheckpoint(from: &source)
    try source.finish()
    let clients = server.clientCount
    let size = server.model.count
    func isClient(_ index: Int) -> Bool { index >= 0 && index < clients }
    guard (1...(plan.rounds + 1)).contains(saved.nextRound), saved.arm.status == .completed else {
      throw CheckpointError("of another plan")
    }
    guard saved.weightOfClient.count == clients, saved.tasksOfClient.count == clients,
      saved.tasksOfClient.allSatisfy({ $0 >= 0 }), saved.refused.allSatisfy(isClient)
    else { throw CheckpointError("of other clients") }
    guard saved.model.count == size,
      saved.vectors.values.allSatisfy({ $0.count == size || $0.count == clients }),
      saved.clientVectors.values.allSatisfy({ vectors in
        vectors.allSatisfy { isClient($0.key) && $0.value.count == size }
      }), saved.models.values.allSatisfy({ $0.count == size })
    else { throw CheckpointError("of another model") }
    guard saved.started >= 0,
      saved.tasks.allSatisfy({ task in
        isClient(task.course.client) && saved.models[task.modelVersion] != nil
          && task.firstPass >= 0
      })
    else { throw CheckpointError("with a task that cannot be") }
    return saved
  }
}

extension FederatedCheckpoint {
  init(from source: inout CheckpointReader) throws(CheckpointError) {
    arm = try source.section("arm") { part throws(CheckpointError) in try part.value() }
    (nextRound, clock, modelVersion, releasedRounds, trainedUpdates, earlier, losses) =
      try source.section("progress") { part throws(CheckpointError) in
        (
          try part.integer(), try part.double(), try part.integer(), try part.integer(),
          try part.integer(), try part.value(EarlierTimes.self), try part.numbers(Double.self)
        )
      }
    (weightOfClient, tasksOfClient, refused) = try source.section("clients") {
      part throws(CheckpointError) in
      (
        try part.numbers(Double.self), try part.numbers(Int32.self), try part.numbers(Int.self)
      )
    }
    log = try source.section("log") { part throws(CheckpointError) in try part.numbers() }
    (model, scalars, vectors) = try source.section("server") { part throws(CheckpointError) in
      let model = try part.numbers(Float.self)
      let scalars = try part.dictionary(Double.self)
      var vectors: [String: [Double]] = [:]
      for _ in 0..<(try part.count()) { vectors[try part.text()] = try part.numbers() }
      return (model, scalars, vectors)
    }
    clientVectors = try source.section("vectors of clients") { part throws(CheckpointError) in
      var vectors: [String: [Int: [Float]]] = [:]
      for _ in 0..<(try part.count()) { vectors[try part.text()] = try part.floatVectors() }
      return vectors
    }
    (tasks, started, models) = try source.section("under way") { part throws(CheckpointError) in
      (try part.list(Underway.Task.self), try part.integer(), try part.floatVectors())
    }
  }
}

extension CheckpointWriter {
  /// Vectors in the order of their numbers.
  fileprivate mutating func put(_ vectors: [Int: Memory<Float>]) {
    put(vectors.count)
    for (number, vector) in vectors.sorted(by: { $0.key < $1.key }) {
      put(number)
      put(vector)
    }
  }
}

extension CheckpointReader {
  fileprivate mutating func floatVectors() throws(CheckpointError) -> [Int: [Float]] {
    var vectors: [Int: [Float]] = [:]
    for _ in 0..<(try count()) { vectors[try integer()] = try numbers() }
    return vectors
  }
}
