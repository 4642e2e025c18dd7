import AssayRuns

/// What each mechanism asks of the code that ran it, in sentences.
struct AssumptionsOfMechanisms {
  /// The unit as a noun.
  let who: String

  /// The sentences for the mechanisms among `events`, in the order of ``PrivacyEvent/Mechanism``.
  func sentences(_ events: [PrivacyEvent]) -> [String] {
    var result: [String] = []
    for mechanism in PrivacyEvent.Mechanism.allCases {
      let these = events.filter { $0.mechanism == mechanism && $0.noiseMultiplier > 0 }
      if !these.isEmpty { result += sentences(mechanism, these) }
    }
    return result
  }

  private func sentences(
    _ mechanism: PrivacyEvent.Mechanism, _ events: [PrivacyEvent]
  ) -> [String] {
    let noise = Assumptions.range(events.map(\.noiseMultiplier))
    let clipped = "adds at most the clipping bound"
    switch mechanism {
    case .gaussian:
      return continuous("Gaussian", "standard deviation", "L2", noise)
    case .laplace:
      return continuous("Laplace", "scale", "L1", noise)
    case .discreteGaussian:
      return discrete("discrete Gaussian noise of standard deviation", noise, events)
    case .discreteLaplace:
      return discrete("two-sided geometric noise of scale", noise, events)
    case .skellam:
      return discrete("Skellam noise of standard deviation", noise, events)
    case .randomizedResponse:
      let probability = Assumptions.range(events.map { $0.probability ?? 0 })
      return [
        "Each \(who) gives one answer per release; with probability \(probability) it is replaced by one drawn "
          + "evenly from all possible answers, before anybody sees it."
      ]
    case .treeAggregation:
      return [
        "Every node of each tree carries fresh Gaussian noise of standard deviation \(noise) times the clipping "
          + "bound, and each \(who) takes part in one leaf of a tree at most.",
        "One \(who) \(clipped) (L2 norm) to its leaf, and all contributions have equal weight.",
      ]
    case .bandedMatrixFactorisation:
      return [
        "The noise of all rounds is Gaussian of standard deviation \(noise) times the clipping bound, correlated by "
          + "the inverse of a banded strategy matrix whose columns have the stated norm or less.",
        "One \(who) \(clipped) (L2 norm) to a round and takes part in the stated number of rounds at most, a band "
          + "or more apart.",
      ]
    case .opaque:
      return [
        "Releases known by their ε and δ alone keep what they claim, under this unit and relation; nothing here "
          + "checks it."
      ]
    }
  }

  private func continuous(
    _ law: String, _ size: String, _ norm: String, _ noise: String
  ) -> [String] {
    [
      "Every released coordinate carries fresh \(law) noise of \(size) \(noise) times the clipping bound, added to "
        + "the sum before it is divided by a fixed number.",
      "One \(who) adds at most the clipping bound (\(norm) norm) to the sum of one release, and all contributions "
        + "have equal weight.",
    ]
  }

  private func discrete(_ law: String, _ noise: String, _ events: [PrivacyEvent]) -> [String] {
    let move = Assumptions.range(events.map { Double($0.sensitivity ?? 1) })
    return [
      "Each release is one whole number with fresh \(law) \(noise) times the sensitivity, drawn exactly.",
      "One \(who) moves the whole number of one release by at most \(move).",
    ]
  }
}
