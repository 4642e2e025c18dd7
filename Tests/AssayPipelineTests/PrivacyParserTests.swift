import AssayDiagnostics
import AssayRuns
import AssayTraining
import Testing

@testable import AssayPipeline

@Suite("The key 'privacy' of a pilot") struct PrivacyParserTests {
  private func plan(_ privacy: String, arm: String = "") throws -> PrivateTraining? {
    let pilot = try PrivatePilot(privacy, arm: arm)
    return try resolved(pilot).arms.last?.privacy
  }

  private func resolved(_ pilot: PrivatePilot) throws -> ResolvedPlan {
    let read = try Pilot.read(path: pilot.path)
    return try ResolvedPlan(
      pilot: read,
      data: try DataPreparation(plan: read.data, pilotPath: pilot.path, override: nil).prepare(),
      statements: try JudgingInputs(pilot: read, choice: JudgingChoice()).statements)
  }

  @Test("every mechanism is read as written")
  func mechanisms() throws {
    #expect(
      try plan("{unit: client, clip: 1.0, noise_multiplier: 1.0, delta: 1e-5}")
        == PrivateTraining(clip: 1, noiseMultiplier: 1))
    #expect(
      try plan("{clip: 2, noise_multiplier: 1.0, noise: system}")
        == PrivateTraining(clip: 2, noiseMultiplier: 1, noise: .system))
    #expect(
      try plan("{unit: client, mechanism: tree, clip: 1.0, noise_multiplier: 4.0}")
        == PrivateTraining(mechanism: .tree, clip: 1, noiseMultiplier: 4))
    #expect(
      try plan("{unit: client, mechanism: local, clip: 1.0, noise_multiplier: 2.0}")
        == PrivateTraining(mechanism: .local, clip: 1, noiseMultiplier: 2))
    let rows = PrivateTraining(
      mechanism: .example(samplingRate: 0.05), clip: 1, noiseMultiplier: 1.1)
    #expect(
      try plan("{unit: example, clip: 1.0, noise_multiplier: 1.1, sampling_rate: 0.05}") == rows)
    #expect(
      try plan("{mechanism: example, clip: 1.0, noise_multiplier: 1.1, sampling_rate: 0.05}")
        == rows)
    #expect(
      try plan("{unit: client, clip: 1.0, noise_multiplier: 1.0, simulated_cohort: 1000}")
        == PrivateTraining(clip: 1, noiseMultiplier: 1, simulatedCohort: 1000))
  }

  /// Defaults: Andrew et al. 2021, section 3: γ = 0.5, η_C = 0.2, σ_b a twentieth of the expected cohort,
  /// here 4 of 10 clients.
  @Test("an adaptive clip has the paper's defaults")
  func adaptive() throws {
    #expect(
      try plan(
        "{clip: {initial: 0.1, quantile: 0.7, learning_rate: 0.3, count_noise: 5}, "
          + "noise_multiplier: 1.0}")
        == PrivateTraining(
          clip: 0.1, noiseMultiplier: 1,
          adaptive: .init(quantile: 0.7, learningRate: 0.3, countNoise: 5)))
    #expect(
      try plan("{clip: {initial: 0.1}, noise_multiplier: 0.3}")
        == PrivateTraining(
          clip: 0.1, noiseMultiplier: 0.3,
          adaptive: .init(quantile: 0.5, learningRate: 0.2, countNoise: 0.2)))
    // An arm that only clips adds no noise to the count either.
    #expect(
      try plan("{clip: {initial: 0.1}, epsilon: inf}")?.adaptive?.countNoise == 0)
  }

  struct Refusal: CustomTestStringConvertible, Sendable {
    var privacy: String
    var arm = ""
    var place: String
    var says: String
    var help: String?
    var testDescription: String { privacy + arm }
  }

  static let refusals: [Refusal] = [
    Refusal(
      privacy: "{mechanisms: tree, clip: 1, noise_multiplier: 1}", place: "19:",
      says: "found 'mechanisms'", help: "did you mean 'mechanism'?"),
    Refusal(
      privacy: "{mechanism: tre, clip: 1, noise_multiplier: 1}", place: "19:26",
      says:
        "expected a mechanism of privacy, one of 'example', 'local', 'sum', 'tree', found 'tre'",
      help: "did you mean 'tree'?"),
    Refusal(
      privacy: "{unit: clients, clip: 1, noise_multiplier: 1}", place: "19:21",
      says: "expected a unit of privacy, one of 'client', 'example', found 'clients'",
      help: "did you mean 'client'?"),
    Refusal(
      privacy:
        "{unit: example, mechanism: local, clip: 1, noise_multiplier: 1, sampling_rate: 0.1}",
      place: "19:41",
      says:
        "mechanism: local and unit: example cannot stand together: it protects one client",
      help: "leave mechanism out: for rows there is only DP-SGD inside clients"),
    Refusal(
      privacy: "{unit: client, mechanism: example, clip: 1, noise_multiplier: 1}", place: "19:40",
      says: "mechanism: example and unit: client cannot stand together: it protects one row",
      help: "write unit: example to protect rows"),
    Refusal(
      privacy: "{unit: example, clip: 1, noise_multiplier: 1}", place: "19:14",
      says: "expected the key 'sampling_rate' in privacy with unit: example, found none",
      help: "sampling_rate is the probability with which a row joins a step of its client"),
    Refusal(
      privacy: "{unit: example, clip: 1, noise_multiplier: 1, sampling_rate: 0}", place: "19:75",
      says: "expected a probability above 0 and at most 1 for 'sampling_rate', found '0'"),
    Refusal(
      privacy: "{clip: 1, noise_multiplier: 1, sampling_rate: 0.1}", place: "19:60",
      says:
        "'sampling_rate' and unit: client cannot stand together: clients are chosen by "
        + "clients_per_round", help: "sampling_rate is for unit: example"),
    Refusal(
      privacy: "{clip: 0, noise_multiplier: 1}", place: "19:21",
      says: "expected a bound above 0 for 'clip', found '0'"),
    Refusal(
      privacy: "{mechanism: tree, clip: {initial: 1}, noise_multiplier: 1}", place: "19:38",
      says:
        "a clip that adapts and mechanism: tree cannot stand together: only the server of mechanism "
        + "sum counts the updates within the clip", help: "give the clip as a number"),
    Refusal(
      privacy: "{clip: {initial: 1, quantil: 0.5}, noise_multiplier: 1}", place: "19:",
      says: "found 'quantil'", help: "did you mean 'quantile'?"),
    Refusal(
      privacy: "{clip: {quantile: 0.5}, noise_multiplier: 1}", place: "19:21",
      says: "expected the key 'initial' in clip, found none"),
    Refusal(
      privacy: "{clip: {initial: 1, quantile: 1}, noise_multiplier: 1}", place: "19:44",
      says: "expected a share strictly between 0 and 1 for 'quantile', found '1'"),
    Refusal(
      privacy: "{clip: {initial: 1, learning_rate: 0}, noise_multiplier: 1}", place: "19:49",
      says: "expected a number above 0 for 'learning_rate', found '0'"),
    Refusal(
      privacy: "{clip: {initial: 1, count_noise: 0}, noise_multiplier: 1}", place: "19:47",
      says: "expected a number above 0 for 'count_noise', found '0'"),
    Refusal(
      privacy: "{clip: {initial: 1, count_noise: 0.5}, noise_multiplier: 1}", place: "19:47",
      says:
        "expected a number above half of the noise multiplier (0.5) for 'count_noise', found '0.5'",
      help: "part of the budget pays for the count of updates within the clip"),
    Refusal(
      privacy: "{clip: {initial: 1}, noise_multiplier: 1}", place: "19:21",
      says:
        "expected a number above half of the noise multiplier (0.5) for 'count_noise', found '0.2'",
      help:
        "the default is a twentieth of the expected cohort, here of 4 clients; write a larger "
        + "count_noise into clip"),
    Refusal(
      privacy: "{mechanism: local, clip: 1, noise_multiplier: 1, simulated_cohort: 100}",
      place: "19:81",
      says:
        "'simulated_cohort' and mechanism: local cannot stand together: only noise on the mean of a "
        + "cohort shrinks with the cohort", help: "simulated_cohort is for mechanism: sum"),
    Refusal(
      privacy: "{clip: 1, budgets: [2, 8], simulated_cohort: 100}", place: "19:59",
      says:
        "'simulated_cohort' and 'budgets' cannot stand together: noise that is smaller than the "
        + "cohort needs meets no budget",
      help: "give noise_multiplier, that of the simulated cohort"),
    Refusal(
      privacy: "{clip: 1, epsilon: 2, simulated_cohort: 100}", place: "19:54",
      says: "'simulated_cohort' and 'epsilon' cannot stand together"),
    Refusal(
      privacy: "{clip: 1, noise_multiplier: 0, simulated_cohort: 100}", place: "19:63",
      says:
        "'simulated_cohort' and noise_multiplier: 0 cannot stand together: there is no noise to "
        + "simulate", help: "give a noise_multiplier above 0"),
    Refusal(
      privacy: "{clip: 1, noise_multiplier: 1, simulated_cohort: 0.5}", place: "19:63",
      says: "expected a number of clients from 1 for 'simulated_cohort', found '0.5'"),
    Refusal(
      privacy: "{clip: 1, noise_multiplier: 1, simulated_cohort: 3}", place: "19:63",
      says: "expected at least the expected cohort of 4 clients for 'simulated_cohort', found '3'",
      help: "a smaller cohort needs more noise, not less"),
    Refusal(
      privacy: "{clip: 1, noise_multiplier: 1, delta: 0.2}", place: "19:14",
      says: "expected at most 1/10, the number of units for 'delta', found '0.2'",
      help: "leave delta out for min(1e-5, 1/N^1.1)"),
    // 300 training rows are the units; 1/10 would pass for clients.
    Refusal(
      privacy: "{unit: example, sampling_rate: 0.1, clip: 1, noise_multiplier: 1, delta: 0.05}",
      place: "19:14",
      says: "expected at most 1/300, the number of units for 'delta', found '0.05'"),
    Refusal(
      privacy: "{unit: example, sampling_rate: 0.1, clip: 1, noise_multiplier: 1}",
      arm: "algorithm: fedprox", place: "20:16",
      says:
        "algorithm: fedprox and unit: example cannot stand together: a client that protects its rows "
        + "takes plain steps of DP-SGD",
      help: "arms with unit: example take fedavg, fedavgm, fedadagrad, fedadam, fedyogi"),
    Refusal(
      privacy: "{clip: 1, budgets: []}", place: "19:", says: "expected at least one budget"),
    Refusal(
      privacy: "{clip: 1, budgets: [1, 1.0]}", place: "19:", says: "expected each budget once"),
    // 2 rounds or more of 1e12 steps are above 2^32.
    Refusal(
      privacy: "{unit: example, sampling_rate: 1e-12, clip: 1, noise_multiplier: 1}",
      place: "19:14", says: "steps of one client, rounds × epochs / sampling_rate"),
    Refusal(
      privacy: "{unit: example, sampling_rate: 1e-300, clip: 1, noise_multiplier: 1}",
      place: "19:14", says: "steps of one client, rounds × epochs / sampling_rate"),
    Refusal(
      privacy: "{clip: 1, noise_multiplier: 1}",
      arm: "participation: {availability: {base: 0.5, amplitude: 0.5}, pause_seconds: 10}",
      place: "20:35", says: "how long clients take would decide who can be reached next",
      help: "add deadline_seconds"),
    Refusal(
      privacy: "{mechanism: tree, clip: 1, noise_multiplier: 1}", arm: "weighting: rows",
      place: "20:16", says: "weighting: rows and 'privacy' cannot stand together"),
  ]

  @Test(
    "what cannot be is refused at its place, with what is expected and how to mend it",
    arguments: refusals)
  func refused(_ refusal: Refusal) throws {
    let message = try #require(
      try PrivatePilot(refusal.privacy, arm: refusal.arm).message(), "nothing was refused")
    #expect(message.hasPrefix("pilot.yaml:" + refusal.place), "\(message)")
    #expect(message.contains(refusal.says), "\(message)")
    if let help = refusal.help { #expect(message.contains("help: " + help), "\(message)") }
  }

  /// With the noise that is found, ε of the most that the plan can release is within the budget, and with
  /// a hundredth less noise it is not.
  @Test(
    "a budget is met, and hardly more than met, by every mechanism",
    arguments: [
      "{clip: 1, epsilon: 3}", "{mechanism: tree, clip: 1, epsilon: 3}",
      "{mechanism: local, clip: 1, epsilon: 3}",
      "{unit: example, sampling_rate: 0.1, clip: 1, epsilon: 3}",
    ])
  func budgets(_ privacy: String) throws {
    let arm = try #require(try resolved(PrivatePilot(privacy)).arms.last)
    guard case .federated(let plan)? = arm.plan, let training = plan.privacy,
      let releases = plan.releases(clients: 10), let delta = arm.delta
    else {
      Issue.record("no private arm")
      return
    }
    let kind = training.mechanism.kind
    func epsilon(_ share: Double) throws -> Double {
      try Accounted.epsilon(
        [releases.event(noiseMultiplier: training.noiseMultiplier * share)], delta: delta,
        kind.neighbouring)
    }
    #expect(try epsilon(1) <= 3)
    #expect(try epsilon(0.99) > 3)
    // N is 10 clients or 300 rows, and the default δ is capped.
    #expect(delta == 1e-5)
  }

  @Test("budgets of a mechanism become one arm each")
  func names() throws {
    let pilot = try PrivatePilot("{mechanism: local, clip: 1, budgets: [2, 8, inf]}")
    let arms = try resolved(pilot).arms.suffix(3)
    #expect(arms.map(\.name) == ["private-eps2", "private-eps8", "private-epsinf"])
    let noise = arms.compactMap { $0.privacy?.noiseMultiplier }
    #expect(noise.count == 3 && noise[0] > noise[1] && noise[1] > 0 && noise[2] == 0)
    #expect(arms.allSatisfy { $0.privacy?.mechanism == .local })
  }
}
