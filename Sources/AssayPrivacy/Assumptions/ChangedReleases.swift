import AssayRuns
import AssayStatistics

extension PrivacyEvent {
  /// The same releases as if every unit took part in each.
  public var withoutSampling: PrivacyEvent {
    var plain = self
    plain.sampling = .none
    plain.samplingRate = 1
    return plain
  }

  /// Whether ε of the release is smaller because not every unit takes part in it.
  public var isSampled: Bool { sampling != .none && samplingRate < 1 }

  /// The releases when one unit moves them `factor` times as far as was planned, the noise being what
  /// it is; `nil` for mechanisms without a sensitivity.
  /// - Parameter factor: Above 0; 1 changes nothing.
  public func withSensitivity(times factor: Double) -> PrivacyEvent? {
    switch mechanism {
    case .randomizedResponse, .opaque: return nil
    default:
      var changed = self
      changed.noiseMultiplier = noiseMultiplier / factor
      return changed
    }
  }

  /// What `size` units together can expect of the releases; `nil` where no bound is known here.
  ///
  /// Without sampling a group moves the sum by at most `size` sensitivities. With Poisson sampling at
  /// rate q the number of its members in a sample is binomial: with probability `1 − (1−q)^size` it is
  /// not 0, and then the sum moves by at most `size` sensitivities. A mixture of smaller moves is
  /// dominated by the largest one, so the group is a single unit with that rate and that move.
  /// Samples of a fixed size are left to ``groupGuarantee(size:history:delta:neighbouring:tolerance:)``.
  /// - Note: Source: Balle, Barthe, Gaboardi 2018, arXiv:1807.01647, Theorem 2 (advanced joint
  ///   convexity); domination carries over to compositions: Zhu, Dong, Wang 2022, arXiv:2106.08567,
  ///   Theorem 10.
  public func seen(byGroupOf size: Int) -> PrivacyEvent? {
    switch mechanism {
    case .gaussian, .laplace: break
    case .treeAggregation: if isSampled { return nil }
    default: return nil
    }
    guard var group = withSensitivity(times: Double(size)) else { return nil }
    switch sampling {
    case .none: break
    case .poisson:
      guard samplingRate < 1 else { break }
      group.samplingRate = -Elementary.expm1(Double(size) * PortableMath.log1p(-samplingRate))
    case .fixed: if isSampled { return nil }
    }
    return group
  }
}

/// Histories of the runs of one arm, changed and accounted as something that failed would have it.
struct ChangedReleases {
  /// The releases of every run as the headline counts them.
  let histories: [[PrivacyEvent]]
  let delta: Double?
  let relation: NeighbouringRelation
  let unit: PrivacyUnit?

  /// The largest ε of the runs after a change of each release.
  /// - Parameter change: `nil` for a mechanism that the change does not fit.
  func account(
    _ condition: String, delta other: Double? = nil,
    relation otherRelation: NeighbouringRelation? = nil,
    _ change: (PrivacyEvent) -> PrivacyEvent?
  ) -> RemainingPrivacy {
    guard let delta = other ?? delta else {
      return .notComputable(reason: "no δ is recorded, and ε without δ says nothing")
    }
    if histories.allSatisfy(\.isEmpty) { return .notComputable(reason: "no release is recorded") }
    var worst: PrivacyGuarantee?
    for history in histories {
      let changed = history.compactMap(change)
      guard changed.count == history.count else {
        return .notComputable(reason: "no bound is known for this mechanism")
      }
      do {
        let found = try guarantee(
          history: changed, delta: delta, neighbouring: otherRelation ?? relation, unit: unit)
        if found.epsilon > worst?.epsilon ?? -1 { worst = found }
      } catch {
        return .notComputable(reason: "the accountant has no bound for these releases")
      }
    }
    guard let worst else { return .notComputable(reason: "no release is recorded") }
    return .guarantee(worst, condition: condition)
  }

  /// ε of a group: the smaller of ``groupGuarantee(size:history:delta:neighbouring:tolerance:)`` and the bound by
  /// ``AssayRuns/PrivacyEvent/seen(byGroupOf:)``, which keeps some amplification for large groups.
  func ofGroup(_ size: Int, _ condition: String) -> RemainingPrivacy {
    let single = account(condition) { $0.seen(byGroupOf: size) }
    guard let delta, case .guarantee(var frame, _) = account(condition, { $0 }) else {
      return single
    }
    var worst = 0.0
    for history in histories {
      guard
        let found = try? groupGuarantee(
          size: size, history: history, delta: delta, neighbouring: relation)
      else { return single }
      if found.epsilon >= worst {
        worst = found.epsilon
        frame.accountant = found.accountant
        frame.epsilonLower = found.epsilonLower
      }
    }
    if let bound = single.epsilon, bound <= worst { return single }
    frame.epsilon = worst
    frame.epsilonWithoutAmplification = max(worst, frame.epsilonWithoutAmplification)
    frame.mu = nil
    frame.order = nil
    return .guarantee(frame, condition: condition)
  }

  /// No guarantee at all: releases without noise.
  func none(_ condition: String) -> RemainingPrivacy {
    account(condition) { _ in PrivacyEvent(noiseMultiplier: 0) }
  }

  /// As if every unit took part in each release.
  func unsampled(_ condition: String) -> RemainingPrivacy {
    account(condition) { $0.withoutSampling }
  }
}
