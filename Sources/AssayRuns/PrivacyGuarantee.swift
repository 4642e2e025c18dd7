/// Whom a guarantee protects.
public enum PrivacyUnit: String, Hashable, Sendable, CaseIterable {
  /// One row.
  case example
  /// One client; see the pilot's `client_is` for what a client is.
  case client
  /// One person with all of their rows, of which at most a stated number was used.
  case user
  /// One organisation with all of its rows.
  case silo
}

/// What makes two data sets neighbours.
public enum NeighbouringRelation: String, Hashable, Sendable, CaseIterable {
  /// One unit is added or removed.
  case addOrRemoveOne = "add-or-remove-one"
  /// One unit is replaced by another.
  case replaceOne = "replace-one"
  /// One unit's contribution is set to zero.
  case zeroOut = "zero-out"
}

/// A certified statement of differential privacy; ε never travels without the rest.
public struct PrivacyGuarantee: Hashable, Sendable {
  /// Certified upper bound on ε, rounded up; +∞ is a result, not an error.
  public var epsilon: Double
  /// Certified lower bound on the ε of the accounted mechanism, `nil` where the accountant has none.
  public var epsilonLower: Double?
  /// Failure probability.
  public var delta: Double
  /// Whom it protects.
  public var unit: PrivacyUnit?
  /// What makes neighbours.
  public var neighbouring: NeighbouringRelation
  /// The accountant whose bound is quoted: `exact`, `rdp`, `pld`.
  public var accountant: String
  /// Rényi order at which the bound was reached, for `rdp`.
  public var order: Double?
  /// Gaussian-DP parameter μ, where the composition is exactly Gaussian.
  public var mu: Double?
  /// What is charged against the upper bound, and how it was computed; empty for closed forms.
  public var errors: [ErrorTerm]
  /// What must hold for the bound to be true, one sentence each.
  public var assumptions: [String]
  /// ε of the same releases without amplification by sampling; equals ``epsilon`` when none is used.
  public var epsilonWithoutAmplification: Double

  /// Creates a guarantee.
  public init(
    epsilon: Double, epsilonLower: Double?, delta: Double, unit: PrivacyUnit?,
    neighbouring: NeighbouringRelation, accountant: String, order: Double? = nil,
    mu: Double? = nil, errors: [ErrorTerm] = [], assumptions: [String],
    epsilonWithoutAmplification: Double
  ) {
    self.epsilon = epsilon
    self.epsilonLower = epsilonLower
    self.delta = delta
    self.unit = unit
    self.neighbouring = neighbouring
    self.accountant = accountant
    self.order = order
    self.mu = mu
    self.errors = errors
    self.assumptions = assumptions
    self.epsilonWithoutAmplification = epsilonWithoutAmplification
  }
}

/// One line of a numerical bound's error ledger.
public struct ErrorTerm: Hashable, Sendable {
  /// What the number is about.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// δ of losses beyond the grid, counted as infinite.
    case tails
    /// δ of sums that may have left the circular window.
    case wrapAround = "wrap-around"
    /// δ that rounding may hide.
    case rounding
    /// Distance of neighbouring losses on the grid, in units of ε.
    case gridStep = "grid-step"
    /// Length of the transform.
    case gridPoints = "grid-points"
    /// The exponential tilt: a Rényi order less 1.
    case tilt
  }

  /// Which.
  public var kind: Kind
  /// The number, in the unit of its kind, 0 or more.
  public var value: Double

  /// Creates a line.
  public init(_ kind: Kind, _ value: Double) {
    self.kind = kind
    self.value = value
  }
}
