/// How a check is judged. There is no expression language beyond comparison with a bound.
public indirect enum Rule: Hashable, Sendable {
  /// Every selected piece of evidence lies on the right side of the limit.
  ///
  /// With ``Bound/low`` or ``Bound/high`` an interval that holds the limit is `insufficient`, and
  /// one that lies wholly on the wrong side is `not-met`.
  case compare(select: EvidencePattern, bound: Bound, relation: Relation, limit: Double)
  /// As ``compare(select:bound:relation:limit:)``, after subtracting the value of another fact.
  case relative(
    select: EvidencePattern, to: EvidencePattern, bound: Bound, relation: Relation, limit: Double)
  /// Every selected flag is true.
  case holds(select: EvidencePattern)
  /// Every selected piece of evidence is present and defined.
  case present(select: [EvidencePattern])
  /// The named fields of the human statements are filled.
  case stated(fields: [String])
  /// The named fields of the human statements are filled, with a name and a date.
  case signed(fields: [String])
  /// A person signs, with name, role, date and expiry.
  case attestation(role: String)
  /// A person signs who did not sign the named fields of the statements.
  case approval(role: String, independentOf: [String])
  /// Every check that the statements cite by id is met.
  case citations
  /// All of several rules.
  case all([Rule])
  /// Another rule in each profile.
  case perProfile([Profile: Rule])
  /// A rule whose failure means that there is too little to judge: `insufficient`, not `not-met`.
  case enough(Rule)

  /// Which end of an estimate is compared.
  public enum Bound: String, Hashable, Sendable, CaseIterable {
    /// The value itself.
    case value
    /// The lower end of its interval; an estimate without interval is `insufficient`.
    case low
    /// The upper end of its interval; an estimate without interval is `insufficient`.
    case high
  }

  /// The comparison.
  public enum Relation: String, Hashable, Sendable, CaseIterable {
    /// At most the limit.
    case atMost = "at_most"
    /// At least the limit.
    case atLeast = "at_least"
    /// Below the limit.
    case below
    /// Above the limit.
    case above

    /// Whether a value stands in the relation to a limit.
    func holds(_ value: Double, _ limit: Double) -> Bool {
      switch self {
      case .atMost: value <= limit
      case .atLeast: value >= limit
      case .below: value < limit
      case .above: value > limit
      }
    }

    /// The relation in words: `at least`.
    var words: String {
      switch self {
      case .atMost: "at most"
      case .atLeast: "at least"
      case .below: "below"
      case .above: "above"
      }
    }

    /// Whether larger values are better.
    var wantsMore: Bool { self == .atLeast || self == .above }
  }
}

/// A small case of a check: evidence and statements as in a pilot with the arms `baseline`,
/// `local`, `federated` (the candidate) and `federated-dp`, and the verdict that must come out.
public struct CheckExample: Hashable, Sendable {
  /// The facts.
  public var evidence: [Evidence]
  /// What people wrote.
  public var statements: Statements
  /// The profile it is judged in.
  public var profile: Profile
  /// The clock.
  public var asOf: String
  /// The verdict that must come out.
  public var verdict: Verdict

  /// Creates an example.
  public init(
    evidence: [Evidence], statements: Statements = Statements(), profile: Profile,
    asOf: String = "2026-01-01T00:00:00Z", verdict: Verdict
  ) {
    self.evidence = evidence
    self.statements = statements
    self.profile = profile
    self.asOf = asOf
    self.verdict = verdict
  }

  /// What every example is about.
  public static let subject = Subject(
    name: "example", kind: .pilot, segments: ["region"], sensitive: ["sex"],
    arms: [
      ArmSummary(name: "baseline", kind: .centralized), ArmSummary(name: "local", kind: .local),
      ArmSummary(name: "federated", kind: .federated),
      ArmSummary(name: "federated-dp", kind: .federated, isPrivate: true),
    ], candidate: "federated", baseline: "baseline", local: "local")

  /// The record of the example.
  public var record: EvidenceRecord {
    EvidenceRecord(
      asOf: asOf, toolVersion: "example", subject: Self.subject, evidence: evidence)
  }
}
