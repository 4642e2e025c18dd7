import AssayRuns
import AssayStatistics

/// What one event looks like under a neighbouring relation; see ``Release``.
struct EventTranslation {
  let event: PrivacyEvent
  let neighbouring: NeighbouringRelation
  /// The place of the event in its history, from 1.
  let number: Int

  /// The furthest that discrete noise may be asked to hide, and the most answers.
  static let moveLimit = 1_000_000

  /// Whether there is no noise, hence no guarantee.
  var isNoiseless: Bool {
    switch event.mechanism {
    case .randomizedResponse: event.probability == 0
    case .opaque: false
    default: event.noiseMultiplier < 1e-100
    }
  }

  /// Whether there is noise, too little for ε to be worked out: it counts as none.
  var isNegligible: Bool { isNoiseless && event.noiseMultiplier > 0 }

  /// Whether the answer says nothing at all.
  var revealsNothing: Bool {
    switch event.mechanism {
    case .randomizedResponse: event.probability == 1
    case .opaque: event.epsilon == 0 && (event.delta ?? 0) == 0
    default: false
    }
  }

  /// Checks ranges, and that no number is given which the mechanism does not use.
  func check() throws(PrivacyError) {
    if !(event.noiseMultiplier >= 0) || !event.noiseMultiplier.isFinite {
      throw .noiseMultiplierOutOfRange(event: number, found: "\(event.noiseMultiplier)")
    }
    if !(event.samplingRate >= 0 && event.samplingRate <= 1) {
      throw .samplingRateOutOfRange(event: number, found: "\(event.samplingRate)")
    }
    if event.steps < 0 || event.steps > ReleaseLedger.stepLimit {
      throw .stepsOutOfRange(event: number, found: "\(event.steps)")
    }
    try checkUse()
    try checkRanges()
  }

  private func checkUse() throws(PrivacyError) {
    let mechanism = event.mechanism
    let given: [(name: String, isGiven: Bool, users: Set<PrivacyEvent.Mechanism>)] = [
      ("sensitivity", event.sensitivity != nil, [.discreteGaussian, .discreteLaplace, .skellam]),
      ("buckets", event.buckets != nil, [.randomizedResponse]),
      ("probability", event.probability != nil, [.randomizedResponse]),
      ("leaves", event.leaves != nil, [.treeAggregation]),
      ("column_norm", event.columnNorm != nil, [.bandedMatrixFactorisation]),
      ("participations", event.participations != nil, [.bandedMatrixFactorisation]),
      ("epsilon", event.epsilon != nil, [.opaque]), ("delta", event.delta != nil, [.opaque]),
    ]
    for entry in given where entry.isGiven && !entry.users.contains(mechanism) {
      throw .undefinedCombination(
        event: number, first: mechanism.rawValue, second: entry.name,
        why: "this mechanism has no such parameter")
    }
  }

  private func checkRanges() throws(PrivacyError) {
    func require(
      _ holds: Bool, _ name: String, _ found: String, _ expected: String
    ) throws(PrivacyError) {
      if !holds {
        throw .parameterOutOfRange(
          name: name, found: found, expected: expected + " in event \(number)")
      }
    }
    func whole(_ value: Int?, _ name: String, from least: Int, to most: Int) throws(PrivacyError) {
      guard let value else { return }
      try require(
        value >= least && value <= most, name, "\(value)", "a whole number in \(least)...\(most)")
    }
    try whole(event.sensitivity, "sensitivity", from: 1, to: Self.moveLimit)
    try whole(event.leaves, "leaves", from: 1, to: 1 << 60)
    try whole(event.participations, "participations", from: 1, to: 1_000_000_000)
    try whole(event.buckets, "buckets", from: 2, to: Self.moveLimit)
    switch event.mechanism {
    case .randomizedResponse:
      try require(event.buckets != nil, "buckets", "nothing", "the number of answers")
      let probability = event.probability ?? .nan
      try require(
        probability >= 0 && probability <= 1, "probability",
        event.probability.map { "\($0)" } ?? "nothing", "a probability in 0...1")
    case .treeAggregation:
      try require(event.leaves != nil, "leaves", "nothing", "the number of rounds of one tree")
    case .bandedMatrixFactorisation:
      let norm = event.columnNorm ?? .nan
      try require(
        norm > 0 && norm.isFinite, "column_norm", event.columnNorm.map { "\($0)" } ?? "nothing",
        "the largest norm of a column of the strategy matrix, above 0")
    case .opaque:
      let epsilon = event.epsilon ?? .nan
      try require(
        epsilon >= 0 && epsilon.isFinite, "epsilon", event.epsilon.map { "\($0)" } ?? "nothing",
        "a finite number, 0 or more")
      let delta = event.delta ?? 0
      try require(delta >= 0 && delta < 1, "delta", "\(delta)", "a probability below 1")
    default: break
    }
  }

  /// The release in normal form; `count` is how many of them one step stands for.
  ///
  /// Fixed-size sampling: without the record another one takes its place in the sample, so under
  /// add-or-remove-one the sum moves by two sensitivities; no amplification is claimed there, nor for
  /// zero-out, where it moves by one.
  func release() throws(PrivacyError) -> Release {
    let noise = event.noiseMultiplier
    switch event.mechanism {
    case .gaussian: return sampled(Release(noise: .gaussian, pair: .whole, scale: noise, rate: 1))
    case .laplace: return sampled(Release(noise: .laplace, pair: .whole, scale: noise, rate: 1))
    case .discreteGaussian: return sampled(lattice(.discreteGaussian))
    case .discreteLaplace: return sampled(lattice(.discreteLaplace))
    case .skellam: return sampled(lattice(.skellam))
    case .randomizedResponse: return try answers()
    case .treeAggregation: return try tree()
    case .bandedMatrixFactorisation: return try banded()
    case .opaque: return try opaque()
    }
  }

  private func lattice(_ noise: Release.Noise) -> Release {
    let move = event.sensitivity ?? 1
    return Release(
      noise: noise, pair: .whole, scale: event.noiseMultiplier * Double(move), move: move, rate: 1)
  }

  private func sampled(_ whole: Release) -> Release {
    var release = whole
    let rate = event.sampling == .none ? 1 : event.samplingRate
    if rate == 1 {
      if neighbouring == .replaceOne { release.doubleMove() }
      return release
    }
    switch (event.sampling, neighbouring) {
    case (.poisson, .replaceOne):
      release.pair = .poissonReplace
      release.rate = rate
    case (.poisson, _), (.none, _):
      release.pair = .poisson
      release.rate = rate
    case (.fixed, .replaceOne):
      release.pair = .fixedReplace
      release.doubleMove()
      release.rate = rate
    case (.fixed, .addOrRemoveOne): release.doubleMove()
    case (.fixed, .zeroOut): break
    }
    return release
  }

  private var isSampled: Bool { event.sampling != .none && event.samplingRate < 1 }

  private func refuse(_ second: String, _ why: String) -> PrivacyError {
    .undefinedCombination(
      event: number, first: event.mechanism.rawValue, second: second, why: why)
  }

  private func answers() throws(PrivacyError) -> Release {
    if neighbouring != .replaceOne {
      throw refuse(
        neighbouring.rawValue,
        "whoever is left out gives no answer, and the number of answers shows it; use replace-one")
    }
    if isSampled {
      throw refuse(
        "sampling", "who was asked shows in who answered, so sampling hides nobody")
    }
    return Release(
      noise: .answers, pair: .whole, scale: event.probability ?? 0, move: event.buckets ?? 2,
      rate: 1)
  }

  /// One leaf reaches every level of its tree: `⌊log₂ leaves⌋ + 1` nodes, each moved by one sensitivity.
  private func tree() throws(PrivacyError) -> Release {
    if isSampled {
      throw refuse("sampling", "the nodes of one tree share their units; restart a tree instead")
    }
    if neighbouring == .addOrRemoveOne {
      throw refuse(
        neighbouring.rawValue,
        "a unit that is left out moves all later ones to other leaves; use zero-out or replace-one")
    }
    let leaves = event.leaves ?? 1
    let levels = Double(Int.bitWidth - leaves.leadingZeroBitCount)
    return sampled(
      Release(
        noise: .gaussian, pair: .whole, scale: event.noiseMultiplier / levels.squareRoot(), rate: 1)
    )
  }

  /// Columns a band or more apart do not overlap, hence are orthogonal: k participations move the noised
  /// vector by `√k·columnNorm`. When each unit belongs to one class of rounds a band apart and is drawn
  /// afresh for each of them, the rounds are k sampled Gaussian releases of `columnNorm` each.
  /// - Note: Source: Choquette-Choo et al. 2023, arXiv:2306.08153, Theorem 4 and Section 4.
  private func banded() throws(PrivacyError) -> Release {
    if event.sampling == .fixed, event.samplingRate < 1 {
      throw refuse(
        "fixed-size sampling", "no amplification is known; state Poisson sampling or none")
    }
    let scale = event.noiseMultiplier / (event.columnNorm ?? 1)
    let participations = event.participations ?? 1
    let isAmplified = event.sampling == .poisson && event.samplingRate < 1
    var release = sampled(Release(noise: .gaussian, pair: .whole, scale: scale, rate: 1))
    if isAmplified {
      release.count = participations
    } else {
      release.scale /= Double(participations).squareRoot()
    }
    return release
  }

  private func opaque() throws(PrivacyError) -> Release {
    if isSampled, event.sampling == .fixed || neighbouring == .replaceOne {
      throw refuse(
        "\(event.sampling.rawValue) sampling under \(neighbouring.rawValue)",
        "amplification of an unknown mechanism is proved for Poisson sampling and units that are added, "
          + "removed or set to zero")
    }
    return Release(
      noise: .opaque, pair: isSampled ? .poisson : .whole, scale: event.epsilon ?? 0,
      lostDelta: event.delta ?? 0, rate: isSampled ? event.samplingRate : 1)
  }
}
