/// A requirement as data: what is asked, why, and how to mend it. Read from a checklist file.
public struct Check: Hashable, Sendable {
  /// Short stable id, such as `DP-2`.
  public var id: String
  /// The group it stands in, such as `Differential privacy`; also the JUnit class name.
  public var group: String
  /// What it is called; holds no observed value.
  public var title: String
  /// What is required, one sentence.
  public var requirement: String
  /// Why it is required.
  public var rationale: String
  /// How to meet it.
  public var remedy: String
  /// Who answers for it: a role.
  public var owner: String
  /// Where the threshold comes from; `project default, not a standard` for our own.
  public var origin: String
  /// How it is judged.
  public var rule: Rule
  /// How grave it is in each profile.
  public var severity: [Profile: Severity]
  /// What the check is about, so that a check of private arms does not concern a pilot without any.
  public var appliesTo: Applicability

  /// How grave a check is.
  public enum Severity: String, Hashable, Sendable, CaseIterable {
    /// The gate depends on it.
    case required
    /// Shown, and does not block.
    case advisory
    /// Does not concern this profile.
    case notApplicable = "not-applicable"
  }

  /// For which pilots a check is asked.
  public enum Applicability: String, Hashable, Sendable, CaseIterable {
    /// Every pilot.
    case always
    /// Pilots with a private arm, or artifacts that claim privacy.
    case privacy
    /// Pilots with a federated or ingested federated arm.
    case federated
    /// Pilots with a sensitive column.
    case sensitive
    /// Pilots that claim secure aggregation.
    case secureAggregation = "secure-aggregation"
  }

  /// Creates a check.
  public init(
    id: String, group: String, title: String, requirement: String, rationale: String,
    remedy: String, owner: String, origin: String, rule: Rule, severity: [Profile: Severity],
    appliesTo: Applicability = .always
  ) {
    self.id = id
    self.group = group
    self.title = title
    self.requirement = requirement
    self.rationale = rationale
    self.remedy = remedy
    self.owner = owner
    self.origin = origin
    self.rule = rule
    self.severity = severity
    self.appliesTo = appliesTo
  }
}

/// Which kind of pilot a checklist is read for.
public enum Profile: String, Hashable, Sendable, CaseIterable {
  /// Many phones or people.
  case crossDevice = "cross-device"
  /// A few organisations.
  case crossSilo = "cross-silo"
  /// A regulated field.
  case regulated
}

/// How a check is judged. There is no expression language beyond comparison with a bound.
public indirect enum Rule: Hashable, Sendable {
  /// Every selected piece of evidence lies on the right side of the limit.
  case compare(select: EvidencePattern, bound: Bound, relation: Relation, limit: Double)
  /// Every selected flag is true.
  case holds(select: EvidencePattern)
  /// Every selected piece of evidence is present and defined.
  case present(select: [EvidencePattern])
  /// The named fields of the human statements are filled.
  case stated(fields: [String])
  /// A person signs, with name, role, date and expiry.
  case attestation(role: String)
  /// All of several rules.
  case all([Rule])

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
  }
}

/// A pattern of evidence ids: `*` stands for any part, `{candidate}`, `{baseline}`, `{local}`,
/// `{headline}` for the arms and the headline metric of the pilot.
public struct EvidencePattern: Hashable, Sendable {
  /// The pattern as written.
  public var text: String

  /// Creates a pattern.
  public init(_ text: String) { self.text = text }
}
