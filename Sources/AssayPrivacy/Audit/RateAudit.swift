import AssayStatistics

/// Bounds from the rates of an attack that says "member" at or above one threshold.
///
/// Half of the members and half of the non-members choose the threshold, the other halves are counted, so
/// that no correction for the search is needed. Upper bounds on both rates hold together: each has half of
/// the error probability.
struct RateAudit {
  var falsePositives = 0
  var falseNegatives = 0
  var members = 0
  var nonMembers = 0
  var falsePositiveBound = 1.0
  var falseNegativeBound = 1.0
  var threshold = Double.infinity
  /// The bound on ε, or on μ for the Gaussian method; 0 or more.
  var bound = 0.0
  /// The bound if there had been no error.
  var possible = 0.0

  init(_ attack: AttackScores, isGaussian: Bool, delta: Double, alpha: Double) {
    let order = attack.shuffled
    let insiders = order.filter { attack.isMember[$0] }.map { attack.scores[$0] }
    let outsiders = order.filter { !attack.isMember[$0] }.map { attack.scores[$0] }
    let (half, otherHalf) = (insiders.count / 2, outsiders.count / 2)
    guard half > 0, otherHalf > 0 else { return }
    threshold = Self.threshold(
      members: insiders[..<half].sorted(), others: outsiders[..<otherHalf].sorted()
    ) { Self.value($0, $1, isGaussian: isGaussian, delta: delta, alpha: alpha) }
    members = insiders.count - half
    nonMembers = outsiders.count - otherHalf
    falseNegatives = insiders[half...].count { $0 < threshold }
    falsePositives = outsiders[otherHalf...].count { $0 >= threshold }
    falsePositiveBound = ExactProportion.upper(
      successes: falsePositives, trials: nonMembers, alpha: alpha / 2)
    falseNegativeBound = ExactProportion.upper(
      successes: falseNegatives, trials: members, alpha: alpha / 2)
    func lowered(_ falsePositive: Double, _ falseNegative: Double) -> Double {
      let found = Self.bound(falsePositive, falseNegative, isGaussian: isGaussian, delta: delta)
      return max(0, found - 1e-12)
    }
    bound = lowered(falsePositiveBound, falseNegativeBound)
    possible = lowered(
      ExactProportion.upper(successes: 0, trials: nonMembers, alpha: alpha / 2),
      ExactProportion.upper(successes: 0, trials: members, alpha: alpha / 2))
  }

  /// `max(log((1 − δ − FNR)/FPR), log((1 − δ − FPR)/FNR))`, or `μ = −Φ⁻¹(FPR) − Φ⁻¹(FNR)`; −∞ where
  /// nothing follows.
  static func bound(
    _ falsePositive: Double, _ falseNegative: Double, isGaussian: Bool, delta: Double
  ) -> Double {
    if isGaussian {
      if falsePositive >= 1 || falseNegative >= 1 { return -.infinity }
      return -NormalDistribution.quantile(falsePositive)
        - NormalDistribution.quantile(falseNegative)
    }
    func ratio(_ above: Double, _ below: Double) -> Double {
      let share = 1 - delta - above
      return share > 0 ? PortableMath.log(share / below) : -.infinity
    }
    return max(ratio(falseNegative, falsePositive), ratio(falsePositive, falseNegative))
  }

  /// How good a threshold seems, from Wilson bounds: only a choice, nothing rests on it.
  private static func value(
    _ falsePositive: (Int, Int), _ falseNegative: (Int, Int), isGaussian: Bool, delta: Double,
    alpha: Double
  ) -> Double {
    func upper(_ rate: (Int, Int)) -> Double {
      Proportion.wilson(
        successes: Double(rate.0), trials: Double(rate.1), confidence: 1 - alpha)?.high ?? 1
    }
    return bound(upper(falsePositive), upper(falseNegative), isGaussian: isGaussian, delta: delta)
  }

  /// The score of the choosing halves with the greatest value; the first of equals.
  private static func threshold(
    members: [Double], others: [Double], _ value: ((Int, Int), (Int, Int)) -> Double
  ) -> Double {
    var best = (value: -Double.infinity, threshold: Double.infinity)
    var (below, otherBelow) = (0, 0)
    var last: Double?
    for candidate in (members + others).sorted() where candidate != last {
      last = candidate
      while below < members.count, members[below] < candidate { below += 1 }
      while otherBelow < others.count, others[otherBelow] < candidate { otherBelow += 1 }
      let found = value((others.count - otherBelow, others.count), (below, members.count))
      if found > best.value { best = (found, candidate) }
    }
    return best.threshold
  }
}
