import AssayDiagnostics
import AssayPrivacy
import AssayRuns
import AssayTraining

/// Differential privacy of an arm once the data is known: its δ, its noise and what depends on how many
/// clients and rows there are.
struct PrivacyResolution {
  let wanted: Pilot.PrivacySpecification
  /// The arm without privacy.
  let plan: FederatedPlan
  let clients: Int
  /// Training rows of all clients.
  let rows: Int
  /// Whether participation is assumed hidden, so that sampling of clients counts for ε.
  let isParticipationHidden: Bool

  /// Units of privacy: clients, or training rows.
  private var population: Int { wanted.mechanism.kind.unit == .client ? clients : rows }

  /// Clients of a round, on average.
  private var expectedCohort: Double {
    plan.clientsPerRound.samplingRate(of: clients) * Double(clients)
  }

  /// The declared δ, or the default; at most one over the number of units.
  func delta() throws -> Double {
    let resolved = try wanted.delta ?? defaultDelta(population: population)
    guard try resolved <= deltaLimit(population: population) else {
      throw Diagnostic(
        .badValue(
          key: "delta", found: "\(resolved)",
          expected: "at most 1/\(population), the number of units"),
        at: wanted.location, help: "leave delta out for min(1e-5, 1/N^1.1)")
    }
    return resolved
  }

  /// The engine's plan.
  func privacy() throws -> PrivateTraining {
    let multiplier = try noiseMultiplier(delta: delta())
    if let simulated = wanted.simulatedCohort, simulated.clients < expectedCohort {
      throw Diagnostic(
        .badValue(
          key: "simulated_cohort", found: AlgorithmParameter.text(simulated.clients),
          expected:
            "at least the expected cohort of \(AlgorithmParameter.text(expectedCohort)) clients"),
        at: simulated.location, help: "a smaller cohort needs more noise, not less")
    }
    return PrivateTraining(
      mechanism: wanted.mechanism, clip: wanted.clip, noiseMultiplier: multiplier,
      noise: wanted.isSystemNoise ? .system : .seeded,
      adaptive: try wanted.adaptive.map { try adaptive($0, multiplier) },
      simulatedCohort: wanted.simulatedCohort?.clients)
  }

  /// - Note: Source of the default: Andrew et al. 2021, arXiv:1905.03871, section 3.1, σ_b = m/20.
  private func adaptive(
    _ clip: Pilot.PrivacySpecification.AdaptiveClip, _ multiplier: Double
  ) throws -> PrivateTraining.AdaptiveClip {
    // An arm that only clips adds noise to nothing, unless it says so.
    let noise = clip.countNoise ?? (multiplier == 0 ? 0 : expectedCohort / 20)
    guard multiplier == 0 || 2 * noise > multiplier else {
      throw clip.refusal(
        noise, for: multiplier, expectedCohort: clip.countNoise == nil ? expectedCohort : nil)
    }
    return PrivateTraining.AdaptiveClip(
      quantile: clip.quantile, learningRate: clip.learningRate, countNoise: noise)
  }

  /// The noise of the arm. A budget is met by the headline ε: where participation can be seen, sampling of
  /// clients does not count; sampling of rows inside a client always does.
  private func noiseMultiplier(delta: Double) throws -> Double {
    guard case .epsilon(let epsilon) = wanted.amount else {
      if case .noiseMultiplier(let given) = wanted.amount { return given }
      return 0
    }
    guard epsilon.isFinite else { return 0 }
    var noiseless = plan
    noiseless.privacy = PrivateTraining(
      mechanism: wanted.mechanism, clip: wanted.clip, noiseMultiplier: 0)
    guard var releases = noiseless.releases(clients: clients) else {
      throw InternalError("a private arm without releases")
    }
    if wanted.mechanism == .sum, !isParticipationHidden { releases.samplingRate = 1 }
    let event = releases.event(noiseMultiplier: 0)
    do {
      let one = try AssayPrivacy.noiseMultiplier(
        targetEpsilon: epsilon, delta: delta, samplingRate: event.samplingRate,
        sampling: event.sampling, steps: event.steps,
        neighbouring: wanted.mechanism.kind.neighbouring
      ).noiseMultiplier
      guard releases.squaredSensitivity != 1 else { return one }
      // In steps of 1e-6, up, until the recorded quotient is no smaller than what was found.
      var micro = (one * releases.squaredSensitivity.squareRoot() * 1e6).rounded(.up)
      while releases.event(noiseMultiplier: micro / 1e6).noiseMultiplier < one {
        micro = max(micro + 1, micro.nextUp)
      }
      return micro / 1e6
    } catch {
      throw Diagnostic(error.fact, at: wanted.location)
    }
  }
}
