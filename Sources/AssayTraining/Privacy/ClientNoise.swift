import CKernels

/// Local differential privacy: what a client does to its update before it sends it.
enum LocalNoise {
  /// Clips the update and adds noise to every live coordinate, in double, rounded once.
  ///
  /// An update that is not finite is sent as a zero update with noise: what is released must not depend
  /// on whether training diverged.
  /// - Returns: The norm of the update before noise, and whether the clip shortened it (or it was not
  ///   finite); for the record of the simulation, which the guarantee does not cover.
  static func apply(
    to model: UnsafeMutablePointer<Float>, base: UnsafePointer<Float>, privacy: PrivateTraining,
    network: Network, client: Int, round: Int, randomness: Randomness, noise: Memory<Double>
  ) -> (norm: Double, isClipped: Bool) {
    let isFinite = assay_all_finite(model, Int64(network.paddedCount))
    if !isFinite { model.update(from: base, count: network.paddedCount) }
    let norm = assay_update_norm(model, base, Int64(network.paddedCount))
    let factor = ClippedSum.factor(norm: norm, clip: privacy.clip, count: network.liveCount)
    let deviation = privacy.noiseMultiplier * privacy.clip
    if deviation > 0 {
      randomness.normals(
        .localNoise, client: client, round: round, into: noise.start, count: noise.count)
    }
    var next = noise.start
    for run in network.liveRuns {
      for i in 0..<run.count {
        let at = run.start + i
        let update = factor * (Double(model[at]) - Double(base[at]))
        let random = deviation > 0 ? next[i] * deviation : 0
        model[at] = Float(Double(base[at]) + update + random)
      }
      next += run.count
    }
    return (factor * norm, !isFinite || norm > privacy.clip)
  }
}

/// What one step of example-level DP-SGD needs beside the client's plan.
struct ExampleStep {
  /// Probability with which each row joins a step.
  var rate: Double
  /// Bound on the L2 norm of a row's gradient.
  var clip: Double
  /// Standard deviation of the noise on the sum of gradients, in each coordinate.
  var deviation: Double
  /// Where sampling and noise come from.
  var randomness: Randomness

  /// Steps that stand for one pass over the rows: `1 / rate`, rounded.
  static func stepsOfEpoch(rate: Double) -> Int { max(1, Int((1 / rate).rounded())) }
}

extension Session {
  /// Trains `parameters` in place by example-level DP-SGD.
  ///
  /// The divisor of a step is the expected number of its rows, `rate · rows`, which does not depend on the
  /// draw. The number of a client's step, through all rounds, addresses its draws.
  /// - Returns: Steps taken, rows that joined them, and how many gradients of rows were clipped.
  func descendPrivately(
    _ parameters: UnsafeMutablePointer<Float>, rows: some Collection<Int32>, client: Int,
    _ descent: Descent, _ step: ExampleStep, noise: Memory<Double>, paddedNoise: Memory<Float>,
    worker: Int
  ) -> (steps: Int, examples: Int, clipped: Int) {
    guard !rows.isEmpty else { return (0, 0, 0) }
    let arena = arenas[worker]
    let perEpoch = ExampleStep.stepsOfEpoch(rate: step.rate)
    let steps = min(descent.mostSteps ?? .max, descent.plan.epochs * perEpoch)
    let all = Array(rows)
    let expected = Float(step.rate * Double(all.count))
    var examples = 0
    var clippedRows = 0
    withTrainingRows(turnsLabels: descent.turnsLabels) { source in
      for number in 0..<steps {
        let address = descent.firstPass * perEpoch + number
        let draws = step.randomness.uniforms(
          .exampleSampling, client: client, round: address, count: all.count)
        var count = 0
        for (position, row) in all.enumerated() where draws[position] < step.rate {
          arena.order[count] = row
          count += 1
        }
        if step.deviation > 0 {
          step.randomness.normals(
            .exampleNoise, client: client, round: address, into: noise.start, count: noise.count)
          var next = noise.start
          for run in network.liveRuns {
            for i in 0..<run.count {
              paddedNoise[run.start + i] = Float(next[i] * step.deviation)
            }
            next += run.count
          }
        }
        var clipped: Int64 = 0
        withUnsafePointer(to: network.description) { network in
          assay_private_step(
            network, parameters, arena.workspace.start, source, arena.order.start, Int64(count),
            Float(step.clip), step.deviation > 0 ? UnsafePointer(paddedNoise.start) : nil,
            expected, Float(descent.plan.learningRate), &clipped)
        }
        examples += count
        clippedRows += Int(clipped)
      }
    }
    return (steps, examples, clippedRows)
  }
}
