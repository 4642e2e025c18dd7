import AssayStatistics
import CKernels

/// The machinery that one arm trains with: network, threads, and memory that is used again for every
/// client. A session lives in the thread that made it; workers touch only their own arena.
final class Session {
  /// One worker's memory.
  struct Arena {
    let workspace: Memory<Float>
    let order: Memory<Int32>
    /// Rows gathered to be judged.
    let gathered: Memory<Float>
    let gatheredLabels: Memory<Int32>
    let gatheredTargets: Memory<Float>
  }

  /// How good a model is on the test rows.
  struct Quality {
    /// Mean cross-entropy; half the mean squared error for a numeric label.
    var loss: Double
    /// Share of right predictions; `nil` for a numeric label.
    var accuracy: Double?
  }

  let data: ScaledData
  let network: Network
  let randomness: Randomness
  let pool: WorkerPool
  let initial: [Float]
  /// What is repeated instead of drawn; `nil` outside of tests.
  let replay: Replay?
  let arenas: [Arena]
  private let evaluationRows = 256
  private(set) var trainTime = Duration.zero
  private(set) var evaluateTime = Duration.zero
  /// Processor seconds of training, all threads.
  private(set) var trainProcessorTime = 0.0

  /// - Parameters:
  ///   - largest: Rows of the largest party, which with the batch size sets the memory.
  ///   - trainers: How many workers train at the same time; the others only evaluate.
  init(
    data: ScaledData, model: ModelSpecification, seed: Int, threads: Int, local: LocalTraining,
    largest: Int, trainers: Int, replay: Replay? = nil
  ) {
    self.data = data
    self.replay = replay
    let network = Network(
      model, features: data.raw.featureCount, classCount: data.raw.classCount)
    self.network = network
    randomness = Randomness(seed: seed)
    pool = WorkerPool(threads: threads)
    initial =
      replay.map { [Float](repeating: $0.initial, count: network.paddedCount) }
      ?? network.initialParameters(randomness)
    let batch = max(evaluationRows, min(local.batchSize, largest))
    let (forTraining, forEvaluation) = (
      network.workspaceCount(rows: batch), network.workspaceCount(rows: evaluationRows)
    )
    let evaluationRows = evaluationRows
    arenas = (0..<pool.workers).map { worker in
      let trains = worker < trainers
      return Arena(
        workspace: Memory(repeating: 0, count: trains ? forTraining : forEvaluation),
        order: Memory(repeating: 0, count: trains ? largest : 0),
        gathered: Memory(repeating: 0, count: evaluationRows * data.raw.featureCount),
        gatheredLabels: Memory(repeating: 0, count: evaluationRows),
        gatheredTargets: Memory(repeating: 0, count: evaluationRows))
    }
  }

  /// The training labels turned around: `classes − 1 − label`.
  private(set) lazy var turnedLabels: [Int32] = {
    let last = Int32(data.raw.classCount - 1)
    return data.raw.trainLabels.map { last - $0 }
  }()

  /// The training targets with the opposite sign.
  private(set) lazy var turnedTargets: [Float] = data.raw.trainTargets.map { -$0 }

  /// Turns labels around before workers that need it run side by side.
  func prepareTurnedLabels() { _ = (turnedLabels, turnedTargets) }

  /// Runs work that counts as training.
  func training<Result>(_ work: () -> Result) -> Result {
    let clock = ContinuousClock()
    let start = clock.now
    let processor = assay_processor_seconds()
    defer {
      trainTime += clock.now - start
      trainProcessorTime += assay_processor_seconds() - processor
    }
    return work()
  }

  /// Mean loss of a model over all training rows; blocks of rows are summed in order.
  func pooledTrainingLoss(_ parameters: UnsafePointer<Float>) -> Double? {
    timedEvaluation {
      let rows = data.raw.trainCount
      let blocks = (rows + evaluationRows - 1) / evaluationRows
      let losses = Memory<Double>(repeating: 0, count: blocks)
      pool.run(blocks) { block, worker in
        let first = block * evaluationRows
        var correct: Int64 = 0
        withTrainingRows { source in
          withUnsafePointer(to: network.description) { network in
            assay_evaluate(
              network, parameters, arenas[worker].workspace.start,
              assay_rows(
                features: source.features + first * data.raw.featureCount,
                labels: source.labels.map { $0 + first }, targets: source.targets.map { $0 + first }
              ),
              Int32(min(evaluationRows, rows - first)), losses.start + block, &correct)
          }
        }
      }
      let loss = losses.array.reduce(0, +) / Double(rows)
      return loss.isFinite ? loss : nil
    }
  }

  /// How one client descends, beside its plan.
  struct Descent {
    var plan: LocalTraining
    /// The number of the first pass; a client's pass has the same order of rows whichever arm asks.
    var firstPass: Int
    /// The most steps, when fewer than the plan's.
    var mostSteps: Int?
    /// Weight of the pull towards ``anchor``.
    var proximal = 0.0
    var anchor: UnsafePointer<Float>?
    /// A vector that is added to each gradient.
    var correction: UnsafePointer<Float>?
    /// Whether labels are turned around (`classes − 1 − label`, or the target with the opposite sign),
    /// as an adversary does.
    var turnsLabels = false
  }

  /// Trains `parameters` in place over the given rows and returns the steps it took.
  @discardableResult
  func descend(
    _ parameters: UnsafeMutablePointer<Float>, rows: some Collection<Int32>, client: Int,
    _ descent: Descent, worker: Int
  ) -> Int {
    guard !rows.isEmpty else { return 0 }
    let arena = arenas[worker]
    let plan = descent.plan
    var left = min(descent.mostSteps ?? .max, plan.mostSteps ?? .max)
    var steps = 0
    withTrainingRows(turnsLabels: descent.turnsLabels) { source in
      for epoch in 0..<plan.epochs where left > 0 {
        var count = 0
        for row in rows {
          arena.order.start[count] = row
          count += 1
        }
        let pass = descent.firstPass + epoch
        if let order = replay?.order(client: client, pass: pass) {
          let first = rows.startIndex
          for (at, position) in order.enumerated() {
            arena.order.start[at] = rows[rows.index(first, offsetBy: Int(position))]
          }
        } else {
          randomness.shuffle(
            arena.order.start, count: count, .order, client: client, round: pass)
        }
        var kernel = assay_descent(
          batch: Int32(min(plan.batchSize, count)), learning_rate: Float(plan.learningRate),
          most_steps: Int64(left), proximal: Float(descent.proximal), anchor: descent.anchor,
          correction: descent.correction)
        let done = withUnsafePointer(to: network.description) { network in
          assay_sgd_pass(
            network, parameters, arena.workspace.start, source, arena.order.start, Int64(count),
            &kernel)
        }
        steps += Int(done)
        left -= Int(done)
      }
    }
    return steps
  }

  /// Lends the training rows as the kernels want them.
  func withTrainingRows(turnsLabels: Bool = false, _ work: (assay_rows) -> Void) {
    let isRegression = data.raw.isRegression
    data.train.withUnsafeBufferPointer { features in
      guard let features = features.baseAddress else { return }
      if isRegression {
        (turnsLabels ? turnedTargets : data.raw.trainTargets).withUnsafeBufferPointer { targets in
          work(assay_rows(features: features, labels: nil, targets: targets.baseAddress))
        }
      } else {
        (turnsLabels ? turnedLabels : data.raw.trainLabels).withUnsafeBufferPointer { labels in
          work(assay_rows(features: features, labels: labels.baseAddress, targets: nil))
        }
      }
    }
  }

  /// Mean loss of a model on some training rows, in the calling worker alone; 0 without rows.
  func trainingLoss(
    _ parameters: UnsafePointer<Float>, rows: some Collection<Int32>, worker: Int
  ) -> Double {
    guard !rows.isEmpty else { return 0 }
    let width = data.raw.featureCount
    let arena = arenas[worker]
    var total = 0.0
    var filled = 0
    withTrainingRows { source in
      func flush() {
        guard filled > 0 else { return }
        var loss = 0.0
        var correct: Int64 = 0
        let rows = assay_rows(
          features: arena.gathered.start, labels: arena.gatheredLabels.start,
          targets: arena.gatheredTargets.start)
        withUnsafePointer(to: network.description) { network in
          assay_evaluate(
            network, parameters, arena.workspace.start, rows, Int32(filled), &loss, &correct)
        }
        total += loss
        filled = 0
      }
      for row in rows {
        (arena.gathered.start + filled * width)
          .update(from: source.features + Int(row) * width, count: width)
        if let labels = source.labels { arena.gatheredLabels[filled] = labels[Int(row)] }
        if let targets = source.targets { arena.gatheredTargets[filled] = targets[Int(row)] }
        filled += 1
        if filled == evaluationRows { flush() }
      }
      flush()
    }
    return total / Double(rows.count)
  }

  /// The quality of a model on the test rows; `nil` without test rows. Blocks of rows are summed in
  /// order, so threads do not show.
  func evaluate(_ parameters: UnsafePointer<Float>) -> Quality? {
    timedEvaluation {
      let rows = data.raw.testCount
      guard rows > 0 else { return nil }
      let blocks = (rows + evaluationRows - 1) / evaluationRows
      let losses = Memory<Double>(repeating: 0, count: blocks)
      let correct = Memory<Int64>(repeating: 0, count: blocks)
      pool.run(blocks) { block, worker in
        evaluateBlock(
          block, parameters, data.test, worker, loss: losses.start + block,
          correct: correct.start + block)
      }
      let loss = losses.array.reduce(0, +) / Double(rows)
      let right = Double(correct.array.reduce(0, +)) / Double(rows)
      return Quality(loss: loss, accuracy: data.raw.isRegression ? nil : right)
    }
  }

  /// How many of all test rows a model gets right, and its loss summed over them, in the calling worker
  /// alone.
  func testSums(
    _ parameters: UnsafePointer<Float>, test: [Float], worker: Int
  ) -> (loss: Double, correct: Int) {
    let rows = data.raw.testCount
    var total: Int64 = 0
    var sum = 0.0
    for block in 0..<((rows + evaluationRows - 1) / evaluationRows) {
      var loss = 0.0
      var correct: Int64 = 0
      evaluateBlock(block, parameters, test, worker, loss: &loss, correct: &correct)
      total += correct
      sum += loss
    }
    return (sum, Int(total))
  }

  private func evaluateBlock(
    _ block: Int, _ parameters: UnsafePointer<Float>, _ test: [Float], _ worker: Int,
    loss: UnsafeMutablePointer<Double>, correct: UnsafeMutablePointer<Int64>
  ) {
    let first = block * evaluationRows
    let count = min(evaluationRows, data.raw.testCount - first)
    let (labels, targets) = (data.raw.testLabels, data.raw.testTargets)
    test.withUnsafeBufferPointer { features in
      labels.withUnsafeBufferPointer { labels in
        targets.withUnsafeBufferPointer { targets in
          guard let features = features.baseAddress else { return }
          withUnsafePointer(to: network.description) { network in
            assay_evaluate(
              network, parameters, arenas[worker].workspace.start,
              assay_rows(
                features: features + first * data.raw.featureCount,
                labels: labels.isEmpty ? nil : labels.baseAddress.map { $0 + first },
                targets: targets.isEmpty ? nil : targets.baseAddress.map { $0 + first }),
              Int32(count), loss, correct)
          }
        }
      }
    }
  }

  /// Probabilities (predictions, for a numeric label) of one model on the given rows of a scaled matrix,
  /// written to `scores` at the same row numbers. The logits are float32; the probabilities are
  /// computed from them in double.
  func score(
    _ parameters: UnsafePointer<Float>, rows: [Int32], of features: [Float],
    into scores: UnsafeMutablePointer<Double>, worker: Int
  ) {
    let outputs = network.outputs
    let width = data.raw.featureCount
    let gathered = arenas[worker].gathered
    let logits = Memory<Float>(repeating: 0, count: evaluationRows * outputs)
    features.withUnsafeBufferPointer { features in
      guard let features = features.baseAddress else { return }
      for start in stride(from: 0, to: rows.count, by: evaluationRows) {
        let part = rows[start..<min(rows.count, start + evaluationRows)]
        for (at, row) in part.enumerated() {
          (gathered.start + at * width).update(from: features + Int(row) * width, count: width)
        }
        withUnsafePointer(to: network.description) { network in
          assay_logits(
            network, parameters, arenas[worker].workspace.start, gathered.start,
            Int32(part.count), logits.start)
        }
        for (at, row) in part.enumerated() {
          if data.raw.isRegression {
            scores[Int(row)] = Double(logits[at])
            continue
          }
          Self.probabilities(
            of: UnsafeBufferPointer(start: logits.start + at * outputs, count: outputs),
            into: scores + Int(row) * outputs)
        }
      }
    }
  }

  /// Probabilities, or predictions, of one model on all test rows.
  func scores(_ parameters: UnsafePointer<Float>) -> [Double] {
    timedEvaluation {
      let rows = data.raw.testCount
      let scores = Memory<Double>(repeating: 0, count: rows * network.outputs)
      let block = 1_024
      pool.run((rows + block - 1) / block) { index, worker in
        score(
          parameters, rows: Array(Int32(index * block)..<Int32(min(rows, (index + 1) * block))),
          of: data.test, into: scores.start, worker: worker)
      }
      return scores.array
    }
  }

  /// Runs work that counts as evaluation.
  func timedEvaluation<Result>(_ work: () -> Result) -> Result {
    let clock = ContinuousClock()
    let start = clock.now
    defer { evaluateTime += clock.now - start }
    return work()
  }

  /// Sigmoid of one logit, softmax of more, in double.
  static func probabilities(
    of logits: UnsafeBufferPointer<Float>, into out: UnsafeMutablePointer<Double>
  ) {
    if logits.count == 1 {
      let z = Double(logits[0])
      let e = PortableMath.exp(-abs(z))
      out[0] = (z >= 0 ? 1 : e) / (1 + e)
      return
    }
    let largest = Double(logits.max() ?? 0)
    var sum = 0.0
    for (index, logit) in logits.enumerated() {
      out[index] = PortableMath.exp(Double(logit) - largest)
      sum += out[index]
    }
    for index in logits.indices { out[index] /= sum }
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
