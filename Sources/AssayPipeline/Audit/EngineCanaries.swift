import AssayDiagnostics
import AssayPrivacy
import AssayRuns
import AssayStatistics
import AssayTraining

/// Canaries in a model of the bundled engine: an audit of what the engine really does.
///
/// Every canary is one row with a feature of its own, so that updates for different canaries are nearly
/// orthogonal; a fair coin includes it. The attacker knows the initial and the final model and scores a
/// canary by how far its own weight moved towards its label: the sum of what the canary's clipped updates
/// could have added.
public struct EngineCanaries: Hashable, Sendable {
  /// Whom the guarantee protects.
  public enum Unit: Hashable, Sendable {
    /// Each canary is a client; a round joins clients with the given rate, and noise is on the sum.
    case client(rate: Double)
    /// Each canary is a row of the only client; a step joins rows with the given rate.
    case example(rate: Double)
  }

  /// What goes wrong behind the accountant's back.
  public enum Fault: Hashable, Sendable, CaseIterable {
    /// Nothing.
    case none
    /// Noise has half of the accounted standard deviation.
    case halvedNoise
    /// Updates and gradients are not clipped; the noise is as accounted.
    case noClipping
  }

  /// Number of canaries.
  public var canaries: Int
  /// Whom the guarantee protects.
  public var unit: Unit
  /// Rounds of training.
  public var rounds: Int
  /// The accounted noise multiplier.
  public var noiseMultiplier: Double
  /// What goes wrong.
  public var fault: Fault

  /// The clip; updates without one are about fifty times as long.
  private static let clip = 0.1
  /// The size of a canary's own feature, beside which the shared bias hardly counts.
  private static let feature: Float = 10

  /// Creates a study.
  public init(
    canaries: Int, unit: Unit, rounds: Int, noiseMultiplier: Double, fault: Fault = .none
  ) {
    precondition(canaries > 0 && rounds > 0 && noiseMultiplier > 0)
    self.canaries = canaries
    self.unit = unit
    self.rounds = rounds
    self.noiseMultiplier = noiseMultiplier
    self.fault = fault
  }

  /// Trains one model with the coins of a seed.
  /// - Returns: The attack's scores, and the releases that the engine would have put into its run record
  ///   without the fault.
  public func run(seed: Int) throws -> (attack: AttackScores, claim: [PrivacyEvent]) {
    let coins = CounterGenerator(seed: UInt64(bitPattern: Int64(seed)), stream: 0xCA)
    let isMember = (0..<canaries).map { coins.bits(at: UInt64($0)) & 1 == 1 }
    let labels = (0..<canaries).map { Int32(coins.bits(at: UInt64(canaries + $0)) & 1) }
    let trainer = Trainer(
      data: try data(isMember, labels), model: .softmax, threads: 1)
    let trained = trainer.train(.federated(plan(fault)), seed: seed)
    guard trained.status == .completed else {
      throw InternalError("the training with canaries did not complete")
    }
    // A step too small to change any weight leaves the initial model.
    let still = LocalTraining(
      epochs: 1, batchSize: LocalTraining.fullBatch, learningRate: 1e-30)
    let initial = trainer.train(
      .federated(FederatedPlan(rounds: 1, local: still)), seed: seed)
    guard let after = trained.weights.first?.values, let before = initial.weights.first?.values
    else { throw InternalError("the model has no weights") }
    let scores = (0..<canaries).map { canary in
      let moved = Double(after[canary]) - Double(before[canary])
      return labels[canary] == 1 ? moved : -moved
    }
    let releases = plan(.none).releases(clients: clientCount)
    return (
      try AttackScores(scores: scores, isMember: isMember),
      releases.map { [$0.event(noiseMultiplier: noiseMultiplier)] } ?? []
    )
  }

  private var clientCount: Int {
    if case .client = unit { canaries } else { 1 }
  }

  /// Included canaries are training rows, all canaries are test rows.
  private func data(_ isMember: [Bool], _ labels: [Int32]) throws -> TrainingData {
    func features(_ rows: [Int]) -> [Float] {
      var values = [Float](repeating: 0, count: rows.count * canaries)
      for (at, row) in rows.enumerated() { values[at * canaries + row] = Self.feature }
      return values
    }
    func clients(_ rows: [Int]) -> [Int32] {
      rows.map { clientCount == 1 ? 0 : Int32($0) }
    }
    let all = Array(0..<canaries)
    let used = all.filter { isMember[$0] }
    return try TrainingData(
      featureCount: canaries, classCount: 2, clientCount: clientCount,
      trainFeatures: features(used), trainLabels: used.map { labels[$0] },
      trainClients: clients(used), testFeatures: features(all), testLabels: labels,
      testClients: clients(all))
  }

  private func plan(_ fault: Fault) -> FederatedPlan {
    var (clip, noise) = (Self.clip, noiseMultiplier)
    switch fault {
    case .none: break
    case .halvedNoise: noise /= 2
    case .noClipping:
      // The same noise in absolute terms.
      clip *= 1000
      noise /= 1000
    }
    var mechanism = PrivateTraining.Mechanism.sum
    var joining = ClientsPerRound.all
    switch unit {
    case .client(let rate): joining = rate < 1 ? .fraction(rate) : .all
    case .example(let rate): mechanism = .example(samplingRate: rate)
    }
    return FederatedPlan(
      rounds: rounds, clientsPerRound: joining,
      local: LocalTraining(epochs: 1, batchSize: LocalTraining.fullBatch, learningRate: 1),
      privacy: PrivateTraining(mechanism: mechanism, clip: clip, noiseMultiplier: noise))
  }
}
