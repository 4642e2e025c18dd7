import AssayRuns
import AssayStatistics

extension Trainer {
  /// The minimum of the mean training loss over all rows, by L-BFGS in double from the initial model; for
  /// the squared error from the solution of the normal equations, see ``LeastSquares``.
  ///
  /// It is the ceiling that training on these rows can reach in the loss, for models without hidden layers,
  /// whose loss is convex. Where classes can be separated the loss has no minimum; then the search ends
  /// with its iterations, and says so. The tolerance is for the gradient of the cross-entropy; the
  /// gradient of the squared error has the units of label and inputs, so there the tolerance is relative
  /// to its largest component at the initial model, where that is above 1.
  /// - Note: Source: Nocedal and Wright 2006, Numerical Optimization, algorithm 7.5, with backtracking
  ///   (algorithm 3.1).
  func optimum(
    _ search: OptimumSearch, _ session: Session, _ observer: TrainingObserver
  ) -> TrainedArm {
    precondition(session.network.widths.count == 2, "a model without hidden layers")
    var arm = TrainedArm()
    var history = LossHistory()
    let objective = ConvexLoss(session)
    let initial = objective.parameters(of: session.initial)
    var search = search
    let (report, parameters) = session.training {
      guard session.data.raw.isRegression else {
        return LimitedMemoryBFGS(search).minimize(objective, from: initial, observer)
      }
      var gradient = [Double](repeating: 0, count: objective.count)
      _ = objective.evaluate(initial, gradient: &gradient)
      search.tolerance *= max(1, gradient.reduce(0) { max($0, abs($1)) })
      let solution = LeastSquares(session).solve()
      var (report, parameters) = LimitedMemoryBFGS(search).minimize(
        objective, from: solution ?? initial, observer)
      if solution != nil { report.iterations += 1 }
      return (report, parameters)
    }
    let model = Memory<Float>(repeating: 0, count: session.network.paddedCount)
    objective.write(parameters, to: model)
    session.initial.withUnsafeBufferPointer { initial in
      if let start = initial.baseAddress {
        arm.initialMetrics = history.add(session.evaluate(start))
      }
    }
    arm.rounds = [
      Round(round: 1, metrics: history.add(session.evaluate(model.start)), aggregated: true)
    ]
    arm.gradientSteps = report.iterations
    arm.examplesProcessed = objective.evaluations * session.data.raw.trainCount
    arm.optimum = report
    if !report.hasConverged {
      arm.notes.append(
        "the search ended after \(report.iterations) iterations with a gradient of "
          + "\(report.gradient), above the tolerance of \(search.tolerance): "
          + "the loss is an upper bound of the optimum's")
    }
    arm.countPooledClients(session.data)
    arm.finish(session, model: model)
    return arm
  }
}

/// Mean cross-entropy (half the mean squared error, for a numeric label) over all training rows and its
/// gradient, in double.
///
/// Rows are cut into the same number of parts whatever the number of threads, and the parts' sums are
/// added in order.
final class ConvexLoss {
  /// How often it was computed.
  private(set) var evaluations = 0
  private let session: Session
  private let width: Int
  private let outputs: Int
  private let rows: Int
  private let parts = 64
  private let losses: Memory<Double>
  private let gradients: Memory<Double>

  /// Number of parameters: weights `[feature][output]`, then biases.
  var count: Int { (width + 1) * outputs }

  init(_ session: Session) {
    self.session = session
    width = session.data.raw.featureCount
    outputs = session.network.outputs
    rows = session.data.raw.trainCount
    losses = Memory(repeating: 0, count: parts)
    gradients = Memory(repeating: 0, count: parts * (width + 1) * outputs)
  }

  /// The parameters of a padded model.
  func parameters(of model: [Float]) -> [Double] {
    var result: [Double] = []
    for run in session.network.liveRuns {
      result += model[run.start..<(run.start + run.count)].map { Double($0) }
    }
    return result
  }

  /// Writes parameters into a padded model, rounded to float32.
  func write(_ parameters: [Double], to model: Memory<Float>) {
    var next = 0
    for run in session.network.liveRuns {
      for i in run.start..<(run.start + run.count) {
        model[i] = Float(parameters[next])
        next += 1
      }
    }
  }

  /// The mean loss, and its gradient into `gradient`.
  func evaluate(_ parameters: [Double], gradient: inout [Double]) -> Double {
    evaluations += 1
    let size = (rows + parts - 1) / parts
    parameters.withUnsafeBufferPointer { parameters in
      guard let parameters = parameters.baseAddress else { return }
      session.pool.run(parts) { part, _ in
        let first = min(rows, part * size)
        losses[part] = sum(
          rows: first..<min(rows, first + size), parameters,
          gradient: gradients.start + part * count)
      }
    }
    var loss = 0.0
    for part in 0..<parts { loss += losses[part] }
    for i in 0..<count {
      var total = 0.0
      for part in 0..<parts { total += gradients[part * count + i] }
      gradient[i] = total / Double(rows)
    }
    return loss / Double(rows)
  }

  private func sum(
    rows: Range<Int>, _ parameters: UnsafePointer<Double>, gradient: UnsafeMutablePointer<Double>
  ) -> Double {
    gradient.update(repeating: 0, count: count)
    var loss = 0.0
    let exact = Memory<Double>(repeating: 0, count: outputs)
    session.withTrainingRows { source in
      for row in rows {
        let x = source.features + row * width
        exact.start.update(from: parameters + width * outputs, count: outputs)
        for f in 0..<width where x[f] != 0 {
          let value = Double(x[f])
          let weights = parameters + f * outputs
          for j in 0..<outputs { exact[j] += value * weights[j] }
        }
        if let labels = source.labels {
          loss += Self.derivative(exact.start, outputs, label: Int(labels[row]))
        } else if let targets = source.targets {
          exact[0] -= Double(targets[row])
          loss += exact[0] * exact[0] / 2
        }
        for f in 0..<width where x[f] != 0 {
          let value = Double(x[f])
          let out = gradient + f * outputs
          for j in 0..<outputs { out[j] += value * exact[j] }
        }
        let bias = gradient + width * outputs
        for j in 0..<outputs { bias[j] += exact[j] }
      }
    }
    return loss
  }

  /// Replaces logits by the derivative of the cross-entropy and returns that.
  private static func derivative(
    _ z: UnsafeMutablePointer<Double>, _ outputs: Int, label: Int
  ) -> Double {
    if outputs == 1 {
      let e = PortableMath.exp(-abs(z[0]))
      let loss = max(z[0], 0) - (label == 1 ? z[0] : 0) + PortableMath.log1p(e)
      z[0] = (z[0] >= 0 ? 1 : e) / (1 + e) - (label == 1 ? 1 : 0)
      return loss
    }
    var largest = z[0]
    for j in 1..<outputs { largest = max(largest, z[j]) }
    let own = z[label] - largest
    var total = 0.0
    for j in 0..<outputs {
      z[j] = PortableMath.exp(z[j] - largest)
      total += z[j]
    }
    for j in 0..<outputs { z[j] /= total }
    z[label] -= 1
    return PortableMath.log(total) - own
  }
}

/// Minimises a smooth convex function with the curvature of its last steps.
struct LimitedMemoryBFGS {
  let search: OptimumSearch
  private let memory = 10

  init(_ search: OptimumSearch) { self.search = search }

  func minimize(
    _ objective: ConvexLoss, from start: [Double], _ observer: TrainingObserver
  ) -> (OptimumReport, [Double]) {
    var x = start
    var gradient = [Double](repeating: 0, count: x.count)
    var loss = objective.evaluate(x, gradient: &gradient)
    var steps: [(s: [Double], y: [Double], rho: Double)] = []
    var iteration = 0
    while iteration < search.iterations, largest(gradient) > search.tolerance {
      iteration += 1
      var direction = self.direction(gradient, steps)
      var slope = dot(direction, gradient)
      if !(slope < 0) {
        direction = gradient.map { -$0 }
        slope = -dot(gradient, gradient)
        steps = []
      }
      var length = steps.isEmpty ? min(1, 1 / largest(gradient)) : 1
      var next = x
      var nextGradient = gradient
      var nextLoss = loss
      var isLower = false
      for _ in 0..<60 {
        for i in x.indices { next[i] = x[i] + length * direction[i] }
        nextLoss = objective.evaluate(next, gradient: &nextGradient)
        if nextLoss <= loss + 1e-4 * length * slope {
          isLower = true
          break
        }
        length /= 2
      }
      // Nothing lower in this direction: rounding is all that is left.
      if !isLower { break }
      let s = zip(next, x).map { $0 - $1 }
      let y = zip(nextGradient, gradient).map { $0 - $1 }
      let curvature = dot(s, y)
      if curvature > 0 {
        steps.append((s, y, 1 / curvature))
        if steps.count > memory { steps.removeFirst() }
      }
      (x, gradient, loss) = (next, nextGradient, nextLoss)
      if iteration % 20 == 0 { observer.progress("iteration \(iteration), loss \(loss)") }
    }
    let report = OptimumReport(
      iterations: iteration, gradient: largest(gradient),
      hasConverged: largest(gradient) <= search.tolerance)
    return (report, x)
  }

  /// The two-loop recursion (algorithm 7.4).
  private func direction(
    _ gradient: [Double], _ steps: [(s: [Double], y: [Double], rho: Double)]
  ) -> [Double] {
    var q = gradient
    var alphas = [Double](repeating: 0, count: steps.count)
    for index in steps.indices.reversed() {
      let step = steps[index]
      alphas[index] = step.rho * dot(step.s, q)
      for i in q.indices { q[i] -= alphas[index] * step.y[i] }
    }
    if let last = steps.last {
      let scale = 1 / (last.rho * dot(last.y, last.y))
      for i in q.indices { q[i] *= scale }
    }
    for (index, step) in steps.enumerated() {
      let beta = step.rho * dot(step.y, q)
      for i in q.indices { q[i] += (alphas[index] - beta) * step.s[i] }
    }
    return q.map { -$0 }
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for i in a.indices { sum += a[i] * b[i] }
    return sum
  }

  private func largest(_ a: [Double]) -> Double { a.reduce(0) { max($0, abs($1)) } }
}
