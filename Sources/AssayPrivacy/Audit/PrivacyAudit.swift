/// What an attack showed about a mechanism: an empirical lower bound on ε. It refutes or fails to refute; it
/// never proves.
public struct PrivacyAudit: Hashable, Sendable {
  /// A claimed upper bound that the attack is held against.
  public struct Claim: Hashable, Sendable {
    /// The claimed ε at the audit's δ; +∞ claims nothing.
    public var epsilon: Double
    /// Where it comes from, such as `--claimed-epsilon` or a file of releases.
    public var source: String

    /// Creates a claim.
    public init(epsilon: Double, source: String) {
      self.epsilon = epsilon
      self.source = source
    }
  }

  /// Counts and bounds of the attack's errors beyond the threshold, in the half that did not choose it.
  public struct Rates: Hashable, Sendable {
    /// Scores at or above it say "member".
    public var threshold: Double
    /// Members that were counted.
    public var members: Int
    /// Non-members that were counted.
    public var nonMembers: Int
    /// Non-members taken for members.
    public var falsePositives: Int
    /// Members taken for non-members.
    public var falseNegatives: Int
    /// Upper bound on the false-positive rate.
    public var falsePositiveBound: Double
    /// Upper bound on the false-negative rate; both bounds hold together at the audit's confidence.
    public var falseNegativeBound: Double
  }

  /// What follows for the claim.
  public enum Verdict: String, Hashable, Sendable {
    /// The bound is above the claimed ε.
    case contradicted
    /// It is not; that says nothing about stronger attacks.
    case notContradicted = "not-contradicted"
    /// Nothing was claimed.
    case noClaim = "no-claim"
  }

  /// How the bound was made.
  public var method: AuditMethod
  /// What was attacked, in words.
  public var target: String
  /// Empirical lower bound on ε at ``delta``, 0 or more, rounded down to 6 decimals.
  public var epsilon: Double
  /// What ``epsilon`` would be if every guess were right, or no error were counted: a claim above it cannot be
  /// refuted with so few scores, whatever the mechanism does.
  public var largestPossible: Double
  /// Lower bound on μ, for methods that assume a Gaussian trade-off; rounded down.
  public var mu: Double?
  /// Failure probability at which ε is meant.
  public var delta: Double
  /// Probability, at least, with which the bound is below the truth, when the assumptions hold.
  public var confidence: Double
  /// Canaries or rows that were included in training.
  public var members: Int
  /// Canaries or rows that were not.
  public var nonMembers: Int
  /// Area under the attack's ROC curve; ½ is guessing.
  public var area: Double?
  /// The guesses behind the bound, for methods that guess.
  public var guess: GuessCount?
  /// Every number of guesses that was tried; the error probability was divided by how many there are.
  public var triedGuesses: [GuessCount]
  /// The rates behind the bound, for methods that count errors.
  public var rates: Rates?
  /// What must hold for the bound to be true, one sentence each.
  public var assumptions: [String]
  /// What was claimed.
  public var claim: Claim?

  /// What follows for the claim.
  public var verdict: Verdict {
    guard let claim else { return .noClaim }
    return epsilon > claim.epsilon ? .contradicted : .notContradicted
  }

  /// The verdict in words; never that privacy was shown.
  public var sentence: String {
    let shown = "ε ≥ \(epsilon) at δ = \(delta)"
    switch verdict {
    case .contradicted:
      let extra =
        method == .oneRun ? "" : ", unless an assumption of the audit does not hold"
      return
        "the attack shows \(shown), above the claimed ε ≤ \(claim?.epsilon ?? 0): this contradicts the "
        + "claim: noise, clipping or sampling did not run as accounted, or the unit is another\(extra)"
    case .notContradicted, .noClaim:
      let power =
        claim.map { $0.epsilon >= largestPossible } == true
        ? "; so few scores cannot show more than ε ≥ \(largestPossible) by this method, so it could not have "
          + "contradicted the claim" : ""
      return
        "this attack did not succeed in showing more than \(shown); that is no proof of privacy\(power)"
    }
  }
}
