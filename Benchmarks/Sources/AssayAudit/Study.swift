import AssayPipeline
import AssayPrivacy
import AssayRuns
import Dispatch
import Synchronization

/// Counts over seeds how often an audit is above the claim.
struct Study {
  var seeds: Int
  var threads: Int
  var delta: Double

  private let methods: [AuditMethod] = [
    .whiteBox, .oneRunGaussian, .oneRun, .gaussian, .clopperPearson,
  ]

  /// The sum of canaries with known faults.
  func whiteBox() throws {
    print("\n1,000 canaries in 10,000 dimensions, \(seeds) seeds, δ = \(delta)\n")
    header("noise multiplier, claimed ε")
    for noise in [0.6, 1.0, 2.0, 3.0, 3.7, 5.0, 7.0] {
      let right = CanarySum(norm: 10, noiseMultiplier: noise)
      let claimed = try guarantee(history: right.claim, delta: delta).epsilon
      let what = "\(noise), ε \(rounded(claimed))"
      let half = CanarySum(norm: 10, noiseMultiplier: noise, noiseShare: 0.5)
      let open = CanarySum(norm: 10, noiseMultiplier: noise, isClipping: false)
      for (name, mechanism) in [
        ("as claimed", right), ("noise halved", half), ("no clipping", open),
      ] {
        try line("\(what) | \(name)", claimed: claimed) { try mechanism.run(seed: UInt64($0)) }
      }
    }
  }

  /// Models of the bundled engine.
  func engine() throws {
    print("\n400 canaries in models of the engine, \(seeds) seeds, δ = \(delta)\n")
    header("training, claimed ε")
    let plans: [(String, EngineCanaries)] = [
      (
        "client level, all clients, 5 rounds, noise 4",
        EngineCanaries(canaries: 400, unit: .client(rate: 1), rounds: 5, noiseMultiplier: 4)
      ),
      (
        "client level, rate 0.2, 20 rounds, noise 1",
        EngineCanaries(canaries: 400, unit: .client(rate: 0.2), rounds: 20, noiseMultiplier: 1)
      ),
      (
        "row level, rate 0.1, 50 steps, noise 1",
        EngineCanaries(canaries: 400, unit: .example(rate: 0.1), rounds: 5, noiseMultiplier: 1)
      ),
    ]
    for (name, plan) in plans {
      let claimed = try guarantee(history: plan.run(seed: 0).claim, delta: delta).epsilon
      for fault in EngineCanaries.Fault.allCases {
        var broken = plan
        broken.fault = fault
        let what =
          switch fault {
          case .none: "as claimed"
          case .halvedNoise: "noise halved"
          case .noClipping: "no clipping"
          }
        let study = broken
        try line("\(name), ε \(rounded(claimed)) | \(what)", claimed: claimed) {
          try study.run(seed: $0).attack
        }
      }
    }
  }

  private func header(_ what: String) {
    let names = methods.map { "`\($0.rawValue)`" }.joined(separator: " | ")
    print("| \(what) | mechanism | \(names) |")
    print("| --- | --- |" + methods.map { _ in " ---: |" }.joined())
  }

  /// Prints in how many seeds each method contradicts the claim, and its median bound.
  private func line(
    _ what: String, claimed: Double, _ attack: @escaping @Sendable (Int) throws -> AttackScores
  ) throws {
    let next = Atomic(0)
    let bounds = Mutex([[Double]](repeating: [], count: methods.count))
    let failure = Mutex<(any Error)?>(nil)
    let (methods, seeds, delta) = (methods, seeds, delta)
    DispatchQueue.concurrentPerform(iterations: max(1, threads)) { _ in
      while true {
        let seed = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if seed >= seeds { break }
        do {
          let scores = try attack(seed)
          let found = try methods.map { try audit(scores, method: $0, delta: delta).epsilon }
          bounds.withLock { all in
            for (index, epsilon) in found.enumerated() { all[index].append(epsilon) }
          }
        } catch {
          failure.withLock { $0 = error }
        }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
    let cells = bounds.withLock { $0 }.map { found in
      let above = found.count { $0 > claimed }
      let median = found.sorted()[found.count / 2]
      return "\(above) (\(rounded(median)))"
    }
    print("| \(what) | \(cells.joined(separator: " | ")) |")
  }

  /// Two decimals.
  private func rounded(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let part = hundredths % 100
    return "\(hundredths / 100).\(part < 10 ? "0" : "")\(part)"
  }
}
