import Testing

@testable import AssayTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct ParticipationTests {
  let local = LocalTraining(epochs: 1, batchSize: 8, learningRate: 0.1)

  @Test("without privacy the cohort has the exact size, and every client is as likely")
  func fixedCohort() {
    var times = [Int](repeating: 0, count: 10)
    for round in 1...2_000 {
      let cohort = Cohort.fixed(
        3, of: nil, clientCount: 10, randomness: Randomness(seed: 4), round: round)
      #expect(cohort.count == 3)
      #expect(cohort == Set(cohort).sorted())
      for client in cohort { times[client] += 1 }
    }
    // Binomial with p = 0.3: 5 standard deviations.
    for count in times { #expect(abs(Double(count) - 600) < 5 * sqrt(2_000 * 0.3 * 0.7)) }
  }

  /// Origin: a binomial with n = 200, q = 0.25 has mean 50 and variance 37.5; over 500 rounds the
  /// mean varies by √(37.5/500), the variance by about 37.5·√(2/500). 5 of each.
  @Test("with privacy the cohort is a Poisson draw whose size varies as a binomial")
  func poissonCohort() {
    let sizes = (1...500).map { round in
      Double(
        Cohort.poisson(
          rate: 0.25, clientCount: 200, randomness: Randomness(seed: 4), round: round
        ).count)
    }
    let mean = sizes.reduce(0, +) / 500
    let variance = sizes.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 499
    #expect(abs(mean - 50) < 5 * sqrt(37.5 / 500))
    #expect(abs(variance - 37.5) < 5 * 37.5 * sqrt(2 / 500.0))
  }

  @Test("fractions round to the nearest count, and a count of all clients is all of them")
  func counts() {
    #expect(ClientsPerRound.fraction(0.001).count(of: 45) == 1)
    #expect(ClientsPerRound.fraction(0.5).count(of: 45) == 23)
    #expect(ClientsPerRound.count(45).samplingRate(of: 45) == 1)
    #expect(ClientsPerRound.count(9).samplingRate(of: 45) == 0.2)
    #expect(ClientsPerRound.fraction(0.3).samplingRate(of: 45) == 0.3)
  }

  @Test("selected is completed, failed and without answer together, and every cause is counted")
  func bookkeeping() throws {
    // Three clients of twenty have no rows.
    let rows = (0..<20).map { $0 % 7 == 3 ? 0 : 10 + $0 }
    let data = try Example.clusters(clientRows: rows)
    let plan = FederatedPlan(
      rounds: 200, clientsPerRound: .count(12), local: local,
      participation: .dropping(0.25))
    let arm = Trainer(data: data, model: .softmax, threads: 2).train(.federated(plan), seed: 1)
    let modelBytes = 4 * (6 + 1) * 3
    var dropped = 0
    var empty = 0
    for round in arm.rounds {
      let (completed, failed) = (round.completed ?? -1, round.failed ?? -1)
      let noReply = round.noReply ?? -1
      #expect(round.selected == 12)
      #expect(completed + failed + noReply == 12)
      #expect(round.causes["dropout-before-training", default: 0] == noReply)
      #expect(round.causes["no training rows", default: 0] == failed)
      #expect(round.bytesDown == 12 * modelBytes)
      #expect(round.bytesUp == completed * modelBytes)
      dropped += noReply
      empty += failed
    }
    // Binomial with 2,400 draws and p = 0.25: 5 standard deviations. Empty clients: 3/20 of the rest.
    #expect(abs(Double(dropped) - 600) < 5 * sqrt(2_400 * 0.25 * 0.75))
    #expect(abs(Double(empty) - 270) < 5 * sqrt(1_800 * 0.15 * 0.85))
    #expect(arm.bytesUp == arm.rounds.reduce(0) { $0 + ($1.bytesUp ?? 0) })
    #expect(arm.distinctClients == 17)
    #expect(arm.notes.contains { $0.hasPrefix("3 of 20 clients without training rows") })
    #expect(arm.releases.isEmpty)
    #expect(arm.noiseSource == nil)
  }

  @Test("a round in which nobody answers is abandoned and leaves the model as it was")
  func abandonedRounds() throws {
    let data = try Example.clusters(clientRows: [20, 20, 20])
    let plan = FederatedPlan(
      rounds: 40, clientsPerRound: .count(1), local: local,
      participation: .dropping(0.6))
    let arm = Trainer(data: data, model: .softmax, threads: 1).train(.federated(plan), seed: 1)
    let abandoned = arm.rounds.filter { $0.aggregated == false }
    #expect(!abandoned.isEmpty && abandoned.count < 40)
    for round in abandoned {
      #expect(round.completed == 0)
      #expect(round.bytesUp == 0)
      let before =
        round.round == 1 ? arm.initialMetrics : arm.rounds[round.round - 2].metrics
      #expect(round.metrics == before)
    }
    #expect(arm.notes.contains { $0.hasPrefix("\(abandoned.count) of 40 rounds abandoned") })
    #expect(arm.status == .completed)
  }

  @Test("a client with one large share is seen in the share")
  func share() throws {
    let data = try Example.clusters(clientRows: [60, 20, 20])
    let trainer = Trainer(data: data, model: .softmax, threads: 1)
    let arm = trainer.train(.federated(FederatedPlan(rounds: 3, local: local)), seed: 1)
    #expect(arm.largestClientShare == 0.6)
    #expect(trainer.train(.centralized(local), seed: 1).largestClientShare == 0.6)
  }
}
