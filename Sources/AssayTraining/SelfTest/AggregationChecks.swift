/// One step of a server on models that are written out here, without any training.
struct ServerStep {
  var algorithm: AlgorithmChoice
  /// The global model before it.
  var global: [Float]
  /// What clients send, and how much each weighs.
  var models: [[Float]]
  var weights: [Double]
  /// Losses of the global model that clients report.
  var losses: [Double]?

  /// The global model after as many rounds, all with the same models.
  func model(rounds: Int = 1, threads: Int = 1) -> [Double] {
    let pool = WorkerPool(threads: threads)
    let server = ServerState(initial: global, clientCount: models.count, pool: pool)
    server.scalars["learning rate"] = 1
    let algorithm = algorithm.make()
    let sent = models.map { Memory($0) }
    for _ in 0..<rounds {
      var total = 0.0
      let sum = Memory<Double>(repeating: 0, count: global.count)
      var contributions: [Contribution] = []
      for (client, model) in sent.enumerated() {
        var squares = 0.0
        for i in global.indices {
          let update = Double(model[i]) - Double(server.model[i])
          squares += update * update
        }
        let contribution = Contribution(
          client: client, rows: 1, steps: 1, weight: weights[client],
          loss: losses?[client] ?? 1, norm: squares.squareRoot())
        contributions.append(contribution)
        let factor = algorithm.weight(of: contribution, in: server)
        total += factor
        for i in global.indices { sum[i] += factor * Double(model[i]) }
      }
      algorithm.advance(
        server,
        by: RoundUpdates(
          contributions: contributions, totalWeight: total, holdsModels: true, sum: sum,
          global: server.model, variateSum: nil,
          models: algorithm.needsAllUpdates ? sent.map { UnsafePointer($0.start) } : [],
          pool: pool))
    }
    return withExtendedLifetime(sent) { server.model.array.map { Double($0) } }
  }
}

extension SelfCheck {
  /// What every mean, robust or not, has in common.
  static var aggregation: [SelfCheck] {
    let suite = "Aggregation"
    let means = [
      "fedavg", "median", "trimmed-mean", "krum", "multi-krum", "geometric-median", "fednova",
      "scaffold", "afl",
    ]
    let model: [Float] = [1.5, -0.1, 3e-7, 1e9, 0, -2.25, 0.333]
    let same = means.map { name in
      SelfCheck(suite, "\(name) of models that are all the same is that model") { threads in
        let step = ServerStep(
          algorithm: AlgorithmChoice(name), global: [Float](repeating: 1, count: model.count),
          models: [[Float]](repeating: model, count: 7), weights: [1, 2, 3, 4, 5, 6, 7])
        // The weighted sums round in double; the model is in float32.
        return .close(step.model(threads: threads), model.map { Double($0) }, within: 1e-6)
      }
    }
    func robust(_ name: String, _ says: String, _ expected: [Double]) -> SelfCheck {
      SelfCheck(suite, "\(name) \(says)") { threads in
        let step = ServerStep(
          algorithm: AlgorithmChoice(name), global: [0, 0],
          models: [[1, 10], [2, 20], [3, 30], [4, 40], [1000, -1000]], weights: [1, 1, 1, 1, 9])
        return .close(step.model(threads: threads), expected, within: 1e-6)
      }
    }
    return same + [
      robust("median", "takes the middle value, whatever a liar sends and weighs", [3, 20]),
      robust("trimmed-mean", "drops the least and the greatest of five values", [3, 20]),
      // Four near ones; with one liar a score is the sum of the 5 − 1 − 2 = 2 nearest distances, least
      // for the second and the third; the lower wins.
      robust("krum", "takes a model in the middle of the others", [2, 20]),
      robust("multi-krum", "is the mean of the models that do not lie", [2.5, 25]),
    ]
  }

  /// Projection onto the probability simplex.
  static var simplex: [SelfCheck] {
    let suite = "Projection onto the simplex"
    func law(
      _ name: String, _ values: [Double], _ expected: [Double], within tolerance: Double = 1e-15
    ) -> SelfCheck {
      SelfCheck(suite, name) { _ in
        .close(Simplex.projection(of: values), expected, within: tolerance)
      }
    }
    return [
      law("a point of the simplex stays where it is", [0.2, 0.5, 0.3], [0.2, 0.5, 0.3]),
      law("equal values become equal shares", [7, 7, 7, 7], [0.25, 0.25, 0.25, 0.25]),
      law("a value far above the others takes all", [0.1, 5, 0.2], [0, 1, 0]),
      law("a value that would be negative becomes 0", [0.6, 0.6, -1], [0.5, 0.5, 0]),
      law("a very large value is not lost to rounding", [1e300, 1, -1e300], [1, 0, 0]),
      SelfCheck(suite, "projections are not negative, add up to 1, and are their own projection") {
        _ in
        var numbers = SelfTestData.Numbers(3)
        for count in [1, 2, 5, 100] {
          let values = (0..<count).map { _ in numbers.next() * 6 - 3 }
          let once = Simplex.projection(of: values)
          let sum = once.reduce(0, +)
          guard once.allSatisfy({ $0 >= 0 }), abs(sum - 1) < 1e-12 else {
            return .failed(found: "a sum of \(sum)", expected: "values from 0 with the sum 1")
          }
          let outcome = SelfCheckOutcome.close(
            Simplex.projection(of: once), once, within: 1e-12)
          if outcome != .passed { return outcome }
        }
        return .passed
      },
    ]
  }

  /// Steps of servers, worked by hand.
  ///
  /// The mean of models is 3 where the global model is 1, so Δ = 2 at first; η = 0.1, τ = 1e-3.
  static var serverSteps: [SelfCheck] {
    func step(
      _ name: String, _ values: [String: Double] = [:], rounds: Int, _ expected: Double,
      by hand: String
    ) -> SelfCheck {
      SelfCheck("Steps of servers worked by hand", "\(name), round \(rounds): \(hand)") { _ in
        let step = ServerStep(
          algorithm: AlgorithmChoice(name, values), global: [1], models: [[2], [4]],
          weights: [1, 1])
        // Float32 rounding of values between 1 and 4.
        return .close(step.model(rounds: rounds), [expected], within: 5e-7)
      }
    }
    let tau = 1e-3
    // Δ₁ = 2, Δ₂ = 3 − w₁.
    let adagrad = 1 + 0.1 * 2 / ((tau * tau + 4).squareRoot() + tau)
    let adam = 1 + 0.1 * 0.2 / ((0.99 * tau * tau + 0.01 * 4).squareRoot() + tau)
    let second = 3 - adam
    let adamTwice =
      adam + 0.1 * (0.9 * 0.2 + 0.1 * second)
      / ((0.99 * (0.99 * tau * tau + 0.04) + 0.01 * second * second).squareRoot() + tau)
    let yogi = 1 + 0.1 * 0.2 / ((tau * tau + 0.04).squareRoot() + tau)
    return [
      step("fedavg", rounds: 1, 3, by: "the mean of 2 and 4"),
      step("fedavgm", rounds: 1, 3, by: "1 + 2"),
      step("fedavgm", rounds: 2, 4.8, by: "Δ = 0, so 3 + 0.9·2"),
      step(
        "fedavgm", ["momentum": 0.5, "server_learning_rate": 0.5], rounds: 2, 3,
        by: "2 + 0.5·(0.5·2 + 1)"),
      step("fedadagrad", rounds: 1, adagrad, by: "1 + 0.1·2/(√(τ² + 4) + τ)"),
      step("fedadam", rounds: 1, adam, by: "1 + 0.1·0.2/(√(0.99·τ² + 0.04) + τ)"),
      step("fedadam", rounds: 2, adamTwice, by: "m = 0.18 + 0.1·Δ, v = 0.99·v + 0.01·Δ²"),
      step("fedyogi", rounds: 1, yogi, by: "v < Δ², so v = τ² + 0.01·4"),
      // q = 1, L = 1, losses 1: Σ F·(w − w_k) = −(1 + 3), Σ (‖Δ‖² + F) = 1 + 1 + 9 + 1.
      step("qfedavg", rounds: 1, 1 + 4.0 / 12, by: "1 + (1 + 3)/(1 + 1 + 9 + 1)"),
    ]
  }
}
