import AssayRuns

/// Where a training keeps what it has done, so that one that was killed goes on from there.
///
/// Federated arms are kept between rounds, centralized ones between epochs; the others are short and
/// start anew. What is kept is the whole state, with every bit of every number. Random numbers have no
/// state: they are addressed by purpose, client and round. So the end is that of a training which was
/// never interrupted, on any number of threads.
///
/// Arms with `noise: system` are the exception, since nobody records the generator's key: the rest of
/// such an arm has fresh noise and fresh sampling. Its guarantee holds nevertheless: noise of different
/// releases is independent anyway, and a round that ran and was lost with the process was never released.
/// With tree aggregation the noise of different rounds hangs together, so such an arm starts anew.
public struct TrainingCheckpoints {
  /// Whom checkpoints belong to: pilot, data, version, arm and seed.
  public var key: String
  /// What was kept before, the newest first.
  public var saved: () -> [[UInt8]]
  /// Whether it is time for a checkpoint; asked between rounds and epochs.
  public var isDue: () -> Bool
  /// Takes a checkpoint.
  public var save: ([UInt8]) -> Void
  /// Told where training goes on, and which checkpoints are not used.
  public var report: (String) -> Void

  /// Creates the hooks.
  public init(
    key: String, saved: @escaping () -> [[UInt8]], isDue: @escaping () -> Bool,
    save: @escaping ([UInt8]) -> Void, report: @escaping (String) -> Void = { _ in }
  ) {
    self.key = key
    self.saved = saved
    self.isDue = isDue
    self.save = save
    self.report = report
  }
}

extension TrainingObserver {
  /// Keeps a state when it is time to.
  func keep(_ kind: String, _ write: (inout CheckpointWriter) -> Void) {
    guard let checkpoints, checkpoints.isDue() else { return }
    var out = CheckpointWriter(key: checkpoints.key, kind: kind)
    write(&out)
    checkpoints.save(out.sealed())
  }

  /// The newest state that can be read; `nil` when there is none.
  func resume<State>(
    _ kind: String, _ read: (inout CheckpointReader) throws(CheckpointError) -> State
  ) -> State? {
    guard let checkpoints else { return nil }
    for bytes in checkpoints.saved() {
      do {
        var source = try CheckpointReader(bytes, key: checkpoints.key, kind: kind)
        let state = try read(&source)
        try source.finish()
        return state
      } catch {
        checkpoints.report("a checkpoint is not used: \(error.reason)")
      }
    }
    return nil
  }
}

/// How long an arm trained before it was interrupted; for `timings.json` and nothing else.
struct EarlierTimes: CheckpointValue {
  var train = 0.0
  var processor = 0.0
  var evaluate = 0.0

  init() {}

  /// The times of a session and of those before it.
  init(_ session: Session, after earlier: EarlierTimes) {
    train = earlier.train + session.trainTime.seconds
    processor = earlier.processor + session.trainProcessorTime
    evaluate = earlier.evaluate + session.evaluateTime.seconds
  }

  func write(to out: inout CheckpointWriter) {
    out.put(train)
    out.put(processor)
    out.put(evaluate)
  }

  init(from source: inout CheckpointReader) throws(CheckpointError) {
    train = try source.double()
    processor = try source.double()
    evaluate = try source.double()
  }
}

extension TrainedArm {
  /// Adds the time that was spent before an interruption.
  mutating func add(_ earlier: EarlierTimes) {
    trainSeconds += earlier.train
    trainProcessorSeconds += earlier.processor
    evaluateSeconds += earlier.evaluate
  }
}

/// A centralized arm between two epochs.
struct CentralizedState {
  static let kind = "centralized arm"

  var arm = TrainedArm()
  var history = LossHistory()
  /// Epochs that are over.
  var epochs = 0
  /// Steps that are left.
  var stepsLeft: Int
  var earlier = EarlierTimes()
}

extension CentralizedState {
  func write(to out: inout CheckpointWriter, model: Memory<Float>, _ session: Session) {
    out.section("arm") { $0.put(arm) }
    out.section("progress") { part in
      part.put(numbers: history.losses)
      part.put(epochs)
      part.put(stepsLeft)
      part.put(EarlierTimes(session, after: earlier))
    }
    out.section("model") { $0.put(model) }
  }

  /// Reads a state and writes its model.
  init(
    from source: inout CheckpointReader, model: Memory<Float>, plan: LocalTraining
  ) throws(CheckpointError) {
    arm = try source.section("arm") { part throws(CheckpointError) in try part.value() }
    (history, epochs, stepsLeft, earlier) = try source.section("progress") {
      part throws(CheckpointError) in
      (
        LossHistory(losses: try part.numbers()), try part.integer(), try part.integer(),
        try part.value(EarlierTimes.self)
      )
    }
    let values: [Float] = try source.section("model") { part throws(CheckpointError) in
      try part.numbers()
    }
    try source.finish()
    guard values.count == model.count else { throw CheckpointError("of another model") }
    guard (0...plan.epochs).contains(epochs), stepsLeft >= 0 else {
      throw CheckpointError("of another plan")
    }
    for (index, value) in values.enumerated() { model[index] = value }
  }
}
