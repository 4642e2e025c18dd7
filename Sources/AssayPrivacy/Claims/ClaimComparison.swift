import AssayRuns
import AssayStatistics

/// A stated ε beside what the same releases give here, and which way of counting gives the stated one.
public struct ClaimComparison: Hashable, Sendable {
  /// Whether the releases bear the claim out.
  public enum Outcome: Hashable, Sendable {
    /// The claim is at least what is certified here, less 1 %.
    case covered
    /// The claim is below the certified lower bound by more than 1 %: it promises too much.
    case tooSmall
    /// The claim is below the upper bound, and no lower bound refutes it.
    case undecided
  }

  /// The stated ε.
  public let claimed: Double
  /// The best bound for the recorded releases, with the amplification that the claim may count on.
  public let computed: PrivacyGuarantee
  /// Ways of counting the same releases; see ``ClaimReading``.
  public let readings: [ClaimReading]

  /// How far a claim may be off before it disagrees, relatively. A project default, not a standard.
  public static let tolerance = 0.01
  /// How near a reading has to come to explain a claim, relatively: orders of Rényi accountants stand on grids.
  public static let matchTolerance = 0.005

  /// Compares.
  public init(claimed: Double, computed: PrivacyGuarantee, readings: [ClaimReading]) {
    self.claimed = claimed
    self.computed = computed
    self.readings = readings
  }

  /// Whether the releases bear it out.
  public var outcome: Outcome {
    if claimed >= computed.epsilon * (1 - Self.tolerance) { return .covered }
    if let lower = computed.epsilonLower, claimed < lower * (1 - Self.tolerance) {
      return .tooSmall
    }
    return .undecided
  }

  /// The readings that give the claim, the nearest first.
  public var matches: [ClaimReading] {
    readings.filter { distance($0) <= Self.matchTolerance }.sorted { distance($0) < distance($1) }
  }

  private func distance(_ reading: ClaimReading) -> Double {
    guard reading.epsilon.isFinite, reading.epsilon > 0 else {
      return reading.epsilon == claimed ? 0 : .infinity
    }
    return abs(claimed - reading.epsilon) / reading.epsilon
  }

  /// Whether the claim is the best bound within 1 %, or what a sound accountant gives for the same releases.
  public var agrees: Bool {
    computed.epsilon.isFinite
      && abs(claimed - computed.epsilon) <= Self.tolerance * computed.epsilon
      || matches.contains { $0.kind.isSound }
  }

  /// Both numbers, the direction, and the likely reason.
  public var sentence: String {
    let ours = "\(words(computed.epsilon)) (\(computed.accountant)) at δ = \(words(computed.delta))"
    let both = "The artifact states ε = \(words(claimed)); its releases give \(ours)"
    let ratio = claimed / computed.epsilon
    let direction: String
    if !computed.epsilon.isFinite {
      direction = ": no finite ε holds."
    } else if abs(ratio - 1) <= Self.tolerance {
      direction = ", within 1 %."
    } else if ratio < 1 {
      direction = ": the claim is \(percent(1 - ratio)) % too small."
    } else if computed.epsilon > 0 {
      direction = ": the claim is \(percent(ratio - 1)) % above it, which promises less than holds."
    } else {
      direction = "."
    }
    return both + direction + reason(isClose: abs(ratio - 1) <= Self.tolerance)
  }

  private func reason(isClose: Bool) -> String {
    if let match = matches.first(where: { $0.kind.isSound }) ?? matches.first {
      return match.kind == .best && isClose ? "" : " \(match.explanation)"
    }
    if isClose || !computed.epsilon.isFinite { return "" }
    return
      " No accountant that is tried here gives that number: events, δ or claim are not those of one run."
  }

  private func percent(_ share: Double) -> String { words((share * 1000).rounded() / 10) }
}

/// One way of counting the same releases, and the ε that it gives.
public struct ClaimReading: Hashable, Sendable {
  /// Which way.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The best bound of this project.
    case best
    /// Rényi, converted by Canonne, Kamath and Steinke.
    case rdp
    /// Rényi, converted by `ρ(α) + log(1/δ)/(α − 1)`, as tools did before 2021.
    case classic = "rdp-classic"
    /// The same with whole orders only.
    case classicWhole = "rdp-classic-whole-orders"
    /// The Gaussian limit: an estimate, and no bound.
    case gaussianLimit = "gdp-clt"
    /// Another neighbouring relation than the recorded one.
    case otherRelation = "other-relation"
    /// As if every unit took part in each release.
    case unsampled
    /// As Poisson samples, which the settings deny.
    case poisson
    /// Another number of releases that the records name.
    case otherSteps = "other-steps"

    /// Whether it is an upper bound for the recorded releases.
    public var isSound: Bool {
      switch self {
      case .best, .rdp, .classic, .classicWhole, .unsampled: true
      case .gaussianLimit, .otherRelation, .poisson, .otherSteps: false
      }
    }
  }

  /// Which way.
  public var kind: Kind
  /// What it is, in a few words.
  public var title: String
  /// What it gives.
  public var epsilon: Double

  /// Why a claim that equals it is what it is.
  var explanation: String {
    switch kind {
    case .best: "It is what \(title) gives."
    case .rdp, .classic, .classicWhole, .unsampled:
      "That number is what \(title) gives: a bound, and not the best one."
    case .gaussianLimit:
      "That number is what \(title) gives: an estimate, which can be below the true ε."
    case .otherRelation, .poisson, .otherSteps:
      "That number is what \(title) gives, which is not what is recorded."
    }
  }
}
