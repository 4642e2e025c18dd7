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
  /// Profiles in which nobody can waive the check.
  public var notWaivableIn: Set<Profile>
  /// Small cases with their verdicts, run as tests.
  public var examples: [CheckExample]

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
    /// Artifacts that state an ε of their own.
    case claimedEpsilon = "claimed-epsilon"
  }

  /// Creates a check.
  public init(
    id: String, group: String, title: String, requirement: String, rationale: String,
    remedy: String, owner: String, origin: String, rule: Rule, severity: [Profile: Severity],
    appliesTo: Applicability = .always, notWaivableIn: Set<Profile> = [],
    examples: [CheckExample] = []
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
    self.notWaivableIn = notWaivableIn
    self.examples = examples
  }
}

extension Check {
  /// Whether a text has the form of a check's id: two to four capital letters, a hyphen, a number
  /// and at most one small letter, such as `DP-2` or `DP-2b`.
  public static func isValidID(_ text: String) -> Bool {
    let parts = text.utf8.split(separator: 0x2D, omittingEmptySubsequences: false)
    guard parts.count == 2, (2...4).contains(parts[0].count),
      parts[0].allSatisfy({ (0x41...0x5A).contains($0) })
    else { return false }
    let digits = parts[1].prefix { (0x30...0x39).contains($0) }
    let rest = parts[1].dropFirst(digits.count)
    return (1...4).contains(digits.count) && rest.count <= 1
      && rest.allSatisfy { (0x61...0x7A).contains($0) }
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
