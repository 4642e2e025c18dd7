import AssayRuns
import AssayStatistics

/// A checked history in normal form: equal releases joined, in an order that does not depend on the
/// order of the events.
struct ReleaseLedger: Hashable {
  /// The most releases that are counted.
  static let stepLimit = 1_000_000_000_000_000

  /// The releases; empty when nothing was released.
  var releases: [Release] = []
  /// Whether some release has no noise at all.
  var hasNoiselessRelease = false
  /// Whether that is noise too small to be worked out, so that no lower end is known.
  var hasNegligibleNoise = false
  /// Whether a sampled event is accounted without amplification, or with less than it might have.
  var foregoesAmplification = false

  /// Checks and translates a history.
  init(_ history: [PrivacyEvent], _ neighbouring: NeighbouringRelation) throws(PrivacyError) {
    var counts: [Release: Int] = [:]
    var total = 0
    for (index, event) in history.enumerated() {
      let translation = EventTranslation(
        event: event, neighbouring: neighbouring, number: index + 1)
      try translation.check()
      let (sum, overflow) = total.addingReportingOverflow(event.steps)
      if overflow || sum > Self.stepLimit {
        throw .stepsOutOfRange(event: index + 1, found: "\(event.steps)")
      }
      total = sum
      var release = try translation.release()
      // Nobody takes part, or nothing was released.
      if event.steps == 0 || (event.samplingRate == 0 && event.sampling != .none) { continue }
      if translation.isNoiseless {
        hasNoiselessRelease = true
        hasNegligibleNoise = hasNegligibleNoise || translation.isNegligible
        continue
      }
      if translation.revealsNothing { continue }
      if event.sampling == .fixed, event.samplingRate < 1, release.pair == .whole {
        foregoesAmplification = true
      }
      let (repeats, isTooMany) = event.steps.multipliedReportingOverflow(by: release.count)
      if isTooMany || repeats > Self.stepLimit {
        throw .stepsOutOfRange(event: index + 1, found: "\(event.steps)")
      }
      release.count = 1
      counts[release, default: 0] += repeats
    }
    releases = Self.sorted(counts)
  }

  /// The same releases without amplification by sampling.
  var unsampled: ReleaseLedger { mapped(\.unsampled) }

  /// The releases after a change of each, joined and ordered again.
  func mapped(_ change: (Release) -> Release) -> ReleaseLedger {
    var copy = self
    var counts: [Release: Int] = [:]
    for release in releases {
      var key = change(release)
      key.count = 1
      counts[key, default: 0] += release.count
    }
    copy.releases = Self.sorted(counts)
    return copy
  }

  /// Whether any release is amplified by sampling.
  var isAmplified: Bool { releases.contains { $0.pair != .whole } }

  /// Whether the true ε is only known from above: an opaque release may be better than it claims.
  var isOpaque: Bool { releases.contains { $0.noise == .opaque } }

  /// `√Σ count/scale²` when every release is unsampled Gaussian noise, else `nil`.
  var gaussianMu: Double? {
    var sum = 0.0
    for release in releases {
      if release.noise != .gaussian || release.pair != .whole { return nil }
      sum += Double(release.count) / release.scale / release.scale
    }
    return sum.squareRoot()
  }

  private static func sorted(_ counts: [Release: Int]) -> [Release] {
    counts.map { entry in
      var release = entry.key
      release.count = entry.value
      return release
    }.sorted(by: Release.precedes)
  }
}

extension [Release] {
  /// A bound on the δ that opaque releases spend, whatever the rest: `Σ count·δ`, sampled with their rate.
  var lostDelta: Double {
    reduce(0) { $0 + Double($1.count) * $1.rate * $1.lostDelta } * (1 + 1e-14)
  }
}
