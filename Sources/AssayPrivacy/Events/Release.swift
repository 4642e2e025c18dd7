import AssayRuns

/// Equal releases after the neighbouring relation has been worked into them: what the accountants see.
///
/// Everything is measured in units of how far one record moves the query, so `scale` is noise over
/// that move. What two neighbouring data sets look like to an observer is one of these pairs of
/// distributions, N(c) being the noise centred on c:
/// - `whole`: `N(1)` against `N(0)`.
/// - `poisson`: `(1−q)·N(0) + q·N(1)` against `N(0)`, in both directions; the worse one counts.
/// - `poissonReplace`: `(1−q)·N(0) + q·N(1)` against `(1−q)·N(0) + q·N(−1)`.
/// - `fixedReplace`: a fixed-size sample without replacement, in which the record moves by 1.
///
/// Why `poissonReplace` is the worst case: condition on the other records. For an event A with
/// `P(A) = t` under N(0), the shifted noise gives A at most what it gives the half-space of probability
/// t in the direction of the shift, and at least what it gives the opposite one (Neyman–Pearson);
/// opposite shifts reach both with the same half-space, for every t and every weight e^ε.
struct Release: Hashable {
  enum Pair: Int { case whole, poisson, poissonReplace, fixedReplace }

  /// Continuous noise; what is discrete is a ``AtomRelease``.
  enum Noise: Int { case gaussian, laplace }

  var mechanism: Noise
  var pair: Pair
  /// Noise over the record's move, above 0.
  var scale: Double
  /// Sampling rate; 1 for `whole`.
  var rate: Double
  /// How many, at least 1.
  var count: Int

  /// What the release is without amplification by sampling.
  var unsampled: Release {
    var copy = self
    // A poissonReplace record moves by one sensitivity to either side: two in all.
    if pair == .poissonReplace { copy.scale = scale / 2 }
    copy.pair = .whole
    copy.rate = 1
    return copy
  }
}

/// A checked history in normal form: equal releases joined, in an order that does not depend on the
/// order of the events.
struct ReleaseLedger: Hashable {
  /// The most releases that are counted.
  static let stepLimit = 1_000_000_000_000_000

  /// The releases; empty when nothing was released.
  var releases: [Release] = []
  /// Whether some release has no noise at all.
  var hasNoiselessRelease = false
  /// Whether a sampled event is accounted without amplification, or with less than it might have.
  var foregoesAmplification = false

  /// Checks and translates a history.
  init(_ history: [PrivacyEvent], _ neighbouring: NeighbouringRelation) throws(PrivacyError) {
    var counts: [Release: Int] = [:]
    var total = 0
    for (index, event) in history.enumerated() {
      try Self.check(event, number: index + 1)
      let (sum, overflow) = total.addingReportingOverflow(event.steps)
      if overflow || sum > Self.stepLimit {
        throw .stepsOutOfRange(event: index + 1, found: "\(event.steps)")
      }
      total = sum
      // Nobody takes part, or nothing was released.
      if event.steps == 0 || (event.samplingRate == 0 && event.sampling != .none) { continue }
      if event.noiseMultiplier == 0 {
        hasNoiselessRelease = true
        continue
      }
      let release = try Self.translate(event, neighbouring, number: index + 1)
      if event.sampling == .fixed, event.samplingRate < 1, release.pair == .whole {
        foregoesAmplification = true
      }
      counts[release, default: 0] += event.steps
    }
    releases = Self.sorted(counts)
  }

  /// The same releases without amplification by sampling.
  var unsampled: ReleaseLedger {
    var copy = self
    var counts: [Release: Int] = [:]
    for release in releases {
      var key = release.unsampled
      key.count = 1
      counts[key, default: 0] += release.count
    }
    copy.releases = Self.sorted(counts)
    return copy
  }

  /// Whether any release is amplified by sampling.
  var isAmplified: Bool { releases.contains { $0.pair != .whole } }

  /// `√Σ count/scale²` when every release is unsampled Gaussian noise, else `nil`.
  var gaussianMu: Double? {
    var sum = 0.0
    for release in releases {
      if release.mechanism != .gaussian || release.pair != .whole { return nil }
      sum += Double(release.count) / release.scale / release.scale
    }
    return sum.squareRoot()
  }

  private static func sorted(_ counts: [Release: Int]) -> [Release] {
    counts.map { entry in
      var release = entry.key
      release.count = entry.value
      return release
    }.sorted { a, b in
      if a.mechanism != b.mechanism { return a.mechanism == .gaussian }
      if a.pair != b.pair { return a.pair.rawValue < b.pair.rawValue }
      if a.scale != b.scale { return a.scale < b.scale }
      return a.rate < b.rate
    }
  }

  private static func check(_ event: PrivacyEvent, number: Int) throws(PrivacyError) {
    if !(event.noiseMultiplier >= 0) || !event.noiseMultiplier.isFinite {
      throw .noiseMultiplierOutOfRange(event: number, found: "\(event.noiseMultiplier)")
    }
    if !(event.samplingRate >= 0 && event.samplingRate <= 1) {
      throw .samplingRateOutOfRange(event: number, found: "\(event.samplingRate)")
    }
    if event.steps < 0 || event.steps > stepLimit {
      throw .stepsOutOfRange(event: number, found: "\(event.steps)")
    }
  }

  /// What one event looks like under a neighbouring relation; see ``Release``.
  ///
  /// Fixed-size sampling: without the record another one takes its place in the sample, so under
  /// add-or-remove-one the sum moves by two sensitivities; no amplification is claimed there, nor for
  /// zero-out, where it moves by one.
  private static func translate(
    _ event: PrivacyEvent, _ neighbouring: NeighbouringRelation, number: Int
  ) throws(PrivacyError) -> Release {
    if event.mechanism != .gaussian, event.mechanism != .laplace {
      throw .parameterOutOfRange(
        name: "mechanism", found: event.mechanism.rawValue, expected: "gaussian or laplace")
    }
    let noise = event.noiseMultiplier
    let rate = event.sampling == .none ? 1 : event.samplingRate
    var release = Release(
      mechanism: event.mechanism == .laplace ? .laplace : .gaussian, pair: .whole, scale: noise,
      rate: 1, count: 1)
    if rate == 1 {
      if neighbouring == .replaceOne { release.scale = noise / 2 }
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
      release.scale = noise / 2
      release.rate = rate
    case (.fixed, .addOrRemoveOne): release.scale = noise / 2
    case (.fixed, .zeroOut): break
    }
    return release
  }
}
