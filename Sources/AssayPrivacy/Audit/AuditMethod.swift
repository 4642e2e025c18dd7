/// How attack scores become a lower bound on ε.
public enum AuditMethod: String, CaseIterable, Sendable, Hashable {
  /// Upper bounds on the attack's false-positive and false-negative rate give ε directly.
  case clopperPearson = "clopper-pearson"
  /// The same rates give μ of a Gaussian trade-off, and μ gives ε at δ.
  case gaussian
  /// Guesses about canaries that were included by fair coins, all in one run; nothing else is assumed.
  case oneRun = "one-run"
  /// The same guesses against a Gaussian trade-off.
  case oneRunGaussian = "one-run-gaussian"
  /// A guess for every canary against a Gaussian trade-off, canaries being independent of one another.
  case whiteBox = "white-box"

  /// Whether canaries have to be included by fair coins.
  public var needsFairCoins: Bool {
    switch self {
    case .clopperPearson, .gaussian: false
    case .oneRun, .oneRunGaussian, .whiteBox: true
    }
  }

  /// Whether the bound is one on μ of a Gaussian trade-off.
  public var isGaussian: Bool {
    switch self {
    case .clopperPearson, .oneRun: false
    case .gaussian, .oneRunGaussian, .whiteBox: true
    }
  }

  /// What must hold for the bound to be true, one sentence each.
  var assumptions: [String] {
    var result: [String] = []
    if needsFairCoins {
      result.append(
        "every canary was included by the toss of a fair coin of its own, after the canaries were chosen"
      )
      result.append(
        "the attacker who made the scores did not know which canaries were included")
    } else {
      result.append(
        "members and non-members were drawn from the same source, so that only membership tells them apart"
      )
    }
    switch self {
    case .clopperPearson, .gaussian, .whiteBox:
      result.append(
        "scores are independent of one another given the memberships, as they are in separate runs, or for "
          + "nearly orthogonal canaries in one run with independent noise in every direction")
    case .oneRun, .oneRunGaussian: break
    }
    if isGaussian {
      result.append(
        "the mechanism's trade-off is Gaussian; for another mechanism this bound on ε can be above the truth"
      )
    }
    return result
  }

  /// The paper behind the method.
  var source: String {
    switch self {
    case .clopperPearson:
      "Jagielski, Ullman, Oprea 2020, arXiv:2006.07709; Nasr et al. 2021, arXiv:2101.04535"
    case .gaussian: "Nasr et al. 2023, arXiv:2302.07956"
    case .oneRun: "Steinke, Nasr, Jagielski 2023, arXiv:2305.08846, Theorem 5.2"
    case .oneRunGaussian:
      "Mahloujifar, Melis, Chaudhuri 2024, arXiv:2410.22235, with the trade-off of a Gaussian"
    case .whiteBox:
      "binomial test of the Gaussian trade-off's largest accuracy Φ(μ/2), Dong, Roth, Su 2019, "
        + "arXiv:1905.02383"
    }
  }
}
