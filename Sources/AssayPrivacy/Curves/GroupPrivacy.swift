import AssayRuns
import AssayStatistics

/// The guarantee of a group: several units that act, or are looked for, together.
///
/// Of unsampled additive noise the group moves the query by `size` sensitivities at most; under Poisson sampling of Gaussian noise
/// each member joins on its own, which is accounted as the mixture that it is; randomised response is answered by
/// each. What has no better analysis is accounted without amplification, and opaque releases by
/// `(kε, δ(e^{kε} − 1)/(e^ε − 1))`.
/// - Parameters:
///   - size: Units in the group, 1 or more; 1 is the guarantee itself.
///   - history: The releases in any order.
///   - delta: Failure probability, strictly between 0 and 1, for the group as a whole.
/// - Throws: ``PrivacyError``, a size below 1 included.
/// - Note: Source: Dwork, Roth 2014, Theorem 2.2; mixtures: Ganesh 2024, arXiv:2401.10294.
public func groupGuarantee(
  size: Int, history: [PrivacyEvent], delta: Double,
  neighbouring: NeighbouringRelation = .addOrRemoveOne, tolerance: Double = 1e-4
) throws(PrivacyError) -> GroupGuarantee {
  if size < 1 || size > 1_000_000 {
    throw .parameterOutOfRange(
      name: "size", found: "\(size)", expected: "a whole number in 1...1000000")
  }
  if !(delta > 0 && delta < 1) { throw .deltaOutOfRange(found: "\(delta)") }
  let ledger = try ReleaseLedger(history, neighbouring).ofGroup(size)
  let bound = try ledger.bound(.best, delta: delta, tolerance: tolerance)
  return GroupGuarantee(
    size: size, epsilon: Rounded.up(bound.epsilon), epsilonLower: bound.lower.map(Rounded.down),
    delta: delta, accountant: bound.accountant.rawValue)
}

/// What holds for a group.
public struct GroupGuarantee: Hashable, Sendable {
  /// Units in the group.
  public var size: Int
  /// Upper bound, rounded up; +∞ where none holds.
  public var epsilon: Double
  /// Lower end of the accounted mechanism; `nil` where none is known.
  public var epsilonLower: Double?
  /// Failure probability, for the group as a whole.
  public var delta: Double
  /// Whose bound it is.
  public var accountant: String
}

extension ReleaseLedger {
  /// The largest group whose sampling is followed member by member.
  static let mixtureLimit = 32

  /// The same releases as they look to a group.
  func ofGroup(_ size: Int) -> ReleaseLedger {
    if size == 1 { return self }
    var copy = self
    copy.releases = []
    var counts: [Release: Int] = [:]
    for release in releases {
      var whole = release.unsampled
      var count = release.count
      switch release.noise {
      case .gaussian, .laplace:
        if release.noise == .gaussian, release.pair == .poisson, size <= Self.mixtureLimit {
          whole = release
          whole.group = size
        } else {
          whole.scale /= Double(size)
        }
      case .discreteGaussian, .discreteLaplace, .skellam:
        let (move, overflow) = whole.move.multipliedReportingOverflow(by: size)
        if overflow || move > 1 << 40 {
          copy.hasNoiselessRelease = true
          continue
        }
        whole.move = move
      case .answers:
        let (all, overflow) = count.multipliedReportingOverflow(by: size)
        if overflow {
          copy.hasNoiselessRelease = true
          continue
        }
        count = all
      case .opaque:
        let growth =
          whole.scale > 0
          ? Elementary.expm1(Double(size) * whole.scale) / Elementary.expm1(whole.scale)
          : Double(size)
        let delta = whole.lostDelta * growth
        if !(delta < 1) {
          copy.hasNoiselessRelease = true
          continue
        }
        whole.lostDelta = delta
        whole.scale *= Double(size)
      }
      whole.count = 1
      counts[whole, default: 0] += count
    }
    copy.releases = counts.map { entry in
      var release = entry.key
      release.count = entry.value
      return release
    }.sorted(by: Release.precedes)
    return copy
  }
}
